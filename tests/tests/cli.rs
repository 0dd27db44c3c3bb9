//! The command line as people and scripts see it: what it prints, how it ends, and what it never says.

use std::{
    fs,
    path::{Path, PathBuf},
};

use holdfast_storage::{
    Body, CredentialSource, Key, ListRequest, ObjectStore, S3Location, Secret, WriteOptions,
    s3::{self, ChecksumMode, S3Store, StaticKeys},
};
use holdfast_tests::{
    program::{Ended, Home, ServedBucket, files_below, kill},
    proxy::{Act, Proxy},
    scripted::{Answer, Scripted},
    tree::{assert_same, contents, noise, write},
};
use serde_json::{Value, json};

/// A bucket in a process of its own, a person, and a folder with something in it.
struct World {
    bucket: ServedBucket,
    home: Home,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let world =
            Self { bucket: ServedBucket::start().await, home: Home::new(), folder: tempfile::tempdir().expect("one") };
        for n in 0..5u64 {
            write(world.folder.path(), format!("f/{n} ü.txt"), noise(100 + n as usize, n));
        }
        world
    }

    fn store(&self) -> &str {
        self.bucket.field("store_url")
    }

    fn source(&self) -> &str {
        self.folder.path().to_str().expect("UTF-8")
    }

    async fn run(&self, args: &[&str]) -> Ended {
        self.home.run(args.iter().copied().chain(["--store", self.store()])).await
    }

    async fn json(&self, args: &[&str]) -> Value {
        self.home.run(args.iter().copied().chain(["--json", "--store", self.store()])).await.done()
    }

    async fn bare(&self) -> S3Store {
        let mut location = S3Location::new(self.bucket.field("bucket")).expect("a name");
        location.set_endpoint(self.bucket.field("endpoint"), false).expect("an address");
        location.region = Some("us-east-1".into());
        location.credentials = CredentialSource::Key(self.bucket.field("access_key").into());
        let keys = StaticKeys { secret: Secret::new(self.bucket.field("secret_key")), token: None };
        let account = s3::connect(&location, Some(&keys)).await.expect("a client");
        S3Store::new(account, &location.bucket, ChecksumMode::WhenRequired)
    }

    async fn keys(&self) -> Vec<String> {
        let page = self.bare().await.list(&ListRequest::default()).await.expect("a listing");
        page.objects.iter().map(|row| row.key.to_string()).collect()
    }

    /// A path in a folder that does not exist yet.
    fn elsewhere(&self, name: &str) -> PathBuf {
        self.home.folder.path().join(name)
    }
}

