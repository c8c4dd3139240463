//! The engine over real sockets of the loopback interface.

mod support;

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use _media::codec::AudioCodec;
use _media::engine::{EngineError, EngineSettings, MediaEngine};
use _media::media_port::{InbandDigits, MediaEvent, MediaPlan};
use _media::rtcp;
use support::{LIMIT, Phone, clip, engine, events_until, pair, plan, tone};

fn digits(events: &[MediaEvent]) -> String {
    let key = |event: &MediaEvent| match event {
        MediaEvent::DigitReceived { key, .. } => Some(key.to_char()),
        _ => None,
    };
    events.iter().filter_map(key).collect()
}

#[test]
fn a_peer_gets_a_packet_each_20_ms_without_a_gap() {
    let engine = engine(1, 60_000);
    let phone = Phone::new();
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    port.play(&clip(&tone(1000.0, 8000.0, 8000))).expect("room");
    let packets: Vec<_> = (0..75).map(|_| phone.receive()).collect();
    for (index, pair) in packets.windows(2).enumerate() {
        let ((_, before, _), (_, after, payload)) = (&pair[0], &pair[1]);
        assert_eq!(after.sequence_number, before.sequence_number.next());
        let ticks = after.timestamp.distance_from(before.timestamp);
        assert!(ticks >= 160 && ticks % 160 == 0, "{ticks} ticks at {index}");
        assert_eq!(payload.len(), 160);
        assert_eq!((after.ssrc, after.marker), (before.ssrc, false));
    }
    assert!(packets[0].1.marker);
    let took = packets[74].0 - packets[0].0;
    let ticks = packets[74].1.timestamp.distance_from(packets[0].1.timestamp);
    let said = Duration::from_micros(u64::try_from(ticks).expect("forwards") * 125);
    assert!(took.abs_diff(said) < Duration::from_millis(500), "{took:?} for {said:?} of audio");
    let is_silent = |payload: &[u8]| payload.iter().all(|byte| *byte == 0xff);
    let heard = packets.iter().filter(|(_, _, payload)| !is_silent(payload)).count();
    assert!((49..=50).contains(&heard), "{heard} frames of 50");
    let events = events_until(&engine, |events| !events.is_empty());
    assert!(matches!(events[0], MediaEvent::PlaybackEnded { finished: true, .. }));
}

#[test]
fn digits_pressed_on_one_port_arrive_on_the_other() {
    let engine = engine(2, 60_000);
    let (one, two) = pair(&engine);
    one.send_digits("1*D#").expect("room");
    let events = events_until(&engine, |events| {
        digits(events).len() == 4 && events.iter().any(|event| matches!(event, MediaEvent::DigitsSent { .. }))
    });
    assert_eq!(digits(&events), "1*D#");
    assert!(events.iter().all(|event| match event {
        MediaEvent::DigitReceived { port, .. } => *port == two.id(),
        _ => event.port() == one.id(),
    }));
}

#[test]
fn the_first_peer_keeps_the_call_and_strangers_are_discarded() {
    let engine = engine(1, 60_000);
    let (mut phone, mut stranger) = (Phone::new(), Phone::new());
    let port = engine.open_port().expect("a port");
    let behind_nat = Phone::new();
    port.apply(plan(behind_nat.port)).expect("running");
    behind_nat.receive(); // until the peer is heard, RTP goes to the planned address
    phone.send(port.rtp_port(), 0, &[0xff; 160]);
    phone.receive();
    stranger.send(port.rtp_port(), 0, &[0xff; 160]);
    let five = [5, 10, 0, 160];
    stranger.send(port.rtp_port(), 101, &five);
    phone.send(port.rtp_port(), 101, &[6, 10, 0, 160]);
    let events = events_until(&engine, |events| !digits(events).is_empty());
    assert_eq!(digits(&events), "6");
    let deadline = Instant::now() + LIMIT;
    while port.statistics().packets_discarded < 2 {
        phone.receive(); // and the phone is still sent to
        assert!(Instant::now() < deadline);
    }
    assert_eq!(port.statistics().packets_received, 2);
    stranger.rtp.set_nonblocking(true).expect("nonblocking");
    assert!(stranger.rtp.recv(&mut [0; 2000]).is_err(), "a stranger is never sent to");
}

#[test]
fn silence_of_the_peer_times_out_once() {
    let engine = engine(1, 100);
    let mut phone = Phone::new();
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    let timed_out = |events: &[MediaEvent]| !events.is_empty();
    let events = events_until(&engine, timed_out);
    let MediaEvent::MediaTimedOut { silent, .. } = events[0] else { panic!("{events:?}") };
    assert!(silent >= Duration::from_millis(100), "{silent:?}");
    (0..20).for_each(|_| drop(phone.receive()));
    assert_eq!(engine.poll_events(10), [], "told once");
    phone.send(port.rtp_port(), 0, &[0xff; 160]);
    assert_eq!(events_until(&engine, timed_out).len(), 1, "RTP came and stayed away again");
}

