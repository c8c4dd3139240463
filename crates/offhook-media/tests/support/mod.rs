//! A peer on a real socket, and audio to measure with.

#![allow(dead_code, reason = "each test file uses its part")]

mod spans;

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use _media::codec::AudioCodec;
use _media::engine::{EngineSettings, MediaEngine, MediaPortHandle};
use _media::media_port::{Clip, InbandDigits, MediaEvent, MediaPlan, PayloadMap};
use _media::rtp::{Header, parse};
use _media::units::{PayloadType, RtpTimestamp, SampleRate, SeqNo, Ssrc};

#[allow(unused_imports, reason = "each test file uses its part")]
pub use spans::{assert_near, heard};

/// Nothing here takes longer, unless it is broken.
pub const LIMIT: Duration = Duration::from_secs(10);

pub fn engine(workers: usize, media_timeout_ms: u64) -> MediaEngine {
    let media_timeout = Duration::from_millis(media_timeout_ms);
    MediaEngine::start(EngineSettings {
        ports: (0, 0),
        workers,
        media_timeout,
        inband_digits: InbandDigits::Auto,
    })
    .expect("an engine")
}

/// A plan that sends µ-law to a port of this machine, takes both laws and events as 101.
pub fn plan(port: u16) -> MediaPlan {
    let mut receive = PayloadMap::default();
    receive.insert(PayloadType::from_header(0), AudioCodec::Pcmu);
    receive.insert(PayloadType::from_header(8), AudioCodec::Pcma);
    MediaPlan {
        remote: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
        remote_rtcp: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port + 1),
        codec: AudioCodec::Pcmu,
        payload_type: PayloadType::from_header(0),
        receive,
        telephone_event: Some(PayloadType::from_header(101)),
        telephone_event_rate: SampleRate::TELEPHONE,
        sends: true,
        receives: true,
    }
}

/// Two ports that talk to each other.
pub fn pair(engine: &MediaEngine) -> (MediaPortHandle, MediaPortHandle) {
    let (one, two) = (engine.open_port().expect("a port"), engine.open_port().expect("a port"));
    one.apply(plan(two.rtp_port())).expect("running");
    two.apply(plan(one.rtp_port())).expect("running");
    (one, two)
}

/// A tone of 8000 Hz samples.
#[expect(clippy::cast_possible_truncation, reason = "the peak is given in 16 bits")]
pub fn tone(hz: f64, peak: f64, samples: usize) -> Vec<i16> {
    (0..samples).map(|n| (peak * (std::f64::consts::TAU * hz * n as f64 / 8000.0).sin()) as i16).collect()
}

pub fn clip(samples: &[i16]) -> Arc<Clip> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    Arc::new(Clip::load(&bytes, SampleRate::TELEPHONE).expect("even"))
}

/// Wait for events until `enough` of those seen so far.
pub fn events_until(engine: &MediaEngine, enough: impl Fn(&[MediaEvent]) -> bool) -> Vec<MediaEvent> {
    let deadline = Instant::now() + LIMIT;
    let mut seen = Vec::new();
    while !enough(&seen) {
        assert!(Instant::now() < deadline, "only {seen:?}");
        wait_readable(engine, deadline);
        seen.extend(engine.poll_events(100));
    }
    seen
}

fn wait_readable(engine: &MediaEngine, deadline: Instant) {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::os::fd::BorrowedFd;
    // SAFETY: the engine owns the descriptor and outlives this borrow.
    #[expect(unsafe_code, reason = "a descriptor of the engine that outlives the call")]
    let fd = unsafe { BorrowedFd::borrow_raw(engine.event_fd()) };
    let left = deadline.saturating_duration_since(Instant::now());
    let timeout = PollTimeout::try_from(left).expect("ten seconds");
    poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], timeout).expect("poll");
}

/// A phone of bare sockets: an even port for RTP and the odd one above it.
pub struct Phone {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub port: u16,
    sequence_number: SeqNo,
    timestamp: RtpTimestamp,
}

impl Phone {
    pub fn new() -> Self {
        loop {
            let probe = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
            let port = probe.local_addr().expect("bound").port() & !1;
            drop(probe);
            let rtp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
            let rtcp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port + 1));
            if let (Ok(rtp), Ok(rtcp)) = (rtp, rtcp) {
                rtp.set_read_timeout(Some(LIMIT)).expect("a timeout");
                rtcp.set_read_timeout(Some(LIMIT)).expect("a timeout");
                let (sequence_number, timestamp) = (SeqNo::new(1), RtpTimestamp::new(0));
                return Self { rtp, rtcp, port, sequence_number, timestamp };
            }
        }
    }

    /// Send one packet of 20 ms.
    pub fn send(&mut self, to: u16, payload_type: u8, payload: &[u8]) {
        let header = Header {
            marker: false,
            payload_type: PayloadType::from_header(payload_type),
            sequence_number: self.sequence_number,
            timestamp: self.timestamp,
            ssrc: Ssrc::new(u32::from(self.port)),
        };
        let packet = [&header.to_bytes()[..], payload].concat();
        self.rtp.send_to(&packet, (Ipv4Addr::LOCALHOST, to)).expect("sent");
        self.sequence_number = self.sequence_number.next();
        self.timestamp = self.timestamp.later_by(160);
    }

    /// Let its clock go on for so many ticks of 8000 Hz.
    pub fn wait(&mut self, ticks: u32) {
        self.timestamp = self.timestamp.later_by(ticks);
    }

    /// Wait for the next packet: when it came, its header and its payload.
    pub fn receive(&self) -> (Instant, Header, Vec<u8>) {
        let mut bytes = [0; 2000];
        let length = self.rtp.recv(&mut bytes).expect("a packet within the limit");
        let packet = parse(&bytes[..length]).expect("RTP");
        (Instant::now(), packet.header, packet.payload.to_vec())
    }
}
