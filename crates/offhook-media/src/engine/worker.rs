//! A worker: one thread, its ports and their sockets.
//!
//! It waits on epoll for datagrams, commands and, while it has ports, for the next sub-tick. A panic
//! in a port is our defect: it ends that port, visibly, and no other.

mod bridges;
mod rooms;
mod ticks;

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::timerfd::{ClockId, TimerFd, TimerFlags};

use super::command::{Command, CommandSender, NewPort};
use super::counters::SharedCounters;
use super::datagram::StampReader;
use super::events::EventSender;
use super::handover::Parcel;
use super::live_port::{DATAGRAM_ROOM, ForPartner, LivePort, Tools};
use super::tick_grid::{PHASES, TickGrid};
use super::writer::WriterCommand;
use super::{WorkerThread, clock, command};
use crate::media_port::{Channel, MediaEvent};
use crate::units::PortId;
use rooms::LiveRoom;

/// Sockets looked at before the tick has its turn.
const READY_MAX: usize = 128;

const WAKE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;

/// A place for a port. The generation tells a new port from readiness that was meant for the old.
#[derive(Default)]
struct Slot {
    generation: u32,
    /// The sub-tick at which the port had its last tick.
    last: u64,
    /// Until this sub-tick no tick is due: the port is at rest.
    rests_until: u64,
    live: Option<Box<LivePort>>,
}

pub(super) struct Worker {
    commands: Receiver<Command>,
    sender: CommandSender,
    epoll: Epoll,
    /// The sockets of ports in rooms: looked at before each tick of rooms, since a mix needs none of them sooner.
    /// So their packets come in batches, and wake nobody one by one.
    quiet: Epoll,
    timer: TimerFd,
    grid: TickGrid,
    /// The last sub-tick that is over, whether anything was due in it or not.
    last: u64,
    /// The timer is set for the next sub-tick in which something is due.
    is_armed: bool,
    /// All ports of a phase are at rest until this sub-tick; those in rooms are not asked.
    rests_until: [u64; PHASES],
    slots: Vec<Slot>,
    free: Vec<usize>,
    by_id: HashMap<PortId, usize>,
    /// The ports that are due in each phase, but those in rooms.
    phases: [Vec<usize>; PHASES],
    /// None while a room is being ticked.
    rooms: Vec<Option<Box<LiveRoom>>>,
    failed: Vec<(usize, String)>,
    /// A port of another worker that comes before the next command.
    expected: Option<Receiver<Parcel>>,
    tools: Tools,
}

impl Worker {
    /// Start the thread.
    pub fn start(
        number: usize,
        events: EventSender,
        writer: SyncSender<WriterCommand>,
        counters: Arc<SharedCounters>,
    ) -> std::io::Result<(CommandSender, WorkerThread)> {
        let worker = Self::new(events, writer, counters)?;
        let sender = worker.sender.clone();
        let thread = std::thread::Builder::new()
            .name(format!("offhook-media-{number}"))
            .spawn(move || worker.run())?;
        Ok((sender, thread))
    }

