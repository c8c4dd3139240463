//! What one port counted, in the words of RFC 3550 §6.4.

use std::time::Duration;

use super::quality;

/// How the peer last said it hears us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteReport {
    /// Share of our packets lost before its report, in 1/256.
    pub fraction_lost: u8,
    /// Packets of ours lost so far; negative with duplicates.
    pub cumulative_lost: i32,
    /// Interarrival jitter at its end, in ticks of 1/8000 s.
    pub jitter_ticks: u32,
}

/// The counters of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortStatistics {
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Valid RTP packets received.
    pub packets_received: u64,
    /// RTP packets that never came, over all sources.
    pub packets_lost: u64,
    /// Malformed, of a stranger's address, late, of an unknown payload type, or not believed; RTCP
    /// included.
    pub packets_discarded: u64,
    /// Of those, SRTP and SRTCP whose authentication tag was wrong.
    pub packets_unauthenticated: u64,
    /// Of those, authentic ones that had come before or were too old to tell.
    pub packets_replayed: u64,
    /// Interarrival jitter of the source of the moment, in ticks of 1/8000 s.
    pub jitter_ticks: u32,
    /// The peer's last report on us.
    pub remote: Option<RemoteReport>,
    /// Round trip by that report (RFC 3550 §6.4.1), None before one that answers ours.
    pub round_trip: Option<Duration>,
}

impl PortStatistics {
    /// Mean opinion score of what is heard of the peer, by the E-model; None before its first packet.
    pub fn mos(&self) -> Option<f64> {
        quality::mos(self)
    }
}
