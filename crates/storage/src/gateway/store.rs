//! A folder behind a gateway as an [`ObjectStore`].

use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::StreamExt;
use reqwest::{Method, RequestBuilder, Response, header, multipart};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    GatewayLocation,
    answers::{Begun, Facts, Link, Page, Parts, Removals, Row, Sent, SentPart, Uploads, foreign, moment},
    client::{Asked, Caller},
};
use crate::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, ETag, Error, GetObject, Key, ListPage, ListRequest,
    Metadata, ObjectMeta, ObjectStore, Part, PresignMethod, ReadOptions, RequestKind, Result, Secret, Upload,
    UploadInfo, VersionPage, Versioning, WriteOptions, Written,
    body::{Content, exactly},
};

/// Header with an object's user metadata: a JSON object, base64url without padding.
const METADATA: &str = "x-holdfast-metadata";
/// Header with the SHA-256 of a part, hexadecimal.
const PART_SHA256: &str = "x-holdfast-sha256";

/// What the gateway gives this client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GatewayStore {
    caller: Caller,
}

/// What a gateway says of the client that asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientInfo {
    /// The name it is known by there; its folder in the bucket has it.
    pub name: String,
    /// What it may do: `upload`, `read`, `list`, `delete`, `presign`, `report`.
    pub permissions: Vec<String>,
    /// Largest file, bytes.
    pub max_file_size: Option<u64>,
    /// Bytes it may keep in all.
    pub quota: Option<u64>,
    /// Bytes it keeps.
    pub used: Option<u64>,
}

/// What a machine tells once a day.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DailyReport {
    /// The day, UTC, `YYYY-MM-DD`.
    pub date: String,
    /// Files sent and confirmed.
    pub files_sent: u64,
    /// Bytes of their content.
    pub bytes_sent: u64,
    /// What could not be sent.
    pub failures: Vec<ReportedFailure>,
    /// Files waiting.
    pub queue_length: u64,
    /// When the oldest of them was first seen, Unix seconds.
    pub oldest_unsent: Option<i64>,
    /// The program's version.
    pub version: Option<String>,
}

/// A file that could not be sent, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedFailure {
    /// Path on the machine.
    pub path: String,
    /// In plain words.
    pub reason: String,
}

impl GatewayStore {
    /// A store with a key. Reads the CA file, sends nothing.
    ///
    /// # Errors
    /// [`Error::Io`] when the CA file cannot be used.
    pub fn new(location: &GatewayLocation, api_key: Secret) -> Result<Self> {
        Ok(Self { caller: Caller::new(location, api_key)? })
    }

    /// Who we are there, and what we may do.
    ///
    /// # Errors
    /// [`Error::Credentials`] for a key that is not known (any more); [`Error::Unreachable`].
    pub async fn client(&self) -> Result<ClientInfo> {
        self.caller.ask(&asked(RequestKind::HeadBucket, None), self.get(&["client"], &[])).await
    }

    /// Tells what a day was like. The same day again replaces it.
    ///
    /// # Errors
    /// As [`Self::client`]; [`Error::Denied`] where the key may not report.
    pub async fn report(&self, report: &DailyReport) -> Result<()> {
        let request = self.post(&["report"], &serde_json::to_value(report).unwrap_or_default());
        self.caller.send(&asked(RequestKind::Put, None), request).await.map(drop)
    }

    fn get(&self, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        self.caller.request(Method::GET, path, query)
    }

    fn post(&self, path: &[&str], body: &Value) -> RequestBuilder {
        self.caller.request(Method::POST, path, &[]).json(body)
    }

    /// A request about an unfinished upload.
    fn about(&self, method: Method, upload: &Upload, rest: &[&str]) -> RequestBuilder {
        let path: Vec<&str> = ["upload", "resumable", &upload.id].iter().chain(rest).copied().collect();
        self.caller.request(method, &path, &[("path", upload.key.as_str())])
    }
}

