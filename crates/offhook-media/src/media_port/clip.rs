//! Audio loaded once and shared by every port that plays it.
//!
//! Kept as linear samples at 8000 Hz and, from the first `prepare` on, encoded in the law that was
//! asked for. A port whose law nobody prepared encodes frame by frame: it never waits or allocates.

use std::sync::OnceLock;

use crate::audio::resample;
use crate::audio_file::{self, AudioFileError};
use crate::codec::g711::Law;
use crate::units::{FRAME_MS, FRAME_SAMPLES, SampleRate};

/// Why bytes are no clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClipError {
    /// Half a sample at the end.
    #[error("16-bit samples are an even number of bytes, not {0}")]
    OddLength(usize),
}

/// See the head of the file.
#[derive(Debug)]
pub struct Clip {
    samples: Box<[i16]>,
    mu: OnceLock<Box<[u8]>>,
    a: OnceLock<Box<[u8]>>,
}

impl Clip {
    /// Convert signed 16-bit little-endian mono samples; the last frame is filled with silence.
    ///
    /// # Errors
    /// `ClipError` for an odd number of bytes.
    pub fn load(bytes: &[u8], rate: SampleRate) -> Result<Self, ClipError> {
        let pairs = bytes.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err(ClipError::OddLength(bytes.len()));
        }
        let linear: Vec<i16> = pairs.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        Ok(Self::new(resample::to_telephone_rate(&linear, rate)))
    }

    /// Decode an audio file; see `audio_file::decode`.
    ///
    /// # Errors
    /// `AudioFileError` for what is no audio file, or too much of one.
    pub fn decode(bytes: &[u8], content_type: &str) -> Result<Self, AudioFileError> {
        audio_file::decode(bytes, content_type).map(Self::new)
    }

    /// Keep samples of 8000 Hz; the last frame is filled with silence.
    pub fn new(mut samples: Vec<i16>) -> Self {
        samples.resize(samples.len().next_multiple_of(FRAME_SAMPLES), 0);
        Self { samples: samples.into_boxed_slice(), mu: OnceLock::new(), a: OnceLock::new() }
    }

    /// Length in frames of 20 ms.
    pub const fn frames(&self) -> usize {
        self.samples.len() / FRAME_SAMPLES
    }

    /// Length in milliseconds.
    pub const fn duration_ms(&self) -> u64 {
        self.frames() as u64 * FRAME_MS as u64
    }

    /// Encode the whole clip, once per law. Not for the media thread.
    pub fn prepare(&self, law: Law) {
        self.encoded(law).get_or_init(|| self.samples.iter().map(|sample| law.encode(*sample)).collect());
    }

    /// Copy one frame, encoded. Without effect behind the last one.
    pub fn frame_into(&self, frame: usize, law: Law, payload: &mut [u8; FRAME_SAMPLES]) {
        let place = frame * FRAME_SAMPLES..(frame + 1) * FRAME_SAMPLES;
        if let Some(encoded) = self.encoded(law).get() {
            if let Some(bytes) = encoded.get(place) {
                payload.copy_from_slice(bytes);
            }
        } else if let Some(samples) = self.samples.get(place) {
            law.encode_into(samples, payload);
        }
    }

    const fn encoded(&self, law: Law) -> &OnceLock<Box<[u8]>> {
        match law {
            Law::Mu => &self.mu,
            Law::A => &self.a,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(samples: &[i16]) -> Clip {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Clip::load(&bytes, SampleRate::TELEPHONE).expect("even")
    }

    #[test]
    fn length_is_rounded_up_to_whole_frames() {
        assert_eq!((clip(&[]).frames(), clip(&[]).duration_ms()), (0, 0));
        assert_eq!(clip(&[1; 160]).duration_ms(), 20);
        assert_eq!(clip(&[1; 161]).duration_ms(), 40);
        assert_eq!(Clip::load(&[0; 3], SampleRate::TELEPHONE).err(), Some(ClipError::OddLength(3)));
    }

    #[test]
    fn prepared_or_not_the_frames_are_the_same() {
        let samples: Vec<i16> = (0..400).map(|n| n * 80 - 16_000).collect();
        let (prepared, plain) = (clip(&samples), clip(&samples));
        for law in [Law::Mu, Law::A] {
            prepared.prepare(law);
            for frame in 0..4 {
                let (mut one, mut two) = ([1; FRAME_SAMPLES], [1; FRAME_SAMPLES]);
                prepared.frame_into(frame, law, &mut one);
                plain.frame_into(frame, law, &mut two);
                assert_eq!(one, two);
            }
        }
        let mut last = [0; FRAME_SAMPLES];
        plain.frame_into(2, Law::A, &mut last);
        assert_eq!(last[80..], [Law::A.silence(); 80]);
    }
}
