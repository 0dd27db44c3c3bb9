//! Reading an object: its facts and its content, under conditions, in ranges, by version.

use holdfast_storage::{
    Error, GetObject, Key, ListRequest, ObjectMeta, ObjectStore, ReadOptions, ReadRange, VersionId,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto::*};

use super::{
    Answer, Backend, checksums,
    conditions::{Conditions, Outcome},
    errors::{answer, no_such_key, not_offered, precondition_failed, s3},
    headers::{Kept, only_query},
    key,
    multipart::part_number,
    outflow::Outflow,
    signed, tag, time, version_text,
};

/// Query names of a read, beside those that may stand anywhere.
const QUERY: [&str; 8] = [
    "versionId",
    "partNumber",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

impl Backend {
    pub(super) async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        only_query(&request.uri, &QUERY)?;
        refuse_customer_key(&request.headers)?;
        let if_range = request.headers.get("if-range").cloned();
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let asked = Asked {
            key: key(&input.key)?,
            version: input.version_id,
            range: read_range(input.range, input.part_number)?,
            part: input.part_number.map(part_number).transpose()?,
            conditions: Conditions {
                if_match: input.if_match,
                if_none_match: input.if_none_match,
                if_modified_since: input.if_modified_since,
                if_unmodified_since: input.if_unmodified_since,
            },
        };
        if asked.part.is_some() {
            let (found, count) = asked.get_part(store.as_ref()).await?;
            let mut output = get_output(found, true, input.checksum_mode.is_some());
            output.parts_count = count;
            return Ok(S3Response::new(output));
        }
        let mut found = asked.get(store.as_ref(), asked.range).await?;
        let mut ranged = asked.range.is_some();
        if ranged && if_range.is_some_and(|condition| !same_as(&condition, &found.meta)) {
            ranged = false;
            found = asked.get(store.as_ref(), None).await?;
        }
        Ok(S3Response::new(get_output(found, ranged, input.checksum_mode.is_some())))
    }

    pub(super) async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        only_query(&request.uri, &QUERY)?;
        refuse_customer_key(&request.headers)?;
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let range = read_range(input.range, input.part_number)?;
        let conditions = Conditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let meta = find(store.as_ref(), &key(&input.key)?, input.version_id.as_deref()).await?;
        proceed(&conditions, &meta)?;
        let part = input.part_number.map(part_number).transpose()?;
        let (span, count) = match (part, range) {
            (Some(number), _) => span_of_part(number, &meta)?,
            (None, None) => (0..meta.size, None),
            (None, Some(range)) => (range.resolve(meta.size).ok_or_else(|| out_of_range(meta.size))?, None),
        };
        let partial = range.is_some() || part.is_some() && meta.size > 0;
        let get = GetObject { meta, range: span, body: Box::pin(futures::stream::empty()) };
        let mut output = head_output(get_output(get, partial, input.checksum_mode.is_some()));
        output.parts_count = count;
        Ok(S3Response::new(output))
    }

    pub(super) async fn get_object_attributes(
        &self,
        request: S3Request<GetObjectAttributesInput>,
    ) -> Answer<GetObjectAttributesOutput> {
        refuse_customer_key(&request.headers)?;
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let meta = find(store.as_ref(), &key(&input.key)?, input.version_id.as_deref()).await?;
        let asks = |name: &str| input.object_attributes.iter().any(|attribute| attribute.as_str() == name);
        let count = meta.parts.iter().map(|(_, count)| *count).sum::<u32>();
        if asks(ObjectAttributes::OBJECT_PARTS) && count == 0 && is_of_parts(&meta) {
            return Err(parts_unknown());
        }
        let count = i32::try_from(count).ok().filter(|count| *count > 0 && asks(ObjectAttributes::OBJECT_PARTS));
        let parts = |count| GetObjectAttributesParts { total_parts_count: Some(count), ..Default::default() };
        Ok(S3Response::new(GetObjectAttributesOutput {
            checksum: meta.checksum.as_ref().filter(|_| asks(ObjectAttributes::CHECKSUM)).map(checksums::as_dto),
            e_tag: asks(ObjectAttributes::ETAG).then(|| tag(&meta.etag)),
            last_modified: Some(time(meta.last_modified)),
            object_parts: count.map(parts),
            object_size: asks(ObjectAttributes::OBJECT_SIZE).then(|| signed(meta.size)),
            storage_class: asks(ObjectAttributes::STORAGE_CLASS)
                .then(|| StorageClass::from_static(StorageClass::STANDARD)),
            version_id: version_text(&meta),
            ..GetObjectAttributesOutput::default()
        }))
    }
}

/// What a GET asks for.
struct Asked {
    key: Key,
    version: Option<String>,
    range: Option<ReadRange>,
    part: Option<u16>,
    conditions: Conditions,
}

