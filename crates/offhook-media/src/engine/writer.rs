//! The writer thread: the only one that waits for the disk.
//!
//! Each recording's header is written at once and again after each second of audio, so that a file
//! cut off by a crash can be read. A file that fails ends its recording and nothing else.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::WorkerThread;
use super::command::RecordingFile;
use super::events::EventSender;
use super::wav_file::WavFile;
use super::worker::panic_reason;
use crate::media_port::{Chunk, MediaEvent, RecordingPlan, Spent};
use crate::units::{PortId, RecordingId};

/// Commands that wait for the disk, of all recordings together.
const QUEUE_MAX: usize = 4096;

/// What the writer is told.
pub(super) enum WriterCommand {
    /// A recording begins.
    Open(Box<NewFile>),
    /// More audio.
    Chunk(RecordingId, Box<Chunk>),
    /// The end, behind so many samples of silence.
    Finish(RecordingId, u64),
    /// Something large to free, which has nothing to do with files: this thread has the time.
    Discard(Spent),
}

/// A recording on its way to the writer.
pub(super) struct NewFile {
    pub port: PortId,
    pub recording: RecordingId,
    pub plan: RecordingPlan,
    pub file: RecordingFile,
    /// Takes written chunks back; dropped when the recording has ended.
    pub returns: SyncSender<Box<Chunk>>,
}

pub(super) struct Writer {
    files: HashMap<RecordingId, WavFile>,
    events: EventSender,
}

impl Writer {
    /// Start the thread; it ends when every sender is gone.
    pub fn start(events: EventSender) -> std::io::Result<(SyncSender<WriterCommand>, WorkerThread)> {
        let (commands, queue) = sync_channel(QUEUE_MAX);
        let writer = Self { files: HashMap::new(), events };
        let thread = std::thread::Builder::new()
            .name("offhook-writer".to_owned())
            .spawn(move || writer.run(&queue))?;
        Ok((commands, thread))
    }

    fn run(mut self, queue: &Receiver<WriterCommand>) -> Vec<MediaEvent> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            while let Ok(command) = queue.recv() {
                self.handle(command);
                self.events.flush();
            }
        }));
        let failure =
            outcome.err().map(|panic| format!("the writer thread failed: {}", panic_reason(&*panic)));
        for (id, file) in std::mem::take(&mut self.files) {
            self.events.send(file.close(id, failure.clone()));
        }
        self.events.into_backlog()
    }

    fn handle(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Open(new) => {
                let id = new.recording;
                let mut file = WavFile::new(*new);
                match file.write_header() {
                    Ok(()) => drop(self.files.insert(id, file)),
                    Err(error) => self.events.send(file.close(id, Some(error.to_string()))),
                }
            }
            // A recording that failed is not known any more; what was still on its way is dropped.
            WriterCommand::Chunk(id, chunk) => {
                let outcome = self.files.get_mut(&id).map_or(Ok(()), |file| file.write(chunk));
                self.end_if_failed(id, outcome);
            }
            WriterCommand::Finish(id, silence) => {
                if let Some(mut file) = self.files.remove(&id) {
                    file.add_silence(silence);
                    self.events.send(file.close(id, None));
                }
            }
            WriterCommand::Discard(spent) => drop(spent),
        }
    }

    fn end_if_failed(&mut self, id: RecordingId, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            if let Some(file) = self.files.remove(&id) {
                self.events.send(file.close(id, Some(error.to_string())));
            }
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
