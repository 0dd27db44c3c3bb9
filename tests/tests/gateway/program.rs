//! The gateway as a program: its configuration, its certificate, its signals, its end.

use std::{path::Path, sync::Arc, time::Duration};

use holdfast_tests::{
    gateway::{Plan, hash, new_key},
    program::{Ended, Home},
    servers::Server,
};
use reqwest::{Certificate, multipart};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

/// A certificate for this machine, valid between these years.
fn certificate(folder: &Path, from: i32, to: i32) -> String {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).expect("names");
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    std::fs::write(folder.join("cert.pem"), &certificate).expect("a file");
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("a file");
    certificate
}

fn with_tls(yaml: &str, folder: &Path) -> String {
    let tls = format!(
        "server: {{tls: {{enabled: true, cert_file: '{0}/cert.pem', key_file: '{0}/key.pem'}}, ",
        folder.display()
    );
    yaml.replacen("server: {", &tls, 1)
}

fn write(plan: &Plan, yaml: &str) -> String {
    let path = plan.folder.path().join("gateway.yaml");
    std::fs::write(&path, yaml).expect("a file");
    path.display().to_string()
}

/// A gateway that was started, and its address.
async fn started(home: &Home, config: &str) -> (Child, String) {
    let mut command: Command = home.command(["--json", "gateway", "--config", config]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("the program");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = lines.next_line().await.expect("a line").expect("it ended at once");
    let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    (child, ready["address"].as_str().expect("an address").to_owned())
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = child.id().and_then(|id| rustix::process::Pid::from_raw(id as i32)).expect("a process");
    rustix::process::kill_process(pid, signal).expect("a signal");
}

fn trusting(certificate: &str) -> reqwest::Client {
    let certificate = Certificate::from_pem(certificate.as_bytes()).expect("a certificate");
    reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().expect("a client")
}

/// TLS, and a new certificate and new clients at SIGHUP, while a connection that is open stays.
pub async fn tls_and_a_reload_that_drops_nothing(server: Arc<Server>) {
    let home = Home::new();
    let mut plan = Plan::new(&server).await.client("web", "");
    let old = certificate(plan.folder.path(), 2020, 2090);
    let config = write(&plan, &with_tls(&plan.yaml(), plan.folder.path()));
    let (child, address) = started(&home, &config).await;
    let (http, url) = (trusting(&old), format!("{address}/client"));
    let ask = async |http: &reqwest::Client, key: &str| {
        http.get(&url).bearer_auth(key).send().await.map(|a| a.status().as_u16())
    };
    let before = plan.key("web").to_owned();
    assert_eq!(ask(&http, &before).await.expect("an answer"), 200);
    let new = certificate(plan.folder.path(), 2020, 2090);
    plan.rotate("web");
    write(&plan, &with_tls(&plan.yaml(), plan.folder.path()));
    signal(&child, rustix::process::Signal::HUP);
    let after = plan.key("web").to_owned();
    let taken = async {
        while ask(&http, &after).await.expect("the connection that is open") != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), taken).await.expect("the reload");
    assert_eq!(ask(&http, &before).await.expect("an answer"), 401);
    assert_eq!(ask(&trusting(&new), &after).await.expect("the new certificate"), 200);
    assert!(ask(&trusting(&old), &after).await.is_err(), "the old certificate is still given to new connections");
    std::fs::write(&config, "clients: [").expect("a file");
    signal(&child, rustix::process::Signal::HUP);
    assert_eq!(ask(&http, &after).await.expect("an answer"), 200);
}