fn has_fields(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "no {field} in {value}");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Every command of the main job prints the promised fields as one JSON value and ends with 0, and the folder that comes
/// back is the one that went up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_prints_the_promised_fields() {
    let world = World::new().await;
    let to = world.elsewhere("restored");
    let run = ["bytes_transferred", "duration_ms", "errors", "failures", "requests", "cost_usd"];
    let backup = world.json(&["backup", world.source(), "p"]).await;
    has_fields(&backup, &["files_uploaded", "files_deleted", "files_skipped"]);
    has_fields(&backup, &run);
    assert_eq!(
        (&backup["files_uploaded"], &backup["requests"]),
        (&json!(5), &json!({"ListMultipartUploads": 1, "ListObjectsV2": 1, "PutObject": 5}))
    );
    let dry = world.json(&["restore", "p", text(&to), "--dry-run"]).await;
    assert_eq!((&dry["files_downloaded"], to.exists()), (&json!(5), false), "a dry run writes nothing");
    let restore = world.json(&["restore", "p", text(&to)]).await;
    has_fields(&restore, &["files_downloaded", "files_skipped"]);
    has_fields(&restore, &run);
    assert_same(&contents(&to), &contents(world.folder.path()));
    let verify = world.json(&["verify", world.source(), "p", "--full"]).await;
    assert_eq!((&verify["checked"], &verify["proven"], &verify["state"]), (&json!(5), &json!(5), &json!("complete")));
    let ls = world.json(&["ls", "p/f/"]).await;
    has_fields(&ls["objects"][0], &["key", "size", "last_modified", "e_tag"]);
    assert_eq!(ls["objects"].as_array().map(Vec::len), Some(5));
    let file = world.folder.path().join("f/0 ü.txt");
    has_fields(&world.json(&["put", text(&file), "one"]).await, &["success", "bytes_uploaded", "e_tag", "duration_ms"]);
    let got = world.elsewhere("got");
    has_fields(&world.json(&["get", "one", text(&got)]).await, &["success", "bytes_downloaded", "duration_ms"]);
    assert_eq!(fs::read(&got).expect("it"), fs::read(&file).expect("it"));
    world.json(&["rm", "one"]).await;
    assert_eq!(world.keys().await.len(), 5);
    assert_eq!(world.json(&["uploads"]).await["uploads"], json!([]));
    assert_eq!(world.json(&["buckets"]).await[0]["name"], world.bucket.field("bucket"));
    assert_eq!(world.home.run(["profile", "list", "--json"]).await.done(), json!([]));
    for (args, field) in [(&["man"][..], "page"), (&["completions", "fish"], "script")] {
        let told = world.home.run(args.iter().copied().chain(["--json"])).await.done();
        assert!(told[field].as_str().is_some_and(|text| text.contains("holdfast")), "{args:?}");
    }
    has_fields(&world.bucket.ready, &["endpoint", "bucket", "region", "access_key", "secret_key", "store_url"]);
    world.bucket.stop().await;
}

/// Every object has the type that its file's name says, however it was sent; large and small, by a backup and alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_has_the_type_that_its_name_says() {
    let world = World::new().await;
    let large = noise(17 << 20, 1);
    let table = [
        ("a.html", "text/html"),
        ("folder/B.JPG", "image/jpeg"),
        ("c ü.json", "application/json"),
        ("d.tar.gz", "application/gzip"),
        ("large.mp4", "video/mp4"),
        ("e.unheard-of", "application/octet-stream"),
        ("without an end", "application/octet-stream"),
    ];
    for (name, _) in table {
        let content = if name.starts_with("large") { large.clone() } else { noise(100, 2) };
        write(world.folder.path(), name, content);
    }
    world.json(&["backup", world.source(), "p"]).await;
    let store = world.bare().await;
    for (name, kind) in table {
        world.json(&["put", text(&world.folder.path().join(name)), &format!("alone/{name}")]).await;
        for key in [format!("p/{name}"), format!("alone/{name}")] {
            let key = Key::new(&key).expect("a key");
            let meta = store.head(&key, &Default::default()).await.expect("an object");
            assert_eq!(meta.content_type.as_deref(), Some(kind), "{key}");
        }
    }
    world.bucket.stop().await;
}

/// What `npm start` does where there is no display: the main job with a sample, and with a folder of one's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstration_backs_up_restores_and_compares() {
    let world = World::new().await;
    let sample = world.home.run(["demo"]).await;
    assert_eq!(sample.code, Some(0), "{sample:?}");
    for words in ["44 files copied up", "44 files brought back", "Compared byte for byte: both folders hold the same."]
    {
        assert!(sample.stdout.contains(words), "{words}: {}", sample.stdout);
    }
    let own = world.home.run(["demo", world.source()]).await;
    let place = |name: &str| {
        let line = own.stdout.lines().find_map(|line| line.strip_prefix(name)).expect("where it is");
        PathBuf::from(line.trim().trim_end_matches(" (plain files)"))
    };
    assert_same(&contents(&place("Brought back:")), &contents(world.folder.path()));
    assert!(place("The bucket:").is_dir());
    world.bucket.stop().await;
}

