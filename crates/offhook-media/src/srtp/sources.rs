//! What is known of the sources of one direction, by SSRC: a few of them, the last one heard first.
//!
//! A peer takes another SSRC when it is transferred, puts on hold or plays music; the keys stay
//! (RFC 3711 §3.2.3: the cryptographic context is named by the SSRC too).

use super::history::History;
use crate::units::Ssrc;

/// Sources of one direction that are remembered.
pub const SOURCES_MAX: usize = 8;

/// See the head of the file.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    known: [Option<(Ssrc, History)>; SOURCES_MAX],
}

impl Sources {
    /// What was seen of a source.
    pub fn history(&self, ssrc: Ssrc) -> Option<&History> {
        self.known.iter().flatten().find(|(known, _)| *known == ssrc).map(|(_, history)| history)
    }

    /// Whether there is no room for a source that is unknown yet.
    pub fn is_full(&self) -> bool {
        self.known[SOURCES_MAX - 1].is_some()
    }

    /// An authentic packet of a source was seen. With no room left the source is forgotten that was
    /// silent for longest.
    pub fn enter(&mut self, ssrc: Ssrc, index: u64) {
        let is_it = |known: &Option<(Ssrc, History)>| known.is_some_and(|(known, _)| known == ssrc);
        let place = self.known.iter().position(is_it);
        self.known[..=place.unwrap_or(SOURCES_MAX - 1)].rotate_right(1);
        match &mut self.known[0] {
            Some((_, history)) if place.is_some() => history.enter(index),
            other => *other = Some((ssrc, History::begin(index))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_that_was_silent_for_longest_makes_room() {
        let mut sources = Sources::default();
        for ssrc in 0..8 {
            assert!(!sources.is_full());
            sources.enter(Ssrc::new(ssrc), 100);
        }
        assert!(sources.is_full());
        sources.enter(Ssrc::new(0), 101);
        sources.enter(Ssrc::new(8), 7);
        assert!(sources.history(Ssrc::new(1)).is_none(), "it was silent for longest");
        for (ssrc, index) in [(0, 100), (0, 101), (2, 100), (7, 100), (8, 7)] {
            let history = sources.history(Ssrc::new(ssrc)).expect("it is known");
            assert!(!history.is_fresh(index), "{ssrc}");
            assert!(history.is_fresh(index + 5), "{ssrc}");
        }
    }
}
