//! Multipart uploads from the first part to the last answer.

use bytes::Bytes;

use super::{Failure, Outcome, Place, ensure, promises, reads::pattern, refused, same};
use crate::{Body, CompleteOptions, ETag, Error, Metadata, Part, ReadOptions, Upload, WriteOptions};

promises! {
    Shared three_parts_become_an_object [];
    Shared a_part_sent_again_replaces_the_first [];
    Shared only_the_named_parts_are_used [PartChoice];
    Shared a_wrong_part_is_refused [PartTags];
    Shared parts_out_of_order_are_refused [PartOrder];
    Shared a_small_part_is_refused [PartSizes];
    Shared the_parts_of_an_upload_are_listed [];
    Shared unfinished_uploads_are_listed [UploadListing];
    Shared an_abort_may_be_repeated [];
    Shared what_was_aborted_is_gone [AbortedUploads];
    Shared a_completion_may_be_repeated [RepeatedCompletion];
    Shared a_completion_holds_its_conditions [CompleteConditions];
}

const PART: usize = 5 << 20;

impl Place {
    async fn begin(&self, name: &str) -> Result<Upload, Failure> {
        Ok(self.store.create_multipart(&self.key(name)?, &WriteOptions::default()).await?)
    }

    async fn send(&self, upload: &Upload, number: u16, content: Bytes) -> Result<Part, Failure> {
        Ok(self.store.upload_part(upload, number, Body::bytes(content)).await?)
    }

    async fn complete(&self, upload: &Upload, parts: &[Part]) -> crate::Result<crate::Written> {
        self.store.complete_multipart(upload, parts, &CompleteOptions::default()).await
    }
}

async fn three_parts_become_an_object(place: Place) -> Outcome {
    let metadata = Metadata::from([("made".to_owned(), "of parts".to_owned())]);
    let options = WriteOptions { metadata, content_type: Some("video/x-test".into()), ..WriteOptions::default() };
    let upload = place.store.create_multipart(&place.key("it")?, &options).await?;
    let contents = [pattern(PART, 1), pattern(PART + 1, 2), pattern(12_345, 3)];
    let mut parts = Vec::new();
    for at in [2, 0, 1] {
        parts.push(place.send(&upload, at as u16 * 3 + 1, contents[at].clone()).await?);
    }
    let early = place.store.head(&upload.key, &ReadOptions::default()).await;
    refused!(early, Error::NotFound { .. }, "the object before its completion");
    parts.sort_by_key(|part| part.number);
    let written = place.complete(&upload, &parts).await?;
    ensure!(written.etag.as_str().ends_with("-3"), "the tag {:?} does not count three parts", written.etag);
    ensure!(place.read("it").await? == contents.concat(), "the content differs");
    let meta = place.store.head(&upload.key, &ReadOptions::default()).await?;
    same!(meta.etag, written.etag, "the tag");
    same!(meta.metadata, options.metadata, "the metadata");
    same!(meta.content_type, options.content_type, "the content type");
    same!(place.store.list_uploads(&place.prefix).await?.len(), 0, "unfinished uploads");
    Ok(())
}

async fn a_part_sent_again_replaces_the_first(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    let first = place.send(&upload, 1, pattern(PART, 1)).await?;
    let second = place.send(&upload, 1, pattern(PART, 2)).await?;
    ensure!(first.etag != second.etag, "both have the same tag");
    let last = place.send(&upload, 2, pattern(10, 3)).await?;
    place.complete(&upload, &[second, last]).await?;
    ensure!(place.read("it").await? == [pattern(PART, 2), pattern(10, 3)].concat(), "the content differs");
    Ok(())
}

async fn only_the_named_parts_are_used(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    place.send(&upload, 1, pattern(PART, 1)).await?;
    let second = place.send(&upload, 2, pattern(100, 2)).await?;
    place.complete(&upload, &[second]).await?;
    ensure!(place.read("it").await? == pattern(100, 2), "the content differs");
    Ok(())
}

async fn a_wrong_part_is_refused(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    let part = place.send(&upload, 1, pattern(PART, 1)).await?;
    let wrong = Part { etag: ETag::new("0123456789abcdef0123456789abcdef"), ..part.clone() };
    refused!(place.complete(&upload, &[wrong]).await, Error::InvalidPart { .. }, "another tag");
    let never = Part { number: 2, ..part.clone() };
    refused!(place.complete(&upload, &[part.clone(), never]).await, Error::InvalidPart { .. }, "a part never sent");
    place.complete(&upload, &[part]).await?;
    Ok(())
}

