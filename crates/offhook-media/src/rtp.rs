//! The RTP data packet (RFC 3550 §5.1): parse borrows, print fills a buffer that is used again.
//!
//! Contributing sources and header extensions are skipped over, padding is cut off. Called by
//! `rtp_session`, and by `srtp` for the header alone.

use crate::units::{PayloadType, RtpTimestamp, SeqNo, Ssrc};

/// Bytes of a header without contributing sources or extension.
pub const HEADER_BYTES: usize = 12;

/// What a packet says before its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// For audio, the first packet of a talkspurt (RFC 3551 §4.1).
    pub marker: bool,
    /// What the payload is.
    pub payload_type: PayloadType,
    /// Counts packets.
    pub sequence_number: SeqNo,
    /// When the first sample of the payload was taken.
    pub timestamp: RtpTimestamp,
    /// Which stream it belongs to.
    pub ssrc: Ssrc,
}

/// A received packet; the payload is borrowed from the datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// The payload without padding; may be empty.
    pub payload: &'a [u8],
    /// Where the payload begins in the datagram: never before the end of a fixed header.
    pub payload_at: usize,
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RtpError {
    /// The datagram ends inside the header, its contributing sources or its extension.
    #[error("the packet ends inside its header (RFC 3550 §5.1)")]
    Truncated,
    /// Not version 2.
    #[error("version {0} is not 2 (RFC 3550 §5.1)")]
    Version(u8),
    /// The padding count is zero or greater than what is there.
    #[error("bad padding (RFC 3550 §5.1)")]
    Padding,
}

/// Read one datagram as an RTP packet.
///
/// # Errors
/// `RtpError` for anything that RFC 3550 §5.1 does not allow.
pub fn parse(datagram: &[u8]) -> Result<Packet<'_>, RtpError> {
    let (header, payload_at) = parse_header(datagram)?;
    let mut payload = &datagram[payload_at..];
    if datagram[0] & 0x20 != 0 {
        let count = usize::from(*payload.last().ok_or(RtpError::Padding)?);
        if count == 0 || count > payload.len() {
            return Err(RtpError::Padding);
        }
        payload = &payload[..payload.len() - count];
    }
    Ok(Packet { header, payload, payload_at })
}

/// Read what stays in the clear when a packet is encrypted; returns where the rest begins.
///
/// # Errors
/// `Truncated`, `Version`.
pub fn parse_header(datagram: &[u8]) -> Result<(Header, usize), RtpError> {
    let (fixed, mut rest) = datagram.split_first_chunk::<HEADER_BYTES>().ok_or(RtpError::Truncated)?;
    let version = fixed[0] >> 6;
    if version != 2 {
        return Err(RtpError::Version(version));
    }
    let csrc_bytes = usize::from(fixed[0] & 0x0f) * 4;
    rest = rest.get(csrc_bytes..).ok_or(RtpError::Truncated)?;
    if fixed[0] & 0x10 != 0 {
        // RFC 3550 §5.3.1: 16 bits of profile, 16 bits of length in 32-bit words
        let (extension, after) = rest.split_first_chunk::<4>().ok_or(RtpError::Truncated)?;
        let words = usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        rest = after.get(words * 4..).ok_or(RtpError::Truncated)?;
    }
    let header = Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: PayloadType::from_header(fixed[1]),
        sequence_number: SeqNo::new(u16::from_be_bytes([fixed[2], fixed[3]])),
        timestamp: RtpTimestamp::new(u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]])),
        ssrc: Ssrc::new(u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]])),
    };
    Ok((header, datagram.len() - rest.len()))
}

impl Header {
    /// The header as bytes, without contributing sources, extension or padding.
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0] = 2 << 6;
        bytes[1] = (u8::from(self.marker) << 7) | self.payload_type.get();
        bytes[2..4].copy_from_slice(&self.sequence_number.get().to_be_bytes());
        bytes[4..8].copy_from_slice(&self.timestamp.get().to_be_bytes());
        bytes[8..12].copy_from_slice(&self.ssrc.get().to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> impl Strategy<Value = Header> {
        (any::<bool>(), 0u8..128, any::<u16>(), any::<u32>(), any::<u32>()).prop_map(
            |(marker, payload_type, sequence_number, timestamp, ssrc)| Header {
                marker,
                payload_type: PayloadType::from_header(payload_type),
                sequence_number: SeqNo::new(sequence_number),
                timestamp: RtpTimestamp::new(timestamp),
                ssrc: Ssrc::new(ssrc),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(header in header(), payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut datagram = header.to_bytes().to_vec();
            datagram.extend_from_slice(&payload);
            prop_assert_eq!(parse(&datagram), Ok(Packet { header, payload: &payload, payload_at: HEADER_BYTES }));
        }

        #[test]
        fn sources_extension_and_padding_are_no_payload(
            header in header(),
            payload in prop::collection::vec(any::<u8>(), 0..50),
            sources in 0u8..16,
            words in prop::option::of(0u16..20),
            padding in prop::option::of(1u8..40),
        ) {
            let mut datagram = header.to_bytes().to_vec();
            datagram[0] |= sources | u8::from(words.is_some()) << 4 | u8::from(padding.is_some()) << 5;
            datagram.extend(std::iter::repeat_n(7, usize::from(sources) * 4));
            if let Some(words) = words {
                datagram.extend_from_slice(&[0xbe, 0xde]);
                datagram.extend_from_slice(&words.to_be_bytes());
                datagram.extend(std::iter::repeat_n(9, usize::from(words) * 4));
            }
            let payload_at = datagram.len();
            datagram.extend_from_slice(&payload);
            if let Some(padding) = padding {
                datagram.extend(std::iter::repeat_n(0, usize::from(padding) - 1));
                datagram.push(padding);
            }
            prop_assert_eq!(parse(&datagram), Ok(Packet { header, payload: &payload, payload_at }));
        }

        #[test]
        fn any_bytes_are_a_packet_or_an_error(datagram in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(packet) = parse(&datagram) {
                prop_assert!(packet.payload.len() + HEADER_BYTES <= datagram.len());
            }
        }

        #[test]
        fn no_header_that_claims_too_much_is_read(first in 0x80u8..0xc0, datagram in prop::collection::vec(any::<u8>(), 11..60)) {
            let mut claimed = vec![first];
            claimed.extend_from_slice(&datagram);
            if let Ok(packet) = parse(&claimed) {
                prop_assert!(packet.payload.len() + HEADER_BYTES + usize::from(first & 15) * 4 <= claimed.len());
            }
        }
    }

    #[test]
    fn each_rule_has_its_error() {
        assert_eq!(parse(&[0x80; 11]), Err(RtpError::Truncated));
        assert_eq!(parse(&[0x40; 12]), Err(RtpError::Version(1)));
        assert_eq!(parse(&[0x81; 12]), Err(RtpError::Truncated));
        assert_eq!(parse(&[0x90; 12]), Err(RtpError::Truncated));
        let mut padded = [0; 13];
        padded[0] = 0xa0;
        assert_eq!(parse(&padded), Err(RtpError::Padding));
        padded[12] = 2;
        assert_eq!(parse(&padded), Err(RtpError::Padding));
        assert_eq!(parse(&padded[..12]), Err(RtpError::Padding));
    }
}
