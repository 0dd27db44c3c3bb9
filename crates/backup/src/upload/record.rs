//! The one writer of the index during a run: takes what was confirmed and writes it in batches.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use holdfast_storage::Part;

use crate::{
    Error, Result,
    index::{Index, Row, UploadRecord},
};

/// A batch is written after so many notes or so much time, whichever comes first: what a kill costs at most.
const BATCH: usize = 2000;
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
    desk: Arc<Desk>,
    thread: Mutex<Option<JoinHandle<Result<Index>>>>,
}

/// Where notes are laid down. The writer comes by when a batch is there or its time is up: it is not woken for each.
#[derive(Default)]
struct Desk {
    pile: Mutex<Pile>,
    full: Condvar,
    room: Condvar,
}

#[derive(Default)]
struct Pile {
    notes: Vec<Note>,
    last: bool,
    writer_gone: bool,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Pile> {
        self.pile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lay_down(&self, note: Note) {
        let no_room = |pile: &mut Pile| pile.notes.len() >= WAITING && !pile.writer_gone;
        let mut pile = self.room.wait_while(self.lock(), no_room).unwrap_or_else(PoisonError::into_inner);
        if pile.writer_gone {
            return;
        }
        pile.notes.push(note);
        if pile.notes.len() == BATCH {
            self.full.notify_one();
        }
    }

    fn no_more(&self) {
        self.lock().last = true;
        self.full.notify_one();
    }

    /// Waits for a batch or its time; `None` when the last was taken.
    fn take(&self) -> Option<Vec<Note>> {
        let not_yet = |pile: &mut Pile| pile.notes.len() < BATCH && !pile.last;
        let waited = self.full.wait_timeout_while(self.lock(), BATCH_TIME, not_yet);
        let mut pile = waited.unwrap_or_else(PoisonError::into_inner).0;
        if pile.notes.is_empty() && pile.last {
            return None;
        }
        self.room.notify_all();
        Some(std::mem::take(&mut pile.notes))
    }
}

/// Tells those who lay down notes when nobody takes them any more.
struct Leaving(Arc<Desk>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.lock().writer_gone = true;
        self.0.room.notify_all();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.desk.no_more();
    }
}

impl Recorder {
    pub(super) fn start(index: Index) -> Result<Self> {
        let desk = Arc::new(Desk::default());
        let at = desk.clone();
        let thread = std::thread::Builder::new().name("index".into()).spawn(move || {
            let at = Leaving(at);
            write_all(index, &at.0)
        });
        Ok(Self { desk, thread: Mutex::new(Some(thread.map_err(Error::io("starting the index thread"))?)) })
    }

    /// Hands over a note. A writer that failed is reported by [`Self::finish`].
    pub(super) fn note(&self, note: Note) {
        self.desk.lay_down(note);
    }

    /// Waits until everything is written and gives the index back. Once; nothing is taken any more.
    pub(super) async fn finish(&self) -> Result<Index> {
        self.desk.no_more();
        let thread = super::lock(&self.thread).take();
        let joined = tokio::task::spawn_blocking(move || thread.map(JoinHandle::join)).await;
        match joined {
            Ok(Some(Ok(outcome))) => outcome,
            _ => Err(Error::io("writing the index")(std::io::Error::other("the writer stopped"))),
        }
    }
}

fn write_all(index: Index, desk: &Desk) -> Result<Index> {
    while let Some(notes) = desk.take() {
        if notes.is_empty() {
            continue;
        }
        index.begin()?;
        for note in notes {
            write(&index, note)?;
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
