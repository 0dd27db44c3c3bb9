//! Small files: read and hashed by threads, sent whole by tasks.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use holdfast_storage::{Body, CopyFrom, ETag, Error as StoreError, Key, WriteOptions, Written};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    MAX_COPY, MEMORY, Outcome, Round, Run, lock,
    read::{self, Still},
    record::Note,
};
use crate::{
    Error, Result,
    file_meta::{FileMeta, to_metadata},
    index::{Index, Row},
    name::LINK_SUFFIX,
    plan::{Item, Reason},
    report::FailureReason,
};

/// Files that are read before they are handed over together: looking up and waking cost less for many.
const BATCH: usize = 16;
/// What a file counts in memory at least, KiB: bounds how many wait.
const LEAST_KIB: u64 = 64;
/// What a reader asks for at once, KiB: it is not woken for every file that was sent.
const ROOM_KIB: u32 = 4096;

/// A file that was read.
struct Read {
    index: usize,
    still: Still,
    memory: OwnedSemaphorePermit,
}

/// A file ready to be sent.
struct Ready {
    index: usize,
    still: Still,
    twin: Option<Row>,
    _memory: OwnedSemaphorePermit,
}

/// Files on their way from the readers to the senders. Bounded by the memory they hold a permit for.
struct Waiting {
    files: Mutex<VecDeque<Ready>>,
    count: Semaphore,
}

impl Waiting {
    fn push(&self, files: impl ExactSizeIterator<Item = Ready>) {
        let count = files.len();
        lock(&self.files).extend(files);
        self.count.add_permits(count);
    }

    /// The next file; `None` when there are no more.
    async fn take(&self) -> Option<Ready> {
        self.count.acquire().await.ok()?.forget();
        lock(&self.files).pop_front()
    }

    /// Nothing more comes: each of so many senders finds that out when the last file is taken.
    fn end(&self, senders: usize) {
        self.count.add_permits(senders);
    }
}

/// Sends every small file of a round. Gives the readers' index connections back.
pub(super) async fn send(run: &Arc<Run>, round: &Arc<Round>, readers: Vec<Index>) -> Result<Vec<Index>> {
    let waiting = Arc::new(Waiting { files: Mutex::default(), count: Semaphore::new(0) });
    let runtime = Handle::current();
    let readers: Vec<_> = readers
        .into_iter()
        .map(|index| {
            let (run, round, waiting, runtime) = (run.clone(), round.clone(), waiting.clone(), runtime.clone());
            tokio::task::spawn_blocking(move || {
                Reader { run, round, waiting, runtime, index, batch: Vec::new(), room: None }.work()
            })
        })
        .collect();
    let senders: Vec<_> = (0..run.cx.limiter.max())
        .map(|_| tokio::spawn(send_ready(run.clone(), round.clone(), waiting.clone())))
        .collect();
    let mut back = Vec::new();
    let mut failed = None;
    for reader in readers {
        match reader.await.map_err(panicked).flatten() {
            Ok(index) => back.push(index),
            Err(error) => failed = Some(error),
        }
    }
    waiting.end(senders.len());
    for sender in senders {
        sender.await.map_err(panicked)?;
    }
    failed.map_or(Ok(back), Err)
}

pub(super) fn panicked(error: tokio::task::JoinError) -> Error {
    Error::io("working on a file")(std::io::Error::other(error))
}

/// One thread that reads and hashes.
struct Reader {
    run: Arc<Run>,
    round: Arc<Round>,
    waiting: Arc<Waiting>,
    runtime: Handle,
    index: Index,
    batch: Vec<Read>,
    room: Option<OwnedSemaphorePermit>,
}

impl Reader {
    fn work(mut self) -> Result<Index> {
        let run = self.run.clone();
        let items = &run.plan.observed.send;
        while let Some(position) = self.round.next(items.len()) {
            if run.stopped() {
                break;
            }
            let Some(item) = items.get(position).filter(|item| item.size < run.job.multipart_from) else { continue };
            let memory = self.memory(item.size)?;
            let is_link = item.name.ends_with(LINK_SUFFIX);
            match read::read_small(&run.local(&item), is_link, run.job.multipart_from) {
                Err(reason) => run.settle(position, &self.round, reason.into()),
                Ok(still) => self.batch.push(Read { index: position, still, memory }),
            }
            if self.batch.len() == BATCH {
                self.hand_over()?;
            }
        }
        self.hand_over()?;
        Ok(self.index)
    }

