//! Two legs joined, over real sockets of the loopback interface.

mod support;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use _media::engine::{EngineError, MediaEngine, MediaPortHandle};
use _media::media_port::{
    MediaEvent, Pause, RECORDINGS_MAX, RecordingChannels, RecordingPlan, RecordingTrack,
};
use _media::rtcp;
use _media::rtp::{Header, parse};
use _media::telephone_event::Key;
use _media::units::{PortId, RecordingId, SampleRate};
use proptest::prelude::*;
use support::{LIMIT, Phone, clip, engine, events_until, plan};

/// How long a packet is waited for before the next one is sent.
const AGAIN: Duration = Duration::from_millis(20);

const VOICE: [u8; 160] = [0x21; 160];

/// A port and the phone that it talks to.
struct Leg {
    port: MediaPortHandle,
    phone: Phone,
}

impl Leg {
    fn open(engine: &MediaEngine) -> Self {
        let phone = Phone::new();
        let port = engine.open_port().expect("a port");
        port.apply(plan(phone.port)).expect("running");
        phone.receive(); // the plan is followed
        Self { port, phone }
    }

    fn say(&mut self, payload: &[u8]) {
        self.phone.send(self.port.rtp_port(), 0, payload);
    }

    /// Wait for a packet of `payload`; those before it are silence or what a prompt says.
    fn hear(&self, payload: &[u8]) -> Header {
        let deadline = Instant::now() + LIMIT;
        loop {
            assert!(Instant::now() < deadline, "never heard");
            let (_, header, heard) = self.phone.receive();
            if heard == payload {
                return header;
            }
        }
    }
}

fn next(leg: &Leg) -> (Header, Vec<u8>) {
    let (_, header, heard) = leg.phone.receive();
    (header, heard)
}

/// Say something again and again until it is heard: the first packets may come before the command
/// to join, or while the other one hears a prompt.
fn reach(from: &mut Leg, to: &Leg, payload: &[u8]) -> Header {
    let deadline = Instant::now() + LIMIT;
    to.phone.rtp.set_read_timeout(Some(AGAIN)).expect("a timeout");
    let header = loop {
        assert!(Instant::now() < deadline, "never joined");
        from.say(payload);
        let mut bytes = [0; 2000];
        let Ok(length) = to.phone.rtp.recv(&mut bytes) else { continue };
        let packet = parse(&bytes[..length]).expect("RTP");
        if packet.payload == payload {
            break packet.header;
        }
    };
    to.phone.rtp.set_read_timeout(Some(LIMIT)).expect("a timeout");
    header
}

fn joined(from: &mut Leg, to: &Leg) -> Header {
    from.port.join(&to.port).expect("running");
    reach(from, to, &VOICE)
}

#[test]
fn joined_legs_hear_each_other_and_nothing_between() {
    for workers in 1..=3 {
        let engine = engine(workers, 60_000);
        let (mut one, mut two) = (Leg::open(&engine), Leg::open(&engine));
        let mut before = joined(&mut one, &two);
        assert!(before.marker);
        for number in 0..100u8 {
            one.say(&[number; 160]);
        }
        for number in 0..100u8 {
            let (mut header, mut heard) = next(&two);
            while number == 0 && heard == VOICE {
                before = header; // more than one was said before the first was heard
                (header, heard) = next(&two);
            }
            assert_eq!(heard, [number; 160]);
            assert_eq!(header.sequence_number, before.sequence_number.next());
            assert_eq!(header.timestamp, before.timestamp.later_by(160));
            assert_eq!((header.ssrc, header.marker), (before.ssrc, false));
            before = header;
        }
        one.port.join(&two.port).expect("joined already: nothing changes");
        one.say(&VOICE);
        let (header, heard) = next(&two);
        assert_eq!((header.sequence_number, header.marker), (before.sequence_number.next(), false));
        assert_eq!(heard, VOICE);
        two.say(&[9; 160]);
        one.hear(&[9; 160]);
    }
}

