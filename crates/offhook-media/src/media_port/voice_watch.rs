//! The sink that tells when the peer begins to speak and when it has been silent for long enough.
//!
//! It runs with the clock, 60 ms behind the line as the playout buffer is: what does not come is
//! silence, and time goes on. A key, comfort noise and a lost packet are no voice.
//!
//! ```text
//!  silence   |#### ## #####|   silence of silence_ms   |
//!       VoiceStarted                              VoiceEnded
//! ```

use std::time::Duration;

use crate::audio::voice::VoiceDetector;
use crate::codec::AudioCodec;
use crate::jitter::{PLAYOUT_DELAY_FRAMES, PlayoutBuffer};
use crate::units::{FRAME_MS, FRAME_SAMPLES, FRAME_TICKS, RtpTimestamp};

/// Voice is known two frames after it began, and is held on to for two behind its end (`audio/voice`).
const HELD_FRAMES: u32 = 2;

/// What a watch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// It began, after so much silence.
    Started { silent: Duration },
    /// It lasted so long, and so much silence has followed.
    Ended { voiced: Duration, silent: Duration },
}

/// See the head of the file.
#[derive(Debug)]
pub struct VoiceWatch {
    buffer: PlayoutBuffer,
    detector: VoiceDetector,
    /// Frames of silence that end voice.
    silence_frames: u32,
    /// Frames still to be skipped, because they are from before the watch.
    lead: u32,
    /// Frames since voice began; None while it is silent.
    speaking: Option<u32>,
    /// Frames since the last voice, or since the beginning.
    silent: u32,
}

impl VoiceWatch {
    /// Allocates all that it will need.
    ///
    /// silence: how much of it ends voice, rounded up to frames of 20 ms; at least one.
    pub fn new(silence: Duration) -> Self {
        let frames = silence.as_millis().div_ceil(u128::from(FRAME_MS)).max(1);
        Self {
            buffer: PlayoutBuffer::new(),
            detector: VoiceDetector::new(),
            silence_frames: u32::try_from(frames).unwrap_or(u32::MAX),
            lead: PLAYOUT_DELAY_FRAMES,
            speaking: None,
            silent: 0,
        }
    }

    /// Take one packet's audio.
    pub(super) fn handle_audio(
        &mut self,
        codec: AudioCodec,
        timestamp: RtpTimestamp,
        payload: &[u8],
        new_source: bool,
    ) {
        if new_source {
            self.buffer.handle_new_source();
        }
        // A packet that comes too late was silence; the recorder counts it, if there is one.
        let _ = self.buffer.handle_payload(codec.law(), timestamp, payload);
    }

    /// The peer says that at `timestamp` there is nothing to hear: a key or comfort noise.
    pub(super) fn handle_silence(&mut self, timestamp: RtpTimestamp, new_source: bool) {
        if new_source {
            self.buffer.handle_new_source();
        }
        self.buffer.handle_silence(timestamp);
    }

    /// The clock went on by so many frames; `tell` is called for what they brought.
    pub(super) fn handle_tick(&mut self, frames: u32, mut tell: impl FnMut(Voice)) {
        let mut frame = [0; FRAME_SAMPLES];
        for _ in 0..frames {
            let presence = self.buffer.take(&mut frame);
            if self.lead > 0 {
                self.lead -= 1;
                continue;
            }
            let is_voice = if presence.count() * 2 >= FRAME_TICKS {
                self.detector.handle_frame(&frame)
            } else {
                self.detector.handle_gap()
            };
            if let Some(voice) = self.advance(is_voice) {
                tell(voice);
            }
        }
    }

    fn advance(&mut self, is_voice: bool) -> Option<Voice> {
        self.silent = self.silent.saturating_add(1);
        let Some(frames) = &mut self.speaking else {
            if !is_voice {
                return None;
            }
            // This frame and those before it that were voice already are no silence.
            let silent = duration(self.silent.saturating_sub(1 + HELD_FRAMES));
            self.speaking = Some(self.silent.min(1 + HELD_FRAMES));
            self.silent = HELD_FRAMES;
            return Some(Voice::Started { silent });
        };
        *frames = frames.saturating_add(1);
        if is_voice {
            self.silent = HELD_FRAMES;
        } else if self.silent >= self.silence_frames {
            let voiced = duration(frames.saturating_sub(self.silent));
            self.speaking = None;
            return Some(Voice::Ended { voiced, silent: duration(self.silent) });
        }
        None
    }
}

