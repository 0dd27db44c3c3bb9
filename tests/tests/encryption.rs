//! Encryption by the server (`sse=` of a place), against servers that have a key service and servers that have none:
//! what is asked for is what HEAD tells, or one clear message says why not and nothing is stored without it.

use std::{fs, path::Path, sync::Arc};

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use futures::FutureExt;
use holdfast_backup::report::State;
use holdfast_storage::{
    Encryption, ListRequest, ObjectStore, RequestKind as K,
    fault::{Fault, Rule},
};
use holdfast_tests::{
    device::Device,
    program::{Ended, Home},
    servers::{Fleet, Server},
    tree::{assert_same, contents, noise, write},
    trials::Scenario,
};
use libtest_mimic::Arguments;
use serde_json::{Value, json};

fn main() {
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let key_service = |server: &Server| server.kms_key.is_none().then_some("has no key service");
    let no_key_service = |server: &Server| match server.name.as_str() {
        "embedded" => None,
        _ => Some("takes what it is asked for, or takes it and does not do it"),
    };
    macro_rules! scenario {
        ($name:ident, $unless:expr) => {
            Scenario { name: stringify!($name), needs: &[], unless: $unless, run: |server| $name(server).boxed_local() }
        };
    }
    let scenarios = [
        scenario!(what_is_sent_is_encrypted_as_asked_and_comes_back, key_service),
        scenario!(an_encrypted_upload_in_parts_goes_on_where_it_was_cut, key_service),
        scenario!(a_key_that_does_not_exist_is_named_once_and_nothing_is_stored, key_service),
        scenario!(a_server_that_does_not_encrypt_says_so_and_keeps_what_it_has, no_key_service),
    ];
    let trials = fleet.servers.iter().flat_map(|server| scenarios.iter().map(|scenario| scenario.on(server))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}

/// A person with a folder of a small file, an empty one and one that goes in parts, and their bucket on a server.
struct World {
    home: Home,
    folder: tempfile::TempDir,
    bucket: Arc<dyn ObjectStore>,
    name: String,
    server: Arc<Server>,
}

impl World {
    async fn on(server: Arc<Server>) -> Self {
        let (name, bucket) = server.new_bucket().await.expect("a bucket");
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "small.txt", "hold fast");
        write(folder.path(), "empty", "");
        write(folder.path(), "parts.bin", noise(17 << 20, 1));
        Self { home: Home::new(), folder, bucket, name, server }
    }

    /// The bucket as a store URL; `sse` may be empty.
    fn place(&self, sse: &str) -> String {
        let Server { endpoint, region, .. } = &*self.server;
        let place = format!("s3://{}?endpoint={endpoint}&region={region}&path_style=true", self.name);
        if sse.is_empty() { place } else { format!("{place}&sse={sse}") }
    }

    async fn run(&self, args: &[&str]) -> Ended {
        let Server { access_key, secret_key, .. } = &*self.server;
        let keys = [("AWS_ACCESS_KEY_ID", &**access_key), ("AWS_SECRET_ACCESS_KEY", &**secret_key)];
        self.home.run_with(args.iter().copied().chain(["--json"]), &keys).await
    }

    fn source(&self) -> &str {
        text(self.folder.path())
    }

    async fn keys(&self) -> Vec<String> {
        let page = self.bucket.list(&ListRequest::default()).await.expect("a listing");
        page.objects.into_iter().map(|row| row.key.to_string()).collect()
    }

    /// What the server tells of every object.
    async fn heads(&self) -> Vec<(String, HeadObjectOutput)> {
        let (client, mut heads) = (self.server.sdk_client().await, Vec::new());
        for key in self.keys().await {
            let head = client.head_object().bucket(&self.name).key(&key).send().await.expect("its facts");
            heads.push((key, head));
        }
        heads
    }

    /// Brings a prefix back from the place and compares it with the folder.
    async fn assert_comes_back(&self, prefix: &str, place: &[&str]) {
        let to = tempfile::tempdir().expect("a folder");
        let restored = self.run(&[&["restore", prefix, text(to.path())], place].concat()).await.done();
        assert_eq!(restored["failures"], json!([]), "{restored}");
        assert_same(&contents(to.path()), &contents(self.folder.path()));
        let proof = self.run(&[&["verify", self.source(), prefix, "--full"], place].concat()).await;
        assert_eq!(proof.code, Some(0), "{proof:?}");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Whatever a run says, it says once, on one line, with a hint, and stores nothing.
fn refused(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let error = ended.json()["error"].take();
    for field in ["message", "hint"] {
        let words = error[field].as_str().unwrap_or_default();
        assert!(!words.is_empty() && ended.stderr.matches(words).count() == 1, "{field}: {ended:?}");
    }
    error
}

fn says(error: &Value, field: &str, words: &str) -> bool {
    error[field].as_str().is_some_and(|said| said.contains(words))
}

/// With keys of the server's own and with a key of its key service, by a profile and by a store URL: one request or many
/// parts, sent or copied inside the bucket, every object is encrypted as asked, nothing is said to be otherwise, and all
/// of it comes back.
async fn what_is_sent_is_encrypted_as_asked_and_comes_back(server: Arc<Server>) {
    let key = server.kms_key.clone().expect("a key");
    let by_key = format!("kms:{key}");
    for (sse, algorithm) in [("AES256", "AES256"), ("kms", "aws:kms"), (&by_key, "aws:kms")] {
        let world = World::on(server.clone()).await;
        let place = match algorithm {
            "AES256" => {
                world.run(&["profile", "add", "sealed", "--store", &world.place(sse)]).await.done();
                ["--profile".to_owned(), "sealed".to_owned()]
            }
            _ => ["--store".to_owned(), world.place(sse)],
        };
        let place = [&*place[0], &*place[1]];
        let sent = world.run(&[&["backup", world.source(), "p"], &place[..]].concat()).await.done();
        assert_eq!((&sent["files_uploaded"], &sent["notices"]), (&json!(3), &json!([])), "{sse}: {sent}");
        assert_encrypted(&world, 3, algorithm, &key).await;
        world.assert_comes_back("p", &place).await;
        for (old, new) in [("small.txt", "moved.txt"), ("parts.bin", "moved.bin")] {
            fs::rename(world.folder.path().join(old), world.folder.path().join(new)).expect("a rename");
        }
        let args = ["backup", world.source(), "p", "--delete-remote", "--confirm-removal-of", "2"];
        let moved = world.run(&[&args, &place[..]].concat()).await.done();
        assert_eq!((&moved["files_copied"], &moved["notices"]), (&json!(2), &json!([])), "{sse}: {moved}");
        assert_encrypted(&world, 3, algorithm, &key).await;
        world.assert_comes_back("p", &place).await;
    }
}

async fn assert_encrypted(world: &World, objects: usize, algorithm: &str, key: &str) {
    let heads = world.heads().await;
    assert_eq!(heads.len(), objects);
    for (object, head) in heads {
        assert_eq!(head.server_side_encryption().map(|seen| seen.as_str()), Some(algorithm), "{object}");
        let with = head.ssekms_key_id().map(|id| id.rsplit(':').next().unwrap_or(id));
        assert_eq!(with, (algorithm == "aws:kms").then_some(key), "{object}");
    }
}

/// An encrypted upload that was cut goes on with the parts that are missing, and comes back whole.
async fn an_encrypted_upload_in_parts_goes_on_where_it_was_cut(server: Arc<Server>) {
    for encryption in [Encryption::S3, Encryption::Kms { key_id: server.kms_key.clone() }] {
        let (_, bucket) = server.new_bucket().await.expect("a bucket");
        let mut device = Device::new(bucket, "p");
        device.options.encryption = Some(encryption);
        device.requests = 1; // one part after the other, so that exactly two arrive
        write(device.root(), "large", noise(30 << 20, 3));
        device.faults.add(Rule { after: 2, ..Rule::every(K::UploadPart, Fault::Deny) });
        assert_eq!(device.try_backup().await.expect("a run").state, State::Partial);
        device.faults.clear();
        let report = device.backup().await;
        assert_eq!(report.tally.requests.get(&K::CreateMultipart), None, "the upload goes on");
        assert_eq!(report.tally.requests[&K::UploadPart], 2, "two of four parts were there");
        assert_eq!(report.notices, []);
        let (restored, _) = device.restore().await;
        assert_same(&contents(restored.path()), &contents(device.root()));
    }
}

/// A key that the key service does not have ends a backup and a put with its name, once; no object and no unfinished
/// upload is there. With the right key the same folder goes up.
async fn a_key_that_does_not_exist_is_named_once_and_nothing_is_stored(server: Arc<Server>) {
    let world = World::on(server.clone()).await;
    let wrong = world.place("kms:no-such-key");
    let small = world.folder.path().join("small.txt");
    for args in [&["backup", world.source(), "p"][..], &["put", text(&small), "p/one"]] {
        let ended = world.run(&[args, &["--store", &wrong]].concat()).await;
        let error = refused(&ended);
        assert_eq!((&error["code"], &error["kind"]), (&json!("encryption_key"), &json!("UploadFailed")), "{error}");
        assert!(says(&error, "message", "“no-such-key” does not exist"), "{error}");
        assert!(says(&error, "hint", "sse=kms:KEY-ID"), "{error}");
    }
    assert_eq!(world.keys().await, [] as [&str; 0]);
    assert_eq!(world.bucket.list_uploads("p/parts.bin").await.expect("uploads"), []);
    let right = world.place(&format!("kms:{}", server.kms_key.as_deref().expect("a key")));
    world.run(&["backup", world.source(), "p", "--store", &right]).await.done();
    world.assert_comes_back("p", &["--store", &right]).await;
}

/// A server that encrypts nothing says that it does not, once, to a backup and to a put. What it had stays as it was, and
/// goes on being backed up without `sse`.
async fn a_server_that_does_not_encrypt_says_so_and_keeps_what_it_has(server: Arc<Server>) {
    let world = World::on(server).await;
    let plain = world.place("");
    world.run(&["backup", world.source(), "p", "--store", &plain]).await.done();
    let before = contents(world.folder.path());
    let small = world.folder.path().join("small.txt");
    for path in ["small.txt", "parts.bin", "new.txt"] {
        write(world.folder.path(), path, noise(18 << 20, 2));
    }
    for (sse, words) in [("AES256", "does not encrypt what it stores"), ("kms:any", "has no key service")] {
        let place = world.place(sse);
        for args in [&["backup", world.source(), "p"][..], &["put", text(&small), "p/small.txt"]] {
            let ended = world.run(&[args, &["--store", &place]].concat()).await;
            let error = refused(&ended);
            assert_eq!(error["code"], "not_supported", "{error}");
            assert!(says(&error, "message", words) && says(&error, "hint", "leave sse out"), "{error}");
        }
    }
    assert_eq!(world.bucket.list_uploads("").await.expect("uploads"), []);
    let to = tempfile::tempdir().expect("a folder");
    world.run(&["restore", "p", text(to.path()), "--store", &plain]).await.done();
    assert_same(&contents(to.path()), &before);
    world.run(&["backup", world.source(), "p", "--store", &plain]).await.done();
    world.assert_comes_back("p", &["--store", &plain]).await;
}
