//! What we send: one source whose numbers are continuous over clips, digits, silence and what is
//! relayed from another leg.
//!
//! The clock of the timestamps is set by what was sent last: by ticks while we play, by the packets
//! themselves while we relay. Between two of them it runs with the monotonic clock.

use crate::rtp::{HEADER_BYTES, Header};
use crate::units::{FRAME_TICKS, Moment, PayloadType, RtpTimestamp, SeqNo, Ssrc};

/// A packet of another leg, as it is to leave from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// The number of its kind here.
    pub payload_type: PayloadType,
    /// Begins a talkspurt, or an event.
    pub marker: bool,
    /// In our numbering.
    pub sequence_number: SeqNo,
    /// On our clock.
    pub timestamp: RtpTimestamp,
    /// Of its payload.
    pub payload_bytes: usize,
    /// It is audio of so many ticks and the newest: it sets the clock. None for events and for what
    /// comes late.
    pub sets_clock: Option<u32>,
    /// It comes late, and so its number is one that was passed over.
    pub is_late: bool,
}

#[derive(Debug)]
pub struct Sender {
    ssrc: Ssrc,
    sequence_number: SeqNo,
    timestamp: RtpTimestamp,
    /// When it was that timestamp.
    set_at: Moment,
    /// Behind the last audio that was sent.
    audio_end: RtpTimestamp,
    packets: u64,
    octets: u64,
}

impl Sender {
    pub const fn new(ssrc: Ssrc, sequence_number: SeqNo, timestamp: RtpTimestamp) -> Self {
        Self {
            ssrc,
            sequence_number,
            timestamp,
            set_at: Moment::from_nanos(0),
            audio_end: timestamp,
            packets: 0,
            octets: 0,
        }
    }

    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// The number of the next packet.
    pub const fn sequence_number(&self) -> SeqNo {
        self.sequence_number
    }

    /// The timestamp of the last tick or packet.
    pub const fn timestamp(&self) -> RtpTimestamp {
        self.timestamp
    }

    /// The timestamp of any moment since.
    pub const fn timestamp_at(&self, now: Moment) -> RtpTimestamp {
        let passed = now.rtp_ticks().earlier_by(self.set_at.rtp_ticks().get());
        self.timestamp.later_by(passed.get())
    }

    /// The earliest timestamp at which new audio can begin now: it repeats nothing that was sent.
    pub const fn free_timestamp(&self, now: Moment) -> RtpTimestamp {
        let clock = self.timestamp_at(now);
        if self.audio_end.distance_from(clock) > 0 { self.audio_end } else { clock }
    }

    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Payload bytes sent, without headers (RFC 3550 §6.4.1).
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Ticks of the port have passed.
    pub const fn advance(&mut self, ticks: u32, now: Moment) {
        self.timestamp = self.timestamp.later_by(ticks);
        self.set_at = now;
    }

    /// Go on by ticks where the relay left off.
    pub const fn resume(&mut self, now: Moment) {
        self.timestamp = self.free_timestamp(now);
        self.set_at = now;
    }

    /// Print one packet and count it; returns its length.
    pub fn print(
        &mut self,
        bytes: &mut [u8],
        payload_type: PayloadType,
        marker: bool,
        timestamp: RtpTimestamp,
        payload: &[u8],
    ) -> usize {
        let header = Header {
            marker,
            payload_type,
            sequence_number: self.sequence_number,
            timestamp,
            ssrc: self.ssrc,
        };
        let length = HEADER_BYTES + payload.len();
        bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
        bytes[HEADER_BYTES..length].copy_from_slice(payload);
        self.sequence_number = self.sequence_number.next();
        self.audio_end = self.timestamp.later_by(FRAME_TICKS);
        self.count(payload.len());
        length
    }

    /// Count one relayed packet; returns the header that it leaves with.
    pub fn relay(&mut self, packet: &Relayed, now: Moment) -> Header {
        let Relayed { payload_type, marker, sequence_number, timestamp, .. } = *packet;
        if !packet.is_late {
            self.sequence_number = sequence_number.next();
        }
        if let Some(ticks) = packet.sets_clock {
            self.timestamp = timestamp;
            self.set_at = now;
            self.audio_end = timestamp.later_by(ticks);
        }
        self.count(packet.payload_bytes);
        Header { marker, payload_type, sequence_number, timestamp, ssrc: self.ssrc }
    }

    const fn count(&mut self, octets: usize) {
        self.packets += 1;
        self.octets += octets as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Moment = Moment::from_nanos(3_600_000_000_000);

    fn after(ms: u64) -> Moment {
        Moment::from_nanos(AT.nanos() + ms * 1_000_000)
    }

    #[test]
    fn between_two_ticks_the_clock_runs_on() {
        let mut sender = Sender::new(Ssrc::new(1), SeqNo::new(0), RtpTimestamp::new(u32::MAX));
        sender.advance(160, AT);
        assert_eq!(sender.timestamp(), RtpTimestamp::new(159));
        assert_eq!(sender.timestamp_at(after(5)), RtpTimestamp::new(199));
        assert_eq!(sender.free_timestamp(after(5)), RtpTimestamp::new(199));
    }

    #[test]
    fn what_follows_audio_begins_behind_it() {
        let mut sender = Sender::new(Ssrc::new(1), SeqNo::new(0), RtpTimestamp::new(0));
        let packet = Relayed {
            payload_type: PayloadType::from_header(0),
            marker: false,
            sequence_number: SeqNo::new(7),
            timestamp: RtpTimestamp::new(1000),
            payload_bytes: 480,
            sets_clock: Some(480),
            is_late: false,
        };
        sender.relay(&packet, AT);
        assert_eq!(sender.sequence_number(), SeqNo::new(8));
        assert_eq!(sender.free_timestamp(after(20)), RtpTimestamp::new(1480));
        assert_eq!(sender.free_timestamp(after(100)), RtpTimestamp::new(1800));
        sender.resume(after(20));
        assert_eq!(sender.timestamp_at(after(40)), RtpTimestamp::new(1640));
        assert_eq!((sender.packets(), sender.octets()), (1, 480));
    }
}
