//! What we send: one source whose numbers are continuous over clips, digits and silence.

use crate::rtp::{HEADER_BYTES, Header};
use crate::units::{PayloadType, RtpTimestamp, SeqNo, Ssrc};

#[derive(Debug)]
pub struct Sender {
    ssrc: Ssrc,
    sequence_number: SeqNo,
    timestamp: RtpTimestamp,
    packets: u64,
    octets: u64,
}

impl Sender {
    pub const fn new(ssrc: Ssrc, sequence_number: SeqNo, timestamp: RtpTimestamp) -> Self {
        Self { ssrc, sequence_number, timestamp, packets: 0, octets: 0 }
    }

    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    pub const fn timestamp(&self) -> RtpTimestamp {
        self.timestamp
    }

    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Payload bytes sent, without headers (RFC 3550 §6.4.1).
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    pub const fn advance(&mut self, ticks: u32) {
        self.timestamp = self.timestamp.later_by(ticks);
    }

    /// Print one packet and count it; returns its length.
    pub fn print(
        &mut self,
        bytes: &mut [u8],
        payload_type: PayloadType,
        marker: bool,
        timestamp: RtpTimestamp,
        payload: &[u8],
    ) -> usize {
        let header = Header {
            marker,
            payload_type,
            sequence_number: self.sequence_number,
            timestamp,
            ssrc: self.ssrc,
        };
        let length = HEADER_BYTES + payload.len();
        bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
        bytes[HEADER_BYTES..length].copy_from_slice(payload);
        self.sequence_number = self.sequence_number.next();
        self.packets += 1;
        self.octets += payload.len() as u64;
        length
    }
}
