//! Conversion of prompts to 8000 Hz, done once when a clip is loaded.
//!
//! A windowed sinc evaluated at exact rational positions, so that every rate takes one path. The
//! passband ends at 3400 Hz, the telephone's; from 4000 Hz on everything is at least 60 dB down.

use std::f64::consts::PI;

use crate::units::SampleRate;

/// Middle of the transition from 3400 to 4000 Hz.
const CUTOFF_HZ: f64 = 3700.0;
/// Width of that transition.
const TRANSITION_HZ: f64 = 600.0;
/// Kaiser's design formulas for this attenuation.
const ATTENUATION_DB: f64 = 66.0;
/// Kernel values kept for each input sample of distance; linear between them (error below -90 dB).
const STEPS: usize = 256;

/// Convert mono samples to 8000 Hz.
///
/// The result has as many samples as the duration asks for, rounded up. Beyond both ends there is
/// silence. At 8000 Hz the samples are returned as they are.
pub fn to_telephone_rate(samples: &[i16], rate: SampleRate) -> Vec<i16> {
    if rate == SampleRate::TELEPHONE {
        return samples.to_vec();
    }
    let kernel = Kernel::new(rate);
    let rate_hz = u64::from(rate.hz());
    let telephone_hz = u64::from(SampleRate::TELEPHONE.hz());
    let count = (samples.len() as u64 * telephone_hz).div_ceil(rate_hz);
    (0..count)
        .map(|index| {
            let position = index * rate_hz;
            let whole = usize::try_from(position / telephone_hz).expect("below the number of samples");
            let fraction = (position % telephone_hz) as f64 / telephone_hz as f64;
            kernel.sample_at(samples, whole, fraction)
        })
        .collect()
}

/// One side of a symmetric low-pass kernel, `STEPS` values for each input sample.
struct Kernel {
    half: Vec<f64>,
    reach: usize,
}

impl Kernel {
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred taps")]
    fn new(rate: SampleRate) -> Self {
        let rate_hz = f64::from(rate.hz());
        // Kaiser and Schafer: length of the filter for an attenuation and a transition width
        let taps = (ATTENUATION_DB - 7.95) / (14.36 * TRANSITION_HZ / rate_hz);
        let reach = (taps / 2.0).ceil() as usize;
        let beta = 0.1102 * (ATTENUATION_DB - 8.7);
        let half = (0..=(reach + 1) * STEPS)
            .map(|index| {
                let distance = index as f64 / STEPS as f64;
                let edge = distance / reach as f64;
                if edge >= 1.0 {
                    return 0.0;
                }
                let window = bessel_i0(beta * (1.0 - edge * edge).sqrt()) / bessel_i0(beta);
                let bandwidth = 2.0 * CUTOFF_HZ / rate_hz;
                bandwidth * sinc(bandwidth * distance) * window
            })
            .collect();
        Self { half, reach }
    }

    #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
    fn sample_at(&self, samples: &[i16], whole: usize, fraction: f64) -> i16 {
        let first = (whole + 1).saturating_sub(self.reach);
        let last = (whole + self.reach + 1).min(samples.len());
        let centre = whole as f64 + fraction;
        let mut sum = 0.0;
        for (index, sample) in samples.iter().enumerate().take(last).skip(first) {
            let place = (centre - index as f64).abs() * STEPS as f64;
            let step = place as usize;
            let low = self.half[step];
            let high = self.half[step + 1];
            sum += f64::from(*sample) * (low + (high - low) * (place - step as f64));
        }
        sum.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Modified Bessel function of the first kind and order zero, by its series.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut k = 1.0;
    while term > sum * 1e-12 {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::cast_possible_truncation, reason = "10,000 is the peak")]
    fn tone(hz: f64, rate_hz: u32, count: usize) -> Vec<i16> {
        (0..count)
            .map(|n| (10_000.0 * (2.0 * PI * hz * n as f64 / f64::from(rate_hz)).sin()) as i16)
            .collect()
    }

    /// Level of one frequency in dB against the tone above.
    fn level_db(samples: &[i16], hz: f64) -> f64 {
        let middle = &samples[400..samples.len() - 400];
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in middle.iter().enumerate() {
            let angle = 2.0 * PI * hz * n as f64 / 8000.0;
            re += f64::from(*sample) * angle.cos();
            im += f64::from(*sample) * angle.sin();
        }
        20.0 * ((re * re + im * im).sqrt() * 2.0 / middle.len() as f64 / 10_000.0).max(1e-9).log10()
    }

    fn rms_db(samples: &[i16]) -> f64 {
        let middle = &samples[400..samples.len() - 400];
        let sum: f64 = middle.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        20.0 * ((sum / middle.len() as f64).sqrt() / (10_000.0 / 2f64.sqrt())).max(1e-9).log10()
    }

    const RATES: [u32; 8] = [8001, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

    #[test]
    fn one_kilohertz_stays_one_kilohertz() {
        for rate_hz in RATES {
            let rate = SampleRate::new(rate_hz).expect("in range");
            let converted = to_telephone_rate(&tone(1000.0, rate_hz, rate_hz as usize), rate);
            assert_eq!(converted.len(), 8000, "{rate_hz}");
            assert!(level_db(&converted, 1000.0).abs() < 0.1, "{rate_hz}: {}", level_db(&converted, 1000.0));
            assert!((rms_db(&converted)).abs() < 0.1, "{rate_hz}");
        }
    }

    #[test]
    fn the_telephone_band_passes_and_aliases_are_50_db_down() {
        for rate_hz in RATES {
            let rate = SampleRate::new(rate_hz).expect("in range");
            for hz in [300.0, 3300.0] {
                let passed = to_telephone_rate(&tone(hz, rate_hz, rate_hz as usize), rate);
                assert!(level_db(&passed, hz).abs() < 0.2, "{hz} at {rate_hz}");
            }
            for hz in [4100.0, 5000.0, 7000.0, 9500.0, 15_000.0] {
                if hz < f64::from(rate_hz) / 2.0 {
                    let stopped = to_telephone_rate(&tone(hz, rate_hz, rate_hz as usize), rate);
                    assert!(rms_db(&stopped) < -50.0, "{hz} at {rate_hz}: {}", rms_db(&stopped));
                }
            }
        }
    }

    #[test]
    fn telephone_rate_is_left_alone_and_lengths_round_up() {
        let samples = [1, -2, i16::MAX, i16::MIN];
        assert_eq!(to_telephone_rate(&samples, SampleRate::TELEPHONE), samples);
        let rate = SampleRate::new(24_000).expect("in range");
        assert!(to_telephone_rate(&[], rate).is_empty());
        assert_eq!(to_telephone_rate(&[0; 4], rate), [0; 2]);
    }

    #[test]
    fn full_scale_does_not_wrap() {
        let square: Vec<i16> = (0..2400).map(|n| if n / 40 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let converted = to_telephone_rate(&square, SampleRate::new(24_000).expect("in range"));
        for pair in converted.windows(2) {
            assert!((i32::from(pair[1]) - i32::from(pair[0])).abs() < 60_000);
        }
    }
}
