//! Two ports joined by relays, driven by a script: what comes on their sockets, in any order, among
//! ticks and commands.
//!
//! A script is records of one byte that says what is done (the lower half) and how much later (the
//! upper half, in steps of 5 ms), and what that needs; see `Call::act`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use _media::codec::AudioCodec;
use _media::media_port::{
    CHUNK_SAMPLES, Channel, Clip, DigitRun, Feed, FeedInput, FeedProgress, InbandDigits, MediaEvent,
    MediaPlan, MediaPort, Pause, PayloadMap, QUEUE_MAX, RECORDINGS_MAX, Recorded, Recorder,
    RecordingChannels, RecordingPlan, RecordingTrack, SessionSeed, Turns, VoiceWatch,
};
use _media::relay::{PAYLOAD_MAX, Passed, Relay};
use _media::rtcp::source_description::CNAME_BYTES;
use _media::rtp_session::KEY_BURST;
use _media::units::{
    MarkId, Moment, PayloadType, PlaybackId, PortId, RecordingId, RtpTimestamp, SampleRate, SeqNo, Ssrc,
    WallClock,
};
use _media::{rtcp, rtp};

use super::Target;
use super::formats::{packet, rtcp_packets};

const DATAGRAM_MAX: usize = 1500;
/// Frames that a recording may have beyond its ticks: what a playout buffer holds, 512 ms, drawn out by
/// what it still grows for its latest packet, 230 ms.
const BUFFERED_FRAMES: u64 = 26 + 12;
/// How far behind its newest packet a stream may go: what the relay passes on late.
const LATE_MAX: i16 = 16;

const RTP: u8 = 0;
const STRANGE_RTP: u8 = 2;
const RTCP: u8 = 4;
const TICK: u8 = 6;
const TICKS: u8 = 7;
const PLAY: u8 = 8;
const DIGITS: u8 = 9;
const RECORD: u8 = 10;
const CHANGE_RECORDING: u8 = 11;
const APPLY: u8 = 12;
const JOIN: u8 = 13;
const FEED: u8 = 14;
const WATCH: u8 = 15;

pub fn target() -> Target {
    Target { name: "call", seeds: scripts(), run }
}

fn run(script: &[u8]) -> String {
    let mut call = Call::new();
    let mut script = Script(script);
    while let Some(op) = script.byte() {
        call.now = call.now.later_by(Duration::from_millis(u64::from(op >> 4) * 5));
        call.act(op & 15, &mut script);
        call.pump();
    }
    call.end()
}

/// Takes a script apart; behind its end everything is zero.
struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A datagram behind its length in two bytes.
    fn datagram(&mut self) -> Vec<u8> {
        let length = u16::from_be_bytes([self.byte().unwrap_or(0), self.byte().unwrap_or(0)]);
        self.take(usize::from(length).min(DATAGRAM_MAX)).to_vec()
    }
}

/// What a recording must come to.
#[derive(Default)]
struct Expected {
    frames: u64,
    is_skipped: bool,
    is_running: bool,
    samples: u64,
}

struct Leg {
    port: MediaPort,
    plan: MediaPlan,
    ssrc: Ssrc,
    peer: SocketAddrV4,
    newest: Option<SeqNo>,
    playing: HashSet<PlaybackId>,
    marks: HashSet<MarkId>,
    feed: Option<PlaybackId>,
    recordings: HashMap<RecordingId, (RecordingPlan, Expected)>,
    datagrams: u64,
    keys: u32,
}

struct Call {
    legs: [Leg; 2],
    relays: [Relay; 2],
    is_joined: bool,
    now: Moment,
    began: Moment,
    next_id: u64,
    did: HashSet<&'static str>,
}

