//! What a client may use at once: requests in a minute, requests at a time, content in memory, content in the bucket.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock};
use holdfast_storage::{ListRequest, ObjectStore};
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use crate::error::{Answer, ApiError};

/// Bytes that one permit of the memory budget stands for.
pub(crate) const UNIT: u64 = 4096;
/// How long a request waits for its turn before it is sent away.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an upload waits for memory.
const MEMORY_PATIENCE: Duration = Duration::from_secs(60);
/// How long a measured size is believed.
const MEASURED_FOR: Duration = Duration::from_secs(600);

/// The limits of a client, kept over reloads.
#[derive(Debug)]
pub(crate) struct Limits {
    per_minute: Option<(u32, DefaultDirectRateLimiter)>,
    at_once: (usize, Arc<Semaphore>),
    memory: Arc<Semaphore>,
}

impl Limits {
    /// `memory` is the share of the memory budget that this client may take, in units.
    pub(crate) fn new(per_minute: Option<u32>, at_once: usize, memory: u32) -> Self {
        let limiter = per_minute.and_then(NonZeroU32::new);
        let limiter = limiter.map(|number| (number.get(), RateLimiter::direct(Quota::per_minute(number))));
        let slots = Arc::new(Semaphore::new(at_once));
        Self { per_minute: limiter, at_once: (at_once, slots), memory: Arc::new(Semaphore::new(memory as usize)) }
    }

    /// Whether a reload changes nothing here.
    pub(crate) fn are(&self, per_minute: Option<u32>, at_once: usize) -> bool {
        self.per_minute.as_ref().map(|(number, _)| *number) == per_minute && self.at_once.0 == at_once
    }

    /// Lets a request in, or says when it may come again.
    pub(crate) async fn enter(&self, client: &str) -> Answer<OwnedSemaphorePermit> {
        if let Some((number, limiter)) = &self.per_minute
            && let Err(early) = limiter.check()
        {
            let wait = early.wait_time_from(limiter.clock().now()).as_secs() + 1;
            return Err(ApiError::too_many(format!("{client} may send {number} requests in a minute"), wait));
        }
        match timeout(PATIENCE, self.at_once.1.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(ApiError::too_many(format!("{client} may send {} requests at once", self.at_once.0), 5)),
        }
    }
}

/// Content in memory, all uploads together. A client gets at most half of it, so that one cannot stop the others.
#[derive(Debug)]
pub(crate) struct Memory {
    all: Arc<Semaphore>,
    units: u32,
}

/// A share of the memory, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _client: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Memory {
    pub(crate) fn new(mebibytes: u32) -> Self {
        let units = (u64::from(mebibytes) << 20).div_ceil(UNIT) as u32;
        Self { all: Arc::new(Semaphore::new(units as usize)), units }
    }

    /// Units that one client may take.
    pub(crate) fn client_share(&self) -> u32 {
        self.units / 2
    }

    /// Waits for `bytes`: everything an upload will need, before it reads any of it, so that uploads cannot wait for one
    /// another half done.
    pub(crate) async fn take(&self, limits: &Limits, bytes: u64) -> Answer<Share> {
        let units = bytes.div_ceil(UNIT).clamp(1, u64::from(self.client_share())) as u32;
        let both = async {
            let client = limits.memory.clone().acquire_many_owned(units).await;
            let all = self.all.clone().acquire_many_owned(units).await;
            Some(Share { _client: client.ok()?, _all: all.ok()? })
        };
        timeout(MEMORY_PATIENCE, both).await.ok().flatten().ok_or_else(ApiError::busy)
    }
}

/// How much a client holds in the bucket: measured by a listing now and then, and counted in between.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    measured: Mutex<Option<(Instant, u64)>>,
    since: AtomicU64,
}

impl Usage {
    /// Bytes the client holds, with the `more` that it is sending. Lists its folder when the last look is too long ago.
    pub(crate) async fn used(&self, store: &dyn ObjectStore, more: u64) -> Answer<u64> {
        let mut measured = self.measured.lock().await;
        let known = measured.filter(|(at, _)| at.elapsed() < MEASURED_FOR).map(|(_, bytes)| bytes);
        let bytes = match known {
            Some(bytes) => bytes,
            None => {
                let before = self.since.load(Ordering::Relaxed);
                let bytes = measure(store).await?;
                self.give_back(before.saturating_sub(more));
                *measured = Some((Instant::now(), bytes));
                bytes
            }
        };
        Ok(bytes + self.since.load(Ordering::Relaxed))
    }

    /// Counts what is being sent. Give it back with [`Usage::give_back`] when it did not come to be.
    pub(crate) fn count(&self, bytes: u64) {
        self.since.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn give_back(&self, bytes: u64) {
        let _ = self.since.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_sub(bytes)));
    }
}

async fn measure(store: &dyn ObjectStore) -> Answer<u64> {
    let (mut request, mut bytes) = (ListRequest::default(), 0);
    loop {
        let page = store.list(&request).await?;
        bytes += page.objects.iter().map(|row| row.size).sum::<u64>();
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => return Ok(bytes),
        }
    }
}
