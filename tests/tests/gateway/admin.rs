//! Reports, numbers, tokens and keys.

use std::{collections::HashMap, sync::Arc};

use holdfast_storage::gateway::{DailyReport, ReportedFailure};
use holdfast_tests::{
    gateway::{Gateway, Plan, code, hash, json, new_key},
    servers::Server,
};
use reqwest::Method;
use serde_json::{Value, json};

fn today() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

pub async fn reports(gateway: &Gateway, query: &str) -> Value {
    let request = gateway.bare(Method::GET, &format!("/reports{query}")).bearer_auth(&gateway.plan.admin);
    let (status, answer) = json(request).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// What clients did and told at two gateways that share nothing but the bucket is one list at either, also after one of
/// them has ended and begun again.
pub async fn reports_of_two_gateways_are_one_list(server: Arc<Server>) {
    let plan = Plan::new(&server).await.client("web", "").client("quiet", "silent_after_hours: 0");
    let (one, two) = (plan.beside().start().await, plan.start().await);
    one.upload("web", &[("path", "a"), ("file", "")], "12345").await;
    two.upload("web", &[("path", "b"), ("file", "")], "12345").await;
    let failure = ReportedFailure { path: "/x".into(), reason: "gone".into() };
    let mut report = DailyReport { date: today(), files_sent: 1, failures: vec![failure], ..DailyReport::default() };
    one.store("web").report(&report).await.expect("a report");
    report.files_sent = 2;
    one.store("web").report(&report).await.expect("a report");
    one.running.shut_down().await;
    let list = reports(&two, "").await;
    let web = &list["clients"][0];
    assert_eq!((&web["client"], &web["report"]["files_sent"]), (&json!("web"), &json!(2)), "{list}");
    assert_eq!(web["report"]["failures"][0]["reason"], "gone");
    assert_eq!((&web["activity"]["uploads"], &web["activity"]["bytes"]), (&json!(2), &json!(10)));
    assert!(web["last_seen"].as_f64().expect("a time") > 1.7e9);
    assert_eq!(list["silent"][0]["client"], "quiet", "{list}");
    assert_eq!(reports(&two, "?client=quiet").await["clients"], json!([]));
    assert_eq!(reports(&two, "?date=2020-01-01").await["clients"], json!([]));
    let bad = two.bare(Method::GET, "/reports?date=today").bearer_auth(&two.plan.admin);
    assert_eq!(json(bad).await.0, 400);
    report.date = "2099-01-01".into();
    assert!(two.store("web").report(&report).await.is_err());
}

/// `/metrics` counts, and names neither keys nor paths.
pub async fn numbers_name_no_key_and_no_path(server: Arc<Server>) {
    let gateway = Plan::new(&server).await.client("web", "").start().await;
    gateway.upload("web", &[("path", "secret-name"), ("file", "")], "12345").await;
    let _wrong = gateway.bare(Method::GET, "/client").bearer_auth(new_key()).send().await;
    let text = gateway.bare(Method::GET, "/metrics").bearer_auth(&gateway.plan.admin).send().await.expect("an answer");
    let text = text.text().await.expect("a text");
    for line in [
        "holdfast_gateway_uploads_total{client=\"web\"} 1",
        "holdfast_gateway_uploaded_bytes_total{client=\"web\"} 5",
        "holdfast_gateway_refused_keys_total 1",
        "holdfast_gateway_requests_total{route=\"/upload\",status=\"200\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains("secret-name") && !text.contains("sk_test_"));
}

/// A token works in its key's place until it ends or its key is revoked.
pub async fn a_token_works_as_long_as_its_key(server: Arc<Server>) {
    let gateway = Plan::new(&server).await.client("web", "").start().await;
    let login = |key: &str| gateway.bare(Method::POST, "/auth/login").json(&json!({ "api_key": key }));
    let (status, answer) = json(login(gateway.plan.key("web"))).await;
    assert_eq!(status, 200, "{answer}");
    let token = answer["token"].as_str().expect("a token").to_owned();
    let with = |token: &str| json(gateway.bare(Method::GET, "/client").bearer_auth(token));
    assert_eq!(with(&token).await.0, 200);
    let (head, signature) = token.rsplit_once('.').expect("a signature");
    let mut other: Vec<char> = signature.chars().collect();
    other[5] = if other[5] == 'A' { 'B' } else { 'A' };
    assert_eq!(with(&format!("{head}.{}", other.iter().collect::<String>())).await.0, 401);
    assert_eq!(json(login(&new_key())).await.0, 401);
    assert_eq!(json(login(&gateway.plan.admin)).await.0, 401);
    let revoked = format!("{}revoked: ['{}']\n", gateway.plan.yaml(), hash(gateway.plan.key("web")));
    gateway.running.reload(&config(&revoked)).expect("a reload");
    assert_eq!(with(&token).await.0, 401);
    assert_eq!(gateway.get("web", "/client").await.0, 401);
}

fn config(text: &str) -> holdfast_gateway::Config {
    holdfast_gateway::Config::parse(text, HashMap::new()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// While keys are changed both work; afterwards only the new one. Connections that are open stay.
pub async fn keys_are_changed_without_a_gap(server: Arc<Server>) {
    let mut gateway = Plan::new(&server).await.client("web", "").start().await;
    let old = gateway.plan.rotate("web");
    let new = gateway.plan.key("web").to_owned();
    let both = gateway.plan.yaml().replace(
        &format!("api_key_hash: {}\n", hash(&new)),
        &format!("api_key_hash: {}\n    next_api_key_hash: {}\n", hash(&old), hash(&new)),
    );
    let with = async |key: &str| json(gateway.bare(Method::GET, "/client").bearer_auth(key)).await.0;
    assert_eq!((with(&old).await, with(&new).await), (200, 401));
    gateway.running.reload(&config(&both)).expect("a reload");
    assert_eq!((with(&old).await, with(&new).await), (200, 200));
    gateway.running.reload(&gateway.plan.config()).expect("a reload");
    assert_eq!((with(&old).await, with(&new).await), (401, 200));
}

/// The description is OpenAPI 3.1, needs no key, and has every endpoint.
pub async fn the_api_describes_itself(server: Arc<Server>) {
    let gateway = Plan::new(&server).await.client("web", "").start().await;
    let (status, document) = json(gateway.bare(Method::GET, "/openapi.json")).await;
    assert_eq!((status, document["openapi"].as_str().is_some_and(|v| v.starts_with("3.1"))), (200, true));
    let operations: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().map_or(0, |p| p.len()))
        .sum();
    assert_eq!(operations, 21, "{:?}", document["paths"].as_object().map(|paths| paths.keys().collect::<Vec<_>>()));
    let (status, refusal) = json(gateway.bare(Method::GET, "/list")).await;
    assert_eq!((status, code(&refusal)), (401, "bad_key"));
}

/// A token of an issuer whose keys are configured opens the client that its subject is, and nothing else does.
pub async fn tokens_of_an_issuer_are_accepted_for_its_subject(server: Arc<Server>) {
    let plan = Plan::new(&server).await.client("web", "oidc_subjects: [machine-7]");
    let key = rcgen::KeyPair::generate().expect("a key");
    let point = &key.public_key_raw()[1..];
    let text = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one",
        "x": text(&point[..32]), "y": text(&point[32..]),
    });
    let file = plan.folder.path().join("jwks.json");
    std::fs::write(&file, json!({ "keys": [jwk] }).to_string()).expect("a file");
    let oidc = "tokens: {oidc: {issuer: 'https://issuer', audience: backups, jwks_file: 'FILE'}}";
    let gateway = plan.with(&oidc.replace("FILE", &file.display().to_string())).start().await;
    let now = jiff::Timestamp::now().as_second();
    let good = json!({ "iss": "https://issuer", "aud": "backups", "sub": "machine-7", "exp": now + 300 });
    let signing = jsonwebtoken::EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).expect("a signing key");
    let other = rcgen::KeyPair::generate().expect("a key").serialize_pem();
    let other = jsonwebtoken::EncodingKey::from_ec_pem(other.as_bytes()).expect("a signing key");
    for (field, value, key, want) in [
        ("jti", json!("1"), &signing, 200),
        ("jti", json!("1"), &other, 401),
        ("iss", json!("https://other"), &signing, 401),
        ("aud", json!("other"), &signing, 401),
        ("sub", json!("machine-8"), &signing, 401),
        ("exp", json!(now - 300), &signing, 401),
        ("nbf", json!(now + 300), &signing, 401),
    ] {
        let mut claims = good.clone();
        claims[field] = value;
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
        header.kid = Some("one".into());
        let token = jsonwebtoken::encode(&header, &claims, key).expect("a token");
        let (status, answer) = json(gateway.bare(Method::GET, "/client").bearer_auth(token)).await;
        assert_eq!(status, want, "{field}: {answer}");
    }
}

/// A client that is silent for too long is told once to the webhook.
pub async fn a_silent_client_is_told(server: Arc<Server>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let plan = Plan::new(&server).await.client("quiet", "silent_after_hours: 0").client("web", "");
    let _gateway = plan.with(&format!("reports: {{webhook: 'http://{address}/hook'}}")).start().await;
    let told = async {
        let (mut stream, _) = listener.accept().await.expect("a call");
        let mut text = String::new();
        while !text.contains("allowed_hours") {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).await.expect("a request");
            assert!(read > 0, "it ended after {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.expect("an answer");
        text
    };
    let text = tokio::time::timeout(std::time::Duration::from_secs(60), told).await.expect("a call within a minute");
    assert!(
        text.starts_with("POST /hook ") && text.contains("\"client\":\"quiet\"") && !text.contains("web"),
        "{text}"
    );
}
