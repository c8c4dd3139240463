//! Key presses out of telephone-events (RFC 4733): one key for each RTP timestamp.
//!
//! An event is many packets: updates, three ends, repeats. They share a timestamp, so the first
//! one seen, whichever it is, is the key press. The marker is not relied on, lost starts and lost
//! ends do no harm. Codes from 16 on are no keys.

use super::key_allowance::KeyAllowance;
use crate::rtp::Header;
use crate::telephone_event::{Key, TelephoneEvent};
use crate::units::{Moment, RtpTimestamp, Ssrc};

/// Events remembered, so that a packet that was overtaken by the next key is no third key.
const REMEMBERED: usize = 8;

/// A key held longer than 0xFFFF ticks goes on in a new segment (RFC 4733 §2.5.1.3), which begins
/// where the segment before it ended; senders end them somewhat early.
const SEGMENT_TICKS: std::ops::RangeInclusive<i32> = 0x8000..=0xffff;

#[derive(Clone, Copy, Debug)]
struct Seen {
    ssrc: Ssrc,
    timestamp: RtpTimestamp,
    event: u8,
    ended: bool,
}

#[derive(Debug)]
pub struct DigitReceiver {
    seen: [Option<Seen>; REMEMBERED],
    newest: usize,
    allowance: KeyAllowance,
}

impl DigitReceiver {
    pub const fn new() -> Self {
        Self { seen: [None; REMEMBERED], newest: 0, allowance: KeyAllowance::new() }
    }

    /// Take one event packet; the key when it is the first of a press.
    pub fn handle_event(&mut self, header: &Header, event: TelephoneEvent, now: Moment) -> Option<Key> {
        let key = Key::from_event(event.event)?;
        let known = self
            .seen
            .iter_mut()
            .flatten()
            .find(|seen| seen.ssrc == header.ssrc && seen.timestamp == header.timestamp);
        if let Some(known) = known {
            known.ended |= event.end;
            return None;
        }
        let is_segment = self.seen[self.newest].is_some_and(|last| {
            last.ssrc == header.ssrc
                && last.event == event.event
                && !last.ended
                && !header.marker
                && SEGMENT_TICKS.contains(&header.timestamp.distance_from(last.timestamp))
        });
        if !is_segment && !self.allowance.spend(now) {
            return None;
        }
        self.newest = (self.newest + 1) % REMEMBERED;
        self.seen[self.newest] = Some(Seen {
            ssrc: header.ssrc,
            timestamp: header.timestamp,
            event: event.event,
            ended: event.end,
        });
        (!is_segment).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::key_allowance::BURST;
    use super::*;
    use crate::units::{PayloadType, SeqNo};

    const NOW: Moment = Moment::from_nanos(0);

    struct Phone(DigitReceiver);

    impl Phone {
        fn new() -> Self {
            Self(DigitReceiver::new())
        }

        /// One packet: timestamp, marker, key, duration, end.
        fn packet(
            &mut self,
            timestamp: u32,
            marker: bool,
            event: u8,
            duration_ticks: u16,
            end: bool,
        ) -> Option<char> {
            let header = Header {
                marker,
                payload_type: PayloadType::from_header(101),
                sequence_number: SeqNo::new(0),
                timestamp: RtpTimestamp::new(timestamp),
                ssrc: Ssrc::new(7),
            };
            let event = TelephoneEvent { event, end, volume: 10, duration_ticks };
            self.0.handle_event(&header, event, NOW).map(Key::to_char)
        }
    }

    #[test]
    fn a_whole_press_is_one_key() {
        let mut phone = Phone::new();
        assert_eq!(phone.packet(1000, true, 5, 160, false), Some('5'));
        for duration in [320, 480, 640] {
            assert_eq!(phone.packet(1000, false, 5, duration, false), None);
        }
        for _ in 0..3 {
            assert_eq!(phone.packet(1000, false, 5, 800, true), None);
        }
        assert_eq!(phone.packet(3000, true, 5, 160, false), Some('5'), "the same key pressed again");
    }

    #[test]
    fn lost_start_an_end_alone_counts() {
        let mut phone = Phone::new();
        assert_eq!(phone.packet(1000, false, 11, 800, true), Some('#'));
        assert_eq!(phone.packet(1000, false, 11, 800, true), None);
    }

    #[test]
    fn lost_end_the_next_press_counts() {
        let mut phone = Phone::new();
        assert_eq!(phone.packet(1000, true, 1, 160, false), Some('1'));
        assert_eq!(phone.packet(2600, true, 1, 160, false), Some('1'));
    }

    #[test]
    fn missing_marker_and_wrapped_timestamp() {
        let mut phone = Phone::new();
        assert_eq!(phone.packet(u32::MAX - 10, false, 10, 160, false), Some('*'));
        assert_eq!(phone.packet(1500, false, 10, 160, false), Some('*'));
    }

    #[test]
    fn an_end_overtaken_by_the_next_key_is_no_third_key() {
        let mut phone = Phone::new();
        assert_eq!(phone.packet(1000, true, 1, 160, false), Some('1'));
        assert_eq!(phone.packet(3000, true, 2, 160, false), Some('2'));
        assert_eq!(phone.packet(1000, false, 1, 800, true), None);
        assert_eq!(phone.packet(3000, false, 2, 320, false), None);
    }

    #[test]
    fn rfc4733_2_5_1_3_a_long_press_in_segments_is_one_key() {
        let mut phone = Phone::new();
        assert_eq!(phone.packet(0, true, 3, 160, false), Some('3'));
        assert_eq!(phone.packet(0, false, 3, 0xffff, false), None);
        assert_eq!(phone.packet(0xffff, false, 3, 160, false), None);
        assert_eq!(phone.packet(0xffff, false, 3, 800, true), None);
        assert_eq!(phone.packet(0x1_fffe, false, 3, 160, false), Some('3'), "it had ended");
    }

    #[test]
    fn flash_and_tones_are_no_keys() {
        let mut phone = Phone::new();
        assert_eq!(phone.packet(1000, true, 16, 160, false), None);
        assert_eq!(phone.packet(2000, true, 255, 160, false), None);
    }

    #[test]
    fn a_flood_is_cut_and_refilled_by_time() {
        let mut phone = Phone::new();
        let heard = (0..1000).filter(|n| phone.packet(n * 800, true, 1, 160, false).is_some()).count();
        assert_eq!(heard, BURST as usize);
    }

    proptest! {
        #[test]
        fn any_order_and_loss_of_a_press_is_at_most_one_key(order in prop::collection::vec(0usize..7, 0..30)) {
            let mut phone = Phone::new();
            let keys = order.iter().filter(|n| {
                let duration = u16::try_from((**n + 1).min(5) * 160).expect("small");
                phone.packet(4000, **n == 0, 9, duration, **n >= 4).is_some()
            });
            prop_assert_eq!(keys.count(), usize::from(!order.is_empty()));
        }
    }
}
