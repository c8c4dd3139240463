//! The Python module `offhook._media`: classes, one file each, and no logic.
//!
//! `_media.pyi` is its manual. Every call that may wait or compute releases the GIL; no thread of
//! the engine ever takes it.

mod clip;
mod engine;
mod errors;
mod events;
mod feed;
mod port;
mod room;

use pyo3::prelude::*;

/// The media core.
#[pymodule]
fn _media(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<engine::MediaEngine>()?;
    module.add_class::<port::MediaPort>()?;
    module.add_class::<port::PortStatistics>()?;
    module.add_class::<engine::EngineCounters>()?;
    module.add_class::<room::Room>()?;
    module.add_class::<clip::Clip>()?;
    module.add_class::<feed::AudioFeed>()?;
    module.add_class::<events::DigitReceived>()?;
    module.add_class::<events::PlaybackEnded>()?;
    module.add_class::<events::DigitsSent>()?;
    module.add_class::<events::MarkPassed>()?;
    module.add_class::<events::RecordingEnded>()?;
    module.add_class::<events::VoiceStarted>()?;
    module.add_class::<events::VoiceEnded>()?;
    module.add_class::<events::TapHeard>()?;
    module.add_class::<events::MediaTimedOut>()?;
    module.add_class::<events::MediaFailed>()?;
    module.add("AudioFileError", module.py().get_type::<errors::AudioFileError>())?;
    module.add("MediaBusyError", module.py().get_type::<errors::MediaBusyError>())?;
    module.add("NoFreePortError", module.py().get_type::<errors::NoFreePortError>())?;
    module.add("MediaStoppedError", module.py().get_type::<errors::MediaStoppedError>())
}
