//! Golden recordings of both sides of a bridge, without I/O: two ports, the relay between them, and two
//! peers who say tones. Each tone must stand in its channel within 40 ms of when it was heard.

mod support;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use _media::codec::AudioCodec;
use _media::media_port::{
    Clip, MediaPlan, MediaPort, PayloadMap, Recorded, Recorder, RecordingChannels, RecordingPlan,
    RecordingTrack, SessionSeed,
};
use _media::relay::{Passed, Relay};
use _media::rtcp::source_description::CNAME_BYTES;
use _media::rtp::Header;
use _media::units::{
    Moment, PayloadType, PlaybackId, PortId, RecordingId, RtpTimestamp, SampleRate, SeqNo, Ssrc, WallClock,
};
use support::{assert_near, heard};

const DUAL: RecordingPlan =
    RecordingPlan { track: RecordingTrack::Both, channels: RecordingChannels::Dual, trims_silence: false };

const MS: u64 = 1_000_000;
const START: u64 = 60_000 * MS;

/// Tones that do not disturb each other in blocks of 5 ms.
const A_HZ: u32 = 400;
const B_HZ: u32 = 1000;
const PROMPT_HZ: u32 = 1600;

/// A port and its peer, whose packets come when they come.
struct Leg {
    port: MediaPort,
    /// What its peer sends, and when it comes.
    codec: AudioCodec,
    packet_nanos: u64,
    jitter_nanos: u64,
    lost_of_100: u64,
    packet_at: u64,
    number: u16,
    timestamp: u32,
    hz: u32,
    is_talking: bool,
}

impl Leg {
    fn new(id: u64, hz: u32, codec: AudioCodec) -> Self {
        let seed = SessionSeed {
            ssrc: Ssrc::new(1),
            sequence_number: SeqNo::new(65_500),
            timestamp: RtpTimestamp::new(u32::MAX - 4000),
            cname: [b'c'; CNAME_BYTES],
            wall_clock: WallClock::new(0),
        };
        let mut port = MediaPort::new(PortId(id), seed, Duration::from_secs(60));
        port.apply(&plan_to_peer(codec), Moment::from_nanos(START));
        let packet_at = START + id * 7 * MS;
        Self {
            port,
            codec,
            packet_nanos: 20 * MS,
            jitter_nanos: 0,
            lost_of_100: 0,
            packet_at,
            number: 0,
            timestamp: 5,
            hz,
            is_talking: false,
        }
    }

    /// The next packet of the peer, None when it is lost.
    fn packet(&mut self, chance: u64) -> Option<Vec<u8>> {
        let header = Header {
            marker: false,
            payload_type: payload_type(self.codec),
            sequence_number: SeqNo::new(self.number),
            timestamp: RtpTimestamp::new(self.timestamp),
            ssrc: Ssrc::new(9),
        };
        let samples = tone(self.hz, self.timestamp, if self.is_talking { 160 } else { 0 });
        let mut payload = [self.codec.law().silence(); 160];
        self.codec.law().encode_into(&samples, &mut payload[..samples.len()]);
        self.number = self.number.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        self.packet_at += self.packet_nanos;
        (chance % 100 >= self.lost_of_100).then(|| [&header.to_bytes()[..], &payload].concat())
    }
}

const fn payload_type(codec: AudioCodec) -> PayloadType {
    PayloadType::from_header(match codec {
        AudioCodec::Pcmu => 0,
        AudioCodec::Pcma => 8,
    })
}

