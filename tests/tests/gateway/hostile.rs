//! What a stranger sends.

use std::{sync::Arc, time::Duration};

use holdfast_storage::body::collect;
use holdfast_tests::{
    gateway::{Gateway, Plan, code, json, new_key},
    servers::Server,
};
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ALL: &str = "permissions: [upload, read, list, delete, presign, report]";

async fn gateway(server: &Server) -> Gateway {
    let plan = Plan::new(server).await.client("web", &format!("{ALL}\nmax_file_size_mb: 1")).client("other", ALL);
    plan.in_server("head_timeout_seconds: 1, body_timeout_seconds: 1").start().await
}

/// Hundreds of ways out of a folder.
fn ways_out() -> Vec<String> {
    let ups = ["..", ".", "%2e%2e", "..%2f", "..\\", "..;", "..\u{0}", "\u{202e}..", "．．", "..\u{2215}"];
    let joins = ["/", "//", "\\", "/./", "\u{0}/", "\n/"];
    let (before, after) = (["", "a/", "/", "C:/", "a//", "//"], ["other/secret", "etc/passwd", "..", ""]);
    let mut all = Vec::new();
    for up in ups {
        for join in joins {
            for start in before {
                for end in after {
                    all.push(format!("{start}{up}{join}{end}"));
                }
            }
        }
    }
    all
}

/// No path leads out of the client's folder: each is refused, or names something below it.
pub async fn no_path_leads_out_of_the_folder(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    assert_eq!(gateway.upload("other", &[("path", "secret"), ("file", "")], "secret").await.0, 200);
    let ways = ways_out();
    assert!(ways.len() > 500);
    for (number, path) in ways.iter().enumerate() {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("path", path).finish();
        let (status, answer) = gateway.get("web", &format!("/download?{query}")).await;
        assert!(matches!(status, 400 | 404), "{path:?}: {status} {answer}");
        let (status, answer) = json(gateway.ask("web", Method::DELETE, &format!("/object?{query}"))).await;
        assert!(matches!(status, 200 | 400), "{path:?}: {status} {answer}");
        if number % 10 == 0 {
            let (status, answer) = gateway.upload("web", &[("path", path), ("file", "")], "x").await;
            assert!(matches!(status, 200 | 400), "{path:?}: {status} {answer}");
        }
    }
    let ours = gateway.key_of("web", "x").as_str().trim_end_matches('x').to_owned();
    for key in gateway.keys().await {
        assert!(key.starts_with(&ours) || key == gateway.key_of("other", "secret").as_str(), "{key}");
    }
    let kept = gateway.bucket.get(&gateway.key_of("other", "secret"), &Default::default()).await.expect("the secret");
    assert_eq!(collect(kept.body).await.expect("content"), "secret");
    let (_, page) = gateway.get("web", "/list?prefix=../other/").await;
    assert_eq!(code(&page), "bad_path");
}

/// No key but the right one opens, and no refusal tells how near it was.
pub async fn only_the_right_key_opens(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let good = gateway.plan.key("web").to_owned();
    let almost = |at: usize| {
        let mut key = good.clone().into_bytes();
        key[at] = if key[at] == b'x' { b'y' } else { b'x' };
        String::from_utf8(key).expect("ASCII")
    };
    let hash = holdfast_tests::gateway::hash(&good);
    let mut keys =
        vec![String::new(), "x".into(), new_key(), almost(8), almost(47), good[..47].into(), "k".repeat(30_000)];
    keys.extend([format!("{good}x"), good.to_uppercase(), hash.clone(), hash["sha256:".len()..].to_owned()]);
    keys.push("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ3ZWIiLCJpc3MiOiJob2xkZmFzdC1nYXRld2F5IiwiZXhwIjo5OTk5OTk5OTk5fQ.".into());
    let mut answers = std::collections::BTreeSet::new();
    for key in keys {
        let (status, mut answer) = json(gateway.bare(Method::GET, "/client").bearer_auth(&key)).await;
        assert_eq!(status, 401, "{} letters", key.len());
        answer["request_id"].take();
        answers.insert(answer.to_string());
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(json(gateway.bare(Method::GET, "/client")).await.0, 401);
    assert_eq!(json(gateway.bare(Method::GET, &format!("/client?api_key={good}"))).await.0, 401);
    let admin = gateway.bare(Method::GET, "/list").bearer_auth(&gateway.plan.admin);
    assert_eq!(json(admin).await.0, 403);
    assert_eq!(gateway.get("web", "/client").await.0, 200);
}

async fn raw(gateway: &Gateway, text: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.running.address()).await.expect("a connection");
    stream.write_all(text).await.expect("writing");
    stream
}

