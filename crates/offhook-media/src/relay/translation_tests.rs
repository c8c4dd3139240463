//! One stream in another, packet by packet, and whatever order and loss there may be.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::units::{PayloadType, Ssrc};

/// The stream that is relayed into, as a sender keeps it, and the clock.
struct Stream {
    translation: Translation,
    position: Position,
    now: Moment,
}

impl Stream {
    fn new() -> Self {
        let position =
            Position { sequence_number: SeqNo::new(65_530), timestamp: RtpTimestamp::new(u32::MAX - 500) };
        Self { translation: Translation::default(), position, now: Moment::from_nanos(5_000_000_000) }
    }

    fn pass_ms(&mut self, ms: u32) {
        self.now = self.now.later_by(Duration::from_millis(ms.into()));
        self.position.timestamp = self.position.timestamp.later_by(ms * 8);
    }

    /// Something else is sent: a frame of a prompt.
    fn prompt(&mut self) {
        self.position.sequence_number = self.position.sequence_number.next();
        self.pass_ms(20);
    }

    fn place(&mut self, number: u16, timestamp: u32, is_audio: bool, new_source: bool) -> Placed {
        let header = header(number, timestamp);
        let placed = self.translation.place(&header, is_audio, new_source, self.position, self.now);
        if let Placed::Newest { sequence_number, timestamp, .. } = placed {
            self.position.sequence_number = sequence_number.next();
            if is_audio {
                self.position.timestamp = timestamp.later_by(160);
            }
        }
        placed
    }

    /// Audio of 20 ms, 20 ms after what came before it: its number and timestamp after the first ones.
    fn audio(&mut self, number: u16) -> (i16, i32, &'static str) {
        self.now = self.now.later_by(Duration::from_millis(20));
        let start = Self::new().position;
        let (sequence_number, timestamp, kind) =
            match self.place(number, u32::from(number) * 160, true, false) {
                Placed::Newest { sequence_number, timestamp, begins: true } => {
                    (sequence_number, timestamp, "begins")
                }
                Placed::Newest { sequence_number, timestamp, begins: false } => {
                    (sequence_number, timestamp, "")
                }
                Placed::Late { sequence_number, timestamp } => (sequence_number, timestamp, "late"),
                Placed::TooLate => return (0, 0, "too late"),
            };
        (sequence_number.distance_from(start.sequence_number), timestamp.distance_from(start.timestamp), kind)
    }
}

fn header(number: u16, timestamp: u32) -> Header {
    Header {
        marker: false,
        payload_type: PayloadType::from_header(0),
        sequence_number: SeqNo::new(number),
        timestamp: RtpTimestamp::new(timestamp),
        ssrc: Ssrc::new(1),
    }
}

#[test]
fn loss_and_order_are_passed_on() {
    let mut stream = Stream::new();
    assert_eq!(stream.audio(7), (0, 0, "begins"));
    assert_eq!(stream.audio(8), (1, 160, ""));
    assert_eq!(stream.audio(11), (4, 640, ""));
    assert_eq!(stream.audio(10), (3, 480, "late"));
    assert_eq!(stream.audio(12), (5, 800, ""));
}

#[test]
fn a_late_packet_has_its_place_for_sixteen_numbers_and_not_before_its_run() {
    let mut stream = Stream::new();
    stream.audio(100);
    stream.audio(150);
    assert_eq!(stream.audio(135), (35, 5600, "late"));
    assert_eq!(stream.audio(134).2, "too late");
    let mut stream = Stream::new();
    stream.audio(100);
    assert_eq!(stream.audio(99).2, "too late", "its number is that of a packet before the bridge");
}

#[test]
fn after_a_prompt_it_goes_on_behind_it() {
    let mut stream = Stream::new();
    assert_eq!(stream.audio(50), (0, 0, "begins"));
    (0..3).for_each(|_| stream.prompt());
    assert_eq!(stream.audio(54), (4, 640, "begins"));
    assert_eq!(stream.audio(53).2, "too late");
    assert_eq!(stream.audio(55), (5, 800, ""));
}

#[test]
fn what_is_not_passed_on_leaves_no_gap() {
    let mut stream = Stream::new();
    stream.audio(50);
    stream.translation.leave_out(&header(51, 0), false);
    stream.translation.leave_out(&header(53, 0), false); // 52 was lost
    assert_eq!(stream.audio(54), (2, 640, ""));
    assert_eq!(stream.audio(52).2, "too late");
    stream.translation.leave_out(&header(54, 0), false);
    assert_eq!(stream.audio(55), (3, 800, ""), "a duplicate closes no gap");
    stream.translation.leave_out(&header(9, 0), true);
    assert_eq!(stream.audio(10).2, "begins", "another source");
}

#[test]
fn what_was_missed_while_nothing_was_taken_is_not_lost() {
    let mut stream = Stream::new();
    stream.audio(50);
    stream.translation.interrupt();
    stream.pass_ms(2000);
    assert_eq!(stream.audio(150), (1, 160 + 16_000, "begins"));
}

#[test]
fn a_pause_keeps_its_length_and_a_jump_of_the_timestamps_is_hidden() {
    let mut stream = Stream::new();
    let begins = |placed| match placed {
        Placed::Newest { timestamp, begins, .. } => (timestamp, begins),
        other => panic!("{other:?}"),
    };
    let (first, _) = begins(stream.place(1, 1000, true, false));
    stream.pass_ms(5000);
    let (after_pause, is_jump) = begins(stream.place(2, 1000 + 45_000, true, false)); // sent 0.6 s ahead
    assert_eq!((after_pause.distance_from(first), is_jump), (45_000, false));
    let free = stream.position.timestamp;
    assert_eq!(begins(stream.place(3, 900_000, true, false)), (free, true));
    let free = stream.position.timestamp;
    assert_eq!(begins(stream.place(4, 2000, true, false)), (free, true), "backwards");
    assert_eq!(stream.place(2, 46_000, true, false), Placed::TooLate, "from before the jump");
}

