//! Small files: read and hashed by threads, sent whole by tasks.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use holdfast_storage::{Body, CopyFrom, ETag, Error as StoreError, Key, WriteOptions, Written};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
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
    patience::{GRACE, no_answer},
    plan::{Item, Reason},
    report::FailureReason,
};

/// Files that are read before they are handed over together: looking up and waking cost less for many.
const BATCH: usize = 16;
/// What a file counts in memory at least, KiB: bounds how many wait.
const LEAST_KIB: u64 = 64;
/// What a reader asks for at once, KiB: it is not woken for every file that was sent.
const ROOM_KIB: u32 = 4096;
/// How often it is looked whether a reader waits for its disk.
const LOOK_EVERY: Duration = Duration::from_millis(500);

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

/// What a reader has in hand, within reach of who attends to it.
#[derive(Default)]
struct InHand {
    /// The file being read, and since when.
    reading: Option<(usize, Instant)>,
    read: Vec<Read>,
    left_behind: bool,
}

/// Sends every small file of a round. Gives back the index connections of the readers that came to the end.
pub(super) async fn send(run: &Arc<Run>, round: &Arc<Round>, readers: Vec<Index>) -> Result<Vec<Index>> {
    let waiting = Arc::new(Waiting { files: Mutex::default(), count: Semaphore::new(0) });
    let runtime = Handle::current();
    let readers: Vec<_> = readers
        .into_iter()
        .map(|index| {
            let hands = Arc::<Mutex<InHand>>::default();
            let reader = Reader {
                run: run.clone(),
                round: round.clone(),
                waiting: waiting.clone(),
                runtime: runtime.clone(),
                index,
                hands: hands.clone(),
                room: None,
            };
            let thread = tokio::task::spawn_blocking(move || reader.work());
            let waiting = waiting.clone();
            async move { attend(run, round, &waiting, &hands, thread).await }
        })
        .collect();
    let senders: Vec<_> = (0..run.cx.limiter.max())
        .map(|_| tokio::spawn(send_ready(run.clone(), round.clone(), waiting.clone())))
        .collect();
    let mut back = Vec::new();
    let mut failed = None;
    for reader in futures::future::join_all(readers).await {
        match reader {
            Ok(index) => back.extend(index),
            Err(error) => failed = Some(error),
        }
    }
    if back.is_empty() && failed.is_none() && run.has_more(round) {
        // No thread of this run can read here any more: the folder is gone rather than a file.
        run.stop(Error::FolderUnreadable { folder: run.job.root.clone(), source: no_answer() });
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

/// Waits for a reader and gives its index connection back. Where its disk is slow, what it had read is sent meanwhile. Where
/// it does not answer, the reader is left behind: after a stop soon, otherwise when the patience of the run is at its end;
/// then its file is a failure.
async fn attend(
    run: &Arc<Run>,
    round: &Round,
    waiting: &Waiting,
    hands: &Mutex<InHand>,
    mut thread: JoinHandle<Result<Option<Index>>>,
) -> Result<Option<Index>> {
    let mut named = None;
    loop {
        if let Ok(done) = tokio::time::timeout(LOOK_EVERY, &mut thread).await {
            return done.map_err(panicked).flatten();
        }
        let stopped = run.stopped();
        let (position, is_left, read) = {
            let mut hands = lock(hands);
            let waited = hands.reading.map(|(position, since)| (position, since.elapsed()));
            let Some((position, waited)) = waited.filter(|(_, waited)| *waited > GRACE) else {
                named = None;
                continue;
            };
            hands.left_behind = stopped || waited > run.job.patience;
            (position, hands.left_behind, std::mem::take(&mut hands.read))
        };
        // Who would look for content like theirs in the bucket is the reader: without it they are sent.
        waiting.push(read.into_iter().map(|read| read.ready(None)));
        if is_left {
            if !stopped {
                run.settle(position, round, Outcome::Failed(FailureReason::Io(no_answer())));
            }
            return Ok(None);
        }
        if named.as_ref().is_none_or(|(at, _)| *at != position) {
            let item = run.plan.observed.send.get(position);
            named = item.map(|item| (position, run.cx.tracker.begin_reading(&item.path(), item.size)));
        }
    }
}

impl Read {
    fn ready(self, twin: Option<Row>) -> Ready {
        Ready { index: self.index, still: self.still, twin, _memory: self.memory }
    }
}

/// One thread that reads and hashes.
struct Reader {
    run: Arc<Run>,
    round: Arc<Round>,
    waiting: Arc<Waiting>,
    runtime: Handle,
    index: Index,
    hands: Arc<Mutex<InHand>>,
    room: Option<OwnedSemaphorePermit>,
}

impl Reader {
    /// `None` when it was left behind.
    fn work(mut self) -> Result<Option<Index>> {
        let run = self.run.clone();
        let items = &run.plan.observed.send;
        while let Some(position) = self.round.next(items.len()) {
            if run.stopped() {
                break;
            }
            let Some(item) = items.get(position).filter(|item| item.size < run.job.multipart_from) else { continue };
            let memory = self.memory(item.size)?;
            let is_link = item.name.ends_with(LINK_SUFFIX);
            lock(&self.hands).reading = Some((position, Instant::now()));
            let read = read::read_small(&run.local(&item), is_link, run.job.multipart_from);
            let mut hands = lock(&self.hands);
            if hands.left_behind {
                return Ok(None);
            }
            hands.reading = None;
            match read {
                Ok(still) => hands.read.push(Read { index: position, still, memory }),
                Err(reason) => run.settle(position, &self.round, reason.into()),
            }
            let is_full = hands.read.len() == BATCH;
            drop(hands);
            if is_full {
                self.hand_over()?;
            }
        }
        self.hand_over()?;
        Ok(Some(self.index))
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
        let read = std::mem::take(&mut lock(&self.hands).read);
        let wanted = read.iter().map(|read| (read.still.sha256, read.still.meta.size));
        let twins = self.index.find_contents(wanted)?;
        self.waiting.push(read.into_iter().zip(twins).map(|(read, twin)| read.ready(twin)));
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
            () = run.ending.cancelled() => Outcome::Cancelled,
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
