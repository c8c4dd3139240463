//! AES in counter mode and HMAC-SHA1 with the session keys of one direction, of RTP or of RTCP
//! (RFC 3711 §4.1.1, §4.2.1), and how those keys are derived (§4.3).
//!
//! The key schedule and the two states of the HMAC behind its padded key are kept: a packet costs its
//! blocks and no more. The hardware's instructions are found at run time by the crates below.

use std::fmt::{Debug, Formatter};

use aes::Aes128Enc;
use ctr::cipher::{InnerIvInit, KeyInit, StreamCipher};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::suite::{MASTER_KEY_BYTES, MasterKey};
use crate::units::Ssrc;

const SALT_BYTES: usize = 14;
const AUTHENTICATION_KEY_BYTES: usize = 20;
const MAC_BYTES: usize = 20;

/// The first of the three labels of a protocol (§4.3.1 and §4.3.2): its cipher's; its authentication's
/// and its salt's follow.
#[derive(Clone, Copy, Debug)]
pub enum Protocol {
    Rtp = 0,
    Rtcp = 3,
}

/// The counter of AES: 16 bits are left for the blocks of a packet, and none has more than 94.
type Keystream<'a> = ctr::cipher::StreamCipherCoreWrapper<ctr::CtrCore<&'a Aes128Enc, ctr::flavors::Ctr32BE>>;

/// See the head of the file.
pub struct Transform {
    cipher: Aes128Enc,
    salt: [u8; SALT_BYTES],
    mac: Hmac<Sha1>,
}

impl Transform {
    /// Derive the session keys; the key derivation rate is 0, so that they hold for the whole session.
    pub fn derive(master: &MasterKey, protocol: Protocol) -> Self {
        let label = protocol as u8;
        let (mut key, mut authentication, mut salt) =
            ([0; MASTER_KEY_BYTES], [0; AUTHENTICATION_KEY_BYTES], [0; SALT_BYTES]);
        derive_key(master, label, &mut key);
        derive_key(master, label + 1, &mut authentication);
        derive_key(master, label + 2, &mut salt);
        Self {
            cipher: Aes128Enc::new(&key.into()),
            salt,
            mac: Hmac::new_from_slice(&authentication).expect("an HMAC takes a key of any length"),
        }
    }

    /// Encrypt or decrypt what is secret of the packet with that index.
    pub fn crypt(&self, ssrc: Ssrc, index: u64, secret: &mut [u8]) {
        // §4.1.1: the salt, with the source over its bytes 4 to 7 and the index of 48 bits over 8 to 13
        let mut counter = [0; 16];
        counter[..SALT_BYTES].copy_from_slice(&self.salt);
        let source_and_index = (u128::from(ssrc.get()) << 64) | (u128::from(index) << 16);
        let counter = (u128::from_be_bytes(counter) ^ source_and_index).to_be_bytes();
        keystream(&self.cipher, counter).apply_keystream(secret);
    }

    /// The tag of `packet` followed by `also`, uncut.
    pub fn tag(&self, packet: &[u8], also: &[u8]) -> [u8; MAC_BYTES] {
        self.mac(packet, also).finalize().into_bytes().into()
    }

    /// Whether a tag, cut to the length that it has, is that of `packet` followed by `also`. Takes as
    /// long for a wrong one as for the right one.
    pub fn is_authentic(&self, packet: &[u8], also: &[u8], tag: &[u8]) -> bool {
        self.mac(packet, also).verify_truncated_left(tag).is_ok()
    }

    fn mac(&self, packet: &[u8], also: &[u8]) -> Hmac<Sha1> {
        let mut mac = self.mac.clone();
        mac.update(packet);
        mac.update(also);
        mac
    }
}

/// §4.3.1 with the function of §4.3.3: the keystream behind the salt, with the label over its byte 7.
pub(super) fn derive_key(master: &MasterKey, label: u8, key: &mut [u8]) {
    let (master_key, master_salt) = master.parts();
    let mut counter = [0; 16];
    counter[..SALT_BYTES].copy_from_slice(master_salt);
    counter[7] ^= label;
    keystream(&Aes128Enc::new(master_key.into()), counter).apply_keystream(key);
}

fn keystream(cipher: &Aes128Enc, counter: [u8; 16]) -> Keystream<'_> {
    Keystream::from_core(ctr::CtrCore::inner_iv_init(cipher, &counter.into()))
}

/// Nothing of the keys.
impl Debug for Transform {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Transform").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::CryptoSuite;
    use crate::srtp::tests::bytes;

    #[test]
    fn rfc3711_b2_keystream() {
        let session_key: [u8; 16] = bytes("2b7e151628aed2a6abf7158809cf4f3c").try_into().expect("16 bytes");
        let transform = Transform {
            cipher: Aes128Enc::new(&session_key.into()),
            salt: bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfd").try_into().expect("14 bytes"),
            mac: Hmac::new_from_slice(&[]).expect("any length"),
        };
        let mut keystream = vec![0; 0xff02 * 16];
        transform.crypt(Ssrc::new(0), 0, &mut keystream);
        for (block, expected) in [
            (0, "e03ead0935c95e80e166b16dd92b4eb4"),
            (1, "d23513162b02d0f72a43a2fe4a5f97ab"),
            (2, "41e95b3bb0a2e8dd477901e4fca894c0"),
            (0xfeff, "ec8cdf7398607cb0f2d21675ea9ea1e4"),
            (0xff00, "362b7c3c6773516318a077d7fc5073ae"),
            (0xff01, "6a2cc3787889374fbeb4c81b17ba6c44"),
        ] {
            assert_eq!(keystream[block * 16..][..16], bytes(expected), "block {block:x}");
        }
    }

    #[test]
    fn rfc3711_b3_key_derivation() {
        let key_and_salt = bytes("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
        let master = MasterKey::new(CryptoSuite::AesCm128HmacSha1_80, &key_and_salt).expect("30 bytes");
        for (label, expected) in [
            (0, "c61e7a93744f39ee10734afe3ff7a087"),
            (1, "cebe321f6ff7716b6fd4ab49af256a156d38baa4"),
            (2, "30cbbc08863d8c85d49db34a9ae1"),
        ] {
            let expected = bytes(expected);
            let mut key = vec![0; expected.len()];
            derive_key(&master, label, &mut key);
            assert_eq!(key, expected, "label {label}");
        }
    }
}
