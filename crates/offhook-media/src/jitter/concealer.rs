//! Concealment of lost audio, after the idea of ITU-T G.711 Appendix I: the last pitch period is
//! repeated and fades.
//!
//! ```text
//! heard ~~~~~~~|  10 ms  |        50 ms         |  silence    |~~~~~~~ heard
//!              | period, period, period, fading |             |
//! ```
//!
//! Unlike the appendix it adds no delay: a step between what was heard and the repetition is let
//! decay, where the appendix overlaps them 3.75 ms later. Left out: repeating two and three periods
//! in a longer loss, and comfort noise; after 60 ms there is silence.

use super::presence::Presence;
use super::time_scale::dot;
use crate::units::{FRAME_SAMPLES, Frame};

/// Pitch periods that are looked for: 200 to 66.7 Hz (Appendix I).
const PERIOD_MIN: usize = 40;
/// See `PERIOD_MIN`.
const PERIOD_MAX: usize = 120;

/// What is compared to find the period: 20 ms.
const COMPARED_SAMPLES: usize = 160;
const HISTORY_SAMPLES: usize = COMPARED_SAMPLES + PERIOD_MAX;

/// The repetition is as loud as what was heard for 10 ms and gone after 60.
const FADE_FROM_SAMPLES: usize = 80;
const FADE_UNTIL_SAMPLES: usize = 480;

/// What is heard again is blended in over 4 ms and 4 more for each 10 ms lost, at most 10.
const BLEND_SAMPLES: usize = 32;
const BLEND_SAMPLES_MAX: usize = 80;

/// See the head of the file.
#[derive(Debug)]
pub struct Concealer {
    /// What was given out last, and behind it the frame of the moment.
    samples: [i16; HISTORY_SAMPLES + FRAME_SAMPLES],
    erasure: Option<Erasure>,
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

impl Concealer {
    /// Nothing was heard yet: losses are silence.
    pub const fn new() -> Self {
        Self { samples: [0; HISTORY_SAMPLES + FRAME_SAMPLES], erasure: None }
    }

    /// Put something in the place of the samples of `frame` that never came.
    pub fn handle_frame(&mut self, frame: &mut Frame, presence: &Presence) {
        if self.erasure.is_none() && presence.is_whole() {
            self.samples.copy_within(FRAME_SAMPLES..HISTORY_SAMPLES, 0);
            self.samples[HISTORY_SAMPLES - FRAME_SAMPLES..HISTORY_SAMPLES].copy_from_slice(frame);
            return;
        }
        for (n, sample) in frame.iter_mut().enumerate() {
            *sample = if presence.has(n) { self.recover(*sample) } else { self.conceal(n) };
            self.samples[HISTORY_SAMPLES + n] = *sample;
        }
        self.samples.copy_within(FRAME_SAMPLES.., 0);
    }

    fn conceal(&mut self, at: usize) -> i16 {
        let history = &self.samples[at..at + HISTORY_SAMPLES];
        // A loss within the blending goes on with the same period, so that a peer who sends crumbs
        // cannot have us look for periods all the time.
        let erasure = self.erasure.get_or_insert_with(|| Erasure::begin(history));
        erasure.blended = 0;
        erasure.next()
    }

    fn recover(&mut self, sample: i16) -> i16 {
        let Some(erasure) = &mut self.erasure else { return sample };
        if erasure.given >= FADE_UNTIL_SAMPLES {
            self.erasure = None; // behind silence there is nothing to blend with
            return sample;
        }
        let blended = erasure.blend(sample);
        if erasure.blended >= erasure.blend_samples {
            self.erasure = None;
        }
        blended
    }
}

/// A loss, from its first sample until what follows it is blended in.
#[derive(Debug)]
struct Erasure {
    period: [f32; PERIOD_MAX],
    period_samples: usize,
    /// From the end of the repetition to what was heard last.
    step: f32,
    given: usize,
    blended: usize,
    blend_samples: usize,
}

impl Erasure {
    fn begin(history: &[i16]) -> Self {
        let period_samples = pitch_period(history);
        let start = history.len() - period_samples;
        let overlap = period_samples / 4;
        let mut period = [0.0; PERIOD_MAX];
        for (n, value) in period[..period_samples].iter_mut().enumerate() {
            let sample = f32::from(history[start + n]);
            // The end of the period leads over to what stood before its beginning.
            let left = period_samples - n;
            *value = if left <= overlap {
                let share = left as f32 / (overlap + 1) as f32;
                sample * share + f32::from(history[start - left]) * (1.0 - share)
            } else {
                sample
            };
        }
        let step = f32::from(history[history.len() - 1]) - f32::from(history[start - 1]);
        Self { period, period_samples, step, given: 0, blended: 0, blend_samples: 0 }
    }

    /// The next sample of the repetition.
    fn repeated(&mut self) -> f32 {
        if self.given >= FADE_UNTIL_SAMPLES {
            return 0.0;
        }
        let decay = self.period_samples / 4;
        let step = self.step * decay.saturating_sub(self.given) as f32 / decay as f32;
        let faded = self.given.saturating_sub(FADE_FROM_SAMPLES);
        let loudness = 1.0 - faded as f32 / (FADE_UNTIL_SAMPLES - FADE_FROM_SAMPLES) as f32;
        let sample = self.period[self.given % self.period_samples] + step;
        self.given += 1;
        sample * loudness
    }

