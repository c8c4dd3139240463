//! The caller's end of a room: turns calls into commands.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::command::{Command, CommandSender, Entry};
use super::port_handle::MediaPortHandle;
use super::{EngineError, lock};
use crate::conference::MemberPlan;
use crate::media_port::Ear;
use crate::units::RoomId;

/// See the head of the file. Closes its room when dropped.
pub struct RoomHandle {
    id: RoomId,
    /// Where the room is, and stays.
    worker: CommandSender,
    joins: Arc<Mutex<()>>,
    is_closed: AtomicBool,
}

impl RoomHandle {
    pub(super) fn open(
        id: RoomId,
        worker: CommandSender,
        joins: Arc<Mutex<()>>,
    ) -> Result<Self, EngineError> {
        worker.send(Command::OpenRoom(id))?;
        Ok(Self { id, worker, joins, is_closed: AtomicBool::new(false) })
    }

    /// Let a port in, in the place of its bridge or of the room that it is in.
    ///
    /// The caller keeps the bound `MEMBERS_MAX`: nothing happens to a port that finds the room full.
    ///
    /// # Errors
    /// `Join` for a port of another engine; `Stopped`.
    pub fn enter(&self, port: &MediaPortHandle, plan: MemberPlan) -> Result<(), EngineError> {
        if !port.is_of(&self.joins) {
            return Err(EngineError::Join("the port is of another media engine"));
        }
        let ear = (!plan.is_desk).then(|| Box::new(Ear::new(plan.jitter_buffer)));
        // One move at a time: `handover` says why. No worker ever takes these locks.
        let _joining = lock(&self.joins);
        port.enter_room(&self.worker, Entry { room: self.id, port: port.id(), plan, ear })
    }

    /// Give a member another plan. Nothing happens to a port that is no member, here and below.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn change(&self, port: &MediaPortHandle, plan: MemberPlan) -> Result<(), EngineError> {
        port.tell_of_room(Command::ChangeMember(self.id, port.id(), plan))
    }

    /// Let a member go.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn leave(&self, port: &MediaPortHandle) -> Result<(), EngineError> {
        port.tell_of_room(Command::LeaveRoom(self.id, port.id()))
    }

    /// End the room; its members go on alone. Twice is once; after the engine's end it is done already.
    pub fn close(&self) {
        if !self.is_closed.swap(true, Ordering::Relaxed) {
            let _ = self.worker.send(Command::CloseRoom(self.id));
        }
    }
}

impl Drop for RoomHandle {
    fn drop(&mut self) {
        self.close();
    }
}
