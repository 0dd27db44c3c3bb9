//! How far a running operation is. The core counts; who listens draws.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Shortest time between two reports.
pub const REPORT_EVERY: Duration = Duration::from_millis(100);

/// How many running files a report names.
const CURRENT_FILES: usize = 4;

/// What an operation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Looking at files and listings.
    #[default]
    Scanning,
    /// Comparing.
    Planning,
    /// Moving content.
    Transferring,
    /// Removing and tidying.
    Finishing,
}

/// A file under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentFile {
    /// Relative path.
    pub path: String,
    /// Bytes moved.
    pub done: u64,
    /// Its size.
    pub size: u64,
    /// It is read here; nothing of it is on its way yet.
    pub reading: bool,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// Doing what.
    pub phase: Phase,
    /// Files finished (confirmed by the server, or in place).
    pub files_done: u64,
    /// Files planned; while scanning: files seen.
    pub files_total: u64,
    /// Bytes moved.
    pub bytes_done: u64,
    /// Bytes planned.
    pub bytes_total: u64,
    /// Bytes per second over the last seconds.
    pub bytes_per_second: f64,
    /// Seconds left at that speed, where it can be told.
    pub seconds_left: Option<f64>,
    /// Some of the files under way, the longest running first.
    pub current: Vec<CurrentFile>,
}

/// Receives reports. Called from another task, at most ten times a second and once at the end.
pub trait Progress: Send + Sync + 'static {
    /// Takes a report. Must return quickly.
    fn report(&self, snapshot: &Snapshot);
}

/// Listens to nothing.
#[derive(Debug)]
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _: &Snapshot) {}
}

/// Counts for one operation, shared by everything that works on it.
#[derive(Debug, Default)]
pub struct Tracker {
    phase: AtomicU64,
    files_done: AtomicU64,
    files_total: AtomicU64,
    bytes_done: AtomicU64,
    bytes_total: AtomicU64,
    next: AtomicU64,
    current: Mutex<BTreeMap<u64, Arc<Running>>>,
}

#[derive(Debug)]
struct Running {
    path: String,
    size: u64,
    done: AtomicU64,
    reading: AtomicBool,
}

impl Tracker {
    /// At zero.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Says what is being done now.
    pub fn phase(&self, phase: Phase) {
        self.phase.store(phase as u64, Ordering::Relaxed);
    }

    /// Adds to what is planned (or, while scanning, seen).
    pub fn plan(&self, files: u64, bytes: u64) {
        self.files_total.fetch_add(files, Ordering::Relaxed);
        self.bytes_total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Starts planning anew: what was seen is not what will be moved.
    pub fn reset_plan(&self, files: u64, bytes: u64) {
        self.files_total.store(files, Ordering::Relaxed);
        self.bytes_total.store(bytes, Ordering::Relaxed);
    }

    /// Counts finished files.
    pub fn finish_files(&self, files: u64) {
        self.files_done.fetch_add(files, Ordering::Relaxed);
    }

    /// Counts moved bytes that belong to no file named by [`Self::begin`].
    pub fn moved(&self, bytes: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Begins a file; dropping the guard ends it, whatever became of it.
    pub fn begin(self: &Arc<Self>, path: &str, size: u64) -> FileProgress {
        let file = self.begin_reading(path, size);
        file.was_read();
        file
    }

    /// Begins a file that is read before anything of it is sent.
    pub fn begin_reading(self: &Arc<Self>, path: &str, size: u64) -> FileProgress {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (path, done, reading) = (path.to_owned(), AtomicU64::new(0), AtomicBool::new(true));
        let running = Arc::new(Running { path, size, done, reading });
        self.lock().insert(id, running.clone());
        FileProgress { tracker: self.clone(), id, running }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Running>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self, speed: f64) -> Snapshot {
        let running: Vec<_> = self.lock().values().take(CURRENT_FILES).cloned().collect();
        let current = running.iter().map(|r| CurrentFile {
            path: r.path.clone(),
            done: r.done.load(Ordering::Relaxed),
            size: r.size,
            reading: r.reading.load(Ordering::Relaxed),
        });
        let (done, total) = (self.bytes_done.load(Ordering::Relaxed), self.bytes_total.load(Ordering::Relaxed));
        let phase = match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Scanning,
            1 => Phase::Planning,
            2 => Phase::Transferring,
            _ => Phase::Finishing,
        };
        let left = total.saturating_sub(done) as f64;
        Snapshot {
            phase,
            files_done: self.files_done.load(Ordering::Relaxed),
            files_total: self.files_total.load(Ordering::Relaxed),
            bytes_done: done,
            bytes_total: total,
            bytes_per_second: speed,
            seconds_left: (phase == Phase::Transferring && speed > 1.0).then(|| left / speed),
            current: current.collect(),
        }
    }

    /// Reports to `progress` while `work` runs, and once more when it is done.
    pub async fn watch<T>(self: &Arc<Self>, progress: &dyn Progress, work: impl Future<Output = T>) -> T {
        let mut ticks = tokio::time::interval(REPORT_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut speed = Speed::new(Instant::now());
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    progress.report(&self.snapshot(speed.last));
                    return done;
                }
                now = ticks.tick() => {
                    let rate = speed.observe(now, self.bytes_done.load(Ordering::Relaxed));
                    progress.report(&self.snapshot(rate));
                }
            }
        }
    }
}

