//! Audio files, whole in memory, to samples of 8000 Hz mono.
//!
//! A file is what its first bytes say, never what its name or Content-Type says; only formats without
//! a header are believed by their Content-Type. Containers are read here, since what is fetched from
//! the web is often cut off or wrong about its length; samples are decoded by `symphonia`, G.711 and
//! GSM by `codec`.
//!
//! ```text
//!  content -> wav, aiff, au -> Track -> Mixdown -> samples
//!          -> mpeg, gsm     ----------> Mixdown
//! ```
//!
//! Neighbours: `media_port::Clip` keeps what comes out. Left out: Ogg, FLAC, AAC, MPEG layers I, II.

mod aiff;
mod au;
mod chunks;
mod content;
mod gsm;
mod mixdown;
mod mpeg;
mod track;
mod wav;

use std::panic::{AssertUnwindSafe, catch_unwind};

use content::Content;
use mixdown::Mixdown;
use track::{Coding, Track};

use crate::units::SampleRate;

/// Bytes of a file that is decoded.
pub const FILE_BYTES_MAX: usize = 40 * 1024 * 1024;
/// Minutes of audio that a file may hold.
pub const MINUTES_MAX: usize = 40;

/// Why a file cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AudioFileError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than `FILE_BYTES_MAX`.
    #[error("the file has {0} bytes; at most {FILE_BYTES_MAX} (40 MiB) are played")]
    TooLarge(usize),
    /// More audio than `MINUTES_MAX`.
    #[error("the file holds more than {MINUTES_MAX} minutes of audio")]
    TooLong,
    /// It is something else.
    #[error("the file is no audio that can be played: it looks like {0}")]
    OtherContent(&'static str),
    /// A container that is known, with something in it that is not.
    #[error("the {container} file holds {what}, which cannot be decoded")]
    Unsupported {
        /// WAV, AIFF, AU.
        container: &'static str,
        /// What it says it holds.
        what: String,
    },
    /// The rate is out of range.
    #[error("a sample rate of {0} Hz is not within 8000 to 192000")]
    Rate(u32),
    /// It contradicts itself or breaks off before the audio.
    #[error("the {container} file is damaged: {what}")]
    Damaged {
        /// WAV, AIFF, AU, MP3, GSM.
        container: &'static str,
        /// What is wrong.
        what: &'static str,
    },
}

/// Decode a file: at most `FILE_BYTES_MAX`, all channels averaged, at 8000 Hz.
///
/// content_type: the MIME type that came with it, perhaps with parameters, or nothing. It decides for
/// raw µ-law alone (`audio/basic`, `audio/ulaw` and their like), which has no header. A file that is
/// cut off gives what it holds. Takes up to some seconds of CPU: not for the media thread.
///
/// # Errors
/// `AudioFileError` for everything that is no such file.
pub fn decode(bytes: &[u8], content_type: &str) -> Result<Vec<i16>, AudioFileError> {
    if bytes.is_empty() {
        return Err(AudioFileError::Empty);
    }
    if bytes.len() > FILE_BYTES_MAX {
        return Err(AudioFileError::TooLarge(bytes.len()));
    }
    let content = Content::of(bytes, content_type)?;
    // The decoders are not ours: a defect of theirs is the file's error and not the end of a call.
    catch_unwind(AssertUnwindSafe(|| decode_content(&content)))
        .unwrap_or(Err(AudioFileError::Damaged { container: content.name(), what: "it broke the decoder" }))
}

fn decode_content(content: &Content<'_>) -> Result<Vec<i16>, AudioFileError> {
    match *content {
        Content::Wav(bytes) => wav::decode(bytes),
        Content::Aiff(bytes) => aiff::read(bytes)?.decode(),
        Content::Au(bytes) => au::read(bytes)?.decode(),
        Content::Mpeg(frames) => mpeg::decode(frames),
        Content::Gsm(frames) => gsm::decode(frames, SampleRate::TELEPHONE),
        Content::MuLaw(data) => Track::new("µ-law", Coding::MuLaw, 8000, 1, data)?.decode(),
    }
}
