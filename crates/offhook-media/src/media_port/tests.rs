//! A port driven tick by tick, and two ports with a wire between them.

use std::net::Ipv4Addr;

use super::*;
use crate::codec::AudioCodec;
use crate::rtcp::source_description::CNAME_BYTES;
use crate::rtp;
use crate::telephone_event::{Key, TelephoneEvent};
use crate::units::{MarkId, PayloadType, RtpTimestamp, SampleRate, SeqNo, Ssrc, WallClock};

const PEER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 9), 51_000);

struct Bench {
    port: MediaPort,
    now: Moment,
}

fn plan(codec: AudioCodec) -> MediaPlan {
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    receive.insert(PayloadType::from_header(8), AudioCodec::Pcma);
    MediaPlan {
        remote: PEER,
        remote_rtcp: SocketAddrV4::new(*PEER.ip(), 51_001),
        codec,
        payload_type: PayloadType::from_header(if codec == AudioCodec::Pcmu { 0 } else { 8 }),
        receive,
        telephone_event: Some(PayloadType::from_header(101)),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    }
}

impl Bench {
    fn new(ssrc: u32) -> Self {
        let seed = SessionSeed {
            ssrc: Ssrc::new(ssrc),
            sequence_number: SeqNo::new(65_530),
            timestamp: RtpTimestamp::new(u32::MAX - 1000),
            cname: [b'c'; CNAME_BYTES],
            wall_clock: WallClock::new(0),
        };
        Self { port: MediaPort::new(PortId(1), seed, Duration::from_secs(60)), now: Moment::from_nanos(0) }
    }

    fn started() -> Self {
        let mut bench = Self::new(1);
        bench.port.apply(&plan(AudioCodec::Pcmu), bench.now);
        bench
    }

    /// One tick; the RTP packets that it sends.
    fn tick(&mut self) -> Vec<Vec<u8>> {
        self.ticks_at_once(1)
    }

    fn ticks_at_once(&mut self, frames: u32) -> Vec<Vec<u8>> {
        self.now = self.now.later_by(Duration::from_millis(20) * frames);
        self.port.handle_tick(self.now, frames);
        let mut packets = Vec::new();
        while let Some(transmit) = self.port.poll_transmit() {
            if transmit.channel == Channel::Rtp {
                packets.push(transmit.bytes.to_vec());
            }
        }
        packets
    }

    fn events(&mut self) -> Vec<MediaEvent> {
        std::iter::from_fn(|| self.port.poll_event()).collect()
    }
}

fn clip(frames: usize, sample: i16) -> Arc<Clip> {
    let bytes: Vec<u8> = std::iter::repeat_n(sample.to_le_bytes(), frames * 160).flatten().collect();
    Arc::new(Clip::load(&bytes, SampleRate::TELEPHONE).expect("even"))
}

fn header(packet: &[u8]) -> rtp::Header {
    rtp::parse(packet).expect("our own").header
}

#[test]
fn before_a_plan_it_is_mute() {
    let mut bench = Bench::new(1);
    bench.port.play(PlaybackId(1), clip(1, 5000));
    assert!(bench.tick().is_empty());
    assert!(bench.events().is_empty());
}

#[test]
fn rtp_never_stops_and_its_numbers_are_continuous() {
    let mut bench = Bench::started();
    let mut headers = Vec::new();
    for tick in 0..20 {
        if tick == 5 {
            bench.port.play(PlaybackId(1), clip(3, 5000));
        }
        let packets = bench.tick();
        assert_eq!(packets.len(), 1);
        assert_eq!(packets[0].len(), 172);
        headers.push(header(&packets[0]));
    }
    for (index, pair) in headers.windows(2).enumerate() {
        assert_eq!(pair[1].sequence_number, pair[0].sequence_number.next());
        assert_eq!(pair[1].timestamp, pair[0].timestamp.later_by(160));
        assert_eq!(pair[1].ssrc, pair[0].ssrc);
        assert_eq!((pair[0].marker, pair[1].marker), (index == 0, false));
    }
}

