//! One bucket as an [`ObjectStore`].

use std::{future::Future, time::Duration};

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    presigning::PresigningConfig,
    primitives::{ByteStream as SdkStream, DateTime, DateTimeFormat},
    types::{
        BucketVersioningStatus, ChecksumMode as SdkChecksumMode, CompletedMultipartUpload, CompletedPart, Delete,
        EncodingType, MetadataDirective, MultipartUpload, ObjectIdentifier, StorageClass, VersioningConfiguration,
    },
};
use aws_smithy_runtime_api::http::Response;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};

use super::{
    classify::Doing,
    client::{Account, ChecksumMode},
    convert::{content_range, decoded, metadata_in, metadata_out, sha256_checksum, tag, time, version},
    encryption::{encryption, sse_headers, with_asked},
    lenient::BegunUpload,
    locked::WantsMd5,
    payload::{ContentMd5, Payload, signed},
    settings::Settings,
};
use crate::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, ETag, Error, GetObject, Key, ListPage, ListRequest,
    Listed, ObjectMeta, ObjectStore, Part, PresignMethod, ReadOptions, RequestKind, Result, Upload, UploadInfo,
    Version, VersionId, VersionPage, Versioning, WriteOptions, Written, body::exactly, error::Unreachable,
};

/// A bucket.
#[derive(Debug, Clone)]
pub struct S3Store {
    account: Account,
    bucket: String,
    checksums: ChecksumMode,
    wants_md5: WantsMd5,
}

impl S3Store {
    /// The bucket as seen by an account. Sends nothing.
    pub fn new(account: Account, bucket: &str, checksums: ChecksumMode) -> Self {
        Self { account, bucket: bucket.to_owned(), checksums, wants_md5: WantsMd5::default() }
    }

    /// Its account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn settings(&self) -> Settings<'_> {
        Settings { account: &self.account, bucket: &self.bucket }
    }

    fn client(&self) -> &Client {
        &self.account.client
    }

    async fn call<T, E>(
        &self,
        kind: RequestKind,
        key: Option<&Key>,
        bytes: u64,
        call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        match tokio::time::timeout(crate::retry::attempt_limit(bytes), call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let doing = Doing { kind, bucket: &self.bucket, key, skew: self.account.clock_skew() };
                Err(doing.error(error))
            }
            Err(_) => Err(Error::Unreachable(Unreachable::Timeout)),
        }
    }

    fn checksum(&self, body: &Payload, options: &WriteOptions) -> Option<String> {
        let known = options.checksum.as_ref().filter(|c| c.algorithm == "SHA256").map(|c| c.value.clone());
        known.or_else(|| match self.checksums {
            ChecksumMode::WhenRequired => None,
            ChecksumMode::Sha256 => body.sha256.map(|digest| BASE64.encode(digest)),
        })
    }
}

/// Sets the standard headers that are kept with an object.
macro_rules! kept_out {
    ($call:expr, $headers:expr) => {{
        let header = |name: &str| $headers.get(name).cloned();
        $call
            .set_cache_control(header("cache-control"))
            .set_content_disposition(header("content-disposition"))
            .set_content_encoding(header("content-encoding"))
            .set_content_language(header("content-language"))
            .set_expires(header("expires").and_then(|text| DateTime::from_str(&text, DateTimeFormat::HttpDate).ok()))
    }};
}

/// Reads them back.
macro_rules! kept_in {
    ($got:expr) => {
        [
            ("cache-control", $got.cache_control),
            ("content-disposition", $got.content_disposition),
            ("content-encoding", $got.content_encoding),
            ("content-language", $got.content_language),
            ("expires", $got.expires_string),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
    };
}

fn sdk_stream(body: SdkStream) -> BoxStream<'static, Result<Bytes, impl Send>> {
    futures::stream::unfold(body, |mut body| async move { Some((body.next().await?, body)) }).boxed()
}

