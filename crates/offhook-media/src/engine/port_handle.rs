//! The caller's end of a port: turns calls into commands.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::EngineError;
use super::command::{Command, CommandSender, Entry, RecordingFile};
use super::feed_handle::{FeedHandle, FeedLine};
use super::recording_places::{RecordingPlace, RecordingPlaces};
use super::{handover, lock};
use crate::codec::AudioCodec;
use crate::media_port::{
    Clip, DigitRun, Feed, FeedProgress, MediaPlan, Pause, PortStatistics, QUEUE_MAX, Recorder, RecordingPlan,
    RecordingTrack, RemoteReport, SrtpKeys, TAPS_MAX, Tap, Turns, VoiceWatch,
};
use crate::units::{PlaybackId, PortId, RecordingId, SampleRate, TapId};

/// What worker and caller both see of a port, without a lock.
#[derive(Debug, Default)]
pub(super) struct PortShared {
    queued: AtomicU32,
    pub recordings: RecordingPlaces,
    packets_sent: AtomicU64,
    packets_received: AtomicU64,
    packets_lost: AtomicU64,
    packets_discarded: AtomicU64,
    packets_unauthenticated: AtomicU64,
    packets_replayed: AtomicU64,
    jitter_ticks: AtomicU32,
    remote_is_known: AtomicBool,
    remote_fraction_lost: AtomicU32,
    remote_lost: AtomicI32,
    remote_jitter_ticks: AtomicU32,
    round_trip_us: AtomicU64,
}

/// No round trip is known.
const UNKNOWN: u64 = 0;

impl PortShared {
    /// Count one more in the playout queue, unless it is full.
    fn reserve(&self) -> Result<(), EngineError> {
        self.queued
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |queued| {
                (queued < QUEUE_MAX).then_some(queued + 1)
            })
            .map_err(|_| EngineError::Busy("64 clips, feeds or runs of digits are queued already"))?;
        Ok(())
    }

    pub fn release(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn publish(&self, statistics: &PortStatistics) {
        self.packets_sent.store(statistics.packets_sent, Ordering::Relaxed);
        self.packets_received.store(statistics.packets_received, Ordering::Relaxed);
        self.packets_lost.store(statistics.packets_lost, Ordering::Relaxed);
        self.packets_discarded.store(statistics.packets_discarded, Ordering::Relaxed);
        self.packets_unauthenticated.store(statistics.packets_unauthenticated, Ordering::Relaxed);
        self.packets_replayed.store(statistics.packets_replayed, Ordering::Relaxed);
        self.jitter_ticks.store(statistics.jitter_ticks, Ordering::Relaxed);
        if let Some(remote) = statistics.remote {
            self.remote_fraction_lost.store(remote.fraction_lost.into(), Ordering::Relaxed);
            self.remote_lost.store(remote.cumulative_lost, Ordering::Relaxed);
            self.remote_jitter_ticks.store(remote.jitter_ticks, Ordering::Relaxed);
            self.remote_is_known.store(true, Ordering::Release);
        }
        if let Some(round_trip) = statistics.round_trip {
            let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
            self.round_trip_us.store(micros.max(UNKNOWN + 1), Ordering::Relaxed);
        }
    }

    fn statistics(&self) -> PortStatistics {
        let round_trip_us = self.round_trip_us.load(Ordering::Relaxed);
        PortStatistics {
            packets_sent: self.packets_sent.load(Ordering::Relaxed),
            packets_received: self.packets_received.load(Ordering::Relaxed),
            packets_lost: self.packets_lost.load(Ordering::Relaxed),
            packets_discarded: self.packets_discarded.load(Ordering::Relaxed),
            packets_unauthenticated: self.packets_unauthenticated.load(Ordering::Relaxed),
            packets_replayed: self.packets_replayed.load(Ordering::Relaxed),
            jitter_ticks: self.jitter_ticks.load(Ordering::Relaxed),
            remote: self.remote_is_known.load(Ordering::Acquire).then(|| RemoteReport {
                fraction_lost: u8::try_from(self.remote_fraction_lost.load(Ordering::Relaxed))
                    .unwrap_or(u8::MAX),
                cumulative_lost: self.remote_lost.load(Ordering::Relaxed),
                jitter_ticks: self.remote_jitter_ticks.load(Ordering::Relaxed),
            }),
            round_trip: (round_trip_us != UNKNOWN).then(|| Duration::from_micros(round_trip_us)),
        }
    }
}

/// What all handles of an engine share.
pub(super) struct OfEngine {
    pub next_id: Arc<AtomicU64>,
    /// Held while two ports are joined.
    pub joins: Arc<Mutex<()>>,
}

/// See the head of the file. Closes its port when dropped.
pub struct MediaPortHandle {
    id: PortId,
    rtp_port: u16,
    /// Where its commands go. Held while one is queued, so that none overtakes a move.
    worker: Arc<Mutex<CommandSender>>,
    shared: Arc<PortShared>,
    of_engine: OfEngine,
    codec: Arc<Mutex<Option<AudioCodec>>>,
    /// Those that are open. No worker ever takes this lock.
    taps: Mutex<Vec<TapId>>,
    is_closed: AtomicBool,
}

