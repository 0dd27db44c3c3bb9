//! Carries a plan out: tasks pull files from it until it is done, cancelled, or cannot go on.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use holdfast_storage::Error as StorageError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Conflict, RestoreContext, RestorePlan, destination_id,
    fetch::{Pin, Source},
    joined, large, links, local,
    place::{Folder, Place},
    plan::Action,
    resume::Resume,
    small::{self, Writers},
};
use crate::{
    Error, Result,
    lock::RunLock,
    name,
    patience::{WRITES, unless_stopped},
    progress::{Phase, Tracker},
    report::{Failure, FailureReason, RestoreReport, State},
};

/// Content held in memory at once by everything together, KiB.
const ROOM_KIB: u32 = 48 << 10;

/// So many files in a row that find nobody end the run.
const UNREACHABLE_IN_A_ROW: u32 = 16;

/// What became of an item that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// In place, compared with its digest.
    Proven,
    /// In place; nothing was known to compare it with but its size.
    Unproven,
    /// Something appeared in its place meanwhile and stays.
    Skipped,
}

/// A restore under way.
#[derive(Debug)]
pub(crate) struct Run {
    pub plan: RestorePlan,
    pub place: Place,
    pub resume: Resume,
    pub source: Source,
    pub tracker: Arc<Tracker>,
    pub stop: CancellationToken,
    /// Keeps the number of large files under way small: each is fetched in parallel by itself.
    pub large: Semaphore,
    room: Arc<Semaphore>,
    /// Work on threads, which goes on for a moment when its task is dropped.
    pub background: TaskTracker,
    next: AtomicU32,
    done: Done,
    lock: Mutex<Option<RunLock>>,
}

#[derive(Debug, Default)]
struct Done {
    restored: AtomicU64,
    unproven: AtomicU64,
    skipped: AtomicU64,
    unreachable: AtomicU32,
    planned_failures: usize,
    failures: Mutex<Vec<Failure>>,
    fatal: Mutex<Option<StorageError>>,
}

impl Run {
    /// Room in memory for so many bytes of content.
    pub(crate) async fn room_for(&self, bytes: u64) -> OwnedSemaphorePermit {
        let kib = (bytes / 1024 + 1).min(u64::from(ROOM_KIB)) as u32;
        let room = self.room.clone().acquire_many_owned(kib).await;
        room.unwrap_or_else(|_| unreachable!("the room for content is never closed"))
    }

    pub(crate) fn pin(&self, item: u32) -> Pin {
        Pin { etag: self.plan.items.etag(item), version: self.plan.items.version(item) }
    }

    pub(crate) fn replaces(&self, item: u32) -> bool {
        self.plan.actions[item as usize] == Action::Replace
    }

    /// Name in its folder, in key form.
    pub(crate) fn final_name(&self, item: u32) -> &str {
        self.plan.new_name(item).unwrap_or_else(|| self.plan.items.local_name(item))
    }

    /// The folder of an item, made where it is missing. Blocks.
    pub(crate) fn folder_of(&self, item: u32) -> Result<Arc<Folder>, FailureReason> {
        let id = self.plan.items.folder(item);
        let folder = self.place.folder(&self.plan.items, id)?;
        self.note_beside(&folder, id)?;
        Ok(folder)
    }

    fn note_beside(&self, folder: &Folder, id: u32) -> Result<(), FailureReason> {
        match folder.must_note() {
            true => self.resume.note_beside(&self.plan.items.folder_path(id)).map_err(links::io_of),
            false => Ok(()),
        }
    }

    /// Runs what writes and publishes an item, and once more where a rename between filesystems was refused.
    pub(crate) fn publishing(
        &self,
        item: u32,
        folder: &Folder,
        proven: bool,
        mut publish: impl FnMut() -> Result<(), FailureReason>,
    ) -> Result<Outcome, FailureReason> {
        let mut published = publish();
        if kind_of(&published) == Some(io::ErrorKind::CrossesDevices) && !folder.is_beside() {
            folder.set_beside();
            self.note_beside(folder, self.plan.items.folder(item))?;
            published = publish();
        }
        match kind_of(&published) {
            Some(io::ErrorKind::AlreadyExists) if self.plan.request.conflict == Conflict::Skip => Ok(Outcome::Skipped),
            Some(io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory) => {
                let path = self.plan.items.path_with(item, self.final_name(item));
                Err(FailureReason::InTheWay { at: name::to_relative_path(&path).unwrap_or_default() })
            }
            _ => published.map(|()| if proven { Outcome::Proven } else { Outcome::Unproven }),
        }
    }

