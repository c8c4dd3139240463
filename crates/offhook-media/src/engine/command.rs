//! The way down: a bounded queue of commands to each worker, and the eventfd that wakes it.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::EngineError;
use super::handover::{Handover, Parcel};
use super::port_handle::PortShared;
use super::port_numbers::PortSockets;
use super::recording_places::RecordingPlace;
use crate::conference::MemberPlan;
use crate::media_port::{
    Clip, DigitRun, Ear, Feed, FeedInput, MediaPlan, MediaPort, Pause, Recorder, SrtpKeys, Tap, Turns,
    VoiceWatch,
};
use crate::units::{PlaybackId, PortId, RecordingId, RoomId, TapId};

/// Commands that wait for one worker.
const QUEUE_MAX: usize = 4096;

/// A port on its way to its worker.
pub(super) struct NewPort {
    pub port: MediaPort,
    pub sockets: PortSockets,
    pub shared: Arc<PortShared>,
}

/// The file of a recording on its way to its worker, and the place that it takes of its port's.
pub(super) struct RecordingFile {
    pub file: File,
    pub place: RecordingPlace,
}

/// A port on its way into a room.
pub(super) struct Entry {
    pub room: RoomId,
    pub port: PortId,
    pub plan: MemberPlan,
    /// None for the desk.
    pub ear: Option<Box<Ear>>,
}

/// What a worker is told.
pub(super) enum Command {
    Open(Box<NewPort>),
    Apply(PortId, Box<MediaPlan>),
    /// Protect with these keys, or no more.
    Secure(PortId, Option<SrtpKeys>),
    Play(PortId, PlaybackId, Arc<Clip>, Turns),
    OpenFeed(PortId, Box<Feed>),
    Feed(PortId, PlaybackId, FeedInput),
    SendDigits(PortId, PlaybackId, Box<DigitRun>),
    StopPlaying(PortId),
    WatchVoice(PortId, Option<Box<VoiceWatch>>),
    Record(PortId, Box<Recorder>, RecordingFile),
    /// Leave out of a recording what comes, or record again.
    PauseRecording(PortId, RecordingId, Option<Pause>),
    StopRecording(PortId, RecordingId),
    OpenTap(PortId, Box<Tap>),
    CloseTap(PortId, TapId),
    /// Pass on to each of two ports what the other one hears.
    Join(PortId, PortId),
    Unjoin(PortId),
    /// Give a port to another worker.
    Move(PortId, Handover),
    /// Wait for the port that another worker gives.
    Expect(Receiver<Parcel>),
    OpenRoom(RoomId),
    /// Let a port of this worker into a room, in the place of its bridge or of the room that it is in.
    Enter(Box<Entry>),
    ChangeMember(RoomId, PortId, MemberPlan),
    LeaveRoom(RoomId, PortId),
    CloseRoom(RoomId),
    Close(PortId),
    ShutDown,
}

/// Open the queue of one worker.
pub(super) fn queue() -> nix::Result<(CommandSender, Receiver<Command>)> {
    let (queue, receiver) = sync_channel(QUEUE_MAX);
    let wake = EventFd::from_value_and_flags(0, EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
    Ok((
        CommandSender { queue, wake: Arc::new(wake), ports: Arc::default(), has_ended: Arc::default() },
        receiver,
    ))
}

/// The callers' end.
#[derive(Clone)]
pub(super) struct CommandSender {
    queue: SyncSender<Command>,
    wake: Arc<EventFd>,
    ports: Arc<AtomicUsize>,
    has_ended: Arc<AtomicBool>,
}

impl CommandSender {
    /// Send a command that must not be lost: waits while the queue is full, for less than a tick.
    pub fn send(&self, command: Command) -> Result<(), EngineError> {
        self.queue.send(command).map_err(|_| EngineError::Stopped)?;
        self.wake();
        Ok(())
    }

    /// Send a command that asks for more work: refused while the queue is full.
    pub fn try_send(&self, command: Command) -> Result<(), EngineError> {
        self.queue.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => EngineError::Busy("the command queue of the media worker is full"),
            TrySendError::Disconnected(_) => EngineError::Stopped,
        })?;
        self.wake();
        Ok(())
    }

    /// Let the worker end; one that has ended already is left alone.
    pub fn shut_down(&self) {
        let _ = self.send(Command::ShutDown);
    }

    /// Ports that live on the worker.
    pub fn ports(&self) -> usize {
        self.ports.load(Ordering::Relaxed)
    }

    pub fn set_ports(&self, ports: usize) {
        self.ports.store(ports, Ordering::Relaxed);
    }

    /// Whether the worker takes no commands any more.
    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    pub fn set_ended(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    /// Whether both are of one worker.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.wake, &other.wake)
    }

    /// The descriptor that becomes readable when commands wait.
    pub fn wake_fd(&self) -> &EventFd {
        &self.wake
    }

    /// Let the worker look at what it waits for.
    pub fn wake(&self) {
        // Fails only when 2^64-2 wake-ups wait: then the worker is awake.
        let _ = self.wake.write(1);
    }
}
