//! Key presses out of telephone-events (RFC 4733): one key for each RTP timestamp.
//!
//! An event is many packets: updates, three ends, repeats. They share a timestamp, so the first
//! one seen, whichever it is, is the key press. The marker is not relied on, lost starts and lost
//! ends do no harm. Codes from 16 on are no keys.
//!
//! Some senders' clocks are wrong (docs/quirks.md has who). One that runs on within a press is known by
//! a duration that grows on, and by ends that say the same again; one that stands still between two
//! presses, by an event that begins behind its end.

use super::key_allowance::KeyAllowance;
use crate::rtp::Header;
use crate::telephone_event::{Key, TelephoneEvent};
use crate::units::{Moment, RtpTimestamp, SeqNo, Ssrc};

/// Events remembered, so that a packet that was overtaken by the next key is no third key.
const REMEMBERED: usize = 8;

/// A key held longer than 0xFFFF ticks goes on in a new segment (RFC 4733 §2.5.1.3), which begins
/// where the segment before it ended; senders end them somewhat early.
const SEGMENT_TICKS: std::ops::RangeInclusive<i32> = 0x8000..=0xffff;

/// How far a clock may have run on between two packets of one press: 200 ms, a loss of some packets.
const RUN_ON_TICKS: std::ops::Range<i32> = 1..1600;
/// The same for the repeated ends: three packets of 20 ms. Who sends ends alone presses no faster.
const ENDS_RUN_ON_TICKS: std::ops::RangeInclusive<i32> = 1..=480;

#[derive(Clone, Copy, Debug)]
struct Seen {
    ssrc: Ssrc,
    timestamp: RtpTimestamp,
    event: u8,
    ended: bool,
    /// Of the newest of its packets.
    sequence_number: SeqNo,
    duration_ticks: u16,
}

impl Seen {
    const fn new(header: &Header, event: TelephoneEvent) -> Self {
        Self {
            ssrc: header.ssrc,
            timestamp: header.timestamp,
            event: event.event,
            ended: event.end,
            sequence_number: header.sequence_number,
            duration_ticks: event.duration_ticks,
        }
    }

    fn is_of(&self, header: &Header, event: TelephoneEvent) -> bool {
        self.ssrc == header.ssrc && self.event == event.event
    }

    const fn is_older_than(&self, header: &Header) -> bool {
        header.sequence_number.distance_from(self.sequence_number) > 0
    }

    /// One more packet under its timestamp; whether it belongs to another press of the key, because the
    /// sender's clock stands still.
    fn handle_packet(&mut self, header: &Header, event: TelephoneEvent) -> bool {
        let is_newer = self.is_older_than(header);
        let begins = header.marker || (!event.end && event.duration_ticks < self.duration_ticks);
        if self.ended && is_newer && begins {
            return true;
        }
        self.ended |= event.end;
        if is_newer {
            (self.sequence_number, self.duration_ticks) = (header.sequence_number, event.duration_ticks);
        }
        false
    }

    /// Whether a packet under another timestamp belongs to this press all the same.
    fn goes_on(&self, header: &Header, event: TelephoneEvent) -> bool {
        if header.marker || !self.is_of(header, event) {
            return false;
        }
        let ahead = header.timestamp.distance_from(self.timestamp);
        if header.sequence_number.distance_from(self.sequence_number) < 0 {
            return RUN_ON_TICKS.contains(&-ahead); // overtaken
        }
        if self.ended {
            return event.end
                && event.duration_ticks == self.duration_ticks
                && ENDS_RUN_ON_TICKS.contains(&ahead);
        }
        let grows = event.duration_ticks > self.duration_ticks
            || (event.end && event.duration_ticks == self.duration_ticks);
        SEGMENT_TICKS.contains(&ahead) || (grows && RUN_ON_TICKS.contains(&ahead))
    }
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
        let is_known = |seen: &&mut Seen| seen.is_of(header, event) && seen.timestamp == header.timestamp;
        if let Some(known) = self.seen.iter_mut().flatten().find(is_known) {
            if !known.handle_packet(header, event) || !self.allowance.spend(now) {
                return None;
            }
            *known = Seen::new(header, event);
            return Some(key);
        }
        let goes_on = self.seen[self.newest].is_some_and(|last| last.goes_on(header, event));
        if !goes_on && !self.allowance.spend(now) {
            return None;
        }
        self.newest = (self.newest + 1) % REMEMBERED;
        self.seen[self.newest] = Some(Seen::new(header, event));
        (!goes_on).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::key_allowance::BURST;
    use super::*;
    use crate::units::PayloadType;

