//! Two ports with a wire between them that a stranger can read, cut and write to.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::codec::AudioCodec;
use crate::media_port::{Clip, MediaEvent, MediaPlan, PayloadMap, SessionSeed};
use crate::rtcp::source_description::CNAME_BYTES;
use crate::srtp::{CryptoSuite, KEY_AND_SALT_BYTES};
use crate::units::{
    Moment, PayloadType, PlaybackId, PortId, RtpTimestamp, SampleRate, SeqNo, Ssrc, WallClock,
};

const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 9), 51_000);
const STRANGER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 7), 4000);
const LONG: CryptoSuite = CryptoSuite::AesCm128HmacSha1_80;
const SHORT: CryptoSuite = CryptoSuite::AesCm128HmacSha1_32;

fn key(suite: CryptoSuite, byte: u8) -> MasterKey {
    MasterKey::new(suite, &[byte; KEY_AND_SALT_BYTES]).expect("30 bytes")
}

fn keys(local: u8, remote: u8) -> Option<SrtpKeys> {
    Some(SrtpKeys::new(key(LONG, local), key(LONG, remote)))
}

struct Side {
    port: MediaPort,
    now: Moment,
    /// What it sent by RTCP.
    reports: Vec<Vec<u8>>,
}

impl Side {
    fn new(ssrc: u32) -> Self {
        let seed = SessionSeed {
            ssrc: Ssrc::new(ssrc),
            sequence_number: SeqNo::new(65_530),
            timestamp: RtpTimestamp::new(1000),
            cname: [b'c'; CNAME_BYTES],
            wall_clock: WallClock::new(0),
        };
        let (port, now) =
            (MediaPort::new(PortId(1), seed, Duration::from_secs(60)), Moment::from_nanos(1_000_000_000));
        let mut side = Self { port, now, reports: Vec::new() };
        side.port.apply(&plan(), now);
        side
    }

    fn with(ssrc: u32, keys: Option<SrtpKeys>) -> Self {
        let mut side = Self::new(ssrc);
        side.port.secure(keys);
        side
    }

    /// One tick; the RTP packet that it sends.
    fn tick(&mut self) -> Vec<u8> {
        self.now = self.now.later_by(Duration::from_millis(20));
        self.port.handle_tick(self.now, 1);
        let mut packets = Vec::new();
        while let Some(transmit) = self.port.poll_transmit() {
            match transmit.channel {
                Channel::Rtp => packets.push(transmit.bytes.to_vec()),
                Channel::Rtcp => self.reports.push(transmit.bytes.to_vec()),
            }
        }
        assert_eq!(packets.len(), 1);
        packets.remove(0)
    }

    fn hears(&mut self, packet: &[u8]) -> bool {
        self.hears_from(packet, PEER)
    }

    fn hears_from(&mut self, packet: &[u8], from: SocketAddrV4) -> bool {
        self.port.handle_rtp(&mut packet.to_vec(), from, self.now).is_some()
    }

    /// Received; discarded, of those unauthenticated, of those replayed.
    fn counted(&self) -> (u64, u64, u64, u64) {
        let counted = self.port.statistics();
        let refused = (counted.packets_unauthenticated, counted.packets_replayed);
        (counted.packets_received, counted.packets_discarded, refused.0, refused.1)
    }

    fn spent(&mut self) -> usize {
        std::iter::from_fn(|| self.port.poll_spent()).count()
    }
}

fn plan() -> MediaPlan {
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    MediaPlan {
        remote: PEER,
        remote_rtcp: SocketAddrV4::new(*PEER.ip(), 51_001),
        codec: AudioCodec::Pcmu,
        payload_type: PayloadType::from_header(0),
        receive,
        telephone_event: Some(PayloadType::from_header(101)),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    }
}