fn duration(frames: u32) -> Duration {
    Duration::from_millis(u64::from(FRAME_MS) * u64::from(frames))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::g711::Law;

    /// A watch, and a peer that sends a packet each tick unless it is told to be mute.
    struct Bench {
        watch: VoiceWatch,
        timestamp: u32,
        told: Vec<Voice>,
    }

    impl Bench {
        fn new(silence_ms: u64) -> Self {
            let watch = VoiceWatch::new(Duration::from_millis(silence_ms));
            Self { watch, timestamp: 0, told: Vec::new() }
        }

        fn run(&mut self, ticks: u32, packet: impl Fn(u32) -> Option<[u8; 160]>) {
            for tick in 0..ticks {
                if let Some(payload) = packet(tick) {
                    let timestamp = RtpTimestamp::new(self.timestamp);
                    self.watch.handle_audio(AudioCodec::Pcmu, timestamp, &payload, self.timestamp == 0);
                }
                self.timestamp += 160;
                self.watch.handle_tick(1, |voice| self.told.push(voice));
            }
        }

        fn told(&mut self) -> Vec<Voice> {
            std::mem::take(&mut self.told)
        }
    }

    /// A buzz of 200 Hz, as loud as speech.
    #[expect(clippy::unnecessary_wraps, reason = "as `run` wants it")]
    fn buzz(_: u32) -> Option<[u8; 160]> {
        Some(std::array::from_fn(|n| Law::Mu.encode(if n % 40 < 20 { 4000 } else { -4000 })))
    }

    #[expect(clippy::unnecessary_wraps, reason = "as `run` wants it")]
    fn quiet(_: u32) -> Option<[u8; 160]> {
        Some([0xff; 160])
    }

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn voice_is_told_when_it_begins_and_when_silence_has_lasted() {
        let mut bench = Bench::new(1000);
        bench.run(50, quiet);
        bench.run(40, buzz);
        assert_eq!(bench.told(), [Voice::Started { silent: ms(1000) }]);
        bench.run(50, quiet);
        assert_eq!(bench.told(), [], "the playout delay is still to come");
        bench.run(3, quiet);
        assert_eq!(bench.told(), [Voice::Ended { voiced: ms(800), silent: ms(1000) }]);
        bench.run(47, quiet);
        bench.run(10, buzz);
        assert_eq!(bench.told(), [Voice::Started { silent: ms(2000) }]);
    }

    #[test]
    fn a_pause_shorter_than_asked_for_ends_nothing() {
        let mut bench = Bench::new(500);
        bench.run(20, buzz);
        bench.run(22, quiet);
        bench.run(20, buzz);
        bench.run(22, quiet);
        assert_eq!(bench.told(), [Voice::Started { silent: ms(0) }]);
        bench.run(10, quiet);
        let [Voice::Ended { voiced, silent }] = bench.told()[..] else { panic!("one end") };
        assert_eq!((voiced, silent), (ms(20 * 62), ms(500)));
    }

    #[test]
    fn time_runs_while_nothing_comes() {
        let mut bench = Bench::new(2000);
        bench.run(30, buzz);
        bench.run(102, |_| None);
        assert!(matches!(bench.told()[..], [Voice::Started { .. }]));
        bench.run(3, |_| None);
        assert!(matches!(bench.told()[..], [Voice::Ended { .. }]));
        let mut never = Bench::new(20);
        never.run(500, |_| None);
        assert_eq!(never.told(), []);
    }

    #[test]
    fn ticks_that_were_missed_count() {
        let mut bench = Bench::new(1000);
        bench.run(30, buzz);
        bench.told();
        bench.watch.handle_tick(60, |voice| bench.told.push(voice));
        assert!(matches!(bench.told()[..], [Voice::Ended { .. }]));
    }

    #[test]
    fn a_lost_packet_ends_no_voice() {
        let mut bench = Bench::new(100);
        bench.run(50, |tick| if tick % 5 == 4 { None } else { buzz(tick) });
        assert_eq!(bench.told().len(), 1);
    }

    #[test]
    fn comfort_noise_and_keys_end_voice() {
        let mut bench = Bench::new(200);
        bench.run(30, buzz);
        for _ in 0..20 {
            bench.watch.handle_silence(RtpTimestamp::new(bench.timestamp), false);
            bench.run(1, |_| None);
        }
        assert!(matches!(bench.told()[..], [Voice::Started { .. }, Voice::Ended { .. }]));
    }
}
