//! Bytes made a little wrong: the ways in which peers, attackers and networks break packets and files.

use super::dice::Dice;

/// Numbers at which lengths and counts go wrong.
const NUMBERS: [u64; 14] =
    [0, 1, 2, 3, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// Make one to six changes: bits, bytes and numbers, parts taken out, doubled, or from another input.
pub fn mutate(input: &mut Vec<u8>, dice: &mut Dice, others: &[Vec<u8>]) {
    for _ in 0..=dice.below(6) {
        let at = dice.below(input.len() + 1);
        let end = input.len().min(at + dice.pick(&[0, 1, 2, 4, 8, 40, 200]));
        match dice.below(9) {
            0 | 1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            2 => put(input, at, &dice.pick(&NUMBERS).to_le_bytes()[..dice.pick(&[1, 2, 4])]),
            3 => {
                let number = dice.pick(&NUMBERS).to_be_bytes();
                put(input, at, &number[8 - dice.pick(&[1, 2, 4])..]);
            }
            4 => drop(input.drain(at..end)),
            5 => {
                let part = input[at..end].to_vec();
                let times = dice.pick(&[1, 2, 30]);
                input.splice(at..at, part.repeat(times));
            }
            6 => {
                for byte in &mut input[at..end] {
                    *byte = dice.byte();
                }
            }
            7 => input.truncate(at),
            _ => {
                let other = &others[dice.below(others.len())];
                let start = dice.below(other.len() + 1);
                let part = &other[start..other.len().min(start + dice.pick(&[1, 20, 200, 2000]))];
                input.splice(at..end, part.iter().copied());
            }
        }
    }
}

/// Write over what is there.
fn put(input: &mut [u8], at: usize, bytes: &[u8]) {
    for (place, byte) in input[at..].iter_mut().zip(bytes) {
        *place = *byte;
    }
}
