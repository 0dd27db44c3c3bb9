//! Where everything is in a store's folder, and the marker that says the folder is one.
//!
//! It never makes a root that is missing: a disk that is not plugged in must not look like an empty bucket.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::names::key_hash;
use crate::{Error, Result, Versioning};

/// The private folder's name below the root.
pub(crate) const PRIVATE: &str = ".holdfast";
/// The format this code writes; a higher number in the marker is refused.
const FORMAT: u32 = 1;

/// Where the metadata records of objects are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Records {
    /// In an extended attribute of the object's file; beside it only where the disk has no room for that.
    #[default]
    InFiles,
    /// Always as files of their own in `.holdfast/records/`: for disks and copying tools that lose attributes.
    Beside,
}

/// The marker `format.json`: present from the moment the folder is a store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Format {
    pub format: u32,
    pub id: String,
    pub created: Timestamp,
    #[serde(default)]
    pub records: Records,
}

/// The paths of one store.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub root: PathBuf,
    pub private: PathBuf,
    pub records: Records,
}

impl Layout {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), private: root.join(PRIVATE), records: Records::default() }
    }

    /// Makes the private folder of a new store. The root itself is made, its parent is not.
    pub fn create(&self) -> Result<()> {
        let doing = "making the folder of a store";
        match fs::create_dir(&self.root) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(Error::io(doing, e)),
            _ => {}
        }
        let sub = ["", "tmp", "uploads", "completed", "versions", "records", "owners"];
        for folder in sub.map(|name| self.private.join(name)) {
            fs::create_dir_all(folder).map_err(|e| Error::io(doing, e))?;
        }
        if self.format_path().exists() {
            return Ok(());
        }
        let id = uuid::Uuid::new_v4().to_string();
        let marker = Format { format: FORMAT, id, created: Timestamp::now(), records: self.records };
        let text = serde_json::to_vec_pretty(&marker).map_err(|e| Error::io(doing, e.into()))?;
        write_whole(&self.format_path(), &text).and_then(|()| sync_dir(&self.root)).map_err(|e| Error::io(doing, e))
    }

    /// Reads the marker. [`Error::NoSuchBucket`] when there is none.
    pub fn format(&self) -> Result<Format> {
        let doing = "reading the format of a store's folder";
        let text = match fs::read(self.format_path()) {
            Ok(text) => text,
            Err(e) if is_missing(&e) => return Err(self.no_such_bucket()),
            Err(e) => return Err(Error::io(doing, e)),
        };
        let marker: Format = serde_json::from_slice(&text).map_err(|e| Error::io(doing, e.into()))?;
        match marker.format <= FORMAT {
            true => Ok(marker),
            false => Err(Error::io(doing, io::Error::new(io::ErrorKind::Unsupported, "a newer format"))),
        }
    }

    pub fn no_such_bucket(&self) -> Error {
        let name = self.root.file_name().unwrap_or(self.root.as_os_str());
        Error::NoSuchBucket { bucket: name.to_string_lossy().into_owned() }
    }

    /// A failed system call, or the store's folder having gone.
    pub fn failed(&self, doing: &'static str, error: io::Error) -> Error {
        match is_missing(&error) && !self.format_path().exists() {
            true => self.no_such_bucket(),
            false => Error::io(doing, error),
        }
    }

    pub fn format_path(&self) -> PathBuf {
        self.private.join("format.json")
    }
    pub fn index(&self) -> PathBuf {
        self.private.join("index.db")
    }
    /// Its presence says that the index was found damaged and is to be rebuilt.
    pub fn index_damaged(&self) -> PathBuf {
        self.private.join("index.damaged")
    }
    pub fn tmp(&self) -> PathBuf {
        self.private.join("tmp")
    }
    pub fn uploads(&self) -> PathBuf {
        self.private.join("uploads")
    }
    pub fn upload(&self, id: &str) -> PathBuf {
        self.uploads().join(id)
    }
    pub fn completed(&self, id: &str) -> PathBuf {
        self.private.join("completed").join(format!("{id}.json"))
    }
    pub fn owners(&self) -> PathBuf {
        self.private.join("owners")
    }
    pub fn open_lock(&self) -> PathBuf {
        self.private.join("open.lock")
    }
    pub fn versions(&self) -> PathBuf {
        self.private.join("versions")
    }
    /// The old versions and markers of a key.
    pub fn versions_of(&self, key: &str) -> PathBuf {
        let hash = key_hash(key);
        self.versions().join(&hash[..2]).join(hash)
    }
    pub fn records_folder(&self) -> PathBuf {
        self.private.join("records")
    }
    /// The file of a published object.
    pub fn file(&self, location: &str) -> PathBuf {
        self.root.join(location)
    }

    /// Whether old versions are kept, as the folder says.
    pub fn versioning(&self) -> Result<Versioning> {
        let doing = "reading whether versions are kept";
        match fs::read(self.private.join("versioning")) {
            Ok(text) if text == b"on" => Ok(Versioning::On),
            Ok(text) if text == b"suspended" => Ok(Versioning::Suspended),
            Ok(_) => Err(Error::io(doing, io::ErrorKind::InvalidData.into())),
            Err(e) if is_missing(&e) => Ok(Versioning::Off),
            Err(e) => Err(Error::io(doing, e)),
        }
    }

    pub fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        let text: &[u8] = match versioning {
            Versioning::Off => return Ok(()),
            Versioning::On => b"on",
            Versioning::Suspended => b"suspended",
        };
        write_whole(&self.private.join("versioning"), text).map_err(|e| self.failed("switching versions", e))
    }
}

/// Whether the error says that a name or one of its folders does not exist.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Facts of a name without following a link, or `None` when it is not there.
pub(crate) fn lstat(path: &Path) -> io::Result<Option<fs::Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(meta) => Ok(Some(meta)),
        Err(e) if is_missing(&e) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Removes a file; that it is gone already is fine.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if is_missing(&e) => Ok(()),
        other => other,
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(path)?.sync_all(),
        false => Ok(()),
    }
}

/// Writes a small file so that it is whole or not there, and durable.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temp = tempfile::NamedTempFile::new_in(folder)?;
    temp.write_all(content)?;
    temp.as_file().sync_all()?;
    temp.persist(path).map_err(|e| e.error)?;
    sync_dir(folder)
}
