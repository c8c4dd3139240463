//! What a recording holds, in the words of Twilio's RecordingTrack, RecordingChannels and Trim.

/// Whose sound is recorded, seen from the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingTrack {
    /// What the peer says.
    Inbound,
    /// What is sent to the peer: prompts, feeds, the other side of a bridge.
    Outbound,
    /// Both.
    Both,
}

impl RecordingTrack {
    /// The track of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Inbound, Self::Outbound, Self::Both].into_iter().find(|track| track.name() == name)
    }

    /// Twilio's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Both => "both",
        }
    }
}

/// How both tracks stand in the file; one track alone is one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingChannels {
    /// Their sum, clamped.
    Mono,
    /// Inbound left, outbound right.
    Dual,
}

/// See the head of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingPlan {
    /// Whose sound.
    pub track: RecordingTrack,
    /// How it stands in the file.
    pub channels: RecordingChannels,
    /// Silence at the beginning and at the end is cut off (`record::SilenceTrim`).
    pub trims_silence: bool,
}

impl RecordingPlan {
    /// What the peer says and nothing else, whole: as `<Record>` without its trim.
    pub const INBOUND: Self =
        Self { track: RecordingTrack::Inbound, channels: RecordingChannels::Mono, trims_silence: false };

    /// Channels of the file.
    pub const fn channel_count(&self) -> usize {
        match (self.track, self.channels) {
            (RecordingTrack::Both, RecordingChannels::Dual) => 2,
            _ => 1,
        }
    }
}