    fn new(
        events: EventSender,
        writer: SyncSender<WriterCommand>,
        counters: Arc<SharedCounters>,
    ) -> nix::Result<Self> {
        let (sender, commands) = command::queue()?;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer =
            TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        epoll.add(sender.wake_fd(), EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        epoll.add(&timer, EpollEvent::new(EpollFlags::EPOLLIN, TIMER))?;
        Ok(Self {
            commands,
            sender,
            epoll,
            quiet: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            timer,
            grid: TickGrid::new(clock::now()),
            last: 0,
            is_armed: false,
            rests_until: [0; PHASES],
            slots: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
            phases: Default::default(),
            rooms: Vec::new(),
            failed: Vec::new(),
            expected: None,
            tools: Tools {
                events,
                writer,
                unfinished: VecDeque::new(),
                counters,
                stamped: StampReader::new(),
                datagram: Box::new([0; DATAGRAM_ROOM]),
            },
        })
    }

    /// The thread. Returns the events that found no room.
    fn run(mut self) -> Vec<MediaEvent> {
        let failure = match catch_unwind(AssertUnwindSafe(|| self.serve())) {
            Ok(Ok(())) => None,
            Ok(Err(errno)) => Some(format!("the media worker failed: {errno}")),
            Err(panic) => Some(format!("the media worker failed: {}", panic_reason(&*panic))),
        };
        self.sender.set_ended();
        self.take_last_expected();
        for index in 0..self.slots.len() {
            match &failure {
                Some(reason) => self.failed.push((index, reason.clone())),
                None => self.close(index),
            }
        }
        self.bury_failed();
        for command in std::mem::take(&mut self.tools.unfinished) {
            // The writer lives until the last worker has ended; when it failed, it has told so.
            let _ = self.tools.writer.send(command);
        }
        self.tools.events.into_backlog()
    }

    fn serve(&mut self) -> nix::Result<()> {
        let mut ready = [EpollEvent::empty(); READY_MAX];
        loop {
            let count = match self.epoll.wait(&mut ready, EpollTimeout::NONE) {
                Ok(count) => count,
                Err(Errno::EINTR) => 0,
                Err(errno) => return Err(errno),
            };
            for event in &ready[..count] {
                match event.data() {
                    WAKE => {
                        self.handle_ticks(clock::now()); // what comes now is not for the time before
                        if self.handle_commands()? {
                            return Ok(());
                        }
                    }
                    TIMER => self.is_armed = false,
                    socket => self.handle_datagrams(socket),
                }
            }
            self.handle_ticks(clock::now());
            self.bury_failed();
            self.arm()?;
        }
    }

    /// Carry commands out; true when the worker is to end.
    fn handle_commands(&mut self) -> nix::Result<bool> {
        match self.sender.wake_fd().read() {
            Ok(_) | Err(Errno::EAGAIN) => {}
            Err(errno) => return Err(errno),
        }
        self.bury_failed(); // before a command gives its place to another port
        while self.take_expected()? {
            let Ok(command) = self.commands.try_recv() else { break };
            let now = clock::now();
            match command {
                Command::Open(new) => self.open(*new)?,
                Command::Move(id, handover) => self.hand_over(id, handover)?,
                Command::Expect(parcel) => self.expected = Some(parcel),
                Command::Apply(id, plan) => {
                    self.with(id, |live, _| live.port.apply(&plan, now));
                }
                Command::Secure(id, keys) => {
                    self.with(id, |live, tools| {
                        live.port.secure(keys);
                        live.pump(tools);
                    });
                }
                Command::Play(id, playback, clip, turns) => {
                    if !self.with(id, |live, _| live.port.play_turns(playback, clip, turns)) {
                        self.tools.refuse(id, playback);
                    }
                }
                Command::OpenFeed(id, feed) => {
                    let playback = feed.id();
                    if !self.with(id, |live, _| live.port.open_feed(feed)) {
                        self.tools.refuse(id, playback);
                    }
                }
                Command::Feed(id, playback, input) => {
                    self.with(id, |live, tools| {
                        live.port.feed(playback, input);
                        live.pump(tools);
                    });
                }
                Command::SendDigits(id, playback, run) => {
                    if !self.with(id, |live, _| live.port.send_digits(playback, run)) {
                        self.tools.refuse(id, playback);
                    }
                }
                Command::StopPlaying(id) => {
                    self.with(id, |live, tools| {
                        live.port.stop_playing();
                        live.pump(tools);
                    });
                }
                Command::WatchVoice(id, watch) => {
                    self.with(id, |live, tools| {
                        live.port.watch_voice(watch);
                        live.pump(tools);
                    });
                }
                Command::Record(id, recorder, file) => {
                    let recording = recorder.id();
                    if !self.with(id, |live, tools| live.record(recorder, file, tools)) {
                        self.tools.end_recording(id, recording, "the port is closed");
                    }
                }
                Command::PauseRecording(id, recording, pause) => {
                    self.with(id, |live, _| match pause {
                        Some(pause) => live.port.pause_recording(recording, pause),
                        None => live.port.resume_recording(recording),
                    });
                }
                Command::StopRecording(id, recording) => {
                    self.with(id, |live, tools| {
                        live.port.stop_recording(recording);
                        live.pump(tools);
                    });
                }
                Command::OpenTap(id, tap) => {
                    self.with(id, |live, _| live.port.open_tap(tap));
                }
                Command::CloseTap(id, tap) => {
                    self.with(id, |live, tools| {
                        live.port.close_tap(tap);
                        live.pump(tools);
                    });
                }
                Command::Close(id) => {
                    if let Some(index) = self.by_id.get(&id).copied() {
                        self.close(index);
                    }
                }
                Command::Join(one, other) => self.join(one, other),
                Command::Unjoin(id) => {
                    if let Some(index) = self.by_id.get(&id).copied() {
                        self.unjoin(index);
                    }
                }
                Command::OpenRoom(room) => self.open_room(room),
                Command::Enter(entry) => self.enter(entry.room, entry.port, entry.plan, entry.ear),
                Command::ChangeMember(room, id, plan) => self.change_member(room, id, plan),
                Command::LeaveRoom(room, id) => self.leave_room(room, id),
                Command::CloseRoom(room) => self.close_room(room),
                Command::ShutDown => return Ok(true),
            }
            self.bury_failed();
        }
        Ok(false)
    }

    fn open(&mut self, new: NewPort) -> nix::Result<()> {
        let phase = self.emptiest_phase();
        let live = Box::new(LivePort::new(new.port, new.sockets, new.shared));
        self.take_in(live, phase, self.grid.sub_tick(clock::now()))
    }

    /// Give a port its place and its phase; `last`: the sub-tick of its last tick.
    fn take_in(&mut self, live: Box<LivePort>, phase: usize, last: u64) -> nix::Result<()> {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        let generation = self.slots[index].generation.wrapping_add(1) & 0x7fff_ffff;
        for (socket, channel) in live.sockets() {
            let event = EpollEvent::new(EpollFlags::EPOLLIN, token(index, generation, channel));
            if let Err(errno) = self.epoll.add(socket, event) {
                // Out of memory for watches: this port cannot live, the others can.
                self.failed.push((index, errno.to_string()));
            }
        }
        if self.by_id.is_empty() {
            self.last = self.grid.sub_tick(clock::now());
        }
        self.by_id.insert(live.port.id(), index);
        self.slots[index] = Slot { generation, last, rests_until: 0, live: Some(live) };
        self.join_phase(index, phase);
        self.sender.set_ports(self.by_id.len());
        Ok(())
    }

    fn close(&mut self, index: usize) {
        self.with_slot(index, LivePort::close);
        self.remove(index);
    }

    /// Take a port out; when it is dropped its sockets close, and leave epoll by that.
    fn remove(&mut self, index: usize) -> Option<Box<LivePort>> {
        self.unjoin(index);
        self.leave(index);
        let live = self.slots[index].live.take()?;
        self.by_id.remove(&live.port.id());
        self.phases[live.phase].retain(|other| *other != index);
        self.free.push(index);
        self.sender.set_ports(self.by_id.len());
        Some(live)
    }

    fn handle_datagrams(&mut self, token: u64) {
        let (index, generation, channel) = split_token(token);
        if self.slots.get(index).is_some_and(|slot| slot.generation == generation) {
            let mut for_partner = None;
            self.with_slot(index, |live, tools| for_partner = live.receive(channel, tools));
            if let Some(ForPartner { partner, heard, heard_at }) = for_partner {
                let mut is_passed = true;
                self.with_slot(partner, |live, tools| is_passed = live.relay(&heard, heard_at, tools));
                if !is_passed {
                    self.with_slot(index, |live, _| live.port.handle_unrelayed());
                }
            }
        }
    }

    /// Do something with a port by its name; false when a command crossed the end of its port.
    fn with(&mut self, id: PortId, act: impl FnOnce(&mut LivePort, &mut Tools)) -> bool {
        let index = self.by_id.get(&id).copied();
        if let Some(index) = index {
            self.rouse(index); // it may have something to do now
            self.with_slot(index, act);
        }
        index.is_some()
    }

    /// Do something with a port, and note it when it panics.
    fn with_slot(&mut self, index: usize, act: impl FnOnce(&mut LivePort, &mut Tools)) {
        let tools = &mut self.tools;
        if let Some(live) = self.slots[index].live.as_mut() {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| act(live, tools))) {
                self.failed.push((index, panic_reason(&*panic)));
            }
        }
    }

    /// End the ports that panicked: their playbacks, their recordings, and the news of it.
    fn bury_failed(&mut self) {
        while let Some((index, reason)) = self.failed.pop() {
            let Some(live) = self.slots[index].live.as_ref() else { continue };
            let port = live.port.id();
            self.with_slot(index, |live, tools| {
                live.port.stop_playing();
                live.port.stop_recordings();
                live.pump(tools);
            });
            self.failed.retain(|(other, _)| *other != index); // it may panic again on its way out
            self.remove(index);
            self.tools.events.send(MediaEvent::MediaFailed { port, reason });
        }
    }
}

const fn token(index: usize, generation: u32, channel: Channel) -> u64 {
    let is_rtcp = matches!(channel, Channel::Rtcp) as u64;
    ((generation as u64) << 32) | ((index as u64) << 1) | is_rtcp
}

const fn split_token(token: u64) -> (usize, u32, Channel) {
    let channel = if token & 1 == 0 { Channel::Rtp } else { Channel::Rtcp };
    (((token & 0xffff_ffff) >> 1) as usize, (token >> 32) as u32, channel)
}

/// What a panic said.
pub(super) fn panic_reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic").to_owned()
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
