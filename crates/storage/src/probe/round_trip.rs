//! Put, head, get, a range, list, delete: is what comes back what was sent?

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::{report::RoundTrip, workplace::Workplace};
use crate::{
    Body, DeleteOptions, Error, GetObject, ListRequest, ReadOptions, ReadRange, Result, WriteOptions, body,
    error::Unreachable,
};

/// A name that servers encode in different ways.
const NAME: &str = "round trip é+1";
const META: &str = "holdfast-probe";
const RANGE: (u64, u64) = (1000, 1500);

/// Two KiB that no other probe writes and that do not repeat.
fn content(folder: &str) -> Bytes {
    let block = |n: u8| Sha256::new().chain_update(folder).chain_update([n]).finalize();
    (0..64).flat_map(block).collect::<Vec<u8>>().into()
}

pub(super) async fn check(place: &mut Workplace) -> Result<RoundTrip> {
    let sent = content(place.folder());
    write(place, &sent).await?;
    if !facts_agree(place, &sent).await? {
        return Ok(RoundTrip::FactsDiffer);
    }
    if read(place, None).await?.is_none_or(|got| got != sent) {
        return Ok(RoundTrip::ContentDiffers);
    }
    let range = ReadRange::Span { start: RANGE.0, end: RANGE.1 };
    if read(place, Some(range)).await?.is_none_or(|got| got != sent[RANGE.0 as usize..RANGE.1 as usize]) {
        return Ok(RoundTrip::RangeDiffers);
    }
    match listed(place, sent.len() as u64).await? {
        true => Ok(RoundTrip::Whole),
        false => Ok(RoundTrip::ListingDiffers),
    }
}

/// Whether the object could be removed again.
pub(super) async fn remove(place: &mut Workplace) -> bool {
    let Ok(key) = place.key(NAME) else { return false };
    let store = place.store.clone();
    place.timed(store.delete(&key, &DeleteOptions::default())).await.is_ok()
}

async fn write(place: &mut Workplace, sent: &Bytes) -> Result<()> {
    let metadata = [(META.to_owned(), "1".to_owned())].into();
    let options = WriteOptions { metadata, ..WriteOptions::default() };
    let body = Body::bytes(sent.clone()).with_sha256(Sha256::digest(sent).into());
    let began = Instant::now();
    place.put(NAME, body, &options).await?;
    place.note_time(began);
    Ok(())
}

async fn facts_agree(place: &mut Workplace, sent: &Bytes) -> Result<bool> {
    let (key, store) = (place.key(NAME)?, place.store.clone());
    let meta = place.timed(store.head(&key, &ReadOptions::default())).await?;
    Ok(meta.size == sent.len() as u64 && meta.metadata.get(META).is_some_and(|value| value == "1"))
}

/// The content, or `None` when the answer does not hold together.
async fn read(place: &mut Workplace, range: Option<ReadRange>) -> Result<Option<Bytes>> {
    let (key, store) = (place.key(NAME)?, place.store.clone());
    let call = async {
        let options = ReadOptions { range, ..ReadOptions::default() };
        let GetObject { body, .. } = store.get(&key, &options).await?;
        body::collect(body).await
    };
    match place.timed(call).await {
        Ok(got) => Ok(Some(got)),
        Err(Error::Truncated { .. } | Error::BadDigest { .. } | Error::Unreachable(Unreachable::Broken)) => Ok(None),
        Err(Error::NotSupported { .. } | Error::InvalidRange { .. }) if range.is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn listed(place: &mut Workplace, size: u64) -> Result<bool> {
    let (key, store) = (place.key(NAME)?, place.store.clone());
    let request = ListRequest { prefix: place.folder().to_owned(), ..ListRequest::default() };
    let page = place.timed(store.list(&request)).await?;
    Ok(page.objects.iter().any(|row| row.key == key && row.size == size))
}
