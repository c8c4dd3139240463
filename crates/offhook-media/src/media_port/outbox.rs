//! Packets printed within one tick and not yet sent: one RTP and one RTCP, in buffers that stay.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::protection::Protection;

/// Room for a frame of G.711 with its header, and for a report with description and BYE, protected.
const PACKET_BYTES: usize = 256;
/// Packets of one tick.
const SLOTS: usize = 2;

/// Which socket a packet leaves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The even port.
    Rtp,
    /// The odd port.
    Rtcp,
}

/// One packet to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'a> {
    /// Which socket it leaves by.
    pub channel: Channel,
    /// Where it goes.
    pub to: SocketAddrV4,
    /// The packet.
    pub bytes: &'a [u8],
}

#[derive(Debug)]
pub(super) struct Slot {
    channel: Channel,
    to: SocketAddrV4,
    length: usize,
    bytes: [u8; PACKET_BYTES],
}

impl Slot {
    pub(super) const fn bytes(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Say what its bytes are; one that cannot be protected leaves it empty.
    pub(super) fn fill(
        &mut self,
        channel: Channel,
        to: SocketAddrV4,
        length: usize,
        protection: &mut Protection,
    ) {
        self.channel = channel;
        self.to = to;
        self.length = protection.protect(channel, &mut self.bytes, length).unwrap_or(0);
    }
}

/// See the head of the file. A packet for which there is no slot is not sent.
#[derive(Debug)]
pub(super) struct Outbox([Slot; SLOTS]);

impl Outbox {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Slot {
            channel: Channel::Rtp,
            to: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
            length: 0,
            bytes: [0; PACKET_BYTES],
        }))
    }

    /// An empty slot; it stays empty until it is filled.
    pub(super) fn slot(&mut self) -> Option<&mut Slot> {
        self.0.iter_mut().find(|slot| slot.length == 0)
    }

    pub(super) fn poll(&mut self) -> Option<Transmit<'_>> {
        let slot = self.0.iter_mut().find(|slot| slot.length > 0)?;
        let length = std::mem::take(&mut slot.length);
        Some(Transmit { channel: slot.channel, to: slot.to, bytes: &slot.bytes[..length] })
    }
}
