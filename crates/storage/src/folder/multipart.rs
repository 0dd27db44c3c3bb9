//! Multipart uploads: a folder per upload with a file per part, named by number, MD5 and size.
//!
//! An upload is there as long as its `upload.json` is; whoever completes or aborts it holds a lock on that file. The
//! answer of a completion is kept so that repeating it gives the same, even when the first answer was lost to a crash.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    change, index,
    layout::{is_missing, sync_dir, write_whole},
    read::Reader,
    stage::{self, Filled, Staged},
    writer::{Change, Conditions, Outcome},
};
use crate::{
    Checksum, CompleteOptions, ETag, Error, Headers, Key, Metadata, NotAsAnnounced, Part, PartsChecksum, PartsDigest,
    Result, Upload, UploadInfo, VersionId, WriteOptions, Written,
    memory::{MIN_PART_BYTES, multipart_etag, part_runs},
};

const ABOUT: &str = "upload.json";
const MAX_PART_NUMBER: u16 = 10_000;
/// Bytes of a part that are looked at at once.
const LOOK_BYTES: usize = 256 << 10;

/// What an upload will become.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pending {
    key: String,
    initiated: Timestamp,
    content_type: Option<String>,
    metadata: Metadata,
    #[serde(default)]
    headers: Headers,
    checksum: Option<(String, String)>,
    /// Algorithm, and whether it goes over the whole content.
    #[serde(default)]
    parts_checksum: Option<(String, bool)>,
}

impl Pending {
    fn options(&self) -> WriteOptions {
        WriteOptions {
            content_type: self.content_type.clone(),
            metadata: self.metadata.clone(),
            headers: self.headers.clone(),
            checksum: self.checksum.clone().map(|(algorithm, value)| Checksum { algorithm, value }),
            parts_checksum: self.parts_checksum.clone().map(|(algorithm, whole)| PartsChecksum { algorithm, whole }),
            ..WriteOptions::default()
        }
    }
}

/// The kept answer of a completion.
#[derive(Debug, Serialize, Deserialize)]
struct Completed {
    key: String,
    at: Timestamp,
    etag: String,
    version: Option<String>,
}

