//! What a write, a delete and a copy do.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::{StreamExt, future::join_all, stream};
use sha2::{Digest, Sha256};

use super::{Outcome, Place, ensure, promises, reads::pattern, refused, same};
use crate::{Body, Checksum, CopyFrom, DeleteOptions, ETag, Error, Key, Metadata, ReadOptions, WriteOptions};

promises! {
    Shared an_overwrite_replaces_everything [];
    Shared a_create_happens_once [CreateIfAbsent];
    Shared of_sixteen_creators_one_wins [CreateIfAbsent];
    Shared a_replace_needs_the_right_tag [ReplaceIfMatch];
    Shared a_delete_may_be_repeated [];
    Shared a_delete_needs_the_right_tag [DeleteIfMatch];
    Shared many_are_deleted_at_once [];
    Shared a_copy_has_its_own_metadata [];
    Shared a_copy_needs_the_right_tag [CopyIfMatch];
    Shared a_failed_body_leaves_nothing [WholeBodies];
    Shared wrong_content_is_refused [];
    Shared a_checksum_is_kept [Checksums];
    Shared a_streamed_body_is_stored [];
    Shared a_body_of_unknown_length_is_stored [UnknownLength];
}

fn create() -> WriteOptions {
    WriteOptions { if_absent: true, ..WriteOptions::default() }
}

fn replace(tag: &ETag) -> WriteOptions {
    WriteOptions { if_match: Some(tag.clone()), ..WriteOptions::default() }
}

fn other_tag() -> ETag {
    ETag::new("0123456789abcdef0123456789abcdef")
}

fn described(text: &str) -> WriteOptions {
    let metadata = Metadata::from([("which".to_owned(), text.to_owned())]);
    WriteOptions { metadata, content_type: Some(format!("text/{text}")), ..WriteOptions::default() }
}

async fn an_overwrite_replaces_everything(place: Place) -> Outcome {
    let first = place.put_with("it", "first", &described("one")).await?;
    let second = place.put("it", "the second").await?;
    ensure!(first.etag != second.etag, "both have the same tag");
    same!(place.read("it").await?, "the second", "the content");
    let meta = place.store.head(&place.key("it")?, &ReadOptions::default()).await?;
    same!(meta.metadata, Metadata::new(), "the metadata");
    same!(meta.size, 10, "the size");
    Ok(())
}

async fn a_create_happens_once(place: Place) -> Outcome {
    place.put_with("it", "first", &create()).await?;
    let again = place.store.put(&place.key("it")?, Body::bytes("second"), &create()).await;
    refused!(again, Error::PreconditionFailed { .. }, "the second create");
    same!(place.read("it").await?, "first", "the content");
    place.store.delete(&place.key("it")?, &DeleteOptions::default()).await?;
    place.put_with("it", "third", &create()).await?;
    Ok(())
}

async fn of_sixteen_creators_one_wins(place: Place) -> Outcome {
    for round in 0..4 {
        let key = place.key(&format!("it-{round}"))?;
        let racers = (0..16).map(|racer| {
            let (store, key) = (place.store.clone(), key.clone());
            async move { store.put(&key, Body::bytes(format!("racer {racer}")), &create()).await }
        });
        let results = join_all(racers).await;
        let winners: Vec<usize> = (0..16).filter(|racer| results[*racer].is_ok()).collect();
        same!(winners.len(), 1, "the number of winners");
        for lost in results.iter().filter(|result| result.is_err()) {
            refused!(*lost, Error::PreconditionFailed { .. } | Error::Conflict { .. }, "a loser");
        }
        same!(place.read(&format!("it-{round}")).await?, format!("racer {}", winners[0]), "the content");
    }
    Ok(())
}

async fn a_replace_needs_the_right_tag(place: Place) -> Outcome {
    let key = place.key("it")?;
    let missing = place.store.put(&key, Body::bytes("x"), &replace(&other_tag())).await;
    refused!(missing, Error::NotFound { .. } | Error::PreconditionFailed { .. }, "replacing what is not there");
    let first = place.put("it", "first").await?;
    let wrong = place.store.put(&key, Body::bytes("x"), &replace(&other_tag())).await;
    refused!(wrong, Error::PreconditionFailed { .. }, "replacing another");
    place.put_with("it", "second", &replace(&first.etag)).await?;
    let stale = place.store.put(&key, Body::bytes("x"), &replace(&first.etag)).await;
    refused!(stale, Error::PreconditionFailed { .. }, "replacing what was replaced");
    same!(place.read("it").await?, "second", "the content");
    Ok(())
}

async fn a_delete_may_be_repeated(place: Place) -> Outcome {
    place.put("it", "x").await?;
    let key = place.key("it")?;
    for _ in 0..2 {
        place.store.delete(&key, &DeleteOptions::default()).await?;
        refused!(place.store.head(&key, &ReadOptions::default()).await, Error::NotFound { .. }, "what was deleted");
    }
    Ok(())
}

async fn a_delete_needs_the_right_tag(place: Place) -> Outcome {
    let etag = place.put("it", "x").await?.etag;
    let key = place.key("it")?;
    let only = |tag: ETag| DeleteOptions { if_match: Some(tag), ..DeleteOptions::default() };
    let wrong = place.store.delete(&key, &only(other_tag())).await;
    refused!(wrong, Error::PreconditionFailed { .. }, "deleting another");
    same!(place.read("it").await?, "x", "the content");
    place.store.delete(&key, &only(etag)).await?;
    Ok(())
}

