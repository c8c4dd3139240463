//! The packet path of a bridge allocates nothing, recorded twice and tapped or not, protected or not, nor does that of a
//! room. A file of its own, for an allocator of its own.

#![expect(unsafe_code, reason = "an allocator that counts can be had in no other way")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use _media::codec::AudioCodec;
use _media::conference::{MemberPlan, Room};
use _media::media_port::{
    Ear, MediaPlan, MediaPort, PayloadMap, Recorded, Recorder, RecordingChannels, RecordingPlan,
    RecordingTrack, SessionSeed, SrtpKeys, Tap,
};
use _media::relay::{Passed, Relay};
use _media::rtcp::source_description::CNAME_BYTES;
use _media::rtp::Header;
use _media::srtp::{CryptoSuite, GROWTH_MAX, KEY_AND_SALT_BYTES, MasterKey, Protector};
use _media::units::{
    Moment, PayloadType, PortId, RecordingId, RoomId, RtpTimestamp, SampleRate, SeqNo, Ssrc, TapId, WallClock,
};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// The system's, counted for each thread.
struct Counting;

// SAFETY: all is left to the system's allocator; the counter allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        BYTES.with(|bytes| bytes.set(bytes.get() + layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations() -> usize {
    ALLOCATIONS.with(Cell::get)
}

const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4000);

fn port(id: u64, codec: AudioCodec, now: Moment) -> MediaPort {
    let seed = SessionSeed {
        ssrc: Ssrc::new(1),
        sequence_number: SeqNo::new(1),
        timestamp: RtpTimestamp::new(1),
        cname: [b'c'; CNAME_BYTES],
        wall_clock: WallClock::new(0),
    };
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    let mut port = MediaPort::new(PortId(id), seed, Duration::from_secs(60));
    let plan = MediaPlan {
        remote: PEER,
        remote_rtcp: PEER,
        codec,
        payload_type: PayloadType::from_header(8),
        receive,
        telephone_event: Some(PayloadType::from_header(101)),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    };
    port.apply(&plan, now);
    port.join();
    port
}

#[test]
fn the_count_counts() {
    let before = allocations();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(allocations() - before, 1);
}

#[test]
fn a_recording_takes_what_the_manual_says() {
    let (mono, dual) = (RecordingChannels::Mono, RecordingChannels::Dual);
    for (track, channels, kib) in [
        (RecordingTrack::Inbound, mono, 45),
        (RecordingTrack::Outbound, mono, 45),
        (RecordingTrack::Both, mono, 53),
        (RecordingTrack::Both, dual, 85),
    ] {
        let before = BYTES.with(Cell::get);
        let plan = RecordingPlan { track, channels, trims_silence: false };
        let recorder = Box::new(Recorder::new(RecordingId(1), plan));
        let bytes = BYTES.with(Cell::get) - before;
        assert!((kib - 3..=kib).contains(&bytes.div_ceil(1024)), "{track:?} {channels:?}: {bytes} bytes");
        drop(recorder);
    }
}

#[test]
fn a_relayed_and_recorded_packet_a_key_and_a_tick_allocate_nothing() {
    for is_protected in [false, true] {
        relay_and_record(is_protected);
    }
}

fn key(byte: u8) -> MasterKey {
    MasterKey::new(CryptoSuite::AesCm128HmacSha1_80, &[byte; KEY_AND_SALT_BYTES]).expect("30 bytes")
}

