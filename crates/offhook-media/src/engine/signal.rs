//! Tells a reader that something waits in a queue: rung once for each time that the reader has looked.
//!
//! Who puts something in calls `raise` after it; who takes out calls `clear` before it. Then nothing
//! is ever left in the queue without the bell having been rung for it, however the two interleave:
//! loom goes through the ways there are, below.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::eventfd::EventFd;

/// What wakes the reader.
pub(super) trait Bell {
    /// Make the reader look.
    fn ring(&self);
    /// It looks now.
    fn hush(&self);
}

impl Bell for EventFd {
    fn ring(&self) {
        // Fails only when 2^64-2 signals wait: then the descriptor is readable anyway.
        let _ = self.write(1);
    }

    fn hush(&self) {
        // Empty already when two readers meet: the one behind finds nothing to clear.
        let _ = self.read();
    }
}

/// An atomic flag: of the standard library, or loom's.
pub(super) trait Flag {
    /// Set it; whether it was set before.
    fn set(&self) -> bool;
    /// Take it back.
    fn unset(&self);
}

impl Flag for AtomicBool {
    fn set(&self) -> bool {
        self.swap(true, Ordering::SeqCst)
    }

    fn unset(&self) {
        self.store(false, Ordering::SeqCst);
    }
}

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Signal<B, F = AtomicBool> {
    pub bell: B,
    is_raised: F,
}

impl<B: Bell, F: Flag> Signal<B, F> {
    pub const fn new(bell: B, is_raised: F) -> Self {
        Self { bell, is_raised }
    }

    /// Something was put in.
    pub fn raise(&self) {
        if !self.is_raised.set() {
            self.bell.ring();
        }
    }

    /// What is there is about to be taken out.
    pub fn clear(&self) {
        self.bell.hush();
        self.is_raised.unset();
    }
}

#[cfg(test)]
mod tests {
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use loom::thread;

    use super::*;

    impl Flag for AtomicBool {
        fn set(&self) -> bool {
            self.swap(true, Ordering::SeqCst)
        }

        fn unset(&self) {
            self.store(false, Ordering::SeqCst);
        }
    }

    /// An eventfd as loom can see it: how often it was written since it was read.
    impl Bell for AtomicU32 {
        fn ring(&self) {
            self.fetch_add(1, Ordering::SeqCst);
        }

        fn hush(&self) {
            self.swap(0, Ordering::SeqCst);
        }
    }

    #[test]
    fn nothing_is_left_behind_unless_the_bell_was_rung_for_it() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let signal = Arc::new(Signal::new(AtomicU32::new(0), AtomicBool::new(false)));
            let queued = Arc::new(AtomicU32::new(0));
            let writers: Vec<_> = (0..2)
                .map(|_| {
                    let (signal, queued) = (Arc::clone(&signal), Arc::clone(&queued));
                    thread::spawn(move || {
                        queued.fetch_add(1, Ordering::Release);
                        signal.raise();
                    })
                })
                .collect();
            signal.clear();
            queued.swap(0, Ordering::Acquire);
            for writer in writers {
                writer.join().expect("no panic");
            }
            let left = queued.load(Ordering::SeqCst);
            let rung = signal.bell.load(Ordering::SeqCst);
            assert!(left == 0 || rung > 0, "{left} left, and nobody is told");
        });
    }
}
