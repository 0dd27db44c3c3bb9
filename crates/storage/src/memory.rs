//! A store in memory: the reference for what every other store must do, and the place of fast tests.
//!
//! It keeps everything until it is dropped and offers no links.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;
use md5::{Digest, Md5};
use sha2::Sha256;
use tokio::sync::Mutex;

use crate::{
    Body, Checksum, CompleteOptions, CopyFrom, DeleteOptions, Deleted, ETag, Error, GetObject, Key, ListPage,
    ListRequest, Listed, NotAsAnnounced, ObjectMeta, ObjectStore, Part, PresignMethod, ReadOptions, Result, Upload,
    UploadInfo, Version, VersionId, VersionPage, Versioning, WriteOptions, Written,
};

/// The smallest size of a part that is not the last (S3 user guide, "multipart upload limits").
pub const MIN_PART_BYTES: u64 = 5 << 20;

/// A bucket in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    ids: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<Key, Vec<Stored>>,
    uploads: BTreeMap<String, Pending>,
    versioning: Versioning,
}

#[derive(Debug, Clone)]
struct Stored {
    meta: ObjectMeta,
    content: Option<Bytes>,
}

#[derive(Debug)]
struct Pending {
    key: Key,
    options: WriteOptions,
    initiated: Timestamp,
    parts: BTreeMap<u16, (Part, Bytes)>,
}

impl MemoryStore {
    /// An empty bucket without versions.
    pub fn new() -> Self {
        Self::default()
    }

    fn next_id(&self) -> String {
        format!("{:016}", self.ids.fetch_add(1, Ordering::Relaxed))
    }
}

impl State {
    fn current(&self, key: &Key) -> Option<&Stored> {
        self.objects.get(key)?.last().filter(|stored| stored.content.is_some())
    }

    fn find(&self, key: &Key, version: Option<&VersionId>) -> Result<&Stored> {
        let found = match version {
            None => self.current(key),
            Some(id) => self.objects.get(key).and_then(|all| {
                all.iter().find(|s| s.content.is_some() && s.meta.version.as_ref().unwrap_or(&null_version()) == id)
            }),
        };
        found.ok_or_else(|| Error::NotFound { key: key.clone() })
    }

    fn check_write(&self, key: &Key, if_absent: bool, if_match: Option<&ETag>) -> Result<()> {
        let current = self.current(key);
        let fits = match if_match {
            Some(tag) => match current {
                Some(stored) => stored.meta.etag == *tag,
                None => return Err(Error::NotFound { key: key.clone() }),
            },
            None => true,
        };
        match fits && !(if_absent && current.is_some()) {
            true => Ok(()),
            false => Err(Error::PreconditionFailed { key: key.clone() }),
        }
    }

    fn publish(&mut self, key: &Key, mut stored: Stored, id: String) -> Written {
        let slot = self.objects.entry(key.clone()).or_default();
        match self.versioning {
            Versioning::On => stored.meta.version = Some(VersionId(id)),
            Versioning::Off => slot.clear(),
            Versioning::Suspended => {
                slot.retain(|s| s.meta.version.as_ref().is_some_and(|v| *v != null_version()));
                stored.meta.version = Some(null_version());
            }
        }
        let written = Written { etag: stored.meta.etag.clone(), version: stored.meta.version.clone() };
        slot.push(stored);
        written
    }

    fn delete(&mut self, key: &Key, options: &DeleteOptions, id: String) -> Result<Deleted> {
        if let (Some(tag), Some(stored)) = (&options.if_match, self.current(key))
            && stored.meta.etag != *tag
        {
            return Err(Error::PreconditionFailed { key: key.clone() });
        }
        if let Some(version) = &options.version {
            return Ok(self.delete_version(key, version));
        }
        if self.versioning == Versioning::Off {
            self.objects.remove(key);
            return Ok(Deleted::default());
        }
        let marker = Stored { meta: object_meta(ETag::new(""), 0, &WriteOptions::default()), content: None };
        let written = self.publish(key, marker, id);
        Ok(Deleted { version: written.version, delete_marker: true })
    }