fn asked(kind: RequestKind, key: Option<&Key>) -> Asked<'_> {
    Asked { kind, key, bytes: 0 }
}

fn version_is_none(options: &ReadOptions) -> Result<()> {
    match options.version {
        None => Ok(()),
        Some(_) => Err(Error::NotSupported { action: "versions behind a gateway" }),
    }
}

/// Content for a request, its length and its digest; what is in memory or in a file is hashed where nobody did before.
async fn content(body: Body) -> Result<(reqwest::Body, u64, Option<String>)> {
    let length = body.len().ok_or(Error::NotSupported { action: "writes of unknown length" })?;
    let known = body.sha256;
    let (body, digest) = match body.into_content() {
        Content::Bytes(bytes) => {
            let digest = known.unwrap_or_else(|| Sha256::digest(&bytes).into());
            (bytes.into(), Some(digest))
        }
        other => (reqwest::Body::wrap_stream(Body::from(other).into_stream()), known),
    };
    Ok((body, length, digest.map(hex::encode)))
}

/// The fields of an upload beside its content.
fn described(options: &WriteOptions) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value.into());
        }
    };
    add("content_type", options.content_type.as_deref());
    add("storage_class", options.storage_class.as_deref());
    add("if_match", options.if_match.as_ref().map(ETag::as_str));
    // Also when there is none: without it the gateway keeps the SHA-256 of its own accord.
    fields.insert("metadata".into(), json!(options.metadata));
    if options.if_absent {
        fields.insert("if_absent".into(), true.into());
    }
    fields
}

fn header_of<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The facts in the headers of a download: the object's, and which bytes follow.
fn downloaded(answer: &Response) -> Result<(ObjectMeta, std::ops::Range<u64>)> {
    let strange = || foreign(answer.status().as_u16());
    let length: u64 = header_of(answer, "content-length").and_then(|text| text.parse().ok()).ok_or_else(strange)?;
    let (start, size) = match header_of(answer, "content-range") {
        None => (0, length),
        Some(text) => {
            let (range, size) = text.strip_prefix("bytes ").and_then(|t| t.split_once('/')).ok_or_else(strange)?;
            let start = range.split_once('-').and_then(|(start, _)| start.parse().ok()).ok_or_else(strange)?;
            (start, size.parse().map_err(|_| strange())?)
        }
    };
    let metadata = match header_of(answer, METADATA) {
        None => Metadata::new(),
        Some(text) => {
            let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| strange())?;
            serde_json::from_slice(&json).map_err(|_| strange())?
        }
    };
    let modified = header_of(answer, "last-modified").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    let meta = ObjectMeta {
        size,
        etag: ETag::new(header_of(answer, "etag").ok_or_else(strange)?),
        last_modified: modified.map(|zoned| zoned.timestamp()).unwrap_or_default(),
        content_type: header_of(answer, "content-type").map(str::to_owned),
        metadata,
        headers: Default::default(),
        version: None,
        storage_class: None,
        encryption: None,
        checksum: None,
        parts: Vec::new(),
    };
    Ok((meta, start..start + length))
}

