//! One leg's graph of sources and sinks, without I/O: what is played, sent, heard and recorded.
//!
//! The engine's worker hands in datagrams and one tick every 20 ms, and after each of them takes
//! packets, events and recorded audio until there is no more:
//!
//! ```text
//!  clips, feeds, digits -> Playout  -> RtpSession -> poll_transmit
//!  handle_rtp    -> RtpSession -> digits   -> poll_event
//!                              -> DigitDetector (no telephone-event) -> poll_event
//!                              -> VoiceWatch -> poll_event
//!                              -> Recorders -> poll_recording
//!                              -> Taps -> poll_tapped
//!  what leaves, relayed or played -^
//! ```
//!
//! Time is the number of ticks: audio of a tick that was missed is not sent later, timestamps and
//! recordings go on as if it had been.

mod bridged;
mod chunk;
mod clip;
mod conferring;
mod digit_detector;
mod digit_sender;
mod event;
mod feed;
mod keypad;
mod outbox;
mod playout;
mod protection;
mod recorder;
mod recorders;
mod recording_plan;
mod tap;
mod voice_watch;

use std::collections::VecDeque;
use std::net::SocketAddrV4;
use std::sync::Arc;
use std::time::Duration;

pub use crate::rtp_session::{MediaPlan, PayloadMap, PortStatistics, RemoteReport, SessionSeed};
pub use bridged::{Content, Heard, RelayTarget};
pub use chunk::{CHANNELS_MAX, CHUNK_SAMPLES, Chunk, Recorded};
pub(crate) use clip::linear;
pub use clip::{Clip, ClipError};
pub use conferring::Ear;
pub use digit_detector::InbandDigits;
pub use digit_sender::{DIGITS_MAX, DigitRun, DigitsError};
pub use event::MediaEvent;
pub use feed::{FEED_ENTRIES_MAX, FEED_SAMPLES_MAX, Feed, FeedInput, FeedProgress};
pub use outbox::{Channel, Transmit};
pub use playout::{QUEUE_MAX, Spent, Turns};
pub use protection::SrtpKeys;
pub use recorder::{Pause, Recorder};
pub use recorders::RECORDINGS_MAX;
pub use recording_plan::{RecordingChannels, RecordingPlan, RecordingTrack};
pub use tap::{TAPS_MAX, Tap, TapFrame};
pub use voice_watch::VoiceWatch;

use crate::mixer::Sound;
use crate::rtp_session::{Received, RtpSession};
use crate::telephone_event::Key;
use crate::units::{FRAME_SAMPLES, FRAME_TICKS, Moment, PlaybackId, PortId, RecordingId, SampleRate, TapId};
use digit_detector::DigitDetector;
use outbox::Outbox;
use playout::{Outgoing, Playout};
use protection::Protection;
use recorder::SentBy;
use recorders::Recorders;
use tap::Taps;
use voice_watch::Voice;

/// See the head of the file.
#[derive(Debug)]
pub struct MediaPort {
    id: PortId,
    session: RtpSession,
    protection: Protection,
    playout: Playout,
    inband_digits: InbandDigits,
    /// For a peer that sends no telephone-events.
    detector: Option<Box<DigitDetector>>,
    voice_watch: Option<Box<VoiceWatch>>,
    recorders: Recorders,
    taps: Taps,
    /// While it is a member of a room.
    ear: Option<Box<Ear>>,
    outbox: Outbox,
    events: VecDeque<MediaEvent>,
    media_timeout: Duration,
    /// When RTP last came, or began to be expected; None while none is.
    expecting_since: Option<Moment>,
    is_timed_out: bool,
    /// The next audio packet begins a talkspurt (RFC 3551 §4.1).
    marker_is_due: bool,
    /// It is one side of a bridge.
    is_bridged: bool,
    /// What is relayed sets the clock of what we send, and not the ticks.
    is_relaying: bool,
}

impl MediaPort {
    /// A port that is deaf and mute until `apply`.
    pub fn new(id: PortId, seed: SessionSeed, media_timeout: Duration) -> Self {
        Self {
            id,
            session: RtpSession::new(seed),
            protection: Protection::default(),
            playout: Playout::new(),
            inband_digits: InbandDigits::default(),
            detector: None,
            voice_watch: None,
            recorders: Recorders::default(),
            taps: Taps::default(),
            ear: None,
            outbox: Outbox::new(),
            events: VecDeque::with_capacity(8),
            media_timeout,
            expecting_since: None,
            is_timed_out: false,
            marker_is_due: true,
            is_bridged: false,
            is_relaying: false,
        }
    }

