//! Generated audio that is fed in pieces while it plays: speech from a synthesiser, a stream's media.
//!
//! Pieces are clips that the feeder's thread converted and encoded; they wait here in order, marks
//! between them, and join without a gap. Where nothing waits there is silence, and that is counted.
//! The feeder keeps a reference to each piece until it is used up: no piece is freed on the media
//! thread. What the feeder still keeps at the end goes down with `Finish` and is freed with the feed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::clip::Clip;
use super::event::MediaEvent;
use crate::codec::g711::Law;
use crate::units::{FRAME_SAMPLES, MarkId, PlaybackId, PortId};

/// Pieces and marks of a feed that wait at once.
pub const FEED_ENTRIES_MAX: usize = 3000;
/// Samples of a feed that wait at once: a minute.
pub const FEED_SAMPLES_MAX: u64 = 60 * 8000;

/// What a feeder says.
#[derive(Debug)]
pub enum FeedInput {
    /// More audio. The feeder keeps to `FEED_ENTRIES_MAX` and `FEED_SAMPLES_MAX`.
    Piece(Arc<Clip>),
    /// Tell when all before it was sent.
    Mark(MarkId),
    /// Drop what waits.
    Clear,
    /// There is no more. With what the feeder kept, so that it is not freed on the media thread.
    Finish(VecDeque<Arc<Clip>>),
}

/// What feeder and player both see, without a lock.
#[derive(Debug, Default)]
pub struct FeedProgress {
    /// Samples used up: played or dropped.
    samples: AtomicU64,
    /// Pieces used up.
    pieces: AtomicU64,
    /// Marks passed or dropped.
    marks: AtomicU64,
    underruns: AtomicU64,
    is_over: AtomicBool,
}

impl FeedProgress {
    /// Samples of the pieces that were used up.
    pub fn samples(&self) -> u64 {
        self.samples.load(Ordering::Acquire)
    }

    /// Pieces that were used up.
    pub fn pieces(&self) -> u64 {
        self.pieces.load(Ordering::Acquire)
    }

    /// Marks that were told.
    pub fn marks(&self) -> u64 {
        self.marks.load(Ordering::Acquire)
    }

    /// How often audio ran out before the end.
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }

    /// Whether the feed is no more: played to its end, stopped, or its port closed.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Let go of a piece, then tell so: the feeder frees it.
    fn use_up(&self, piece: Arc<Clip>) {
        let length = piece.length() as u64;
        drop(piece);
        self.samples.fetch_add(length, Ordering::Release);
        self.pieces.fetch_add(1, Ordering::Release);
    }
}

#[derive(Debug)]
enum Entry {
    Piece(Arc<Clip>),
    Mark(MarkId),
}

/// See the head of the file.
#[derive(Debug)]
pub struct Feed {
    id: PlaybackId,
    entries: VecDeque<Entry>,
    /// In the first piece.
    place: usize,
    progress: Arc<FeedProgress>,
    /// Set by `Finish`; holds on to the last pieces.
    kept: Option<VecDeque<Arc<Clip>>>,
    /// Audio played in the frame before; an underrun is counted where it stops.
    is_flowing: bool,
}

impl Feed {
    /// Allocates all that the feed will need.
    pub fn new(id: PlaybackId, progress: Arc<FeedProgress>) -> Self {
        let entries = VecDeque::with_capacity(FEED_ENTRIES_MAX);
        Self { id, entries, place: 0, progress, kept: None, is_flowing: false }
    }

    /// Names the feed in events.
    pub const fn id(&self) -> PlaybackId {
        self.id
    }

    /// Whether all was played and no more will come.
    pub(super) fn is_over(&self) -> bool {
        self.kept.is_some() && self.entries.is_empty()
    }

    pub(super) fn handle(&mut self, port: PortId, input: FeedInput, events: &mut VecDeque<MediaEvent>) {
        match input {
            FeedInput::Piece(piece) => self.entries.push_back(Entry::Piece(piece)),
            FeedInput::Mark(mark) => self.entries.push_back(Entry::Mark(mark)),
            FeedInput::Clear => self.clear(port, events),
            FeedInput::Finish(kept) => self.kept = Some(kept),
        }
    }

    /// Drop what waits; its marks are told as not played.
    pub(super) fn clear(&mut self, port: PortId, events: &mut VecDeque<MediaEvent>) {
        while let Some(entry) = self.entries.pop_front() {
            match entry {
                Entry::Piece(piece) => self.progress.use_up(piece),
                Entry::Mark(mark) => self.tell(port, mark, false, events),
            }
        }
        self.place = 0;
        self.is_flowing = false;
    }

    /// Play on; how much of the frame there was audio for. Marks are told with the frame before them.
    pub(super) fn fill(
        &mut self,
        port: PortId,
        law: Law,
        payload: &mut [u8; FRAME_SAMPLES],
        events: &mut VecDeque<MediaEvent>,
    ) -> usize {
        let mut filled = 0;
        while let Some(entry) = self.entries.pop_front() {
            match entry {
                Entry::Piece(piece) => {
                    let count = piece.encode_into(self.place, law, &mut payload[filled..]);
                    (self.place, filled) = (self.place + count, filled + count);
                    if self.place < piece.length() {
                        self.entries.push_front(Entry::Piece(piece));
                        break;
                    }
                    self.place = 0;
                    self.progress.use_up(piece);
                }
                Entry::Mark(mark) => self.tell(port, mark, true, events),
            }
        }
        let is_flowing = filled == FRAME_SAMPLES;
        if !is_flowing && (self.is_flowing || filled > 0) && !self.is_over() {
            self.progress.underruns.fetch_add(1, Ordering::Relaxed);
        }
        self.is_flowing = is_flowing;
        filled
    }

