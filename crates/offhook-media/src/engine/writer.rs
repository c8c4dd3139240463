//! The writer thread: the only one that waits for the disk.
//!
//! Each recording's header is written at once and again after each second of audio, so that a file
//! cut off by a crash can be read. A file that fails ends its recording and nothing else.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use super::WorkerThread;
use super::events::EventSender;
use super::worker::panic_reason;
use crate::media_port::{Chunk, MediaEvent, Spent};
use crate::record::{HEADER_BYTES, SAMPLE_BYTES, SAMPLE_RATE_HZ, SAMPLES_MAX, wav_header};
use crate::units::{PortId, RecordingId};

/// Commands that wait for the disk, of all recordings together.
const QUEUE_MAX: usize = 4096;

/// What the writer is told.
pub(super) enum WriterCommand {
    /// A recording begins.
    Open(Box<NewFile>),
    /// More audio.
    Chunk(RecordingId, Box<Chunk>),
    /// The end, behind so many samples of silence.
    Finish(RecordingId, u64),
    /// Something large to free, which has nothing to do with files: this thread has the time.
    Discard(Spent),
}

/// A recording on its way to the writer.
pub(super) struct NewFile {
    pub port: PortId,
    pub recording: RecordingId,
    pub file: File,
    /// Takes written chunks back; dropped when the recording has ended.
    pub returns: SyncSender<Box<Chunk>>,
}

pub(super) struct Writer {
    files: HashMap<RecordingId, WavFile>,
    events: EventSender,
}

impl Writer {
    /// Start the thread; it ends when every sender is gone.
    pub fn start(events: EventSender) -> std::io::Result<(SyncSender<WriterCommand>, WorkerThread)> {
        let (commands, queue) = sync_channel(QUEUE_MAX);
        let writer = Self { files: HashMap::new(), events };
        let thread = std::thread::Builder::new()
            .name("offhook-writer".to_owned())
            .spawn(move || writer.run(&queue))?;
        Ok((commands, thread))
    }

    fn run(mut self, queue: &Receiver<WriterCommand>) -> Vec<MediaEvent> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            while let Ok(command) = queue.recv() {
                self.handle(command);
                self.events.flush();
            }
        }));
        let failure =
            outcome.err().map(|panic| format!("the writer thread failed: {}", panic_reason(&*panic)));
        for (id, file) in std::mem::take(&mut self.files) {
            self.events.send(file.close(id, failure.clone()));
        }
        self.events.into_backlog()
    }

    fn handle(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Open(new) => {
                let id = new.recording;
                let mut file =
                    WavFile { port: new.port, file: new.file, returns: new.returns, samples: 0, told: 0 };
                match file.write_header() {
                    Ok(()) => drop(self.files.insert(id, file)),
                    Err(error) => self.events.send(file.close(id, Some(error.to_string()))),
                }
            }
            // A recording that failed is not known any more; what was still on its way is dropped.
            WriterCommand::Chunk(id, chunk) => {
                let outcome = self.files.get_mut(&id).map_or(Ok(()), |file| file.write(chunk));
                self.end_if_failed(id, outcome);
            }
            WriterCommand::Finish(id, silence) => {
                if let Some(mut file) = self.files.remove(&id) {
                    file.samples = file.samples.saturating_add(silence).min(SAMPLES_MAX);
                    self.events.send(file.close(id, None));
                }
            }
            WriterCommand::Discard(spent) => drop(spent),
        }
    }

    fn end_if_failed(&mut self, id: RecordingId, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            if let Some(file) = self.files.remove(&id) {
                self.events.send(file.close(id, Some(error.to_string())));
            }
        }
    }
}

struct WavFile {
    port: PortId,
    file: File,
    returns: SyncSender<Box<Chunk>>,
    /// Samples written, holes of silence included.
    samples: u64,
    /// Samples that the header in the file tells of.
    told: u64,
}

impl WavFile {
    fn write(&mut self, chunk: Box<Chunk>) -> std::io::Result<()> {
        // A hole in the file reads as zeros, which is silence.
        let start = self.samples + chunk.silence_before();
        let end = start + chunk.samples().len() as u64;
        if end > SAMPLES_MAX {
            return Err(std::io::Error::other("the recording is as long as a WAV file can be"));
        }
        let mut bytes = [0; crate::media_port::CHUNK_SAMPLES * 2];
        for (place, sample) in bytes.chunks_exact_mut(2).zip(chunk.samples()) {
            place.copy_from_slice(&sample.to_le_bytes());
        }
        let length = chunk.samples().len() * 2;
        self.file.write_all_at(&bytes[..length], HEADER_BYTES as u64 + start * SAMPLE_BYTES)?;
        self.samples = end;
        // Nobody takes it back when the recording was stopped meanwhile; then it is freed here.
        let _ = self.returns.try_send(chunk);
        if self.samples >= self.told + u64::from(SAMPLE_RATE_HZ) {
            self.write_header()?;
        }
        Ok(())
    }

    fn write_header(&mut self) -> std::io::Result<()> {
        self.file.write_all_at(&wav_header(self.samples), 0)?;
        self.told = self.samples;
        Ok(())
    }

