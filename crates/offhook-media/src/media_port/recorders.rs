//! The recordings of one port: each has its plan, its pause and its chunks, and all hear the same.
//!
//! They share nothing, so that one that pauses, ends or fails leaves the others as they are.

use std::collections::VecDeque;

use super::chunk::{Chunk, Recorded};
use super::recorder::{Pause, Recorder, SentBy};
use crate::codec::AudioCodec;
use crate::codec::g711::Law;
use crate::units::{RecordingId, RtpTimestamp};

/// Recordings that a port has at once: of Twilio's, `Record=true`, a verb and one of REST; and one more.
pub const RECORDINGS_MAX: usize = 4;

/// See the head of the file.
#[derive(Debug, Default)]
pub(super) struct Recorders {
    /// In the order in which they began. A port that records nothing has no memory for them.
    running: Vec<Box<Recorder>>,
    /// What the writer has still to get of those that have ended.
    ended: VecDeque<Recorded>,
}

impl Recorders {
    /// Whether nothing is recorded.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    pub(super) fn begin(&mut self, recorder: Box<Recorder>) {
        self.running.push(recorder);
    }

    pub(super) fn stop(&mut self, id: RecordingId) {
        if let Some(mut recorder) = self.take(id) {
            recorder.finish();
            while let Some(recorded) = recorder.poll() {
                self.ended.push_back(recorded);
            }
        }
    }

    pub(super) fn stop_all(&mut self) {
        while let Some(id) = self.running.first().map(|recorder| recorder.id()) {
            self.stop(id);
        }
    }

    /// Drop one without its rest.
    pub(super) fn abandon(&mut self, id: RecordingId) {
        drop(self.take(id));
    }

    fn take(&mut self, id: RecordingId) -> Option<Box<Recorder>> {
        let place = self.running.iter().position(|recorder| recorder.id() == id)?;
        Some(self.running.remove(place))
    }

    fn find(&mut self, id: RecordingId) -> Option<&mut Recorder> {
        self.running.iter_mut().find(|recorder| recorder.id() == id).map(|recorder| &mut **recorder)
    }

    pub(super) fn pause(&mut self, id: RecordingId, pause: Pause) {
        if let Some(recorder) = self.find(id) {
            recorder.pause(pause);
        }
    }

    pub(super) fn resume(&mut self, id: RecordingId) {
        if let Some(recorder) = self.find(id) {
            recorder.resume();
        }
    }

    /// Take the audio of one packet that the peer sent; false when it came too late for one of them.
    pub(super) fn handle_audio(
        &mut self,
        codec: AudioCodec,
        timestamp: RtpTimestamp,
        payload: &[u8],
        new_source: bool,
    ) -> bool {
        let mut is_in_time = true;
        for recorder in &mut self.running {
            is_in_time &= recorder.handle_audio(codec, timestamp, payload, new_source);
        }
        is_in_time
    }

    pub(super) fn handle_silence(&mut self, timestamp: RtpTimestamp, new_source: bool) {
        for recorder in &mut self.running {
            recorder.handle_silence(timestamp, new_source);
        }
    }

    pub(super) fn handle_sent(&mut self, law: Law, timestamp: RtpTimestamp, payload: &[u8], by: SentBy) {
        for recorder in &mut self.running {
            recorder.handle_sent(law, timestamp, payload, by);
        }
    }

    /// What a desk hears: samples that were never a payload.
    pub(super) fn handle_sent_samples(&mut self, timestamp: RtpTimestamp, samples: &[i16]) {
        for recorder in &mut self.running {
            recorder.handle_sent_samples(timestamp, samples);
        }
    }

    pub(super) fn handle_sent_silence(&mut self, timestamp: RtpTimestamp) {
        for recorder in &mut self.running {
            recorder.handle_sent_silence(timestamp);
        }
    }

    pub(super) fn handle_tick(&mut self, frames: u32) {
        for recorder in &mut self.running {
            recorder.handle_tick(frames);
        }
    }

    /// The next piece of any of them.
    pub(super) fn poll(&mut self) -> Option<Recorded> {
        self.ended.pop_front().or_else(|| self.running.iter_mut().find_map(|recorder| recorder.poll()))
    }

    pub(super) fn recycle(&mut self, id: RecordingId, chunk: Box<Chunk>) {
        if let Some(recorder) = self.find(id) {
            recorder.recycle(chunk);
        }
    }

    pub(super) fn handle_refused(&mut self, id: RecordingId, chunk: Box<Chunk>) {
        if let Some(recorder) = self.find(id) {
            recorder.handle_refused(chunk);
        } else if let Some(next) = self.ended.iter_mut().find(|recorded| recorded.recording() == id) {
            next.add_silence(chunk.lost());
        }
    }
}

#[cfg(test)]
#[path = "recorders_tests.rs"]
mod tests;