#[test]
fn a_prompt_and_silence_after_the_bridge_go_on_in_the_same_numbers() {
    for workers in 1..=3 {
        let engine = engine(workers, 60_000);
        let (mut one, two) = (Leg::open(&engine), Leg::open(&engine));
        let relayed = joined(&mut one, &two);
        two.port.play(&clip(&[8000; 320])).expect("room");
        let prompt = _media::codec::AudioCodec::Pcmu.law().encode(8000);
        let first = two.hear(&[prompt; 160]);
        assert!(first.marker);
        assert!(first.sequence_number.distance_from(relayed.sequence_number) >= 1);
        let ended =
            |events: &[MediaEvent]| matches!(events, [MediaEvent::PlaybackEnded { finished: true, .. }]);
        events_until(&engine, ended);
        let second = two.hear(&[prompt; 160]);
        one.say(&VOICE);
        let again = two.hear(&VOICE);
        assert_eq!(second.sequence_number.next(), again.sequence_number);
        assert!(again.marker);
        two.port.unjoin().expect("running");
        let silence = two.hear(&[0xff; 160]);
        assert_eq!((silence.sequence_number, silence.marker), (again.sequence_number.next(), true));
        assert!(silence.timestamp.distance_from(again.timestamp) >= 160);
        one.hear(&[0xff; 160]);
    }
}

#[test]
fn closing_one_leg_ends_the_bridge_for_the_other() {
    for workers in 1..=3 {
        let engine = engine(workers, 60_000);
        let (mut one, mut two) = (Leg::open(&engine), Leg::open(&engine));
        joined(&mut one, &two);
        one.port.close();
        two.hear(&[0xff; 160]);
        let mut three = Leg::open(&engine);
        joined(&mut two, &three);
        three.say(&[7; 160]);
        two.hear(&[7; 160]);
    }
}

#[test]
fn a_leg_that_is_joined_to_another_leaves_the_first() {
    for workers in 1..=3 {
        let engine = engine(workers, 60_000);
        let (mut one, two, mut three) = (Leg::open(&engine), Leg::open(&engine), Leg::open(&engine));
        joined(&mut one, &two);
        joined(&mut one, &three);
        two.hear(&[0xff; 160]);
        three.say(&[7; 160]);
        one.hear(&[7; 160]);
    }
}

#[test]
fn a_leg_is_joined_to_another_leg_only() {
    let engine = engine(1, 60_000);
    let one = Leg::open(&engine);
    assert!(matches!(one.port.join(&one.port), Err(EngineError::Join(_))));
    one.port.unjoin().expect("nothing happens");
    let gone = engine.open_port().expect("a port");
    gone.close();
    one.port.join(&gone).expect("running");
    one.hear(&[0xff; 160]);
    engine.close();
    assert!(matches!(one.port.join(&gone), Err(EngineError::Stopped)));
    assert!(matches!(one.port.unjoin(), Err(EngineError::Stopped)));
}

#[test]
fn a_peer_that_falls_silent_on_a_bridge_is_told_and_reports_go_on() {
    let engine = engine(2, 200);
    let (mut one, two) = (Leg::open(&engine), Leg::open(&engine));
    joined(&mut one, &two);
    let silent = |leg: &Leg| {
        let id = leg.port.id();
        move |event: &MediaEvent| matches!(event, MediaEvent::MediaTimedOut { port, .. } if *port == id)
    };
    events_until(&engine, |events| events.iter().any(silent(&one)) && events.iter().any(silent(&two)));
    let mut bytes = [0; 500];
    let length = two.phone.rtcp.recv(&mut bytes).expect("a report within its interval");
    let packets: Vec<_> = rtcp::parse(&bytes[..length]).expect("RTCP").packets().collect();
    let Some(rtcp::RtcpPacket::SenderReport(report)) = packets.first() else { panic!("{packets:?}") };
    assert!(report.sender.packets >= 2, "what was relayed counts as sent");
}

