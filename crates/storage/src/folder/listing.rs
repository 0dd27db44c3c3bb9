//! Listings from the index, in the byte order of keys; a group is stepped over by seeking behind it.

use rusqlite::{Connection, params};

use super::record::{NULL_VERSION, Record, timestamp};
use crate::{ETag, Key, ListPage, ListRequest, Listed, Result, Version, VersionId, VersionPage};

/// The most rows of a page.
const MAX_ROWS: usize = 1000;
/// Rows fetched at once where a delimiter may end the run after the first.
const GROUPED_ROWS: i64 = 64;

const CURRENT: &str = "SELECT key, size, etag, mtime FROM objects WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
const VERSIONS: &str = "
SELECT key, seq, record, 1 AS current FROM objects WHERE key >= ?1 AND key < ?2
UNION ALL SELECT key, seq, record, 0 FROM old WHERE key >= ?1 AND key < ?2
ORDER BY 1, 2 DESC";

/// What a request asks for, as bounds of keys.
struct Walk<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    end: Vec<u8>,
    limit: usize,
}

impl<'a> Walk<'a> {
    fn new(request: &'a ListRequest) -> Self {
        Self {
            prefix: &request.prefix,
            delimiter: request.delimiter.as_deref().filter(|d| !d.is_empty()),
            end: behind(request.prefix.as_bytes()),
            limit: usize::from(request.max_keys.unwrap_or(MAX_ROWS as u16)).min(MAX_ROWS),
        }
    }

    /// The group a key falls into, with its delimiter.
    fn group<'k>(&self, key: &'k str) -> Option<&'k str> {
        let rest = key.strip_prefix(self.prefix)?;
        let delimiter = self.delimiter?;
        Some(&key[..self.prefix.len() + rest.find(delimiter)? + delimiter.len()])
    }

    /// The first possible key behind `after`.
    fn start(&self, after: Option<&str>) -> Vec<u8> {
        let Some(after) = after.filter(|after| *after >= self.prefix) else { return self.prefix.into() };
        self.group(after).map_or_else(|| next(after), |group| behind(group.as_bytes()))
    }

    fn rows(&self, left: usize) -> i64 {
        let all = left as i64 + 1;
        if self.delimiter.is_some() { all.min(GROUPED_ROWS) } else { all }
    }
}

/// The smallest key larger than `key`.
fn next(key: &str) -> Vec<u8> {
    [key.as_bytes(), &[0]].concat()
}

/// The smallest text larger than everything that begins with `prefix`. Keys are UTF-8 and hold no byte 0xFF.
fn behind(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    match end.last_mut() {
        Some(last) => *last += 1,
        None => end.push(0xff),
    }
    end
}

fn text(row: &rusqlite::Row<'_>) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(0)?.as_blob()?).into_owned())
}

/// One page of current objects.
pub(crate) fn objects(db: &Connection, request: &ListRequest) -> Result<ListPage> {
    let walk = Walk::new(request);
    let mut page = ListPage::default();
    let (mut count, mut last) = (0, String::new());
    let mut from = walk.start(request.continuation.as_deref().or(request.start_after.as_deref()));
    let mut query = db.prepare_cached(CURRENT)?;
    loop {
        let asked = walk.rows(walk.limit - count);
        let (mut seen, mut group) = (0, None);
        let mut rows = query.query(params![from, walk.end, asked])?;
        while let Some(row) = rows.next()? {
            seen += 1;
            let key = text(row)?;
            if count == walk.limit {
                page.continuation = (walk.limit > 0).then_some(last);
                return Ok(page);
            }
            count += 1;
            if let Some(found) = walk.group(&key) {
                page.prefixes.push(found.to_owned());
                group = Some(behind(found.as_bytes()));
                last = found.to_owned();
                break;
            }
            page.objects.push(listed(&key, row.get::<_, i64>(1)? as u64, row.get(2)?, row.get(3)?)?);
            last = key;
        }
        from = match group {
            Some(behind) => behind,
            None if seen < asked => return Ok(page),
            None => next(&last),
        };
    }
}

fn listed(key: &str, size: u64, etag: String, mtime: i64) -> Result<Listed> {
    let etag = (!etag.is_empty()).then(|| ETag::new(etag));
    Ok(Listed { key: Key::new(key)?, size, etag, last_modified: Some(timestamp(mtime)), storage_class: None })
}

/// One page of versions and markers, per key the newest first.
pub(crate) fn versions(
    db: &Connection,
    request: &ListRequest,
    after: Option<&(String, Option<String>)>,
) -> Result<VersionPage> {
    let walk = Walk::new(request);
    let mut page = VersionPage::default();
    let mut skip = match after {
        Some((key, Some(id))) => seq_of(db, key, id)?.map(|seq| (key.clone(), seq)),
        _ => None,
    };
    let mut latest_of = skip.as_ref().map(|(key, _)| key.clone());
    let mut from = match &skip {
        Some((key, _)) => key.clone().into_bytes(),
        None => walk.start(after.map(|(key, _)| key.as_str()).or(request.start_after.as_deref())),
    };
    let mut query = db.prepare_cached(VERSIONS)?;
    'pages: loop {
        let mut rows = query.query(params![from, walk.end])?;
        while let Some(row) = rows.next()? {
            let (key, seq): (String, i64) = (text(row)?, row.get(1)?);
            if skip.as_ref().is_some_and(|(of, at)| *of == key && seq >= *at) {
                continue;
            }
            skip = skip.filter(|(of, _)| *of == key);
            if page.versions.len() + page.prefixes.len() == walk.limit {
                return Ok(page);
            }
            if let Some(group) = walk.group(&key) {
                page.prefixes.push(group.to_owned());
                page.continuation = Some((group.to_owned(), None));
                from = behind(group.as_bytes());
                continue 'pages;
            }
            let version = version(&key, &row.get::<_, String>(2)?, latest_of.as_ref() != Some(&key))?;
            page.continuation = Some((key.clone(), Some(version.id.0.clone())));
            page.versions.push(version);
            latest_of = Some(key);
        }
        page.continuation = None;
        return Ok(page);
    }
}

fn version(key: &str, text: &str, is_latest: bool) -> Result<Version> {
    let record: Record =
        serde_json::from_str(text).map_err(|e| crate::Error::io("reading a row of the folder's index", e.into()))?;
    Ok(Version {
        entry: listed(key, record.size, record.etag, record.mtime)?,
        id: VersionId(record.version.unwrap_or_else(|| NULL_VERSION.to_owned())),
        is_latest,
        is_delete_marker: record.marker,
    })
}

/// Where in the order a version stands; one that is gone meanwhile is found by the time its id begins with.
fn seq_of(db: &Connection, key: &str, id: &str) -> Result<Option<i64>> {
    let current = super::index::current(db, key)?;
    let rows = current.into_iter().chain(super::index::old(db, key)?);
    let id = VersionId(id.to_owned());
    let found = rows.into_iter().find(|row| row.record.is_version(&id)).map(|row| row.record.seq);
    Ok(found.or_else(|| i64::from_str_radix(id.0.get(..16)?, 16).ok()))
}