fn plan_to_peer(codec: AudioCodec) -> MediaPlan {
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    receive.insert(PayloadType::from_header(8), AudioCodec::Pcma);
    let peer = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4000);
    MediaPlan {
        remote: peer,
        remote_rtcp: peer,
        codec,
        payload_type: payload_type(codec),
        receive,
        telephone_event: Some(PayloadType::from_header(101)),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the peak is 8000")]
fn tone(hz: u32, from: u32, samples: u32) -> Vec<i16> {
    let at = |n: u32| f64::from(hz) * f64::from(from.wrapping_add(n) % 8000) / 8000.0;
    (0..samples).map(|n| (8000.0 * (std::f64::consts::TAU * at(n)).sin()) as i16).collect()
}

/// A call of two legs, the first of which is recorded.
struct Call {
    a: Leg,
    b: Leg,
    to_a: Relay,
    to_b: Relay,
    is_joined: bool,
    /// When the next packets of each peer come that were delayed on the way.
    on_the_way: Vec<(u64, bool, Vec<u8>)>,
    ticks_at: [u64; 2],
    chance: u64,
    samples: Vec<i16>,
    begins_at: u64,
    /// What A's peer said, by when its packets came.
    said_by_a: Vec<(u64, u64)>,
    /// What A's peer heard of B's, by when its packets left.
    heard_by_a: Vec<(u64, u64)>,
}

impl Call {
    fn new(plan: RecordingPlan) -> Self {
        let (mut a, b) = (Leg::new(1, A_HZ, AudioCodec::Pcmu), Leg::new(2, B_HZ, AudioCodec::Pcma));
        a.port.record(Box::new(Recorder::new(RecordingId(1), plan)));
        let ticks_at = [START + 20 * MS, START + 25 * MS];
        Self {
            a,
            b,
            to_a: Relay::default(),
            to_b: Relay::default(),
            is_joined: false,
            on_the_way: Vec::new(),
            ticks_at,
            chance: 1,
            samples: Vec::new(),
            begins_at: ticks_at[0] - 5 * MS, // the command came a little before the first tick
            said_by_a: Vec::new(),
            heard_by_a: Vec::new(),
        }
    }

    fn join(&mut self) {
        self.is_joined = true;
        (self.to_a, self.to_b) = (Relay::default(), Relay::default());
        self.a.port.join();
        self.b.port.join();
    }

    fn unjoin(&mut self) {
        self.is_joined = false;
        self.a.port.unjoin();
        self.b.port.unjoin();
    }

    fn now(&self) -> u64 {
        self.ticks_at[0] - 20 * MS
    }

    /// Let so much time pass.
    fn run(&mut self, ms: u64) {
        let end = self.now() + ms * MS;
        while self.now() < end {
            let arrival = self.on_the_way.iter().map(|(at, ..)| *at).min().unwrap_or(u64::MAX);
            let next = [self.a.packet_at, self.b.packet_at, arrival, self.ticks_at[0], self.ticks_at[1]];
            let now = next.into_iter().min().expect("five");
            if now == arrival {
                let place = self.on_the_way.iter().position(|(at, ..)| *at == now).expect("there");
                let (_, is_from_a, datagram) = self.on_the_way.remove(place);
                self.arrive(is_from_a, datagram, now);
            } else if now == self.ticks_at[0] {
                self.tick_a(now);
            } else if now == self.ticks_at[1] {
                self.b.port.handle_tick(Moment::from_nanos(now), 1);
                while self.b.port.poll_transmit().is_some() {}
                self.ticks_at[1] += 20 * MS;
            } else {
                self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let (is_from_a, chance) = (now == self.a.packet_at, self.chance >> 33);
                let leg = if is_from_a { &mut self.a } else { &mut self.b };
                let late = if leg.jitter_nanos > 0 { chance % leg.jitter_nanos } else { 0 };
                if let Some(datagram) = leg.packet(chance) {
                    self.on_the_way.push((now + late, is_from_a, datagram));
                }
            }
        }
    }

    fn tick_a(&mut self, now: u64) {
        self.ticks_at[0] += 20 * MS;
        self.a.port.handle_tick(Moment::from_nanos(now), 1);
        while self.a.port.poll_transmit().is_some() {}
        while self.a.port.poll_event().is_some() {}
        self.take_recording();
    }

    fn take_recording(&mut self) {
        while let Some(recorded) = self.a.port.poll_recording() {
            if let Recorded::Chunk(id, chunk) = recorded {
                self.samples.extend_from_slice(chunk.samples());
                self.a.port.recycle(id, chunk);
            }
        }
    }

    fn arrive(&mut self, is_from_a: bool, mut datagram: Vec<u8>, at: u64) {
        let peer = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4000);
        let now = Moment::from_nanos(at);
        let (from, to, relay) = if is_from_a {
            (&mut self.a, &mut self.b, &mut self.to_b)
        } else {
            (&mut self.b, &mut self.a, &mut self.to_a)
        };
        let is_tone = datagram[12..].iter().any(|byte| *byte != from.codec.law().silence());
        let Some(heard) = from.port.handle_rtp(&mut datagram, peer, now) else { return };
        if is_from_a && is_tone {
            extend(&mut self.said_by_a, at);
        }
        if self.is_joined {
            let passed = relay.handle_packet(&heard, &mut datagram, &mut to.port, now);
            if !is_from_a && is_tone && matches!(passed, Passed::Packet { .. }) {
                extend(&mut self.heard_by_a, at);
            }
        }
    }

    fn finish(&mut self) -> Vec<i16> {
        self.a.port.stop_recordings();
        self.take_recording();
        std::mem::take(&mut self.samples)
    }

    /// Milliseconds of the file that a moment is.
    fn ms(&self, at: u64) -> i64 {
        (i64::try_from(at).expect("small") - i64::try_from(self.begins_at).expect("small")) / 1_000_000
    }

    fn spans(&self, spans: &[(u64, u64)]) -> Vec<(i64, i64)> {
        spans.iter().map(|(from, to)| (self.ms(*from), self.ms(*to))).collect()
    }
}

/// Note a packet of a tone; a lost one ends none.
fn extend(spans: &mut Vec<(u64, u64)>, at: u64) {
    match spans.last_mut() {
        Some((_, end)) if *end + 50 * MS > at => *end = at + 20 * MS,
        _ => spans.push((at, at + 20 * MS)),
    }
}