impl Leg {
    fn new(id: u16) -> Self {
        let ssrc = Ssrc::new(0xfeed_0000 + u32::from(id));
        let seed = SessionSeed {
            ssrc,
            sequence_number: SeqNo::new(65_500),
            timestamp: RtpTimestamp::new(u32::MAX - 5000),
            cname: [b'c'; CNAME_BYTES],
            wall_clock: WallClock::new(0),
        };
        let peer = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4000 + 2 * id);
        Self {
            port: MediaPort::new(PortId(u64::from(id)), seed, Duration::from_secs(1)).hearing(if id == 0 {
                InbandDigits::Auto
            } else {
                InbandDigits::Always
            }),
            plan: plan(peer, 0),
            ssrc,
            peer,
            newest: None,
            playing: HashSet::new(),
            marks: HashSet::new(),
            feed: None,
            recordings: HashMap::new(),
            datagrams: 0,
            keys: 0,
        }
    }

    /// What of a packet that leaves for the peer must be true.
    fn check_sent(&mut self, datagram: &[u8]) {
        let packet = rtp::parse(datagram).expect("we send RTP");
        assert_eq!(packet.header.ssrc, self.ssrc, "in our own source");
        let kinds = [Some(self.plan.payload_type), self.plan.telephone_event];
        assert!(kinds.contains(&Some(packet.header.payload_type)), "{:?}", packet.header);
        assert!(packet.payload.len() <= PAYLOAD_MAX);
        let number = packet.header.sequence_number;
        let ahead = self.newest.map_or(1, |newest| number.distance_from(newest));
        assert!(ahead > -LATE_MAX, "numbers run on, but for what comes late or twice: {ahead}");
        if ahead > 0 {
            self.newest = Some(number);
        }
    }

    fn tell(&mut self, event: &MediaEvent) -> &'static str {
        match event {
            MediaEvent::DigitReceived { .. } => {
                self.keys += 1;
                "key"
            }
            MediaEvent::PlaybackEnded { playback, .. } | MediaEvent::DigitsSent { playback, .. } => {
                assert!(self.playing.remove(playback), "an end is told once");
                self.feed = self.feed.filter(|feed| feed != playback);
                "played"
            }
            MediaEvent::MarkPassed { mark, .. } => {
                assert!(self.marks.remove(mark), "a mark is told once");
                "mark"
            }
            MediaEvent::VoiceStarted { .. } => "voice",
            MediaEvent::VoiceEnded { .. } => "voice ended",
            MediaEvent::MediaTimedOut { .. } => "timeout",
            other => panic!("a port without I/O does not tell of {other:?}"),
        }
    }

    fn write(&mut self, recorded: Recorded, refuse: bool) {
        let (plan, expected) =
            self.recordings.get_mut(&recorded.recording()).expect("it was begun, and not over");
        match recorded {
            Recorded::Chunk(id, chunk) if refuse => self.port.handle_refused(id, chunk),
            Recorded::Chunk(id, chunk) => {
                assert!(chunk.samples().len() <= CHUNK_SAMPLES * plan.channel_count());
                expected.samples += chunk.lost();
                self.port.recycle(id, chunk);
            }
            Recorded::Finished(id, silence) => {
                let samples = expected.samples + silence;
                let (least, most) = (expected.frames * 160, (expected.frames + BUFFERED_FRAMES) * 160);
                assert!(samples <= most, "{samples} samples in {} ticks", expected.frames);
                assert!(
                    expected.is_skipped || samples >= least,
                    "{samples} samples in {} ticks",
                    expected.frames
                );
                self.recordings.remove(&id);
            }
        }
    }
}

fn plan(peer: SocketAddrV4, choice: u8) -> MediaPlan {
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    receive.insert(PayloadType::from_header(8), AudioCodec::Pcma);
    if choice & 16 != 0 {
        receive.insert_event(PayloadType::from_header(97));
    }
    let is_a_law = choice & 1 != 0;
    MediaPlan {
        remote: peer,
        remote_rtcp: SocketAddrV4::new(*peer.ip(), peer.port() + 1),
        codec: if is_a_law { AudioCodec::Pcma } else { AudioCodec::Pcmu },
        payload_type: PayloadType::from_header(if is_a_law { 8 } else { 0 }),
        receive,
        telephone_event: (choice & 2 == 0).then_some(PayloadType::from_header(101)),
        telephone_event_rate: SampleRate::new(if choice & 32 != 0 { 48_000 } else { 8000 }).expect("a rate"),
        sends: choice & 4 == 0,
        receives: choice & 8 == 0,
    }
}

impl Call {
    fn new() -> Self {
        let now = Moment::from_nanos(3_600_000_000_000);
        let mut legs = [Leg::new(0), Leg::new(1)];
        legs.iter_mut().for_each(|leg| leg.port.apply(&leg.plan, now));
        Self {
            legs,
            relays: Default::default(),
            is_joined: false,
            now,
            began: now,
            next_id: 0,
            did: HashSet::new(),
        }
    }