#[test]
fn clips_follow_each_other_without_a_gap() {
    let mut bench = Bench::started();
    bench.port.play(PlaybackId(1), clip(2, 5000));
    bench.port.play(PlaybackId(2), clip(0, 0));
    bench.port.play(PlaybackId(3), clip(1, -5000));
    let law = AudioCodec::Pcmu.law();
    let heard: Vec<u8> = (0..4).map(|_| bench.tick()[0][12]).collect();
    assert_eq!(heard, [law.encode(5000), law.encode(5000), law.encode(-5000), law.silence()]);
    let ended = |playback| MediaEvent::PlaybackEnded {
        port: PortId(1),
        playback: PlaybackId(playback),
        finished: true,
    };
    assert_eq!(bench.events(), [ended(1), ended(2), ended(3)]);
}

#[test]
fn a_missed_tick_is_skipped_and_the_timestamp_follows_the_clock() {
    let mut bench = Bench::started();
    let before = header(&bench.tick()[0]);
    let packets = bench.ticks_at_once(5);
    assert_eq!(packets.len(), 1, "never a burst");
    let after = header(&packets[0]);
    assert_eq!(after.timestamp.distance_from(before.timestamp), 800);
    assert_eq!(after.sequence_number, before.sequence_number.next());
}

/// The samples of so many ticks, decoded.
fn heard(bench: &mut Bench, ticks: usize) -> Vec<i16> {
    let law = AudioCodec::Pcmu.law();
    (0..ticks).flat_map(|_| bench.tick().remove(0)[12..].to_vec()).map(|byte| law.decode(byte)).collect()
}

fn playback_ended(playback: u64, finished: bool) -> MediaEvent {
    MediaEvent::PlaybackEnded { port: PortId(1), playback: PlaybackId(playback), finished }
}

#[test]
fn a_loop_joins_its_turns_to_the_sample_and_ends_after_the_last() {
    let mut bench = Bench::started();
    let turn: Vec<i16> = (1..=250).map(|n| n * 100).collect();
    bench.port.play_turns(PlaybackId(1), Arc::new(Clip::new(turn.clone())), Turns::Times(3));
    bench.port.play(PlaybackId(2), clip(1, -5000));
    let samples = heard(&mut bench, 4);
    assert!(bench.events().is_empty());
    let last = heard(&mut bench, 1);
    assert_eq!(bench.events(), [playback_ended(1, true)]);
    let law = AudioCodec::Pcmu.law();
    let expected: Vec<i16> =
        turn.repeat(3).iter().chain(&[0; 50]).map(|sample| law.decode(law.encode(*sample))).collect();
    assert_eq!([samples, last].concat(), expected);
    heard(&mut bench, 1);
    assert_eq!(bench.events(), [playback_ended(2, true)]);
}

#[test]
fn a_loop_for_ever_plays_until_it_is_stopped() {
    let mut bench = Bench::started();
    bench.port.play_turns(PlaybackId(1), Arc::new(Clip::new(vec![5000; 7])), Turns::Forever);
    assert!(heard(&mut bench, 100).iter().all(|sample| *sample > 4000));
    assert!(bench.events().is_empty());
    bench.port.stop_playing();
    assert_eq!(bench.events(), [playback_ended(1, false)]);
    assert!(matches!(bench.port.poll_spent(), Some(Spent::Clip(_))));
    assert_eq!(heard(&mut bench, 1), [0; 160]);
}

#[test]
fn an_empty_clip_ends_at_once_however_often() {
    let mut bench = Bench::started();
    bench.port.play_turns(PlaybackId(1), clip(0, 0), Turns::Forever);
    bench.port.play_turns(PlaybackId(2), clip(0, 0), Turns::Times(0));
    bench.port.play_turns(PlaybackId(3), clip(1, 5000), Turns::Times(0));
    bench.tick();
    assert_eq!(bench.events(), [1, 2, 3].map(|playback| playback_ended(playback, true)));
}