impl MediaPortHandle {
    pub(super) fn new(
        id: PortId,
        rtp_port: u16,
        worker: CommandSender,
        shared: Arc<PortShared>,
        of_engine: OfEngine,
    ) -> Self {
        Self {
            id,
            rtp_port,
            worker: Arc::new(Mutex::new(worker)),
            shared,
            of_engine,
            codec: Arc::default(),
            taps: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Names the port in events.
    pub const fn id(&self) -> PortId {
        self.id
    }

    /// The local UDP port of RTP.
    pub const fn rtp_port(&self) -> u16 {
        self.rtp_port
    }

    /// Send and receive as `plan` says from now on.
    ///
    /// # Errors
    /// `Stopped`; so for every command here.
    pub fn apply(&self, plan: MediaPlan) -> Result<(), EngineError> {
        *lock(&self.codec) = Some(plan.codec);
        self.send(Command::Apply(self.id, Box::new(plan)))
    }

    /// Send SRTP and believe SRTP only from now on, or RTP with None.
    ///
    /// To be told before the plan that it belongs to. A key that is the same goes on where it is; what
    /// comes is believed with the key before, too, until the peer has used the new one.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn secure(&self, keys: Option<SrtpKeys>) -> Result<(), EngineError> {
        self.send(Command::Secure(self.id, keys))
    }

    /// Queue a clip; encodes it first when nobody has.
    ///
    /// # Errors
    /// `Busy` when the playout queue or the command queue is full.
    pub fn play(&self, clip: &Arc<Clip>) -> Result<PlaybackId, EngineError> {
        self.play_turns(clip, Turns::Times(1))
    }

    /// Queue a clip that is played again and again, without a gap.
    ///
    /// # Errors
    /// As for `play`.
    pub fn play_turns(&self, clip: &Arc<Clip>, turns: Turns) -> Result<PlaybackId, EngineError> {
        let codec = *lock(&self.codec);
        if let Some(codec) = codec {
            clip.prepare(codec.law());
        }
        let id = PlaybackId(self.new_id());
        self.enqueue(Command::Play(self.id, id, Arc::clone(clip), turns))?;
        Ok(id)
    }

    /// Queue audio that will be fed in pieces of this rate.
    ///
    /// # Errors
    /// `Busy` as for `play`.
    pub fn open_feed(&self, rate: SampleRate) -> Result<FeedHandle, EngineError> {
        let id = PlaybackId(self.new_id());
        let progress = Arc::new(FeedProgress::default());
        self.enqueue(Command::OpenFeed(self.id, Box::new(Feed::new(id, Arc::clone(&progress)))))?;
        let line = FeedLine {
            port: self.id,
            worker: Arc::clone(&self.worker),
            next_id: Arc::clone(&self.of_engine.next_id),
            codec: Arc::clone(&self.codec),
        };
        Ok(FeedHandle::new(id, rate, progress, line))
    }

    /// Queue key presses.
    ///
    /// # Errors
    /// `Digits`; `Busy` as for `play`.
    pub fn send_digits(&self, digits: &str) -> Result<PlaybackId, EngineError> {
        let run = Box::new(DigitRun::parse(digits)?);
        let id = PlaybackId(self.new_id());
        self.enqueue(Command::SendDigits(self.id, id, run))?;
        Ok(id)
    }

    /// Drop what plays and what is queued.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn stop_playing(&self) -> Result<(), EngineError> {
        self.send(Command::StopPlaying(self.id))
    }

    /// Tell when the peer speaks, and when it has been silent for so long; in place of a watch that runs.
    ///
    /// # Errors
    /// `Busy` when the command queue is full.
    pub fn watch_voice(&self, silence: Duration) -> Result<(), EngineError> {
        let watch = Box::new(VoiceWatch::new(silence));
        lock(&self.worker).try_send(Command::WatchVoice(self.id, Some(watch)))
    }