#[async_trait]
impl ObjectStore for GatewayStore {
    async fn check(&self) -> Result<()> {
        self.client().await.map(drop)
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        version_is_none(options)?;
        let request = self.get(&["exists"], &[("path", key.as_str())]);
        let facts: Facts = self.caller.ask(&asked(RequestKind::Head, Some(key)), request).await?;
        if !facts.exists {
            return Err(Error::NotFound { key: key.clone() });
        }
        let meta = facts.meta();
        match options {
            ReadOptions { if_match: Some(tag), .. } if *tag != meta.etag => {
                Err(Error::PreconditionFailed { key: key.clone() })
            }
            ReadOptions { if_none_match: Some(tag), .. } if *tag == meta.etag => {
                Err(Error::NotModified { key: key.clone(), etag: Some(meta.etag) })
            }
            _ => Ok(meta),
        }
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        version_is_none(options)?;
        let mut request = self.get(&["download"], &[("path", key.as_str())]);
        if let Some(range) = options.range {
            request = request.header(header::RANGE, range.header());
        }
        if let Some(tag) = &options.if_match {
            request = request.header(header::IF_MATCH, tag.quoted());
        }
        if let Some(tag) = &options.if_none_match {
            request = request.header(header::IF_NONE_MATCH, tag.quoted());
        }
        let answer = self.caller.send(&asked(RequestKind::Get, Some(key)), request).await?;
        if answer.status().as_u16() == 304 {
            let etag = header_of(&answer, "etag").map(ETag::new);
            return Err(Error::NotModified { key: key.clone(), etag });
        }
        let (meta, range) = downloaded(&answer)?;
        let expected = range.end - range.start;
        Ok(GetObject { meta, range, body: exactly(key.clone(), answer.bytes_stream().boxed(), expected) })
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        let (body, length, digest) = content(body).await?;
        let mut form = multipart::Form::new().text("path", key.as_str().to_owned());
        for (name, value) in described(options) {
            // A number of the JSON forms of other requests is text here.
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if name != "content_type" {
                form = form.text(name, value);
            }
        }
        if let Some(digest) = digest {
            form = form.text("sha256", digest);
        }
        let mut file = multipart::Part::stream_with_length(body, length).file_name("file");
        if let Some(kind) = &options.content_type {
            file = file.mime_str(kind).map_err(|_| Error::NotSupported { action: "this content type" })?;
        }
        let request = self.caller.request(Method::POST, &["upload"], &[]).multipart(form.part("file", file));
        let asked = Asked { kind: RequestKind::Put, key: Some(key), bytes: length };
        let sent: Sent = self.caller.ask(&asked, request).await?;
        Ok(Written { etag: ETag::new(sent.etag), version: None })
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        let limit = request.max_keys.map(|limit| limit.to_string());
        let query: Vec<(&str, &str)> = [
            ("prefix", Some(request.prefix.as_str())),
            ("delimiter", request.delimiter.as_deref()),
            ("start_after", request.start_after.as_deref()),
            ("continuation", request.continuation.as_deref()),
            ("limit", limit.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect();
        let page: Page = self.caller.ask(&asked(RequestKind::List, None), self.get(&["list"], &query)).await?;
        let objects = page.objects.into_iter().map(Row::listed).collect::<Result<_>>()?;
        Ok(ListPage { objects, prefixes: page.prefixes, continuation: page.next })
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        if options.version.is_some() {
            return Err(Error::NotSupported { action: "versions behind a gateway" });
        }
        let mut request = self.caller.request(Method::DELETE, &["object"], &[("path", key.as_str())]);
        if let Some(tag) = &options.if_match {
            request = request.header(header::IF_MATCH, tag.quoted());
        }
        self.caller.send(&asked(RequestKind::Delete, Some(key)), request).await?;
        Ok(Deleted::default())
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let paths: Vec<&str> = keys.iter().map(Key::as_str).collect();
        let request = self.post(&["objects", "delete"], &json!({ "paths": paths }));
        let answer: Removals = self.caller.ask(&asked(RequestKind::DeleteMany, None), request).await?;
        if answer.results.iter().map(|removal| removal.path.as_str()).ne(paths) {
            return Err(foreign(200));
        }
        let outcome = |error: Option<super::answers::Reason>| match error {
            None => Ok(Deleted::default()),
            Some(reason) => Err(Error::Server { status: 200, code: reason.code, message: reason.message }),
        };
        Ok(answer.results.into_iter().map(|removal| outcome(removal.error)).collect())
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        if from.version.is_some() || options.if_match.is_some() || options.if_absent {
            return Err(Error::NotSupported { action: "versions and conditions of copies behind a gateway" });
        }
        let mut body = described(options);
        body.insert("from".into(), from.key.as_str().into());
        body.insert("to".into(), to.as_str().into());
        if let Some(tag) = &from.if_match {
            body.insert("if_match".into(), tag.as_str().into());
        }
        let request = self.post(&["copy"], &body.into());
        let sent: Sent = self.caller.ask(&asked(RequestKind::Copy, Some(&from.key)), request).await?;
        Ok(Written { etag: ETag::new(sent.etag), version: None })
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        let mut body = described(options);
        body.insert("path".into(), key.as_str().into());
        let request = self.post(&["upload", "resumable"], &body.into());
        let begun: Begun = self.caller.ask(&asked(RequestKind::CreateMultipart, Some(key)), request).await?;
        Ok(Upload { key: key.clone(), id: begun.upload_id })
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        let (body, length, digest) = content(body).await?;
        let mut request = self.about(Method::PUT, upload, &["parts", &number.to_string()]);
        request = request.header(header::CONTENT_LENGTH, length).body(body);
        if let Some(digest) = digest {
            request = request.header(PART_SHA256, digest);
        }
        let asked = Asked { kind: RequestKind::UploadPart, key: Some(&upload.key), bytes: length };
        self.caller.ask::<SentPart>(&asked, request).await.map(Part::from)
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        let asked = asked(RequestKind::ListParts, Some(&upload.key));
        let parts: Parts = self.caller.ask(&asked, self.about(Method::GET, upload, &[])).await?;
        Ok(parts.parts.into_iter().map(Part::from).collect())
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        options.without_check()?;
        let mut body = json!({ "parts": parts.iter().map(SentPart::from).collect::<Vec<_>>() });
        if options.if_absent {
            body["if_absent"] = true.into();
        }
        if let Some(tag) = &options.if_match {
            body["if_match"] = tag.as_str().into();
        }
        let asked = asked(RequestKind::CompleteMultipart, Some(&upload.key));
        let sent: Sent = self.caller.ask(&asked, self.about(Method::POST, upload, &["complete"]).json(&body)).await?;
        Ok(Written { etag: ETag::new(sent.etag), version: None })
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        let asked = asked(RequestKind::AbortMultipart, Some(&upload.key));
        match self.caller.send(&asked, self.about(Method::DELETE, upload, &[])).await {
            Ok(_) | Err(Error::NoSuchUpload { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        let request = self.get(&["upload", "resumable"], &[("prefix", prefix)]);
        let answer: Uploads = self.caller.ask(&asked(RequestKind::ListUploads, None), request).await?;
        let one = |found: super::answers::Unfinished| {
            let upload = Upload { key: Key::new(&found.path)?, id: found.upload_id };
            Ok(UploadInfo { upload, initiated: found.initiated.and_then(moment) })
        };
        answer.uploads.into_iter().map(one).collect()
    }

    async fn presign(&self, method: PresignMethod, key: &Key, expires: Duration) -> Result<::url::Url> {
        let path: Vec<&str> = std::iter::once("presigned-url").chain(key.as_str().split('/')).collect();
        let method = match method {
            PresignMethod::Get => "GET",
            PresignMethod::Put => "PUT",
        };
        let expires = expires.as_secs().to_string();
        let request = self.get(&path, &[("method", method), ("expires", &expires)]);
        let link: Link = self.caller.ask(&asked(RequestKind::Get, Some(key)), request).await?;
        ::url::Url::parse(&link.url).map_err(|_| foreign(200))
    }

    async fn list_versions(&self, _: &ListRequest, _: Option<&(String, Option<String>)>) -> Result<VersionPage> {
        Err(Error::NotSupported { action: "versions behind a gateway" })
    }

    async fn versioning(&self) -> Result<Versioning> {
        Err(Error::NotSupported { action: "versions behind a gateway" })
    }

    async fn set_versioning(&self, _: Versioning) -> Result<()> {
        Err(Error::NotSupported { action: "versions behind a gateway" })
    }
}
