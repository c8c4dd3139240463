//! The playout buffer: decoded audio waits here until the clock asks for it.
//!
//! A ring of samples addressed by RTP timestamp, read at the pace of our own clock. Each source's
//! first packet is placed one playout delay after the read position; what comes late by less than
//! that, or out of order, still falls into its place. What never came is told with each frame, for
//! the concealer.
//!
//! ```text
//! read position                              first packet
//!      |---- playout delay: 60 ms at first ----|--------|--------| ... up to 512 ms
//! ```
//!
//! The delay follows the network: it grows where packets come so late that some would be lost, and
//! shrinks when they have been early for long, by a pitch period at a time, or for nothing where
//! there is nothing to hear. So clocks that drift apart are followed as well. A sender whose
//! timestamps jump is placed anew.

use super::delay::{Correction, Delay, JitterBuffer};
use super::presence::{Presence, PresenceRing};
use super::time_scale::{self, MOST_SAMPLES};
use crate::codec::g711::Law;
use crate::units::{FRAME_SAMPLES, Frame, RtpTimestamp};

/// Frames between a packet's arrival and its playout, before anything is known about the network.
pub const PLAYOUT_DELAY_FRAMES: u32 = 3;

/// Samples the ring holds: 512 ms.
const CAPACITY: usize = 4096;

/// Longest packet that is placed, in samples: what the ring holds behind the playout delay.
pub const PACKET_SAMPLES_MAX: usize = CAPACITY - 480;

/// Room that must be left in the ring for the delay to grow: a longest period and a long packet.
const GROWTH_ROOM: i32 = 120 + 960;

/// After so many packets in a row that came too late, the sender's clock is taken for moved.
const LATE_RUN: u8 = 3;

/// A key or comfort noise is silence for as long as one packet; concealment makes more of it.
const SILENCE_SAMPLES: usize = FRAME_SAMPLES;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// In its place.
    InPlace,
    /// Its moment is over; it was dropped.
    TooLate,
    /// Its timestamps did not fit what came before; it was placed one playout delay from now.
    Anew,
}

/// See the head of the file. At 8000 Hz, one channel.
#[derive(Debug)]
pub struct PlayoutBuffer {
    /// Anything at all where nothing came.
    samples: Box<[i16]>,
    present: PresenceRing<{ CAPACITY / 64 }>,
    read: usize,
    /// Timestamp of the sample at `read`; None until a packet sets it.
    base: Option<RtpTimestamp>,
    late_run: u8,
    /// The playout delay of a first packet.
    first_ticks: u32,
    delay: Delay,
}

impl Default for PlayoutBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl PlayoutBuffer {
    /// An empty buffer for as much jitter as networks commonly have; the only allocations it makes.
    pub fn new() -> Self {
        Self::of(JitterBuffer::Large)
    }

    /// An empty buffer of another size; the same allocations.
    pub fn of(size: JitterBuffer) -> Self {
        Self {
            samples: vec![0; CAPACITY].into_boxed_slice(),
            present: PresenceRing::new(),
            read: 0,
            base: None,
            late_run: 0,
            first_ticks: size.first_ticks(),
            delay: Delay::new(size),
        }
    }

    /// Forget how timestamps map to the clock: the next packet is of another source.
    pub const fn handle_new_source(&mut self) {
        self.base = None;
        self.late_run = 0;
        self.delay.restart();
    }

    /// Place the samples of one packet, at most `PACKET_SAMPLES_MAX` of them.
    pub fn handle_audio(&mut self, timestamp: RtpTimestamp, samples: &[i16]) -> Placed {
        let samples = &samples[..samples.len().min(PACKET_SAMPLES_MAX)];
        let (placed, offset) = self.place(timestamp, samples.len());
        if let Some(offset) = offset {
            let (head, tail) = self.fill(offset, samples.len());
            let (first, others) = samples.split_at(head.len());
            head.copy_from_slice(first);
            tail.copy_from_slice(others);
        }
        placed
    }

