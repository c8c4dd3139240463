//! One source's sequence numbers and timestamps as those of the stream that it is relayed into.
//!
//! ```text
//! heard     7    8    .   10   9   11          500  501       another source, or after a prompt
//! leaves   21   22    .   24  23   25           26   27       the next number, marked
//!          |----------- a run: one offset ------|-- the next run
//! ```
//!
//! Within a run a constant is added to both, so that loss, order and pauses reach the far end as
//! they came. A run ends where adding it would tell of a break that was none: when something else
//! was sent meanwhile, when the source is another, or when its timestamps jump.

use std::time::Duration;

use crate::rtp::Header;
use crate::units::{Moment, RtpTimestamp, SeqNo};

/// How many numbers a packet may be behind the newest one: 320 ms of packets of 20 ms, longer than
/// a receiver waits for any.
const LATE_MAX: i16 = 16;

/// How far timestamps may run ahead of the time that passed before we take it for a jump.
const JUMP: Duration = Duration::from_secs(1);

/// Where the stream stands that is relayed into.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// The number of its next packet.
    pub sequence_number: SeqNo,
    /// The earliest timestamp for audio from elsewhere.
    pub timestamp: RtpTimestamp,
}

/// Where a packet stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is the newest.
    Newest {
        /// Its number there.
        sequence_number: SeqNo,
        /// Its timestamp there.
        timestamp: RtpTimestamp,
        /// It begins a run.
        begins: bool,
    },
    /// It was overtaken, and has its place still.
    Late {
        /// Its number there.
        sequence_number: SeqNo,
        /// Its timestamp there.
        timestamp: RtpTimestamp,
    },
    /// Its place is another's, or long gone.
    TooLate,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    /// The first number heard that belongs to it.
    first: SeqNo,
    /// The highest one heard.
    highest: SeqNo,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// Of the newest audio.
    timestamp: RtpTimestamp,
    heard_at: Moment,
    /// What the stream stands at as long as nothing else is sent.
    next: SeqNo,
}

/// See the head of the file.
#[derive(Debug, Default)]
pub struct Translation {
    run: Option<Run>,
}

impl Translation {
    /// Place one packet in a stream that stands at `position`.
    ///
    /// is_audio: the timestamp is of this moment, not of the start of an event.
    pub fn place(
        &mut self,
        header: &Header,
        is_audio: bool,
        new_source: bool,
        position: Position,
        now: Moment,
    ) -> Placed {
        let Some(run) = self.run.as_mut().filter(|run| !new_source && run.next == position.sequence_number)
        else {
            self.run = Some(Run::begin(header, position, now));
            let Position { sequence_number, timestamp } = position;
            return Placed::Newest { sequence_number, timestamp, begins: true };
        };
        let number = header.sequence_number;
        let sequence_number = number.later_by(run.sequence_offset);
        let ahead = number.distance_from(run.highest);
        if ahead <= 0 {
            if ahead <= -LATE_MAX || number.distance_from(run.first) < 0 {
                return Placed::TooLate;
            }
            let timestamp = header.timestamp.later_by(run.timestamp_offset);
            return Placed::Late { sequence_number, timestamp };
        }
        let begins = is_audio && !run.goes_on(header.timestamp, now);
        if begins {
            run.first = number;
            run.timestamp_offset = position.timestamp.get().wrapping_sub(header.timestamp.get());
        }
        if is_audio {
            (run.timestamp, run.heard_at) = (header.timestamp, now);
        }
        run.highest = number;
        run.next = sequence_number.next();
        let timestamp = header.timestamp.later_by(run.timestamp_offset);
        Placed::Newest { sequence_number, timestamp, begins }
    }

    /// Leave one packet out; those behind it close up, so that it is not taken for lost.
    pub const fn leave_out(&mut self, header: &Header, new_source: bool) {
        let Some(run) = &mut self.run else { return };
        if new_source {
            self.run = None;
        } else if header.sequence_number.distance_from(run.highest) > 0 {
            run.highest = header.sequence_number;
            run.sequence_offset = run.sequence_offset.wrapping_sub(1);
            run.first = header.sequence_number.next(); // for those before it the offset was another
        }
    }

    /// Nothing can be passed on for now: what was missed meanwhile is not lost.
    pub const fn interrupt(&mut self) {
        self.run = None;
    }
}

impl Run {
    const fn begin(header: &Header, position: Position, now: Moment) -> Self {
        Self {
            first: header.sequence_number,
            highest: header.sequence_number,
            sequence_offset: position.sequence_number.get().wrapping_sub(header.sequence_number.get()),
            timestamp_offset: position.timestamp.get().wrapping_sub(header.timestamp.get()),
            timestamp: header.timestamp,
            heard_at: now,
            next: position.sequence_number.next(),
        }
    }

    /// Whether `timestamp` can be that of audio that follows: forwards, and no faster than time.
    fn goes_on(&self, timestamp: RtpTimestamp, now: Moment) -> bool {
        let ticks = u64::try_from(timestamp.distance_from(self.timestamp));
        let limit = now.since(self.heard_at) + JUMP;
        ticks.is_ok_and(|ticks| Duration::from_micros(ticks * 125) <= limit)
    }
}

#[cfg(test)]
#[path = "translation_tests.rs"]
mod tests;
