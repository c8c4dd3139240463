//! MP3: frames of MPEG-1, MPEG-2 (ISO/IEC 11172-3, 13818-3) and MPEG-2.5, layer III, in a row.
//!
//! Nothing in front of them is sure: ID3v2 tags, and junk of up to 1 MiB, are passed over here;
//! `symphonia` frames and decodes the rest, resynchronising where it must.

use std::io::Cursor;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::MpaReader;

use super::{AudioFileError, Mixdown};
use crate::units::SampleRate;

/// Bytes in front of the first frame, behind the tags.
const JUNK_MAX: usize = 1024 * 1024;
/// Frames that must follow each other: noise has two of a kind too often in a long file.
const FRAMES_MIN: usize = 3;
/// The longest padding that an encoder can state (12 bits of the LAME tag).
const PADDING_MAX: usize = 4095;

/// kbit/s of layer III by their number (ISO/IEC 11172-3 §2.4.2.3, 13818-3 §2.4.2.3); 0 is free or no rate.
const KBITS_1: [usize; 16] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const KBITS_2: [usize; 16] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];

const fn damaged(what: &'static str) -> AudioFileError {
    AudioFileError::Damaged { container: "MP3", what }
}

/// What all frames of a stream have in common, and the length of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FrameHeader {
    rate_hz: usize,
    length: usize,
}

impl FrameHeader {
    /// The frame that begins here, unless none does. Free-format frames are not known.
    fn read(bytes: &[u8]) -> Option<Self> {
        let [sync, kind, rates, _] = *bytes.first_chunk::<4>()?;
        // eleven bits of sync, two of version, two of layer (01 is III), one of protection
        if sync != 0xff || kind & 0xe6 != 0xe2 {
            return None;
        }
        let (divisor, kbits, samples) = match kind >> 3 & 3 {
            3 => (1, KBITS_1, 1152),
            2 => (2, KBITS_2, 576),
            0 => (4, KBITS_2, 576),
            _ => return None,
        };
        let rate_hz = *[44_100, 48_000, 32_000].get(usize::from(rates >> 2 & 3))? / divisor;
        let kbits = kbits[usize::from(rates >> 4)];
        let padding = usize::from(rates >> 1 & 1);
        (kbits > 0).then(|| Self { rate_hz, length: samples / 8 * kbits * 1000 / rate_hz + padding })
    }
}

/// Whether frames follow each other from here on: three, or as many as there are.
fn is_stream(bytes: &[u8]) -> bool {
    let Some(first) = FrameHeader::read(bytes) else { return false };
    let mut place = first.length;
    for _ in 1..FRAMES_MIN {
        match bytes.get(place..) {
            // The first frame may be the last, and cut off; a single one in the midst is no proof.
            None | Some([]) => return true,
            Some(rest) => match FrameHeader::read(rest) {
                Some(next) if next.rate_hz == first.rate_hz => place += next.length,
                _ => return false,
            },
        }
    }
    true
}

/// What comes behind the ID3v2 tags at the start (id3.org, ID3v2.4.0 §3.1).
fn behind_tags(mut bytes: &[u8]) -> &[u8] {
    while let Some((header, rest)) =
        bytes.split_first_chunk::<10>().filter(|(header, _)| header.starts_with(b"ID3"))
    {
        let size = header[6..].iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
        let footer = if header[5] & 0x10 == 0 { 0 } else { 10 };
        bytes = rest.get(size + footer..).unwrap_or_default();
    }
    bytes
}

/// The frames, when they or a tag before them begin right here.
pub(super) fn at_start(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.starts_with(b"ID3") { find(bytes) } else { is_stream(bytes).then_some(bytes) }
}

/// The frames, behind tags and junk.
pub(super) fn find(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = behind_tags(bytes);
    if is_stream(bytes) {
        return Some(bytes);
    }
    let places = 1..bytes.len().min(JUNK_MAX);
    // Behind junk, all three frames are asked for.
    let is_proven = |place: &usize| {
        let rest = &bytes[*place..];
        is_stream(rest) && rest.len() > FRAMES_MIN * FrameHeader::read(rest).map_or(0, |header| header.length)
    };
    places.into_iter().find(is_proven).map(|place| &bytes[place..])
}

/// Decode from the first frame on. Frames of another rate than the first, or damaged, are left out.
pub(super) fn decode(frames: &[u8]) -> Result<Vec<i16>, AudioFileError> {
    // ID3v1: the last 128 bytes, in which a false frame could be found
    let end = frames.len().checked_sub(128).filter(|end| frames[*end..].starts_with(b"TAG"));
    let frames = &frames[..end.unwrap_or(frames.len())];
    let rate_hz = FrameHeader::read(frames).ok_or(damaged("it has no frame"))?.rate_hz;
    let rate = u32::try_from(rate_hz).ok().and_then(SampleRate::new).ok_or(damaged("it has no rate"))?;
    let stream = MediaSourceStream::new(Box::new(Cursor::new(frames)), MediaSourceStreamOptions::default());
    let mut reader =
        MpaReader::try_new(stream, FormatOptions::default()).map_err(|_| damaged("it has no frame"))?;
    let parameters = reader.tracks()[0].codec_params.as_ref().and_then(|codec| codec.audio());
    let parameters = parameters.ok_or(damaged("it has no frame"))?;
    // Delay and padding are cut here: joined files go on where the tag of the first one ends.
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default().gapless(false))
        .map_err(|_| damaged("it is no layer III"))?;
    let mut mixdown = Mixdown::new(rate);
    let mut samples: Vec<f32> = Vec::new();
    let mut padding = Padding::default();
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(Error::DecodeError(_)) => continue,
            Err(_) => break,
        };
        let Ok(decoded) = decoder.decode(&packet) else { continue };
        if decoded.spec().rate() != rate.hz() {
            continue;
        }
        let channels = decoded.spec().channels().count();
        decoded.copy_to_vec_interleaved(&mut samples);
        let frames = samples.len() / channels;
        let start = usize::try_from(packet.trim_start.get()).unwrap_or(usize::MAX).min(frames);
        let end = frames - usize::try_from(packet.trim_end.get()).unwrap_or(usize::MAX).min(frames - start);
        padding.release_before(start < end, &mut mixdown)?;
        mixdown.push(&samples[start * channels..end * channels], channels)?;
        padding.keep(&samples[end * channels..], channels, &mut mixdown)?;
    }
    mixdown.finish("MP3")
}

/// What the encoder's tag calls padding: kept back, since it is none when more than padding follows.
#[derive(Default)]
struct Padding {
    mono: Vec<f32>,
    is_believed_no_more: bool,
}

impl Padding {
    fn release_before(&mut self, is_audio: bool, mixdown: &mut Mixdown) -> Result<(), AudioFileError> {
        if is_audio && !self.mono.is_empty() {
            mixdown.push(&self.mono, 1)?;
            self.mono.clear();
        }
        Ok(())
    }

    fn keep(
        &mut self,
        samples: &[f32],
        channels: usize,
        mixdown: &mut Mixdown,
    ) -> Result<(), AudioFileError> {
        if self.is_believed_no_more {
            return mixdown.push(samples, channels);
        }
        self.mono
            .extend(samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
        self.is_believed_no_more = self.mono.len() > PADDING_MAX;
        self.release_before(self.is_believed_no_more, mixdown)
    }
}
