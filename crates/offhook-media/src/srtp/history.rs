//! Which packets of a source were seen, by their index: the estimate of the roll-over counter
//! (RFC 3711 §3.3.1) and the window against replay (§3.3.2).
//!
//! ```text
//! sequence number   65534  65535      0      1  65533 (late)
//! roll-over counter     0      0      1      1      0
//! index             65534  65535  65536  65537  65533
//! ```

use super::SrtpError;
use crate::units::SeqNo;

/// Packets behind the newest one that are told apart; §3.3.2 wants at least so many.
pub const WINDOW: u64 = 64;
/// Behind the last index of RTP: 48 bits (§3.3.1).
pub const RTP_INDEX_END: u64 = 1 << 48;

/// See the head of the file.
#[derive(Clone, Copy, Debug)]
pub struct History {
    highest: u64,
    /// Bit n: the packet n before the highest was seen.
    seen: u64,
}

impl History {
    /// The first packet of a source was seen.
    pub const fn begin(index: u64) -> Self {
        Self { highest: index, seen: 1 }
    }

    /// The index that a sequence number stands for, the short way round from the highest one.
    ///
    /// # Errors
    /// `Replayed` for a packet from before the first index, which is too old to have one;
    /// `KeyExhausted` for one behind the last.
    pub fn estimate(&self, sequence_number: SeqNo) -> Result<u64, SrtpError> {
        let (rollovers, newest) = (self.highest >> 16, self.highest & 0xffff);
        let number = u64::from(sequence_number.get());
        let rollovers = if newest < 0x8000 {
            if number > newest + 0x8000 {
                rollovers.checked_sub(1).ok_or(SrtpError::Replayed)?
            } else {
                rollovers
            }
        } else if number + 0x8000 < newest {
            rollovers + 1
        } else {
            rollovers
        };
        let index = (rollovers << 16) | number;
        if index < RTP_INDEX_END { Ok(index) } else { Err(SrtpError::KeyExhausted) }
    }

    /// Whether it was not seen, and is new enough for us to know.
    pub const fn is_fresh(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            Some(behind) => behind < WINDOW && self.seen & (1 << behind) == 0,
            None => true,
        }
    }

    /// It was seen. To be called for authentic packets alone.
    pub const fn enter(&mut self, index: u64) {
        if let Some(behind) = self.highest.checked_sub(index) {
            if behind < WINDOW {
                self.seen |= 1 << behind;
            }
        } else {
            let ahead = index - self.highest;
            self.seen = if ahead < WINDOW { (self.seen << ahead) | 1 } else { 1 };
            self.highest = index;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn estimated(highest: u64, number: u16) -> Result<u64, SrtpError> {
        History::begin(highest).estimate(SeqNo::new(number))
    }

    #[test]
    fn the_counter_rolls_over_forwards_and_back() {
        assert_eq!(estimated(0xfffe, 0xffff), Ok(0xffff));
        assert_eq!(estimated(0xffff, 0), Ok(0x1_0000));
        assert_eq!(estimated(0x1_0001, 0xfffe), Ok(0xfffe));
        assert_eq!(estimated(0x5_8000, 0), Ok(0x5_0000), "32768 back is not forwards");
        assert_eq!(estimated(0x5_8001, 0), Ok(0x6_0000));
        assert_eq!(estimated(0x5_7fff, 0xffff), Ok(0x5_ffff));
        assert_eq!(estimated(0x5_7ffe, 0xffff), Ok(0x4_ffff));
    }

    #[test]
    fn nothing_comes_before_the_first_index_or_behind_the_last() {
        assert_eq!(estimated(3, 0xfff0), Err(SrtpError::Replayed));
        assert_eq!(estimated(RTP_INDEX_END - 1, 0), Err(SrtpError::KeyExhausted));
        assert_eq!(estimated(RTP_INDEX_END - 1, 0xfffe), Ok(RTP_INDEX_END - 2));
    }

    #[test]
    fn the_window_is_as_long_as_the_standard_wants_and_no_longer() {
        let mut history = History::begin(1000);
        assert!(!history.is_fresh(1000));
        assert!(history.is_fresh(1000 - (WINDOW - 1)));
        assert!(!history.is_fresh(1000 - WINDOW), "too old to be known");
        history.enter(1000 + WINDOW - 1);
        assert!(!history.is_fresh(1000), "it was seen");
        history.enter(5000);
        assert!(history.is_fresh(4999));
    }

    proptest! {
        #[test]
        fn within_half_a_round_the_estimate_is_right(highest in 0u64..RTP_INDEX_END, step in -0x7fffi64..0x8000) {
            if let Some(index) = highest.checked_add_signed(step).filter(|index| *index < RTP_INDEX_END) {
                #[expect(clippy::cast_possible_truncation, reason = "the lower 16 bits are what is sent")]
                let number = index as u16;
                prop_assert_eq!(estimated(highest, number), Ok(index));
            }
        }

        #[test]
        fn nothing_is_fresh_twice_and_all_that_is_new_is(steps in prop::collection::vec(-80i64..90, 1..300)) {
            let (mut highest, mut seen) = (10_000u64, HashSet::from([10_000]));
            let mut history = History::begin(highest);
            for step in steps {
                let index = highest.saturating_add_signed(step);
                let expected = !seen.contains(&index) && index + WINDOW > highest;
                prop_assert_eq!(history.is_fresh(index), expected);
                if expected {
                    history.enter(index);
                    seen.insert(index);
                    highest = highest.max(index);
                }
            }
        }
    }
}
