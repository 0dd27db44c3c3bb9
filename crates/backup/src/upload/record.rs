//! The one writer of the index during a run: takes what was confirmed and writes it in batches.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use holdfast_storage::Part;

use crate::{
    Error, Result,
    index::{Index, Row, UploadRecord},
};

/// A batch is written after so many notes or so much time, whichever comes first: what a kill costs at most.
const BATCH: usize = 1000;
const BATCH_TIME: Duration = Duration::from_millis(250);
/// Notes that may wait.
const WAITING: usize = 8192;

/// Something the server confirmed.
pub(super) enum Note {
    Sent(Box<Row>),
    Removed(String),
    UploadBegun(Box<UploadRecord>),
    PartSent(String, Part),
    UploadEnded(String),
}

pub(super) struct Recorder {
    notes: SyncSender<Note>,
    thread: JoinHandle<Result<Index>>,
}

impl Recorder {
    pub(super) fn start(index: Index) -> Result<Self> {
        let (notes, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("index".into()).spawn(move || write_all(index, &waiting));
        Ok(Self { notes, thread: thread.map_err(Error::io("starting the index thread"))? })
    }

    /// Hands over a note. A writer that failed is reported by [`Self::finish`].
    pub(super) fn note(&self, note: Note) {
        let _ = self.notes.send(note);
    }

    /// Waits until everything is written and gives the index back.
    pub(super) async fn finish(self) -> Result<Index> {
        drop(self.notes);
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        match joined {
            Ok(Ok(outcome)) => outcome,
            _ => Err(Error::io("writing the index")(std::io::Error::other("the writer stopped"))),
        }
    }
}

fn write_all(index: Index, waiting: &Receiver<Note>) -> Result<Index> {
    while let Ok(first) = waiting.recv() {
        index.begin()?;
        write(&index, first)?;
        let until = Instant::now() + BATCH_TIME;
        for _ in 1..BATCH {
            match waiting.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(note) => write(&index, note)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        index.commit()?;
    }
    Ok(index)
}

fn write(index: &Index, note: Note) -> Result<()> {
    match note {
        Note::Sent(row) => index.put_row(&row),
        Note::Removed(path) => index.remove_row(&path),
        Note::UploadBegun(record) => index.put_upload(&record),
        Note::PartSent(path, part) => index.put_part(&path, &part),
        Note::UploadEnded(path) => index.forget_upload(&path),
    }
}
