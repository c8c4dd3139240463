//! A run of key presses, one packet a tick: as telephone-events (RFC 4733 §2.5.1), or as tones where none
//! were negotiated.
//!
//! ```text
//! tick      0    1    2    3    4    5    6    7    8    9    10
//! packet    M160 320  480  640  E800 E800 E800 sil. sil. sil. next key
//! or        tone tone tone tone tone sil. sil. sil. sil. sil. next key
//!           |------- 100 ms --------|------- 100 ms gap ------|
//! ```
//!
//! All packets of a key carry the timestamp of its first one. After missed ticks durations follow
//! the clock, so a key is never longer than the time that it took.

use super::keypad::tone_of;
use crate::audio::dual_tone::DualTone;
use crate::telephone_event::{Key, TelephoneEvent, VOLUME};
use crate::units::{Frame, RtpTimestamp};

/// Characters in one run.
pub const DIGITS_MAX: usize = 64;

const FRAME_TICKS: i32 = 160;
/// 100 ms down, 100 ms up (reference/sip-interface 12).
const PRESS_TICKS: i32 = 800;
const PRESS_SAMPLES: usize = 800;
const GAP_TICKS: u32 = 800;
/// RFC 4733 §2.5.1.4: the final packet is sent three times.
const END_PACKETS: u8 = 3;
/// `w` and `W` of Twilio's sendDigits.
const SHORT_WAIT_TICKS: u32 = 4000;
const LONG_WAIT_TICKS: u32 = 8000;

/// Why a string is no run of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigitsError {
    /// A character that is no key and no wait.
    #[error("{0:?} is none of 0-9 * # A-D w W")]
    Character(char),
    /// More than 64 of them.
    #[error("more than 64 digits")]
    TooMany,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Press {
    Key(Key),
    Wait { ticks: u32 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The next press begins now.
    Next,
    /// A key is down.
    Down { key: Key, since: RtpTimestamp },
    /// A key was let go of; end packets are still to leave.
    Ending { key: Key, since: RtpTimestamp, duration_ticks: u16, left: u8 },
    /// Nothing until then.
    Pause { until: RtpTimestamp },
}

/// What this tick sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// One packet of an event.
    Event {
        report: TelephoneEvent,
        marker: bool,
        timestamp: RtpTimestamp,
        /// It is the last end packet of the run.
        is_last: bool,
    },
    /// Silence: between keys or in a wait.
    Silence,
    /// Nothing: the run was over before this tick.
    Over,
}

/// What this tick sends where keys are tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToneStep {
    /// The frame was filled; whether with the end of the last key.
    Tone { is_last: bool },
    /// Silence: between keys or in a wait.
    Silence,
    /// Nothing: the run was over before this tick.
    Over,
}

/// See the head of the file.
#[derive(Debug)]
pub struct DigitRun {
    presses: [Press; DIGITS_MAX],
    length: usize,
    next: usize,
    phase: Phase,
}

impl DigitRun {
    /// Read `0-9 * # A-D w W`.
    ///
    /// # Errors
    /// `DigitsError` for another character or more than 64 of them.
    pub fn parse(digits: &str) -> Result<Self, DigitsError> {
        let mut run =
            Self { presses: [Press::Wait { ticks: 0 }; DIGITS_MAX], length: 0, next: 0, phase: Phase::Next };
        for character in digits.chars() {
            let press = match character {
                'w' => Press::Wait { ticks: SHORT_WAIT_TICKS },
                'W' => Press::Wait { ticks: LONG_WAIT_TICKS },
                key => Press::Key(Key::from_char(key).ok_or(DigitsError::Character(key))?),
            };
            *run.presses.get_mut(run.length).ok_or(DigitsError::TooMany)? = press;
            run.length += 1;
        }
        Ok(run)
    }

    /// Whether a key is down or its end packets are not all sent.
    pub(super) const fn is_pressing(&self) -> bool {
        matches!(self.phase, Phase::Down { .. } | Phase::Ending { .. })
    }

    /// Let go of the key that is down and forget the rest.
    pub(super) fn cut(&mut self, now: RtpTimestamp) {
        self.next = self.length;
        if let Phase::Down { key, since } = self.phase {
            let duration_ticks = clamp_duration(now.distance_from(since));
            self.phase = Phase::Ending { key, since, duration_ticks, left: END_PACKETS };
        }
    }

    /// One tick, at the timestamp `now`.
    pub(super) fn step(&mut self, now: RtpTimestamp) -> Step {
        if let Phase::Pause { until } = self.phase {
            if now.distance_from(until) < 0 {
                return Step::Silence;
            }
            self.phase = Phase::Next;
        }
        match self.phase {
            Phase::Next => self.begin(now),
            Phase::Down { key, since } => self.go_on(key, since, now),
            Phase::Ending { key, since, duration_ticks, left } => self.end(key, since, duration_ticks, left),
            Phase::Pause { .. } => Step::Silence,
        }
    }

