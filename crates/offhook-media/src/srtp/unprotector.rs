//! Believes what comes with the right tag and was not seen before, and decrypts it.
//!
//! Authentication comes first, so that nothing a stranger sends changes what is known of a source
//! (RFC 3711 §3.3); the window against replay second.

use super::history::History;
use super::protector::rollovers;
use super::sources::Sources;
use super::suite::{MasterKey, RTCP_TAG_BYTES};
use super::transform::{Protocol, Transform};
use super::{ENCRYPTED, RTCP_CLEAR_BYTES, RTCP_INDEX_BYTES, SrtpError, rtcp_ssrc};
use crate::rtp;
use crate::units::SeqNo;

/// See the head of the file.
#[derive(Debug)]
pub struct Unprotector {
    master: MasterKey,
    rtp: Transform,
    rtcp: Transform,
    sources: Sources,
    rtcp_sources: Sources,
    /// Where the sources are that were heard with the key before.
    elsewhere: Sources,
}

impl Unprotector {
    /// Begin with nothing known of any source.
    pub fn new(master: MasterKey) -> Self {
        let rtp = Transform::derive(&master, Protocol::Rtp);
        let rtcp = Transform::derive(&master, Protocol::Rtcp);
        let (sources, rtcp_sources, elsewhere) = Default::default();
        Self { master, rtp, rtcp, sources, rtcp_sources, elsewhere }
    }

    /// Take the place of another key: some peers let the roll-over counter go on (RFC 3711 §3.3.1), some
    /// begin anew, as RFC 4568 §7.1.4 has it.
    pub fn follow(&mut self, before: &Self) {
        self.elsewhere = before.sources.clone();
    }

    /// What it was made of.
    pub const fn master(&self) -> &MasterKey {
        &self.master
    }

    /// Decrypt an RTP packet in place; returns its length without the tag.
    ///
    /// # Errors
    /// `Rtp`, `Truncated`, `Unauthenticated`, `Replayed`.
    pub fn unprotect_rtp(&mut self, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        let tag_bytes = self.master.suite().rtp_tag_bytes();
        let length = datagram.len().checked_sub(tag_bytes).ok_or(SrtpError::Truncated)?;
        let (packet, tag) = datagram.split_at_mut(length);
        let (header, secret_at) = rtp::parse_header(packet)?;
        let history = self.sources.history(header.ssrc);
        let index = candidates(history, self.elsewhere.history(header.ssrc), header.sequence_number)
            .into_iter()
            .flatten()
            .find(|index| self.rtp.is_authentic(packet, &rollovers(*index), tag))
            .ok_or(SrtpError::Unauthenticated)?;
        if history.is_some_and(|history| !history.is_fresh(index)) {
            return Err(SrtpError::Replayed);
        }
        self.sources.enter(header.ssrc, index);
        self.rtp.crypt(header.ssrc, index, &mut packet[secret_at..]);
        Ok(length)
    }

    /// Decrypt an RTCP packet in place; returns its length without index and tag.
    ///
    /// # Errors
    /// `Truncated`, `Unauthenticated`, `Unencrypted`, `Replayed`.
    pub fn unprotect_rtcp(&mut self, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        let end = datagram.len().checked_sub(RTCP_TAG_BYTES).ok_or(SrtpError::Truncated)?;
        let length = end.checked_sub(RTCP_INDEX_BYTES).ok_or(SrtpError::Truncated)?;
        let (authenticated, tag) = datagram.split_at_mut(end);
        let ssrc = rtcp_ssrc(&authenticated[..length])?;
        if !self.rtcp.is_authentic(authenticated, &[], tag) {
            return Err(SrtpError::Unauthenticated);
        }
        let (packet, index) = authenticated.split_at_mut(length);
        let index = index.first_chunk().map_or(0, |index| u32::from_be_bytes(*index));
        if index & ENCRYPTED == 0 {
            return Err(SrtpError::Unencrypted);
        }
        let index = u64::from(index & !ENCRYPTED);
        if self.rtcp_sources.history(ssrc).is_some_and(|history| !history.is_fresh(index)) {
            return Err(SrtpError::Replayed);
        }
        self.rtcp_sources.enter(ssrc, index);
        self.rtcp.crypt(ssrc, index, &mut packet[RTCP_CLEAR_BYTES..]);
        Ok(length)
    }
}

/// The indices that a sequence number may stand for, the likely one first.
///
/// A source begins with a roll-over counter of zero. When its first packets were lost, or came before
/// we had its key, its numbers may have begun anew already: RFC 3711 §3.3.1 leaves it to signalling to
/// tell, and SDES does not. `elsewhere`: the source as it was heard with the key before.
fn candidates(
    history: Option<&History>,
    elsewhere: Option<&History>,
    sequence_number: SeqNo,
) -> [Option<u64>; 3] {
    match history {
        Some(history) => [history.estimate(sequence_number).ok(), None, None],
        None => {
            let number = u64::from(sequence_number.get());
            let after_one = (number < 0x8000).then_some(0x1_0000 | number);
            let going_on = elsewhere.and_then(|history| history.estimate(sequence_number).ok());
            [Some(number), after_one, going_on.filter(|index| index >> 16 > 1)]
        }
    }
}
