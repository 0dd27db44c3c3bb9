//! Checksums of objects that are made from parts: computed from what becomes the object, compared before it does.

use aws_sdk_s3::{
    operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder as Completion,
    types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedPart},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use s3s::crypto::{Checksum as _, Crc32, Crc64Nvme};
use sha2::{Digest, Sha256};

use crate::{
    bed::{BUCKET, Bed, code, content, status},
    multipart::{PART, list, send},
};

/// An upload of two parts that is ready to be completed.
struct Ready<'a> {
    bed: &'a Bed,
    id: String,
    parts: Vec<CompletedPart>,
}

impl<'a> Ready<'a> {
    async fn new(bed: &'a Bed, whole: &[u8], promise: Option<(ChecksumAlgorithm, ChecksumType)>) -> Self {
        let mut begun = bed.client.create_multipart_upload().bucket(BUCKET).key("a");
        if let Some((algorithm, kind)) = promise {
            begun = begun.checksum_algorithm(algorithm).checksum_type(kind);
        }
        let id = begun.send().await.unwrap().upload_id.unwrap();
        let mut parts = Vec::new();
        for (number, content) in whole.chunks(PART).enumerate() {
            parts.push(send(bed, "a", &id, number as i32 + 1, content.to_vec()).await);
        }
        Self { bed, id, parts }
    }

    fn complete(&self) -> Completion {
        let call = self.bed.client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&self.id);
        call.multipart_upload(list(&self.parts))
    }

    async fn refused(&self, call: Completion, expected: &str) {
        let refused = call.send().await.unwrap_err();
        assert_eq!((status(&refused), code(&refused).as_str()), (400, expected), "over {}", self.bed.place);
        assert_eq!(self.bed.get("a").await.as_deref(), Some(&b"old"[..]), "over {}", self.bed.place);
    }
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn crc32(content: &[u8]) -> String {
    base64(Crc32::checksum(content))
}

fn composite_sha256(whole: &[u8]) -> String {
    let digests: Vec<u8> = whole.chunks(PART).flat_map(Sha256::digest).collect();
    base64(Sha256::digest(digests))
}

#[tokio::test]
async fn a_checksum_over_the_whole_content_is_compared_and_kept() {
    for bed in Bed::all().await {
        bed.put("a", b"old").await;
        let whole = content(PART + 1000);
        let ready = Ready::new(&bed, &whole, Some((ChecksumAlgorithm::Crc32, ChecksumType::FullObject))).await;
        ready.refused(ready.complete().checksum_crc32("AAAAAA=="), "BadDigest").await;
        ready.refused(ready.complete().checksum_crc32(crc32(&whole[..PART])), "BadDigest").await;
        ready.refused(ready.complete().checksum_crc32("AAAA"), "InvalidRequest").await;
        let composite = ready.complete().checksum_type(ChecksumType::Composite).checksum_crc32(crc32(&whole));
        ready.refused(composite, "InvalidRequest").await;
        ready.refused(ready.complete().checksum_crc32_c("AAAAAA=="), "InvalidRequest").await;
        let done = ready.complete().checksum_crc32(crc32(&whole)).send().await.unwrap();
        assert_eq!(done.checksum_crc32(), Some(crc32(&whole).as_str()), "over {}", bed.place);
        assert_eq!(done.checksum_type(), Some(&ChecksumType::FullObject));
        let head = bed.client.head_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        assert_eq!(head.checksum_crc32(), Some(crc32(&whole).as_str()));
        assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
        let got = bed.client.get_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
        assert!(got.send().await.unwrap().body.collect().await.unwrap().to_vec() == whole, "the SDK compared it too");
    }
}

#[tokio::test]
async fn a_checksum_over_those_of_the_parts_is_compared_and_kept() {
    for bed in Bed::all().await {
        bed.put("a", b"old").await;
        let whole = content(PART + 1000);
        let mut ready = Ready::new(&bed, &whole, Some((ChecksumAlgorithm::Sha256, ChecksumType::Composite))).await;
        let value = composite_sha256(&whole);
        ready.refused(ready.complete().checksum_sha256(base64(Sha256::digest(&whole))), "BadDigest").await;
        ready.refused(ready.complete().checksum_sha256(format!("{value}-3")), "BadDigest").await;
        let full = ready.complete().checksum_type(ChecksumType::FullObject).checksum_sha256(&value);
        ready.refused(full, "InvalidRequest").await;
        let plain = ready.parts.clone();
        let summed = |at: usize, content: &[u8]| {
            let part = CompletedPart::builder().part_number(at as i32 + 1).e_tag(plain[at].e_tag().unwrap());
            part.checksum_sha256(base64(Sha256::digest(content))).build()
        };
        ready.parts = vec![summed(0, &whole[..PART]), summed(1, b"another")];
        ready.refused(ready.complete().checksum_sha256(&value), "InvalidPart").await;
        ready.parts = vec![summed(0, &whole[..PART]), summed(1, &whole[PART..])];
        let done = ready.complete().checksum_sha256(format!("{value}-2")).send().await.unwrap();
        assert_eq!(done.checksum_sha256(), Some(format!("{value}-2").as_str()), "over {}", bed.place);
        assert_eq!(done.checksum_type(), Some(&ChecksumType::Composite));
        let copy = bed.client.copy_object().bucket(BUCKET).key("copy").copy_source("photos/a").send().await.unwrap();
        assert_eq!(copy.copy_object_result().unwrap().checksum_sha256(), done.checksum_sha256());
    }
}

#[tokio::test]
async fn what_an_upload_promised_is_computed_without_being_named_again() {
    for bed in Bed::all().await {
        let whole = content(PART + 1000);
        let ready = Ready::new(&bed, &whole, Some((ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject))).await;
        let done = ready.complete().send().await.unwrap();
        assert_eq!(done.checksum_crc64_nvme(), Some(base64(Crc64Nvme::checksum(&whole)).as_str()), "{}", bed.place);
        let again = ready.complete().send().await;
        if let Ok(again) = again {
            assert_eq!(again.checksum_crc64_nvme(), done.checksum_crc64_nvme());
        }
    }
}

#[tokio::test]
async fn a_beginning_with_a_checksum_that_s3_does_not_know_is_refused() {
    let bed = Bed::memory().await;
    let begin = || bed.client.create_multipart_upload().bucket(BUCKET).key("a");
    let whole = begin().checksum_algorithm(ChecksumAlgorithm::Sha256).checksum_type(ChecksumType::FullObject);
    assert_eq!(code(&whole.send().await.unwrap_err()), "InvalidRequest");
    let parts = begin().checksum_algorithm(ChecksumAlgorithm::Crc64Nvme).checksum_type(ChecksumType::Composite);
    assert_eq!(code(&parts.send().await.unwrap_err()), "InvalidRequest");
}