async fn many_are_deleted_at_once(place: Place) -> Outcome {
    let names: Vec<String> = (0..30).map(|n| format!("many/{n:03} & <ü>.txt")).collect();
    for name in &names {
        place.put(name, "x").await?;
    }
    place.put("stays", "x").await?;
    let keys = |names: &[String]| names.iter().map(|name| place.key(name)).collect::<Result<Vec<Key>, _>>();
    let mut asked = keys(&names)?;
    asked.insert(7, place.key("never was there")?);
    let results = place.store.delete_many(&asked).await?;
    same!(results.len(), asked.len(), "the number of answers");
    for result in results {
        result?;
    }
    same!(place.names(&place.request()).await?, ["stays"], "what is left");
    same!(place.store.delete_many(&[]).await?.len(), 0, "the answers to nothing");
    Ok(())
}

async fn a_copy_has_its_own_metadata(place: Place) -> Outcome {
    place.put_with("from", "content", &described("source")).await?;
    let from = CopyFrom { key: place.key("from")?, version: None, if_match: None };
    let to = place.key("deep/er/to")?;
    place.store.copy(&from, &to, &described("copy")).await?;
    same!(place.read("deep/er/to").await?, "content", "the copy's content");
    let meta = place.store.head(&to, &ReadOptions::default()).await?;
    same!(meta.metadata, described("copy").metadata, "the copy's metadata");
    same!(meta.content_type, described("copy").content_type, "the copy's type");
    let meta = place.store.head(&from.key, &ReadOptions::default()).await?;
    same!(meta.metadata, described("source").metadata, "the source's metadata");
    let nowhere = CopyFrom { key: place.key("nothing")?, ..from };
    let missing = place.store.copy(&nowhere, &to, &WriteOptions::default()).await;
    refused!(missing, Error::NotFound { .. }, "a copy of nothing");
    Ok(())
}

async fn a_copy_needs_the_right_tag(place: Place) -> Outcome {
    let etag = place.put("from", "content").await?.etag;
    let to = place.key("to")?;
    let mut from = CopyFrom { key: place.key("from")?, version: None, if_match: Some(other_tag()) };
    let wrong = place.store.copy(&from, &to, &WriteOptions::default()).await;
    refused!(wrong, Error::PreconditionFailed { .. }, "a copy of another");
    from.if_match = Some(etag);
    place.store.copy(&from, &to, &WriteOptions::default()).await?;
    same!(place.read("to").await?, "content", "the copy's content");
    Ok(())
}

async fn a_failed_body_leaves_nothing(place: Place) -> Outcome {
    place.put("kept", "old").await?;
    for name in ["new", "kept"] {
        for announced in [Some(3_000_000), None] {
            let chunks = vec![Ok(pattern(1_500_000, 3)), Err(Error::Cancelled)];
            let body = Body::stream(stream::iter(chunks).boxed(), announced);
            let result = place.store.put(&place.key(name)?, body, &WriteOptions::default()).await;
            ensure!(result.is_err(), "a body that failed was stored");
        }
        let short = Body::stream(stream::iter(vec![Ok(Bytes::from_static(b"abc"))]).boxed(), Some(10));
        let result = place.store.put(&place.key(name)?, short, &WriteOptions::default()).await;
        ensure!(result.is_err(), "a body that was too short was stored");
    }
    same!(place.names(&place.request()).await?, ["kept"], "the listing");
    same!(place.read("kept").await?, "old", "the content");
    Ok(())
}

async fn wrong_content_is_refused(place: Place) -> Outcome {
    let body = Body::bytes("content").with_sha256([7; 32]);
    let result = place.store.put(&place.key("it")?, body, &WriteOptions::default()).await;
    ensure!(result.is_err(), "content with another SHA-256 was stored");
    same!(place.names(&place.request()).await?.len(), 0, "what is there");
    let right = Body::bytes("content").with_sha256(Sha256::digest(b"content").into());
    place.store.put(&place.key("it")?, right, &WriteOptions::default()).await?;
    Ok(())
}

async fn a_checksum_is_kept(place: Place) -> Outcome {
    let value = BASE64_STANDARD.encode(Sha256::digest(b"content"));
    let checksum = Some(Checksum { algorithm: "SHA256".into(), value });
    let options = WriteOptions { checksum: checksum.clone(), ..WriteOptions::default() };
    place.put_with("it", "content", &options).await?;
    same!(place.store.head(&place.key("it")?, &ReadOptions::default()).await?.checksum, checksum, "the checksum");
    let wrong = place.store.put(&place.key("it")?, Body::bytes("other"), &options).await;
    ensure!(wrong.is_err(), "content with another checksum was stored");
    same!(place.read("it").await?, "content", "the content");
    Ok(())
}

async fn streamed(place: Place, content: Bytes, announced: Option<u64>) -> Outcome {
    let chunks: Vec<_> = (0..22).map(|at| Ok(content.slice(at * 100_000..(at + 1) * 100_000))).collect();
    let body = Body::stream(stream::iter(chunks).boxed(), announced);
    place.store.put(&place.key("it")?, body, &WriteOptions::default()).await?;
    ensure!(place.read("it").await? == content, "the content differs");
    Ok(())
}

async fn a_streamed_body_is_stored(place: Place) -> Outcome {
    streamed(place, pattern(2_200_000, 9), Some(2_200_000)).await
}

async fn a_body_of_unknown_length_is_stored(place: Place) -> Outcome {
    streamed(place, pattern(2_200_000, 9), None).await
}
