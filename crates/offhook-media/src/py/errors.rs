//! Errors of the engine as Python's.

use pyo3::exceptions::{PyException, PyOSError, PyRuntimeError, PyValueError};
use pyo3::{PyErr, create_exception};

use crate::engine::EngineError;

create_exception!(_media, MediaBusyError, PyException, "A bounded queue of the media core is full.");
create_exception!(_media, NoFreePortError, PyException, "Every port pair of the range is in use.");
create_exception!(_media, AudioFileError, PyValueError, "A file cannot be played, and why.");
create_exception!(_media, MediaStoppedError, PyRuntimeError, "The engine was closed or has failed.");

impl From<EngineError> for PyErr {
    fn from(error: EngineError) -> Self {
        let text = error.to_string();
        match error {
            EngineError::Settings(_)
            | EngineError::Digits(_)
            | EngineError::Join(_)
            | EngineError::Clip(_)
            | EngineError::FeedFinished => PyValueError::new_err(text),
            EngineError::NoFreePort => NoFreePortError::new_err(text),
            EngineError::Busy(_) => MediaBusyError::new_err(text),
            EngineError::Stopped => MediaStoppedError::new_err(text),
            // Python picks FileExistsError and its like by the number
            EngineError::File { path, source } => {
                PyOSError::new_err((source.raw_os_error(), source.to_string(), path.into_os_string()))
            }
            EngineError::System(source) => PyOSError::new_err((source.raw_os_error(), text)),
        }
    }
}
