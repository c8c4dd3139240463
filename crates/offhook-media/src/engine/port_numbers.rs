//! Port numbers: an even port for RTP and the odd one above it for RTCP (RFC 3550 §11).
//!
//! Free pairs stand in a line; a pair that was freed goes to its end and is not given out for five
//! seconds, so that late packets of the call before do not fall into the next one.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use super::EngineError;
use crate::units::Moment;

/// How long a freed pair is left alone.
const QUARANTINE: Duration = Duration::from_secs(5);

/// How often the system is asked for a free pair before we give up.
const EPHEMERAL_TRIES: usize = 100;

/// A bound pair, and the way of its number back into the line.
#[derive(Debug)]
pub(super) struct PortSockets {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub rtp_port: u16,
    freed: Option<SyncSender<u16>>,
}

impl Drop for PortSockets {
    fn drop(&mut self) {
        if let Some(freed) = &self.freed {
            // The queue has room for every pair; it is gone only together with the engine.
            let _ = freed.try_send(self.rtp_port);
        }
    }
}

#[derive(Debug)]
pub(super) enum PortNumbers {
    /// The system chooses.
    Ephemeral,
    Range {
        /// RTP port and the moment from which it may be used.
        line: VecDeque<(u16, Moment)>,
        freed: (SyncSender<u16>, Receiver<u16>),
    },
}

impl PortNumbers {
    pub fn new((low, high): (u16, u16)) -> Result<Self, EngineError> {
        if (low, high) == (0, 0) {
            return Ok(Self::Ephemeral);
        }
        if low == 0 {
            return Err(EngineError::Settings("a range of media ports begins above 0"));
        }
        let first = u32::from(low).next_multiple_of(2);
        let line: VecDeque<_> = (first..u32::from(high))
            .step_by(2)
            .filter_map(|port| u16::try_from(port).ok())
            .map(|port| (port, Moment::from_nanos(0)))
            .collect();
        if line.is_empty() {
            return Err(EngineError::Settings(
                "the range of media ports holds no even port with an odd one above it",
            ));
        }
        let freed = sync_channel(line.len());
        Ok(Self::Range { line, freed })
    }

    /// Bind the next pair on all addresses.
    pub fn open(&mut self, now: Moment) -> Result<PortSockets, EngineError> {
        match self {
            Self::Ephemeral => open_ephemeral(),
            Self::Range { line, freed: (sender, receiver) } => {
                line.extend(receiver.try_iter().map(|port| (port, now.later_by(QUARANTINE))));
                for _ in 0..line.len() {
                    let Some((port, _)) = line.front().copied().filter(|(_, usable_at)| *usable_at <= now)
                    else {
                        return Err(EngineError::NoFreePort);
                    };
                    match bind_pair(port) {
                        Ok(Some((rtp, rtcp))) => {
                            line.pop_front();
                            return Ok(PortSockets {
                                rtp,
                                rtcp,
                                rtp_port: port,
                                freed: Some(sender.clone()),
                            });
                        }
                        Ok(None) => {
                            // Another program has it: ask again when its turn comes round.
                            line.pop_front();
                            line.push_back((port, now.later_by(QUARANTINE)));
                        }
                        Err(error) => return Err(error.into()), // no descriptors left: the pair keeps its place
                    }
                }
                Err(EngineError::NoFreePort)
            }
        }
    }
}

/// Both sockets, or None when one of the ports is taken.
fn bind_pair(rtp_port: u16) -> std::io::Result<Option<(UdpSocket, UdpSocket)>> {
    let bind = |port| match UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)) {
        Ok(socket) => socket.set_nonblocking(true).map(|()| Some(socket)),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(None),
        Err(error) => Err(error),
    };
    Ok(bind(rtp_port)?.zip(bind(rtp_port + 1)?))
}

fn open_ephemeral() -> Result<PortSockets, EngineError> {
    for _ in 0..EPHEMERAL_TRIES {
        let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        let rtp_port = probe.local_addr()?.port() & !1;
        drop(probe);
        if let Some((rtp, rtcp)) = bind_pair(rtp_port)? {
            return Ok(PortSockets { rtp, rtcp, rtp_port, freed: None });
        }
    }
    Err(EngineError::NoFreePort)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_nanos(1_000_000_000);

    /// A range of this test alone, that nothing else uses at this moment: below the ephemeral ones.
    fn range(test: u16, pairs: u16) -> (u16, u16) {
        let mut low = 21_000 + test * 2000 + u16::try_from(std::process::id() % 400).expect("small") * 4;
        while !(low..low + 2 * pairs).all(|port| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()) {
            low += 2 * pairs;
        }
        (low, low + 2 * pairs - 1)
    }

    #[test]
    fn pairs_are_even_and_odd_and_run_out() {
        let ports = range(0, 2);
        let mut numbers = PortNumbers::new(ports).expect("two pairs");
        let one = numbers.open(NOW).expect("the first");
        let two = numbers.open(NOW).expect("the second");
        assert_eq!((one.rtp_port, two.rtp_port), (ports.0, ports.0 + 2));
        assert_eq!(two.rtcp.local_addr().expect("bound").port(), ports.0 + 3);
        assert!(matches!(numbers.open(NOW), Err(EngineError::NoFreePort)));
    }

    #[test]
    fn a_freed_pair_is_left_alone_for_five_seconds() {
        let ports = range(1, 1);
        let mut numbers = PortNumbers::new(ports).expect("one pair");
        drop(numbers.open(NOW).expect("free"));
        assert!(matches!(numbers.open(NOW), Err(EngineError::NoFreePort)));
        assert!(matches!(
            numbers.open(NOW.later_by(Duration::from_millis(4999))),
            Err(EngineError::NoFreePort)
        ));
        assert_eq!(numbers.open(NOW.later_by(QUARANTINE)).expect("free again").rtp_port, ports.0);
    }

    #[test]
    fn a_pair_that_another_program_has_is_passed_over() {
        let ports = range(2, 2);
        let _other = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, ports.0 + 1)).expect("free");
        let mut numbers = PortNumbers::new(ports).expect("two pairs");
        assert_eq!(numbers.open(NOW).expect("the second").rtp_port, ports.0 + 2);
        assert!(matches!(numbers.open(NOW), Err(EngineError::NoFreePort)));
    }

    #[test]
    fn ranges_without_a_pair_are_refused() {
        for ports in [(0, 10), (10, 10), (11, 12), (20, 10), (65_535, 65_535)] {
            assert!(matches!(PortNumbers::new(ports), Err(EngineError::Settings(_))), "{ports:?}");
        }
        assert!(PortNumbers::new((65_534, 65_535)).is_ok());
    }

    #[test]
    fn ephemeral_pairs_are_even_and_odd_too() {
        let mut numbers = PortNumbers::new((0, 0)).expect("ephemeral");
        let sockets = numbers.open(NOW).expect("a pair");
        assert_eq!(sockets.rtp_port % 2, 0);
        assert_eq!(sockets.rtcp.local_addr().expect("bound").port(), sockets.rtp_port + 1);
    }
}