#[test]
fn reports_and_bye_reach_the_peer() {
    let engine = engine(1, 60_000);
    let phone = Phone::new();
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    phone.receive();
    port.close();
    let mut bytes = [0; 1000];
    let length = phone.rtcp.recv(&mut bytes).expect("the last report");
    let packets: Vec<_> = rtcp::parse(&bytes[..length]).expect("RTCP").packets().collect();
    assert!(
        matches!(packets.first(), Some(rtcp::RtcpPacket::SenderReport(report)) if report.sender.packets > 0)
    );
    assert!(matches!(packets.last(), Some(rtcp::RtcpPacket::Bye(_))));
}

#[test]
fn both_laws_play_the_same_clip() {
    let engine = engine(1, 60_000);
    let (phone, other) = (Phone::new(), Phone::new());
    let (one, two) = (engine.open_port().expect("a port"), engine.open_port().expect("a port"));
    let shared = clip(&[8000; 1600]);
    one.apply(plan(phone.port)).expect("running");
    let a_law = _media::units::PayloadType::from_header(8);
    two.apply(MediaPlan { codec: AudioCodec::Pcma, payload_type: a_law, ..plan(other.port) })
        .expect("running");
    for (port, phone, codec) in [(&one, &phone, AudioCodec::Pcmu), (&two, &other, AudioCodec::Pcma)] {
        port.play(&shared).expect("room");
        let loud = codec.law().encode(8000);
        let silence = codec.law().silence();
        let first = loop {
            let (_, _, payload) = phone.receive();
            if payload[0] != silence {
                break payload;
            }
        };
        assert_eq!(first, vec![loud; 160]);
    }
}

#[test]
fn the_range_runs_out_and_says_so() {
    let low = 30_000 + u16::try_from(std::process::id() % 1000).expect("small") * 2; // below the ephemeral ones
    let ports = (low, low + 1);
    let media_timeout = Duration::from_secs(60);
    let engine = MediaEngine::start(EngineSettings {
        ports,
        workers: 1,
        media_timeout,
        inband_digits: InbandDigits::Auto,
    })
    .expect("an engine");
    let port = engine.open_port().expect("the only pair");
    assert_eq!(port.rtp_port(), low);
    assert!(matches!(engine.open_port(), Err(EngineError::NoFreePort)));
    port.close();
    assert!(matches!(engine.open_port(), Err(EngineError::NoFreePort)), "left alone for some seconds");
}

#[test]
fn settings_that_make_no_engine_are_refused() {
    let fine = EngineSettings {
        ports: (0, 0),
        workers: 1,
        media_timeout: Duration::from_secs(1),
        inband_digits: InbandDigits::Auto,
    };
    let refused = |settings| matches!(MediaEngine::start(settings), Err(EngineError::Settings(_)));
    assert!(refused(EngineSettings { workers: 0, ..fine }));
    assert!(refused(EngineSettings { media_timeout: Duration::ZERO, ..fine }));
    assert!(refused(EngineSettings { ports: (7, 8), ..fine }));
}

#[test]
fn the_playout_queue_is_bounded() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    let short = clip(&[0; 160]);
    for _ in 0..64 {
        port.play(&short).expect("room");
    }
    assert!(matches!(port.play(&short), Err(EngineError::Busy(_))));
    assert!(matches!(port.send_digits("1"), Err(EngineError::Busy(_))));
    port.stop_playing().expect("running");
    let ended = events_until(&engine, |events| events.len() == 64);
    assert!(ended.iter().all(|event| matches!(event, MediaEvent::PlaybackEnded { finished: false, .. })));
    port.play(&short).expect("room again");
    assert!(matches!(port.send_digits("1x"), Err(EngineError::Digits(_))));
}

#[test]
fn closing_frees_the_sockets_and_ends_what_runs() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    let rtp_port = port.rtp_port();
    let playback = port.play(&clip(&[0; 16_000])).expect("room");
    port.close();
    port.close();
    let ended = MediaEvent::PlaybackEnded { port: port.id(), playback, finished: false };
    assert_eq!(events_until(&engine, |events| !events.is_empty()), [ended]);
    engine.close();
    assert!(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, rtp_port)).is_ok());
    assert!(matches!(port.stop_playing(), Err(EngineError::Stopped)));
    assert!(matches!(engine.open_port(), Err(EngineError::Stopped)));
}

#[test]
fn a_command_for_a_port_that_is_closed_still_tells_its_end() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    port.close();
    let playback = port.play(&clip(&[0; 160])).expect("the worker runs");
    let ended = MediaEvent::PlaybackEnded { port: port.id(), playback, finished: false };
    assert_eq!(events_until(&engine, |events| !events.is_empty()), [ended]);
}

#[test]
fn closing_the_engine_keeps_the_events() {
    let engine = engine(3, 60_000);
    let ports: Vec<_> = (0..9).map(|_| engine.open_port().expect("a port")).collect();
    for port in &ports {
        port.play(&clip(&[0; 160])).expect("room");
    }
    engine.close();
    engine.close();
    assert_eq!(engine.poll_events(100).len(), 9);
}
