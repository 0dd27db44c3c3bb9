//! A bucket that locks what is stored in it asks for Content-MD5, and gets it from then on.

use std::sync::{Arc, Mutex};

use holdfast_storage::{
    Body, CredentialSource, Key, ObjectStore, S3Location, Secret, Upload, WriteOptions,
    retry::{RetryPolicy, RetryStore},
    s3::{self, ChecksumMode, S3Store, StaticKeys},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

type Seen = Arc<Mutex<Vec<Option<String>>>>;

const REFUSAL: &str = "<Error><Code>InvalidRequest</Code><Message>Content-MD5 OR x-amz-checksum- HTTP header is required \
                       for Put Object requests with Object Lock parameters</Message></Error>";

/// Notes the header of each request and answers as such a bucket does.
async fn serve(mut stream: TcpStream, seen: Seen) {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
        let head = String::from_utf8_lossy(&bytes[..end.unwrap_or(0)]).to_lowercase();
        let value = |name: &str| head.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
        let length: usize = value("content-length:").and_then(|text| text.parse().ok()).unwrap_or(0);
        match end {
            Some(end) if bytes.len() >= end + length => {
                let digest = value("content-md5:");
                let answer = match digest.is_some() {
                    true => {
                        "HTTP/1.1 200 OK\r\netag: \"x\"\r\nx-amz-request-id: 1\r\ncontent-length: 0\r\n\r\n".to_owned()
                    }
                    false => format!(
                        "HTTP/1.1 400 Bad Request\r\nx-amz-request-id: 1\r\ncontent-type: application/xml\r\n\
                         content-length: {}\r\n\r\n{REFUSAL}",
                        REFUSAL.len()
                    ),
                };
                seen.lock().unwrap().push(digest);
                bytes.drain(..end + length);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            _ => match stream.read(&mut piece).await {
                Ok(read @ 1..) => bytes.extend(&piece[..read]),
                _ => return,
            },
        }
    }
}

async fn store(seen: &Seen) -> Arc<dyn ObjectStore> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut location = S3Location::new("bucket").unwrap();
    location.set_endpoint(&format!("http://{}", listener.local_addr().unwrap()), false).unwrap();
    (location.region, location.path_style) = (Some("us-east-1".into()), true);
    location.credentials = CredentialSource::Key("key".into());
    let seen = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, seen.clone()));
        }
    });
    let keys = StaticKeys { secret: Secret::new("secret".to_owned()), token: None };
    let account = s3::connect(&location, Some(&keys)).await.unwrap();
    let bare = Arc::new(S3Store::new(account, "bucket", ChecksumMode::WhenRequired));
    RetryStore::wrap(bare, RetryPolicy { base: std::time::Duration::from_millis(1), ..RetryPolicy::default() })
}

#[tokio::test]
async fn what_a_locked_bucket_asks_for_is_sent_from_then_on() {
    let seen = Seen::default();
    let store = store(&seen).await;
    let key = Key::new("a").unwrap();
    for content in ["hello", "again"] {
        store.put(&key, Body::bytes(content), &WriteOptions::default()).await.unwrap();
    }
    let upload = Upload { key, id: "u".into() };
    store.upload_part(&upload, 1, Body::bytes("hello")).await.unwrap();
    // MD5 of "hello", in lower case as the server above reads it.
    let hello = Some("XUFAKrxLKna5cZ2REBfFkg==".to_lowercase());
    let seen = seen.lock().unwrap().clone();
    assert_eq!((seen.len(), &seen[0], &seen[1], &seen[3]), (4, &None, &hello, &hello), "{seen:?}");
    assert!(seen[2].is_some());
}