    /// The same, to hear tones as keys where `inband_digits` says.
    #[must_use]
    pub const fn hearing(mut self, inband_digits: InbandDigits) -> Self {
        self.inband_digits = inband_digits;
        self
    }

    /// Names the port in events.
    pub const fn id(&self) -> PortId {
        self.id
    }

    /// Send and receive as `plan` says from now on.
    pub fn apply(&mut self, plan: &MediaPlan, now: Moment) {
        let expected_before = self.session.plan().is_some_and(MediaPlan::expects_media);
        self.session.apply(plan, now);
        let hears_tones = match self.inband_digits {
            InbandDigits::Auto => plan.telephone_event.is_none(),
            InbandDigits::Always => true,
            InbandDigits::Off => false,
        };
        if hears_tones {
            self.detector.get_or_insert_with(|| Box::new(DigitDetector::new()));
        } else {
            self.detector = None;
        }
        if !plan.expects_media() {
            self.expecting_since = None;
        } else if !expected_before {
            self.expecting_since = Some(now);
            self.is_timed_out = false;
        }
    }

    /// Queue a clip behind what plays already. The caller keeps the bound `QUEUE_MAX`.
    pub fn play(&mut self, id: PlaybackId, clip: Arc<Clip>) {
        self.play_turns(id, clip, Turns::Times(1));
    }

    /// Queue a clip that is played again and again, without a gap.
    pub fn play_turns(&mut self, id: PlaybackId, clip: Arc<Clip>, turns: Turns) {
        self.playout.queue_clip(id, clip, turns);
    }

    /// Queue audio that is fed in pieces. The caller keeps the bound `QUEUE_MAX`.
    pub fn open_feed(&mut self, feed: Box<Feed>) {
        self.playout.queue_feed(feed);
    }

    /// Hand something to a feed; one that is over hears it no more.
    pub fn feed(&mut self, id: PlaybackId, input: FeedInput) {
        self.playout.feed(self.id, id, input, &mut self.events);
    }

    /// What was played and may be freed now, where time does not matter.
    pub fn poll_spent(&mut self) -> Option<Spent> {
        self.playout.poll_spent()
    }

    /// Queue key presses behind what plays already. The caller keeps the bound `QUEUE_MAX`.
    pub fn send_digits(&mut self, id: PlaybackId, digits: Box<DigitRun>) {
        self.playout.queue_digits(id, digits);
    }

    /// Drop what plays and what is queued. A key that is down is let go of properly.
    pub fn stop_playing(&mut self) {
        self.playout.stop(self.id, &mut self.events);
    }

    /// Tell when the peer speaks and when it is silent; in place of a watch that runs. None ends it.
    pub fn watch_voice(&mut self, watch: Option<Box<VoiceWatch>>) {
        if let Some(ended) = std::mem::replace(&mut self.voice_watch, watch) {
            self.playout.discard(Spent::VoiceWatch(ended));
        }
    }

    /// Record into `recorder` as its plan says, beside what is recorded already. The caller keeps the
    /// bound `RECORDINGS_MAX`.
    pub fn record(&mut self, recorder: Box<Recorder>) {
        self.recorders.begin(recorder);
    }

    /// Finish one recording. One that is unknown or has ended hears it no more, here and below.
    pub fn stop_recording(&mut self, id: RecordingId) {
        self.recorders.stop(id);
    }

    /// Finish every recording.
    pub fn stop_recordings(&mut self) {
        self.recorders.stop_all();
    }

    /// Leave out of a recording what comes from now on.
    pub fn pause_recording(&mut self, id: RecordingId, pause: Pause) {
        self.recorders.pause(id, pause);
    }

    /// Record again.
    pub fn resume_recording(&mut self, id: RecordingId) {
        self.recorders.resume(id);
    }

    /// Drop a recording, because its file failed. Nothing more is queued for it.
    pub fn abandon_recording(&mut self, id: RecordingId) {
        self.recorders.abandon(id);
    }

    /// Give a written chunk back to the recording that it came from.
    pub fn recycle(&mut self, id: RecordingId, chunk: Box<Chunk>) {
        self.recorders.recycle(id, chunk);
    }

    /// Give a chunk back that the writer had no room for: it becomes silence.
    pub fn handle_refused(&mut self, id: RecordingId, chunk: Box<Chunk>) {
        self.recorders.handle_refused(id, chunk);
    }

    /// Pass on what is heard and sent, beside the taps that are open. The caller keeps the bound `TAPS_MAX`.
    pub fn open_tap(&mut self, tap: Box<Tap>) {
        self.taps.open(tap);
    }

