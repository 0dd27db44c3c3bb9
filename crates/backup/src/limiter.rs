//! How many requests may be under way at once: more while all goes well, fewer when the place struggles.
//!
//! Additive increase, multiplicative decrease, as TCP does it. It hears of trouble as a layer below the retries.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use holdfast_storage::{
    Error, Result,
    error::Unreachable,
    layer::{Layer, Request},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A moving limit between 1 and `max`.
#[derive(Debug)]
pub struct Limiter {
    permits: Arc<Semaphore>,
    now: AtomicUsize,
    owed: AtomicUsize,
    successes: AtomicUsize,
    unanswered: AtomicUsize,
    max: usize,
}

/// So many requests in a row without an answer in time are a place that answers nobody.
const SILENT: usize = 10;

impl Limiter {
    /// Begins at `start` requests, never more than `max`.
    pub fn new(start: usize, max: usize) -> Arc<Self> {
        let max = max.max(1);
        let start = start.clamp(1, max);
        Arc::new(Self {
            permits: Arc::new(Semaphore::new(start)),
            now: start.into(),
            owed: 0.into(),
            successes: 0.into(),
            unanswered: 0.into(),
            max,
        })
    }

    /// Waits for a place. Give it back through [`Permit`]'s drop.
    pub async fn acquire(self: &Arc<Self>) -> Permit {
        let permit = self.permits.clone().acquire_owned().await.ok();
        Permit { limiter: self.clone(), permit }
    }

    /// Whether no other request would fare better than one that is given up with this error: it would be refused for the
    /// same reason, or the place has answered none of the last ten in time, each of which took a minute.
    pub fn is_hopeless(&self, error: &Error) -> bool {
        error.is_fatal() || matches!(error, Error::Unreachable(_)) && self.unanswered.load(Ordering::Relaxed) >= SILENT
    }

    /// The limit now.
    pub fn limit(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    /// The limit that is never passed.
    pub fn max(&self) -> usize {
        self.max
    }

    fn grow(&self) {
        let now = self.limit();
        if now < self.max && self.successes.fetch_add(1, Ordering::Relaxed) + 1 >= now {
            self.successes.store(0, Ordering::Relaxed);
            if self.now.compare_exchange(now, now + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                self.permits.add_permits(1);
            }
        }
    }

    fn shrink(&self) {
        let now = self.limit();
        let less = (now / 2).max(1);
        if now > less && self.now.compare_exchange(now, less, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.owed.fetch_add(now - less, Ordering::Relaxed);
            self.successes.store(0, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl Layer for Limiter {
    fn after(&self, _: Request<'_>) -> Result<()> {
        self.unanswered.store(0, Ordering::Relaxed);
        self.grow();
        Ok(())
    }

    fn failed(&self, _: Request<'_>, error: &Error) {
        match error {
            Error::Unreachable(Unreachable::Timeout) => self.unanswered.fetch_add(1, Ordering::Relaxed),
            _ => self.unanswered.swap(0, Ordering::Relaxed),
        };
        if matches!(error, Error::SlowDown | Error::Unreachable(Unreachable::Timeout | Unreachable::Broken)) {
            self.shrink();
        }
    }
}

/// A place among the requests under way.
#[derive(Debug)]
pub struct Permit {
    limiter: Arc<Limiter>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let owed = |owed: usize| owed.checked_sub(1);
        if self.limiter.owed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, owed).is_ok()
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_storage::RequestKind;

    fn request() -> Request<'static> {
        Request { kind: RequestKind::Put, key: None, bytes: 0 }
    }

    #[tokio::test]
    async fn the_limit_grows_with_success_and_halves_with_trouble() {
        let limiter = Limiter::new(4, 8);
        for _ in 0..100 {
            limiter.after(request()).unwrap();
        }
        assert_eq!(limiter.limit(), 8);
        let held = [limiter.acquire().await, limiter.acquire().await, limiter.acquire().await, limiter.acquire().await];
        limiter.failed(request(), &Error::SlowDown);
        limiter.failed(request(), &Error::NotSupported { action: "x" });
        assert_eq!(limiter.limit(), 4);
        drop(held);
        assert_eq!(limiter.permits.available_permits(), 4);
        for _ in 0..10 {
            limiter.failed(request(), &Error::SlowDown);
        }
        assert_eq!(limiter.limit(), 1);
    }

    #[test]
    fn a_place_is_silent_when_ten_requests_in_a_row_had_no_answer() {
        let (limiter, silence) = (Limiter::new(4, 8), Error::Unreachable(Unreachable::Timeout));
        (1..SILENT).for_each(|_| limiter.failed(request(), &silence));
        assert!(!limiter.is_hopeless(&silence));
        limiter.failed(request(), &Error::SlowDown);
        limiter.failed(request(), &silence);
        assert!(!limiter.is_hopeless(&silence), "a refusal is an answer");
        (0..SILENT).for_each(|_| limiter.failed(request(), &silence));
        assert!(limiter.is_hopeless(&silence));
        assert!(!limiter.is_hopeless(&Error::NotSupported { action: "x" }));
        limiter.after(request()).unwrap();
        assert!(!limiter.is_hopeless(&silence));
    }
}