    /// Place what one packet carries, a byte a sample; as `handle_audio`.
    pub fn handle_payload(&mut self, law: Law, timestamp: RtpTimestamp, payload: &[u8]) -> Placed {
        let payload = &payload[..payload.len().min(PACKET_SAMPLES_MAX)];
        let (placed, offset) = self.place(timestamp, payload.len());
        if let Some(offset) = offset {
            let (head, tail) = self.fill(offset, payload.len());
            let (first, others) = payload.split_at(head.len());
            law.decode_into(first, head);
            law.decode_into(others, tail);
        }
        placed
    }

    /// Place a packet of silence; as `handle_audio`.
    pub fn handle_muted(&mut self, timestamp: RtpTimestamp, samples: usize) -> Placed {
        let samples = samples.min(PACKET_SAMPLES_MAX);
        let (placed, offset) = self.place(timestamp, samples);
        if let Some(offset) = offset {
            let (head, tail) = self.fill(offset, samples);
            head.fill(0);
            tail.fill(0);
        }
        placed
    }

    /// What becomes of a packet, and where it begins behind the read position; None when it is dropped.
    fn place(&mut self, timestamp: RtpTimestamp, samples: usize) -> (Placed, Option<usize>) {
        let Some(base) = self.base else {
            return (Placed::InPlace, Some(self.place_anew(timestamp)));
        };
        let margin = timestamp.distance_from(base);
        match usize::try_from(margin) {
            Ok(offset) if offset + samples <= CAPACITY => {
                self.late_run = 0;
                self.delay.handle_packet(margin);
                (Placed::InPlace, Some(offset))
            }
            Err(_) if self.late_run + 1 < LATE_RUN => {
                self.late_run += 1;
                self.delay.handle_packet(margin);
                (Placed::TooLate, None)
            }
            _ => (Placed::Anew, Some(self.place_anew(timestamp))),
        }
    }

    /// The sender says that at `timestamp` there is nothing to hear: a key or comfort noise. Audio
    /// that came for the same time stays, and nothing is placed anew for it.
    pub fn handle_silence(&mut self, timestamp: RtpTimestamp) {
        let offset = self.base.and_then(|base| usize::try_from(timestamp.distance_from(base)).ok());
        let Some(offset) = offset.filter(|offset| offset + SILENCE_SAMPLES <= CAPACITY) else { return };
        let start = (self.read + offset) % CAPACITY;
        for at in start..start + SILENCE_SAMPLES {
            if !self.present.has(at) {
                self.samples[at % CAPACITY] = 0;
            }
        }
        self.present.set(start, SILENCE_SAMPLES);
    }

    /// The next 20 ms, zero where nothing came; the clock goes on.
    pub fn take(&mut self, frame: &mut Frame) -> Presence {
        self.delay.handle_tick();
        let corrected = match self.delay.correction() {
            Correction::None => None,
            Correction::Grow => self.take_longer(frame),
            Correction::Shrink => self.take_shorter(frame),
        };
        corrected.unwrap_or_else(|| self.take_plainly(frame))
    }

    /// Whether something that came was not taken yet.
    pub fn holds_audio(&self) -> bool {
        self.present.has_any()
    }

    fn take_plainly(&mut self, frame: &mut Frame) -> Presence {
        let presence = self.present.frame(self.read);
        let before_wrap = FRAME_SAMPLES.min(CAPACITY - self.read);
        let (head, tail) = frame.split_at_mut(before_wrap);
        head.copy_from_slice(&self.samples[self.read..self.read + before_wrap]);
        tail.copy_from_slice(&self.samples[..FRAME_SAMPLES - before_wrap]);
        if !presence.is_whole() {
            for (n, sample) in frame.iter_mut().enumerate() {
                if !presence.has(n) {
                    *sample = 0;
                }
            }
        }
        self.advance(FRAME_SAMPLES);
        presence
    }