impl Asked {
    /// Reads, then checks the conditions against the very object that was opened: nothing can come between.
    async fn get(&self, store: &dyn ObjectStore, range: Option<ReadRange>) -> S3Result<GetObject> {
        let version = self.version.clone().map(VersionId);
        let options = ReadOptions { range, version, ..ReadOptions::default() };
        match store.get(&self.key, &options).await {
            Ok(found) => proceed(&self.conditions, &found.meta).map(|()| found),
            Err(Error::InvalidRange { .. }) => {
                // A condition that fails is said before a range that does not fit.
                let meta = find(store, &self.key, self.version.as_deref()).await?;
                proceed(&self.conditions, &meta)?;
                Err(out_of_range(meta.size))
            }
            Err(error) if error.is_not_found() => Err(missing(store, &self.key, self.version.as_deref()).await),
            Err(error) => Err(answer(error)),
        }
    }
}

/// So often a part is looked for in an object that is replaced all the while.
const LOOKS: usize = 5;

impl Asked {
    /// Reads one part, of the very object whose parts were looked at, and says how many there are.
    async fn get_part(&self, store: &dyn ObjectStore) -> S3Result<(GetObject, Option<i32>)> {
        for _ in 0..LOOKS {
            let meta = find(store, &self.key, self.version.as_deref()).await?;
            proceed(&self.conditions, &meta)?;
            let (span, count) = span_of_part(self.part.unwrap_or(1), &meta)?;
            let range = (span != (0..meta.size)).then_some(ReadRange::Span { start: span.start, end: span.end });
            let version = self.version.clone().map(VersionId).or(meta.version);
            let options = ReadOptions { range, version, if_match: Some(meta.etag), ..ReadOptions::default() };
            match store.get(&self.key, &options).await {
                Err(Error::PreconditionFailed { .. }) => {}
                Err(error) if error.is_not_found() => {}
                found => return Ok((found.map_err(answer)?, count)),
            }
        }
        Err(s3(S3ErrorCode::ServiceUnavailable, "Please try again."))
    }
}

/// An object's facts, or the error that says precisely what is missing.
pub(super) async fn find(store: &dyn ObjectStore, key: &Key, version: Option<&str>) -> S3Result<ObjectMeta> {
    let options = ReadOptions { version: version.map(|id| VersionId(id.to_owned())), ..ReadOptions::default() };
    match store.head(key, &options).await {
        Ok(meta) => Ok(meta),
        Err(error) if error.is_not_found() => Err(missing(store, key, version).await),
        Err(error) => Err(answer(error)),
    }
}

/// What to say of an object that is not there: never was, has no such version, or is marked deleted.
async fn missing(store: &dyn ObjectStore, key: &Key, version: Option<&str>) -> S3Error {
    let marker = find_marker(store, key, version).await;
    let mut error = match (version, &marker) {
        (None, _) => no_such_key(),
        (Some(_), Some(_)) => {
            s3(S3ErrorCode::MethodNotAllowed, "The specified method is not allowed against this resource.")
        }
        (Some(_), None) => s3(S3ErrorCode::NoSuchVersion, "The specified version does not exist."),
    };
    if let Some((id, modified)) = marker {
        error.set_headers(marker_headers(&id, modified, version.is_some()));
    }
    error
}

/// The delete marker that hides the object (or has the version's id).
async fn find_marker(
    store: &dyn ObjectStore,
    key: &Key,
    version: Option<&str>,
) -> Option<(VersionId, Option<jiff::Timestamp>)> {
    let request = ListRequest { prefix: key.as_str().to_owned(), ..ListRequest::default() };
    let mut after = None;
    loop {
        let page = store.list_versions(&request, after.as_ref()).await.ok()?;
        for row in page.versions {
            if row.entry.key != *key {
                return None;
            }
            let wanted = version.map_or(row.is_latest, |id| row.id.0 == id);
            if wanted {
                return row.is_delete_marker.then_some((row.id, row.entry.last_modified));
            }
        }
        after = Some(page.continuation?);
    }
}

fn marker_headers(id: &VersionId, modified: Option<jiff::Timestamp>, addressed: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(id) = HeaderValue::try_from(&id.0) {
        headers.insert("x-amz-version-id", id);
    }
    if addressed {
        headers.insert(http::header::ALLOW, HeaderValue::from_static("DELETE"));
        if let Some(value) = modified.and_then(http_date) {
            headers.insert(http::header::LAST_MODIFIED, value);
        }
    }
    headers
}

fn http_date(modified: jiff::Timestamp) -> Option<HeaderValue> {
    let mut text = Vec::new();
    time(modified).format(TimestampFormat::HttpDate, &mut text).ok()?;
    HeaderValue::from_bytes(&text).ok()
}

/// Lets the read go on, or says 304 or 412.
fn proceed(conditions: &Conditions, meta: &ObjectMeta) -> S3Result<()> {
    match conditions.check(meta) {
        Outcome::Proceed => Ok(()),
        Outcome::Failed => Err(precondition_failed()),
        Outcome::NotModified => Err(not_modified(meta)),
    }
}

