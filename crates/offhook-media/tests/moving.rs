//! Legs that move between workers while they are recorded, fed and listened to, over real sockets.

mod support;

use std::path::Path;
use std::time::Duration;

use _media::codec::g711::Law;
use _media::engine::{MediaEngine, MediaPortHandle};
use _media::media_port::{MediaEvent, RecordingChannels, RecordingPlan, RecordingTrack};
use _media::units::SampleRate;
use support::{Phone, assert_near, engine, events_until, heard, plan, tone};

/// Eight periods of it are a packet.
const ONE_HZ: u32 = 400;
/// Twenty are.
const TWO_HZ: u32 = 1000;

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
}

/// Two legs of two workers, and a third whose packets are the clock. Of the two the first one moves
/// when it is joined to the second: its worker has more legs.
fn legs(engine: &MediaEngine) -> (Leg, Leg, Leg) {
    let (one, two) = (Leg::open(engine), Leg::open(engine));
    (one, two, Leg::open(engine))
}

fn packet(hz: u32) -> Vec<u8> {
    tone(f64::from(hz), 8000.0, 160).into_iter().map(|sample| Law::Mu.encode(sample)).collect()
}

/// Let both phones talk, or be silent, for so many packets at once.
fn beats(clock: &Leg, one: &mut Leg, two: &mut Leg, count: usize, is_talking: bool) {
    let silence = vec![Law::Mu.silence(); 160];
    for _ in 0..count {
        clock.phone.receive();
        one.say(&if is_talking { packet(ONE_HZ) } else { silence.clone() });
        two.say(&if is_talking { packet(TWO_HZ) } else { silence.clone() });
    }
}

#[test]
fn two_recordings_go_on_while_their_leg_moves() {
    let path =
        |name: &str| std::env::temp_dir().join(format!("offhook-moving-{}-{name}.wav", std::process::id()));
    // A machine that stalls for longer than a tick tears the tone: such a run proves nothing.
    assert!(
        (0..5).any(|_| move_and_record(&path("both"), &path("inbound"))),
        "this machine stalled five times"
    );
}

fn samples(path: &Path) -> Vec<i16> {
    let bytes = std::fs::read(path).expect("the file");
    std::fs::remove_file(path).expect("ours");
    bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// False when a tick was skipped.
fn move_and_record(both_path: &Path, inbound_path: &Path) -> bool {
    let engine = engine(2, 60_000);
    let (mut one, mut two, clock) = legs(&engine);
    let both = RecordingPlan {
        track: RecordingTrack::Both,
        channels: RecordingChannels::Dual,
        trims_silence: false,
    };
    let both = one.port.record(both_path, both).expect("a new file");
    let inbound = one.port.record(inbound_path, RecordingPlan::INBOUND).expect("a new file");
    beats(&clock, &mut one, &mut two, 20, true);
    one.port.join(&two.port).expect("running");
    beats(&clock, &mut one, &mut two, 30, true);
    beats(&clock, &mut one, &mut two, 20, false);
    beats(&clock, &mut one, &mut two, 25, true);
    beats(&clock, &mut one, &mut two, 10, false);
    one.port.stop_recording(inbound).expect("running");
    one.port.stop_recording(both).expect("running");
    let is_whole = |event: &&MediaEvent| matches!(event, MediaEvent::RecordingEnded { failure: None, .. });
    events_until(&engine, |events| events.iter().filter(is_whole).count() == 2);
    let (both, inbound) = (samples(both_path), samples(inbound_path));
    if engine.counters().ticks_skipped > 0 {
        return false;
    }
    let (left, right) = (heard(&both, 0, 2, ONE_HZ), heard(&both, 1, 2, TWO_HZ));
    assert_near(&heard(&inbound, 0, 1, ONE_HZ), &left);
    assert_eq!(heard(&inbound, 0, 1, TWO_HZ), [], "what is sent is not its track");
    let [(began, ended), second] = left[..] else { panic!("{left:?}") };
    assert!((ended - began - 1000).abs() <= 40, "without a hole over the move: {left:?}");
    let [(joined, _), _] = right[..] else { panic!("{right:?}") };
    assert_near(&right, &[(joined, ended), second]);
    assert!((joined - began - 400).abs() <= 60, "{left:?} {right:?}");
    true
}

#[test]
fn a_feed_and_a_watch_go_on_while_their_leg_moves() {
    let engine = engine(2, 60_000);
    let (mut one, two, three) = legs(&engine);
    one.port.watch_voice(Duration::from_secs(1)).expect("room");
    let feed = one.port.open_feed(SampleRate::TELEPHONE).expect("room");
    // A ramp: each sample tells where it stands.
    let source: Vec<i16> = (0..16_000i16).map(|n| n * 2 - 16_000).collect();
    let pieces: Vec<Vec<u8>> = source
        .chunks(4000)
        .map(|piece| piece.iter().flat_map(|sample| sample.to_le_bytes()).collect())
        .collect();
    let (mut marks, mut heard) = (Vec::new(), Vec::new());
    let expected: Vec<u8> = source.iter().map(|sample| Law::Mu.encode(*sample)).collect();
    let mut hear = |one: &Leg| {
        let (_, _, payload) = one.phone.receive();
        if !heard.is_empty() || payload == expected[..160] {
            heard.extend(payload);
        }
        heard.len()
    };
    for (number, piece) in pieces.iter().enumerate() {
        feed.feed(piece).expect("room");
        marks.push(feed.mark().expect("room"));
        match number {
            0 => one.port.join(&two.port).expect("running"),
            1 => one.port.join(&three.port).expect("running"), // back again
            2 => one.port.unjoin().expect("running"),
            _ => feed.finish().expect("running"),
        }
        for _ in 0..8 {
            hear(&one); // the feed never pauses, and so is the clock
            one.say(&packet(ONE_HZ));
        }
    }
    let mut told = events_until(&engine, |events| {
        events.iter().any(|event| matches!(event, MediaEvent::PlaybackEnded { .. }))
    });
    let is_silent = |event: &MediaEvent| matches!(event, MediaEvent::VoiceEnded { .. });
    if !told.iter().any(is_silent) {
        told.extend(events_until(&engine, |events| events.iter().any(is_silent)));
    }
    let port = one.port.id();
    assert!(told.iter().all(|event| event.port() == port));
    let voices: Vec<&MediaEvent> = told
        .iter()
        .filter(|event| matches!(event, MediaEvent::VoiceStarted { .. } | MediaEvent::VoiceEnded { .. }))
        .collect();
    assert!(
        matches!(voices[..], [MediaEvent::VoiceStarted { .. }, MediaEvent::VoiceEnded { .. }]),
        "one stretch of voice, not parted by the moves: {voices:?}"
    );
    let of_feed: Vec<MediaEvent> = told.iter().filter(|event| !voices.contains(event)).cloned().collect();
    let playback = feed.playback();
    let mut of_whole: Vec<MediaEvent> =
        marks.into_iter().map(|mark| MediaEvent::MarkPassed { port, playback, mark, played: true }).collect();
    of_whole.push(MediaEvent::PlaybackEnded { port, playback, finished: true });
    assert_eq!(of_feed, of_whole);
    assert_eq!((feed.underruns(), feed.waiting_ms()), (0, 0));
    while hear(&one) < source.len() {}
    assert_eq!(heard, expected);
}
