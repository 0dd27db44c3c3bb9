//! What a reader gets.

use bytes::Bytes;

use super::{Outcome, Place, ensure, promises, refused, same};
use crate::{ETag, Error, Metadata, ReadOptions, ReadRange, WriteOptions, body::collect};

promises! {
    Shared an_empty_object_is_an_object [];
    Shared metadata_and_type_are_kept [];
    Shared unicode_metadata_is_kept [UnicodeMetadata];
    Shared what_is_not_there_is_not_found [];
    Shared ranges_are_cut_and_refused [InvalidRange];
    Shared reads_hold_their_conditions [];
    Shared a_large_object_comes_back_whole [];
    Shared a_reader_keeps_what_it_began_with [];
}

/// Bytes that repeat at no convenient length.
pub(super) fn pattern(len: usize, seed: u8) -> Bytes {
    (0..len).map(|at| (at % 251) as u8 ^ (at / 65_536) as u8 ^ seed).collect::<Vec<u8>>().into()
}

async fn an_empty_object_is_an_object(place: Place) -> Outcome {
    place.put("empty", "").await?;
    same!(place.read("empty").await?.len(), 0, "the content");
    let meta = place.store.head(&place.key("empty")?, &ReadOptions::default()).await?;
    same!(meta.size, 0, "the size");
    same!(meta.etag.as_str(), "d41d8cd98f00b204e9800998ecf8427e", "the tag");
    same!(place.names(&place.request()).await?, ["empty"], "the listing");
    Ok(())
}

fn with_metadata(pairs: &[(&str, &str)]) -> WriteOptions {
    let metadata: Metadata = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    WriteOptions { metadata, content_type: Some("image/x-test".into()), ..WriteOptions::default() }
}

async fn kept(place: Place, pairs: &[(&str, &str)]) -> Outcome {
    let options = with_metadata(pairs);
    let written = place.put_with("it", "content", &options).await?;
    let key = place.key("it")?;
    let head = place.store.head(&key, &ReadOptions::default()).await?;
    let get = place.store.get(&key, &ReadOptions::default()).await?.meta;
    for meta in [head, get] {
        same!(meta.metadata, options.metadata, "the metadata");
        same!(meta.content_type, options.content_type, "the content type");
        same!(meta.etag, written.etag, "the tag");
        let age = jiff::Timestamp::now().duration_since(meta.last_modified).as_secs().abs();
        ensure!(age < 900, "it was stored {age} seconds away from now");
    }
    Ok(())
}

async fn metadata_and_type_are_kept(place: Place) -> Outcome {
    let long = "v".repeat(1500);
    kept(place, &[("mtime", "1700000000.123456789"), ("mode", "100644"), ("long", &long)]).await
}

async fn unicode_metadata_is_kept(place: Place) -> Outcome {
    let long = "ü".repeat(250);
    kept(place, &[("name", "Großmutter 🎂 日本"), ("plus", "a+b%20c"), ("long", &long)]).await
}

async fn what_is_not_there_is_not_found(place: Place) -> Outcome {
    place.put("dir/file", "x").await?;
    for name in ["nothing", "dir", "dir/", "dir/file/below"] {
        let key = place.key(name)?;
        refused!(place.store.head(&key, &ReadOptions::default()).await, Error::NotFound { .. }, format!("head {name}"));
        let got = place.store.get(&key, &ReadOptions::default()).await.map(|_| ());
        refused!(got, Error::NotFound { .. }, format!("get {name}"));
    }
    Ok(())
}

async fn ranges_are_cut_and_refused(place: Place) -> Outcome {
    let content = pattern(1000, 0);
    place.put("it", content.clone()).await?;
    let key = place.key("it")?;
    let span = |start, end| ReadRange::Span { start, end };
    let good = [
        (span(0, 1), 0..1),
        (span(10, 20), 10..20),
        (span(990, 5000), 990..1000),
        (ReadRange::From(0), 0..1000),
        (ReadRange::From(999), 999..1000),
        (ReadRange::Last(1), 999..1000),
        (ReadRange::Last(5000), 0..1000),
    ];
    for (range, bytes) in good {
        let options = ReadOptions { range: Some(range), ..ReadOptions::default() };
        let got = place.store.get(&key, &options).await?;
        same!(got.range, bytes, format!("the bytes of {range:?}"));
        same!(got.meta.size, 1000, "the whole size");
        same!(collect(got.body).await?, content.slice(bytes.start as usize..bytes.end as usize), format!("{range:?}"));
    }
    for range in [ReadRange::From(1000), span(1000, 1001), span(4000, 5000)] {
        let options = ReadOptions { range: Some(range), ..ReadOptions::default() };
        let got = place.store.get(&key, &options).await.map(|_| ());
        refused!(got, Error::InvalidRange { .. }, format!("{range:?}"));
    }
    Ok(())
}

async fn reads_hold_their_conditions(place: Place) -> Outcome {
    let etag = place.put("it", "content").await?.etag;
    let (key, other) = (place.key("it")?, ETag::new("0123456789abcdef0123456789abcdef"));
    let matching = |tag: &ETag| ReadOptions { if_match: Some(tag.clone()), ..ReadOptions::default() };
    let differing = |tag: &ETag| ReadOptions { if_none_match: Some(tag.clone()), ..ReadOptions::default() };
    for good in [matching(&etag), differing(&other)] {
        place.store.head(&key, &good).await?;
        same!(collect(place.store.get(&key, &good).await?.body).await?, "content", "the content");
    }
    let got = place.store.get(&key, &matching(&other)).await.map(|_| ());
    refused!(got, Error::PreconditionFailed { .. }, "get with another tag");
    refused!(place.store.head(&key, &matching(&other)).await, Error::PreconditionFailed { .. }, "head likewise");
    let got = place.store.get(&key, &differing(&etag)).await.map(|_| ());
    refused!(got, Error::NotModified { .. }, "get of what is known");
    refused!(place.store.head(&key, &differing(&etag)).await, Error::NotModified { .. }, "head likewise");
    Ok(())
}

async fn a_large_object_comes_back_whole(place: Place) -> Outcome {
    let content = pattern(3_000_001, 7);
    place.put("it", content.clone()).await?;
    ensure!(place.read("it").await? == content, "the content differs");
    let range = ReadRange::Span { start: 1_048_575, end: 2_097_153 };
    let options = ReadOptions { range: Some(range), ..ReadOptions::default() };
    ensure!(place.read_with("it", &options).await? == content.slice(1_048_575..2_097_153), "the range differs");
    Ok(())
}

async fn a_reader_keeps_what_it_began_with(place: Place) -> Outcome {
    let (old, new) = (pattern(2_500_000, 1), pattern(2_500_000, 2));
    place.put("it", old.clone()).await?;
    let begun = place.store.get(&place.key("it")?, &ReadOptions::default()).await?;
    place.put("it", new.clone()).await?;
    let got = collect(begun.body).await?;
    ensure!(got == old || got == new, "the reader got a mixture");
    ensure!(place.read("it").await? == new, "the new content is not there");
    Ok(())
}
