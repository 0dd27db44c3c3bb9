//! Counts requests and bytes as they leave. Each attempt counts, because each is billed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use futures::StreamExt;

use crate::{
    ByteStream, Key, RequestKind, Result,
    layer::{Layer, Request},
};

const KINDS: [RequestKind; 23] = {
    use RequestKind as K;
    [
        K::HeadBucket,
        K::Head,
        K::Get,
        K::Put,
        K::List,
        K::Delete,
        K::DeleteMany,
        K::Copy,
        K::CreateMultipart,
        K::UploadPart,
        K::ListParts,
        K::CompleteMultipart,
        K::AbortMultipart,
        K::ListUploads,
        K::ListVersions,
        K::GetVersioning,
        K::PutVersioning,
        K::GetLifecycle,
        K::PutLifecycle,
        K::DeleteLifecycle,
        K::GetObjectLock,
        K::PutObjectLock,
        K::RestoreObject,
    ]
};

/// Running counts. Share it by `Arc` and read it at any time.
#[derive(Debug, Default)]
pub struct Meter {
    requests: [AtomicU64; KINDS.len()],
    bytes_out: AtomicU64,
    bytes_in: Arc<AtomicU64>,
}

/// Counts at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests sent, by kind; kinds never sent are absent.
    pub requests: BTreeMap<RequestKind, u64>,
    /// Bytes of content sent to the store.
    pub bytes_out: u64,
    /// Bytes of content received.
    pub bytes_in: u64,
}

impl Meter {
    /// Starts at zero.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The counts so far.
    pub fn tally(&self) -> Tally {
        let counts = KINDS.iter().zip(&self.requests).map(|(kind, n)| (*kind, n.load(Ordering::Relaxed)));
        Tally {
            requests: counts.filter(|(_, n)| *n > 0).collect(),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
        }
    }
}

impl Tally {
    /// All requests together.
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Requests by S3's own names, for reports.
    pub fn by_action(&self) -> BTreeMap<String, u64> {
        self.requests.iter().map(|(kind, n)| (kind.action().to_owned(), *n)).collect()
    }
}

#[async_trait]
impl Layer for Meter {
    async fn before(&self, request: Request<'_>) -> Result<()> {
        self.requests[request.kind as usize].fetch_add(1, Ordering::Relaxed);
        self.bytes_out.fetch_add(request.bytes, Ordering::Relaxed);
        Ok(())
    }

    fn download(&self, _: &Key, body: ByteStream) -> ByteStream {
        let bytes_in = self.bytes_in.clone();
        body.inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                bytes_in.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            }
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_counter() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, at);
        }
    }
}
