//! The way up: a bounded queue of events and the one file descriptor that tells that some wait.
//!
//! A full queue holds no thread up: what does not fit waits in the sender's backlog, and beyond
//! that is dropped and counted. The eventfd is written once for each time that the reader has
//! emptied it, not once for each event.

use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::counters::{SharedCounters, add};
use super::lock;
use super::signal::Signal;
use crate::media_port::MediaEvent;
use crate::units::PortId;

/// Events that wait for the reader, of all ports together.
const QUEUE_MAX: usize = 8192;

/// Events that wait in one thread while the queue is full.
const BACKLOG_MAX: usize = 8192;

/// Room in the backlog from the start, so that an event on its way through allocates nothing.
const BACKLOG_FIRST: usize = 64;

/// Open the queue.
pub(super) fn queue(counters: Arc<SharedCounters>) -> nix::Result<(EventSender, EventReceiver)> {
    let (sender, receiver) = sync_channel(QUEUE_MAX);
    let fd = EventFd::from_value_and_flags(0, EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
    let signal = Arc::new(Signal::new(fd, AtomicBool::new(false)));
    Ok((
        EventSender {
            queue: sender,
            backlog: VecDeque::with_capacity(BACKLOG_FIRST),
            signal: Arc::clone(&signal),
            counters,
        },
        EventReceiver { queue: Mutex::new(receiver), kept: Mutex::new(VecDeque::new()), signal },
    ))
}

/// One thread's end.
pub(super) struct EventSender {
    queue: SyncSender<MediaEvent>,
    backlog: VecDeque<MediaEvent>,
    signal: Arc<Signal<EventFd>>,
    counters: Arc<SharedCounters>,
}

impl Clone for EventSender {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            backlog: VecDeque::with_capacity(BACKLOG_FIRST),
            signal: Arc::clone(&self.signal),
            counters: Arc::clone(&self.counters),
        }
    }
}

impl EventSender {
    /// Queue one event behind those before it.
    pub fn send(&mut self, event: MediaEvent) {
        if self.backlog.len() < BACKLOG_MAX {
            self.backlog.push_back(event);
        } else {
            add(&self.counters.events_dropped, 1);
        }
        self.flush();
    }

    /// Queue one frame of a tap, unless the reader is behind: then it is dropped and counted, so that
    /// what must not be lost finds room.
    pub fn send_frame(&mut self, frame: MediaEvent) {
        if !self.backlog.is_empty() {
            add(&self.counters.frames_dropped, 1);
            return;
        }
        match self.queue.try_send(frame) {
            Ok(()) => self.signal.raise(),
            Err(TrySendError::Full(_)) => add(&self.counters.frames_dropped, 1),
            Err(TrySendError::Disconnected(_)) => {} // the engine ends, and nobody listens
        }
    }

    /// Move what waits here into the queue, as far as there is room.
    pub fn flush(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            match self.queue.try_send(event) {
                Ok(()) => self.signal.raise(),
                Err(TrySendError::Full(event) | TrySendError::Disconnected(event)) => {
                    self.backlog.push_front(event);
                    return;
                }
            }
        }
    }

    /// Whether events found no room yet.
    pub fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Take the events of one port that found no room yet: they are to be told elsewhere.
    pub fn take_waiting(&mut self, port: PortId) -> Vec<MediaEvent> {
        if !self.backlog.iter().any(|event| event.port() == port) {
            return Vec::new();
        }
        let (theirs, others): (Vec<_>, Vec<_>) =
            self.backlog.drain(..).partition(|event| event.port() == port);
        self.backlog.extend(others);
        theirs
    }

    /// What found no room until the thread's end.
    pub fn into_backlog(self) -> Vec<MediaEvent> {
        self.backlog.into()
    }
}

/// The reader's end.
pub(super) struct EventReceiver {
    queue: Mutex<Receiver<MediaEvent>>,
    /// What the threads could not queue before they ended.
    kept: Mutex<VecDeque<MediaEvent>>,
    signal: Arc<Signal<EventFd>>,
}

impl EventReceiver {
    pub fn fd(&self) -> RawFd {
        self.signal.bell.as_fd().as_raw_fd()
    }

    pub fn poll(&self, max: usize) -> Vec<MediaEvent> {
        self.signal.clear();
        let queue = lock(&self.queue);
        let mut events: Vec<MediaEvent> = queue.try_iter().take(max).collect();
        let mut kept = lock(&self.kept);
        let more = kept.len().min(max - events.len());
        events.extend(kept.drain(..more));
        if events.len() == max {
            self.signal.raise();
        }
        events
    }

    /// Wait until events wait, for ten seconds at most.
    #[cfg(test)]
    pub fn wait(&self) {
        use nix::poll::{PollFd, PollFlags, poll};
        let mut fds = [PollFd::new(self.signal.bell.as_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut fds, 10_000u16), Ok(1), "no event came");
    }

    pub fn keep(&self, events: Vec<MediaEvent>) {
        if !events.is_empty() {
            lock(&self.kept).extend(events);
            self.signal.raise();
        }
    }
}

#[cfg(test)]
mod tests {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;
    use crate::telephone_event::Key;

    fn event(port: u64) -> MediaEvent {
        MediaEvent::DigitReceived { port: PortId(port), key: Key::from_event(1).expect("a key") }
    }

    fn is_readable(receiver: &EventReceiver) -> bool {
        let mut fds = [PollFd::new(receiver.signal.bell.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO).expect("poll") == 1
    }

    #[test]
    fn the_descriptor_is_readable_exactly_while_events_wait() {
        let (mut sender, receiver) = queue(Arc::default()).expect("an eventfd");
        assert!(!is_readable(&receiver));
        for port in 0..5 {
            sender.send(event(port));
        }
        assert!(is_readable(&receiver));
        assert_eq!(receiver.poll(3), [event(0), event(1), event(2)]);
        assert!(is_readable(&receiver));
        assert_eq!(receiver.poll(3), [event(3), event(4)]);
        assert!(!is_readable(&receiver));
    }

    #[test]
    fn what_waits_of_one_port_can_be_taken_out() {
        let (mut sender, _receiver) = queue(Arc::default()).expect("an eventfd");
        (0..QUEUE_MAX).for_each(|_| sender.send(event(1)));
        assert_eq!(sender.take_waiting(PortId(1)), [], "all found room");
        [3, 2, 3].into_iter().for_each(|port| sender.send(event(port)));
        assert_eq!(sender.take_waiting(PortId(3)), [event(3), event(3)]);
        assert_eq!(sender.into_backlog(), [event(2)]);
    }

    #[test]
    fn a_full_queue_keeps_order_then_drops_and_counts() {
        let counters: Arc<SharedCounters> = Arc::default();
        let (mut sender, receiver) = queue(Arc::clone(&counters)).expect("an eventfd");
        let total = (QUEUE_MAX + BACKLOG_MAX + 10) as u64;
        (0..total).for_each(|port| sender.send(event(port)));
        assert_eq!(counters.read().events_dropped, 10);
        let mut taken = receiver.poll(QUEUE_MAX);
        receiver.keep(sender.into_backlog());
        assert!(is_readable(&receiver));
        taken.extend(receiver.poll(2 * BACKLOG_MAX));
        assert_eq!(taken, (0..total - 10).map(event).collect::<Vec<_>>());
    }
}
