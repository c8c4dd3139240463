//! A recorder driven tick by tick.

use super::super::recording_plan::RecordingChannels;
use super::*;

const ID: RecordingId = RecordingId(3);

const BOTH: RecordingPlan =
    RecordingPlan { track: RecordingTrack::Both, channels: RecordingChannels::Dual, trims_silence: false };

fn loud(recorder: &mut Recorder, packet: u32) {
    let payload = [Law::Mu.encode(8000); 160];
    assert!(recorder.handle_audio(AudioCodec::Pcmu, RtpTimestamp::new(packet * 160), &payload, packet == 0));
}

/// All that the recorder holds as frames: true where there is sound. Writes silence like the writer.
fn drain(recorder: &mut Recorder, give_back: bool) -> Vec<bool> {
    let mut samples = Vec::new();
    while let Some(recorded) = recorder.poll() {
        match recorded {
            Recorded::Chunk(id, chunk) => {
                assert_eq!(id, ID);
                samples.resize(samples.len() + usize::try_from(chunk.silence_before()).expect("small"), 0);
                samples.extend_from_slice(chunk.samples());
                if give_back {
                    recorder.recycle(chunk);
                }
            }
            Recorded::Finished(_, silence) => {
                samples.resize(samples.len() + usize::try_from(silence).expect("small"), 0);
            }
        }
    }
    samples.chunks(FRAME_SAMPLES).map(|frame| frame[0] != 0).collect()
}

#[test]
fn the_file_has_as_many_frames_as_there_were_ticks() {
    for ticks in [0, 1, 2, 3, 4, 10, 33] {
        let mut recorder = Recorder::new(ID, RecordingPlan::INBOUND);
        recorder.handle_tick(ticks);
        recorder.finish();
        assert_eq!(drain(&mut recorder, true).len(), ticks as usize);
    }
}

#[test]
fn sound_stands_where_it_arrived_and_fades_for_60_ms_behind_it() {
    let mut recorder = Recorder::new(ID, RecordingPlan::INBOUND);
    recorder.handle_tick(5);
    for packet in 0..4 {
        loud(&mut recorder, packet);
        recorder.handle_tick(1);
    }
    recorder.handle_tick(6);
    recorder.finish();
    let heard = drain(&mut recorder, true);
    assert_eq!(heard, [[false; 5].as_slice(), &[true; 4], &[true; 3], &[false; 3]].concat());
}

#[test]
fn a_key_and_comfort_noise_end_the_sound_at_once() {
    let mut recorder = Recorder::new(ID, RecordingPlan::INBOUND);
    loud(&mut recorder, 0);
    recorder.handle_silence(RtpTimestamp::new(160), false);
    recorder.handle_tick(4);
    recorder.finish();
    assert_eq!(drain(&mut recorder, true), [true, false, false, false]);
}

#[test]
fn sound_of_the_last_ticks_is_not_lost() {
    let mut recorder = Recorder::new(ID, RecordingPlan::INBOUND);
    for packet in 0..5 {
        loud(&mut recorder, packet);
        recorder.handle_tick(1);
    }
    recorder.finish();
    assert_eq!(drain(&mut recorder, true), [true; 5]);
}

#[test]
fn a_slow_writer_costs_sound_and_not_time() {
    let mut recorder = Recorder::new(ID, RecordingPlan::INBOUND);
    let mut heard = Vec::new();
    for packet in 0..203 {
        loud(&mut recorder, packet);
        recorder.handle_tick(1);
    }
    heard.extend(drain(&mut recorder, true)); // 100 frames were kept, 100 dropped
    assert_eq!(heard.len(), 100);
    for packet in 203..223 {
        loud(&mut recorder, packet);
        recorder.handle_tick(1);
    }
    recorder.finish();
    heard.extend(drain(&mut recorder, true));
    assert_eq!(heard.len(), 223);
    assert_eq!(heard.iter().filter(|frame| **frame).count(), 123);
}

#[test]
fn a_refused_chunk_becomes_silence() {
    let mut recorder = Recorder::new(ID, RecordingPlan::INBOUND);
    for packet in 0..30 {
        loud(&mut recorder, packet);
        recorder.handle_tick(1);
    }
    let Some(Recorded::Chunk(_, chunk)) = recorder.poll() else { panic!("27 frames are two chunks") };
    recorder.handle_refused(chunk);
    recorder.finish();
    let heard = drain(&mut recorder, true);
    assert_eq!(heard.len(), 30);
    assert_eq!(heard[..10], [false; 10]);
    assert_eq!(heard[10..], [true; 20]);
}

/// The samples of the file, the channels in turn.
fn samples(recorder: &mut Recorder) -> Vec<i16> {
    recorder.finish();
    let mut samples = Vec::new();
    while let Some(recorded) = recorder.poll() {
        if let Recorded::Chunk(_, chunk) = recorded {
            samples.extend_from_slice(chunk.samples());
        }
    }
    samples
}

