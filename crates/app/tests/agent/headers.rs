//! What a set and its place ask for reaches the request: a bucket that notes the heads of what it is sent.

use std::sync::{Arc, Mutex};

use holdfast_app::{
    App,
    agent::work::{Order, What, carry_out},
    dto::{
        log::{RunResult, RunTrigger},
        sets::BackupSetDraft,
    },
    keychain::SecretId,
    operations::event_sink,
    profiles::{Place, Profile, ProfileName, S3Place},
};
use holdfast_storage::{Secret, StoreUrl, s3::StaticKeys};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::World;

/// Of objects or of unfinished uploads.
fn nothing_listed(head: &str) -> String {
    let what = if head.contains("uploads") { "ListMultipartUploadsResult" } else { "ListBucketResult" };
    format!("<{what} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated></{what}>")
}

type Heads = Arc<Mutex<Vec<String>>>;

/// An empty bucket that takes everything; gives its port and the heads of all requests.
async fn bucket() -> (u16, Heads) {
    let (listener, heads) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Heads::default());
    let (port, noted) = (listener.local_addr().unwrap().port(), heads.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let noted = noted.clone();
            tokio::spawn(async move { answer(stream, &noted).await });
        }
    });
    (port, heads)
}

/// One request of a connection, which is closed after it.
async fn answer(mut stream: TcpStream, noted: &Heads) -> Option<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        match stream.read(&mut buffer).await.ok()? {
            0 => return None,
            n => request.extend_from_slice(&buffer[..n]),
        }
        if let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).and_then(|n| n.trim().parse().ok());
    if head.contains("expect: 100-continue") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
    }
    let mut left = length.unwrap_or(0usize).saturating_sub(request.len() - end);
    while left > 0 {
        left = left.saturating_sub(stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?);
    }
    let body = if head.starts_with("get") { nothing_listed(&head) } else { String::new() };
    noted.lock().unwrap().push(head);
    let text = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\netag: \"0cc175b9c0f1b6a831c399e269772661\"\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

async fn add_place(app: &App, name: &str, url: &str) {
    let StoreUrl::S3(location) = StoreUrl::parse(url).unwrap().0 else { panic!("{url}") };
    let place = Place::S3(Box::new(S3Place::of(&location, None)));
    app.home.profiles.update(|all| all.add(ProfileName::new(name).unwrap(), Profile::new(place))).unwrap();
    let keys = StaticKeys { secret: Secret::new("secret"), token: None };
    app.home.secrets.set(&SecretId::new(name, "AK"), &keys).await.unwrap();
}

/// The head of the request that sent the one file of the set.
async fn head_of_put(place: &str, class: Option<&str>) -> String {
    let world = World::new("2026-11-20T17:59:00Z").await;
    let (port, heads) = bucket().await;
    let url = format!("s3://bkt/p?endpoint=127.0.0.1:{port}&region=us-east-1&path_style=true&access_key=AK&{place}");
    add_place(&world.app, "there", &url).await;
    let draft = BackupSetDraft { profile: "there".into(), storage_class: class.map(str::to_owned), ..world.draft() };
    let order =
        Order { set: world.add(draft), trigger: RunTrigger::Person, what: What::Whole { confirm_removal_of: None } };
    let run = world.app.running.begin(None);
    let sink = event_sink(&run.id, |_| {});
    let done = carry_out(&world.app, order, run, &sink).await.unwrap();
    assert_eq!(done.run.map(|run| run.result), Some(RunResult::Complete), "{:?}", done.error);
    let heads = heads.lock().unwrap();
    heads.iter().find(|head| head.starts_with("put /bkt/p/work/a")).expect("the file is sent").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_storage_class_of_a_set_and_the_encryption_of_its_place_are_asked_for() {
    let class = |head: &str| header(head, "x-amz-storage-class");
    let sse = |head: &str| header(head, "x-amz-server-side-encryption");
    let plain = head_of_put("", None).await;
    assert_eq!((class(&plain), sse(&plain)), (None, None));
    let of_the_set = head_of_put("sse=AES256", Some("STANDARD_IA")).await;
    assert_eq!((class(&of_the_set).as_deref(), sse(&of_the_set).as_deref()), (Some("standard_ia"), Some("aes256")));
    let of_the_place = head_of_put("storage_class=GLACIER_IR&sse=kms:k1", None).await;
    assert_eq!((class(&of_the_place).as_deref(), sse(&of_the_place).as_deref()), (Some("glacier_ir"), Some("aws:kms")));
    let key = header(&of_the_place, "x-amz-server-side-encryption-aws-kms-key-id");
    assert_eq!(key.as_deref(), Some("k1"));
    let both = head_of_put("storage_class=GLACIER_IR", Some("STANDARD_IA")).await;
    assert_eq!(class(&both).as_deref(), Some("standard_ia"), "the set's counts before the place's");
}

/// A header of a head in lower case.
fn header(head: &str, name: &str) -> Option<String> {
    let found = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim));
    found.map(str::to_owned)
}
