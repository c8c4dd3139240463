//! Conversion of audio to 8000 Hz, whole or piece by piece.
//!
//! A windowed sinc evaluated at exact rational positions, so that every rate takes one path. The
//! passband ends at 3400 Hz, the telephone's; from 4000 Hz on everything is at least 60 dB down.
//! Never on the media thread: a second of 44.1 kHz costs about two million multiplications.

use std::f64::consts::PI;
use std::sync::Arc;

use crate::units::SampleRate;

/// Middle of the transition from 3400 to 4000 Hz.
const CUTOFF_HZ: f64 = 3700.0;
/// Width of that transition.
const TRANSITION_HZ: f64 = 600.0;
/// Kaiser's design formulas for this attenuation.
const ATTENUATION_DB: f64 = 66.0;
/// Positions between two input samples for which the kernel is kept, where those that occur are
/// more: linear between them (error below -90 dB). 11,025 Hz has 320.
const PHASES_MAX: usize = 320;
/// Products summed side by side, so that the compiler uses vectors.
const LANES: usize = 8;

/// Convert mono samples to 8000 Hz.
///
/// The result has as many samples as the duration asks for, rounded up. Beyond both ends there is
/// silence. At 8000 Hz the samples are returned as they are.
pub fn to_telephone_rate(samples: &[i16], rate: SampleRate) -> Vec<i16> {
    if rate == SampleRate::TELEPHONE {
        return samples.to_vec();
    }
    let linear: Vec<f32> = samples.iter().map(|sample| f32::from(*sample)).collect();
    let mut resampler = Resampler::new(rate);
    let mut converted = Vec::new();
    resampler.push(&linear, &mut converted);
    resampler.finish(&mut converted);
    converted
}

/// Converts audio that comes in pieces; the same samples come out however it was cut.
#[derive(Clone, Debug)]
pub struct Resampler {
    /// None at 8000 Hz: nothing is to be done.
    kernel: Option<Arc<Kernel>>,
    rate_hz: u64,
    /// Silence of the kernel's reach and then the input, as far as it is still needed.
    pending: Vec<f32>,
    /// What was dropped before `pending`.
    dropped: u64,
    /// Samples taken and given so far.
    taken: u64,
    given: u64,
}

impl Resampler {
    /// A converter that has heard nothing yet.
    pub fn new(rate: SampleRate) -> Self {
        let kernel = (rate != SampleRate::TELEPHONE).then(|| Arc::new(Kernel::new(rate)));
        let rate_hz = u64::from(rate.hz());
        let mut resampler = Self { kernel, rate_hz, pending: Vec::new(), dropped: 0, taken: 0, given: 0 };
        resampler.reset();
        resampler
    }

    /// Take mono samples at the scale of 16 bits, add what they complete at 8000 Hz.
    ///
    /// What is not finite counts as silence, what is beyond 16 bits is clipped.
    pub fn push(&mut self, samples: &[f32], converted: &mut Vec<i16>) {
        let finite = samples.iter().map(|sample| if sample.is_finite() { *sample } else { 0.0 });
        self.taken += samples.len() as u64;
        let Some(kernel) = &self.kernel else {
            self.given = self.taken;
            converted.extend(finite.map(to_sample));
            return;
        };
        self.pending.extend(finite);
        loop {
            let (whole, fraction) = position(self.given, self.rate_hz);
            // With the silence in front, the kernel begins one behind the sample it stands on.
            let start = usize::try_from(whole + 1 - self.dropped).expect("in memory");
            let Some(window) = self.pending.get(start..start + 2 * kernel.reach) else {
                let used = start.min(self.pending.len());
                self.pending.drain(..used);
                self.dropped += used as u64;
                return;
            };
            converted.push(to_sample(kernel.apply(window, fraction)));
            self.given += 1;
        }
    }

    /// Add the rest, as if silence followed; the converter is then as new.
    pub fn finish(&mut self, converted: &mut Vec<i16>) {
        let wanted = (self.taken * u64::from(SampleRate::TELEPHONE.hz())).div_ceil(self.rate_hz);
        let left = usize::try_from(wanted.saturating_sub(self.given)).expect("fits the memory");
        if let Some(kernel) = &self.kernel {
            let length = converted.len() + left;
            let silence = vec![0.0; 2 * kernel.reach];
            self.push(&silence, converted);
            converted.truncate(length);
        }
        self.reset();
    }