    fn act(&mut self, op: u8, script: &mut Script<'_>) {
        let now = self.now;
        self.next_id += 1;
        let id = self.next_id;
        match op {
            RTP..TICK => return self.receive(op, script.datagram()),
            JOIN => return self.join(script.byte().unwrap_or(0)),
            _ => {}
        }
        let choice = script.byte().unwrap_or(0);
        let leg = &mut self.legs[usize::from(choice >> 7)];
        let choice = choice & 0x7f;
        match op {
            TICK | TICKS => {
                let frames = if op == TICK { 1 } else { u32::from(choice) };
                for (_, expected) in leg.recordings.values_mut().filter(|(_, expected)| expected.is_running) {
                    expected.frames += u64::from(frames);
                }
                leg.port.handle_tick(now, frames);
            }
            _ if matches!(op, PLAY | DIGITS) && leg.playing.len() >= QUEUE_MAX as usize => {}
            PLAY => {
                let turns = if choice > 120 { Turns::Forever } else { Turns::Times(u32::from(choice & 3)) };
                let clip = Clip::new(vec![i16::from(choice) * 200; usize::from(choice) * 20]);
                leg.port.play_turns(PlaybackId(id), Arc::new(clip), turns);
                leg.playing.insert(PlaybackId(id));
            }
            DIGITS => {
                let text = String::from_utf8_lossy(script.take(usize::from(choice & 15)));
                if let Ok(digits) = DigitRun::parse(&text) {
                    leg.port.send_digits(PlaybackId(id), Box::new(digits));
                    leg.playing.insert(PlaybackId(id));
                }
                if choice & 16 != 0 {
                    leg.port.stop_playing();
                }
            }
            RECORD => record(leg, RecordingId(id), choice),
            CHANGE_RECORDING => change_recording(leg, choice),
            APPLY => {
                leg.plan = plan(leg.peer, choice);
                leg.port.apply(&leg.plan, now);
            }
            FEED => feed(leg, id, choice),
            _ => {
                let silence = Duration::from_millis(u64::from(choice) * 10);
                leg.port.watch_voice((choice < 100).then(|| Box::new(VoiceWatch::new(silence))));
            }
        }
    }

    fn receive(&mut self, op: u8, mut datagram: Vec<u8>) {
        let one = usize::from(op & 1);
        let [first, second] = &mut self.legs;
        let (leg, partner) = if one == 0 { (first, second) } else { (second, first) };
        if op >= RTCP {
            let from = SocketAddrV4::new(*leg.peer.ip(), leg.peer.port() + 1);
            return leg.port.handle_rtcp(&mut datagram, from, self.now);
        }
        let from = if op >= STRANGE_RTP { SocketAddrV4::new(*leg.peer.ip(), 9) } else { leg.peer };
        leg.datagrams += 1;
        let Some(heard) = leg.port.handle_rtp(&mut datagram, from, self.now) else { return };
        assert!(datagram.get(heard.payload.clone()).is_some(), "what was heard is of the datagram");
        if !self.is_joined {
            return;
        }
        match self.relays[1 - one].handle_packet(&heard, &mut datagram, &mut partner.port, self.now) {
            Passed::Packet { bytes, .. } => {
                partner.check_sent(&datagram[bytes]);
                self.did.insert("relayed");
            }
            Passed::Refused => leg.port.handle_unrelayed(),
            Passed::Nothing => {}
        }
    }

    fn join(&mut self, choice: u8) {
        self.is_joined = choice & 1 == 0;
        self.relays = Default::default();
        for leg in &mut self.legs {
            if self.is_joined {
                leg.port.join();
            } else {
                leg.port.unjoin();
            }
        }
    }

    /// Carry away what the ports have to say, as the engine does.
    fn pump(&mut self) {
        for leg in &mut self.legs {
            let mut sent = Vec::new();
            while let Some(transmit) = leg.port.poll_transmit() {
                match transmit.channel {
                    Channel::Rtp => sent.push(transmit.bytes.to_vec()),
                    Channel::Rtcp => drop(rtcp::parse(transmit.bytes).expect("we send RTCP")),
                }
            }
            sent.iter().for_each(|datagram| leg.check_sent(datagram));
            while let Some(event) = leg.port.poll_event() {
                self.did.insert(leg.tell(&event));
            }
            let mut refuse = leg.datagrams % 7 == 3;
            while let Some(recorded) = leg.port.poll_recording() {
                leg.write(recorded, std::mem::take(&mut refuse));
                self.did.insert("recorded");
            }
            while leg.port.poll_spent().is_some() {}
        }
    }

    /// Close both; all that was begun must be over.
    fn end(mut self) -> String {
        self.legs.iter_mut().for_each(|leg| leg.port.close(self.now));
        self.pump();
        for leg in &self.legs {
            assert!(
                leg.playing.is_empty() && leg.marks.is_empty() && leg.recordings.is_empty(),
                "all is over"
            );
            let statistics = leg.port.statistics();
            assert!(statistics.packets_received <= leg.datagrams);
            assert!(statistics.packets_received + statistics.packets_discarded >= leg.datagrams);
            // Events and tones have an allowance each.
            let refilled = u32::try_from(self.now.since(self.began).as_millis() / 50).expect("minutes");
            assert!(leg.keys <= 2 * (KEY_BURST + refilled + 1), "{} keys", leg.keys);
        }
        let mut did: Vec<&str> = self.did.into_iter().collect();
        did.sort_unstable();
        did.join(" ")
    }
}

