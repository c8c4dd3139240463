//! How long audio waits in the playout buffer: watched by how early packets come, kept within a band.
//!
//! A packet's margin is what lies between the clock's reading position and its first sample when it
//! arrives: none, and it is too late. The least margin of the last eight seconds tells of both jitter
//! and clocks that drift apart. Below the band the wait must grow, at once; above it, it may shrink,
//! once eight seconds have shown that it is not needed. One straggler in a second is a loss and no jitter.

/// Ticks of 20 ms in one second, which is one entry of the window.
const SECOND_TICKS: u8 = 50;
/// Seconds that are looked back on.
const WINDOW: usize = 8;

/// How much jitter a buffer is made for (Twilio's jitterBufferSize).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JitterBuffer {
    /// No wait at all: what comes late is lost.
    Off,
    /// 20 ms at first.
    Small,
    /// 40 ms.
    Medium,
    /// 60 ms.
    #[default]
    Large,
}

impl JitterBuffer {
    /// Ticks between a first packet's arrival and its playout.
    pub(super) const fn first_ticks(self) -> u32 {
        match self {
            Self::Off => 0,
            Self::Small => 160,
            Self::Medium => 320,
            Self::Large => 480,
        }
    }

    /// The band of margins in samples of 8000 Hz that is kept; None where nothing is done for it.
    const fn band(self) -> Option<(i32, i32)> {
        match self {
            Self::Off => None,
            Self::Small => Some((40, 320)),
            Self::Medium => Some((120, 480)),
            Self::Large => Some((LEAST, MOST)),
        }
    }
}

/// Margins in samples of 8000 Hz.
const LEAST: i32 = 240;
const MOST: i32 = 640;
/// A packet that came later than this says no more than one that came this late.
const LATEST: i32 = -1600;
/// Ticks between two times that it shrinks, which nothing hurries.
const REST_TICKS: u8 = 5;

/// What is to be done about the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Correction {
    /// It is as it should be.
    None,
    /// Let audio wait longer.
    Grow,
    /// Let it wait less.
    Shrink,
}

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Delay {
    size: JitterBuffer,
    /// The least and the greatest margin of each second.
    seconds: [Option<(i32, i32)>; WINDOW],
    now: usize,
    ticks: u8,
    /// Seconds watched since the last start.
    watched: usize,
    /// Whether a packet of this second was too late.
    has_straggler: bool,
    /// Ticks until it may shrink again.
    rest: u8,
}

impl Delay {
    pub(super) const fn new(size: JitterBuffer) -> Self {
        Self { size, seconds: [None; WINDOW], now: 0, ticks: 0, watched: 0, has_straggler: false, rest: 0 }
    }

    /// Begin anew: another source, or one whose clock was set.
    pub(super) const fn restart(&mut self) {
        *self = Self::new(self.size);
    }

    /// A packet came so many samples before it is needed; a negative number of them when too late.
    pub(super) fn handle_packet(&mut self, margin: i32) {
        if margin < 0 && !std::mem::replace(&mut self.has_straggler, true) {
            return;
        }
        let margin = margin.max(LATEST);
        let (least, most) = self.seconds[self.now].unwrap_or((margin, margin));
        self.seconds[self.now] = Some((least.min(margin), most.max(margin)));
    }

    /// 20 ms are over.
    pub(super) fn handle_tick(&mut self) {
        self.rest = self.rest.saturating_sub(1);
        self.ticks += 1;
        if self.ticks == SECOND_TICKS {
            self.ticks = 0;
            self.watched = (self.watched + 1).min(WINDOW);
            self.now = (self.now + 1) % WINDOW;
            self.seconds[self.now] = None;
            self.has_straggler = false;
        }
    }

    /// The wait became longer by so many samples, or shorter.
    pub(super) fn shift(&mut self, samples: i32) {
        for (least, most) in self.seconds.iter_mut().flatten() {
            *least += samples;
            *most += samples;
        }
        self.rest = REST_TICKS;
    }

