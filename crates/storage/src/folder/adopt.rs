//! Files that a person or another tool put into the folder, or edited there: their content is read once and recorded.
//!
//! Content that is the recorded one after all (a touched or copied file) keeps its metadata; other content gets none,
//! because what was said of the old content is not true of it. The file's content is never changed.

use std::{
    fs::File,
    io::{self, Read, Seek},
};

use md5::{Digest, Md5};

use super::{
    names::key_hash,
    record::{self, Identity, NULL_VERSION, Record},
    shared::Shared,
    stage::describe,
};
use crate::{Error, Key, Result, Versioning, WriteOptions};

const READ_BYTES: usize = 1 << 20;
/// How often a file that changes while it is read is read again.
const ATTEMPTS: u32 = 3;

/// The record of an open file as it is now: its own if it has one that fits, else a new one.
pub(crate) fn adopt(shared: &Shared, file: &mut File, key: &str) -> Result<(Record, Identity)> {
    let doing = "reading a file that was put into the folder";
    for _ in 0..ATTEMPTS {
        let identity = identity(file, doing)?;
        if let Some(record) = recorded(shared, file, &identity, key)? {
            return Ok((record, identity));
        }
        let record = measure(shared, file, &identity, key).map_err(|e| Error::io(doing, e))?;
        if self::identity(file, doing)? == identity {
            save(shared, file, &record);
            return Ok((record, identity));
        }
    }
    Err(Key::new(key).map_or_else(Error::Key, |key| Error::Conflict { key }))
}

fn identity(file: &File, doing: &'static str) -> Result<Identity> {
    Ok(Identity::of(&file.metadata().map_err(|e| Error::io(doing, e))?))
}

/// The record that came with the file, under the key its name says now.
fn recorded(shared: &Shared, file: &File, identity: &Identity, key: &str) -> Result<Option<Record>> {
    let Some(found) = record::load(&shared.layout, file, identity, &key_hash(key)) else { return Ok(None) };
    if found.key == key {
        return Ok(Some(found));
    }
    let moved = Record { key: key.to_owned(), seq: shared.next_seq(), version: null(shared), upload: None, ..found };
    save(shared, file, &moved);
    Ok(Some(moved))
}

fn measure(shared: &Shared, file: &mut File, identity: &Identity, key: &str) -> io::Result<Record> {
    let prior = record::load_any(&shared.layout, file, identity, &key_hash(key)).filter(|r| r.size == identity.size);
    let parts = prior.as_ref().map_or(&[][..], |record| &record.parts);
    let (whole, multipart) = digests(file, parts)?;
    let same = prior.filter(|record| record.etag == whole || Some(&record.etag) == multipart.as_ref());
    let base = same.unwrap_or_else(|| describe(key, whole, identity.size, &WriteOptions::default()));
    Ok(Record {
        key: key.to_owned(),
        seq: shared.next_seq(),
        size: identity.size,
        mtime: identity.mtime,
        version: null(shared),
        ..base
    })
}

/// What was put by hand has no version of its own.
fn null(shared: &Shared) -> Option<String> {
    (shared.versioning() != Versioning::Off).then(|| NULL_VERSION.to_owned())
}

fn save(shared: &Shared, file: &File, record: &Record) {
    if let Err(error) = record::save(&shared.layout, file, record) {
        tracing::debug!(%error, "the record of a file could not be kept with it; it stays in the index alone");
    }
}

/// The MD5 of a file, and its multipart tag if it was made of such parts.
fn digests(file: &mut File, parts: &[(u64, u32)]) -> io::Result<(String, Option<String>)> {
    file.rewind()?;
    let mut sizes = parts.iter().flat_map(|(size, count)| std::iter::repeat_n(*size, *count as usize));
    let count: u32 = parts.iter().map(|(_, count)| count).sum();
    let (mut whole, mut part, mut tags) = (Md5::new(), Md5::new(), Md5::new());
    let mut left = sizes.next().unwrap_or(u64::MAX);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let want = left.min(READ_BYTES as u64) as usize;
        let got = file.read(&mut buffer[..want])?;
        if got == 0 {
            break;
        }
        whole.update(&buffer[..got]);
        part.update(&buffer[..got]);
        left -= got as u64;
        if left == 0 {
            tags.update(std::mem::take(&mut part).finalize());
            left = sizes.next().unwrap_or(u64::MAX);
        }
    }
    file.rewind()?;
    let multipart = (count > 0).then(|| format!("{}-{count}", hex::encode(tags.finalize())));
    Ok((hex::encode(whole.finalize()), multipart))
}
