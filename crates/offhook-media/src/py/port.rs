//! `MediaPort`, `PortStatistics`, and the plans and keys of `media/ports` read by their fields.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::clip::Clip;
use super::feed::AudioFeed;
use crate::codec::AudioCodec;
use crate::engine::MediaPortHandle;
use crate::media_port;
use crate::srtp::{CryptoSuite, MasterKey};
use crate::units::{PayloadType, RecordingId, SampleRate, TapId};

/// One leg's audio.
#[pyclass(frozen, module = "offhook._media")]
pub struct MediaPort(pub MediaPortHandle);

#[pymethods]
impl MediaPort {
    /// Names the port in events.
    #[getter]
    fn port_id(&self) -> u64 {
        self.0.id().0
    }

    /// The local UDP port of RTP.
    #[getter]
    fn rtp_port(&self) -> u16 {
        self.0.rtp_port()
    }

    /// Send and receive as `plan` says from now on.
    fn apply(&self, py: Python<'_>, plan: PlanFields) -> PyResult<()> {
        let plan = media_port::MediaPlan::try_from(plan)?;
        Ok(py.detach(|| self.0.apply(plan))?)
    }

    /// Send SRTP and believe SRTP only from now on, or RTP with None.
    fn secure(&self, py: Python<'_>, keys: Option<SrtpKeysFields>) -> PyResult<()> {
        let keys = keys.map(media_port::SrtpKeys::try_from).transpose()?;
        Ok(py.detach(|| self.0.secure(keys))?)
    }

    /// Queue a clip.
    fn play(&self, py: Python<'_>, clip: &Clip, loops: i64) -> PyResult<u64> {
        let turns = match u32::try_from(loops) {
            Ok(0) => media_port::Turns::Forever,
            Ok(times) => media_port::Turns::Times(times),
            Err(_) => {
                return Err(PyValueError::new_err(format!("{loops} turns are not within 0 to 4294967295")));
            }
        };
        Ok(py.detach(|| self.0.play_turns(&clip.0, turns))?.0)
    }

    /// Queue audio that is fed in pieces.
    fn open_feed(&self, py: Python<'_>, rate_hz: u32) -> PyResult<AudioFeed> {
        let rate = sample_rate(rate_hz)?;
        Ok(AudioFeed(py.detach(|| self.0.open_feed(rate))?))
    }

    /// Queue key presses.
    fn send_digits(&self, py: Python<'_>, digits: &str) -> PyResult<u64> {
        Ok(py.detach(|| self.0.send_digits(digits))?.0)
    }

    /// Drop what plays and what is queued.
    fn stop_playing(&self, py: Python<'_>) -> PyResult<()> {
        Ok(py.detach(|| self.0.stop_playing())?)
    }

    /// Tell when the peer speaks and when it is silent.
    fn watch_voice(&self, py: Python<'_>, silence_ms: u32) -> PyResult<()> {
        let silence = Duration::from_millis(u64::from(silence_ms));
        Ok(py.detach(|| self.0.watch_voice(silence))?)
    }

    /// End the watch, if one runs.
    fn stop_watching_voice(&self, py: Python<'_>) -> PyResult<()> {
        Ok(py.detach(|| self.0.stop_watching_voice())?)
    }

    /// Write to a new WAV file what `plan` says, beside what is recorded already.
    fn record(&self, py: Python<'_>, path: PathBuf, plan: RecordingPlanFields) -> PyResult<u64> {
        let plan = media_port::RecordingPlan::try_from(plan)?;
        Ok(py.detach(|| self.0.record(&path, plan))?.0)
    }

    /// Leave out of a recording what comes from now on.
    fn pause_recording(&self, py: Python<'_>, recording_id: u64, skip: bool) -> PyResult<()> {
        let pause = if skip { media_port::Pause::Skip } else { media_port::Pause::Silence };
        Ok(py.detach(|| self.0.pause_recording(RecordingId(recording_id), pause))?)
    }

