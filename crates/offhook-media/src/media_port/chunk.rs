//! Recorded audio on its way to the writer, in chunks of 200 ms whose buffers come back.
//!
//! A recording has ten of them, two seconds. While none is free, a slow disk's, sound is dropped and
//! the file gets silence instead.

use std::collections::VecDeque;

use crate::units::{FRAME_SAMPLES, RecordingId};

/// Samples of each channel in a full chunk: 200 ms.
pub const CHUNK_SAMPLES: usize = 1600;

/// Channels of a chunk at most.
pub const CHANNELS_MAX: usize = 2;

/// Chunks of one recording: what the writer may fall behind by.
const CHUNKS: usize = 10;

/// Consecutive audio of one recording.
#[derive(Debug)]
pub struct Chunk {
    /// Room for a full chunk of all channels.
    samples: Box<[i16]>,
    /// Filled, of all channels.
    length: usize,
    channels: usize,
    silence_before: u64,
}

impl Chunk {
    fn new(channels: usize) -> Self {
        let samples = vec![0; CHUNK_SAMPLES * channels].into_boxed_slice();
        Self { samples, length: 0, channels, silence_before: 0 }
    }

    /// The audio, at most `CHUNK_SAMPLES` of each channel, the channels in turn.
    pub fn samples(&self) -> &[i16] {
        &self.samples[..self.length]
    }

    /// Samples of each channel that are missing in the file when it is not written.
    pub const fn lost(&self) -> u64 {
        self.silence_before + (self.length / self.channels) as u64
    }

    /// Samples of each channel that were dropped before it and are to be written as silence.
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
pub(super) struct Chunks {
    current: Option<Box<Chunk>>,
    /// Boxed, because they go to the writer and back without being copied.
    #[expect(clippy::vec_box)]
    spare: Vec<Box<Chunk>>,
    full: VecDeque<Box<Chunk>>,
    missing: u64,
}

impl Chunks {
    /// The only allocations of it.
    pub(super) fn new(channels: usize) -> Self {
        Self {
            current: None,
            spare: std::iter::repeat_with(|| Box::new(Chunk::new(channels))).take(CHUNKS).collect(),
            full: VecDeque::with_capacity(CHUNKS),
            missing: 0,
        }
    }

    /// Add 20 ms, the channels in turn.
    pub(super) fn append(&mut self, frame: &[i16]) {
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
        chunk.samples[chunk.length..chunk.length + frame.len()].copy_from_slice(frame);
        chunk.length += frame.len();
        if chunk.length == chunk.samples.len() {
            self.flush();
        }
    }

    /// Let the writer have what there is.
    pub(super) fn flush(&mut self) {
        self.full.extend(self.current.take());
    }

    /// The next one for the writer.
    pub(super) fn pop(&mut self) -> Option<Box<Chunk>> {
        self.full.pop_front()
    }

    /// What was dropped behind the last chunk.
    pub(super) const fn take_missing(&mut self) -> u64 {
        std::mem::replace(&mut self.missing, 0)
    }

    /// A written chunk comes back.
    pub(super) fn recycle(&mut self, mut chunk: Box<Chunk>) {
        chunk.length = 0;
        chunk.silence_before = 0;
        if self.spare.len() < CHUNKS {
            self.spare.push(chunk);
        }
    }

    /// A chunk that the writer had no room for comes back: silence takes its place.
    pub(super) fn handle_refused(&mut self, chunk: Box<Chunk>) {
        let lost = chunk.lost();
        match self.full.front_mut().or(self.current.as_mut()) {
            Some(next) => next.silence_before += lost,
            None => self.missing += lost,
        }
        self.recycle(chunk);
    }
}