/// All that comes before the connection ends; panics when it does not end.
async fn all_of(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut text)).await;
    let _reset = read.expect("the connection stays open");
    String::from_utf8_lossy(&text).into_owned()
}

/// Ten GiB against a limit of one MiB: refused before it is read, whether the length is announced or not.
pub async fn ten_gigabytes_are_refused_early(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let key = gateway.plan.key("web");
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: multipart/form-data; boundary=b\r\n"
    );
    let announced = raw(&gateway, format!("{head}content-length: {}\r\n\r\n", 10_u64 << 30).as_bytes()).await;
    assert!(all_of(announced).await.contains(" 413 "));
    let mut stream = raw(&gateway, format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await;
    let form = "--b\r\ncontent-disposition: form-data; name=\"path\"\r\n\r\nbig\r\n\
                --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
    let mut sent = 0_u64;
    stream.write_all(format!("{:x}\r\n{form}\r\n", form.len()).as_bytes()).await.expect("writing");
    let chunk = [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![0; 1 << 20], b"\r\n".to_vec()].concat();
    while sent < 10 << 30 && stream.write_all(&chunk).await.is_ok() {
        sent += 1 << 20;
    }
    assert!(sent < 64 << 20, "{sent} bytes were taken");
    assert!(gateway.is_nothing("web", "big").await);
    assert_eq!(gateway.get("web", "/client").await.0, 200);
}

/// A head that never ends, or holds too much, gets no more than a moment.
pub async fn slow_and_huge_heads_are_cut_off(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let slow = raw(&gateway, b"GET /client HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    all_of(slow).await;
    let many: String = (0..500).map(|n| format!("x-{n}: y\r\n")).collect();
    let flood = raw(&gateway, format!("GET /health HTTP/1.1\r\nhost: x\r\n{many}\r\n").as_bytes()).await;
    assert!(all_of(flood).await.starts_with("HTTP/1.1 431"));
    let long = "y".repeat(1 << 20);
    let mut flood = TcpStream::connect(gateway.running.address()).await.expect("a connection");
    let _cut = flood.write_all(format!("GET /health HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n").as_bytes()).await;
    all_of(flood).await;
    let strange = raw(&gateway, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await;
    all_of(strange).await;
    assert_eq!(gateway.get("web", "/client").await.0, 200);
}

/// A body that stops coming is given up, and nothing is left of it.
pub async fn a_body_that_stops_coming_is_given_up(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let key = gateway.plan.key("other");
    let form = "--b\r\ncontent-disposition: form-data; name=\"path\"\r\n\r\nslow\r\n\
                --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: 30000000\r\n\r\n{form}"
    );
    let mut stream = raw(&gateway, head.as_bytes()).await;
    stream.write_all(&vec![1; 17 << 20]).await.expect("writing");
    assert!(all_of(stream).await.contains(" 400 "));
    assert!(gateway.is_nothing("other", "slow").await);
}

/// JSON that is not what it must be is a refusal with words, never a fault.
pub async fn bad_json_is_refused(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let long = format!("{{\"paths\": [\"{}\"]}}", "x".repeat(9 << 20));
    let request = || gateway.ask("other", Method::POST, "/objects/delete").header("content-type", "application/json");
    for (body, want) in [("", 400), ("{", 400), ("[]", 400), ("{\"paths\": [1]}", 400), (&deep, 400)] {
        let (status, answer) = json(request().body(body.to_owned())).await;
        assert_eq!(status, want, "{answer}");
    }
    // The gateway does not read on: its answer may be lost with the connection that it closes.
    if let Ok(answer) = request().body(long).send().await {
        assert_eq!(answer.status().as_u16(), 413);
    }
    let none = gateway.ask("other", Method::POST, "/objects/delete").body("{}");
    assert_eq!(json(none).await.0, 415);
    let many = serde_json::json!({ "paths": vec!["x"; 1001] });
    assert_eq!(json(gateway.ask("other", Method::POST, "/objects/delete").json(&many)).await.0, 400);
}