fn opened_feed(bench: &mut Bench, id: u64) -> Arc<FeedProgress> {
    let progress = Arc::new(FeedProgress::default());
    bench.port.open_feed(Box::new(Feed::new(PlaybackId(id), Arc::clone(&progress))));
    progress
}

#[test]
fn a_feed_stands_in_the_queue_like_a_clip() {
    let mut bench = Bench::started();
    bench.port.play(PlaybackId(1), clip(1, 5000));
    opened_feed(&mut bench, 2);
    bench.port.play(PlaybackId(3), clip(1, -5000));
    bench.port.feed(PlaybackId(2), FeedInput::Piece(clip(1, 9000)));
    assert_eq!([heard(&mut bench, 1)[0] > 0, heard(&mut bench, 1)[0] > 8000], [true, true]);
    assert_eq!(bench.events(), [playback_ended(1, true)]);
    assert_eq!(heard(&mut bench, 2), [0; 320], "it waits for more");
    bench.port.feed(PlaybackId(2), FeedInput::Finish(VecDeque::new()));
    assert!(heard(&mut bench, 1)[0] < -4000, "the next begins at once");
    assert_eq!(bench.events(), [playback_ended(2, true), playback_ended(3, true)]);
}

#[test]
fn stopping_drops_a_feed_and_what_comes_late_for_it() {
    let mut bench = Bench::started();
    let progress = opened_feed(&mut bench, 2);
    bench.port.feed(PlaybackId(2), FeedInput::Piece(clip(9, 9000)));
    bench.port.feed(PlaybackId(2), FeedInput::Mark(MarkId(7)));
    bench.tick();
    bench.port.stop_playing();
    let mark = |mark| MediaEvent::MarkPassed {
        port: PortId(1),
        playback: PlaybackId(2),
        mark: MarkId(mark),
        played: false,
    };
    assert_eq!(bench.events(), [mark(7), playback_ended(2, false)]);
    assert_eq!((progress.pieces(), progress.is_over()), (1, false));
    assert!(matches!(bench.port.poll_spent(), Some(Spent::Feed(_))));
    assert!(progress.is_over());
    bench.port.feed(PlaybackId(2), FeedInput::Piece(clip(1, 9000)));
    bench.port.feed(PlaybackId(2), FeedInput::Mark(MarkId(8)));
    bench.port.feed(PlaybackId(2), FeedInput::Finish(VecDeque::new()));
    assert_eq!(bench.events(), [mark(8)]);
    assert!(matches!(bench.port.poll_spent(), Some(Spent::Clip(_))));
    assert!(matches!(bench.port.poll_spent(), Some(Spent::Pieces(_))));
    assert!(bench.port.poll_spent().is_none());
}

#[test]
fn a_new_plan_changes_the_law_within_a_clip() {
    let mut bench = Bench::started();
    bench.port.play(PlaybackId(1), clip(4, 5000));
    let mu = bench.tick();
    bench.port.apply(&plan(AudioCodec::Pcma), bench.now);
    let a = bench.tick();
    assert_eq!((header(&mu[0]).payload_type.get(), mu[0][12]), (0, AudioCodec::Pcmu.law().encode(5000)));
    assert_eq!((header(&a[0]).payload_type.get(), a[0][12]), (8, AudioCodec::Pcma.law().encode(5000)));
    assert_eq!(header(&a[0]).ssrc, header(&mu[0]).ssrc);
}

