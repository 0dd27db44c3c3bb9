//! Writing an object in one request. Content is checked against everything that was announced before it is published.

use bytes::BytesMut;
use futures::{StreamExt, TryStreamExt};
use holdfast_storage::{Body, Error, Key, ObjectStore, ReadOptions, WriteOptions};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result, TrailingHeaders,
    dto::{ETagCondition, PutObjectInput, PutObjectOutput, StreamingBlob},
    stream::ByteStream as _,
};

use super::{
    Answer, Backend,
    checksums::{self, Expected, Verified},
    errors::{answer, no_such_key, not_offered, precondition_failed, s3},
    headers::{only_query, refuse_unkept, write_options},
    key, tag,
};
use crate::refusal::Verdict;

/// The largest object or part in one request (AWS S3 user guide, "Multipart upload limits").
pub(super) const MAX_PUT: u64 = 5 << 30;
/// Content up to this size is checked in memory and given to the store in one piece.
const SMALL: u64 = 128 << 10;

impl Backend {
    pub(super) async fn put_object(&self, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        only_query(&request.uri, &[])?;
        refuse_unkept(&request.headers)?;
        let body = request.input.body.as_ref();
        let content = Announced::of(&request.headers, request.input.content_length, body, request.trailing_headers)?;
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let key = key(&input.key)?;
        let mut options = write_options(&request.headers, input.metadata, input.expires.as_ref())?;
        set_conditions(&mut options, input.if_match, input.if_none_match)?;
        refuse_early(store.as_ref(), &key, &options, content.len).await?;
        options.checksum = content.expected.known();
        let body = input.body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let sent = content.send(key.clone(), body).await?;
        let late = sent.body.late_checksum.clone();
        let written = store.put(&key, sent.body, &options).await.map_err(|error| refused(&sent.verdict, error))?;
        let checksum = options.checksum.or_else(|| late.and_then(|late| late.get()));
        let sums = checksum.as_ref().map(checksums::as_dto).unwrap_or_default();
        Ok(S3Response::new(PutObjectOutput {
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            checksum_type: sums.checksum_type,
            e_tag: Some(tag(&written.etag)),
            version_id: written.version.map(|version| version.0),
            ..PutObjectOutput::default()
        }))
    }
}

/// What a request says about the content it carries.
pub(super) struct Announced {
    pub(super) len: u64,
    pub(super) expected: Expected,
    trailers: Option<TrailingHeaders>,
}

/// Content ready for the store, and where the reason will be if it turns out wrong.
pub(super) struct Sent {
    pub(super) body: Body,
    pub(super) verdict: Verdict,
}

impl Announced {
    /// `len` is that of the decoded content. A body without any length has ended before it began, or is refused.
    pub(super) fn of(
        headers: &http::HeaderMap,
        len: Option<i64>,
        body: Option<&StreamingBlob>,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<Self> {
        let missing = || s3(S3ErrorCode::MissingContentLength, "You must provide the Content-Length HTTP header.");
        let decoded = || headers.get("x-amz-decoded-content-length")?.to_str().ok()?.parse().ok();
        let exact = || body.map_or(Some(0), |body| body.remaining_length().exact().map(|len| len as u64));
        let len = len.and_then(|len| u64::try_from(len).ok()).or_else(decoded).or_else(exact).ok_or_else(missing)?;
        if len > MAX_PUT {
            return Err(answer_too_large());
        }
        Ok(Self { len, expected: Expected::from_headers(headers)?, trailers })
    }

    /// Wraps the content in its checks. Small content is read and checked here, large content while the store takes it.
    pub(super) async fn send(self, key: Key, blob: StreamingBlob) -> S3Result<Sent> {
        let Self { len, expected, trailers } = self;
        let mut verified = Verified::new(key, blob, len, expected, trailers);
        let (late, verdict) = (verified.late(), verified.verdict());
        let body = match len <= SMALL {
            true => Body::bytes(read_all(&mut verified, len).await.map_err(|error| refused(&verdict, error))?),
            false => Body::stream(verified.boxed(), Some(len)),
        };
        // The signed SHA-256 was compared by the protocol layer; a store that is told it would compute it once more.
        Ok(Sent { body: body.with_late_checksum(late), verdict })
    }
}

async fn read_all(content: &mut Verified, len: u64) -> holdfast_storage::Result<bytes::Bytes> {
    let Some(first) = content.try_next().await? else { return Ok(bytes::Bytes::new()) };
    if first.len() as u64 == len {
        return content.try_next().await.map(|_| first);
    }
    let mut whole = BytesMut::with_capacity(len as usize);
    whole.extend_from_slice(&first);
    while let Some(more) = content.try_next().await? {
        whole.extend_from_slice(&more);
    }
    Ok(whole.freeze())
}

/// The reason for a failed write: what was wrong with the content comes first.
pub(super) fn refused(verdict: &Verdict, error: Error) -> S3Error {
    verdict.get().map_or_else(|| answer(error), |refusal| refusal.error())
}

fn answer_too_large() -> S3Error {
    s3(S3ErrorCode::EntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
}

/// The two conditions that S3 knows for writes.
pub(super) fn set_conditions(
    options: &mut WriteOptions,
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<()> {
    options.if_absent = match if_none_match {
        None => false,
        Some(ETagCondition::Any) => true,
        Some(ETagCondition::ETag(_)) => return Err(not_offered("If-None-Match takes only * when writing.")),
    };
    options.if_match = match if_match {
        None => None,
        Some(ETagCondition::ETag(etag)) => Some(holdfast_storage::ETag::new(etag.value())),
        Some(ETagCondition::Any) => return Err(not_offered("If-Match takes no * when writing.")),
    };
    match options.if_absent && options.if_match.is_some() {
        true => Err(not_offered("If-Match and If-None-Match cannot be combined when writing.")),
        false => Ok(()),
    }
}

/// Spares the client a large upload whose condition fails already. The store decides again when it publishes.
async fn refuse_early(store: &dyn ObjectStore, key: &Key, options: &WriteOptions, len: u64) -> S3Result<()> {
    if len <= SMALL || !options.if_absent && options.if_match.is_none() {
        return Ok(());
    }
    match (store.head(key, &ReadOptions::default()).await, &options.if_match) {
        (Ok(_), None) => Err(precondition_failed()),
        (Ok(meta), Some(etag)) if meta.etag != *etag => Err(precondition_failed()),
        (Err(error), Some(_)) if error.is_not_found() => Err(no_such_key()),
        _ => Ok(()),
    }
}
