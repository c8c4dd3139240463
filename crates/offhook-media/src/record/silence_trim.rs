//! Silence cut off a recording's beginning and end (Twilio's `trim-silence`).
//!
//! ```text
//!  recorded  |............####..##............|
//!  kept            |......####..##......|         100 ms around the first and the last sound
//! ```
//!
//! A frame of 20 ms is sound when a channel of it stands above -50 dBm0: the noise of a quiet line is
//! at -60, soft speech at -40. A click is sound too. The beginning is cut before it is written, the
//! end by a shorter file, so that at each moment the file and its header can be right.

use std::collections::VecDeque;

use crate::units::FRAME_SAMPLES;

/// Sum of the squares of a frame of -50 dBm0; 0 dBm0 is a sine with a peak of 22,303 (G.711 table 1),
/// so that its root mean square is 49.9.
const SOUND_ENERGY: u64 = 2487 * FRAME_SAMPLES as u64;

/// Samples of each channel that are kept before the first sound and behind the last: 100 ms.
pub const MARGIN_SAMPLES: usize = 5 * FRAME_SAMPLES;

/// What of some audio belongs into the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: there was no sound yet.
    Nothing,
    /// These samples, the first of the file: what stood before the sound, and the sound.
    Beginning(Vec<i16>),
    /// All of it.
    All,
}

/// See the head of the file.
#[derive(Debug)]
pub struct SilenceTrim {
    channels: usize,
    /// The last 100 ms before the first sound, the channels in turn.
    margin: VecDeque<i16>,
    /// Samples of each channel from the first that is kept.
    length: u64,
    /// Where the last sound ends in them; None before one.
    sound_end: Option<u64>,
}

impl SilenceTrim {
    /// For a recording of so many channels.
    pub const fn new(channels: usize) -> Self {
        Self { channels, margin: VecDeque::new(), length: 0, sound_end: None }
    }

    /// Take what follows: so many samples of silence, and whole frames, the channels in turn.
    pub fn handle_audio(&mut self, silence: u64, samples: &[i16]) -> Kept {
        let is_first = self.sound_end.is_none();
        self.handle_silence(silence);
        let mut beginning = Vec::new();
        for frame in samples.chunks(FRAME_SAMPLES * self.channels) {
            let is_sound = self.is_sound(frame);
            if is_sound && self.sound_end.is_none() {
                self.length = (self.margin.len() / self.channels) as u64;
                beginning.extend(std::mem::take(&mut self.margin));
            } else if !is_sound && self.sound_end.is_none() {
                self.hold(frame.iter().copied());
                continue;
            }
            if is_first {
                beginning.extend_from_slice(frame);
            }
            self.length += (frame.len() / self.channels) as u64;
            if is_sound {
                self.sound_end = Some(self.length);
            }
        }
        match (is_first, self.sound_end) {
            (true, None) => Kept::Nothing,
            (true, Some(_)) => Kept::Beginning(beginning),
            (false, _) => Kept::All,
        }
    }

    /// So many samples of silence follow.
    pub fn handle_silence(&mut self, samples: u64) {
        if self.sound_end.is_some() {
            self.length += samples;
        } else {
            let samples = usize::try_from(samples).unwrap_or(usize::MAX).min(MARGIN_SAMPLES);
            self.hold(std::iter::repeat_n(0, samples * self.channels));
        }
    }

    /// Samples of each channel that the file has without the silence at its end; 0 when all was silence.
    pub fn kept(&self) -> u64 {
        self.sound_end.map_or(0, |end| self.length.min(end + MARGIN_SAMPLES as u64))
    }

    fn hold(&mut self, samples: impl Iterator<Item = i16>) {
        self.margin.extend(samples);
        let excess = self.margin.len().saturating_sub(MARGIN_SAMPLES * self.channels);
        self.margin.drain(..excess);
    }

