//! A port on its worker: the sans-IO port, its sockets, its recordings' way to the writer.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::time::Duration;

use super::clock;
use super::command::RecordingFile;
use super::counters::{SharedCounters, add};
use super::datagram::{self, Datagram, StampReader};
use super::events::EventSender;
use super::port_handle::PortShared;
use super::port_numbers::PortSockets;
use super::writer::{NewFile, WriterCommand};
use crate::media_port::{Channel, Chunk, Heard, MediaEvent, MediaPort, Recorded, Recorder};
use crate::relay::{Passed, Relay};
use crate::srtp::GROWTH_MAX;
use crate::units::{Moment, PlaybackId, PortId, RecordingId, RoomId};

/// Datagrams up to here, an Ethernet frame, are read; one byte more tells a longer one.
const DATAGRAM_MAX: usize = 1500;
/// Behind the longest one there is room for what protects it for the other leg.
pub(super) const DATAGRAM_ROOM: usize = DATAGRAM_MAX + GROWTH_MAX;
/// Chunk buffers on their way back to one recording; more than it has.
const RETURNS: usize = 16;

/// A port with its sockets.
#[derive(Debug)]
pub(super) struct LivePort {
    pub port: MediaPort,
    /// In which of the four sub-ticks it is due.
    pub phase: usize,
    sockets: PortSockets,
    shared: Arc<PortShared>,
    /// The recordings that run, and where their written chunks come back.
    returns: Vec<(RecordingId, Receiver<Box<Chunk>>)>,
    bridge: Option<Bridge>,
    /// The room that it is a member of; on the same worker.
    pub room: Option<RoomId>,
}

/// The other leg, and what of it is sent here.
#[derive(Debug)]
struct Bridge {
    /// Its slot on the same worker.
    partner: usize,
    relay: Relay,
}

/// What a port heard in the datagram that its worker just read, for the port that it is joined to.
pub(super) struct ForPartner {
    /// The slot of that port.
    pub partner: usize,
    pub heard: Heard,
    pub heard_at: Moment,
}

/// What ports need of their worker.
pub(super) struct Tools {
    pub events: EventSender,
    pub writer: SyncSender<WriterCommand>,
    /// Ends of recordings for which the writer's queue had no room yet.
    pub unfinished: VecDeque<WriterCommand>,
    pub counters: Arc<SharedCounters>,
    /// Reads what comes for members of rooms.
    pub stamped: StampReader,
    /// The datagram that was read last, rewritten in place when it is relayed.
    pub datagram: Box<[u8; DATAGRAM_ROOM]>,
}

impl LivePort {
    pub const fn new(port: MediaPort, sockets: PortSockets, shared: Arc<PortShared>) -> Self {
        Self { port, phase: 0, sockets, shared, returns: Vec::new(), bridge: None, room: None }
    }

