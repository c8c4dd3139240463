//! Two workers on the test's own thread, and a room on one of them.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex};

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::ReceiveTimestampns;

use super::super::tests::{open, worker};
use super::*;
use crate::engine::events::EventReceiver;
use crate::engine::port_handle::{MediaPortHandle, OfEngine, PortShared};
use crate::engine::room_handle::RoomHandle;
use crate::media_port::MediaEvent;

struct Side {
    worker: Worker,
    events: EventReceiver,
    joins: Arc<Mutex<()>>,
}

impl Side {
    fn new(joins: &Arc<Mutex<()>>) -> Self {
        let (worker, events) = worker();
        Self { worker, events, joins: Arc::clone(joins) }
    }

    fn port(&mut self, id: u64) -> MediaPortHandle {
        open(&mut self.worker, id);
        let of_engine = OfEngine { next_id: Arc::default(), joins: Arc::clone(&self.joins) };
        let sender = self.worker.sender.clone();
        MediaPortHandle::new(PortId(id), 4000, sender, Arc::new(PortShared::default()), of_engine)
    }

    fn room(&self, id: u64) -> RoomHandle {
        RoomHandle::open(RoomId(id), self.worker.sender.clone(), Arc::clone(&self.joins)).expect("running")
    }

    fn carry_out(&mut self) {
        assert!(!self.worker.handle_commands().expect("no system error"));
    }

    /// The members of a room, by their ports, and whether all that is said of them agrees.
    fn members(&mut self, id: u64) -> Vec<u64> {
        let Some(live) = self.worker.room_mut(RoomId(id)) else { return Vec::new() };
        let (slots, phase, len) = (live.slots.clone(), live.phase, live.room.len());
        assert_eq!((slots.len(), live.due.len()), (len, len));
        let mut members = Vec::new();
        for index in slots {
            let live = self.worker.slots[index].live.as_ref().expect("a port");
            assert_eq!((live.room, live.phase), (Some(RoomId(id)), phase));
            assert!(!self.worker.phases.iter().flatten().any(|other| *other == index));
            members.push(live.port.id().0);
        }
        members
    }

    fn alone(&self) -> usize {
        self.worker.phases.iter().map(Vec::len).sum()
    }
}

/// Where RTP for a port is to be sent.
fn address(worker: &Worker, index: usize) -> (Ipv4Addr, u16) {
    let [(socket, _), _] = worker.slots[index].live.as_ref().expect("a port").sockets();
    let socket = socket.try_clone_to_owned().map(UdpSocket::from).expect("a descriptor");
    (Ipv4Addr::LOCALHOST, socket.local_addr().expect("bound").port())
}

fn sides() -> (Side, Side) {
    let joins = Arc::default();
    (Side::new(&joins), Side::new(&joins))
}

#[test]
fn ports_of_both_workers_enter_and_leave_and_close() {
    let (mut one, mut two) = sides();
    let (here, there) = (one.port(1), two.port(2));
    let room = one.room(9);
    room.enter(&here, MemberPlan::OPEN).expect("running");
    room.enter(&there, MemberPlan::OPEN).expect("running");
    two.carry_out();
    one.carry_out();
    assert_eq!((one.members(9), one.alone(), two.alone()), (vec![1, 2], 0, 0));
    room.leave(&here).expect("running");
    one.carry_out();
    assert_eq!((one.members(9), one.alone()), (vec![2], 1));
    there.close();
    one.carry_out();
    assert_eq!(one.members(9), Vec::<u64>::new());
    room.close();
    one.carry_out();
    assert!(one.worker.rooms.is_empty());
    assert_eq!((one.alone(), one.events.poll(9)), (1, vec![]));
}