    /// Make header and length agree, close the file, and say how it ended.
    fn close(mut self, recording: RecordingId, failure: Option<String>) -> MediaEvent {
        let sealed = self.write_header().and_then(|()| {
            let is_regular = self.file.metadata()?.is_file();
            let length = HEADER_BYTES as u64 + self.samples * SAMPLE_BYTES;
            if is_regular { self.file.set_len(length) } else { Ok(()) }
        });
        let failure = failure.or_else(|| sealed.err().map(|error| error.to_string()));
        let duration = Duration::from_micros(self.samples * 125);
        MediaEvent::RecordingEnded { port: self.port, recording, duration, failure }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::*;
    use crate::codec::AudioCodec;
    use crate::engine::counters::SharedCounters;
    use crate::engine::events::{self, EventReceiver};
    use crate::media_port::{Recorded, Recorder};
    use crate::units::RtpTimestamp;

    const ID: RecordingId = RecordingId(8);

    fn writer() -> (Writer, EventReceiver) {
        let (sender, receiver) = events::queue(Arc::new(SharedCounters::default())).expect("an eventfd");
        (Writer { files: HashMap::new(), events: sender }, receiver)
    }

    fn open(writer: &mut Writer, path: &Path) -> Receiver<Box<Chunk>> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path).expect("a file");
        let (returns, receiver) = sync_channel(16);
        writer.handle(WriterCommand::Open(Box::new(NewFile {
            port: PortId(1),
            recording: ID,
            file,
            returns,
        })));
        receiver
    }

    /// Chunks of 200 ms of sound.
    fn chunks(count: u32) -> impl Iterator<Item = Box<Chunk>> {
        let mut recorder = Recorder::new(ID);
        for packet in 0..count * 10 + 3 {
            recorder.handle_audio(
                AudioCodec::Pcmu,
                RtpTimestamp::new(packet * 160),
                &[0x80; 160],
                packet == 0,
            );
            recorder.handle_tick(1);
        }
        std::iter::from_fn(move || match recorder.poll() {
            Some(Recorded::Chunk(_, chunk)) => Some(chunk),
            _ => None,
        })
    }

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("offhook-writer-{}-{name}.wav", std::process::id()))
    }

    fn told_samples(path: &Path) -> u32 {
        let bytes = std::fs::read(path).expect("the file");
        u32::from_le_bytes([bytes[40], bytes[41], bytes[42], bytes[43]]) / 2
    }

    #[test]
    fn a_crash_leaves_a_file_that_can_be_read_to_its_last_second() {
        let (mut writer, _receiver) = writer();
        let path = path("crash");
        let _returns = open(&mut writer, &path);
        assert_eq!(told_samples(&path), 0);
        for (number, chunk) in (1..).zip(chunks(9)) {
            writer.handle(WriterCommand::Chunk(ID, chunk));
            assert_eq!(told_samples(&path), number / 5 * 8000, "after {number} chunks");
        }
        std::fs::remove_file(path).expect("removed");
    }

    #[test]
    fn silence_takes_the_place_of_what_was_dropped() {
        let (mut writer, receiver) = writer();
        let path = path("dropped");
        let returns = open(&mut writer, &path);
        let mut recorded = chunks(2).map(|chunk| Recorded::Chunk(ID, chunk));
        let mut next = || recorded.next().expect("two chunks");
        let mut late = next();
        late.add_silence(4000);
        for recorded in [late, next()] {
            let Recorded::Chunk(id, chunk) = recorded else { panic!("a chunk") };
            writer.handle(WriterCommand::Chunk(id, chunk));
        }
        writer.handle(WriterCommand::Finish(ID, 800));
        assert_eq!(returns.try_iter().count(), 2);
        let events = receiver.poll(10);
        let duration = Duration::from_millis(500 + 400 + 100);
        let ended = MediaEvent::RecordingEnded { port: PortId(1), recording: ID, duration, failure: None };
        assert_eq!(events, [ended]);
        let bytes = std::fs::read(&path).expect("the file");
        assert_eq!(bytes.len(), 44 + 16_000);
        assert!(bytes[44..44 + 8000].iter().all(|byte| *byte == 0));
        assert!(bytes[44 + 8000..44 + 14_400].iter().any(|byte| *byte != 0));
        std::fs::remove_file(path).expect("removed");
    }

    #[test]
    fn a_full_disk_ends_the_recording_and_nothing_else() {
        let (mut writer, receiver) = writer();
        let returns = open(&mut writer, Path::new("/dev/full"));
        let events = receiver.poll(10);
        let [MediaEvent::RecordingEnded { failure: Some(failure), .. }] = &events[..] else {
            panic!("{events:?}")
        };
        assert!(failure.contains("No space left"), "{failure}");
        assert!(returns.recv().is_err(), "the recorder is told by that");
        writer.handle(WriterCommand::Chunk(ID, chunks(1).next().expect("one")));
        writer.handle(WriterCommand::Finish(ID, 0));
        assert!(receiver.poll(10).is_empty());
    }

    #[test]
    fn what_still_runs_is_closed_when_the_last_sender_is_gone() {
        let (mut writer, receiver) = writer();
        let path = path("last");
        let _returns = open(&mut writer, &path);
        writer.handle(WriterCommand::Chunk(ID, chunks(1).next().expect("one")));
        let (commands, queue) = sync_channel(1);
        drop(commands);
        assert!(writer.run(&queue).is_empty());
        assert!(matches!(receiver.poll(10)[..], [MediaEvent::RecordingEnded { failure: None, .. }]));
        assert_eq!(told_samples(&path), 1600);
        std::fs::remove_file(path).expect("removed");
    }
}
