//! Which samples came: a bit for each, of a frame and of the ring that frames are taken from.

use crate::units::FRAME_SAMPLES;

const WORD: usize = u64::BITS as usize;
const FRAME_WORDS: usize = FRAME_SAMPLES.div_ceil(WORD);
/// Bits of the last word of a frame.
const LAST_BITS: u64 = (1 << (FRAME_SAMPLES % WORD)) - 1;

/// Which samples of a frame came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence([u64; FRAME_WORDS]);

impl Presence {
    /// Each of them.
    pub const ALL: Self = Self([u64::MAX, u64::MAX, LAST_BITS]);
    /// Not one.
    pub const NONE: Self = Self([0; FRAME_WORDS]);

    /// Those for which `came` says so.
    #[cfg(test)]
    pub(super) fn from_fn(came: impl Fn(usize) -> bool) -> Self {
        let mut words = [0; FRAME_WORDS];
        for n in (0..FRAME_SAMPLES).filter(|n| came(*n)) {
            words[n / WORD] |= 1 << (n % WORD);
        }
        Self(words)
    }

    /// Whether each of them came.
    pub fn is_whole(&self) -> bool {
        *self == Self::ALL
    }

    /// Whether a sample of the frame came.
    pub const fn has(&self, sample: usize) -> bool {
        self.0[sample / WORD] >> (sample % WORD) & 1 == 1
    }

    /// How many came.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

/// The same of `64 * WORDS` samples in a ring.
#[derive(Debug)]
pub(super) struct PresenceRing<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> PresenceRing<WORDS> {
    const SAMPLES: usize = WORDS * WORD;

    pub(super) const fn new() -> Self {
        Self([0; WORDS])
    }

    /// So many samples from `at` on came.
    pub(super) fn set(&mut self, at: usize, samples: usize) {
        self.change(at, samples, |word, bits| *word |= bits);
    }

    /// They are used up.
    pub(super) fn clear(&mut self, at: usize, samples: usize) {
        self.change(at, samples, |word, bits| *word &= !bits);
    }

    /// Whether a sample came; `at` may be beyond the end of the ring.
    pub(super) const fn has(&self, at: usize) -> bool {
        self.0[at / WORD % WORDS] >> (at % WORD) & 1 == 1
    }

    /// Whether any came at all.
    pub(super) fn has_any(&self) -> bool {
        self.0.iter().any(|word| *word != 0)
    }

    /// Which of the 160 samples from `at` on came.
    pub(super) fn frame(&self, at: usize) -> Presence {
        let mut words = [0; FRAME_WORDS];
        let (first, shift) = (at / WORD, at % WORD);
        for (n, word) in words.iter_mut().enumerate() {
            let (low, high) = (self.0[(first + n) % WORDS], self.0[(first + n + 1) % WORDS]);
            *word = if shift == 0 { low } else { low >> shift | high << (WORD - shift) };
        }
        words[FRAME_WORDS - 1] &= LAST_BITS;
        Presence(words)
    }

    fn change(&mut self, at: usize, samples: usize, change: impl Fn(&mut u64, u64)) {
        let until = at + samples.min(Self::SAMPLES);
        let mut at = at;
        while at < until {
            let count = (WORD - at % WORD).min(until - at);
            let bits = u64::MAX >> (WORD - count) << (at % WORD);
            change(&mut self.0[at / WORD % WORDS], bits);
            at += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_has_all_none_or_some() {
        assert!(Presence::ALL.is_whole() && !Presence::NONE.is_whole());
        assert_eq!((Presence::ALL.count(), Presence::NONE.count()), (160, 0));
        assert!((0..FRAME_SAMPLES).all(|n| Presence::ALL.has(n) && !Presence::NONE.has(n)));
    }

    proptest! {
        #[test]
        fn it_is_what_a_ring_of_booleans_is(
            changes in prop::collection::vec((any::<bool>(), 0usize..256, 0usize..300), 0..20),
            at in 0usize..256,
        ) {
            let mut ring = PresenceRing::<4>::new();
            let mut plain = [false; 256];
            for (comes, at, samples) in changes {
                for n in 0..samples.min(256) {
                    plain[(at + n) % 256] = comes;
                }
                if comes { ring.set(at, samples) } else { ring.clear(at, samples) }
            }
            let frame = ring.frame(at);
            for n in 0..FRAME_SAMPLES {
                prop_assert_eq!(frame.has(n), plain[(at + n) % 256]);
                prop_assert_eq!(ring.has(at + n), plain[(at + n) % 256]);
            }
            let came = (0..FRAME_SAMPLES).filter(|n| plain[(at + n) % 256]).count();
            prop_assert_eq!(frame.count() as usize, came);
            prop_assert_eq!(frame.is_whole(), came == FRAME_SAMPLES);
            prop_assert_eq!(ring.has_any(), plain.contains(&true));
        }
    }
}
