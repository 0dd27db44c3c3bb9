//! A request's body on its way in: it may not stall, its framing is bounded, and a document is checked against its
//! announced digests before anybody parses it.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, future::poll_fn};
use hyper::body::{Body as _, Incoming};
use s3s::{
    StdError,
    stream::{ByteStream, DynByteStream, RemainingLength},
};
use tokio::time::Sleep;

use crate::{
    backend::checksums::{Digests, Expected},
    chunked::Rechunker,
    refusal::{Refusal, Verdict},
};

/// How long a client may stay silent in the middle of a body.
const IDLE: Duration = Duration::from_secs(60);

/// How much of a body is read after it was refused, and for how long. A client that is still sending reads the reason
/// only when it got rid of what it has to say.
const DRAIN: (u64, Duration) = (64 << 20, Duration::from_secs(5));

/// What is left of a body when nobody wants it any more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rest(Arc<Mutex<Option<Incoming>>>);

impl Rest {
    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Incoming>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is left, within limits.
    pub(crate) async fn drain(self) {
        let body = self.slot().take();
        let Some(mut body) = body else { return };
        let (mut room, time) = DRAIN;
        let read = async {
            while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
                let len = frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                room = match room.checked_sub(len) {
                    Some(room) => room,
                    None => return,
                };
            }
        };
        let _ = tokio::time::timeout(time, read).await;
    }
}

/// The guarded body.
pub(crate) struct Inflow {
    /// There until it is dropped.
    body: Option<Incoming>,
    rest: Rest,
    verdict: Verdict,
    idle: Option<Pin<Box<Sleep>>>,
    rechunker: Option<Rechunker>,
    document: Option<Document>,
    ended: bool,
}

/// What a document must fulfil.
struct Document {
    digests: Option<Digests>,
    room: usize,
}

impl Inflow {
    pub(crate) fn new(body: Incoming, verdict: Verdict) -> Self {
        let (body, rest) = (Some(body), Rest::default());
        Self { body, rest, verdict, idle: None, rechunker: None, document: None, ended: false }
    }

    /// Where the body will be when this is dropped.
    pub(crate) fn rest(&self) -> Rest {
        self.rest.clone()
    }

    /// Splits large unsigned chunks of the `aws-chunked` encoding, which the protocol layer would keep whole in memory.
    pub(crate) fn rechunk(mut self) -> Self {
        self.rechunker = Some(Rechunker::default());
        self
    }

    /// Checks a document of at most `room` bytes.
    pub(crate) fn check(mut self, expected: Expected, sha256: Option<[u8; 32]>, room: usize) -> Self {
        self.document = Some(Document { digests: Some(Digests::new(expected, sha256)), room });
        self
    }

    pub(crate) fn into_dyn(self) -> DynByteStream {
        Box::pin(self)
    }

    fn refuse(&mut self, refusal: Refusal) -> StdError {
        self.ended = true;
        Box::new(self.verdict.refuse(refusal))
    }

    /// The next bytes from the connection, or `Idle` when the client stays silent.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        loop {
            match Pin::new(&mut *body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.idle = None;
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Some(Err(Refusal::Length))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    let idle = self.idle.get_or_insert_with(|| Box::pin(tokio::time::sleep(IDLE)));
                    ready!(idle.as_mut().poll(cx));
                    return Poll::Ready(Some(Err(Refusal::Idle)));
                }
            }
        }
    }

    fn poll_plain(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        let next = ready!(self.poll_bytes(cx));
        let Some(document) = &mut self.document else { return Poll::Ready(next) };
        // Judged with the last bytes and not behind them: the layer above stops reading there.
        let last = self.body.as_ref().is_none_or(Incoming::is_end_stream);
        Poll::Ready(match next {
            Some(Ok(bytes)) => {
                let refusal = document.take(&bytes).or_else(|| if last { document.end() } else { None });
                Some(refusal.map_or(Ok(bytes), Err))
            }
            None => document.end().map(Err),
            failed => failed,
        })
    }

    fn poll_chunked(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        loop {
            if let Some(bytes) = self.rechunker.as_mut().and_then(Rechunker::pop) {
                return Poll::Ready(Some(Ok(bytes)));
            }
            let bytes = match ready!(self.poll_bytes(cx)) {
                Some(Ok(bytes)) => bytes,
                other => return Poll::Ready(other),
            };
            if let Some(Err(refusal)) = self.rechunker.as_mut().map(|rechunker| rechunker.push(bytes)) {
                return Poll::Ready(Some(Err(refusal)));
            }
        }
    }
}

impl Drop for Inflow {
    fn drop(&mut self) {
        *self.rest.slot() = self.body.take();
    }
}

impl Document {
    fn take(&mut self, bytes: &Bytes) -> Option<Refusal> {
        if bytes.len() > self.room {
            return Some(Refusal::BodyTooLarge);
        }
        self.room -= bytes.len();
        if let Some(digests) = &mut self.digests {
            digests.update(bytes);
        }
        None
    }

    fn end(&mut self) -> Option<Refusal> {
        self.digests.take()?.finish(None).err()
    }
}

impl Stream for Inflow {
    type Item = Result<Bytes, StdError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let next = match this.rechunker.is_some() {
            true => ready!(this.poll_chunked(cx)),
            false => ready!(this.poll_plain(cx)),
        };
        Poll::Ready(match next {
            Some(Ok(bytes)) => Some(Ok(bytes)),
            Some(Err(refusal)) => Some(Err(this.refuse(refusal))),
            None => {
                this.ended = true;
                None
            }
        })
    }
}

impl ByteStream for Inflow {
    fn remaining_length(&self) -> RemainingLength {
        match self.rechunker {
            Some(_) => RemainingLength::unknown(),
            None => self.body.as_ref().map_or_else(RemainingLength::unknown, |body| body.size_hint().into()),
        }
    }
}
