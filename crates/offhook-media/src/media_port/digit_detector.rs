//! Key presses heard as tones, for a peer that sends no telephone-events (ITU-T Q.24).
//!
//! Packets are heard as they come, without the playout delay. Windows of 12.75 ms overlap by half:
//!
//! ```text
//! a tone of 40 ms   |=========================|
//! windows           .. |--hit--|  |--hit--|           four hits in a row: the key is pressed
//!                   ......|--hit--|  |--hit--| ..     five misses in a row: it is let go of
//! ```
//!
//! So 40 ms are always a key and less than 23 ms never; a pause of 28 ms parts two presses and one
//! of 20 ms does not. A packet or two that were lost are neither tone nor pause: the windows begin
//! anew behind them. A longer hole in the timestamps is a pause.
//!
//! Of a peer that sends telephone-events after all, tones count no more, or it would press each key twice.

use std::time::Duration;

use super::keypad::key_of;
use crate::audio::dual_tone::{BLOCK_SAMPLES, DualTone, DualToneFilter};
use crate::codec::g711::Law;
use crate::rtp_session::KeyAllowance;
use crate::telephone_event::Key;
use crate::units::{Moment, RtpTimestamp};

/// Where tones count as keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InbandDigits {
    /// Where no telephone-event was negotiated (reference/sip-interface 12).
    #[default]
    Auto,
    /// There, and where one was negotiated and none has come yet.
    Always,
    /// Nowhere.
    Off,
}

/// A peer that sends a key both ways sends the tone and the event within so long.
const SAME_KEY: Duration = Duration::from_millis(500);

const HOP_SAMPLES: usize = BLOCK_SAMPLES / 2;
const HITS_TO_PRESS: u8 = 4;
const MISSES_TO_LET_GO: u8 = 5;

/// Two packets of 20 ms: a longer hole is a pause of the sender.
const HOLE_TICKS_MAX: i32 = 320;

/// What is behind by less was overtaken on the way; by more, the sender's clock has jumped.
const OVERTAKEN_TICKS_MAX: i32 = 8000;

/// See the head of the file.
#[derive(Debug)]
pub struct DigitDetector {
    filter: DualToneFilter,
    window: [i16; BLOCK_SAMPLES],
    filled: usize,
    /// The timestamp of the sample to come; None before the first packet of a source.
    expected: Option<RtpTimestamp>,
    /// What the last windows sound like, and how many of them in a row.
    candidate: Option<DualTone>,
    hits: u8,
    pressed: Option<DualTone>,
    misses: u8,
    allowance: KeyAllowance,
    /// The last key, and when it was told.
    told: Option<(Key, Moment)>,
    is_deaf: bool,
}

impl DigitDetector {
    pub fn new() -> Self {
        Self {
            filter: DualToneFilter::default(),
            window: [0; BLOCK_SAMPLES],
            filled: 0,
            expected: None,
            candidate: None,
            hits: 0,
            pressed: None,
            misses: 0,
            allowance: KeyAllowance::new(),
            told: None,
            is_deaf: false,
        }
    }

    /// The peer sent a telephone-event: hear its tones no more. Whether this key was told by its tone.
    pub fn handle_event_key(&mut self, key: Key, now: Moment) -> bool {
        self.is_deaf = true;
        self.told.take().is_some_and(|(told, at)| told == key && now.since(at) < SAME_KEY)
    }

    /// The next packet is of another source: its timestamps are its own.
    pub const fn handle_new_source(&mut self) {
        self.expected = None;
    }

    /// Hear one packet; `tell` is called once for each key press in it.
    pub fn handle_audio(
        &mut self,
        law: Law,
        timestamp: RtpTimestamp,
        payload: &[u8],
        now: Moment,
        mut tell: impl FnMut(Key),
    ) {
        if self.is_deaf {
            return;
        }
        let ahead = self.expected.map_or(i32::MIN, |expected| timestamp.distance_from(expected));
        match ahead {
            0 => {}
            1..=HOLE_TICKS_MAX => self.filled = 0,
            _ if ahead < 0 && ahead > -OVERTAKEN_TICKS_MAX => return,
            _ => self.let_go(),
        }
        #[expect(clippy::cast_possible_truncation, reason = "a datagram is shorter than 64 KiB")]
        let ticks = payload.len() as u32;
        self.expected = Some(timestamp.later_by(ticks));
        for byte in payload {
            self.window[self.filled] = law.decode(*byte);
            self.filled += 1;
            if self.filled == BLOCK_SAMPLES {
                if let Some(key) = self.hear_window(now) {
                    tell(key);
                }
                self.window.copy_within(HOP_SAMPLES.., 0);
                self.filled = BLOCK_SAMPLES - HOP_SAMPLES;
            }
        }
    }

    /// A pause: nothing sounds.
    const fn let_go(&mut self) {
        self.filled = 0;
        self.candidate = None;
        self.hits = 0;
        self.pressed = None;
        self.misses = 0;
    }

    fn hear_window(&mut self, now: Moment) -> Option<Key> {
        let heard = self.filter.find(&self.window);
        if heard != self.candidate {
            self.candidate = heard;
            self.hits = 0;
        }
        self.hits = self.hits.saturating_add(1);
        if self.pressed.is_some() {
            self.misses = if heard == self.pressed { 0 } else { self.misses.saturating_add(1) };
            if self.misses >= MISSES_TO_LET_GO {
                self.pressed = None;
            }
        }
        let tone = heard.filter(|_| self.hits == HITS_TO_PRESS && heard != self.pressed)?;
        self.pressed = heard;
        self.misses = 0;
        let key = key_of(tone)?;
        let is_told = self.allowance.spend(now);
        if is_told {
            self.told = Some((key, now));
        }
        is_told.then_some(key)
    }
}

#[cfg(test)]
#[path = "digit_detector_tests.rs"]
mod tests;
