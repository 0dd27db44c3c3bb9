//! Uploads in parts: begun, sent, completed, given up.

use std::{sync::Arc, time::Duration};

use holdfast_storage::{
    Checksum, CompleteOptions, ETag, Error, Key, ObjectStore, Part, PartsCheck, ReadOptions, Upload, WriteOptions,
    Written,
};
use md5::{Digest, Md5};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{CompleteMultipartUploadOutput as Completed, *},
};

use super::{
    Answer, Backend, checksums,
    conditions::Conditions,
    errors::{answer, not_offered, s3},
    headers::{only_query, refuse_unkept, write_options},
    key,
    parts_checksum::{self, promised},
    tag, time,
    write::{Announced, MAX_PUT, refused, set_conditions},
};

/// How long a completion may take before the answer begins; from then on spaces keep the connection alive, as AWS does.
const SILENCE: Duration = Duration::from_secs(20);

impl Backend {
    pub(super) async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        only_query(&request.uri, &["uploads"])?;
        refuse_unkept(&request.headers)?;
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let mut options = write_options(&request.headers, input.metadata, input.expires.as_ref())?;
        options.parts_checksum = promised(&request.headers)?;
        let upload = store.create_multipart(&key(&input.key)?, &options).await.map_err(answer)?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload.id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(super) async fn upload_part(&self, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        only_query(&request.uri, &["partNumber", "uploadId"])?;
        refuse_unkept(&request.headers)?;
        let body = request.input.body.as_ref();
        let content = Announced::of(&request.headers, request.input.content_length, body, request.trailing_headers)?;
        let input = request.input;
        let number = part_number(input.part_number)?;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let upload = Upload { key: key(&input.key)?, id: input.upload_id };
        let body = input.body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let sent = content.send(upload.key.clone(), body).await?;
        let late = sent.body.late_checksum.clone();
        let part =
            store.upload_part(&upload, number, sent.body).await.map_err(|error| refused(&sent.verdict, error))?;
        let sums = late.and_then(|late| late.get()).as_ref().map(checksums::as_dto).unwrap_or_default();
        Ok(S3Response::new(UploadPartOutput {
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            e_tag: Some(tag(&part.etag)),
            ..UploadPartOutput::default()
        }))
    }

    pub(super) async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> Answer<UploadPartCopyOutput> {
        only_query(&request.uri, &["partNumber", "uploadId"])?;
        refuse_unkept(&request.headers)?;
        let mut input = request.input;
        let number = part_number(input.part_number)?;
        let conditions = Conditions {
            if_match: input.copy_source_if_match.take(),
            if_none_match: input.copy_source_if_none_match.take(),
            if_modified_since: input.copy_source_if_modified_since.take(),
            if_unmodified_since: input.copy_source_if_unmodified_since.take(),
        };
        let owner = input.expected_source_bucket_owner.as_ref();
        let source = self.source(&request.headers, owner, &conditions).await?;
        let range = input.copy_source_range.as_deref().map(|text| copy_range(text, source.meta.size)).transpose()?;
        let found = source.read(range).await?;
        let len = found.range.end - found.range.start;
        if len > MAX_PUT {
            return Err(s3(S3ErrorCode::EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"));
        }
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let upload = Upload { key: key(&input.key)?, id: input.upload_id };
        let body = holdfast_storage::Body::stream(found.body, Some(len));
        let part = store.upload_part(&upload, number, body).await.map_err(answer)?;
        let result = CopyPartResult {
            e_tag: Some(tag(&part.etag)),
            last_modified: Some(time(jiff::Timestamp::now())),
            ..CopyPartResult::default()
        };
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(result),
            copy_source_version_id: source.version_text(),
            ..UploadPartCopyOutput::default()
        }))
    }

    /// Completes in a task of its own: a client that goes away, or asks a second time, does not stop it half-way.
    pub(super) async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<Completed> {
        only_query(&request.uri, &["uploadId"])?;
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let upload = Upload { key: key(&input.key)?, id: input.upload_id };
        let mut conditions = WriteOptions::default();
        set_conditions(&mut conditions, input.if_match, input.if_none_match)?;
        let rows = input.multipart_upload.and_then(|list| list.parts).unwrap_or_default();
        let (parts, announced) = (named_parts(&rows)?, parts_checksum::Announced::read(&request.headers, &rows)?);
        let verdict = announced.verdict();
        let check: Option<Arc<dyn PartsCheck>> = Some(Arc::new(announced));
        let options = CompleteOptions { if_absent: conditions.if_absent, if_match: conditions.if_match, check };
        let size = input.mpu_object_size;
        let (bucket, name) = (input.bucket, input.key);
        let work = async move {
            let written = complete(store.as_ref(), &upload, parts, &options, size).await;
            let written = written.map_err(|error| verdict.get().map_or(error, |refusal| refusal.error()))?;
            let checksum = kept_checksum(store.as_ref(), &upload.key, &written).await;
            Ok(completed(bucket, name, written, checksum))
        };
        let mut task = tokio::spawn(work);
        match tokio::time::timeout(SILENCE, &mut task).await {
            Ok(done) => done.map_err(|_| broken())?.map(S3Response::new),
            Err(_) => {
                let later = Box::pin(async move { task.await.map_err(|_| broken())? });
                Ok(S3Response::new(Completed { future: Some(later), ..Completed::default() }))
            }
        }
    }

    pub(super) async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        only_query(&request.uri, &["uploadId"])?;
        let input = request.input;
        if input.if_match_initiated_time.is_some() {
            return Err(not_offered("This condition is not offered."));
        }
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let upload = Upload { key: key(&input.key)?, id: input.upload_id };
        // AWS says when there is nothing to abort, which tells a client of a typing error.
        store.list_parts(&upload).await.map_err(answer)?;
        store.abort_multipart(&upload).await.map_err(answer)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

