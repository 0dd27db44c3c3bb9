//! Every endpoint, and every permission that guards one.

use std::sync::Arc;

use holdfast_tests::{
    gateway::{Gateway, Plan, code, json},
    servers::Server,
};
use reqwest::Method;
use serde_json::json;

const ALL: &str = "permissions: [upload, read, list, delete, presign, report]";

async fn gateway(server: &Server) -> Gateway {
    Plan::new(server).await.client("web", ALL).client("quiet", "permissions: []").start().await
}

/// Fields come in whatever order; what cannot be is refused before anything is stored.
pub async fn a_form_may_have_its_fields_in_any_order(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let large = vec![7_u8; 9 << 20];
    for (path, fields, content) in [
        ("before", vec![("path", "before"), ("mtime", "1.5"), ("file", "")], vec![1; 10]),
        ("behind", vec![("file", ""), ("mtime", "1.5"), ("path", "behind")], vec![1; 10]),
        ("between", vec![("path", "between"), ("file", ""), ("mtime", "1.5")], vec![1; 10]),
        ("large", vec![("file", ""), ("path", "large"), ("mtime", "1.5")], large.clone()),
    ] {
        let (status, answer) = gateway.upload("web", &fields, content.clone()).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let kept = gateway.bucket.head(&gateway.key_of("web", path), &Default::default()).await.expect("the object");
        assert_eq!((kept.size, kept.metadata["mtime"].as_str()), (content.len() as u64, "1.5"));
        assert_eq!(kept.metadata["sha256"], answer["sha256"].as_str().expect("a hash"));
    }
    let late = [("path", "late"), ("file", ""), ("mtime", "1.5")];
    let (status, answer) = gateway.upload("web", &late, large).await;
    assert_eq!((status, code(&answer)), (400, "late_field"));
    assert!(gateway.is_nothing("web", "late").await);
    for fields in [
        vec![("path", "bad"), ("mtime", "soon"), ("file", "")],
        vec![("path", "bad"), ("owner", "me"), ("file", "")],
        vec![("path", "bad"), ("path", "good"), ("file", "")],
        vec![("path", "bad"), ("file", ""), ("file", "")],
        vec![("path", "bad")],
        vec![("file", "")],
    ] {
        let (status, answer) = gateway.upload("web", &fields, "x").await;
        assert_eq!(status, 400, "{fields:?}: {answer}");
    }
    assert!(gateway.is_nothing("web", "bad").await);
}

/// Content that is not what was announced is never visible, small or large.
pub async fn content_with_another_hash_is_refused(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let other = "00".repeat(32);
    for (path, size) in [("small", 10_usize), ("large", 9 << 20)] {
        for fields in [
            [("path", path), ("sha256", other.as_str()), ("file", "")],
            [("path", path), ("file", ""), ("sha256", other.as_str())],
        ] {
            let (status, answer) = gateway.upload("web", &fields, vec![1; size]).await;
            assert_eq!((status, code(&answer)), (422, "wrong_digest"), "{path}");
            assert!(gateway.is_nothing("web", path).await, "{path}");
        }
    }
}

/// Each endpoint says 403 to a client without its permission, and 401 to nobody.
pub async fn every_endpoint_wants_its_permission(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let id = "/upload/resumable/aWQ";
    for (method, path, body) in [
        (Method::GET, "/exists?path=a", None),
        (Method::GET, "/download?path=a", None),
        (Method::GET, "/list", None),
        (Method::DELETE, "/object?path=a", None),
        (Method::POST, "/objects/delete", Some(json!({"paths": ["a"]}))),
        (Method::POST, "/copy", Some(json!({"from": "a", "to": "b"}))),
        (Method::POST, "/upload/resumable", Some(json!({"path": "a"}))),
        (Method::GET, "/upload/resumable", None),
        (Method::GET, &format!("{id}?path=a"), None),
        (Method::DELETE, &format!("{id}?path=a"), None),
        (Method::PUT, &format!("{id}/parts/1?path=a"), Some(json!(1))),
        (
            Method::POST,
            &format!("{id}/complete?path=a"),
            Some(json!({"parts": [{"number": 1, "etag": "x", "size": 1}]})),
        ),
        (Method::GET, "/presigned-url/a", None),
        (
            Method::POST,
            "/report",
            Some(json!({"date": "2026-01-01", "files_sent": 0, "bytes_sent": 0, "queue_length": 0})),
        ),
        (Method::GET, "/reports", None),
        (Method::GET, "/metrics", None),
    ] {
        let with = |request: reqwest::RequestBuilder| match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let (status, answer) = json(with(gateway.ask("quiet", method.clone(), path))).await;
        assert_eq!((status, code(&answer)), (403, "not_permitted"), "{method} {path}: {answer}");
        let (status, answer) = json(with(gateway.bare(method.clone(), path))).await;
        assert_eq!((status, code(&answer)), (401, "bad_key"), "{method} {path}: {answer}");
    }
    let (status, answer) = gateway.upload("quiet", &[("path", "a"), ("file", "")], "x").await;
    assert_eq!((status, code(&answer)), (403, "not_permitted"));
    assert_eq!(gateway.get("quiet", "/client").await.1["permissions"], json!([]));
    assert_eq!(gateway.get("quiet", "/nowhere").await.0, 404);
    assert_eq!(json(gateway.ask("web", Method::DELETE, "/list")).await.0, 405);
}

