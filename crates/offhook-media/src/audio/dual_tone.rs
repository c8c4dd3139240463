//! The two tones of a key (ITU-T Q.23) in a block of samples, with the bounds of ITU-T Q.24.
//!
//! One block says whether it sounds like a key; how long a key must sound is for the caller
//! (`media_port/digit_detector`). The block is short, so that 1.5 % off frequency still falls into
//! the filter; the price is that a low tone 3.5 % off, which Q.24 would refuse, does so too.

use super::goertzel::{Goertzel, total_energy};

/// Samples of a block: 12.75 ms.
pub const BLOCK_SAMPLES: usize = 102;

/// Q.23: one row and one column sound together.
pub const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// See `ROWS_HZ`.
pub const COLUMNS_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// Energy in a block of a tone of -32 dBm0: Q.24 table A-1 asks for -25 dBm and more, less 1.5 dB
/// for a tone that is off frequency. 0 dBm0 is a sine with a peak of 22,303 (G.711 table 1).
const TONE_ENERGY_MIN: f32 = 560.0 * 560.0 * BLOCK_SAMPLES as f32 / 2.0;

/// The column may be stronger by 4 dB (Q.24), 6 with what the filter loses off frequency.
const COLUMN_OVER_ROW_MAX: f32 = 3.98;
/// The row may be stronger by 8 dB (Q.24), 10 with what the filter loses.
const ROW_OVER_COLUMN_MAX: f32 = 10.0;
/// What a tone must have over the others of its group: 8 dB.
const OVER_OTHERS_MIN: f32 = 6.3;
/// Least share of the two tones in all that is heard: signal to noise of 5 dB and more, less what
/// the filter loses; it is also what tells a key from a voice.
const SHARE_MIN: f32 = 0.7;

/// Which two tones sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DualTone {
    /// Index into `ROWS_HZ`.
    pub row: usize,
    /// Index into `COLUMNS_HZ`.
    pub column: usize,
}

/// How loud we send a row and a column: the column 2 dB louder, as telephones send it (ETSI ES 201 235-2,
/// sending level), since lines weaken it more. 0 dBm0 is a sine with a peak of 22,303 (G.711 table 1).
const ROW_PEAK: f32 = 7053.0; // -10 dBm0
const COLUMN_PEAK: f32 = 8879.0; // -8 dBm0

/// Samples of a rise or fall: 2 ms, so that nothing clicks. ES 201 235-2 asks for 7 ms at most.
const RAMP_SAMPLES: usize = 16;

impl DualTone {
    /// What sounds from its sample `from` on, of a key that is down for `length` samples; silence behind it.
    #[expect(clippy::cast_possible_truncation, reason = "both peaks together are 15,932")]
    pub fn render(self, from: usize, length: usize, samples: &mut [i16]) {
        for (n, sample) in (from..).zip(samples) {
            let edge = n.min(length.saturating_sub(1 + n)).min(RAMP_SAMPLES);
            let ramp = if n < length { edge as f32 / RAMP_SAMPLES as f32 } else { 0.0 };
            // The frequencies are whole, so that each second is as the first one.
            let time = (n % 8000) as f32 / 8000.0;
            let sine = |hz: f32, peak: f32| peak * (std::f32::consts::TAU * (hz * time).fract()).sin();
            let sound = sine(ROWS_HZ[self.row], ROW_PEAK) + sine(COLUMNS_HZ[self.column], COLUMN_PEAK);
            *sample = (ramp * sound).round() as i16;
        }
    }
}

/// The filters of the eight tones.
#[derive(Clone, Copy, Debug)]
pub struct DualToneFilter {
    rows: [Goertzel; 4],
    columns: [Goertzel; 4],
}

impl Default for DualToneFilter {
    fn default() -> Self {
        Self { rows: ROWS_HZ.map(Goertzel::new), columns: COLUMNS_HZ.map(Goertzel::new) }
    }
}

impl DualToneFilter {
    /// The two tones of a block, None when it does not sound like a key.
    pub fn find(&self, block: &[i16; BLOCK_SAMPLES]) -> Option<DualTone> {
        let total = total_energy(block);
        if total < 2.0 * TONE_ENERGY_MIN {
            return None; // silence costs nothing more
        }
        let (row, row_energy) = strongest(&self.rows, block)?;
        let (column, column_energy) = strongest(&self.columns, block)?;
        let is_key = row_energy.min(column_energy) >= TONE_ENERGY_MIN
            && column_energy <= row_energy * COLUMN_OVER_ROW_MAX
            && row_energy <= column_energy * ROW_OVER_COLUMN_MAX
            && row_energy + column_energy >= total * SHARE_MIN;
        is_key.then_some(DualTone { row, column })
    }
}

