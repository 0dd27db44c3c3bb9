//! Content from the store, pinned to what was listed and continued where a connection broke.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures::StreamExt;
use holdfast_storage::{
    ETag, Error as StorageError, GetObject, Key, ObjectMeta, ObjectStore, ReadOptions, ReadRange, VersionId,
    error::backoff, retry::RetryPolicy,
};

use crate::{
    limiter::{Limiter, Permit},
    report::FailureReason,
};

/// Bytes that are handed on at once.
pub(crate) const PIECE: usize = 1 << 20;

/// Which state of an object is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pin {
    /// Only while it has this tag.
    pub etag: Option<ETag>,
    /// Only this version.
    pub version: Option<VersionId>,
}

/// Takes content in order.
pub(crate) trait Sink: Send {
    /// Takes the bytes from `at` on. They are not handed out again.
    fn take(&mut self, at: u64, piece: Vec<Bytes>) -> impl Future<Output = Result<(), FailureReason>> + Send;
}

/// A store as a place to read from.
#[derive(Debug)]
pub(crate) struct Source {
    pub store: Arc<dyn ObjectStore>,
    pub limiter: Arc<Limiter>,
    pub retry: RetryPolicy,
    /// Bytes of content received.
    pub received: AtomicU64,
}

impl Source {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, limiter: Arc<Limiter>, retry: RetryPolicy) -> Self {
        Self { store, limiter, retry, received: AtomicU64::new(0) }
    }

    /// Hands the bytes of `span` of an object of `size` bytes to `sink`, and gives back the object's facts.
    pub(crate) async fn span(
        &self,
        key: &Key,
        pin: &Pin,
        size: u64,
        span: Range<u64>,
        sink: &mut impl Sink,
    ) -> Result<ObjectMeta, FailureReason> {
        let mut reading = Reading { pin: pin.clone(), size, at: span.start, end: span.end, meta: None };
        let mut attempt = 1;
        loop {
            let before = reading.at;
            let trouble = match self.read(key, &mut reading, sink).await {
                Ok(meta) => return Ok(meta),
                Err(Trouble::Broke(error)) => error,
                Err(Trouble::Ended(reason)) => return Err(reason),
            };
            if reading.at - before >= PIECE as u64 {
                attempt = 1;
            }
            if attempt >= self.retry.attempts {
                return Err(failure_of(trouble));
            }
            tokio::time::sleep(backoff(attempt, self.retry.base, self.retry.cap, rand::random())).await;
            attempt += 1;
        }
    }

    async fn read(&self, key: &Key, reading: &mut Reading, sink: &mut impl Sink) -> Result<ObjectMeta, Trouble> {
        let permit = self.limiter.acquire().await;
        let got = self.store.get(key, &reading.options()).await.map_err(|error| Trouble::Ended(failure_of(error)))?;
        reading.check(key, &got)?;
        let meta = reading.meta.take().unwrap_or(got.meta);
        match self.drain(got.body, permit, key, reading, sink).await {
            Ok(()) => Ok(meta),
            Err(trouble) => {
                reading.meta = Some(meta);
                Err(trouble)
            }
        }
    }

    async fn drain(
        &self,
        mut body: holdfast_storage::ByteStream,
        _permit: Permit,
        key: &Key,
        reading: &mut Reading,
        sink: &mut impl Sink,
    ) -> Result<(), Trouble> {
        let (mut piece, mut held) = (Vec::new(), 0);
        let broke = loop {
            match body.next().await {
                Some(Ok(chunk)) => {
                    held += chunk.len();
                    piece.push(chunk);
                }
                Some(Err(error)) if error.is_retryable() => break Some(error),
                Some(Err(error)) => return Err(Trouble::Ended(failure_of(error))),
                None => break None,
            }
            if held >= PIECE {
                self.hand_on(&mut piece, &mut held, reading, sink).await?;
            }
        };
        self.hand_on(&mut piece, &mut held, reading, sink).await?;
        match broke {
            Some(error) => Err(Trouble::Broke(error)),
            None if reading.at == reading.end => Ok(()),
            None => {
                let (expected, got) = (reading.end, reading.at);
                Err(Trouble::Broke(StorageError::Truncated { key: key.clone(), expected, got }))
            }
        }
    }

    async fn hand_on(
        &self,
        piece: &mut Vec<Bytes>,
        held: &mut usize,
        reading: &mut Reading,
        sink: &mut impl Sink,
    ) -> Result<(), Trouble> {
        let (piece, len) = (std::mem::take(piece), std::mem::take(held) as u64);
        if len == 0 {
            return Ok(());
        }
        if len > reading.end - reading.at {
            return Err(Trouble::Ended(FailureReason::Mismatch));
        }
        self.received.fetch_add(len, Ordering::Relaxed);
        let at = reading.at;
        reading.at += len;
        sink.take(at, piece).await.map_err(Trouble::Ended)
    }
}

enum Trouble {
    /// The connection; the rest may be asked for.
    Broke(StorageError),
    /// Asking again would not help.
    Ended(FailureReason),
}

/// How far a span is.
struct Reading {
    pin: Pin,
    size: u64,
    at: u64,
    end: u64,
    meta: Option<ObjectMeta>,
}

impl Reading {
    fn options(&self) -> ReadOptions {
        let part = self.at > 0 || self.end < self.size;
        ReadOptions {
            range: part.then_some(ReadRange::Span { start: self.at, end: self.end }),
            if_match: self.pin.etag.clone(),
            version: self.pin.version.clone(),
            ..ReadOptions::default()
        }
    }

    /// Not every server honours conditions: what arrives is compared with what was asked for.
    fn check(&mut self, key: &Key, got: &GetObject) -> Result<(), Trouble> {
        let etag = self.pin.etag.get_or_insert_with(|| got.meta.etag.clone());
        if *etag != got.meta.etag || got.meta.size != self.size {
            return Err(Trouble::Ended(FailureReason::Replaced));
        }
        if got.range != (self.at..self.end) {
            let (expected, got) = (self.end - self.at, got.range.end - got.range.start);
            return Err(Trouble::Broke(StorageError::Truncated { key: key.clone(), expected, got }));
        }
        Ok(())
    }
}

/// A failure of the store as the reason why an item could not be done.
pub(crate) fn failure_of(error: StorageError) -> FailureReason {
    match error {
        StorageError::NotFound { .. } => FailureReason::Missing,
        StorageError::PreconditionFailed { .. } => FailureReason::Replaced,
        StorageError::Key(error) => FailureReason::Key(error),
        other => FailureReason::Storage(other),
    }
}
