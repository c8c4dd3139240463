//! WAV framing of a recording: 16 bit, one channel or two, 8000 Hz; and which of its silence is kept.
//!
//! The engine writes the file; this room knows its 44 bytes of header. The header is written again
//! each second, so that a file cut off by a crash is readable up to its last one.

mod silence_trim;

pub use silence_trim::{Kept, MARGIN_SAMPLES, SilenceTrim};

/// Bytes before the first sample.
pub const HEADER_BYTES: usize = 44;

/// Bytes of one sample of one channel.
pub const SAMPLE_BYTES: u64 = 2;

/// Samples in a second.
pub const SAMPLE_RATE_HZ: u32 = 8000;

/// Samples of each channel that the 32 bits of a RIFF header can tell of: 74 hours of one channel.
pub const fn samples_max(channels: u16) -> u64 {
    (u32::MAX as u64 - 36) / (SAMPLE_BYTES * channels as u64)
}

/// The header of a file with so many samples of each channel, at most `samples_max`.
pub fn wav_header(samples: u64, channels: u16) -> [u8; HEADER_BYTES] {
    let bytes = samples.min(samples_max(channels)) * SAMPLE_BYTES * u64::from(channels);
    let data = u32::try_from(bytes).expect("bounded above");
    let mut header = [0; HEADER_BYTES];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"RIFF");
    put(4, &(data + 36).to_le_bytes());
    put(8, b"WAVEfmt ");
    put(16, &16u32.to_le_bytes()); // bytes of the format chunk
    put(20, &1u16.to_le_bytes()); // PCM
    put(22, &channels.to_le_bytes());
    put(24, &SAMPLE_RATE_HZ.to_le_bytes());
    put(28, &(SAMPLE_RATE_HZ * 2 * u32::from(channels)).to_le_bytes()); // bytes a second
    put(32, &(2 * channels).to_le_bytes()); // bytes of one sample of all channels
    put(34, &16u16.to_le_bytes()); // bits of a sample
    put(36, b"data");
    put(40, &data.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(header: &[u8], at: usize) -> u32 {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    }

    #[test]
    fn sizes_are_told_twice() {
        let header = wav_header(8000, 1);
        assert_eq!((word(&header, 4), word(&header, 40)), (16_036, 16_000));
        assert_eq!((word(&header, 24), word(&header, 28)), (8000, 16_000));
        assert_eq!(
            (&header[..4], &header[8..16], &header[36..40]),
            (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..])
        );
    }

    #[test]
    fn two_channels_are_twice_the_bytes() {
        let header = wav_header(8000, 2);
        assert_eq!((word(&header, 4), word(&header, 40)), (32_036, 32_000));
        assert_eq!((word(&header, 20) >> 16, word(&header, 28), word(&header, 32)), (2, 32_000, 0x10_0004));
    }

    #[test]
    fn the_longest_file_does_not_wrap() {
        for channels in [1, 2] {
            let header = wav_header(u64::MAX, channels);
            assert_eq!(word(&header, 4), word(&header, 40) + 36);
        }
    }
}
