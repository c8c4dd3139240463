//! The telephone-event payload (RFC 4733 §2.3): one key press in four bytes.
//!
//! Called by `rtp_session` and `media_port`. Events from 16 (flash hook, tones) are read and left
//! to the caller to ignore.

use crate::units::SampleRate;

/// Bytes of the payload.
pub const PAYLOAD_BYTES: usize = 4;

/// Volume of what we send: -10 dBm0, within RFC 4733 §2.3.3 and what peers expect.
pub const VOLUME: u8 = 10;

/// A key of the telephone: `0-9 * # A-D` (RFC 4733 table 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u8);

const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl Key {
    /// The key of an event code, None from 16 on.
    pub const fn from_event(code: u8) -> Option<Self> {
        if code < 16 { Some(Self(code)) } else { None }
    }

    /// The key that prints as `character`, None when none does.
    pub fn from_char(character: char) -> Option<Self> {
        let code = KEYS.iter().position(|key| *key == character)?;
        u8::try_from(code).ok().and_then(Self::from_event)
    }

    /// The event code, 0 to 15.
    pub const fn event(self) -> u8 {
        self.0
    }

    /// The key as printed on a telephone.
    pub const fn to_char(self) -> char {
        KEYS[self.0 as usize]
    }
}

/// One report on an event: it is on (or over), for so long so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Event code, 0 to 255.
    pub event: u8,
    /// The event is over, and `duration_ticks` is final.
    pub end: bool,
    /// Power in -dBm0, 0 to 63.
    pub volume: u8,
    /// Time since the event's RTP timestamp, in ticks.
    pub duration_ticks: u16,
}

/// The payload is shorter than four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a telephone-event has four bytes (RFC 4733 §2.3)")]
pub struct TelephoneEventError;

impl TelephoneEvent {
    /// Read a payload; bytes behind the first four are another codec's and are left alone.
    ///
    /// # Errors
    /// `TelephoneEventError` below four bytes.
    pub fn parse(payload: &[u8]) -> Result<Self, TelephoneEventError> {
        let bytes = payload.first_chunk::<PAYLOAD_BYTES>().ok_or(TelephoneEventError)?;
        Ok(Self {
            event: bytes[0],
            end: bytes[1] & 0x80 != 0,
            volume: bytes[1] & 0x3f,
            duration_ticks: u16::from_be_bytes([bytes[2], bytes[3]]),
        })
    }

    /// The same with its duration, in ticks of one clock, in those of another.
    #[must_use]
    pub fn converted(self, from: SampleRate, to: SampleRate) -> Self {
        let ticks = u64::from(self.duration_ticks) * u64::from(to.hz()) / u64::from(from.hz());
        Self { duration_ticks: u16::try_from(ticks).unwrap_or(u16::MAX), ..self }
    }

    /// The payload; the reserved bit is zero.
    pub const fn to_bytes(self) -> [u8; PAYLOAD_BYTES] {
        let duration = self.duration_ticks.to_be_bytes();
        [self.event, ((self.end as u8) << 7) | (self.volume & 0x3f), duration[0], duration[1]]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(event: u8, end: bool, volume in 0u8..64, duration_ticks: u16) {
            let report = TelephoneEvent { event, end, volume, duration_ticks };
            prop_assert_eq!(TelephoneEvent::parse(&report.to_bytes()), Ok(report));
        }

        #[test]
        fn any_bytes_are_an_event_or_an_error(payload in prop::collection::vec(any::<u8>(), 0..12)) {
            prop_assert_eq!(TelephoneEvent::parse(&payload).is_ok(), payload.len() >= PAYLOAD_BYTES);
        }
    }

    #[test]
    fn a_duration_follows_the_clock_of_the_event() {
        let report = TelephoneEvent { event: 5, end: true, volume: VOLUME, duration_ticks: 800 };
        let (ours, theirs) = (SampleRate::TELEPHONE, SampleRate::new(48_000).expect("a rate"));
        assert_eq!(report.converted(ours, theirs).duration_ticks, 4800);
        assert_eq!(report.converted(theirs, ours).duration_ticks, 133);
        assert_eq!(report.converted(ours, ours), report);
        let longest = TelephoneEvent { duration_ticks: 60_000, ..report };
        assert_eq!(longest.converted(ours, theirs).duration_ticks, u16::MAX);
    }

    #[test]
    fn rfc4733_table7_codes() {
        for (code, key) in "0123456789*#ABCD".chars().enumerate() {
            let code = u8::try_from(code).expect("sixteen keys");
            assert_eq!(Key::from_event(code).map(Key::to_char), Some(key));
            assert_eq!(Key::from_char(key).map(Key::event), Some(code));
        }
        assert_eq!(Key::from_event(16), None);
        assert_eq!(Key::from_char('w'), None);
    }
}