    /// End the watch, if one runs.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn stop_watching_voice(&self) -> Result<(), EngineError> {
        self.send(Command::WatchVoice(self.id, None))
    }

    /// Write to a new file what `plan` says, beside what is recorded already.
    ///
    /// # Errors
    /// `Busy` when `RECORDINGS_MAX` run already, or the command queue is full; `File` when it exists or
    /// cannot be made.
    pub fn record(&self, path: &Path, plan: RecordingPlan) -> Result<RecordingId, EngineError> {
        let in_file = |source| EngineError::File { path: path.to_owned(), source };
        let id = RecordingId(self.new_id());
        let place = RecordingPlace::take(&self.shared, id)?;
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(in_file)?;
        let (recorder, file) = (Box::new(Recorder::new(id, plan)), RecordingFile { file, place });
        if let Err(refused) = lock(&self.worker).try_send(Command::Record(self.id, recorder, file)) {
            std::fs::remove_file(path).map_err(in_file)?;
            return Err(refused);
        }
        Ok(id)
    }

    /// Leave out of a recording what comes from now on. Nothing happens to one that is unknown or has
    /// ended, here and below.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn pause_recording(&self, id: RecordingId, pause: Pause) -> Result<(), EngineError> {
        self.send(Command::PauseRecording(self.id, id, Some(pause)))
    }

    /// Record again what comes from now on.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn resume_recording(&self, id: RecordingId) -> Result<(), EngineError> {
        self.send(Command::PauseRecording(self.id, id, None))
    }

    /// Finish a recording. Another one may begin at once.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn stop_recording(&self, id: RecordingId) -> Result<(), EngineError> {
        self.send(Command::StopRecording(self.id, id))?;
        self.shared.recordings.release(id); // not before: the next one's command must come behind
        Ok(())
    }

    /// Pass on what is heard and sent in frames of 20 ms, from now on.
    ///
    /// # Errors
    /// `Busy` when `TAPS_MAX` are open, or the command queue is full.
    pub fn open_tap(&self, track: RecordingTrack) -> Result<TapId, EngineError> {
        let mut taps = lock(&self.taps);
        if taps.len() >= TAPS_MAX {
            return Err(EngineError::Busy("8 taps of the port are open already"));
        }
        let id = TapId(self.new_id());
        lock(&self.worker).try_send(Command::OpenTap(self.id, Box::new(Tap::new(id, track))))?;
        taps.push(id);
        Ok(id)
    }

    /// Pass no more on. Nothing happens to one that is unknown or closed.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn close_tap(&self, id: TapId) -> Result<(), EngineError> {
        let mut taps = lock(&self.taps);
        let Some(place) = taps.iter().position(|tap| *tap == id) else { return Ok(()) };
        taps.swap_remove(place);
        self.send(Command::CloseTap(self.id, id))
    }

    /// Pass on to each of the two ports what the other one hears, until either is unjoined or closed.
    ///
    /// Of two workers, the one with fewer ports gets both.
    ///
    /// # Errors
    /// `Join` for itself and for a port of another engine; `Stopped`.
    pub fn join(&self, other: &Self) -> Result<(), EngineError> {
        if !Arc::ptr_eq(&self.of_engine.joins, &other.of_engine.joins) {
            return Err(EngineError::Join("the two ports are of two media engines"));
        }
        if self.id == other.id {
            return Err(EngineError::Join("a port is joined to another one"));
        }
        // One join at a time: `handover` says why. No worker ever takes these locks.
        let _joining = lock(&self.of_engine.joins);
        let (mut ours, mut theirs) = (lock(&self.worker), lock(&other.worker));
        if ours.has_ended() || theirs.has_ended() {
            return Err(EngineError::Stopped);
        }
        if !ours.is(&theirs) {
            if ours.ports() <= theirs.ports() {
                move_port(other.id, &mut theirs, &ours)?;
            } else {
                move_port(self.id, &mut ours, &theirs)?;
            }
        }
        ours.send(Command::Join(self.id, other.id))
    }

    /// End the bridge of this port, if there is one.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn unjoin(&self) -> Result<(), EngineError> {
        self.send(Command::Unjoin(self.id))
    }

    /// The counters as of the last tick; after the end the last ones.
    pub fn statistics(&self) -> PortStatistics {
        self.shared.statistics()
    }

    /// Stop everything and free the ports. Twice is once; after the engine's end it is done already.
    pub fn close(&self) {
        if !self.is_closed.swap(true, Ordering::Relaxed) {
            let _ = self.send(Command::Close(self.id));
        }
    }

    /// Let the port into a room that is on `to`. The caller holds the lock of joins.
    pub(super) fn enter_room(&self, to: &CommandSender, entry: Entry) -> Result<(), EngineError> {
        let mut worker = lock(&self.worker);
        if worker.has_ended() || to.has_ended() {
            return Err(EngineError::Stopped);
        }
        if !worker.is(to) {
            move_port(self.id, &mut worker, to)?;
        }
        worker.send(Command::Enter(Box::new(entry)))
    }

    /// Whether both were made by one engine.
    pub(super) fn is_of(&self, joins: &Arc<Mutex<()>>) -> bool {
        Arc::ptr_eq(&self.of_engine.joins, joins)
    }

    /// As `send`, for a room that the port may be in.
    pub(super) fn tell_of_room(&self, command: Command) -> Result<(), EngineError> {
        self.send(command)
    }

    fn send(&self, command: Command) -> Result<(), EngineError> {
        lock(&self.worker).send(command)
    }

    fn enqueue(&self, command: Command) -> Result<(), EngineError> {
        self.shared.reserve()?;
        lock(&self.worker).try_send(command).inspect_err(|_| self.shared.release())
    }

    fn new_id(&self) -> u64 {
        self.of_engine.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

/// Take a port from the worker that it is on to another one, its commands included.
fn move_port(id: PortId, from: &mut CommandSender, to: &CommandSender) -> Result<(), EngineError> {
    let (handover, expected) = handover::way(to.clone());
    from.send(Command::Move(id, handover))?;
    *from = to.clone();
    to.send(Command::Expect(expected))
}

impl Drop for MediaPortHandle {
    fn drop(&mut self) {
        self.close();
    }
}
