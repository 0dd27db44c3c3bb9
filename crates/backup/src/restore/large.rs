//! Files that come in pieces: written by position into a reserved temporary file, hashed by a thread that follows. From a
//! size on they come in parallel ranges, which a restart goes on with.

use std::{
    collections::HashSet,
    fs::File,
    ops::Range,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use holdfast_storage::{Key, ObjectMeta, ReadOptions};
use tokio::task::JoinHandle;

use super::{
    act::{Outcome, Run, is_disk_full},
    dir,
    fetch::{PIECE, Pin, Sink, failure_of},
    hashing::{OrderedHash, WAITING_ROOM},
    links::io_of,
    place::{Folder, Temp},
    resume::Download,
};
use crate::{file_meta::StoredMeta, name, progress::FileProgress, report::FailureReason};

/// Ranges of one file under way for each processor: with more, writers wait for one another in the kernel. Measured with
/// 1 GiB over loopback on two processors: 8 ranges at once cost 1.9 CPU seconds, 4 cost 1.2.
const PARALLEL_PER_PROCESSOR: usize = 2;
const PARALLEL: std::ops::RangeInclusive<usize> = 4..=16;

/// What a range holds in memory: one piece that arrives, one that is written, and what the network has read ahead.
const RANGE_ROOM: u64 = 3 * PIECE as u64;

/// A file under way.
struct Job {
    run: Arc<Run>,
    item: u32,
    key: Key,
    size: u64,
    range_size: u64,
    resumes: Option<Download>,
    folder: Arc<Folder>,
    file: Arc<File>,
    /// Held while writing: the kernel lets one write to a file at a time, and waiting there keeps a processor busy.
    writer: Mutex<()>,
    hash: Arc<OrderedHash>,
    progress: FileProgress,
    meta: OnceLock<ObjectMeta>,
}

pub(crate) async fn restore(run: &Arc<Run>, item: u32) -> Result<Outcome, FailureReason> {
    let _one_of_few = run.large.acquire().await;
    let (outcome, went_on) = once(run, item).await;
    match outcome {
        Err(FailureReason::Mismatch) if went_on => once(run, item).await.0,
        Err(FailureReason::Io(error)) if error.kind() == std::io::ErrorKind::CrossesDevices => once(run, item).await.0,
        outcome => outcome,
    }
}

/// Restores the file, and says whether it went on with what an earlier run had fetched.
async fn once(run: &Arc<Run>, item: u32) -> (Result<Outcome, FailureReason>, bool) {
    let opening = run.clone();
    let opened = run.in_background(move || open(&opening, item)).await;
    let (job, temp, mut there) = match opened {
        Ok(opened) => opened,
        Err(reason) => return (Err(reason), false),
    };
    let job = Arc::new(job);
    let _room = run.room_for(WAITING_ROOM as u64).await;
    let following = Following::begin(&job);
    let fetched = match job.confirm(&mut there).await {
        Ok(()) => job.fetch(&there).await,
        Err(reason) => Err(reason),
    };
    let hashed = match fetched {
        Ok(()) => following.digest().await,
        Err(reason) => Err(reason),
    };
    let went_on = !there.is_empty();
    let finish = move || match hashed {
        Ok(digest) => job.finish(temp, digest),
        Err(reason) => Err(job.give_up(temp, reason)),
    };
    (run.in_background(finish).await, went_on)
}

/// The thread that hashes a file while it comes. It ends when this is dropped.
struct Following {
    hash: Arc<OrderedHash>,
    digest: JoinHandle<std::io::Result<Option<[u8; 32]>>>,
}

impl Following {
    fn begin(job: &Job) -> Self {
        let (hash, size) = (job.hash.clone(), job.size);
        let digest = job.run.background.spawn_blocking(move || hash.follow(size));
        Self { hash: job.hash.clone(), digest }
    }

    /// The digest, when everything is in the file.
    async fn digest(mut self) -> Result<Option<[u8; 32]>, FailureReason> {
        self.hash.all_is_there();
        let digest = (&mut self.digest).await;
        digest.unwrap_or_else(|e| Err(std::io::Error::other(e))).map_err(FailureReason::Io)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.hash.give_up();
    }
}

fn parallel(jobs: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    jobs.clamp(1, (PARALLEL_PER_PROCESSOR * processors).clamp(*PARALLEL.start(), *PARALLEL.end()))
}

fn open(run: &Arc<Run>, item: u32) -> Result<(Job, Temp, HashSet<u32>), FailureReason> {
    let items = &run.plan.items;
    let (size, path, tuning) = (items.size(item), items.path(item), run.plan.request.tuning);
    let key = run.plan.request.prefix.key(&path).map_err(FailureReason::Key)?;
    let in_ranges = size >= tuning.large_from;
    let range_size = tuning.range_of(size);
    let folder = run.folder_of(item)?;
    let resumes = items.etag(item).filter(|_| in_ranges).map(|etag| {
        let path = items.path_with(item, run.final_name(item));
        Download { path, key: key.clone(), etag, size, range_size }
    });
    let (temp, there) = open_temp(run, &folder, resumes.as_ref(), size)?;
    let file = temp.file.clone();
    let (hash, progress) = (Arc::new(OrderedHash::new(file.clone())), run.tracker.begin(&path, size));
    let (meta, writer) = (OnceLock::new(), Mutex::default());
    let job =
        Job { run: run.clone(), item, key, size, range_size, resumes, folder, file, writer, hash, progress, meta };
    Ok((job, temp, there))
}

/// The temporary file with its room taken, and the ranges that are in it.
fn open_temp(
    run: &Run,
    folder: &Folder,
    resumes: Option<&Download>,
    size: u64,
) -> Result<(Temp, HashSet<u32>), FailureReason> {
    let (temp, there) = match resumes {
        None => (run.place.temp(folder).map_err(FailureReason::Io)?, HashSet::new()),
        Some(download) => {
            let lasting = || run.place.lasting_temp(folder, &download.temp_name()).map_err(FailureReason::Io);
            let (temp, was_there) = lasting()?;
            let whole = was_there && temp.file.metadata().is_ok_and(|meta| meta.len() == size);
            let there = run.resume.begin(download, whole).map_err(io_of)?;
            match was_there && there.is_empty() {
                true => {
                    temp.slot.discard();
                    (lasting()?.0, there)
                }
                false => (temp, there),
            }
        }
    };
    if there.is_empty()
        && let Err(error) = dir::reserve(&temp.file, size)
    {
        temp.slot.discard();
        if let Some(download) = resumes {
            run.resume.forget(&download.path).map_err(io_of)?;
        }
        return Err(FailureReason::Io(error));
    }
    Ok((temp, there))
}

impl Job {
    fn range(&self, number: u32) -> Range<u64> {
        let start = u64::from(number) * self.range_size;
        start..(start + self.range_size).min(self.size)
    }

    /// Asks whether what is there may be gone on with: the object is the same, and its digest will tell at the end.
    async fn confirm(&self, there: &mut HashSet<u32>) -> Result<(), FailureReason> {
        if there.is_empty() {
            return Ok(());
        }
        let _permit = self.run.source.limiter.acquire().await;
        let Pin { etag, version } = self.run.pin(self.item);
        let options = ReadOptions { if_match: etag, version, ..ReadOptions::default() };
        let meta = self.run.source.store.head(&self.key, &options).await.map_err(failure_of)?;
        if StoredMeta::read(&meta.metadata).sha256.is_none() {
            there.clear();
        }
        let _set_once = self.meta.set(meta);
        Ok(())
    }

    async fn fetch(self: &Arc<Self>, there: &HashSet<u32>) -> Result<(), FailureReason> {
        for number in there {
            let range = self.range(*number);
            self.hash.found(range.start, range.end - range.start);
            self.progress.moved(range.end - range.start);
        }
        let all = 0..self.size.div_ceil(self.range_size) as u32;
        let missing: Vec<_> = all.filter(|number| !there.contains(number)).collect();
        let parallel = parallel(self.run.plan.request.jobs);
        let ranges = stream::iter(missing).map(|number| {
            let job = self.clone();
            async move { job.fetch_range(number).await }
        });
        ranges.buffer_unordered(parallel).try_collect().await
    }

    async fn fetch_range(self: &Arc<Self>, number: u32) -> Result<(), FailureReason> {
        let _room = self.run.room_for(RANGE_ROOM).await;
        let pin = self.run.pin(self.item);
        let seen = || self.meta.get().and_then(|meta| meta.version.clone());
        let pin = Pin { version: pin.version.or_else(seen), ..pin };
        let mut sink = ToFile { job: self.clone(), writing: None };
        let meta = self.run.source.span(&self.key, &pin, self.size, self.range(number), &mut sink).await?;
        sink.settle().await?;
        let _set_once = self.meta.set(meta);
        if self.resumes.is_some() {
            let job = self.clone();
            self.run.in_background(move || job.note(number)).await?;
        }
        Ok(())
    }

    fn note(&self, number: u32) -> Result<(), FailureReason> {
        match &self.resumes {
            Some(download) => self.run.resume.done(&download.path, number).map_err(io_of),
            None => Ok(()),
        }
    }

    /// Compares the content with its digest and publishes it.
    fn finish(&self, mut temp: Temp, digest: Option<[u8; 32]>) -> Result<Outcome, FailureReason> {
        let meta = self.meta.get().map(|meta| StoredMeta::read(&meta.metadata)).unwrap_or_default();
        if digest.is_none() || meta.sha256.is_some_and(|expected| Some(expected) != digest) {
            return Err(self.give_up(temp, FailureReason::Mismatch));
        }
        let name = name::decode(self.run.final_name(self.item));
        let publish = temp.publish(&self.folder, &name, self.run.replaces(self.item), &meta);
        let mut publish = Some(publish.map_err(FailureReason::Io));
        let again = || publish.take().unwrap_or_else(|| Err(crosses_devices()));
        let outcome = self.run.publishing(self.item, &self.folder, meta.sha256.is_some(), again);
        match outcome {
            Ok(Outcome::Skipped) => drop(self.give_up(temp, FailureReason::Vanished)),
            Ok(_) => self.forget()?,
            Err(reason) => return Err(self.give_up(temp, reason)),
        }
        outcome
    }

    fn forget(&self) -> Result<(), FailureReason> {
        match &self.resumes {
            Some(download) => self.run.resume.forget(&download.path).map_err(io_of),
            None => Ok(()),
        }
    }

    /// Keeps what is there only where a later run may go on with it.
    fn give_up(&self, temp: Temp, reason: FailureReason) -> FailureReason {
        self.progress.forget();
        let goes_on = matches!(reason, FailureReason::Storage(_)) && !is_disk_full(&reason);
        if self.resumes.is_some() && !goes_on {
            temp.slot.discard();
            let _stays_at_worst = self.forget();
        }
        reason
    }
}

fn crosses_devices() -> FailureReason {
    FailureReason::Io(std::io::ErrorKind::CrossesDevices.into())
}

/// Writes pieces where they belong while the next ones arrive.
struct ToFile {
    job: Arc<Job>,
    writing: Option<JoinHandle<std::io::Result<()>>>,
}

impl ToFile {
    async fn settle(&mut self) -> Result<(), FailureReason> {
        match self.writing.take() {
            Some(writing) => writing.await.unwrap_or_else(|e| Err(std::io::Error::other(e))).map_err(FailureReason::Io),
            None => Ok(()),
        }
    }
}

impl Sink for ToFile {
    async fn take(&mut self, at: u64, piece: Vec<Bytes>) -> Result<(), FailureReason> {
        self.settle().await?;
        let job = self.job.clone();
        self.writing = Some(self.job.run.background.spawn_blocking(move || write(&job, at, piece)));
        Ok(())
    }
}

fn write(job: &Job, start: u64, piece: Vec<Bytes>) -> std::io::Result<()> {
    let mut at = start;
    let alone = job.writer.lock().unwrap_or_else(PoisonError::into_inner);
    for chunk in &piece {
        dir::write_all_at(&job.file, chunk, at)?;
        at += chunk.len() as u64;
    }
    drop(alone);
    job.progress.moved(at - start);
    job.hash.wrote(start, piece);
    Ok(())
}
