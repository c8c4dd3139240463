//! Protected legs on real sockets of the loopback interface.

mod support;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use _media::codec::AudioCodec;
use _media::engine::{MediaEngine, MediaPortHandle};
use _media::media_port::SrtpKeys;
use _media::rtp::Header;
use _media::srtp::{CryptoSuite, GROWTH_MAX, KEY_AND_SALT_BYTES, MasterKey, Protector, Unprotector};
use _media::units::{PayloadType, RtpTimestamp, SeqNo, Ssrc};
use support::{LIMIT, Phone, clip, engine, plan};

/// How long a packet is waited for before the next one is sent.
const AGAIN: Duration = Duration::from_millis(20);

fn key(byte: u8) -> MasterKey {
    MasterKey::new(CryptoSuite::AesCm128HmacSha1_32, &[byte; KEY_AND_SALT_BYTES]).expect("30 bytes")
}

/// A protected port and the phone that it talks to.
struct Leg {
    port: MediaPortHandle,
    phone: Phone,
    protector: Protector,
    unprotector: Unprotector,
    next: u16,
}

impl Leg {
    fn open(engine: &MediaEngine, ours: u8, theirs: u8) -> Self {
        let phone = Phone::new();
        let port = engine.open_port().expect("a port");
        port.secure(Some(SrtpKeys::new(key(ours), key(theirs)))).expect("running");
        port.apply(plan(phone.port)).expect("running");
        let (protector, unprotector) = (Protector::new(key(theirs)), Unprotector::new(key(ours)));
        Self { port, phone, protector, unprotector, next: 65_530 }
    }

    fn say(&mut self, payload: u8) {
        let header = Header {
            marker: false,
            payload_type: PayloadType::from_header(0),
            sequence_number: SeqNo::new(self.next),
            timestamp: RtpTimestamp::new(u32::from(self.next) * 160),
            ssrc: Ssrc::new(5),
        };
        self.next = self.next.wrapping_add(1);
        let mut packet = [&header.to_bytes()[..], &[payload; 160], &[0; GROWTH_MAX]].concat();
        let length = self.protector.protect_rtp(&mut packet, 172).expect("a new number");
        self.phone.rtp.send_to(&packet[..length], (Ipv4Addr::LOCALHOST, self.port.rtp_port())).expect("sent");
    }

    /// The payload of the next packet; every one of them is authentic and new.
    fn hear(&mut self) -> Vec<u8> {
        self.hear_within_timeout().expect("a packet within the limit")
    }

    fn hear_within_timeout(&mut self) -> Option<Vec<u8>> {
        let mut bytes = [0; 2000];
        let length = self.phone.rtp.recv(&mut bytes).ok()?;
        let length = self.unprotector.unprotect_rtp(&mut bytes[..length]).expect("authentic");
        Some(bytes[12..length].to_vec())
    }
}

/// Say something again and again until it is heard: the first packets may come before the command to
/// join.
fn reach(from: &mut Leg, to: &mut Leg, payload: u8) {
    let deadline = Instant::now() + LIMIT;
    to.phone.rtp.set_read_timeout(Some(AGAIN)).expect("a timeout");
    loop {
        assert!(Instant::now() < deadline, "never heard");
        from.say(payload);
        if to.hear_within_timeout().is_some_and(|heard| heard == [payload; 160]) {
            break;
        }
    }
    to.phone.rtp.set_read_timeout(Some(LIMIT)).expect("a timeout");
}

#[test]
fn a_prompt_is_protected() {
    let engine = engine(1, 60_000);
    let mut leg = Leg::open(&engine, 1, 2);
    leg.port.play(&clip(&[8000; 320])).expect("room");
    let said = AudioCodec::Pcmu.law().encode(8000);
    let deadline = Instant::now() + LIMIT;
    while leg.hear() != [said; 160] {
        assert!(Instant::now() < deadline, "never heard");
    }
    assert_eq!(leg.hear(), [said; 160]);
}

#[test]
fn joined_legs_with_other_keys_hear_each_other_on_any_worker() {
    for workers in 1..=2 {
        let engine = engine(workers, 60_000);
        let (mut one, mut two) = (Leg::open(&engine, 1, 2), Leg::open(&engine, 3, 4));
        one.hear();
        two.hear();
        one.port.join(&two.port).expect("running");
        reach(&mut one, &mut two, 3);
        reach(&mut two, &mut one, 4);
    }
}
