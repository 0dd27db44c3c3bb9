//! `holdfast agent --config`: folders of a configuration file, without a window and without anything of a person's own.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use holdfast_tests::program::{Ended, Home, files_below, kill};
use rusqlite::Connection;
use serde_json::Value;
use tokio::{
    process::Child,
    time::{Instant, sleep},
};

/// So long something may need to come about.
const PATIENCE: Duration = Duration::from_secs(120);

/// An agent with a folder, a place on this computer and a file that names both.
struct World {
    home: Home,
    more: String,
    watch: String,
}

impl World {
    fn new(watch: &str) -> Self {
        let world = Self { home: Home::new(), more: String::new(), watch: watch.to_owned() };
        fs::create_dir(world.folder()).expect("a folder");
        world
    }

    fn with(mut self, more: &str) -> Self {
        self.more = format!("{}{more}\n", self.more);
        self
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.folder.path().join(name)
    }

    fn folder(&self) -> PathBuf {
        self.at("src")
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    fn config(&self) -> PathBuf {
        let path = self.at("client.yaml");
        let text = format!(
            "store: file://{}\ndatabase: {{path: agent.db}}\nwatches:\n  - {{local_path: src, remote_prefix: docs, {}}}\n\
             stability: {{debounce_seconds: 1}}\n{}",
            self.at("place").display(),
            self.watch,
            self.more
        );
        fs::write(&path, text).expect("a file");
        path
    }

    fn args<'a>(&self, config: &'a Path, command: &'a [&'a str]) -> Vec<&'a str> {
        let mut args = vec!["agent"];
        args.extend_from_slice(command);
        args.extend(["--json", "--config", config.to_str().expect("UTF-8")]);
        args
    }

    fn start(&self) -> Child {
        self.home.begin(self.args(&self.config(), &[]))
    }

    async fn run(&self, command: &[&str]) -> Ended {
        self.home.run(self.args(&self.config(), command)).await
    }

    async fn status(&self) -> Value {
        self.run(&["status"]).await.done()
    }

    fn kept(&self) -> Vec<String> {
        let set = self.at("place/holdfast/docs");
        if !set.exists() {
            return Vec::new();
        }
        let mut all: Vec<_> = files_below(&set).iter().map(|path| path.to_str().expect("UTF-8").to_owned()).collect();
        all.sort();
        all
    }

    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds().await {
            assert!(Instant::now() < end, "{what} never came: {:?} {:#}", self.kept(), self.status().await);
            sleep(Duration::from_millis(200)).await;
        }
    }

    fn ledger(&self) -> Connection {
        Connection::open(self.at("agent.db")).expect("the database")
    }
}

