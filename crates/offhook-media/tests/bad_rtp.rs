//! What no phone should send, over real sockets: each time the call goes on, and a key is heard behind it.

mod support;

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use _media::engine::{MediaEngine, MediaPortHandle};
use _media::media_port::MediaEvent;
use support::{LIMIT, Phone, engine, events_until, plan};

const SSRC: u32 = 0x0bad_0001;

/// A call whose peer sends bytes of its own making.
struct Peer {
    engine: MediaEngine,
    port: MediaPortHandle,
    phone: Phone,
}

impl Peer {
    fn new() -> Self {
        let engine = engine(1, 60_000);
        let phone = Phone::new();
        let port = engine.open_port().expect("a port");
        port.apply(plan(phone.port)).expect("running");
        let peer = Self { engine, port, phone };
        peer.send(&audio(0, 0));
        peer.phone.receive();
        peer
    }

    fn send(&self, datagram: &[u8]) {
        self.phone.rtp.send_to(datagram, (Ipv4Addr::LOCALHOST, self.port.rtp_port())).expect("sent");
    }

    /// Press 7 in packets numbered from here on; the key, and nothing else, is told.
    fn is_still_heard(&self, sequence_number: u16, timestamp: u32) {
        for step in 0..3 {
            let payload = [7, 10, 0, 160];
            self.send(&rtp(0x80, 101, sequence_number.wrapping_add(step), timestamp, &payload));
        }
        let events = events_until(&self.engine, |events| !events.is_empty());
        assert!(
            matches!(&events[..], [MediaEvent::DigitReceived { key, .. }] if key.to_char() == '7'),
            "{events:?}"
        );
        self.phone.receive();
    }
}

fn rtp(first: u8, payload_type: u8, sequence_number: u16, timestamp: u32, rest: &[u8]) -> Vec<u8> {
    let mut datagram = vec![first, payload_type];
    datagram.extend(sequence_number.to_be_bytes());
    datagram.extend(timestamp.to_be_bytes());
    datagram.extend(SSRC.to_be_bytes());
    datagram.extend(rest);
    datagram
}

fn audio(sequence_number: u16, timestamp: u32) -> Vec<u8> {
    rtp(0x80, 0, sequence_number, timestamp, &[0x90; 160])
}

fn until(port: &MediaPortHandle, enough: impl Fn(&MediaPortHandle) -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !enough(port) {
        assert!(Instant::now() < deadline, "{:?}", port.statistics());
        std::thread::yield_now();
    }
}

fn taken(port: &MediaPortHandle) -> u64 {
    let counted = port.statistics();
    counted.packets_received + counted.packets_discarded
}

#[test]
fn fifteen_sources_and_an_extension_before_a_key_are_passed_over() {
    let peer = Peer::new();
    let mut rest = vec![0xee; 15 * 4];
    rest.extend([0xbe, 0xde, 0, 2]);
    rest.extend([0xdd; 8]);
    rest.extend([7, 10, 0, 160]);
    peer.send(&rtp(0x9f, 101, 1, 160, &rest));
    peer.is_still_heard(2, 160);
}

#[test]
fn what_is_no_rtp_is_counted_and_dropped() {
    let peer = Peer::new();
    let good = audio(1, 160);
    let wrong_version = [&[0x40], &good[1..]].concat();
    let too_many_sources = rtp(0x8f, 0, 1, 160, &[0; 20]);
    let endless_extension = rtp(0x90, 0, 1, 160, &[0xbe, 0xde, 0xff, 0xff, 0, 0]);
    let endless_padding = rtp(0xa0, 0, 1, 160, &[0xff; 20]);
    let unknown_payload = rtp(0x80, 77, 1, 160, &[0; 160]);
    let long = rtp(0x80, 0, 1, 160, &vec![0; 60_000]);
    let bad: [&[u8]; 8] = [
        &[],
        &[0x80],
        &good[..11],
        &wrong_version,
        &too_many_sources,
        &endless_extension,
        &endless_padding,
        &unknown_payload,
    ];
    bad.iter().for_each(|datagram| peer.send(datagram));
    peer.send(&long);
    until(&peer.port, |port| port.statistics().packets_discarded >= bad.len() as u64);
    peer.is_still_heard(2, 320);
}

#[test]
fn packets_out_of_order_by_500_cost_no_more_than_themselves() {
    let peer = Peer::new();
    for (sent, number) in (1u64..).zip((501..=1000u16).chain(1..=500)) {
        peer.send(&audio(number, u32::from(number) * 160));
        if sent % 50 == 0 {
            until(&peer.port, |port| taken(port) > sent); // the socket holds some 250
        }
    }
    peer.is_still_heard(1001, 1001 * 160);
}

#[test]
fn timestamps_that_jump_leave_the_call_as_it_is() {
    let peer = Peer::new();
    for (number, timestamp) in (1u16..).zip([u32::MAX, 0, 1 << 31, 1, 77, u32::MAX - 100]) {
        peer.send(&audio(number, timestamp));
    }
    peer.is_still_heard(7, 1 << 30);
}

#[test]
fn a_flood_at_one_port_takes_no_packet_from_another() {
    const PACKETS: usize = 100;
    let peer = Peer::new();
    let quiet = Phone::new();
    let other = peer.engine.open_port().expect("a port");
    other.apply(plan(quiet.port)).expect("running");
    quiet.receive();
    let target = (Ipv4Addr::LOCALHOST, peer.port.rtp_port());
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                stranger.send_to(&audio(1, 160), target).expect("sent");
            }
        });
        let heard: Vec<_> = (0..PACKETS).map(|_| quiet.receive()).collect();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(heard.windows(2).all(|pair| pair[1].1.sequence_number == pair[0].1.sequence_number.next()));
        let ticks = heard[PACKETS - 1].1.timestamp.distance_from(heard[0].1.timestamp);
        let said = Duration::from_micros(u64::try_from(ticks).expect("forwards") * 125);
        let took = heard[PACKETS - 1].0 - heard[0].0;
        assert!(took.abs_diff(said) < Duration::from_millis(500), "{took:?} for {said:?} of audio");
    });
    // What the flood left in the socket goes first, or it has no room for what is said now.
    let mut discarded = 0;
    while discarded < peer.port.statistics().packets_discarded {
        discarded = peer.port.statistics().packets_discarded;
        quiet.receive();
        quiet.receive();
    }
    assert!(discarded > 1000, "it was a flood");
    peer.is_still_heard(2, 320);
}