/// The exit code tells a script how it went: 0 all done, 1 failed, 2 wrong usage, 3 done in part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exit_code_tells_how_it_went() {
    let world = World::new().await;
    assert_eq!(world.run(&["backup", world.source(), "p"]).await.code, Some(0));
    assert_eq!(world.run(&["backup", text(&world.elsewhere("missing")), "p"]).await.code, Some(1));
    for usage in
        [&["backup", world.source(), "../p"][..], &["backup", world.source(), "p", "--exclude", "["], &["walk"]]
    {
        assert_eq!(world.run(usage).await.code, Some(2), "{usage:?}");
    }
    let deep = (0..6).fold(PathBuf::new(), |path, _| path.join("d".repeat(200)));
    write(world.folder.path(), deep.join("too long for a key"), "x");
    let partial = world.home.run(["backup", world.source(), "p", "--json", "--store", world.store()]).await;
    assert_eq!(partial.code, Some(3), "{partial:?}");
    let value = partial.json();
    assert_eq!(value["failures"].as_array().map(Vec::len), Some(1));
    has_fields(&value["failures"][0], &["path", "reason", "hint"]);
    for quiet in [&["completions", "bash"][..], &["man"], &["--help"], &["--version"]] {
        let ended = world.home.run(quiet).await;
        assert!(ended.code == Some(0) && !ended.stdout.is_empty(), "{ended:?}");
    }
    world.bucket.stop().await;
}

/// A wrong input gets one message with a hint, under its own code, and changes nothing here or in the bucket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_input_is_named_with_a_hint_and_changes_nothing() {
    let world = World::new().await;
    world.json(&["backup", world.source(), "p"]).await;
    let before = (world.keys().await, contents(world.folder.path()));
    let (store, file) = (world.store(), world.folder.path().join("f/1 ü.txt"));
    let empty = tempfile::tempdir().expect("a folder");
    let web = Scripted::start(Answer::page("200 OK")).await;
    let old = Scripted::start(Answer::refusal("400 Bad Request", "ExpiredToken", None)).await;
    let (secure, _) = Scripted::start_tls(Answer::page("200 OK")).await;
    let with = |name: &str, value: &str| {
        let mut url = url::Url::parse(store).expect("a URL");
        let pairs: Vec<_> = url.query_pairs().into_owned().filter(|(n, _)| n != name).collect();
        url.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
        url.to_string()
    };
    let there = |url: String| vec!["backup".to_owned(), world.source().into(), "new".into(), "--store".into(), url];
    let here =
        |args: &[&str]| -> Vec<String> { args.iter().copied().chain(["--store", store]).map(Into::into).collect() };
    let rows = [
        ("store_url_malformed", there("bucket".into())),
        ("unknown_parameter", there(with("colour", "red"))),
        ("bucket_missing", there(store.replace("s3://holdfast?", "s3://missing-bucket?"))),
        ("wrong_secret", there(with("secret_key", "notTheSecretnotTheSecret"))),
        ("unknown_key", there(with("access_key", "AKIANOBODY"))),
        ("not_s3", there(with("endpoint", &web.endpoint()))),
        ("expired_token", there(with("endpoint", &old.endpoint()))),
        ("tls_untrusted", there(with("endpoint", &secure.endpoint()))),
        ("tls_failed", there(with("endpoint", &format!("https://localhost:{}", web.port())))),
        ("dns", there(with("endpoint", "https://no-such-host.invalid"))),
        ("plain_http", there(with("endpoint", "http://example.com"))),
        ("folder_is_a_file", here(&["backup", text(&file), "p"])),
        ("folder_missing", here(&["backup", text(&world.elsewhere("missing")), "p"])),
        ("prefix_bad", here(&["backup", world.source(), "a/../b"])),
        ("bad_pattern", here(&["backup", world.source(), "p", "--exclude", "[z-a]"])),
        ("nothing_there", here(&["restore", "nowhere", text(&world.elsewhere("r"))])),
    ];
    for (code, mut args) in rows {
        args.push("--json".into());
        let ended = world.home.run(&args).await;
        let error = ended.json()["error"].take();
        assert_eq!(error["code"], code, "{args:?}: {ended:?}");
        assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
        let words = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
        assert!(!words("message").is_empty() && !words("hint").is_empty(), "{error}");
        assert!(words("message").chars().next().is_some_and(|c| !c.is_uppercase()), "{error}");
        assert!(ended.stderr.contains(&words("message")) && ended.stderr.contains(&words("hint")), "{ended:?}");
    }
    // A folder that lost everything, under the same name, asks before it empties the bucket.
    let moved = empty.path().join("kept");
    fs::rename(world.folder.path().join("f"), &moved).expect("a rename");
    let args = ["backup", world.source(), "p", "--delete-remote", "--json", "--store", store];
    let braked = world.home.run(args).await;
    assert_eq!((braked.code, &braked.json()["error"]["code"]), (Some(1), &json!("brake_empty")));
    fs::rename(&moved, world.folder.path().join("f")).expect("a rename");
    assert_eq!((world.keys().await, contents(world.folder.path())), before);
    world.bucket.stop().await;
}