/// The one tone of a group that stands out, with its energy.
fn strongest(group: &[Goertzel; 4], block: &[i16; BLOCK_SAMPLES]) -> Option<(usize, f32)> {
    let energies = group.map(|filter| filter.energy(block));
    let (best, energy) =
        energies.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let stands_out =
        energies.iter().enumerate().all(|(index, other)| index == best || energy >= other * OVER_OTHERS_MIN);
    stands_out.then_some((best, energy))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A block of two sines: frequencies in Hz, peaks.
    #[expect(clippy::cast_possible_truncation, reason = "the peaks are below 16,000")]
    fn block(row: (f32, f32), column: (f32, f32)) -> [i16; BLOCK_SAMPLES] {
        let mut samples = [0; BLOCK_SAMPLES];
        for (n, sample) in samples.iter_mut().enumerate() {
            let sine =
                |(hz, peak): (f32, f32)| peak * (std::f32::consts::TAU * hz * n as f32 / 8000.0 + 1.0).sin();
            *sample = (sine(row) + sine(column)) as i16;
        }
        samples
    }

    fn find(row: (f32, f32), column: (f32, f32)) -> Option<DualTone> {
        DualToneFilter::default().find(&block(row, column))
    }

    fn peak(dbm0: f32) -> f32 {
        22_303.0 * 10f32.powf(dbm0 / 20.0)
    }

    #[test]
    fn q23_every_pair_is_found_up_to_1_5_percent_off() {
        for (row, row_hz) in ROWS_HZ.into_iter().enumerate() {
            for (column, column_hz) in COLUMNS_HZ.into_iter().enumerate() {
                for (off_row, off_column) in [(1.0, 1.0), (0.985, 1.015), (1.015, 0.985), (1.015, 1.015)] {
                    let found = find((row_hz * off_row, 4000.0), (column_hz * off_column, 4000.0));
                    assert_eq!(
                        found,
                        Some(DualTone { row, column }),
                        "{row_hz} {column_hz} {off_row} {off_column}"
                    );
                }
            }
        }
    }

    #[test]
    fn q24_levels() {
        for (dbm0, is_found) in [(-4.0, true), (-10.0, true), (-25.0, true), (-36.0, false)] {
            let found = find((852.0, peak(dbm0)), (1477.0, peak(dbm0)));
            assert_eq!(found.is_some(), is_found, "{dbm0}");
        }
    }

    #[test]
    fn q24_twist() {
        // positive: the column is stronger
        for (twist_db, is_found) in [(4.0, true), (8.0, false), (-8.0, true), (-13.0, false)] {
            let found = find((770.0, peak(-14.0)), (1336.0, peak(-14.0 + twist_db)));
            assert_eq!(found.is_some(), is_found, "{twist_db}");
        }
    }

    #[test]
    fn one_tone_or_two_of_one_group_are_no_key() {
        assert_eq!(find((697.0, 8000.0), (1209.0, 0.0)), None);
        assert_eq!(find((697.0, 4000.0), (941.0, 4000.0)), None);
        assert_eq!(find((350.0, 4000.0), (440.0, 4000.0)), None, "dial tone");
        assert_eq!(find((440.0, 4000.0), (480.0, 4000.0)), None, "ringback");
        assert_eq!(find((1400.0, 4000.0), (2060.0, 4000.0)), None);
    }

    #[test]
    fn what_is_sent_is_found_and_has_its_levels() {
        for (row, row_hz) in ROWS_HZ.into_iter().enumerate() {
            for (column, column_hz) in COLUMNS_HZ.into_iter().enumerate() {
                let mut samples = [1; 1000];
                DualTone { row, column }.render(0, 800, &mut samples);
                let block = samples[100..].first_chunk().expect("900 samples");
                assert_eq!(DualToneFilter::default().find(block), Some(DualTone { row, column }));
                let dbm0 = |hz: f32| {
                    let energy = Goertzel::new(hz).energy(&samples[16..784]) / 768.0;
                    10.0 * (energy / (22_303.0f32.powi(2) / 2.0)).log10()
                };
                assert!((dbm0(row_hz) + 10.0).abs() < 0.2, "{}", dbm0(row_hz));
                assert!((dbm0(column_hz) + 8.0).abs() < 0.2, "{}", dbm0(column_hz));
                assert!(samples[..3].iter().chain(&samples[797..800]).all(|sample| sample.abs() < 2000));
                assert_eq!(samples[800..], [0; 200]);
            }
        }
    }

    #[test]
    fn pieces_of_a_tone_join() {
        let (tone, mut whole, mut pieces) = (DualTone { row: 1, column: 2 }, [0; 800], [0; 800]);
        tone.render(0, 800, &mut whole);
        for (number, piece) in pieces.chunks_mut(160).enumerate() {
            tone.render(number * 160, 800, piece);
        }
        assert_eq!(whole, pieces);
    }

    proptest! {
        #[test]
        fn any_block_is_taken(samples in prop::collection::vec(any::<i16>(), BLOCK_SAMPLES)) {
            let block: [i16; BLOCK_SAMPLES] = samples.try_into().expect("as many");
            prop_assert_eq!(DualToneFilter::default().find(&block), None);
        }
    }
}