/// The facts in an answer to HEAD or GET, whose types differ in the SDK.
macro_rules! object_meta {
    ($got:expr, $size:expr) => {
        ObjectMeta {
            size: $size,
            etag: tag($got.e_tag)?,
            last_modified: time($got.last_modified.as_ref()).unwrap_or_default(),
            content_type: $got.content_type,
            metadata: metadata_in($got.metadata),
            headers: kept_in!($got),
            version: version($got.version_id),
            storage_class: $got.storage_class.map(|c| c.as_str().to_owned()),
            encryption: encryption($got.server_side_encryption.as_ref(), $got.ssekms_key_id.as_deref()),
            checksum: sha256_checksum($got.checksum_sha256),
            parts: Vec::new(),
        }
    };
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn check(&self) -> Result<()> {
        let call = self.client().head_bucket().bucket(&self.bucket).send();
        self.call(RequestKind::HeadBucket, None, 0, call).await.map(drop)
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        let call = self
            .client()
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_version_id(options.version.as_ref().map(|v| v.0.clone()))
            .set_if_match(options.if_match.as_ref().map(ETag::quoted))
            .set_if_none_match(options.if_none_match.as_ref().map(ETag::quoted))
            .set_checksum_mode((self.checksums == ChecksumMode::Sha256).then_some(SdkChecksumMode::Enabled));
        let got = self.call(RequestKind::Head, Some(key), 0, call.send()).await?;
        let size = got.content_length.unwrap_or_default().max(0) as u64;
        Ok(object_meta!(got, size))
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        let call = self
            .client()
            .get_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_range(options.range.map(|r| r.header()))
            .set_version_id(options.version.as_ref().map(|v| v.0.clone()))
            .set_if_match(options.if_match.as_ref().map(ETag::quoted))
            .set_if_none_match(options.if_none_match.as_ref().map(ETag::quoted));
        let got = self.call(RequestKind::Get, Some(key), 0, call.send()).await?;
        let length = got.content_length.unwrap_or_default().max(0) as u64;
        let (start, end, size) = match (options.range, content_range(got.content_range.as_deref())) {
            (_, Some(range)) => range,
            (None, None) => (0, length, length),
            (Some(range), None) => {
                let whole = range.resolve(length).filter(|r| *r == (0..length));
                let range = whole.ok_or(Error::NotSupported { action: "ranged reads" })?;
                (range.start, range.end, length)
            }
        };
        if length != end - start {
            return Err(Error::Truncated { key: key.clone(), expected: end - start, got: length });
        }
        let meta = object_meta!(got, size);
        Ok(GetObject { meta, range: start..end, body: exactly(key.clone(), sdk_stream(got.body), end - start) })
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        let size = body.len().ok_or(Error::NotSupported { action: "writes of unknown length" })?;
        let payload = Payload::from_body(body).await?;
        let (signing, integrity) = (payload.signing(), self.wants_md5.for_content(&payload).await?);
        let (sse, kms) = sse_headers(options.encryption.as_ref());
        let call = self
            .client()
            .put_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_content_type(options.content_type.clone())
            .set_metadata(metadata_out(&options.metadata))
            .set_if_none_match(options.if_absent.then(|| "*".to_owned()))
            .set_if_match(options.if_match.as_ref().map(ETag::quoted))
            .set_storage_class(options.storage_class.as_deref().map(StorageClass::from))
            .set_server_side_encryption(sse)
            .set_ssekms_key_id(kms)
            .set_checksum_sha256(self.checksum(&payload, options))
            .set_content_md5(integrity.content_md5.clone())
            .content_length(size as i64)
            .body(payload.stream);
        let call = signed(signing, kept_out!(call, options.headers).send());
        let written = self.call(RequestKind::Put, Some(key), size, call).await;
        let written = written.map_err(|error| refused(self.wants_md5.heed(&integrity, error), options))?;
        Ok(Written { etag: tag(written.e_tag)?, version: version(written.version_id) })
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        let call = self
            .client()
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(&request.prefix)
            .set_delimiter(request.delimiter.clone())
            .set_start_after(request.start_after.clone().filter(|_| request.continuation.is_none()))
            .set_continuation_token(request.continuation.clone())
            .set_max_keys(request.max_keys.map(i32::from))
            .encoding_type(EncodingType::Url);
        let page = self.call(RequestKind::List, None, 0, call.send()).await?;
        let plain = |text: String| match page.encoding_type {
            Some(EncodingType::Url) => decoded(text),
            _ => text,
        };
        let row = |object: aws_sdk_s3::types::Object| {
            Some(Listed {
                key: Key::new(plain(object.key?)).ok()?,
                size: object.size.unwrap_or_default().max(0) as u64,
                etag: object.e_tag.map(ETag::new),
                last_modified: time(object.last_modified.as_ref()),
                storage_class: object.storage_class.map(|c| c.as_str().to_owned()),
            })
        };
        let truncated = page.is_truncated == Some(true);
        Ok(ListPage {
            objects: page.contents.unwrap_or_default().into_iter().filter_map(row).collect(),
            prefixes: page
                .common_prefixes
                .unwrap_or_default()
                .into_iter()
                .filter_map(|p| p.prefix.map(plain))
                .collect(),
            continuation: page.next_continuation_token.filter(|_| truncated),
        })
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        let call = self
            .client()
            .delete_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_version_id(options.version.as_ref().map(|v| v.0.clone()))
            .set_if_match(options.if_match.as_ref().map(ETag::quoted));
        match self.call(RequestKind::Delete, Some(key), 0, call.send()).await {
            Ok(gone) => {
                Ok(Deleted { version: version(gone.version_id), delete_marker: gone.delete_marker == Some(true) })
            }
            Err(Error::NotFound { .. }) => Ok(Deleted::default()),
            Err(error) => Err(error),
        }
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let one = |key: &Key| ObjectIdentifier::builder().key(key.as_str()).build().map_err(|_| internal());
        let objects = keys.iter().map(one).collect::<Result<Vec<_>>>()?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(false).build().map_err(|_| internal())?;
        let call = self.client().delete_objects().bucket(&self.bucket).delete(delete).customize();
        let call = call.interceptor(ContentMd5).send();
        let answer = self.call(RequestKind::DeleteMany, None, 0, call).await?;
        let mut failed = std::collections::HashMap::new();
        for error in answer.errors.unwrap_or_default() {
            failed.insert(error.key.unwrap_or_default(), (error.code, error.message));
        }
        let mut gone = std::collections::HashMap::new();
        for deleted in answer.deleted.unwrap_or_default() {
            let marker = deleted.delete_marker == Some(true);
            let id = version(deleted.delete_marker_version_id.or(deleted.version_id));
            gone.insert(deleted.key.unwrap_or_default(), Deleted { version: id, delete_marker: marker });
        }
        let outcome = |key: &Key| match (gone.remove(key.as_str()), failed.remove(key.as_str())) {
            (_, Some((Some(code), _))) if code == "NoSuchKey" => Ok(Deleted::default()),
            (_, Some((Some(code), _))) if code == "AccessDenied" => Err(Error::Denied { action: "DeleteObject" }),
            (_, Some((code, message))) => {
                Err(Error::Server { status: 200, code: code.unwrap_or_default(), message: message.unwrap_or_default() })
            }
            (Some(deleted), None) => Ok(deleted),
            (None, None) => Err(Error::Server { status: 200, code: "Missing".into(), message: String::new() }),
        };
        Ok(keys.iter().map(outcome).collect())
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        let (sse, kms) = sse_headers(options.encryption.as_ref());
        let call = self
            .client()
            .copy_object()
            .bucket(&self.bucket)
            .key(to.as_str())
            .copy_source(self.copy_source(from))
            .set_copy_source_if_match(from.if_match.as_ref().map(ETag::quoted))
            .metadata_directive(MetadataDirective::Replace)
            .set_content_type(options.content_type.clone())
            .set_metadata(metadata_out(&options.metadata))
            .set_if_none_match(options.if_absent.then(|| "*".to_owned()))
            .set_if_match(options.if_match.as_ref().map(ETag::quoted))
            .set_storage_class(options.storage_class.as_deref().map(StorageClass::from))
            .set_server_side_encryption(sse)
            .set_ssekms_key_id(kms);
        let answer =
            match self.call(RequestKind::Copy, Some(to), 5 << 30, kept_out!(call, options.headers).send()).await {
                Err(Error::NotFound { .. }) => return Err(Error::NotFound { key: from.key.clone() }),
                other => other.map_err(|error| refused(error, options))?,
            };
        let result = answer.copy_object_result;
        Ok(Written { etag: tag(result.and_then(|r| r.e_tag))?, version: version(answer.version_id) })
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        let (sse, kms) = sse_headers(options.encryption.as_ref());
        let call = self
            .client()
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_content_type(options.content_type.clone())
            .set_metadata(metadata_out(&options.metadata))
            .set_storage_class(options.storage_class.as_deref().map(StorageClass::from))
            .set_server_side_encryption(sse)
            .set_ssekms_key_id(kms);
        let call = kept_out!(call, options.headers).customize().interceptor(BegunUpload).send();
        let made = self.call(RequestKind::CreateMultipart, Some(key), 0, call).await;
        let made = made.map_err(|error| refused(error, options))?;
        let id = made.upload_id.ok_or(Error::Unreachable(Unreachable::NotS3 { status: 200 }))?;
        Ok(Upload { key: key.clone(), id })
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        let size = body.len().ok_or(Error::NotSupported { action: "parts of unknown length" })?;
        let payload = Payload::from_body(body).await?;
        let (signing, integrity) = (payload.signing(), self.wants_md5.for_content(&payload).await?);
        let call = self
            .client()
            .upload_part()
            .bucket(&self.bucket)
            .key(upload.key.as_str())
            .upload_id(&upload.id)
            .part_number(i32::from(number))
            .set_content_md5(integrity.content_md5.clone())
            .content_length(size as i64)
            .body(payload.stream);
        let call = signed(signing, call.send());
        let sent = self.call(RequestKind::UploadPart, Some(&upload.key), size, call).await;
        let sent = sent.map_err(|error| self.wants_md5.heed(&integrity, error))?;
        Ok(Part { number, etag: tag(sent.e_tag)?, size })
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        let (mut parts, mut marker) = (Vec::new(), None);
        loop {
            let call = self
                .client()
                .list_parts()
                .bucket(&self.bucket)
                .key(upload.key.as_str())
                .upload_id(&upload.id)
                .set_part_number_marker(marker.clone());
            let page = self.call(RequestKind::ListParts, Some(&upload.key), 0, call.send()).await?;
            parts.extend(page.parts.unwrap_or_default().into_iter().filter_map(|part| {
                let number = u16::try_from(part.part_number?).ok()?;
                Some(Part { number, etag: ETag::new(part.e_tag?), size: part.size.unwrap_or_default().max(0) as u64 })
            }));
            let next = page.next_part_number_marker.filter(|next| Some(next) != marker.as_ref());
            match (page.is_truncated, next) {
                (Some(true), Some(next)) => marker = Some(next),
                _ => return Ok(parts),
            }
        }
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        options.without_check()?;
        let part = |part: &Part| {
            CompletedPart::builder().part_number(i32::from(part.number)).e_tag(part.etag.quoted()).build()
        };
        let completed = CompletedMultipartUpload::builder().set_parts(Some(parts.iter().map(part).collect())).build();
        let call = self
            .client()
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(upload.key.as_str())
            .upload_id(&upload.id)
            .set_if_none_match(options.if_absent.then(|| "*".to_owned()))
            .set_if_match(options.if_match.as_ref().map(ETag::quoted))
            .multipart_upload(completed);
        let bytes = parts.iter().map(|p| p.size).sum();
        let done = self.call(RequestKind::CompleteMultipart, Some(&upload.key), bytes, call.send()).await?;
        let etag = match done.e_tag.as_deref() {
            Some("") => self.completed_tag(&upload.key, parts.len()).await?,
            _ => tag(done.e_tag)?,
        };
        Ok(Written { etag, version: version(done.version_id) })
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        let call =
            self.client().abort_multipart_upload().bucket(&self.bucket).key(upload.key.as_str()).upload_id(&upload.id);
        match self.call(RequestKind::AbortMultipart, Some(&upload.key), 0, call.send()).await {
            Ok(_) | Err(Error::NoSuchUpload { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        let (mut uploads, mut after) = (Vec::new(), (None, None));
        let mut encoding = Some(EncodingType::Url);
        loop {
            let call = self
                .client()
                .list_multipart_uploads()
                .bucket(&self.bucket)
                .prefix(prefix)
                .set_key_marker(after.0.clone())
                .set_upload_id_marker(after.1.clone())
                .set_encoding_type(encoding.clone());
            let page = match self.call(RequestKind::ListUploads, None, 0, call.send()).await {
                // What rclone's server says of a bucket without any.
                Err(Error::NoSuchUpload { .. }) => return Ok(uploads),
                other => other?,
            };
            // Ceph encodes keys without saying so, others ignore the wish: whoever does not say is asked without it.
            let is_encoded = page.encoding_type == Some(EncodingType::Url);
            let unclear = |upload: &MultipartUpload| upload.key().is_some_and(|key| key.contains('%'));
            if encoding.is_some() && !is_encoded && page.uploads().iter().any(unclear) {
                encoding = None;
                continue;
            }
            let plain = |text: String| if is_encoded { decoded(text) } else { text };
            uploads.extend(page.uploads.unwrap_or_default().into_iter().filter_map(|upload| {
                let key = Key::new(plain(upload.key?)).ok()?;
                let initiated = time(upload.initiated.as_ref());
                Some(UploadInfo { upload: Upload { key, id: upload.upload_id? }, initiated })
            }));
            let next = (page.next_key_marker.map(plain), page.next_upload_id_marker);
            if page.is_truncated != Some(true) || next == after || next.0.is_none() {
                uploads.sort_by(|a, b| (&a.upload.key, a.initiated).cmp(&(&b.upload.key, b.initiated)));
                return Ok(uploads);
            }
            after = next;
        }
    }

    async fn presign(&self, method: PresignMethod, key: &Key, expires: Duration) -> Result<::url::Url> {
        let config = PresigningConfig::expires_in(expires)
            .map_err(|_| Error::NotSupported { action: "links that last longer than a week" })?;
        let request = match method {
            PresignMethod::Get => {
                let call = self.client().get_object().bucket(&self.bucket).key(key.as_str()).presigned(config);
                self.call(RequestKind::Get, Some(key), 0, call).await?
            }
            PresignMethod::Put => {
                let call = self.client().put_object().bucket(&self.bucket).key(key.as_str()).presigned(config);
                self.call(RequestKind::Put, Some(key), 0, call).await?
            }
        };
        ::url::Url::parse(request.uri()).map_err(|_| internal())
    }

    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage> {
        let call = self
            .client()
            .list_object_versions()
            .bucket(&self.bucket)
            .prefix(&request.prefix)
            .set_delimiter(request.delimiter.clone())
            .set_key_marker(after.map(|a| a.0.clone()))
            .set_version_id_marker(after.and_then(|a| a.1.clone()))
            .set_max_keys(request.max_keys.map(i32::from))
            .encoding_type(EncodingType::Url);
        let page = self.call(RequestKind::ListVersions, None, 0, call.send()).await?;
        let url = page.encoding_type == Some(EncodingType::Url);
        let plain = |text: String| if url { decoded(text) } else { text };
        let contents = page.versions.unwrap_or_default().into_iter().filter_map(|v| {
            let entry = Listed {
                key: Key::new(plain(v.key?)).ok()?,
                size: v.size.unwrap_or_default().max(0) as u64,
                etag: v.e_tag.map(ETag::new),
                last_modified: time(v.last_modified.as_ref()),
                storage_class: v.storage_class.map(|c| c.as_str().to_owned()),
            };
            let is_latest = v.is_latest == Some(true);
            Some(Version { entry, id: VersionId(v.version_id?), is_latest, is_delete_marker: false })
        });
        let markers = page.delete_markers.unwrap_or_default().into_iter().filter_map(|m| {
            let key = Key::new(plain(m.key?)).ok()?;
            let last_modified = time(m.last_modified.as_ref());
            let entry = Listed { key, size: 0, etag: None, last_modified, storage_class: None };
            let is_latest = m.is_latest == Some(true);
            Some(Version { entry, id: VersionId(m.version_id?), is_latest, is_delete_marker: true })
        });
        let mut versions: Vec<_> = contents.chain(markers).collect();
        versions.sort_by(|a, b| {
            let newest = |v: &Version| (!v.is_latest, std::cmp::Reverse(v.entry.last_modified));
            a.entry.key.cmp(&b.entry.key).then_with(|| newest(a).cmp(&newest(b)))
        });
        let next = page.next_key_marker.map(plain).filter(|_| page.is_truncated == Some(true));
        Ok(VersionPage {
            versions,
            prefixes: page
                .common_prefixes
                .unwrap_or_default()
                .into_iter()
                .filter_map(|p| p.prefix.map(plain))
                .collect(),
            continuation: next.map(|key| (key, page.next_version_id_marker)),
        })
    }

    async fn versioning(&self) -> Result<Versioning> {
        let call = self.client().get_bucket_versioning().bucket(&self.bucket).send();
        let answer = self.call(RequestKind::GetVersioning, None, 0, call).await?;
        Ok(match answer.status {
            Some(BucketVersioningStatus::Enabled) => Versioning::On,
            Some(BucketVersioningStatus::Suspended) => Versioning::Suspended,
            _ => Versioning::Off,
        })
    }

    async fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        let status = match versioning {
            Versioning::On => BucketVersioningStatus::Enabled,
            _ => BucketVersioningStatus::Suspended,
        };
        let config = VersioningConfiguration::builder().status(status).build();
        let call = self.client().put_bucket_versioning().bucket(&self.bucket).versioning_configuration(config);
        self.call(RequestKind::PutVersioning, None, 0, call.send()).await.map(drop)
    }
}

impl S3Store {
    /// Ceph RGW before its release 17 completes an upload and leaves the tag empty in its answer.
    async fn completed_tag(&self, key: &Key, parts: usize) -> Result<ETag> {
        let etag = self.head(key, &ReadOptions::default()).await?.etag;
        match etag.as_str().ends_with(&format!("-{parts}")) {
            true => Ok(etag),
            false => Err(Error::Unreachable(Unreachable::NotS3 { status: 200 })),
        }
    }

    fn copy_source(&self, from: &CopyFrom) -> String {
        const KEPT: &percent_encoding::AsciiSet =
            &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
        let key = percent_encoding::utf8_percent_encode(from.key.as_str(), KEPT);
        let version = from.version.as_ref().map(|v| format!("?versionId={}", v.0)).unwrap_or_default();
        format!("{}/{key}{version}", self.bucket)
    }
}

fn refused(error: Error, options: &WriteOptions) -> Error {
    with_asked(error, options.encryption.as_ref(), options.if_absent || options.if_match.is_some())
}

fn internal() -> Error {
    Error::Server { status: 0, code: "Request".into(), message: "the request could not be built".into() }
}