    /// Counts what became of an item, and stops the run where no other could fare better.
    pub(crate) fn ended(&self, item: u32, outcome: Result<Outcome, FailureReason>) {
        let add = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        match outcome {
            Err(reason) => return self.failed(item, reason),
            Ok(Outcome::Skipped) => add(&self.done.skipped),
            Ok(Outcome::Proven) => add(&self.done.restored),
            Ok(Outcome::Unproven) => add(&self.done.restored) + add(&self.done.unproven),
        };
        self.done.unreachable.store(0, Ordering::Relaxed);
        self.tracker.finish_files(1);
    }

    fn failed(&self, item: u32, reason: FailureReason) {
        match reason {
            FailureReason::Storage(error) if self.ends_the_run(&error) => {
                lock(&self.done.fatal).get_or_insert(error);
                self.stop.cancel();
            }
            reason => {
                if is_disk_full(&reason) {
                    self.stop.cancel();
                }
                lock(&self.done.failures).push(Failure { path: self.plan.items.path(item), reason });
            }
        }
    }

    fn ends_the_run(&self, error: &StorageError) -> bool {
        let unreachable = matches!(error, StorageError::Unreachable(_));
        self.source.limiter.is_hopeless(error)
            || unreachable && self.done.unreachable.fetch_add(1, Ordering::Relaxed) + 1 >= UNREACHABLE_IN_A_ROW
    }

    /// Runs work that blocks.
    pub(crate) async fn in_background<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FailureReason> + Send + 'static,
    ) -> Result<T, FailureReason> {
        let done = self.background.spawn_blocking(work).await;
        done.map_err(|error| FailureReason::Io(io::Error::other(error)))?
    }

    /// The next item of a phase that is to be written.
    fn next(&self, links: bool) -> Option<u32> {
        loop {
            let item = self.next.fetch_add(1, Ordering::Relaxed);
            let action = self.plan.actions.get(item as usize)?;
            if action.writes() && self.plan.items.is_link(item) == links {
                return Some(item);
            }
        }
    }

    fn is_large(&self, item: u32) -> bool {
        self.plan.items.size(item) > self.plan.request.tuning.whole_up_to
    }
}

fn kind_of(result: &Result<(), FailureReason>) -> Option<io::ErrorKind> {
    match result {
        Err(FailureReason::Io(error)) => Some(error.kind()),
        _ => None,
    }
}

