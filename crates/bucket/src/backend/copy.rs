//! Copies inside the place: inside one bucket by the store itself, between buckets (or when a checksum must be
//! computed) as a stream through here.

use std::sync::Arc;

use futures::StreamExt;
use holdfast_storage::{
    Body, CopyFrom, GetObject, Key, ObjectMeta, ObjectStore, ReadOptions, ReadRange, VersionId, WriteOptions, Written,
};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective, StreamingBlob,
        TaggingDirective,
    },
};

use super::{
    Answer, Backend,
    checksums::{self, Algorithm, Expected, Verified},
    conditions::{Conditions, Outcome},
    errors::{answer, not_offered, precondition_failed, s3},
    headers::{only_query, refuse_unkept, write_options},
    key,
    outflow::Outflow,
    read::find,
    tag, time, version_text,
    write::MAX_PUT,
};

impl Backend {
    pub(super) async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        only_query(&request.uri, &[])?;
        refuse_unkept(&request.headers)?;
        let mut input = request.input;
        if input.tagging_directive.as_ref().is_some_and(|directive| directive.as_str() != TaggingDirective::COPY) {
            return Err(not_offered("Tags are not offered."));
        }
        let conditions = Conditions {
            if_match: input.copy_source_if_match.take(),
            if_none_match: input.copy_source_if_none_match.take(),
            if_modified_since: input.copy_source_if_modified_since.take(),
            if_unmodified_since: input.copy_source_if_unmodified_since.take(),
        };
        let owner = input.expected_source_bucket_owner.as_ref();
        let source = self.source(&request.headers, owner, &conditions).await?;
        if source.meta.size > MAX_PUT {
            return Err(s3(
                S3ErrorCode::InvalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
            ));
        }
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let to = key(&input.key)?;
        let replace = input.metadata_directive.as_ref().is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
        let options = match replace {
            true => write_options(&request.headers, input.metadata, input.expires.as_ref())?,
            false => same_options(&source.meta),
        };
        let in_place = *source.bucket == *input.bucket;
        if in_place && source.key == to && source.version.is_none() && !replace {
            return Err(s3(
                S3ErrorCode::InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
            ));
        }
        let asked = input.checksum_algorithm.as_ref().map(|name| algorithm(name.as_str())).transpose()?;
        let written = match asked.filter(|asked| !source.has_checksum(*asked)) {
            None if in_place => store.copy(&source.pinned(), &to, &options).await.map_err(answer)?,
            asked => source.stream_to(store.as_ref(), &to, options, asked).await?,
        };
        finish(store.as_ref(), &to, written, &source).await
    }

    /// Finds the source of a copy and checks the conditions on it.
    pub(super) async fn source(
        &self,
        headers: &http::HeaderMap,
        owner: Option<&String>,
        conditions: &Conditions,
    ) -> S3Result<Source> {
        let CopySource::Bucket { bucket, key: name, version_id } = named_source(headers)? else {
            return Err(not_offered("Access points are not offered."));
        };
        let store = self.open(&bucket, owner).await?;
        let key = key(&name)?;
        let version = version_id.as_deref().map(str::to_owned);
        let meta = find(store.as_ref(), &key, version.as_deref()).await.map_err(as_source_error)?;
        match conditions.check(&meta) {
            Outcome::Proceed => {
                Ok(Source { store, bucket: bucket.to_string(), key, version: version.map(VersionId), meta })
            }
            Outcome::NotModified | Outcome::Failed => Err(precondition_failed()),
        }
    }
}

/// The source as the header names it, where `+` stands for a space as on AWS: some clients encode it so.
fn named_source(headers: &http::HeaderMap) -> S3Result<CopySource> {
    let invalid = || s3(S3ErrorCode::InvalidArgument, "Invalid copy source");
    let text = headers.get("x-amz-copy-source").and_then(|value| value.to_str().ok()).ok_or_else(invalid)?;
    CopySource::parse(&text.replace('+', "%20")).map_err(|_| invalid())
}