    /// Record again.
    fn resume_recording(&self, py: Python<'_>, recording_id: u64) -> PyResult<()> {
        Ok(py.detach(|| self.0.resume_recording(RecordingId(recording_id)))?)
    }

    /// Finish a recording.
    fn stop_recording(&self, py: Python<'_>, recording_id: u64) -> PyResult<()> {
        Ok(py.detach(|| self.0.stop_recording(RecordingId(recording_id)))?)
    }

    /// Pass on what is heard and sent in frames of 20 ms.
    fn open_tap(&self, py: Python<'_>, track: &str) -> PyResult<u64> {
        let track = self::track(track)?;
        Ok(py.detach(|| self.0.open_tap(track))?.0)
    }

    /// Pass no more on.
    fn close_tap(&self, py: Python<'_>, tap_id: u64) -> PyResult<()> {
        Ok(py.detach(|| self.0.close_tap(TapId(tap_id)))?)
    }

    /// Pass on to each of the two ports what the other one hears.
    fn join(&self, py: Python<'_>, other: &Self) -> PyResult<()> {
        Ok(py.detach(|| self.0.join(&other.0))?)
    }

    /// End the bridge of this port, if there is one.
    fn unjoin(&self, py: Python<'_>) -> PyResult<()> {
        Ok(py.detach(|| self.0.unjoin())?)
    }

    /// The counters as of the last tick.
    fn statistics(&self) -> PortStatistics {
        self.0.statistics().into()
    }

    /// Stop everything and free the ports.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

/// The counters of one port.
#[pyclass(frozen, get_all, module = "offhook._media")]
pub struct PortStatistics {
    packets_sent: u64,
    packets_received: u64,
    packets_lost: u64,
    packets_discarded: u64,
    packets_unauthenticated: u64,
    packets_replayed: u64,
    jitter_ms: f64,
    remote_packets_lost: Option<i32>,
    remote_jitter_ms: Option<f64>,
    round_trip_ms: Option<f64>,
    mos: Option<f64>,
}

impl From<media_port::PortStatistics> for PortStatistics {
    fn from(statistics: media_port::PortStatistics) -> Self {
        let milliseconds = |ticks: u32| f64::from(ticks) / 8.0;
        Self {
            packets_sent: statistics.packets_sent,
            packets_received: statistics.packets_received,
            packets_lost: statistics.packets_lost,
            packets_discarded: statistics.packets_discarded,
            packets_unauthenticated: statistics.packets_unauthenticated,
            packets_replayed: statistics.packets_replayed,
            jitter_ms: milliseconds(statistics.jitter_ticks),
            remote_packets_lost: statistics.remote.map(|remote| remote.cumulative_lost),
            remote_jitter_ms: statistics.remote.map(|remote| milliseconds(remote.jitter_ticks)),
            round_trip_ms: statistics.round_trip.map(|round_trip| round_trip.as_secs_f64() * 1000.0),
            mos: statistics.mos(),
        }
    }
}

/// The fields of `media.ports.MediaPlan`.
#[derive(FromPyObject)]
struct PlanFields {
    remote_host: String,
    remote_port: i64,
    codec: String,
    payload_type: i64,
    receive: Vec<(i64, String)>,
    telephone_event: Option<i64>,
    telephone_event_hz: u32,
    receive_events: Vec<i64>,
    sends: bool,
    receives: bool,
    remote_rtcp_port: Option<i64>,
}

impl TryFrom<PlanFields> for media_port::MediaPlan {
    type Error = PyErr;