fn byte(sample: i16) -> [u8; 160] {
    [Law::Mu.encode(sample); 160]
}

fn value(sample: i16) -> i16 {
    Law::Mu.decode(Law::Mu.encode(sample))
}

/// Ten ticks in which the peer says one level and hears another.
fn talk(recorder: &mut Recorder, from: u32, heard: i16, sent: i16) {
    for packet in from..from + 10 {
        let timestamp = RtpTimestamp::new(packet * 160);
        recorder.handle_audio(AudioCodec::Pcmu, timestamp, &byte(heard), packet == 0);
        recorder.handle_sent(Law::Mu, timestamp.later_by(99), &byte(sent), SentBy::Port);
        recorder.handle_tick(1);
    }
}

#[test]
fn both_tracks_are_two_channels_or_their_sum() {
    for (track, channels, expected) in [
        (RecordingTrack::Both, RecordingChannels::Dual, vec![value(20_000), value(16_000)]),
        (RecordingTrack::Both, RecordingChannels::Mono, vec![i16::MAX]),
        (RecordingTrack::Inbound, RecordingChannels::Dual, vec![value(20_000)]),
        (RecordingTrack::Outbound, RecordingChannels::Mono, vec![value(16_000)]),
    ] {
        let mut recorder = Recorder::new(ID, RecordingPlan { track, channels, trims_silence: false });
        talk(&mut recorder, 0, 20_000, 16_000);
        assert_eq!(samples(&mut recorder), expected.repeat(1600));
    }
}

#[test]
fn a_pause_leaves_silence_of_its_length_or_nothing() {
    for (pause, silence) in [(Pause::Silence, 1600), (Pause::Skip, 0)] {
        let mut recorder = Recorder::new(ID, BOTH);
        talk(&mut recorder, 0, 8000, 4000);
        recorder.pause(pause);
        talk(&mut recorder, 10, 2000, 1000);
        recorder.resume();
        talk(&mut recorder, 20, 8000, 4000);
        let sound = [value(8000), value(4000)].repeat(1600);
        assert_eq!(samples(&mut recorder), [&sound[..], &vec![0; 2 * silence], &sound].concat());
    }
}

#[test]
fn nothing_that_was_said_in_a_pause_is_kept_however_late_it_comes_out() {
    let mut recorder = Recorder::new(ID, RecordingPlan::INBOUND);
    let send = |packet: u32, recorder: &mut Recorder, sample| {
        recorder.handle_audio(AudioCodec::Pcmu, RtpTimestamp::new(packet * 160), &byte(sample), packet == 0)
    };
    // Packets come later and later, up to 180 ms, so that the wait grows; then all at once in time again.
    let mut packet = 0;
    for tick in 0..550 {
        let number = tick - (tick / 50).min(9);
        while packet <= if tick < 500 { number } else { tick } {
            send(packet, &mut recorder, 20);
            packet += 1;
        }
        recorder.handle_tick(1);
        while let Some(Recorded::Chunk(_, chunk)) = recorder.poll() {
            recorder.recycle(chunk);
        }
    }
    recorder.pause(Pause::Skip);
    for _ in 0..30 {
        send(packet, &mut recorder, 9000);
        packet += 1;
        recorder.handle_tick(1);
    }
    recorder.resume();
    recorder.handle_tick(25);
    assert!(samples(&mut recorder).iter().all(|sample| sample.unsigned_abs() < 1000));
}

#[test]
fn a_recording_that_ends_in_a_pause_ends_with_it() {
    let mut recorder = Recorder::new(ID, BOTH);
    talk(&mut recorder, 0, 8000, 4000);
    recorder.pause(Pause::Skip);
    talk(&mut recorder, 10, 8000, 4000);
    assert_eq!(samples(&mut recorder).len(), 2 * 1600);
}

#[test]
fn a_prompt_behind_a_partner_whose_clock_is_ahead_stands_where_it_was_sent() {
    let mut recorder = Recorder::new(ID, RecordingPlan { track: RecordingTrack::Outbound, ..BOTH });
    let mut timestamp = RtpTimestamp::new(7);
    // Each time that they take turns, what is sent gets 20 ms ahead of the clock.
    for turn in 0..12 {
        let (by, sample) = if turn % 2 == 0 { (SentBy::Port, 8000) } else { (SentBy::Partner, -8000) };
        for _ in 0..10 {
            recorder.handle_sent(Law::Mu, timestamp, &byte(sample), by);
            timestamp = timestamp.later_by(160);
            recorder.handle_tick(1);
        }
        timestamp = timestamp.later_by(160);
        while recorder.chunks.pop().map(|chunk| recorder.recycle(chunk)).is_some() {}
    }
    recorder.handle_sent(Law::Mu, timestamp, &byte(200), SentBy::Port);
    recorder.handle_tick(1);
    let rest = samples(&mut recorder);
    assert_eq!(rest[rest.len() - 160..], [value(200); 160]);
    assert_eq!(rest[rest.len() - 161], value(-8000));
}
