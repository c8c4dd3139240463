//! A worker on the test's own thread: what a defect of the core does.

use std::fs::File;
use std::time::Duration;

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::*;
use crate::conference::MemberPlan;
use crate::engine::command::RecordingFile;
use crate::engine::events::{self, EventReceiver};
use crate::engine::port_handle::PortShared;
use crate::engine::port_numbers::PortNumbers;
use crate::engine::recording_places::RecordingPlace;
use crate::engine::writer::Writer;
use crate::media_port::{Clip, MediaPort, Recorded, Recorder, RecordingPlan};
use crate::units::{Moment, PlaybackId, RecordingId, RoomId, SampleRate};

pub(super) fn worker() -> (Worker, EventReceiver) {
    let counters = Arc::new(SharedCounters::default());
    let (sender, receiver) = events::queue(Arc::clone(&counters)).expect("an eventfd");
    let (writer, _) = Writer::start(sender.clone()).expect("a thread");
    (Worker::new(sender, writer, counters).expect("a worker"), receiver)
}

pub(super) fn open(worker: &mut Worker, id: u64) -> usize {
    let port = MediaPort::new(PortId(id), clock::session_seed().expect("chance"), Duration::from_secs(60));
    let sockets =
        PortNumbers::new((0, 0)).and_then(|mut numbers| numbers.open(clock::now())).expect("a pair");
    worker.open(NewPort { port, sockets, shared: Arc::new(PortShared::default()) }).expect("room");
    worker.by_id[&PortId(id)]
}

#[test]
fn a_panic_ends_its_port_visibly_and_no_other() {
    let (mut worker, receiver) = worker();
    let (broken, whole) = (open(&mut worker, 1), open(&mut worker, 2));
    let clip = Arc::new(Clip::load(&[0; 320], SampleRate::TELEPHONE).expect("even"));
    worker.with(PortId(1), |live, _| live.port.play(PlaybackId(5), clip));
    worker.with_slot(broken, |_, _| panic!("a defect"));
    worker.bury_failed();
    let ended = MediaEvent::PlaybackEnded { port: PortId(1), playback: PlaybackId(5), finished: false };
    let failed = MediaEvent::MediaFailed { port: PortId(1), reason: "a defect".to_owned() };
    assert_eq!(receiver.poll(10), [ended, failed]);
    assert!(worker.slots[broken].live.is_none());
    assert!(worker.slots[whole].live.is_some());
    assert_eq!(worker.sender.ports(), 1);
}

#[test]
fn a_port_that_panics_again_on_its_way_out_is_gone_all_the_same() {
    let (mut worker, receiver) = worker();
    let broken = open(&mut worker, 1);
    worker.failed.push((broken, "once".to_owned()));
    worker.failed.push((broken, "twice".to_owned()));
    worker.bury_failed();
    assert!(matches!(&receiver.poll(10)[..], [MediaEvent::MediaFailed { .. }]));
    assert!(worker.by_id.is_empty());
}

#[test]
fn a_panic_ends_one_leg_of_a_bridge_and_the_other_goes_on_alone() {
    let (mut worker, receiver) = worker();
    let (broken, whole) = (open(&mut worker, 1), open(&mut worker, 2));
    worker.join(PortId(1), PortId(2));
    assert_eq!((worker.partner(broken), worker.partner(whole)), (Some(whole), Some(broken)));
    worker.with_slot(broken, |_, _| panic!("a defect"));
    worker.bury_failed();
    assert!(matches!(&receiver.poll(10)[..], [MediaEvent::MediaFailed { port: PortId(1), .. }]));
    assert_eq!(worker.partner(whole), None);
    assert!(!worker.slots[whole].live.as_ref().expect("alive").port.is_at_rest());
}

