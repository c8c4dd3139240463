//! What the engine counts beside its ports.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The counters of one moment, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineCounters {
    /// Ticks of ports that were carried out.
    pub ticks: u64,
    /// Ticks of ports that were skipped, because the worker came too late.
    pub ticks_skipped: u64,
    /// The latest that a worker ever was for a tick.
    pub lateness_max: Duration,
    /// Packets that the operating system did not take.
    pub sends_failed: u64,
    /// Samples missing in recordings, because the disk was too slow.
    pub samples_dropped: u64,
    /// Events lost, because nobody took them.
    pub events_dropped: u64,
    /// Frames of taps lost, because nobody took them in time.
    pub frames_dropped: u64,
}

/// The same, written by the threads without a lock.
#[derive(Debug, Default)]
pub(super) struct SharedCounters {
    pub ticks: AtomicU64,
    pub ticks_skipped: AtomicU64,
    pub lateness_max_ns: AtomicU64,
    pub sends_failed: AtomicU64,
    pub samples_dropped: AtomicU64,
    pub events_dropped: AtomicU64,
    pub frames_dropped: AtomicU64,
}

impl SharedCounters {
    pub fn read(&self) -> EngineCounters {
        EngineCounters {
            ticks: self.ticks.load(Ordering::Relaxed),
            ticks_skipped: self.ticks_skipped.load(Ordering::Relaxed),
            lateness_max: Duration::from_nanos(self.lateness_max_ns.load(Ordering::Relaxed)),
            sends_failed: self.sends_failed.load(Ordering::Relaxed),
            samples_dropped: self.samples_dropped.load(Ordering::Relaxed),
            events_dropped: self.events_dropped.load(Ordering::Relaxed),
            frames_dropped: self.frames_dropped.load(Ordering::Relaxed),
        }
    }
}

pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
