use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::codec::AudioCodec;
use crate::codec::g711::Law;
use crate::media_port::{Channel, Clip, Ear, MediaPlan, PayloadMap, SessionSeed};
use crate::rtcp::source_description::CNAME_BYTES;
use crate::rtp::parse;
use crate::units::{PayloadType, PlaybackId, RtpTimestamp, SampleRate, SeqNo, Ssrc, WallClock};

const TICK: Duration = Duration::from_millis(20);

/// A room with ports, each with a peer that says one level all the time, or nothing.
struct Bench {
    room: Room,
    ports: Vec<MediaPort>,
    levels: Vec<Option<i16>>,
    codecs: Vec<AudioCodec>,
    now: Moment,
    packets: u16,
}

impl Bench {
    fn new() -> Self {
        Self {
            room: Room::new(RoomId(1)),
            ports: Vec::new(),
            levels: Vec::new(),
            codecs: Vec::new(),
            now: Moment::from_nanos(1_000_000_000),
            packets: 0,
        }
    }

    fn enter(&mut self, level: Option<i16>, plan: MemberPlan) -> PortId {
        self.enter_with(AudioCodec::Pcmu, level, plan)
    }

    fn enter_with(&mut self, codec: AudioCodec, level: Option<i16>, plan: MemberPlan) -> PortId {
        let id = PortId(self.ports.len() as u64 + 1);
        let mut port = port(id, (!plan.is_desk).then_some(codec), self.now);
        port.enter_room((!plan.is_desk).then(|| Box::new(Ear::new(plan.jitter_buffer))));
        assert!(self.room.enter(id, plan));
        self.ports.push(port);
        self.levels.push(level);
        self.codecs.push(codec);
        id
    }

    /// What each port sends in one tick, as samples; None where it sends nothing.
    fn tick(&mut self) -> Vec<Option<i16>> {
        self.now = self.now.later_by(TICK);
        self.packets += 1;
        for (port, (level, codec)) in self.ports.iter_mut().zip(self.levels.iter().zip(&self.codecs)) {
            let Some(level) = level else { continue };
            let mut datagram = packet(self.packets, codec.law().encode(*level), *codec);
            port.handle_rtp(&mut datagram, PEER, self.now);
        }
        self.room.begin();
        for (place, port) in self.ports.iter_mut().enumerate() {
            self.room.take_voice(place, port, 1);
        }
        self.room.mix();
        let mut sent = Vec::new();
        for (place, port) in self.ports.iter_mut().enumerate() {
            self.room.let_hear(place, port, self.now, 1);
            let mut level = None;
            while let Some(transmit) = port.poll_transmit() {
                if transmit.channel == Channel::Rtp {
                    let packet = parse(transmit.bytes).expect("RTP");
                    let byte = packet.payload[0];
                    assert!(packet.payload.iter().all(|other| *other == byte), "an uneven frame");
                    level = Some(self.codecs[place].law().decode(byte));
                }
            }
            sent.push(level);
        }
        sent
    }

    /// What each hears once all playout buffers are filled.
    fn settled(&mut self) -> Vec<Option<i16>> {
        (0..4).map(|_| self.tick()).last().expect("four ticks")
    }
}

const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4000);

fn port(id: PortId, codec: Option<AudioCodec>, now: Moment) -> MediaPort {
    let seed = SessionSeed {
        ssrc: Ssrc::new(1),
        sequence_number: SeqNo::new(1),
        timestamp: RtpTimestamp::new(1),
        cname: [b'c'; CNAME_BYTES],
        wall_clock: WallClock::new(0),
    };
    let mut port = MediaPort::new(id, seed, Duration::from_secs(60));
    let Some(codec) = codec else { return port };
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    receive.insert(PayloadType::from_header(8), AudioCodec::Pcma);
    let plan = MediaPlan {
        remote: PEER,
        remote_rtcp: PEER,
        codec,
        payload_type: PayloadType::from_header(if codec == AudioCodec::Pcmu { 0 } else { 8 }),
        receive,
        telephone_event: Some(PayloadType::from_header(101)),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    };
    port.apply(&plan, now);
    port
}

fn packet(number: u16, byte: u8, codec: AudioCodec) -> Vec<u8> {
    let mut bytes = vec![0x80, if codec == AudioCodec::Pcmu { 0 } else { 8 }];
    bytes.extend(number.to_be_bytes());
    bytes.extend((u32::from(number) * 160).to_be_bytes());
    bytes.extend(7u32.to_be_bytes());
    bytes.resize(12 + FRAME_SAMPLES, byte);
    bytes
}

