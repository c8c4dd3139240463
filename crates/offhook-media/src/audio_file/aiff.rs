//! AIFF and AIFC (Apple, "Audio Interchange File Format" 1.3, 1989, and the AIFC draft of 1991):
//! FORM with COMM and SSND, in either order.

use super::chunks::{ByteOrder, Chunks};
use super::{AudioFileError, Coding, Track};

const fn damaged(what: &'static str) -> AudioFileError {
    AudioFileError::Damaged { container: "AIFF", what }
}

/// Read a file that begins as one.
pub(super) fn read(file: &[u8]) -> Result<Track<'_>, AudioFileError> {
    let (mut common, mut sound) = (None, None);
    for chunk in Chunks::new(file, ByteOrder::Big) {
        match &chunk.id {
            b"COMM" => common = Some(Common::read(chunk.body, file[8..].starts_with(b"AIFC"))?),
            b"SSND" => {
                // As in WAV, no length is what a writer that could not go back left there.
                let body = if chunk.length == 0 { chunk.to_end } else { chunk.body };
                let (header, data) =
                    body.split_first_chunk::<8>().ok_or(damaged("it breaks off before the audio"))?;
                let offset = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
                sound = Some(data.get(offset as usize..).ok_or(damaged("its audio begins behind its end"))?);
            }
            _ => {}
        }
        if let (Some(common), Some(data)) = (&common, sound) {
            return Track::new("AIFF", common.coding, common.rate_hz, common.channels, data);
        }
    }
    Err(damaged(if common.is_some() { "it breaks off before the audio" } else { "it has no format" }))
}

/// A COMM chunk.
struct Common {
    coding: Coding,
    rate_hz: u32,
    channels: u16,
}

impl Common {
    fn read(body: &[u8], is_compressed: bool) -> Result<Self, AudioFileError> {
        let (body, extension) = body.split_at_checked(18).ok_or(damaged("its format is cut off"))?;
        let word = |place: usize| u16::from_be_bytes([body[place], body[place + 1]]);
        let kind = if is_compressed {
            *extension.first_chunk::<4>().ok_or(damaged("its format is cut off"))?
        } else {
            *b"NONE"
        };
        let (channels, bits) = (word(0), word(6));
        let coding = match (&kind.map(|byte| byte.to_ascii_lowercase()), bits) {
            (b"none" | b"twos", 1..=8) => Coding::Signed8,
            (b"none" | b"twos", 9..=16) => Coding::Signed16Big,
            (b"none" | b"twos" | b"in24", 17..=24) => Coding::Signed24Big,
            (b"none" | b"twos" | b"in32", 25..=32) => Coding::Signed32Big,
            (b"sowt", 1..=8) => Coding::Signed8,
            (b"sowt", 9..=16) => Coding::Signed16Little,
            (b"sowt" | b"42ni", 17..=24) => Coding::Signed24Little,
            (b"sowt" | b"23ni", 25..=32) => Coding::Signed32Little,
            (b"raw ", 1..=8) => Coding::Unsigned8,
            (b"fl32", _) => Coding::Float32Big,
            (b"fl64", _) => Coding::Float64Big,
            (b"ulaw", _) => Coding::MuLaw,
            (b"alaw", _) => Coding::ALaw,
            _ => {
                let what = format!("\"{}\" of {bits} bits", kind.escape_ascii());
                return Err(AudioFileError::Unsupported { container: "AIFF", what });
            }
        };
        Ok(Self { coding, rate_hz: extended(&body[8..18]), channels })
    }
}

/// A rate as an 80-bit float: sign and 15 bits of exponent, 64 bits of mantissa. Fractions are dropped.
fn extended(bytes: &[u8]) -> u32 {
    let exponent = u32::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let mantissa = bytes[2..10].iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    // A mantissa of 1.0 has its top bit set and stands for 2^(exponent - 16383).
    match (16_383 + 63_u32).checked_sub(exponent) {
        Some(shift @ 32..64) => u32::try_from(mantissa >> shift).unwrap_or(u32::MAX),
        Some(64..) => 0,
        _ => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_from_eighty_bits() {
        assert_eq!(extended(&[0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0]), 8000);
        assert_eq!(extended(&[0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]), 44_100);
        assert_eq!(extended(&[0; 10]), 0);
        assert_eq!(extended(&[0x7f, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]), u32::MAX);
        assert_eq!(extended(&[0xff; 10]), u32::MAX);
    }
}
