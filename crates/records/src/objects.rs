//! Whole small objects: created once, compared where one is there already, read. It knows nothing of what is inside.

use bytes::Bytes;
use holdfast_journal::Creates;
use holdfast_storage::{Body, Error as StoreError, Key, ObjectStore, ReadOptions, WriteOptions, body::collect};

use crate::Result;

/// What became of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// The place holds these bytes: from now on, or since an earlier attempt whose answer was lost.
    Here,
    /// The place holds something else under the key, and still does.
    Taken,
}

/// Creates an object, never replacing another one. Where the place does not honour conditions it is read before and after.
pub(crate) async fn create(store: &dyn ObjectStore, key: &Key, bytes: &[u8], creates: Creates) -> Result<Created> {
    let honoured = creates == Creates::Honoured;
    if !honoured && let Some(found) = read(store, key).await? {
        return Ok(compare(&found, bytes));
    }
    let options = WriteOptions { if_absent: honoured, ..options() };
    match store.put(key, body(bytes), &options).await {
        Ok(_) if honoured => return Ok(Created::Here),
        Ok(_) | Err(StoreError::PreconditionFailed { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    match read(store, key).await? {
        Some(found) => Ok(compare(&found, bytes)),
        None => Err(StoreError::NotFound { key: key.clone() }.into()),
    }
}

fn compare(found: &[u8], bytes: &[u8]) -> Created {
    if found == bytes { Created::Here } else { Created::Taken }
}

/// Writes an object, in place of any other.
pub(crate) async fn replace(store: &dyn ObjectStore, key: &Key, bytes: &[u8]) -> Result<()> {
    store.put(key, body(bytes), &options()).await?;
    Ok(())
}

/// An object, whole; `None` when it is not there.
pub(crate) async fn read(store: &dyn ObjectStore, key: &Key) -> Result<Option<Bytes>> {
    let got = match store.get(key, &ReadOptions::default()).await {
        Ok(got) => got,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let expected = got.meta.size;
    let bytes = collect(got.body).await?;
    match bytes.len() as u64 == expected {
        true => Ok(Some(bytes)),
        false => Err(StoreError::Truncated { key: key.clone(), expected, got: bytes.len() as u64 }.into()),
    }
}

/// The size of an object; `None` when it is not there.
pub(crate) async fn size(store: &dyn ObjectStore, key: &Key) -> Result<Option<u64>> {
    match store.head(key, &ReadOptions::default()).await {
        Ok(meta) => Ok(Some(meta.size)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn body(bytes: &[u8]) -> Body {
    Body::bytes(Bytes::copy_from_slice(bytes)).with_sha256(holdfast_crypto::sha256(bytes))
}

pub(crate) fn options() -> WriteOptions {
    WriteOptions { content_type: Some("application/octet-stream".into()), ..WriteOptions::default() }
}