/// What happens in the middle of a bridge; gives the call and when its first peer heard prompts.
fn eventful_call(plan: RecordingPlan, jitter_ms: u64, lost_of_100: u64) -> (Call, Vec<(i64, i64)>) {
    let mut call = Call::new(plan);
    for leg in [&mut call.a, &mut call.b] {
        (leg.jitter_nanos, leg.lost_of_100) = (jitter_ms * MS, lost_of_100);
    }
    let mut prompts = Vec::new();
    call.run(200);
    call.join();
    call.run(200);
    (call.a.is_talking, call.b.is_talking) = (true, true);
    call.run(400);
    call.a.is_talking = false;
    // Prompts in the middle of the bridge: the peer hears them instead of the other side.
    for number in 0..3u64 {
        call.a.port.play(PlaybackId(number), Arc::new(Clip::new(tone(PROMPT_HZ, 0, 2400))));
        let began = call.ms(call.now() + 20 * MS);
        call.run(300);
        prompts.push((began, began + 300));
        call.a.is_talking = true;
        call.run(300);
        call.a.is_talking = false;
    }
    // Hold: the other side talks on and is not heard.
    let plan = plan_to_peer(AudioCodec::Pcmu);
    call.a.port.apply(&MediaPlan { sends: false, ..plan }, Moment::from_nanos(call.now()));
    call.run(400);
    call.a.port.apply(&plan, Moment::from_nanos(call.now()));
    call.run(300);
    // Alone, and together again.
    call.unjoin();
    call.run(300);
    call.join();
    call.run(300);
    call.unjoin();
    call.run(200);
    (call, prompts)
}

#[test]
fn both_channels_hold_what_was_heard_when_through_prompts_hold_and_joins() {
    let (mut call, prompts) = eventful_call(DUAL, 0, 0);
    let frames = usize::try_from(call.ms(call.now() + 20 * MS)).expect("positive") / 20;
    let samples = call.finish();
    assert_eq!(samples.len(), frames * 160 * 2, "the file runs with the clock");
    assert_eq!((call.said_by_a.len(), call.heard_by_a.len()), (4, 6));
    assert_near(&heard(&samples, 0, 2, A_HZ), &call.spans(&call.said_by_a));
    assert_near(&heard(&samples, 1, 2, B_HZ), &call.spans(&call.heard_by_a));
    assert_near(&heard(&samples, 1, 2, PROMPT_HZ), &prompts);
    for (channel, hz) in [(0, B_HZ), (0, PROMPT_HZ), (1, A_HZ)] {
        assert_eq!(heard(&samples, channel, 2, hz), [], "{hz} Hz is the other channel's");
    }
}

#[test]
fn jitter_and_loss_leave_them_in_their_places() {
    let (mut call, prompts) = eventful_call(DUAL, 18, 3);
    let samples = call.finish();
    assert_near(&heard(&samples, 0, 2, A_HZ), &call.spans(&call.said_by_a));
    assert_near(&heard(&samples, 1, 2, B_HZ), &call.spans(&call.heard_by_a));
    assert_near(&heard(&samples, 1, 2, PROMPT_HZ), &prompts);
}

#[test]
fn one_channel_has_both_in_it() {
    let (mut call, prompts) =
        eventful_call(RecordingPlan { channels: RecordingChannels::Mono, ..DUAL }, 0, 0);
    let samples = call.finish();
    assert_near(&heard(&samples, 0, 1, A_HZ), &call.spans(&call.said_by_a));
    assert_near(&heard(&samples, 0, 1, B_HZ), &call.spans(&call.heard_by_a));
    assert_near(&heard(&samples, 0, 1, PROMPT_HZ), &prompts);
}

#[test]
fn clocks_that_drift_apart_do_not_part_the_channels() {
    for (a_ppm, b_ppm) in [(200, -200), (-200, 200)] {
        let mut call = Call::new(DUAL);
        let nanos = |ppm: i64| u64::try_from(20_000_000 - 20 * ppm).expect("positive");
        (call.a.packet_nanos, call.b.packet_nanos) = (nanos(a_ppm), nanos(b_ppm));
        call.join();
        for _ in 0..100 {
            // A burst of both at once, every six seconds for ten minutes.
            (call.a.is_talking, call.b.is_talking) = (true, true);
            call.run(400);
            (call.a.is_talking, call.b.is_talking) = (false, false);
            call.run(5600);
        }
        let samples = call.finish();
        assert_eq!((call.said_by_a.len(), call.heard_by_a.len()), (100, 100));
        assert_near(&heard(&samples, 0, 2, A_HZ), &call.spans(&call.said_by_a));
        assert_near(&heard(&samples, 1, 2, B_HZ), &call.spans(&call.heard_by_a));
    }
}
