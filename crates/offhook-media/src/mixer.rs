//! N-1 mixing: the sum of all voices, and what each listener hears of it, which is all but its own.
//!
//! ```text
//!  voices --add--> sum of 32 bit --- minus the own voice, plus a coach's --> clamp -> encode
//!                        '--------- for all who say nothing: once for each law
//! ```
//!
//! Sums are whole until they are clamped, so that one loud voice does not change how another one is
//! taken out again.

use crate::codec::g711::Law;
use crate::units::{FRAME_SAMPLES, Frame};

/// Sums of 20 ms: 65,536 voices at full scale fit.
pub type Sum = [i32; FRAME_SAMPLES];

/// A G.711 payload of 20 ms.
pub type Payload = [u8; FRAME_SAMPLES];

/// Up to here a sample is the silence of a codec: A-law has none that is nearer to zero.
const SILENCE: u16 = 8;

/// Whether a frame has nothing to hear in it, so that whoever says it hears the same as all others.
pub fn is_silent(frame: &Frame) -> bool {
    frame.iter().all(|sample| sample.unsigned_abs() <= SILENCE)
}

/// See the head of the file.
#[derive(Debug)]
pub struct Mixer {
    sum: Sum,
    /// What listeners who say nothing hear, as far as one of them has asked for it in this tick.
    shared_mu: Option<Payload>,
    shared_a: Option<Payload>,
}

impl Default for Mixer {
    fn default() -> Self {
        Self::new()
    }
}

impl Mixer {
    /// Silence.
    pub const fn new() -> Self {
        Self { sum: [0; FRAME_SAMPLES], shared_mu: None, shared_a: None }
    }

    /// Begin another 20 ms.
    pub const fn clear(&mut self) {
        *self = Self::new();
    }

    /// Add a voice.
    pub fn add(&mut self, voice: &Frame) {
        add(&mut self.sum, voice);
        (self.shared_mu, self.shared_a) = (None, None);
    }

    /// All voices.
    pub fn whole(&self) -> Frame {
        clamped(&self.sum)
    }

    fn shared(&mut self, law: Law) -> &Payload {
        let kept = match law {
            Law::Mu => &mut self.shared_mu,
            Law::A => &mut self.shared_a,
        };
        let sum = &self.sum;
        kept.get_or_insert_with(|| encoded(law, &clamped(sum)))
    }
}

/// What one listener hears in one tick.
#[derive(Debug)]
pub struct Sound<'a> {
    mixer: &'a mut Mixer,
    /// Its own voice, which it is not to hear; None when that is not among the voices.
    own: Option<&'a Frame>,
    /// What is for it alone.
    aside: Option<&'a Sum>,
}

impl<'a> Sound<'a> {
    /// All voices but `own`, and `aside` with them.
    pub const fn new(mixer: &'a mut Mixer, own: Option<&'a Frame>, aside: Option<&'a Sum>) -> Self {
        Self { mixer, own, aside }
    }

    fn sum(&self) -> Sum {
        let mut sum = self.mixer.sum;
        if let Some(own) = self.own {
            for (sum, sample) in sum.iter_mut().zip(own) {
                *sum -= i32::from(*sample);
            }
        }
        if let Some(aside) = self.aside {
            for (sum, sample) in sum.iter_mut().zip(aside) {
                *sum += sample;
            }
        }
        sum
    }

    /// As samples.
    pub fn frame(&self) -> Frame {
        clamped(&self.sum())
    }

    /// As a payload, in the place of what stands in `payload`.
    pub fn encode_into(&mut self, law: Law, payload: &mut Payload) {
        if self.own.is_none() && self.aside.is_none() {
            payload.copy_from_slice(self.mixer.shared(law));
        } else {
            *payload = encoded(law, &self.frame());
        }
    }

    /// Together with what `payload` holds, such as an announcement to this listener alone.
    pub fn add_to(&self, law: Law, payload: &mut Payload) {
        let (mut sum, mut played) = (self.sum(), [0; FRAME_SAMPLES]);
        law.decode_into(payload, &mut played);
        add(&mut sum, &played);
        *payload = encoded(law, &clamped(&sum));
    }
}

