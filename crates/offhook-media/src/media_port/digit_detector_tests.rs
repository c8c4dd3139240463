//! Tones of keys as packets of G.711: durations, pauses, losses, noise.

use proptest::prelude::*;

use super::super::keypad::tone_of;
use super::*;
use crate::audio::dual_tone::{COLUMNS_HZ, ROWS_HZ};

const LAW: Law = Law::Mu;
const PACKET: usize = 160;

/// Noise that is the same at each run: xorshift.
struct Noise(u32);

impl Noise {
    /// Even between -1 and 1.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / u32::MAX as f32 * 2.0 - 1.0
    }
}

/// `(key or a space for a pause, samples)` as sound, with peaks of 4000 for each tone.
fn sound(parts: &[(char, usize)]) -> Vec<f32> {
    let mut samples = Vec::new();
    for (key, length) in parts {
        let tone = Key::from_char(*key).map(tone_of);
        for n in 0..*length {
            let sine = |hz: f32| 4000.0 * (std::f32::consts::TAU * hz * n as f32 / 8000.0).sin();
            samples.push(tone.map_or(0.0, |tone| sine(ROWS_HZ[tone.row]) + sine(COLUMNS_HZ[tone.column])));
        }
    }
    samples
}

/// One sample as the line carries it.
#[expect(clippy::cast_possible_truncation, reason = "clipped, as a line would")]
fn coded(sample: &f32) -> u8 {
    LAW.encode(sample.clamp(-32_767.0, 32_767.0) as i16)
}

/// The keys heard in a sound, when the packets for which `is_lost` holds never come.
fn keys(sound: &[f32], is_lost: impl Fn(usize) -> bool) -> String {
    let mut detector = DigitDetector::new();
    let mut keys = String::new();
    for (index, packet) in sound.chunks(PACKET).enumerate().filter(|(index, _)| !is_lost(*index)) {
        let payload: Vec<u8> = packet.iter().map(coded).collect();
        let ticks = u32::try_from(index * PACKET).expect("minutes");
        let timestamp = RtpTimestamp::new(u32::MAX - 500).later_by(ticks);
        let now = Moment::from_nanos(index as u64 * 20_000_000);
        detector.handle_audio(LAW, timestamp, &payload, now, |key| keys.push(key.to_char()));
    }
    keys
}

fn heard(parts: &[(char, usize)]) -> String {
    keys(&sound(parts), |_| false)
}

#[test]
fn q24_every_key_of_40_ms_with_40_ms_between_is_heard_once() {
    for shift in 0..HOP_SAMPLES {
        let mut parts = vec![(' ', 400 + shift)];
        for key in "123A456B789C*0#D".chars() {
            parts.extend([(key, 320), (' ', 320)]);
        }
        assert_eq!(heard(&parts), "123A456B789C*0#D", "{shift}");
    }
}

#[test]
fn a_key_held_for_long_is_one_press_and_the_same_key_again_is_two() {
    assert_eq!(heard(&[('5', 40_000), (' ', 320), ('5', 800), (' ', 320)]), "55");
}

#[test]
fn q24_a_burst_below_23_ms_is_no_key() {
    for shift in 0..HOP_SAMPLES {
        assert_eq!(heard(&[(' ', 400 + shift), ('7', 183), (' ', 400)]), "", "{shift}");
    }
}

#[test]
fn q24_a_break_of_20_ms_is_no_pause_and_one_of_28_ms_is() {
    for shift in 0..HOP_SAMPLES {
        for (pause, keys) in [(80, "7"), (160, "7"), (224, "77")] {
            let parts = [(' ', 400 + shift), ('7', 500), (' ', pause), ('7', 500), (' ', 400)];
            assert_eq!(heard(&parts), keys, "{shift} {pause}");
        }
    }
}

#[test]
fn keys_that_follow_each_other_without_a_pause_are_both_heard() {
    assert_eq!(heard(&[('1', 800), ('9', 800), ('1', 800)]), "191");
}

#[test]
fn a_lost_packet_within_a_key_makes_no_second_press() {
    let pressed = sound(&[(' ', 320), ('4', 1600), (' ', 640)]);
    for lost in 3..11 {
        assert_eq!(keys(&pressed, |packet| packet == lost), "4", "{lost}");
        assert_eq!(keys(&pressed, |packet| packet == lost || packet == lost + 1), "4", "{lost}");
    }
}

#[test]
fn a_sender_that_suppresses_silence_presses_twice() {
    let pressed = sound(&[('4', 800), (' ', 800), ('4', 800)]);
    assert_eq!(keys(&pressed, |packet| (5..10).contains(&packet)), "44");
}

#[test]
fn an_overtaken_packet_is_passed_over_and_a_jump_back_is_followed() {
    let mut detector = DigitDetector::new();
    let payload = [LAW.silence(); PACKET];
    for (timestamp, expected) in [(1000, 1160), (1320, 1480), (1160, 1480), (500_000, 500_160), (7, 167)] {
        detector.handle_audio(LAW, RtpTimestamp::new(timestamp), &payload, Moment::from_nanos(0), |_| {});
        assert_eq!(detector.expected, Some(RtpTimestamp::new(expected)));
    }
}

#[test]
fn q24_keys_are_heard_in_noise_of_15_db_and_none_in_noise_alone() {
    let mut parts = Vec::new();
    for key in "123A456B789C*0#D".chars() {
        parts.extend([(key, 400), (' ', 400)]);
    }
    let mut noise = Noise(7);
    // Two sines of 4000 have a power of 4000²; even noise of peak p has p²/3.
    let noisy: Vec<f32> = sound(&parts).iter().map(|sample| sample + 1230.0 * noise.next()).collect();
    assert_eq!(keys(&noisy, |_| false), "123A456B789C*0#D");
    let minutes: Vec<f32> = (0..8000 * 120).map(|_| 12_000.0 * noise.next()).collect();
    assert_eq!(keys(&minutes, |_| false), "");
}

#[test]
fn a_flood_of_keys_is_cut() {
    let parts: Vec<(char, usize)> =
        (0..200).flat_map(|n| [(if n % 2 == 0 { '1' } else { '2' }, 320), (' ', 320)]).collect();
    let mut detector = DigitDetector::new();
    let payload: Vec<u8> = sound(&parts).iter().map(coded).collect();
    let mut count = 0;
    detector.handle_audio(LAW, RtpTimestamp::new(0), &payload, Moment::from_nanos(0), |_| count += 1);
    assert_eq!(count, crate::rtp_session::KEY_BURST);
}

proptest! {
    #[test]
    fn any_packets_are_taken(
        packets in prop::collection::vec((any::<u32>(), prop::collection::vec(any::<u8>(), 0..400)), 0..30)
    ) {
        let mut detector = DigitDetector::new();
        for (timestamp, payload) in packets {
            detector.handle_audio(LAW, RtpTimestamp::new(timestamp), &payload, Moment::from_nanos(0), |_| {});
            prop_assert!(detector.filled < BLOCK_SAMPLES);
        }
    }
}