#[test]
fn on_hold_playback_waits_and_a_talkspurt_begins_after_it() {
    let mut bench = Bench::started();
    bench.port.play(PlaybackId(1), clip(2, 5000));
    let before = header(&bench.tick()[0]);
    bench.port.apply(&MediaPlan { sends: false, ..plan(AudioCodec::Pcmu) }, bench.now);
    assert!(bench.tick().is_empty());
    assert!(bench.tick().is_empty());
    assert!(bench.events().is_empty());
    bench.port.apply(&plan(AudioCodec::Pcmu), bench.now);
    let after = header(&bench.tick()[0]);
    assert!(after.marker);
    assert_eq!(after.timestamp.distance_from(before.timestamp), 480);
    assert_eq!(after.sequence_number, before.sequence_number.next());
    assert_eq!(bench.events().len(), 1);
}

#[test]
fn digits_go_out_as_rfc4733_says() {
    let mut bench = Bench::started();
    bench.port.send_digits(PlaybackId(9), Box::new(DigitRun::parse("7").expect("a key")));
    let packets: Vec<Vec<u8>> = (0..10).map(|_| bench.tick().remove(0)).collect();
    let first = header(&packets[0]);
    for (index, packet) in packets[..7].iter().enumerate() {
        let read = rtp::parse(packet).expect("our own");
        assert_eq!(read.header.payload_type.get(), 101);
        assert_eq!(read.header.marker, index == 0);
        assert_eq!(read.header.timestamp, first.timestamp);
        let event = TelephoneEvent::parse(read.payload).expect("four bytes");
        let duration_ticks = [160, 320, 480, 640, 800, 800, 800][index];
        assert_eq!(event, TelephoneEvent { event: 7, end: index >= 4, volume: 10, duration_ticks });
    }
    let markers: Vec<bool> = packets[7..].iter().map(|packet| header(packet).marker).collect();
    assert_eq!(markers, [true, false, false], "audio goes on in a new talkspurt");
    assert_eq!(header(&packets[7]).timestamp.distance_from(first.timestamp), 7 * 160);
    for pair in packets.windows(2) {
        assert_eq!(header(&pair[1]).sequence_number, header(&pair[0]).sequence_number.next());
    }
    assert_eq!(bench.events(), [MediaEvent::DigitsSent { port: PortId(1), playback: PlaybackId(9) }]);
}

#[test]
fn without_telephone_events_keys_are_sent_as_tones_and_all_of_them_are_heard() {
    const KEYS: &str = "0123456789*#ABCDwWDD";
    for codec in [AudioCodec::Pcmu, AudioCodec::Pcma] {
        let (mut one, mut two) = (Bench::started(), Bench::started());
        for bench in [&mut one, &mut two] {
            bench.port.apply(&MediaPlan { telephone_event: None, ..plan(codec) }, bench.now);
        }
        one.port.send_digits(PlaybackId(9), Box::new(DigitRun::parse(KEYS).expect("keys")));
        one.port.play(PlaybackId(10), clip(2, 5000));
        let (mut keys, mut told) = (String::new(), Vec::new());
        for tick in 0..270 {
            for mut packet in one.tick() {
                let read = rtp::parse(&packet).expect("our own");
                assert_eq!((read.header.payload_type, read.payload.len()), (plan(codec).payload_type, 160));
                assert_eq!(read.header.marker, tick == 0, "it is audio as any other");
                two.port.handle_rtp(&mut packet, PEER, two.now);
            }
            told.extend(one.events().into_iter().map(|event| (tick, event)));
            two.tick();
            for event in two.events() {
                let MediaEvent::DigitReceived { key, .. } = event else { panic!("{event:?}") };
                keys.push(key.to_char());
            }
        }
        assert_eq!(keys, KEYS.replace(['w', 'W'], ""));
        let port = PortId(1);
        // 18 keys of 200 ms and two waits: told with the last frame of the last key, the clip behind the gap.
        let sent = (18 * 10 + 75 - 6, MediaEvent::DigitsSent { port, playback: PlaybackId(9) });
        let played =
            (18 * 10 + 75 + 1, MediaEvent::PlaybackEnded { port, playback: PlaybackId(10), finished: true });
        assert_eq!(told, [sent, played]);
    }
}

