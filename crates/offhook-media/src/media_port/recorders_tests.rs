//! Several recordings of one port, whose peer says one level and hears another.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use super::super::{
    Clip, MediaPlan, MediaPort, PayloadMap, RecordingChannels, RecordingPlan, RecordingTrack, SessionSeed,
    Turns,
};
use super::*;
use crate::rtcp::source_description::CNAME_BYTES;
use crate::rtp::Header;
use crate::units::{
    FRAME_SAMPLES, Moment, PayloadType, PlaybackId, PortId, SampleRate, SeqNo, Ssrc, WallClock,
};

const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4000);

const INBOUND: RecordingPlan = RecordingPlan::INBOUND;
const OUTBOUND: RecordingPlan = RecordingPlan { track: RecordingTrack::Outbound, ..INBOUND };
const SUM: RecordingPlan = RecordingPlan { track: RecordingTrack::Both, ..INBOUND };
const DUAL: RecordingPlan = RecordingPlan { channels: RecordingChannels::Dual, ..SUM };

const SAID: i16 = 8000;
const HEARD: i16 = 4000;

/// As µ-law leaves it.
fn level(sample: i16) -> i16 {
    Law::Mu.decode(Law::Mu.encode(sample))
}

/// A port that plays one level for ever, and what its recordings came to.
struct Bench {
    port: MediaPort,
    now: Moment,
    packets: u16,
    /// Of each recording, silence for what was dropped included.
    samples: Vec<(RecordingId, Vec<i16>)>,
    ended: Vec<RecordingId>,
}

impl Bench {
    fn new() -> Self {
        let seed = SessionSeed {
            ssrc: Ssrc::new(1),
            sequence_number: SeqNo::new(1),
            timestamp: RtpTimestamp::new(1),
            cname: [b'c'; CNAME_BYTES],
            wall_clock: WallClock::new(0),
        };
        let mut receive = PayloadMap::default();
        receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
        let plan = MediaPlan {
            remote: PEER,
            remote_rtcp: PEER,
            codec: AudioCodec::Pcmu,
            payload_type: PayloadType::from_header(0),
            receive,
            telephone_event: Some(PayloadType::from_header(101)),
            telephone_event_rate: SampleRate::TELEPHONE,
            sends: true,
            receives: true,
        };
        let now = Moment::from_nanos(0);
        let mut port = MediaPort::new(PortId(1), seed, Duration::from_secs(60));
        port.apply(&plan, now);
        let clip = Clip::load(&HEARD.to_le_bytes().repeat(FRAME_SAMPLES), SampleRate::TELEPHONE);
        port.play_turns(PlaybackId(1), Arc::new(clip.expect("even")), Turns::Forever);
        Self { port, now, packets: 0, samples: Vec::new(), ended: Vec::new() }
    }

    fn record(&mut self, id: u64, plan: RecordingPlan) -> RecordingId {
        let id = RecordingId(id);
        self.port.record(Box::new(Recorder::new(id, plan)));
        self.samples.push((id, Vec::new()));
        id
    }

    fn packet(&mut self, number: u16) {
        let header = Header {
            marker: false,
            payload_type: PayloadType::from_header(0),
            sequence_number: SeqNo::new(number),
            timestamp: RtpTimestamp::new(u32::from(number) * 160),
            ssrc: Ssrc::new(5),
        };
        let mut datagram = [&header.to_bytes()[..], &[Law::Mu.encode(SAID); FRAME_SAMPLES]].concat();
        self.port.handle_rtp(&mut datagram, PEER, self.now).expect("audio");
    }

    fn tick(&mut self) {
        self.now = self.now.later_by(Duration::from_millis(20));
        self.port.handle_tick(self.now, 1);
        while self.port.poll_transmit().is_some() {}
    }

    /// So many packets and ticks, with a writer that keeps up.
    fn talk(&mut self, frames: u16) {
        for _ in 0..frames {
            self.packet(self.packets);
            self.packets += 1;
            self.tick();
            self.write();
        }
    }

    fn write(&mut self) {
        while let Some(recorded) = self.port.poll_recording() {
            let id = recorded.recording();
            let (_, samples) = self.samples.iter_mut().find(|(other, _)| *other == id).expect("begun");
            match recorded {
                Recorded::Chunk(id, chunk) => {
                    samples
                        .resize(samples.len() + usize::try_from(chunk.silence_before()).expect("small"), 0);
                    samples.extend_from_slice(chunk.samples());
                    self.port.recycle(id, chunk);
                }
                Recorded::Finished(id, silence) => {
                    samples.resize(samples.len() + usize::try_from(silence).expect("small"), 0);
                    self.ended.push(id);
                }
            }
        }
    }

    fn stop(&mut self, id: RecordingId) {
        self.port.stop_recording(id);
        self.write();
    }

    fn samples(&self, id: RecordingId) -> &[i16] {
        &self.samples.iter().find(|(other, _)| *other == id).expect("begun").1
    }
}

/// What a plan holds of so many frames of talk.
fn sound(plan: RecordingPlan, frames: usize) -> Vec<i16> {
    let (said, heard) = (level(SAID), level(HEARD));
    let samples = match (plan.track, plan.channels) {
        (RecordingTrack::Inbound, _) => vec![said],
        (RecordingTrack::Outbound, _) => vec![heard],
        (RecordingTrack::Both, RecordingChannels::Mono) => vec![said + heard],
        (RecordingTrack::Both, RecordingChannels::Dual) => vec![said, heard],
    };
    samples.repeat(frames * FRAME_SAMPLES)
}

