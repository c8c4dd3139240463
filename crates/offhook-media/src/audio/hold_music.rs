//! The music of those who wait, where the application names none: sixteen seconds, to be looped.
//!
//! Eight bars of broken chords on a soft bell, made here of sines: no recording of anybody's, no
//! licence but ours. One note peaks at some -20 dBm0, as loud as prompts are.

use std::f64::consts::TAU;

const RATE_HZ: f64 = 8000.0;
/// Samples from one note to the next: half a second.
const BEAT: usize = 4000;
/// Samples for which a bell sounds: two seconds; it fades to a fiftieth meanwhile.
const NOTE: usize = 16_000;
/// Samples in which it rises: 10 ms.
const ATTACK: usize = 80;
/// Of one note, of 32767.
const PEAK: f64 = 3000.0;

const A4_HZ: f64 = 440.0;
const A4: u8 = 69;
/// The notes of each bar, one a beat, by their MIDI numbers: A minor, F, C, G; A minor, F, D minor, G7.
const BARS: [[u8; 4]; 8] = [
    [57, 60, 64, 69],
    [53, 57, 60, 65],
    [48, 55, 60, 64],
    [55, 59, 62, 67],
    [57, 60, 64, 72],
    [53, 60, 65, 69],
    [50, 57, 62, 65],
    [55, 62, 65, 71],
];
/// Of a bell: multiple of the pitch, loudness, how much faster than the pitch it fades.
const PARTIALS: [(f64, f64, f64); 3] = [(1.0, 1.0, 1.0), (2.0, 0.35, 1.6), (3.0, 0.12, 2.4)];

/// One round, which begins where it ends: the last notes fade into the first bar.
#[expect(clippy::cast_possible_truncation, reason = "four notes at once stay below full scale")]
pub fn hold_music() -> Vec<i16> {
    let notes = BARS.as_flattened();
    let mut mixed = vec![0.0; BEAT * notes.len()];
    let length = mixed.len();
    for (index, note) in notes.iter().enumerate() {
        for (offset, value) in bell(*note).enumerate() {
            mixed[(index * BEAT + offset) % length] += value;
        }
    }
    mixed.into_iter().map(|value: f64| value.round() as i16).collect()
}

fn bell(note: u8) -> impl Iterator<Item = f64> {
    let pitch = A4_HZ * ((f64::from(note) - f64::from(A4)) / 12.0).exp2();
    let fade = 50f64.ln() / NOTE as f64;
    (0..NOTE).map(move |n| {
        let attack = (n as f64 / ATTACK as f64).min(1.0);
        let sum: f64 = PARTIALS
            .iter()
            .map(|(multiple, loudness, haste)| {
                let angle = TAU * pitch * multiple * n as f64 / RATE_HZ;
                loudness * (-fade * haste * n as f64).exp() * angle.sin()
            })
            .sum();
        PEAK * attack * sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_sixteen_seconds_without_a_click_at_its_seam() {
        let round = hold_music();
        assert_eq!(round.len(), 16 * 8000);
        let seam = (i32::from(round[0]) - i32::from(round[round.len() - 1])).abs();
        assert!(seam < 500, "{seam}");
    }

    #[test]
    fn it_sounds_all_the_time_and_never_too_loud() {
        let round = hold_music();
        assert!(round.iter().all(|value| value.unsigned_abs() < 16_000));
        for second in round.chunks(8000) {
            let power: f64 = second.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / 8000.0;
            assert!(power.sqrt() > 300.0, "{}", power.sqrt());
        }
    }
}
