//! The feeder's end of a feed: converts and encodes pieces on the caller's thread, keeps the bounds.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::command::{Command, CommandSender};
use super::{EngineError, lock};
use crate::audio::resample::Resampler;
use crate::codec::AudioCodec;
use crate::codec::g711::Law;
use crate::media_port::{Clip, FEED_ENTRIES_MAX, FEED_SAMPLES_MAX, FeedInput, FeedProgress, linear};
use crate::units::{MarkId, PlaybackId, PortId, SampleRate};

/// See the head of the file. Finished when dropped.
pub struct FeedHandle {
    playback: PlaybackId,
    rate: SampleRate,
    progress: Arc<FeedProgress>,
    line: FeedLine,
    feeder: Mutex<Feeder>,
}

/// What a feed needs of its port.
pub(super) struct FeedLine {
    pub port: PortId,
    /// Shared with the port, whose commands may go elsewhere one day.
    pub worker: Arc<Mutex<CommandSender>>,
    pub next_id: Arc<AtomicU64>,
    pub codec: Arc<Mutex<Option<AudioCodec>>>,
}

/// What the feeder has sent.
struct Feeder {
    resampler: Resampler,
    samples: u64,
    pieces: u64,
    marks: u64,
    /// Pieces that the player may still hold, so that it is never the one that frees them.
    kept: VecDeque<Arc<Clip>>,
    is_finished: bool,
}

impl FeedHandle {
    pub(super) fn new(
        playback: PlaybackId,
        rate: SampleRate,
        progress: Arc<FeedProgress>,
        line: FeedLine,
    ) -> Self {
        let feeder = Feeder {
            resampler: Resampler::new(rate),
            samples: 0,
            pieces: 0,
            marks: 0,
            kept: VecDeque::new(),
            is_finished: false,
        };
        Self { playback, rate, progress, line, feeder: Mutex::new(feeder) }
    }

    /// Names the feed in events, as the id of its playback.
    pub const fn playback(&self) -> PlaybackId {
        self.playback
    }

    /// Add signed 16-bit little-endian mono samples behind those before them. Without effect on a feed
    /// that was stopped.
    ///
    /// # Errors
    /// `Clip` for half a sample, `FeedFinished`; `Busy`, and nothing is taken, with a minute or 3000
    /// pieces waiting.
    pub fn feed(&self, bytes: &[u8]) -> Result<(), EngineError> {
        self.feed_linear(linear(bytes)?)
    }

    /// Add bytes of G.711 µ-law behind those before them, as they are for a feed of 8000 Hz.
    ///
    /// # Errors
    /// As for `feed`.
    pub fn feed_ulaw(&self, bytes: &[u8]) -> Result<(), EngineError> {
        if self.rate != SampleRate::TELEPHONE {
            let mut samples = vec![0; bytes.len()];
            Law::Mu.decode_into(bytes, &mut samples);
            return self.feed_linear(samples);
        }
        let mut feeder = self.feeder()?;
        if self.progress.is_over() || bytes.is_empty() {
            return Ok(());
        }
        self.check_room(&feeder, bytes.len())?;
        let piece = self.prepared(Clip::from_ulaw(bytes));
        lock(&self.line.worker).try_send(self.command(FeedInput::Piece(Arc::clone(&piece))))?;
        feeder.keep(piece, &self.progress);
        Ok(())
    }

    fn feed_linear(&self, samples: Vec<i16>) -> Result<(), EngineError> {
        let mut feeder = self.feeder()?;
        if self.progress.is_over() {
            return Ok(());
        }
        self.check_room(&feeder, samples.len())?;
        let samples: Vec<f32> = samples.into_iter().map(f32::from).collect();
        let mut converted = Vec::new();
        // A refusal by the command queue takes nothing: the conversion goes on from where it was.
        let before = feeder.resampler.clone();
        feeder.resampler.push(&samples, &mut converted);
        if let Some(piece) = self.piece(converted) {
            if let Err(refused) =
                lock(&self.line.worker).try_send(self.command(FeedInput::Piece(Arc::clone(&piece))))
            {
                feeder.resampler = before;
                return Err(refused);
            }
            feeder.keep(piece, &self.progress);
        }
        Ok(())
    }

