//! The small values that every room of the crate counts in.
//!
//! No bare integer of a protocol or of time leaves this room. Numbers that wrap on the wire
//! (RFC 3550 §5.1) are compared by distance, never by size.

use std::time::Duration;

/// Milliseconds of audio in one frame, and between two ticks of a port.
pub const FRAME_MS: u32 = 20;

/// Samples in one frame at 8000 Hz.
pub const FRAME_SAMPLES: usize = 160;

/// Ticks of the RTP clock in one frame.
pub const FRAME_TICKS: u32 = 160;

/// 20 ms of linear audio at 8000 Hz, signed 16 bit.
pub type Frame = [i16; FRAME_SAMPLES];

/// RTP sequence number (RFC 3550 §5.1): wraps at 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeqNo(u16);

impl SeqNo {
    /// The number as it stands on the wire.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number for the wire.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// The one `packets` after this.
    #[must_use]
    pub const fn later_by(self, packets: u16) -> Self {
        Self(self.0.wrapping_add(packets))
    }

    /// How many packets this one is after `other`, the short way round; negative when before.
    pub const fn distance_from(self, other: Self) -> i16 {
        self.0.wrapping_sub(other.0) as i16
    }
}

/// RTP timestamp (RFC 3550 §5.1) in ticks of the codec's clock, 8000 a second here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RtpTimestamp(u32);

impl RtpTimestamp {
    /// The timestamp as it stands on the wire.
    pub const fn new(ticks: u32) -> Self {
        Self(ticks)
    }

    /// The timestamp for the wire.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The timestamp `ticks` later.
    #[must_use]
    pub const fn later_by(self, ticks: u32) -> Self {
        Self(self.0.wrapping_add(ticks))
    }

    /// The timestamp `ticks` earlier.
    #[must_use]
    pub const fn earlier_by(self, ticks: u32) -> Self {
        Self(self.0.wrapping_sub(ticks))
    }

    /// Ticks from `other` to this, the short way round; negative when before.
    pub const fn distance_from(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }
}

/// Synchronisation source (RFC 3550 §3): names one stream within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ssrc(u32);

impl Ssrc {
    /// The identifier as it stands on the wire.
    pub const fn new(identifier: u32) -> Self {
        Self(identifier)
    }

    /// The identifier for the wire.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// RTP payload type (RFC 3550 §5.1), 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PayloadType(u8);

impl PayloadType {
    /// Comfort noise, the static number of RFC 3389.
    pub const COMFORT_NOISE: Self = Self(13);

    /// The payload type, or None above 127.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 128 { Some(Self(number)) } else { None }
    }

    /// The lower seven bits of an RTP header's second byte.
    pub const fn from_header(byte: u8) -> Self {
        Self(byte & 0x7f)
    }

    /// The number for the wire.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Samples a second of audio from outside, 8000 to 192,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleRate(u32);

impl SampleRate {
    /// The rate of G.711, and of everything inside the core.
    pub const TELEPHONE: Self = Self(8000);

    /// The rate, or None outside 8000 to 192,000.
    pub const fn new(hz: u32) -> Option<Self> {
        if hz >= 8000 && hz <= 192_000 { Some(Self(hz)) } else { None }
    }

    /// Samples a second.
    pub const fn hz(self) -> u32 {
        self.0
    }
}

/// A moment of CLOCK_MONOTONIC; the rooms below the engine are told it and never ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The moment `nanos` after the zero of the clock.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds after the zero of the clock.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Time since `earlier`; nothing when that is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn later_by(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    /// The moment in ticks of an 8000 Hz clock, wrapping as RTP timestamps do.
    #[expect(clippy::cast_possible_truncation, reason = "an RTP clock wraps at 32 bits")]
    pub const fn rtp_ticks(self) -> RtpTimestamp {
        RtpTimestamp((self.0 / 125_000) as u32)
    }
}

/// Seconds since 1900 in 32.32 fixed point (RFC 3550 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtpTimestamp(u64);

impl NtpTimestamp {
    /// The timestamp as it stands on the wire.
    pub const fn new(fixed: u64) -> Self {
        Self(fixed)
    }

    /// The timestamp for the wire.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The middle 32 bits, as LSR carries them (RFC 3550 §6.4.1): 1/65536 s.
    #[expect(clippy::cast_possible_truncation, reason = "the middle bits are what is asked for")]
    pub const fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// Ties the monotonic clock to the wall clock as it stood when the engine started.
///
/// A later step of the wall clock is not followed: RTCP wants one steady clock.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    unix_nanos_at_zero: u64,
}

impl WallClock {
    /// `unix_nanos_at_zero`: the wall clock, in nanoseconds since 1970, at monotonic zero.
    pub const fn new(unix_nanos_at_zero: u64) -> Self {
        Self { unix_nanos_at_zero }
    }

    /// When the wall clock showed `unix`, the time since 1970; None before the monotonic clock began.
    pub fn moment(self, unix: Duration) -> Option<Moment> {
        let unix_nanos = u64::try_from(unix.as_nanos()).ok()?;
        unix_nanos.checked_sub(self.unix_nanos_at_zero).map(Moment)
    }

    /// The wall clock at `now` as NTP writes it.
    pub const fn ntp(self, now: Moment) -> NtpTimestamp {
        const NTP_TO_UNIX_S: u64 = 2_208_988_800; // RFC 5905 figure 4
        let unix = self.unix_nanos_at_zero.saturating_add(now.0);
        let seconds = (unix / 1_000_000_000).wrapping_add(NTP_TO_UNIX_S);
        let fraction = ((unix % 1_000_000_000) << 32) / 1_000_000_000;
        NtpTimestamp((seconds << 32) | fraction)
    }
}

/// Names a port in events; never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PortId(pub u64);

/// Names one queued clip or run of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaybackId(pub u64);

/// Names a place in a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MarkId(pub u64);

/// Names one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordingId(pub u64);

/// Names one tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TapId(pub u64);

/// Names a room of a conference; never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoomId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_are_compared_the_short_way_round() {
        assert_eq!(SeqNo::new(2).distance_from(SeqNo::new(65_535)), 3);
        assert_eq!(SeqNo::new(65_535).distance_from(SeqNo::new(2)), -3);
        assert_eq!(SeqNo::new(65_535).next(), SeqNo::new(0));
    }

    #[test]
    fn timestamps_wrap() {
        let late = RtpTimestamp::new(u32::MAX - 79);
        assert_eq!(late.later_by(160), RtpTimestamp::new(80));
        assert_eq!(late.later_by(160).distance_from(late), 160);
        assert_eq!(late.later_by(160).earlier_by(160), late);
    }

    #[test]
    fn rates_and_payload_types_have_limits() {
        assert_eq!(SampleRate::new(7999), None);
        assert_eq!(SampleRate::new(192_000).map(SampleRate::hz), Some(192_000));
        assert_eq!(SampleRate::new(192_001), None);
        assert_eq!(PayloadType::new(127).map(PayloadType::get), Some(127));
        assert_eq!(PayloadType::new(128), None);
    }

    #[test]
    fn ntp_counts_from_1900_and_its_middle_is_what_lsr_carries() {
        let clock = WallClock::new(1_000_000_000); // one second after 1970 at monotonic zero
        let ntp = clock.ntp(Moment::from_nanos(500_000_000));
        assert_eq!(ntp.get() >> 32, 2_208_988_801);
        assert_eq!(ntp.get() & 0xffff_ffff, 0x8000_0000);
        assert_eq!(ntp.middle() & 0xffff, 0x8000);
    }
}
