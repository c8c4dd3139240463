//! The port as a member of a room: what it says there, and what it hears of it.
//!
//! What its peer says waits in a playout buffer, since a mix goes by the clock. The room's desk has no
//! peer: it says what it plays, and records what all say.

use super::MediaPort;
use super::keypad::tone_of;
use super::playout::{Outgoing, Spent};
use crate::audio::dual_tone::DualTone;
use crate::codec::AudioCodec;
use crate::codec::g711::Law;
use crate::jitter::{Concealer, JitterBuffer, Placed, PlayoutBuffer};
use crate::mixer::Sound;
use crate::telephone_event::Key;
use crate::units::{FRAME_SAMPLES, FRAME_TICKS, Frame, Moment, RtpTimestamp};

/// A key sounds for 100 ms, however long it is held: in a room it is a sound, and no command.
const KEY_SAMPLES: usize = 800;

/// What the peer of a member says, at the pace of the clock.
#[derive(Debug)]
pub struct Ear {
    buffer: PlayoutBuffer,
    concealer: Concealer,
    /// The tones of a key that was told of as an event, and how much of them was heard.
    key: Option<(DualTone, usize)>,
}

impl Ear {
    /// Allocates all that it will need.
    pub fn new(size: JitterBuffer) -> Self {
        Self { buffer: PlayoutBuffer::of(size), concealer: Concealer::new(), key: None }
    }

    /// Take one packet's audio; false when it came too late.
    pub(super) fn handle_audio(
        &mut self,
        codec: AudioCodec,
        timestamp: RtpTimestamp,
        payload: &[u8],
        new_source: bool,
    ) -> bool {
        if new_source {
            self.buffer.handle_new_source();
        }
        self.buffer.handle_payload(codec.law(), timestamp, payload) != Placed::TooLate
    }

    /// The peer says that at `timestamp` there is nothing to hear: a key or comfort noise.
    pub(super) fn handle_silence(&mut self, timestamp: RtpTimestamp, new_source: bool) {
        if new_source {
            self.buffer.handle_new_source();
        }
        self.buffer.handle_silence(timestamp);
    }

    /// The peer pressed a key, which has no sound of its own as an event: the others hear its tones.
    pub(super) fn handle_key(&mut self, key: Key) {
        self.key = Some((tone_of(key), 0));
    }

    fn take(&mut self, frames: u32, frame: &mut Frame) {
        for _ in 0..frames {
            let presence = self.buffer.take(frame);
            self.concealer.handle_frame(frame, &presence);
            if let Some((tone, heard)) = self.key.take() {
                let mut tones = [0; FRAME_SAMPLES];
                tone.render(heard, KEY_SAMPLES, &mut tones);
                for (sample, tone) in frame.iter_mut().zip(tones) {
                    *sample = sample.saturating_add(tone);
                }
                self.key = (heard + FRAME_SAMPLES < KEY_SAMPLES).then_some((tone, heard + FRAME_SAMPLES));
            }
        }
    }
}

impl MediaPort {
    /// Be a member of a room; None is its desk.
    pub fn enter_room(&mut self, ear: Option<Box<Ear>>) {
        self.leave_room();
        self.ear = ear;
    }

    /// Be alone again; in no room nothing happens.
    pub fn leave_room(&mut self) {
        if let Some(ear) = self.ear.take() {
            self.playout.discard(Spent::Ear(ear));
        }
    }

    /// What the peer said in the last of so many frames; false when it cannot be heard.
    pub fn take_voice(&mut self, frames: u32, voice: &mut Frame) -> bool {
        let Some(ear) = &mut self.ear else { return false };
        ear.take(frames, voice);
        self.session.plan().is_some_and(|plan| plan.receives)
    }

    /// What the desk plays in the last of so many frames; false when it plays nothing.
    pub fn speak(&mut self, frames: u32, voice: &mut Frame) -> bool {
        if self.playout.is_idle() {
            return false;
        }
        // What a missed tick would have played is played now: nobody has heard it.
        let timestamp = self.session.timestamp().later_by(FRAME_TICKS.wrapping_mul(frames));
        let mut payload = [0; FRAME_SAMPLES];
        let outgoing = self.playout.next(self.id, Law::Mu, timestamp, false, &mut payload, &mut self.events);
        Law::Mu.decode_into(&payload, voice);
        outgoing == Outgoing::Audio
    }

    /// As `handle_tick`, where the peer hears the room, and what the port plays on top of it.
    pub fn handle_room_tick(&mut self, now: Moment, frames: u32, sound: &mut Sound<'_>) {
        self.go_on(now, frames, Some(sound));
    }

    /// As `handle_tick`, of a desk: what all say is what it hears.
    pub fn handle_desk_tick(&mut self, now: Moment, frames: u32, whole: &Frame) {
        let missed = frames.saturating_sub(1);
        self.recorders.handle_tick(missed);
        self.session.advance(FRAME_TICKS.wrapping_mul(frames), now);
        self.recorders.handle_sent_samples(self.session.timestamp(), whole);
        self.recorders.handle_tick(frames - missed);
    }
}