async fn stop(mut agent: Child) {
    let id = rustix::process::Pid::from_raw(agent.id().expect("a running program") as i32).expect("its id");
    rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
    let ended = tokio::time::timeout(PATIENCE, agent.wait()).await.expect("it ends").expect("its end");
    assert_eq!(ended.code(), Some(0), "it ends politely");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_folder_is_sent_and_the_database_says_what() {
    let world = World::new("recursive: false, exclude: ['*.skip']");
    world.write("first", "one");
    world.write("left.skip", "not this");
    world.write("deeper/below", "nor this");
    let agent = world.start();
    world.until("the first", async || world.kept() == ["first"]).await;
    world.write("second", "two");
    world.until("the second", async || world.kept() == ["first", "second"]).await;
    world.until("the ledger", async || world.status().await["watches"][0]["files"] == 2).await;
    let status = world.status().await;
    assert_eq!(
        (&status["running"], &status["today"]["files_sent"]),
        (&Value::Bool(true), &Value::from(2)),
        "{status:#}"
    );
    // Neither a check nor another start with a file that was edited meanwhile changes what the agent does.
    let sets = || fs::read(world.at("agent.db.d/config/sets.json")).expect("the sets");
    let before = sets();
    let edited = world.at("edited.yaml");
    let text =
        fs::read_to_string(world.config()).expect("the file").replace("remote_prefix: docs", "remote_prefix: other");
    fs::write(&edited, text).expect("a file");
    assert_eq!(world.home.run(world.args(&edited, &["check"])).await.code, Some(0));
    assert_eq!(world.home.run(world.args(&edited, &[])).await.code, Some(1));
    assert_eq!(sets(), before);
    let second = world.run(&[]).await;
    assert_eq!((second.code, &second.json()["error"]["code"]), (Some(1), &Value::from("agent_running")));
    stop(agent).await;
    assert_eq!(world.status().await["running"], false);
    let row = "SELECT remote_path, file_size, mtime, uploaded_at, length(sha256) FROM files WHERE local_path = ?1";
    let path = world.folder().join("second");
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<(String, i64, i64, i64, i64)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    };
    let (remote, size, mtime, uploaded, digest) =
        world.ledger().query_row(row, [path.to_str()], read).expect("its row");
    let changed = fs::metadata(&path).and_then(|meta| meta.modified()).expect("its time");
    let seconds = changed.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    assert_eq!((remote.as_str(), size, mtime, digest), ("docs/second", 3, seconds, 64));
    assert!((mtime..=mtime + 3600).contains(&uploaded), "{uploaded}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_before_is_left_alone_where_the_file_says_so() {
    let world = World::new("").with("scan: {upload_existing: false}");
    world.write("before", "old");
    world.write("edited", "old");
    let agent = world.start();
    world.until("the first look", async || world.status().await["watches"][0]["last_complete"].is_string()).await;
    world.write("after", "new");
    world.write("edited", "changed");
    world.until("what came after", async || world.kept() == ["after", "edited"]).await;
    world.until("the ledger", async || world.status().await["watches"][0]["files"] == 2).await;
    stop(agent).await;
    // And stays alone after a restart.
    let agent = world.start();
    world.write("last", "newer");
    world.until("what came last", async || world.kept() == ["after", "edited", "last"]).await;
    stop(agent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_removed_here_when_it_is_old_enough_confirmed_and_unchanged() {
    let world = World::new("delete_after_days: 2");
    let names = ["sure", "young", "edited", "gone there"];
    names.iter().for_each(|name| world.write(name, name));
    let agent = world.start();
    world.until("all", async || world.status().await["watches"][0]["files"] == 4).await;
    stop(agent).await;
    assert!(names.iter().all(|name| world.folder().join(name).exists()), "nothing is old enough");

    // Three days pass for all but one.
    let index = files_below(&world.at("agent.db.d/data/index"));
    let index = index.iter().find(|path| path.extension().is_some_and(|end| end == "db")).expect("an index");
    let index = Connection::open(world.at("agent.db.d/data/index").join(index)).expect("the index");
    let past = "UPDATE files SET uploaded_at = uploaded_at - 3 * 86400 WHERE name <> 'young'";
    assert_eq!(index.execute(past, []).expect("written"), 3);
    drop(index);
    world.write("edited", "edited since");
    fs::remove_file(world.at("place/holdfast/docs/gone there")).expect("a copy");
    let agent = world.start();
    world.until("room", async || !world.folder().join("sure").exists()).await;
    world.until("its note", async || world.status().await["watches"][0]["removed_here"] == 1).await;
    stop(agent).await;
    assert_eq!(world.kept().len(), 3, "what was removed here stays there: {:?}", world.kept());
    names.iter().skip(1).for_each(|name| assert!(world.folder().join(name).exists(), "{name}"));
    // What the place did not confirm is sent anew.
    let agent = world.start();
    world.until("the copy", async || world.kept() == ["edited", "gone there", "sure", "young"]).await;
    stop(agent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_survives_a_kill_and_a_stop() {
    let world = World::new("");
    let agent = world.start();
    world.until("a look", async || world.status().await["watches"][0]["last_complete"].is_string()).await;
    for n in 0..300 {
        world.write(&format!("d{}/f{n}", n % 7), &format!("content {n}"));
    }
    kill(agent).await;
    assert_eq!(world.status().await["running"], false);
    let agent = world.start();
    world.until("all", async || world.kept().len() == 300).await;
    stop(agent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_in_the_file_is_named_and_nothing_is_begun() {
    let world = World::new("recursiv: false");
    for command in [&[][..], &["status"], &["check"], &["install"]] {
        let ended = world.run(command).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        let said = if ended.stdout.is_empty() { &ended.stderr } else { &ended.stdout };
        assert!(said.contains("watches[0]") && said.contains("recursiv"), "{said}");
    }
    assert!(!world.at("agent.db").exists() && !world.at("agent.db.d").exists());
    let unnamed = world.home.run(["agent", "status", "--json"]).await;
    assert_eq!(unnamed.json()["error"]["code"], "agent_config");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_each_system_needs_is_printed_as_it_reads_it() {
    let world = World::new("delete_after_days: 3");
    let config = world.config();
    let args = ["agent", "install", "--config", config.to_str().expect("UTF-8"), "--system"];
    let of = async |system: &str| Ended::of(world.home.command(args).arg(system)).await.stdout;
    let unit = of("systemd").await;
    assert!(unit.contains(&format!("agent --config \"{}\"", config.display())), "{unit}");
    let writes = unit.lines().find(|line| line.starts_with("ReadWritePaths=")).expect("what it writes");
    assert!(writes.contains("/src\"") && writes.contains("/place\""), "{writes}");
    let plist = world.at("agent.plist");
    fs::write(&plist, of("launchd").await).expect("a file");
    let parse = "import plistlib,sys; print(plistlib.load(open(sys.argv[1],'rb'))['ProgramArguments'][3])";
    let read = tokio::process::Command::new("python3").args(["-c", parse]).arg(&plist).output().await.expect("python3");
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), config.to_str().expect("UTF-8"), "{read:?}");
    assert!(of("windows").await.contains("Register-ScheduledTask"));
}