    /// A frame of which fewer samples are used up than it has; None where that would be heard.
    fn take_longer(&mut self, frame: &mut Frame) -> Option<Presence> {
        if self.delay.greatest() + GROWTH_ROOM > signed(CAPACITY) {
            return None;
        }
        if self.is_void(FRAME_SAMPLES) {
            frame.fill(0);
            self.delay.shift(signed(FRAME_SAMPLES));
            return Some(Presence::NONE);
        }
        let mut source = [0; FRAME_SAMPLES];
        self.peek_whole(&mut source)?;
        let taken = time_scale::lengthen(&source, frame)?;
        self.advance(taken);
        self.delay.shift(signed(FRAME_SAMPLES - taken));
        Some(Presence::ALL)
    }

    /// A frame for which more samples are used up than it has; None where that would be heard.
    fn take_shorter(&mut self, frame: &mut Frame) -> Option<Presence> {
        if self.is_void(2 * FRAME_SAMPLES) {
            frame.fill(0);
            self.advance(2 * FRAME_SAMPLES);
            self.delay.shift(-signed(FRAME_SAMPLES));
            return Some(Presence::NONE);
        }
        let mut source = [0; MOST_SAMPLES];
        self.peek_whole(&mut source)?;
        let taken = time_scale::shorten(&source, frame)?;
        self.advance(taken);
        self.delay.shift(-signed(taken - FRAME_SAMPLES));
        Some(Presence::ALL)
    }

    /// Whether nothing came of the next samples.
    fn is_void(&self, samples: usize) -> bool {
        (self.read..self.read + samples).all(|at| !self.present.has(at))
    }

    /// The next samples without using them up; None where some of them never came.
    fn peek_whole(&self, into: &mut [i16]) -> Option<()> {
        for (n, sample) in into.iter_mut().enumerate() {
            if !self.present.has(self.read + n) {
                return None;
            }
            *sample = self.samples[(self.read + n) % CAPACITY];
        }
        Some(())
    }

    /// Use samples up.
    fn advance(&mut self, samples: usize) {
        self.present.clear(self.read, samples);
        self.read = (self.read + samples) % CAPACITY;
        if let Some(base) = &mut self.base {
            *base = base.later_by(signed(samples).unsigned_abs());
        }
    }

    fn place_anew(&mut self, timestamp: RtpTimestamp) -> usize {
        self.base = Some(timestamp.earlier_by(self.first_ticks));
        self.late_run = 0;
        self.delay.restart();
        self.first_ticks as usize
    }

    /// The places of samples that came, up to the end of the ring and from its beginning on.
    fn fill(&mut self, offset: usize, samples: usize) -> (&mut [i16], &mut [i16]) {
        let start = (self.read + offset) % CAPACITY;
        self.present.set(start, samples);
        let before_wrap = samples.min(CAPACITY - start);
        let (beginning, end) = self.samples.split_at_mut(start);
        (&mut end[..before_wrap], &mut beginning[..samples - before_wrap])
    }
}

