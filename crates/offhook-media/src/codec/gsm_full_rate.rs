//! GSM 06.10 full rate, the decoder alone: 160 samples at 8000 Hz from 260 bits.
//!
//! Written after ETSI EN 300 961 (GSM 06.10) §5.3, in its fixed-point arithmetic and bit-exact with
//! it. Two packings are in use in files: 33 bytes with the nibble 0xD in front, most significant bit
//! first (RFC 3551 §4.5.8.1), and Microsoft's WAV49, two frames in 65 bytes, least significant bit
//! first. Left out: the encoder, and the comfort noise and substitution of the mobile network.

/// Bytes of a frame in the packing of RFC 3551.
pub const FRAME_BYTES: usize = 33;
/// Bytes of two frames in the packing of WAV49.
pub const WAV49_BYTES: usize = 65;
/// Samples of one frame.
pub const SAMPLES: usize = 160;
/// The upper nibble of each frame's first byte in the packing of RFC 3551.
pub const SIGNATURE: u8 = 0xd;

/// One frame of audio.
pub type GsmFrame = [i16; SAMPLES];

/// Samples of a subframe.
const SUBFRAME: usize = 40;
/// The longest lag of the long-term predictor.
const LAG_MAX: usize = 120;

/// Bits of the eight log-area ratios (table 1.1).
const LAR_BITS: [u32; 8] = [6, 6, 5, 5, 4, 4, 3, 3];
/// Tables 5.1 and 5.2: offsets, steps and lowest codes of the log-area ratios.
const B: [i16; 8] = [0, 0, 2048, -2560, 94, -1792, -341, -1144];
const INVA: [i16; 8] = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708];
const MIC: [i16; 8] = [-32, -32, -16, -16, -8, -8, -4, -4];
/// Table 5.3b: gains of the long-term predictor.
const QLB: [i16; 4] = [3277, 11_469, 21_299, 32_767];
/// Table 5.6: mantissas of the residual.
const FAC: [i16; 8] = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];
/// §5.3.5: the pole of the de-emphasis.
const DE_EMPHASIS: i16 = 28_180;

/// The parameters of one frame, as they were coded.
struct Parameters {
    lar: [i16; 8],
    subframes: [Subframe; 4],
}

struct Subframe {
    lag: usize,
    gain: usize,
    grid: usize,
    block_maximum: i16,
    pulses: [i16; 13],
}

/// The decoder with its memory; one for each stream.
#[derive(Debug)]
pub struct GsmDecoder {
    /// The reconstructed residual of the last 120 samples, and room for a subframe.
    residual: [i16; LAG_MAX + SUBFRAME],
    lag: usize,
    lar: [i16; 8],
    lattice: [i16; 9],
    de_emphasis: i16,
}

impl Default for GsmDecoder {
    fn default() -> Self {
        Self { residual: [0; LAG_MAX + SUBFRAME], lag: 40, lar: [0; 8], lattice: [0; 9], de_emphasis: 0 }
    }
}

impl GsmDecoder {
    /// Decode one frame in the packing of RFC 3551. The signature is not looked at.
    pub fn decode(&mut self, bytes: &[u8; FRAME_BYTES]) -> GsmFrame {
        let mut place = 4;
        let parameters = Parameters::read(|bits| {
            (0..bits).fold(0, |value, _| {
                let bit = bytes[place / 8] >> (7 - place % 8) & 1;
                place += 1;
                value << 1 | i16::from(bit)
            })
        });
        self.synthesise(&parameters)
    }

    /// Decode two frames in the packing of WAV49.
    pub fn decode_wav49(&mut self, bytes: &[u8; WAV49_BYTES]) -> [GsmFrame; 2] {
        let mut place = 0;
        let mut read = |bits| {
            (0..bits).fold(0, |value, index| {
                let bit = bytes[place / 8] >> (place % 8) & 1;
                place += 1;
                value | i16::from(bit) << index
            })
        };
        let (first, second) = (Parameters::read(&mut read), Parameters::read(&mut read));
        [self.synthesise(&first), self.synthesise(&second)]
    }

    fn synthesise(&mut self, parameters: &Parameters) -> GsmFrame {
        let mut frame = [0; SAMPLES];
        for (subframe, samples) in parameters.subframes.iter().zip(frame.chunks_exact_mut(SUBFRAME)) {
            self.predict(subframe, samples);
        }
        self.filter(&parameters.lar, &mut frame);
        for sample in &mut frame {
            // §5.3.5 to 5.3.7: de-emphasis, upscaling, truncation to 13 bits
            let value = sample.saturating_add(mult_r(self.de_emphasis, DE_EMPHASIS));
            self.de_emphasis = value;
            *sample = value.saturating_add(value) & !7;
        }
        frame
    }

    /// §5.3.1, 5.3.2: the residual of one subframe from its pulses and what was one lag before.
    fn predict(&mut self, subframe: &Subframe, samples: &mut [i16]) {
        let mut pulses = [0; SUBFRAME];
        let amplitudes = subframe.amplitudes();
        for (index, amplitude) in amplitudes.into_iter().enumerate() {
            pulses[subframe.grid + 3 * index] = amplitude;
        }
        if (40..=LAG_MAX).contains(&subframe.lag) {
            self.lag = subframe.lag;
        }
        let gain = QLB[subframe.gain];
        for (index, pulse) in pulses.into_iter().enumerate() {
            let before = self.residual[LAG_MAX + index - self.lag];
            self.residual[LAG_MAX + index] = pulse.saturating_add(mult_r(gain, before));
        }
        samples.copy_from_slice(&self.residual[LAG_MAX..]);
        self.residual.copy_within(SUBFRAME.., 0);
    }

