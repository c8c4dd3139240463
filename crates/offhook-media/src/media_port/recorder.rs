//! The sink that records what the peer says, what is sent to it, or both, at the pace of the clock.
//!
//! ```text
//!  heard --------------------> playout buffer -> concealer -.
//!                                                            >-- pause -> chunks
//!  played at ticks, relayed -> playout buffer -> concealer -'
//! ```
//!
//! A playout buffer delays its track by 60 ms at first, so the recorder begins three ticks late and
//! takes three more frames at its end, and what else the buffers hold: the file has as many frames as
//! there were ticks, more only where the delay has grown, and sound stands in it where it arrived or
//! left. What the port plays leaves at its ticks and has no jitter; what is relayed has the partner's,
//! and where one follows the other the buffer begins anew, so that both stay where they were heard.
//! What was lost on the way is concealed.

use super::chunk::{CHANNELS_MAX, Chunk, Chunks, Recorded};
use super::recording_plan::{RecordingPlan, RecordingTrack};
use crate::codec::AudioCodec;
use crate::codec::g711::Law;
use crate::jitter::{Concealer, PLAYOUT_DELAY_FRAMES, Placed, PlayoutBuffer};
use crate::units::{FRAME_SAMPLES, Frame, RecordingId, RtpTimestamp};

/// What stands in the place of sound that is not to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Silence as long as it lasted.
    Silence,
    /// Nothing.
    Skip,
}

/// Who says what is sent to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SentBy {
    /// The port, at its ticks.
    Port,
    /// The other side of its bridge, as packets come.
    Partner,
}

/// One track on its way into the file.
#[derive(Debug, Default)]
struct Track {
    buffer: PlayoutBuffer,
    concealer: Concealer,
}

impl Track {
    /// A payload; silence of its length while the recording pauses, so that nothing said meanwhile is kept
    /// and the buffer still learns of the packet.
    fn handle_payload(
        &mut self,
        law: Law,
        timestamp: RtpTimestamp,
        payload: &[u8],
        is_paused: bool,
    ) -> Placed {
        if is_paused {
            self.buffer.handle_muted(timestamp, payload.len())
        } else {
            self.buffer.handle_payload(law, timestamp, payload)
        }
    }

    fn take(&mut self, frame: &mut Frame) {
        let presence = self.buffer.take(frame);
        self.concealer.handle_frame(frame, &presence);
    }
}

/// See the head of the file.
#[derive(Debug)]
pub struct Recorder {
    id: RecordingId,
    plan: RecordingPlan,
    inbound: Option<Track>,
    outbound: Option<Track>,
    sent_by: SentBy,
    /// Frames still to be skipped, because they are from before the recording.
    lead: u32,
    pause: Option<Pause>,
    /// Whether the frames that wait in the buffers are to be left out, the next one first.
    skipped: [bool; PLAYOUT_DELAY_FRAMES as usize],
    chunks: Chunks,
    is_finished: bool,
}

impl Recorder {
    /// Allocates all that the recording will need.
    pub fn new(id: RecordingId, plan: RecordingPlan) -> Self {
        let (inbound, outbound) = match plan.track {
            RecordingTrack::Inbound => (true, false),
            RecordingTrack::Outbound => (false, true),
            RecordingTrack::Both => (true, true),
        };
        Self {
            id,
            plan,
            inbound: inbound.then(Track::default),
            outbound: outbound.then(Track::default),
            sent_by: SentBy::Port,
            lead: PLAYOUT_DELAY_FRAMES,
            pause: None,
            skipped: [false; PLAYOUT_DELAY_FRAMES as usize],
            chunks: Chunks::new(plan.channel_count()),
            is_finished: false,
        }
    }

    /// Names the recording in events.
    pub const fn id(&self) -> RecordingId {
        self.id
    }

    /// What it holds.
    pub const fn plan(&self) -> &RecordingPlan {
        &self.plan
    }

    /// Record nothing of what comes from now on, until `resume`.
    pub const fn pause(&mut self, pause: Pause) {
        self.pause = Some(pause);
    }

    /// Record again what comes from now on.
    pub const fn resume(&mut self) {
        self.pause = None;
    }

    /// Take the audio of one packet that the peer sent; false when it came too late.
    pub fn handle_audio(
        &mut self,
        codec: AudioCodec,
        timestamp: RtpTimestamp,
        payload: &[u8],
        new_source: bool,
    ) -> bool {
        let Some(track) = &mut self.inbound else { return true };
        if new_source {
            track.buffer.handle_new_source();
        }
        track.handle_payload(codec.law(), timestamp, payload, self.pause.is_some()) != Placed::TooLate
    }

