//! Both ends of a protected stream, driven by a script: what one protects, the other reads once; what
//! nobody protected is refused and left as it is.
//!
//! A script is records: one byte that says what is done, a length in two bytes, and so many bytes.

use std::collections::HashSet;

use _media::srtp::{
    CryptoSuite, GROWTH_MAX, KEY_AND_SALT_BYTES, MasterKey, Protector, SrtpError, Unprotector,
};

use super::Target;
use super::formats::{packet, rtcp_packets};

const DATAGRAM_MAX: usize = 1500;

pub fn target() -> Target {
    Target { name: "srtp", seeds: scripts(), run }
}

struct Stream {
    protector: Protector,
    unprotector: Unprotector,
    sent: HashSet<Vec<u8>>,
}

fn run(script: &[u8]) -> String {
    let suite = match script.first() {
        Some(byte) if byte & 1 == 1 => CryptoSuite::AesCm128HmacSha1_32,
        _ => CryptoSuite::AesCm128HmacSha1_80,
    };
    let key = || MasterKey::new(suite, &[7; KEY_AND_SALT_BYTES]).expect("30 bytes");
    let mut stream = Stream {
        protector: Protector::new(key()),
        unprotector: Unprotector::new(key()),
        sent: HashSet::new(),
    };
    let (mut rest, mut did) = (script.get(1..).unwrap_or_default(), HashSet::new());
    while let Some(([op, high, low], behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(DATAGRAM_MAX).min(behind.len());
        let (datagram, next) = behind.split_at(length);
        rest = next;
        let is_rtcp = op & 1 == 1;
        did.insert(match op & 2 {
            0 => stream.pass(is_rtcp, datagram),
            _ => stream.forge(is_rtcp, datagram),
        });
    }
    let mut did: Vec<_> = did.into_iter().collect();
    did.sort_unstable();
    did.join(" ")
}

impl Stream {
    /// Protect a packet, and read it twice.
    fn pass(&mut self, is_rtcp: bool, plain: &[u8]) -> String {
        let mut buffer = [plain, &[0; GROWTH_MAX]].concat();
        let protected = match is_rtcp {
            false => self.protector.protect_rtp(&mut buffer, plain.len()),
            true => self.protector.protect_rtcp(&mut buffer, plain.len()),
        };
        let length = match protected {
            Ok(length) => length,
            Err(refused) => {
                assert_eq!(&buffer[..plain.len()], plain, "what was refused is as it was");
                return format!("{is_rtcp} {refused:?}");
            }
        };
        assert!((plain.len() + 4..=plain.len() + GROWTH_MAX).contains(&length));
        assert!(self.sent.insert(buffer[..length].to_vec()), "nothing leaves twice");
        let mut datagram = buffer[..length].to_vec();
        let read = self.read(is_rtcp, &mut datagram).expect("it is authentic and new");
        assert_eq!(&datagram[..read], plain);
        let again = self.read(is_rtcp, &mut buffer[..length]);
        assert_eq!(again, Err(SrtpError::Replayed));
        format!("{is_rtcp} read")
    }

    /// Read what nobody protected.
    fn forge(&mut self, is_rtcp: bool, datagram: &[u8]) -> String {
        let mut bytes = datagram.to_vec();
        let refused = self.read(is_rtcp, &mut bytes).expect_err("nobody knows the key");
        assert_eq!(bytes, datagram, "what is not believed is as it was");
        format!("{is_rtcp} {refused:?}")
    }

    fn read(&mut self, is_rtcp: bool, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        match is_rtcp {
            false => self.unprotector.unprotect_rtp(datagram),
            true => self.unprotector.unprotect_rtcp(datagram),
        }
    }
}

fn record(op: u8, datagram: &[u8]) -> Vec<u8> {
    let length = u16::try_from(datagram.len()).expect("a datagram").to_be_bytes();
    [&[op], &length[..], datagram].concat()
}

fn scripts() -> Vec<Vec<u8>> {
    let numbers = [65_533, 65_534, 0, 65_535, 1, 40_000, 7];
    let audio: Vec<_> = numbers.iter().map(|number| packet(0, *number, 1, &[0x55; 160])).collect();
    let passed: Vec<u8> = audio.iter().flat_map(|datagram| record(0, datagram)).collect();
    let forged: Vec<u8> = audio.iter().flat_map(|datagram| record(2, datagram)).collect();
    let sources: Vec<u8> = (0..9).flat_map(|ssrc| record(0, &packet(0, 1, ssrc, b"x"))).collect();
    let reports: Vec<u8> =
        rtcp_packets().iter().flat_map(|report| [record(1, report), record(3, report)].concat()).collect();
    let script = |suite: u8, records: &[u8]| [&[suite], records].concat();
    vec![
        script(0, &passed),
        script(1, &passed),
        script(0, &forged),
        script(1, &sources),
        script(0, &reports),
        script(1, &reports),
    ]
}
