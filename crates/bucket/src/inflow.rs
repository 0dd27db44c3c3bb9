//! A request's body on its way in: it may not stall, its framing is bounded, and a document is checked against its
//! announced digests before anybody parses it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures::Stream;
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

/// The guarded body.
pub(crate) struct Inflow {
    body: Incoming,
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
        Self { body, verdict, idle: None, rechunker: None, document: None, ended: false }
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
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
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
        let last = self.body.is_end_stream();
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
            None => self.body.size_hint().into(),
        }
    }
}