    /// What the worker is to watch.
    pub fn sockets(&self) -> [(BorrowedFd<'_>, Channel); 2] {
        [(self.sockets.rtp.as_fd(), Channel::Rtp), (self.sockets.rtcp.as_fd(), Channel::Rtcp)]
    }

    /// End everything and tell the last counters.
    pub fn close(&mut self, tools: &mut Tools) {
        self.port.close(clock::now());
        self.pump(tools);
        self.shared.publish(&self.port.statistics());
    }

    pub fn tick(&mut self, now: Moment, frames: u32, tools: &mut Tools) {
        self.take_back();
        self.port.handle_tick(now, frames);
        self.pump(tools);
        self.shared.publish(&self.port.statistics());
    }

    /// A tick in a room: `let_hear` carries it out.
    pub fn tick_in_room(&mut self, let_hear: impl FnOnce(&mut MediaPort), tools: &mut Tools) {
        self.take_back();
        let_hear(&mut self.port);
        self.pump(tools);
        self.shared.publish(&self.port.statistics());
    }

    /// Take one datagram: with more of them epoll calls again, behind the other sockets.
    ///
    /// Returns what is to be passed to the port that this one is joined to.
    pub fn receive(&mut self, channel: Channel, tools: &mut Tools) -> Option<ForPartner> {
        let socket = match channel {
            Channel::Rtp => &self.sockets.rtp,
            Channel::Rtcp => &self.sockets.rtcp,
        };
        let buffer = &mut tools.datagram[..=DATAGRAM_MAX];
        let Datagram { length, from, at } = if self.room.is_some() {
            tools.stamped.read(socket, buffer)?
        } else {
            datagram::read(socket, buffer)?
        };
        // A datagram that is too long was cut: as an empty one it is counted with the malformed.
        let length = if length > DATAGRAM_MAX { 0 } else { length };
        let datagram = &mut tools.datagram[..length];
        let heard = match channel {
            Channel::Rtp => self.port.handle_rtp(datagram, from, at),
            Channel::Rtcp => {
                self.port.handle_rtcp(datagram, from, at);
                None
            }
        };
        self.tell(tools); // packets and recorded audio come of ticks and commands only
        let bridge = self.bridge.as_ref()?;
        heard.map(|heard| ForPartner { partner: bridge.partner, heard, heard_at: at })
    }

    /// Send what the other leg heard, at once; false when it came too late or is too large.
    pub fn relay(&mut self, heard: &Heard, now: Moment, tools: &mut Tools) -> bool {
        let Some(bridge) = &mut self.bridge else { return true };
        match bridge.relay.handle_packet(heard, &mut tools.datagram[..], &mut self.port, now) {
            Passed::Packet { bytes, to } => {
                if self.sockets.rtp.send_to(&tools.datagram[bytes], to).is_err() {
                    add(&tools.counters.sends_failed, 1);
                }
                true
            }
            Passed::Nothing => true,
            Passed::Refused => false,
        }
    }

    /// The slot of the port that this one is joined to.
    pub fn partner(&self) -> Option<usize> {
        self.bridge.as_ref().map(|bridge| bridge.partner)
    }

    pub fn join(&mut self, partner: usize) {
        self.bridge = Some(Bridge { partner, relay: Relay::default() });
        self.port.join();
    }

    pub fn unjoin(&mut self) {
        self.bridge = None;
        self.port.unjoin();
    }

    /// Carry away all that the port has to send and to tell.
    pub fn pump(&mut self, tools: &mut Tools) {
        let sockets = &self.sockets;
        while let Some(transmit) = self.port.poll_transmit() {
            let socket = match transmit.channel {
                Channel::Rtp => &sockets.rtp,
                Channel::Rtcp => &sockets.rtcp,
            };
            if socket.send_to(transmit.bytes, transmit.to).is_err() {
                add(&tools.counters.sends_failed, 1);
            }
        }
        self.tell(tools);
        while let Some(spent) = self.port.poll_spent() {
            // With the writer's queue full it is freed here, late rather than never.
            let _ = tools.writer.try_send(WriterCommand::Discard(spent));
        }
        while let Some(recorded) = self.port.poll_recording() {
            self.write(recorded, tools);
        }
    }

    fn tell(&mut self, tools: &mut Tools) {
        while let Some(event) = self.port.poll_event() {
            if matches!(event, MediaEvent::PlaybackEnded { .. } | MediaEvent::DigitsSent { .. }) {
                self.shared.release();
            }
            tools.events.send(event);
        }
        let port = self.port.id();
        while let Some(frame) = self.port.poll_tapped() {
            tools.events.send_frame(MediaEvent::TapHeard { port, frame });
        }
    }

    pub fn record(&mut self, recorder: Box<Recorder>, file: RecordingFile, tools: &mut Tools) {
        self.take_back(); // one that failed has its place no more
        let (sender, returns) = sync_channel(RETURNS);
        let (port, recording, plan) = (self.port.id(), recorder.id(), *recorder.plan());
        let open = WriterCommand::Open(Box::new(NewFile { port, recording, plan, file, returns: sender }));
        if let Err(refused) = tools.writer.try_send(open) {
            let reason = match refused {
                TrySendError::Full(_) => "the disk is too slow: the queue of the writer is full",
                TrySendError::Disconnected(_) => "the writer thread has failed",
            };
            tools.end_recording(port, recording, reason);
            return;
        }
        self.returns.push((recording, returns));
        self.port.record(recorder);
    }

    fn write(&mut self, recorded: Recorded, tools: &mut Tools) {
        let (command, dropped) = match recorded {
            Recorded::Chunk(id, chunk) => {
                let dropped = chunk.silence_before();
                (WriterCommand::Chunk(id, chunk), dropped)
            }
            Recorded::Finished(id, silence) => {
                self.returns.retain(|(other, _)| *other != id);
                (WriterCommand::Finish(id, silence), silence)
            }
        };
        match tools.writer.try_send(command) {
            Ok(()) => add(&tools.counters.samples_dropped, dropped),
            Err(TrySendError::Full(WriterCommand::Chunk(id, chunk))) => self.port.handle_refused(id, chunk),
            Err(TrySendError::Full(finish)) => tools.unfinished.push_back(finish),
            // The writer told the end of every recording when it failed.
            Err(TrySendError::Disconnected(_)) => {}
        }
    }

    /// Take written chunks back; a recording whose file failed is over.
    fn take_back(&mut self) {
        let port = &mut self.port;
        self.returns.retain(|(id, returns)| {
            loop {
                match returns.try_recv() {
                    Ok(chunk) => port.recycle(*id, chunk),
                    Err(TryRecvError::Empty) => return true,
                    Err(TryRecvError::Disconnected) => {
                        port.abandon_recording(*id);
                        return false;
                    }
                }
            }
        });
    }
}

impl Tools {
    /// End a playback that never began.
    pub fn refuse(&mut self, port: PortId, playback: PlaybackId) {
        self.events.send(MediaEvent::PlaybackEnded { port, playback, finished: false });
    }

    /// End a recording that never began.
    pub fn end_recording(&mut self, port: PortId, recording: RecordingId, reason: &str) {
        let failure = Some(reason.to_owned());
        let (duration, recorded) = (Duration::ZERO, Duration::ZERO);
        self.events.send(MediaEvent::RecordingEnded { port, recording, duration, recorded, failure });
    }

    /// Whether something found no room yet where it is to go.
    pub fn waits(&self) -> bool {
        !self.unfinished.is_empty() || self.events.has_backlog()
    }

    /// What found no room before may find it now.
    pub fn retry(&mut self) {
        self.events.flush();
        while let Some(command) = self.unfinished.pop_front() {
            if let Err(TrySendError::Full(command)) = self.writer.try_send(command) {
                self.unfinished.push_front(command);
                return;
            }
        }
    }
}
