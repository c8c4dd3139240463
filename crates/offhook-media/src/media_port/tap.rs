//! The sink that passes on what the peer says and what is sent to it while it happens: frames of 20 ms
//! of G.711 µ-law, one after the other, for a stream, a recogniser or a detector.
//!
//! ```text
//!  heard --------------------> Track -.
//!                                      >-- frames, each on arrival of its last sample
//!  played at ticks, relayed -> Track -'
//! ```
//!
//! There is no playout buffer: a packet in its turn is passed on when it comes. One that comes before
//! its turn waits, for a tick at most, for those that it overtook; then silence takes their place, and
//! when they come later they are too late. Where nothing comes, silence follows the clock, 100 ms
//! behind it, so that a packet that is late by less loses its place to none. A track that has run ahead
//! of the clock by more than 200 ms, because the peer's runs faster or what was late came after all,
//! loses the frame that is too much.

use std::collections::VecDeque;

use super::recorder::SentBy;
use super::recording_plan::RecordingTrack;
use crate::codec::g711::Law;
use crate::units::{FRAME_MS, FRAME_SAMPLES, RtpTimestamp, TapId};

/// Taps that a port has at once.
pub const TAPS_MAX: usize = 8;

/// How far silence stays behind the clock, in samples: jitter up to here costs nothing.
const SLACK: u64 = 5 * FRAME_SAMPLES as u64;
/// How far a track may run ahead of the clock, in samples.
const LEAD_MAX: u64 = 10 * FRAME_SAMPLES as u64;
/// Packets that wait for those that they overtook.
const HELD_MAX: usize = 3;
/// Samples of a packet that may wait: 60 ms.
const HELD_SAMPLES_MAX: usize = 480;
/// How far before its turn, when nothing else waits: a pause of the source is longer.
const AHEAD_MAX: i32 = 480;
/// A packet that is so much too late has another clock, in samples.
const RESTART: i32 = 8000;
/// Frames that wait to be taken. The worker takes them after each packet and each tick.
const READY_MAX: usize = 64;

/// One frame of one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapFrame {
    /// Which tap.
    pub tap: TapId,
    /// Of what: never both.
    pub track: RecordingTrack,
    /// Where it begins on the track, which begins with the tap.
    pub timestamp_ms: u64,
    /// G.711 µ-law at 8000 Hz.
    pub payload: [u8; FRAME_SAMPLES],
}

/// A packet before its turn.
#[derive(Debug)]
struct Held {
    timestamp: RtpTimestamp,
    length: usize,
    payload: [u8; HELD_SAMPLES_MAX],
}

/// One direction, sample by sample.
#[derive(Debug)]
struct Track {
    name: RecordingTrack,
    /// The timestamp of the sample that comes next; None before the first packet of a source.
    next: Option<RtpTimestamp>,
    /// Behind the latest sample that came.
    latest: RtpTimestamp,
    /// Samples passed on or in `partial`.
    written: u64,
    /// Samples that the clock went on by.
    clock: u64,
    partial: [u8; FRAME_SAMPLES],
    /// Samples in it, of the frame that comes next.
    filled: usize,
    /// The earliest first.
    held: VecDeque<Held>,
    /// A tick has passed since something waits.
    is_overdue: bool,
}

impl Track {
    fn new(name: RecordingTrack) -> Self {
        Self {
            name,
            next: None,
            latest: RtpTimestamp::new(0),
            written: 0,
            clock: 0,
            partial: [0; FRAME_SAMPLES],
            filled: 0,
            held: VecDeque::with_capacity(HELD_MAX),
            is_overdue: false,
        }
    }

    /// What comes next has another clock.
    fn handle_new_source(&mut self, sink: &mut Sink) {
        self.release(sink);
        self.next = None;
    }

    fn handle_audio(&mut self, law: Law, timestamp: RtpTimestamp, payload: &[u8], sink: &mut Sink) {
        let Some(next) = self.next else {
            self.begin(timestamp, sink);
            self.append(law, timestamp, payload, sink);
            return;
        };
        let ahead = timestamp.distance_from(next);
        let samples = i32::try_from(payload.len()).unwrap_or(i32::MAX);
        if ahead.saturating_add(samples) <= 0 {
            let behind = timestamp.distance_from(self.latest);
            if behind <= -RESTART {
                self.begin(timestamp, sink);
            } else if behind < 0 {
                return; // its place was passed on as silence, or it came before
            }
            // Silence took its place, and it is news all the same: it goes on from here.
            self.append(law, timestamp, payload, sink);
        } else if ahead <= 0 {
            let begun = ahead.unsigned_abs();
            let place = usize::try_from(begun).unwrap_or(usize::MAX).min(payload.len());
            self.append(law, timestamp.later_by(begun), &payload[place..], sink);
        } else if payload.len() <= HELD_SAMPLES_MAX
            && self.held.len() < HELD_MAX
            && (ahead <= AHEAD_MAX || !self.held.is_empty())
        {
            self.hold(law, timestamp, payload);
        } else {
            self.release(sink);
            self.skip_to(timestamp, sink);
            self.append(law, timestamp, payload, sink);
        }
        self.release_due(sink);
    }

