//! The session as a peer meets it.

use std::net::Ipv4Addr;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::rtcp;
use crate::units::{NtpTimestamp, SampleRate};

const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 9), 51_000);
const STRANGER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 7), 4000);
/// The key that is down, the one that was pressed, whether the source is new; of a packet with nothing to hear.
fn quiet(received: Received<'_>) -> (Option<char>, Option<char>, bool) {
    let Received::Quiet { packet, key, digit, new_source } = received else { panic!("{received:?}") };
    assert_eq!(packet.header.timestamp, RtpTimestamp::new(0));
    (key.map(Key::to_char), digit.map(Key::to_char), new_source)
}

const START: Moment = Moment::from_nanos(1_000_000_000_000);

fn plan() -> MediaPlan {
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    receive.insert(PayloadType::from_header(8), AudioCodec::Pcma);
    MediaPlan {
        remote: SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 2), 4000),
        remote_rtcp: SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 2), 4001),
        codec: AudioCodec::Pcmu,
        payload_type: PayloadType::from_header(0),
        receive,
        telephone_event: Some(PayloadType::from_header(97)),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    }
}

fn session() -> RtpSession {
    let mut session = RtpSession::new(SessionSeed {
        ssrc: Ssrc::new(0x1234_5678),
        sequence_number: SeqNo::new(65_535),
        timestamp: RtpTimestamp::new(u32::MAX - 100),
        cname: [b'c'; CNAME_BYTES],
        wall_clock: WallClock::new(1_800_000_000_000_000_000),
    });
    session.apply(&plan(), START);
    session
}

fn packet(payload_type: u8, sequence_number: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let header = rtp::Header {
        marker: false,
        payload_type: PayloadType::from_header(payload_type),
        sequence_number: SeqNo::new(sequence_number),
        timestamp: RtpTimestamp::new(timestamp),
        ssrc: Ssrc::new(ssrc),
    };
    [&header.to_bytes()[..], payload].concat()
}

#[test]
fn before_a_plan_nothing_is_heard_and_nothing_said() {
    let mut session = RtpSession::new(SessionSeed {
        ssrc: Ssrc::new(1),
        sequence_number: SeqNo::new(1),
        timestamp: RtpTimestamp::new(1),
        cname: [b'c'; CNAME_BYTES],
        wall_clock: WallClock::new(0),
    });
    assert_eq!(session.handle_rtp(&packet(0, 1, 0, 1, &[0; 160]), PEER, START), Received::Discarded);
    assert_eq!(session.rtp_destination(), None);
    assert_eq!(session.poll_report(&mut [0; 256], START), None);
}

#[test]
fn numbers_are_continuous_over_the_wrap() {
    let mut session = session();
    let mut bytes = [0; 256];
    let mut seen = Vec::new();
    for _ in 0..3 {
        session.advance(160, START);
        let length = session.print_rtp(
            &mut bytes,
            PayloadType::from_header(0),
            false,
            session.timestamp(),
            &[0xff; 160],
        );
        let header = rtp::parse(&bytes[..length]).expect("our own").header;
        seen.push((header.sequence_number.get(), header.timestamp.get()));
    }
    assert_eq!(seen, [(65_535, 59), (0, 219), (1, 379)]);
    assert_eq!(session.statistics().packets_sent, 3);
}

#[test]
fn it_sends_to_the_plan_and_then_to_where_the_peer_is() {
    let mut session = session();
    assert_eq!(session.rtp_destination(), Some(plan().remote));
    assert_eq!(session.handle_rtp(&packet(96, 1, 0, 1, &[0; 160]), STRANGER, START), Received::Discarded);
    assert_eq!(session.handle_rtp(&[0; 40], STRANGER, START), Received::Discarded);
    assert_eq!(session.rtp_destination(), Some(plan().remote), "no valid packet came yet");
    assert!(matches!(
        session.handle_rtp(&packet(0, 1, 0, 1, &[0; 160]), PEER, START),
        Received::Audio { .. }
    ));
    assert_eq!(session.rtp_destination(), Some(PEER));
    assert_eq!(session.handle_rtp(&packet(0, 2, 160, 1, &[0; 160]), STRANGER, START), Received::Discarded);
    assert_eq!(session.rtp_destination(), Some(PEER));
    let statistics = session.statistics();
    assert_eq!((statistics.packets_received, statistics.packets_discarded), (1, 3));
}

#[test]
fn hold_sends_nowhere_and_still_reports() {
    let mut session = session();
    session.apply(&MediaPlan { sends: false, ..plan() }, START);
    assert_eq!(session.rtp_destination(), None);
    let later = START.later_by(Duration::from_secs(10));
    assert!(session.poll_report(&mut [0; 256], later).is_some());
    let nowhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 4000);
    session.apply(&MediaPlan { remote: nowhere, remote_rtcp: nowhere, ..plan() }, START);
    assert_eq!(session.rtp_destination(), None);
    assert_eq!(session.poll_report(&mut [0; 256], later.later_by(Duration::from_secs(10))), None);
}

