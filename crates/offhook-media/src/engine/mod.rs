//! Workers, sockets, port numbers, the 20 ms tick and the writer thread: the only room with a clock
//! and I/O.
//!
//! ```text
//!  caller's threads          worker threads                 writer thread
//!  MediaEngine, handles --> commands (bounded) --> Worker --> chunks (bounded) --> Writer --> files
//!          ^                                         |                              |
//!          '--------- events (bounded), one eventfd -'------------------------------'
//! ```
//!
//! A port lives on one worker at a time. Nothing on a worker waits: not for the caller, not for the disk.

mod clock;
mod command;
mod counters;
mod datagram;
mod events;
mod feed_handle;
mod handover;
mod live_port;
mod port_handle;
mod port_numbers;
mod recording_places;
mod room_handle;
mod signal;
mod tick_grid;
mod wav_file;
mod worker;
mod writer;

use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use counters::EngineCounters;
pub use feed_handle::FeedHandle;
pub use port_handle::MediaPortHandle;
pub use room_handle::RoomHandle;

use crate::media_port::{ClipError, DigitsError, InbandDigits, MediaEvent, MediaPort};
use crate::units::{PortId, RoomId};
use command::{Command, CommandSender, NewPort};
use counters::SharedCounters;
use events::{EventReceiver, EventSender};
use port_handle::{OfEngine, PortShared};
use port_numbers::PortNumbers;
use worker::Worker;
use writer::Writer;

/// How the engine is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// Lowest and highest UDP port; (0, 0) takes free pairs from the system.
    pub ports: (u16, u16),
    /// Threads that carry ports, at least 1.
    pub workers: usize,
    /// Silence after which `MediaTimedOut` is told.
    pub media_timeout: Duration,
    /// Whether the tones of keys are heard.
    pub inband_digits: InbandDigits,
}

/// Why the engine refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The settings make no engine.
    #[error("{0}")]
    Settings(&'static str),
    /// Every pair of the range is in use, by us or by others, or was until a moment ago.
    #[error("every port pair of the range is in use")]
    NoFreePort,
    /// A bounded queue is full.
    #[error("{0}")]
    Busy(&'static str),
    /// The digits cannot be sent.
    #[error(transparent)]
    Digits(#[from] DigitsError),
    /// The two ports cannot be joined, or the port cannot enter the room.
    #[error("{0}")]
    Join(&'static str),
    /// What was fed are no samples.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// A feed that was finished takes no more.
    #[error("the feed was finished")]
    FeedFinished,
    /// The engine was closed, or the worker of the port has failed.
    #[error("the media engine has stopped")]
    Stopped,
    /// The file of a recording cannot be made.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The operating system refused what the engine itself needs.
    #[error("the media engine cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl From<nix::Error> for EngineError {
    fn from(error: nix::Error) -> Self {
        Self::System(error.into())
    }
}

type WorkerThread = JoinHandle<Vec<MediaEvent>>;

/// The media core of a process. Closed when dropped.
pub struct MediaEngine {
    settings: EngineSettings,
    workers: Vec<CommandSender>,
    threads: Mutex<Option<Threads>>,
    numbers: Mutex<PortNumbers>,
    events: EventReceiver,
    counters: Arc<SharedCounters>,
    next_port: AtomicU64,
    next_id: Arc<AtomicU64>,
    /// Held while two ports are joined.
    joins: Arc<Mutex<()>>,
}

struct Threads {
    workers: Vec<WorkerThread>,
    writer: WorkerThread,
}

impl MediaEngine {
    /// Start the threads.
    ///
    /// # Errors
    /// `Settings` for no worker, no pair in the range or no timeout; `System`.
    pub fn start(settings: EngineSettings) -> Result<Self, EngineError> {
        if settings.workers == 0 {
            return Err(EngineError::Settings("at least one media worker is needed"));
        }
        if settings.media_timeout.is_zero() {
            return Err(EngineError::Settings("the media timeout is greater than zero"));
        }
        let numbers = PortNumbers::new(settings.ports)?;
        let counters = Arc::new(SharedCounters::default());
        let (event_queue, events) = events::queue(Arc::clone(&counters))?;
        let (writer, writer_thread) = Writer::start(EventSender::clone(&event_queue))?;
        let mut workers = Vec::new();
        let mut threads = Vec::new();
        for number in 0..settings.workers {
            let (commands, thread) =
                Worker::start(number, event_queue.clone(), writer.clone(), Arc::clone(&counters))?;
            workers.push(commands);
            threads.push(thread);
        }
        Ok(Self {
            settings,
            workers,
            threads: Mutex::new(Some(Threads { workers: threads, writer: writer_thread })),
            numbers: Mutex::new(numbers),
            events,
            counters,
            next_port: AtomicU64::new(1),
            next_id: Arc::new(AtomicU64::new(1)),
            joins: Arc::default(),
        })
    }

    /// Bind the next free pair on all addresses and give it to the worker with the fewest ports.
    ///
    /// # Errors
    /// `NoFreePort`, `Stopped`, `System`.
    pub fn open_port(&self) -> Result<MediaPortHandle, EngineError> {
        let running = self.workers.iter().filter(|worker| !worker.has_ended());
        let worker = running.min_by_key(|worker| worker.ports()).ok_or(EngineError::Stopped)?;
        let sockets = lock(&self.numbers).open(clock::now())?;
        let rtp_port = sockets.rtp_port;
        let id = PortId(self.next_port.fetch_add(1, Ordering::Relaxed));
        let seed = clock::session_seed()?;
        let shared = Arc::new(PortShared::default());
        let port = MediaPort::new(id, seed, self.settings.media_timeout).hearing(self.settings.inband_digits);
        worker.send(Command::Open(Box::new(NewPort { port, sockets, shared: Arc::clone(&shared) })))?;
        let of_engine = OfEngine { next_id: Arc::clone(&self.next_id), joins: Arc::clone(&self.joins) };
        Ok(MediaPortHandle::new(id, rtp_port, worker.clone(), shared, of_engine))
    }

    /// Open an empty room on the worker with the fewest ports; its members move there.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn open_room(&self) -> Result<RoomHandle, EngineError> {
        let running = self.workers.iter().filter(|worker| !worker.has_ended());
        let worker = running.min_by_key(|worker| worker.ports()).ok_or(EngineError::Stopped)?;
        let id = RoomId(self.next_id.fetch_add(1, Ordering::Relaxed));
        RoomHandle::open(id, worker.clone(), Arc::clone(&self.joins))
    }

    /// Take at most `max` events in the order in which they came.
    pub fn poll_events(&self, max: usize) -> Vec<MediaEvent> {
        self.events.poll(max)
    }

    /// Readable while events wait. Owned by the engine: not to be closed or read by others.
    pub fn event_fd(&self) -> RawFd {
        self.events.fd()
    }

    /// The counters of this moment.
    pub fn counters(&self) -> EngineCounters {
        self.counters.read()
    }

    /// Close every port, complete every recording, join the threads. Events can still be taken.
    ///
    /// Waits for the disk. Twice is once.
    pub fn close(&self) {
        let Some(threads) = lock(&self.threads).take() else { return };
        for worker in &self.workers {
            worker.shut_down();
        }
        for thread in threads.workers {
            self.events.keep(thread.join().expect("a worker catches its panics"));
        }
        // The workers held the only senders: without them the writer comes to its end.
        self.events.keep(threads.writer.join().expect("the writer catches its panics"));
    }
}

impl Drop for MediaEngine {
    fn drop(&mut self) {
        self.close();
    }
}

/// A lock whose holder cannot panic half-way: what it guards is whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