#[test]
fn a_bridge_at_rest_has_a_tick_a_second_until_there_is_something_to_do() {
    let (mut worker, _receiver) = worker();
    let (one, two) = (open(&mut worker, 1), open(&mut worker, 2));
    worker.join(PortId(1), PortId(2));
    worker.grid = TickGrid::new(Moment::from_nanos(0));
    let ticks_by = |worker: &mut Worker, sub_tick: u64| {
        let before = worker.tools.counters.read().ticks;
        for sub_tick in worker.last + 1..=sub_tick {
            worker.handle_ticks(worker.grid.moment(sub_tick));
        }
        worker.tools.counters.read().ticks - before
    };
    worker.last = 1000;
    assert_eq!(ticks_by(&mut worker, 1004), 2);
    assert_eq!(worker.next_due(), Some(1200), "nothing wakes it before");
    assert_eq!(ticks_by(&mut worker, 1199), 0);
    assert_eq!(ticks_by(&mut worker, 1204), 2, "about a second later");
    let clip = Arc::new(Clip::load(&[0; 320], SampleRate::TELEPHONE).expect("even"));
    worker.with(PortId(1), |live, _| live.port.play(PlaybackId(5), clip));
    assert_eq!(ticks_by(&mut worker, 1208), 1);
    worker.with(PortId(2), |live, _| {
        live.port.record(Box::new(Recorder::new(RecordingId(1), RecordingPlan::INBOUND)))
    });
    assert_eq!(ticks_by(&mut worker, 1212), 2);
    let mut recorded = 0;
    worker.with(PortId(2), |live, _| {
        live.port.stop_recording(RecordingId(1));
        while let Some(Recorded::Chunk(_, chunk)) = live.port.poll_recording() {
            recorded += chunk.samples().len();
        }
    });
    assert_eq!(recorded, 160, "one tick of it: the time at rest was before");
    worker.unjoin(two);
    assert_eq!(ticks_by(&mut worker, 1232), 10);
    assert_eq!(worker.tools.counters.read().ticks_skipped, 0);
    assert_eq!(worker.partner(one), None);
}

#[test]
fn a_worker_wakes_for_what_is_due_and_for_nothing_else() {
    let (mut worker, _receiver) = worker();
    assert_eq!(worker.next_due(), None, "no port");
    let indices = [open(&mut worker, 1), open(&mut worker, 2)];
    worker.last = 100;
    let phases = indices.map(|index| worker.slots[index].live.as_ref().expect("there").phase);
    let first = phases.map(|phase| TickGrid::first_of_phase(phase, 101)).into_iter().min();
    assert_eq!(worker.next_due(), first);
    let ending = WriterCommand::Finish(RecordingId(1), 0);
    worker.tools.unfinished.push_back(ending);
    assert_eq!(worker.next_due(), Some(101), "the writer may have room by then");
    worker.tools.unfinished.clear();
    worker.open_room(RoomId(9));
    worker.enter(RoomId(9), PortId(1), MemberPlan::OPEN, None);
    worker.close(indices[1]);
    let phase = worker.slots[indices[0]].live.as_ref().expect("there").phase;
    assert_eq!(worker.next_due(), Some(TickGrid::first_of_phase(phase, 101)), "that of the room");
    worker.close(indices[0]);
    assert_eq!(worker.next_due(), None);
}

#[test]
fn the_timer_is_set_anew_by_what_comes_and_rests_when_all_are_gone() {
    let (mut worker, _receiver) = worker();
    let is_set = |worker: &Worker| worker.timer.get().expect("a timer").is_some();
    worker.arm().expect("a timer");
    assert!(!is_set(&worker));
    let index = open(&mut worker, 1);
    worker.arm().expect("a timer");
    assert!(is_set(&worker) && worker.is_armed);
    worker.handle_ticks(worker.grid.moment(worker.last + 8));
    assert!(!worker.is_armed, "its tick is over, and the next is another");
    worker.close(index);
    worker.arm().expect("a timer");
    assert!(!is_set(&worker));
}

