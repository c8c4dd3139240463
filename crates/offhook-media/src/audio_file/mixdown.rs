//! What every decoder gives its samples to: channels averaged, 8000 Hz, bounded.

use super::{AudioFileError, MINUTES_MAX};
use crate::audio::resample::Resampler;
use crate::units::SampleRate;

/// Samples of the longest file.
const SAMPLES_MAX: usize = MINUTES_MAX * 60 * 8000;
/// The peak of 16-bit samples, for decoders that give 1.0 for it.
const FULL_SCALE: f32 = 32_768.0;

/// See the head of the file.
pub(super) struct Mixdown {
    resampler: Resampler,
    mono: Vec<f32>,
    samples: Vec<i16>,
}

impl Mixdown {
    pub fn new(rate: SampleRate) -> Self {
        Self { resampler: Resampler::new(rate), mono: Vec::new(), samples: Vec::new() }
    }

    /// Take frames of interleaved samples between -1 and 1.
    pub fn push(&mut self, interleaved: &[f32], channels: usize) -> Result<(), AudioFileError> {
        let scale = FULL_SCALE / channels as f32;
        self.mono.clear();
        self.mono.extend(interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() * scale));
        self.resampler.push(&self.mono, &mut self.samples);
        self.check()
    }

    /// Take samples of 16 bits, one channel.
    pub fn push_linear(&mut self, samples: &[i16]) -> Result<(), AudioFileError> {
        self.mono.clear();
        self.mono.extend(samples.iter().map(|sample| f32::from(*sample)));
        self.resampler.push(&self.mono, &mut self.samples);
        self.check()
    }

    /// All of it. A file without a single sample is damaged: its name promised some.
    pub fn finish(mut self, container: &'static str) -> Result<Vec<i16>, AudioFileError> {
        self.resampler.finish(&mut self.samples);
        self.check()?;
        if self.samples.is_empty() {
            return Err(AudioFileError::Damaged { container, what: "there is no audio in it" });
        }
        Ok(self.samples)
    }

    fn check(&self) -> Result<(), AudioFileError> {
        if self.samples.len() > SAMPLES_MAX { Err(AudioFileError::TooLong) } else { Ok(()) }
    }
}
