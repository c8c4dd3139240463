//! The events, each a class of its own.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::media_port::{MediaEvent, TapFrame};

/// The peer pressed a key.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct DigitReceived {
    port_id: u64,
    digit: char,
}

/// A clip or a run of digits ended.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct PlaybackEnded {
    port_id: u64,
    playback_id: u64,
    finished: bool,
}

/// The last end packet of a run of digits has left, or the last of its tones.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct DigitsSent {
    port_id: u64,
    playback_id: u64,
}

/// A mark of a feed was reached or dropped.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct MarkPassed {
    port_id: u64,
    playback_id: u64,
    mark_id: u64,
    played: bool,
}

/// The file of a recording is complete and closed.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct RecordingEnded {
    port_id: u64,
    recording_id: u64,
    duration_ms: u64,
    recorded_ms: u64,
    failure: Option<String>,
}

/// The peer began to speak.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct VoiceStarted {
    port_id: u64,
    silent_ms: u64,
}

/// The peer has been silent for long enough.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct VoiceEnded {
    port_id: u64,
    voiced_ms: u64,
    silent_ms: u64,
}

/// A tap heard 20 ms.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct TapHeard {
    port_id: u64,
    tap_id: u64,
    track: &'static str,
    timestamp_ms: u64,
    payload: Py<PyBytes>,
}

/// No RTP came while some was expected.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct MediaTimedOut {
    port_id: u64,
    silent_ms: u64,
}

/// A defect of the core closed the port.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct MediaFailed {
    port_id: u64,
    reason: String,
}

/// An event as the object of its class.
pub fn to_python(py: Python<'_>, event: MediaEvent) -> PyResult<Py<PyAny>> {
    let port_id = event.port().0;
    Ok(match event {
        MediaEvent::DigitReceived { key, .. } => {
            Py::new(py, DigitReceived { port_id, digit: key.to_char() })?.into_any()
        }
        MediaEvent::PlaybackEnded { playback, finished, .. } => {
            Py::new(py, PlaybackEnded { port_id, playback_id: playback.0, finished })?.into_any()
        }
        MediaEvent::DigitsSent { playback, .. } => {
            Py::new(py, DigitsSent { port_id, playback_id: playback.0 })?.into_any()
        }
        MediaEvent::MarkPassed { playback, mark, played, .. } => {
            Py::new(py, MarkPassed { port_id, playback_id: playback.0, mark_id: mark.0, played })?.into_any()
        }
        MediaEvent::RecordingEnded { recording, duration, recorded, failure, .. } => {
            let (recording_id, duration_ms) = (recording.0, milliseconds(duration));
            let recorded_ms = milliseconds(recorded);
            Py::new(py, RecordingEnded { port_id, recording_id, duration_ms, recorded_ms, failure })?
                .into_any()
        }
        MediaEvent::VoiceStarted { silent, .. } => {
            Py::new(py, VoiceStarted { port_id, silent_ms: milliseconds(silent) })?.into_any()
        }
        MediaEvent::VoiceEnded { voiced, silent, .. } => {
            let (voiced_ms, silent_ms) = (milliseconds(voiced), milliseconds(silent));
            Py::new(py, VoiceEnded { port_id, voiced_ms, silent_ms })?.into_any()
        }
        MediaEvent::TapHeard { frame, .. } => {
            let TapFrame { tap, track, timestamp_ms, payload } = frame;
            let payload = PyBytes::new(py, &payload).unbind();
            Py::new(py, TapHeard { port_id, tap_id: tap.0, track: track.name(), timestamp_ms, payload })?
                .into_any()
        }
        MediaEvent::MediaTimedOut { silent, .. } => {
            Py::new(py, MediaTimedOut { port_id, silent_ms: milliseconds(silent) })?.into_any()
        }
        MediaEvent::MediaFailed { reason, .. } => Py::new(py, MediaFailed { port_id, reason })?.into_any(),
    })
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