/// How much a run may remove without asking can be narrowed: by share and by number. The number, confirmed, lets it pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_brake_holds_where_it_is_told_to() {
    let world = World::new().await;
    world.json(&["backup", world.source(), "p"]).await;
    fs::remove_file(world.folder.path().join("f/1 ü.txt")).expect("a removal");
    let removing = ["backup", world.source(), "p", "--delete-remote", "--json", "--store", world.store()];
    for narrow in [["--brake-share", "10"], ["--brake-share", "0%"], ["--brake-files", "0"]] {
        let braked = world.home.run(removing.into_iter().chain(narrow)).await;
        assert_eq!((braked.code, &braked.json()["error"]["code"]), (Some(1), &json!("brake_share")), "{narrow:?}");
        assert_eq!(world.keys().await.len(), 5);
    }
    let outside = world.home.run(removing.into_iter().chain(["--brake-share", "101"])).await;
    assert_eq!(outside.code, Some(2), "{outside:?}");
    let confirmed = ["--brake-share", "10", "--confirm-removal-of", "1"];
    assert_eq!(world.home.run(removing.into_iter().chain(confirmed)).await.done()["files_deleted"], 1);
    world.bucket.stop().await;
}

/// Costs are reckoned with the person's own prices. A price file that is not as expected stops no backup: list prices are
/// taken, and the plan says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_prices_are_reckoned_with_and_a_wrong_file_stops_no_backup() {
    let world = World::new().await;
    let file = |text: &str| write(world.home.folder.path(), "config/prices.json", text);
    file(r#"{ "version": 1, "prices": [ { "provider": "other", "per_1000_put": -5 } ] }"#);
    let plan = world.home.run(["backup", world.source(), "elsewhere", "--dry-run", "--store", world.store()]).await;
    assert!(plan.stdout.contains("prices.json cannot be read"), "{plan:?}");
    assert_eq!(world.json(&["backup", world.source(), "elsewhere"]).await["files_uploaded"], 5);
    file(r#"{ "version": 1, "prices": [ { "provider": "other", "region": "us-east-1", "per_1000_put": 10 } ] }"#);
    let backup = world.json(&["backup", world.source(), "p"]).await;
    let cost = backup["cost_usd"].as_f64().expect("a sum");
    assert!((cost - 7.0 * 0.01).abs() < 1e-9, "five files and two listings: {backup}");
    world.bucket.stop().await;
}

/// A profile's versions are switched on, listed, and a folder comes back as it was; what the place does not offer is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_keeps_versions_and_a_folder_comes_back_as_it_was() {
    let world = World::new().await;
    let place = world.elsewhere("place");
    let run = async |args: &[&str]| world.home.run(args.iter().copied().chain(["--json"])).await;
    run(&["profile", "add", "here", "--store", &format!("file://{}", text(&place))]).await.done();
    assert_eq!(run(&["place", "versioning", "here"]).await.done(), json!("off"));
    let early =
        run(&["restore", "p", text(&world.elsewhere("no")), "--profile", "here", "--as-of", "2026-11-20"]).await;
    assert_eq!((early.code, &early.json()["error"]["code"]), (Some(1), &json!("no_versions")), "{early:?}");
    assert_eq!(run(&["place", "versioning", "here", "on"]).await.done(), json!("on"));
    let wanted = contents(world.folder.path());
    run(&["backup", world.source(), "p", "--profile", "here"]).await.done();
    let versions = run(&["place", "versions", "here"]).await.done();
    let rows = versions["versions"].as_array().expect("a list");
    assert_eq!(rows.len(), 5);
    // Times are written without trailing zeros: "…:10.02Z" is before "…:10.0205Z".
    let times = rows.iter().filter_map(|row| row["last_modified"].as_str());
    let newest = times.max_by_key(|time| time.trim_end_matches('Z')).expect("a time").to_owned();
    for n in 0..5u64 {
        write(world.folder.path(), format!("f/{n} ü.txt"), noise(200, 99 + n));
    }
    run(&["backup", world.source(), "p", "--profile", "here"]).await.done();
    let to = world.elsewhere("as it was");
    run(&["restore", "p", text(&to), "--profile", "here", "--as-of", &newest]).await.done();
    assert_same(&contents(&to), &wanted);
    let rules = run(&["place", "lifecycle", "here", "--set", "--abort-uploads-after", "7"]).await;
    assert_eq!((rules.code, &rules.json()["error"]["code"]), (Some(1), &json!("not_supported")), "{rules:?}");
    assert_eq!(run(&["place", "class", "here"]).await.done()[0]["id"], "STANDARD");
    let nothing = world.home.run(["place", "thaw", "here", "p/", "--dry-run"]).await;
    assert_eq!((nothing.code, nothing.stdout.trim()), (Some(0), "Nothing there lies in an archive."), "{nothing:?}");
    let asked = run(&["place", "thaw", "here"]).await.done();
    assert_eq!((&asked["state"], &asked["asked"]), (&json!("complete"), &json!(0)));
    world.bucket.stop().await;
}

