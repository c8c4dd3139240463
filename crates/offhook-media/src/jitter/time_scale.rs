//! Makes 20 ms of audio out of a little more or a little less, so that nobody hears it.
//!
//! A pitch period is left out or played twice, and the two ends are blended into each other over 5 ms,
//! at the place where they are most alike (overlap and add, as in WSOLA). Audio of which no two places
//! are alike, an onset or a consonant, is left for a later frame; silence is always alike.

use crate::units::{FRAME_SAMPLES, Frame};

/// Periods that are looked for: 200 to 66.7 Hz.
const PERIOD_MIN: usize = 40;
const PERIOD_MAX: usize = 120;
/// What is blended, and compared.
const OVERLAP: usize = 40;
/// Cosine of the angle between two stretches that are alike enough.
const ALIKE: f32 = 0.9;
/// Mean square below which a stretch is silence: -54 dB of full scale.
const SILENCE: f32 = 65.0 * 65.0;

/// Samples that a frame may be made of, at most.
pub(super) const MOST_SAMPLES: usize = FRAME_SAMPLES + PERIOD_MAX;

/// Leave a period out: fill `frame` from more than 160 samples of `source`, and tell how many.
///
/// source: at least `MOST_SAMPLES`. None, and the frame untouched, where nothing can be left out.
pub(super) fn shorten(source: &[i16], frame: &mut Frame) -> Option<usize> {
    let period = best_period(source)?;
    blend(&source[..OVERLAP], &source[period..period + OVERLAP], &mut frame[..OVERLAP]);
    frame[OVERLAP..].copy_from_slice(&source[period + OVERLAP..period + FRAME_SAMPLES]);
    Some(FRAME_SAMPLES + period)
}

/// Play a period twice: fill `frame` from fewer than 160 samples of `source`, and tell how many.
///
/// source: at least `FRAME_SAMPLES`. None, and the frame untouched, where nothing can be repeated.
pub(super) fn lengthen(source: &[i16], frame: &mut Frame) -> Option<usize> {
    let period = best_period(source)?;
    frame[..period].copy_from_slice(&source[..period]);
    // At `period` the audio goes on as it would, and leads over to its own beginning.
    blend(&source[period..period + OVERLAP], &source[..OVERLAP], &mut frame[period..period + OVERLAP]);
    frame[period + OVERLAP..].copy_from_slice(&source[OVERLAP..FRAME_SAMPLES - period]);
    Some(FRAME_SAMPLES - period)
}

/// The distance at which the audio is most like its beginning, at most 120 samples.
fn best_period(source: &[i16]) -> Option<usize> {
    let first = &source[..OVERLAP];
    let energy = dot(first, first);
    let mut best = None;
    for period in PERIOD_MIN..=PERIOD_MAX {
        let second = &source[period..period + OVERLAP];
        let other = dot(second, second);
        if energy.max(other) < SILENCE * OVERLAP as f32 {
            return Some(period);
        }
        let alike = dot(first, second) / (energy * other).sqrt().max(1.0);
        if alike > best.map_or(ALIKE, |(most, _)| most) {
            best = Some((alike, period));
        }
    }
    best.map(|(_, period)| period)
}

/// How far two stretches go together; of their length, whole eights count.
pub(super) fn dot(one: &[i16], other: &[i16]) -> f32 {
    // Eight sums instead of one, since the order of additions of floating point stays as it is written.
    let mut sums = [0.0f32; 8];
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(one).zip(other) {
            *sum += f32::from(*a) * f32::from(*b);
        }
    }
    sums.iter().sum()
}

/// From `from` to `to`, sample by sample.
#[expect(clippy::cast_possible_truncation, reason = "between two samples")]
fn blend(from: &[i16], to: &[i16], into: &mut [i16]) {
    for (n, ((from, to), into)) in from.iter().zip(to).zip(into).enumerate() {
        let share = (n + 1) as f32 / (OVERLAP + 1) as f32;
        *into = (f32::from(*from) * (1.0 - share) + f32::from(*to) * share).round() as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::cast_possible_truncation, reason = "peaks are below 32,767")]
    fn tone(hz: f32) -> [i16; MOST_SAMPLES] {
        std::array::from_fn(|n| (9000.0 * (std::f32::consts::TAU * hz * n as f32 / 8000.0).sin()) as i16)
    }

    /// The greatest bend, which a click makes far greater than the audio has it.
    fn bend(samples: &[i16]) -> i32 {
        let value = |n: usize| i32::from(samples[n]);
        (2..samples.len()).map(|n| (value(n) - 2 * value(n - 1) + value(n - 2)).abs()).max().unwrap_or(0)
    }

    #[test]
    fn tones_are_shortened_and_lengthened_by_whole_periods_without_a_click() {
        for hz in [70.0, 100.0, 137.0, 200.0, 333.0, 440.0, 1000.0] {
            let source = tone(hz);
            let limit = bend(&source) + bend(&source) / 5 + 16;
            let mut frame = [0; FRAME_SAMPLES];
            for scale in [shorten, lengthen] {
                let taken = scale(&source, &mut frame).unwrap_or_else(|| panic!("{hz} Hz"));
                assert_ne!(taken, FRAME_SAMPLES);
                let whole: Vec<i16> = frame.iter().chain(&source[taken..]).copied().collect();
                assert!(bend(&whole) <= limit, "{hz} Hz: {} over {limit}", bend(&whole));
            }
        }
    }

    #[test]
    fn silence_can_always_be_scaled() {
        let source: [i16; MOST_SAMPLES] = std::array::from_fn(|n| if n % 3 == 0 { 30 } else { -20 });
        let mut frame = [0; FRAME_SAMPLES];
        assert_eq!(shorten(&source, &mut frame), Some(FRAME_SAMPLES + PERIOD_MIN));
        assert_eq!(lengthen(&source, &mut frame), Some(FRAME_SAMPLES - PERIOD_MIN));
    }

    #[test]
    fn noise_and_onsets_are_left_alone() {
        let mut state = 1u32;
        let noise: [i16; MOST_SAMPLES] = std::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 18) as i16 - 8192
        });
        let mut onset = [0; MOST_SAMPLES];
        onset[OVERLAP..].copy_from_slice(&tone(300.0)[OVERLAP..]);
        onset[..OVERLAP].fill(500);
        for source in [noise, onset] {
            let mut frame = [7; FRAME_SAMPLES];
            assert_eq!(shorten(&source, &mut frame), None);
            assert_eq!(lengthen(&source, &mut frame), None);
            assert_eq!(frame, [7; FRAME_SAMPLES]);
        }
    }
}
