//! The file of one recording, as the writer has it open.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use super::command::RecordingFile;
use super::recording_places::RecordingPlace;
use super::writer::NewFile;
use crate::media_port::{Chunk, MediaEvent};
use crate::record::{HEADER_BYTES, Kept, SAMPLE_BYTES, SAMPLE_RATE_HZ, SilenceTrim, samples_max, wav_header};
use crate::units::{PortId, RecordingId};

/// See the head of the file. All samples are counted of each channel.
pub(super) struct WavFile {
    port: PortId,
    file: File,
    returns: SyncSender<Box<Chunk>>,
    channels: u16,
    trim: Option<SilenceTrim>,
    /// All that was recorded, whether it is kept or not.
    recorded: u64,
    /// Written, holes of silence included.
    written: u64,
    /// The same without the silence at the end, for which the disk may have no room.
    backed: u64,
    /// What was written when the header in the file was.
    told: u64,
    bytes: Vec<u8>,
    /// The last to be dropped: when it is free, the port knows that the recording is over.
    _place: RecordingPlace,
}

impl WavFile {
    /// Nothing is written yet.
    pub fn new(new: NewFile) -> Self {
        let RecordingFile { file, place } = new.file;
        let channels = new.plan.channel_count();
        Self {
            port: new.port,
            file,
            returns: new.returns,
            channels: u16::try_from(channels).expect("one or two"),
            trim: new.plan.trims_silence.then(|| SilenceTrim::new(channels)),
            recorded: 0,
            written: 0,
            backed: 0,
            told: 0,
            bytes: Vec::new(),
            _place: place,
        }
    }

    /// Write what follows, and the header once in a second.
    pub fn write(&mut self, chunk: Box<Chunk>) -> std::io::Result<()> {
        let (silence, samples) = (chunk.silence_before(), chunk.samples());
        match self.trim.as_mut().map(|trim| trim.handle_audio(silence, samples)) {
            None | Some(Kept::All) => self.append(silence, samples)?,
            Some(Kept::Beginning(samples)) => self.append(0, &samples)?,
            Some(Kept::Nothing) => {}
        }
        self.recorded += chunk.lost();
        // Nobody takes it back when the recording was stopped meanwhile; then it is freed here.
        let _ = self.returns.try_send(chunk);
        if self.written >= self.told + u64::from(SAMPLE_RATE_HZ) {
            self.write_header()?;
        }
        Ok(())
    }

    fn append(&mut self, silence: u64, samples: &[i16]) -> std::io::Result<()> {
        // A hole in the file reads as zeros, which is silence.
        let start = self.written + silence;
        let end = start + samples.len() as u64 / u64::from(self.channels);
        if end > samples_max(self.channels) {
            return Err(std::io::Error::other("the recording is as long as a WAV file can be"));
        }
        self.bytes.clear();
        self.bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        self.file.write_all_at(&self.bytes, self.length_bytes(start))?;
        (self.written, self.backed) = (end, end);
        Ok(())
    }

    /// Silence at the end that nobody has to write.
    pub fn add_silence(&mut self, samples: u64) {
        let samples = samples.min(samples_max(self.channels) - self.written);
        self.recorded += samples;
        if let Some(trim) = &mut self.trim {
            trim.handle_silence(samples);
            if trim.kept() == 0 {
                return; // the file has not begun
            }
        }
        self.written += samples;
    }

    /// Tell in the file how long it is; of one that is trimmed, without the silence at its end.
    pub fn write_header(&mut self) -> std::io::Result<()> {
        self.file.write_all_at(&wav_header(self.kept(), self.channels), 0)?;
        self.told = self.written;
        Ok(())
    }

    /// Make header and length agree, close the file, and say how it ended.
    pub fn close(mut self, recording: RecordingId, failure: Option<String>) -> MediaEvent {
        let mut sealed = self.seal();
        if sealed.is_err() && self.backed < self.written {
            self.written = self.backed;
            sealed = self.seal().and(sealed);
        }
        let failure = failure.or_else(|| sealed.err().map(|error| error.to_string()));
        let duration = |samples: u64| Duration::from_micros(samples * 125);
        let (duration, recorded) = (duration(self.kept()), duration(self.recorded));
        MediaEvent::RecordingEnded { port: self.port, recording, duration, recorded, failure }
    }

    /// Make the file as long as its header says.
    fn seal(&mut self) -> std::io::Result<()> {
        if self.file.metadata()?.is_file() {
            self.file.set_len(self.length_bytes(self.kept()))?;
        }
        self.write_header()
    }

    /// What of the written stays. A chunk that could not be written never counts.
    fn kept(&self) -> u64 {
        self.trim.as_ref().map_or(self.written, |trim| trim.kept().min(self.written))
    }

    const fn length_bytes(&self, samples: u64) -> u64 {
        HEADER_BYTES as u64 + samples * SAMPLE_BYTES * self.channels as u64
    }
}
