//! Bridges on a worker, and ports that come and go for one: `handover` says how.

use std::sync::mpsc::TryRecvError;

use super::super::clock;
use super::super::command::Command;
use super::super::handover::{Handover, Parcel};
use super::super::tick_grid::{SUB_TICK, TickGrid};
use super::Worker;
use crate::units::PortId;

impl Worker {
    /// Join two ports; what either was joined to before goes on alone.
    pub(super) fn join(&mut self, one: PortId, other: PortId) {
        let place = |id| self.by_id.get(&id).copied();
        let (Some(one), Some(other)) = (place(one), place(other)) else { return };
        if one == other || self.partner(one) == Some(other) {
            return;
        }
        for (index, partner) in [(one, other), (other, one)] {
            self.unjoin(index);
            self.leave(index);
            self.with_slot(index, |live, _| live.join(partner));
        }
    }

    /// End the bridge of a port, if there is one, for both of its sides.
    pub(super) fn unjoin(&mut self, index: usize) {
        let partner = self.partner(index);
        for index in partner.into_iter().chain(partner.map(|_| index)) {
            if let Some(live) = &mut self.slots[index].live {
                live.unjoin();
            }
            self.rouse(index);
        }
    }

    pub(super) fn partner(&self, index: usize) -> Option<usize> {
        self.slots[index].live.as_ref().and_then(|live| live.partner())
    }

    /// Give a port to another worker, its bridge ended, and out of its room; a port that is gone is not given.
    pub(super) fn hand_over(&mut self, id: PortId, handover: Handover) -> nix::Result<()> {
        let Some(index) = self.by_id.get(&id).copied() else { return Ok(()) };
        self.unjoin(index);
        self.leave(index);
        let ticked_at = self.grid.moment(self.slots[index].last);
        let Some(live) = self.remove(index) else { return Ok(()) };
        for (socket, _) in live.sockets() {
            self.epoll.delete(socket)?;
        }
        let events = self.tools.events.take_waiting(id);
        handover.deliver(Parcel { live, ticked_at, events }).or_else(|parcel| {
            // The other worker has ended, and the port's commands go there: it cannot live here either.
            self.unpack(parcel)?;
            self.failed.push((self.by_id[&id], "the media worker that was to have it has ended".to_owned()));
            Ok(())
        })
    }

    /// Take the port in that is expected, if it is there; false while it is still to come.
    pub(super) fn take_expected(&mut self) -> nix::Result<bool> {
        if let Some(expected) = &self.expected {
            match expected.try_recv() {
                Ok(parcel) => self.unpack(parcel)?,
                Err(TryRecvError::Empty) => return Ok(false),
                Err(TryRecvError::Disconnected) => {} // it was closed, or its worker has ended
            }
            self.expected = None;
        }
        Ok(true)
    }

    /// At the worker's end: take in what other workers still give, so that it is ended properly.
    pub(super) fn take_last_expected(&mut self) {
        let mut expected = self.expected.take();
        loop {
            if let Some(Ok(parcel)) = expected.take().map(|expected| expected.recv()) {
                // The timer may refuse to start: no tick is to come any more.
                let _ = self.unpack(parcel);
            }
            match self.commands.try_recv() {
                Ok(Command::Expect(next)) => expected = Some(next),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// Take a port in where its last tick falls on our grid: it goes on in its own rhythm.
    fn unpack(&mut self, parcel: Parcel) -> nix::Result<()> {
        let last = self.grid.sub_tick(parcel.ticked_at.later_by(SUB_TICK / 2));
        let last = last.min(self.grid.sub_tick(clock::now()));
        for event in parcel.events {
            self.tools.events.send(event);
        }
        self.take_in(parcel.live, TickGrid::phase(last), last)
    }
}

#[cfg(test)]
#[path = "bridges_tests.rs"]
mod tests;
