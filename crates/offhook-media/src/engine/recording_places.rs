//! How many recordings a port has, as caller and writer both count them without a lock.
//!
//! The caller gives a place free when it has ordered the end, so that the next order finds one; the
//! writer when it has closed the file, so that a disk that fails costs none.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::EngineError;
use super::port_handle::PortShared;
use crate::media_port::RECORDINGS_MAX;
use crate::units::RecordingId;

/// Stands for no recording: ids begin at 1.
const FREE: u64 = 0;

/// See the head of the file.
#[derive(Debug, Default)]
pub(super) struct RecordingPlaces([AtomicU64; RECORDINGS_MAX]);

impl RecordingPlaces {
    /// The place of this recording may be taken by another one. Twice is once.
    pub fn release(&self, id: RecordingId) {
        for place in &self.0 {
            // It is another one's place, or free: then there is nothing to do.
            let _ = place.compare_exchange(id.0, FREE, Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    fn take(&self, id: RecordingId) -> bool {
        let take =
            |place: &AtomicU64| place.compare_exchange(FREE, id.0, Ordering::AcqRel, Ordering::Relaxed);
        self.0.iter().any(|place| take(place).is_ok())
    }
}

/// One recording's place: free when it is dropped, which whoever has the file does.
#[derive(Debug)]
pub(super) struct RecordingPlace {
    id: RecordingId,
    of_port: Arc<PortShared>,
}

impl RecordingPlace {
    /// Take a place, unless all are taken.
    pub fn take(of_port: &Arc<PortShared>, id: RecordingId) -> Result<Self, EngineError> {
        if of_port.recordings.take(id) {
            Ok(Self { id, of_port: Arc::clone(of_port) })
        } else {
            Err(EngineError::Busy("4 recordings of the port run already"))
        }
    }

    /// Whose it is.
    #[cfg(test)]
    pub const fn id(&self) -> RecordingId {
        self.id
    }
}

impl Drop for RecordingPlace {
    fn drop(&mut self) {
        self.of_port.recordings.release(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_when_its_end_was_ordered_or_its_file_is_closed() {
        let port = Arc::new(PortShared::default());
        let take = |id| RecordingPlace::take(&port, RecordingId(id));
        let mut places: Vec<RecordingPlace> = (1..=4).map(|id| take(id).expect("one of four")).collect();
        let refused = take(5).expect_err("a fifth");
        assert_eq!(refused.to_string(), "4 recordings of the port run already");
        port.recordings.release(RecordingId(2));
        port.recordings.release(RecordingId(2));
        port.recordings.release(RecordingId(77));
        let fifth = take(5).expect("the place of the second");
        drop(places.remove(1)); // its file is closed, and the place another one's
        assert!(take(6).is_err());
        drop(places.remove(0));
        assert!(take(6).is_ok());
        drop(fifth);
    }
}
