//! Two ports and the relay between them, as the engine drives them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::codec::AudioCodec;
use crate::media_port::{
    Channel, Clip, DigitRun, MediaEvent, MediaPlan, PayloadMap, Recorded, Recorder, RecordingPlan,
    SessionSeed, SrtpKeys,
};
use crate::rtcp::source_description::CNAME_BYTES;
use crate::rtp::{self, Header};
use crate::srtp::{CryptoSuite, GROWTH_MAX, KEY_AND_SALT_BYTES, MasterKey, Protector, Unprotector};
use crate::telephone_event::{Key, TelephoneEvent};
use crate::units::{
    PayloadType, PlaybackId, PortId, RecordingId, RtpTimestamp, SampleRate, SeqNo, Ssrc, WallClock,
};

const A_PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 1), 4000);
const B_PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 2), 5000);
const B_SSRC: Ssrc = Ssrc::new(2);

/// What A's peer says goes to B's.
struct Bridge {
    a: MediaPort,
    b: MediaPort,
    relay: Relay,
    now: Moment,
    /// The next packet of A's peer.
    sequence_number: SeqNo,
    timestamp: RtpTimestamp,
    ssrc: Ssrc,
}

fn plan(remote: SocketAddrV4, codec: AudioCodec, telephone_event: Option<u8>) -> MediaPlan {
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    receive.insert(PayloadType::from_header(8), AudioCodec::Pcma);
    MediaPlan {
        remote,
        remote_rtcp: SocketAddrV4::new(*remote.ip(), remote.port() + 1),
        codec,
        payload_type: PayloadType::from_header(if codec == AudioCodec::Pcmu { 0 } else { 8 }),
        receive,
        telephone_event: telephone_event.map(PayloadType::from_header),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    }
}

fn port(id: u64, ssrc: Ssrc) -> MediaPort {
    let seed = SessionSeed {
        ssrc,
        sequence_number: SeqNo::new(65_530),
        timestamp: RtpTimestamp::new(u32::MAX - 1000),
        cname: [b'c'; CNAME_BYTES],
        wall_clock: WallClock::new(0),
    };
    MediaPort::new(PortId(id), seed, Duration::from_secs(60))
}

/// A packet of one, as it left: header and payload.
type Left = (Header, Vec<u8>);

impl Bridge {
    fn new(codec: AudioCodec, telephone_event: Option<u8>) -> Self {
        let now = Moment::from_nanos(60_000_000_000);
        let (mut a, mut b) = (port(1, Ssrc::new(1)), port(2, B_SSRC));
        a.apply(&plan(A_PEER, AudioCodec::Pcmu, Some(101)), now);
        b.apply(&plan(B_PEER, codec, telephone_event), now);
        a.join();
        b.join();
        Self {
            a,
            b,
            relay: Relay::default(),
            now,
            sequence_number: SeqNo::new(900),
            timestamp: RtpTimestamp::new(77_000),
            ssrc: Ssrc::new(99),
        }
    }

    fn datagram(&mut self, datagram: &mut [u8]) -> Passed {
        let Some(heard) = self.a.handle_rtp(datagram, A_PEER, self.now) else { return Passed::Nothing };
        self.relay.handle_packet(&heard, datagram, &mut self.b, self.now)
    }

    /// One packet of A's peer, in its own numbering; what leaves for B's.
    fn packet(
        &mut self,
        payload_type: u8,
        marker: bool,
        timestamp: RtpTimestamp,
        payload: &[u8],
    ) -> Option<Left> {
        let header = Header {
            marker,
            payload_type: PayloadType::from_header(payload_type),
            sequence_number: self.sequence_number,
            timestamp,
            ssrc: self.ssrc,
        };
        self.sequence_number = self.sequence_number.next();
        let mut datagram = [&header.to_bytes()[..], payload].concat();
        match self.datagram(&mut datagram) {
            Passed::Packet { bytes, to } => {
                assert_eq!(to, B_PEER);
                let packet = rtp::parse(&datagram[bytes]).expect("RTP");
                assert_eq!(packet.header.ssrc, B_SSRC);
                Some((packet.header, packet.payload.to_vec()))
            }
            Passed::Nothing | Passed::Refused => None,
        }
    }

    /// 20 ms of µ-law, and the time that they take.
    fn audio(&mut self) -> Option<Left> {
        self.now = self.now.later_by(Duration::from_millis(20));
        let timestamp = self.timestamp;
        self.timestamp = self.timestamp.later_by(160);
        self.packet(0, false, timestamp, &[0x55; 160])
    }

