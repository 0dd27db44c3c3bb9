//! Reading what the system holds in memory, on the spot.
//!
//! Most reads of small objects wait for nothing, and handing them to a thread that may wait costs more than they do. So
//! the path is resolved and the content read only as far as both are cached (`RESOLVE_CACHED` of Linux 5.12,
//! `RWF_NOWAIT`); whatever else it takes, the answer is `None` and [`Reader::get`] is asked where it may wait. Only the
//! index is read in any case: its upper pages are as good as always in memory.

use std::{fs::File, ops::Range};

use bytes::Bytes;
use futures::StreamExt;

use super::{
    index,
    read::{Opened, Reader, SMALL_BYTES, check, wanted},
    record::Identity,
    shared::Shared,
};
use crate::{GetObject, Key, ObjectMeta, ReadOptions, Result};

impl Reader {
    /// As [`Reader::head`], or `None` when that may have to wait.
    pub fn head_cached(&self, key: &Key, options: &ReadOptions) -> Option<Result<ObjectMeta>> {
        let opened = self.open_cached(key, options)?;
        Some(check(key, &opened.record, options).map(|()| opened.record.meta()))
    }

    /// As [`Reader::get`], or `None` when that may have to wait.
    pub fn get_cached(&self, key: &Key, options: &ReadOptions) -> Option<Result<GetObject>> {
        let Opened { file, record } = self.open_cached(key, options)?;
        let range = match wanted(key, &record, options) {
            Ok(range) => range,
            Err(refused) => return Some(Err(refused)),
        };
        let content = read(&file, &range)?;
        let body = futures::stream::once(async move { Ok(content) }).boxed();
        Some(Ok(GetObject { meta: record.meta(), range, body }))
    }

    fn open_cached(&self, key: &Key, options: &ReadOptions) -> Option<Opened> {
        if options.version.is_some() || !self.shared.is_local {
            return None;
        }
        let row = self.shared.read_at_once(|db| index::current(db, key.as_str()))?.ok()??;
        let file = open(&self.shared, &row.location)?;
        let facts = file.metadata().ok()?;
        let is_its_own = facts.is_file() && Identity::of(&facts) == row.identity();
        is_its_own.then_some(Opened { file, record: row.record })
    }
}

#[cfg(target_os = "linux")]
fn open(shared: &Shared, location: &str) -> Option<File> {
    shared.open_beneath_with(location, rustix::fs::ResolveFlags::CACHED).ok().map(File::from)
}
#[cfg(not(target_os = "linux"))]
fn open(_: &Shared, _: &str) -> Option<File> {
    None
}

#[cfg(target_os = "linux")]
fn read(file: &File, range: &Range<u64>) -> Option<Bytes> {
    use rustix::io::{ReadWriteFlags, preadv2};
    let len = range.end - range.start;
    if len > SMALL_BYTES {
        return None;
    }
    let mut content = vec![0; len as usize];
    let mut filled = 0;
    while filled < content.len() {
        let buffer = std::io::IoSliceMut::new(&mut content[filled..]);
        match preadv2(file, &mut [buffer], range.start + filled as u64, ReadWriteFlags::NOWAIT) {
            Ok(0) | Err(_) => return None,
            Ok(more) => filled += more,
        }
    }
    Some(content.into())
}
#[cfg(not(target_os = "linux"))]
fn read(_: &File, _: &Range<u64>) -> Option<Bytes> {
    None
}
