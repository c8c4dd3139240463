//! Sender and receiver reports (RFC 3550 §6.4.1, §6.4.2) and the report blocks in both.

use super::{Printer, RECEIVER_REPORT, RtcpError, SENDER_REPORT, word};
use crate::units::{NtpTimestamp, RtpTimestamp, Ssrc};

/// Bytes of one report block.
const BLOCK_BYTES: usize = 24;
/// Bytes of the sender information behind the SSRC.
const SENDER_BYTES: usize = 20;

/// How one source is heard by the reporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Share of packets lost since the report before, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost so far; negative with duplicates. 24 bits on the wire.
    pub cumulative_lost: i32,
    /// Highest sequence number, with its count of wraps in the upper 16 bits.
    pub highest_sequence: u32,
    /// Interarrival jitter in ticks.
    pub jitter_ticks: u32,
    /// Middle of the NTP timestamp of the last SR received, 0 before one.
    pub last_sender_report: u32,
    /// Delay since that SR in 1/65536 s.
    pub delay_since: u32,
}

/// What a sender says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// When the report was made.
    pub ntp: NtpTimestamp,
    /// The same moment on the clock of the RTP timestamps.
    pub rtp: RtpTimestamp,
    /// Packets sent so far.
    pub packets: u32,
    /// Payload bytes sent so far.
    pub octets: u32,
}

/// SR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport<'a> {
    /// The reporter.
    pub ssrc: Ssrc,
    /// What it sent.
    pub sender: SenderInfo,
    blocks: &'a [u8],
}

/// RR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverReport<'a> {
    /// The reporter.
    pub ssrc: Ssrc,
    blocks: &'a [u8],
}

impl<'a> SenderReport<'a> {
    pub(super) fn parse(body: &'a [u8], count: usize) -> Result<Self, RtcpError> {
        let ntp = (u64::from(word(body, 4)?) << 32) | u64::from(word(body, 8)?);
        Ok(Self {
            ssrc: Ssrc::new(word(body, 0)?),
            sender: SenderInfo {
                ntp: NtpTimestamp::new(ntp),
                rtp: RtpTimestamp::new(word(body, 12)?),
                packets: word(body, 16)?,
                octets: word(body, 20)?,
            },
            blocks: blocks(body, 4 + SENDER_BYTES, count)?,
        })
    }

    /// How the reporter hears others.
    pub fn blocks(self) -> impl Iterator<Item = ReportBlock> + 'a {
        read_blocks(self.blocks)
    }
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(body: &'a [u8], count: usize) -> Result<Self, RtcpError> {
        Ok(Self { ssrc: Ssrc::new(word(body, 0)?), blocks: blocks(body, 4, count)? })
    }

    /// How the reporter hears others.
    pub fn blocks(self) -> impl Iterator<Item = ReportBlock> + 'a {
        read_blocks(self.blocks)
    }
}

/// Print an SR when `sender` is given, else an RR, with at most one block.
pub fn print(printer: &mut Printer<'_>, ssrc: Ssrc, sender: Option<SenderInfo>, block: Option<ReportBlock>) {
    let packet_type = if sender.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    printer.packet(packet_type, u8::from(block.is_some()), |printer| {
        printer.put(&ssrc.get().to_be_bytes());
        if let Some(sender) = sender {
            printer.put(&sender.ntp.get().to_be_bytes());
            printer.put(&sender.rtp.get().to_be_bytes());
            printer.put(&sender.packets.to_be_bytes());
            printer.put(&sender.octets.to_be_bytes());
        }
        if let Some(block) = block {
            printer.put(&block.to_bytes());
        }
    });
}

impl ReportBlock {
    fn from_bytes(bytes: &[u8; BLOCK_BYTES]) -> Self {
        let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Self {
            ssrc: Ssrc::new(word(0)),
            fraction_lost: bytes[4],
            cumulative_lost: (word(4) << 8) as i32 >> 8,
            highest_sequence: word(8),
            jitter_ticks: word(12),
            last_sender_report: word(16),
            delay_since: word(20),
        }
    }

    fn to_bytes(self) -> [u8; BLOCK_BYTES] {
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        let words = [
            self.ssrc.get(),
            (u32::from(self.fraction_lost) << 24) | lost,
            self.highest_sequence,
            self.jitter_ticks,
            self.last_sender_report,
            self.delay_since,
        ];
        let mut bytes = [0; BLOCK_BYTES];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }
}

fn blocks(body: &[u8], at: usize, count: usize) -> Result<&[u8], RtcpError> {
    body.get(at..at + count * BLOCK_BYTES).ok_or(RtcpError::Truncated)
}

fn read_blocks(bytes: &[u8]) -> impl Iterator<Item = ReportBlock> {
    bytes.chunks_exact(BLOCK_BYTES).filter_map(<[u8]>::first_chunk).map(ReportBlock::from_bytes)
}
