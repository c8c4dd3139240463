//! The Goertzel filter: how much of one frequency is in a block of samples at 8000 Hz.

/// One frequency.
#[derive(Clone, Copy, Debug)]
pub struct Goertzel {
    coefficient: f32,
}

impl Goertzel {
    /// `hz`: above 0 and below 4000; it need not fit the block a whole number of times.
    pub fn new(hz: f32) -> Self {
        Self { coefficient: 2.0 * (std::f32::consts::TAU * hz / 8000.0).cos() }
    }

    /// Energy of the frequency in `samples`: their sum of squares when they are just its sine.
    pub fn energy(self, samples: &[i16]) -> f32 {
        let (mut last, mut before) = (0.0f32, 0.0f32);
        for sample in samples {
            let next = f32::from(*sample) + self.coefficient * last - before;
            before = last;
            last = next;
        }
        let power = last * last + before * before - self.coefficient * last * before;
        2.0 * power / samples.len().max(1) as f32
    }
}

/// Sum of the squares of `samples`.
pub fn total_energy(samples: &[i16]) -> f32 {
    samples.iter().map(|sample| f32::from(*sample).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::cast_possible_truncation, reason = "the peak is 8000")]
    fn sine(hz: f32) -> Vec<i16> {
        (0u16..200)
            .map(|n| (8000.0 * (std::f32::consts::TAU * hz * f32::from(n) / 8000.0).sin()) as i16)
            .collect()
    }

    #[test]
    fn a_sine_is_all_of_its_frequency_and_little_of_others() {
        let samples = sine(1000.0);
        let total = total_energy(&samples);
        let share = |hz| Goertzel::new(hz).energy(&samples) / total;
        assert!((share(1000.0) - 1.0).abs() < 0.01, "{}", share(1000.0));
        assert!(share(1200.0) < 0.01, "{}", share(1200.0));
        assert!(share(500.0) < 0.01, "{}", share(500.0));
    }

    #[test]
    fn silence_and_nothing_have_no_energy() {
        let filter = Goertzel::new(697.0);
        assert!(filter.energy(&[0; 100]).abs() < f32::EPSILON);
        assert!(filter.energy(&[]).abs() < f32::EPSILON);
    }
}