#[test]
fn a_port_is_in_one_room_or_one_bridge() {
    let (mut one, _) = sides();
    let (port, other) = (one.port(1), one.port(2));
    let (first, second) = (one.room(8), one.room(9));
    port.join(&other).expect("running");
    first.enter(&port, MemberPlan::OPEN).expect("running");
    one.carry_out();
    assert_eq!(one.worker.partner(one.worker.by_id[&PortId(2)]), None);
    second.enter(&port, MemberPlan::OPEN).expect("running");
    first.leave(&port).expect("running"); // too late: it is in another one
    one.carry_out();
    assert_eq!((one.members(8), one.members(9)), (vec![], vec![1]));
    port.join(&other).expect("running");
    one.carry_out();
    assert_eq!((one.members(9), one.alone()), (vec![], 2));
}

#[test]
fn a_closed_room_lets_its_members_go_and_takes_no_more() {
    let (mut one, _) = sides();
    let ports: Vec<MediaPortHandle> = (1..=3).map(|id| one.port(id)).collect();
    let room = one.room(9);
    for port in &ports {
        room.enter(port, MemberPlan::OPEN).expect("running");
    }
    one.carry_out();
    assert_eq!(one.members(9), [1, 2, 3]);
    room.close();
    room.enter(&ports[0], MemberPlan::OPEN).expect("running");
    one.carry_out();
    assert_eq!((one.members(9), one.alone()), (vec![], 3));
}

#[test]
fn a_member_that_panics_is_gone_and_the_others_go_on() {
    let (mut one, _) = sides();
    let ports: Vec<MediaPortHandle> = (1..=3).map(|id| one.port(id)).collect();
    let room = one.room(9);
    for port in &ports {
        room.enter(port, MemberPlan::OPEN).expect("running");
    }
    one.carry_out();
    let broken = one.worker.by_id[&PortId(2)];
    one.worker.with_slot(broken, |_, _| panic!("a defect"));
    one.worker.bury_failed();
    assert_eq!(one.members(9), [1, 3]);
    let told = one.events.poll(9);
    assert!(matches!(&told[..], [MediaEvent::MediaFailed { port: PortId(2), .. }]), "{told:?}");
}

#[test]
fn all_members_are_ticked_once_in_the_phase_of_their_room() {
    let (mut one, _) = sides();
    let ports: Vec<MediaPortHandle> = (1..=5).map(|id| one.port(id)).collect();
    let room = one.room(9);
    for port in &ports {
        room.enter(port, MemberPlan::OPEN).expect("running");
    }
    one.carry_out();
    let worker = &mut one.worker;
    let start = worker.slots.iter().map(|slot| slot.last).max().expect("five") + 1;
    let phase = worker.rooms[0].as_ref().expect("a room").phase;
    let mut ticked = 0;
    for sub_tick in start..start + 8 {
        let now = worker.grid.moment(sub_tick);
        let in_phase = worker.tick_rooms(TickGrid::phase(sub_tick), sub_tick, now);
        assert_eq!(in_phase, if TickGrid::phase(sub_tick) == phase { 5 } else { 0 });
        ticked += in_phase;
    }
    assert_eq!(ticked, 10);
}

#[test]
fn what_comes_for_a_member_wakes_nobody_and_is_taken_before_the_next_tick() {
    let (mut one, _) = sides();
    let port = one.port(1);
    let room = one.room(9);
    room.enter(&port, MemberPlan::OPEN).expect("running");
    one.carry_out();
    let index = one.worker.by_id[&PortId(1)];
    let to = address(&one.worker, index);
    let discarded = |worker: &Worker| {
        worker.slots[index].live.as_ref().expect("a port").port.statistics().packets_discarded
    };
    let waking = |worker: &Worker| {
        let mut events = [EpollEvent::empty(); 8];
        let count = worker.epoll.wait(&mut events, EpollTimeout::ZERO).expect("epoll");
        events[..count].iter().filter(|event| event.data() < u64::from(u32::MAX) << 32).count()
    };
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    peer.send_to(&[0], to).expect("loopback");
    assert_eq!((waking(&one.worker), discarded(&one.worker)), (0, 0));
    one.worker.hear_rooms();
    assert_eq!(discarded(&one.worker), 1, "it was no RTP");
    room.leave(&port).expect("running");
    one.carry_out();
    peer.send_to(&[0], to).expect("loopback");
    one.worker.hear_rooms();
    assert_eq!((waking(&one.worker), discarded(&one.worker)), (1, 1), "it is alone again");
}