    /// What the margins ask for.
    pub(super) fn correction(&self) -> Correction {
        let Some((low, high)) = self.size.band() else { return Correction::None };
        match self.seconds.iter().flatten().map(|second| second.0).min() {
            Some(least) if least < low => Correction::Grow,
            Some(least) if least > high && self.watched == WINDOW && self.rest == 0 => Correction::Shrink,
            _ => Correction::None,
        }
    }

    /// The greatest margin of the window: what the ring has to hold.
    pub(super) fn greatest(&self) -> i32 {
        self.seconds.iter().flatten().map(|second| second.1).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(delay: &mut Delay, margin: i32, seconds: usize) {
        for _ in 0..seconds * usize::from(SECOND_TICKS) {
            delay.handle_packet(margin);
            delay.handle_tick();
        }
    }

    #[test]
    fn within_the_band_nothing_is_done() {
        let mut delay = Delay::new(JitterBuffer::Large);
        assert_eq!(delay.correction(), Correction::None);
        for margin in [LEAST, 480, MOST] {
            watch(&mut delay, margin, 20);
            assert_eq!(delay.correction(), Correction::None, "{margin}");
        }
    }

    #[test]
    fn one_packet_that_is_nearly_late_makes_it_grow_at_once() {
        let mut delay = Delay::new(JitterBuffer::Large);
        watch(&mut delay, 480, 1);
        delay.handle_packet(LEAST - 1);
        assert_eq!(delay.correction(), Correction::Grow);
        delay.shift(1);
        assert_eq!(delay.correction(), Correction::None);
    }

    #[test]
    fn it_shrinks_only_when_eight_seconds_have_shown_that_it_may() {
        let mut delay = Delay::new(JitterBuffer::Large);
        watch(&mut delay, MOST + 100, 7);
        assert_eq!(delay.correction(), Correction::None);
        watch(&mut delay, MOST + 100, 1);
        assert_eq!(delay.correction(), Correction::Shrink);
        delay.handle_packet(LEAST);
        assert_eq!(delay.correction(), Correction::None);
        watch(&mut delay, MOST + 100, 8);
        assert_eq!(delay.correction(), Correction::Shrink, "the near miss is forgotten");
        assert_eq!(delay.greatest(), MOST + 100);
        delay.shift(-1);
        assert_eq!(delay.correction(), Correction::None, "it takes its time");
    }

    #[test]
    fn one_straggler_is_a_loss_and_two_in_a_second_are_jitter() {
        let mut delay = Delay::new(JitterBuffer::Large);
        watch(&mut delay, 480, 1);
        delay.handle_packet(-80_000);
        watch(&mut delay, 480, 1);
        delay.handle_packet(-10);
        assert_eq!(delay.correction(), Correction::None);
        delay.handle_packet(-10);
        assert_eq!(delay.correction(), Correction::Grow);
        delay.shift(LEAST + 10);
        assert_eq!(delay.correction(), Correction::None);
    }

    #[test]
    fn while_nothing_comes_nothing_is_known() {
        let mut delay = Delay::new(JitterBuffer::Large);
        watch(&mut delay, LEAST - 1, 1);
        for _ in 0..WINDOW * usize::from(SECOND_TICKS) {
            delay.handle_tick();
        }
        assert_eq!(delay.correction(), Correction::None);
        assert_eq!(delay.greatest(), 0);
    }

    #[test]
    fn each_size_keeps_its_own_band_and_off_does_nothing() {
        for (size, near, far) in [(JitterBuffer::Small, 39, 321), (JitterBuffer::Medium, 119, 481)] {
            let mut delay = Delay::new(size);
            watch(&mut delay, near + 1, 20);
            assert_eq!(delay.correction(), Correction::None, "{size:?}");
            delay.handle_packet(near);
            assert_eq!(delay.correction(), Correction::Grow, "{size:?}");
            delay.restart();
            watch(&mut delay, far, 8);
            assert_eq!(delay.correction(), Correction::Shrink, "{size:?}");
        }
        let mut off = Delay::new(JitterBuffer::Off);
        watch(&mut off, 0, 10);
        off.handle_packet(-1);
        off.handle_packet(-1);
        assert_eq!(off.correction(), Correction::None);
        watch(&mut off, 2000, 10);
        assert_eq!(off.correction(), Correction::None);
    }
}