impl Reader {
    pub fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        let doing = "beginning an upload";
        self.shared.check_open()?;
        let pending = Pending {
            key: key.as_str().to_owned(),
            initiated: Timestamp::now(),
            content_type: options.content_type.clone(),
            metadata: options.metadata.clone(),
            headers: options.headers.clone(),
            checksum: options.checksum.clone().map(|c| (c.algorithm, c.value)),
            parts_checksum: options.parts_checksum.clone().map(|c| (c.algorithm, c.whole)),
        };
        let id = uuid::Uuid::now_v7().simple().to_string();
        let text = serde_json::to_vec(&pending).map_err(|e| Error::io(doing, e.into()))?;
        let temp = self.shared.temp_name();
        let made = fs::create_dir(temp.path())
            .and_then(|()| write_whole(&temp.path().join(ABOUT), &text))
            .and_then(|()| fs::rename(temp.path(), self.shared.layout.upload(&id)))
            .and_then(|()| sync_dir(&self.shared.layout.uploads()));
        made.map_err(|e| self.shared.layout.failed(doing, e))?;
        Ok(Upload { key: key.clone(), id })
    }

    /// The upload as it was begun, if it still is.
    fn pending(&self, upload: &Upload) -> Result<Pending> {
        self.shared.check_open()?;
        let gone = || Error::NoSuchUpload { key: upload.key.clone() };
        if !is_id(&upload.id) {
            return Err(gone());
        }
        let pending = read_pending(&self.shared.layout.upload(&upload.id));
        let pending = pending.map_err(|e| self.shared.layout.failed("reading an upload", e))?;
        pending.filter(|p| p.key == upload.key.as_str()).ok_or_else(gone)
    }

    pub fn check_upload(&self, upload: &Upload, number: u16) -> Result<()> {
        self.pending(upload)?;
        match (1..=MAX_PART_NUMBER).contains(&number) {
            true => Ok(()),
            false => Err(Error::InvalidPart { key: upload.key.clone() }),
        }
    }

    /// Puts a received part beside the others of its upload.
    pub fn keep_part(&self, upload: &Upload, number: u16, filled: Filled) -> Result<Part> {
        let failed = |e: io::Error| match is_missing(&e) {
            true => Error::NoSuchUpload { key: upload.key.clone() },
            false => Error::io("keeping a part", e),
        };
        let folder = self.shared.layout.upload(&upload.id);
        filled.file.sync_all().map_err(failed)?;
        let lock = File::open(folder.join(ABOUT)).map_err(failed)?;
        let _ = lock.lock();
        let name = format!("{number:05}-{}-{}", filled.md5, filled.size);
        fs::rename(filled.temp.path(), folder.join(&name)).map_err(failed)?;
        for (path, part) in read_parts(&folder).map_err(failed)? {
            if part.number == number && path.file_name().is_some_and(|n| n != name.as_str()) {
                super::layout::remove_file(&path).map_err(failed)?;
            }
        }
        sync_dir(&folder).map_err(failed)?;
        Ok(Part { number, etag: ETag::new(filled.md5), size: filled.size })
    }

    pub fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.pending(upload)?;
        let parts = self.parts(upload)?;
        Ok(parts.into_values().map(|(_, part)| part).collect())
    }

    fn parts(&self, upload: &Upload) -> Result<BTreeMap<u16, (PathBuf, Part)>> {
        let parts = read_parts(&self.shared.layout.upload(&upload.id));
        let parts = parts.map_err(|e| self.shared.layout.failed("reading the parts of an upload", e))?;
        Ok(parts.into_iter().map(|(path, part)| (part.number, (path, part))).collect())
    }

    pub fn complete(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        if let Some(written) = self.completed(upload)? {
            return Ok(written);
        }
        self.pending(upload)?;
        let lock = self.lock_upload(upload)?;
        if let Some(written) = self.completed(upload)? {
            return Ok(written);
        }
        let pending = self.pending(upload)?;
        let written = match self.published(upload)? {
            Some(written) => written,
            None => self.assemble_and_publish(upload, &pending, parts, options)?,
        };
        self.remember(upload, &written)?;
        self.remove_upload(upload)?;
        drop(lock);
        Ok(written)
    }

    fn lock_upload(&self, upload: &Upload) -> Result<File> {
        let opened = File::open(self.shared.layout.upload(&upload.id).join(ABOUT));
        let file = opened.map_err(|_| Error::NoSuchUpload { key: upload.key.clone() })?;
        let _ = file.lock();
        Ok(file)
    }

    /// The answer given before, if this upload was completed.
    fn completed(&self, upload: &Upload) -> Result<Option<Written>> {
        self.shared.check_open()?;
        if !is_id(&upload.id) {
            return Ok(None);
        }
        let text = match fs::read(self.shared.layout.completed(&upload.id)) {
            Ok(text) => text,
            Err(e) if is_missing(&e) => return Ok(None),
            Err(e) => return Err(Error::io("reading a kept answer", e)),
        };
        let kept: Completed =
            serde_json::from_slice(&text).map_err(|e| Error::io("reading a kept answer", e.into()))?;
        let same = kept.key == upload.key.as_str();
        Ok(same.then(|| Written { etag: ETag::new(kept.etag), version: kept.version.map(VersionId) }))
    }

    /// Finds the object of an upload that was published by a process which died before it could say so.
    fn published(&self, upload: &Upload) -> Result<Option<Written>> {
        let current = self.open_current(&upload.key)?.map(|opened| opened.record);
        let old = self.shared.read(|db| index::old(db, upload.key.as_str()))?;
        let mut records = current.into_iter().chain(old.into_iter().map(|row| row.record));
        let found = records.find(|record| record.upload.as_deref() == Some(&upload.id));
        Ok(found.map(|record| Written { etag: ETag::new(&record.etag), version: record.version_id() }))
    }

    fn assemble_and_publish(
        &self,
        upload: &Upload,
        pending: &Pending,
        parts: &[Part],
        options: &CompleteOptions,
    ) -> Result<Written> {
        let have = self.parts(upload)?;
        let files = choose(&upload.key, parts, &have)?;
        let conditions = Conditions { if_absent: options.if_absent, if_match: options.if_match.clone() };
        let current = self.open_current(&upload.key)?;
        change::check(&upload.key, current.as_ref().map(|opened| &opened.record), &conditions)?;
        let staged = self.assemble(upload, pending, &files, options)?;
        let answer = self.submit(Change::Put { key: upload.key.clone(), staged, conditions })?;
        match answer.blocking_recv().map_err(|_| self.shared.layout.no_such_bucket())?? {
            Outcome::Written(written) => Ok(written),
            _ => Err(self.shared.layout.no_such_bucket()),
        }
    }

    fn assemble(
        &self,
        upload: &Upload,
        pending: &Pending,
        files: &[(PathBuf, Part)],
        options: &CompleteOptions,
    ) -> Result<Staged> {
        let failed = |e| self.shared.layout.failed("putting the parts of an upload together", e);
        let refused = |NotAsAnnounced| Error::BadDigest { key: upload.key.clone() };
        let begun = pending.options();
        let looked = options.check.as_ref().map(|check| check.begin(&begun)).transpose().map_err(refused)?;
        let mut digest = looked.flatten();
        let parts: Vec<Part> = files.iter().map(|(_, part)| part.clone()).collect();
        let (temp, mut file) = self.shared.temp()?;
        for (path, part) in files {
            let copied = File::open(path).and_then(|from| copy_part(from, &mut file, digest.as_deref_mut()));
            let copied = copied.map_err(failed)?;
            if copied != part.size {
                return Err(Error::InvalidPart { key: upload.key.clone() });
            }
        }
        let size = parts.iter().map(|part| part.size).sum();
        let etag = multipart_etag(&parts).as_str().to_owned();
        let mut record = stage::describe(upload.key.as_str(), etag, size, &begun);
        if let Some(digest) = digest {
            let checksum = digest.finish().map_err(refused)?;
            record.checksum = Some((checksum.algorithm, checksum.value));
        }
        record.upload = Some(upload.id.clone());
        record.parts = part_runs(&parts);
        stage::seal(&self.shared, temp, &file, record)
    }

    fn remember(&self, upload: &Upload, written: &Written) -> Result<()> {
        let doing = "keeping the answer of a completion";
        let kept = Completed {
            key: upload.key.as_str().to_owned(),
            at: Timestamp::now(),
            etag: written.etag.as_str().to_owned(),
            version: written.version.clone().map(|v| v.0),
        };
        let text = serde_json::to_vec(&kept).map_err(|e| Error::io(doing, e.into()))?;
        write_whole(&self.shared.layout.completed(&upload.id), &text).map_err(|e| self.shared.layout.failed(doing, e))
    }

    /// Takes an upload away in one step; its parts are then removed.
    fn remove_upload(&self, upload: &Upload) -> Result<()> {
        let temp = self.shared.temp_name();
        match fs::rename(self.shared.layout.upload(&upload.id), temp.path()) {
            Err(e) if !is_missing(&e) => Err(Error::io("removing an upload", e)),
            _ => sync_dir(&self.shared.layout.uploads()).map_err(|e| Error::io("removing an upload", e)),
        }
    }

    pub fn abort(&self, upload: &Upload) -> Result<()> {
        match self.pending(upload) {
            Err(Error::NoSuchUpload { .. }) => return Ok(()),
            other => other?,
        };
        match self.lock_upload(upload) {
            Ok(_lock) => self.remove_upload(upload),
            Err(_) => Ok(()),
        }
    }

    pub fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        self.shared.check_open()?;
        let failed = |e| self.shared.layout.failed("listing unfinished uploads", e);
        let mut uploads = Vec::new();
        for entry in fs::read_dir(self.shared.layout.uploads()).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(pending) = read_pending(&path).map_err(failed)? else { continue };
            if let (true, Some(id)) = (pending.key.starts_with(prefix), path.file_name()) {
                let upload = Upload { key: Key::new(&pending.key)?, id: id.to_string_lossy().into_owned() };
                uploads.push(UploadInfo { upload, initiated: Some(pending.initiated) });
            }
        }
        uploads.sort_by(|a, b| (&a.upload.key, &a.upload.id).cmp(&(&b.upload.key, &b.upload.id)));
        Ok(uploads)
    }

    /// Removes uploads and kept answers older than `age`. Returns how many uploads went.
    pub fn expire_uploads(&self, now: Timestamp, age: Duration) -> Result<usize> {
        let is_old = |at: Timestamp| Duration::try_from(now.duration_since(at)).is_ok_and(|passed| passed > age);
        let mut gone = 0;
        for info in self.list_uploads("")?.into_iter().filter(|info| info.initiated.is_some_and(is_old)) {
            self.abort(&info.upload)?;
            gone += 1;
        }
        let failed = |e| self.shared.layout.failed("removing kept answers of completions", e);
        for entry in fs::read_dir(self.shared.layout.private.join("completed")).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let kept = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Completed>(&text).ok());
            if kept.is_some_and(|kept| is_old(kept.at)) {
                super::layout::remove_file(&path).map_err(failed)?;
            }
        }
        Ok(gone)
    }
}