    /// A tick of B right now: what it plays.
    fn tick(&mut self) -> Option<Header> {
        self.b.handle_tick(self.now, 1);
        let mut sent = None;
        while let Some(transmit) = self.b.poll_transmit() {
            if transmit.channel == Channel::Rtp {
                assert!(sent.replace(rtp::parse(transmit.bytes).expect("our own").header).is_none());
            }
        }
        sent
    }
}

fn clip(frames: usize) -> Arc<Clip> {
    Arc::new(Clip::load(&vec![1; frames * 320], SampleRate::TELEPHONE).expect("even"))
}

/// Numbers and ticks from one packet to the next.
fn step(before: Header, after: Header) -> (i16, i32) {
    (
        after.sequence_number.distance_from(before.sequence_number),
        after.timestamp.distance_from(before.timestamp),
    )
}

#[test]
fn audio_leaves_as_it_came_in_the_other_legs_own_source() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    let (first, payload) = bridge.audio().expect("relayed");
    assert_eq!((first.marker, first.payload_type.get()), (true, 0));
    assert_eq!(first.sequence_number, SeqNo::new(65_530));
    assert_eq!(payload, [0x55; 160]);
    let (second, _) = bridge.audio().expect("relayed");
    assert_eq!((step(first, second), second.marker), ((1, 160), false));
    let statistics = (bridge.a.statistics(), bridge.b.statistics());
    assert_eq!((statistics.0.packets_received, statistics.1.packets_sent), (2, 2));
}

#[test]
fn a_packet_with_sources_extension_and_padding_leaves_without_them() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    let header = bridge.audio().expect("relayed").0;
    let next =
        Header { sequence_number: SeqNo::new(901), timestamp: bridge.timestamp, ssrc: bridge.ssrc, ..header };
    let mut datagram = next.to_bytes().to_vec();
    datagram[0] |= 0x30 | 2;
    datagram.extend_from_slice(&[9; 8]); // two contributing sources
    datagram.extend_from_slice(&[0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
    datagram.extend_from_slice(&[0x66; 160]);
    datagram.extend_from_slice(&[0, 0, 3]);
    let Passed::Packet { bytes, .. } = bridge.datagram(&mut datagram) else { panic!("not relayed") };
    assert_eq!(bytes.len(), 172);
    let packet = rtp::parse(&datagram[bytes]).expect("RTP");
    assert_eq!((step(header, packet.header), packet.payload), ((1, 160), &[0x66; 160][..]));
}

#[test]
fn laws_are_converted_where_they_differ() {
    let mut bridge = Bridge::new(AudioCodec::Pcma, Some(101));
    let (header, payload) = bridge.audio().expect("relayed");
    assert_eq!(header.payload_type.get(), 8);
    let converted = AudioCodec::Pcma.law().encode(AudioCodec::Pcmu.law().decode(0x55));
    assert_ne!(converted, 0x55);
    assert_eq!(payload, [converted; 160]);
    let timestamp = bridge.timestamp;
    let (_, payload) = bridge.packet(8, false, timestamp, &[0x55; 80]).expect("relayed");
    assert_eq!(payload, [0x55; 80], "A-law already, and a packet of 10 ms");
}

#[test]
fn a_bridged_port_sends_no_silence_and_ticks_do_not_move_its_clock() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    assert!(bridge.tick().is_none());
    let (first, _) = bridge.audio().expect("relayed");
    assert!(bridge.tick().is_none());
    let (second, _) = bridge.audio().expect("relayed");
    assert_eq!(step(first, second), (1, 160));
    assert!(bridge.b.is_at_rest());
    bridge.b.unjoin();
    assert!(!bridge.b.is_at_rest());
    let silence = bridge.tick().expect("silence again");
    assert_eq!((step(second, silence), silence.marker), ((1, 160), true));
    assert!(bridge.audio().is_none());
}

#[test]
fn a_prompt_is_heard_instead_and_the_relay_goes_on_behind_it() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    bridge.tick();
    let (before, _) = bridge.audio().expect("relayed");
    bridge.b.play(PlaybackId(1), clip(2));
    assert!(!bridge.b.is_at_rest());
    let first = bridge.tick().expect("the prompt");
    assert_eq!((step(before, first), first.marker), ((1, 160), true));
    assert!(bridge.audio().is_none(), "the prompt is heard");
    let last = bridge.tick().expect("the prompt");
    assert_eq!((step(first, last), last.marker), ((1, 160), false));
    assert!(matches!(bridge.b.poll_event(), Some(MediaEvent::PlaybackEnded { finished: true, .. })));
    let (after, _) = bridge.audio().expect("relayed again");
    assert_eq!((step(last, after), after.marker), ((1, 160), true));
    assert!(bridge.tick().is_none());
    let (next, _) = bridge.audio().expect("relayed");
    assert_eq!((step(after, next), next.marker), ((1, 160), false));
}