/// While a run of a folder is under way a second one is turned away, and the first goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_of_one_folder_do_not_meet() {
    let world = World::new().await;
    let proxy = Proxy::start(world.bucket.field("endpoint")).await;
    let store = world.bucket.store_url(&proxy.endpoint());
    let args = ["backup", world.source(), "p", "--json", "--store", &store];
    let held = proxy.at(1, Some("PUT"), Act::Hold);
    let first = world.home.begin(args);
    held.await.expect("the first is under way");
    let second = world.home.run(args).await;
    assert_eq!((second.code, &second.json()["error"]["code"]), (Some(1), &json!("busy")));
    kill(first).await;
    assert_eq!(world.home.run(args).await.done()["state"], "complete", "the lock goes with its holder");
    world.bucket.stop().await;
}

/// A limit holds the run that has it, up or down, and one in the settings holds every run of that person; others go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_bytes_holds_the_run_that_has_it_and_no_other() {
    let world = World::new().await;
    let to = world.elsewhere("restored");
    assert_eq!(world.json(&["backup", world.source(), "before"]).await["state"], "complete");
    let of_settings = Home::new();
    let config = of_settings.folder.path().join("config");
    fs::create_dir_all(&config).expect("a folder");
    let settings = json!({ "version": 1, "settings": { "bandwidth": { "bytes_per_second": 1, "timetable": [] } } });
    fs::write(config.join("settings.json"), settings.to_string()).expect("settings");
    let mut held = [
        world.home.begin(["backup", world.source(), "up", "--limit", "1", "--store", world.store()]),
        world.home.begin(["restore", "before", text(&to), "--limit", "1", "--store", world.store()]),
        of_settings.begin(["backup", world.source(), "settings", "--store", world.store()]),
    ];
    for n in 0..3 {
        assert_eq!(world.json(&["backup", world.source(), &format!("free/{n}")]).await["state"], "complete");
    }
    for (n, child) in held.iter_mut().enumerate() {
        assert_eq!(child.try_wait().expect("a process"), None, "{n} ended, at a byte a second");
    }
    let keys = world.keys().await;
    assert!(!keys.iter().any(|key| key.starts_with("up/") || key.starts_with("settings/")), "{keys:?}");
    for child in held {
        kill(child).await;
    }
    assert_eq!(world.json(&["backup", world.source(), "up", "--limit", "10M"]).await["files_uploaded"], 5);
}

