//! The clock and the chance of the engine: the only file of the crate that asks for either.

use std::fs::File;
use std::io::Read;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};

use crate::media_port::SessionSeed;
use crate::rtcp::source_description::CNAME_BYTES;
use crate::units::{Moment, RtpTimestamp, SeqNo, Ssrc, WallClock};

/// CLOCK_MONOTONIC, the clock of the timers and of Python's `time.monotonic`.
pub fn now() -> Moment {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has CLOCK_MONOTONIC");
    let seconds = u64::try_from(time.tv_sec()).expect("the monotonic clock is never negative");
    let nanos = u64::try_from(time.tv_nsec()).expect("the monotonic clock is never negative");
    Moment::from_nanos(seconds * 1_000_000_000 + nanos)
}

/// What the monotonic clock is on the wall, as of this moment.
pub fn wall_clock() -> WallClock {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = u64::try_from(unix.as_nanos()).unwrap_or(u64::MAX);
    WallClock::new(nanos.saturating_sub(now().nanos()))
}

/// Unguessable numbers for a session (RFC 3550 §5.1, §8.1; RFC 7022 §4.2).
pub fn session_seed() -> std::io::Result<SessionSeed> {
    let mut bytes = [0; 22];
    chance()?.read_exact(&mut bytes)?;
    let mut cname = [0; CNAME_BYTES];
    for (digit, nibble) in cname.iter_mut().zip(bytes[10..].iter().flat_map(|byte| [byte >> 4, byte & 15])) {
        *digit = b"0123456789abcdef"[usize::from(nibble)];
    }
    Ok(SessionSeed {
        ssrc: Ssrc::new(u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
        // RFC 3711 §3.3.1: whoever hears SRTP takes the first number to be of roll-over counter zero. From the
        // lower half none begins anew before ten minutes, whatever of the beginning is lost.
        sequence_number: SeqNo::new(u16::from_ne_bytes([bytes[4], bytes[5]]) & 0x7fff),
        timestamp: RtpTimestamp::new(u32::from_ne_bytes([bytes[6], bytes[7], bytes[8], bytes[9]])),
        cname,
        wall_clock: wall_clock(),
    })
}

/// The kernel's source of randomness, opened by the first port.
fn chance() -> std::io::Result<&'static File> {
    static SOURCE: OnceLock<File> = OnceLock::new();
    match SOURCE.get() {
        Some(source) => Ok(source),
        None => {
            let opened = File::open("/dev/urandom")?;
            Ok(SOURCE.get_or_init(|| opened))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_begins_far_from_its_first_roll_over() {
        for _ in 0..64 {
            let seed = session_seed().expect("chance");
            assert!(seed.sequence_number.get() < 0x8000);
        }
    }
}