#[test]
fn a_prompt_while_the_other_side_is_silent_is_no_break_either() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    let (before, _) = bridge.audio().expect("relayed");
    bridge.b.play(PlaybackId(1), clip(1));
    bridge.now = bridge.now.later_by(Duration::from_secs(2));
    let prompt = bridge.tick().expect("the prompt");
    assert_eq!(step(before, prompt), (1, 16_000));
    bridge.timestamp = bridge.timestamp.later_by(16_000);
    let (after, _) = bridge.audio().expect("relayed");
    assert_eq!((step(prompt, after), after.marker), ((1, 160), true));
}

#[test]
fn a_prompt_begins_behind_the_newest_packet_and_not_behind_one_that_came_late() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    bridge.audio().expect("relayed");
    let (overtaken, timestamp) = (bridge.sequence_number, bridge.timestamp);
    (bridge.sequence_number, bridge.timestamp) = (overtaken.next(), timestamp.later_by(160));
    let (newest, _) = bridge.audio().expect("relayed");
    let following = std::mem::replace(&mut bridge.sequence_number, overtaken);
    let (late, _) = bridge.packet(0, false, timestamp, &[0x44; 160]).expect("relayed");
    assert_eq!(step(newest, late), (-1, -160));
    bridge.b.play(PlaybackId(1), clip(1));
    let prompt = bridge.tick().expect("the prompt");
    assert_eq!(step(newest, prompt), (1, 160));
    bridge.sequence_number = following;
    assert_eq!(step(prompt, bridge.audio().expect("relayed").0), (1, 160));
}

#[test]
fn silence_after_a_bridge_on_which_nothing_was_said_begins_a_talkspurt() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    bridge.b.unjoin();
    bridge.tick();
    let before = bridge.tick().expect("silence");
    bridge.b.join();
    bridge.now = bridge.now.later_by(Duration::from_secs(1));
    assert!(bridge.tick().is_none());
    bridge.b.unjoin();
    let after = bridge.tick().expect("silence");
    assert_eq!((before.marker, after.marker), (false, true));
    assert_eq!(step(before, after), (1, 8000));
}

#[test]
fn hold_keeps_the_bridge() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    let (before, _) = bridge.audio().expect("relayed");
    bridge.b.apply(&MediaPlan { sends: false, ..plan(B_PEER, AudioCodec::Pcmu, Some(101)) }, bridge.now);
    (0..100).for_each(|_| assert!(bridge.audio().is_none()));
    bridge.b.apply(&plan(B_PEER, AudioCodec::Pcmu, Some(101)), bridge.now);
    let (after, _) = bridge.audio().expect("relayed again");
    assert_eq!((step(before, after), after.marker), ((1, 101 * 160), true));
    bridge.a.apply(&MediaPlan { receives: false, ..plan(A_PEER, AudioCodec::Pcmu, Some(101)) }, bridge.now);
    assert!(bridge.audio().is_none(), "its peer is only to listen");
}

#[test]
fn another_source_goes_on_without_a_jump() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    let (before, _) = bridge.audio().expect("relayed");
    (bridge.ssrc, bridge.sequence_number, bridge.timestamp) =
        (Ssrc::new(5), SeqNo::new(40_000), RtpTimestamp::new(3_000_000_000));
    let (after, _) = bridge.audio().expect("relayed");
    assert_eq!((step(before, after), after.marker), ((1, 160), true));
}

