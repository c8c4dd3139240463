//! Protects and unprotects packets of 20 ms G.711 with AES_CM_128_HMAC_SHA1_80, and says what either
//! took: the row `srtp` of the benchmarks.
//!
//! usage: srtp [PACKETS [SESSIONS]]; prints nanoseconds of CPU for a packet protected and for one unprotected.

use std::time::Duration;

use _media::rtp::Header;
use _media::srtp::{CryptoSuite, GROWTH_MAX, KEY_AND_SALT_BYTES, MasterKey, Protector, Unprotector};
use _media::units::{PayloadType, RtpTimestamp, SeqNo, Ssrc};
use nix::time::{ClockId, clock_gettime};

/// Twelve bytes of header and 160 of audio.
const PACKET_BYTES: usize = 172;
/// Packets between two looks at the clock.
const BATCH: usize = 1024;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let packets: usize = arguments.next().unwrap_or(1_000_000);
    let sessions: usize = arguments.next().unwrap_or(1);
    let batches = packets.div_ceil(BATCH);
    let mut pairs: Vec<_> = (0..sessions).map(|_| (Protector::new(key()), Unprotector::new(key()))).collect();
    let mut buffers = vec![[0x55; PACKET_BYTES + GROWTH_MAX]; BATCH];
    let mut lengths = [0; BATCH];
    let (mut protecting, mut unprotecting) = (Duration::ZERO, Duration::ZERO);
    for batch in 0..batches {
        let first = batch * BATCH;
        for (at, buffer) in buffers.iter_mut().enumerate() {
            print_header(buffer, (first + at) / sessions);
        }
        let start = cpu();
        for (at, buffer) in buffers.iter_mut().enumerate() {
            let (protector, _) = &mut pairs[(first + at) % sessions];
            lengths[at] = protector.protect_rtp(buffer, PACKET_BYTES).expect("a new packet");
        }
        protecting += cpu() - start;
        let start = cpu();
        for (at, buffer) in buffers.iter_mut().enumerate() {
            let (_, unprotector) = &mut pairs[(first + at) % sessions];
            let length = unprotector.unprotect_rtp(&mut buffer[..lengths[at]]).expect("an authentic packet");
            assert_eq!(length, PACKET_BYTES);
        }
        unprotecting += cpu() - start;
    }
    let each = |took: Duration| took.as_secs_f64() * 1e9 / (batches * BATCH) as f64;
    println!("{:.1} {:.1}", each(protecting), each(unprotecting));
}

/// What this thread has computed so far.
fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has the clock").into()
}

fn key() -> MasterKey {
    MasterKey::new(CryptoSuite::AesCm128HmacSha1_80, &[7; KEY_AND_SALT_BYTES]).expect("30 bytes")
}

fn print_header(buffer: &mut [u8], number: usize) {
    #[expect(clippy::cast_possible_truncation, reason = "RTP's numbers wrap")]
    let header = Header {
        marker: false,
        payload_type: PayloadType::from_header(0),
        sequence_number: SeqNo::new(number as u16),
        timestamp: RtpTimestamp::new((number as u32).wrapping_mul(160)),
        ssrc: Ssrc::new(7),
    };
    buffer[..12].copy_from_slice(&header.to_bytes());
}