#[test]
fn joins_from_many_threads_never_wait_for_each_other_for_ever() {
    let engine = engine(3, 60_000);
    let ports: Vec<_> = (0..7).map(|_| engine.open_port().expect("a port")).collect();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let ports = &ports;
            scope.spawn(move || {
                for number in 0..500 {
                    let one = (number * 3 + thread) % ports.len();
                    let other = (one + 1 + (number + thread) % (ports.len() - 1)) % ports.len();
                    ports[one].join(&ports[other]).expect("running");
                    if number % 5 == thread {
                        ports[other].unjoin().expect("running");
                    }
                }
            });
        }
    });
    for port in &ports {
        port.send_digits("").expect("room");
        port.stop_playing().expect("running");
    }
    let ended = |event: &MediaEvent| {
        matches!(event, MediaEvent::PlaybackEnded { .. } | MediaEvent::DigitsSent { .. })
    };
    let events =
        events_until(&engine, |events| events.iter().filter(|event| ended(event)).count() == ports.len());
    assert!(ports.iter().all(|port| events.iter().any(|event| event.port() == port.id())));
}

/// What is done with some legs, by their places.
#[derive(Clone, Debug)]
enum Act {
    Join(usize, usize),
    Unjoin(usize),
    Press(usize, u8),
    Say(usize),
    Play(usize),
    SendDigit(usize),
    Record(usize),
    Pause(usize),
    StopRecording(usize),
    Feed(usize),
    Watch(usize),
}

const BOTH: RecordingPlan =
    RecordingPlan { track: RecordingTrack::Both, channels: RecordingChannels::Dual, trims_silence: true };

const LEGS: usize = 5;
/// Ticks: an end that says the same again sooner is a repeat under a timestamp of its own.
const BETWEEN_PRESSES: u32 = 800;
/// Fewer keys than a flood has.
const ACTS_MAX: usize = 60;

fn act() -> impl Strategy<Value = Act> {
    let leg = 0..LEGS;
    prop_oneof![
        3 => (leg.clone(), 1..LEGS).prop_map(|(one, ahead)| Act::Join(one, (one + ahead) % LEGS)),
        1 => leg.clone().prop_map(Act::Unjoin),
        2 => (leg.clone(), 0u8..16).prop_map(|(leg, key)| Act::Press(leg, key)),
        2 => leg.clone().prop_map(Act::Say),
        1 => leg.clone().prop_map(Act::Play),
        1 => leg.clone().prop_map(Act::SendDigit),
        2 => leg.clone().prop_map(Act::Record),
        1 => leg.clone().prop_map(Act::Pause),
        1 => leg.clone().prop_map(Act::StopRecording),
        1 => leg.clone().prop_map(Act::Feed),
        1 => leg.prop_map(Act::Watch),
    ]
}