#[test]
fn keys_are_told_and_pass_under_the_other_sides_payload_type() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(96));
    let (before, _) = bridge.audio().expect("relayed");
    let event = |duration_ticks, end| TelephoneEvent { event: 5, end, volume: 10, duration_ticks }.to_bytes();
    let pressed_at = bridge.timestamp;
    let mut left = Vec::new();
    for (duration, end) in [(160, false), (320, false), (480, true), (480, true), (480, true)] {
        bridge.now = bridge.now.later_by(Duration::from_millis(20));
        let (header, payload) =
            bridge.packet(101, duration == 160, pressed_at, &event(duration, end)).expect("relayed");
        assert_eq!(payload, event(duration, end));
        assert_eq!((header.payload_type.get(), header.marker), (96, duration == 160));
        left.push(step(before, header));
    }
    assert_eq!(left, [(1, 160), (2, 160), (3, 160), (4, 160), (5, 160)]);
    let pressed = MediaEvent::DigitReceived { port: PortId(1), key: Key::from_char('5').expect("a key") };
    assert_eq!(bridge.a.poll_event(), Some(pressed));
    assert_eq!(bridge.a.poll_event(), None);
    bridge.b.play(PlaybackId(1), clip(1));
    let prompt = bridge.tick().expect("the prompt");
    assert_eq!(step(before, prompt), (6, 800), "the clock ran on while the key's timestamp stood still");
    bridge.timestamp = bridge.timestamp.later_by(640);
    let (after, _) = bridge.audio().expect("relayed");
    assert_eq!(step(prompt, after), (1, 160));
}

#[test]
fn a_key_lasts_as_long_on_the_other_side_whose_clock_is_another() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(96));
    let telephone_event_rate = SampleRate::new(48_000).expect("a rate");
    let wide = MediaPlan { telephone_event_rate, ..plan(B_PEER, AudioCodec::Pcmu, Some(96)) };
    bridge.b.apply(&wide, bridge.now);
    let event = |duration_ticks, end| TelephoneEvent { event: 5, end, volume: 10, duration_ticks }.to_bytes();
    for (heard, left, end) in [(160, 960, false), (800, 4800, true)] {
        let (_, payload) = bridge.packet(101, false, bridge.timestamp, &event(heard, end)).expect("relayed");
        assert_eq!(payload, event(left, end));
    }
}

#[test]
fn keys_without_their_form_on_the_other_side_are_told_and_leave_no_gap() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, None);
    let (before, _) = bridge.audio().expect("relayed");
    let pressed_at = bridge.timestamp;
    assert!(bridge.packet(101, true, pressed_at, &[5, 10, 0, 160]).is_none());
    assert!(bridge.packet(101, false, pressed_at, &[5, 0x8a, 0, 160]).is_none());
    assert!(bridge.packet(13, false, pressed_at, &[60]).is_none(), "comfort noise");
    assert!(bridge.packet(0, false, pressed_at, &[]).is_none(), "an empty packet");
    let (after, _) = bridge.audio().expect("relayed");
    assert_eq!(step(before, after), (1, 160));
    assert!(matches!(bridge.a.poll_event(), Some(MediaEvent::DigitReceived { .. })));
}

#[test]
fn digits_sent_to_a_bridged_port_take_the_place_of_the_relay() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(96));
    bridge.tick();
    bridge.audio().expect("relayed");
    bridge.b.send_digits(PlaybackId(3), Box::new(DigitRun::parse("7").expect("a key")));
    let pressed = bridge.tick().expect("an event");
    assert_eq!((pressed.payload_type.get(), pressed.marker), (96, true));
    assert!(bridge.audio().is_none());
    while !bridge.b.is_at_rest() {
        bridge.now = bridge.now.later_by(Duration::from_millis(20));
        bridge.tick();
    }
    assert!(bridge.audio().expect("relayed again").0.marker);
}

#[test]
fn a_recording_of_a_bridged_port_holds_what_its_peer_says() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    bridge.a.record(Box::new(Recorder::new(RecordingId(1), RecordingPlan::INBOUND)));
    assert!(!bridge.a.is_at_rest());
    for _ in 0..13 {
        bridge.audio().expect("relayed all the same");
        bridge.a.handle_tick(bridge.now, 1);
    }
    let Some(Recorded::Chunk(_, chunk)) = bridge.a.poll_recording() else { panic!("200 ms after the delay") };
    let spoken = AudioCodec::Pcmu.law().decode(0x55);
    assert!(chunk.samples().iter().filter(|sample| **sample == spoken).count() >= 1120, "all but the delay");
    bridge.a.stop_recording(RecordingId(1));
    assert!(bridge.a.is_at_rest());
}

#[test]
fn what_is_too_large_is_refused_and_any_ptime_passes() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    let (mut before, _) = bridge.audio().expect("relayed");
    let mut behind_it = 160;
    for samples in [80, 240, 480, PAYLOAD_MAX] {
        let timestamp = bridge.timestamp;
        bridge.timestamp = timestamp.later_by(u32::try_from(samples).expect("small"));
        let (header, payload) = bridge.packet(0, false, timestamp, &vec![1; samples]).expect("relayed");
        assert_eq!((step(before, header), payload.len()), ((1, behind_it), samples));
        (before, behind_it) = (header, i32::try_from(samples).expect("small"));
    }
    let timestamp = bridge.timestamp;
    assert!(bridge.packet(0, false, timestamp, &[1; PAYLOAD_MAX + 1]).is_none());
}