    fn delete_version(&mut self, key: &Key, version: &VersionId) -> Deleted {
        let mut deleted = Deleted { version: Some(version.clone()), delete_marker: false };
        if let Some(all) = self.objects.get_mut(key) {
            all.retain(|stored| {
                let hit = stored.meta.version.as_ref().unwrap_or(&null_version()) == version;
                deleted.delete_marker |= hit && stored.content.is_none();
                !hit
            });
            if all.is_empty() {
                self.objects.remove(key);
            }
        }
        deleted
    }

    fn upload(&mut self, upload: &Upload) -> Result<&mut Pending> {
        self.uploads
            .get_mut(&upload.id)
            .filter(|pending| pending.key == upload.key)
            .ok_or_else(|| Error::NoSuchUpload { key: upload.key.clone() })
    }
}

fn null_version() -> VersionId {
    VersionId("null".into())
}

fn object_meta(etag: ETag, size: u64, options: &WriteOptions) -> ObjectMeta {
    ObjectMeta {
        size,
        etag,
        last_modified: Timestamp::now(),
        content_type: options.content_type.clone(),
        metadata: options.metadata.clone(),
        headers: options.headers.clone(),
        version: None,
        storage_class: options.storage_class.clone(),
        encryption: options.encryption.clone(),
        checksum: options.checksum.clone(),
        parts: Vec::new(),
    }
}

/// Takes in a body and checks that it is what was announced.
async fn take_in(key: &Key, body: Body, checksum: Option<&Checksum>) -> Result<Bytes> {
    let (announced, mut sha256) = (body.len(), body.sha256);
    if let Some(checksum) = checksum.filter(|checksum| checksum.algorithm == "SHA256") {
        sha256 = BASE64_STANDARD.decode(&checksum.value).ok().and_then(|digest| digest.try_into().ok()).or(sha256);
    }
    let content = body.collect().await?;
    let got = content.len() as u64;
    if let Some(expected) = announced.filter(|len| *len != got) {
        return Err(Error::Truncated { key: key.clone(), expected, got });
    }
    match sha256.is_none_or(|digest| Sha256::digest(&content)[..] == digest) {
        true => Ok(content),
        false => Err(Error::BadDigest { key: key.clone() }),
    }
}

fn md5_of(content: &[u8]) -> ETag {
    ETag::new(hex::encode(Md5::digest(content)))
}

/// The checksum of an upload, when the completion wants one.
fn checked(
    have: &[&(Part, Bytes)],
    begun: &WriteOptions,
    options: &CompleteOptions,
) -> std::result::Result<Option<Checksum>, NotAsAnnounced> {
    let Some(check) = &options.check else { return Ok(begun.checksum.clone()) };
    let Some(mut digest) = check.begin(begun)? else { return Ok(begun.checksum.clone()) };
    for (_, bytes) in have {
        digest.update(bytes);
        digest.end_part();
    }
    digest.finish().map(Some)
}

/// Runs of equal parts: how large, how many.
pub(crate) fn part_runs(parts: &[Part]) -> Vec<(u64, u32)> {
    let mut runs: Vec<(u64, u32)> = Vec::new();
    for part in parts {
        match runs.last_mut() {
            Some((size, count)) if *size == part.size => *count += 1,
            _ => runs.push((part.size, 1)),
        }
    }
    runs
}

/// A multipart ETag: MD5 over the binary MD5s of the parts, then `-` and their number.
pub(crate) fn multipart_etag(parts: &[Part]) -> ETag {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(hex::decode(part.etag.as_str()).unwrap_or_default());
    }
    ETag::new(format!("{}-{}", hex::encode(digest.finalize()), parts.len()))
}

fn check_read(key: &Key, meta: &ObjectMeta, options: &ReadOptions) -> Result<()> {
    if options.if_match.as_ref().is_some_and(|tag| *tag != meta.etag) {
        return Err(Error::PreconditionFailed { key: key.clone() });
    }
    if options.if_none_match.as_ref().is_some_and(|tag| *tag == meta.etag) {
        return Err(Error::NotModified { key: key.clone(), etag: Some(meta.etag.clone()) });
    }
    Ok(())
}

