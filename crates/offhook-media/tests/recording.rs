//! Recordings over real sockets and files: what one port plays, the other writes down.

mod support;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use _media::engine::EngineError;
use _media::media_port::{
    MediaEvent, Pause, RECORDINGS_MAX, RecordingChannels, RecordingPlan, RecordingTrack,
};
use _media::units::RecordingId;
use support::{Phone, clip, engine, events_until, pair, plan, tone};

/// A path in the system's folder for such things; removed at the end.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("offhook-{}-{}.wav", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    /// The samples, after a look at the header.
    fn samples(&self) -> Vec<i16> {
        let bytes = std::fs::read(&self.0).expect("the file");
        let told = u32::from_le_bytes(bytes[40..44].try_into().expect("four bytes"));
        assert_eq!(bytes.len(), 44 + told as usize);
        bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // There is none when the test made none.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn recording_ended(events: &[MediaEvent]) -> Option<(Duration, Option<String>)> {
    events.iter().find_map(|event| match event {
        MediaEvent::RecordingEnded { duration, failure, .. } => Some((*duration, failure.clone())),
        _ => None,
    })
}

/// Level of one frequency, as the peak of its sine.
fn level(samples: &[i16], hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = std::f64::consts::TAU * hz * n as f64 / 8000.0;
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    (re * re + im * im).sqrt() * 2.0 / samples.len() as f64
}

#[test]
fn what_one_port_plays_the_other_records() {
    // A machine that stalls for longer than a tick tears the tone: such a run proves nothing.
    assert!((0..5).any(|_| play_and_record()), "this machine stalled five times");
}

/// False when a tick was skipped.
fn play_and_record() -> bool {
    let engine = engine(2, 60_000);
    let (one, two) = pair(&engine);
    let file = TemporaryFile::new();
    let recording = two.record(&file.0, RecordingPlan::INBOUND).expect("a new file");
    one.play(&clip(&tone(1000.0, 8000.0, 8000))).expect("room");
    events_until(&engine, |events| !events.is_empty());
    two.stop_recording(recording).expect("running");
    let events = events_until(&engine, |events| recording_ended(events).is_some());
    let (duration, failure) = recording_ended(&events).expect("it ended");
    assert_eq!(failure, None);
    let samples = file.samples();
    assert_eq!(samples.len() as u128, duration.as_micros() / 125);
    if engine.counters().ticks_skipped > 0 {
        return false;
    }
    assert!((900..1500).contains(&duration.as_millis()), "{duration:?}");
    let start = samples.iter().position(|sample| sample.abs() > 1000).expect("a tone");
    let heard = &samples[start..start + 6400];
    assert!((level(heard, 1000.0) - 8000.0).abs() < 100.0, "{}", level(heard, 1000.0));
    assert!(level(heard, 700.0) < 50.0);
    assert_eq!(engine.counters().samples_dropped, 0);
    true
}

#[test]
fn without_rtp_the_recording_runs_with_the_clock() {
    let engine = engine(1, 300);
    let phone = Phone::new();
    let port = engine.open_port().expect("a port");
    port.apply(plan(phone.port)).expect("running");
    let file = TemporaryFile::new();
    port.record(&file.0, RecordingPlan::INBOUND).expect("a new file");
    events_until(&engine, |events| matches!(events, [MediaEvent::MediaTimedOut { .. }, ..]));
    port.close(); // completes the recording
    let (duration, failure) =
        recording_ended(&events_until(&engine, |events| recording_ended(events).is_some()))
            .expect("it ended");
    assert_eq!(failure, None);
    assert!(duration.as_millis() >= 260, "{duration:?}");
    assert!(file.samples().iter().all(|sample| *sample == 0));
}