#[test]
fn the_timestamp_of_an_event_stands_still() {
    let mut stream = Stream::new();
    stream.place(1, 1000, true, false);
    let at = stream.position.timestamp;
    for number in 2..9 {
        stream.pass_ms(20);
        let Placed::Newest { timestamp, begins, .. } = stream.place(number, 1160, false, false) else {
            panic!()
        };
        assert_eq!((timestamp, begins), (at, false));
    }
    let Placed::Newest { timestamp, .. } = stream.place(9, 1160 + 1120, true, false) else { panic!() };
    assert_eq!(timestamp.distance_from(at), 1120);
}

#[derive(Clone, Debug)]
enum Step {
    /// Numbers and ticks on from the newest packet heard, and whether it is audio of another source.
    Heard(u16, i32, bool, bool),
    /// A packet from so far behind.
    Overtaken(u16),
    LeftOut,
    Prompt,
    Interrupted,
    Time(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1u16..4, prop_oneof![3 => 160i32..500, 1 => -90_000i32..90_000], any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(numbers, ticks, is_audio, new_source)| Step::Heard(numbers, ticks, is_audio, new_source)),
        2 => (1u16..30).prop_map(Step::Overtaken),
        1 => Just(Step::LeftOut),
        1 => Just(Step::Prompt),
        1 => Just(Step::Interrupted),
        1 => (1u32..3000).prop_map(Step::Time),
    ]
}

proptest! {
    /// Whatever comes: no number is given to two packets, none that a prompt had, and the
    /// timestamps of the newest audio never go back.
    #[test]
    fn no_number_is_used_twice_and_time_goes_forwards(steps in prop::collection::vec(step(), 1..200)) {
        let mut stream = Stream::new();
        let (mut number, mut ticks) = (65_500u16, 7u32);
        let (mut given, mut heard) = (HashSet::new(), HashSet::new());
        let mut newest = None;
        for step in steps {
            let placed = match step {
                Step::Heard(numbers, further, is_audio, new_source) => {
                    number = number.wrapping_add(numbers);
                    ticks = ticks.wrapping_add_signed(further);
                    heard.insert(number);
                    let placed = stream.place(number, ticks, is_audio, new_source);
                    if let (Placed::Newest { timestamp, .. }, true) = (placed, is_audio) {
                        prop_assert!(newest.is_none_or(|before| timestamp.distance_from(before) >= 0));
                        newest = Some(timestamp);
                    }
                    let is_newest = matches!(placed, Placed::Newest { .. });
                    prop_assert!(is_newest);
                    placed
                }
                Step::Overtaken(behind) => {
                    let late = number.wrapping_sub(behind);
                    if !heard.insert(late) {
                        continue; // a duplicate has the number of the packet that it repeats
                    }
                    let placed = stream.place(late, ticks, true, false);
                    if matches!(placed, Placed::Newest { .. }) {
                        // it is the first since a break: from now on it is the newest
                        number = late;
                        newest = None;
                    }
                    placed
                }
                Step::LeftOut => {
                    number = number.wrapping_add(1);
                    heard.insert(number);
                    stream.translation.leave_out(&header(number, ticks), false);
                    continue;
                }
                Step::Prompt => {
                    prop_assert!(given.insert(stream.position.sequence_number));
                    stream.prompt();
                    continue;
                }
                Step::Interrupted => {
                    stream.translation.interrupt();
                    continue;
                }
                Step::Time(ms) => {
                    stream.pass_ms(ms);
                    continue;
                }
            };
            if let Placed::Newest { sequence_number, .. } | Placed::Late { sequence_number, .. } = placed {
                prop_assert!(given.insert(sequence_number), "{sequence_number:?} twice");
            }
        }
    }

    /// Order and loss within the window are those of the far end, by one constant.
    #[test]
    fn within_a_run_a_constant_is_added(
        first in any::<u16>(),
        delays in prop::collection::vec(prop::option::of(0u16..15), 1..100),
    ) {
        let mut order: Vec<(u16, u16)> = (0u16..)
            .zip(&delays)
            .filter_map(|(number, delay)| delay.map(|delay| (number + delay, number)))
            .collect();
        order.sort_unstable();
        let mut stream = Stream::new();
        let start = stream.position;
        let mut highest = 0;
        for (place, (_, number)) in order.iter().enumerate() {
            let begin = order[0].1;
            let timestamp = u32::from(*number) * 160;
            match stream.place(first.wrapping_add(*number), timestamp, true, false) {
                Placed::Newest { sequence_number, timestamp, begins } => {
                    prop_assert_eq!(begins, place == 0);
                    prop_assert_eq!(sequence_number, start.sequence_number.later_by(number - begin));
                    prop_assert_eq!(timestamp, start.timestamp.later_by(u32::from(number - begin) * 160));
                    highest = *number;
                }
                Placed::Late { sequence_number, timestamp } => {
                    prop_assert!(*number < highest && *number >= begin);
                    prop_assert_eq!(sequence_number, start.sequence_number.later_by(number - begin));
                    prop_assert_eq!(timestamp, start.timestamp.later_by(u32::from(number - begin) * 160));
                }
                Placed::TooLate => prop_assert!(*number < begin || highest - number >= 16),
            }
        }
    }
}
