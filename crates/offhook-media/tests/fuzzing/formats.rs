//! The wire formats, each by itself.

use _media::rtcp::report::{ReportBlock, SenderInfo};
use _media::rtcp::source_description::CNAME_BYTES;
use _media::rtcp::{self, Printer, RtcpPacket, bye, report, source_description};
use _media::rtp::{self, HEADER_BYTES, Header};
use _media::telephone_event::{Key, PAYLOAD_BYTES, TelephoneEvent};
use _media::units::{NtpTimestamp, PayloadType, RtpTimestamp, SeqNo, Ssrc};

use super::Target;

pub fn targets() -> Vec<Target> {
    vec![
        Target { name: "rtp", seeds: rtp_packets(), run: run_rtp },
        Target { name: "rtcp", seeds: rtcp_packets(), run: run_rtcp },
        Target { name: "telephone-event", seeds: events(), run: run_event },
    ]
}

/// A packet of a peer.
pub fn packet(payload_type: u8, number: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker: number == 0,
        payload_type: PayloadType::from_header(payload_type),
        sequence_number: SeqNo::new(number),
        timestamp: RtpTimestamp::new(u32::from(number) * 160),
        ssrc: Ssrc::new(ssrc),
    };
    [&header.to_bytes()[..], payload].concat()
}

fn rtp_packets() -> Vec<Vec<u8>> {
    let plain = packet(0, 7, 1, &[0x55; 160]);
    let mut all = plain.clone();
    all[0] |= 0x30 | 3; // padding, extension, three sources
    all.splice(12..12, [9; 12].into_iter().chain([0xbe, 0xde, 0, 2]).chain([1; 8]));
    all.extend([0, 0, 3]);
    vec![plain, all, packet(101, 8, 1, &[5, 10, 0, 160]), packet(13, 9, 1, &[60]), packet(8, 10, 2, &[])]
}

fn run_rtp(datagram: &[u8]) -> String {
    let packet = match rtp::parse(datagram) {
        Ok(packet) => packet,
        Err(error) => return format!("{error:?}"),
    };
    assert!(packet.payload_at >= HEADER_BYTES, "a header has its length");
    let end = packet.payload_at + packet.payload.len();
    assert_eq!(Some(packet.payload), datagram.get(packet.payload_at..end), "the payload is of the datagram");
    let printed = packet.header.to_bytes();
    assert_eq!(rtp::parse(&printed).map(|again| again.header), Ok(packet.header));
    let kinds = [packet.payload_at > 12, end < datagram.len(), packet.payload.is_empty()];
    format!("{kinds:?} {}", datagram[0] & 0x3f)
}

/// Compounds as we print them, and one with all that a peer may add.
pub fn rtcp_packets() -> Vec<Vec<u8>> {
    let sender = SenderInfo {
        ntp: NtpTimestamp::new(0xe000_0000_8000_0000),
        rtp: RtpTimestamp::new(1600),
        packets: 10,
        octets: 1600,
    };
    let block = ReportBlock {
        ssrc: Ssrc::new(1),
        fraction_lost: 12,
        cumulative_lost: -3,
        highest_sequence: 0x1_0007,
        jitter_ticks: 40,
        last_sender_report: 0x8000_0000,
        delay_since: 65_536,
    };
    let mut packets = Vec::new();
    for (sender, block) in
        [(Some(sender), Some(block)), (None, Some(block)), (Some(sender), None), (None, None)]
    {
        let mut bytes = [0; 256];
        let mut printer = Printer::new(&mut bytes);
        report::print(&mut printer, Ssrc::new(77), sender, block);
        source_description::print(&mut printer, Ssrc::new(77), &[b'c'; CNAME_BYTES]);
        bye::print(&mut printer, Ssrc::new(77));
        let length = printer.len();
        packets.push(bytes[..length].to_vec());
    }
    let mut padded = packets[1].clone();
    padded.extend([0xa0, 204, 0, 3, 0, 0, 0, 1, b'n', b'a', b'm', b'e', 0, 0, 0, 4]);
    packets.push(padded);
    packets
}

fn run_rtcp(datagram: &[u8]) -> String {
    let compound = match rtcp::parse(datagram) {
        Ok(compound) => compound,
        Err(error) => return format!("{error:?}"),
    };
    let mut kinds = String::new();
    let mut least_bytes = 0;
    for packet in compound.packets() {
        let (kind, bytes) = match packet {
            RtcpPacket::SenderReport(read) => ('s', 28 + 24 * read.blocks().count()),
            RtcpPacket::ReceiverReport(read) => ('r', 8 + 24 * read.blocks().map(block_bounds).count()),
            RtcpPacket::Bye(read) => ('b', 4 + 4 * read.sources().count()),
            RtcpPacket::Other(_) => ('o', 4),
        };
        kinds.push(kind);
        least_bytes += bytes;
    }
    assert!(least_bytes <= datagram.len(), "no more is read than there is");
    assert!(kinds.starts_with(['s', 'r']), "a compound begins with a report");
    kinds.truncate(4);
    kinds
}

fn block_bounds(block: ReportBlock) {
    assert!((-0x80_0000..=0x7f_ffff).contains(&block.cumulative_lost), "24 bits");
}

fn events() -> Vec<Vec<u8>> {
    (0..18)
        .map(|event| {
            TelephoneEvent { event, end: event % 2 == 1, volume: 10, duration_ticks: 800 }.to_bytes().to_vec()
        })
        .collect()
}

fn run_event(payload: &[u8]) -> String {
    let Ok(event) = TelephoneEvent::parse(payload) else {
        assert!(payload.len() < PAYLOAD_BYTES);
        return "short".to_owned();
    };
    assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Ok(event));
    let key = Key::from_event(event.event);
    assert_eq!(key.is_some(), event.event < 16);
    assert!(key.is_none_or(|key| Key::from_char(key.to_char()) == Some(key)));
    format!("{key:?} {}", event.end)
}
