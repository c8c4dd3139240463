//! Files as sox and lame write them, decoded and compared with what they were made of.

#[path = "support/sound_files.rs"]
mod sound_files;

use std::f64::consts::TAU;
use std::fs;

use _media::audio_file::{AudioFileError, decode};
use proptest::prelude::*;
use sound_files::{Folder, run, text};

const SECONDS: f64 = 2.0;

/// A sweep through the telephone band, soft at both ends; what it is at `time` in seconds.
fn sweep(time: f64) -> f64 {
    let phase = TAU * (300.0 * time + (3300.0 - 300.0) / SECONDS / 2.0 * time * time);
    let edge = (time.min(SECONDS - time) / 0.1).clamp(0.0, 1.0);
    12_000.0 * edge * phase.sin()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 16 bits, and positive")]
fn sweep_at(rate_hz: u32) -> Vec<i16> {
    let count = (SECONDS * f64::from(rate_hz)) as usize;
    (0..count).map(|n| sweep(n as f64 / f64::from(rate_hz)).round() as i16).collect()
}

/// The sweep as a file of sox.
fn sox(rate_hz: u32, name: &str, options: &str, effects: &str) -> Vec<u8> {
    sound_files::sox(&sweep_at(rate_hz), rate_hz, name, options, effects)
}

/// The sweep as an MP3 of lame.
fn lame(rate_hz: u32, options: &str) -> Vec<u8> {
    sound_files::lame(&sweep_at(rate_hz), rate_hz, options)
}

/// How far the sweep stands above what differs from it, in dB, where it fits best.
///
/// An MP3 without its tag, for which short frames have no room, begins 1105 of its own samples late.
fn snr_db(samples: &[i16]) -> f64 {
    let (from, to) = (800, 15_200);
    let noise = |lag: f64, step: usize| -> f64 {
        let place = |n: usize| (n as f64 - lag) / 8000.0;
        let error = |n: usize| f64::from(samples.get(n).copied().unwrap_or(0)) - sweep(place(n));
        (from..to).step_by(step).map(|n| error(n).powi(2) * step as f64).sum()
    };
    let best = |lags: &mut dyn Iterator<Item = f64>, step: usize| {
        lags.map(|lag| (noise(lag, step), lag)).min_by(|one, two| one.0.total_cmp(&two.0)).expect("some")
    };
    let (_, near) = best(&mut (0..=1300).map(|lag| f64::from(lag) - 100.0), 37);
    let (least, _) = best(&mut (-40..=40).map(|part| near + f64::from(part) / 40.0), 1);
    let signal: f64 = (from..to).map(|n| sweep(n as f64 / 8000.0).powi(2)).sum();
    10.0 * (signal / least.max(1.0)).log10()
}

#[test]
fn what_sox_writes_is_heard() {
    // name, rate, options, effects, least signal-to-noise ratio in dB
    let files = [
        ("8.wav", 8000, "-e unsigned -b 8", "", 35.0),
        ("16.wav", 8000, "-e signed -b 16", "", 85.0),
        ("24.wav", 16_000, "-e signed -b 24", "", 60.0),
        ("32.wav", 22_050, "-e signed -b 32", "", 60.0),
        ("float.wav", 48_000, "-e float -b 32", "", 60.0),
        ("double.wav", 32_000, "-e float -b 64", "", 60.0),
        ("two.wav", 44_100, "-c 2", "", 60.0),
        ("six.wav", 24_000, "-c 6", "", 60.0),
        ("high.wav", 192_000, "", "", 60.0),
        ("odd.wav", 11_025, "", "", 60.0),
        ("mu.wav", 8000, "-e mu-law", "", 35.0),
        ("a.wav", 8000, "-e a-law", "", 35.0),
        ("two-mu.wav", 8000, "-e mu-law -c 2", "", 35.0),
        ("ima.wav", 8000, "-e ima-adpcm", "", 15.0),
        ("two-ima.wav", 44_100, "-e ima-adpcm -c 2", "", 25.0),
        ("ms.wav", 22_050, "-e ms-adpcm", "", 25.0),
        ("16.aiff", 44_100, "-c 2", "", 60.0),
        ("8.aiff", 8000, "-b 8", "", 35.0),
        ("24.aiff", 16_000, "-b 24", "", 60.0),
        ("16.aifc", 22_050, "", "", 60.0),
        ("16.au", 8000, "-e signed -b 16", "", 85.0),
        ("mu.au", 8000, "-e mu-law", "", 35.0),
        ("a.au", 16_000, "-e a-law", "", 35.0),
    ];
    for (name, rate_hz, options, effects, least) in files {
        let samples =
            decode(&sox(rate_hz, name, options, effects), "").unwrap_or_else(|e| panic!("{name}: {e}"));
        let seconds = samples.len() as f64 / 8000.0;
        assert!((seconds - SECONDS).abs() < 0.1, "{name}: {seconds} s");
        let snr = snr_db(&samples);
        assert!(snr > least, "{name}: {snr:.1} dB");
    }
}

#[test]
fn what_lame_writes_is_heard() {
    for (rate_hz, options, least) in [
        (44_100, "-b 128", 25.0),
        (48_000, "-V 4", 25.0),
        (22_050, "-b 64 -m m", 25.0),
        (16_000, "-b 32 -m j", 20.0),
        (8000, "-b 16 -m m", 15.0),
        (44_100, "-b 128 --id3v2-only --tt a-title --ta somebody", 25.0),
        (44_100, "-b 128 --id3v1-only --tt a-title", 25.0),
        (32_000, "-b 96 -t", 25.0), // without the tag that tells delay and padding
    ] {
        let file = lame(rate_hz, options);
        let samples = decode(&file, "audio/mpeg").unwrap_or_else(|error| panic!("{options}: {error}"));
        let seconds = samples.len() as f64 / 8000.0;
        assert!((seconds - SECONDS).abs() < 0.2, "{options}: {seconds} s");
        let snr = snr_db(&samples);
        assert!(snr > least, "{options}: {snr:.1} dB");
    }
}

#[test]
fn joined_mp3s_play_one_behind_the_other() {
    let one = lame(44_100, "-b 64 -m m --id3v2-only --tt a-title");
    let both = decode(&[&one[..], &one].concat(), "").expect("two files");
    let single = decode(&one, "").expect("one file");
    let longer = both.len() as f64 / single.len() as f64;
    assert!((1.95..2.1).contains(&longer), "{longer}");
}

#[test]
fn junk_and_tags_before_an_mp3_are_passed_over() {
    let file = lame(44_100, "-b 128");
    let whole = decode(&file, "").expect("an MP3");
    let junk: Vec<u8> = (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_eq!(decode(&[&junk[..], &file].concat(), ""), Ok(whole.clone()));
    let picture = [&b"ID3\x03\0\0\0\0\x27\x08"[..], &[0xff; 5000]].concat();
    assert_eq!(decode(&[&picture[..], &file].concat(), ""), Ok(whole));
}

#[test]
fn gsm_is_bit_exact_with_libgsm() {
    for (name, container) in [("s.gsm", "gsm"), ("s.wav", "wav")] {
        let file = sox(8000, name, "-e gsm-full-rate", "");
        let folder = Folder::new();
        let path = folder.path(name);
        fs::write(&path, &file).expect("written");
        let raw =
            run("sox", &["-D", "-t", container, text(&path), "-t", "raw", "-e", "signed", "-b", "16", "-"]);
        let expected: Vec<i16> =
            raw.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let samples = decode(&file, "").expect("GSM");
        let common = samples.len().min(expected.len());
        assert!(common > 15_800, "{name}: {} of {}", samples.len(), expected.len());
        assert_eq!(samples[..common], expected[..common], "{name}");
    }
}

#[test]
fn raw_mu_law_needs_its_content_type() {
    let raw = sox(8000, "s.ul", "", "");
    assert!(snr_db(&decode(&raw, "audio/basic").expect("µ-law")) > 35.0);
    assert!(matches!(decode(&raw, "audio/mpeg"), Err(AudioFileError::OtherContent(_))));
    // A WAV file that calls itself raw is a WAV file.
    assert!(snr_db(&decode(&sox(8000, "s.wav", "", ""), "audio/basic").expect("WAV")) > 85.0);
}

#[test]
fn a_stream_of_unknown_length_plays_to_its_end() {
    let wav = sox(8000, "s.wav", "", "");
    let whole = decode(&wav, "").expect("WAV");
    for length in [0_u32, 0x7fff_ffff, 0xffff_ffff] {
        let mut file = wav.clone();
        file[4..8].copy_from_slice(&length.to_le_bytes());
        file[40..44].copy_from_slice(&length.to_le_bytes());
        assert_eq!(decode(&file, ""), Ok(whole.clone()), "{length}");
    }
}

/// A WAV file with a format chunk of 16 bytes and an odd chunk before the data.
fn wav(number: u16, channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    file.extend([number, channels].map(u16::to_le_bytes).concat());
    file.extend([rate_hz, rate_hz * u32::from(block)].map(u32::to_le_bytes).concat());
    file.extend([block, bits].map(u16::to_le_bytes).concat());
    file.extend(b"junk\x03\0\0\0abc\0data");
    file.extend(u32::try_from(data.len()).expect("short").to_le_bytes());
    file.extend(data);
    file
}

#[test]
fn headers_that_writers_get_wrong_are_read() {
    let raw = sox(8000, "s.ul", "", "");
    assert!(snr_db(&decode(&wav(7, 1, 8000, 8, &raw), "").expect("µ-law without an extension")) > 35.0);
    let mp3 = lame(44_100, "-b 128");
    assert_eq!(decode(&wav(0x55, 2, 44_100, 0, &mp3), ""), decode(&mp3, ""));
    let mut rf64 = wav(1, 1, 8000, 16, &raw);
    rf64[..8].copy_from_slice(b"RF64\xff\xff\xff\xff");
    assert_eq!(decode(&rf64, "").expect("RF64").len(), raw.len() / 2);
}

#[test]
fn what_a_header_cannot_mean_is_an_error_that_says_so() {
    let data = [0x55; 4000];
    for (file, reason) in [
        (wav(0x162, 1, 8000, 16, &data), "format 0x0162 of 16 bits"),
        (wav(1, 0, 8000, 16, &data), "0 channels"),
        (wav(1, 9, 8000, 16, &data), "9 channels"),
        (wav(1, 1, 7999, 16, &data), "7999 Hz"),
        (wav(1, 1, 192_001, 16, &data), "192001 Hz"),
        (wav(1, 1, 8000, 64, &data), "of 64 bits"),
        (wav(0x11, 2, 8000, 4, &data), "blocks are too small"),
        (wav(1, 1, 8000, 16, &[]), "no audio in it"),
        (b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd".to_vec(), "before their format"),
        (b"RIFF\0\0\0\0WAVE".to_vec(), "breaks off"),
        (b"FORM\0\0\0\0AIFFCOMM\0\0\0\x02ab".to_vec(), "cut off"),
        (b".snd\0\0\0\x18\0\0\0\0".to_vec(), "cut off"),
    ] {
        let error = decode(&file, "audio/wav").expect_err(reason).to_string();
        assert!(error.contains(reason), "{error:?} does not say {reason:?}");
    }
}

#[test]
fn a_file_that_is_cut_off_plays_what_it_holds() {
    for file in [
        sox(16_000, "s.wav", "", ""),
        sox(16_000, "s.aiff", "", ""),
        lame(44_100, "-b 128"),
        sox(8000, "s.gsm", "", ""),
        sox(8000, "s.wav", "-e ima-adpcm", ""),
        sox(8000, "s.wav", "-e gsm", ""),
    ] {
        let whole = decode(&file, "").expect("a whole file").len();
        let half = decode(&file[..file.len() / 2], "").expect("half a file").len();
        assert!((0.45..0.55).contains(&(half as f64 / whole as f64)), "{half} of {whole}");
    }
}

#[test]
fn limits_are_errors_that_say_so() {
    assert_eq!(decode(&[], "").expect_err("empty").to_string(), "the file is empty");
    let large = vec![0; 40 * 1024 * 1024 + 1];
    assert_eq!(decode(&large, ""), Err(AudioFileError::TooLarge(large.len())));
    // Silence in few bytes
    let silence = |minutes: usize, frame: &[u8], samples: usize| frame.repeat(minutes * 60 * 8000 / samples);
    assert_eq!(decode(&silence(41, &[0xff], 1), "audio/basic"), Err(AudioFileError::TooLong));
    let gsm =
        [&[0xd8, 0x20, 0xa2, 0xe1, 0x5a][..], &[0x50, 0, 0x49, 0x24, 0x92, 0x49, 0x24].repeat(4)].concat();
    assert_eq!(decode(&silence(41, &gsm, 160), ""), Err(AudioFileError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_files_never_panic(
        which in 0..FILES,
        spoils in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        at_head in any::<bool>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut file = files()[which].clone();
        let reach = if at_head { file.len().min(80) } else { file.len() };
        for (place, byte) in spoils {
            let place = place.index(reach);
            file[place] = byte;
        }
        file.truncate(cut.index(file.len()) + 1);
        // The decoders' own defects are caught and told as such: there must be none.
        if let Err(AudioFileError::Damaged { what, .. }) = decode(&file, "") {
            prop_assert_ne!(what, "it broke the decoder");
        }
    }

    #[test]
    fn any_bytes_give_audio_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400), hint in 0..4_usize) {
        let _ = decode(&bytes, ["", "audio/basic", "audio/x-gsm", "audio/mpeg"][hint]);
    }
}

const FILES: usize = 9;

fn files() -> &'static [Vec<u8>; FILES] {
    static MADE: std::sync::OnceLock<[Vec<u8>; FILES]> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        let short = |file: Vec<u8>| file[..file.len().min(6000)].to_vec();
        [
            short(sox(8000, "s.wav", "", "")),
            short(sox(44_100, "s.wav", "-c 3 -b 24", "")),
            short(sox(8000, "s.wav", "-e ima-adpcm -c 2", "")),
            short(sox(8000, "s.wav", "-e ms-adpcm", "")),
            short(sox(8000, "s.wav", "-e gsm", "")),
            short(sox(16_000, "s.aifc", "", "")),
            short(sox(16_000, "s.au", "", "")),
            short(sox(8000, "s.gsm", "", "")),
            short(lame(44_100, "-b 64")),
        ]
    })
}