/// A damaged index is set aside and rebuilt; damaged settings are kept, named, and never overwritten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_files_of_ours_lose_nothing() {
    let world = World::new().await;
    world.json(&["backup", world.source(), "p"]).await;
    let indexes: Vec<_> = files_below(world.home.folder.path()).into_iter().filter(|p| is_index(p)).collect();
    assert_eq!(indexes.len(), 1, "{indexes:?}");
    let index = world.home.folder.path().join(&indexes[0]);
    for side in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{side}", index.display()));
    }
    fs::write(&index, noise(20_000, 5)).expect("damage");
    let again = world.json(&["backup", world.source(), "p"]).await;
    assert_eq!((&again["files_uploaded"], &again["files_skipped"]), (&json!(0), &json!(5)));
    let beside = fs::read_dir(index.parent().expect("a folder")).expect("a folder");
    let kept = beside.map(|e| fs::read(e.expect("an entry").path()).expect("a file")).any(|c| c == noise(20_000, 5));
    assert!(kept, "the damaged index is gone");
    let settings = world.home.folder.path().join("config/profiles.json");
    write(world.home.folder.path(), "config/profiles.json", "{ this is not");
    for args in [&["profile", "list", "--json"][..], &["profile", "add", "x", "--store", "file:///tmp/x", "--json"]] {
        let ended = world.home.run(args).await;
        assert_eq!((ended.code, &ended.json()["error"]["code"]), (Some(1), &json!("config_corrupt")), "{ended:?}");
        assert!(ended.stderr.contains("profiles.json"), "{ended:?}");
        assert_eq!(fs::read_to_string(&settings).expect("it"), "{ this is not");
    }
    world.bucket.stop().await;
}

fn is_index(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "db") && path.iter().any(|part| part == "indexes" || part == "index")
}

/// A key that leads out of the destination is named and refused; everything else comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_key_is_named_and_writes_nothing() {
    let world = World::new().await;
    world.json(&["backup", world.source(), "p"]).await;
    let store = world.bare().await;
    let hostile = ["p/../escape", "p//etc/holdfast-escape", "p/f/../../../escape"];
    for key in hostile {
        let key = Key::new(key).expect("a key");
        store.put(&key, Body::bytes("gotcha"), &WriteOptions::default()).await.expect("a write");
    }
    let to = world.elsewhere("a/b/restored");
    let ended = world.home.run(["restore", "p", text(&to), "--json", "--store", world.store()]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.json()["failures"].as_array().map(Vec::len), Some(hostile.len()), "{ended:?}");
    assert_same(&contents(&to), &contents(world.folder.path()));
    let escaped = files_below(world.home.folder.path()).into_iter().find(|path| text(path).contains("escape"));
    assert_eq!((escaped, Path::new("/etc/holdfast-escape").exists()), (None, false));
    world.bucket.stop().await;
}

/// Keys from the environment work, and without any the message names where keys can come from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_come_from_the_environment() {
    let world = World::new().await;
    let store = format!("s3://holdfast?endpoint={}&region=us-east-1", world.bucket.field("endpoint"));
    let args = ["backup", world.source(), "p", "--json", "--store", &store];
    let without = world.home.run(args).await;
    assert_eq!((without.code, &without.json()["error"]["code"]), (Some(1), &json!("no_credentials")), "{without:?}");
    let keys = [
        ("AWS_ACCESS_KEY_ID", world.bucket.field("access_key")),
        ("AWS_SECRET_ACCESS_KEY", world.bucket.field("secret_key")),
    ];
    assert_eq!(world.home.run_with(args, &keys).await.done()["files_uploaded"], 5);
    world.bucket.stop().await;
}

