//! Killed at any moment, a backup and a restore are finished by the next run, and nothing is left lying about.
//!
//! A moment is a request: the program is killed while its n-th request waits for its answer, which the server has seen
//! (or not). Fifty such requests are spread over a whole run.

use std::path::Path;

use holdfast_tests::{
    program::{Home, ServedBucket, files_below, kill},
    proxy::{Act, Proxy},
    tree::{assert_same, contents, noise, write},
};
use serde_json::{Value, json};

const MOMENTS: u64 = 50;

/// A bucket of its own process behind a proxy, and a folder to back up.
struct World {
    bucket: ServedBucket,
    proxy: Proxy,
    folder: tempfile::TempDir,
    store: String,
}

impl World {
    async fn new() -> Self {
        let bucket = ServedBucket::start().await;
        let proxy = Proxy::start(bucket.field("endpoint")).await;
        let folder = tempfile::tempdir().expect("a folder");
        for n in 0..60u64 {
            write(folder.path(), format!("d{}/file {n}", n % 7), noise((n as usize * 211) % 6000, n));
        }
        write(folder.path(), "large ü", noise((33 << 20) + 1, 99));
        let store = bucket.store_url(&proxy.endpoint());
        Self { bucket, proxy, folder, store }
    }

    fn backup(&self, prefix: &str) -> Vec<String> {
        ["backup", &path(self.folder.path()), prefix, "--store", &self.store, "--json", "--include-hidden"]
            .map(str::to_owned)
            .into()
    }

    fn restore(&self, prefix: &str, to: &Path) -> Vec<String> {
        ["restore", prefix, &path(to), "--store", &self.store, "--json"].map(str::to_owned).into()
    }

    /// Runs the command until its `nth` request waits, and kills it then.
    async fn cut(&self, home: &Home, command: Vec<String>, nth: u64) {
        let act = if nth.is_multiple_of(2) { Act::Hold } else { Act::HoldAnswer };
        let heard = self.proxy.at(nth, None, act);
        let mut child = home.begin(&command);
        tokio::select! {
            heard = heard => heard.expect("the request arrived"),
            ended = child.wait() => panic!("request {nth} never came: {ended:?}"),
        }
        assert_eq!(kill(child).await.code(), None, "it was killed");
        self.proxy.forgive();
    }

    /// Nothing of a run that was cut is left in the bucket.
    async fn assert_bucket_is_tidy(&self, home: &Home) {
        let uploads = home.run(["uploads", "--store", &self.store, "--json"]).await.done();
        assert_eq!(uploads["uploads"], json!([]));
        let private = self.bucket.folder.path().join("holdfast/.holdfast");
        for folder in ["tmp", "uploads"] {
            let left = files_below(&private.join(folder));
            assert!(left.is_empty(), "{folder}: {left:?}");
        }
    }
}

fn path(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// Requests of an uninterrupted run, spread into moments.
fn moments(requests: u64) -> Vec<u64> {
    assert!(requests >= MOMENTS, "{requests} requests are too few");
    (0..MOMENTS).map(|n| 1 + n * (requests - 1) / (MOMENTS - 1)).collect()
}

fn assert_complete(result: &Value) {
    assert_eq!((&result["state"], &result["failures"]), (&json!("complete"), &json!([])), "{result}");
}

/// No temporary file, no note of an unfinished restore.
fn assert_state_is_tidy(home: &Home) {
    for file in files_below(home.folder.path()) {
        let name = file.to_string_lossy().into_owned();
        assert!(!["tmp", "part", "damaged"].iter().any(|word| name.contains(word)), "{name} is left");
    }
    let notes = files_below(home.folder.path()).into_iter().filter(|file| file.ends_with("restore.db"));
    for file in notes {
        let notes = rusqlite::Connection::open(home.folder.path().join(file)).expect("a database");
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut query = notes.prepare(tables).expect("a query");
        let tables: Vec<String> =
            query.query_map([], |row| row.get(0)).expect("tables").map(|name| name.expect("a name")).collect();
        assert!(!tables.is_empty());
        for table in tables {
            let count = format!("SELECT count(*) FROM \"{table}\"");
            let rows: i64 = notes.query_row(&count, [], |row| row.get(0)).expect("a count");
            assert_eq!(rows, 0, "{table} has notes of a restore that is finished");
        }
    }
}

/// A backup that is killed at fifty moments is finished by the next run, costs nothing after that, comes back whole, and
/// leaves no unfinished upload and no temporary file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_backup_is_finished_by_the_next_run() {
    let world = World::new().await;
    let wanted = contents(world.folder.path());
    let before = world.proxy.requests();
    assert_complete(&Home::new().run(world.backup("whole")).await.done());
    for nth in moments(world.proxy.requests() - before) {
        let (home, prefix) = (Home::new(), format!("cut-{nth}"));
        world.cut(&home, world.backup(&prefix), nth).await;
        assert_complete(&home.run(world.backup(&prefix)).await.done());
        let again = home.run(world.backup(&prefix)).await.done();
        assert_eq!(again["requests"], json!({}), "cut at {nth}: an unchanged tree is free");
        world.assert_bucket_is_tidy(&home).await;
        assert_state_is_tidy(&home);
        let to = tempfile::tempdir().expect("a folder");
        assert_complete(&home.run(world.restore(&prefix, to.path())).await.done());
        assert_same(&contents(to.path()), &wanted);
    }
    world.bucket.stop().await;
}

/// A restore that is killed at fifty moments shows no half file under its name, is finished by the next run, and leaves
/// no temporary file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_restore_is_finished_by_the_next_run() {
    let world = World::new().await;
    let wanted = contents(world.folder.path());
    assert_complete(&Home::new().run(world.backup("p")).await.done());
    let (home, to) = (Home::new(), tempfile::tempdir().expect("a folder"));
    let before = world.proxy.requests();
    assert_complete(&home.run(world.restore("p", to.path())).await.done());
    for nth in moments(world.proxy.requests() - before) {
        let (home, to) = (Home::new(), tempfile::tempdir().expect("a folder"));
        let to = to.path().join("restored");
        world.cut(&home, world.restore("p", &to), nth).await;
        if to.exists() {
            let visible = contents(&to).into_iter().filter(|(path, _)| !path.starts_with(".holdfast-restore"));
            for (path, entry) in visible {
                assert_eq!(wanted.get(&path), Some(&entry), "cut at {nth}: {path:?} is half a file");
            }
        }
        assert_complete(&home.run(world.restore("p", &to)).await.done());
        assert_same(&contents(&to), &wanted);
        let names: Vec<_> = std::fs::read_dir(&to).expect("a folder").map(|e| e.expect("a name").file_name()).collect();
        assert_eq!(names.len(), 8, "cut at {nth}: {names:?}");
        assert_state_is_tidy(&home);
    }
    world.bucket.stop().await;
}