#[test]
fn stopping_ends_a_key_that_sounds() {
    let mut bench = Bench::started();
    bench.port.apply(&MediaPlan { telephone_event: None, ..plan(AudioCodec::Pcmu) }, bench.now);
    bench.port.send_digits(PlaybackId(1), Box::new(DigitRun::parse("12").expect("keys")));
    bench.tick();
    assert_ne!(bench.tick()[0][12..], [0xff; 160]);
    bench.port.stop_playing();
    let ended = MediaEvent::PlaybackEnded { port: PortId(1), playback: PlaybackId(1), finished: false };
    assert_eq!(bench.events(), [ended]);
    for _ in 0..20 {
        assert_eq!(bench.tick()[0][12..], [0xff; 160]);
    }
    assert!(bench.events().is_empty());
}

#[test]
fn stopping_ends_all_that_is_queued_and_lets_go_of_the_key() {
    let mut bench = Bench::started();
    bench.port.send_digits(PlaybackId(1), Box::new(DigitRun::parse("12").expect("keys")));
    bench.port.play(PlaybackId(2), clip(2, 5000));
    bench.tick();
    bench.tick();
    bench.port.stop_playing();
    let ended = |playback| MediaEvent::PlaybackEnded {
        port: PortId(1),
        playback: PlaybackId(playback),
        finished: false,
    };
    assert_eq!(bench.events(), [ended(1), ended(2)]);
    let ends: Vec<Vec<u8>> = (0..4).map(|_| bench.tick().remove(0)).collect();
    for packet in &ends[..3] {
        let event = TelephoneEvent::parse(&packet[12..]).expect("four bytes");
        assert!(event.end);
        assert_eq!(event.duration_ticks, 320);
    }
    assert_eq!(ends[3].len(), 172);
    assert!(bench.events().is_empty());
}

