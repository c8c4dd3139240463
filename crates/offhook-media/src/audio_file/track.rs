//! Samples in a container, in a coding whose blocks all have one size.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known as id;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use super::{AudioFileError, MINUTES_MAX, Mixdown};
use crate::units::SampleRate;

/// More channels than these are no prompt. Two in ADPCM, where the decoder knows no more.
const CHANNELS_MAX: u16 = 8;
/// Frames decoded at once, about.
const PACKET_FRAMES: usize = 4096;

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Unsigned8,
    Signed8,
    Signed16Little,
    Signed16Big,
    Signed24Little,
    Signed24Big,
    Signed32Little,
    Signed32Big,
    Float32Little,
    Float32Big,
    Float64Little,
    Float64Big,
    MuLaw,
    ALaw,
    /// Blocks of so many bytes.
    MicrosoftAdpcm(u16),
    /// Blocks of so many bytes.
    ImaAdpcm(u16),
}

impl Coding {
    const fn codec(self) -> AudioCodecId {
        match self {
            Self::Unsigned8 => id::CODEC_ID_PCM_U8,
            Self::Signed8 => id::CODEC_ID_PCM_S8,
            Self::Signed16Little => id::CODEC_ID_PCM_S16LE,
            Self::Signed16Big => id::CODEC_ID_PCM_S16BE,
            Self::Signed24Little => id::CODEC_ID_PCM_S24LE,
            Self::Signed24Big => id::CODEC_ID_PCM_S24BE,
            Self::Signed32Little => id::CODEC_ID_PCM_S32LE,
            Self::Signed32Big => id::CODEC_ID_PCM_S32BE,
            Self::Float32Little => id::CODEC_ID_PCM_F32LE,
            Self::Float32Big => id::CODEC_ID_PCM_F32BE,
            Self::Float64Little => id::CODEC_ID_PCM_F64LE,
            Self::Float64Big => id::CODEC_ID_PCM_F64BE,
            Self::MuLaw => id::CODEC_ID_PCM_MULAW,
            Self::ALaw => id::CODEC_ID_PCM_ALAW,
            Self::MicrosoftAdpcm(_) => id::CODEC_ID_ADPCM_MS,
            Self::ImaAdpcm(_) => id::CODEC_ID_ADPCM_IMA_WAV,
        }
    }

    /// Bytes of a block and frames in it; None when the block has no room for its own header.
    fn block(self, channels: u16) -> Option<(usize, usize)> {
        let channels = usize::from(channels);
        // Microsoft, "Multimedia Data Standards Update" (1994): a header for each channel, then nibbles
        let adpcm = |bytes: u16, header: usize, in_header: usize| {
            let nibbles = usize::from(bytes).checked_sub(header * channels)? * 2;
            Some((usize::from(bytes), nibbles / channels + in_header))
        };
        match self {
            Self::Unsigned8 | Self::Signed8 | Self::MuLaw | Self::ALaw => Some((channels, 1)),
            Self::Signed16Little | Self::Signed16Big => Some((2 * channels, 1)),
            Self::Signed24Little | Self::Signed24Big => Some((3 * channels, 1)),
            Self::Signed32Little | Self::Signed32Big | Self::Float32Little | Self::Float32Big => {
                Some((4 * channels, 1))
            }
            Self::Float64Little | Self::Float64Big => Some((8 * channels, 1)),
            Self::MicrosoftAdpcm(bytes) => adpcm(bytes, 7, 2),
            Self::ImaAdpcm(bytes) => adpcm(bytes, 4, 1),
        }
    }

    const fn channels_max(self) -> u16 {
        match self {
            Self::MicrosoftAdpcm(_) | Self::ImaAdpcm(_) => 2,
            _ => CHANNELS_MAX,
        }
    }
}

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Track<'a> {
    container: &'static str,
    coding: Coding,
    rate: SampleRate,
    channels: u16,
    block_bytes: usize,
    block_frames: usize,
    data: &'a [u8],
}

impl<'a> Track<'a> {
    /// What a header says, if it can be.
    pub fn new(
        container: &'static str,
        coding: Coding,
        rate_hz: u32,
        channels: u16,
        data: &'a [u8],
    ) -> Result<Self, AudioFileError> {
        let rate = SampleRate::new(rate_hz).ok_or(AudioFileError::Rate(rate_hz))?;
        if channels == 0 || channels > coding.channels_max() {
            return Err(AudioFileError::Unsupported { container, what: format!("{channels} channels") });
        }
        let (block_bytes, block_frames) = coding
            .block(channels)
            .ok_or(AudioFileError::Damaged { container, what: "its blocks are too small" })?;
        let frames = data.len() / block_bytes * block_frames;
        if frames / (rate_hz as usize * 60) >= MINUTES_MAX {
            return Err(AudioFileError::TooLong);
        }
        Ok(Self { container, coding, rate, channels, block_bytes, block_frames, data })
    }

    /// All whole blocks of it.
    pub fn decode(&self) -> Result<Vec<i16>, AudioFileError> {
        let damaged = |what| AudioFileError::Damaged { container: self.container, what };
        let blocks = (PACKET_FRAMES / self.block_frames).max(1);
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(self.coding.codec())
            .with_sample_rate(self.rate.hz())
            .with_channels(Channels::Discrete(self.channels))
            .with_max_frames_per_packet((blocks * self.block_frames) as u64)
            .with_frames_per_block(self.block_frames as u64);
        let mut decoder = symphonia::default::get_codecs()
            .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
            .map_err(|_| damaged("its header makes no sense"))?;
        let mut mixdown = Mixdown::new(self.rate);
        let mut samples: Vec<f32> = Vec::new();
        for packet in self.data.chunks(blocks * self.block_bytes) {
            let whole = packet.len() / self.block_bytes;
            if whole == 0 {
                break;
            }
            let packet = &packet[..whole * self.block_bytes];
            let duration = Duration::from((whole * self.block_frames) as u64);
            // A block that cannot be decoded is left out, the next one stands for itself.
            if let Ok(decoded) = decoder.decode_ref(&PacketRef::new(0, Timestamp::ZERO, duration, packet)) {
                decoded.copy_to_vec_interleaved(&mut samples);
                mixdown.push(&samples, usize::from(self.channels))?;
            }
        }
        mixdown.finish(self.container)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_minutes_are_too_long_and_a_sample_less_is_not() {
        let data = vec![0xff; MINUTES_MAX * 60 * 8000];
        let track = |data| Track::new("AU", Coding::MuLaw, 8000, 1, data).map(|_| ());
        assert_eq!(track(&data), Err(AudioFileError::TooLong));
        assert_eq!(track(&data[1..]), Ok(()));
    }

    #[test]
    fn blocks_of_adpcm_hold_what_their_headers_leave() {
        assert_eq!(Coding::ImaAdpcm(256).block(1), Some((256, 505)));
        assert_eq!(Coding::ImaAdpcm(2048).block(2), Some((2048, 2041)));
        assert_eq!(Coding::MicrosoftAdpcm(256).block(1), Some((256, 500)));
        assert_eq!(Coding::ImaAdpcm(3).block(1), None);
        assert_eq!(Coding::MicrosoftAdpcm(13).block(2), None);
    }
}