/// Removing says yes also where nothing was, and each of many has its own outcome.
pub async fn what_is_removed_is_gone(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    for path in ["a", "b", "c"] {
        gateway.upload("web", &[("path", path), ("file", "")], "x").await;
    }
    for _ in 0..2 {
        let (status, answer) = json(gateway.ask("web", Method::DELETE, "/object?path=a")).await;
        assert_eq!((status, answer), (200, json!({"deleted": true})));
    }
    let paths = json!({"paths": ["b", "../web2/x", "nothing", "c", "c"]});
    let (status, answer) = json(gateway.ask("web", Method::POST, "/objects/delete").json(&paths)).await;
    let outcome = |n: usize| (answer["results"][n]["deleted"] == json!(true), &answer["results"][n]["error"]["code"]);
    assert_eq!(status, 200);
    assert!(outcome(0).0 && outcome(2).0 && outcome(3).0 && outcome(4).0 && !outcome(1).0, "{answer}");
    assert_eq!(outcome(1).1, "bad_path");
    assert!(gateway.keys().await.is_empty());
    assert_eq!(gateway.get("web", "/exists?path=a").await, (200, json!({"exists": false})));
}

/// A link works without the gateway's keys, for the client's own folder, for as long as the gateway allows.
pub async fn a_link_needs_no_key_and_leads_nowhere_else(server: Arc<Server>) {
    let plan = Plan::new(&server).await.client("web", ALL).with("presign: {max_expiry: 60}");
    let gateway = plan.start().await;
    gateway.upload("web", &[("path", "a b/ü"), ("file", "")], "content").await;
    let (status, link) = gateway.get("web", "/presigned-url/a%20b/%C3%BC?expires=60").await;
    assert_eq!(status, 200, "{link}");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let got = http.get(link["url"].as_str().expect("a link")).send().await.expect("an answer");
    assert_eq!(got.text().await.expect("content"), "content");
    let (_, link) = gateway.get("web", "/presigned-url/sent?method=PUT").await;
    let put = http.put(link["url"].as_str().expect("a link")).body("by link").send().await.expect("an answer");
    assert!(put.status().is_success(), "{put:?}");
    assert_eq!(gateway.get("web", "/exists?path=sent").await.1["size"], 7);
    for (path, want) in [
        ("a?expires=61", 400),
        ("a?expires=0", 400),
        ("a?method=DELETE", 400),
        ("a%2F..%2F..%2Fx", 400),
        ("%2Fetc", 400),
    ] {
        assert_eq!(gateway.get("web", &format!("/presigned-url/{path}")).await.0, want, "{path}");
    }
}

/// A download honours one range and both conditions, and tells what it is.
pub async fn a_download_honours_ranges_and_conditions(server: Arc<Server>) {
    let gateway = gateway(&server).await;
    let (_, sent) = gateway.upload("web", &[("path", "a"), ("file", "text/plain")], "0123456789").await;
    let etag = format!("\"{}\"", sent["etag"].as_str().expect("an etag"));
    for (name, value, want, body) in [
        ("range", "bytes=2-4", 206, "234"),
        ("range", "bytes=-3", 206, "789"),
        ("range", "bytes=1-2,4-5", 200, "0123456789"),
        ("range", "bytes=10-", 416, ""),
        ("if-match", etag.as_str(), 200, "0123456789"),
        ("if-match", "\"other\"", 412, ""),
        ("if-none-match", etag.as_str(), 304, ""),
        ("if-none-match", "\"other\"", 200, "0123456789"),
    ] {
        let got =
            gateway.ask("web", Method::GET, "/download?path=a").header(name, value).send().await.expect("an answer");
        assert_eq!(got.status().as_u16(), want, "{name}: {value}");
        if want < 300 {
            assert_eq!(got.headers()["etag"].to_str().expect("text"), etag);
            assert_eq!(got.text().await.expect("content"), body);
        } else if want == 416 {
            // Not every server tells the size with its refusal.
            assert!(got.headers().get("content-range").is_none_or(|range| range == "bytes */10"));
        }
    }
}

