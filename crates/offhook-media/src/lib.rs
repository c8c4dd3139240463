//! The media core of Offhook: RTP, telephone events, playout and recording.
//!
//! Floors: `units`; then the wire formats `rtp`, `rtcp`, `telephone_event` and `srtp`, which alone reads
//! another one's header, and the pure `codec` and `audio`; then `audio_file`, `jitter`, `mixer` and
//! `rtp_session`; then `media_port`, and beside it `relay`, `conference` and `record`. All of them are told bytes and moments and do no I/O. `engine`
//! alone has threads, sockets, files and a clock; `py` alone knows Python.

pub mod audio;
pub mod audio_file;
pub mod codec;
pub mod conference;
pub mod engine;
pub mod jitter;
pub mod media_port;
pub mod mixer;
#[cfg(feature = "python")]
mod py;
pub mod record;
pub mod relay;
pub mod rtcp;
pub mod rtp;
pub mod rtp_session;
pub mod srtp;
pub mod telephone_event;
pub mod units;
