//! Files that come in one go: received by a task, written, checked and published by a thread in one step.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use bytes::Bytes;
use holdfast_storage::Key;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{
    act::{Outcome, Run},
    fetch::Sink,
    place::Folder,
};
use crate::{file_meta::StoredMeta, name, progress::FileProgress, report::FailureReason};

/// How many files wait for one thread.
const QUEUE: usize = 64;

/// A file that arrived.
pub(crate) struct Received {
    item: u32,
    content: Vec<Bytes>,
    meta: StoredMeta,
    _room: OwnedSemaphorePermit,
    _progress: FileProgress,
}

/// Content in memory.
#[derive(Default)]
pub(crate) struct InMemory(pub Vec<Bytes>);

impl Sink for InMemory {
    async fn take(&mut self, _: u64, piece: Vec<Bytes>) -> Result<(), FailureReason> {
        match self.0.is_empty() {
            true => self.0 = piece,
            false => self.0.extend(piece),
        }
        Ok(())
    }
}

/// Fetches the whole of a small file.
pub(crate) async fn receive(run: &Run, item: u32) -> Result<Received, FailureReason> {
    let items = &run.plan.items;
    let (size, path) = (items.size(item), items.path(item));
    let room = run.room_for(size).await;
    let progress = run.tracker.begin(&path, size);
    let key: Key = run.plan.request.prefix.key(&path).map_err(FailureReason::Key)?;
    let mut content = InMemory::default();
    let meta = run.source.span(&key, &run.pin(item), size, 0..size, &mut content).await?;
    progress.moved(size);
    Ok(Received { item, content: content.0, meta: StoredMeta::read(&meta.metadata), _room: room, _progress: progress })
}

/// The threads that write small files.
pub(crate) struct Writers {
    queues: Vec<mpsc::Sender<Received>>,
    threads: Vec<JoinHandle<()>>,
    run: Arc<Run>,
}

impl Writers {
    pub(crate) fn start(run: &Arc<Run>) -> std::io::Result<Self> {
        let mut writers = Self { queues: Vec::new(), threads: Vec::new(), run: run.clone() };
        let count = std::thread::available_parallelism().map_or(2, |n| n.get()).clamp(1, 4);
        for _ in 0..count {
            let (queue, waiting) = mpsc::channel(QUEUE);
            let run = run.clone();
            let thread = std::thread::Builder::new().name("restore".into());
            writers.threads.push(thread.spawn(move || write_all(&run, waiting))?);
            writers.queues.push(queue);
        }
        Ok(writers)
    }

    /// The way to one of the threads.
    pub(crate) fn queue(&self, worker: usize) -> mpsc::Sender<Received> {
        self.queues[worker % self.queues.len()].clone()
    }

    /// Waits until everything that was handed over is written.
    pub(crate) async fn finish(mut self) {
        self.queues.clear();
        let threads = std::mem::take(&mut self.threads);
        let join = move || threads.into_iter().for_each(|thread| drop(thread.join()));
        let _joined = tokio::task::spawn_blocking(join).await;
    }
}

impl Drop for Writers {
    /// When a run is dropped in its middle the threads end after the file they are at. The lock is held until then.
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.run.stop.cancel();
        }
    }
}

fn write_all(run: &Run, mut waiting: mpsc::Receiver<Received>) {
    let last = LastFolder::default();
    while let Some(file) = waiting.blocking_recv() {
        if !run.stop.is_cancelled() {
            run.ended(file.item, write(run, &file, &last));
        }
    }
}

/// The folder that was used last: files come by folder.
#[derive(Default)]
struct LastFolder(Mutex<Option<(u32, Arc<Folder>)>>);

impl LastFolder {
    fn get(&self, run: &Run, item: u32) -> Result<Arc<Folder>, FailureReason> {
        let wanted = run.plan.items.folder(item);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((id, folder)) if *id == wanted => Ok(folder.clone()),
            _ => {
                let folder = run.folder_of(item)?;
                *last = Some((wanted, folder.clone()));
                Ok(folder)
            }
        }
    }
}

fn write(run: &Run, received: &Received, last: &LastFolder) -> Result<Outcome, FailureReason> {
    let proven = is_proven(&received.content, &received.meta)?;
    let folder = last.get(run, received.item)?;
    run.publishing(received.item, &folder, proven, || {
        let mut temp = run.place.temp(&folder).map_err(FailureReason::Io)?;
        write_content(&temp.file, &received.content).map_err(FailureReason::Io)?;
        let name = name::decode(run.final_name(received.item));
        let replace = run.replaces(received.item);
        temp.publish(&folder, &name, replace, &received.meta).map_err(FailureReason::Io)
    })
}

/// Whether the content is what was backed up; `false` when nothing is known to compare it with.
fn is_proven(content: &[Bytes], meta: &StoredMeta) -> Result<bool, FailureReason> {
    let Some(expected) = meta.sha256 else { return Ok(false) };
    let mut hasher = Sha256::new();
    content.iter().for_each(|chunk| hasher.update(chunk));
    match <[u8; 32]>::from(hasher.finalize()) == expected {
        true => Ok(true),
        false => Err(FailureReason::Mismatch),
    }
}

fn write_content(mut file: &std::fs::File, content: &[Bytes]) -> std::io::Result<()> {
    content.iter().try_for_each(|chunk| std::io::Write::write_all(&mut file, chunk))
}
