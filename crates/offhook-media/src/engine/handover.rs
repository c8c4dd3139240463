//! A port on its way from one worker to another, between two ticks of its own.
//!
//! ```text
//!  join()      Move(port) ------------> worker that has it ---parcel---.
//!              Expect(parcel) --------> worker that gets it <----------'
//!              what comes later ------> worker that gets it
//! ```
//!
//! A worker that expects a port leaves its commands where they are until the port is there, or is
//! known not to come; so all commands of a port are carried out in their order. Packets and ticks
//! go on meanwhile, and what comes for the moving port waits in its sockets. No circle of workers
//! can wait for each other: joins are made one at a time, and each sends its `Move` before its
//! `Expect`, so that a worker only ever waits for one that has less to do before.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::command::CommandSender;
use super::live_port::LivePort;
use crate::media_port::MediaEvent;
use crate::units::Moment;

/// A port with all that belongs to it.
pub(super) struct Parcel {
    pub live: Box<LivePort>,
    /// When it had its last tick.
    pub ticked_at: Moment,
    /// Events of it that found no room in the queue yet.
    pub events: Vec<MediaEvent>,
}

/// The end of the worker that has the port. Dropped, it tells that none will come.
pub(super) struct Handover {
    parcel: Option<SyncSender<Parcel>>,
    to: CommandSender,
}

/// Both ends of a way to the worker of `to`.
pub(super) fn way(to: CommandSender) -> (Handover, Receiver<Parcel>) {
    let (parcel, expected) = sync_channel(1);
    (Handover { parcel: Some(parcel), to }, expected)
}

impl Handover {
    /// Give the port away; it comes back when the other worker has ended.
    pub fn deliver(mut self, parcel: Parcel) -> Result<(), Parcel> {
        let Some(way) = self.parcel.take() else { return Err(parcel) };
        way.send(parcel).map_err(|refused| refused.0) // there is room for the one that is ever sent
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        self.parcel = None;
        self.to.wake();
    }
}
