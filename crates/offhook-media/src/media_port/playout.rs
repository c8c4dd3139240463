//! What a port says: clips and digits one behind the other without a gap, silence when there are
//! none, so that RTP never stops.

use std::collections::VecDeque;
use std::sync::Arc;

use super::clip::Clip;
use super::digit_sender::{DigitRun, Step};
use super::event::MediaEvent;
use crate::codec::g711::Law;
use crate::telephone_event::TelephoneEvent;
use crate::units::{FRAME_SAMPLES, PlaybackId, PortId, RtpTimestamp};

/// Clips and runs of digits that a port holds at once, the playing one included.
pub const QUEUE_MAX: u32 = 64;

#[derive(Debug)]
enum Item {
    Clip {
        id: PlaybackId,
        clip: Arc<Clip>,
        frame: usize,
    },
    /// `is_told`: its end was announced; only packets or the gap behind the last key remain.
    Digits {
        id: PlaybackId,
        run: Box<DigitRun>,
        is_told: bool,
    },
}

/// What one tick sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    /// The payload was filled.
    Audio,
    /// One packet of a telephone-event instead.
    Event { report: TelephoneEvent, marker: bool, timestamp: RtpTimestamp },
}

#[derive(Debug)]
pub(super) struct Playout {
    queue: VecDeque<Item>,
    now: RtpTimestamp,
}

impl Playout {
    pub(super) const fn new() -> Self {
        Self { queue: VecDeque::new(), now: RtpTimestamp::new(0) }
    }

    pub(super) fn queue_clip(&mut self, id: PlaybackId, clip: Arc<Clip>) {
        self.queue.push_back(Item::Clip { id, clip, frame: 0 });
    }

    pub(super) fn queue_digits(&mut self, id: PlaybackId, run: Box<DigitRun>) {
        self.queue.push_back(Item::Digits { id, run, is_told: false });
    }

    /// Whether there is nothing to say but silence.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// End everything; of a key that is down, the end packets stay queued.
    pub(super) fn stop(&mut self, port: PortId, events: &mut VecDeque<MediaEvent>) {
        let mut is_pressing = false;
        for (place, item) in self.queue.iter_mut().enumerate() {
            match item {
                Item::Clip { id, .. } => events.push_back(ended(port, *id, false)),
                Item::Digits { id, run, is_told } => {
                    if !std::mem::replace(is_told, true) {
                        events.push_back(ended(port, *id, false));
                    }
                    if place == 0 && run.is_pressing() {
                        run.cut(self.now.later_by(160));
                        is_pressing = true;
                    }
                }
            }
        }
        self.queue.truncate(usize::from(is_pressing));
    }

    /// What to send at the timestamp `now`; audio goes into `payload`.
    ///
    /// can_press: telephone-events were negotiated; without them a run of digits ends unfinished.
    pub(super) fn next(
        &mut self,
        port: PortId,
        law: Law,
        now: RtpTimestamp,
        can_press: bool,
        payload: &mut [u8; FRAME_SAMPLES],
        events: &mut VecDeque<MediaEvent>,
    ) -> Outgoing {
        self.now = now;
        while let Some(item) = self.queue.front_mut() {
            match item {
                Item::Clip { id, clip, frame } => {
                    let is_empty = clip.frames() == 0;
                    clip.frame_into(*frame, law, payload);
                    *frame += 1;
                    if *frame >= clip.frames() {
                        events.push_back(ended(port, *id, true));
                        self.queue.pop_front();
                    }
                    if !is_empty {
                        return Outgoing::Audio;
                    }
                }
                Item::Digits { id, is_told, .. } if !can_press => {
                    if !*is_told {
                        events.push_back(ended(port, *id, false));
                    }
                    self.queue.pop_front();
                }
                Item::Digits { id, run, is_told } => match run.step(now) {
                    Step::Event { report, marker, timestamp, is_last } => {
                        if is_last && !std::mem::replace(is_told, true) {
                            events.push_back(MediaEvent::DigitsSent { port, playback: *id });
                        }
                        return Outgoing::Event { report, marker, timestamp };
                    }
                    Step::Silence => break,
                    Step::Over => {
                        if !*is_told {
                            events.push_back(MediaEvent::DigitsSent { port, playback: *id });
                        }
                        self.queue.pop_front();
                    }
                },
            }
        }
        payload.fill(law.silence());
        Outgoing::Audio
    }
}

const fn ended(port: PortId, playback: PlaybackId, finished: bool) -> MediaEvent {
    MediaEvent::PlaybackEnded { port, playback, finished }
}
