//! G.711 µ-law and A-law: one byte a sample, 8000 samples a second.
//!
//! Bit-exact with the ITU-T G.191 reference functions on 16-bit samples. Decoding is a table of
//! 256; one sample is encoded by arithmetic, many by a table of the bits that count.

/// The companding law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// µ-law, North America and Japan (G.711 table 2).
    Mu,
    /// A-law, elsewhere (G.711 table 1).
    A,
}

static MU_TABLE: [i16; 256] = decode_table(Law::Mu);
static A_TABLE: [i16; 256] = decode_table(Law::A);
/// By the upper 14 bits of a sample: the others do not count.
static MU_CODES: [u8; 1 << 14] = code_table(Law::Mu);
/// By the upper 12.
static A_CODES: [u8; 1 << 12] = code_table(Law::A);
static MU_TO_A: [u8; 256] = conversion_table(Law::Mu, Law::A);
static A_TO_MU: [u8; 256] = conversion_table(Law::A, Law::Mu);

impl Law {
    /// The byte for a sample of zero.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Mu => 0xff,
            Self::A => 0xd5,
        }
    }

    /// One sample as its byte.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => encode_mu(sample),
            Self::A => encode_a(sample),
        }
    }

    /// One byte as its sample.
    pub fn decode(self, byte: u8) -> i16 {
        self.table()[usize::from(byte)]
    }

    /// Encode as many samples as both sides hold.
    pub fn encode_into(self, samples: &[i16], bytes: &mut [u8]) {
        match self {
            Self::Mu => encode_by(&MU_CODES, samples, bytes),
            Self::A => encode_by(&A_CODES, samples, bytes),
        }
    }

    /// Decode as many bytes as both sides hold.
    pub fn decode_into(self, bytes: &[u8], samples: &mut [i16]) {
        let table = self.table();
        for (sample, byte) in samples.iter_mut().zip(bytes) {
            *sample = table[usize::from(*byte)];
        }
    }

    /// Turn bytes of this law into bytes of `other`, in place.
    pub fn convert(self, other: Self, bytes: &mut [u8]) {
        let table = match (self, other) {
            (Self::Mu, Self::A) => &MU_TO_A,
            (Self::A, Self::Mu) => &A_TO_MU,
            (Self::Mu, Self::Mu) | (Self::A, Self::A) => return,
        };
        for byte in bytes {
            *byte = table[usize::from(*byte)];
        }
    }

    fn table(self) -> &'static [i16; 256] {
        match self {
            Self::Mu => &MU_TABLE,
            Self::A => &A_TABLE,
        }
    }
}

/// G.191 `ulaw_compress`: 14-bit magnitude plus bias 33, seven-bit code inverted.
#[expect(clippy::cast_possible_truncation, reason = "each part is masked to its bits")]
const fn encode_mu(sample: i16) -> u8 {
    let magnitude = if sample < 0 { !sample } else { sample } as u16;
    let mut biased = (magnitude >> 2) + 33;
    if biased > 0x1fff {
        biased = 0x1fff;
    }
    let segment = 16 - (biased >> 6).leading_zeros() + 1;
    let step = (biased >> segment) as u8 & 0x0f;
    let code = ((8 - segment as u8) << 4) | (0x0f - step);
    if sample < 0 { code } else { code | 0x80 }
}

/// G.191 `alaw_compress`: 12-bit magnitude, even bits inverted.
#[expect(clippy::cast_possible_truncation, reason = "each part is masked to its bits")]
const fn encode_a(sample: i16) -> u8 {
    let magnitude = (if sample < 0 { !sample } else { sample } as u16) >> 4;
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let exponent = 16 - magnitude.leading_zeros() - 4; // 2 for 32..63
        let mantissa = (magnitude >> (exponent - 1)) as u8 & 0x0f;
        ((exponent as u8) << 4) | mantissa
    };
    (if sample < 0 { code } else { code | 0x80 }) ^ 0x55
}

/// N codes, each of 65,536 / N neighbouring samples.
const fn code_table<const N: usize>(law: Law) -> [u8; N] {
    let mut table = [0; N];
    let mut at = 0;
    while at < N {
        #[expect(clippy::cast_possible_truncation, reason = "below 65,536")]
        let sample = (at * (65_536 / N)) as u16;
        table[at] = law.encode(sample as i16);
        at += 1;
    }
    table
}

fn encode_by<const N: usize>(codes: &[u8; N], samples: &[i16], bytes: &mut [u8]) {
    for (byte, sample) in bytes.iter_mut().zip(samples) {
        *byte = codes[usize::from(*sample as u16) * N / 65_536];
    }
}

/// Through linear samples, as decoding and encoding do.
const fn conversion_table(from: Law, to: Law) -> [u8; 256] {
    let linear = decode_table(from);
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = to.encode(linear[byte]);
        byte += 1;
    }
    table
}

#[expect(clippy::cast_possible_truncation, reason = "below 256")]
const fn decode_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match law {
            Law::Mu => decode_mu(byte as u8),
            Law::A => decode_a(byte as u8),
        };
        byte += 1;
    }
    table
}