    /// Pass no more on; what the tap still holds is dropped. Nothing happens to one that is unknown.
    pub fn close_tap(&mut self, id: TapId) {
        if let Some(tap) = self.taps.close(id) {
            self.playout.discard(Spent::Tap(tap));
        }
    }

    /// Stop everything; queues BYE, the ends of playbacks and the rest of the recordings.
    pub fn close(&mut self, now: Moment) {
        self.stop_playing();
        self.stop_recordings();
        if let Some(slot) = self.outbox.slot() {
            if let Some((length, to)) = self.session.print_bye(slot.bytes(), now) {
                slot.fill(Channel::Rtcp, to, length, &mut self.protection);
            }
        }
    }

    /// Take one datagram from the RTP socket; returns what the other leg of a bridge is to hear of it.
    ///
    /// A protected one is decrypted where it is. One that is not believed changes nothing but counters.
    pub fn handle_rtp(&mut self, datagram: &mut [u8], from: SocketAddrV4, now: Moment) -> Option<Heard> {
        let datagram = self.unprotect(Channel::Rtp, datagram)?;
        let (packet, content, new_source) = match self.session.handle_rtp(datagram, from, now) {
            Received::Discarded => return None,
            Received::Quiet { packet, key, digit, new_source } => {
                if let Some(detector) = self.detector.as_mut().filter(|_| new_source) {
                    detector.handle_new_source();
                }
                if let Some(watch) = &mut self.voice_watch {
                    watch.handle_silence(packet.header.timestamp, new_source);
                }
                self.recorders.handle_silence(packet.header.timestamp, new_source);
                if new_source {
                    self.taps.handle_new_source();
                }
                if let Some(ear) = &mut self.ear {
                    ear.handle_silence(packet.header.timestamp, new_source);
                    if let Some(key) = digit {
                        ear.handle_key(key);
                    }
                }
                let detector = &mut self.detector;
                let mut is_told =
                    |key: &Key| detector.as_mut().is_some_and(|it| it.handle_event_key(*key, now));
                if let Some(key) = digit.filter(|key| !is_told(key)) {
                    self.events.push_back(MediaEvent::DigitReceived { port: self.id, key });
                }
                let rate = self.session.plan().map(|plan| plan.telephone_event_rate);
                let content = key.and(rate).map_or(Content::Nothing, Content::Key);
                (packet, content, new_source)
            }
            Received::Audio { codec, packet, new_source } => {
                let (timestamp, payload) = (packet.header.timestamp, packet.payload);
                if let Some(detector) = &mut self.detector {
                    if new_source {
                        detector.handle_new_source();
                    }
                    detector.handle_audio(codec.law(), timestamp, payload, now, |key| {
                        self.events.push_back(MediaEvent::DigitReceived { port: self.id, key });
                    });
                }
                if let Some(watch) = &mut self.voice_watch {
                    watch.handle_audio(codec, timestamp, payload, new_source);
                }
                self.taps.handle_audio(codec.law(), timestamp, payload, new_source);
                let mut is_in_time = self.recorders.handle_audio(codec, timestamp, payload, new_source);
                if let Some(ear) = &mut self.ear {
                    is_in_time &= ear.handle_audio(codec, timestamp, payload, new_source);
                }
                if !is_in_time {
                    self.session.handle_late();
                }
                (packet, Content::Audio(codec.law()), new_source)
            }
        };
        self.is_timed_out = false;
        if let Some(since) = &mut self.expecting_since {
            *since = now;
        }
        // None while the peer is only to listen: then nobody is to hear it either.
        let payload = packet.payload_at..packet.payload_at + packet.payload.len();
        let is_heard = self.session.plan().is_some_and(|plan| plan.receives);
        is_heard.then_some(Heard { header: packet.header, content, new_source, payload })
    }

    /// Take one datagram from the RTCP socket; a protected one is decrypted where it is.
    pub fn handle_rtcp(&mut self, datagram: &mut [u8], from: SocketAddrV4, now: Moment) {
        let Some(datagram) = self.unprotect(Channel::Rtcp, datagram) else { return };
        self.session.handle_rtcp(datagram, from, now);
    }

    /// 20 ms are over, or `frames` times as much when ticks were missed.
    pub fn handle_tick(&mut self, now: Moment, frames: u32) {
        self.go_on(now, frames, None);
    }