/// A client sees only the paths that it may use, whatever it asks.
pub async fn allowed_paths_are_all_that_is_seen(server: Arc<Server>) {
    let plan = Plan::new(&server).await.client("web", &format!("{ALL}\nallowed_paths: [photos]"));
    let gateway = plan.start().await;
    let hidden = gateway.key_of("web", "photos2/x");
    gateway.bucket.put(&hidden, holdfast_storage::Body::bytes("x"), &Default::default()).await.expect("an object");
    assert_eq!(gateway.upload("web", &[("path", "photos/a"), ("file", "")], "x").await.0, 200);
    let (status, answer) = gateway.upload("web", &[("path", "photos2/a"), ("file", "")], "x").await;
    assert_eq!((status, code(&answer)), (403, "path_not_allowed"));
    let (_, page) = gateway.get("web", "/list").await;
    assert_eq!(page["objects"].as_array().map(Vec::len), Some(1), "{page}");
    let (_, page) = gateway.get("web", "/list?delimiter=/").await;
    assert_eq!(page["prefixes"], json!(["photos/"]));
    assert_eq!(gateway.get("web", "/exists?path=photos2/x").await.0, 403);
}

/// Sizes, quotas and numbers of requests are held, and a refusal says when to come again.
pub async fn limits_are_held(server: Arc<Server>) {
    let plan = Plan::new(&server).await.client("small", &format!("{ALL}\nmax_file_size_mb: 1"));
    let plan = plan.client("full", &format!("{ALL}\nquota_gb: 0")).client("slow", "requests_per_minute: 2");
    let gateway = plan.start().await;
    let form = [("path", "a"), ("file", "")];
    assert_eq!(gateway.upload("small", &form, vec![0; 1 << 20]).await.0, 200);
    for fields in [[("path", "b"), ("file", "")], [("file", ""), ("path", "b")]] {
        let (status, answer) = gateway.upload("small", &fields, vec![0; (1 << 20) + 1]).await;
        assert_eq!((status, code(&answer)), (413, "file_too_large"));
    }
    assert!(gateway.is_nothing("small", "b").await);
    let (status, answer) = gateway.upload("full", &form, "x").await;
    assert_eq!((status, code(&answer)), (507, "quota_reached"));
    assert!(gateway.is_nothing("full", "a").await);
    assert_eq!(gateway.get("full", "/client").await.1["used"], 0);
    for want in [200, 200, 429] {
        let answer = gateway.ask("slow", Method::GET, "/client").send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), want);
        assert_eq!(answer.headers().contains_key("retry-after"), want == 429);
    }
}

/// Parts that together are more than a file may be make no object, whatever a client says of their sizes.
pub async fn parts_do_not_add_up_to_more_than_a_file_may_be(server: Arc<Server>) {
    let plan = Plan::new(&server).await.client("small", &format!("{ALL}\nmax_file_size_mb: 6"));
    let gateway = plan.start().await;
    let begun = json(gateway.ask("small", Method::POST, "/upload/resumable").json(&json!({"path": "a"}))).await.1;
    let id = begun["upload_id"].as_str().expect("an id");
    let mut parts = Vec::new();
    for number in 1..=2 {
        let path = format!("/upload/resumable/{id}/parts/{number}?path=a");
        let (status, part) = json(gateway.ask("small", Method::PUT, &path).body(vec![0; 5 << 20])).await;
        assert_eq!(status, 200, "{part}");
        parts.push(json!({"number": number, "etag": part["etag"], "size": 1}));
    }
    let path = format!("/upload/resumable/{id}/complete?path=a");
    let (status, answer) = json(gateway.ask("small", Method::POST, &path).json(&json!({ "parts": parts }))).await;
    assert_eq!((status, code(&answer)), (413, "file_too_large"));
    assert!(gateway.is_nothing("small", "a").await);
}
