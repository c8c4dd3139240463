//! The sink that records what the peer says, at the pace of the clock.
//!
//! The playout buffer delays the peer by 60 ms at first, so the recorder begins three ticks late and
//! takes three more frames at its end, and what else the buffer holds: the file has as many frames as
//! there were ticks, more only where the delay has grown, and sound stands in it where it arrived. What was lost on the way is concealed. Audio leaves in chunks of 200 ms whose buffers come back from the
//! writer; while none is free, a slow disk's, sound is dropped and the file gets silence instead.

use std::collections::VecDeque;

use crate::codec::AudioCodec;
use crate::jitter::{Concealer, PACKET_SAMPLES_MAX, PLAYOUT_DELAY_FRAMES, Placed, PlayoutBuffer};
use crate::units::{FRAME_SAMPLES, RecordingId, RtpTimestamp};

/// Samples of a full chunk: 200 ms.
pub const CHUNK_SAMPLES: usize = 1600;

/// Chunks of one recording: what the writer may fall behind by, two seconds.
const CHUNKS: usize = 10;

/// Consecutive audio of one recording.
#[derive(Debug)]
pub struct Chunk {
    samples: [i16; CHUNK_SAMPLES],
    length: usize,
    silence_before: u64,
}

impl Chunk {
    /// The audio, at most `CHUNK_SAMPLES`.
    pub fn samples(&self) -> &[i16] {
        &self.samples[..self.length]
    }

    /// Samples that are missing in the file when it is not written.
    pub const fn lost(&self) -> u64 {
        self.silence_before + self.length as u64
    }

    /// Samples that were dropped before it and are to be written as silence.
    pub const fn silence_before(&self) -> u64 {
        self.silence_before
    }
}

/// What a recording hands to the writer.
#[derive(Debug)]
pub enum Recorded {
    /// The next audio.
    Chunk(RecordingId, Box<Chunk>),
    /// There is no more; so many samples of silence end it.
    Finished(RecordingId, u64),
}

impl Recorded {
    /// Which recording it belongs to.
    pub const fn recording(&self) -> RecordingId {
        match self {
            Self::Chunk(id, _) | Self::Finished(id, _) => *id,
        }
    }

    /// So many samples before it were dropped.
    pub fn add_silence(&mut self, samples: u64) {
        match self {
            Self::Chunk(_, chunk) => chunk.silence_before += samples,
            Self::Finished(_, silence) => *silence += samples,
        }
    }
}

/// See the head of the file.
#[derive(Debug)]
pub struct Recorder {
    id: RecordingId,
    buffer: PlayoutBuffer,
    concealer: Concealer,
    linear: Box<[i16]>,
    /// Frames still to be skipped, because they are from before the recording.
    lead: u32,
    current: Option<Box<Chunk>>,
    /// Boxed, because they go to the writer and back without being copied.
    #[expect(clippy::vec_box)]
    spare: Vec<Box<Chunk>>,
    full: VecDeque<Box<Chunk>>,
    missing: u64,
    is_finished: bool,
}

impl Recorder {
    /// Allocates all that the recording will need.
    pub fn new(id: RecordingId) -> Self {
        let chunk = || Box::new(Chunk { samples: [0; CHUNK_SAMPLES], length: 0, silence_before: 0 });
        Self {
            id,
            buffer: PlayoutBuffer::new(),
            concealer: Concealer::new(),
            linear: vec![0; PACKET_SAMPLES_MAX].into_boxed_slice(),
            lead: PLAYOUT_DELAY_FRAMES,
            current: None,
            spare: std::iter::repeat_with(chunk).take(CHUNKS).collect(),
            full: VecDeque::with_capacity(CHUNKS),
            missing: 0,
            is_finished: false,
        }
    }

    /// Names the recording in events.
    pub const fn id(&self) -> RecordingId {
        self.id
    }

    /// Take one packet's audio; false when it came too late.
    pub fn handle_audio(
        &mut self,
        codec: AudioCodec,
        timestamp: RtpTimestamp,
        payload: &[u8],
        new_source: bool,
    ) -> bool {
        if new_source {
            self.buffer.handle_new_source();
        }
        let length = payload.len().min(PACKET_SAMPLES_MAX);
        codec.law().decode_into(payload, &mut self.linear[..length]);
        self.buffer.handle_audio(timestamp, &self.linear[..length]) != Placed::TooLate
    }

    /// The peer says that at `timestamp` there is nothing to hear: a key or comfort noise.
    pub fn handle_silence(&mut self, timestamp: RtpTimestamp, new_source: bool) {
        if new_source {
            self.buffer.handle_new_source();
        }
        self.buffer.handle_silence(timestamp);
    }

    /// The clock went on by so many frames.
    pub fn handle_tick(&mut self, frames: u32) {
        let mut frame = [0; FRAME_SAMPLES];
        for _ in 0..frames {
            let presence = self.buffer.take(&mut frame);
            self.concealer.handle_frame(&mut frame, &presence);
            if self.lead > 0 {
                self.lead -= 1;
            } else {
                self.append(&frame);
            }
        }
    }

    /// No more ticks: take what the playout delay still holds.
    pub fn finish(&mut self) {
        self.handle_tick(PLAYOUT_DELAY_FRAMES);
        while self.buffer.holds_audio() {
            self.handle_tick(1);
        }
        self.full.extend(self.current.take());
        self.is_finished = true;
    }

    /// The next piece for the writer.
    pub fn poll(&mut self) -> Option<Recorded> {
        if let Some(chunk) = self.full.pop_front() {
            return Some(Recorded::Chunk(self.id, chunk));
        }
        let is_finished = std::mem::take(&mut self.is_finished);
        is_finished.then(|| Recorded::Finished(self.id, std::mem::take(&mut self.missing)))
    }

