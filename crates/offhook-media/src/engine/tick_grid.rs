//! The grid of ticks: every 20 ms for each port, in four phases of 5 ms, so that the packets of all
//! ports do not leave at once.

use std::time::Duration;

use crate::units::Moment;

/// Phases in one tick.
pub(super) const PHASES: usize = 4;

/// Time between two phases.
pub(super) const SUB_TICK: Duration = Duration::from_nanos(SUB_TICK_NANOS);

const SUB_TICK_NANOS: u64 = 5_000_000;

/// Counts sub-ticks from its origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct TickGrid {
    origin: Moment,
}

impl TickGrid {
    pub const fn new(origin: Moment) -> Self {
        Self { origin }
    }

    /// The last sub-tick that is due at `now`.
    pub const fn sub_tick(self, now: Moment) -> u64 {
        now.nanos().saturating_sub(self.origin.nanos()) / SUB_TICK_NANOS
    }

    /// When a sub-tick is due.
    pub const fn moment(self, sub_tick: u64) -> Moment {
        Moment::from_nanos(self.origin.nanos() + sub_tick * SUB_TICK_NANOS)
    }

    /// The phase in which a sub-tick falls.
    #[expect(clippy::cast_possible_truncation, reason = "below four")]
    pub const fn phase(sub_tick: u64) -> usize {
        (sub_tick % PHASES as u64) as usize
    }

    /// The first sub-tick of `phase` from `from` on.
    pub const fn first_of_phase(phase: usize, from: u64) -> u64 {
        from + (phase as u64 + PHASES as u64 - from % PHASES as u64) % PHASES as u64
    }

    /// Ticks of `phase` after sub-tick `last` up to and including `current`.
    pub fn frames_due(phase: usize, last: u64, current: u64) -> u32 {
        let until = |sub_tick: u64| (sub_tick + PHASES as u64 - phase as u64) / PHASES as u64;
        u32::try_from(until(current) - until(last)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_is_due_every_fourth_sub_tick() {
        for phase in 0..PHASES {
            let due: Vec<u64> = (1..=12).filter(|n| TickGrid::frames_due(phase, n - 1, *n) == 1).collect();
            let expected: Vec<u64> = (1..=12).filter(|n| n % 4 == phase as u64).collect();
            assert_eq!(due, expected);
        }
    }

    #[test]
    fn the_first_sub_tick_of_a_phase_is_at_most_three_away() {
        for from in 0..9 {
            for phase in 0..PHASES {
                let first = TickGrid::first_of_phase(phase, from);
                assert!(
                    (from..from + 4).contains(&first) && TickGrid::phase(first) == phase,
                    "{from} {phase}"
                );
            }
        }
    }

    #[test]
    fn after_a_stall_the_missed_ticks_are_counted() {
        for phase in 0..PHASES {
            assert_eq!(TickGrid::frames_due(phase, 7, 7), 0);
            assert_eq!(TickGrid::frames_due(phase, 7, 47), 10);
        }
        assert_eq!((0..PHASES).map(|phase| TickGrid::frames_due(phase, 7, 10)).sum::<u32>(), 3);
    }

    #[test]
    fn sub_ticks_and_moments_agree() {
        let grid = TickGrid::new(Moment::from_nanos(123));
        assert_eq!(grid.sub_tick(Moment::from_nanos(0)), 0);
        assert_eq!(grid.sub_tick(grid.moment(9)), 9);
        assert_eq!(grid.sub_tick(Moment::from_nanos(grid.moment(9).nanos() - 1)), 8);
    }
}