/// A delete marker named as the source is a bad request, not a forbidden method.
fn as_source_error(error: S3Error) -> S3Error {
    match *error.code() == S3ErrorCode::MethodNotAllowed {
        true => s3(
            S3ErrorCode::InvalidRequest,
            "The source of a copy request may not specifically refer to a delete marker by version id.",
        ),
        false => error,
    }
}

/// The object that is copied, as it was when its conditions were checked.
pub(super) struct Source {
    store: Arc<dyn ObjectStore>,
    bucket: String,
    key: Key,
    /// The version that was named.
    version: Option<VersionId>,
    pub(super) meta: ObjectMeta,
}

impl Source {
    pub(super) fn version_text(&self) -> Option<String> {
        version_text(&self.meta)
    }

    /// The version to read: the one found, so that a newer one cannot slip in.
    fn exact_version(&self) -> Option<VersionId> {
        self.version.clone().or_else(|| self.meta.version.clone())
    }

    fn pinned(&self) -> CopyFrom {
        CopyFrom { key: self.key.clone(), version: self.exact_version(), if_match: Some(self.meta.etag.clone()) }
    }

    fn has_checksum(&self, algorithm: Algorithm) -> bool {
        self.meta.checksum.as_ref().is_some_and(|have| have.algorithm.eq_ignore_ascii_case(algorithm.name()))
    }

    /// The content, whole or a range, of exactly the object that was found.
    pub(super) async fn read(&self, range: Option<ReadRange>) -> S3Result<GetObject> {
        let options = ReadOptions {
            range,
            if_match: Some(self.meta.etag.clone()),
            version: self.exact_version(),
            ..ReadOptions::default()
        };
        self.store.get(&self.key, &options).await.map_err(answer)
    }

    async fn stream_to(
        &self,
        store: &dyn ObjectStore,
        to: &Key,
        mut options: WriteOptions,
        asked: Option<Algorithm>,
    ) -> S3Result<Written> {
        let found = self.read(None).await?;
        let size = found.meta.size;
        // The copy is one piece: a checksum of parts would say nothing about it.
        let of_parts = self.meta.checksum.as_ref().filter(|checksum| checksum.value.contains('-'));
        let body = match asked.or_else(|| of_parts.and_then(|checksum| Algorithm::from_name(&checksum.algorithm))) {
            None => {
                options.checksum = self.meta.checksum.clone();
                Body::stream(found.body, Some(size))
            }
            Some(algorithm) => {
                options.checksum = None;
                let blob: StreamingBlob = Outflow::blob(found.body, size);
                let verified = Verified::new(to.clone(), blob, size, Expected::compute(algorithm), None);
                let late = verified.late();
                Body::stream(verified.boxed(), Some(size)).with_late_checksum(late)
            }
        };
        store.put(to, body, &options).await.map_err(answer)
    }
}

/// The copy has what the source has.
fn same_options(meta: &ObjectMeta) -> WriteOptions {
    WriteOptions {
        content_type: meta.content_type.clone(),
        metadata: meta.metadata.clone(),
        headers: meta.headers.clone(),
        ..WriteOptions::default()
    }
}

fn algorithm(name: &str) -> S3Result<Algorithm> {
    Algorithm::from_name(name).ok_or_else(|| not_offered("This checksum algorithm is not offered."))
}

async fn finish(store: &dyn ObjectStore, to: &Key, written: Written, source: &Source) -> Answer<CopyObjectOutput> {
    let options = ReadOptions { version: written.version.clone(), ..ReadOptions::default() };
    // Somebody may have removed the copy already; it was made all the same.
    let meta = store.head(to, &options).await.ok().filter(|meta| meta.etag == written.etag);
    let sums = meta.as_ref().and_then(|meta| meta.checksum.as_ref()).map(checksums::as_dto).unwrap_or_default();
    let result = CopyObjectResult {
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        checksum_type: sums.checksum_type,
        e_tag: Some(tag(&written.etag)),
        last_modified: Some(time(meta.map_or_else(jiff::Timestamp::now, |meta| meta.last_modified))),
    };
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source.version_text(),
        version_id: written.version.map(|version| version.0),
        ..CopyObjectOutput::default()
    }))
}