    /// One tick where keys are tones, at the timestamp `now`.
    pub(super) fn step_tone(&mut self, now: RtpTimestamp, frame: &mut Frame) -> ToneStep {
        if matches!(self.phase, Phase::Pause { until } if now.distance_from(until) >= 0) {
            self.phase = Phase::Next;
        }
        if self.phase == Phase::Next && !self.begin_press(now) {
            return ToneStep::Over;
        }
        match self.phase {
            Phase::Down { key, since } => {
                let passed = now.distance_from(since);
                let from = usize::try_from(passed).unwrap_or(PRESS_SAMPLES);
                if from >= PRESS_SAMPLES {
                    // Ticks were missed: the key went up meanwhile.
                    self.phase = Phase::Pause { until: now.later_by(GAP_TICKS) };
                    return ToneStep::Tone { is_last: self.fill(frame, None) };
                }
                if passed + FRAME_TICKS >= PRESS_TICKS {
                    self.phase =
                        Phase::Pause { until: since.later_by(PRESS_TICKS.unsigned_abs() + GAP_TICKS) };
                }
                ToneStep::Tone { is_last: self.fill(frame, Some((tone_of(key), from))) }
            }
            // It was cut short, or telephone-events were given up under it.
            Phase::Ending { since, duration_ticks, .. } => {
                self.phase = Phase::Pause { until: since.later_by(u32::from(duration_ticks) + GAP_TICKS) };
                ToneStep::Tone { is_last: self.fill(frame, None) }
            }
            Phase::Pause { .. } | Phase::Next => ToneStep::Silence,
        }
    }

    /// Fill a frame with a tone or with silence; whether it ends the last key.
    fn fill(&self, frame: &mut Frame, tone: Option<(DualTone, usize)>) -> bool {
        match tone {
            Some((tone, from)) => tone.render(from, PRESS_SAMPLES, frame),
            None => frame.fill(0),
        }
        self.next == self.length && matches!(self.phase, Phase::Pause { .. })
    }

    /// Begin the next key or wait; false when there is none.
    fn begin_press(&mut self, now: RtpTimestamp) -> bool {
        let Some(press) = self.presses[..self.length].get(self.next) else { return false };
        self.phase = match *press {
            Press::Key(key) => Phase::Down { key, since: now },
            Press::Wait { ticks } => Phase::Pause { until: now.later_by(ticks) },
        };
        self.next += 1;
        true
    }

    fn begin(&mut self, now: RtpTimestamp) -> Step {
        if !self.begin_press(now) {
            return Step::Over;
        }
        match self.phase {
            Phase::Down { key, .. } => self.event(key, now, clamp_duration(FRAME_TICKS), false, true),
            _ => Step::Silence,
        }
    }

    fn go_on(&mut self, key: Key, since: RtpTimestamp, now: RtpTimestamp) -> Step {
        let duration = now.distance_from(since) + FRAME_TICKS;
        let duration_ticks = clamp_duration(duration);
        if duration >= PRESS_TICKS {
            return self.end(key, since, duration_ticks, END_PACKETS);
        }
        self.event(key, since, duration_ticks, false, false)
    }

    fn end(&mut self, key: Key, since: RtpTimestamp, duration_ticks: u16, left: u8) -> Step {
        self.phase = if left > 1 {
            Phase::Ending { key, since, duration_ticks, left: left - 1 }
        } else {
            Phase::Pause { until: since.later_by(u32::from(duration_ticks) + GAP_TICKS) }
        };
        self.event(key, since, duration_ticks, true, false)
    }

    fn event(&self, key: Key, since: RtpTimestamp, duration_ticks: u16, end: bool, marker: bool) -> Step {
        Step::Event {
            report: TelephoneEvent { event: key.event(), end, volume: VOLUME, duration_ticks },
            marker,
            timestamp: since,
            is_last: self.next == self.length && matches!(self.phase, Phase::Pause { .. }),
        }
    }
}

