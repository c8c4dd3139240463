//! WAV: RIFF with a `fmt ` chunk before its `data` (Microsoft, "Multimedia Programming Interface and
//! Data Specifications 1.0", 1991; WAVE_FORMAT_EXTENSIBLE of 2001; RF64 of EBU Tech 3306).
//!
//! Lenient where writers err: a `fmt ` chunk of any length from 16 on; a data length of zero, or beyond
//! the file, means up to its end; the length of the whole is not looked at.

use super::chunks::{ByteOrder, Chunk, Chunks};
use super::{AudioFileError, Coding, Track, gsm, mpeg};
use crate::units::SampleRate;

/// The last 14 bytes of a sub-format that is a plain format number in its first two.
const SUBFORMAT: [u8; 14] =
    [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

// mmreg.h
const PCM: u16 = 0x0001;
const MICROSOFT_ADPCM: u16 = 0x0002;
const FLOAT: u16 = 0x0003;
const A_LAW: u16 = 0x0006;
const MU_LAW: u16 = 0x0007;
const IMA_ADPCM: u16 = 0x0011;
const GSM: u16 = 0x0031;
const MPEG: u16 = 0x0050;
const MP3: u16 = 0x0055;
const EXTENSIBLE: u16 = 0xfffe;

/// A `fmt ` chunk.
#[derive(Clone, Copy, Debug)]
struct Format {
    number: u16,
    channels: u16,
    rate_hz: u32,
    block_bytes: u16,
    bits: u16,
}

const fn damaged(what: &'static str) -> AudioFileError {
    AudioFileError::Damaged { container: "WAV", what }
}

/// Decode a file that begins as one.
pub(super) fn decode(file: &[u8]) -> Result<Vec<i16>, AudioFileError> {
    let mut format = None;
    for chunk in Chunks::new(file, ByteOrder::Little) {
        match &chunk.id {
            b"fmt " => format = Some(Format::read(chunk.body)?),
            b"data" => {
                return decode_data(format.ok_or(damaged("its data come before their format"))?, &chunk);
            }
            _ => {}
        }
    }
    Err(damaged("it breaks off before the audio"))
}

fn decode_data(format: Format, chunk: &Chunk<'_>) -> Result<Vec<i16>, AudioFileError> {
    // Zero is what a writer that could not go back left there.
    let data = if chunk.length == 0 { chunk.to_end } else { chunk.body };
    let coding = match (format.number, format.bits) {
        (PCM, 1..=8) => Coding::Unsigned8,
        (PCM, 9..=16) => Coding::Signed16Little,
        (PCM, 17..=24) => Coding::Signed24Little,
        (PCM, 25..=32) => Coding::Signed32Little,
        (FLOAT, 32) => Coding::Float32Little,
        (FLOAT, 64) => Coding::Float64Little,
        (A_LAW, _) => Coding::ALaw,
        (MU_LAW, _) => Coding::MuLaw,
        (MICROSOFT_ADPCM, 4) => Coding::MicrosoftAdpcm(format.block_bytes),
        (IMA_ADPCM, 4) => Coding::ImaAdpcm(format.block_bytes),
        (GSM, _) => {
            let rate = SampleRate::new(format.rate_hz).ok_or(AudioFileError::Rate(format.rate_hz))?;
            return gsm::decode_wav49(data, rate);
        }
        (MPEG | MP3, _) => {
            return mpeg::decode(mpeg::find(data).ok_or(damaged("there is no MP3 in it"))?);
        }
        (number, bits) => {
            let what = format!("format 0x{number:04x} of {bits} bits");
            return Err(AudioFileError::Unsupported { container: "WAV", what });
        }
    };
    Track::new("WAV", coding, format.rate_hz, format.channels, data)?.decode()
}

impl Format {
    fn read(body: &[u8]) -> Result<Self, AudioFileError> {
        let (body, extension) = body.split_at_checked(16).ok_or(damaged("its format is cut off"))?;
        let word = |place: usize| u16::from_le_bytes([body[place], body[place + 1]]);
        let mut format = Self {
            number: word(0),
            channels: word(2),
            rate_hz: u32::from(word(4)) | u32::from(word(6)) << 16,
            block_bytes: word(12),
            bits: word(14),
        };
        if format.number == EXTENSIBLE {
            // Length, valid bits, channel mask, then the sub-format: 2, 2, 4 and 16 bytes
            let guid = extension.get(8..24).ok_or(damaged("its format is cut off"))?;
            if guid[2..] != SUBFORMAT {
                let what = "a format of its maker's own".to_owned();
                return Err(AudioFileError::Unsupported { container: "WAV", what });
            }
            format.number = u16::from_le_bytes([guid[0], guid[1]]);
        }
        Ok(format)
    }
}
