//! What a file is, by its bytes.

use super::{AudioFileError, gsm, mpeg};

/// Bytes looked at to tell text from audio.
const TEXT_BYTES: usize = 512;

/// A kind of file that is played, with the part of it that its reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// RIFF WAVE, whole.
    Wav(&'a [u8]),
    /// AIFF or AIFC, whole.
    Aiff(&'a [u8]),
    /// Sun's AU, whole.
    Au(&'a [u8]),
    /// From the first frame of MPEG layer III on.
    Mpeg(&'a [u8]),
    /// GSM 06.10 in frames of 33 bytes.
    Gsm(&'a [u8]),
    /// G.711 µ-law at 8000 Hz, without a header.
    MuLaw(&'a [u8]),
}

/// Content types of raw µ-law. RFC 2046 §4.2 says so of `audio/basic`.
const MU_LAW_TYPES: [&str; 7] = [
    "audio/basic",
    "audio/ulaw",
    "audio/x-ulaw",
    "audio/mulaw",
    "audio/x-mulaw",
    "audio/pcmu",
    "audio/g711-mulaw",
];

/// What begins with these bytes at this place, and is not played.
const OTHERS: [(usize, &[u8], &str); 24] = [
    (8, b"AVI ", "an AVI video"),
    (4, b"ftyp", "an MPEG-4 file (a video, or audio in AAC)"),
    (4, b"moov", "a QuickTime video"),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM video"),
    (0, b"\x00\x00\x01\xba", "an MPEG video"),
    (0, b"\x00\x00\x01\xb3", "an MPEG video"),
    (0, b"FLV", "a Flash video"),
    (0, b"\x30\x26\xb2\x75", "Windows Media"),
    (0, b"OggS", "an Ogg file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"\xff\xf1", "audio in AAC"),
    (0, b"\xff\xf9", "audio in AAC"),
    (0, b"ADIF", "audio in AAC"),
    (0, b"#!AMR", "audio in AMR"),
    (0, b"caff", "a Core Audio file"),
    (0, b"MThd", "a MIDI file"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (8, b"WEBP", "a WebP image"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"\x7fELF", "a program"),
];

impl<'a> Content<'a> {
    /// What the bytes are; `content_type` is asked last.
    pub fn of(bytes: &'a [u8], content_type: &str) -> Result<Self, AudioFileError> {
        let begins =
            |place: usize, mark: &[u8]| bytes.get(place..).is_some_and(|rest| rest.starts_with(mark));
        if (begins(0, b"RIFF") || begins(0, b"RF64")) && begins(8, b"WAVE") {
            return Ok(Self::Wav(bytes));
        }
        if begins(0, b"FORM") && (begins(8, b"AIFF") || begins(8, b"AIFC")) {
            return Ok(Self::Aiff(bytes));
        }
        if begins(0, b".snd") {
            return Ok(Self::Au(bytes));
        }
        if let Some((.., what)) = OTHERS.iter().find(|(place, mark, _)| begins(*place, mark)) {
            return Err(AudioFileError::OtherContent(what));
        }
        if let Some(what) = text(bytes) {
            return Err(AudioFileError::OtherContent(what));
        }
        if gsm::is_signed(bytes) {
            return Ok(Self::Gsm(bytes));
        }
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if MU_LAW_TYPES.contains(&essence.as_str()) {
            // A tag or a frame right at the start is no chance; further in, µ-law can look like one.
            return Ok(mpeg::at_start(bytes).map_or(Self::MuLaw(bytes), Self::Mpeg));
        }
        if begins(0, &[0x47]) && begins(188, &[0x47]) && begins(376, &[0x47]) {
            return Err(AudioFileError::OtherContent("an MPEG transport stream (a video)"));
        }
        mpeg::find(bytes).map(Self::Mpeg).ok_or(AudioFileError::OtherContent("nothing that is known"))
    }

    /// The name of the format in errors.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Wav(_) => "WAV",
            Self::Aiff(_) => "AIFF",
            Self::Au(_) => "AU",
            Self::Mpeg(_) => "MP3",
            Self::Gsm(_) => "GSM",
            Self::MuLaw(_) => "µ-law",
        }
    }
}

/// Which text the bytes are, when they are text.
fn text(bytes: &[u8]) -> Option<&'static str> {
    let start = &bytes[..bytes.len().min(TEXT_BYTES)];
    let valid = match std::str::from_utf8(start) {
        Ok(valid) => valid,
        // A character may be cut in two at the end of what is looked at.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let shown = valid.trim_start_matches('\u{feff}').trim_start();
    if valid.chars().any(|char| char.is_control() && !char.is_whitespace()) {
        return None;
    }
    let lower = shown.to_ascii_lowercase();
    Some(if lower.starts_with("<!doctype html") || lower.contains("<html") || lower.contains("<body") {
        "an HTML page"
    } else if shown.starts_with('<') {
        "XML"
    } else if shown.starts_with(['{', '[']) {
        "JSON"
    } else if lower.starts_with("#extm3u") {
        "a playlist"
    } else {
        "text"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8], content_type: &str) -> String {
        Content::of(bytes, content_type).expect_err("refused").to_string()
    }

    #[test]
    fn what_is_no_audio_is_named() {
        for (bytes, name) in [
            (&b"<!DOCTYPE html><html></html>"[..], "an HTML page"),
            (b"\n  <html><head>", "an HTML page"),
            (b"\xef\xbb\xbf<?xml version='1.0'?><Response/>", "XML"),
            (br#"{"error": "not found"}"#, "JSON"),
            (b"Not Found", "text"),
            (b"#EXTM3U\nhttp://example.com/1.mp3\n", "a playlist"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "an MPEG-4 file"),
            (b"RIFF\x10\0\0\0AVI LIST", "an AVI video"),
            (b"\x1a\x45\xdf\xa3\x01\0\0\0", "a Matroska or WebM video"),
            (b"OggS\0\x02\0\0", "an Ogg file"),
            (b"\0\0\0\0\0\0\0\0", "nothing that is known"),
        ] {
            for content_type in ["", "audio/mpeg", "audio/wav"] {
                assert!(refused(bytes, content_type).contains(name), "{}", refused(bytes, content_type));
            }
        }
    }

    #[test]
    fn text_cut_within_a_character_is_text() {
        let cut = "é".repeat(TEXT_BYTES);
        assert_eq!(text(&cut.as_bytes()[..1]), Some("text"));
        assert_eq!(text(&[b"a", cut.as_bytes()].concat()), Some("text"));
        assert_eq!(text(&[0xff; 20]), None);
        assert_eq!(text(&[0; 20]), None);
    }

    #[test]
    fn raw_mu_law_is_believed_by_its_type_alone() {
        let data = [0xff, 0x7e, 0x80, 0x12];
        for content_type in ["audio/basic", "Audio/ULAW; rate=8000", " audio/x-mulaw"] {
            assert_eq!(Content::of(&data, content_type), Ok(Content::MuLaw(&data)));
        }
        assert!(refused(&data, "audio/mpeg").contains("nothing that is known"));
        assert!(refused(b"<html>", "audio/basic").contains("an HTML page"));
    }
}
