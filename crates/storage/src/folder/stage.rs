//! Content on its way in: written to a temporary file, measured, verified, made durable together with its record.
//!
//! Nothing here is visible under a key; the writer publishes it or drops it.

use std::{fs::File, io::Write, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::StreamExt;
use md5::{Digest, Md5};
use sha2::Sha256;

use super::{
    record::{self, Identity, NULL_VERSION, Record},
    shared::{Shared, Temp},
};
use crate::{Body, Checksum, Error, Key, Result, Versioning, WriteOptions, body, body::Content};

/// How much is read from a source file and written at once.
const CHUNK: u64 = 1 << 20;
/// How far a modification time is moved when a coarse clock gave it to another content already: FAT counts in 2 s.
const COARSE_CLOCK: i64 = 2_000_000_000;

/// Content that only needs its name.
#[derive(Debug)]
pub(crate) struct Staged {
    pub temp: Temp,
    pub record: Record,
    pub inode: u64,
}

/// What the content must turn out to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    sha256: Option<[u8; 32]>,
    crc32c: Option<u32>,
    len: Option<u64>,
}

impl Expected {
    pub fn new(body: &Body, checksum: Option<&Checksum>) -> Self {
        let mut expected = Self { sha256: body.sha256, crc32c: None, len: body.len() };
        let value = checksum.and_then(|c| Some((c.algorithm.as_str(), BASE64_STANDARD.decode(&c.value).ok()?)));
        match value {
            Some(("SHA256", digest)) => expected.sha256 = digest.try_into().ok().or(expected.sha256),
            Some(("CRC32C", sum)) => expected.crc32c = sum.try_into().ok().map(u32::from_be_bytes),
            _ => {}
        }
        expected
    }
}

/// A temporary file being filled.
#[derive(Debug)]
pub(crate) struct Filling {
    temp: Temp,
    file: File,
    expected: Expected,
    md5: Md5,
    sha256: Option<Sha256>,
    crc32c: u32,
    size: u64,
}

/// A temporary file whose content was verified.
#[derive(Debug)]
pub(crate) struct Filled {
    pub temp: Temp,
    pub file: File,
    pub md5: String,
    pub size: u64,
}

impl Filling {
    pub fn begin(shared: &Shared, expected: Expected) -> Result<Self> {
        let (temp, file) = shared.temp()?;
        let sha256 = expected.sha256.map(|_| Sha256::new());
        Ok(Self { temp, file, expected, md5: Md5::new(), sha256, crc32c: 0, size: 0 })
    }

    pub fn write(&mut self, chunk: &[u8]) -> Result<()> {
        self.file.write_all(chunk).map_err(|e| Error::io("writing a temporary file", e))?;
        self.size += chunk.len() as u64;
        self.md5.update(chunk);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(chunk);
        }
        if self.expected.crc32c.is_some() {
            self.crc32c = crc32c::crc32c_append(self.crc32c, chunk);
        }
        Ok(())
    }

    pub fn finish(self, key: &Key) -> Result<Filled> {
        if let Some(expected) = self.expected.len.filter(|len| *len != self.size) {
            return Err(Error::Truncated { key: key.clone(), expected, got: self.size });
        }
        let sha256 = self.sha256.map(|digest| <[u8; 32]>::from(digest.finalize()));
        let crc32c = self.expected.crc32c.map(|_| self.crc32c);
        if sha256 != self.expected.sha256 || crc32c != self.expected.crc32c {
            return Err(Error::BadDigest { key: key.clone() });
        }
        Ok(Filled { temp: self.temp, file: self.file, md5: hex::encode(self.md5.finalize()), size: self.size })
    }
}

/// Fills a temporary file from a body, whatever it is. Blocking work is done on the blocking pool.
pub(crate) async fn fill(shared: Arc<Shared>, key: Key, body: Body, expected: Expected) -> Result<Filled> {
    let begun = shared.clone();
    match body.into_content() {
        Content::Bytes(bytes) => shared.blocking(move || fill_bytes(&begun, &key, &bytes, expected)).await,
        Content::FileRange { file, offset, len } => {
            shared.blocking(move || fill_range(&begun, &key, &file, offset, len, expected)).await
        }
        Content::Stream { mut stream, .. } => {
            let mut filling = shared.blocking(move || Filling::begin(&begun, expected)).await?;
            let mut waiting: Vec<Bytes> = Vec::new();
            while let Some(chunk) = stream.next().await {
                waiting.push(chunk?);
                if waiting.iter().map(Bytes::len).sum::<usize>() as u64 >= CHUNK {
                    filling = write_all(&shared, filling, std::mem::take(&mut waiting)).await?;
                }
            }
            filling = write_all(&shared, filling, waiting).await?;
            shared.blocking(move || filling.finish(&key)).await
        }
    }
}