/// Where there is no keychain, a profile with a secret is refused with the choices named, and the secret is nowhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_keychain_no_secret_is_kept() {
    let world = World::new().await;
    let ended = world.home.run(["profile", "add", "mine", "--store", world.store(), "--json"]).await;
    let error = ended.json()["error"].take();
    assert_eq!((ended.code, &error["code"]), (Some(1), &json!("keychain_missing")), "{ended:?}");
    let said = format!("{} {}", error["message"], error["hint"]);
    assert!(said.contains("environment") && said.contains("AWS"), "{said}");
    assert_eq!(world.home.run(["profile", "list", "--json"]).await.done(), json!([]));
    assert_silent(&world, &[ended]);
    world.bucket.stop().await;
}

/// Neither the secret nor a part of it is in anything that is printed or written, whether a command works or fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_printed_or_written() {
    let world = World::new().await;
    let to = world.elsewhere("restored");
    let wrong = world.store().replace("s3://holdfast?", "s3://missing-bucket?");
    let malformed = format!("{}&colour=red", world.store());
    let mut all = Vec::new();
    for store in [world.store(), &wrong, &malformed] {
        for args in [
            &["backup", world.source(), "p"][..],
            &["restore", "p", text(&to)],
            &["verify", world.source(), "p"],
            &["ls"],
            &["uploads"],
            &["buckets"],
        ] {
            for extra in [&[][..], &["--json"]] {
                let args = args.iter().chain(extra).copied().chain(["--store", store]);
                all.push(world.home.run_with(args, &[("HOLDFAST_LOG", "trace")]).await);
            }
        }
    }
    assert!(all.iter().any(|ended| ended.code == Some(0)) && all.iter().any(|ended| ended.code == Some(1)));
    assert_silent(&world, &all);
    world.bucket.stop().await;
}

fn assert_silent(world: &World, all: &[Ended]) {
    let secret = world.bucket.field("secret_key");
    for ended in all {
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.contains(secret) && !said.contains(&secret[..20]), "the secret was printed: {ended:?}");
    }
    let mut read = 0;
    for folder in [world.home.folder.path(), world.bucket.folder.path()] {
        for file in files_below(folder) {
            let content = fs::read(folder.join(&file)).unwrap_or_default();
            read += 1;
            assert!(!content.windows(secret.len()).any(|w| w == secret.as_bytes()), "the secret is in {file:?}");
        }
    }
    assert!(read > 0, "files were looked at");
}

/// Without a terminal nothing but plain lines is printed; on one without colours there are none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_is_plain_without_a_terminal_and_colourless_when_asked() {
    let world = World::new().await;
    write(world.folder.path(), "large", noise(40 << 20, 1));
    for args in
        [&["backup", world.source(), "p"][..], &["backup", world.source(), "p", "--dry-run"], &["walk"], &["--help"]]
    {
        let ended = world.run(args).await;
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.is_empty() && !said.contains('\u{1b}'), "{args:?}: {said:?}");
    }
    if cfg!(target_os = "linux") {
        for (variables, colours) in [(&[("TERM", "xterm")][..], true), (&[("TERM", "xterm"), ("NO_COLOR", "1")], false)]
        {
            let to = world.elsewhere(if colours { "colourful" } else { "plain" });
            let said = on_a_terminal(&world, &["restore", "p", text(&to)], variables).await;
            assert!(said.contains("Restored."), "{said:?}");
            assert_eq!(said.contains("\u{1b}[36m"), colours, "{said:?}");
        }
    }
    world.bucket.stop().await;
}

/// Runs the program on a terminal of its own.
async fn on_a_terminal(world: &World, args: &[&str], variables: &[(&str, &str)]) -> String {
    let quoted = args.iter().copied().chain(["--store", world.store()]).map(|arg| format!("'{arg}'"));
    let line = format!("'{}' {}", holdfast_tests::program::program().display(), quoted.collect::<Vec<_>>().join(" "));
    let mut command = tokio::process::Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).stdin(std::process::Stdio::null());
    for (name, value) in world.home.command([""; 0]).as_std().get_envs() {
        command.env(name, value.expect("a value"));
    }
    command.env_remove("NO_COLOR").envs(variables.iter().copied());
    let output = command.output().await.expect("script, of util-linux");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
