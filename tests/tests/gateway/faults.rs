//! Connections that break, on either side.

use std::{sync::Arc, time::Duration};

use holdfast_tests::{
    gateway::{Gateway, Plan, code, json},
    proxy::{Act, Proxy},
    servers::Server,
};
use reqwest::{Method, multipart};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// Asks until it is so; panics after a minute.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), asking).await.is_ok(), "never {what}");
}

async fn requests_under_way(gateway: &Gateway) -> u64 {
    let text = gateway.bare(Method::GET, "/metrics").bearer_auth(&gateway.plan.admin);
    let text = text.send().await.expect("an answer").text().await.expect("a text");
    let line = text.lines().find(|line| line.starts_with("holdfast_gateway_requests_under_way")).expect("the number");
    line.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// A client that goes away in the middle of a large file leaves neither an object nor an open upload.
pub async fn a_client_that_goes_away_leaves_nothing(server: Arc<Server>) {
    let gateway = Plan::new(&server).await.client("web", "").start().await;
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: 60000000\r\n\r\n\
         --b\r\ncontent-disposition: form-data; name=\"path\"\r\n\r\ncut\r\n\
         --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n",
        gateway.plan.key("web")
    );
    let mut stream = TcpStream::connect(gateway.running.address()).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("writing");
    stream.write_all(&vec![1; 20 << 20]).await.expect("writing");
    let key = gateway.key_of("web", "cut");
    until("an upload begins", async || !gateway.bucket.list_uploads(key.as_str()).await.expect("a list").is_empty())
        .await;
    drop(stream);
    until("the upload is given up", async || gateway.is_nothing("web", "cut").await).await;
    until("the request ends", async || requests_under_way(&gateway).await == 1).await;
}

/// A bucket whose line breaks in the middle of a part: the part is sent again, and the file is whole.
pub async fn a_broken_line_to_the_bucket_is_mended(server: Arc<Server>) {
    let proxy = Proxy::start(&server.endpoint).await;
    let gateway = Plan::new(&server).await.through(&proxy.endpoint()).client("web", "").start().await;
    let _cut = proxy.at(2, Some("PUT"), Act::CutRequest(1 << 20));
    let (status, answer) = gateway.upload("web", &[("path", "a"), ("file", "")], vec![3; 20 << 20]).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(gateway.get("web", "/exists?path=a").await.1["size"], 20 << 20);
}

/// A bucket that dies for good in the middle of a large file: the client is told that it failed (by 503, or by the end of
/// its connection while it still sends), whether the path came before the file or behind it, and when the bucket is there again nothing is left of it, neither an object nor an
/// open upload, without a new start.
pub async fn a_bucket_that_dies_for_good_leaves_no_open_upload(server: Arc<Server>) {
    let proxy = Proxy::start(&server.endpoint).await;
    let gateway = Plan::new(&server).await.through(&proxy.endpoint()).client("web", "").start().await;
    let outside = gateway.plan.beside().through(&server.endpoint).start().await;
    for path_first in [true, false] {
        let content = multipart::Part::bytes(vec![3; 60 << 20]);
        let form = match path_first {
            true => multipart::Form::new().text("path", "a").part("file", content),
            false => multipart::Form::new().part("file", content).text("path", "a"),
        };
        let dies = proxy.at(2, Some("PUT"), Act::CutRequest(1 << 20));
        let dead = async {
            dies.await.expect("the second part");
            proxy.always(None, Act::CutRequest(0));
        };
        let (sent, ()) = tokio::join!(gateway.ask("web", Method::POST, "/upload").multipart(form).send(), dead);
        match sent {
            Ok(answer) => assert_eq!(answer.status().as_u16(), 503),
            Err(error) => assert!(path_first, "all of the file was taken before it failed: {error}"),
        }
        let key = outside.key_of("web", "a");
        assert!(!outside.bucket.list_uploads(key.as_str()).await.expect("a list").is_empty(), "it is still open");
        proxy.forgive();
        until("the upload is given up", async || outside.is_nothing("web", "a").await).await;
        assert_eq!(gateway.get("web", "/exists?path=a").await.1["exists"], false);
    }
    let (status, answer) = gateway.upload("web", &[("path", "a"), ("file", "")], vec![3; 20 << 20]).await;
    assert_eq!(status, 200, "{answer}");
}

/// A bucket that is not reachable is told as that, with a time to come again, and `/health` says so.
pub async fn a_bucket_that_is_gone_is_told_as_that(server: Arc<Server>) {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let gateway = Plan::new(&server).await.through(&format!("http://{gone}")).client("web", "").start().await;
    let health = json(gateway.bare(Method::GET, "/health")).await;
    assert_eq!((health.0, &health.1["s3"]["reachable"]), (503, &false.into()), "{health:?}");
    let answer = gateway.ask("web", Method::GET, "/list").send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let text = answer.text().await.expect("a text");
    assert_eq!(code(&serde_json::from_str(&text).expect("JSON")), "bucket_unreachable");
    assert!(!text.contains(&gone.to_string()), "the answer names the bucket's address");
}

/// Two uploads that may not both be: with `if_absent` exactly one of many is stored.
pub async fn of_many_creators_one_wins(server: Arc<Server>) {
    let gateway = Arc::new(Plan::new(&server).await.client("web", "").start().await);
    let attempts = (0..8).map(|n| {
        let gateway = gateway.clone();
        async move {
            let fields = [("path", "one"), ("if_absent", "true"), ("file", "")];
            gateway.upload("web", &fields, format!("writer {n}")).await.0
        }
    });
    let statuses = futures::future::join_all(attempts).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409 | 412)), "{statuses:?}");
}
