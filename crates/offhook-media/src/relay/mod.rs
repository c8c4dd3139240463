//! Packet-for-packet bridging: what one leg's peer says leaves to the other's, at once.
//!
//! ```text
//!  MediaPort A --Heard--> Relay (into B) --header, bytes rewritten in place--> MediaPort B's socket
//! ```
//!
//! No tick and no buffer between them: each packet leaves when it came, with the payload as it is
//! unless the laws differ, in B's own source. It was decrypted before and is
//! protected with B's key behind. Called by `engine`. Left out: mixing.

mod translation;

use std::net::SocketAddrV4;
use std::ops::Range;

use crate::media_port::{Content, Heard, MediaPort};
use crate::rtp::HEADER_BYTES;
use crate::rtp_session::Relayed;
use crate::telephone_event::{PAYLOAD_BYTES, TelephoneEvent};
use crate::units::{Moment, SampleRate};
use translation::{Placed, Position, Translation};

/// Longest audio that is passed on: 120 ms of G.711, twice what a peer may ask for (`ptime` to 60).
pub const PAYLOAD_MAX: usize = 960;

/// What became of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    /// It is to be sent.
    Packet {
        /// Where it stands in the datagram that it was.
        bytes: Range<usize>,
        /// Where to.
        to: SocketAddrV4,
    },
    /// There is nothing to pass on, or the other leg takes nothing at the moment.
    Nothing,
    /// It came too late, is too large, or cannot be protected.
    Refused,
}

/// One direction of a bridge.
#[derive(Debug, Default)]
pub struct Relay {
    translation: Translation,
    /// The next audio packet begins a talkspurt (RFC 3551 §4.1).
    marker_is_due: bool,
}

impl Relay {
    /// Take what the one leg heard in `datagram` and rewrite it into a packet of the other, `into`.
    ///
    /// datagram: with `GROWTH_MAX` bytes behind what was received where the other leg is protected.
    pub fn handle_packet(
        &mut self,
        heard: &Heard,
        datagram: &mut [u8],
        into: &mut MediaPort,
        now: Moment,
    ) -> Passed {
        let Some(target) = into.relay_target() else {
            self.translation.interrupt();
            return Passed::Nothing;
        };
        let payload_bytes = heard.payload.len();
        let (payload_type, law) = match (heard.content, target.telephone_event) {
            (Content::Audio(law), _) if payload_bytes > 0 => (target.payload_type, Some(law)),
            (Content::Key(rate), Some(number)) => {
                convert_key(&mut datagram[heard.payload.clone()], rate, target.telephone_event_rate);
                (number, None)
            }
            // An empty packet keeps a NAT open; RFC 4733 keys without its payload type have no form here.
            (Content::Audio(_) | Content::Key(_) | Content::Nothing, _) => {
                self.translation.leave_out(&heard.header, heard.new_source);
                return Passed::Nothing;
            }
        };
        if payload_bytes > PAYLOAD_MAX {
            return Passed::Refused;
        }
        let is_audio = law.is_some();
        let position =
            Position { sequence_number: into.next_sequence_number(), timestamp: into.free_timestamp(now) };
        let placed = self.translation.place(&heard.header, is_audio, heard.new_source, position, now);
        let (sequence_number, timestamp, is_late) = match placed {
            Placed::Newest { sequence_number, timestamp, begins } => {
                self.marker_is_due |= begins;
                (sequence_number, timestamp, false)
            }
            Placed::Late { sequence_number, timestamp } => (sequence_number, timestamp, true),
            Placed::TooLate => return Passed::Refused,
        };
        // The marker of an event says that a key goes down, and is the sender's to set (RFC 4733 §2.5.1.2).
        let talkspurt = is_audio && !is_late && std::mem::take(&mut self.marker_is_due);
        let ticks = u32::try_from(payload_bytes).ok().filter(|_| is_audio && !is_late);
        let relayed = Relayed {
            payload_type,
            marker: heard.header.marker || talkspurt,
            sequence_number,
            timestamp,
            payload_bytes,
            sets_clock: ticks,
            is_late,
        };
        if let Some(law) = law {
            law.convert(target.law, &mut datagram[heard.payload.clone()]);
        }
        let audio = law.map(|_| (target.law, &datagram[heard.payload.clone()]));
        let header = into.relay(&relayed, audio, now);
        let start = heard.payload.start - HEADER_BYTES;
        datagram[start..heard.payload.start].copy_from_slice(&header.to_bytes());
        // A packet that came twice would be encrypted twice under one index, which gives it away.
        match into.protect_relayed(&mut datagram[start..], HEADER_BYTES + payload_bytes) {
            Some(length) => Passed::Packet { bytes: start..start + length, to: target.to },
            None => Passed::Refused,
        }
    }
}

/// Rewrite the duration of a key in the clock of the other leg.
fn convert_key(payload: &mut [u8], from: SampleRate, to: SampleRate) {
    if from == to {
        return;
    }
    if let (Ok(event), Some(bytes)) =
        (TelephoneEvent::parse(payload), payload.first_chunk_mut::<PAYLOAD_BYTES>())
    {
        *bytes = event.converted(from, to).to_bytes();
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
