//! Tracks driven packet by packet and tick by tick.

use proptest::prelude::*;

use super::*;

const ID: TapId = TapId(7);

/// A tap on what the peer says, and its clock.
struct Bench {
    taps: Taps,
}

impl Bench {
    fn new(track: RecordingTrack) -> Self {
        let mut taps = Taps::default();
        taps.open(Box::new(Tap::new(ID, track)));
        Self { taps }
    }

    fn hear(&mut self, timestamp: u32, byte: u8) {
        self.taps.handle_audio(Law::Mu, RtpTimestamp::new(timestamp), &[byte; 160], false);
    }

    /// The first byte of each frame, with its time.
    fn frames(&mut self) -> Vec<(u64, u8)> {
        std::iter::from_fn(|| self.taps.poll())
            .map(|frame| {
                assert_eq!(frame.tap, ID);
                (frame.timestamp_ms, frame.payload[0])
            })
            .collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        self.frames().into_iter().map(|(_, byte)| byte).collect()
    }
}

const SILENCE: u8 = 0xff;

#[test]
fn a_packet_in_its_turn_is_passed_on_when_it_comes() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    for (place, timestamp) in (0..5).zip((1000..).step_by(160)) {
        bench.hear(timestamp, place);
        assert_eq!(bench.frames(), [(u64::from(place) * 20, place)]);
        bench.taps.handle_tick(1);
        assert_eq!(bench.frames(), []);
    }
}

#[test]
fn a_packet_that_overtook_another_waits_for_it() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    bench.hear(0, 1);
    bench.hear(320, 3);
    bench.hear(480, 4);
    assert_eq!(bench.bytes(), [1]);
    bench.hear(160, 2);
    assert_eq!(bench.bytes(), [2, 3, 4]);
    bench.hear(320, 9);
    assert!(bench.bytes().is_empty(), "it came before");
}

#[test]
fn a_lost_packet_is_silence_after_a_tick_and_a_late_one_is_dropped() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    bench.hear(0, 1);
    bench.taps.handle_tick(1);
    bench.hear(320, 3);
    bench.taps.handle_tick(1);
    assert_eq!(bench.bytes(), [1], "it may still come");
    bench.taps.handle_tick(1);
    assert_eq!(bench.bytes(), [SILENCE, 3]);
    bench.hear(160, 2);
    assert!(bench.bytes().is_empty());
    bench.hear(480, 4);
    assert_eq!(bench.frames(), [(60, 4)]);
}

#[test]
fn where_nothing_comes_silence_follows_the_clock() {
    let mut bench = Bench::new(RecordingTrack::Both);
    let mut frames = Vec::new();
    for _ in 0..50 {
        bench.taps.handle_tick(1);
        frames.extend(bench.frames());
    }
    assert_eq!(frames.len(), 2 * 45, "100 ms behind, on both tracks");
    assert!(frames.iter().all(|(_, byte)| *byte == SILENCE));
    bench.hear(77_000, 5);
    let frames = bench.frames();
    assert_eq!(frames.last(), Some(&(980, 5)), "it stands where the clock is");
    assert_eq!(frames.len(), 5);
}

#[test]
fn a_source_that_pauses_goes_on_at_its_own_time() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    bench.hear(0, 1);
    for _ in 0..100 {
        bench.taps.handle_tick(1);
    }
    bench.bytes();
    bench.hear(99 * 160, 2);
    assert_eq!(bench.frames().last(), Some(&(1980, 2)));
}

#[test]
fn what_was_late_and_is_news_is_passed_on_all_the_same() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    bench.hear(0, 1);
    for _ in 0..10 {
        bench.taps.handle_tick(1);
    }
    assert_eq!(bench.bytes(), [1, SILENCE, SILENCE, SILENCE, SILENCE]);
    for (byte, timestamp) in (2..11).zip((160..).step_by(160)) {
        bench.hear(timestamp, byte);
    }
    assert_eq!(bench.bytes(), (2..11).collect::<Vec<_>>(), "the pause is longer by what was silence");
}

#[test]
fn a_flood_gains_no_more_than_200_ms_on_the_clock() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    for timestamp in (0..100_u32).map(|packet| packet * 160) {
        bench.hear(timestamp, 1);
    }
    assert_eq!(bench.bytes().len(), 10);
    bench.taps.handle_tick(1);
    bench.hear(16_000, 2);
    assert_eq!(bench.frames(), [(200, 2)]);
}

