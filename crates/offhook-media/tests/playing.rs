//! Clips in turns and audio fed in pieces, over real sockets.

mod support;

use std::sync::Arc;

use _media::codec::g711::Law;
use _media::engine::EngineError;
use _media::media_port::{Clip, MediaEvent, Turns};
use _media::units::SampleRate;
use support::{Phone, engine, events_until, plan, tone};

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// What the phone hears until `enough` of what it heard, silence before it left out.
fn hear(phone: &Phone, enough: impl Fn(&[i16]) -> bool) -> Vec<i16> {
    let mut heard: Vec<i16> = Vec::new();
    while !enough(&heard) {
        let (_, _, payload) = phone.receive();
        let samples = payload.iter().map(|byte| Law::Mu.decode(*byte));
        if heard.is_empty() {
            heard.extend(samples.skip_while(|sample| *sample == 0));
        } else {
            heard.extend(samples);
        }
    }
    heard
}

fn is_ended(event: &MediaEvent, is_finished: bool) -> bool {
    matches!(event, MediaEvent::PlaybackEnded { finished, .. } if *finished == is_finished)
}

#[test]
fn a_loop_of_an_odd_length_is_gapless_on_the_wire() {
    let (engine, phone) = (engine(1, 60_000), Phone::new());
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    // 33 periods of 8000/33 Hz fit into no number of frames
    let turn: Vec<i16> = (0..33).map(|n| n * 500 + 1000).collect();
    port.play_turns(&Arc::new(Clip::new(turn.clone())), Turns::Forever).expect("room");
    let heard = hear(&phone, |heard| heard.len() >= 1600);
    let expected: Vec<i16> =
        turn.iter().cycle().take(heard.len()).map(|sample| Law::Mu.decode(Law::Mu.encode(*sample))).collect();
    assert_eq!(heard, expected);
    port.stop_playing().expect("running");
    let events = events_until(&engine, |events| !events.is_empty());
    assert!(is_ended(&events[0], false));
}

#[test]
fn what_is_fed_in_pieces_arrives_in_one() {
    for rate_hz in [8000, 24_000] {
        let (engine, phone) = (engine(1, 60_000), Phone::new());
        let port = engine.open_port().expect("a port");
        port.apply(plan(phone.port)).expect("running");
        let feed = port.open_feed(SampleRate::new(rate_hz).expect("in range")).expect("room");
        let source: Vec<i16> = tone(500.0 * 8000.0 / f64::from(rate_hz), 9000.0, rate_hz as usize / 2);
        for piece in source.chunks(777) {
            feed.feed(&bytes(piece)).expect("room");
        }
        let mark = feed.mark().expect("room");
        feed.finish().expect("running");
        let events = events_until(&engine, |events| events.len() == 2);
        let passed =
            MediaEvent::MarkPassed { port: port.id(), playback: feed.playback(), mark, played: true };
        assert_eq!(events[0], passed);
        assert!(is_ended(&events[1], true));
        assert_eq!((feed.underruns(), feed.waiting_ms()), (0, 0));
        let heard = hear(&phone, |heard| heard.len() >= 4000 && heard[heard.len() - 160..] == [0; 160]);
        let expected = tone(500.0, 9000.0, 4000);
        // How many of its first samples are silence depends on the conversion.
        let is_heard = |skipped: usize| {
            let pairs = heard.iter().zip(&expected[skipped..]);
            pairs.skip(200).take(3500).all(|(heard, expected)| (heard - expected).abs() < 700)
        };
        assert!((0..3).any(is_heard), "{rate_hz} Hz");
    }
}

#[test]
fn a_feed_that_runs_dry_goes_on_with_the_next_piece() {
    let (engine, phone) = (engine(1, 60_000), Phone::new());
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    let feed = port.open_feed(SampleRate::TELEPHONE).expect("room");
    feed.feed(&bytes(&[9000; 160])).expect("room");
    feed.mark().expect("room");
    events_until(&engine, |events| !events.is_empty());
    hear(&phone, |heard| heard.len() >= 320 && heard[heard.len() - 160..] == [0; 160]);
    assert_eq!(feed.underruns(), 1);
    feed.feed(&bytes(&[-9000; 160])).expect("room");
    let heard = hear(&phone, |heard| heard.len() >= 160);
    assert!(heard[..160].iter().all(|sample| *sample < -8000));
    drop(feed); // as good as finish
    let events = events_until(&engine, |events| !events.is_empty());
    assert!(is_ended(&events[0], true));
}

#[test]
fn a_feed_takes_a_minute_and_no_more() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port"); // without a plan nothing is played
    let feed = port.open_feed(SampleRate::TELEPHONE).expect("room");
    feed.feed(&bytes(&vec![1; 60 * 8000])).expect("a minute");
    assert_eq!(feed.waiting_ms(), 60_000);
    assert!(matches!(feed.feed(&[0; 2]), Err(EngineError::Busy(_))));
    assert!(matches!(feed.feed(&[0; 3]), Err(EngineError::Clip(_))));
    let mark = feed.mark().expect("marks have no length");
    feed.clear().expect("running");
    let events = events_until(&engine, |events| !events.is_empty());
    let dropped = MediaEvent::MarkPassed { port: port.id(), playback: feed.playback(), mark, played: false };
    assert_eq!(events, [dropped]);
    feed.feed(&bytes(&[1; 8000])).expect("room again");
    assert_eq!(feed.waiting_ms(), 1000);
    feed.finish().expect("running");
    feed.finish().expect("twice is once");
    assert!(matches!(feed.feed(&[0; 2]), Err(EngineError::FeedFinished)));
    assert!(matches!(feed.mark(), Err(EngineError::FeedFinished)));
}

#[test]
fn a_feed_takes_three_thousand_pieces_and_no_more() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    let feed = port.open_feed(SampleRate::TELEPHONE).expect("room");
    let mut taken = 0;
    let refused = loop {
        match feed.feed(&[0; 2]) {
            Ok(()) => taken += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(taken, 2999);
    assert!(matches!(refused, EngineError::Busy(text) if text.contains("3000")));
    assert!(matches!(feed.mark(), Err(EngineError::Busy(_))));
}

#[test]
fn closing_the_port_ends_its_feed_and_feeding_on_is_no_error() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    let feed = port.open_feed(SampleRate::TELEPHONE).expect("room");
    feed.feed(&bytes(&[1; 800])).expect("room");
    port.close();
    let events = events_until(&engine, |events| !events.is_empty());
    assert!(is_ended(&events[0], false));
    feed.feed(&bytes(&[1; 800])).expect("nobody hears it");
    let late = port.open_feed(SampleRate::TELEPHONE).expect("not known to be closed here");
    let events = events_until(&engine, |events| !events.is_empty());
    assert!(
        matches!(events[0], MediaEvent::PlaybackEnded { playback, finished: false, .. } if playback == late.playback())
    );
    feed.mark().expect("told at once");
    engine.close();
    feed.finish().expect("it is over");
    assert!(matches!(feed.mark(), Err(EngineError::FeedFinished)));
    assert!(matches!(late.mark(), Err(EngineError::Stopped)));
    late.finish().expect("it never began");
}
