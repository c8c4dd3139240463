//! Whether the port's packets are protected, with which keys, and what was not believed of the peer's.
//!
//! Keys change while packets are on their way (a re-INVITE): what is sent has the new ones at once, what
//! comes is tried with the new one first and with the one before it, until the peer has used the new one.

use super::{Channel, MediaPort, Spent};
use crate::srtp::{MasterKey, Protector, SrtpError, Unprotector};

/// The keys of both directions, and what was sent and heard with them.
#[derive(Debug)]
pub struct SrtpKeys {
    outbound: Box<Protector>,
    inbound: Box<Unprotector>,
    /// What the peer has used before `inbound`, and perhaps still does.
    before: Option<Box<Unprotector>>,
}

impl SrtpKeys {
    /// `local`: the key of what we send, as our own description says; `remote`: that of what comes.
    pub fn new(local: MasterKey, remote: MasterKey) -> Self {
        let (outbound, inbound) = (Box::new(Protector::new(local)), Box::new(Unprotector::new(remote)));
        Self { outbound, inbound, before: None }
    }

    /// Go on where `old` is, as far as the keys are the same (RFC 4568 §7.1.4): an index is never used twice.
    fn succeed(&mut self, mut old: Self, mut spend: impl FnMut(Spent)) {
        if old.outbound.master().is_same(self.outbound.master()) {
            std::mem::swap(&mut self.outbound, &mut old.outbound);
        }
        spend(Spent::Protector(old.outbound));
        let mut known = [old.before, Some(old.inbound)];
        if let Some(same) = known.iter_mut().find(|known| self.has_inbound_of(known.as_deref())) {
            let fresh = same.take().map(|same| std::mem::replace(&mut self.inbound, same));
            fresh.map(Spent::Unprotector).into_iter().for_each(&mut spend);
        }
        // Of two that are left, the peer was heard with the older one.
        let mut known = known.into_iter().flatten();
        self.before = known.next();
        if let Some(before) = &self.before {
            self.inbound.follow(before);
        }
        known.for_each(|unused| spend(Spent::Unprotector(unused)));
    }

    fn has_inbound_of(&self, other: Option<&Unprotector>) -> bool {
        other.is_some_and(|other| other.master().is_same(self.inbound.master()))
    }

    /// Read a datagram in place; with its length the key that is not needed any more.
    fn unprotect(&mut self, channel: Channel, datagram: &mut [u8]) -> Result<Read, SrtpError> {
        let with = |keys: &mut Unprotector, datagram: &mut [u8]| match channel {
            Channel::Rtp => keys.unprotect_rtp(datagram),
            Channel::Rtcp => keys.unprotect_rtcp(datagram),
        };
        match (with(&mut self.inbound, datagram), &mut self.before) {
            (Err(SrtpError::Unauthenticated), Some(before)) => {
                with(before, datagram).map(|length| Read { length, spent: None })
            }
            (outcome, _) => outcome.map(|length| Read { length, spent: self.before.take() }),
        }
    }
}

struct Read {
    length: usize,
    spent: Option<Box<Unprotector>>,
}

/// See the head of the file. Without keys all passes as it is.
#[derive(Debug, Default)]
pub(super) struct Protection {
    /// They stay when the port goes plain, since it may come back to them.
    keys: Option<SrtpKeys>,
    is_on: bool,
    pub unauthenticated: u64,
    pub replayed: u64,
}

impl Protection {
    /// Protect what the first `length` bytes are, in place; None when it must not be sent.
    pub fn protect(&mut self, channel: Channel, buffer: &mut [u8], length: usize) -> Option<usize> {
        let Some(keys) = self.keys.as_mut().filter(|_| self.is_on) else { return Some(length) };
        match channel {
            Channel::Rtp => keys.outbound.protect_rtp(buffer, length).ok(),
            Channel::Rtcp => keys.outbound.protect_rtcp(buffer, length).ok(),
        }
    }

    /// Read a datagram in place; None when it is not believed.
    fn unprotect(
        &mut self,
        channel: Channel,
        datagram: &mut [u8],
        spend: impl FnOnce(Spent),
    ) -> Option<usize> {
        let Some(keys) = self.keys.as_mut().filter(|_| self.is_on) else { return Some(datagram.len()) };
        match keys.unprotect(channel, datagram) {
            Ok(Read { length, spent }) => {
                spent.map(Spent::Unprotector).map(spend);
                Some(length)
            }
            Err(error) => {
                self.unauthenticated += u64::from(error == SrtpError::Unauthenticated);
                self.replayed += u64::from(error == SrtpError::Replayed);
                None
            }
        }
    }
}

impl MediaPort {
    /// Send SRTP and believe SRTP only from now on, or RTP with None. Keys that are the same go on.
    pub fn secure(&mut self, keys: Option<SrtpKeys>) {
        self.protection.is_on = keys.is_some();
        let Some(mut keys) = keys else { return };
        if let Some(old) = self.protection.keys.take() {
            keys.succeed(old, |spent| self.playout.discard(spent));
        }
        self.protection.keys = Some(keys);
    }

    /// What a datagram says, read in place; None, and counted, when it is not believed.
    pub(super) fn unprotect<'a>(&mut self, channel: Channel, datagram: &'a mut [u8]) -> Option<&'a [u8]> {
        let read = self.protection.unprotect(channel, datagram, |spent| self.playout.discard(spent));
        if read.is_none() {
            self.session.handle_late();
        }
        read.map(|length| &datagram[..length])
    }

    /// Protect a packet of the other leg that leaves as the first `length` bytes; None when it must not:
    /// its number was sent before.
    pub fn protect_relayed(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.protection.protect(Channel::Rtp, buffer, length)
    }
}

#[cfg(test)]
#[path = "protection_tests.rs"]
mod tests;
