//! A request's body on its way in, which may not stall, and an answer's on its way out, which holds what it needs.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep, sleep},
};

/// Bytes that earn a client one more second of silence: slower than this on the whole is too slow.
const SLOWEST: u64 = 1024;
/// How much of a refused body is read, and for how long, so that a client that is still sending gets to read why.
const DRAIN: (usize, Duration) = (4 << 20, Duration::from_secs(2));

/// Why a body ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyFault {
    /// The client stayed silent, or was slower than anybody who means it.
    #[error("the client sent nothing for too long")]
    Idle,
    /// The connection broke or was not HTTP any more.
    #[error("the connection ended within the body")]
    Broken,
}

/// What is left of a body that nobody wants any more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rest(Arc<Mutex<Option<Incoming>>>);

impl Rest {
    fn slot(&self) -> MutexGuard<'_, Option<Incoming>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything is left.
    pub(crate) fn is_there(&self) -> bool {
        self.slot().as_ref().is_some_and(|body| !body.is_end_stream())
    }

    /// Reads a little of what is left. Whether that was all.
    pub(crate) async fn drain(self) -> bool {
        let body = self.slot().take();
        let Some(mut body) = body else { return true };
        let (mut room, time) = DRAIN;
        let read = async {
            while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
                let len = frame.data_ref().map_or(0, Bytes::len);
                let Some(left) = room.checked_sub(len) else { return };
                room = left;
            }
        };
        let _ = tokio::time::timeout(time, read).await;
        body.is_end_stream()
    }
}

/// A body whose silence is counted. Only time in which the gateway waits for the client counts.
pub(crate) struct Inflow {
    body: Option<Incoming>,
    rest: Rest,
    idle: Duration,
    waited: Duration,
    bytes: u64,
    silence: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Inflow {
    pub(crate) fn new(body: Incoming, idle: Duration) -> Self {
        Self { body: Some(body), rest: Rest::default(), idle, waited: Duration::ZERO, bytes: 0, silence: None }
    }

    /// Where the body will be when this is dropped.
    pub(crate) fn rest(&self) -> Rest {
        self.rest.clone()
    }

    fn patience(&self) -> Duration {
        let earned = self.idle * 2 + Duration::from_secs(self.bytes / SLOWEST);
        self.idle.min(earned.saturating_sub(self.waited))
    }
}

impl Drop for Inflow {
    fn drop(&mut self) {
        *self.rest.slot() = self.body.take();
    }
}

impl Body for Inflow {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_frame(cx) {
            Poll::Ready(frame) => {
                if let Some((since, _)) = this.silence.take() {
                    this.waited += since.elapsed();
                }
                Poll::Ready(frame.map(|frame| {
                    let frame = frame.map_err(|_| BodyFault::Broken)?;
                    this.bytes += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                    Ok(frame)
                }))
            }
            Poll::Pending => {
                let patience = this.patience();
                let (_, sleep) = this.silence.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(patience))));
                ready!(sleep.as_mut().poll(cx));
                Poll::Ready(Some(Err(BodyFault::Idle)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

/// An answer's body that keeps its request's place until it was sent.
pub(crate) struct Outflow<B> {
    inner: B,
    _place: OwnedSemaphorePermit,
}

impl<B> Outflow<B> {
    pub(crate) fn new(inner: B, place: OwnedSemaphorePermit) -> Self {
        Self { inner, _place: place }
    }
}

impl<B: Body + Unpin> Body for Outflow<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.get_mut().inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