/// Add a voice to a sum.
pub fn add(sum: &mut Sum, voice: &Frame) {
    for (sum, sample) in sum.iter_mut().zip(voice) {
        *sum += i32::from(*sample);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of the type")]
fn clamped(sum: &Sum) -> Frame {
    let mut frame = [0; FRAME_SAMPLES];
    for (sample, sum) in frame.iter_mut().zip(sum) {
        *sample = (*sum).clamp(i16::MIN as i32, i16::MAX as i32) as i16;
    }
    frame
}

fn encoded(law: Law, frame: &Frame) -> Payload {
    let mut payload = [0; FRAME_SAMPLES];
    law.encode_into(frame, &mut payload);
    payload
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn even(sample: i16) -> Frame {
        [sample; FRAME_SAMPLES]
    }

    #[test]
    fn a_listener_hears_all_but_itself_however_loud_the_whole_is() {
        let voices = [even(30_000), even(30_000), even(-500)];
        let mut mixer = Mixer::new();
        voices.iter().for_each(|voice| mixer.add(voice));
        assert_eq!(mixer.whole(), even(i16::MAX), "the whole is clamped");
        assert_eq!(Sound::new(&mut mixer, Some(&voices[0]), None).frame(), even(29_500));
        assert_eq!(Sound::new(&mut mixer, Some(&voices[2]), None).frame(), even(i16::MAX));
        mixer.clear();
        assert_eq!(mixer.whole(), even(0));
    }

    #[test]
    fn what_is_said_aside_and_what_is_played_come_on_top() {
        let mut mixer = Mixer::new();
        mixer.add(&even(1000));
        let aside = [300; FRAME_SAMPLES];
        assert_eq!(Sound::new(&mut mixer, None, Some(&aside)).frame(), even(1300));
        let mut payload = encoded(Law::Mu, &even(500));
        Sound::new(&mut mixer, None, None).add_to(Law::Mu, &mut payload);
        assert_eq!(payload, encoded(Law::Mu, &even(Law::Mu.decode(Law::Mu.encode(500)) + 1000)));
    }

    #[test]
    fn those_who_say_nothing_share_one_payload_of_each_law() {
        let mut mixer = Mixer::new();
        mixer.add(&even(1000));
        for law in [Law::Mu, Law::A] {
            let (mut first, mut second) = ([0; FRAME_SAMPLES], [0; FRAME_SAMPLES]);
            Sound::new(&mut mixer, None, None).encode_into(law, &mut first);
            Sound::new(&mut mixer, None, None).encode_into(law, &mut second);
            assert_eq!((first, second), ([law.encode(1000); FRAME_SAMPLES], first));
        }
        mixer.add(&even(500));
        let mut later = [0; FRAME_SAMPLES];
        Sound::new(&mut mixer, None, None).encode_into(Law::Mu, &mut later);
        assert_eq!(later, [Law::Mu.encode(1500); FRAME_SAMPLES], "no old payload after another voice");
    }

    #[test]
    fn the_silence_of_both_laws_is_silent() {
        assert!(is_silent(&even(Law::Mu.decode(Law::Mu.silence()))));
        assert!(is_silent(&even(Law::A.decode(Law::A.silence()))));
        assert!(!is_silent(&even(9)));
    }

    proptest! {
        #[test]
        fn any_voices_mix_as_their_sum_without_the_own_one(
            voices in vec(vec(any::<i16>(), FRAME_SAMPLES), 1..20), own in any::<prop::sample::Index>(),
        ) {
            let frames: Vec<Frame> =
                voices.iter().map(|voice| voice.as_slice().try_into().expect("a frame")).collect();
            let own = own.index(frames.len());
            let mut mixer = Mixer::new();
            frames.iter().for_each(|frame| mixer.add(frame));
            let heard = Sound::new(&mut mixer, Some(&frames[own]), None).frame();
            for n in 0..FRAME_SAMPLES {
                let others = frames.iter().enumerate().filter(|(i, _)| *i != own);
                let sum: i64 = others.map(|(_, frame)| i64::from(frame[n])).sum();
                prop_assert_eq!(i64::from(heard[n]), sum.clamp(-32_768, 32_767));
            }
        }
    }
}