/// Walks sorted keys the way a listing does: skips to where it begins, groups by delimiter, stops at the page's end.
pub(crate) fn list_page<T>(
    request: &ListRequest,
    rows: impl Iterator<Item = (String, T)>,
    mut emit: impl FnMut(T),
) -> (Vec<String>, Option<String>) {
    let limit = usize::from(request.max_keys.unwrap_or(1000)).min(1000);
    let after = request.continuation.as_deref().or(request.start_after.as_deref());
    let delimiter = request.delimiter.as_deref().filter(|d| !d.is_empty());
    let (mut prefixes, mut count, mut last) = (Vec::<String>::new(), 0, None::<String>);
    for (key, row) in rows {
        if !key.starts_with(&request.prefix) || after.is_some_and(|after| key.as_str() <= after) {
            continue;
        }
        let group = delimiter.and_then(|d| {
            let end = key[request.prefix.len()..].find(d)? + request.prefix.len() + d.len();
            Some(key[..end].to_owned())
        });
        if let Some(group) = &group
            && (prefixes.last() == Some(group) || after.is_some_and(|after| after.starts_with(group.as_str())))
        {
            continue;
        }
        if count == limit {
            return (prefixes, last);
        }
        count += 1;
        match group {
            Some(group) => {
                last = Some(format!("{group}\u{10ffff}"));
                prefixes.push(group);
            }
            None => {
                last = Some(key);
                emit(row);
            }
        }
    }
    (prefixes, None)
}

