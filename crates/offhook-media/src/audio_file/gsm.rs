//! GSM 06.10 in files: bare frames, and WAV49 inside WAV.

use super::{AudioFileError, MINUTES_MAX, Mixdown};
use crate::codec::gsm_full_rate::{FRAME_BYTES, GsmDecoder, SAMPLES, SIGNATURE, WAV49_BYTES};
use crate::units::SampleRate;

/// Signed frames in a row that are no chance: one in 65,536 files of noise has four.
const FRAMES_MIN: usize = 4;
/// Frames looked at.
const FRAMES_SEEN: usize = 64;

/// Whether each of the first frames bears the signature; fewer than four are believed when all do.
pub(super) fn is_signed(bytes: &[u8]) -> bool {
    let is_frame = |frame: &[u8]| frame[0] >> 4 == SIGNATURE;
    let frames = bytes.len() / FRAME_BYTES;
    let is_whole = bytes.len() % FRAME_BYTES == 0;
    (frames >= FRAMES_MIN || (frames > 0 && is_whole))
        && bytes.chunks_exact(FRAME_BYTES).take(FRAMES_SEEN).all(is_frame)
}

/// Decode bare frames up to the first that bears no signature.
pub(super) fn decode(frames: &[u8], rate: SampleRate) -> Result<Vec<i16>, AudioFileError> {
    check_length(frames.len() / FRAME_BYTES, rate)?;
    let mut mixdown = Mixdown::new(rate);
    let mut decoder = GsmDecoder::default();
    for frame in frames.chunks_exact(FRAME_BYTES) {
        let frame: &[u8; FRAME_BYTES] = frame.try_into().expect("a whole frame");
        if frame[0] >> 4 != SIGNATURE {
            break;
        }
        mixdown.push_linear(&decoder.decode(frame))?;
    }
    mixdown.finish("GSM")
}

/// Decode the pairs of frames of WAV49.
pub(super) fn decode_wav49(data: &[u8], rate: SampleRate) -> Result<Vec<i16>, AudioFileError> {
    check_length(data.len() / WAV49_BYTES * 2, rate)?;
    let mut mixdown = Mixdown::new(rate);
    let mut decoder = GsmDecoder::default();
    for pair in data.chunks_exact(WAV49_BYTES) {
        let pair: &[u8; WAV49_BYTES] = pair.try_into().expect("a whole pair");
        for frame in decoder.decode_wav49(pair) {
            mixdown.push_linear(&frame)?;
        }
    }
    mixdown.finish("WAV")
}

/// Refuse what is too long before it is decoded.
fn check_length(frames: usize, rate: SampleRate) -> Result<(), AudioFileError> {
    let minutes = frames * SAMPLES / (rate.hz() as usize * 60);
    if minutes >= MINUTES_MAX { Err(AudioFileError::TooLong) } else { Ok(()) }
}
