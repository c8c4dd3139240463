//! Tells voice from what a line sounds like without it, 20 ms at a time.
//!
//! A frame is loud when it stands above the noise of the line. The noise is the least level of the
//! last two and a half seconds that were not digital silence, which says nothing of it: speech falls
//! back to it between syllables and words, a steady noise never leaves it. Three loud frames of five are voice, so that a click is none and a lost packet
//! tears nothing. Keys are loud and no voice.
//!
//! What is not told apart: music and voice, and the tones of a network and voice, while they are not
//! steady for two and a half seconds. Who needs to know how long voice lasted keeps time himself.

use super::dual_tone::{BLOCK_SAMPLES, DualToneFilter};
use crate::units::{FRAME_SAMPLES, Frame};

/// Mean square of a sine of 0 dBm0, whose peak is 22,303 (G.711 table 1).
const POWER_0_DBM0: f32 = 22_303.0 * 22_303.0 / 2.0;

/// Louder than the noise by this begins voice, by less continues it.
const BEGIN_OVER_NOISE_DB: f32 = 9.0;
const CONTINUE_OVER_NOISE_DB: f32 = 6.0;
/// Quieter is no voice on any line: speech is sent at about -20 dBm0, soft speech at -35.
const VOICE_MIN_DBM0: f32 = -46.0;
/// Louder is never taken for the noise of a line.
const NOISE_MAX_DBM0: f32 = -30.0;
/// Quieter is digital silence, or the last step of the codec to and fro.
const SOUND_MIN_DBM0: f32 = -65.0;
/// What the noise is taken for until half a second of sound was heard.
const NOISE_FIRST_DBM0: f32 = -44.0;
const FRAMES_FIRST: u32 = 25;

/// The least level is kept of eight spans of 16 frames each.
const SPANS: usize = 8;
const SPAN_FRAMES: u32 = 16;
/// A count of frames wraps after years to here, at a whole number of rounds.
const FRAMES_WRAPPED: u32 = 8 * SPAN_FRAMES;

/// So many of the last five frames, loud, are voice.
const LOUD_FRAMES: u32 = 3;
const LAST_FIVE: u8 = 0b1_1111;

/// Pole of the filter that takes hum and direct current away: -3 dB at about 130 Hz.
const HIGH_PASS: f32 = 0.9;

/// See the head of the file. Allocates nothing.
#[derive(Debug)]
pub struct VoiceDetector {
    filter: DualToneFilter,
    /// The last sample, and what the high-pass made of it.
    last: (f32, f32),
    minima: [f32; SPANS],
    /// Frames of sound whose level was noted.
    frames: u32,
    /// The last frame's level, and how many frames of sound it ends; none is digital silence.
    pending: (f32, u32),
    /// A bit for each of the last frames: whether it was loud.
    loud: u8,
}

impl Default for VoiceDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceDetector {
    /// A detector that has heard nothing yet.
    pub fn new() -> Self {
        Self {
            filter: DualToneFilter::default(),
            last: (0.0, 0.0),
            minima: [f32::INFINITY; SPANS],
            frames: 0,
            pending: (0.0, 0),
            loud: 0,
        }
    }

    /// Hear 20 ms; whether there is voice.
    pub fn handle_frame(&mut self, frame: &Frame) -> bool {
        let level = self.level(frame);
        self.note_level(level);
        let is_voice = self.is_voice();
        let over = if is_voice { CONTINUE_OVER_NOISE_DB } else { BEGIN_OVER_NOISE_DB };
        let is_loud = level > (self.noise_dbm0() + over).max(VOICE_MIN_DBM0);
        self.push(is_loud && !self.is_key(frame));
        self.is_voice()
    }

    /// 20 ms of which nothing came: silence that says nothing of the line's noise.
    pub const fn handle_gap(&mut self) -> bool {
        self.last = (0.0, 0.0);
        self.pending = (0.0, 0);
        self.push(false);
        self.is_voice()
    }

    /// What the noise of the line is taken for.
    fn noise_dbm0(&self) -> f32 {
        if self.frames < FRAMES_FIRST {
            return NOISE_FIRST_DBM0;
        }
        let least = self.minima.iter().copied().fold(f32::INFINITY, f32::min);
        least.min(NOISE_MAX_DBM0)
    }

    /// Note the frame before this, if it lies within sound: at an edge it is half silence and tells
    /// nothing.
    fn note_level(&mut self, level: f32) {
        let (before, run) = self.pending;
        if level < SOUND_MIN_DBM0 {
            self.pending = (level, 0);
            return;
        }
        self.pending = (level, run.saturating_add(1));
        if run < 2 {
            return;
        }
        let span = (self.frames / SPAN_FRAMES) as usize % SPANS;
        if self.frames % SPAN_FRAMES == 0 {
            self.minima[span] = f32::INFINITY;
        }
        self.minima[span] = self.minima[span].min(before);
        self.frames = self.frames.checked_add(1).unwrap_or(FRAMES_WRAPPED);
    }

    /// Level in dBm0, without hum and direct current.
    fn level(&mut self, frame: &Frame) -> f32 {
        let (mut before, mut passed) = self.last;
        let mut sum = 0.0;
        for sample in frame {
            let sample = f32::from(*sample);
            passed = sample - before + HIGH_PASS * passed;
            before = sample;
            sum += passed * passed;
        }
        // A filter that rings on below all hearing would compute with denormal numbers, ten times as long.
        self.last = (before, if passed.abs() < 1e-3 { 0.0 } else { passed });
        10.0 * (sum / FRAME_SAMPLES as f32 / POWER_0_DBM0).max(1e-9).log10()
    }

    /// Whether the middle of the frame sounds like a key. The two edges of a press may be loud frames;
    /// that is one too few for voice.
    fn is_key(&self, frame: &Frame) -> bool {
        let middle = frame[(FRAME_SAMPLES - BLOCK_SAMPLES) / 2..].first_chunk::<BLOCK_SAMPLES>();
        middle.is_some_and(|block| self.filter.find(block).is_some())
    }

    const fn push(&mut self, is_loud: bool) {
        self.loud = self.loud << 1 | is_loud as u8;
    }

    const fn is_voice(&self) -> bool {
        (self.loud & LAST_FIVE).count_ones() >= LOUD_FRAMES
    }
}

#[cfg(test)]
#[path = "voice_tests.rs"]
mod tests;