async fn parts_out_of_order_are_refused(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    let first = place.send(&upload, 1, pattern(PART, 1)).await?;
    let second = place.send(&upload, 2, pattern(PART, 2)).await?;
    let turned = place.complete(&upload, &[second.clone(), first.clone()]).await;
    refused!(turned, Error::InvalidPartOrder { .. }, "turned parts");
    let twice = place.complete(&upload, &[first.clone(), first.clone()]).await;
    refused!(twice, Error::InvalidPartOrder { .. }, "a part named twice");
    place.complete(&upload, &[first, second]).await?;
    Ok(())
}

async fn a_small_part_is_refused(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    let first = place.send(&upload, 1, pattern(PART - 1, 1)).await?;
    let second = place.send(&upload, 2, pattern(10, 2)).await?;
    refused!(place.complete(&upload, &[first, second]).await, Error::PartTooSmall { .. }, "a small part");
    Ok(())
}

async fn the_parts_of_an_upload_are_listed(place: Place) -> Outcome {
    let upload = place.begin("dir/it").await?;
    same!(place.store.list_parts(&upload).await?.len(), 0, "the parts before any was sent");
    let second = place.send(&upload, 2, pattern(PART, 2)).await?;
    let first = place.send(&upload, 1, pattern(PART, 1)).await?;
    same!(place.store.list_parts(&upload).await?, [first, second], "the parts");
    place.store.abort_multipart(&upload).await?;
    Ok(())
}

async fn unfinished_uploads_are_listed(place: Place) -> Outcome {
    let upload = place.begin("dir/it").await?;
    let other = place.begin("else").await?;
    let listed: Vec<Upload> = place.store.list_uploads(&place.prefix).await?.into_iter().map(|u| u.upload).collect();
    same!(listed, [upload.clone(), other], "the uploads");
    let below = place.store.list_uploads(&format!("{}dir/", place.prefix)).await?;
    same!(below.len(), 1, "the uploads below dir/");
    ensure!(below[0].initiated.is_some(), "there is no time");
    Ok(())
}

async fn an_abort_may_be_repeated(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    let part = place.send(&upload, 1, pattern(100, 1)).await?;
    place.store.abort_multipart(&upload).await?;
    place.store.abort_multipart(&upload).await?;
    ensure!(place.complete(&upload, &[part]).await.is_err(), "what was aborted was completed");
    same!(place.names(&place.request()).await?.len(), 0, "what is there");
    let never = Upload { key: place.key("it")?, id: "../../never".into() };
    let gone = place.store.upload_part(&never, 1, Body::bytes("x")).await;
    ensure!(gone.is_err(), "a part of an upload that never was");
    Ok(())
}

async fn what_was_aborted_is_gone(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    let part = place.send(&upload, 1, pattern(100, 1)).await?;
    place.store.abort_multipart(&upload).await?;
    refused!(place.store.list_parts(&upload).await, Error::NoSuchUpload { .. }, "its parts");
    let late = place.store.upload_part(&upload, 1, Body::bytes("x")).await;
    refused!(late, Error::NoSuchUpload { .. }, "a part of it");
    refused!(place.complete(&upload, &[part]).await, Error::NoSuchUpload { .. }, "its completion");
    Ok(())
}

async fn a_completion_may_be_repeated(place: Place) -> Outcome {
    let upload = place.begin("it").await?;
    let part = place.send(&upload, 1, pattern(100, 1)).await?;
    let written = place.complete(&upload, std::slice::from_ref(&part)).await?;
    match place.complete(&upload, std::slice::from_ref(&part)).await {
        Ok(again) => same!(again, written, "the second answer"),
        Err(error) => refused!(Err::<(), _>(error), Error::NoSuchUpload { .. }, "the second completion"),
    }
    place.store.abort_multipart(&upload).await?;
    ensure!(place.read("it").await? == pattern(100, 1), "the content went with the abort");
    Ok(())
}

async fn a_completion_holds_its_conditions(place: Place) -> Outcome {
    let etag = place.put("it", "first").await?.etag;
    let upload = place.begin("it").await?;
    let part = place.send(&upload, 1, pattern(100, 1)).await?;
    let parts = [part];
    let create = CompleteOptions { if_absent: true, ..CompleteOptions::default() };
    let refusal = place.store.complete_multipart(&upload, &parts, &create).await;
    refused!(refusal, Error::PreconditionFailed { .. }, "creating over something");
    let other = ETag::new("0123456789abcdef0123456789abcdef");
    let other = CompleteOptions { if_match: Some(other), ..CompleteOptions::default() };
    let refusal = place.store.complete_multipart(&upload, &parts, &other).await;
    refused!(refusal, Error::PreconditionFailed { .. }, "replacing another");
    same!(place.read("it").await?, "first", "the content");
    let right = CompleteOptions { if_match: Some(etag), ..CompleteOptions::default() };
    place.store.complete_multipart(&upload, &parts, &right).await?;
    ensure!(place.read("it").await? == pattern(100, 1), "the content differs");
    Ok(())
}
