//! Content is stored only when it is exactly what was announced; what was there before stays.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{ChecksumAlgorithm, ChecksumMode},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    bed::{BUCKET, Bed, code, content, status},
    raw::{Answer, send_signed, send_signed_chunks, sha256},
};

/// One in memory, one streamed.
const SIZES: [usize; 2] = [4096, 300_000];
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// A PUT that must be refused with `code` and leave the old content.
async fn assert_refused(bed: &Bed, code: &str, headers: &[(&str, &str)], payload: &str, body: &[u8]) {
    bed.put("kept", b"old").await;
    for key in ["kept", "never"] {
        let target = format!("/{BUCKET}/{key}");
        let answer = send_signed(&bed.running, "PUT", &target, headers, payload, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{}: {}", bed.place, answer.text());
    }
    assert_eq!(bed.get("kept").await.as_deref(), Some(&b"old"[..]), "{}", bed.place);
    assert_eq!(bed.get("never").await, None, "{}", bed.place);
}

#[tokio::test]
async fn a_wrong_content_md5_stores_nothing() {
    for bed in Bed::all().await {
        for size in SIZES {
            let wrong = BASE64_STANDARD.encode([7; 16]);
            assert_refused(&bed, "BadDigest", &[("content-md5", &wrong)], UNSIGNED, &content(size)).await;
            assert_refused(&bed, "InvalidDigest", &[("content-md5", "short")], UNSIGNED, &content(size)).await;
        }
    }
}

#[tokio::test]
async fn a_wrong_checksum_header_stores_nothing() {
    for bed in Bed::all().await {
        for size in SIZES {
            for (name, bytes) in [("crc32", 4), ("crc32c", 4), ("crc64nvme", 8), ("sha1", 20), ("sha256", 32)] {
                let header = format!("x-amz-checksum-{name}");
                let wrong = BASE64_STANDARD.encode(vec![7; bytes]);
                assert_refused(&bed, "BadDigest", &[(&header, &wrong)], UNSIGNED, &content(size)).await;
                assert_refused(&bed, "InvalidRequest", &[(&header, "AA==")], UNSIGNED, &content(size)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_payload_hash_stores_nothing() {
    for bed in Bed::all().await {
        for size in SIZES {
            let wrong = sha256(b"something else");
            assert_refused(&bed, "XAmzContentSHA256Mismatch", &[], &wrong, &content(size)).await;
        }
        assert_refused(&bed, "XAmzContentSHA256Mismatch", &[], &sha256(b"x"), b"").await;
    }
}

#[tokio::test]
async fn a_body_shorter_than_announced_stores_nothing() {
    for bed in Bed::all().await {
        for size in SIZES {
            let encoded = chunked(&content(size - 1), 65_536, "x-amz-checksum-crc32", &crc32(&content(size - 1)));
            let len = size.to_string();
            let headers = trailer_headers(&len, "x-amz-checksum-crc32");
            assert_refused(&bed, "IncompleteBody", &headers, TRAILER, &encoded).await;
            let len = (size - 2).to_string();
            let headers = trailer_headers(&len, "x-amz-checksum-crc32");
            assert_refused(&bed, "IncompleteBody", &headers, TRAILER, &encoded).await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_stores_nothing() {
    use tokio::io::AsyncWriteExt;
    for bed in Bed::all().await {
        bed.put("kept", b"old").await;
        let config = aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_secs(60)).unwrap();
        let put = bed.client.put_object().bucket(BUCKET).key("kept").presigned(config).await.unwrap();
        let path = put.uri().split_once("127.0.0.1:").unwrap().1.split_once('/').unwrap().1.to_owned();
        let mut stream = tokio::net::TcpStream::connect(bed.running.address()).await.unwrap();
        let head =
            format!("PUT /{path} HTTP/1.1\r\nhost: {}\r\ncontent-length: 1000000\r\n\r\n", bed.running.address());
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&content(500_000)).await.unwrap();
        drop(stream);
        assert_eq!(bed.get("kept").await.as_deref(), Some(&b"old"[..]));
    }
}

fn crc32(content: &[u8]) -> String {
    use s3s::crypto::{Checksum, Crc32};
    BASE64_STANDARD.encode(Crc32::checksum(content))
}

/// The aws-chunked encoding with a trailer.
fn chunked(content: &[u8], size: usize, name: &str, value: &str) -> Vec<u8> {
    let mut encoded = Vec::new();
    for chunk in content.chunks(size) {
        encoded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        encoded.extend_from_slice(chunk);
        encoded.extend_from_slice(b"\r\n");
    }
    encoded.extend_from_slice(b"0\r\n");
    if !name.is_empty() {
        encoded.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
    }
    encoded.extend_from_slice(b"\r\n");
    encoded
}

fn trailer_headers<'a>(len: &'a str, name: &'a str) -> [(&'a str, &'a str); 3] {
    [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", len), ("x-amz-trailer", name)]
}

#[tokio::test]
async fn a_wrong_or_missing_trailer_stores_nothing() {
    for bed in Bed::all().await {
        for size in SIZES {
            let (content, len) = (content(size), size.to_string());
            let headers = trailer_headers(&len, "x-amz-checksum-crc32");
            for chunk in [size, 8192] {
                let wrong = chunked(&content, chunk, "x-amz-checksum-crc32", "AAAAAA==");
                assert_refused(&bed, "BadDigest", &headers, TRAILER, &wrong).await;
                let missing = chunked(&content, chunk, "", "");
                assert_refused(&bed, "MalformedTrailerError", &headers, TRAILER, &missing).await;
            }
        }
    }
}

async fn put_chunked(bed: &Bed, key: &str, content: &[u8], chunk: usize) -> Answer {
    let len = content.len().to_string();
    let encoded = chunked(content, chunk, "x-amz-checksum-crc32", &crc32(content));
    let headers = trailer_headers(&len, "x-amz-checksum-crc32");
    send_signed(&bed.running, "PUT", &format!("/{BUCKET}/{key}"), &headers, TRAILER, &encoded).await
}

#[tokio::test]
async fn a_right_trailer_is_kept_and_given_back() {
    for bed in Bed::all().await {
        for (size, chunk) in [(0, 1), (5, 5), (4096, 1000), (300_000, 300_000), (300_000, 65_536)] {
            let content = content(size);
            let answer = put_chunked(&bed, "a", &content, chunk).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(answer.header("x-amz-checksum-crc32"), crc32(&content));
            assert_eq!(bed.get("a").await.as_deref(), Some(&content[..]));
            let head = bed.client.head_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
            let head = head.send().await.unwrap();
            assert_eq!(head.checksum_crc32.as_deref(), Some(crc32(&content).as_str()), "{}", bed.place);
            assert_eq!(head.content_encoding, None, "the encoding of the request is not kept");
        }
    }
}

#[tokio::test]
async fn every_checksum_of_the_sdk_is_verified_kept_and_given_back_only_when_asked() {
    for bed in Bed::all().await {
        for size in SIZES {
            for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] {
                let content = content(size);
                let put = bed.client.put_object().bucket(BUCKET).key("a").body(ByteStream::from(content.clone()));
                put.checksum_algorithm(ChecksumAlgorithm::from(algorithm)).send().await.unwrap();
                let get = bed.client.get_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
                let got = get.send().await.unwrap();
                let sums = [
                    &got.checksum_crc32,
                    &got.checksum_crc32_c,
                    &got.checksum_crc64_nvme,
                    &got.checksum_sha1,
                    &got.checksum_sha256,
                ];
                assert_eq!(sums.iter().filter(|sum| sum.is_some()).count(), 1, "{} {algorithm}", bed.place);
                if algorithm == "SHA256" {
                    let sum = BASE64_STANDARD.encode(Sha256::digest(&content));
                    assert_eq!(got.checksum_sha256.as_deref(), Some(sum.as_str()));
                }
                // The SDK compares the checksum with what it reads.
                assert_eq!(got.body.collect().await.unwrap().to_vec(), content);
            }
        }
    }
}

#[tokio::test]
async fn a_batch_delete_with_a_wrong_digest_deletes_nothing() {
    for bed in Bed::all().await {
        bed.put("kept", b"old").await;
        let xml = b"<Delete><Object><Key>kept</Key></Object></Delete>";
        let target = format!("/{BUCKET}?delete");
        let wrong_md5 = BASE64_STANDARD.encode([7; 16]);
        let cases = [
            (vec![("content-md5", wrong_md5.as_str())], sha256(xml), "BadDigest"),
            (vec![("x-amz-checksum-crc32", "AAAAAA==")], sha256(xml), "BadDigest"),
            (vec![], sha256(b"other"), "XAmzContentSHA256Mismatch"),
        ];
        for (headers, payload, expected) in cases {
            let answer = send_signed(&bed.running, "POST", &target, &headers, &payload, xml).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, expected), "{}", answer.text());
            assert!(bed.get("kept").await.is_some());
        }
        let answer = send_signed(&bed.running, "POST", &target, &[], &sha256(xml), xml).await;
        assert_eq!(answer.status, 200);
        assert_eq!(bed.get("kept").await, None);
    }
}

#[tokio::test]
async fn a_wrong_checksum_of_a_part_is_refused() {
    for bed in Bed::all().await {
        let upload = bed.client.create_multipart_upload().bucket(BUCKET).key("a").send().await.unwrap();
        let id = upload.upload_id.unwrap();
        let part = bed.client.upload_part().bucket(BUCKET).key("a").upload_id(&id).part_number(1);
        let refused = part.body(ByteStream::from(content(200_000))).checksum_sha256(BASE64_STANDARD.encode([7; 32]));
        let refused = refused.send().await.unwrap_err();
        assert_eq!((status(&refused), code(&refused).as_str()), (400, "BadDigest"));
        let parts = bed.client.list_parts().bucket(BUCKET).key("a").upload_id(&id).send().await.unwrap();
        assert!(parts.parts().is_empty(), "{}", bed.place);
    }
}

#[tokio::test]
async fn signed_chunks_are_taken_and_a_damaged_one_stores_nothing() {
    for bed in Bed::all().await {
        for (size, chunk) in [(0, 1), (4096, 1000), (300_000, 65_536)] {
            let content = content(size);
            let answer = send_signed_chunks(&bed.running, "/photos/a", &content, chunk, 0).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(bed.get("a").await.unwrap() == content);
            if size > 0 {
                let answer = send_signed_chunks(&bed.running, "/photos/never", &content, chunk, 1).await;
                assert_eq!((answer.status, answer.code().as_str()), (400, "SignatureDoesNotMatch"));
                assert_eq!(bed.get("never").await, None);
            }
        }
    }
}

#[tokio::test]
async fn a_refused_upload_is_told_why_even_while_it_is_still_being_sent() {
    let bed = Bed::memory().await;
    let large = content(30 << 20);
    let answer = send_signed(&bed.running, "PUT", "/nowhere/a", &[], UNSIGNED, &large).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "NoSuchBucket"));
}
