//! One bandwidth limit for all operations of a process together, as the settings and their timetable say. A limit of one
//! set or one command holds on top of it; it is none of this.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use holdfast_storage::throttle::Throttle;
use jiff::{Timestamp, tz::TimeZone};

use crate::{App, dto::settings::Settings};

/// The limit of a timetable is looked up so often.
const MINUTE: Duration = Duration::from_secs(60);

/// What all operations share. Clones share it too.
#[derive(Debug, Clone)]
pub struct SharedBandwidth {
    throttle: Arc<Throttle>,
    kept: Arc<AtomicBool>,
}

/// The limit is kept in time by somebody with a clock of their own, until this is dropped.
#[derive(Debug)]
pub struct KeptInTime(SharedBandwidth);

impl Default for SharedBandwidth {
    fn default() -> Self {
        Self { throttle: Throttle::new(0), kept: Arc::default() }
    }
}

impl SharedBandwidth {
    /// What operations pass through.
    pub(crate) fn throttle(&self) -> Arc<Throttle> {
        self.throttle.clone()
    }

    /// Bytes per second at this moment; 0 for no limit.
    pub fn limit(&self) -> u64 {
        self.throttle.limit()
    }

    /// Takes over the keeping in time, with [`KeptInTime::follow`].
    pub(crate) fn keep_in_time(&self) -> KeptInTime {
        self.kept.store(true, Ordering::SeqCst);
        KeptInTime(self.clone())
    }

    /// By the system's clock, unless somebody keeps it in time.
    fn follow_the_clock(&self, settings: &Settings) {
        if !self.kept.load(Ordering::SeqCst) {
            self.throttle.set(settings.bytes_per_second(Timestamp::now(), &TimeZone::system()));
        }
    }
}

impl KeptInTime {
    /// Sets the limit of this moment, also for what is under way.
    pub(crate) fn follow(&self, settings: &Settings, now: Timestamp, tz: &TimeZone) {
        self.0.throttle.set(settings.bytes_per_second(now, tz));
    }
}

impl Drop for KeptInTime {
    fn drop(&mut self) {
        self.0.kept.store(false, Ordering::SeqCst);
    }
}

impl App {
    /// Sets the shared limit where no agent of this process does. Settings that cannot be read leave it as it was.
    pub(crate) fn follow_bandwidth(&self) {
        match self.home.settings.load() {
            Ok(kept) => self.bandwidth.follow_the_clock(&kept.settings),
            Err(error) => tracing::warn!(%error, "the bandwidth limit could not be read"),
        }
    }

    /// Keeps the shared limit in step with the timetable, each minute, where no agent of this process does. Never ends.
    pub fn keep_bandwidth(&self) -> impl Future<Output = ()> + Send + use<> {
        let (bandwidth, file) = (self.bandwidth.clone(), self.home.settings.clone());
        async move {
            loop {
                if let Ok(kept) = file.load() {
                    bandwidth.follow_the_clock(&kept.settings);
                }
                tokio::time::sleep(MINUTE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_storage::{Body, Key, WriteOptions};
    use tokio::time::Instant;

    use super::*;
    use crate::{Home, PlaceRef, dto::settings::Bandwidth, keychain::MemoryKeychain, operations::Speed, paths::Paths};

    fn app(folder: &std::path::Path, limit: Option<u64>) -> App {
        let paths = Paths::below(folder.join("config"), folder.join("data"));
        let app = App::new(Home::new(paths, Arc::new(MemoryKeychain::new())));
        app.save_settings(of(limit)).expect("settings are kept");
        app
    }

    fn of(limit: Option<u64>) -> Settings {
        Settings { bandwidth: Bandwidth { bytes_per_second: limit, ..Bandwidth::default() }, ..Settings::default() }
    }

    async fn send(app: &App, own: u64, bytes: usize) -> u64 {
        let place = PlaceRef::Url("memory:".into());
        let speed = Speed { bytes_per_second: own, ..Speed::default() };
        let session = app.open(&place, speed).await.expect("a place in memory");
        let begin = Instant::now();
        let (key, options) = (Key::new("a").expect("a key"), WriteOptions::default());
        session.store.put(&key, Body::bytes(vec![7; bytes]), &options).await.expect("it is kept");
        (begin.elapsed() + Duration::from_millis(500)).as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn all_operations_share_the_limit_and_each_keeps_to_its_own_below_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = app(folder.path(), Some(1000));
        assert_eq!(send(&app, 0, 20_000).await, 20);
        assert_eq!(send(&app, 100, 2_000).await, 20, "its own limit is the lower one");
        assert_eq!(send(&app, 5000, 20_000).await, 20, "the shared limit is the lower one");
        let together = tokio::join!(send(&app, 0, 10_000), send(&app, 0, 10_000));
        assert_eq!(together.0.max(together.1), 20, "two of them have it together, not each");
        app.save_settings(of(None)).expect("settings are kept");
        assert_eq!(send(&app, 0, 1 << 20).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_set_counts_for_what_is_under_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = Arc::new(app(folder.path(), Some(1)));
        let under_way = tokio::spawn({
            let app = app.clone();
            async move { send(&app, 0, 1 << 20).await }
        });
        tokio::time::sleep(Duration::from_secs(10)).await;
        app.save_settings(of(None)).expect("settings are kept");
        assert_eq!(under_way.await.expect("it ends"), 10);
    }

    #[test]
    fn who_keeps_it_in_time_is_not_talked_over() {
        let (shared, row) = (SharedBandwidth::default(), of(Some(7)));
        let kept = shared.keep_in_time();
        kept.follow(&of(Some(3)), Timestamp::UNIX_EPOCH, &TimeZone::UTC);
        shared.follow_the_clock(&row);
        assert_eq!(shared.limit(), 3);
        drop(kept);
        shared.follow_the_clock(&row);
        assert_eq!(shared.limit(), 7);
    }
}
