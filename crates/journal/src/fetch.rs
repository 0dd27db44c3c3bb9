//! Reading whole objects, several at once. It decides nothing: absent and failed are answers too.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use holdfast_storage::{Error, Key, ObjectStore, ReadOptions};

/// How many objects are asked for at the same time.
const AT_ONCE: usize = 8;

/// What a place said.
#[derive(Debug)]
pub(crate) enum Answer {
    Bytes(Bytes),
    Absent,
    Failed(Error),
}

/// One object, whole.
pub(crate) async fn fetch(store: &dyn ObjectStore, key: &Key) -> Answer {
    match read(store, key).await {
        Ok(bytes) => Answer::Bytes(bytes),
        Err(error) if error.is_not_found() => Answer::Absent,
        Err(error) => Answer::Failed(error),
    }
}

/// An object, or `None` when it is not there.
pub(crate) async fn fetch_if_there(store: &dyn ObjectStore, key: &Key) -> Result<Option<Bytes>, Error> {
    match fetch(store, key).await {
        Answer::Bytes(bytes) => Ok(Some(bytes)),
        Answer::Absent => Ok(None),
        Answer::Failed(error) => Err(error),
    }
}

/// Answers in the order of the keys.
pub(crate) async fn fetch_all(store: Arc<dyn ObjectStore>, keys: Vec<Key>) -> Vec<Answer> {
    let one = |key: Key| {
        let store = store.clone();
        async move { fetch(&*store, &key).await }
    };
    stream::iter(keys).map(one).buffered(AT_ONCE).collect().await
}

async fn read(store: &dyn ObjectStore, key: &Key) -> Result<Bytes, Error> {
    let got = store.get(key, &ReadOptions::default()).await?;
    let expected = got.meta.size;
    let body = got.body.try_fold(BytesMut::new(), |mut all, chunk| async move {
        all.extend_from_slice(&chunk);
        Ok(all)
    });
    let body = body.await?.freeze();
    match body.len() as u64 == expected {
        true => Ok(body),
        false => Err(Error::Truncated { key: key.clone(), expected, got: body.len() as u64 }),
    }
}
