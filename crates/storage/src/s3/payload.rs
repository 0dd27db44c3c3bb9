//! Content on its way out, and the digests that go with it.

use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents},
    primitives::{ByteStream as SdkStream, SdkBody},
};
use aws_smithy_runtime_api::{box_error::BoxError, client::interceptors::context::BeforeTransmitInterceptorContextMut};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use futures::TryStreamExt;
use http_body_util::StreamBody;
use md5::{Digest, Md5};

use crate::{Body, Error, Result, body::Content};

/// A file range up to this size is read into memory before it is sent; a larger one is streamed.
const IN_MEMORY: u64 = 64 << 20;
/// A body ready for the SDK, with its digest where it is known.
pub(super) struct Payload {
    pub(super) stream: SdkStream,
    pub(super) sha256: Option<[u8; 32]>,
    /// The same content, where it is in memory.
    pub(super) content: Option<Bytes>,
    streamed: bool,
}

impl Payload {
    pub(super) async fn from_body(body: Body) -> Result<Self> {
        let sha256 = body.sha256;
        let (stream, content) = match body.into_content() {
            Content::Bytes(bytes) => (SdkStream::from(bytes.clone()), Some(bytes)),
            Content::FileRange { file, offset, len } if len <= IN_MEMORY => {
                let read = move || crate::body::read_exact_at(&file, offset, len as usize);
                let bytes = tokio::task::spawn_blocking(read).await.map_err(|e| reading(std::io::Error::other(e)))?;
                let bytes = bytes.map_err(reading)?;
                (SdkStream::from(bytes.clone()), Some(bytes))
            }
            other => {
                let frames = Body::from(other).into_stream().map_ok(http_body::Frame::data);
                let frames = frames.map_err(|e| std::io::Error::other(e.to_string()));
                (SdkStream::new(SdkBody::from_body_1_x(SyncBody::new(StreamBody::new(frames)))), None)
            }
        };
        let streamed = content.is_none();
        Ok(Self { stream, sha256, content, streamed })
    }

    /// How the request that carries it is signed; `None` lets the signer read the content.
    pub(super) fn signing(&self) -> Option<PayloadSigningOverride> {
        match (self.sha256, self.streamed) {
            (Some(digest), _) => Some(PayloadSigningOverride::Precomputed(hex::encode(digest))),
            (None, true) => Some(PayloadSigningOverride::UnsignedPayload),
            (None, false) => None,
        }
    }
}

pub(super) fn reading(error: std::io::Error) -> Error {
    Error::io("reading a file", error)
}

/// Makes a `Send` body shareable, as the SDK wants it; only one thread ever polls it.
pub(super) struct SyncBody<B>(std::sync::Mutex<B>);

impl<B> SyncBody<B> {
    pub(super) fn new(body: B) -> Self {
        Self(std::sync::Mutex::new(body))
    }
}

impl<B: http_body::Body + Unpin> http_body::Body for SyncBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<std::result::Result<http_body::Frame<B::Data>, B::Error>>> {
        let body = self.get_mut().0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::pin::Pin::new(body).poll_frame(context)
    }
}

tokio::task_local! {
    /// How the request that this task is sending is signed.
    static SIGNING: Option<PayloadSigningOverride>;
}

/// Sends with the payload's digest known to [`SignPayload`].
pub(super) fn signed<F: Future>(signing: Option<PayloadSigningOverride>, send: F) -> impl Future<Output = F::Output> {
    SIGNING.scope(signing, send)
}

/// Hands the signer the payload's digest so that it does not read the content again. It is part of the client and finds
/// the digest beside the task, because an interceptor of each request's own has the SDK put its whole configuration
/// together anew.
#[derive(Debug)]
pub(super) struct SignPayload;

impl Intercept for SignPayload {
    fn name(&self) -> &'static str {
        "SignPayload"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        if let Ok(Some(signing)) = SIGNING.try_with(Clone::clone) {
            config.interceptor_state().store_put(signing);
        }
        Ok(())
    }
}

/// DeleteObjects wants an integrity header; Content-MD5 is the one every provider takes.
#[derive(Debug)]
pub(super) struct ContentMd5;

impl Intercept for ContentMd5 {
    fn name(&self) -> &'static str {
        "ContentMd5"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let request = context.request_mut();
        if let Some(bytes) = request.body().bytes() {
            let digest = BASE64.encode(Md5::digest(bytes));
            let drop: Vec<String> = request
                .headers()
                .iter()
                .map(|(name, _)| name.to_owned())
                .filter(|n| n.starts_with("x-amz-checksum-") || n == "x-amz-sdk-checksum-algorithm")
                .collect();
            for name in drop {
                request.headers_mut().remove(name);
            }
            request.headers_mut().insert("content-md5", digest);
        }
        Ok(())
    }
}
