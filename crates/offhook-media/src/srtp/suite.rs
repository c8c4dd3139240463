//! The crypto suites of SDES that we speak, by their names in SDP (RFC 4568 §6.2), and the master key
//! of one direction.

use std::fmt::{Debug, Formatter};

use super::SrtpError;

/// Bytes of an authentication tag of SRTCP, whatever the suite (RFC 3711 §5.2; RFC 4568 §6.2.2).
pub const RTCP_TAG_BYTES: usize = 10;
/// By how much a packet grows at most: by the tag of SRTCP and its index with the E bit.
pub const GROWTH_MAX: usize = RTCP_TAG_BYTES + 4;
/// Bytes of a master key, which is AES-128's.
pub(super) const MASTER_KEY_BYTES: usize = 16;
/// Bytes of a master key and its salt of 112 bits, as `inline:` carries them.
pub const KEY_AND_SALT_BYTES: usize = MASTER_KEY_BYTES + 14;

/// AES in counter mode with 128 bits, HMAC-SHA1; they differ in the tag of RTP alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoSuite {
    /// A tag of 80 bits.
    AesCm128HmacSha1_80,
    /// A tag of 32 bits.
    AesCm128HmacSha1_32,
}

impl CryptoSuite {
    /// The suite of that name; None for one that we do not speak.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "AES_CM_128_HMAC_SHA1_80" => Some(Self::AesCm128HmacSha1_80),
            "AES_CM_128_HMAC_SHA1_32" => Some(Self::AesCm128HmacSha1_32),
            _ => None,
        }
    }

    /// Bytes of the authentication tag behind an RTP packet.
    pub const fn rtp_tag_bytes(self) -> usize {
        match self {
            Self::AesCm128HmacSha1_80 => 10,
            Self::AesCm128HmacSha1_32 => 4,
        }
    }
}

/// The master key and salt of one direction, and what they are used for.
#[derive(Clone)]
pub struct MasterKey {
    suite: CryptoSuite,
    key_and_salt: [u8; KEY_AND_SALT_BYTES],
}

impl MasterKey {
    /// `key_and_salt`: the 16 bytes of the key, then the 14 of the salt.
    ///
    /// # Errors
    /// `KeyLength` for another number of bytes.
    pub fn new(suite: CryptoSuite, key_and_salt: &[u8]) -> Result<Self, SrtpError> {
        let key_and_salt = key_and_salt.try_into().map_err(|_| SrtpError::KeyLength(key_and_salt.len()))?;
        Ok(Self { suite, key_and_salt })
    }

    /// What it is used for.
    pub const fn suite(&self) -> CryptoSuite {
        self.suite
    }

    /// Whether both are the same; takes as long for any two.
    pub fn is_same(&self, other: &Self) -> bool {
        let pairs = self.key_and_salt.iter().zip(&other.key_and_salt);
        let differing = pairs.fold(0, |differing, (one, other)| differing | (one ^ other));
        differing == 0 && self.suite == other.suite
    }

    pub(super) fn parts(&self) -> (&[u8; MASTER_KEY_BYTES], &[u8]) {
        self.key_and_salt.split_first_chunk().expect("a key is shorter than a key with its salt")
    }
}

/// The suite alone: a key is never printed.
impl Debug for MasterKey {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MasterKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}
