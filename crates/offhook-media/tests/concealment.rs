//! Golden audio under loss: a tone and a voice through G.711, packets missing, the recorder's file.
//!
//! Tolerance, as signal to noise of the file against what was sent, the noise of G.711 left out:
//! `SIGNAL_TO_NOISE`. Silence in the place of the same packets leaves the tone 21, 13 and 7 dB, so
//! that each file must also be nearer than that by 3.5 dB. At 20 % losses follow each other, and
//! the fade takes its part.

use _media::codec::AudioCodec;
use _media::media_port::{Recorded, Recorder, RecordingPlan};
use _media::units::{FRAME_SAMPLES, RecordingId, RtpTimestamp};

const PACKETS: usize = 1500;
const LAW: AudioCodec = AudioCodec::Pcmu;

/// Share of packets lost in percent, least signal to noise of a tone and of a voice in dB.
const SIGNAL_TO_NOISE: [(u32, f64, f64); 3] = [(1, 35.0, 24.0), (5, 27.0, 17.0), (20, 16.0, 10.0)];
const OVER_SILENCE_DB: f64 = 3.5;

/// Chance that is the same at each run.
struct Chance(u32);

impl Chance {
    fn percent(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % 100
    }
}

#[expect(clippy::cast_possible_truncation, reason = "peaks are below 32,767")]
fn coded(samples: impl Iterator<Item = f64>) -> Vec<u8> {
    samples.take(PACKETS * FRAME_SAMPLES).map(|sample| LAW.law().encode(sample as i16)).collect()
}

/// 440 Hz, peak 10,000.
fn tone() -> Vec<u8> {
    coded((0..).map(|n| 10_000.0 * (std::f64::consts::TAU * 440.0 * f64::from(n) / 8000.0).sin()))
}

/// Pulses of 90 to 150 Hz through two resonances that wander as vowels do, with pauses.
fn voice() -> Vec<u8> {
    let (mut phase, mut low, mut high) = (0.0, [0.0; 2], [0.0; 2]);
    let resonate = |state: &mut [f64; 2], input: f64, hz: f64, pole: f64| {
        let next = input + 2.0 * pole * (std::f64::consts::TAU * hz / 8000.0).cos() * state[0]
            - pole * pole * state[1];
        *state = [next, state[0]];
        next
    };
    coded((0..).map(move |n| {
        let seconds = f64::from(n) / 8000.0;
        phase += (120.0 + 30.0 * (2.1 * seconds).sin()) / 8000.0;
        let is_spoken = seconds % 1.3 < 1.0;
        let pulse = if phase >= 1.0 && is_spoken { 1500.0 } else { 0.0 };
        phase %= 1.0;
        let first = resonate(&mut low, pulse, 500.0 + 200.0 * (3.0 * seconds).sin(), 0.97);
        first + 0.5 * resonate(&mut high, pulse, 1500.0 + 400.0 * (4.0 * seconds).cos(), 0.95)
    }))
}

fn decoded(bytes: &[u8]) -> Vec<i16> {
    bytes.iter().map(|byte| LAW.law().decode(*byte)).collect()
}

/// What the recorder writes when `percent` of the packets never come; and silence in their place.
fn recorded(bytes: &[u8], percent: u32) -> (Vec<i16>, Vec<i16>) {
    let mut recorder = Recorder::new(RecordingId(1), RecordingPlan::INBOUND);
    let mut chance = Chance(20_261_126);
    let (mut samples, mut silenced) = (Vec::new(), decoded(bytes));
    for (index, packet) in (0u32..).zip(bytes.chunks(FRAME_SAMPLES)) {
        if index > 0 && chance.percent() < percent {
            let start = index as usize * FRAME_SAMPLES;
            silenced[start..start + FRAME_SAMPLES].fill(0);
        } else {
            assert!(recorder.handle_audio(LAW, RtpTimestamp::new(index * 160), packet, index == 0));
        }
        recorder.handle_tick(1);
        while let Some(Recorded::Chunk(_, chunk)) = recorder.poll() {
            samples.extend_from_slice(chunk.samples());
            recorder.recycle(chunk);
        }
    }
    recorder.finish();
    while let Some(recorded) = recorder.poll() {
        if let Recorded::Chunk(_, chunk) = recorded {
            samples.extend_from_slice(chunk.samples());
        }
    }
    (samples, silenced)
}

fn signal_to_noise_db(sent: &[i16], heard: &[i16]) -> f64 {
    assert_eq!(sent.len(), heard.len());
    let square = |value: i32| f64::from(value).powi(2);
    let signal: f64 = sent.iter().map(|sample| square(i32::from(*sample))).sum();
    let noise: f64 =
        sent.iter().zip(heard).map(|(one, other)| square(i32::from(*one) - i32::from(*other))).sum();
    10.0 * (signal / noise).log10()
}

#[test]
fn a_file_without_loss_is_what_was_sent() {
    for bytes in [tone(), voice()] {
        assert_eq!(recorded(&bytes, 0).0, decoded(&bytes));
    }
}

#[test]
fn at_1_5_and_20_percent_loss_the_file_keeps_its_tolerance() {
    for (percent, tone_db, voice_db) in SIGNAL_TO_NOISE {
        for (name, bytes, least_db) in [("tone", tone(), tone_db), ("voice", voice(), voice_db)] {
            let sent = decoded(&bytes);
            let (heard, silenced) = recorded(&bytes, percent);
            let db = signal_to_noise_db(&sent, &heard);
            let silence_db = signal_to_noise_db(&sent, &silenced);
            assert!(db >= least_db, "{name} at {percent} %: {db:.1} dB");
            assert!(db >= silence_db + OVER_SILENCE_DB, "{name}: {db:.1} dB, silence {silence_db:.1}");
        }
    }
}