    /// The first packet of a source stands where the clock is.
    fn begin(&mut self, timestamp: RtpTimestamp, sink: &mut Sink) {
        let missing = self.clock.saturating_sub(self.written + FRAME_SAMPLES as u64);
        self.fill(missing, sink);
        self.next = Some(timestamp);
        self.latest = timestamp;
    }

    fn hold(&mut self, law: Law, timestamp: RtpTimestamp, payload: &[u8]) {
        let place = self.held.iter().position(|held| timestamp.distance_from(held.timestamp) <= 0);
        let place = place.unwrap_or(self.held.len());
        if self.held.get(place).is_some_and(|held| held.timestamp == timestamp) {
            return;
        }
        let mut held = Held { timestamp, length: payload.len(), payload: [0; HELD_SAMPLES_MAX] };
        held.payload[..payload.len()].copy_from_slice(payload);
        law.convert(Law::Mu, &mut held.payload[..payload.len()]);
        self.held.insert(place, held);
    }

    /// Pass on what waits no more for anything.
    fn release_due(&mut self, sink: &mut Sink) {
        while let (Some(first), Some(next)) = (self.held.front(), self.next) {
            if first.timestamp.distance_from(next) > 0 {
                return;
            }
            self.release_first(sink);
        }
        self.is_overdue = false;
    }

    /// Pass on all that waits, silence for what did not come.
    fn release(&mut self, sink: &mut Sink) {
        while let Some(first) = self.held.front() {
            self.skip_to(first.timestamp, sink);
            self.release_first(sink);
        }
        self.is_overdue = false;
    }

    fn release_first(&mut self, sink: &mut Sink) {
        let (Some(held), Some(next)) = (self.held.pop_front(), self.next) else { return };
        let begun = usize::try_from(next.distance_from(held.timestamp)).unwrap_or(0);
        if begun < held.length {
            self.append(Law::Mu, next, &held.payload[begun..held.length], sink);
        }
    }

    /// Silence up to a packet; one that is further ahead than the clock allows stands where the clock is.
    fn skip_to(&mut self, timestamp: RtpTimestamp, sink: &mut Sink) {
        let Some(next) = self.next else { return };
        let gap = u64::try_from(timestamp.distance_from(next)).unwrap_or(0);
        let most = (self.clock + LEAD_MAX).saturating_sub(self.written);
        let gap =
            if gap <= most { gap } else { self.clock.saturating_sub(self.written + FRAME_SAMPLES as u64) };
        self.fill(gap, sink);
        self.next = Some(timestamp);
    }

    fn append(&mut self, law: Law, timestamp: RtpTimestamp, mut payload: &[u8], sink: &mut Sink) {
        let end = timestamp.later_by(u32::try_from(payload.len()).unwrap_or(u32::MAX));
        self.next = Some(end);
        if end.distance_from(self.latest) > 0 {
            self.latest = end;
        }
        while !payload.is_empty() {
            let filled = self.filled;
            if filled == 0 && self.written >= self.clock + LEAD_MAX {
                return; // too far ahead
            }
            let count = payload.len().min(FRAME_SAMPLES - filled);
            let (now, later) = payload.split_at(count);
            let part = &mut self.partial[filled..filled + count];
            part.copy_from_slice(now);
            law.convert(Law::Mu, part);
            payload = later;
            self.advance(count, sink);
        }
    }

    fn fill(&mut self, samples: u64, sink: &mut Sink) {
        let mut left = samples;
        while left > 0 {
            let filled = self.filled;
            let count = (FRAME_SAMPLES - filled).min(usize::try_from(left).unwrap_or(FRAME_SAMPLES));
            self.partial[filled..filled + count].fill(Law::Mu.silence());
            left -= count as u64;
            self.advance(count, sink);
        }
    }

    fn advance(&mut self, count: usize, sink: &mut Sink) {
        self.written += count as u64;
        self.filled += count;
        if self.filled == FRAME_SAMPLES {
            self.filled = 0;
            let frames = self.written / FRAME_SAMPLES as u64 - 1;
            sink.push(self.name, frames * u64::from(FRAME_MS), &self.partial);
        }
    }

