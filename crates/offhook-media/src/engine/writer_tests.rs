//! A writer on the test's own thread, over real files.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::*;
use crate::codec::AudioCodec;
use crate::engine::counters::SharedCounters;
use crate::engine::events::{self, EventReceiver};
use crate::engine::recording_places::RecordingPlace;
use crate::media_port::{Recorded, Recorder, RecordingChannels, RecordingPlan, RecordingTrack};
use crate::units::RtpTimestamp;

const ID: RecordingId = RecordingId(8);

fn writer() -> (Writer, EventReceiver) {
    let (sender, receiver) = events::queue(Arc::new(SharedCounters::default())).expect("an eventfd");
    (Writer { files: HashMap::new(), events: sender }, receiver)
}

const DUAL: RecordingPlan =
    RecordingPlan { track: RecordingTrack::Both, channels: RecordingChannels::Dual, trims_silence: false };

fn open(writer: &mut Writer, path: &Path) -> Receiver<Box<Chunk>> {
    open_as(writer, path, RecordingPlan::INBOUND)
}

fn open_as(writer: &mut Writer, path: &Path, plan: RecordingPlan) -> Receiver<Box<Chunk>> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path).expect("a file");
    open_file(writer, file, plan)
}

fn open_file(writer: &mut Writer, file: File, plan: RecordingPlan) -> Receiver<Box<Chunk>> {
    let (returns, receiver) = sync_channel(16);
    let place = RecordingPlace::take(&Arc::default(), ID).expect("the first");
    writer.handle(WriterCommand::Open(Box::new(NewFile {
        port: PortId(1),
        recording: ID,
        plan,
        file: RecordingFile { file, place },
        returns,
    })));
    receiver
}

/// Chunks of 200 ms of sound.
fn chunks(count: u32) -> impl Iterator<Item = Box<Chunk>> {
    chunks_as(RecordingPlan::INBOUND, count * 10, |_| true)
}

/// Chunks of so many frames, all at once, in which the peer is loud or not.
fn chunks_as(
    plan: RecordingPlan,
    frames: u32,
    is_loud: impl Fn(u32) -> bool,
) -> impl Iterator<Item = Box<Chunk>> {
    let mut recorder = Recorder::new(ID, plan);
    let mut chunks = Vec::new();
    let mut take = |recorder: &mut Recorder| {
        while let Some(Recorded::Chunk(_, chunk)) = recorder.poll() {
            chunks.push(chunk);
        }
    };
    for packet in 0..frames + 3 {
        let payload = if is_loud(packet) { [0x80; 160] } else { [0xff; 160] };
        recorder.handle_audio(AudioCodec::Pcmu, RtpTimestamp::new(packet * 160), &payload, packet == 0);
        recorder.handle_tick(1);
        take(&mut recorder);
    }
    chunks.into_iter()
}

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("offhook-writer-{}-{name}.wav", std::process::id()))
}

fn told_samples(path: &Path) -> u32 {
    let bytes = std::fs::read(path).expect("the file");
    u32::from_le_bytes([bytes[40], bytes[41], bytes[42], bytes[43]]) / 2
}

#[test]
fn a_crash_leaves_a_file_that_can_be_read_to_its_last_second() {
    let (mut writer, _receiver) = writer();
    let path = path("crash");
    let _returns = open(&mut writer, &path);
    assert_eq!(told_samples(&path), 0);
    for (number, chunk) in (1..).zip(chunks(9)) {
        writer.handle(WriterCommand::Chunk(ID, chunk));
        assert_eq!(told_samples(&path), number / 5 * 8000, "after {number} chunks");
    }
    std::fs::remove_file(path).expect("removed");
}

#[test]
fn silence_takes_the_place_of_what_was_dropped() {
    let (mut writer, receiver) = writer();
    let path = path("dropped");
    let returns = open(&mut writer, &path);
    let mut recorded = chunks(2).map(|chunk| Recorded::Chunk(ID, chunk));
    let mut next = || recorded.next().expect("two chunks");
    let mut late = next();
    late.add_silence(4000);
    for recorded in [late, next()] {
        let Recorded::Chunk(id, chunk) = recorded else { panic!("a chunk") };
        writer.handle(WriterCommand::Chunk(id, chunk));
    }
    writer.handle(WriterCommand::Finish(ID, 800));
    assert_eq!(returns.try_iter().count(), 2);
    let events = receiver.poll(10);
    let duration = Duration::from_millis(500 + 400 + 100);
    let (port, recorded) = (PortId(1), duration);
    let ended = MediaEvent::RecordingEnded { port, recording: ID, duration, recorded, failure: None };
    assert_eq!(events, [ended]);
    let bytes = std::fs::read(&path).expect("the file");
    assert_eq!(bytes.len(), 44 + 16_000);
    assert!(bytes[44..44 + 8000].iter().all(|byte| *byte == 0));
    assert!(bytes[44 + 8000..44 + 14_400].iter().any(|byte| *byte != 0));
    std::fs::remove_file(path).expect("removed");
}