/// Ids are ours: hex digits. Anything else never reaches a path.
fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

fn read_pending(folder: &Path) -> io::Result<Option<Pending>> {
    match fs::read(folder.join(ABOUT)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(e) if is_missing(&e) => Ok(None),
        Err(e) => Err(e),
    }
}

fn read_parts(folder: &Path) -> io::Result<Vec<(PathBuf, Part)>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        parts.extend(parse_part(&entry.file_name().to_string_lossy()).map(|part| (entry.path(), part)));
    }
    parts.sort_by_cached_key(|(path, _)| fs::metadata(path).and_then(|facts| facts.modified()).ok());
    Ok(parts)
}

fn parse_part(name: &str) -> Option<Part> {
    let mut fields = name.split('-');
    let (number, md5, size) = (fields.next()?.parse().ok()?, fields.next()?, fields.next()?.parse().ok()?);
    Some(Part { number, etag: ETag::new(md5), size })
}

/// The files of the named parts, as S3 wants them: in ascending order, present, with these tags, large enough.
fn choose(key: &Key, parts: &[Part], have: &BTreeMap<u16, (PathBuf, Part)>) -> Result<Vec<(PathBuf, Part)>> {
    if parts.is_empty() {
        return Err(Error::InvalidPart { key: key.clone() });
    }
    if !parts.is_sorted_by(|a, b| a.number < b.number) {
        return Err(Error::InvalidPartOrder { key: key.clone() });
    }
    let chosen = parts.iter().map(|part| have.get(&part.number).filter(|(_, have)| have.etag == part.etag).cloned());
    let chosen: Vec<_> = chosen.collect::<Option<_>>().ok_or_else(|| Error::InvalidPart { key: key.clone() })?;
    let small = chosen.iter().rev().skip(1).any(|(_, part)| part.size < MIN_PART_BYTES);
    if small { Err(Error::PartTooSmall { key: key.clone() }) } else { Ok(chosen) }
}

/// Puts a part behind the others. Without anybody who looks at the content the system copies it by itself.
fn copy_part(mut from: File, to: &mut File, digest: Option<&mut (dyn PartsDigest + 'static)>) -> io::Result<u64> {
    let Some(digest) = digest else { return io::copy(&mut from, to) };
    let (mut buffer, mut copied) = (vec![0; LOOK_BYTES], 0);
    loop {
        let got = from.read(&mut buffer)?;
        if got == 0 {
            digest.end_part();
            return Ok(copied);
        }
        digest.update(&buffer[..got]);
        to.write_all(&buffer[..got])?;
        copied += got as u64;
    }
}
