//! Tries again what may succeed: with growing, jittered pauses and a budget shared by all requests of a store.
//!
//! Only whole requests are repeated. A download that breaks in its middle is the caller's to continue.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, Error, GetObject, Key, ListPage, ListRequest, ObjectMeta,
    ObjectStore, Part, PresignMethod, ReadOptions, Result, Upload, UploadInfo, VersionId, VersionPage, Versioning,
    WriteOptions, Written,
    admin::{Archived, BucketAdmin, ObjectLock, Retention},
    body::Content,
    error::{Unreachable, backoff},
    lifecycle::Lifecycle,
};

/// How long one attempt that moves `bytes` may take: a minute, and the time a 16 KiB/s line needs.
pub(crate) fn attempt_limit(bytes: u64) -> Duration {
    Duration::from_secs(60 + bytes / (16 << 10))
}

/// How often and how patiently.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// Longest pause before the first retry; doubles with each.
    pub base: Duration,
    /// Longest pause of all.
    pub cap: Duration,
    /// Retries that may be spent before successes must earn new ones, one each: a place that fails less than half of
    /// its requests is worn down, one that is gone is given up soon.
    pub budget: i64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 5, base: Duration::from_millis(200), cap: Duration::from_secs(20), budget: 200 }
    }
}

/// A policy, and what is left of its budget.
#[derive(Debug)]
struct Retries {
    policy: RetryPolicy,
    left: AtomicI64,
}

/// A store that tries again.
#[derive(Debug)]
pub struct RetryStore {
    inner: Arc<dyn ObjectStore>,
    retries: Retries,
}

/// A bucket's settings and archive, asked for again.
#[derive(Debug)]
pub struct RetryAdmin {
    inner: Arc<dyn BucketAdmin>,
    retries: Retries,
}

impl Retries {
    fn new(policy: RetryPolicy) -> Self {
        Self { policy, left: AtomicI64::new(policy.budget) }
    }

    async fn again<T, F: Future<Output = Result<T>> + Send>(&self, call: impl Fn() -> F + Send + Sync) -> Result<T> {
        let mut attempt = 1;
        loop {
            match call().await {
                Ok(answer) => {
                    if self.left.load(Ordering::Relaxed) < self.policy.budget {
                        self.left.fetch_add(1, Ordering::Relaxed);
                    }
                    return Ok(answer);
                }
                Err(error) => self.pause(&mut attempt, error).await?,
            }
        }
    }

    /// Waits before the next attempt, or gives the error back when there is none.
    async fn pause(&self, attempt: &mut u32, error: Error) -> Result<()> {
        let spent = *attempt >= self.policy.attempts || !error.is_retryable();
        let take = |left: i64| (left > 0).then_some(left - 1);
        if spent || self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return Err(error);
        }
        tracing::debug!(%error, attempt, "a request is sent again");
        tokio::time::sleep(backoff(*attempt, self.policy.base, self.policy.cap, rand::random())).await;
        *attempt += 1;
        Ok(())
    }
}

impl RetryAdmin {
    /// `inner` with retries.
    pub fn wrap(inner: Arc<dyn BucketAdmin>, policy: RetryPolicy) -> Arc<dyn BucketAdmin> {
        Arc::new(Self { inner, retries: Retries::new(policy) })
    }
}

#[async_trait]
impl BucketAdmin for RetryAdmin {
    async fn lifecycle(&self) -> Result<Lifecycle> {
        self.retries.again(|| self.inner.lifecycle()).await
    }

    async fn put_lifecycle(&self, lifecycle: &Lifecycle) -> Result<()> {
        self.retries.again(|| self.inner.put_lifecycle(lifecycle)).await
    }

    async fn object_lock(&self) -> Result<ObjectLock> {
        self.retries.again(|| self.inner.object_lock()).await
    }

    async fn put_object_lock(&self, retention: Option<Retention>) -> Result<()> {
        self.retries.again(|| self.inner.put_object_lock(retention)).await
    }

    async fn archived(&self, key: &Key, version: Option<&VersionId>) -> Result<Archived> {
        self.retries.again(|| self.inner.archived(key, version)).await
    }

    async fn thaw(&self, key: &Key, version: Option<&VersionId>, days: Option<u16>) -> Result<()> {
        self.retries.again(|| self.inner.thaw(key, version, days)).await
    }
}

impl RetryStore {
    /// `inner` with retries.
    pub fn wrap(inner: Arc<dyn ObjectStore>, policy: RetryPolicy) -> Arc<dyn ObjectStore> {
        Arc::new(Self { inner, retries: Retries::new(policy) })
    }

    /// Sends a body that can be sent again; one that cannot goes out once. A server that refuses before it has read
    /// the body may close the connection on the rest of it, and its answer is lost with the connection: then a small
    /// question shows whether everything is refused, and why.
    async fn send<T, F: Future<Output = Result<T>> + Send>(
        &self,
        body: Body,
        call: impl Fn(Body) -> F + Send + Sync,
    ) -> Result<T> {
        match self.send_again(body, call).await {
            Err(Error::Unreachable(Unreachable::Broken)) => {
                let asked = self.inner.list(&ListRequest { max_keys: Some(1), ..Default::default() }).await;
                Err(asked.err().filter(Error::is_fatal).unwrap_or(Error::Unreachable(Unreachable::Broken)))
            }
            sent => sent,
        }
    }