    fn tell(&self, port: PortId, mark: MarkId, played: bool, events: &mut VecDeque<MediaEvent>) {
        self.progress.marks.fetch_add(1, Ordering::Release);
        events.push_back(MediaEvent::MarkPassed { port, playback: self.id, mark, played });
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.progress.is_over.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: PortId = PortId(1);
    const ID: PlaybackId = PlaybackId(2);

    fn feed() -> (Feed, Arc<FeedProgress>, VecDeque<MediaEvent>) {
        let progress = Arc::new(FeedProgress::default());
        (Feed::new(ID, Arc::clone(&progress)), progress, VecDeque::new())
    }

    fn piece(samples: usize) -> FeedInput {
        FeedInput::Piece(Arc::new(Clip::new(vec![8000; samples])))
    }

    fn mark(mark: u64, played: bool) -> MediaEvent {
        MediaEvent::MarkPassed { port: PORT, playback: ID, mark: MarkId(mark), played }
    }

    #[test]
    fn pieces_join_without_a_gap_and_are_used_up() {
        let (mut feed, progress, mut events) = feed();
        for samples in [100, 1, 0, 200, 19] {
            feed.handle(PORT, piece(samples), &mut events);
        }
        feed.handle(PORT, FeedInput::Finish(VecDeque::new()), &mut events);
        let mut payload = [0; FRAME_SAMPLES];
        assert_eq!(feed.fill(PORT, Law::Mu, &mut payload, &mut events), 160);
        assert_eq!(payload, [Law::Mu.encode(8000); FRAME_SAMPLES]);
        assert_eq!((progress.pieces(), progress.samples()), (3, 101));
        assert!(!feed.is_over());
        assert_eq!(feed.fill(PORT, Law::Mu, &mut payload, &mut events), 160);
        assert_eq!((progress.pieces(), progress.samples()), (5, 320));
        assert!(feed.is_over());
        assert_eq!(progress.underruns(), 0);
        drop(feed);
        assert!(progress.is_over());
    }

    #[test]
    fn running_dry_is_counted_once_and_only_before_the_end() {
        let (mut feed, progress, mut events) = feed();
        let mut payload = [0; FRAME_SAMPLES];
        assert_eq!(feed.fill(PORT, Law::A, &mut payload, &mut events), 0);
        assert_eq!(progress.underruns(), 0, "nothing was fed yet");
        feed.handle(PORT, piece(160), &mut events);
        let mut fill = |feed: &mut Feed| feed.fill(PORT, Law::A, &mut payload, &mut VecDeque::new());
        assert_eq!([fill(&mut feed), fill(&mut feed), fill(&mut feed)], [160, 0, 0]);
        assert_eq!(progress.underruns(), 1);
        feed.handle(PORT, piece(80), &mut events);
        assert_eq!([fill(&mut feed), fill(&mut feed)], [80, 0]);
        assert_eq!(progress.underruns(), 2);
        feed.handle(PORT, piece(80), &mut events);
        feed.handle(PORT, FeedInput::Finish(VecDeque::new()), &mut events);
        assert_eq!(fill(&mut feed), 80);
        assert_eq!(progress.underruns(), 2);
        assert!(feed.is_over());
    }

    #[test]
    fn marks_are_told_with_the_last_sample_before_them_or_dropped() {
        let (mut feed, progress, mut events) = feed();
        let mut payload = [0; FRAME_SAMPLES];
        feed.handle(PORT, FeedInput::Mark(MarkId(1)), &mut events);
        feed.handle(PORT, piece(160), &mut events);
        feed.handle(PORT, FeedInput::Mark(MarkId(2)), &mut events);
        feed.handle(PORT, piece(10), &mut events);
        feed.handle(PORT, FeedInput::Mark(MarkId(3)), &mut events);
        feed.fill(PORT, Law::Mu, &mut payload, &mut events);
        assert_eq!(events, [mark(1, true), mark(2, true)]);
        events.clear();
        feed.handle(PORT, FeedInput::Clear, &mut events);
        assert_eq!(events, [mark(3, false)]);
        assert_eq!((progress.pieces(), progress.samples(), progress.marks()), (2, 170, 3));
        assert_eq!(feed.fill(PORT, Law::Mu, &mut payload, &mut events), 0);
        assert_eq!(progress.underruns(), 0, "what was cleared did not run dry");
    }

    #[test]
    fn clearing_within_a_piece_begins_the_next_at_its_start() {
        let (mut feed, _, mut events) = feed();
        let mut payload = [0; FRAME_SAMPLES];
        feed.handle(PORT, piece(200), &mut events);
        feed.fill(PORT, Law::Mu, &mut payload, &mut events);
        feed.handle(PORT, FeedInput::Clear, &mut events);
        feed.handle(PORT, piece(100), &mut events);
        assert_eq!(feed.fill(PORT, Law::Mu, &mut payload, &mut events), 100);
    }
}