/// G.191 `ulaw_expand`.
const fn decode_mu(byte: u8) -> i16 {
    let inverted = !byte;
    let exponent = (inverted >> 4) & 7;
    let mantissa = (inverted & 0x0f) as i16;
    let step = 8 << exponent;
    let magnitude = (0x80 << exponent) + step * mantissa + step / 2 - 4 * 33;
    if byte & 0x80 == 0 { -magnitude } else { magnitude }
}

/// G.191 `alaw_expand`.
const fn decode_a(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let exponent = (code >> 4) & 7;
    let mantissa = (code & 0x0f) as i16;
    let magnitude =
        if exponent == 0 { (mantissa << 4) + 8 } else { (((mantissa + 16) << 4) + 8) << (exponent - 1) };
    if byte & 0x80 == 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.711 by its tables: a sample belongs to the interval between two decision values.
    ///
    /// µ-law (table 2a): segment s has 16 steps of 2^(s+1) in 14 bits and begins at 32·2^s-33.
    /// A-law (table 1a): two segments of 16 steps of 2, then each twice as coarse, in 13 bits.
    fn decision_values(law: Law) -> Vec<i32> {
        let mut values = Vec::new();
        match law {
            Law::Mu => {
                for segment in 0..8 {
                    for step in 0..16 {
                        values.push(((32 << segment) - 33 + step * (2 << segment)).max(0));
                    }
                }
            }
            Law::A => {
                for segment in 0..8i32 {
                    let (start, width) = if segment < 2 {
                        (32 * segment, 2)
                    } else {
                        (32 << (segment - 1), 2 << (segment - 1))
                    };
                    for step in 0..16 {
                        values.push(start + step * width);
                    }
                }
            }
        }
        values
    }

    fn reference(law: Law, sample: i16) -> u8 {
        let wide = i32::from(sample);
        let magnitude = if wide < 0 { -1 - wide } else { wide };
        let scaled = match law {
            Law::Mu => magnitude >> 2,
            Law::A => magnitude >> 3,
        };
        let values = decision_values(law);
        let code = values.iter().rposition(|decision| *decision <= scaled).expect("the first value is zero");
        let code = u8::try_from(code).expect("128 intervals");
        let sign = if sample < 0 { 0 } else { 0x80 };
        match law {
            Law::Mu => sign | (0x7f - code),
            Law::A => (sign | code) ^ 0x55,
        }
    }

    #[test]
    fn all_65536_samples_are_encoded_as_the_tables_of_g711_say() {
        for law in [Law::Mu, Law::A] {
            for sample in i16::MIN..=i16::MAX {
                assert_eq!(law.encode(sample), reference(law, sample), "{law:?} {sample}");
            }
            let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
            let mut bytes = vec![0; samples.len()];
            law.encode_into(&samples, &mut bytes);
            assert!(bytes.iter().zip(&samples).all(|(byte, sample)| *byte == law.encode(*sample)), "{law:?}");
        }
    }

    #[test]
    fn known_points_of_the_tables() {
        // G.711 tables 1a/2a, first and last rows, scaled to 16 bits as G.191 does
        assert_eq!(Law::Mu.encode(0), 0xff);
        assert_eq!(Law::Mu.encode(i16::MAX), 0x80);
        assert_eq!(Law::Mu.encode(i16::MIN), 0x00);
        assert_eq!(Law::Mu.decode(0x80), 32_124);
        assert_eq!(Law::Mu.decode(0x00), -32_124);
        assert_eq!(Law::Mu.decode(0xff), 0);
        assert_eq!(Law::A.encode(0), 0xd5);
        assert_eq!(Law::A.encode(i16::MAX), 0xaa);
        assert_eq!(Law::A.encode(i16::MIN), 0x2a);
        assert_eq!(Law::A.decode(0xaa), 32_256);
        assert_eq!(Law::A.decode(0xd5), 8);
        assert_eq!(Law::A.decode(0x55), -8);
    }

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=255u8 {
                let again = law.encode(law.decode(byte));
                // µ-law has two zeros; the negative one comes back as the positive one
                let expected = if law == Law::Mu && byte == 0x7f { 0xff } else { byte };
                assert_eq!(again, expected, "{law:?} {byte:#04x}");
            }
        }
    }

    #[test]
    fn conversion_is_what_decoding_and_encoding_gives() {
        for (from, to) in [(Law::Mu, Law::A), (Law::A, Law::Mu), (Law::Mu, Law::Mu), (Law::A, Law::A)] {
            let mut bytes: Vec<u8> = (0..=255).collect();
            from.convert(to, &mut bytes);
            for (before, after) in (0..=255u8).zip(bytes) {
                let expected = if from == to { before } else { to.encode(from.decode(before)) };
                assert_eq!(after, expected, "{from:?} {before:#04x}");
            }
        }
    }

    #[test]
    fn the_error_is_at_most_half_a_step() {
        for law in [Law::Mu, Law::A] {
            for sample in i16::MIN..=i16::MAX {
                let error = (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
                let step = i32::from(sample).abs() / 16 + 16;
                assert!(error <= step.max(660), "{law:?} {sample}: {error}");
            }
        }
    }
}