    fn try_from(fields: PlanFields) -> PyResult<Self> {
        let host: Ipv4Addr = fields
            .remote_host
            .parse()
            .map_err(|_| PyValueError::new_err(format!("{:?} is no IPv4 address", fields.remote_host)))?;
        let rtp_port = port(fields.remote_port)?;
        // RFC 3550 §11; behind 65535 there is no port, and nothing is sent to 0
        let rtcp_port = fields.remote_rtcp_port.map_or(Ok(rtp_port.wrapping_add(1)), port)?;
        let mut receive = media_port::PayloadMap::default();
        for (number, name) in &fields.receive {
            receive.insert(payload_type(*number)?, codec(name)?);
        }
        for number in fields.receive_events {
            receive.insert_event(payload_type(number)?);
        }
        Ok(Self {
            remote: SocketAddrV4::new(host, rtp_port),
            remote_rtcp: SocketAddrV4::new(
                if rtcp_port == 0 { Ipv4Addr::UNSPECIFIED } else { host },
                rtcp_port,
            ),
            codec: codec(&fields.codec)?,
            payload_type: payload_type(fields.payload_type)?,
            receive,
            telephone_event: fields.telephone_event.map(payload_type).transpose()?,
            telephone_event_rate: sample_rate(fields.telephone_event_hz)?,
            sends: fields.sends,
            receives: fields.receives,
        })
    }
}

/// The fields of `media.ports.SrtpKeys`.
#[derive(FromPyObject)]
struct SrtpKeysFields {
    local: SrtpKeyFields,
    remote: SrtpKeyFields,
}

impl TryFrom<SrtpKeysFields> for media_port::SrtpKeys {
    type Error = PyErr;

    fn try_from(fields: SrtpKeysFields) -> PyResult<Self> {
        Ok(Self::new(fields.local.try_into()?, fields.remote.try_into()?))
    }
}

/// The fields of `media.ports.SrtpKey`.
#[derive(FromPyObject)]
struct SrtpKeyFields {
    suite: String,
    key_and_salt: Vec<u8>,
}

impl TryFrom<SrtpKeyFields> for MasterKey {
    type Error = PyErr;

    fn try_from(fields: SrtpKeyFields) -> PyResult<Self> {
        let suite = CryptoSuite::from_name(&fields.suite).ok_or_else(|| {
            PyValueError::new_err(format!("the media core has no crypto suite {:?}", fields.suite))
        })?;
        Self::new(suite, &fields.key_and_salt).map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

/// The fields of `media.ports.RecordingPlan`.
#[derive(FromPyObject)]
struct RecordingPlanFields {
    track: String,
    channels: String,
    trims_silence: bool,
}

impl TryFrom<RecordingPlanFields> for media_port::RecordingPlan {
    type Error = PyErr;

    fn try_from(fields: RecordingPlanFields) -> PyResult<Self> {
        let track = track(&fields.track)?;
        let channels = match fields.channels.as_str() {
            "mono" => media_port::RecordingChannels::Mono,
            "dual" => media_port::RecordingChannels::Dual,
            other => return Err(PyValueError::new_err(format!("there are no channels {other:?}"))),
        };
        Ok(Self { track, channels, trims_silence: fields.trims_silence })
    }
}

/// A rate as Python gives it.
pub fn sample_rate(rate_hz: u32) -> PyResult<SampleRate> {
    SampleRate::new(rate_hz)
        .ok_or_else(|| PyValueError::new_err(format!("{rate_hz} Hz is not within 8000 to 192000")))
}

fn port(number: i64) -> PyResult<u16> {
    let port = u16::try_from(number).ok().filter(|port| *port > 0);
    port.ok_or_else(|| PyValueError::new_err(format!("port {number} is not within 1 to 65535")))
}

fn payload_type(number: i64) -> PyResult<PayloadType> {
    let payload_type = u8::try_from(number).ok().and_then(PayloadType::new);
    payload_type.ok_or_else(|| PyValueError::new_err(format!("payload type {number} is not within 0 to 127")))
}

fn track(name: &str) -> PyResult<media_port::RecordingTrack> {
    media_port::RecordingTrack::from_name(name)
        .ok_or_else(|| PyValueError::new_err(format!("there is no track {name:?}")))
}

fn codec(name: &str) -> PyResult<AudioCodec> {
    AudioCodec::from_name(name)
        .ok_or_else(|| PyValueError::new_err(format!("the media core has no codec {name:?}")))
}