    const NOW: Moment = Moment::from_nanos(0);

    struct Phone(DigitReceiver, u16);

    impl Phone {
        fn new() -> Self {
            Self(DigitReceiver::new(), u16::MAX - 2)
        }

        /// The next packet: timestamp, marker, key, duration, end.
        fn packet(
            &mut self,
            timestamp: u32,
            marker: bool,
            event: u8,
            duration_ticks: u16,
            end: bool,
        ) -> Option<char> {
            self.1 = self.1.wrapping_add(1);
            self.numbered(self.1, timestamp, marker, event, duration_ticks, end)
        }

        fn numbered(
            &mut self,
            sequence_number: u16,
            timestamp: u32,
            marker: bool,
            event: u8,
            duration_ticks: u16,
            end: bool,
        ) -> Option<char> {
            let header = Header {
                marker,
                payload_type: PayloadType::from_header(101),
                sequence_number: SeqNo::new(sequence_number),
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

    /// The keys told of packets of key 2: timestamp, duration, end, without any marker.
    fn keys(packets: &[(u32, u16, bool)]) -> usize {
        let mut phone = Phone::new();
        packets.iter().filter(|(at, lasts, end)| phone.packet(*at, false, 2, *lasts, *end).is_some()).count()
    }

    #[test]
    fn a_clock_that_runs_on_within_a_press_makes_one_key() {
        let press = |from: u32| {
            let packet = move |n: u16| (from + u32::from(n) * 160, (n.min(4) + 1) * 160, n >= 4);
            (0..7).map(packet)
        };
        assert_eq!(keys(&press(0).collect::<Vec<_>>()), 1);
        let lost: Vec<_> =
            press(0).enumerate().filter(|(n, _)| ![1, 2, 5].contains(n)).map(|each| each.1).collect();
        assert_eq!(keys(&lost), 1, "some of them lost");
        assert_eq!(keys(&press(0).chain(press(2400)).collect::<Vec<_>>()), 2, "the same key again");
    }

    #[test]
    fn ends_repeated_under_timestamps_of_their_own_are_one_key() {
        let whole = [(0, 160, false), (0, 320, false), (0, 480, true), (160, 480, true), (320, 480, true)];
        assert_eq!(keys(&whole), 1);
    }

    #[test]
    fn end_packets_alone_are_a_key_each() {
        let ends = |from: u32| [(from, 800, true); 3];
        let pressed: Vec<_> = [0, 960, 1920].into_iter().flat_map(ends).collect();
        assert_eq!(keys(&pressed), 3);
    }

    #[test]
    fn a_clock_that_stands_still_between_two_presses_makes_two_keys() {
        let press = [(0, 160, false), (0, 320, false), (0, 480, true), (0, 480, true), (0, 480, true)];
        assert_eq!(keys(&[press, press].concat()), 2);
        let mut phone = Phone::new();
        assert_eq!(phone.packet(0, true, 1, 160, false), Some('1'));
        assert_eq!(phone.packet(0, false, 1, 320, true), None);
        assert_eq!(phone.packet(0, true, 7, 160, false), Some('7'), "another key");
        assert_eq!(phone.packet(0, false, 7, 320, true), None);
        assert_eq!(phone.packet(0, true, 7, 320, true), Some('7'), "an end alone, marked");
    }

    #[test]
    fn durations_of_another_clock_make_one_key() {
        let press = [(0, 960, false), (0, 1920, false), (0, 4800, true), (0, 4800, true)];
        assert_eq!(keys(&press), 1, "of 48,000 Hz");
        let wrapped = [(0, 0xff00, false), (0, 0x00a0, false), (0, 0x0140, false), (0, 0x01e0, true)];
        assert_eq!(keys(&wrapped), 1, "it wraps");
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
                let number = u16::try_from(**n).expect("small");
                phone.numbered(number, 4000, **n == 0, 9, (number + 1).min(5) * 160, **n >= 4).is_some()
            });
            prop_assert_eq!(keys.count(), usize::from(!order.is_empty()));
        }

        #[test]
        fn loss_of_a_press_whose_clock_runs_on_makes_no_second_key(kept in prop::collection::vec(any::<bool>(), 9)) {
            let mut phone = Phone::new();
            let keys = (0..9u16).filter(|n| {
                kept[usize::from(*n)]
                    && phone.numbered(*n, u32::from(*n) * 160, false, 9, (n + 1).min(7) * 160, *n >= 6).is_some()
            });
            prop_assert!(keys.count() <= 1);
        }
    }
}
