//! Small files: read and hashed by threads, sent whole by tasks.

use std::sync::Arc;

use holdfast_storage::{Body, CopyFrom, ETag, Error as StoreError, Key, WriteOptions, Written};
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};

use super::{
    MAX_COPY, Outcome, Round, Run,
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

/// Files that were read and wait to be sent.
const WAITING: usize = 256;

/// A file ready to be sent.
struct Ready {
    index: usize,
    still: Still,
    twin: Option<Row>,
    _memory: OwnedSemaphorePermit,
}

/// Sends every small file of a round. Gives the readers' index connections back.
pub(super) async fn send(run: &Arc<Run>, round: &Arc<Round>, readers: Vec<Index>) -> Result<Vec<Index>> {
    let (ready, waiting) = mpsc::channel::<Ready>(WAITING);
    let waiting = Arc::new(Mutex::new(waiting));
    let runtime = tokio::runtime::Handle::current();
    let readers: Vec<_> = readers
        .into_iter()
        .map(|index| {
            let (run, round, ready, runtime) = (run.clone(), round.clone(), ready.clone(), runtime.clone());
            tokio::task::spawn_blocking(move || read_all(&run, &round, index, &ready, &runtime))
        })
        .collect();
    drop(ready);
    let senders: Vec<_> = (0..run.cx.limiter.max())
        .map(|_| tokio::spawn(send_ready(run.clone(), round.clone(), waiting.clone())))
        .collect();
    for sender in senders {
        sender.await.map_err(panicked)?;
    }
    let mut back = Vec::new();
    for reader in readers {
        back.push(reader.await.map_err(panicked)??);
    }
    Ok(back)
}

pub(super) fn panicked(error: tokio::task::JoinError) -> Error {
    Error::io("working on a file")(std::io::Error::other(error))
}

fn read_all(
    run: &Run,
    round: &Round,
    index: Index,
    ready: &mpsc::Sender<Ready>,
    runtime: &tokio::runtime::Handle,
) -> Result<Index> {
    let items = &run.plan.observed.send;
    while let Some(position) = round.next(items.len()) {
        if run.stopped() {
            break;
        }
        let Some(item) = items.get(position).filter(|item| item.size < run.job.multipart_from) else { continue };
        let kib = (item.size / 1024 + 1).min(super::MEMORY / 1024) as u32;
        let Ok(memory) = runtime.block_on(run.memory.clone().acquire_many_owned(kib)) else { break };
        let is_link = item.name.ends_with(LINK_SUFFIX);
        match read::read_small(&run.local(&item), is_link, run.job.multipart_from) {
            Err(reason) => run.settle(position, round, reason.into()),
            Ok(still) => {
                let twin = index.find_content(&still.sha256, still.meta.size)?.filter(|_| still.meta.size > 0);
                let next = Ready { index: position, still, twin, _memory: memory };
                if ready.blocking_send(next).is_err() {
                    break;
                }
            }
        }
    }
    Ok(index)
}

async fn send_ready(run: Arc<Run>, round: Arc<Round>, waiting: Arc<Mutex<mpsc::Receiver<Ready>>>) {
    loop {
        let next = waiting.lock().await.recv().await;
        let Some(ready) = next else { return };
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
