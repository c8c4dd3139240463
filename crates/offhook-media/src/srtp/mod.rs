//! Secure RTP with keys of SDES (RFC 3711, RFC 4568): encrypts and authenticates packets in place.
//!
//! ```text
//!  protect_rtp    header | payload             -> header | secret | tag
//!  protect_rtcp   8 bytes | the rest           -> 8 bytes | secret | E, index | tag
//! ```
//!
//! One `Protector` for what is sent, one `Unprotector` for what comes; neither allocates after it was
//! made, nor knows an address or the time. Called by `media_port`. Left out: MKI, key derivation rates
//! above 0, unencrypted or unauthenticated packets, AEAD, AES-256.

mod history;
mod protector;
mod sources;
mod suite;
mod transform;
mod unprotector;

pub use history::WINDOW;
pub use protector::Protector;
pub use sources::SOURCES_MAX;
pub use suite::{CryptoSuite, GROWTH_MAX, KEY_AND_SALT_BYTES, MasterKey, RTCP_TAG_BYTES};
pub use unprotector::Unprotector;

use crate::rtp::RtpError;
use crate::units::Ssrc;

/// Bytes of an RTCP packet that stay in the clear: its first header and whose it is (RFC 3711 §3.4).
const RTCP_CLEAR_BYTES: usize = 8;
/// Bytes of the E bit and the index behind it.
const RTCP_INDEX_BYTES: usize = 4;
/// The E bit: what is before it is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Why a packet was not protected, or not believed; it is as it was then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SrtpError {
    /// A master key with its salt has another length.
    #[error("a master key and its salt have {KEY_AND_SALT_BYTES} bytes, not {0} (RFC 4568 §6.2)")]
    KeyLength(usize),
    /// It has no header of RTP.
    #[error(transparent)]
    Rtp(#[from] RtpError),
    /// It is too short for what every packet has.
    #[error("the packet is too short for its header and tag (RFC 3711 §3.1, §3.4)")]
    Truncated,
    /// The tag is not that of the packet under our key.
    #[error("the authentication tag is wrong (RFC 3711 §4.2)")]
    Unauthenticated,
    /// It is authentic and was seen before, or is too old for us to know.
    #[error("the packet is a repetition or too old (RFC 3711 §3.3.2)")]
    Replayed,
    /// It is authentic and in the clear, which nobody negotiated (RFC 4568 §6.3.2).
    #[error("the RTCP packet is not encrypted (RFC 3711 §3.4)")]
    Unencrypted,
    /// Every index was used: another key is needed (RFC 3711 §9.2).
    #[error("the key has protected as many packets as it may (RFC 3711 §9.2)")]
    KeyExhausted,
    /// Forgetting a source that was sent would encrypt twice with the same keystream.
    #[error("the key has protected {SOURCES_MAX} sources already")]
    TooManySources,
    /// The buffer ends before the tag does.
    #[error("the buffer has no room for the tag")]
    NoRoom,
}

/// The source that the first eight bytes of an RTCP packet name.
fn rtcp_ssrc(packet: &[u8]) -> Result<Ssrc, SrtpError> {
    let clear = packet.first_chunk::<RTCP_CLEAR_BYTES>().ok_or(SrtpError::Truncated)?;
    Ok(Ssrc::new(u32::from_be_bytes([clear[4], clear[5], clear[6], clear[7]])))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
