//! Round trips of what we print, and hostile compounds.

use proptest::prelude::*;

use super::report::{ReportBlock, SenderInfo};
use super::source_description::CNAME_BYTES;
use super::*;
use crate::units::{NtpTimestamp, RtpTimestamp, Ssrc};

fn block() -> impl Strategy<Value = ReportBlock> {
    (any::<u32>(), any::<u8>(), -0x80_0000i32..0x80_0000, any::<[u32; 4]>()).prop_map(
        |(ssrc, fraction_lost, cumulative_lost, words)| ReportBlock {
            ssrc: Ssrc::new(ssrc),
            fraction_lost,
            cumulative_lost,
            highest_sequence: words[0],
            jitter_ticks: words[1],
            last_sender_report: words[2],
            delay_since: words[3],
        },
    )
}

fn sender() -> impl Strategy<Value = SenderInfo> {
    any::<(u64, u32, u32, u32)>().prop_map(|(ntp, rtp, packets, octets)| SenderInfo {
        ntp: NtpTimestamp::new(ntp),
        rtp: RtpTimestamp::new(rtp),
        packets,
        octets,
    })
}

proptest! {
    #[test]
    fn a_compound_is_read_back(
        ssrc: u32,
        sender in prop::option::of(sender()),
        block in prop::option::of(block()),
        bye: bool,
    ) {
        let ssrc = Ssrc::new(ssrc);
        let mut buffer = [0; 256];
        let mut printer = Printer::new(&mut buffer);
        report::print(&mut printer, ssrc, sender, block);
        source_description::print(&mut printer, ssrc, &[b'a'; CNAME_BYTES]);
        if bye {
            bye::print(&mut printer, ssrc);
        }
        let length = printer.len();
        prop_assert_eq!(length % 4, 0);
        let compound = parse(&buffer[..length]);
        prop_assert!(compound.is_ok());
        let mut packets = compound.expect("checked").packets();
        match packets.next() {
            Some(RtcpPacket::SenderReport(read)) => {
                prop_assert_eq!((read.ssrc, Some(read.sender)), (ssrc, sender));
                prop_assert_eq!(read.blocks().next(), block);
            }
            Some(RtcpPacket::ReceiverReport(read)) => {
                prop_assert_eq!((read.ssrc, None), (ssrc, sender));
                prop_assert_eq!(read.blocks().next(), block);
            }
            other => prop_assert!(false, "{:?}", other),
        }
        prop_assert_eq!(packets.next(), Some(RtcpPacket::Other(202)));
        match packets.next() {
            Some(RtcpPacket::Bye(read)) => prop_assert_eq!(read.sources().collect::<Vec<_>>(), vec![ssrc]),
            other => prop_assert!(!bye && other.is_none()),
        }
    }

    #[test]
    fn any_bytes_are_a_compound_or_an_error(datagram in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(compound) = parse(&datagram) {
            prop_assert!(compound.packets().count() >= 1);
        }
    }

    #[test]
    fn a_damaged_compound_never_panics(at in 0usize..60, value: u8, cut in 0usize..61) {
        let mut buffer = [0; 256];
        let mut printer = Printer::new(&mut buffer);
        report::print(&mut printer, Ssrc::new(1), None, None);
        source_description::print(&mut printer, Ssrc::new(1), &[b'x'; CNAME_BYTES]);
        bye::print(&mut printer, Ssrc::new(1));
        let length = printer.len().min(cut);
        buffer[at] = value;
        if let Ok(compound) = parse(&buffer[..length]) {
            for packet in compound.packets() {
                if let RtcpPacket::Bye(bye) = packet {
                    prop_assert!(bye.sources().count() <= 31);
                }
            }
        }
    }
}

#[test]
fn each_rule_has_its_error() {
    assert_eq!(parse(&[]).err(), Some(RtcpError::Truncated));
    assert_eq!(parse(&[0x40, 201, 0, 0]).err(), Some(RtcpError::Version(1)));
    assert_eq!(parse(&[0x80, 203, 0, 0]).err(), Some(RtcpError::NoReport(203)));
    assert_eq!(parse(&[0x80, 201, 0, 0]).err(), Some(RtcpError::Truncated)); // no SSRC
    assert_eq!(parse(&[0x81, 201, 0, 1, 0, 0, 0, 1]).err(), Some(RtcpError::Truncated)); // no block
    assert_eq!(parse(&[0xa0, 201, 0, 1, 0, 0, 0, 5]).err(), Some(RtcpError::Padding));
    let padded_first = [0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0x80, 203, 0, 0];
    assert_eq!(parse(&padded_first).err(), Some(RtcpError::Padding));
    assert!(parse(&padded_first[..12]).is_ok());
}