    fn reset(&mut self) {
        let reach = self.kernel.as_ref().map_or(0, |kernel| kernel.reach);
        self.pending.clear();
        self.pending.resize(reach, 0.0);
        (self.dropped, self.taken, self.given) = (0, 0, 0);
    }
}

/// Where in the input an output sample lies: whole samples, and 1/8000 of one.
fn position(index: u64, rate_hz: u64) -> (u64, u64) {
    let telephone_hz = u64::from(SampleRate::TELEPHONE.hz());
    (index * rate_hz / telephone_hz, index * rate_hz % telephone_hz)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
fn to_sample(value: f32) -> i16 {
    value.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

/// A symmetric low-pass kernel, one row of `2 * reach` weights for each position between samples.
#[derive(Debug)]
struct Kernel {
    rows: Vec<f32>,
    phases: usize,
    reach: usize,
}

impl Kernel {
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred taps, and weights below one")]
    fn new(rate: SampleRate) -> Self {
        let rate_hz = f64::from(rate.hz());
        // Kaiser and Schafer: length of the filter for an attenuation and a transition width
        let taps = (ATTENUATION_DB - 7.95) / (14.36 * TRANSITION_HZ / rate_hz);
        let edge = (taps / 2.0).ceil();
        let reach = (edge as usize + 1).next_multiple_of(LANES / 2);
        let beta = 0.1102 * (ATTENUATION_DB - 8.7);
        let bandwidth = 2.0 * CUTOFF_HZ / rate_hz;
        let scale = bandwidth / bessel_i0(beta);
        let exact = SampleRate::TELEPHONE.hz() / gcd(SampleRate::TELEPHONE.hz(), rate.hz());
        let phases = (exact as usize).min(PHASES_MAX);
        let mut rows = Vec::with_capacity((phases + 1) * 2 * reach);
        for phase in 0..=phases {
            let centre = (reach - 1) as f64 + phase as f64 / phases as f64;
            rows.extend((0..2 * reach).map(|tap| {
                let distance = (tap as f64 - centre).abs();
                let place = (distance / edge).min(1.0);
                let window = bessel_i0(beta * (1.0 - place * place).sqrt());
                if place < 1.0 { (scale * sinc(bandwidth * distance) * window) as f32 } else { 0.0 }
            }));
        }
        Self { rows, phases, reach }
    }

    /// fraction: of a sample, in 1/8000.
    #[expect(clippy::cast_possible_truncation, reason = "below the number of phases")]
    fn apply(&self, window: &[f32], fraction: u64) -> f32 {
        let scaled = fraction * self.phases as u64;
        let telephone_hz = u64::from(SampleRate::TELEPHONE.hz());
        let (phase, between) = ((scaled / telephone_hz) as usize, scaled % telephone_hz);
        let low = dot(window, self.row(phase));
        if between == 0 {
            return low;
        }
        low + (dot(window, self.row(phase + 1)) - low) * (between as f32 / telephone_hz as f32)
    }

    fn row(&self, phase: usize) -> &[f32] {
        &self.rows[phase * 2 * self.reach..][..2 * self.reach]
    }
}

fn dot(window: &[f32], weights: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (samples, weights) in window.chunks_exact(LANES).zip(weights.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += samples[lane] * weights[lane];
        }
    }
    sums.iter().sum()
}

const fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
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

    const RATES: [u32; 11] =
        [8001, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_001, 192_000];

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
    fn however_it_is_cut_the_same_samples_come_out() {
        for rate_hz in [8000, 8001, 22_050, 48_000] {
            let rate = SampleRate::new(rate_hz).expect("in range");
            let samples = tone(700.0, rate_hz, 5000);
            let whole = to_telephone_rate(&samples, rate);
            let linear: Vec<f32> = samples.iter().map(|sample| f32::from(*sample)).collect();
            for piece in [1, 7, 160, 4999] {
                let (mut resampler, mut converted) = (Resampler::new(rate), Vec::new());
                for _ in 0..2 {
                    converted.clear();
                    linear.chunks(piece).for_each(|chunk| resampler.push(chunk, &mut converted));
                    resampler.finish(&mut converted);
                    assert_eq!(converted, whole, "{rate_hz} in pieces of {piece}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_is_silence() {
        let (mut resampler, mut converted) = (Resampler::new(SampleRate::TELEPHONE), Vec::new());
        resampler.push(&[f32::NAN, f32::INFINITY, 1e9, -1e9, 0.5], &mut converted);
        assert_eq!(converted, [0, 0, i16::MAX, i16::MIN, 1]);
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