#[test]
fn each_holds_what_its_plan_says_from_its_beginning_to_its_end() {
    let mut bench = Bench::new();
    bench.talk(10);
    let one = bench.record(1, INBOUND);
    bench.talk(20);
    let two = bench.record(2, DUAL);
    bench.talk(15);
    let (three, four) = (bench.record(3, OUTBOUND), bench.record(4, SUM));
    bench.talk(10);
    bench.stop(one);
    assert_eq!(bench.ended, [one]);
    bench.talk(5);
    bench.stop(three);
    bench.talk(5);
    bench.port.close(bench.now);
    bench.write();
    assert_eq!(bench.ended, [one, three, two, four], "what still ran, in its order");
    assert_eq!(bench.samples(one), sound(INBOUND, 45));
    assert_eq!(bench.samples(two), sound(DUAL, 35));
    assert_eq!(bench.samples(three), sound(OUTBOUND, 15));
    assert_eq!(bench.samples(four), sound(SUM, 20));
}

#[test]
fn a_pause_of_one_leaves_the_others_alone() {
    for (pause, silence) in [(Pause::Silence, 10), (Pause::Skip, 0)] {
        let mut bench = Bench::new();
        let (paused, other) = (bench.record(1, INBOUND), bench.record(2, INBOUND));
        bench.talk(10);
        bench.port.pause_recording(paused, pause);
        bench.talk(10);
        bench.port.resume_recording(other);
        bench.port.resume_recording(paused);
        bench.talk(10);
        bench.stop(paused);
        bench.stop(other);
        let hole = vec![0; silence * FRAME_SAMPLES];
        assert_eq!(bench.samples(paused), [sound(INBOUND, 10), hole, sound(INBOUND, 10)].concat());
        assert_eq!(bench.samples(other), sound(INBOUND, 30));
    }
}

#[test]
fn one_that_is_unknown_or_has_ended_hears_nothing() {
    let mut bench = Bench::new();
    let (one, two) = (bench.record(1, INBOUND), bench.record(2, INBOUND));
    bench.talk(10);
    bench.stop(one);
    for id in [one, RecordingId(77)] {
        bench.stop(id);
        bench.port.pause_recording(id, Pause::Skip);
        bench.port.resume_recording(id);
        bench.port.abandon_recording(id);
    }
    bench.talk(10);
    bench.stop(two);
    assert_eq!(bench.ended, [one, two]);
    assert_eq!(bench.samples(one), sound(INBOUND, 10));
    assert_eq!(bench.samples(two), sound(INBOUND, 20));
}

#[test]
fn one_whose_file_failed_is_dropped_without_an_end_and_the_other_goes_on() {
    let mut bench = Bench::new();
    let (broken, whole) = (bench.record(1, DUAL), bench.record(2, SUM));
    bench.talk(15);
    bench.port.abandon_recording(broken);
    bench.talk(15);
    bench.stop(broken);
    bench.stop(whole);
    assert_eq!(bench.ended, [whole]);
    assert_eq!(bench.samples(whole), sound(SUM, 30));
}

#[test]
fn a_refused_chunk_becomes_silence_in_its_own_file() {
    let mut bench = Bench::new();
    let (one, two) = (bench.record(1, INBOUND), bench.record(2, INBOUND));
    for _ in 0..30 {
        bench.packet(bench.packets);
        bench.packets += 1;
        bench.tick();
    }
    let refuse_first = |bench: &mut Bench, id| {
        let mut others = Vec::new();
        loop {
            match bench.port.poll_recording().expect("a chunk of it") {
                Recorded::Chunk(of, chunk) if of == id => {
                    bench.port.handle_refused(id, chunk);
                    break;
                }
                Recorded::Chunk(of, chunk) => others.push((of, chunk)),
                Recorded::Finished(..) => panic!("both run"),
            }
        }
        for (of, chunk) in others {
            bench
                .samples
                .iter_mut()
                .find(|(other, _)| *other == of)
                .expect("begun")
                .1
                .extend(chunk.samples());
            bench.port.recycle(of, chunk);
        }
    };
    refuse_first(&mut bench, two);
    bench.write();
    // And one that is refused when its recording has ended.
    bench.talk(10);
    bench.port.stop_recording(one);
    let Some(Recorded::Chunk(id, chunk)) = bench.port.poll_recording() else { panic!("the rest of it") };
    assert_eq!(id, one);
    let lost = chunk.samples().len();
    bench.port.handle_refused(id, chunk);
    bench.write();
    bench.stop(two);
    let silence = |samples: usize| vec![0; samples];
    assert_eq!(bench.samples(two), [silence(1600), sound(INBOUND, 30)].concat());
    let kept = sound(INBOUND, 40).len() - lost;
    assert_eq!(bench.samples(one), [sound(INBOUND, 40)[..kept].to_vec(), silence(lost)].concat());
}

#[test]
fn a_packet_that_comes_too_late_for_several_is_counted_once() {
    let mut bench = Bench::new();
    bench.record(1, INBOUND);
    bench.record(2, DUAL);
    bench.record(3, OUTBOUND);
    bench.talk(3);
    bench.packets += 1; // the fourth comes later
    bench.talk(20);
    let before = bench.port.statistics().packets_discarded;
    bench.packet(3);
    assert_eq!(bench.port.statistics().packets_discarded, before + 1);
}
