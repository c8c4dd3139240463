//! What offer and answer agreed on, as the core needs it.

use std::net::SocketAddrV4;

use crate::codec::AudioCodec;
use crate::units::PayloadType;

/// Which payload types are audio, and of which codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadMap([Option<AudioCodec>; 128]);

impl Default for PayloadMap {
    fn default() -> Self {
        Self([None; 128])
    }
}

impl PayloadMap {
    /// Accept `payload_type` as audio of `codec`.
    pub const fn insert(&mut self, payload_type: PayloadType, codec: AudioCodec) {
        self.0[payload_type.get() as usize] = Some(codec);
    }

    /// The codec of `payload_type`, None when it is no audio that we agreed on.
    pub const fn codec(&self, payload_type: PayloadType) -> Option<AudioCodec> {
        self.0[payload_type.get() as usize]
    }
}

/// See `MediaPlan` in `media/ports.py`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaPlan {
    /// Where RTP is sent until the peer is latched on; the unspecified address sends nowhere.
    pub remote: SocketAddrV4,
    /// Where RTCP is sent until then.
    pub remote_rtcp: SocketAddrV4,
    /// What we send.
    pub codec: AudioCodec,
    /// The number under which we send it.
    pub payload_type: PayloadType,
    /// What we accept as audio.
    pub receive: PayloadMap,
    /// The number of telephone-events, both ways.
    pub telephone_event: Option<PayloadType>,
    /// False on hold: nothing is sent, playback waits.
    pub sends: bool,
    /// False when the peer only listens: the media timeout does not run.
    pub receives: bool,
}
