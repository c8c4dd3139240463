//! The playout buffer: decoded audio waits here until the clock asks for it.
//!
//! A ring of samples addressed by RTP timestamp, read at the pace of our own clock. Each source's
//! first packet is placed one playout delay after the read position; what comes late by less than
//! that, or out of order, still falls into its place. What never came is told with each frame, for
//! the concealer.
//!
//! ```text
//! read position                     first packet
//!      |---- playout delay, 60 ms ----|--------|--------| ... up to 512 ms
//! ```
//!
//! The delay is fixed. A sender whose clock drifts out of the
//! window, or whose timestamps jump, is placed anew.

use crate::units::{FRAME_SAMPLES, Frame, RtpTimestamp};

/// Frames between a packet's arrival and its playout.
pub const PLAYOUT_DELAY_FRAMES: u32 = 3;

const PLAYOUT_DELAY_TICKS: u32 = PLAYOUT_DELAY_FRAMES * 160;

/// Samples the ring holds: 512 ms.
const CAPACITY: usize = 4096;

/// Longest packet that is placed, in samples: what the ring holds behind the playout delay.
pub const PACKET_SAMPLES_MAX: usize = CAPACITY - 480;

/// After so many packets in a row that came too late, the sender's clock is taken for moved.
const LATE_RUN: u8 = 3;

/// Which samples of a frame came.
pub type Presence = [bool; FRAME_SAMPLES];

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
    samples: Box<[i16]>,
    present: Box<[bool]>,
    read: usize,
    /// Timestamp of the sample at `read`; None until a packet sets it.
    base: Option<RtpTimestamp>,
    late_run: u8,
}

impl Default for PlayoutBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl PlayoutBuffer {
    /// An empty buffer; the only allocations it makes.
    pub fn new() -> Self {
        Self {
            samples: vec![0; CAPACITY].into_boxed_slice(),
            present: vec![false; CAPACITY].into_boxed_slice(),
            read: 0,
            base: None,
            late_run: 0,
        }
    }

    /// Forget how timestamps map to the clock: the next packet is of another source.
    pub const fn handle_new_source(&mut self) {
        self.base = None;
        self.late_run = 0;
    }

    /// Place the samples of one packet, at most `PACKET_SAMPLES_MAX` of them.
    pub fn handle_audio(&mut self, timestamp: RtpTimestamp, samples: &[i16]) -> Placed {
        let samples = &samples[..samples.len().min(PACKET_SAMPLES_MAX)];
        let Some(base) = self.base else {
            self.place_anew(timestamp, samples);
            return Placed::InPlace;
        };
        match usize::try_from(timestamp.distance_from(base)) {
            Ok(offset) if offset + samples.len() <= CAPACITY => {
                self.late_run = 0;
                self.write(offset, samples);
                Placed::InPlace
            }
            Err(_) if self.late_run + 1 < LATE_RUN => {
                self.late_run += 1;
                Placed::TooLate
            }
            _ => {
                self.place_anew(timestamp, samples);
                Placed::Anew
            }
        }
    }

    /// The sender says that at `timestamp` there is nothing to hear: a key or comfort noise. Audio
    /// that came for the same time stays, and nothing is placed anew for it.
    pub fn handle_silence(&mut self, timestamp: RtpTimestamp) {
        let offset = self.base.and_then(|base| usize::try_from(timestamp.distance_from(base)).ok());
        let Some(offset) = offset.filter(|offset| offset + SILENCE_SAMPLES <= CAPACITY) else { return };
        for n in offset..offset + SILENCE_SAMPLES {
            self.present[(self.read + n) % CAPACITY] = true; // where nothing came the samples are zero
        }
    }

    /// The next 20 ms, zero where nothing came; the clock goes on.
    pub fn take(&mut self, frame: &mut Frame) -> Presence {
        let mut presence = [false; FRAME_SAMPLES];
        for (sample, is_present) in frame.iter_mut().zip(&mut presence) {
            *sample = std::mem::take(&mut self.samples[self.read]);
            *is_present = std::mem::take(&mut self.present[self.read]);
            self.read = (self.read + 1) % CAPACITY;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a constant of 160")]
        if let Some(base) = &mut self.base {
            *base = base.later_by(FRAME_SAMPLES as u32);
        }
        presence
    }

    fn place_anew(&mut self, timestamp: RtpTimestamp, samples: &[i16]) {
        self.base = Some(timestamp.earlier_by(PLAYOUT_DELAY_TICKS));
        self.late_run = 0;
        self.write(PLAYOUT_DELAY_TICKS as usize, samples);
    }

    fn write(&mut self, offset: usize, samples: &[i16]) {
        let start = (self.read + offset) % CAPACITY;
        let before_wrap = samples.len().min(CAPACITY - start);
        let (head, tail) = samples.split_at(before_wrap);
        self.samples[start..start + head.len()].copy_from_slice(head);
        self.samples[..tail.len()].copy_from_slice(tail);
        self.present[start..start + head.len()].fill(true);
        self.present[..tail.len()].fill(true);
    }
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
                assert!(presence.iter().all(|is_present| *is_present == presence[0]));
                (frame[0], presence[0])
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
            for _ in 0..=CAPACITY / FRAME_SAMPLES {
                buffer.take(&mut frame);
            }
            buffer.take(&mut frame);
            prop_assert_eq!(frame, [0; FRAME_SAMPLES]);
        }
    }
}