#[test]
fn another_source_is_said_to_be_new_and_loss_is_kept() {
    let mut session = session();
    let new_source = |received: Received<'_>| match received {
        Received::Audio { new_source, .. } => new_source,
        other => panic!("{other:?}"),
    };
    assert!(new_source(session.handle_rtp(&packet(0, 1, 0, 1, &[0; 160]), PEER, START)));
    assert!(!new_source(session.handle_rtp(&packet(8, 4, 480, 1, &[0; 160]), PEER, START)));
    assert_eq!(session.statistics().packets_lost, 2);
    assert!(new_source(session.handle_rtp(&packet(0, 900, 7, 2, &[0; 160]), PEER, START)));
    assert_eq!(session.statistics().packets_lost, 2);
}

#[test]
fn digits_of_the_negotiated_payload_type_only() {
    let mut session = session();
    let five = [5, 10, 0, 160];
    assert_eq!(session.handle_rtp(&packet(101, 1, 0, 1, &five), PEER, START), Received::Discarded);
    let mut said = |packet: &[u8]| quiet(session.handle_rtp(packet, PEER, START));
    assert_eq!(said(&packet(97, 2, 0, 1, &five)), (Some('5'), Some('5'), true));
    assert_eq!(said(&packet(97, 3, 0, 1, &five)), (Some('5'), None, false));
    assert_eq!(session.handle_rtp(&packet(97, 4, 0, 1, &five[..3]), PEER, START), Received::Discarded);
    assert_eq!(quiet(session.handle_rtp(&packet(13, 5, 0, 1, &[60]), PEER, START)), (None, None, false));
}

#[test]
fn a_report_leaves_within_its_interval_and_tells_what_was_sent() {
    let mut session = session();
    let mut bytes = [0; 256];
    session.print_rtp(&mut bytes, PayloadType::from_header(0), true, RtpTimestamp::new(5), &[0xff; 160]);
    session.handle_rtp(&packet(0, 1, 0, 99, &[0; 160]), PEER, START);
    assert_eq!(session.poll_report(&mut bytes, START), None);
    let later = START.later_by(Duration::from_millis(3750));
    let (length, to) = session.poll_report(&mut bytes, later).expect("half of 7.5 s is over");
    assert_eq!(to, plan().remote_rtcp);
    let compound = rtcp::parse(&bytes[..length]).expect("our own");
    let first = compound.packets().next();
    let Some(rtcp::RtcpPacket::SenderReport(report)) = first else { panic!("{first:?}") };
    assert_eq!((report.sender.packets, report.sender.octets), (1, 160));
    assert_eq!(report.blocks().next().map(|block| block.ssrc), Some(Ssrc::new(99)));
    assert_eq!(session.poll_report(&mut bytes, later), None);
    // nothing was sent since: a receiver report, with BYE at the end
    let (length, _) = session.print_bye(&mut bytes, later).expect("there is a peer");
    let kinds: Vec<_> = rtcp::parse(&bytes[..length]).expect("our own").packets().collect();
    assert!(matches!(
        kinds[..],
        [rtcp::RtcpPacket::ReceiverReport(_), rtcp::RtcpPacket::Other(202), rtcp::RtcpPacket::Bye(_)]
    ));
}

#[test]
fn two_sessions_measure_loss_and_round_trip_of_each_other() {
    let (mut one, mut two) = (session(), session());
    let mut bytes = [0; 256];
    let sent = START.later_by(Duration::from_secs(8));
    let length =
        one.print_rtp(&mut bytes, PayloadType::from_header(0), true, RtpTimestamp::new(5), &[0xff; 160]);
    two.handle_rtp(&bytes[..length], PEER, START);
    let (length, _) = one.poll_report(&mut bytes, sent).expect("due");
    two.handle_rtcp(&bytes[..length], PEER, sent.later_by(Duration::from_millis(30)));
    let (length, _) = two.poll_report(&mut bytes, sent.later_by(Duration::from_millis(1030))).expect("due");
    one.handle_rtcp(&bytes[..length], PEER, sent.later_by(Duration::from_millis(1070)));
    let statistics = one.statistics();
    assert_eq!(
        statistics.remote,
        Some(RemoteReport { fraction_lost: 0, cumulative_lost: 0, jitter_ticks: 0 })
    );
    let round_trip = statistics.round_trip.expect("our report was answered");
    assert!(round_trip.abs_diff(Duration::from_millis(70)) < Duration::from_millis(1), "{round_trip:?}");
    one.handle_rtcp(&bytes[..length], STRANGER, sent);
    one.handle_rtcp(&bytes[..3], PEER, sent);
    assert_eq!(one.statistics().packets_discarded, 2);
    assert_eq!(WallClock::new(0).ntp(Moment::from_nanos(0)), NtpTimestamp::new(2_208_988_800 << 32));
}

proptest! {
    #[test]
    fn any_bytes_on_either_port_are_taken(
        datagrams in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), any::<bool>()), 0..30)
    ) {
        let mut session = session();
        for (mut datagram, is_rtp) in datagrams {
            if let Some(first) = datagram.first_mut() {
                *first = 0x80 | (*first & 0x3f);
            }
            if is_rtp {
                session.handle_rtp(&datagram, PEER, START);
            } else {
                session.handle_rtcp(&datagram, PEER, START);
            }
        }
        let mut bytes = [0; 256];
        prop_assert!(session.print_bye(&mut bytes, START).is_some());
        prop_assert!(session.statistics().packets_received <= 30);
    }
}