    /// §5.3.3, 5.3.4: the short-term synthesis, its coefficients eased over from frame to frame.
    fn filter(&mut self, coded: &[i16; 8], frame: &mut GsmFrame) {
        let lar: [i16; 8] = std::array::from_fn(|index| log_area_ratio(index, coded[index]));
        let old = self.lar;
        let blend = |weigh: fn(i16, i16) -> i16| {
            std::array::from_fn(|index| reflection(weigh(old[index], lar[index])))
        };
        // Table 5.4: which samples take which mixture of the two frames' coefficients
        let coefficients: [(usize, [i16; 8]); 4] = [
            (13, blend(|old, new| (old >> 2).saturating_add(new >> 2).saturating_add(old >> 1))),
            (27, blend(|old, new| (old >> 1).saturating_add(new >> 1))),
            (40, blend(|old, new| (old >> 2).saturating_add(new >> 2).saturating_add(new >> 1))),
            (SAMPLES, blend(|_, new| new)),
        ];
        let mut start = 0;
        for (end, reflections) in coefficients {
            for sample in &mut frame[start..end] {
                *sample = self.lattice_step(&reflections, *sample);
            }
            start = end;
        }
        self.lar = lar;
    }

    fn lattice_step(&mut self, reflections: &[i16; 8], residual: i16) -> i16 {
        let mut value = residual;
        for index in (0..8).rev() {
            let memory = self.lattice[index];
            value = value.saturating_sub(mult_r(reflections[index], memory));
            self.lattice[index + 1] = memory.saturating_add(mult_r(reflections[index], value));
        }
        self.lattice[0] = value;
        value
    }
}

impl Parameters {
    /// Table 1.1: the order of the parameters; `read` takes the next so many bits.
    fn read(mut read: impl FnMut(u32) -> i16) -> Self {
        let lar = LAR_BITS.map(&mut read);
        let subframes = std::array::from_fn(|_| Subframe {
            lag: usize::from(read(7).unsigned_abs()),
            gain: usize::from(read(2).unsigned_abs()),
            grid: usize::from(read(2).unsigned_abs()),
            block_maximum: read(6),
            pulses: std::array::from_fn(|_| read(3)),
        });
        Self { lar, subframes }
    }
}

impl Subframe {
    /// §5.2.16: the amplitudes of the pulses, from block maximum and codes.
    fn amplitudes(&self) -> [i16; 13] {
        let mut exponent = if self.block_maximum > 15 { (self.block_maximum >> 3) - 1 } else { 0 };
        let mut mantissa = self.block_maximum - (exponent << 3);
        if mantissa == 0 {
            (exponent, mantissa) = (-4, 7);
        } else {
            while mantissa <= 7 {
                mantissa = mantissa << 1 | 1;
                exponent -= 1;
            }
            mantissa -= 8;
        }
        let factor = FAC[usize::from(mantissa.unsigned_abs())];
        let shift = 6 - exponent; // 0 to 10
        let rounding = if shift == 0 { 0 } else { 1 << (shift - 1) };
        self.pulses.map(|pulse| {
            let amplitude = mult_r(factor, (2 * pulse - 7) << 12);
            amplitude.saturating_add(rounding) >> shift
        })
    }
}

/// §5.2.8: a log-area ratio from its code.
fn log_area_ratio(index: usize, code: i16) -> i16 {
    let scaled = ((code + MIC[index]) << 10).saturating_sub(B[index] << 1);
    let ratio = mult_r(INVA[index], scaled);
    ratio.saturating_add(ratio)
}

/// §5.2.9.2: a reflection coefficient from a log-area ratio.
fn reflection(ratio: i16) -> i16 {
    let magnitude = ratio.saturating_abs();
    let coefficient = match magnitude {
        ..11_059 => magnitude << 1,
        11_059..20_070 => magnitude + 11_059,
        _ => (magnitude >> 2).saturating_add(26_112),
    };
    if ratio < 0 { -coefficient } else { coefficient }
}

/// §5.1: product of two fractions, rounded.
#[expect(clippy::cast_possible_truncation, reason = "the one product that does not fit is named")]
const fn mult_r(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    ((a as i32 * b as i32 + 16_384) >> 15) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bits_give_a_frame_and_the_lag_is_kept_when_it_is_none() {
        let mut decoder = GsmDecoder::default();
        for byte in 0..=255 {
            decoder.decode(&[byte; FRAME_BYTES]);
            assert!((40..=LAG_MAX).contains(&decoder.lag));
            decoder.decode_wav49(&[byte; WAV49_BYTES]);
        }
    }

    #[test]
    fn both_packings_hold_the_same_parameters() {
        let one: [u8; FRAME_BYTES] = std::array::from_fn(|n| 0xd0 | (n * 37).to_le_bytes()[0]);
        let mut bits = Vec::new();
        for place in 4..264 {
            bits.push(one[place / 8] >> (7 - place % 8) & 1);
        }
        // Each parameter turned round: its least significant bit comes first.
        let widths = LAR_BITS.into_iter().chain((0..4).flat_map(|_| [7, 2, 2, 6].into_iter().chain([3; 13])));
        let mut turned = Vec::new();
        for width in widths {
            let value: Vec<u8> = bits.drain(..width as usize).collect();
            turned.extend(value.into_iter().rev());
        }
        let mut two = [0; WAV49_BYTES];
        for (place, bit) in turned.repeat(2).into_iter().enumerate() {
            two[place / 8] |= bit << (place % 8);
        }
        let (mut plain, mut wav49) = (GsmDecoder::default(), GsmDecoder::default());
        assert_eq!(wav49.decode_wav49(&two), [plain.decode(&one), plain.decode(&one)]);
    }
}
