//! What is asked of a bucket to bring a version back from an archive. No server that runs here has archives of versions.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use holdfast_storage::{
    CredentialSource, Key, S3Location, Secret, VersionId,
    admin::BucketAdmin,
    retry::{RetryAdmin, RetryPolicy},
    s3::{self, ChecksumMode, S3Store, StaticKeys},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Requests as they came, head and body.
type Seen = Arc<Mutex<Vec<String>>>;

const ACCEPTED: &str = "202 Accepted";
const LATER: &str = "503 Slow Down";

/// Takes one request of each connection, and accepts it, but for the first of all in a bucket that is busy.
async fn accept(mut stream: TcpStream, seen: Seen, first: &str) {
    let (mut request, mut piece) = (String::new(), [0; 4096]);
    while !request.ends_with("</RestoreRequest>") {
        match stream.read(&mut piece).await {
            Ok(read @ 1..) => request += &String::from_utf8_lossy(&piece[..read]),
            _ => return,
        }
    }
    let asked = {
        let mut seen = seen.lock().unwrap();
        seen.push(request);
        seen.len()
    };
    let status = if asked == 1 { first } else { ACCEPTED };
    let answer = format!("HTTP/1.1 {status}\r\nx-amz-request-id: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

async fn bucket(seen: &Seen, first: &'static str) -> S3Store {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut location = S3Location::new("bucket").unwrap();
    location.set_endpoint(&format!("http://{}", listener.local_addr().unwrap()), false).unwrap();
    (location.region, location.path_style) = (Some("us-east-1".into()), true);
    location.credentials = CredentialSource::Key("key".into());
    let seen = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(accept(stream, seen.clone(), first));
        }
    });
    let keys = StaticKeys { secret: Secret::new("secret".to_owned()), token: None };
    let account = s3::connect(&location, Some(&keys)).await.unwrap();
    S3Store::new(account, "bucket", ChecksumMode::WhenRequired)
}

#[tokio::test]
async fn the_version_that_is_meant_is_asked_for_and_days_only_where_they_count() {
    let seen = Seen::default();
    let (bucket, key) = (bucket(&seen, ACCEPTED).await, Key::new("a b").unwrap());
    bucket.thaw(&key, Some(&VersionId("v/1".into())), Some(3)).await.unwrap();
    bucket.thaw(&key, None, None).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    let lines: Vec<_> = seen.iter().map(|request| request.lines().next().unwrap_or_default()).collect();
    assert!(lines[0].starts_with("POST /bucket/a%20b?restore") && lines[0].contains("versionId=v%2F1"), "{lines:?}");
    assert!(lines[1].starts_with("POST /bucket/a%20b?restore") && !lines[1].contains("versionId"), "{lines:?}");
    let days: Vec<_> = seen.iter().map(|request| request.contains("<Days>3</Days>")).collect();
    assert_eq!((days, seen[1].contains("<Days>")), (vec![true, false], false));
}

#[tokio::test]
async fn a_bucket_that_is_busy_is_asked_again() {
    let seen = Seen::default();
    let policy = RetryPolicy { base: Duration::from_millis(1), ..RetryPolicy::default() };
    let bucket = RetryAdmin::wrap(Arc::new(bucket(&seen, LATER).await), policy);
    bucket.thaw(&Key::new("a").unwrap(), None, Some(3)).await.unwrap();
    assert_eq!(seen.lock().unwrap().len(), 2);
}
