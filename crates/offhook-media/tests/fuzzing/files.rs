//! Audio files: a target for each format, its seeds made by sox and lame.

use _media::audio_file::{self, AudioFileError, MINUTES_MAX};

use super::Target;
use crate::sound_files::{lame, sox};

/// Samples of a second: enough for some blocks of each coding, and short, so that many are tried.
const RATE_HZ: u32 = 16_000;

pub fn targets() -> Vec<Target> {
    let samples: Vec<i16> = (0..1600).map(|n: i16| (n % 40 - 20) * 500).collect();
    let made = |files: &[(&str, &str)]| {
        files.iter().map(|(name, options)| sox(&samples, RATE_HZ, name, options, "")).collect::<Vec<_>>()
    };
    let plain = [
        ("8.wav", "-e unsigned -b 8"),
        ("16.wav", "-c 2"),
        ("24.wav", "-b 24"),
        ("32.wav", "-b 32"),
        ("float.wav", "-e float -b 32"),
        ("double.wav", "-e float -b 64"),
        ("mu.wav", "-e mu-law"),
        ("a.wav", "-e a-law"),
    ];
    let adpcm =
        [("ima.wav", "-e ima-adpcm"), ("two-ima.wav", "-e ima-adpcm -c 2"), ("ms.wav", "-e ms-adpcm -c 2")];
    let aiff = [("16.aiff", "-c 2"), ("8.aiff", "-b 8"), ("24.aiff", "-b 24"), ("16.aifc", "")];
    let au = [("16.au", "-e signed -b 16"), ("mu.au", "-e mu-law"), ("a.au", "-e a-law -c 2")];
    let gsm = [("s.gsm", "-r 8000 -e gsm-full-rate"), ("s.wav", "-r 8000 -e gsm-full-rate")];
    let mp3 = ["-b 32 -m m", "-b 64 -m j --id3v2-only --tt a-title", "-V 4 -m s", "-b 32 -m m -t"];
    let mp3 = mp3.map(|options| lame(&samples, RATE_HZ, options)).to_vec();
    let run = |bytes: &[u8]| decode(bytes, "");
    vec![
        Target { name: "wav", seeds: made(&plain), run },
        Target { name: "adpcm", seeds: made(&adpcm), run },
        Target { name: "aiff", seeds: made(&aiff), run },
        Target { name: "au", seeds: made(&au), run },
        Target { name: "gsm", seeds: made(&gsm), run },
        Target { name: "mp3", seeds: mp3, run },
        Target {
            name: "mu-law",
            seeds: made(&[("s.ul", "-r 8000")]),
            run: |bytes| decode(bytes, "audio/basic"),
        },
    ]
}

fn decode(bytes: &[u8], content_type: &str) -> String {
    match audio_file::decode(bytes, content_type) {
        Ok(samples) => {
            assert!(!samples.is_empty(), "a file that can be played says something");
            assert!(samples.len() <= MINUTES_MAX * 60 * 8000, "{} samples", samples.len());
            format!("samples: {}", samples.len().ilog2())
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() < 300, "a text for people: {text}");
            // Without the numbers that a file may choose.
            match error {
                AudioFileError::Rate(_) => "a rate".to_owned(),
                AudioFileError::Unsupported { container, .. } => format!("something in {container}"),
                _ => text,
            }
        }
    }
}