/// 304 repeats what a cache needs to know.
fn not_modified(meta: &ObjectMeta) -> S3Error {
    let mut headers = HeaderMap::new();
    let mut put = |name: http::HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    };
    put(http::header::ETAG, &meta.etag.quoted());
    for name in ["cache-control", "expires"] {
        if let Some(value) = meta.headers.get(name) {
            put(http::HeaderName::from_static(name), value);
        }
    }
    if let Some(version) = &meta.version {
        put(http::HeaderName::from_static("x-amz-version-id"), &version.0);
    }
    if let Some(value) = http_date(meta.last_modified) {
        headers.insert(http::header::LAST_MODIFIED, value);
    }
    let mut error = s3(S3ErrorCode::NotModified, "Not Modified");
    error.set_headers(headers);
    error
}

fn out_of_range(size: u64) -> S3Error {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
        headers.insert(http::header::CONTENT_RANGE, value);
    }
    let mut error = s3(S3ErrorCode::InvalidRange, "The requested range is not satisfiable");
    error.set_headers(headers);
    error
}

fn read_range(range: Option<Range>, part: Option<i32>) -> S3Result<Option<ReadRange>> {
    if range.is_some() && part.is_some() {
        return Err(s3(S3ErrorCode::InvalidRequest, "Cannot specify both Range header and partNumber query parameter"));
    }
    Ok(range.map(|range| match range {
        Range::Int { first, last: Some(last) } => ReadRange::Span { start: first, end: last.saturating_add(1) },
        Range::Int { first, last: None } => ReadRange::From(first),
        Range::Suffix { length } => ReadRange::Last(length),
    }))
}

/// Which bytes a part is, and how many parts there are. Parts are counted as they stand in the object, from 1. An object
/// that was put in one piece is its own part 1.
fn span_of_part(number: u16, meta: &ObjectMeta) -> S3Result<(std::ops::Range<u64>, Option<i32>)> {
    match meta.part(u32::from(number)) {
        Some((span, count)) => Ok((span, i32::try_from(count).ok())),
        None if meta.parts.is_empty() && is_of_parts(meta) => Err(parts_unknown()),
        None if meta.parts.is_empty() && number == 1 => Ok((0..meta.size, None)),
        None => Err(super::errors::custom(
            "InvalidPartNumber",
            StatusCode::RANGE_NOT_SATISFIABLE,
            "The requested partnumber is not satisfiable",
        )),
    }
}

fn is_of_parts(meta: &ObjectMeta) -> bool {
    meta.etag.as_str().contains('-')
}

fn parts_unknown() -> S3Error {
    not_offered("The place behind this bucket does not say where the parts of this object end.")
}

/// Whether an `If-Range` names this object, by its tag or by its exact time.
fn same_as(condition: &HeaderValue, meta: &ObjectMeta) -> bool {
    condition.as_bytes() == meta.etag.quoted().as_bytes()
        || http_date(meta.last_modified).is_some_and(|date| date == condition)
}

fn refuse_customer_key(headers: &HeaderMap) -> S3Result<()> {
    match headers.keys().any(|name| name.as_str().starts_with("x-amz-server-side-encryption-customer-")) {
        true => Err(not_offered("Encryption by the server is not offered; encrypt the disk or the content.")),
        false => Ok(()),
    }
}

fn get_output(found: GetObject, partial: bool, with_checksum: bool) -> GetObjectOutput {
    let GetObject { meta, range, body } = found;
    let len = range.end - range.start;
    let whole = len == meta.size;
    // A checksum of the whole says nothing about a part, so it comes only with the whole.
    let sums = meta.checksum.as_ref().filter(|_| with_checksum && whole).map(checksums::as_dto).unwrap_or_default();
    let kept = Kept::of(&meta);
    GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        body: Some(Outflow::blob(body, len)),
        cache_control: kept.cache_control,
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        checksum_type: sums.checksum_type,
        content_disposition: kept.content_disposition,
        content_encoding: kept.content_encoding,
        content_language: kept.content_language,
        content_length: Some(signed(len)),
        content_range: (partial && len > 0).then(|| format!("bytes {}-{}/{}", range.start, range.end - 1, meta.size)),
        content_type: kept.content_type,
        e_tag: Some(tag(&meta.etag)),
        expires: kept.expires,
        last_modified: Some(time(meta.last_modified)),
        metadata: Some(meta.metadata.clone().into_iter().collect()),
        version_id: version_text(&meta),
        ..GetObjectOutput::default()
    }
}

fn head_output(get: GetObjectOutput) -> HeadObjectOutput {
    HeadObjectOutput {
        accept_ranges: get.accept_ranges,
        cache_control: get.cache_control,
        checksum_crc32: get.checksum_crc32,
        checksum_crc32c: get.checksum_crc32c,
        checksum_crc64nvme: get.checksum_crc64nvme,
        checksum_sha1: get.checksum_sha1,
        checksum_sha256: get.checksum_sha256,
        checksum_type: get.checksum_type,
        content_disposition: get.content_disposition,
        content_encoding: get.content_encoding,
        content_language: get.content_language,
        content_length: get.content_length,
        content_range: get.content_range,
        content_type: get.content_type,
        e_tag: get.e_tag,
        expires: get.expires,
        last_modified: get.last_modified,
        metadata: get.metadata,
        parts_count: get.parts_count,
        version_id: get.version_id,
        ..HeadObjectOutput::default()
    }
}