#[test]
fn a_file_that_exists_is_not_touched() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    let file = TemporaryFile::new();
    std::fs::write(&file.0, b"mine").expect("written");
    let refused = port.record(&file.0, RecordingPlan::INBOUND);
    assert!(
        matches!(refused, Err(EngineError::File { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists)
    );
    assert_eq!(std::fs::read(&file.0).expect("there"), b"mine");
}

/// The recordings that ended, in that order; none may have failed.
fn ended(events: &[MediaEvent]) -> Vec<RecordingId> {
    events
        .iter()
        .filter_map(|event| match event {
            MediaEvent::RecordingEnded { recording, failure, .. } => {
                assert_eq!(*failure, None);
                Some(*recording)
            }
            _ => None,
        })
        .collect()
}

#[test]
fn four_recordings_run_at_once_and_a_fifth_is_refused() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    let files: [TemporaryFile; RECORDINGS_MAX] = std::array::from_fn(|_| TemporaryFile::new());
    let ids = files.each_ref().map(|file| port.record(&file.0, RecordingPlan::INBOUND).expect("one of four"));
    let fifth = TemporaryFile::new();
    let refused = port.record(&fifth.0, RecordingPlan::INBOUND).expect_err("a fifth");
    assert!(matches!(refused, EngineError::Busy("4 recordings of the port run already")), "{refused}");
    assert!(!fifth.0.exists());
    // A file that cannot be made, too, takes no place.
    port.stop_recording(ids[1]).expect("running");
    port.stop_recording(ids[1]).expect("which has ended");
    let exists = port.record(&files[0].0, RecordingPlan::INBOUND).expect_err("it exists");
    assert!(matches!(exists, EngineError::File { .. }), "{exists}");
    let fifth_id = port.record(&fifth.0, RecordingPlan::INBOUND).expect("a place was given free");
    port.pause_recording(ids[1], Pause::Skip).expect("nothing to do");
    port.resume_recording(RecordingId(u64::MAX)).expect("nothing to do");
    let events = events_until(&engine, |events| !ended(events).is_empty());
    assert_eq!(ended(&events), [ids[1]]);
    port.close();
    let events = events_until(&engine, |events| ended(events).len() == 4);
    assert_eq!(ended(&events), [ids[0], ids[2], ids[3], fifth_id]);
    for file in files.iter().chain([&fifth]) {
        assert_eq!(file.samples().len() % 160, 0);
    }
}

#[test]
fn each_recording_has_its_own_plan_pause_and_end() {
    let engine = engine(1, 60_000);
    let (one, two) = pair(&engine);
    let both = RecordingPlan { track: RecordingTrack::Both, ..RecordingPlan::INBOUND };
    let dual = RecordingPlan { channels: RecordingChannels::Dual, ..both };
    let (long, paused, short) = (TemporaryFile::new(), TemporaryFile::new(), TemporaryFile::new());
    let play = || {
        two.play(&clip(&tone(1000.0, 8000.0, 3200))).expect("room");
        let is_end = |event: &MediaEvent| matches!(event, MediaEvent::PlaybackEnded { .. });
        events_until(&engine, |events| events.iter().any(is_end))
    };
    let long_id = two.record(&long.0, dual).expect("a new file");
    let paused_id =
        two.record(&paused.0, RecordingPlan { track: RecordingTrack::Outbound, ..both }).expect("a new file");
    let short_id = two.record(&short.0, RecordingPlan::INBOUND).expect("a new file");
    two.pause_recording(paused_id, Pause::Silence).expect("running");
    assert!(ended(&play()).is_empty());
    two.stop_recording(short_id).expect("running");
    assert_eq!(ended(&events_until(&engine, |events| !ended(events).is_empty())), [short_id]);
    assert!(ended(&play()).is_empty());
    two.stop_recording(paused_id).expect("running");
    two.stop_recording(long_id).expect("running");
    assert_eq!(ended(&events_until(&engine, |events| ended(events).len() == 2)), [paused_id, long_id]);
    let loud = |samples: &[i16]| samples.iter().filter(|sample| sample.abs() > 4000).count();
    let (long, paused, short) = (long.samples(), paused.samples(), short.samples());
    // Of a tone two thirds are louder than half of its peak. A stalled machine may miss some of it.
    let (left, right): (Vec<i16>, Vec<i16>) = long.chunks_exact(2).map(|both| (both[0], both[1])).unzip();
    assert_eq!(
        (loud(&left), loud(&short), loud(&paused)),
        (0, 0, 0),
        "one said nothing, two was not to be kept"
    );
    assert!(loud(&right) >= 2 * 3200 / 2, "{} of both tones", loud(&right));
    assert!(paused.len() >= 2 * 3200, "the pause is silence: {} samples", paused.len());
    assert!(short.len() < right.len());
    drop(one);
}
