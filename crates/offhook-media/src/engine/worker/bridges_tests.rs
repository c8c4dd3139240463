//! Two workers on the test's own thread, so that each race has its order.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::epoll::{EpollEvent, EpollTimeout};

use super::super::tests::{open, worker};
use super::*;
use crate::engine::EngineError;
use crate::engine::events::EventReceiver;
use crate::engine::port_handle::{MediaPortHandle, OfEngine, PortShared};
use crate::media_port::{Clip, MediaEvent};
use crate::units::{Moment, PlaybackId, SampleRate};

/// A worker with one port.
struct Side {
    worker: Worker,
    events: EventReceiver,
    handle: MediaPortHandle,
}

impl Side {
    fn new(id: u64, joins: &Arc<Mutex<()>>) -> Self {
        let (mut worker, events) = worker();
        open(&mut worker, id);
        let of_engine = OfEngine { next_id: Arc::default(), joins: Arc::clone(joins) };
        let sender = worker.sender.clone();
        let handle =
            MediaPortHandle::new(PortId(id), 4000, sender, Arc::new(PortShared::default()), of_engine);
        Self { worker, events, handle }
    }

    fn pair() -> (Self, Self) {
        let joins = Arc::default();
        (Self::new(1, &joins), Self::new(2, &joins))
    }

    fn carry_out(&mut self) {
        assert!(!self.worker.handle_commands().expect("no system error"));
    }

    fn has(&self, id: u64) -> bool {
        self.worker.by_id.contains_key(&PortId(id))
    }

    /// The port that a port is joined to, both of this worker.
    fn joined_to(&self, id: u64) -> Option<PortId> {
        let partner = self.worker.partner(self.worker.by_id[&PortId(id)])?;
        self.worker.slots[partner].live.as_ref().map(|live| live.port.id())
    }

    fn is_awake(&self) -> bool {
        self.worker.sender.wake_fd().read().is_ok()
    }
}

fn clip() -> Arc<Clip> {
    Arc::new(Clip::load(&[0; 320], SampleRate::TELEPHONE).expect("even"))
}

fn cut_short(port: u64, playback: PlaybackId) -> MediaEvent {
    MediaEvent::PlaybackEnded { port: PortId(port), playback, finished: false }
}

#[test]
fn a_port_moves_with_its_commands_in_their_order() {
    let (mut one, mut two) = Side::pair();
    let before = two.handle.play(&clip()).expect("room");
    one.handle.join(&two.handle).expect("running");
    let after = two.handle.play(&clip()).expect("room");
    two.handle.stop_playing().expect("running");
    one.handle.unjoin().expect("running");
    one.handle.join(&two.handle).expect("running");
    one.carry_out();
    assert!(!one.has(2), "it is still to come, and the commands wait for it");
    assert!(one.worker.expected.is_some());
    while one.is_awake() {}
    two.carry_out();
    assert!(!two.has(2));
    assert!(one.is_awake(), "the port is there");
    one.carry_out();
    assert_eq!(one.events.poll(9), [cut_short(2, before), cut_short(2, after)]);
    assert_eq!((one.joined_to(1), one.joined_to(2)), (Some(PortId(2)), Some(PortId(1))));
    assert_eq!((one.worker.sender.ports(), two.worker.sender.ports()), (2, 0));
    assert_eq!(two.events.poll(9), []);
}

#[test]
fn the_worker_that_gave_a_port_hears_of_its_packets_no_more() {
    let (mut one, mut two) = Side::pair();
    one.handle.join(&two.handle).expect("running");
    let [(socket, _), _] = two.worker.slots[0].live.as_ref().expect("there").sockets();
    let socket = socket.try_clone_to_owned().map(UdpSocket::from).expect("a descriptor");
    let address = (Ipv4Addr::LOCALHOST, socket.local_addr().expect("bound").port());
    socket.send_to(&[0x80; 40], address).expect("sent, before it moves");
    two.carry_out();
    one.carry_out();
    let ready = |side: &mut Side| {
        let mut events = [EpollEvent::empty(); 8];
        let count = side.worker.epoll.wait(&mut events, EpollTimeout::ZERO).expect("epoll");
        events[..count].iter().filter(|event| event.data() < u64::from(u32::MAX) << 32).count()
    };
    assert_eq!((ready(&mut one), ready(&mut two)), (1, 0));
}

#[test]
fn ticks_and_packets_go_on_while_a_port_is_expected() {
    let (mut one, mut two) = Side::pair();
    one.handle.join(&two.handle).expect("running");
    one.carry_out();
    let next = one.worker.last + 8;
    let now = one.worker.grid.moment(next);
    one.worker.handle_ticks(now);
    assert_eq!(one.worker.tools.counters.read().ticks, 1);
    two.carry_out();
    one.carry_out();
    assert_eq!(one.joined_to(1), Some(PortId(2)));
}

#[test]
fn the_port_of_the_fuller_worker_moves() {
    let (mut one, mut two) = Side::pair();
    open(&mut one.worker, 7);
    one.handle.join(&two.handle).expect("running");
    two.carry_out();
    assert!(!two.has(1));
    one.carry_out();
    two.carry_out();
    assert_eq!(two.joined_to(1), Some(PortId(2)));
    assert_eq!((one.worker.sender.ports(), two.worker.sender.ports()), (1, 2));
}