async fn write_all(shared: &Shared, mut filling: Filling, chunks: Vec<Bytes>) -> Result<Filling> {
    let write = move || {
        chunks.iter().try_for_each(|chunk| filling.write(chunk))?;
        Ok(filling)
    };
    shared.blocking(write).await
}

pub(crate) fn fill_bytes(shared: &Shared, key: &Key, bytes: &[u8], expected: Expected) -> Result<Filled> {
    let mut filling = Filling::begin(shared, expected)?;
    filling.write(bytes)?;
    filling.finish(key)
}

fn fill_range(shared: &Shared, key: &Key, file: &File, offset: u64, len: u64, expected: Expected) -> Result<Filled> {
    let mut filling = Filling::begin(shared, expected)?;
    let mut at = 0;
    while at < len {
        let want = (len - at).min(CHUNK);
        let chunk = body::read_exact_at(file, offset + at, want as usize);
        filling.write(&chunk.map_err(|e| Error::io("reading the file to be stored", e))?)?;
        at += want;
    }
    filling.finish(key)
}

/// The record of new content, not yet bound to a file.
pub(crate) fn describe(key: &str, etag: String, size: u64, options: &WriteOptions) -> Record {
    Record {
        key: key.to_owned(),
        seq: 0,
        size,
        mtime: 0,
        etag,
        version: None,
        marker: false,
        content_type: options.content_type.clone(),
        metadata: options.metadata.clone(),
        headers: options.headers.clone(),
        checksum: options.checksum.clone().map(|c| (c.algorithm, c.value)),
        upload: None,
        parts: Vec::new(),
    }
}

/// Binds a record to its file and makes both durable.
pub(crate) fn seal(shared: &Shared, mut temp: Temp, file: &File, mut record: Record) -> Result<Staged> {
    record.seq = shared.next_seq();
    record.version = new_version(shared.versioning(), record.seq);
    let inode = bind(shared, file, &mut record)?;
    let hash = super::names::key_hash(&record.key);
    temp.set_record(record::beside(&shared.layout, &hash, record.mtime, record.size));
    file.sync_all().map_err(|e| Error::io("making a temporary file durable", e))?;
    Ok(Staged { temp, record, inode })
}

fn bind(shared: &Shared, file: &File, record: &mut Record) -> Result<u64> {
    let doing = "writing the record of an object";
    let failed = |e| shared.layout.failed(doing, e);
    let hash = super::names::key_hash(&record.key);
    let mut wanted = record.seq;
    loop {
        record::set_mtime(file, wanted).map_err(failed)?;
        let identity = Identity::of(&file.metadata().map_err(failed)?);
        (record.mtime, record.size) = (identity.mtime, identity.size);
        let exact = identity.mtime == wanted;
        if exact || !record::beside(&shared.layout, &hash, record.mtime, record.size).exists() {
            record::save(&shared.layout, file, record).map_err(failed)?;
            return Ok(identity.inode);
        }
        wanted += COARSE_CLOCK;
    }
}

/// The version id of a write in this state of the bucket.
pub(crate) fn new_version(versioning: Versioning, seq: i64) -> Option<String> {
    match versioning {
        Versioning::Off => None,
        Versioning::On => Some(format!("{seq:016x}{:08x}", rand::random::<u32>())),
        Versioning::Suspended => Some(NULL_VERSION.to_owned()),
    }
}

/// Gives staged content a new place in the order, and the version id that the bucket's state asks for now.
pub(crate) fn seal_again(shared: &Shared, staged: Staged) -> Result<Staged> {
    let file = File::options().read(true).write(true).open(staged.temp.path());
    let file = file.map_err(|e| shared.layout.failed("opening a temporary file", e))?;
    seal(shared, staged.temp, &file, staged.record)
}

/// A delete marker.
pub(crate) fn marker(shared: &Shared, key: &str) -> Result<Staged> {
    let (temp, file) = shared.temp()?;
    let mut record = describe(key, String::new(), 0, &WriteOptions::default());
    record.marker = true;
    seal(shared, temp, &file, record)
}