#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    let (mut writer, receiver) = writer();
    let returns = open(&mut writer, Path::new("/dev/full"));
    let events = receiver.poll(10);
    let [MediaEvent::RecordingEnded { failure: Some(failure), .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert!(failure.contains("No space left"), "{failure}");
    assert!(returns.recv().is_err(), "the recorder is told by that");
    writer.handle(WriterCommand::Chunk(ID, chunks(1).next().expect("one")));
    writer.handle(WriterCommand::Finish(ID, 0));
    assert!(receiver.poll(10).is_empty());
}

#[test]
fn what_still_runs_is_closed_when_the_last_sender_is_gone() {
    let (mut writer, receiver) = writer();
    let path = path("last");
    let _returns = open(&mut writer, &path);
    writer.handle(WriterCommand::Chunk(ID, chunks(1).next().expect("one")));
    let (commands, queue) = sync_channel(1);
    drop(commands);
    assert!(writer.run(&queue).is_empty());
    assert!(matches!(receiver.poll(10)[..], [MediaEvent::RecordingEnded { failure: None, .. }]));
    assert_eq!(told_samples(&path), 1600);
    std::fs::remove_file(path).expect("removed");
}

/// Write chunks and give the chunk buffers up, as if the disk were slow enough for none to be needed.
fn write_all(writer: &mut Writer, chunks: impl Iterator<Item = Box<Chunk>>) {
    chunks.for_each(|chunk| writer.handle(WriterCommand::Chunk(ID, chunk)));
}

fn ended(receiver: &EventReceiver) -> (Duration, Duration, Option<String>) {
    let events = receiver.poll(10);
    let [MediaEvent::RecordingEnded { duration, recorded, failure, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    (*duration, *recorded, failure.clone())
}

#[test]
fn silence_at_both_ends_is_cut_and_both_lengths_are_told() {
    for plan in [
        RecordingPlan { trims_silence: true, ..RecordingPlan::INBOUND },
        RecordingPlan { trims_silence: true, ..DUAL },
    ] {
        let (mut writer, receiver) = writer();
        let path = path("trimmed");
        let _returns = open_as(&mut writer, &path, plan);
        write_all(&mut writer, chunks_as(plan, 100, |frame| (52..61).contains(&frame)));
        writer.handle(WriterCommand::Finish(ID, 8000));
        let kept = Duration::from_millis((9 + 10) * 20);
        assert_eq!(ended(&receiver), (kept, Duration::from_secs(3), None));
        let bytes = std::fs::read(&path).expect("the file");
        let channels = plan.channel_count();
        assert_eq!(bytes.len(), 44 + 19 * 320 * channels);
        let words: Vec<&[u8]> = bytes[44..].chunks(2 * channels).map(|samples| &samples[..2]).collect();
        let (first, last) =
            (words.iter().position(|word| *word != [0, 0]), words.iter().rposition(|word| *word != [0, 0]));
        assert_eq!((first, last), (Some(800), Some(800 + 9 * 160 - 1)));
        std::fs::remove_file(path).expect("removed");
    }
}

#[test]
fn a_crash_leaves_a_trimmed_file_that_can_be_read() {
    let (mut writer, _receiver) = writer();
    let (path, plan) =
        (path("trimmed-crash"), RecordingPlan { trims_silence: true, ..RecordingPlan::INBOUND });
    let _returns = open_as(&mut writer, &path, plan);
    let mut seen = Vec::new();
    for chunk in chunks_as(plan, 100, |frame| (50..60).contains(&frame)) {
        writer.handle(WriterCommand::Chunk(ID, chunk));
        let told = told_samples(&path);
        assert!(44 + u64::from(told) * 2 <= std::fs::metadata(&path).expect("there").len());
        seen.push(told);
    }
    seen.dedup();
    assert_eq!(seen, [0, 800 + 1600 + 800], "nothing before the sound, nor what follows it");
    std::fs::remove_file(path).expect("removed");
}

#[test]
fn nothing_but_silence_is_told_as_empty() {
    let (mut writer, receiver) = writer();
    let (path, plan) = (path("silent"), RecordingPlan { trims_silence: true, ..DUAL });
    let _returns = open_as(&mut writer, &path, plan);
    write_all(&mut writer, chunks_as(plan, 50, |_| false));
    writer.handle(WriterCommand::Finish(ID, 1600));
    assert_eq!(ended(&receiver), (Duration::ZERO, Duration::from_millis(1200), None));
    assert_eq!(std::fs::read(&path).expect("the file"), crate::record::wav_header(0, 2));
    std::fs::remove_file(path).expect("removed");
}

#[test]
fn two_channels_are_written_in_turn_and_holes_are_holes_of_both() {
    let (mut writer, receiver) = writer();
    let path = path("dual");
    let _returns = open_as(&mut writer, &path, DUAL);
    let mut recorded = chunks_as(DUAL, 10, |_| true).map(|chunk| Recorded::Chunk(ID, chunk));
    let mut chunk = recorded.next().expect("one");
    chunk.add_silence(1600);
    let Recorded::Chunk(id, chunk) = chunk else { panic!("a chunk") };
    writer.handle(WriterCommand::Chunk(id, chunk));
    writer.handle(WriterCommand::Finish(ID, 160));
    let length = Duration::from_millis(200 + 200 + 20);
    assert_eq!(ended(&receiver), (length, length, None));
    let bytes = std::fs::read(&path).expect("the file");
    assert_eq!(bytes.len(), 44 + 420 * 8 * 4);
    assert_eq!(bytes[..44], crate::record::wav_header(420 * 8, 2));
    let loud = |word: &[u8]| word != [0, 0];
    let words: Vec<(bool, bool)> =
        bytes[44..].chunks(4).map(|both| (loud(&both[..2]), loud(&both[2..]))).collect();
    let expected =
        [vec![(false, false); 1600], vec![(true, false); 1600], vec![(false, false); 160]].concat();
    assert_eq!(words, expected);
    std::fs::remove_file(path).expect("removed");
}

/// A disk in memory that can be full: what is there can be written over, and nothing more is taken.
fn small_disk() -> File {
    File::from(memfd_create("disk", MFdFlags::MFD_ALLOW_SEALING).expect("a file in memory"))
}

fn fill(disk: &File) {
    fcntl(disk, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_GROW)).expect("sealed");
}

/// The file, whose header and length must agree.
fn bytes_of(mut disk: File, channels: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    disk.rewind().expect("a file");
    disk.read_to_end(&mut bytes).expect("read");
    let samples = (bytes.len() - 44) as u64 / 2 / u64::from(channels);
    assert_eq!(bytes[..44], crate::record::wav_header(samples, channels));
    bytes
}

#[test]
fn a_disk_that_fills_up_ends_the_recording_where_it_was() {
    for (plan, channels) in
        [(RecordingPlan::INBOUND, 1), (DUAL, 2), (RecordingPlan { trims_silence: true, ..DUAL }, 2)]
    {
        let (mut writer, receiver) = writer();
        let disk = small_disk();
        let _returns = open_file(&mut writer, disk.try_clone().expect("a descriptor"), plan);
        let mut chunks = chunks_as(plan, 80, |frame| frame < 64);
        write_all(&mut writer, chunks.by_ref().take(7));
        fill(&disk);
        write_all(&mut writer, chunks);
        let (duration, recorded, failure) = ended(&receiver);
        let kept = if plan.trims_silence { 1280 + 100 } else { 1400 };
        assert_eq!((duration, recorded), (Duration::from_millis(kept), Duration::from_millis(1400)));
        assert!(failure.is_some_and(|failure| failure.contains("not permitted")));
        assert_eq!(bytes_of(disk, channels).len() as u64, 44 + kept * 16 * u64::from(channels));
    }
}

#[test]
fn silence_at_the_end_for_which_there_is_no_room_is_left_out() {
    for (plan, channels) in [(RecordingPlan::INBOUND, 1), (DUAL, 2)] {
        let (mut writer, receiver) = writer();
        let disk = small_disk();
        let _returns = open_file(&mut writer, disk.try_clone().expect("a descriptor"), plan);
        write_all(&mut writer, chunks_as(plan, 20, |_| true));
        fill(&disk);
        writer.handle(WriterCommand::Finish(ID, 8000));
        let (duration, recorded, failure) = ended(&receiver);
        assert_eq!((duration, recorded), (Duration::from_millis(400), Duration::from_millis(1400)));
        assert!(failure.is_some_and(|failure| failure.contains("not permitted")));
        assert_eq!(bytes_of(disk, channels).len(), 44 + 6400 * usize::from(channels));
    }
}
