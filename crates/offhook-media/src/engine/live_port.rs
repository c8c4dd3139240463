//! A port on its worker: the sans-IO port, its sockets, its recording's way to the writer.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::time::Duration;

use super::clock;
use super::counters::{SharedCounters, add};
use super::events::EventSender;
use super::port_handle::PortShared;
use super::port_numbers::PortSockets;
use super::writer::{NewFile, WriterCommand};
use crate::media_port::{Channel, Chunk, MediaEvent, MediaPort, Recorded, Recorder};
use crate::units::{Moment, PlaybackId, PortId, RecordingId};

/// Datagrams up to here, an Ethernet frame, are read; one byte more tells a longer one.
const DATAGRAM_MAX: usize = 1500;
/// Chunk buffers on their way back to one recording; more than it has.
const RETURNS: usize = 16;

/// A port with its sockets.
pub(super) struct LivePort {
    pub port: MediaPort,
    /// In which of the four sub-ticks it is due.
    pub phase: usize,
    sockets: PortSockets,
    shared: Arc<PortShared>,
    /// The recording that runs, and where its written chunks come back.
    returns: Option<(RecordingId, Receiver<Box<Chunk>>)>,
}

/// What ports need of their worker.
pub(super) struct Tools {
    pub events: EventSender,
    pub writer: SyncSender<WriterCommand>,
    /// Ends of recordings for which the writer's queue had no room yet.
    pub unfinished: VecDeque<WriterCommand>,
    pub counters: Arc<SharedCounters>,
}

impl LivePort {
    pub const fn new(port: MediaPort, sockets: PortSockets, shared: Arc<PortShared>, phase: usize) -> Self {
        Self { port, phase, sockets, shared, returns: None }
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

    /// Take one datagram: with more of them epoll calls again, behind the other sockets.
    pub fn receive(&mut self, channel: Channel, tools: &mut Tools) {
        let mut buffer = [0; DATAGRAM_MAX + 1];
        let socket = match channel {
            Channel::Rtp => &self.sockets.rtp,
            Channel::Rtcp => &self.sockets.rtcp,
        };
        // Nothing to read, or an ICMP error of an earlier send, which costs nothing to pass over.
        let Ok((length, SocketAddr::V4(from))) = socket.recv_from(&mut buffer) else { return };
        // A datagram that is too long was cut: as an empty one it is counted with the malformed.
        let datagram = if length > DATAGRAM_MAX { &[] } else { &buffer[..length] };
        match channel {
            Channel::Rtp => self.port.handle_rtp(datagram, from, clock::now()),
            Channel::Rtcp => self.port.handle_rtcp(datagram, from, clock::now()),
        }
        self.pump(tools);
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
        while let Some(event) = self.port.poll_event() {
            if matches!(event, MediaEvent::PlaybackEnded { .. } | MediaEvent::DigitsSent { .. }) {
                self.shared.release();
            }
            tools.events.send(event);
        }
        while let Some(spent) = self.port.poll_spent() {
            // With the writer's queue full it is freed here, late rather than never.
            let _ = tools.writer.try_send(WriterCommand::Discard(spent));
        }
        while let Some(recorded) = self.port.poll_recording() {
            self.write(recorded, tools);
        }
    }

    pub fn record(&mut self, recorder: Box<Recorder>, file: std::fs::File, tools: &mut Tools) {
        self.port.stop_recording();
        self.pump(tools);
        let (sender, returns) = sync_channel(RETURNS);
        let (port, recording) = (self.port.id(), recorder.id());
        let open = WriterCommand::Open(Box::new(NewFile { port, recording, file, returns: sender }));
        if let Err(refused) = tools.writer.try_send(open) {
            let reason = match refused {
                TrySendError::Full(_) => "the disk is too slow: the queue of the writer is full",
                TrySendError::Disconnected(_) => "the writer thread has failed",
            };
            tools.end_recording(port, recording, reason);
            return;
        }
        self.returns = Some((recording, returns));
        self.port.record(recorder);
    }

    fn write(&mut self, recorded: Recorded, tools: &mut Tools) {
        let (command, dropped) = match recorded {
            Recorded::Chunk(id, chunk) => {
                let dropped = chunk.silence_before();
                (WriterCommand::Chunk(id, chunk), dropped)
            }
            Recorded::Finished(id, silence) => {
                self.returns = None;
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
        let Some((id, returns)) = &self.returns else { return };
        let id = *id;
        loop {
            match returns.try_recv() {
                Ok(chunk) => self.port.recycle(id, chunk),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        self.port.abandon_recording(id);
        self.returns = None;
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
        self.events.send(MediaEvent::RecordingEnded { port, recording, duration: Duration::ZERO, failure });
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
