//! Buckets that lock what is stored in them want an integrity header with every write (S3 API reference, PutObject and
//! UploadPart: "required for any request to upload an object with a retention period").
//!
//! Content-MD5 costs a pass over the content, so it is sent only once a bucket has asked for it. Content that is read
//! from the disk while it is sent (over 64 MiB in one request) goes without.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use md5::{Digest, Md5};

use super::payload::Payload;
use crate::{Error, Result};

/// Whether a bucket has asked for Content-MD5. Clones share what was learned.
#[derive(Debug, Clone, Default)]
pub(super) struct WantsMd5(Arc<AtomicBool>);

/// What one request is sent with.
pub(super) struct Integrity {
    pub(super) content_md5: Option<String>,
    may_be_sent_again: bool,
}

impl WantsMd5 {
    /// What goes with this content.
    pub(super) async fn for_content(&self, payload: &Payload) -> Result<Integrity> {
        let content = payload.content.clone();
        let Some(content) = content.filter(|_| self.0.load(Ordering::Relaxed)) else {
            return Ok(Integrity { content_md5: None, may_be_sent_again: payload.content.is_some() });
        };
        Ok(Integrity { content_md5: Some(digest(content).await?), may_be_sent_again: false })
    }

    /// Learns from a refusal. The same request is worth repeating then: it will have the header.
    pub(super) fn heed(&self, sent: &Integrity, error: Error) -> Error {
        match error {
            Error::Server { status: 400, code, message }
                if sent.may_be_sent_again && message.contains("Content-MD5") =>
            {
                self.0.store(true, Ordering::Relaxed);
                Error::Server { status: 0, code, message }
            }
            other => other,
        }
    }
}

async fn digest(content: Bytes) -> Result<String> {
    let digest = tokio::task::spawn_blocking(move || BASE64.encode(Md5::digest(&content))).await;
    digest.map_err(|error| super::payload::reading(std::io::Error::other(error)))
}
