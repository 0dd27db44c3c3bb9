//! The metadata record of an object: kept with its file, so that the rename which publishes the one publishes both.
//!
//! It is JSON in the extended attribute `user.holdfast` of the file. Where the file system has no room for it there, it
//! is a file `.holdfast/records/ab/<hash of key>-<mtime>-<size>.json`, made durable before the content is published: its
//! name binds it to exactly one content, so records of old and new content stand side by side and none fits the other.
//! A record whose size or mtime is not the file's is never believed.

use std::{
    fs::{self, File, Metadata as FileFacts},
    io,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    layout::{Layout, Records, is_missing, sync_dir, write_whole},
    names::key_hash,
};
use crate::{Checksum, ETag, Headers, Metadata, ObjectMeta, VersionId};

#[cfg(unix)]
const ATTRIBUTE: &str = "user.holdfast";
/// The largest record looked for in an attribute.
#[cfg(unix)]
const ATTRIBUTE_BYTES: usize = 64 << 10;

/// Everything known of an object but its content. The short names are those of the JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "k")]
    pub key: String,
    /// Orders the versions of a key; nanoseconds since 1970 when it was written, made unique.
    #[serde(rename = "q")]
    pub seq: i64,
    #[serde(rename = "s")]
    pub size: u64,
    /// Modification time of the file, in nanoseconds since 1970.
    #[serde(rename = "t")]
    pub mtime: i64,
    #[serde(rename = "e")]
    pub etag: String,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub marker: bool,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(rename = "m", default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    #[serde(rename = "h", default, skip_serializing_if = "Headers::is_empty")]
    pub headers: Headers,
    /// Algorithm and value.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<(String, String)>,
    /// The multipart upload it came from.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// Runs of equal parts (size, how many), by which a part is found and a multipart tag can be computed again.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<(u64, u32)>,
}

impl Record {
    pub fn meta(&self) -> ObjectMeta {
        ObjectMeta {
            size: self.size,
            etag: ETag::new(&self.etag),
            last_modified: self.last_modified(),
            content_type: self.content_type.clone(),
            metadata: self.metadata.clone(),
            headers: self.headers.clone(),
            version: self.version_id(),
            storage_class: None,
            encryption: None,
            checksum: self.checksum.clone().map(|(algorithm, value)| Checksum { algorithm, value }),
            parts: self.parts.clone(),
        }
    }

    pub fn last_modified(&self) -> Timestamp {
        timestamp(self.mtime)
    }

    pub fn version_id(&self) -> Option<VersionId> {
        self.version.clone().map(VersionId)
    }

    /// Whether this is the version asked for; what was written without versions is `null`.
    pub fn is_version(&self, id: &VersionId) -> bool {
        self.version.as_deref().unwrap_or(NULL_VERSION) == id.0
    }

    pub fn is_null(&self) -> bool {
        self.version.as_deref().unwrap_or(NULL_VERSION) == NULL_VERSION
    }

    pub fn fits(&self, identity: &Identity) -> bool {
        self.size == identity.size && self.mtime == identity.mtime
    }
}

/// S3's name of a version made without versions.
pub(crate) const NULL_VERSION: &str = "null";

pub(crate) fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub size: u64,
    /// Nanoseconds since 1970.
    pub mtime: i64,
    /// 0 where the system has none.
    pub inode: u64,
}

impl Identity {
    pub fn of(facts: &FileFacts) -> Self {
        Self { size: facts.len(), mtime: mtime(facts), inode: inode(facts) }
    }
}

#[cfg(unix)]
fn inode(facts: &FileFacts) -> u64 {
    std::os::unix::fs::MetadataExt::ino(facts)
}
#[cfg(not(unix))]
fn inode(_: &FileFacts) -> u64 {
    0
}

fn mtime(facts: &FileFacts) -> i64 {
    let signed = |d: Duration| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX);
    match facts.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => signed(after),
        Err(before) => -signed(before.duration()),
    }
}

/// Gives a file this modification time.
pub(crate) fn set_mtime(file: &File, nanoseconds: i64) -> io::Result<()> {
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds.max(0).unsigned_abs()))
}

/// Keeps `record` with its open file. The caller syncs the file.
pub(crate) fn save(layout: &Layout, file: &File, record: &Record) -> io::Result<()> {
    let text = serde_json::to_vec(record)?;
    if layout.records == Records::Beside {
        return save_beside(layout, record, &text);
    }
    match save_attribute(file, &text) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Err(e),
        Err(_) => save_beside(layout, record, &text),
    }
}

fn save_beside(layout: &Layout, record: &Record, text: &[u8]) -> io::Result<()> {
    let path = beside(layout, &key_hash(&record.key), record.mtime, record.size);
    if let Some(folder) = path.parent()
        && !folder.exists()
    {
        fs::create_dir_all(folder)?;
        sync_dir(&layout.records_folder())?;
    }
    write_whole(&path, text)
}

/// Where the record of one content is when it is not an attribute.
pub(crate) fn beside(layout: &Layout, hash: &str, mtime: i64, size: u64) -> PathBuf {
    layout.records_folder().join(&hash[..2]).join(format!("{hash}-{mtime}-{size}.json"))
}

/// The record that belongs to the content of this open file, if it has one. `hash` is that of the key its name says.
pub(crate) fn load(layout: &Layout, file: &File, identity: &Identity, hash: &str) -> Option<Record> {
    load_any(layout, file, identity, hash).filter(|record| record.fits(identity))
}

/// As [`load`], but also gives a record that fitted an earlier content of the file.
pub(crate) fn load_any(layout: &Layout, file: &File, identity: &Identity, hash: &str) -> Option<Record> {
    let text = load_attribute(file).or_else(|| {
        let path = beside(layout, hash, identity.mtime, identity.size);
        fs::read(path).inspect_err(warn_unless_missing).ok()
    })?;
    serde_json::from_slice(&text).ok()
}

fn warn_unless_missing(error: &io::Error) {
    if !is_missing(error) {
        tracing::warn!(%error, "a record could not be read");
    }
}

#[cfg(unix)]
fn save_attribute(file: &File, text: &[u8]) -> io::Result<()> {
    Ok(rustix::fs::fsetxattr(file, ATTRIBUTE, text, rustix::fs::XattrFlags::empty())?)
}
#[cfg(not(unix))]
fn save_attribute(_: &File, _: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn load_attribute(file: &File) -> Option<Vec<u8>> {
    let mut small = [0; 1024];
    match rustix::fs::fgetxattr(file, ATTRIBUTE, &mut small[..]) {
        Ok(len) => return Some(small[..len].to_vec()),
        Err(rustix::io::Errno::RANGE) => {}
        Err(_) => return None,
    }
    let mut large = vec![0; ATTRIBUTE_BYTES];
    let len = rustix::fs::fgetxattr(file, ATTRIBUTE, &mut large[..]).ok()?;
    large.truncate(len);
    Some(large)
}
#[cfg(not(unix))]
fn load_attribute(_: &File) -> Option<Vec<u8>> {
    None
}