/// A level as it is once it went through a codec.
fn coded(level: i16) -> i16 {
    Law::Mu.decode(Law::Mu.encode(level))
}

fn sum(levels: &[i16]) -> Option<i16> {
    Some(coded(levels.iter().map(|level| coded(*level)).sum()))
}

const MUTED: MemberPlan = MemberPlan { is_heard: false, ..MemberPlan::OPEN };

#[test]
fn each_member_hears_the_other_two_and_not_itself() {
    let mut bench = Bench::new();
    for level in [1000, 2000, 4000] {
        bench.enter(Some(level), MemberPlan::OPEN);
    }
    assert_eq!(bench.tick(), [Some(0); 3], "60 ms are between what is said and what is heard");
    assert_eq!(bench.settled(), [sum(&[2000, 4000]), sum(&[1000, 4000]), sum(&[1000, 2000])]);
}

#[test]
fn a_muted_member_hears_all_and_is_heard_by_nobody() {
    let mut bench = Bench::new();
    let muted = bench.enter(Some(1000), MUTED);
    bench.enter(Some(2000), MemberPlan::OPEN);
    assert_eq!(bench.settled(), [sum(&[2000]), Some(0)]);
    bench.room.change(muted, MemberPlan::OPEN);
    assert_eq!(bench.settled(), [sum(&[2000]), sum(&[1000])]);
}

#[test]
fn a_member_on_hold_hears_only_what_its_port_plays() {
    let mut bench = Bench::new();
    let hold = MemberPlan { is_heard: false, hears: false, ..MemberPlan::OPEN };
    bench.enter(Some(1000), hold);
    bench.enter(Some(2000), MemberPlan::OPEN);
    assert_eq!(bench.settled(), [Some(0), Some(0)]);
    bench.ports[0].play(PlaybackId(1), Arc::new(Clip::new(vec![500; 1600])));
    assert_eq!(bench.settled(), [sum(&[500]), Some(0)]);
}

#[test]
fn what_is_played_to_one_member_comes_on_top_of_the_room_for_it_alone() {
    let mut bench = Bench::new();
    bench.enter(None, MemberPlan::OPEN);
    bench.enter(Some(2000), MemberPlan::OPEN);
    bench.enter(None, MemberPlan::OPEN);
    bench.settled();
    bench.ports[0].play(PlaybackId(1), Arc::new(Clip::new(vec![500; 1600])));
    assert_eq!(bench.tick(), [sum(&[2000, 500]), Some(0), sum(&[2000])]);
}

#[test]
fn a_coach_hears_all_and_is_heard_by_whom_it_coaches_alone() {
    let mut bench = Bench::new();
    let coached = bench.enter(Some(1000), MemberPlan::OPEN);
    bench.enter(Some(2000), MemberPlan::OPEN);
    let coach = bench.enter(Some(4000), MemberPlan { coaches: Some(coached), ..MemberPlan::OPEN });
    let desk = bench.enter(None, MemberPlan::DESK);
    assert_eq!(bench.settled(), [sum(&[2000, 4000]), sum(&[1000]), sum(&[1000, 2000]), None]);
    bench.room.change(coach, MemberPlan { coaches: Some(coached), ..MUTED });
    assert_eq!(bench.settled()[0], sum(&[2000]), "a muted coach is heard by nobody");
    bench.room.change(coach, MemberPlan { coaches: Some(PortId(99)), ..MemberPlan::OPEN });
    assert_eq!(bench.settled()[..3], [sum(&[2000]), sum(&[1000]), sum(&[1000, 2000])], "nobody to coach");
    bench.room.change(coach, MemberPlan { coaches: Some(coach), ..MemberPlan::OPEN });
    assert_eq!(bench.settled()[2], sum(&[1000, 2000]), "nobody coaches itself");
    assert_eq!(bench.room.len(), 4);
    assert_eq!(bench.room.leave(desk), Some(3));
}

#[test]
fn two_coaches_of_one_member_are_both_heard() {
    let mut bench = Bench::new();
    let coached = bench.enter(None, MemberPlan::OPEN);
    for level in [1000, 2000] {
        bench.enter(Some(level), MemberPlan { coaches: Some(coached), ..MemberPlan::OPEN });
    }
    assert_eq!(bench.settled(), [sum(&[1000, 2000]), Some(0), Some(0)]);
}

