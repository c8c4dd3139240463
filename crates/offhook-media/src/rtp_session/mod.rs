//! One leg's RTP session without I/O (RFC 3550): bytes, addresses and moments in, packets out.
//!
//! Sending: one SSRC for the life of the port, sequence numbers without gaps, timestamps that
//! follow the clock. Receiving: payload types of the plan only, from the latched address only;
//! statistics, key presses, reports. Called by `media_port`. SRTP is read before and
//! written behind it. Left out: contributing sources.

mod digits;
mod key_allowance;
mod latch;
mod media_plan;
mod quality;
mod reports;
mod sender;
mod source;
mod statistics;

use std::net::SocketAddrV4;

pub use key_allowance::{BURST as KEY_BURST, KeyAllowance};
pub use media_plan::{MediaPlan, PayloadMap};
pub use sender::Relayed;
pub use statistics::{PortStatistics, RemoteReport};

use crate::codec::AudioCodec;
use crate::rtcp::source_description::CNAME_BYTES;
use crate::rtp::{self, Header, Packet};
use crate::telephone_event::{Key, TelephoneEvent};
use crate::units::{Moment, PayloadType, RtpTimestamp, SeqNo, Ssrc, WallClock};
use digits::DigitReceiver;
use latch::Latch;
use reports::Reports;
use sender::Sender;
use source::{Sequence, Source};

/// What is drawn by chance for a session (RFC 3550 §5.1, §8; RFC 7022), by the engine.
#[derive(Clone, Copy, Debug)]
pub struct SessionSeed {
    /// Our synchronisation source.
    pub ssrc: Ssrc,
    /// Our first sequence number.
    pub sequence_number: SeqNo,
    /// Our timestamp before the first tick.
    pub timestamp: RtpTimestamp,
    /// Our canonical name.
    pub cname: [u8; CNAME_BYTES],
    /// The wall clock, for sender reports.
    pub wall_clock: WallClock,
}

/// What a datagram on the RTP port was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// Audio of a codec that the plan allows.
    Audio {
        /// What the payload is encoded with.
        codec: AudioCodec,
        /// The packet, borrowed from the datagram.
        packet: Packet<'a>,
        /// The first packet of another source, or after a restart of its sequence numbers.
        new_source: bool,
    },
    /// Valid, and nothing to hear: an event or comfort noise.
    Quiet {
        /// The packet, borrowed from the datagram.
        packet: Packet<'a>,
        /// The key that is down or was let go of; None for comfort noise and other events.
        key: Option<Key>,
        /// The key that was pressed; told on the first packet of its event.
        digit: Option<Key>,
        /// As for audio.
        new_source: bool,
    },
    /// Malformed, a stranger's, of an unknown payload type, or before the first plan.
    Discarded,
}

/// See the head of the file.
#[derive(Debug)]
pub struct RtpSession {
    plan: Option<MediaPlan>,
    sender: Sender,
    source: Option<Source>,
    rtp_latch: Latch,
    rtcp_latch: Latch,
    digits: DigitReceiver,
    reports: Reports,
    received: u64,
    discarded: u64,
    lost_before: u64,
}

impl RtpSession {
    /// A session that hears and says nothing until `apply`.
    pub const fn new(seed: SessionSeed) -> Self {
        Self {
            plan: None,
            sender: Sender::new(seed.ssrc, seed.sequence_number, seed.timestamp),
            source: None,
            rtp_latch: Latch::new(),
            rtcp_latch: Latch::new(),
            digits: DigitReceiver::new(),
            reports: Reports::new(seed.cname, seed.wall_clock),
            received: 0,
            discarded: 0,
            lost_before: 0,
        }
    }

    /// Follow `plan` from now on. Opens the latch: the next valid packet may come from elsewhere.
    pub fn apply(&mut self, plan: &MediaPlan, now: Moment) {
        let before = self.plan.replace(*plan);
        self.rtp_latch.reopen(before.is_some_and(|before| before.remote == plan.remote));
        self.rtcp_latch.reopen(before.is_some_and(|before| before.remote_rtcp == plan.remote_rtcp));
        self.reports.start(self.sender.ssrc(), now);
    }

    /// The plan of the moment.
    pub const fn plan(&self) -> Option<&MediaPlan> {
        self.plan.as_ref()
    }

    /// Let `ticks` of the RTP clock pass.
    pub const fn advance(&mut self, ticks: u32, now: Moment) {
        self.sender.advance(ticks, now);
    }

    /// Go on by ticks after packets were relayed.
    pub const fn resume(&mut self, now: Moment) {
        self.sender.resume(now);
    }

    /// The sequence number of the next packet.
    pub const fn next_sequence_number(&self) -> SeqNo {
        self.sender.sequence_number()
    }

    /// The earliest timestamp at which new audio can begin now.
    pub const fn free_timestamp(&self, now: Moment) -> RtpTimestamp {
        self.sender.free_timestamp(now)
    }

    /// Count a packet of another leg that is sent here; returns the header that it leaves with.
    pub fn relay(&mut self, packet: &Relayed, now: Moment) -> Header {
        self.sender.relay(packet, now)
    }

    /// The RTP timestamp of this moment in what we send.
    pub const fn timestamp(&self) -> RtpTimestamp {
        self.sender.timestamp()
    }

    /// Where RTP is to be sent; None before a plan and on hold.
    pub fn rtp_destination(&self) -> Option<SocketAddrV4> {
        let plan = self.plan.as_ref().filter(|plan| plan.sends && !plan.remote.ip().is_unspecified())?;
        Some(self.rtp_latch.destination(plan.remote))
    }