#[test]
fn a_clock_that_jumps_begins_anew() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    for timestamp in [1_000_000, 1_000_160, 500, 660, 4_000_000_000, 4_000_000_160] {
        bench.hear(timestamp, 1);
        bench.taps.handle_tick(1);
    }
    assert_eq!(bench.bytes().iter().filter(|byte| **byte == 1).count(), 6);
}

#[test]
fn pieces_of_other_lengths_make_frames_of_20_ms() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    let mut timestamp = u32::MAX - 100;
    for length in [80, 80, 240, 400, 0, 160] {
        bench.taps.handle_audio(Law::Mu, RtpTimestamp::new(timestamp), &vec![3; length], false);
        timestamp = timestamp.wrapping_add(u32::try_from(length).expect("small"));
    }
    assert_eq!(bench.frames(), [(0, 3), (20, 3), (40, 3), (60, 3), (80, 3), (100, 3)]);
}

#[test]
fn a_law_is_passed_on_as_mu_law() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    bench.taps.handle_audio(Law::A, RtpTimestamp::new(0), &[Law::A.encode(8000); 160], false);
    let mut expected = [Law::A.encode(8000)];
    Law::A.convert(Law::Mu, &mut expected);
    assert_eq!(bench.bytes(), expected);
}

#[test]
fn what_the_port_plays_and_what_is_relayed_are_one_track() {
    let mut bench = Bench::new(RecordingTrack::Outbound);
    bench.taps.handle_sent(Law::Mu, RtpTimestamp::new(0), &[1; 160], SentBy::Port);
    bench.taps.handle_tick(1);
    bench.taps.handle_sent(Law::Mu, RtpTimestamp::new(90_000), &[2; 160], SentBy::Partner);
    bench.taps.handle_tick(1);
    bench.taps.handle_sent(Law::Mu, RtpTimestamp::new(320), &[3; 160], SentBy::Port);
    assert_eq!(bench.frames(), [(0, 1), (20, 2), (40, 3)]);
    bench.hear(0, 9);
    assert!(bench.bytes().is_empty(), "what the peer says is not of it");
}

#[test]
fn taps_are_each_for_themselves() {
    let mut bench = Bench::new(RecordingTrack::Inbound);
    bench.hear(0, 1);
    bench.taps.handle_tick(1);
    bench.taps.open(Box::new(Tap::new(TapId(8), RecordingTrack::Inbound)));
    bench.hear(160, 2);
    let frames: Vec<_> =
        std::iter::from_fn(|| bench.taps.poll()).map(|it| (it.tap, it.timestamp_ms)).collect();
    assert_eq!(frames, [(ID, 0), (ID, 20), (TapId(8), 0)]);
    assert!(bench.taps.close(ID).is_some());
    assert!(bench.taps.close(ID).is_none());
    bench.hear(320, 3);
    assert_eq!(bench.taps.poll().map(|it| it.tap), Some(TapId(8)));
}

proptest! {
    /// Whatever comes: frames follow each other without a gap, and keep to the clock.
    #[test]
    fn time_is_whole_and_keeps_to_the_clock(
        steps in prop::collection::vec((any::<u16>(), 0_usize..600, any::<bool>(), 0_u32..4), 1..200),
        origin: u32,
    ) {
        let mut bench = Bench::new(RecordingTrack::Inbound);
        let (mut clock, mut frames) = (0_u64, 0_u64);
        for (jump, length, is_new, ticks) in steps {
            let timestamp = origin.wrapping_add(u32::try_from(clock).expect("small") * 160).wrapping_add(u32::from(jump) % 1600);
            let payload = vec![1; length];
            bench.taps.handle_audio(Law::Mu, RtpTimestamp::new(timestamp), &payload, is_new && jump % 50 == 0);
            bench.taps.handle_tick(ticks);
            clock += u64::from(ticks);
            for (at, _) in bench.frames() {
                prop_assert_eq!(at, frames * 20);
                frames += 1;
            }
            prop_assert!(frames + 6 >= clock, "{} frames at {}", frames, clock);
            prop_assert!(frames <= clock + 11, "{} frames at {}", frames, clock);
        }
    }
}
