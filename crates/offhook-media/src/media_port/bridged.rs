//! The port as one side of a bridge: what it hears for the other leg, and what it sends of it.
//!
//! `relay` decides how a packet passes from one to the other; a port that plays to its peer takes
//! none until it has ended. A recording takes what is sent to the peer from `relay` below.

use std::net::SocketAddrV4;
use std::ops::Range;

use super::MediaPort;
use super::recorder::SentBy;
use crate::codec::g711::Law;
use crate::rtp::Header;
use crate::rtp_session::{MediaPlan, Relayed};
use crate::units::{Moment, PayloadType, RtpTimestamp, SampleRate, SeqNo};

/// What a packet carries for the other leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Audio of this law.
    Audio(Law),
    /// A key that is down or was let go of, as telephone-event; the clock of its duration.
    Key(SampleRate),
    /// Comfort noise, which nobody negotiated, or an event that is no key.
    Nothing,
}

/// A packet that the peer sent, for the other leg of a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// As it came.
    pub header: Header,
    /// What it carries.
    pub content: Content,
    /// The first packet of another source, or after a restart of its sequence numbers.
    pub new_source: bool,
    /// Where the payload stands in the datagram; at least a fixed header before it.
    pub payload: Range<usize>,
}

/// How and where to the other leg's packets are to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayTarget {
    /// Where to.
    pub to: SocketAddrV4,
    /// The law of its audio.
    pub law: Law,
    /// The number of its audio.
    pub payload_type: PayloadType,
    /// The number of telephone-events, None where they were not negotiated.
    pub telephone_event: Option<PayloadType>,
    /// Their clock.
    pub telephone_event_rate: SampleRate,
}

impl MediaPort {
    /// Be one side of a bridge: say what is relayed, and silence no more.
    pub const fn join(&mut self) {
        self.is_bridged = true;
    }

    /// Be alone again.
    pub const fn unjoin(&mut self) {
        self.is_bridged = false;
    }

    /// Whether it says what is relayed to it, since it has nothing to play.
    pub(super) fn is_relayed_to(&self) -> bool {
        self.is_bridged && self.playout.is_idle()
    }

    /// Whether ticks are for reports and timeouts only, and one a second is enough.
    pub fn is_at_rest(&self) -> bool {
        self.is_relayed_to()
            && self.recorders.is_empty()
            && self.taps.is_empty()
            && self.voice_watch.is_none()
    }

    /// How packets of the other leg are to leave; None while the port plays, and on hold.
    pub fn relay_target(&self) -> Option<RelayTarget> {
        if !self.is_relayed_to() {
            return None;
        }
        let to = self.session.rtp_destination()?;
        let &MediaPlan { codec, payload_type, telephone_event, telephone_event_rate, .. } =
            self.session.plan()?;
        Some(RelayTarget { to, law: codec.law(), payload_type, telephone_event, telephone_event_rate })
    }

    /// The sequence number of the next packet to the peer.
    pub const fn next_sequence_number(&self) -> SeqNo {
        self.session.next_sequence_number()
    }

    /// The earliest timestamp at which audio from elsewhere can begin now.
    pub const fn free_timestamp(&self, now: Moment) -> RtpTimestamp {
        self.session.free_timestamp(now)
    }

    /// Count a packet of the other leg that is sent to the peer; returns the header that it leaves with.
    ///
    /// audio: its law and payload as they leave; None for an event.
    pub fn relay(&mut self, packet: &Relayed, audio: Option<(Law, &[u8])>, now: Moment) -> Header {
        match audio {
            Some((law, payload)) => {
                self.recorders.handle_sent(law, packet.timestamp, payload, SentBy::Partner);
                self.taps.handle_sent(law, packet.timestamp, payload, SentBy::Partner);
            }
            None => self.recorders.handle_sent_silence(packet.timestamp),
        }
        self.is_relaying = true;
        self.marker_is_due = true;
        self.session.relay(packet, now)
    }

    /// Count a packet that was heard and came too late, or was too large, to be passed on.
    pub const fn handle_unrelayed(&mut self) {
        self.session.handle_late();
    }
}
