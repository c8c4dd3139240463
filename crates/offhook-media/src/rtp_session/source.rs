//! Statistics of one received source: RFC 3550 appendices A.1 (sequence numbers), A.3 (loss) and
//! A.8 (jitter). The probation of A.1 is left out: latching already asks for a known payload type.

use crate::rtcp::report::ReportBlock;
use crate::units::{Moment, NtpTimestamp, RtpTimestamp, SeqNo, Ssrc};

/// A gap below this is loss, above it a restart (A.1 MAX_DROPOUT).
const DROPOUT_MAX: u16 = 3000;
/// A packet up to so many numbers back is out of order, beyond that a restart (A.1 MAX_MISORDER).
const MISORDER_MAX: u16 = 100;

/// What a sequence number meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// Next, after a loss, out of order or a duplicate: all are counted.
    Counted,
    /// The second packet in a row beyond belief: the sender restarted.
    Restarted {
        /// Packets lost before.
        lost: u64,
    },
    /// Beyond belief; dropped unless the next one follows it.
    Doubted,
}

#[derive(Debug)]
pub struct Source {
    ssrc: Ssrc,
    highest: SeqNo,
    cycles: u32,
    first_extended: u32,
    doubted_next: Option<SeqNo>,
    received: u64,
    expected_at_report: u64,
    received_at_report: u64,
    transit: Option<RtpTimestamp>,
    jitter_sixteenths: u32,
    sender_report: Option<(NtpTimestamp, Moment)>,
}

impl Source {
    /// A source whose first packet is about to be counted.
    pub fn new(ssrc: Ssrc, first: SeqNo) -> Self {
        Self {
            ssrc,
            highest: first,
            cycles: 0,
            first_extended: u32::from(first.get()),
            doubted_next: None,
            received: 0,
            expected_at_report: 0,
            received_at_report: 0,
            transit: None,
            jitter_sixteenths: 0,
            sender_report: None,
        }
    }

    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Packets lost so far; duplicates never make it negative.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    pub const fn jitter_ticks(&self) -> u32 {
        self.jitter_sixteenths >> 4
    }

    pub fn handle_sequence_number(&mut self, number: SeqNo) -> Sequence {
        let ahead = number.get().wrapping_sub(self.highest.get());
        if ahead < DROPOUT_MAX {
            if number.get() < self.highest.get() {
                self.cycles = self.cycles.wrapping_add(1);
            }
            self.highest = number;
        } else if ahead <= u16::MAX - MISORDER_MAX {
            if self.doubted_next != Some(number) {
                self.doubted_next = Some(number.next());
                return Sequence::Doubted;
            }
            let lost = self.lost();
            *self = Self { received: 1, sender_report: self.sender_report, ..Self::new(self.ssrc, number) };
            return Sequence::Restarted { lost };
        }
        self.doubted_next = None;
        self.received += 1;
        Sequence::Counted
    }

    /// Jitter (A.8): of audio only, since the timestamps of events stand still.
    pub fn handle_timestamp(&mut self, timestamp: RtpTimestamp, now: Moment) {
        let transit = now.rtp_ticks().earlier_by(timestamp.get());
        if let Some(before) = self.transit.replace(transit) {
            let difference = transit.distance_from(before).unsigned_abs();
            // A source whose timestamps jump is no jitter: RFC 3550 has no rule, so a second is the limit.
            if difference < 8000 {
                self.jitter_sixteenths =
                    self.jitter_sixteenths + difference - ((self.jitter_sixteenths + 8) >> 4);
            }
        }
    }

    pub const fn handle_sender_report(&mut self, ntp: NtpTimestamp, now: Moment) {
        self.sender_report = Some((ntp, now));
    }