fn listed(key: &Key, meta: &ObjectMeta) -> Listed {
    Listed {
        key: key.clone(),
        size: meta.size,
        etag: Some(meta.etag.clone()),
        last_modified: Some(meta.last_modified),
        storage_class: meta.storage_class.clone(),
    }
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn check(&self) -> Result<()> {
        Ok(())
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        let state = self.state.lock().await;
        let stored = state.find(key, options.version.as_ref())?;
        check_read(key, &stored.meta, options)?;
        Ok(stored.meta.clone())
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        let state = self.state.lock().await;
        let stored = state.find(key, options.version.as_ref())?.clone();
        check_read(key, &stored.meta, options)?;
        let size = stored.meta.size;
        let range = match options.range {
            None => 0..size,
            Some(range) => {
                range.resolve(size).ok_or_else(|| Error::InvalidRange { key: key.clone(), size: Some(size) })?
            }
        };
        let content = stored.content.unwrap_or_default().slice(range.start as usize..range.end as usize);
        Ok(GetObject { meta: stored.meta, range, body: futures::stream::once(async { Ok(content) }).boxed() })
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        let late = body.late_checksum.clone();
        let content = take_in(key, body, options.checksum.as_ref()).await?;
        let mut meta = object_meta(md5_of(&content), content.len() as u64, options);
        meta.checksum = meta.checksum.or_else(|| late.and_then(|late| late.get()));
        let mut state = self.state.lock().await;
        state.check_write(key, options.if_absent, options.if_match.as_ref())?;
        Ok(state.publish(key, Stored { meta, content: Some(content) }, self.next_id()))
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        let state = self.state.lock().await;
        let rows = state.objects.keys().filter_map(|key| {
            let stored = state.current(key)?;
            Some((key.as_str().to_owned(), listed(key, &stored.meta)))
        });
        let mut objects = Vec::new();
        let (prefixes, continuation) = list_page(request, rows, |row| objects.push(row));
        Ok(ListPage { objects, prefixes, continuation })
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        self.state.lock().await.delete(key, options, self.next_id())
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        let mut state = self.state.lock().await;
        Ok(keys.iter().map(|key| state.delete(key, &DeleteOptions::default(), self.next_id())).collect())
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        let mut state = self.state.lock().await;
        let source = state.find(&from.key, from.version.as_ref())?.clone();
        if from.if_match.as_ref().is_some_and(|tag| *tag != source.meta.etag) {
            return Err(Error::PreconditionFailed { key: from.key.clone() });
        }
        let mut meta = object_meta(source.meta.etag.clone(), source.meta.size, options);
        meta.checksum = meta.checksum.or(source.meta.checksum);
        meta.parts = source.meta.parts;
        state.check_write(to, options.if_absent, options.if_match.as_ref())?;
        Ok(state.publish(to, Stored { meta, content: source.content }, self.next_id()))
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        let id = self.next_id();
        let pending =
            Pending { key: key.clone(), options: options.clone(), initiated: Timestamp::now(), parts: BTreeMap::new() };
        self.state.lock().await.uploads.insert(id.clone(), pending);
        Ok(Upload { key: key.clone(), id })
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        let content = take_in(&upload.key, body, None).await?;
        let part = Part { number, etag: md5_of(&content), size: content.len() as u64 };
        self.state.lock().await.upload(upload)?.parts.insert(number, (part.clone(), content));
        Ok(part)
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        let mut state = self.state.lock().await;
        Ok(state.upload(upload)?.parts.values().map(|(part, _)| part.clone()).collect())
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        let key = || upload.key.clone();
        let mut state = self.state.lock().await;
        let pending = state.upload(upload)?;
        if parts.is_empty() {
            return Err(Error::InvalidPart { key: key() });
        }
        if !parts.is_sorted_by(|a, b| a.number < b.number) {
            return Err(Error::InvalidPartOrder { key: key() });
        }
        let have = parts.iter().map(|part| pending.parts.get(&part.number).filter(|(have, _)| have.etag == part.etag));
        let have: Vec<_> = have.collect::<Option<_>>().ok_or_else(|| Error::InvalidPart { key: key() })?;
        if have.iter().rev().skip(1).any(|(part, _)| part.size < MIN_PART_BYTES) {
            return Err(Error::PartTooSmall { key: key() });
        }
        let content: Vec<u8> = have.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        let mut meta = object_meta(multipart_etag(parts), content.len() as u64, &pending.options);
        meta.parts = part_runs(&have.iter().map(|(part, _)| part.clone()).collect::<Vec<_>>());
        let checksum = checked(&have, &pending.options, options);
        state.check_write(&upload.key, options.if_absent, options.if_match.as_ref())?;
        meta.checksum = checksum.map_err(|NotAsAnnounced| Error::BadDigest { key: key() })?;
        state.uploads.remove(&upload.id);
        Ok(state.publish(&upload.key, Stored { meta, content: Some(content.into()) }, self.next_id()))
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        self.state.lock().await.uploads.remove(&upload.id);
        Ok(())
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        let state = self.state.lock().await;
        let pending = state.uploads.iter().filter(|(_, p)| p.key.as_str().starts_with(prefix));
        let mut uploads: Vec<_> = pending
            .map(|(id, p)| UploadInfo {
                upload: Upload { key: p.key.clone(), id: id.clone() },
                initiated: Some(p.initiated),
            })
            .collect();
        uploads.sort_by(|a, b| a.upload.key.cmp(&b.upload.key));
        Ok(uploads)
    }

    async fn presign(&self, _: PresignMethod, _: &Key, _: Duration) -> Result<::url::Url> {
        Err(Error::NotSupported { action: "presigned links" })
    }

    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage> {
        let state = self.state.lock().await;
        let mut all = Vec::new();
        for (key, stored) in state.objects.iter().filter(|(key, _)| key.as_str().starts_with(&request.prefix)) {
            for (age, one) in stored.iter().rev().enumerate() {
                all.push(Version {
                    entry: listed(key, &one.meta),
                    id: one.meta.version.clone().unwrap_or_else(null_version),
                    is_latest: age == 0,
                    is_delete_marker: one.content.is_none(),
                });
            }
        }
        let skip = match after {
            None => 0,
            Some((key, None)) => all.iter().take_while(|v| v.entry.key.as_str() <= key.as_str()).count(),
            Some((key, Some(id))) => {
                let at = all.iter().position(|v| v.entry.key.as_str() == key && v.id.0 == *id);
                at.map_or(all.len(), |at| at + 1)
            }
        };
        let limit = usize::from(request.max_keys.unwrap_or(1000)).min(1000);
        let versions: Vec<_> = all[skip..].iter().take(limit).cloned().collect();
        let more = skip + versions.len() < all.len();
        let continuation = versions.last().filter(|_| more);
        let continuation = continuation.map(|v| (v.entry.key.to_string(), Some(v.id.0.clone())));
        Ok(VersionPage { versions, prefixes: Vec::new(), continuation })
    }

    async fn versioning(&self) -> Result<Versioning> {
        Ok(self.state.lock().await.versioning)
    }

    async fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        let mut state = self.state.lock().await;
        if versioning == Versioning::Off && state.versioning != Versioning::Off {
            return Err(Error::NotSupported { action: "PutBucketVersioning (Off)" });
        }
        state.versioning = versioning;
        Ok(())
    }
}
