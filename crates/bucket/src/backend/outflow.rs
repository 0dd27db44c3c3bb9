//! Content on its way out. A store's stream cannot be shared between threads and the protocol layer asks for one that
//! can; a lock that is never contended makes it so.

use std::{
    io,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::Stream;
use holdfast_storage::ByteStream;
use s3s::{
    StdError,
    dto::StreamingBlob,
    stream::{ByteStream as ProtocolStream, RemainingLength},
};

/// A stream of exactly so many bytes. The connection is cut when the store fails in the middle, so that a client
/// cannot take a part for the whole.
pub(super) struct Outflow {
    inner: Mutex<ByteStream>,
    left: u64,
}

impl Outflow {
    pub(super) fn blob(inner: ByteStream, len: u64) -> StreamingBlob {
        StreamingBlob::new(Self { inner: Mutex::new(inner), left: len })
    }
}

impl Stream for Outflow {
    type Item = Result<Bytes, StdError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let inner = this.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        Poll::Ready(match ready!(inner.as_mut().poll_next(cx)) {
            Some(Ok(bytes)) => {
                this.left = this.left.saturating_sub(bytes.len() as u64);
                Some(Ok(bytes))
            }
            Some(Err(error)) => {
                tracing::error!(%error, "content could not be read to its end");
                Some(Err(io::Error::other("the content could not be read").into()))
            }
            None if this.left > 0 => Some(Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())),
            None => None,
        })
    }
}

impl ProtocolStream for Outflow {
    fn remaining_length(&self) -> RemainingLength {
        usize::try_from(self.left).map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}
