//! Content that waits on the disk, in a file without a name, because it is not known yet where it goes.

use std::{
    fs::File,
    io::{self, Write},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, pin_mut, stream};
use http::StatusCode;
use multer::Field;
use sha2::{Digest as _, Sha256};

use super::{fields::Digest, form::broken};
use crate::error::{Answer, ApiError};

/// Bytes that are written at once.
const AT_ONCE: usize = 1 << 20;

/// The file, its size and its SHA-256.
pub(crate) struct Spool {
    pub(crate) file: File,
    pub(crate) size: u64,
    pub(crate) digest: Digest,
}

struct Filling {
    file: File,
    hash: Sha256,
    size: u64,
}

fn disk(error: &io::Error) -> ApiError {
    tracing::error!(%error, "content could not be kept on the gateway's disk");
    let message = "the gateway's disk takes no more content for now";
    let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "no_room", message, "Send path before file, or wait.");
    ApiError { retry_after: Some(60), ..error }
}

impl Spool {
    /// Takes a form's file.
    pub(super) async fn of_field(field: Field<'static>, largest: u64) -> Answer<Self> {
        let chunks = stream::try_unfold(field, |mut field| async move {
            let chunk = field.chunk().await.map_err(|error| match error {
                multer::Error::FieldSizeExceeded { limit, .. } => ApiError::too_large("the file", limit),
                other => broken(&other),
            })?;
            Ok(chunk.map(|chunk| (chunk, field)))
        });
        Self::of(chunks, largest).await
    }

    /// Takes a stream of at most `largest` bytes.
    pub(crate) async fn of(chunks: impl Stream<Item = Answer<Bytes>>, largest: u64) -> Answer<Self> {
        pin_mut!(chunks);
        let file = blocking(tempfile::tempfile).await?;
        let mut filling = Filling { file, hash: Sha256::new(), size: 0 };
        let mut waiting = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            if filling.size + (waiting.len() + chunk.len()) as u64 > largest {
                return Err(ApiError::too_large("the file", largest));
            }
            waiting.extend_from_slice(&chunk);
            if waiting.len() >= AT_ONCE {
                filling = filling.write(waiting.split().freeze()).await?;
            }
        }
        let Filling { file, hash, size } = filling.write(waiting.freeze()).await?;
        Ok(Self { file, size, digest: hash.finalize().into() })
    }
}

impl Filling {
    async fn write(mut self, bytes: Bytes) -> Answer<Self> {
        blocking(move || {
            self.file.write_all(&bytes)?;
            self.hash.update(&bytes);
            self.size += bytes.len() as u64;
            Ok(self)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| disk(&error))
}