#[test]
fn a_port_that_had_its_tick_elsewhere_has_no_second_one() {
    let (mut worker, _receiver) = worker();
    let index = open(&mut worker, 1);
    worker.grid = TickGrid::new(Moment::from_nanos(0));
    let phase = worker.slots[index].live.as_ref().expect("there").phase as u64;
    (worker.last, worker.slots[index].last) = (99 + phase, 100 + phase);
    worker.handle_ticks(worker.grid.moment(100 + phase));
    assert_eq!(worker.tools.counters.read().ticks, 0);
    worker.handle_ticks(worker.grid.moment(104 + phase));
    assert_eq!(worker.tools.counters.read().ticks, 1);
}

#[test]
fn readiness_meant_for_a_port_before_is_not_taken_for_the_next() {
    let (mut worker, _receiver) = worker();
    let index = open(&mut worker, 1);
    let before = token(index, worker.slots[index].generation, Channel::Rtcp);
    worker.close(index);
    assert_eq!(open(&mut worker, 2), index, "the place is used again");
    let (place, generation, channel) = split_token(before);
    assert_eq!((place, channel), (index, Channel::Rtcp));
    assert_ne!(generation, worker.slots[index].generation);
    worker.handle_datagrams(before);
    assert!(worker.failed.is_empty());
}

#[test]
fn ports_are_spread_over_the_phases() {
    let (mut worker, _receiver) = worker();
    for id in 1..=8 {
        open(&mut worker, id);
    }
    assert!(worker.phases.iter().all(|ports| ports.len() == 2));
    worker.last = 100;
    worker.grid = TickGrid::new(Moment::from_nanos(0));
    worker.handle_ticks(worker.grid.moment(112));
    let counters = worker.tools.counters.read();
    assert_eq!((counters.ticks, counters.ticks_skipped), (8, 16));
}

#[test]
fn a_recording_whose_disk_fails_ends_alone_and_gives_its_place_free() {
    let (mut worker, receiver) = worker();
    let index = open(&mut worker, 1);
    let shared = Arc::new(PortShared::default());
    let take = |id| RecordingPlace::take(&shared, RecordingId(id));
    let (full, disk) =
        (File::options().write(true).open("/dev/full"), memfd_create("disk", MFdFlags::empty()));
    let disk = File::from(disk.expect("a file in memory"));
    let files = [full.expect("there"), disk.try_clone().expect("a descriptor")];
    let [one, two, _three, _four] = [1, 2, 3, 4].map(|id| take(id).expect("one of four"));
    assert!(take(5).is_err());
    for (file, place) in files.into_iter().zip([one, two]) {
        let recorder = Box::new(Recorder::new(place.id(), RecordingPlan::INBOUND));
        worker.with_slot(index, |live, tools| live.record(recorder, RecordingFile { file, place }, tools));
    }
    receiver.wait();
    let events = receiver.poll(10);
    let [MediaEvent::RecordingEnded { recording: RecordingId(1), failure: Some(failure), .. }] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert!(failure.contains("No space left"), "{failure}");
    let _fifth = take(5).expect("a place, as soon as that is told");
    for _ in 0..30 {
        worker.with_slot(index, |live, tools| live.tick(clock::now(), 1, tools));
    }
    worker.with_slot(index, |live, tools| {
        live.port.stop_recording(RecordingId(1));
        assert!(live.port.poll_recording().is_none(), "it was dropped when its file failed");
        live.port.stop_recording(RecordingId(2));
        live.pump(tools);
    });
    receiver.wait();
    let (port, recording) = (PortId(1), RecordingId(2));
    let (duration, recorded) = (Duration::from_millis(600), Duration::from_millis(600));
    let ended = MediaEvent::RecordingEnded { port, recording, duration, recorded, failure: None };
    assert_eq!(receiver.poll(10), [ended]);
    assert_eq!(disk.metadata().expect("open").len(), 44 + 600 * 16);
    assert!(worker.failed.is_empty());
}
