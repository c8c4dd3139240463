//! Two legs joined, over real sockets of the loopback interface.

mod support;

use std::time::Instant;

use _media::engine::{EngineError, MediaEngine, MediaPortHandle};
use _media::media_port::MediaEvent;
use _media::rtp::Header;
use support::{LIMIT, Phone, clip, engine, events_until, plan};

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

/// Say something until it is heard: the first packets may come before the command to join.
fn joined(from: &mut Leg, to: &Leg) -> Header {
    from.port.join(&to.port).expect("running");
    let deadline = Instant::now() + LIMIT;
    loop {
        assert!(Instant::now() < deadline, "never joined");
        from.say(&VOICE);
        let (_, header, heard) = to.phone.receive();
        if heard == VOICE {
            return header;
        }
    }
}

#[test]
fn joined_legs_hear_each_other_and_nothing_between() {
    let engine = engine(1, 60_000);
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
    two.say(&[9; 160]);
    one.hear(&[9; 160]);
}

#[test]
fn a_prompt_and_silence_after_the_bridge_go_on_in_the_same_numbers() {
    let engine = engine(1, 60_000);
    let (mut one, two) = (Leg::open(&engine), Leg::open(&engine));
    let relayed = joined(&mut one, &two);
    two.port.play(&clip(&[8000; 320])).expect("room");
    let prompt = _media::codec::AudioCodec::Pcmu.law().encode(8000);
    let first = two.hear(&[prompt; 160]);
    assert!(first.marker);
    assert!(first.sequence_number.distance_from(relayed.sequence_number) >= 1);
    let ended = |events: &[MediaEvent]| matches!(events, [MediaEvent::PlaybackEnded { finished: true, .. }]);
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

#[test]
fn closing_one_leg_ends_the_bridge_for_the_other() {
    let engine = engine(1, 60_000);
    let (mut one, mut two) = (Leg::open(&engine), Leg::open(&engine));
    joined(&mut one, &two);
    one.port.close();
    two.hear(&[0xff; 160]);
    let mut three = Leg::open(&engine);
    joined(&mut two, &three);
    three.say(&[7; 160]);
    two.hear(&[7; 160]);
}

#[test]
fn a_leg_that_is_joined_to_another_leaves_the_first() {
    let engine = engine(1, 60_000);
    let (mut one, two, mut three) = (Leg::open(&engine), Leg::open(&engine), Leg::open(&engine));
    joined(&mut one, &two);
    joined(&mut one, &three);
    two.hear(&[0xff; 160]);
    three.say(&[7; 160]);
    one.hear(&[7; 160]);
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
