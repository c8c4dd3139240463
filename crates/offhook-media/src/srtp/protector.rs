//! Encrypts and authenticates what is sent with one master key.
//!
//! No index is used twice for one source: the keystream would be the same, and two packets would give
//! each other away (RFC 3711 §9.1). That is so for packets that a bridge sends out of order, too.

use super::history::RTP_INDEX_END;
use super::sources::Sources;
use super::suite::{MasterKey, RTCP_TAG_BYTES};
use super::transform::{Protocol, Transform};
use super::{ENCRYPTED, RTCP_CLEAR_BYTES, RTCP_INDEX_BYTES, SrtpError, rtcp_ssrc};
use crate::rtp;

/// See the head of the file.
#[derive(Debug)]
pub struct Protector {
    master: MasterKey,
    rtp: Transform,
    rtcp: Transform,
    sources: Sources,
    /// The next one; all sources count together.
    rtcp_index: u32,
}

impl Protector {
    /// Begin with roll-over counter and indices at zero.
    pub fn new(master: MasterKey) -> Self {
        let rtp = Transform::derive(&master, Protocol::Rtp);
        let rtcp = Transform::derive(&master, Protocol::Rtcp);
        Self { master, rtp, rtcp, sources: Sources::default(), rtcp_index: 0 }
    }

    /// What it was made of.
    pub const fn master(&self) -> &MasterKey {
        &self.master
    }

    /// Protect the RTP packet that the first `length` bytes are; returns its new length.
    ///
    /// # Errors
    /// `Rtp`, `NoRoom`; `Replayed` for a sequence number that was sent or is too old, `TooManySources`,
    /// `KeyExhausted`.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let (packet, room) = buffer.split_at_mut_checked(length).ok_or(SrtpError::NoRoom)?;
        let tag_bytes = self.master.suite().rtp_tag_bytes();
        let place = room.get_mut(..tag_bytes).ok_or(SrtpError::NoRoom)?;
        let (header, secret_at) = rtp::parse_header(packet)?;
        let index = match self.sources.history(header.ssrc) {
            Some(history) => {
                let index = history.estimate(header.sequence_number)?;
                Some(index).filter(|index| history.is_fresh(*index)).ok_or(SrtpError::Replayed)?
            }
            None if self.sources.is_full() => return Err(SrtpError::TooManySources),
            None => u64::from(header.sequence_number.get()),
        };
        self.rtp.crypt(header.ssrc, index, &mut packet[secret_at..]);
        let tag = self.rtp.tag(packet, &rollovers(index));
        place.copy_from_slice(&tag[..tag_bytes]);
        self.sources.enter(header.ssrc, index);
        Ok(length + tag_bytes)
    }

    /// Protect the RTCP packet that the first `length` bytes are; returns its new length.
    ///
    /// # Errors
    /// `Truncated`, `NoRoom`; `KeyExhausted` behind 2^31 packets.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let end = length + RTCP_INDEX_BYTES;
        let packet = buffer.get_mut(..end + RTCP_TAG_BYTES).ok_or(SrtpError::NoRoom)?;
        let ssrc = rtcp_ssrc(&packet[..length])?;
        let index = self.rtcp_index;
        if index >= ENCRYPTED {
            return Err(SrtpError::KeyExhausted);
        }
        self.rtcp_index += 1;
        self.rtcp.crypt(ssrc, index.into(), &mut packet[RTCP_CLEAR_BYTES..length]);
        packet[length..end].copy_from_slice(&(ENCRYPTED | index).to_be_bytes());
        let tag = self.rtcp.tag(&packet[..end], &[]);
        packet[end..].copy_from_slice(&tag[..RTCP_TAG_BYTES]);
        Ok(end + RTCP_TAG_BYTES)
    }
}

/// The roll-over counter, as it is authenticated with a packet (§4.2).
pub(super) fn rollovers(index: u64) -> [u8; 4] {
    debug_assert!(index < RTP_INDEX_END, "48 bits");
    u32::try_from(index >> 16).expect("an index has 48 bits").to_be_bytes()
}

#[cfg(test)]
impl Protector {
    /// As if the packets before had been sent.
    pub(super) fn set_next_indices(&mut self, ssrc: u32, newest_rtp: u64, next_rtcp: u32) {
        self.sources.enter(crate::units::Ssrc::new(ssrc), newest_rtp);
        self.rtcp_index = next_rtcp;
    }
}