    async fn send_again<T, F: Future<Output = Result<T>> + Send>(
        &self,
        body: Body,
        call: impl Fn(Body) -> F + Send + Sync,
    ) -> Result<T> {
        let sha256 = body.sha256;
        match body.into_content() {
            stream @ Content::Stream { .. } => call(stream.into()).await,
            Content::Bytes(bytes) => {
                self.retries
                    .again(|| {
                        let mut body = Body::bytes(bytes.clone());
                        body.sha256 = sha256;
                        call(body)
                    })
                    .await
            }
            Content::FileRange { file, offset, len } => {
                self.retries
                    .again(|| {
                        let mut body = Body::file_range(file.clone(), offset, len);
                        body.sha256 = sha256;
                        call(body)
                    })
                    .await
            }
        }
    }
}

#[async_trait]
impl ObjectStore for RetryStore {
    async fn check(&self) -> Result<()> {
        self.retries.again(|| self.inner.check()).await
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        self.retries.again(|| self.inner.head(key, options)).await
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        self.retries.again(|| self.inner.get(key, options)).await
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        self.send(body, |body| self.inner.put(key, body, options)).await
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        self.retries.again(|| self.inner.list(request)).await
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        self.retries.again(|| self.inner.delete(key, options)).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        self.retries.again(|| self.inner.delete_many(keys)).await
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        self.retries.again(|| self.inner.copy(from, to, options)).await
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        self.retries.again(|| self.inner.create_multipart(key, options)).await
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        self.send(body, |body| self.inner.upload_part(upload, number, body)).await
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.retries.again(|| self.inner.list_parts(upload)).await
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        self.retries.again(|| self.inner.complete_multipart(upload, parts, options)).await
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        self.retries.again(|| self.inner.abort_multipart(upload)).await
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        self.retries.again(|| self.inner.list_uploads(prefix)).await
    }

    async fn presign(&self, method: PresignMethod, key: &Key, expires: Duration) -> Result<::url::Url> {
        self.inner.presign(method, key, expires).await
    }

    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage> {
        self.retries.again(|| self.inner.list_versions(request, after)).await
    }

    async fn versioning(&self) -> Result<Versioning> {
        self.retries.again(|| self.inner.versioning()).await
    }

    async fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        self.retries.again(|| self.inner.set_versioning(versioning)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        RequestKind,
        fault::{Fault, Faults, Rule},
        layer::Layered,
        memory::MemoryStore,
        meter::Meter,
    };

    fn key() -> Key {
        Key::new("k").unwrap()
    }

    fn stack(rules: Vec<Rule>) -> (Arc<dyn ObjectStore>, Arc<Meter>) {
        let meter = Meter::new();
        let faulty = Layered::wrap(Arc::new(MemoryStore::new()), Faults::new(rules));
        let metered = Layered::wrap(faulty, meter.clone());
        (RetryStore::wrap(metered, RetryPolicy::default()), meter)
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_asked_for_again_and_every_attempt_is_counted() {
        let (store, meter) = stack(vec![
            Rule::nth(RequestKind::Put, 1, Fault::LoseAnswer),
            Rule::nth(RequestKind::Put, 2, Fault::SlowDown),
        ]);
        store.put(&key(), Body::bytes("x"), &WriteOptions::default()).await.unwrap();
        assert_eq!(meter.tally().requests[&RequestKind::Put], 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_succeed_is_tried_once() {
        let (store, meter) = stack(vec![Rule::every(RequestKind::Put, Fault::Deny)]);
        assert!(store.put(&key(), Body::bytes("x"), &WriteOptions::default()).await.is_err());
        assert_eq!(meter.tally().total(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_ends_a_storm_of_retries() {
        let (store, meter) = stack(vec![Rule::every(RequestKind::Head, Fault::SlowDown)]);
        for _ in 0..100 {
            assert!(store.head(&key(), &ReadOptions::default()).await.is_err());
        }
        assert_eq!(meter.tally().total(), 100 + 200);
    }

    #[tokio::test(start_paused = true)]
    async fn each_success_earns_a_retry_also_after_a_storm() {
        let (store, meter) = stack(vec![Rule::every(RequestKind::Head, Fault::SlowDown).on_key("bad")]);
        let bad = Key::new("bad").unwrap();
        for _ in 0..100 {
            assert!(store.head(&bad, &ReadOptions::default()).await.is_err());
        }
        store.put(&key(), Body::bytes("x"), &WriteOptions::default()).await.unwrap();
        for _ in 0..3 {
            store.head(&key(), &ReadOptions::default()).await.unwrap();
        }
        let before = meter.tally().total();
        assert!(store.head(&bad, &ReadOptions::default()).await.is_err());
        assert_eq!(meter.tally().total() - before, 5, "one attempt and the four that were earned");
    }
}
