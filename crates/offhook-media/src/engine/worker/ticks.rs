//! When a worker wakes by itself: for the next sub-tick in which something is due, and for no other.
//!
//! A port has a tick in each sub-tick of its phase, a room in those of its own; what is at rest, and what
//! there is none of, wakes nobody. A wake-up costs as much as two packets.

use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{Expiration, TimerSetTimeFlags};

use super::super::counters::add;
use super::super::tick_grid::{PHASES, TickGrid};
use super::Worker;
use crate::units::Moment;

/// Sub-ticks between two ticks of a port at rest: a second.
const REST: u64 = 200;
/// Rests end together, in every such sub-tick, or up to so much too early.
const REST_GRAIN: u64 = 40;

impl Worker {
    /// Set the timer for what is due next, if that may have changed; unset it when nothing will be.
    ///
    /// Setting it empties it as well.
    pub(super) fn arm(&mut self) -> nix::Result<()> {
        if self.is_armed && !self.tools.waits() {
            return Ok(());
        }
        self.is_armed = true;
        let Some(next) = self.next_due() else { return self.timer.unset() };
        let at = TimeSpec::from_duration(Duration::from_nanos(self.grid.moment(next).nanos()));
        self.timer.set(Expiration::OneShot(at), TimerSetTimeFlags::TFD_TIMER_ABSTIME)
    }

    /// The first sub-tick after the last in which something is due.
    pub(super) fn next_due(&self) -> Option<u64> {
        if self.by_id.is_empty() {
            return None;
        }
        let next = self.last + 1;
        if self.tools.waits() {
            return Some(next);
        }
        let due = (0..PHASES).filter_map(|phase| {
            let is_empty = self.phases[phase].is_empty();
            let from = if self.has_members(phase) {
                next
            } else if is_empty {
                return None;
            } else {
                next.max(self.rests_until[phase])
            };
            Some(TickGrid::first_of_phase(phase, from))
        });
        due.min()
    }

    /// Tick what is due by now.
    pub(super) fn handle_ticks(&mut self, now: Moment) {
        let (last, current) = (self.last, self.grid.sub_tick(now));
        if current <= last {
            return;
        }
        let due_since = self.next_due();
        self.last = current;
        let Some(due_since) = due_since.filter(|due| *due <= current) else { return };
        self.is_armed = false;
        let late = now.since(self.grid.moment(due_since));
        let late_ns = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
        self.tools.counters.lateness_max_ns.fetch_max(late_ns, Ordering::Relaxed);
        let due = |phase| TickGrid::frames_due(phase, last, current);
        if (0..PHASES).any(|phase| due(phase) > 0 && self.has_members(phase)) {
            self.hear_rooms();
        }
        for phase in (0..PHASES).filter(|phase| due(*phase) > 0) {
            let mut ticked = self.tick_rooms(phase, current, now);
            if self.rests_until[phase] <= current {
                ticked += self.tick_phase(phase, current, now);
            }
            add(&self.tools.counters.ticks, ticked);
            add(&self.tools.counters.ticks_skipped, u64::from(due(phase) - 1) * ticked);
        }
        self.tools.retry();
    }

    /// Tick the ports of one phase but for those in rooms; how many ticks that were.
    fn tick_phase(&mut self, phase: usize, current: u64, now: Moment) -> u64 {
        let mut ticked = 0;
        let mut rests_until = u64::MAX;
        for place in 0..self.phases[phase].len() {
            let index = self.phases[phase][place];
            ticked += u64::from(self.tick(index, phase, current, now));
            rests_until = rests_until.min(self.slots[index].rests_until);
        }
        self.rests_until[phase] = rests_until;
        ticked
    }

    /// Tick one port; false while it is at rest, and when it had this tick already where it came from.
    fn tick(&mut self, index: usize, phase: usize, current: u64, now: Moment) -> bool {
        let slot = &mut self.slots[index];
        let frames = TickGrid::frames_due(phase, slot.last, current);
        if slot.rests_until > current || frames == 0 {
            return false;
        }
        (slot.last, slot.rests_until) = (current, 0);
        let mut rests = false;
        self.with_slot(index, |live, tools| {
            live.tick(now, frames, tools);
            rests = live.port.is_at_rest();
        });
        if rests {
            self.slots[index].rests_until = (current + REST) / REST_GRAIN * REST_GRAIN;
        }
        true
    }

    /// Let a port have its ticks in a phase from now on.
    pub(super) fn join_phase(&mut self, index: usize, phase: usize) {
        let Some(live) = &mut self.slots[index].live else { return };
        live.phase = phase;
        self.phases[phase].push(index);
        self.rests_until[phase] = 0;
        self.is_armed = false;
    }

    /// End the rest of a port: it is ticked from now on, and not for the time before.
    pub(super) fn rouse(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        if std::mem::take(&mut slot.rests_until) == 0 {
            return;
        }
        slot.last = self.last;
        if let Some(live) = &slot.live {
            self.rests_until[live.phase] = 0;
            self.is_armed = false;
        }
    }
}
