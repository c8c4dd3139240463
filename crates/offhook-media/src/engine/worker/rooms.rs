//! Rooms on a worker: all members of one are here, and are ticked in the same moment.

use nix::sys::epoll::{EpollEvent, EpollFlags, EpollTimeout};

use super::super::datagram;
use super::super::tick_grid::TickGrid;
use super::{READY_MAX, Worker, token};
use crate::conference::{MemberPlan, Room};
use crate::media_port::Ear;
use crate::units::{Moment, PortId, RoomId};

/// Members of rooms that are ticked in one phase before another one is begun: a millisecond of work.
const BURST_MEMBERS: usize = 128;
/// How many a room is counted for while it fills.
const MEMBERS_EXPECTED: usize = 8;

/// Datagrams of one socket that are taken before a tick: what a burst brings, and what a sender whose clock runs
/// fast has ahead. More is a flood.
const DATAGRAMS_MAX: usize = 4;

/// When the sockets of a port are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    /// Once something comes.
    AtOnce,
    /// Before a tick of rooms.
    InTime,
}

/// A room with the slots of its members, place by place.
#[derive(Debug)]
pub(super) struct LiveRoom {
    room: Room,
    slots: Vec<usize>,
    /// Frames that are due for each in the tick of the moment.
    due: Vec<u32>,
    pub phase: usize,
}

impl LiveRoom {
    pub fn members(&self) -> usize {
        self.slots.len()
    }
}

impl Worker {
    pub(super) fn open_room(&mut self, id: RoomId) {
        let phase = self.phase_for_room();
        let (slots, due) = (Vec::new(), Vec::new());
        self.rooms.push(Some(Box::new(LiveRoom { room: Room::new(id), slots, due, phase })));
    }

    fn room_mut(&mut self, id: RoomId) -> Option<&mut LiveRoom> {
        self.rooms.iter_mut().flatten().map(|room| &mut **room).find(|live| live.room.id() == id)
    }

    /// Let a port into a room: its bridge or the room that it was in ends.
    pub(super) fn enter(&mut self, room: RoomId, id: PortId, plan: MemberPlan, ear: Option<Box<Ear>>) {
        let Some(index) = self.by_id.get(&id).copied() else { return };
        if self.room_mut(room).is_none() {
            return; // it was closed while the port was on its way
        }
        self.unjoin(index);
        self.leave(index);
        self.rouse(index);
        let Some(live) = self.room_mut(room) else { return };
        if !live.room.enter(id, plan) {
            return; // it is full
        }
        live.slots.push(index);
        live.due.push(0);
        let phase = live.phase;
        let Some(port) = &mut self.slots[index].live else { return };
        self.phases[port.phase].retain(|other| *other != index);
        port.phase = phase;
        port.room = Some(room);
        self.is_armed = false;
        self.with_slot(index, |live, _| live.port.enter_room(ear));
        self.move_sockets(index, Watch::InTime);
    }

    /// Watch a port's sockets in another way from now on; where the system refuses, the port cannot live.
    fn move_sockets(&mut self, index: usize, to: Watch) {
        let slot = &self.slots[index];
        let Some(live) = &slot.live else { return };
        let (before, after) = match to {
            Watch::InTime => (&self.epoll, &self.quiet),
            Watch::AtOnce => (&self.quiet, &self.epoll),
        };
        for (socket, channel) in live.sockets() {
            let event = EpollEvent::new(EpollFlags::EPOLLIN, token(index, slot.generation, channel));
            let moved = before.delete(socket).and_then(|()| after.add(socket, event));
            if let Err(errno) = moved.and_then(|()| datagram::stamp(&socket, to == Watch::InTime)) {
                self.failed.push((index, errno.to_string()));
            }
        }
    }

    /// Take what came for the members of rooms since the last tick of one; a flood waits in its socket.
    pub(super) fn hear_rooms(&mut self) {
        let members: usize = self.rooms.iter().flatten().map(|live| live.members()).sum();
        self.tools.stamped.set_clocks();
        let mut ready = [EpollEvent::empty(); READY_MAX];
        for _ in 0..DATAGRAMS_MAX * (1 + 2 * members / READY_MAX) {
            // It cannot fail but for a signal, and then the next tick is not far.
            let count = self.quiet.wait(&mut ready, EpollTimeout::ZERO).unwrap_or(0);
            if count == 0 {
                return;
            }
            for event in &ready[..count] {
                self.handle_datagrams(event.data());
            }
        }
    }