#[test]
fn each_hears_what_the_other_says_and_the_wire_tells_nothing() {
    for (one_suite, two_suite) in [(LONG, LONG), (SHORT, SHORT), (LONG, SHORT)] {
        let mut one = Side::with(1, Some(SrtpKeys::new(key(one_suite, 1), key(two_suite, 2))));
        let mut two = Side::with(2, Some(SrtpKeys::new(key(two_suite, 2), key(one_suite, 1))));
        let sample = 5000i16.to_le_bytes();
        let clip = Arc::new(Clip::load(&sample.repeat(20 * 160), SampleRate::TELEPHONE).expect("even"));
        let said = AudioCodec::Pcmu.law().encode(5000);
        one.port.play(PlaybackId(1), clip);
        for _ in 0..20 {
            let mut packet = one.tick();
            assert_eq!(packet.len(), 172 + one_suite.rtp_tag_bytes());
            assert!(packet[12..].iter().filter(|byte| **byte == said).count() < 20, "it is encrypted");
            let heard = two.port.handle_rtp(&mut packet, PEER, two.now).expect("it is authentic");
            assert_eq!(packet[heard.payload], [said; 160]);
            assert!(one.hears(&two.tick()));
        }
        assert_eq!(two.counted(), (20, 0, 0, 0));
    }
}

#[test]
fn a_wrong_key_plain_rtp_and_a_changed_packet_are_counted_and_leave_no_trace() {
    let mut one = Side::with(1, keys(1, 2));
    let mut two = Side::with(2, keys(2, 1));
    let silence = two.port.expecting_since;
    two.now = two.now.later_by(Duration::from_secs(50));
    let mut changed = one.tick();
    changed[20] ^= 1;
    let plain = Side::new(3).tick();
    let wrong = Side::with(3, keys(3, 2)).tick();
    for packet in [&changed, &plain, &wrong] {
        assert!(!two.hears_from(packet, STRANGER));
    }
    assert_eq!(two.counted(), (0, 3, 3, 0));
    assert_eq!(two.port.session.rtp_destination(), Some(PEER), "a stranger is not latched on");
    assert_eq!(two.port.expecting_since, silence, "nor does it count as life");
    assert!(!two.hears(&[0; 15]));
    assert_eq!(two.counted(), (0, 4, 3, 0));
    assert!(two.hears_from(&one.tick(), STRANGER), "the first that is authentic decides");
    assert_eq!(two.port.session.rtp_destination(), Some(STRANGER));
    assert_ne!(two.port.expecting_since, silence);
}

#[test]
fn strangers_do_not_keep_a_silent_call_alive() {
    let mut two = Side::with(2, keys(2, 1));
    let mut stranger = Side::with(1, keys(9, 9));
    let mut told = Vec::new();
    for _ in 0..60 * 50 + 1 {
        let packet = stranger.tick();
        two.hears(&packet);
        two.tick();
        told.extend(std::iter::from_fn(|| two.port.poll_event()));
    }
    assert!(matches!(told[..], [MediaEvent::MediaTimedOut { .. }]), "{told:?}");
}

#[test]
fn a_repeated_packet_is_heard_once_wherever_it_comes_from() {
    let (mut one, mut two) = (Side::with(1, keys(1, 2)), Side::with(2, keys(2, 1)));
    let packet = one.tick();
    assert!(two.hears(&packet));
    two.now = two.now.later_by(Duration::from_secs(10)); // the latch would let another one in
    assert!(!two.hears_from(&packet, STRANGER));
    assert_eq!(two.counted(), (1, 1, 0, 1));
    assert_eq!(two.port.session.rtp_destination(), Some(PEER));
}

#[test]
fn reports_are_protected_too_and_so_is_the_last_one() {
    let (mut one, mut two) = (Side::with(1, keys(1, 2)), Side::with(2, keys(2, 1)));
    for _ in 0..10 * 50 {
        let packet = one.tick();
        assert!(two.hears(&packet));
        two.tick();
    }
    one.port.close(one.now);
    let bye = one.port.poll_transmit().expect("a last report");
    assert_eq!(bye.channel, Channel::Rtcp);
    one.reports.push(bye.bytes.to_vec());
    assert!(one.reports.len() > 1);
    let from = SocketAddrV4::new(*PEER.ip(), 51_001);
    let is_named = |report: &[u8]| report.windows(8).any(|bytes| bytes == [b'c'; 8]);
    let (received, discarded, ..) = two.counted();
    for (number, report) in (1..).zip(&mut one.reports) {
        assert!(!is_named(report), "its name is not in the clear");
        let mut again = report.clone();
        two.port.handle_rtcp(report, from, two.now);
        two.port.handle_rtcp(&mut again, from, two.now);
        assert!(is_named(report) && !is_named(&again));
        assert_eq!(two.counted(), (received, discarded + number, 0, number), "each counts once");
    }
    let counted = two.port.statistics();
    assert!(counted.remote.is_none() && one.reports.len() > 1, "it has heard nothing of two");
}

