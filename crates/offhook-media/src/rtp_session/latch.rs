//! Symmetric RTP (RFC 4961): send to where the peer really sends from, and stay there.
//!
//! Before the first valid packet the planned address is used. From then on packets from elsewhere
//! are refused, so that a stranger who knows the port cannot take the call's audio, until a new
//! plan comes or the peer has been silent for three seconds.

use std::net::SocketAddrV4;
use std::time::Duration;

use crate::units::Moment;

/// Silence after which another address may take over: a peer that moved without a re-INVITE.
pub const RELATCH_AFTER: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing came yet for this address: send as planned.
    Open,
    /// The plan is new and its address is not: keep sending there, accept another.
    Reopened { address: SocketAddrV4 },
    /// Only this address is heard.
    Latched { address: SocketAddrV4, heard_at: Moment },
}

/// See the head of the file.
#[derive(Debug)]
pub struct Latch {
    state: State,
}

impl Latch {
    pub const fn new() -> Self {
        Self { state: State::Open }
    }

    /// A plan came. `same_address`: it names the same remote address as the one before.
    pub const fn reopen(&mut self, same_address: bool) {
        self.state = match self.state {
            State::Latched { address, .. } | State::Reopened { address } if same_address => {
                State::Reopened { address }
            }
            _ => State::Open,
        };
    }

    /// A valid packet came; false when it is a stranger's.
    pub fn handle_packet(&mut self, from: SocketAddrV4, now: Moment) -> bool {
        if let State::Latched { address, heard_at } = self.state {
            if address != from && now.since(heard_at) < RELATCH_AFTER {
                return false;
            }
        }
        self.state = State::Latched { address: from, heard_at: now };
        true
    }

    /// Where to send.
    pub const fn destination(&self, planned: SocketAddrV4) -> SocketAddrV4 {
        match self.state {
            State::Open => planned,
            State::Reopened { address } | State::Latched { address, .. } => address,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const PLANNED: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 2), 4000);
    const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 9), 51_000);
    const STRANGER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 7), 4000);

    fn at(ms: u64) -> Moment {
        Moment::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn the_first_packet_decides_and_strangers_are_refused() {
        let mut latch = Latch::new();
        assert_eq!(latch.destination(PLANNED), PLANNED);
        assert!(latch.handle_packet(PEER, at(0)));
        assert_eq!(latch.destination(PLANNED), PEER);
        assert!(!latch.handle_packet(STRANGER, at(2999)));
        assert_eq!(latch.destination(PLANNED), PEER);
    }

    #[test]
    fn a_peer_that_fell_silent_may_have_moved() {
        let mut latch = Latch::new();
        assert!(latch.handle_packet(PEER, at(0)));
        assert!(latch.handle_packet(PEER, at(1000)));
        assert!(!latch.handle_packet(STRANGER, at(3999)));
        assert!(latch.handle_packet(STRANGER, at(4000)));
        assert_eq!(latch.destination(PLANNED), STRANGER);
        assert!(!latch.handle_packet(PEER, at(4001)));
    }

    #[test]
    fn a_new_plan_opens_the_latch() {
        let mut latch = Latch::new();
        latch.handle_packet(PEER, at(0));
        latch.reopen(true);
        assert_eq!(latch.destination(PLANNED), PEER, "a refresh must not send to the address behind the NAT");
        latch.reopen(true);
        assert!(latch.handle_packet(STRANGER, at(1)));
        latch.reopen(false);
        assert_eq!(latch.destination(PLANNED), PLANNED);
    }
}
