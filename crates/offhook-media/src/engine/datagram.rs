//! Reads one datagram, with the moment at which it arrived.
//!
//! Where a datagram wakes its worker that is now. The sockets of members of rooms are read once in a tick,
//! and a peer's jitter and round trip must not be told too great for that: there the kernel's own stamp counts
//! (SO_TIMESTAMPNS, socket(7)), which is of the wall clock.

use std::io::IoSliceMut;
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;

use super::clock;
use crate::units::{Moment, WallClock};

/// A stamp that is older tells of a wall clock that was set since, and of nothing else.
const STAMP_AGE_MAX: Duration = Duration::from_secs(1);

/// What was read into a buffer.
pub(super) struct Datagram {
    /// Bytes of it; one that is longer than the buffer was cut.
    pub length: usize,
    pub from: SocketAddrV4,
    pub at: Moment,
}

/// Read one that has just come; None when there is none, and for an ICMP error of an earlier send, which
/// costs nothing to pass over.
pub(super) fn read(socket: &UdpSocket, buffer: &mut [u8]) -> Option<Datagram> {
    match socket.recv_from(buffer) {
        Ok((length, SocketAddr::V4(from))) => Some(Datagram { length, from, at: clock::now() }),
        Ok((_, SocketAddr::V6(_))) | Err(_) => None,
    }
}

/// Have what comes at a socket stamped from now on, or no more.
pub(super) fn stamp(socket: &impl AsFd, on: bool) -> nix::Result<()> {
    setsockopt(socket, sockopt::ReceiveTimestampns, &on)
}

/// Reads stamped datagrams.
pub(super) struct StampReader {
    control: Vec<u8>,
    now: Moment,
    wall: WallClock,
}

impl StampReader {
    pub fn new() -> Self {
        Self { control: cmsg_space!(TimeSpec), now: clock::now(), wall: clock::wall_clock() }
    }

    /// Take the clocks anew, before some that came by now are read.
    pub fn set_clocks(&mut self) {
        (self.now, self.wall) = (clock::now(), clock::wall_clock());
    }

    /// As `read`, of one that may have come a while ago.
    pub fn read(&mut self, socket: &UdpSocket, buffer: &mut [u8]) -> Option<Datagram> {
        let mut parts = [IoSliceMut::new(buffer)];
        let read =
            recvmsg::<SockaddrIn>(socket.as_raw_fd(), &mut parts, Some(&mut self.control), MsgFlags::empty());
        let message = read.ok()?;
        let stamp = message.cmsgs().ok().and_then(|mut parts| {
            parts.find_map(|part| match part {
                ControlMessageOwned::ScmTimestampns(stamp) => Some(stamp),
                _ => None,
            })
        });
        let at = stamp.and_then(|stamp| arrival(Duration::from(stamp), self.now, self.wall));
        Some(Datagram { length: message.bytes, from: message.address?.into(), at: at.unwrap_or(self.now) })
    }
}

/// When it was, by our own clock, that the wall clock showed `stamp`; None for what cannot be.
fn arrival(stamp: Duration, now: Moment, wall: WallClock) -> Option<Moment> {
    let at = wall.moment(stamp)?;
    (at <= now && now.since(at) <= STAMP_AGE_MAX).then_some(at)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_stamp_is_a_moment_of_our_clock_unless_the_wall_clock_was_set() {
        let (now, wall) = (Moment::from_nanos(50_000_000_000), WallClock::new(1_000_000_000));
        let at = |nanos: u64| arrival(Duration::from_nanos(nanos), now, wall);
        assert_eq!(at(50_980_000_000), Some(Moment::from_nanos(49_980_000_000)), "20 ms ago");
        assert_eq!(at(51_000_000_000), Some(now));
        assert_eq!(at(51_000_000_001), None, "it is still to come");
        assert_eq!(at(49_999_999_999), None, "over a second ago");
        assert_eq!(at(999_999_999), None, "before our clock began");
    }

    #[test]
    fn what_waited_is_told_when_it_came() {
        let ours = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        ours.set_nonblocking(true).expect("a socket");
        let to = ours.local_addr().expect("bound");
        let theirs = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        stamp(&ours, true).expect("an option of every socket");
        let mut buffer = [0; 16];
        let mut reader = StampReader::new();
        assert!(reader.read(&ours, &mut buffer).is_none(), "nothing came yet");
        let before = clock::now();
        theirs.send_to(b"first", to).expect("loopback");
        let between = clock::now();
        theirs.send_to(b"second", to).expect("loopback");
        reader.set_clocks();
        let first = reader.read(&ours, &mut buffer).expect("it came");
        assert_eq!(
            (&buffer[..first.length], SocketAddr::from(first.from)),
            (&b"first"[..], theirs.local_addr().expect("bound"))
        );
        let second = reader.read(&ours, &mut buffer).expect("it came");
        // The two clocks are not read in one instant.
        let slack = Duration::from_millis(1);
        assert!(
            before <= first.at.later_by(slack) && first.at <= between.later_by(slack),
            "{before:?} {:?} {between:?}",
            first.at
        );
        assert!(first.at <= second.at);
    }
}