    /// sound: of the room that the peer hears.
    fn go_on(&mut self, now: Moment, frames: u32, sound: Option<&mut Sound<'_>>) {
        // What is sent at this tick belongs to the last of the frames; the others were missed.
        let missed = frames.saturating_sub(1);
        self.recorders.handle_tick(missed);
        if self.is_relayed_to() {
            self.is_relaying = true;
            self.marker_is_due = true; // what is played next comes from elsewhere
            self.record_hold(now);
        } else {
            if std::mem::take(&mut self.is_relaying) {
                self.session.resume(now);
            } else {
                self.session.advance(FRAME_TICKS.wrapping_mul(frames), now);
            }
            self.send_frame(sound);
        }
        self.recorders.handle_tick(frames - missed);
        self.taps.handle_tick(frames);
        self.hear_voice(frames);
        self.report(now);
        self.watch_silence(now);
    }

    fn send_frame(&mut self, sound: Option<&mut Sound<'_>>) {
        let Some(to) = self.session.rtp_destination() else {
            self.marker_is_due = true; // what is sent after a pause begins a talkspurt
            self.recorders.handle_sent_silence(self.session.timestamp());
            return;
        };
        let Some(plan) = self.session.plan() else { return };
        let MediaPlan { codec, payload_type, telephone_event, telephone_event_rate, .. } = *plan;
        let Some(slot) = self.outbox.slot() else { return };
        let timestamp = self.session.timestamp();
        let mut payload = [0; FRAME_SAMPLES];
        let can_press = telephone_event.is_some();
        let is_idle = self.playout.is_idle();
        let outgoing =
            self.playout.next(self.id, codec.law(), timestamp, can_press, &mut payload, &mut self.events);
        match (outgoing, sound) {
            (Outgoing::Audio, Some(sound)) if is_idle => sound.encode_into(codec.law(), &mut payload),
            (Outgoing::Audio, Some(sound)) => sound.add_to(codec.law(), &mut payload),
            _ => {}
        }
        let length = match outgoing {
            Outgoing::Audio => {
                self.recorders.handle_sent(codec.law(), timestamp, &payload, SentBy::Port);
                self.taps.handle_sent(codec.law(), timestamp, &payload, SentBy::Port);
                let marker = std::mem::take(&mut self.marker_is_due);
                self.session.print_rtp(slot.bytes(), payload_type, marker, timestamp, &payload)
            }
            Outgoing::Event { report, marker, timestamp } => {
                self.recorders.handle_sent_silence(self.session.timestamp());
                self.marker_is_due = true;
                let number = telephone_event.unwrap_or(payload_type);
                let report = report.converted(SampleRate::TELEPHONE, telephone_event_rate);
                self.session.print_rtp(slot.bytes(), number, marker, timestamp, &report.to_bytes())
            }
        };
        slot.fill(Channel::Rtp, to, length, &mut self.protection);
    }

    /// A bridged peer that is on hold hears nothing, and that is no loss.
    fn record_hold(&mut self, now: Moment) {
        if self.session.rtp_destination().is_none() {
            self.recorders.handle_sent_silence(self.session.free_timestamp(now));
        }
    }

    fn hear_voice(&mut self, frames: u32) {
        let Some(watch) = &mut self.voice_watch else { return };
        let port = self.id;
        watch.handle_tick(frames, |voice| {
            self.events.push_back(match voice {
                Voice::Started { silent } => MediaEvent::VoiceStarted { port, silent },
                Voice::Ended { voiced, silent } => MediaEvent::VoiceEnded { port, voiced, silent },
            });
        });
    }

    fn report(&mut self, now: Moment) {
        if let Some(slot) = self.outbox.slot() {
            if let Some((length, to)) = self.session.poll_report(slot.bytes(), now) {
                slot.fill(Channel::Rtcp, to, length, &mut self.protection);
            }
        }
    }

    fn watch_silence(&mut self, now: Moment) {
        if let Some(since) = self.expecting_since {
            let silent = now.since(since);
            if !self.is_timed_out && silent >= self.media_timeout {
                self.is_timed_out = true;
                self.events.push_back(MediaEvent::MediaTimedOut { port: self.id, silent });
            }
        }
    }

    /// The next packet to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        self.outbox.poll()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// The next frame of any tap.
    pub fn poll_tapped(&mut self) -> Option<TapFrame> {
        self.taps.poll()
    }

    /// The next piece of any recording for the writer.
    pub fn poll_recording(&mut self) -> Option<Recorded> {
        self.recorders.poll()
    }

    /// The counters of this moment.
    pub fn statistics(&self) -> PortStatistics {
        let Protection { unauthenticated, replayed, .. } = self.protection;
        PortStatistics {
            packets_unauthenticated: unauthenticated,
            packets_replayed: replayed,
            ..self.session.statistics()
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
