//! Listings, version 1 and 2.

use aws_sdk_s3::types::EncodingType;

use crate::{
    bed::{BUCKET, Bed, code},
    raw::{send_signed, sha256},
};

const KEYS: [&str; 9] = ["a b", "a+b", "dir/1", "dir/2", "dir/sub/3", "other/4", "z&<", "é", "日本"];

async fn filled() -> Vec<Bed> {
    let beds = Bed::all().await;
    for bed in &beds {
        for key in KEYS {
            bed.put(key, b"x").await;
        }
    }
    beds
}

#[tokio::test]
async fn every_page_size_lists_every_key_once_in_order() {
    for bed in filled().await {
        for size in 1..=10 {
            let mut pages = bed.client.list_objects_v2().bucket(BUCKET).max_keys(size).into_paginator().send();
            let mut seen = Vec::new();
            while let Some(page) = pages.next().await {
                let page = page.unwrap();
                assert_eq!(page.key_count(), Some(page.contents().len() as i32));
                seen.extend(page.contents().iter().map(|row| row.key().unwrap().to_owned()));
            }
            assert_eq!(seen, KEYS, "version 2, {size} a page, over {}", bed.place);
            let (mut seen, mut marker) = (Vec::new(), None);
            loop {
                let list = bed.client.list_objects().bucket(BUCKET).max_keys(size).set_marker(marker);
                let page = list.send().await.unwrap();
                seen.extend(page.contents().iter().map(|row| row.key().unwrap().to_owned()));
                if page.is_truncated() != Some(true) {
                    break;
                }
                marker = page.next_marker;
            }
            assert_eq!(seen, KEYS, "version 1, {size} a page, over {}", bed.place);
        }
    }
}

#[tokio::test]
async fn groups_count_as_rows_and_come_once() {
    for bed in filled().await {
        for size in 1..=10 {
            let list = bed.client.list_objects_v2().bucket(BUCKET).delimiter("/").max_keys(size);
            let mut pages = list.into_paginator().send();
            let (mut keys, mut groups) = (Vec::new(), Vec::new());
            while let Some(page) = pages.next().await {
                let page = page.unwrap();
                assert!(page.contents().len() + page.common_prefixes().len() <= size as usize);
                keys.extend(page.contents().iter().map(|row| row.key().unwrap().to_owned()));
                groups.extend(page.common_prefixes().iter().map(|row| row.prefix().unwrap().to_owned()));
            }
            assert_eq!((keys.len(), groups), (5, vec!["dir/".to_owned(), "other/".to_owned()]));
            let (mut groups, mut count, mut marker) = (Vec::new(), 0, None);
            loop {
                let list = bed.client.list_objects().bucket(BUCKET).delimiter("/").max_keys(size);
                let page = list.set_marker(marker).send().await.unwrap();
                count += page.contents().len();
                groups.extend(page.common_prefixes().iter().map(|row| row.prefix().unwrap().to_owned()));
                if page.is_truncated() != Some(true) {
                    break;
                }
                marker = page.next_marker;
            }
            assert_eq!((count, groups), (5, vec!["dir/".to_owned(), "other/".to_owned()]), "version 1, {size} a page");
        }
        let below = bed.client.list_objects_v2().bucket(BUCKET).prefix("dir/").delimiter("/").send().await.unwrap();
        assert_eq!((below.contents().len(), below.common_prefixes().len()), (2, 1));
    }
}

#[tokio::test]
async fn odd_names_are_url_encoded_when_asked_and_only_then() {
    for bed in filled().await {
        for target in ["/photos?encoding-type=url&list-type=2&prefix=a", "/photos?encoding-type=url&prefix=a"] {
            let answer = send_signed(&bed.running, "GET", target, &[], &sha256(b""), b"").await;
            let text = answer.text();
            assert!(text.contains("<Key>a%20b</Key>") && text.contains("<Key>a%2Bb</Key>"), "{text}");
            assert!(text.contains("<EncodingType>url</EncodingType>"));
        }
        let answer = send_signed(&bed.running, "GET", "/photos?list-type=2", &[], &sha256(b""), b"").await;
        assert!(answer.text().contains("<Key>日本</Key>") && answer.text().contains("<Key>z&amp;&lt;</Key>"));
        let list = bed.client.list_objects_v2().bucket(BUCKET).encoding_type(EncodingType::Url).start_after("dir/2");
        let page = list.send().await.unwrap();
        let keys: Vec<_> = page.contents().iter().map(|row| row.key().unwrap()).collect();
        assert_eq!(keys, ["dir/sub/3", "other/4", "z%26%3C", "%C3%A9", "%E6%97%A5%E6%9C%AC"]);
    }
}

#[tokio::test]
async fn edges_of_a_listing_answer_as_aws_does() {
    for bed in filled().await {
        let none = bed.client.list_objects_v2().bucket(BUCKET).max_keys(0).send().await.unwrap();
        assert_eq!((none.key_count(), none.is_truncated()), (Some(0), Some(false)));
        let empty = bed.client.list_objects_v2().bucket(BUCKET).delimiter("").send().await.unwrap();
        assert_eq!(empty.contents().len(), KEYS.len());
        let many = bed.client.list_objects_v2().bucket(BUCKET).max_keys(5000).send().await.unwrap();
        assert_eq!((many.max_keys(), many.contents().len()), (Some(1000), KEYS.len()));
        assert!(many.contents()[0].owner().is_none());
        let owned = bed.client.list_objects_v2().bucket(BUCKET).fetch_owner(true).send().await.unwrap();
        assert!(owned.contents()[0].owner().is_some());
        for target in [
            "/photos?list-type=2&max-keys=-1",
            "/photos?encoding-type=base64",
            "/photos?list-type=2&continuation-token=%21",
        ] {
            let answer = send_signed(&bed.running, "GET", target, &[], &sha256(b""), b"").await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidArgument"), "{target}");
        }
        let nowhere = bed.client.list_objects_v2().bucket("nowhere").send().await.unwrap_err();
        assert_eq!(code(&nowhere), "NoSuchBucket");
    }
}