/// At most what the ring holds.
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "4096 at most")]
const fn signed(samples: usize) -> i32 {
    samples as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(value: i16) -> [i16; 160] {
        [value; 160]
    }

    /// Take frames and name each by its first sample, checking that it is even.
    fn take(buffer: &mut PlayoutBuffer, frames: usize) -> Vec<i16> {
        (0..frames)
            .map(|_| {
                let mut frame = [0; FRAME_SAMPLES];
                buffer.take(&mut frame);
                assert!(frame.iter().all(|sample| *sample == frame[0]), "a torn frame");
                frame[0]
            })
            .collect()
    }

    fn timestamp(packet: u32) -> RtpTimestamp {
        RtpTimestamp::new(u32::MAX - 300).later_by(packet * 160)
    }

    #[test]
    fn the_first_packet_waits_for_the_playout_delay() {
        let mut buffer = PlayoutBuffer::new();
        assert_eq!(buffer.handle_audio(timestamp(0), &packet(1)), Placed::InPlace);
        assert_eq!(take(&mut buffer, 5), [0, 0, 0, 1, 0]);
    }

    #[test]
    fn a_buffer_of_another_size_waits_as_long_as_it_says() {
        let sizes = [(JitterBuffer::Off, 0), (JitterBuffer::Small, 1), (JitterBuffer::Medium, 2)];
        for (size, frames) in sizes {
            let mut buffer = PlayoutBuffer::of(size);
            buffer.handle_audio(timestamp(0), &packet(1));
            let mut expected = vec![0; frames];
            expected.push(1);
            assert_eq!(take(&mut buffer, frames + 1), expected, "{size:?}");
        }
    }

    #[test]
    fn without_a_buffer_what_comes_late_is_lost() {
        let mut buffer = PlayoutBuffer::of(JitterBuffer::Off);
        let mut heard = Vec::new();
        for number in 0..4 {
            if number != 2 {
                buffer.handle_audio(timestamp(number), &packet(1));
            }
            heard.extend(take(&mut buffer, 1));
            if number == 2 {
                assert_eq!(buffer.handle_audio(timestamp(number), &packet(2)), Placed::TooLate);
            }
        }
        assert_eq!(heard, [1, 1, 0, 1]);
    }

    #[test]
    fn reordered_packets_fall_into_place_and_lost_ones_are_silence() {
        let mut buffer = PlayoutBuffer::new();
        for number in [0u32, 2, 1, 5, 4] {
            let value = i16::try_from(number).expect("small") + 1;
            assert_eq!(buffer.handle_audio(timestamp(number), &packet(value)), Placed::InPlace);
        }
        assert_eq!(take(&mut buffer, 10), [0, 0, 0, 1, 2, 3, 0, 5, 6, 0]);
    }

    #[test]
    fn what_never_came_is_told_and_a_key_or_comfort_noise_is_silence_that_came() {
        let mut buffer = PlayoutBuffer::new();
        buffer.handle_silence(timestamp(0)); // before any audio: where would it stand?
        buffer.handle_audio(timestamp(0), &packet(1));
        buffer.handle_silence(timestamp(0)); // audio stays
        buffer.handle_silence(timestamp(2));
        buffer.handle_silence(timestamp(4000)); // beyond the ring
        let frames: Vec<(i16, bool)> = (0..7)
            .map(|_| {
                let mut frame = [0; FRAME_SAMPLES];
                let presence = buffer.take(&mut frame);
                assert!(presence == Presence::ALL || presence == Presence::NONE);
                (frame[0], presence.is_whole())
            })
            .collect();
        let lost = (0, false);
        assert_eq!(frames, [lost, lost, lost, (1, true), lost, (0, true), lost]);
        for _ in 0..5 {
            buffer.handle_silence(timestamp(0)); // an event that is told of for long
        }
        assert_eq!(buffer.handle_audio(timestamp(8), &packet(2)), Placed::InPlace);
    }

    #[test]
    fn a_packet_whose_moment_is_over_is_dropped() {
        let mut buffer = PlayoutBuffer::new();
        buffer.handle_audio(timestamp(0), &packet(1));
        buffer.handle_audio(timestamp(2), &packet(3));
        assert_eq!(take(&mut buffer, 5), [0, 0, 0, 1, 0]);
        assert_eq!(buffer.handle_audio(timestamp(1), &packet(2)), Placed::TooLate);
        assert_eq!(take(&mut buffer, 1), [3]);
    }

    #[test]
    fn silence_of_the_sender_keeps_the_clock() {
        let mut buffer = PlayoutBuffer::new();
        buffer.handle_audio(timestamp(0), &packet(1));
        assert_eq!(take(&mut buffer, 100)[3], 1);
        assert_eq!(buffer.handle_audio(timestamp(100), &packet(2)), Placed::InPlace);
        assert_eq!(take(&mut buffer, 4), [0, 0, 0, 2]);
    }

    #[test]
    fn a_jump_ahead_is_placed_anew_at_once_and_a_jump_back_after_three() {
        let mut buffer = PlayoutBuffer::new();
        buffer.handle_audio(timestamp(0), &packet(1));
        assert_eq!(buffer.handle_audio(timestamp(1000), &packet(2)), Placed::Anew);
        assert_eq!(take(&mut buffer, 4), [0, 0, 0, 2]);
        assert_eq!(buffer.handle_audio(timestamp(10), &packet(3)), Placed::TooLate);
        assert_eq!(buffer.handle_audio(timestamp(11), &packet(4)), Placed::TooLate);
        assert_eq!(buffer.handle_audio(timestamp(12), &packet(5)), Placed::Anew);
        assert_eq!(take(&mut buffer, 4), [0, 0, 0, 5]);
    }

    #[test]
    fn a_new_source_begins_with_its_own_delay() {
        let mut buffer = PlayoutBuffer::new();
        buffer.handle_audio(timestamp(0), &packet(1));
        take(&mut buffer, 2);
        buffer.handle_new_source();
        buffer.handle_audio(RtpTimestamp::new(77), &packet(2));
        assert_eq!(take(&mut buffer, 4), [0, 1, 0, 2]);
    }

    /// Take frames while packets of 20 ms come, each so many frames late; gives what was lost.
    fn lost(buffer: &mut PlayoutBuffer, packets: std::ops::Range<u32>, late_by: u32) -> usize {
        let mut frame = [0; FRAME_SAMPLES];
        let mut lost = 0;
        for number in packets {
            if let Some(number) = number.checked_sub(late_by) {
                lost += usize::from(buffer.handle_audio(timestamp(number), &packet(20)) == Placed::TooLate);
            }
            buffer.take(&mut frame);
        }
        lost
    }

    #[test]
    fn packets_that_come_later_than_they_did_make_it_wait_longer_before_any_is_lost() {
        let mut buffer = PlayoutBuffer::new();
        assert_eq!(lost(&mut buffer, 0..50, 0), 0);
        for late_by in 1..15 {
            assert_eq!(
                lost(&mut buffer, late_by * 50..late_by * 50 + 50, late_by),
                0,
                "{late_by} frames late"
            );
        }
    }

    #[test]
    fn a_delay_that_is_not_needed_any_more_is_given_up_after_some_seconds() {
        let mut buffer = PlayoutBuffer::new();
        lost(&mut buffer, 0..50, 0);
        for late_by in 1..10 {
            lost(&mut buffer, late_by * 50..late_by * 50 + 50, late_by);
        }
        let waits = |buffer: &PlayoutBuffer| (0..CAPACITY).filter(|at| buffer.present.has(*at)).count();
        // Those that were late come at once, and the rest in time again.
        for number in 490..499 {
            buffer.handle_audio(timestamp(number), &packet(20));
        }
        lost(&mut buffer, 499..510, 0);
        let before = waits(&buffer);
        assert_eq!(lost(&mut buffer, 510..1500, 0), 0);
        assert!(before > 1500 && waits(&buffer) <= 640, "{before} to {}", waits(&buffer));
    }

    proptest! {
        #[test]
        fn any_timestamps_and_lengths_are_taken(
            packets in prop::collection::vec((any::<u32>(), 0usize..5000, 0usize..4), 0..40)
        ) {
            let mut buffer = PlayoutBuffer::new();
            let samples = vec![5; 5000];
            let mut frame = [0; FRAME_SAMPLES];
            for (timestamp, length, frames) in packets {
                buffer.handle_audio(RtpTimestamp::new(timestamp), &samples[..length]);
                for _ in 0..frames {
                    buffer.take(&mut frame);
                }
            }
            // Each frame uses 40 samples at least, but for the few that let the delay grow.
            for _ in 0..CAPACITY / 40 + 20 {
                buffer.take(&mut frame);
            }
            prop_assert!(!buffer.holds_audio());
            buffer.take(&mut frame);
            prop_assert_eq!(frame, [0; FRAME_SAMPLES]);
        }
    }
}
