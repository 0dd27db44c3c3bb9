//! Reading: the file and the record that belongs to exactly its content, taken from one open handle.
//!
//! The handle pins what is read. The index only says where to look; when file and row differ, the record that came with
//! the file decides, and the key is compared again by the writer.

use std::{fs::File, ops::Range, sync::Arc};

use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::mpsc;

use super::{
    adopt, index, names,
    record::{self, Identity, Record},
    shared::Shared,
    writer::{Change, Op},
};
use crate::{Body, Error, GetObject, Key, ObjectMeta, ReadOptions, Result, VersionId, body::read_exact_at};

/// Content up to this size is read at once.
pub(crate) const SMALL_BYTES: u64 = 256 << 10;
/// How often a key is looked up again when its file moved meanwhile.
const ATTEMPTS: u32 = 4;

/// An open object.
#[derive(Debug)]
pub(crate) struct Opened {
    pub file: File,
    pub record: Record,
}

/// What a reader needs: the shared state, and the writer to tell of what it found.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub shared: Arc<Shared>,
    pub ops: mpsc::Sender<Op>,
}

/// What a look at a location found.
enum Look {
    Here(Box<Opened>),
    /// Nothing of this key is there.
    Missing,
    /// A file without a record that fits.
    Unknown(File),
}

impl Reader {
    /// Opens the newest version, or the one asked for.
    pub fn open(&self, key: &Key, version: Option<&VersionId>) -> Result<Opened> {
        let found = match version {
            None => self.open_current(key)?,
            Some(id) => self.open_version(key, id)?,
        };
        found.ok_or_else(|| Error::NotFound { key: key.clone() })
    }

    pub fn open_current(&self, key: &Key) -> Result<Option<Opened>> {
        for attempt in 1..=ATTEMPTS {
            let row = self.shared.read(|db| index::current(db, key.as_str()))?;
            let location = row.as_ref().map_or_else(|| names::natural(key.as_str()), |row| row.location.clone());
            let look = self.look(key, &location, row.as_ref())?;
            match (look, row) {
                (Look::Here(opened), _) => return Ok(Some(*opened)),
                (Look::Missing, None) => return Ok(None),
                (Look::Missing, Some(_)) if attempt == 1 => {}
                (Look::Missing, Some(_)) => self.settle(key, None)?,
                (Look::Unknown(mut file), _) => {
                    adopt::adopt(&self.shared, &mut file, key.as_str())?;
                    self.settle(key, Some(location))?;
                }
            }
        }
        Ok(None)
    }

    fn look(&self, key: &Key, location: &str, row: Option<&index::Row>) -> Result<Look> {
        let failed = |e| self.shared.layout.failed("opening an object", e);
        let Some(file) = self.shared.open_object(location).map_err(failed)? else { return Ok(Look::Missing) };
        let identity = Identity::of(&file.metadata().map_err(failed)?);
        if let Some(row) = row.filter(|row| row.identity() == identity) {
            return Ok(Look::Here(Box::new(Opened { file, record: row.record.clone() })));
        }
        let hash = names::key_hash(key.as_str());
        match record::load(&self.shared.layout, &file, &identity, &hash) {
            Some(record) if record.key == key.as_str() => {
                self.hint(key, location);
                Ok(Look::Here(Box::new(Opened { file, record })))
            }
            Some(_) | None if self.shared.folds && row.is_none() => Ok(Look::Missing),
            _ => Ok(Look::Unknown(file)),
        }
    }

    fn open_version(&self, key: &Key, id: &VersionId) -> Result<Option<Opened>> {
        for _ in 0..ATTEMPTS {
            if let Some(opened) = self.open_current(key)?.filter(|opened| opened.record.is_version(id)) {
                return Ok(Some(opened));
            }
            let old = self.shared.read(|db| index::old(db, key.as_str()))?;
            let Some(row) = old.into_iter().find(|row| row.record.is_version(id) && !row.record.marker) else {
                return Ok(None);
            };
            let opened = self.shared.open_object(&row.location);
            if let Some(file) = opened.map_err(|e| self.shared.layout.failed("opening an old version", e))? {
                return Ok(Some(Opened { file, record: row.record }));
            }
        }
        Ok(None)
    }

    /// Has the writer compare a key with its files, and waits for it.
    pub fn settle(&self, key: &Key, location: Option<String>) -> Result<()> {
        let (op, answer) = Op::new(Change::Settle { key: key.as_str().to_owned(), location });
        let gone = || self.shared.layout.no_such_bucket();
        self.ops.blocking_send(op).map_err(|_| gone())?;
        answer.blocking_recv().map_err(|_| gone())?.map(|_| ())
    }

    /// Suggests to compare a key; if the writer is busy it is most likely at that key already.
    fn hint(&self, key: &Key, location: &str) {
        let change = Change::Settle { key: key.as_str().to_owned(), location: Some(location.to_owned()) };
        let _ = self.ops.try_send(Op::new(change).0);
    }

    pub fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        let record = self.open(key, options.version.as_ref())?.record;
        check(key, &record, options)?;
        Ok(record.meta())
    }

    pub fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        let Opened { file, record } = self.open(key, options.version.as_ref())?;
        let range = wanted(key, &record, options)?;
        let len = range.end - range.start;
        let body = if len <= SMALL_BYTES {
            let content = read_small(&file, range.start, len)?;
            futures::stream::once(async move { Ok(content) }).boxed()
        } else {
            Body::file_range(Arc::new(file), range.start, len).into_stream()
        };
        Ok(GetObject { meta: record.meta(), range, body })
    }
}

fn read_small(file: &File, start: u64, len: u64) -> Result<Bytes> {
    read_exact_at(file, start, len as usize).map_err(|e| Error::io("reading an object", e))
}

/// Which bytes are to be read, if any.
pub(crate) fn wanted(key: &Key, record: &Record, options: &ReadOptions) -> Result<Range<u64>> {
    check(key, record, options)?;
    let size = record.size;
    match options.range {
        None => Ok(0..size),
        Some(range) => range.resolve(size).ok_or(Error::InvalidRange { key: key.clone(), size: Some(size) }),
    }
}

pub(crate) fn check(key: &Key, record: &Record, options: &ReadOptions) -> Result<()> {
    let is = |tag: &crate::ETag| tag.as_str() == record.etag;
    if options.if_match.as_ref().is_some_and(|tag| !is(tag)) {
        return Err(Error::PreconditionFailed { key: key.clone() });
    }
    match &options.if_none_match {
        Some(tag) if is(tag) => Err(Error::NotModified { key: key.clone(), etag: Some(tag.clone()) }),
        _ => Ok(()),
    }
}