#[test]
fn what_the_desk_plays_is_heard_by_all_who_hear_the_room() {
    let mut bench = Bench::new();
    bench.enter(None, MemberPlan::OPEN);
    bench.enter(None, MemberPlan { hears: false, ..MUTED });
    bench.enter(Some(1000), MUTED);
    bench.enter(None, MemberPlan::DESK);
    bench.settled();
    bench.ports[3].play(PlaybackId(1), Arc::new(Clip::new(vec![500; 160])));
    assert_eq!(bench.tick(), [sum(&[500]), Some(0), sum(&[500]), None]);
    assert_eq!(bench.tick(), [Some(0), Some(0), Some(0), None], "to its end");
    assert!(bench.ports[3].poll_event().is_some(), "it was played");
}

#[test]
fn a_member_that_is_gone_is_heard_no_more_and_the_others_stay_who_they_are() {
    let mut bench = Bench::new();
    let first = bench.enter(Some(1000), MemberPlan::OPEN);
    bench.enter(Some(2000), MemberPlan::OPEN);
    bench.enter_with(AudioCodec::Pcma, Some(4000), MemberPlan::OPEN);
    bench.settled();
    assert_eq!(bench.room.leave(first), Some(0));
    assert_eq!(bench.room.leave(first), None);
    bench.levels.remove(0);
    bench.ports.remove(0);
    bench.codecs.remove(0);
    let a_law = |level| Law::A.decode(Law::A.encode(level));
    assert_eq!(bench.settled(), [Some(coded(a_law(4000))), Some(a_law(coded(2000)))]);
}

#[test]
fn a_room_takes_252_members_and_each_once() {
    let mut room = Room::new(RoomId(1));
    assert!(room.is_empty());
    for id in 0..MEMBERS_MAX as u64 {
        assert!(room.enter(PortId(id), MemberPlan::OPEN));
    }
    assert!(!room.enter(PortId(1000), MemberPlan::OPEN));
    room.leave(PortId(5));
    assert!(!room.enter(PortId(6), MemberPlan::OPEN), "it is in already");
    assert!(room.enter(PortId(5), MemberPlan::OPEN));
}

#[test]
fn a_key_that_is_told_of_as_an_event_is_heard_as_its_tones_by_the_others() {
    let mut bench = Bench::new();
    bench.enter(None, MemberPlan::OPEN);
    bench.enter(None, MemberPlan::OPEN);
    let mut event = packet(1, 0, AudioCodec::Pcmu);
    event[1] = 0x80 | 101;
    event.truncate(12);
    event.extend([5, 10, 0, 160]);
    bench.ports[0].handle_rtp(&mut event, PEER, bench.now);
    let mut loud = Vec::new();
    for _ in 0..7 {
        bench.room.begin();
        for (place, port) in bench.ports.iter_mut().enumerate() {
            bench.room.take_voice(place, port, 1);
        }
        bench.room.mix();
        loud.push(bench.room.mixer.whole().iter().any(|sample| sample.unsigned_abs() > 5000));
    }
    assert_eq!(loud, [true, true, true, true, true, false, false], "100 ms of it");
}

#[test]
fn missed_ticks_are_skipped_and_what_is_played_is_not() {
    let mut bench = Bench::new();
    bench.enter(None, MemberPlan::OPEN);
    bench.enter(None, MemberPlan::DESK);
    bench.ports[1].play(PlaybackId(1), Arc::new(Clip::new(vec![500; 320])));
    bench.room.begin();
    bench.room.take_voice(0, &mut bench.ports[0], 3);
    bench.room.take_voice(1, &mut bench.ports[1], 3);
    bench.room.mix();
    assert_eq!(bench.tick()[0], sum(&[500]), "the second frame");
}

proptest! {
    #[test]
    fn whatever_the_plans_are_a_member_hears_those_who_are_for_it(
        plans in proptest::collection::vec((any::<bool>(), any::<bool>(), proptest::option::of(0u64..8)), 1..8),
    ) {
        let mut bench = Bench::new();
        for (n, (is_heard, hears, coaches)) in plans.iter().enumerate() {
            let coaches = coaches.map(|id| PortId(id + 1));
            let plan = MemberPlan { is_heard: *is_heard, hears: *hears, coaches, ..MemberPlan::OPEN };
            bench.enter(Some(100 << n), plan);
        }
        let heard = bench.settled();
        for (listener, (_, hears, _)) in plans.iter().enumerate() {
            let is_for = |(n, (is_heard, _, coaches)): &(usize, &(bool, bool, Option<u64>))| {
                let is_for_it = coaches.is_none_or(|id| id == listener as u64);
                *n != listener && *is_heard && *hears && is_for_it
            };
            let levels: Vec<i16> = plans.iter().enumerate().filter(is_for).map(|(n, _)| 100 << n).collect();
            prop_assert_eq!(heard[listener], sum(&levels), "{:?} at {}", &plans, listener);
        }
    }
}
