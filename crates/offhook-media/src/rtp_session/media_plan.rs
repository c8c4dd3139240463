//! What offer and answer agreed on, as the core needs it.

use std::net::SocketAddrV4;

use crate::codec::AudioCodec;
use crate::units::{PayloadType, SampleRate};

/// What payload types carry: audio, and of which codec, or telephone-events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadMap {
    codecs: [Option<AudioCodec>; 128],
    /// A bit for each number of telephone-events.
    events: u128,
}

impl Default for PayloadMap {
    fn default() -> Self {
        Self { codecs: [None; 128], events: 0 }
    }
}

impl PayloadMap {
    /// Accept `payload_type` as audio of `codec`.
    pub const fn insert(&mut self, payload_type: PayloadType, codec: AudioCodec) {
        self.codecs[payload_type.get() as usize] = Some(codec);
    }

    /// Accept `payload_type` as telephone-events.
    pub const fn insert_event(&mut self, payload_type: PayloadType) {
        self.events |= 1 << payload_type.get();
    }

    /// The codec of `payload_type`, None when it is no audio that we agreed on.
    pub const fn codec(&self, payload_type: PayloadType) -> Option<AudioCodec> {
        self.codecs[payload_type.get() as usize]
    }

    /// Whether telephone-events come under `payload_type`.
    pub const fn is_event(&self, payload_type: PayloadType) -> bool {
        self.events >> payload_type.get() & 1 == 1
    }
}

/// See `MediaPlan` in `media/ports`.
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
    /// What we accept, besides telephone-events under the number below.
    pub receive: PayloadMap,
    /// The number of the telephone-events that we send.
    pub telephone_event: Option<PayloadType>,
    /// The clock of their durations; their timestamps are those of the audio.
    pub telephone_event_rate: SampleRate,
    /// False on hold: nothing is sent, playback waits.
    pub sends: bool,
    /// False when the peer only listens, and is not to be heard.
    pub receives: bool,
}

impl MediaPlan {
    /// Whether silence of the peer is a fault: not while it listens only, or has put us on hold, when it may
    /// send music or nothing (RFC 3264 §8.4).
    pub const fn expects_media(&self) -> bool {
        self.sends && self.receives
    }

    /// Whether telephone-events come under `payload_type`.
    pub fn is_event(&self, payload_type: PayloadType) -> bool {
        self.telephone_event == Some(payload_type) || self.receive.is_event(payload_type)
    }
}
