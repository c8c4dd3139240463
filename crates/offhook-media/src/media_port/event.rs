//! What a port tells the world; the same nouns as in `media/ports`.

use std::time::Duration;

use super::tap::TapFrame;
use crate::telephone_event::Key;
use crate::units::{MarkId, PlaybackId, PortId, RecordingId};

/// One thing that happened on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The peer pressed a key.
    DigitReceived {
        /// Where.
        port: PortId,
        /// Which.
        key: Key,
    },
    /// A clip was played to its end, or a clip or run of digits was cut short.
    PlaybackEnded {
        /// Where.
        port: PortId,
        /// Which.
        playback: PlaybackId,
        /// The last frame was sent.
        finished: bool,
    },
    /// The last end packet of a run of digits has left, or the last of its tones.
    DigitsSent {
        /// Where.
        port: PortId,
        /// Which run.
        playback: PlaybackId,
    },
    /// A mark of a feed was reached, or dropped with what was before it.
    MarkPassed {
        /// Where.
        port: PortId,
        /// Which feed.
        playback: PlaybackId,
        /// Which mark.
        mark: MarkId,
        /// All that was fed before it was sent.
        played: bool,
    },
    /// The file of a recording is complete and closed.
    RecordingEnded {
        /// Where.
        port: PortId,
        /// Which.
        recording: RecordingId,
        /// Length of the audio in the file; nothing when all was silence that was trimmed.
        duration: Duration,
        /// Its length before silence was trimmed.
        recorded: Duration,
        /// What stopped the writer.
        failure: Option<String>,
    },
    /// The peer began to speak.
    VoiceStarted {
        /// Where.
        port: PortId,
        /// Since its last voice, or since the watch began.
        silent: Duration,
    },
    /// The peer has been silent for as long as the watch was asked for.
    VoiceEnded {
        /// Where.
        port: PortId,
        /// From its beginning to the last voice.
        voiced: Duration,
        /// Since then.
        silent: Duration,
    },
    /// A tap heard 20 ms.
    TapHeard {
        /// Where.
        port: PortId,
        /// What.
        frame: TapFrame,
    },
    /// No RTP came for the media timeout while some was expected.
    MediaTimedOut {
        /// Where.
        port: PortId,
        /// For how long.
        silent: Duration,
    },
    /// A defect of the core stopped the port: it is closed and hears and says nothing more.
    MediaFailed {
        /// Where.
        port: PortId,
        /// What the panic said.
        reason: String,
    },
}

impl MediaEvent {
    /// The port that it happened on.
    pub const fn port(&self) -> PortId {
        match self {
            Self::DigitReceived { port, .. }
            | Self::PlaybackEnded { port, .. }
            | Self::DigitsSent { port, .. }
            | Self::MarkPassed { port, .. }
            | Self::RecordingEnded { port, .. }
            | Self::VoiceStarted { port, .. }
            | Self::VoiceEnded { port, .. }
            | Self::TapHeard { port, .. }
            | Self::MediaTimedOut { port, .. }
            | Self::MediaFailed { port, .. } => *port,
        }
    }
}