    /// Print the next RTP packet into `bytes`; returns its length.
    ///
    /// `timestamp` differs from `self.timestamp()` within an event only (RFC 4733 §2.2.2).
    pub fn print_rtp(
        &mut self,
        bytes: &mut [u8],
        payload_type: PayloadType,
        marker: bool,
        timestamp: RtpTimestamp,
        payload: &[u8],
    ) -> usize {
        self.sender.print(bytes, payload_type, marker, timestamp, payload)
    }

    /// Take one datagram from the RTP socket.
    pub fn handle_rtp<'a>(&mut self, datagram: &'a [u8], from: SocketAddrV4, now: Moment) -> Received<'a> {
        let received = self.receive(datagram, from, now);
        match received {
            Received::Discarded => self.discarded += 1,
            _ => self.received += 1,
        }
        received
    }

    /// Count a packet that came too late to be heard, or was not believed.
    pub const fn handle_late(&mut self) {
        self.discarded += 1;
    }

    fn receive<'a>(&mut self, datagram: &'a [u8], from: SocketAddrV4, now: Moment) -> Received<'a> {
        let Some(plan) = &self.plan else { return Received::Discarded };
        let Ok(packet) = rtp::parse(datagram) else { return Received::Discarded };
        let payload_type = packet.header.payload_type;
        let codec = plan.receive.codec(payload_type);
        let is_event = plan.is_event(payload_type);
        // Comfort noise was never negotiated (reference/sip-interface 11): it is heard as silence.
        if codec.is_none() && !is_event && payload_type != PayloadType::COMFORT_NOISE {
            return Received::Discarded;
        }
        if !self.rtp_latch.handle_packet(from, now) {
            return Received::Discarded;
        }
        let Some(new_source) = self.count(&packet.header, codec.is_some(), now) else {
            return Received::Discarded;
        };
        if is_event {
            return match TelephoneEvent::parse(packet.payload) {
                Ok(event) => {
                    let digit = self.digits.handle_event(&packet.header, event, now);
                    Received::Quiet { packet, key: Key::from_event(event.event), digit, new_source }
                }
                Err(_) => Received::Discarded,
            };
        }
        match codec {
            Some(codec) => Received::Audio { codec, packet, new_source },
            None => Received::Quiet { packet, key: None, digit: None, new_source },
        }
    }

    /// Enter a packet in the statistics; None when its sequence number is beyond belief.
    fn count(&mut self, header: &Header, is_audio: bool, now: Moment) -> Option<bool> {
        let mut new_source = false;
        let source = match &mut self.source {
            Some(source) if source.ssrc() == header.ssrc => source,
            other => {
                if let Some(before) = other {
                    self.lost_before += before.lost();
                }
                new_source = true;
                other.insert(Source::new(header.ssrc, header.sequence_number))
            }
        };
        match source.handle_sequence_number(header.sequence_number) {
            Sequence::Counted => {}
            Sequence::Restarted { lost } => {
                self.lost_before += lost;
                new_source = true;
            }
            Sequence::Doubted => return None,
        }
        if is_audio {
            source.handle_timestamp(header.timestamp, now);
        }
        Some(new_source)
    }

    /// Take one datagram from the RTCP socket.
    pub fn handle_rtcp(&mut self, datagram: &[u8], from: SocketAddrV4, now: Moment) {
        let is_ours = self.plan.is_some()
            && crate::rtcp::parse(datagram).is_ok_and(|compound| {
                let accepted = self.rtcp_latch.handle_packet(from, now);
                if accepted {
                    self.reports.handle_compound(compound, self.sender.ssrc(), self.source.as_mut(), now);
                }
                accepted
            });
        if !is_ours {
            self.discarded += 1;
        }
    }

    /// Print the report that is due into `bytes`; returns its length and destination.
    pub fn poll_report(&mut self, bytes: &mut [u8], now: Moment) -> Option<(usize, SocketAddrV4)> {
        let to = self.rtcp_destination()?;
        let length = self.reports.poll(bytes, &self.sender, self.source.as_mut(), now)?;
        Some((length, to))
    }

    /// Print the last report with its BYE (RFC 3550 §6.6).
    pub fn print_bye(&mut self, bytes: &mut [u8], now: Moment) -> Option<(usize, SocketAddrV4)> {
        let to = self.rtcp_destination()?;
        Some((self.reports.print_bye(bytes, &self.sender, self.source.as_mut(), now), to))
    }

    /// Reports go on while we hold, since hold is about RTP alone (RFC 3264 §5.1).
    fn rtcp_destination(&self) -> Option<SocketAddrV4> {
        let plan = self.plan.as_ref().filter(|plan| !plan.remote_rtcp.ip().is_unspecified())?;
        Some(self.rtcp_latch.destination(plan.remote_rtcp))
    }

    /// The counters of this moment.
    pub fn statistics(&self) -> PortStatistics {
        let source = self.source.as_ref();
        PortStatistics {
            packets_sent: self.sender.packets(),
            packets_received: self.received,
            packets_lost: self.lost_before + source.map_or(0, Source::lost),
            packets_discarded: self.discarded,
            packets_unauthenticated: 0,
            packets_replayed: 0,
            jitter_ticks: source.map_or(0, Source::jitter_ticks),
            remote: self.reports.remote(),
            round_trip: self.reports.round_trip(),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