fn key(byte: u8) -> MasterKey {
    MasterKey::new(CryptoSuite::AesCm128HmacSha1_80, &[byte; KEY_AND_SALT_BYTES]).expect("30 bytes")
}

/// What B's peer reads of a packet that left.
fn read(reader: &mut Unprotector, passed: &Passed, datagram: &[u8]) -> (Header, Vec<u8>) {
    let Passed::Packet { bytes, .. } = passed else { panic!("not relayed") };
    let mut bytes = datagram[bytes.clone()].to_vec();
    let length = reader.unprotect_rtp(&mut bytes).expect("authentic");
    let packet = rtp::parse(&bytes[..length]).expect("RTP");
    (packet.header, packet.payload.to_vec())
}

#[test]
fn what_is_protected_on_either_side_is_heard_in_the_clear_and_protected_with_the_others_key() {
    for (is_in, is_out) in [(true, false), (false, true), (true, true)] {
        let mut bridge = Bridge::new(AudioCodec::Pcma, Some(101));
        let (mut peer, mut reader) = (Protector::new(key(1)), Unprotector::new(key(4)));
        if is_in {
            bridge.a.secure(Some(SrtpKeys::new(key(2), key(1))));
        }
        if is_out {
            bridge.b.secure(Some(SrtpKeys::new(key(4), key(3))));
        }
        let mut before = None;
        for number in 0..20 {
            let header = Header {
                marker: false,
                payload_type: PayloadType::from_header(0),
                sequence_number: SeqNo::new(number),
                timestamp: RtpTimestamp::new(u32::from(number) * 160),
                ssrc: Ssrc::new(99),
            };
            let mut plain = header.to_bytes().to_vec();
            plain[0] |= 0x20; // three bytes of padding, which are encrypted too
            plain.extend([0x55; 160]);
            plain.extend([0, 0, 3]);
            let length = plain.len();
            plain.extend([0; GROWTH_MAX]);
            let length = if is_in { peer.protect_rtp(&mut plain, length).expect("new") } else { length };
            let heard = bridge.a.handle_rtp(&mut plain[..length], A_PEER, bridge.now).expect("heard");
            let passed = bridge.relay.handle_packet(&heard, &mut plain, &mut bridge.b, bridge.now);
            let (header, payload) = match &passed {
                Passed::Packet { bytes, .. } if !is_out => {
                    let packet = rtp::parse(&plain[bytes.clone()]).expect("RTP");
                    (packet.header, packet.payload.to_vec())
                }
                passed => read(&mut reader, passed, &plain),
            };
            let law = AudioCodec::Pcma.law();
            assert_eq!(payload, [law.encode(AudioCodec::Pcmu.law().decode(0x55)); 160]);
            assert_eq!(before.replace(header).map_or((1, 160), |before| step(before, header)), (1, 160));
        }
    }
}

#[test]
fn a_packet_that_comes_twice_leaves_a_protected_port_once() {
    let mut bridge = Bridge::new(AudioCodec::Pcmu, Some(101));
    bridge.b.secure(Some(SrtpKeys::new(key(4), key(3))));
    let header = |number: u16| Header {
        marker: false,
        payload_type: PayloadType::from_header(0),
        sequence_number: SeqNo::new(number),
        timestamp: RtpTimestamp::new(u32::from(number) * 160),
        ssrc: Ssrc::new(99),
    };
    let mut said = |number: u16, byte: u8| {
        let mut datagram = [&header(number).to_bytes()[..], &[byte; 160], &[0; GROWTH_MAX]].concat();
        let heard = bridge.a.handle_rtp(&mut datagram[..172], A_PEER, bridge.now).expect("heard");
        bridge.relay.handle_packet(&heard, &mut datagram, &mut bridge.b, bridge.now)
    };
    assert!(matches!(said(1, 3), Passed::Packet { .. }));
    assert!(matches!(said(3, 3), Passed::Packet { .. }));
    assert!(matches!(said(2, 3), Passed::Packet { .. }), "it was overtaken");
    for number in [1, 2, 3] {
        assert_eq!(said(number, 4), Passed::Refused, "another payload under the same keystream tells both");
    }
    assert!(matches!(said(4, 3), Passed::Packet { .. }));
}
