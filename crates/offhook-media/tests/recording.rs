//! Recordings over real sockets and files: what one port plays, the other writes down.

mod support;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use _media::engine::EngineError;
use _media::media_port::{MediaEvent, RecordingPlan};
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
    two.record(&file.0, RecordingPlan::INBOUND).expect("a new file");
    one.play(&clip(&tone(1000.0, 8000.0, 8000))).expect("room");
    events_until(&engine, |events| !events.is_empty());
    two.stop_recording().expect("running");
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

#[test]
fn a_second_recording_ends_the_first() {
    let engine = engine(1, 60_000);
    let port = engine.open_port().expect("a port");
    let (first, second) = (TemporaryFile::new(), TemporaryFile::new());
    let id = port.record(&first.0, RecordingPlan::INBOUND).expect("a new file");
    port.record(&second.0, RecordingPlan::INBOUND).expect("a new file");
    let events = events_until(&engine, |events| recording_ended(events).is_some());
    assert!(
        matches!(events[0], MediaEvent::RecordingEnded { recording, failure: None, .. } if recording == id)
    );
    assert_eq!(first.samples().len() % 160, 0);
    engine.close();
    assert!(second.0.exists());
    assert!(recording_ended(&engine.poll_events(10)).is_some());
}