    fn handle_tick(&mut self, frames: u32, sink: &mut Sink) {
        self.clock += u64::from(frames) * FRAME_SAMPLES as u64;
        if !self.held.is_empty() && std::mem::replace(&mut self.is_overdue, true) {
            self.release(sink);
        }
        let due = self.clock.saturating_sub(SLACK);
        if self.written < due {
            let missing = due - self.written;
            self.fill(missing, sink);
            // What comes next in the source's own time is late by as much; a gap is filled already.
            if let Some(next) = &mut self.next {
                *next = next.later_by(u32::try_from(missing).unwrap_or(u32::MAX));
            }
        }
    }
}

/// Where frames go.
#[derive(Debug)]
struct Sink {
    tap: TapId,
    ready: VecDeque<TapFrame>,
}

impl Sink {
    fn push(&mut self, track: RecordingTrack, timestamp_ms: u64, payload: &[u8; FRAME_SAMPLES]) {
        if self.ready.len() == READY_MAX {
            self.ready.pop_front(); // after a pause of the whole thread: the rest is what counts
        }
        self.ready.push_back(TapFrame { tap: self.tap, track, timestamp_ms, payload: *payload });
    }
}

/// See the head of the file.
#[derive(Debug)]
pub struct Tap {
    inbound: Option<Track>,
    outbound: Option<Track>,
    sent_by: SentBy,
    sink: Sink,
}

impl Tap {
    /// Allocates all that it will need.
    pub fn new(id: TapId, track: RecordingTrack) -> Self {
        let (inbound, outbound) = match track {
            RecordingTrack::Inbound => (true, false),
            RecordingTrack::Outbound => (false, true),
            RecordingTrack::Both => (true, true),
        };
        Self {
            inbound: inbound.then(|| Track::new(RecordingTrack::Inbound)),
            outbound: outbound.then(|| Track::new(RecordingTrack::Outbound)),
            sent_by: SentBy::Port,
            sink: Sink { tap: id, ready: VecDeque::with_capacity(READY_MAX) },
        }
    }

    /// Names the tap in events.
    pub const fn id(&self) -> TapId {
        self.sink.tap
    }
}

/// The taps of one port; each is for itself.
#[derive(Debug, Default)]
pub(super) struct Taps {
    #[expect(clippy::vec_box, reason = "what comes and goes is large, and is not to be copied")]
    open: Vec<Box<Tap>>,
}

impl Taps {
    /// Whether nobody listens.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn open(&mut self, tap: Box<Tap>) {
        self.open.push(tap);
    }

    /// Take one out, to be freed where time does not matter.
    pub(super) fn close(&mut self, id: TapId) -> Option<Box<Tap>> {
        let place = self.open.iter().position(|tap| tap.id() == id)?;
        Some(self.open.remove(place))
    }

    /// Take the audio of one packet that the peer sent.
    pub(super) fn handle_audio(
        &mut self,
        law: Law,
        timestamp: RtpTimestamp,
        payload: &[u8],
        new_source: bool,
    ) {
        for tap in &mut self.open {
            let Some(track) = &mut tap.inbound else { continue };
            if new_source {
                track.handle_new_source(&mut tap.sink);
            }
            track.handle_audio(law, timestamp, payload, &mut tap.sink);
        }
    }

    /// A packet without audio came of another source: what comes next has another clock.
    pub(super) fn handle_new_source(&mut self) {
        for tap in &mut self.open {
            if let Some(track) = &mut tap.inbound {
                track.handle_new_source(&mut tap.sink);
            }
        }
    }

    /// Take the audio of one packet that leaves for the peer.
    pub(super) fn handle_sent(&mut self, law: Law, timestamp: RtpTimestamp, payload: &[u8], by: SentBy) {
        for tap in &mut self.open {
            let Some(track) = &mut tap.outbound else { continue };
            if std::mem::replace(&mut tap.sent_by, by) != by {
                track.handle_new_source(&mut tap.sink);
            }
            track.handle_audio(law, timestamp, payload, &mut tap.sink);
        }
    }

    /// The clock went on by so many frames.
    pub(super) fn handle_tick(&mut self, frames: u32) {
        for tap in &mut self.open {
            for track in [&mut tap.inbound, &mut tap.outbound].into_iter().flatten() {
                track.handle_tick(frames, &mut tap.sink);
            }
        }
    }

    /// The next frame of any of them.
    pub(super) fn poll(&mut self) -> Option<TapFrame> {
        self.open.iter_mut().find_map(|tap| tap.sink.ready.pop_front())
    }
}

#[cfg(test)]
#[path = "tap_tests.rs"]
mod tests;
