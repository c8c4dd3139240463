//! `AudioFeed`.

use pyo3::prelude::*;

use crate::engine::FeedHandle;

/// Generated audio, fed in pieces while it plays.
#[pyclass(frozen, module = "offhook._media")]
pub struct AudioFeed(pub FeedHandle);

#[pymethods]
impl AudioFeed {
    /// Names the feed in events, as the id of its playback.
    #[getter]
    fn playback_id(&self) -> u64 {
        self.0.playback().0
    }

    /// Add samples behind those before them.
    fn feed(&self, py: Python<'_>, samples: &[u8]) -> PyResult<()> {
        Ok(py.detach(|| self.0.feed(samples))?)
    }

    /// Add samples of G.711 µ-law behind those before them.
    fn feed_ulaw(&self, py: Python<'_>, samples: &[u8]) -> PyResult<()> {
        Ok(py.detach(|| self.0.feed_ulaw(samples))?)
    }

    /// Ask to be told when all before was sent.
    fn mark(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(py.detach(|| self.0.mark())?.0)
    }

    /// Drop what waits.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        Ok(py.detach(|| self.0.clear())?)
    }

    /// Say that there is no more.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        Ok(py.detach(|| self.0.finish())?)
    }

    /// How often the feed ran dry.
    #[getter]
    fn underruns(&self) -> u64 {
        self.0.underruns()
    }

    /// What was fed and is not used up.
    #[getter]
    fn waiting_ms(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.0.waiting_ms())
    }
}