    /// The peer says that at `timestamp` there is nothing to hear: a key or comfort noise.
    pub fn handle_silence(&mut self, timestamp: RtpTimestamp, new_source: bool) {
        let Some(track) = &mut self.inbound else { return };
        if new_source {
            track.buffer.handle_new_source();
        }
        track.buffer.handle_silence(timestamp);
    }

    /// Take the audio of one packet that leaves for the peer.
    pub(super) fn handle_sent(&mut self, law: Law, timestamp: RtpTimestamp, payload: &[u8], by: SentBy) {
        let Some(track) = &mut self.outbound else { return };
        if by != self.sent_by {
            self.sent_by = by;
            track.buffer.handle_new_source();
        }
        // What was overtaken for so long that its moment is over is lost in the file too.
        let _ = track.handle_payload(law, timestamp, payload, self.pause.is_some());
    }

    /// Take samples that the desk of a room hears in this tick.
    pub(super) fn handle_sent_samples(&mut self, timestamp: RtpTimestamp, samples: &[i16]) {
        let Some(track) = &mut self.outbound else { return };
        // They come with the clock, and are never late.
        let _ = match self.pause {
            Some(_) => track.buffer.handle_muted(timestamp, samples.len()),
            None => track.buffer.handle_audio(timestamp, samples),
        };
    }

    /// At `timestamp` there is nothing for the peer to hear: a key, or it is on hold.
    pub(super) fn handle_sent_silence(&mut self, timestamp: RtpTimestamp) {
        if let Some(track) = &mut self.outbound {
            track.buffer.handle_silence(timestamp);
        }
    }

    /// The clock went on by so many frames.
    pub fn handle_tick(&mut self, frames: u32) {
        for _ in 0..frames {
            let (mut heard, mut sent) = ([0; FRAME_SAMPLES], [0; FRAME_SAMPLES]);
            if let Some(track) = &mut self.inbound {
                track.take(&mut heard);
            }
            if let Some(track) = &mut self.outbound {
                track.take(&mut sent);
            }
            let is_skipped = self.skipped[0];
            self.skipped.rotate_left(1);
            self.skipped[PLAYOUT_DELAY_FRAMES as usize - 1] = self.pause == Some(Pause::Skip);
            if self.lead > 0 {
                self.lead -= 1;
            } else if !is_skipped {
                self.append(&heard, &sent);
            }
        }
    }

    fn append(&mut self, heard: &Frame, sent: &Frame) {
        let mut frame = [0; FRAME_SAMPLES * CHANNELS_MAX];
        let channels = self.plan.channel_count();
        let frame = &mut frame[..FRAME_SAMPLES * channels];
        for (samples, (heard, sent)) in frame.chunks_exact_mut(channels).zip(heard.iter().zip(sent)) {
            match samples {
                [left, right] => (*left, *right) = (*heard, *sent),
                [sample] => *sample = heard.saturating_add(*sent), // a track that is not wanted is zero
                _ => {}
            }
        }
        self.chunks.append(frame);
    }

    /// No more ticks: take what the playout delay still holds.
    pub fn finish(&mut self) {
        self.handle_tick(PLAYOUT_DELAY_FRAMES);
        let holds_audio = |track: &Option<Track>| track.as_ref().is_some_and(|t| t.buffer.holds_audio());
        while self.pause.is_none() && (holds_audio(&self.inbound) || holds_audio(&self.outbound)) {
            self.handle_tick(1);
        }
        self.chunks.flush();
        self.is_finished = true;
    }

    /// The next piece for the writer.
    pub fn poll(&mut self) -> Option<Recorded> {
        if let Some(chunk) = self.chunks.pop() {
            return Some(Recorded::Chunk(self.id, chunk));
        }
        let is_finished = std::mem::take(&mut self.is_finished);
        is_finished.then(|| Recorded::Finished(self.id, self.chunks.take_missing()))
    }

    /// A written chunk comes back.
    pub fn recycle(&mut self, chunk: Box<Chunk>) {
        self.chunks.recycle(chunk);
    }

    /// A chunk that the writer had no room for comes back: silence takes its place.
    pub fn handle_refused(&mut self, chunk: Box<Chunk>) {
        self.chunks.handle_refused(chunk);
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