fn record(leg: &mut Leg, id: RecordingId, choice: u8) {
    let plan = RecordingPlan {
        track: [RecordingTrack::Inbound, RecordingTrack::Outbound, RecordingTrack::Both]
            [usize::from(choice % 3)],
        channels: if choice & 4 == 0 { RecordingChannels::Mono } else { RecordingChannels::Dual },
        trims_silence: false,
    };
    if leg.recordings.values().filter(|(_, expected)| expected.is_running).count() == RECORDINGS_MAX {
        return; // the engine refuses it
    }
    leg.recordings.insert(id, (plan, Expected { is_running: true, ..Expected::default() }));
    leg.port.record(Box::new(Recorder::new(id, plan)));
}

fn change_recording(leg: &mut Leg, choice: u8) {
    let mut running: Vec<_> = leg.recordings.iter_mut().filter(|(_, (_, e))| e.is_running).collect();
    running.sort_unstable_by_key(|(id, _)| id.0);
    let place = usize::from(choice / 4) % running.len().max(1);
    let Some((&id, (_, expected))) = running.into_iter().nth(place) else { return };
    match choice % 4 {
        0 => leg.port.pause_recording(id, Pause::Silence),
        1 => {
            expected.is_skipped = true;
            leg.port.pause_recording(id, Pause::Skip);
        }
        2 => leg.port.resume_recording(id),
        _ => {
            expected.is_running = false;
            leg.port.stop_recording(id);
        }
    }
}

fn feed(leg: &mut Leg, id: u64, choice: u8) {
    let Some(feed) = leg.feed else {
        if leg.playing.len() < QUEUE_MAX as usize {
            leg.port.open_feed(Box::new(Feed::new(PlaybackId(id), Arc::new(FeedProgress::default()))));
            leg.playing.insert(PlaybackId(id));
            leg.feed = Some(PlaybackId(id));
        }
        return;
    };
    let input = match choice % 4 {
        0 => FeedInput::Piece(Arc::new(Clip::new(vec![5000; usize::from(choice) * 3]))),
        1 => {
            leg.marks.insert(MarkId(id));
            FeedInput::Mark(MarkId(id))
        }
        2 => FeedInput::Clear,
        _ => FeedInput::Finish(VecDeque::new()),
    };
    leg.port.feed(feed, input);
}

/// Calls as they are: both talk, press keys and report, a prompt comes between, all is recorded.
fn scripts() -> Vec<Vec<u8>> {
    let mut both = Vec::new();
    both.extend([RECORD, 2 | 4, RECORD, 0x80 | 1, WATCH, 4, JOIN, 0]);
    for number in 0..40u16 {
        for leg in 0..2u8 {
            let sound = packet(if leg == 0 { 0 } else { 8 }, number, 1 + u32::from(leg), &[0x21 + leg; 160]);
            say(&mut both, RTP + leg, &sound);
            both.extend([TICK | 0x20, leg << 7]);
        }
        if number % 8 == 5 {
            let pressed = u8::try_from(number / 8).expect("small");
            for event in [[pressed, 10, 0, 160], [pressed, 0x8a, 3, 32]] {
                say(&mut both, RTP, &packet(101, number, 1, &event));
            }
        }
    }
    let mut odd = vec![APPLY, 0x80 | 2, RECORD, 0x80 | 2, JOIN, 0, DIGITS, 0x83];
    odd.extend(b"1#w");
    for report in rtcp_packets() {
        say(&mut odd, RTCP, &report);
    }
    for number in [0u16, 2, 1, 5, 3, 3000, 40_000, 40_001, 9] {
        say(&mut odd, RTP, &packet(0, number, 1, &[number.to_be_bytes()[1]; 240]));
        odd.extend([TICK | 0x40, 0x80, TICKS | 0x40, 3]);
    }
    say(&mut odd, STRANGE_RTP, &packet(0, 41, 1, &[1; 80]));
    say(&mut odd, RTP, &packet(13, 42, 1, &[60]));
    odd.extend([PLAY, 40, CHANGE_RECORDING, 0x81, FEED, 0, FEED, 100, FEED, 1, FEED, 3, APPLY, 4, JOIN, 1]);
    odd.extend([TICK | 0x40, 0].repeat(30));
    odd.extend([CHANGE_RECORDING, 0x82, CHANGE_RECORDING, 0x83, APPLY, 0, JOIN, 0]);
    odd.extend([TICK | 0x40, 0].repeat(30));
    vec![both, odd]
}

fn say(script: &mut Vec<u8>, op: u8, datagram: &[u8]) {
    script.push(op);
    script.extend(u16::try_from(datagram.len()).expect("small").to_be_bytes());
    script.extend_from_slice(datagram);
}