async fn complete(
    store: &dyn ObjectStore,
    upload: &Upload,
    mut parts: Vec<Part>,
    options: &CompleteOptions,
    size: Option<i64>,
) -> S3Result<Written> {
    let known = store.list_parts(upload).await.unwrap_or_default();
    for part in &mut parts {
        let same = known.iter().find(|have| have.number == part.number && have.etag == part.etag);
        part.size = same.map_or(0, |have| have.size);
    }
    let sum: u64 = parts.iter().map(|part| part.size).sum();
    if !known.is_empty() && size.is_some_and(|size| u64::try_from(size) != Ok(sum)) {
        return Err(s3(
            S3ErrorCode::InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match what was computed.",
        ));
    }
    match store.complete_multipart(upload, &parts, options).await {
        Ok(written) => Ok(written),
        Err(Error::NoSuchUpload { key }) => completed_before(store, &key, &parts).await,
        Err(error) => Err(answer(error)),
    }
}

/// A completion that is repeated because its answer was lost: the object stands there, made of exactly these parts.
async fn completed_before(store: &dyn ObjectStore, key: &Key, parts: &[Part]) -> S3Result<Written> {
    let gone = || answer(Error::NoSuchUpload { key: key.clone() });
    let meta = store.head(key, &ReadOptions::default()).await.map_err(|_| gone())?;
    match meta.etag == etag_of(parts) {
        true => Ok(Written { etag: meta.etag, version: meta.version }),
        false => Err(gone()),
    }
}

/// The tag of an object made from these parts: MD5 over their binary MD5s, `-`, their number.
fn etag_of(parts: &[Part]) -> ETag {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(hex::decode(part.etag.as_str()).unwrap_or_default());
    }
    ETag::new(format!("{}-{}", hex::encode(digest.finalize()), parts.len()))
}

/// The checksum of what was just completed. Somebody may have replaced it already; then there is none to tell.
async fn kept_checksum(store: &dyn ObjectStore, key: &Key, written: &Written) -> Option<Checksum> {
    let options = ReadOptions { version: written.version.clone(), ..ReadOptions::default() };
    let meta = store.head(key, &options).await.ok().filter(|meta| meta.etag == written.etag)?;
    meta.checksum
}

fn completed(bucket: String, name: String, written: Written, checksum: Option<Checksum>) -> Completed {
    let sums = checksum.as_ref().map(checksums::as_dto).unwrap_or_default();
    Completed {
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        checksum_type: sums.checksum_type,
        location: Some(format!("/{bucket}/{name}")),
        bucket: Some(bucket),
        e_tag: Some(tag(&written.etag)),
        key: Some(name),
        version_id: written.version.map(|version| version.0),
        ..Completed::default()
    }
}

fn broken() -> S3Error {
    s3(S3ErrorCode::InternalError, "We encountered an internal error. Please try again.")
}

pub(super) fn part_number(number: i32) -> S3Result<u16> {
    let words = "Part number must be an integer between 1 and 10000, inclusive";
    let number = u16::try_from(number).ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| s3(S3ErrorCode::InvalidArgument, words))
}

fn named_parts(rows: &[CompletedPart]) -> S3Result<Vec<Part>> {
    let malformed = || {
        s3(
            S3ErrorCode::MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    };
    if rows.is_empty() {
        return Err(malformed());
    }
    let part = |row: &CompletedPart| {
        let number = part_number(row.part_number.ok_or_else(malformed)?)?;
        let etag = ETag::new(row.e_tag.as_ref().ok_or_else(malformed)?.value());
        Ok(Part { number, etag, size: 0 })
    };
    rows.iter().map(part).collect()
}

/// A range of the source must be whole: both ends named, inside the object.
fn copy_range(text: &str, size: u64) -> S3Result<holdfast_storage::ReadRange> {
    let ends = text.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    let number = |text: &str| text.parse::<u64>().ok();
    match ends.and_then(|(first, last)| Some((number(first)?, number(last)?))) {
        Some((first, last)) if first <= last && last < size => {
            Ok(holdfast_storage::ReadRange::Span { start: first, end: last + 1 })
        }
        Some((first, last)) if first <= last => {
            Err(s3(S3ErrorCode::InvalidRange, "The requested range is not satisfiable"))
        }
        _ => Err(s3(
            S3ErrorCode::InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
        )),
    }
}
