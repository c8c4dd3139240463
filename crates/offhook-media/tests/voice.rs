//! Voice activity of a peer on a real socket, in real time.

mod support;

use std::time::Duration;

use _media::codec::g711::Law;
use _media::media_port::MediaEvent;
use support::{Phone, engine, events_until, plan, tone};

#[test]
fn a_peer_that_speaks_and_falls_silent_is_told() {
    let (engine, mut phone) = (engine(1, 60_000), Phone::new());
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    port.watch_voice(Duration::from_millis(400)).expect("room");
    let speech: Vec<u8> = tone(300.0, 8000.0, 160).into_iter().map(|sample| Law::Mu.encode(sample)).collect();
    // Our own packets are the clock: one of the phone's goes back for each of them.
    for _ in 0..25 {
        phone.receive();
        phone.send(port.rtp_port(), 0, &speech);
    }
    let events = events_until(&engine, |events| !events.is_empty());
    let [MediaEvent::VoiceStarted { port: at, silent }] = events[..] else { panic!("{events:?}") };
    assert_eq!(at, port.id());
    assert!(silent < Duration::from_secs(1), "{silent:?}");
    // Now nothing comes at all.
    let events = events_until(&engine, |events| !events.is_empty());
    let [MediaEvent::VoiceEnded { port: at, voiced, silent }] = events[..] else { panic!("{events:?}") };
    assert_eq!((at, silent), (port.id(), Duration::from_millis(400)));
    assert!(voiced > Duration::from_millis(200), "{voiced:?}");
}

#[test]
fn a_watch_that_was_stopped_tells_nothing() {
    let (engine, mut phone) = (engine(1, 60_000), Phone::new());
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    port.watch_voice(Duration::from_millis(400)).expect("room");
    port.stop_watching_voice().expect("running");
    port.stop_watching_voice().expect("twice is once");
    let speech: Vec<u8> = tone(300.0, 8000.0, 160).into_iter().map(|sample| Law::Mu.encode(sample)).collect();
    for _ in 0..25 {
        phone.receive();
        phone.send(port.rtp_port(), 0, &speech);
    }
    phone.send(port.rtp_port(), 101, &[5, 10, 0, 160]);
    let events = events_until(&engine, |events| !events.is_empty());
    assert!(matches!(events[..], [MediaEvent::DigitReceived { .. }]), "{events:?}");
}
