//! Uploads in parts.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, ObjectAttributes},
};

use crate::{
    bed::{BUCKET, Bed, code, content, status},
    raw::{send_signed, sha256},
};

pub const PART: usize = 5 << 20;

pub async fn begin(bed: &Bed, key: &str) -> String {
    let begun = bed.client.create_multipart_upload().bucket(BUCKET).key(key).content_type("video/mp4");
    begun.metadata("a", "1").cache_control("no-store").send().await.unwrap().upload_id.unwrap()
}

pub async fn send(bed: &Bed, key: &str, id: &str, number: i32, content: Vec<u8>) -> CompletedPart {
    let part = bed.client.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(number);
    let sent = part.body(ByteStream::from(content)).send().await.unwrap();
    CompletedPart::builder().part_number(number).e_tag(sent.e_tag.unwrap()).build()
}

pub fn list(parts: &[CompletedPart]) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build()
}

#[tokio::test]
async fn parts_make_the_object_and_a_repeated_completion_gives_the_same_answer() {
    for bed in Bed::all().await {
        let whole = content(PART + 1000);
        let id = begin(&bed, "video").await;
        let second = send(&bed, "video", &id, 7, whole[PART..].to_vec()).await;
        send(&bed, "video", &id, 2, content(10)).await;
        let first = send(&bed, "video", &id, 2, whole[..PART].to_vec()).await;
        let listed =
            bed.client.list_parts().bucket(BUCKET).key("video").upload_id(&id).max_parts(1).send().await.unwrap();
        assert_eq!((listed.is_truncated(), listed.next_part_number_marker()), (Some(true), Some("2")));
        let parts = list(&[first, second]);
        let complete = || {
            let call = bed.client.complete_multipart_upload().bucket(BUCKET).key("video").upload_id(&id);
            call.multipart_upload(parts.clone()).send()
        };
        let done = complete().await.unwrap();
        assert!(done.e_tag().unwrap().ends_with("-2\""));
        assert_eq!(complete().await.unwrap().e_tag(), done.e_tag(), "repeated over {}", bed.place);
        let got = bed.client.get_object().bucket(BUCKET).key("video").send().await.unwrap();
        assert_eq!((got.content_type(), got.cache_control()), (Some("video/mp4"), Some("no-store")));
        assert_eq!(got.metadata().unwrap()["a"], "1");
        assert!(got.body.collect().await.unwrap().to_vec() == whole);
        bed.put("video", b"newer").await;
        match complete().await {
            Ok(again) => assert_eq!(again.e_tag(), done.e_tag()),
            Err(error) => assert_eq!(code(&error), "NoSuchUpload"),
        }
        assert_eq!(bed.get("video").await.as_deref(), Some(&b"newer"[..]));
    }
}

#[tokio::test]
async fn a_completion_that_does_not_fit_changes_nothing() {
    for bed in Bed::all().await {
        bed.put("a", b"old").await;
        let id = begin(&bed, "a").await;
        let one = send(&bed, "a", &id, 1, content(PART)).await;
        let two = send(&bed, "a", &id, 2, content(100)).await;
        let three = send(&bed, "a", &id, 3, content(100)).await;
        let lie = CompletedPart::builder().part_number(1).e_tag(two.e_tag().unwrap()).build();
        let ghost = CompletedPart::builder().part_number(9).e_tag(two.e_tag().unwrap()).build();
        let call = || bed.client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
        let table = [
            (vec![two.clone(), one.clone()], "InvalidPartOrder"),
            (vec![lie, two.clone()], "InvalidPart"),
            (vec![one.clone(), ghost], "InvalidPart"),
            (vec![one.clone(), two.clone(), three.clone()], "EntityTooSmall"),
        ];
        for (parts, expected) in table {
            let refused = call().multipart_upload(list(&parts)).send().await.unwrap_err();
            assert_eq!((status(&refused), code(&refused).as_str()), (400, expected), "{}", bed.place);
        }
        let good = list(&[one, two]);
        let refused = call().multipart_upload(good.clone()).mpu_object_size(1).send().await.unwrap_err();
        assert_eq!(code(&refused), "InvalidRequest");
        let refused = call().multipart_upload(good.clone()).if_none_match("*").send().await.unwrap_err();
        assert_eq!((status(&refused), code(&refused).as_str()), (412, "PreconditionFailed"));
        let refused = call().multipart_upload(good.clone()).checksum_crc32("AAAAAA==").send().await.unwrap_err();
        assert_eq!(code(&refused), "BadDigest", "a checksum of the whole is not taken on trust");
        let xml = b"<CompleteMultipartUpload></CompleteMultipartUpload>";
        let target = format!("/photos/a?uploadId={id}");
        let answer = send_signed(&bed.running, "POST", &target, &[], &sha256(xml), xml).await;
        assert_eq!(answer.code(), "MalformedXML");
        assert_eq!(bed.get("a").await.as_deref(), Some(&b"old"[..]));
        let size = (PART + 100) as i64;
        call().multipart_upload(good).mpu_object_size(size).send().await.unwrap();
        assert_eq!(bed.get("a").await.unwrap().len(), PART + 100);
    }
}

