//! `Clip`.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::media_port;

/// Audio loaded once and shared by every port that plays it.
#[pyclass(frozen, module = "offhook._media")]
pub struct Clip(pub Arc<media_port::Clip>);

#[pymethods]
impl Clip {
    /// Length in milliseconds, rounded up to whole 20 ms frames.
    #[getter]
    fn duration_ms(&self) -> u64 {
        self.0.duration_ms()
    }
}
