//! Audio loaded once and shared by every port that plays it.
//!
//! Kept as linear samples at 8000 Hz and, unless it is long, from the first `prepare` on encoded in the
//! law that was asked for. A port whose law is not there encodes frame by frame: it never waits or
//! allocates.

use std::sync::OnceLock;

use crate::audio::resample;
use crate::audio_file::{self, AudioFileError};
use crate::codec::g711::Law;
use crate::units::{FRAME_MS, FRAME_SAMPLES, SampleRate};

/// Longer clips, of a minute and more, are not kept encoded as well: 16 bits a sample are all they take.
const PREPARED_SAMPLES_MAX: usize = 60 * 8000;

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
    /// Convert signed 16-bit little-endian mono samples.
    ///
    /// # Errors
    /// `ClipError` for an odd number of bytes.
    pub fn load(bytes: &[u8], rate: SampleRate) -> Result<Self, ClipError> {
        Ok(Self::new(resample::to_telephone_rate(&linear(bytes)?, rate)))
    }

    /// Decode an audio file; see `audio_file::decode`.
    ///
    /// # Errors
    /// `AudioFileError` for what is no audio file, or too much of one.
    pub fn decode(bytes: &[u8], content_type: &str) -> Result<Self, AudioFileError> {
        audio_file::decode(bytes, content_type).map(Self::new)
    }

    /// Keep samples of 8000 Hz.
    pub fn new(samples: Vec<i16>) -> Self {
        Self { samples: samples.into_boxed_slice(), mu: OnceLock::new(), a: OnceLock::new() }
    }

    /// Keep bytes of G.711 µ-law, 8000 Hz; a port of that law sends them as they are.
    pub fn from_ulaw(bytes: &[u8]) -> Self {
        let mut samples = vec![0; bytes.len()];
        Law::Mu.decode_into(bytes, &mut samples);
        let clip = Self::new(samples);
        clip.mu.get_or_init(|| bytes.into());
        clip
    }

    /// Length in samples of 8000 Hz.
    pub const fn length(&self) -> usize {
        self.samples.len()
    }

    /// Length in milliseconds, rounded up to whole frames.
    pub const fn duration_ms(&self) -> u64 {
        self.samples.len().div_ceil(FRAME_SAMPLES) as u64 * FRAME_MS as u64
    }

    /// Encode the whole clip, once per law, unless it is long. Not for the media thread.
    pub fn prepare(&self, law: Law) {
        if self.samples.len() <= PREPARED_SAMPLES_MAX {
            self.encoded(law).get_or_init(|| self.samples.iter().map(|sample| law.encode(*sample)).collect());
        }
    }

    /// Encode from sample `start` on into the front of `payload`; how many samples there were for it.
    pub fn encode_into(&self, start: usize, law: Law, payload: &mut [u8]) -> usize {
        let left = self.samples.len().saturating_sub(start);
        let count = left.min(payload.len());
        let place = start..start + count;
        match self.encoded(law).get() {
            _ if count == 0 => {}
            Some(encoded) => payload[..count].copy_from_slice(&encoded[place]),
            None => law.encode_into(&self.samples[place], &mut payload[..count]),
        }
        count
    }

    const fn encoded(&self, law: Law) -> &OnceLock<Box<[u8]>> {
        match law {
            Law::Mu => &self.mu,
            Law::A => &self.a,
        }
    }
}

/// Bytes of signed 16-bit little-endian samples.
pub(crate) fn linear(bytes: &[u8]) -> Result<Vec<i16>, ClipError> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(ClipError::OddLength(bytes.len()));
    }
    Ok(pairs.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(samples: &[i16]) -> Clip {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Clip::load(&bytes, SampleRate::TELEPHONE).expect("even")
    }

    #[test]
    fn duration_is_rounded_up_to_whole_frames() {
        assert_eq!((clip(&[]).length(), clip(&[]).duration_ms()), (0, 0));
        assert_eq!(clip(&[1; 160]).duration_ms(), 20);
        assert_eq!((clip(&[1; 161]).length(), clip(&[1; 161]).duration_ms()), (161, 40));
        assert_eq!(Clip::load(&[0; 3], SampleRate::TELEPHONE).err(), Some(ClipError::OddLength(3)));
    }

    #[test]
    fn prepared_or_not_the_audio_is_the_same() {
        let samples: Vec<i16> = (0..400).map(|n| n * 80 - 16_000).collect();
        let (prepared, plain) = (clip(&samples), clip(&samples));
        for law in [Law::Mu, Law::A] {
            prepared.prepare(law);
            for (start, count) in [(0, 160), (160, 160), (320, 80), (399, 1), (400, 0), (usize::MAX, 0)] {
                let (mut one, mut two) = ([1; FRAME_SAMPLES], [1; FRAME_SAMPLES]);
                assert_eq!(prepared.encode_into(start, law, &mut one), count);
                assert_eq!(plain.encode_into(start, law, &mut two), count);
                assert_eq!(one, two);
                assert_eq!(one[count..], [1; FRAME_SAMPLES][count..]);
            }
        }
    }

    #[test]
    fn a_long_clip_is_kept_once() {
        let long = Clip::new(vec![5000; PREPARED_SAMPLES_MAX + 1]);
        long.prepare(Law::Mu);
        assert!(long.encoded(Law::Mu).get().is_none());
        let mut frame = [0; FRAME_SAMPLES];
        assert_eq!(long.encode_into(160, Law::Mu, &mut frame), FRAME_SAMPLES);
        assert_eq!(frame, [Law::Mu.encode(5000); FRAME_SAMPLES]);
    }
}