#[tokio::test]
async fn unfinished_uploads_are_listed_by_prefix_and_aborted() {
    for bed in Bed::all().await {
        for key in ["a b/1", "a b/2", "c"] {
            begin(&bed, key).await;
        }
        let uploads = bed.client.list_multipart_uploads().bucket(BUCKET).prefix("a b/").send().await.unwrap();
        let keys: Vec<_> = uploads.uploads().iter().map(|row| row.key().unwrap()).collect();
        assert_eq!(keys, ["a b/1", "a b/2"]);
        let groups = bed.client.list_multipart_uploads().bucket(BUCKET).delimiter("/").send().await.unwrap();
        assert_eq!((groups.uploads().len(), groups.common_prefixes().len()), (1, 1));
        let id = uploads.uploads()[0].upload_id().unwrap();
        let abort = || bed.client.abort_multipart_upload().bucket(BUCKET).key("a b/1").upload_id(id).send();
        abort().await.unwrap();
        assert_eq!(code(&abort().await.unwrap_err()), "NoSuchUpload");
        for id in ["none", "../../x", "a/b", "%00"] {
            let part = bed.client.upload_part().bucket(BUCKET).key("c").upload_id(id).part_number(1);
            let refused = part.body(ByteStream::from_static(b"x")).send().await.unwrap_err();
            assert_eq!(code(&refused), "NoSuchUpload", "{id}");
        }
        let id = begin(&bed, "d").await;
        for number in [0, 10_001, -1] {
            let part = bed.client.upload_part().bucket(BUCKET).key("d").upload_id(&id).part_number(number);
            let refused = part.body(ByteStream::from_static(b"x")).send().await.unwrap_err();
            assert_eq!(code(&refused), "InvalidArgument", "{number}");
        }
    }
}

#[tokio::test]
async fn a_part_is_copied_from_a_range_of_an_object() {
    for bed in Bed::all().await {
        let whole = content(PART + 500);
        bed.put("source", &whole).await;
        let id = begin(&bed, "copy").await;
        let copy = |number: i32, range: &str| {
            let call = bed.client.upload_part_copy().bucket(BUCKET).key("copy").upload_id(&id).part_number(number);
            call.copy_source("photos/source").copy_source_range(range).send()
        };
        let mut parts = Vec::new();
        for (number, range) in [(1, format!("bytes=0-{}", PART - 1)), (2, format!("bytes={PART}-{}", PART + 499))] {
            let etag = copy(number, &range).await.unwrap().copy_part_result.unwrap().e_tag.unwrap();
            parts.push(CompletedPart::builder().part_number(number).e_tag(etag).build());
        }
        assert_eq!(code(&copy(3, "bytes=9-1").await.unwrap_err()), "InvalidArgument");
        assert_eq!(code(&copy(3, "bytes=0-99999999").await.unwrap_err()), "InvalidRange");
        let call = bed.client.complete_multipart_upload().bucket(BUCKET).key("copy").upload_id(&id);
        call.multipart_upload(list(&parts)).send().await.unwrap();
        assert!(bed.get("copy").await.unwrap() == whole);
    }
}

#[tokio::test]
async fn the_parts_of_an_object_are_read_one_by_one() {
    for bed in Bed::all().await {
        let sizes = [PART, PART, PART + 7, 100];
        let whole = content(sizes.iter().sum());
        let id = begin(&bed, "a").await;
        let (mut parts, mut spans, mut start) = (Vec::new(), Vec::new(), 0);
        for (at, size) in sizes.into_iter().enumerate() {
            // Numbers with gaps: what is read are the first, second and so on of the object.
            parts.push(send(&bed, "a", &id, at as i32 * 3 + 2, whole[start..start + size].to_vec()).await);
            spans.push(start..start + size);
            start += size;
        }
        let call = bed.client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
        call.multipart_upload(list(&parts)).send().await.unwrap();
        bed.client.copy_object().bucket(BUCKET).key("copy").copy_source("photos/a").send().await.unwrap();
        for key in ["a", "copy"] {
            for (at, span) in spans.iter().enumerate() {
                let get = || bed.client.get_object().bucket(BUCKET).key(key).part_number(at as i32 + 1);
                let got = get().send().await.unwrap();
                let place = format!("bytes {}-{}/{}", span.start, span.end - 1, whole.len());
                assert_eq!((got.content_range(), got.parts_count()), (Some(place.as_str()), Some(4)), "{}", bed.place);
                assert!(got.body.collect().await.unwrap().to_vec() == whole[span.clone()], "{at} over {}", bed.place);
                let head = bed.client.head_object().bucket(BUCKET).key(key).part_number(at as i32 + 1);
                let head = head.send().await.unwrap();
                assert_eq!((head.content_length(), head.parts_count()), (Some(span.len() as i64), Some(4)));
                assert_eq!(head.content_range(), Some(place.as_str()));
                let refused = get().if_match("\"other\"").send().await.unwrap_err();
                assert_eq!(status(&refused), 412);
            }
        }
        let attributes = bed.client.get_object_attributes().bucket(BUCKET).key("a");
        let attributes = attributes.object_attributes(ObjectAttributes::ObjectParts).send().await.unwrap();
        assert_eq!(attributes.object_parts().unwrap().total_parts_count(), Some(4));
    }
}

#[tokio::test]
async fn a_part_that_is_not_there_is_refused() {
    for bed in Bed::all().await {
        bed.put("single", b"whole").await;
        bed.put("empty", b"").await;
        let get = |key: &str, number: i32| bed.client.get_object().bucket(BUCKET).key(key).part_number(number);
        let one = get("single", 1).send().await.unwrap();
        assert_eq!((one.content_range(), one.parts_count()), (Some("bytes 0-4/5"), None), "{}", bed.place);
        assert_eq!(get("empty", 1).send().await.unwrap().content_length(), Some(0));
        for (number, status_code, expected) in
            [(2, 416, "InvalidPartNumber"), (0, 400, "InvalidArgument"), (10_001, 400, "InvalidArgument")]
        {
            let refused = get("single", number).send().await.unwrap_err();
            assert_eq!((status(&refused), code(&refused).as_str()), (status_code, expected), "{number}");
        }
        let both = get("single", 1).range("bytes=0-1").send().await.unwrap_err();
        assert_eq!(code(&both), "InvalidRequest");
    }
}