    fn is_sound(&self, frame: &[i16]) -> bool {
        (0..self.channels).any(|channel| {
            let samples = frame.iter().skip(channel).step_by(self.channels);
            samples.map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum::<u64>() > SOUND_ENERGY
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(count: usize, channels: usize, sample: i16) -> Vec<i16> {
        vec![sample; count * FRAME_SAMPLES * channels]
    }

    #[test]
    fn a_hundred_milliseconds_stay_around_the_sound() {
        for channels in [1, 2] {
            let mut trim = SilenceTrim::new(channels);
            assert_eq!(trim.handle_audio(0, &frames(9, channels, 3)), Kept::Nothing);
            assert_eq!(trim.kept(), 0);
            let more = [frames(2, channels, 4), frames(1, channels, 500), frames(1, channels, 5)].concat();
            let beginning = [frames(3, channels, 3), more.clone()].concat();
            assert_eq!(trim.handle_audio(0, &more), Kept::Beginning(beginning));
            assert_eq!(trim.kept(), 7 * 160, "no more than there is");
            assert_eq!(trim.handle_audio(0, &frames(10, channels, 0)), Kept::All);
            assert_eq!(trim.kept(), 11 * 160);
            assert_eq!(trim.handle_audio(1600, &frames(1, channels, -500)), Kept::All);
            trim.handle_silence(80_000);
            assert_eq!(trim.kept(), 6 * 160 + 11 * 160 + 1600 + 160 + 800);
        }
    }

    #[test]
    fn sound_begins_above_minus_50_dbm0_in_either_channel() {
        let mut trim = SilenceTrim::new(1);
        assert_eq!(trim.handle_audio(0, &frames(1, 1, 49)), Kept::Nothing);
        assert!(matches!(trim.handle_audio(0, &frames(1, 1, -50)), Kept::Beginning(_)));
        for loud in 0..2 {
            let mut trim = SilenceTrim::new(2);
            let frame: Vec<i16> = (0..320).map(|n| if n % 2 == loud { 60 } else { 0 }).collect();
            assert!(matches!(trim.handle_audio(0, &frame), Kept::Beginning(_)));
        }
    }

    #[test]
    fn silence_that_was_never_written_down_is_kept_as_margin_too() {
        let mut trim = SilenceTrim::new(1);
        trim.handle_silence(u64::MAX);
        let Kept::Beginning(samples) = trim.handle_audio(160, &frames(1, 1, 900)) else { panic!("sound") };
        assert_eq!(samples, [frames(5, 1, 0), frames(1, 1, 900)].concat());
    }

    proptest! {
        /// Cut in any pieces, the file is what stands around the first and the last sound.
        #[test]
        fn what_is_kept_is_what_a_look_at_the_whole_keeps(
            loud in prop::collection::vec((any::<bool>(), 0u64..3), 0..60),
            pieces in prop::collection::vec(1usize..11, 60),
        ) {
            let (mut trim, mut file, mut whole) = (SilenceTrim::new(1), Vec::new(), Vec::new());
            let mut rest = &loud[..];
            for piece in pieces {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                rest = later;
                let Some((first, _)) = now.split_first() else { break };
                let silence = first.1 * 160;
                let samples: Vec<i16> = now.iter().flat_map(|(loud, _)| [if *loud { 700 } else { 7 }; 160]).collect();
                let hole = vec![0; usize::try_from(silence).expect("small")];
                whole.extend_from_slice(&hole);
                whole.extend_from_slice(&samples);
                match trim.handle_audio(silence, &samples) {
                    Kept::Nothing => {}
                    Kept::Beginning(samples) => file.extend(samples),
                    Kept::All => file.extend([hole, samples].concat()),
                }
            }
            file.truncate(usize::try_from(trim.kept()).expect("small"));
            let ends = whole.iter().position(|sample| *sample == 700).zip(whole.iter().rposition(|sample| *sample == 700));
            let expected = ends.map_or(&[][..], |(first, last)| &whole[first.saturating_sub(800)..(last + 801).min(whole.len())]);
            prop_assert_eq!(&file[..], expected);
        }
    }
}