    /// Ask for `MarkPassed` when all that was fed before was sent.
    ///
    /// # Errors
    /// `FeedFinished`, `Busy`.
    pub fn mark(&self) -> Result<MarkId, EngineError> {
        let mut feeder = self.feeder()?;
        self.check_entries(&feeder)?;
        let mark = MarkId(self.line.next_id.fetch_add(1, Ordering::Relaxed));
        lock(&self.line.worker).try_send(self.command(FeedInput::Mark(mark)))?;
        feeder.marks += 1;
        Ok(mark)
    }

    /// Drop what waits; the feed goes on with what is fed next.
    ///
    /// # Errors
    /// `FeedFinished`, `Stopped`.
    pub fn clear(&self) -> Result<(), EngineError> {
        let mut feeder = self.feeder()?;
        feeder.resampler = Resampler::new(self.rate);
        lock(&self.line.worker).send(self.command(FeedInput::Clear))
    }

    /// Say that there is no more: `PlaybackEnded` follows when all was sent. Twice is once, and a feed
    /// that was stopped needs it no more.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn finish(&self) -> Result<(), EngineError> {
        let mut feeder = lock(&self.feeder);
        if std::mem::replace(&mut feeder.is_finished, true) || self.progress.is_over() {
            return Ok(());
        }
        let mut rest = Vec::new();
        feeder.resampler.finish(&mut rest);
        if let Some(piece) = self.piece(rest) {
            lock(&self.line.worker).send(self.command(FeedInput::Piece(Arc::clone(&piece))))?;
            feeder.keep(piece, &self.progress);
        }
        let kept = std::mem::take(&mut feeder.kept);
        lock(&self.line.worker).send(self.command(FeedInput::Finish(kept)))
    }

    /// How often the feed ran dry before its end.
    pub fn underruns(&self) -> u64 {
        self.progress.underruns()
    }

    /// Milliseconds that were fed and are not used up.
    pub fn waiting_ms(&self) -> u64 {
        lock(&self.feeder).samples.saturating_sub(self.progress.samples()) / 8
    }

    fn feeder(&self) -> Result<std::sync::MutexGuard<'_, Feeder>, EngineError> {
        let feeder = lock(&self.feeder);
        if feeder.is_finished { Err(EngineError::FeedFinished) } else { Ok(feeder) }
    }

    /// samples: of the feed's rate.
    fn check_room(&self, feeder: &Feeder, samples: usize) -> Result<(), EngineError> {
        let telephone_hz = u64::from(SampleRate::TELEPHONE.hz());
        let more = (samples as u64 * telephone_hz).div_ceil(u64::from(self.rate.hz()));
        if feeder.samples + more > self.progress.samples() + FEED_SAMPLES_MAX {
            return Err(EngineError::Busy("a minute of the feed waits already"));
        }
        self.check_entries(feeder)
    }

    fn check_entries(&self, feeder: &Feeder) -> Result<(), EngineError> {
        let sent = feeder.pieces + feeder.marks;
        let waiting = sent.saturating_sub(self.progress.pieces() + self.progress.marks());
        // One is left for what the conversion holds at the end.
        if waiting + 1 >= FEED_ENTRIES_MAX as u64 {
            return Err(EngineError::Busy("3000 pieces of the feed wait already"));
        }
        Ok(())
    }

    /// Samples encoded for the port as it is now; None of none.
    fn piece(&self, samples: Vec<i16>) -> Option<Arc<Clip>> {
        (!samples.is_empty()).then(|| self.prepared(Clip::new(samples)))
    }

    fn prepared(&self, piece: Clip) -> Arc<Clip> {
        if let Some(codec) = *lock(&self.line.codec) {
            piece.prepare(codec.law());
        }
        Arc::new(piece)
    }

    const fn command(&self, input: FeedInput) -> Command {
        Command::Feed(self.line.port, self.playback, input)
    }
}

impl Feeder {
    /// Count a piece that was sent, and free those that were used up.
    fn keep(&mut self, piece: Arc<Clip>, progress: &FeedProgress) {
        self.samples += piece.length() as u64;
        self.pieces += 1;
        self.kept.push_back(piece);
        let waiting = self.pieces.saturating_sub(progress.pieces());
        while self.kept.len() as u64 > waiting {
            self.kept.pop_front();
        }
    }
}

impl Drop for FeedHandle {
    fn drop(&mut self) {
        // After the engine's end the feed is over already.
        let _ = self.finish();
    }
}