    pub(super) fn change_member(&mut self, room: RoomId, id: PortId, plan: MemberPlan) {
        if let Some(live) = self.room_mut(room) {
            live.room.change(id, plan);
        }
    }

    /// Take a port out of one room; in another one it stays.
    pub(super) fn leave_room(&mut self, room: RoomId, id: PortId) {
        let Some(index) = self.by_id.get(&id).copied() else { return };
        if self.slots[index].live.as_ref().and_then(|live| live.room) == Some(room) {
            self.leave(index);
        }
    }

    /// Take a port out of the room that it is in, if it is in one.
    pub(super) fn leave(&mut self, index: usize) {
        let Some(live) = &mut self.slots[index].live else { return };
        let Some(room) = live.room.take() else { return };
        let (id, phase) = (live.port.id(), live.phase);
        self.join_phase(index, phase);
        self.move_sockets(index, Watch::AtOnce);
        if let Some(live) = self.room_mut(room) {
            if let Some(place) = live.room.leave(id) {
                live.slots.remove(place);
                live.due.remove(place);
            }
        }
        self.with_slot(index, |live, _| live.port.leave_room());
    }

    /// End a room; whoever is in it goes on alone.
    pub(super) fn close_room(&mut self, id: RoomId) {
        let Some(live) = self.room_mut(id) else { return };
        for index in live.slots.clone() {
            self.leave(index);
        }
        self.rooms.retain(|live| live.as_ref().is_some_and(|live| live.room.id() != id));
    }

    /// Whether anybody is in a room of this phase.
    pub(super) fn has_members(&self, phase: usize) -> bool {
        self.rooms.iter().flatten().any(|live| live.phase == phase && live.members() > 0)
    }

    /// Tick all members of the rooms of one phase; how many ticks that were.
    pub(super) fn tick_rooms(&mut self, phase: usize, current: u64, now: Moment) -> u64 {
        let mut ticked = 0;
        for at in 0..self.rooms.len() {
            let Some(mut live) = self.rooms[at].take_if(|live| live.phase == phase) else { continue };
            ticked += self.tick_room(&mut live, current, now);
            self.rooms[at] = Some(live);
        }
        ticked
    }

    fn tick_room(&mut self, live: &mut LiveRoom, current: u64, now: Moment) -> u64 {
        let LiveRoom { room, slots, due, phase } = live;
        room.begin();
        let mut ticked = 0;
        for (place, index) in slots.iter().copied().enumerate() {
            let slot = &mut self.slots[index];
            due[place] = TickGrid::frames_due(*phase, slot.last, current);
            if due[place] == 0 {
                continue; // it had this tick where it came from
            }
            slot.last = current;
            ticked += 1;
            self.with_slot(index, |live, _| room.take_voice(place, &mut live.port, due[place]));
        }
        room.mix();
        for (place, index) in slots.iter().copied().enumerate() {
            if due[place] > 0 {
                self.with_slot(index, |live, tools| {
                    live.tick_in_room(|port| room.let_hear(place, port, now, due[place]), tools);
                });
            }
        }
        ticked
    }

    /// The fullest phase that has room for one more: what is ticked in one go finds the caches warm.
    fn phase_for_room(&self) -> usize {
        let load = |phase: &usize| {
            let of_phase = self.rooms.iter().flatten().filter(|live| live.phase == *phase);
            of_phase.map(|live| live.members().max(MEMBERS_EXPECTED)).sum::<usize>()
        };
        let with_room =
            (0..self.phases.len()).filter(|phase| load(phase) + MEMBERS_EXPECTED <= BURST_MEMBERS);
        with_room.max_by_key(load).unwrap_or_else(|| self.emptiest_phase())
    }

    /// The phase with the fewest ports, members of rooms included.
    pub(super) fn emptiest_phase(&self) -> usize {
        let load = |phase: usize| {
            let of_phase = self.rooms.iter().flatten().filter(|live| live.phase == phase);
            self.phases[phase].len() + of_phase.map(|live| live.members() + 1).sum::<usize>()
        };
        (0..self.phases.len()).min_by_key(|phase| load(*phase)).unwrap_or(0)
    }
}

#[cfg(test)]
#[path = "rooms_tests.rs"]
mod tests;