    /// A written chunk comes back.
    pub fn recycle(&mut self, mut chunk: Box<Chunk>) {
        chunk.length = 0;
        chunk.silence_before = 0;
        if self.spare.len() < CHUNKS {
            self.spare.push(chunk);
        }
    }

    /// A chunk that the writer had no room for comes back: silence takes its place.
    pub fn handle_refused(&mut self, chunk: Box<Chunk>) {
        let lost = chunk.lost();
        match self.full.front_mut().or(self.current.as_mut()) {
            Some(next) => next.silence_before += lost,
            None => self.missing += lost,
        }
        self.recycle(chunk);
    }

    fn append(&mut self, frame: &[i16; FRAME_SAMPLES]) {
        if self.current.is_none() {
            self.current = self.spare.pop();
            if let Some(chunk) = &mut self.current {
                chunk.silence_before = std::mem::take(&mut self.missing);
            }
        }
        let Some(chunk) = &mut self.current else {
            self.missing += FRAME_SAMPLES as u64;
            return;
        };
        chunk.samples[chunk.length..chunk.length + FRAME_SAMPLES].copy_from_slice(frame);
        chunk.length += FRAME_SAMPLES;
        if chunk.length == CHUNK_SAMPLES {
            self.full.extend(self.current.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::g711::Law;

    const ID: RecordingId = RecordingId(3);

    fn loud(recorder: &mut Recorder, packet: u32) {
        let payload = [Law::Mu.encode(8000); 160];
        assert!(recorder.handle_audio(
            AudioCodec::Pcmu,
            RtpTimestamp::new(packet * 160),
            &payload,
            packet == 0
        ));
    }

    /// All that the recorder holds as frames: true where there is sound. Writes silence like the writer.
    fn drain(recorder: &mut Recorder, give_back: bool) -> Vec<bool> {
        let mut samples = Vec::new();
        while let Some(recorded) = recorder.poll() {
            match recorded {
                Recorded::Chunk(id, chunk) => {
                    assert_eq!(id, ID);
                    samples
                        .resize(samples.len() + usize::try_from(chunk.silence_before()).expect("small"), 0);
                    samples.extend_from_slice(chunk.samples());
                    if give_back {
                        recorder.recycle(chunk);
                    }
                }
                Recorded::Finished(_, silence) => {
                    samples.resize(samples.len() + usize::try_from(silence).expect("small"), 0);
                }
            }
        }
        samples.chunks(FRAME_SAMPLES).map(|frame| frame[0] != 0).collect()
    }

    #[test]
    fn the_file_has_as_many_frames_as_there_were_ticks() {
        for ticks in [0, 1, 2, 3, 4, 10, 33] {
            let mut recorder = Recorder::new(ID);
            recorder.handle_tick(ticks);
            recorder.finish();
            assert_eq!(drain(&mut recorder, true).len(), ticks as usize);
        }
    }

    #[test]
    fn sound_stands_where_it_arrived_and_fades_for_60_ms_behind_it() {
        let mut recorder = Recorder::new(ID);
        recorder.handle_tick(5);
        for packet in 0..4 {
            loud(&mut recorder, packet);
            recorder.handle_tick(1);
        }
        recorder.handle_tick(6);
        recorder.finish();
        let heard = drain(&mut recorder, true);
        assert_eq!(heard, [[false; 5].as_slice(), &[true; 4], &[true; 3], &[false; 3]].concat());
    }

    #[test]
    fn a_key_and_comfort_noise_end_the_sound_at_once() {
        let mut recorder = Recorder::new(ID);
        loud(&mut recorder, 0);
        recorder.handle_silence(RtpTimestamp::new(160), false);
        recorder.handle_tick(4);
        recorder.finish();
        assert_eq!(drain(&mut recorder, true), [true, false, false, false]);
    }

    #[test]
    fn sound_of_the_last_ticks_is_not_lost() {
        let mut recorder = Recorder::new(ID);
        for packet in 0..5 {
            loud(&mut recorder, packet);
            recorder.handle_tick(1);
        }
        recorder.finish();
        assert_eq!(drain(&mut recorder, true), [true; 5]);
    }

    #[test]
    fn a_slow_writer_costs_sound_and_not_time() {
        let mut recorder = Recorder::new(ID);
        let mut heard = Vec::new();
        for packet in 0..203 {
            loud(&mut recorder, packet);
            recorder.handle_tick(1);
        }
        heard.extend(drain(&mut recorder, true)); // 100 frames were kept, 100 dropped
        assert_eq!(heard.len(), 100);
        for packet in 203..223 {
            loud(&mut recorder, packet);
            recorder.handle_tick(1);
        }
        recorder.finish();
        heard.extend(drain(&mut recorder, true));
        assert_eq!(heard.len(), 223);
        assert_eq!(heard.iter().filter(|frame| **frame).count(), 123);
    }

    #[test]
    fn a_refused_chunk_becomes_silence() {
        let mut recorder = Recorder::new(ID);
        for packet in 0..30 {
            loud(&mut recorder, packet);
            recorder.handle_tick(1);
        }
        let Some(Recorded::Chunk(_, chunk)) = recorder.poll() else { panic!("27 frames are two chunks") };
        recorder.handle_refused(chunk);
        recorder.finish();
        let heard = drain(&mut recorder, true);
        assert_eq!(heard.len(), 30);
        assert_eq!(heard[..10], [false; 10]);
        assert_eq!(heard[10..], [true; 20]);
    }
}