/// What the events must tell in the end.
#[derive(Default)]
struct Expected {
    /// Keys of each port, in their order.
    keys: HashMap<PortId, String>,
    playbacks: usize,
    marks: usize,
    recordings: usize,
    /// Those of each port that run, in their order.
    running: HashMap<PortId, Vec<RecordingId>>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whichever legs are joined, and moved for it: no key is lost or told twice, each playback, mark and
    /// recording ends once, and who is joined in the end is heard.
    #[test]
    fn nothing_is_lost_while_legs_move(workers in 2usize..4, acts in prop::collection::vec(act(), 1..ACTS_MAX)) {
        let engine = engine(workers, 60_000);
        let mut legs: Vec<Leg> = (0..LEGS).map(|_| Leg::open(&engine)).collect();
        let folder = std::env::temp_dir().join(format!("offhook-relay-{}-{}", std::process::id(), legs[0].port.rtp_port()));
        std::fs::create_dir(&folder).expect("a folder of our own");
        let mut expected = Expected::default();
        let mut pressed = 0;
        for act in acts {
            match act {
                Act::Join(one, two) => legs[one].port.join(&legs[two].port).expect("running"),
                Act::Unjoin(leg) => legs[leg].port.unjoin().expect("running"),
                Act::Say(leg) => legs[leg].say(&VOICE),
                Act::Press(leg, code) => {
                    let Leg { port, phone } = &mut legs[leg];
                    phone.wait(BETWEEN_PRESSES);
                    phone.send(port.rtp_port(), 101, &[code, 0x8a, 0, 160]);
                    let key = Key::from_event(code).expect("below 16").to_char();
                    expected.keys.entry(port.id()).or_default().push(key);
                    pressed += 1;
                }
                Act::Play(leg) => {
                    legs[leg].port.play(&clip(&[8000; 320])).expect("room");
                    expected.playbacks += 1;
                }
                Act::SendDigit(leg) => {
                    legs[leg].port.send_digits("5").expect("room");
                    expected.playbacks += 1;
                }
                Act::Record(leg) => {
                    let path = folder.join(format!("{}.wav", expected.recordings));
                    let running = expected.running.entry(legs[leg].port.id()).or_default();
                    match legs[leg].port.record(&path, BOTH) {
                        Ok(id) => {
                            running.push(id);
                            expected.recordings += 1;
                        }
                        Err(refused) => prop_assert!(matches!(refused, EngineError::Busy(_)), "{refused}"),
                    }
                    prop_assert!(running.len() <= RECORDINGS_MAX);
                }
                Act::Pause(leg) => {
                    let port = &legs[leg].port;
                    if let Some(id) = expected.running.get(&port.id()).and_then(|running| running.last()) {
                        port.pause_recording(*id, Pause::Skip).expect("running");
                    }
                }
                Act::StopRecording(leg) => {
                    let port = &legs[leg].port;
                    let running = expected.running.entry(port.id()).or_default();
                    if !running.is_empty() {
                        port.stop_recording(running.remove(0)).expect("running");
                    }
                }
                Act::Feed(leg) => {
                    let feed = legs[leg].port.open_feed(SampleRate::TELEPHONE).expect("room");
                    feed.feed(&[7; 640]).expect("room");
                    feed.mark().expect("room");
                    feed.finish().expect("running");
                    expected.playbacks += 1;
                    expected.marks += 1;
                }
                Act::Watch(leg) => legs[leg].port.watch_voice(LIMIT).expect("room"),
            }
        }
        let keys_told = |events: &[MediaEvent]| {
            events.iter().filter(|event| matches!(event, MediaEvent::DigitReceived { .. })).count()
        };
        let mut told = events_until(&engine, |events| keys_told(events) >= pressed);
        let (one, rest) = legs.split_first_mut().expect("five");
        joined(one, &rest[0]);
        reach(&mut rest[0], one, &[7; 160]);
        engine.close();
        told.extend(engine.poll_events(1000));
        let mut keys: HashMap<PortId, String> = HashMap::new();
        let (mut playbacks, mut marks, mut recordings) = (0, 0, 0);
        for event in &told {
            match event {
                MediaEvent::DigitReceived { port, key } => keys.entry(*port).or_default().push(key.to_char()),
                MediaEvent::PlaybackEnded { .. } | MediaEvent::DigitsSent { .. } => playbacks += 1,
                MediaEvent::RecordingEnded { failure: None, .. } => recordings += 1,
                MediaEvent::MarkPassed { .. } => marks += 1,
                MediaEvent::VoiceStarted { .. } => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
        prop_assert_eq!(keys, expected.keys);
        prop_assert_eq!(
            (playbacks, marks, recordings),
            (expected.playbacks, expected.marks, expected.recordings)
        );
        prop_assert_eq!(engine.counters().events_dropped, 0);
        std::fs::remove_dir_all(&folder).expect("ours");
    }
}
