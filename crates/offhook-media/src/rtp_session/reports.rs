//! When RTCP reports leave and what the peer's reports say (RFC 3550 §6.2 to §6.4).
//!
//! Two members share the session, so the interval is the minimum of five seconds, spread by half
//! either way, the first one halved.

use std::time::Duration;

use super::sender::Sender;
use super::source::Source;
use super::statistics::RemoteReport;
use crate::rtcp::report::{ReportBlock, SenderInfo};
use crate::rtcp::source_description::CNAME_BYTES;
use crate::rtcp::{Compound, Printer, RtcpPacket, bye, report, source_description};
use crate::units::{Moment, Ssrc, WallClock};

/// RFC 3550 §6.2: the recommended minimum.
const INTERVAL_MS: u64 = 5000;

#[derive(Debug)]
pub struct Reports {
    cname: [u8; CNAME_BYTES],
    wall_clock: WallClock,
    due: Option<Moment>,
    spread: u32,
    packets_at_report: u64,
    remote: Option<RemoteReport>,
    round_trip: Option<Duration>,
}

impl Reports {
    pub const fn new(cname: [u8; CNAME_BYTES], wall_clock: WallClock) -> Self {
        Self { cname, wall_clock, due: None, spread: 0, packets_at_report: 0, remote: None, round_trip: None }
    }

    /// Begin to report; a second time changes nothing.
    pub fn start(&mut self, ssrc: Ssrc, now: Moment) {
        if self.due.is_none() {
            self.spread = ssrc.get() | 1;
            let interval = self.interval();
            self.due = Some(now.later_by(interval / 2));
        }
    }

    pub const fn remote(&self) -> Option<RemoteReport> {
        self.remote
    }

    pub const fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Print the report when it is due; returns its length.
    pub fn poll(
        &mut self,
        bytes: &mut [u8],
        sender: &Sender,
        source: Option<&mut Source>,
        now: Moment,
    ) -> Option<usize> {
        if self.due.is_none_or(|due| now < due) {
            return None;
        }
        let interval = self.interval();
        self.due = Some(now.later_by(interval));
        let mut printer = Printer::new(bytes);
        self.print(&mut printer, sender, source, now);
        Some(printer.len())
    }

    /// Print the last report, with BYE; returns its length.
    pub fn print_bye(
        &mut self,
        bytes: &mut [u8],
        sender: &Sender,
        source: Option<&mut Source>,
        now: Moment,
    ) -> usize {
        let mut printer = Printer::new(bytes);
        self.print(&mut printer, sender, source, now);
        bye::print(&mut printer, sender.ssrc());
        printer.len()
    }

    #[expect(clippy::cast_possible_truncation, reason = "the counters of a report wrap at 32 bits")]
    fn print(
        &mut self,
        printer: &mut Printer<'_>,
        sender: &Sender,
        source: Option<&mut Source>,
        now: Moment,
    ) {
        // RFC 3550 §6.4: a sender report when something was sent since the report before.
        let sent = sender.packets() > self.packets_at_report;
        self.packets_at_report = sender.packets();
        let info = sent.then(|| SenderInfo {
            ntp: self.wall_clock.ntp(now),
            rtp: sender.timestamp_at(now),
            packets: sender.packets() as u32,
            octets: sender.octets() as u32,
        });
        report::print(printer, sender.ssrc(), info, source.map(|source| source.report_block(now)));
        source_description::print(printer, sender.ssrc(), &self.cname);
    }

    /// Take the peer's compound: its sender report dates ours, its blocks say how we are heard.
    pub fn handle_compound(
        &mut self,
        compound: Compound<'_>,
        ours: Ssrc,
        mut source: Option<&mut Source>,
        now: Moment,
    ) {
        for packet in compound.packets() {
            match packet {
                RtcpPacket::SenderReport(read) => {
                    if let Some(source) = source.as_deref_mut().filter(|source| source.ssrc() == read.ssrc) {
                        source.handle_sender_report(read.sender.ntp, now);
                    }
                    read.blocks()
                        .filter(|block| block.ssrc == ours)
                        .for_each(|block| self.handle_block(&block, now));
                }
                RtcpPacket::ReceiverReport(read) => {
                    read.blocks()
                        .filter(|block| block.ssrc == ours)
                        .for_each(|block| self.handle_block(&block, now));
                }
                // The call's end is told by SIP; media that stays away is told by the media timeout.
                RtcpPacket::Bye(_) | RtcpPacket::Other(_) => {}
            }
        }
    }

    fn handle_block(&mut self, block: &ReportBlock, now: Moment) {
        self.remote = Some(RemoteReport {
            fraction_lost: block.fraction_lost,
            cumulative_lost: block.cumulative_lost,
            jitter_ticks: block.jitter_ticks,
        });
        if block.last_sender_report != 0 {
            let arrived = self.wall_clock.ntp(now).middle();
            let units = arrived.wrapping_sub(block.last_sender_report).wrapping_sub(block.delay_since);
            // Clocks of 1/65536 s may differ by a unit or two: that is no round trip of 18 hours.
            let units = if units > u32::MAX / 2 { 0 } else { units };
            self.round_trip = Some(Duration::from_micros(u64::from(units) * 1_000_000 / 65_536));
        }
    }

    /// Five seconds, half to one and a half times (RFC 3550 §6.3.1); xorshift is chance enough here.
    fn interval(&mut self) -> Duration {
        self.spread ^= self.spread << 13;
        self.spread ^= self.spread >> 17;
        self.spread ^= self.spread << 5;
        Duration::from_millis(INTERVAL_MS / 2 + u64::from(self.spread) % INTERVAL_MS)
    }
}
