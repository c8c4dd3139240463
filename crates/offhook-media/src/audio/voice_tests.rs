//! Voice as a model of it, in noises that lines have.

use std::f64::consts::TAU;

use super::*;

const SECOND: usize = 50;

/// Noise and tones with a seed, so that every run hears the same.
struct Line {
    state: u64,
    time: usize,
}

impl Line {
    fn new() -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15, time: 0 }
    }

    /// Evenly spread between -1 and 1.
    fn random(&mut self) -> f64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// One frame of what `sound` gives, with white noise of a level.
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    fn frame(&mut self, noise_dbm0: f64, sound: impl Fn(f64) -> f64) -> Frame {
        std::array::from_fn(|_| {
            let time = self.time as f64 / 8000.0;
            self.time += 1;
            let noise = self.random() * rms(noise_dbm0) * 3f64.sqrt();
            (sound(time) + noise).round().clamp(-32_768.0, 32_767.0) as i16
        })
    }
}

/// Root mean square of a level in dBm0.
fn rms(level_dbm0: f64) -> f64 {
    22_303.0 / 2f64.sqrt() * 10f64.powf(level_dbm0 / 20.0)
}

/// Speech as a vocal tract makes it: a pitch that wanders, formants, four syllables a second.
fn speech(level_dbm0: f64) -> impl Fn(f64) -> f64 {
    move |time| {
        let pitch = TAU * (120.0 * time + 2.0 * (TAU * 0.7 * time).sin());
        let syllable = (0.5 - 0.5 * (TAU * 4.0 * time).cos()).powf(0.7);
        let formants = |hz: f64| {
            [(500.0, 1.0), (1500.0, 0.4), (2500.0, 0.15)]
                .iter()
                .map(|(centre, weight)| weight / (1.0 + ((hz - centre) / 150.0).powi(2)))
                .sum::<f64>()
        };
        let sum: f64 = (1..28).map(|n| formants(120.0 * f64::from(n)) * (pitch * f64::from(n)).sin()).sum();
        // The power of that sum, with its syllables, is close to 0.42.
        rms(level_dbm0) / 0.65 * syllable * sum
    }
}

/// How many of so many frames are voice.
fn voiced(
    detector: &mut VoiceDetector,
    line: &mut Line,
    frames: usize,
    noise: f64,
    sound: &dyn Fn(f64) -> f64,
) -> usize {
    (0..frames).filter(|_| detector.handle_frame(&line.frame(noise, sound))).count()
}

#[test]
fn speech_is_voice_and_the_noise_around_it_is_not() {
    // Levels in dBm0 of speech and noise; the least share of frames that count as voice.
    for (speech_dbm0, noise_dbm0, least) in [
        (-15.0, -70.0, 0.9),
        (-20.0, -50.0, 0.85),
        (-30.0, -60.0, 0.8),
        (-20.0, -38.0, 0.6),
        (-35.0, -65.0, 0.6),
    ] {
        let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
        assert_eq!(voiced(&mut detector, &mut line, 2 * SECOND, noise_dbm0, &|_| 0.0), 0, "{noise_dbm0}");
        let heard = voiced(&mut detector, &mut line, 4 * SECOND, noise_dbm0, &speech(speech_dbm0));
        let share = heard as f64 / (4 * SECOND) as f64;
        assert!(share > least, "{speech_dbm0} in {noise_dbm0}: {share}");
        let tail = voiced(&mut detector, &mut line, 3 * SECOND, noise_dbm0, &|_| 0.0);
        assert!(tail <= 4, "{tail} frames of noise at {noise_dbm0}");
    }
}

#[test]
fn speech_from_the_first_frame_on_is_heard() {
    let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
    let heard = voiced(&mut detector, &mut line, SECOND / 2, -60.0, &speech(-20.0));
    assert!(heard > SECOND / 4, "{heard}");
}

#[test]
fn noise_of_any_level_is_no_voice() {
    for noise_dbm0 in [-90.0, -60.0, -50.0, -45.0, -40.0, -34.0, -31.0] {
        let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
        let first = voiced(&mut detector, &mut line, SECOND, noise_dbm0, &|_| 0.0);
        assert!(first == 0 || noise_dbm0 > -38.0, "{first} at {noise_dbm0}");
        assert!(first <= 30, "{first} at {noise_dbm0}");
        assert_eq!(voiced(&mut detector, &mut line, 20 * SECOND, noise_dbm0, &|_| 0.0), 0, "{noise_dbm0}");
    }
}