/// Whether nothing more can be written.
pub(crate) fn is_disk_full(reason: &FailureReason) -> bool {
    use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(reason, FailureReason::Io(error) if matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Carries a plan out.
/// A stop ends it also where the disk does not answer any more: what still writes is left behind, and holds the lock.
pub(crate) async fn run(ctx: &RestoreContext, plan: RestorePlan) -> Result<RestoreReport> {
    let opening = ctx.clone();
    let opened = tokio::task::spawn_blocking(move || open(&opening, plan));
    let Some(opened) = unless_stopped(&ctx.cancel, WRITES, opened).await else { return Err(Error::Cancelled) };
    let run = Arc::new(opened.map_err(joined)??);
    if let Some(done) = unless_stopped(&ctx.cancel, WRITES, carry_out(ctx, &run)).await {
        done?;
    }
    report(ctx, &run)
}

async fn carry_out(ctx: &RestoreContext, run: &Arc<Run>) -> Result<()> {
    ctx.tracker.phase(Phase::Transferring);
    let to_write = run.plan.to_write();
    ctx.tracker.reset_plan(to_write.files, to_write.bytes);
    for links in [false, true] {
        phase(run, links).await?;
    }
    ctx.tracker.phase(Phase::Finishing);
    run.background.close();
    run.background.wait().await;
    let closing = run.clone();
    tokio::task::spawn_blocking(move || close(&closing)).await.map_err(joined)?
}

/// Takes the lock, checks the room and opens the destination. Writes nothing before all that is well.
fn open(ctx: &RestoreContext, mut plan: RestorePlan) -> Result<Run> {
    let request = &plan.request;
    let id = destination_id(&request.destination);
    let lock = RunLock::take(&ctx.state_dir.join(format!("restore-{id}.lock")))?;
    if let Some(available) = local::available(&request.destination)?
        && plan.bytes_needed() > available
    {
        return Err(Error::NoSpace { needed: plan.bytes_needed(), available });
    }
    let place = Place::open(&request.destination, rand::random())?;
    let resume = Resume::open(&ctx.state_dir, id)?;
    sweep(&place, &resume)?;
    let source = Source::new(ctx.store.clone(), ctx.limiter.clone(), request.tuning.retry);
    let known = std::mem::take(&mut plan.failures);
    let done = Done { planned_failures: known.len(), failures: Mutex::new(known), ..Done::default() };
    Ok(Run {
        place,
        resume,
        source,
        tracker: ctx.tracker.clone(),
        stop: ctx.cancel.child_token(),
        large: Semaphore::new(2),
        room: Arc::new(Semaphore::new(ROOM_KIB as usize)),
        next: AtomicU32::new(0),
        done,
        plan,
        background: TaskTracker::new(),
        lock: Mutex::new(Some(lock)),
    })
}

/// Removes temporary files that no run goes on with.
fn sweep(place: &Place, resume: &Resume) -> Result<()> {
    let temps = resume.temps()?;
    let keep = |name: &str| temps.contains(name);
    place.sweep(&keep);
    for folder in resume.besides()? {
        place.sweep_beside(&folder, &keep);
    }
    Ok(())
}

/// Runs the tasks over files, or over links.
async fn phase(run: &Arc<Run>, links: bool) -> Result<()> {
    run.next.store(0, Ordering::Relaxed);
    let writers = Writers::start(run).map_err(Error::io("starting to write"))?;
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..run.plan.request.jobs.max(1) {
        let (run, queue) = (run.clone(), writers.queue(worker));
        tasks.spawn(async move {
            let stop = run.stop.clone();
            stop.run_until_cancelled(work(&run, queue, links)).await;
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(joined)?;
    }
    writers.finish().await;
    Ok(())
}

async fn work(run: &Arc<Run>, queue: tokio::sync::mpsc::Sender<small::Received>, links: bool) {
    while let Some(item) = run.next(links) {
        if links {
            run.ended(item, links::restore(run, item).await);
        } else if run.is_large(item) {
            run.ended(item, large::restore(run, item).await);
        } else {
            match small::receive(run, item).await {
                Ok(received) => drop(queue.send(received).await),
                Err(reason) => run.ended(item, Err(reason)),
            }
        }
    }
}

/// Makes the folders that are objects of their own, and removes what is temporary.
fn close(run: &Run) -> Result<()> {
    if !run.stop.is_cancelled() {
        for folder in run.plan.items.marked_folders() {
            if let Err(reason) = run.place.folder(&run.plan.items, folder) {
                lock(&run.done.failures).push(Failure { path: run.plan.items.folder_path(folder), reason });
            }
        }
        run.resume.forget_others()?;
    }
    sweep(&run.place, &run.resume)?;
    if run.resume.is_empty()? {
        run.resume.forget_besides()?;
    }
    run.place.tidy();
    drop(lock(&run.lock).take());
    Ok(())
}

fn report(ctx: &RestoreContext, run: &Run) -> Result<RestoreReport> {
    if let Some(fatal) = lock(&run.done.fatal).take() {
        return Err(fatal.into());
    }
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (restored, skipped) = (count(&run.done.restored), count(&run.done.skipped));
    let failures = std::mem::take(&mut *lock(&run.done.failures));
    let failed = (failures.len() - run.done.planned_failures) as u64;
    let whole = restored + skipped + failed >= run.plan.to_write().files;
    Ok(RestoreReport {
        state: State::of(ctx.cancel.is_cancelled() && !whole, &failures),
        restored,
        skipped: skipped + run.plan.to_skip().files,
        unproven: count(&run.done.unproven),
        bytes: count(&run.source.received),
        tally: ctx.meter.tally(),
        failures,
    })
}