    /// Room for a file. Before waiting for more, what was read is handed over and what is left is given back, because
    /// only sending makes room and another may need just that.
    fn memory(&mut self, size: u64) -> Result<OwnedSemaphorePermit> {
        let kib = (size / 1024 + 1).clamp(LEAST_KIB, MEMORY / 1024) as u32;
        if let Some(memory) = self.room.as_mut().and_then(|room| room.split(kib as usize)) {
            return Ok(memory);
        }
        self.room = None;
        let (all, wanted) = (self.run.memory.clone(), kib.max(ROOM_KIB));
        let mut room = match all.clone().try_acquire_many_owned(wanted) {
            Ok(room) => room,
            Err(_) => {
                self.hand_over()?;
                self.runtime.block_on(all.clone().acquire_many_owned(wanted)).map_err(|_| Error::Cancelled)?
            }
        };
        self.run.rooms.shrink_to(all.available_permits() as u64 * 1024);
        let memory = room.split(kib as usize).ok_or(Error::Cancelled)?;
        self.room = Some(room);
        Ok(memory)
    }

    fn hand_over(&mut self) -> Result<()> {
        let wanted = self.batch.iter().map(|read| (read.still.sha256, read.still.meta.size));
        let twins = self.index.find_contents(wanted)?;
        let ready = self.batch.drain(..).zip(twins);
        self.waiting.push(ready.map(|(Read { index, still, memory }, twin)| Ready {
            index,
            still,
            twin,
            _memory: memory,
        }));
        Ok(())
    }
}

async fn send_ready(run: Arc<Run>, round: Arc<Round>, waiting: Arc<Waiting>) {
    while let Some(ready) = waiting.take().await {
        if run.stopped() {
            continue;
        }
        let _place = run.cx.limiter.acquire().await;
        let position = ready.index;
        let outcome = tokio::select! {
            outcome = send_one(&run, ready) => outcome,
            () = run.cx.cancel.cancelled() => Outcome::Cancelled,
        };
        run.settle(position, &round, outcome);
    }
}

async fn send_one(run: &Run, ready: Ready) -> Outcome {
    let Some(item) = run.plan.observed.send.get(ready.index) else { return Outcome::Cancelled };
    let key = match run.key(&item) {
        Ok(key) => key,
        Err(reason) => return Outcome::Failed(reason),
    };
    let Still { content, meta, sha256 } = ready.still;
    let options = run.write_options(item.name, to_metadata(&meta, &sha256));
    if let Some(twin) = &ready.twin
        && let Some(outcome) = copy_inside(run, &item, &key, twin, &meta, &options).await
    {
        return outcome;
    }
    let progress = run.cx.tracker.begin(&item.path(), meta.size);
    let body = Body::bytes(content).with_sha256(sha256);
    match run.cx.store.put(&key, body, &options).await {
        Ok(written) => {
            progress.moved(meta.size);
            confirm(run, &item, meta, sha256, written);
            Outcome::Sent { bytes: meta.size }
        }
        Err(error) => Outcome::Failed(FailureReason::Storage(error)),
    }
}

/// Copies content that is in the bucket already. `None` when it has to be sent after all.
pub(super) async fn copy_inside(
    run: &Run,
    item: &Item<'_, Reason>,
    key: &Key,
    twin: &Row,
    meta: &FileMeta,
    options: &WriteOptions,
) -> Option<Outcome> {
    let sha256 = twin.sha256?;
    let same_place = twin.dir == item.dir && twin.name == item.name;
    if same_place && ((twin.meta.mtime, twin.meta.mode) == (meta.mtime, meta.mode) || meta.size > MAX_COPY) {
        let row = Row { meta: *meta, ..twin.clone() };
        run.recorder.note(Note::Sent(Box::new(row)));
        return Some(Outcome::Same);
    }
    if meta.size > MAX_COPY {
        return None;
    }
    let from = CopyFrom {
        key: run.job.prefix.key(&twin.path()).ok()?,
        version: None,
        if_match: twin.etag.as_deref().map(ETag::new),
    };
    match run.cx.store.copy(&from, key, options).await {
        Ok(written) => {
            run.cx.tracker.moved(meta.size);
            confirm(run, item, *meta, sha256, written);
            Some(Outcome::Copied)
        }
        Err(error) if error.is_fatal() => Some(Outcome::Fatal(error.into())),
        Err(StoreError::Cancelled) => Some(Outcome::Cancelled),
        Err(_) => None,
    }
}

/// Notes that the server has the file.
pub(super) fn confirm(run: &Run, item: &Item<'_, Reason>, meta: FileMeta, sha256: [u8; 32], written: Written) {
    if let Ok(key) = run.key(item) {
        let _ = run.first_sent.set(key);
    }
    run.recorder.note(Note::Sent(Box::new(Row {
        dir: item.dir.to_owned(),
        name: item.name.to_owned(),
        meta,
        sha256: Some(sha256),
        etag: Some(written.etag.as_str().to_owned()),
        version: written.version.map(|v| v.0),
        uploaded_at: run.job.now,
    })));
}