    fn next(&mut self) -> i16 {
        to_sample(self.repeated())
    }

    /// A sample that came, blended with the repetition.
    fn blend(&mut self, sample: i16) -> i16 {
        if self.blended == 0 {
            self.blend_samples = (BLEND_SAMPLES + self.given * 2 / 5).min(BLEND_SAMPLES_MAX);
        }
        self.blended += 1;
        let share = self.blended as f32 / (self.blend_samples + 1) as f32;
        to_sample(self.repeated() * (1.0 - share) + f32::from(sample) * share)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates")]
fn to_sample(value: f32) -> i16 {
    value.round() as i16
}

/// The lag at which the end of `history` is most like what came before it.
fn pitch_period(history: &[i16]) -> usize {
    let end = history.len() - COMPARED_SAMPLES;
    let likeness = |lag: usize| {
        let earlier = &history[end - lag..history.len() - lag];
        dot(&history[end..], earlier) / (1.0 + dot(earlier, earlier)).sqrt()
    };
    let mut best = (PERIOD_MIN, likeness(PERIOD_MIN));
    for lag in PERIOD_MIN + 1..=PERIOD_MAX {
        let value = likeness(lag);
        if value > best.1 {
            best = (lag, value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame of a signal with a period of 80 samples, peak 8000.
    fn voice(index: usize) -> Frame {
        std::array::from_fn(|n| {
            let angle = std::f32::consts::TAU * ((index * FRAME_SAMPLES + n) % 80) as f32 / 80.0;
            to_sample(5000.0 * angle.sin() + 3000.0 * (3.0 * angle).cos())
        })
    }

    fn peak(frame: &Frame) -> i16 {
        frame.iter().map(|sample| sample.saturating_abs()).max().expect("160 samples")
    }

    #[test]
    fn what_came_is_given_out_unchanged() {
        let mut concealer = Concealer::new();
        for index in 0..5 {
            let mut frame = voice(index);
            concealer.handle_frame(&mut frame, &Presence::ALL);
            assert_eq!(frame, voice(index));
        }
    }

    #[test]
    fn a_loss_goes_on_with_the_period_and_fades_to_silence_after_60_ms() {
        let mut concealer = Concealer::new();
        for index in 0..3 {
            concealer.handle_frame(&mut voice(index), &Presence::ALL);
        }
        let lost: Vec<Frame> = (0..5)
            .map(|_| {
                let mut frame = [0; FRAME_SAMPLES];
                concealer.handle_frame(&mut frame, &Presence::NONE);
                frame
            })
            .collect();
        for (heard, expected) in lost[0][..FADE_FROM_SAMPLES].iter().zip(voice(3)) {
            assert!((i32::from(*heard) - i32::from(expected)).abs() <= 2, "{heard} {expected}");
        }
        let peaks: Vec<i16> = lost.iter().map(peak).collect();
        assert!(peaks[0] > peaks[1] && peaks[1] > peaks[2] && peaks[2] > 0, "{peaks:?}");
        assert_eq!(peaks[3..], [0, 0]);
    }

    #[test]
    fn what_comes_after_a_loss_is_blended_in_without_a_step() {
        let mut concealer = Concealer::new();
        let mut heard = Vec::new();
        for index in 0..8 {
            let mut frame = voice(index);
            concealer.handle_frame(&mut frame, if index == 4 { &Presence::NONE } else { &Presence::ALL });
            heard.extend(frame);
        }
        let steepest = |samples: &[i16]| {
            samples.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max()
        };
        assert!(steepest(&heard) <= steepest(&heard[..4 * FRAME_SAMPLES]).map(|step| step + 50));
        assert_eq!(heard[6 * FRAME_SAMPLES..7 * FRAME_SAMPLES], voice(6));
    }

    #[test]
    fn silence_is_concealed_by_silence_and_speech_behind_it_begins_at_once() {
        let mut concealer = Concealer::new();
        for _ in 0..10 {
            let mut frame = [0; FRAME_SAMPLES];
            concealer.handle_frame(&mut frame, &Presence::NONE);
            assert_eq!(frame, [0; FRAME_SAMPLES]);
        }
        let mut frame = voice(0);
        concealer.handle_frame(&mut frame, &Presence::ALL);
        assert_eq!(frame, voice(0));
    }

    proptest! {
        #[test]
        fn any_audio_with_any_holes_is_taken(
            frames in prop::collection::vec(
                (prop::collection::vec(any::<i16>(), FRAME_SAMPLES), prop::collection::vec(any::<bool>(), FRAME_SAMPLES)),
                0..20,
            )
        ) {
            let mut concealer = Concealer::new();
            for (samples, presence) in frames {
                let mut frame: Frame = samples.try_into().expect("as many");
                concealer.handle_frame(&mut frame, &Presence::from_fn(|n| presence[n]));
            }
        }
    }
}