/// What is wrong with a configuration is said with its field before anything is started, and no secret is shown.
pub async fn a_bad_configuration_is_told_by_its_field(server: Arc<Server>) {
    let (home, plan) = (Home::new(), Plan::new(&server).await.client("web", ""));
    certificate(plan.folder.path(), 2010, 2020);
    let good = plan.yaml();
    let expired = with_tls(&good, plan.folder.path());
    let outside = good.replacen("server: {", "server: {host: 0.0.0.0, ", 1);
    let unknown = good.replacen("clients:", "cleints: []\nclients:", 1);
    for (yaml, words) in
        [(expired.as_str(), "expired on"), (outside.as_str(), "server.tls.enabled"), (unknown.as_str(), "cleints")]
    {
        let config = write(&plan, yaml);
        for args in [vec!["gateway", "--config", &config], vec!["gateway", "check", "--config", &config]] {
            let ended = Ended::of(&mut home.command(&args)).await;
            assert_eq!(ended.code, Some(2), "{ended:?}");
            assert!(ended.stderr.contains(words), "{ended:?}");
            assert!(!ended.stderr.contains(&server.secret_key), "{ended:?}");
        }
    }
    let config = write(&plan, &good);
    let checked = Ended::of(&mut home.command(["--json", "gateway", "check", "--config", &config])).await;
    assert_eq!(checked.done()["clients"], 1);
    let key = Ended::of(&mut home.command(["--json", "gateway", "key", "new", "web", "--test"])).await.done();
    assert_eq!(hash(key["api_key"].as_str().expect("a key")), key["api_key_hash"]);
    assert_ne!(key["api_key"], new_key());
}

/// An upload that has begun is finished when the gateway is told to end, and it ends.
pub async fn the_end_waits_for_uploads(server: Arc<Server>) {
    let (home, plan) = (Home::new(), Plan::new(&server).await.client("web", ""));
    let config = write(&plan, &plan.yaml());
    let (mut child, address) = started(&home, &config).await;
    let head = begin(&address, plan.key("web"), 1000).await;
    let (mut stream, end) = head;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let numbers = async || {
        let asked = http.get(format!("{address}/metrics")).bearer_auth(&plan.admin).send().await.expect("an answer");
        asked.text().await.expect("a text")
    };
    while !numbers().await.contains("requests_under_way 2") {
        tokio::task::yield_now().await;
    }
    signal(&child, rustix::process::Signal::TERM);
    while TcpStream::connect(address.trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(&[vec![1; 999], end].concat()).await.expect("writing");
    let mut lines = BufReader::new(stream).lines();
    assert_eq!(lines.next_line().await.expect("a line").as_deref(), Some("HTTP/1.1 200 OK"));
    let status = tokio::time::timeout(Duration::from_secs(60), child.wait()).await.expect("an end").expect("a status");
    assert!(status.success(), "{status}");
}

/// Begins an upload of so many bytes to `held` and sends the first; what must follow the rest.
async fn begin(address: &str, key: &str, bytes: usize) -> (TcpStream, Vec<u8>) {
    let form = "--b\r\ncontent-disposition: form-data; name=\"path\"\r\n\r\nheld\r\n\
                --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
    let end = b"\r\n--b--\r\n".to_vec();
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: {}\r\n\r\n{form}",
        form.len() + bytes + end.len()
    );
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("writing");
    stream.write_all(&[1]).await.expect("writing");
    (stream, end)
}

/// A gateway that was killed in the middle of a large file gives its open upload up at the next start, and what was
/// answered is there.
pub async fn a_killed_gateway_cleans_up_at_its_next_start(server: Arc<Server>) {
    let (home, plan) = (Home::new(), Plan::new(&server).await.client("web", ""));
    let config = write(&plan, &plan.yaml());
    let (mut child, address) = started(&home, &config).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let form = multipart::Form::new().text("path", "kept").part("file", multipart::Part::bytes(vec![1; 1000]));
    let sent = http.post(format!("{address}/upload")).bearer_auth(plan.key("web")).multipart(form).send().await;
    assert_eq!(sent.expect("an answer").status().as_u16(), 200);
    let (mut stream, _) = begin(&address, plan.key("web"), 60 << 20).await;
    stream.write_all(&vec![1; 20 << 20]).await.expect("writing");
    let gateway = plan.beside().start().await;
    let key = gateway.key_of("web", "held");
    let open = async || !gateway.bucket.list_uploads(key.as_str()).await.expect("a list").is_empty();
    let until = async |want: bool| {
        let asking = async {
            while open().await != want {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), asking).await.unwrap_or_else(|_| panic!("open is never {want}"));
    };
    until(true).await;
    signal(&child, rustix::process::Signal::KILL);
    child.wait().await.expect("an end");
    assert!(open().await);
    let (_again, _) = started(&home, &config).await;
    until(false).await;
    assert!(gateway.bucket.head(&gateway.key_of("web", "kept"), &Default::default()).await.is_ok());
    assert!(gateway.is_nothing("web", "held").await);
}