#[test]
fn a_bridge_that_a_moving_port_was_in_is_ended() {
    let (mut one, mut two) = Side::pair();
    let third = open(&mut two.worker, 3);
    two.worker.join(PortId(2), PortId(3));
    one.handle.join(&two.handle).expect("running");
    two.carry_out();
    assert_eq!(two.worker.partner(third), None);
    one.carry_out();
    assert_eq!(one.joined_to(2), Some(PortId(1)));
}

#[test]
fn a_port_that_was_closed_meanwhile_is_not_waited_for() {
    let (mut one, mut two) = Side::pair();
    two.handle.close();
    one.handle.join(&two.handle).expect("running");
    let playback = two.handle.play(&clip()).expect("the worker runs");
    one.carry_out();
    two.carry_out();
    assert!(one.is_awake());
    one.carry_out();
    assert_eq!(one.joined_to(1), None);
    assert_eq!(one.events.poll(9), [cut_short(2, playback)]);
}

#[test]
fn a_worker_that_ends_lets_nobody_wait() {
    let (mut one, two) = Side::pair();
    one.handle.join(&two.handle).expect("running");
    one.carry_out();
    drop(two.worker);
    assert!(one.is_awake());
    one.carry_out();
    assert!(one.worker.expected.is_none());
    assert_eq!(one.joined_to(1), None);
    assert!(matches!(two.handle.unjoin(), Ok(())), "its commands go to the other worker by now");
}

#[test]
fn a_port_given_to_a_worker_that_has_ended_is_told_as_failed() {
    let (one, mut two) = Side::pair();
    let playback = two.handle.play(&clip()).expect("room");
    one.handle.join(&two.handle).expect("running");
    drop(one.worker);
    two.carry_out();
    let told = two.events.poll(9);
    assert!(
        matches!(&told[..], [ended, MediaEvent::MediaFailed { port: PortId(2), .. }] if *ended == cut_short(2, playback)),
        "{told:?}"
    );
    assert!(!two.has(2));
    assert!(matches!(two.handle.stop_playing(), Err(EngineError::Stopped)));
}

#[test]
fn a_worker_that_ends_ends_what_it_was_given_too() {
    let (one, mut two) = Side::pair();
    let playback = two.handle.play(&clip()).expect("room");
    one.handle.join(&two.handle).expect("running");
    two.carry_out();
    one.worker.sender.shut_down();
    // a second port, whose worker is behind: its parcel lies behind the end
    let mut three = Side::new(3, &Arc::default());
    let (handover, expected) = crate::engine::handover::way(one.worker.sender.clone());
    let late = three.handle.play(&clip()).expect("room");
    three.carry_out();
    three.worker.hand_over(PortId(3), handover).expect("no system error");
    one.worker.sender.send(Command::Expect(expected)).expect("not ended yet");
    let events = one.events;
    let kept = one.worker.run();
    let told: Vec<_> = events.poll(9).into_iter().chain(kept).collect();
    assert_eq!(told, [cut_short(2, playback), cut_short(3, late)]);
}

#[test]
fn events_that_found_no_room_move_along_and_stay_in_front() {
    let (mut one, mut two) = Side::pair();
    let playback = PlaybackId(5);
    two.worker.tools.events.send(cut_short(8, playback));
    while two.worker.tools.events.take_waiting(PortId(8)).is_empty() {
        two.worker.tools.events.send(cut_short(8, playback)); // until the queue is full
    }
    two.worker.tools.events.send(cut_short(2, playback));
    let later = two.handle.play(&clip()).expect("room");
    one.handle.join(&two.handle).expect("running");
    two.handle.stop_playing().expect("running");
    two.carry_out();
    one.carry_out();
    assert_eq!(one.events.poll(9), [cut_short(2, playback), cut_short(2, later)]);
}

#[test]
fn a_port_that_moves_keeps_its_rhythm() {
    let (mut one, mut two) = Side::pair();
    let origin = 1_000_000_000; // a machine may have started a minute ago
    one.worker.grid = TickGrid::new(Moment::from_nanos(origin));
    two.worker.grid = TickGrid::new(Moment::from_nanos(origin + 3_000_000));
    for sub_tick in 400..404 {
        two.worker.last = sub_tick;
        two.worker.slots[0].last = sub_tick;
        let ticked_at = two.worker.grid.moment(sub_tick);
        let live = two.worker.remove(0).expect("there");
        one.worker.unpack(Parcel { live, ticked_at, events: Vec::new() }).expect("no system error");
        let slot = &one.worker.slots[1];
        assert_eq!(slot.last, sub_tick + 1, "3 ms are nearer to one sub-tick than to none");
        assert_eq!(slot.live.as_ref().map(|live| live.phase), Some(TickGrid::phase(sub_tick + 1)));
        one.worker.last = slot.last;
        let due = one.worker.grid.moment(slot.last + 4).later_by(Duration::from_millis(1));
        assert!(due.since(ticked_at) <= Duration::from_millis(24));
        let parcel = one.worker.remove(1).expect("there");
        two.worker.take_in(parcel, 0, 0).expect("no system error");
    }
}