#[test]
fn what_comes_for_a_member_is_stamped_since_it_waits() {
    let (mut one, _) = sides();
    let port = one.port(1);
    let room = one.room(9);
    let is_stamped = |worker: &Worker| {
        let sockets = worker.slots[worker.by_id[&PortId(1)]].live.as_ref().expect("a port").sockets();
        sockets.map(|(socket, _)| getsockopt(&socket, ReceiveTimestampns).expect("an option"))
    };
    assert_eq!(is_stamped(&one.worker), [false; 2]);
    room.enter(&port, MemberPlan::OPEN).expect("running");
    one.carry_out();
    assert_eq!(is_stamped(&one.worker), [true; 2]);
    room.leave(&port).expect("running");
    one.carry_out();
    assert_eq!(is_stamped(&one.worker), [false; 2]);
}

#[test]
fn what_came_for_a_member_in_a_burst_is_all_taken_before_its_tick() {
    let (mut one, _) = sides();
    let ports: Vec<MediaPortHandle> = (1..=3).map(|id| one.port(id)).collect();
    let room = one.room(9);
    for port in &ports {
        room.enter(port, MemberPlan::OPEN).expect("running");
    }
    one.carry_out();
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    for (id, packets) in [(1, 1), (2, 3), (3, 2)] {
        let to = address(&one.worker, one.worker.by_id[&PortId(id)]);
        for _ in 0..packets {
            peer.send_to(&[0], to).expect("loopback");
        }
    }
    one.worker.hear_rooms();
    let taken = [1, 2, 3].map(|id| {
        let live = one.worker.slots[one.worker.by_id[&PortId(id)]].live.as_ref().expect("a port");
        live.port.statistics().packets_discarded
    });
    assert_eq!(taken, [1, 3, 2]);
}

#[test]
fn a_flood_for_one_member_holds_up_no_tick() {
    let (mut one, _) = sides();
    let port = one.port(1);
    let room = one.room(9);
    room.enter(&port, MemberPlan::OPEN).expect("running");
    one.carry_out();
    let index = one.worker.by_id[&PortId(1)];
    let to = address(&one.worker, index);
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    for _ in 0..50 {
        peer.send_to(&[0], to).expect("loopback");
    }
    one.worker.hear_rooms();
    let taken = one.worker.slots[index].live.as_ref().expect("a port").port.statistics().packets_discarded;
    assert!((1..=4).contains(&taken), "{taken} of 50, the others wait in the socket");
}

#[test]
fn rooms_share_a_phase_until_it_has_a_burst() {
    let (mut one, _) = sides();
    let rooms: Vec<RoomHandle> = (1..=70).map(|id| one.room(id)).collect();
    one.carry_out();
    let mut rooms_of = [0; 4];
    for live in one.worker.rooms.iter().flatten() {
        rooms_of[live.phase] += 1;
    }
    rooms_of.sort_unstable();
    assert_eq!(rooms_of.iter().sum::<i32>(), 70);
    assert!(rooms_of.iter().all(|count| (16..=19).contains(count)), "{rooms_of:?}");
    drop(rooms);
    one.carry_out();
    let few: Vec<RoomHandle> = (101..=110).map(|id| one.room(id)).collect();
    one.carry_out();
    let first = one.worker.rooms[0].as_ref().expect("a room").phase;
    assert!(one.worker.rooms.iter().flatten().all(|live| live.phase == first));
    drop(few);
}
