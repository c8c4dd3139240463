//! RTCP (RFC 3550 §6): compound packets, one file per packet type.
//!
//! Parse borrows; print fills a buffer that is used again. Read: sender and receiver reports, BYE;
//! source descriptions and other types are stepped over. Called by `rtp_session`.

pub mod bye;
pub mod report;
pub mod source_description;

use bye::Bye;
use report::{ReceiverReport, SenderReport};

/// Packet types of RFC 3550 §12.1.
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;

const HEADER_BYTES: usize = 4;

/// Why a datagram is no compound RTCP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RtcpError {
    /// A packet ends before its length or its count say.
    #[error("an RTCP packet ends early (RFC 3550 §6.4)")]
    Truncated,
    /// Not version 2.
    #[error("version {0} is not 2 (RFC 3550 §6.4.1)")]
    Version(u8),
    /// The first packet is no report.
    #[error("a compound packet begins with a report, not with type {0} (RFC 3550 §6.1)")]
    NoReport(u8),
    /// Padding in a packet that is not the last, or more than there is.
    #[error("bad padding (RFC 3550 §6.4.1)")]
    Padding,
}

/// One packet of a compound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPacket<'a> {
    /// From a source that sends (SR).
    SenderReport(SenderReport<'a>),
    /// From a source that only receives (RR).
    ReceiverReport(ReceiverReport<'a>),
    /// Sources that leave (BYE).
    Bye(Bye<'a>),
    /// A packet of another type, its contents not read.
    Other(u8),
}

/// A compound packet whose every part was checked.
#[derive(Clone, Copy, Debug)]
pub struct Compound<'a> {
    datagram: &'a [u8],
}

/// Read one datagram as a compound packet.
///
/// # Errors
/// `RtcpError` when any part is broken: the rules are those of RFC 3550 appendix A.2.
pub fn parse(datagram: &[u8]) -> Result<Compound<'_>, RtcpError> {
    let mut rest = datagram;
    let mut first = true;
    while first || !rest.is_empty() {
        let (packet_type, _, after) = split_packet(rest)?;
        if first && packet_type != SENDER_REPORT && packet_type != RECEIVER_REPORT {
            return Err(RtcpError::NoReport(packet_type));
        }
        read_packet(rest)?;
        first = false;
        rest = after;
    }
    Ok(Compound { datagram })
}

impl<'a> Compound<'a> {
    /// The packets in their order.
    pub fn packets(self) -> impl Iterator<Item = RtcpPacket<'a>> {
        let mut rest = self.datagram;
        std::iter::from_fn(move || {
            let (packet, after) = read_packet(rest).ok()?;
            rest = after;
            Some(packet)
        })
    }
}

/// Split off the first packet: its type, its bytes without padding, what follows.
fn split_packet(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), RtcpError> {
    let header = bytes.first_chunk::<HEADER_BYTES>().ok_or(RtcpError::Truncated)?;
    let version = header[0] >> 6;
    if version != 2 {
        return Err(RtcpError::Version(version));
    }
    let length = (usize::from(u16::from_be_bytes([header[2], header[3]])) + 1) * 4;
    let (mut packet, rest) = bytes.split_at_checked(length).ok_or(RtcpError::Truncated)?;
    if header[0] & 0x20 != 0 {
        let count = usize::from(packet[length - 1]);
        if !rest.is_empty() || count == 0 || count > length - HEADER_BYTES {
            return Err(RtcpError::Padding);
        }
        packet = &packet[..length - count];
    }
    Ok((header[1], packet, rest))
}

fn read_packet(bytes: &[u8]) -> Result<(RtcpPacket<'_>, &[u8]), RtcpError> {
    let (packet_type, packet, rest) = split_packet(bytes)?;
    let count = usize::from(packet[0] & 0x1f);
    let body = &packet[HEADER_BYTES..];
    let packet = match packet_type {
        SENDER_REPORT => RtcpPacket::SenderReport(SenderReport::parse(body, count)?),
        RECEIVER_REPORT => RtcpPacket::ReceiverReport(ReceiverReport::parse(body, count)?),
        BYE => RtcpPacket::Bye(Bye::parse(body, count)?),
        other => RtcpPacket::Other(other),
    };
    Ok((packet, rest))
}

/// Appends packets to a buffer and fills their lengths in.
pub struct Printer<'a> {
    buffer: &'a mut [u8],
    used: usize,
}

impl<'a> Printer<'a> {
    /// Print into `buffer`, from its start; what does not fit is our bug and panics.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, used: 0 }
    }

    /// Bytes printed so far.
    pub const fn len(&self) -> usize {
        self.used
    }

    /// Whether nothing was printed yet.
    pub const fn is_empty(&self) -> bool {
        self.used == 0
    }

    fn put(&mut self, bytes: &[u8]) {
        self.buffer[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    /// Print one packet: header, what `body` prints, zeros up to a whole word.
    fn packet(&mut self, packet_type: u8, count: u8, body: impl FnOnce(&mut Self)) {
        let start = self.used;
        self.put(&[(2 << 6) | count, packet_type, 0, 0]);
        body(self);
        while (self.used - start) % 4 != 0 {
            self.put(&[0]);
        }
        let words = u16::try_from((self.used - start) / 4 - 1).expect("our packets are short");
        self.buffer[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    }
}

fn word(bytes: &[u8], at: usize) -> Result<u32, RtcpError> {
    let chunk = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>).ok_or(RtcpError::Truncated)?;
    Ok(u32::from_be_bytes(*chunk))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
