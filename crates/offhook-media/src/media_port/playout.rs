//! What a port says: clips, feeds and digits one behind the other, each beginning with a frame of its
//! own; silence when there are none, so that RTP never stops.

use std::collections::VecDeque;
use std::sync::Arc;

use super::clip::Clip;
use super::conferring::Ear;
use super::digit_sender::{DigitRun, Step, ToneStep};
use super::event::MediaEvent;
use super::feed::{Feed, FeedInput};
use super::tap::Tap;
use super::voice_watch::VoiceWatch;
use crate::codec::g711::Law;
use crate::srtp::{Protector, Unprotector};
use crate::telephone_event::TelephoneEvent;
use crate::units::{FRAME_SAMPLES, PlaybackId, PortId, RtpTimestamp};

/// Clips, feeds and runs of digits that a port holds at once, the playing one included.
pub const QUEUE_MAX: u32 = 64;

#[derive(Debug)]
enum Item {
    Clip {
        id: PlaybackId,
        clip: Arc<Clip>,
        place: usize,
        turns: Turns,
    },
    Feed(Box<Feed>),
    /// `is_told`: its end was announced; only packets or the gap behind the last key remain.
    Digits {
        id: PlaybackId,
        run: Box<DigitRun>,
        is_told: bool,
    },
}

/// How often a clip is still to be played, this time included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// So many times; none at all is as once.
    Times(u32),
    /// Until it is stopped.
    Forever,
}

/// What is over and may be large: freed where time does not matter.
#[derive(Debug)]
pub enum Spent {
    /// A clip, perhaps nobody else's any more.
    Clip(Arc<Clip>),
    /// A watch that was ended.
    VoiceWatch(Box<VoiceWatch>),
    /// What a feeder kept of a feed that is over.
    Pieces(VecDeque<Arc<Clip>>),
    /// A feed with all that is left in it.
    Feed(Box<Feed>),
    /// A tap that was closed.
    Tap(Box<Tap>),
    /// What a member of a room heard with.
    Ear(Box<Ear>),
    /// A key that is no more sent with.
    Protector(Box<Protector>),
    /// A key that the peer sends no more with.
    Unprotector(Box<Unprotector>),
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
    spent: VecDeque<Spent>,
    now: RtpTimestamp,
}

impl Playout {
    pub(super) fn new() -> Self {
        Self { queue: VecDeque::new(), spent: VecDeque::with_capacity(4), now: RtpTimestamp::new(0) }
    }

    pub(super) fn queue_clip(&mut self, id: PlaybackId, clip: Arc<Clip>, turns: Turns) {
        self.queue.push_back(Item::Clip { id, clip, place: 0, turns });
    }

    pub(super) fn queue_feed(&mut self, feed: Box<Feed>) {
        self.queue.push_back(Item::Feed(feed));
    }

    /// Hand something to a feed; one that is over hears it no more.
    pub(super) fn feed(
        &mut self,
        port: PortId,
        id: PlaybackId,
        input: FeedInput,
        events: &mut VecDeque<MediaEvent>,
    ) {
        let feed = self.queue.iter_mut().find_map(|item| match item {
            Item::Feed(feed) if feed.id() == id => Some(feed),
            _ => None,
        });
        match (feed, input) {
            (Some(feed), input) => feed.handle(port, input, events),
            (None, FeedInput::Mark(mark)) => {
                events.push_back(MediaEvent::MarkPassed { port, playback: id, mark, played: false });
            }
            (None, FeedInput::Piece(piece)) => self.spent.push_back(Spent::Clip(piece)),
            (None, FeedInput::Finish(kept)) => self.spent.push_back(Spent::Pieces(kept)),
            (None, FeedInput::Clear) => {}
        }
    }

    /// Free this with what was played.
    pub(super) fn discard(&mut self, spent: Spent) {
        self.spent.push_back(spent);
    }

    /// What may be freed now.
    pub(super) fn poll_spent(&mut self) -> Option<Spent> {
        self.spent.pop_front()
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
                Item::Feed(feed) => {
                    feed.clear(port, events);
                    events.push_back(ended(port, feed.id(), false));
                }
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
        while self.queue.len() > usize::from(is_pressing) {
            let item = self.queue.pop_back();
            self.spend(item);
        }
    }

    fn spend(&mut self, item: Option<Item>) {
        match item {
            Some(Item::Clip { clip, .. }) => self.spent.push_back(Spent::Clip(clip)),
            Some(Item::Feed(feed)) => self.spent.push_back(Spent::Feed(feed)),
            Some(Item::Digits { .. }) | None => {}
        }
    }

    /// What to send at the timestamp `now`; audio goes into `payload`.
    ///
    /// can_press: telephone-events were negotiated; without them keys are tones.
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
                Item::Clip { id, clip, place, turns } => {
                    let filled = fill(clip, place, turns, law, payload);
                    payload[filled..].fill(law.silence());
                    if *place >= clip.length() {
                        events.push_back(ended(port, *id, true));
                        let item = self.queue.pop_front();
                        self.spend(item);
                    }
                    if filled > 0 {
                        return Outgoing::Audio;
                    }
                }
                Item::Feed(feed) => {
                    let filled = feed.fill(port, law, payload, events);
                    payload[filled..].fill(law.silence());
                    if feed.is_over() {
                        events.push_back(ended(port, feed.id(), true));
                        let item = self.queue.pop_front();
                        self.spend(item);
                        if filled == 0 {
                            continue;
                        }
                    }
                    return Outgoing::Audio;
                }
                Item::Digits { id, run, is_told } if !can_press => {
                    let mut frame = [0; FRAME_SAMPLES];
                    match run.step_tone(now, &mut frame) {
                        ToneStep::Tone { is_last } => {
                            if is_last && !std::mem::replace(is_told, true) {
                                events.push_back(MediaEvent::DigitsSent { port, playback: *id });
                            }
                            law.encode_into(&frame, payload);
                            return Outgoing::Audio;
                        }
                        ToneStep::Silence => break,
                        ToneStep::Over => {
                            if !*is_told {
                                events.push_back(MediaEvent::DigitsSent { port, playback: *id });
                            }
                            self.queue.pop_front();
                        }
                    }
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

/// Play on from `place`, turn after turn without a gap; how much of the frame there was audio for.
fn fill(
    clip: &Clip,
    place: &mut usize,
    turns: &mut Turns,
    law: Law,
    payload: &mut [u8; FRAME_SAMPLES],
) -> usize {
    let mut filled = 0;
    loop {
        let count = clip.encode_into(*place, law, &mut payload[filled..]);
        (*place, filled) = (*place + count, filled + count);
        let is_at_end = *place >= clip.length() && clip.length() > 0;
        match turns {
            Turns::Times(left @ 2..) if is_at_end => *left -= 1,
            Turns::Forever if is_at_end => {}
            _ => return filled,
        }
        *place = 0;
        if filled == payload.len() {
            return filled;
        }
    }
}

const fn ended(port: PortId, playback: PlaybackId, finished: bool) -> MediaEvent {
    MediaEvent::PlaybackEnded { port, playback, finished }
}