fn clamp_duration(ticks: i32) -> u16 {
    u16::try_from(ticks.max(FRAME_TICKS)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: RtpTimestamp = RtpTimestamp::new(u32::MAX - 400);

    /// Steps printed as one word each: marker, key, duration, end; the last end packet with a bang.
    fn word(step: Step) -> String {
        match step {
            Step::Silence => "-".to_owned(),
            Step::Over => ".".to_owned(),
            Step::Event { report, marker, is_last, .. } => format!(
                "{}{}:{}{}{}",
                if marker { "M" } else { "" },
                Key::from_event(report.event).expect("ours").to_char(),
                report.duration_ticks,
                if report.end { "E" } else { "" },
                if is_last { "!" } else { "" },
            ),
        }
    }

    fn words(run: &mut DigitRun, first: u32, ticks: u32) -> Vec<String> {
        (first..first + ticks).map(|tick| word(run.step(START.later_by(tick * 160)))).collect()
    }

    #[test]
    fn two_keys_tick_by_tick() {
        let mut run = DigitRun::parse("1#").expect("keys");
        let steps = words(&mut run, 0, 22).join(" ");
        assert_eq!(
            steps,
            "M1:160 1:320 1:480 1:640 1:800E 1:800E 1:800E - - - \
             M#:160 #:320 #:480 #:640 #:800E #:800E #:800E! - - - . ."
        );
    }

    #[test]
    fn the_timestamp_of_a_key_stands_still() {
        let mut run = DigitRun::parse("12").expect("keys");
        let mut timestamps = Vec::new();
        for tick in 0..20 {
            if let Step::Event { timestamp, .. } = run.step(START.later_by(tick * 160)) {
                timestamps.push(timestamp.distance_from(START));
            }
        }
        assert_eq!(timestamps, [vec![0; 7], vec![1600; 7]].concat());
    }

    /// Ticks printed as one letter each: tone, silence, over; the end of the last key with a bang.
    fn tone_words(run: &mut DigitRun, first: u32, ticks: u32) -> String {
        let mut frame = [1; 160];
        (first..first + ticks)
            .map(|tick| match run.step_tone(START.later_by(tick * 160), &mut frame) {
                ToneStep::Tone { is_last } => {
                    let letter = if frame == [0; 160] { "s" } else { "t" };
                    letter.to_owned() + if is_last { "!" } else { "" }
                }
                ToneStep::Silence => "-".to_owned(),
                ToneStep::Over => ".".to_owned(),
            })
            .collect()
    }

    #[test]
    fn two_keys_as_tones_tick_by_tick() {
        let mut run = DigitRun::parse("1#").expect("keys");
        assert_eq!(tone_words(&mut run, 0, 22), "ttttt-----ttttt!-----..");
    }

    #[test]
    fn waits_between_tones_are_silence_of_their_length() {
        let mut run = DigitRun::parse("1w2").expect("keys");
        let words = tone_words(&mut run, 0, 46);
        assert_eq!(words, format!("ttttt{}ttttt!-----.", "-".repeat(5 + 25)));
    }

    #[test]
    fn missed_ticks_do_not_lengthen_a_tone() {
        let mut run = DigitRun::parse("55").expect("keys");
        assert_eq!(tone_words(&mut run, 0, 2), "tt");
        assert_eq!(tone_words(&mut run, 4, 2), "t-");
        assert_eq!(tone_words(&mut run, 10, 1), "t");
        assert_eq!(tone_words(&mut run, 18, 7), "s!----..");
    }

    #[test]
    fn a_tone_that_is_cut_short_ends_at_once() {
        let mut run = DigitRun::parse("55").expect("keys");
        assert_eq!(tone_words(&mut run, 0, 2), "tt");
        run.cut(START.later_by(2 * 160));
        assert_eq!(tone_words(&mut run, 2, 6), "s!----.");
    }

    #[test]
    fn a_key_goes_on_in_the_other_form_when_an_answer_changes_it() {
        let mut run = DigitRun::parse("55").expect("keys");
        assert_eq!(words(&mut run, 0, 2).join(" "), "M5:160 5:320");
        assert_eq!(tone_words(&mut run, 2, 8), "ttt-----");
        assert_eq!(tone_words(&mut run, 10, 2), "tt");
        assert_eq!(words(&mut run, 12, 3).join(" "), "5:480 5:640 5:800E");
        assert_eq!(tone_words(&mut run, 15, 2), "s!-");
    }

    #[test]
    fn waits_are_silence_of_their_length() {
        let mut run = DigitRun::parse("wW").expect("waits");
        let steps = words(&mut run, 0, 76);
        assert_eq!(steps.iter().filter(|step| *step == "-").count(), 75);
        assert_eq!(steps[75], ".");
    }

    #[test]
    fn missed_ticks_do_not_lengthen_a_key() {
        let mut run = DigitRun::parse("5").expect("a key");
        assert_eq!(words(&mut run, 0, 2).join(" "), "M5:160 5:320");
        assert_eq!(words(&mut run, 8, 4).join(" "), "5:1440E 5:1440E 5:1440E! -");
    }

    #[test]
    fn a_key_that_is_cut_short_is_let_go_of() {
        let mut run = DigitRun::parse("55").expect("keys");
        assert_eq!(words(&mut run, 0, 2).join(" "), "M5:160 5:320");
        assert!(run.is_pressing());
        run.cut(START.later_by(2 * 160));
        assert_eq!(words(&mut run, 2, 9).join(" "), "5:320E 5:320E 5:320E! - - . . . .");
        assert!(!run.is_pressing());
    }

    #[test]
    fn what_is_no_digit_is_refused() {
        assert_eq!(DigitRun::parse("12x").err(), Some(DigitsError::Character('x')));
        assert_eq!(DigitRun::parse("a").err(), Some(DigitsError::Character('a')));
        assert!(DigitRun::parse(&"0".repeat(64)).is_ok());
        assert_eq!(DigitRun::parse(&"0".repeat(65)).err(), Some(DigitsError::TooMany));
        assert!(DigitRun::parse("0123456789*#ABCDwW").is_ok());
    }
}
