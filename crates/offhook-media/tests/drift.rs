//! Golden audio of two clocks: half an hour with a sender 200 ppm faster or slower than we are.
//!
//! That is 360 ms in half an hour, six times the playout delay. Tolerance: nothing is lost, nothing
//! is concealed, the file is as long as the call took by our clock, and a click is nowhere: a tone
//! bends nowhere by more than a quarter over what it does by itself, and is heard all the time.

use std::f64::consts::TAU;

use _media::codec::AudioCodec;
use _media::media_port::{Recorded, Recorder, RecordingPlan};
use _media::units::{FRAME_SAMPLES, RecordingId, RtpTimestamp};

const LAW: AudioCodec = AudioCodec::Pcmu;
const TICKS: u32 = 30 * 60 * 50;
const HZ: f64 = 440.0;
const PEAK: f64 = 10_000.0;

/// The packet of that number: a tone without end.
#[expect(clippy::cast_possible_truncation, reason = "peaks are below 32,767")]
fn packet(number: u32) -> [u8; FRAME_SAMPLES] {
    std::array::from_fn(|n| {
        let seconds = f64::from(number * 160) / 8000.0 + n as f64 / 8000.0;
        LAW.law().encode((PEAK * (TAU * HZ * seconds).sin()) as i16)
    })
}

/// What the recorder writes while a sender's clock goes `ppm` faster than ours.
///
/// jitter_ms: packets come late by up to so much, drawn anew for each.
fn recorded(ppm: f64, jitter_ms: f64, ticks: u32) -> (Vec<i16>, u32) {
    let mut recorder = Recorder::new(RecordingId(1), RecordingPlan::INBOUND);
    let (mut samples, mut late, mut chance) = (Vec::new(), 0, 1u32);
    let mut under_way: Vec<(f64, u32)> = Vec::new();
    let mut sent = 0;
    for tick in 1..=ticks {
        let now_ms = f64::from(tick) * 20.0;
        while f64::from(sent) * 20.0 / (1.0 + ppm / 1e6) < now_ms {
            chance ^= chance << 13;
            chance ^= chance >> 17;
            chance ^= chance << 5;
            let share = f64::from(chance >> 8) / f64::from(1u32 << 24);
            under_way.push((f64::from(sent) * 20.0 / (1.0 + ppm / 1e6) + share * jitter_ms, sent));
            sent += 1;
        }
        under_way.sort_by(|one, other| one.0.total_cmp(&other.0));
        while under_way.first().is_some_and(|(at_ms, _)| *at_ms < now_ms) {
            let (_, number) = under_way.remove(0);
            let timestamp = RtpTimestamp::new(number.wrapping_mul(160));
            late += u32::from(!recorder.handle_audio(LAW, timestamp, &packet(number), number == 0));
        }
        recorder.handle_tick(1);
        drain(&mut recorder, &mut samples);
    }
    recorder.finish();
    drain(&mut recorder, &mut samples);
    (samples, late)
}

fn drain(recorder: &mut Recorder, samples: &mut Vec<i16>) {
    while let Some(recorded) = recorder.poll() {
        if let Recorded::Chunk(_, chunk) = recorded {
            assert_eq!(chunk.silence_before(), 0);
            samples.extend_from_slice(chunk.samples());
            recorder.recycle(chunk);
        }
    }
}

/// The greatest second difference: what a click makes far greater than the tone has it.
fn bend(samples: &[i16]) -> i32 {
    let value = |n: usize| i32::from(samples[n]);
    (2..samples.len()).map(|n| (value(n) - 2 * value(n - 1) + value(n - 2)).abs()).max().unwrap_or(0)
}

fn assert_tone(samples: &[i16], what: &str) {
    let clean: Vec<i16> = (0..50).flat_map(packet).map(|byte| LAW.law().decode(byte)).collect();
    let (most, limit) = (bend(samples), bend(&clean) * 5 / 4);
    assert!(most <= limit, "{what}: a bend of {most}, {limit} allowed");
    for (number, frame) in samples.chunks(FRAME_SAMPLES).enumerate() {
        let square: f64 = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        let level = (square / frame.len() as f64).sqrt() / (PEAK / 2f64.sqrt());
        assert!((0.8..1.2).contains(&level), "{what}: frame {number} is {level:.2} times as loud");
    }
}

#[test]
fn half_an_hour_of_clocks_200_ppm_apart_has_no_gap_and_no_click() {
    for ppm in [200.0, -200.0] {
        let (samples, late) = recorded(ppm, 0.0, TICKS);
        assert_eq!(late, 0, "{ppm} ppm");
        let frames = samples.len() / FRAME_SAMPLES;
        assert!((TICKS as usize..TICKS as usize + 10).contains(&frames), "{ppm} ppm: {frames} frames");
        let begins = samples.iter().position(|sample| *sample != 0).expect("a tone");
        assert!(begins <= 2 * FRAME_SAMPLES, "{begins}");
        assert_tone(&samples[begins..TICKS as usize * FRAME_SAMPLES - 960], &format!("{ppm} ppm"));
    }
}

#[test]
fn jitter_of_150_ms_is_waited_for_once_it_is_known() {
    let (samples, late) = recorded(50.0, 150.0, 60 * 50);
    assert!(late <= 5, "{late} packets were lost before the delay had grown");
    let settled = 15 * 8000;
    assert_tone(&samples[settled..60 * 8000 - 4000], "jitter");
}