    /// The block for our next report; begins a new interval of `fraction_lost`.
    #[expect(clippy::cast_possible_truncation, reason = "the wire has 8, 24 and 32 bits")]
    pub fn report_block(&mut self, now: Moment) -> ReportBlock {
        let expected = self.expected();
        let interval = expected - self.expected_at_report;
        let received = self.received - self.received_at_report;
        let lost = interval.saturating_sub(received);
        self.expected_at_report = expected;
        self.received_at_report = self.received;
        let (last_sender_report, delay_since) = self.sender_report.map_or((0, 0), |(ntp, at)| {
            (ntp.middle(), (now.since(at).as_micros() * 65_536 / 1_000_000) as u32)
        });
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: (lost * 256).checked_div(interval).map_or(0, |share| share.min(255) as u8),
            cumulative_lost: (expected as i64 - self.received as i64).clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: self.extended(),
            jitter_ticks: self.jitter_ticks(),
            last_sender_report,
            delay_since,
        }
    }

    fn extended(&self) -> u32 {
        (self.cycles << 16).wrapping_add(u32::from(self.highest.get()))
    }

    fn expected(&self) -> u64 {
        u64::from(self.extended().wrapping_sub(self.first_extended)) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(numbers: &[u16]) -> Source {
        let mut source = Source::new(Ssrc::new(1), SeqNo::new(numbers[0]));
        for number in numbers {
            source.handle_sequence_number(SeqNo::new(*number));
        }
        source
    }

    #[test]
    fn loss_is_counted_over_the_wrap_and_made_good_by_late_packets() {
        assert_eq!(source(&[65_534, 65_535, 0, 1]).lost(), 0);
        assert_eq!(source(&[65_534, 1]).lost(), 2);
        assert_eq!(source(&[65_534, 1, 65_535]).lost(), 1);
        assert_eq!(source(&[5, 5, 5]).lost(), 0);
        assert_eq!(source(&[65_535, 0]).report_block(Moment::from_nanos(0)).highest_sequence, 65_536);
    }

    #[test]
    fn a_jump_is_believed_on_its_second_packet() {
        let mut source = source(&[10, 12]);
        assert_eq!(source.handle_sequence_number(SeqNo::new(30_000)), Sequence::Doubted);
        assert_eq!(source.handle_sequence_number(SeqNo::new(13)), Sequence::Counted);
        assert_eq!(source.handle_sequence_number(SeqNo::new(30_001)), Sequence::Doubted, "13 came between");
        assert_eq!(source.handle_sequence_number(SeqNo::new(30_002)), Sequence::Restarted { lost: 1 });
        assert_eq!(source.handle_sequence_number(SeqNo::new(30_003)), Sequence::Counted);
        assert_eq!(source.lost(), 0);
    }

    #[test]
    fn fraction_lost_is_of_the_interval() {
        let mut source = source(&[0, 1, 2, 3]);
        assert_eq!(source.report_block(Moment::from_nanos(0)).fraction_lost, 0);
        source.handle_sequence_number(SeqNo::new(7));
        let block = source.report_block(Moment::from_nanos(0));
        assert_eq!((block.fraction_lost, block.cumulative_lost), (192, 3));
        assert_eq!(source.report_block(Moment::from_nanos(0)).fraction_lost, 0);
    }

    #[test]
    fn jitter_of_an_even_stream_is_zero_and_of_an_uneven_one_grows() {
        let mut even = source(&[0]);
        let mut uneven = source(&[0]);
        for number in 0..200u32 {
            let sent = RtpTimestamp::new(number * 160);
            even.handle_timestamp(sent, Moment::from_nanos(u64::from(number) * 20_000_000));
            let late = u64::from(number % 2) * 5_000_000;
            uneven.handle_timestamp(sent, Moment::from_nanos(u64::from(number) * 20_000_000 + late));
        }
        assert_eq!(even.jitter_ticks(), 0);
        assert!((38..=40).contains(&uneven.jitter_ticks()), "{} of 40", uneven.jitter_ticks());
    }

    #[test]
    fn delay_since_the_sender_report_is_in_65536ths() {
        let mut source = source(&[0]);
        source.handle_sender_report(NtpTimestamp::new(0x0000_1234_5678_0000), Moment::from_nanos(0));
        let block = source.report_block(Moment::from_nanos(500_000_000));
        assert_eq!((block.last_sender_report, block.delay_since), (0x1234_5678, 32_768));
    }
}