/// A file under way.
#[derive(Debug)]
pub struct FileProgress {
    tracker: Arc<Tracker>,
    id: u64,
    running: Arc<Running>,
}

impl FileProgress {
    /// Counts moved bytes of this file.
    pub fn moved(&self, bytes: u64) {
        self.running.done.fetch_add(bytes, Ordering::Relaxed);
        self.tracker.moved(bytes);
    }

    /// It was read, and is sent from now on.
    pub fn was_read(&self) {
        self.running.reading.store(false, Ordering::Relaxed);
    }

    /// Takes back what an attempt that failed had counted.
    pub fn forget(&self) {
        let counted = self.running.done.swap(0, Ordering::Relaxed);
        self.tracker.bytes_done.fetch_sub(counted, Ordering::Relaxed);
    }
}

impl Drop for FileProgress {
    fn drop(&mut self) {
        self.tracker.lock().remove(&self.id);
    }
}

/// Bytes per second, smoothed over about five seconds.
#[derive(Debug)]
struct Speed {
    at: Instant,
    bytes: u64,
    last: f64,
}

impl Speed {
    fn new(at: Instant) -> Self {
        Self { at, bytes: 0, last: 0.0 }
    }

    fn observe(&mut self, now: Instant, bytes: u64) -> f64 {
        let seconds = now.duration_since(self.at).as_secs_f64();
        if seconds > 0.0 {
            let rate = bytes.saturating_sub(self.bytes) as f64 / seconds;
            let weight = if self.last == 0.0 { 1.0 } else { 1.0 - (-seconds / 5.0).exp() };
            self.last += (rate - self.last) * weight;
            (self.at, self.bytes) = (now, bytes);
        }
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Log(Mutex<Vec<Snapshot>>);

    impl Progress for Log {
        fn report(&self, snapshot: &Snapshot) {
            self.0.lock().unwrap().push(snapshot.clone());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reports_come_at_most_ten_times_a_second_and_once_at_the_end() {
        let (tracker, log) = (Tracker::new(), Log::default());
        tracker.reset_plan(1, 1000);
        tracker.phase(Phase::Transferring);
        let work = async {
            let file = tracker.begin("a", 1000);
            for _ in 0..1000 {
                tokio::time::sleep(Duration::from_millis(1)).await;
                file.moved(1);
            }
            drop(file);
            tracker.finish_files(1);
        };
        tracker.watch(&log, work).await;
        let log = log.0.into_inner().unwrap();
        assert!(log.len() <= 12, "{}", log.len());
        let last = log.last().unwrap();
        assert_eq!((last.files_done, last.bytes_done, last.current.len()), (1, 1000, 0));
        assert!((last.bytes_per_second - 1000.0).abs() < 50.0, "{}", last.bytes_per_second);
    }
}