fn relay_and_record(is_protected: bool) {
    let mut now = Moment::from_nanos(1_000_000_000);
    let (mut heard_by, mut said_by) = (port(1, AudioCodec::Pcmu, now), port(2, AudioCodec::Pcma, now));
    let mut peer = Protector::new(key(1));
    if is_protected {
        heard_by.secure(Some(SrtpKeys::new(key(2), key(1))));
        said_by.secure(Some(SrtpKeys::new(key(3), key(4))));
    }
    let both =
        RecordingPlan { track: RecordingTrack::Both, channels: RecordingChannels::Dual, trims_silence: true };
    for port in [&mut heard_by, &mut said_by] {
        port.record(Box::new(Recorder::new(RecordingId(1), both)));
        port.record(Box::new(Recorder::new(RecordingId(2), RecordingPlan::INBOUND)));
        port.open_tap(Box::new(Tap::new(TapId(1), RecordingTrack::Both)));
    }
    let (mut recorded, mut tapped) = (0, 0);
    let mut relay = Relay::default();
    let mut datagram = [0; 172 + GROWTH_MAX];
    let mut passed = 0;
    let before = allocations();
    for number in 0..500u16 {
        now = now.later_by(Duration::from_millis(20));
        let is_key = number % 50 == 0;
        let number = if number % 9 == 0 { number ^ 1 } else { number }; // some out of order
        let header = Header {
            marker: is_key,
            payload_type: PayloadType::from_header(if is_key { 101 } else { 0 }),
            sequence_number: SeqNo::new(number),
            timestamp: RtpTimestamp::new(u32::from(number) * 160),
            ssrc: Ssrc::new(u32::from(number / 200)),
        };
        datagram[..12].copy_from_slice(&header.to_bytes());
        datagram[12..].fill(3);
        let length = if is_protected { peer.protect_rtp(&mut datagram, 172).unwrap_or(0) } else { 172 };
        if let Some(heard) = heard_by.handle_rtp(&mut datagram[..length], PEER, now) {
            let outcome = relay.handle_packet(&heard, &mut datagram, &mut said_by, now);
            passed += usize::from(matches!(outcome, Passed::Packet { .. }));
        }
        while heard_by.poll_event().is_some() {}
        for port in [&mut heard_by, &mut said_by] {
            port.handle_tick(now, 1);
            tapped += std::iter::from_fn(|| port.poll_tapped()).count();
            while port.poll_transmit().is_some() {}
            while let Some(Recorded::Chunk(id, chunk)) = port.poll_recording() {
                recorded += chunk.samples().len();
                port.recycle(id, chunk);
            }
        }
    }
    assert_eq!(allocations() - before, 0);
    assert!(passed > 400, "{passed} of 500");
    assert!((1970..=2010).contains(&tapped), "{tapped} frames of four tracks");
    assert_eq!(recorded, 2 * (2 + 1) * 490 * 160, "all but what waits in the playout delay and the chunk");
}

#[test]
fn a_tick_of_a_room_with_a_coach_and_a_recording_desk_allocates_nothing() {
    let mut now = Moment::from_nanos(1_000_000_000);
    let mut room = Room::new(RoomId(1));
    let mut ports: Vec<MediaPort> = (1..=5).map(|id| port(id, AudioCodec::Pcma, now)).collect();
    for (id, port) in (1..).zip(&mut ports) {
        port.unjoin();
        let plan = match id {
            4 => MemberPlan { coaches: Some(PortId(1)), ..MemberPlan::OPEN },
            5 => MemberPlan::DESK,
            _ => MemberPlan::OPEN,
        };
        port.enter_room((!plan.is_desk).then(|| Box::new(Ear::new(plan.jitter_buffer))));
        assert!(room.enter(PortId(id), plan));
    }
    let mix = RecordingPlan { track: RecordingTrack::Outbound, ..RecordingPlan::INBOUND };
    ports[4].record(Box::new(Recorder::new(RecordingId(1), mix)));
    let (mut datagram, mut sent, mut recorded) = ([0; 172], 0, 0);
    let before = allocations();
    for number in 0..500u16 {
        now = now.later_by(Duration::from_millis(20));
        for (place, port) in ports.iter_mut().enumerate().take(4) {
            let is_key = place == 0 && number % 50 == 0;
            let header = Header {
                marker: is_key,
                payload_type: PayloadType::from_header(if is_key { 101 } else { 0 }),
                sequence_number: SeqNo::new(if number % 9 == 0 { number ^ 1 } else { number }),
                timestamp: RtpTimestamp::new(u32::from(number) * 160),
                ssrc: Ssrc::new(1),
            };
            datagram[..12].copy_from_slice(&header.to_bytes());
            datagram[12..].fill(3);
            port.handle_rtp(&mut datagram, PEER, now);
            while port.poll_event().is_some() {}
        }
        room.begin();
        for (place, port) in ports.iter_mut().enumerate() {
            room.take_voice(place, port, 1);
        }
        room.mix();
        for (place, port) in ports.iter_mut().enumerate() {
            room.let_hear(place, port, now, 1);
            while port.poll_transmit().is_some() {
                sent += 1;
            }
            while let Some(Recorded::Chunk(id, chunk)) = port.poll_recording() {
                recorded += chunk.samples().len();
                port.recycle(id, chunk);
            }
        }
    }
    assert_eq!(allocations() - before, 0);
    assert!(sent >= 4 * 500, "{sent} packets");
    assert_eq!(recorded, 490 * 160);
}