#[test]
fn keys_pressed_on_one_port_are_heard_on_the_other() {
    let (mut one, mut two) = (Bench::started(), Bench::started());
    one.port.send_digits(PlaybackId(1), Box::new(DigitRun::parse("0123456789*#ABCDw5").expect("keys")));
    let mut keys = String::new();
    for tick in 0..210 {
        for mut packet in one.tick() {
            if tick % 3 != 0 {
                two.port.handle_rtp(&mut packet, PEER, two.now); // every third packet is lost
            }
        }
        two.tick();
        for event in two.events() {
            match event {
                MediaEvent::DigitReceived { key, .. } => keys.push(Key::to_char(key)),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(keys, "0123456789*#ABCD5");
}

#[test]
fn a_recording_of_the_other_port_stands_at_its_time() {
    let (mut one, mut two) = (Bench::started(), Bench::started());
    two.port.record(Box::new(Recorder::new(RecordingId(4), RecordingPlan::INBOUND)));
    one.port.play(PlaybackId(1), clip(20, 5000));
    for _ in 0..30 {
        for mut packet in one.tick() {
            two.port.handle_rtp(&mut packet, PEER, two.now);
        }
        two.tick();
    }
    two.port.close(two.now);
    let mut samples = Vec::new();
    let mut is_finished = false;
    while let Some(recorded) = two.port.poll_recording() {
        match recorded {
            Recorded::Chunk(id, chunk) => {
                assert_eq!(id, RecordingId(4));
                samples.extend_from_slice(chunk.samples());
            }
            Recorded::Finished(_, silence) => {
                assert_eq!(silence, 0);
                is_finished = true;
            }
        }
    }
    assert!(is_finished);
    assert_eq!(samples.len(), 30 * 160);
    assert!(samples[..20 * 160].iter().all(|sample| (sample - 5000).abs() < 200));
    assert!(samples[20 * 160..].iter().all(|sample| *sample == 0));
}

#[test]
fn the_media_timeout_is_told_once_until_rtp_comes_again() {
    let mut bench = Bench::started();
    let mut sender = Bench::started();
    let timeouts = |bench: &mut Bench, ticks: u32| {
        (0..ticks)
            .map(|_| {
                bench.tick();
                bench.events().len()
            })
            .sum::<usize>()
    };
    assert_eq!(timeouts(&mut bench, 2999), 0);
    assert_eq!(timeouts(&mut bench, 3000), 1);
    bench.port.handle_rtp(&mut sender.tick()[0], PEER, bench.now);
    assert_eq!(timeouts(&mut bench, 2999), 0);
    assert_eq!(timeouts(&mut bench, 10), 1);
}

#[test]
fn the_media_timeout_waits_while_the_peer_only_listens_or_holds() {
    let mut bench = Bench::started();
    for (sends, receives) in [(true, false), (false, true), (false, false)] {
        bench.port.apply(&MediaPlan { sends, receives, ..plan(AudioCodec::Pcmu) }, bench.now);
        for _ in 0..4000 {
            bench.tick();
        }
        assert!(bench.events().is_empty());
    }
    bench.port.apply(&plan(AudioCodec::Pcmu), bench.now);
    for _ in 0..2999 {
        bench.tick();
    }
    assert!(bench.events().is_empty());
    bench.tick();
    assert_eq!(
        bench.events(),
        [MediaEvent::MediaTimedOut { port: PortId(1), silent: Duration::from_secs(60) }]
    );
}

#[test]
fn closing_says_bye_and_ends_playbacks() {
    let mut bench = Bench::started();
    bench.port.play(PlaybackId(1), clip(2, 5000));
    bench.tick();
    bench.port.close(bench.now);
    let transmit = bench.port.poll_transmit().expect("a BYE");
    assert_eq!(transmit.channel, Channel::Rtcp);
    assert_eq!(transmit.to.port(), 51_001);
    let ended = MediaEvent::PlaybackEnded { port: PortId(1), playback: PlaybackId(1), finished: false };
    assert_eq!(bench.events(), [ended]);
}

#[test]
fn tones_count_as_keys_where_no_telephone_event_was_negotiated_and_nowhere_else() {
    for telephone_event in [None, Some(PayloadType::from_header(101))] {
        let (mut one, mut two) = (Bench::started(), Bench::started());
        two.port.apply(&MediaPlan { telephone_event, ..plan(AudioCodec::Pcmu) }, two.now);
        #[expect(clippy::cast_possible_truncation, reason = "the peak is 8000")]
        let tones: Vec<u8> = (0..800u16)
            .map(|n| f64::from(n) * std::f64::consts::TAU / 8000.0)
            .map(|angle| 4000.0 * ((angle * 852.0).sin() + (angle * 1336.0).sin()))
            .flat_map(|sample| (sample as i16).to_le_bytes())
            .collect();
        one.port.play(PlaybackId(1), Arc::new(Clip::load(&tones, SampleRate::TELEPHONE).expect("even")));
        for _ in 0..10 {
            for mut packet in one.tick() {
                two.port.handle_rtp(&mut packet, PEER, two.now);
            }
            two.tick();
        }
        let eight = MediaEvent::DigitReceived { port: PortId(1), key: Key::from_char('8').expect("a key") };
        let expected = if telephone_event.is_none() { vec![eight] } else { vec![] };
        assert_eq!(two.events(), expected);
    }
}

/// The keys that a port tells of `packets`, which come one by one.
fn told(inband: InbandDigits, telephone_event: Option<u8>, packets: &[(u8, Vec<u8>)]) -> String {
    let mut bench = Bench::new(1);
    bench.port = bench.port.hearing(inband);
    let mut of = plan(AudioCodec::Pcmu);
    of.telephone_event = telephone_event.map(PayloadType::from_header);
    of.receive.insert_event(PayloadType::from_header(101));
    bench.port.apply(&of, bench.now);
    for (number, (payload_type, payload)) in (0u16..).zip(packets) {
        let header = crate::rtp::Header {
            marker: false,
            payload_type: PayloadType::from_header(*payload_type),
            sequence_number: SeqNo::new(number),
            timestamp: RtpTimestamp::new(if *payload_type == 0 { u32::from(number) * 160 } else { 0 }),
            ssrc: Ssrc::new(9),
        };
        let mut datagram = [&header.to_bytes()[..], payload].concat();
        bench.port.handle_rtp(&mut datagram, PEER, bench.now);
        bench.tick();
    }
    let keys = bench.events().into_iter().filter_map(|event| match event {
        MediaEvent::DigitReceived { key, .. } => Some(key.to_char()),
        _ => None,
    });
    keys.collect()
}

/// The tone of a key for 100 ms, as packets of G.711, and 100 ms of silence.
fn tone_packets(key: char) -> Vec<(u8, Vec<u8>)> {
    let mut samples = [0; 1600];
    super::keypad::tone_of(Key::from_char(key).expect("a key")).render(0, 800, &mut samples);
    let coded: Vec<u8> = samples.iter().map(|sample| AudioCodec::Pcmu.law().encode(*sample)).collect();
    coded.chunks(160).map(|payload| (0, payload.to_vec())).collect()
}

fn event_packet(key: char, duration_ticks: u16, end: bool) -> (u8, Vec<u8>) {
    let event = Key::from_char(key).expect("a key").event();
    (101, TelephoneEvent { event, end, volume: 10, duration_ticks }.to_bytes().to_vec())
}

#[test]
fn tones_are_heard_where_the_setting_says() {
    let tones = tone_packets('8');
    for (inband, negotiated, keys) in [
        (InbandDigits::Auto, None, "8"),
        (InbandDigits::Auto, Some(101), ""),
        (InbandDigits::Always, None, "8"),
        (InbandDigits::Always, Some(101), "8"),
        (InbandDigits::Off, None, ""),
        (InbandDigits::Off, Some(101), ""),
    ] {
        assert_eq!(told(inband, negotiated, &tones), keys, "{inband:?} {negotiated:?}");
    }
}

#[test]
fn a_key_that_comes_as_tone_and_as_event_is_pressed_once() {
    let tone = tone_packets('8');
    let event = [event_packet('8', 160, false), event_packet('8', 800, true)];
    let tone_first = [&tone[..4], &event, &tone[4..], &tone_packets('9')].concat();
    assert_eq!(told(InbandDigits::Always, Some(101), &tone_first), "8", "and tones count no more");
    let event_first = [&event[..1], &tone[..], &event[1..]].concat();
    assert_eq!(told(InbandDigits::Always, Some(101), &event_first), "8");
}

#[test]
fn an_event_that_nobody_negotiated_is_a_key_all_the_same() {
    assert_eq!(told(InbandDigits::Auto, None, &[event_packet('#', 800, true)]), "#");
    assert_eq!(told(InbandDigits::Auto, Some(96), &[event_packet('#', 800, true)]), "#", "under two numbers");
}

#[test]
fn events_are_sent_with_durations_of_the_clock_that_was_agreed_on() {
    let mut bench = Bench::new(1);
    let rate = SampleRate::new(48_000).expect("a rate");
    bench.port.apply(&MediaPlan { telephone_event_rate: rate, ..plan(AudioCodec::Pcmu) }, bench.now);
    bench.port.send_digits(PlaybackId(1), Box::new(DigitRun::parse("4").expect("a digit")));
    let lasts: Vec<u16> = (0..7)
        .flat_map(|_| bench.tick())
        .map(|packet| TelephoneEvent::parse(&packet[12..]).expect("an event").duration_ticks)
        .collect();
    assert_eq!(lasts, [960, 1920, 2880, 3840, 4800, 4800, 4800]);
}