#[test]
fn new_keys_are_sent_with_at_once_and_the_old_ones_are_believed_until_the_new_ones_come() {
    let (mut one, mut two) = (Side::with(1, keys(1, 2)), Side::with(2, keys(2, 1)));
    assert!(two.hears(&one.tick()));
    two.port.secure(keys(4, 3)); // the offer of new keys was answered, and two knows first
    assert!(two.hears(&one.tick()), "the old key");
    assert!(!one.hears(&two.tick()), "one does not know the new one yet");
    let late = one.tick();
    one.port.secure(keys(3, 4));
    let new = one.tick();
    assert!(two.hears(&new));
    assert!(!two.hears(&late), "the old key is gone");
    assert!(one.hears(&two.tick()));
    assert_eq!(two.counted(), (3, 1, 1, 0));
    assert_eq!(two.spent(), 2, "the old key of each direction");
}

#[test]
fn the_same_keys_again_go_on_where_they_are() {
    let (mut one, mut two) = (Side::with(1, keys(1, 2)), Side::with(2, keys(2, 1)));
    let mut sent = Vec::new();
    for tick in 0..20 {
        sent.push(one.tick()); // its numbers begin anew with the seventh
        assert!(two.hears(&sent[tick]), "{tick}");
        if tick % 4 == 3 {
            one.port.secure(keys(1, 2));
            two.port.secure(keys(2, 1));
        }
        if tick == 9 {
            one.port.secure(None);
            assert_eq!(one.tick().len(), 172);
            one.port.secure(keys(1, 2));
        }
    }
    assert!(!two.hears(&sent[19]));
    assert_eq!(two.counted(), (20, 1, 0, 1));
}

#[test]
fn keys_that_came_to_nothing_are_taken_back() {
    let (mut one, mut two) = (Side::with(1, keys(1, 2)), Side::with(2, keys(2, 1)));
    assert!(two.hears(&one.tick()));
    two.port.secure(keys(4, 3));
    assert!(two.hears(&one.tick()));
    two.port.secure(keys(6, 5));
    assert!(two.hears(&one.tick()), "the key that the peer was heard with last is kept, not the one between");
    two.port.secure(keys(2, 1));
    let packet = one.tick();
    assert!(two.hears(&packet));
    assert!(!two.hears(&packet), "with its history");
    assert_eq!(two.counted(), (4, 1, 0, 1));
}

#[test]
fn a_new_key_whose_peer_goes_on_counting_roll_overs_is_understood() {
    let mut sender = Protector::new(key(LONG, 1));
    let mut two = Side::with(2, keys(2, 1));
    let plain = Side::new(1).tick();
    let packet = |sender: &mut Protector, number: u16| {
        let mut buffer = [&plain[..], &[0; 14]].concat();
        buffer[2..4].copy_from_slice(&number.to_be_bytes());
        let length = sender.protect_rtp(&mut buffer, plain.len()).expect("a new number");
        buffer[..length].to_vec()
    };
    for step in 0..9u16 {
        let number = step.wrapping_mul(20_000);
        let packet = packet(&mut sender, number);
        assert_eq!(
            two.port.unprotect(Channel::Rtp, &mut packet.clone()).map(<[u8]>::len),
            Some(172),
            "{step}"
        );
    }
    let mut goes_on = Protector::new(key(LONG, 3));
    for step in 0..9u16 {
        packet(&mut goes_on, step.wrapping_mul(20_000));
    }
    two.port.secure(keys(4, 3));
    let mut next = packet(&mut goes_on, 9u16.wrapping_mul(20_000));
    assert!(two.port.unprotect(Channel::Rtp, &mut next).is_some(), "roll-over counter 2 from the first");
    let mut begins_anew = Protector::new(key(LONG, 5));
    two.port.secure(keys(6, 5));
    assert!(two.port.unprotect(Channel::Rtp, &mut packet(&mut begins_anew, 50_000)).is_some());
}

#[test]
fn without_keys_all_is_as_it_was() {
    let (mut one, mut two) = (Side::new(1), Side::with(2, keys(2, 1)));
    two.port.secure(None);
    let packet = one.tick();
    assert!(two.hears(&packet) && two.hears(&packet), "RTP knows no replay");
    assert_eq!(two.tick().len(), 172);
}
