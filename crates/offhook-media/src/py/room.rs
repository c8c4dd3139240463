//! `Room`, and the plan of `media/ports` read by its fields.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::port::MediaPort;
use crate::conference;
use crate::engine::RoomHandle;
use crate::jitter::JitterBuffer;
use crate::units::PortId;

/// A room of ports that hear each other.
#[pyclass(frozen, module = "offhook._media")]
pub struct Room(pub RoomHandle);

#[pymethods]
impl Room {
    /// Let a port in.
    fn enter(&self, py: Python<'_>, port: &MediaPort, plan: MemberPlanFields) -> PyResult<()> {
        let plan = conference::MemberPlan::try_from(plan)?;
        Ok(py.detach(|| self.0.enter(&port.0, plan))?)
    }

    /// Give a member another plan.
    fn change(&self, py: Python<'_>, port: &MediaPort, plan: MemberPlanFields) -> PyResult<()> {
        let plan = conference::MemberPlan::try_from(plan)?;
        Ok(py.detach(|| self.0.change(&port.0, plan))?)
    }

    /// Let a member go.
    fn leave(&self, py: Python<'_>, port: &MediaPort) -> PyResult<()> {
        Ok(py.detach(|| self.0.leave(&port.0))?)
    }

    /// End the room; its members go on alone.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

/// The fields of `media.ports.MemberPlan`.
#[derive(FromPyObject)]
struct MemberPlanFields {
    is_heard: bool,
    hears: bool,
    coaches: Option<u64>,
    is_desk: bool,
    jitter_buffer: String,
}

impl TryFrom<MemberPlanFields> for conference::MemberPlan {
    type Error = PyErr;

    fn try_from(fields: MemberPlanFields) -> PyResult<Self> {
        let jitter_buffer = match fields.jitter_buffer.as_str() {
            "off" => JitterBuffer::Off,
            "small" => JitterBuffer::Small,
            "medium" => JitterBuffer::Medium,
            "large" => JitterBuffer::Large,
            other => return Err(PyValueError::new_err(format!("there is no jitter buffer {other:?}"))),
        };
        Ok(Self {
            is_heard: fields.is_heard,
            hears: fields.hears,
            coaches: fields.coaches.map(PortId),
            is_desk: fields.is_desk,
            jitter_buffer,
        })
    }
}
