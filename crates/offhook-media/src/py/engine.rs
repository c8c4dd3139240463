//! `MediaEngine` and `EngineCounters`.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::clip::Clip;
use super::errors::AudioFileError;
use super::events;
use super::port::{MediaPort, sample_rate};
use super::room::Room;
use crate::audio::{hold_music::hold_music, tone};
use crate::engine;
use crate::media_port;

/// The media core of a process.
#[pyclass(frozen, module = "offhook._media")]
pub struct MediaEngine(engine::MediaEngine);

#[pymethods]
impl MediaEngine {
    #[new]
    #[pyo3(signature = (port_low, port_high, workers, media_timeout_ms, inband_digits="auto"))]
    fn new(
        py: Python<'_>,
        port_low: u16,
        port_high: u16,
        workers: usize,
        media_timeout_ms: u64,
        inband_digits: &str,
    ) -> PyResult<Self> {
        let inband_digits = match inband_digits {
            "auto" => media_port::InbandDigits::Auto,
            "always" => media_port::InbandDigits::Always,
            "off" => media_port::InbandDigits::Off,
            other => return Err(PyValueError::new_err(format!("{other:?} is none of auto, always, off"))),
        };
        let settings = engine::EngineSettings {
            ports: (port_low, port_high),
            workers,
            media_timeout: Duration::from_millis(media_timeout_ms),
            inband_digits,
        };
        Ok(Self(py.detach(|| engine::MediaEngine::start(settings))?))
    }

    /// Bind the next free pair of ports.
    fn open_port(&self, py: Python<'_>) -> PyResult<MediaPort> {
        Ok(MediaPort(py.detach(|| self.0.open_port())?))
    }

    /// Open an empty room.
    fn open_room(&self, py: Python<'_>) -> PyResult<Room> {
        Ok(Room(py.detach(|| self.0.open_room())?))
    }

    /// Convert signed 16-bit little-endian mono samples to a clip.
    fn load_clip(&self, py: Python<'_>, samples: &[u8], rate_hz: u32) -> PyResult<Clip> {
        let rate = sample_rate(rate_hz)?;
        let clip = py
            .detach(|| media_port::Clip::load(samples, rate))
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Clip(Arc::new(clip)))
    }

    /// Decode an audio file to a clip.
    #[pyo3(signature = (file, content_type))]
    fn decode_clip(&self, py: Python<'_>, file: &[u8], content_type: &str) -> PyResult<Clip> {
        let clip = py
            .detach(|| media_port::Clip::decode(file, content_type))
            .map_err(|error| AudioFileError::new_err(error.to_string()))?;
        Ok(Clip(Arc::new(clip)))
    }

    /// One period of a country's ringback.
    fn ringback(&self, py: Python<'_>, country: &str) -> PyResult<Clip> {
        let samples = py
            .detach(|| tone::ringback(country))
            .ok_or_else(|| PyValueError::new_err(format!("there is no ringback named {country:?}")))?;
        Ok(Clip(Arc::new(media_port::Clip::new(samples))))
    }

    /// The beep before a recording.
    fn beep(&self, py: Python<'_>) -> Clip {
        Clip(Arc::new(media_port::Clip::new(py.detach(tone::beep))))
    }

    /// One round of the music of those who wait.
    fn hold_music(&self, py: Python<'_>) -> Clip {
        Clip(Arc::new(media_port::Clip::new(py.detach(hold_music))))
    }

    /// Take at most `max_events` events, in order.
    fn poll_events(&self, py: Python<'_>, max_events: usize) -> PyResult<Vec<Py<PyAny>>> {
        self.0.poll_events(max_events).into_iter().map(|event| events::to_python(py, event)).collect()
    }

    /// The descriptor that is readable while events wait.
    fn fileno(&self) -> RawFd {
        self.0.event_fd()
    }

    /// The counters of this moment.
    fn counters(&self) -> EngineCounters {
        self.0.counters().into()
    }

    /// Close every port and join the threads.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

/// What the engine counted since its start.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct EngineCounters {
    ticks: u64,
    ticks_skipped: u64,
    lateness_max_us: u64,
    sends_failed: u64,
    samples_dropped: u64,
    events_dropped: u64,
    frames_dropped: u64,
}

impl From<engine::EngineCounters> for EngineCounters {
    fn from(counters: engine::EngineCounters) -> Self {
        Self {
            ticks: counters.ticks,
            ticks_skipped: counters.ticks_skipped,
            lateness_max_us: u64::try_from(counters.lateness_max.as_micros()).unwrap_or(u64::MAX),
            sends_failed: counters.sends_failed,
            samples_dropped: counters.samples_dropped,
            events_dropped: counters.events_dropped,
            frames_dropped: counters.frames_dropped,
        }
    }
}