#[test]
fn a_louder_noise_is_learnt_within_three_seconds() {
    let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
    voiced(&mut detector, &mut line, 3 * SECOND, -65.0, &|_| 0.0);
    voiced(&mut detector, &mut line, 3 * SECOND, -38.0, &|_| 0.0);
    assert_eq!(voiced(&mut detector, &mut line, 3 * SECOND, -38.0, &|_| 0.0), 0);
    assert!(voiced(&mut detector, &mut line, 2 * SECOND, -38.0, &speech(-18.0)) > SECOND);
}

#[test]
fn noise_behind_digital_silence_is_no_voice() {
    for noise_dbm0 in [-60.0, -45.0, -38.0] {
        let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
        for _ in 0..3 {
            assert!((0..SECOND).all(|_| !detector.handle_frame(&[8; FRAME_SAMPLES])));
            assert_eq!(voiced(&mut detector, &mut line, SECOND, noise_dbm0, &|_| 0.0), 0, "{noise_dbm0}");
        }
        assert!(voiced(&mut detector, &mut line, SECOND, noise_dbm0, &speech(-18.0)) > SECOND / 2);
    }
}

#[test]
fn soft_speech_out_of_digital_silence_is_heard_within_a_second() {
    let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
    assert!((0..SECOND).all(|_| !detector.handle_frame(&[0; FRAME_SAMPLES])));
    voiced(&mut detector, &mut line, SECOND, -90.0, &speech(-38.0));
    assert!(voiced(&mut detector, &mut line, SECOND, -90.0, &speech(-38.0)) > SECOND / 3);
}

#[test]
fn hum_and_direct_current_are_no_voice_and_hide_none() {
    let hum = |time: f64| 1500.0 + 1500.0 * (TAU * 50.0 * time).sin();
    let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
    voiced(&mut detector, &mut line, 3 * SECOND, -60.0, &hum);
    assert_eq!(voiced(&mut detector, &mut line, 5 * SECOND, -60.0, &hum), 0);
    let both = |time: f64| hum(time) + speech(-20.0)(time);
    assert!(voiced(&mut detector, &mut line, 2 * SECOND, -60.0, &both) > SECOND);
}

#[test]
fn keys_are_no_voice() {
    for (row, column) in [(697.0, 1209.0), (770.0, 1477.0), (941.0, 1633.0)] {
        let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
        // As long down as up, and out of step with the frames
        for (period, offset) in [(0.2, 0.007), (0.2, 0.013), (0.13, 0.0), (0.1, 0.005)] {
            let keys = |time: f64| {
                let is_down = (time + offset) % period < period / 2.0;
                let tone = (TAU * row * time).sin() + (TAU * column * time).sin();
                if is_down { rms(-10.0) * tone } else { 0.0 }
            };
            let heard = voiced(&mut detector, &mut line, 6 * SECOND, -60.0, &keys);
            assert_eq!(heard, 0, "{row}+{column} of {period}");
        }
    }
}

#[test]
fn clicks_are_no_voice() {
    let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
    let clicks = |time: f64| if time % 0.5 < 0.03 { rms(-10.0) * (TAU * 1100.0 * time).sin() } else { 0.0 };
    assert_eq!(voiced(&mut detector, &mut line, 6 * SECOND, -60.0, &clicks), 0);
}

#[test]
fn lost_packets_neither_make_voice_nor_end_it_at_once() {
    let (mut detector, mut line) = (VoiceDetector::new(), Line::new());
    voiced(&mut detector, &mut line, SECOND, -60.0, &|_| 0.0);
    let sound = speech(-18.0);
    let mut heard = 0;
    for frame in 0..4 * SECOND {
        let samples = line.frame(-60.0, &sound);
        let is_lost = frame % 6 == 3; // one of six
        heard += usize::from(if is_lost { detector.handle_gap() } else { detector.handle_frame(&samples) });
    }
    assert!(heard > 4 * SECOND * 6 / 10, "{heard}");
    let after: usize = (0..SECOND).map(|_| usize::from(detector.handle_gap())).sum();
    assert!(after <= 2, "{after}");
    assert_eq!(voiced(&mut detector, &mut line, SECOND, -60.0, &|_| 0.0), 0, "the noise is still known");
}
