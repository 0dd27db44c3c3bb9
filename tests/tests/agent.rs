//! The agent with a real folder, the system's own events and the embedded bucket: what is in the folder is in the bucket
//! in the end, whatever a busy writer, a kill or a restart does meanwhile.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use holdfast_backup::watch::Queue;
use holdfast_tests::program::{Home, kill};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::{
    process::Child,
    time::{Instant, sleep},
};

/// So long the bucket may need to become equal to a folder that is calm.
const PATIENCE: Duration = Duration::from_secs(240);

/// One person with a place on this computer and a watched set.
struct World {
    home: Home,
    folder: tempfile::TempDir,
    place: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let (home, folder) = (Home::new(), tempfile::tempdir().expect("a folder"));
        let place = tempfile::tempdir().expect("a folder");
        let store = format!("file://{}", place.path().display());
        home.run(["profile", "add", "default", "--store", &store, "--json"]).await.done();
        Self { home, folder, place }
    }

    async fn add_set(&self, more: &[&str]) -> Value {
        let mut args = vec!["set", "add", "Work", self.folder.path().to_str().expect("UTF-8"), "work", "--json"];
        args.extend_from_slice(more);
        self.home.run(args).await.done()
    }

    fn agent(&self) -> Child {
        self.home.begin(["agent", "--json"])
    }

    /// Files of the folder, or of the set in the bucket, which is a folder too.
    fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let all = walkdir::WalkDir::new(root).into_iter().filter_map(Result::ok);
        let files = all.filter(|entry| entry.file_type().is_file());
        files
            .filter_map(|entry| {
                let content = fs::read(entry.path()).ok()?;
                Some((entry.path().strip_prefix(root).expect("below").to_owned(), content))
            })
            .collect()
    }

    fn bucket(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        Self::files(&self.place.path().join("holdfast/work"))
    }

    fn difference(&self) -> Vec<PathBuf> {
        let (here, there) = (Self::files(self.folder.path()), self.bucket());
        let all: std::collections::BTreeSet<_> = here.keys().chain(there.keys()).collect();
        all.into_iter().filter(|path| here.get(*path) != there.get(*path)).cloned().collect()
    }

    async fn becomes_equal(&self) {
        let end = Instant::now() + PATIENCE;
        loop {
            let differ = self.difference();
            if differ.is_empty() {
                return;
            }
            let (here, there) = (Self::files(self.folder.path()).len(), self.bucket().len());
            let some = &differ[..differ.len().min(10)];
            if Instant::now() >= end {
                let runs = self.runs().await;
                let last = &runs[..runs.len().min(5)];
                panic!("{} files differ, {here} here, {there} in the bucket: {some:?}; {last:#?}", differ.len());
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn runs(&self) -> Vec<Value> {
        let page = self.home.run(["runs", "--limit", "500", "--json"]).await.done();
        page["runs"].as_array().expect("runs").clone()
    }

    async fn until(&self, what: &str, holds: impl Fn(&[Value]) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(&self.runs().await) {
            assert!(Instant::now() < end, "{what} never came");
            sleep(Duration::from_millis(300)).await;
        }
    }
}

async fn stop(mut agent: Child) {
    let id = rustix::process::Pid::from_raw(agent.id().expect("a running program") as i32).expect("its id");
    rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
    let ended = tokio::time::timeout(PATIENCE, agent.wait()).await.expect("it ends").expect("its end");
    assert_eq!(ended.code(), Some(0), "it ends politely");
}

fn has(runs: &[Value], field: &str, value: &str) -> bool {
    runs.iter().any(|run| run[field] == value)
}

/// Somebody who makes, changes, renames and deletes files and folders, the same for the same seed.
struct Writer {
    root: PathBuf,
    chance: StdRng,
    files: Vec<PathBuf>,
    made: usize,
}

impl Writer {
    /// `HOLDFAST_TEST_SEED` makes another writer of each.
    fn new(root: &Path, seed: u64) -> Self {
        let more = std::env::var("HOLDFAST_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        let seed = seed + 1000 * more;
        println!("seed {seed}");
        Self { root: root.to_owned(), chance: StdRng::seed_from_u64(seed), files: Vec::new(), made: 0 }
    }

    fn content(&mut self) -> Vec<u8> {
        let len = self.chance.random_range(0..3000);
        (0..len).map(|_| self.chance.random()).collect()
    }

    fn make(&mut self) {
        let dir = format!("d{}/e{}", self.chance.random_range(0..40), self.chance.random_range(0..6));
        fs::create_dir_all(self.root.join(&dir)).expect("a folder");
        self.made += 1;
        let path = PathBuf::from(format!("{dir}/file {}", self.made));
        let content = self.content();
        fs::write(self.root.join(&path), content).expect("a file");
        self.files.push(path);
    }

    fn any(&mut self) -> usize {
        self.chance.random_range(0..self.files.len())
    }

    fn change(&mut self) {
        let (at, content) = (self.any(), self.content());
        fs::write(self.root.join(&self.files[at]), content).expect("a file");
    }

    fn rename(&mut self) {
        let at = self.any();
        self.made += 1;
        let to = PathBuf::from(format!("moved {}", self.made));
        fs::rename(self.root.join(&self.files[at]), self.root.join(&to)).expect("a rename");
        self.files[at] = to;
    }

    fn delete(&mut self) {
        let at = self.any();
        let path = self.files.swap_remove(at);
        fs::remove_file(self.root.join(path)).expect("a removal");
    }

    fn step(&mut self) {
        match self.chance.random_range(0..100) {
            0..55 => self.make(),
            _ if self.files.is_empty() => self.make(),
            55..75 => self.change(),
            75..88 => self.rename(),
            _ => self.delete(),
        }
    }

    /// A whole folder gets another name.
    fn rename_folder(&mut self, n: usize) {
        let name = format!("folder {n} {}", self.made);
        let (from, to) = (self.root.join(format!("d{n}")), self.root.join(&name));
        if from.is_dir() {
            fs::rename(from, to).expect("a rename");
            for path in &mut self.files {
                if let Ok(rest) = path.strip_prefix(format!("d{n}")) {
                    *path = Path::new(&name).join(rest);
                }
            }
        }
    }
}

/// 5,000 files are made, changed, renamed and deleted while the agent watches: in the end the bucket is the folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_busy_writer_the_bucket_is_the_folder() {
    let world = World::new().await;
    world.add_set(&["--watch", "--delete-remote"]).await;
    let mut writer = Writer::new(world.folder.path(), 1);
    (0..200).for_each(|_| writer.make());
    let agent = world.agent();
    world.until("the first run", |runs| has(runs, "result", "complete")).await;
    while writer.made < 5000 {
        (0..100).for_each(|_| writer.step());
        sleep(Duration::from_millis(40)).await;
        if writer.made > 2500 {
            writer.rename_folder(writer.made % 40);
        }
    }
    world.becomes_equal().await;
    stop(agent).await;
    assert!(has(&world.runs().await, "trigger", "watch"), "rounds were sent while it was written");
    let again = world.home.run(["set", "run", "Work", "--json"]).await.done();
    assert_eq!(again["run"]["files"], 0, "nothing was left: {again}");
    assert_eq!(world.difference(), Vec::<PathBuf>::new());
}

/// Killed at scattered moments while files change, the agent brings the bucket up to date at its next start, and says of
/// the runs that were cut off that they were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_killed_loses_nothing() {
    let world = World::new().await;
    // On a busy computer more than the usual thousand removals pile up while the agent is dead.
    let config = world.home.folder.path().join("config");
    fs::create_dir_all(&config).expect("a folder");
    let settings = r#"{"version":1,"settings":{"brake":{"files":100000,"percent":100}}}"#;
    fs::write(config.join("settings.json"), settings).expect("a file");
    world.add_set(&["--watch", "--delete-remote"]).await;
    let mut writer = Writer::new(world.folder.path(), 2);
    (0..300).for_each(|_| writer.make());
    for moment in 0..8u64 {
        let agent = world.agent();
        let life = Duration::from_millis(300 + moment * 700);
        let end = Instant::now() + life;
        while Instant::now() < end {
            (0..10).for_each(|_| writer.step());
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(kill(agent).await.code(), None, "it was killed");
        (0..20).for_each(|_| writer.step());
    }
    let agent = world.agent();
    world.becomes_equal().await;
    stop(agent).await;
    let runs = world.runs().await;
    assert!(!has(&runs, "result", "running"), "no run is said to go on: {runs:?}");
}

/// What waits in the queue when the agent ends waits there when it comes again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_outlives_the_agent() {
    let world = World::new().await;
    let set = world.add_set(&["--watch"]).await;
    fs::write(world.folder.path().join("first"), "x").expect("a file");
    let agent = world.agent();
    world.until("the first run", |runs| has(runs, "result", "complete")).await;
    let queue = world.home.folder.path().join(format!("data/watch/{}.db", set["id"].as_str().expect("an id")));
    for n in 0..50 {
        fs::write(world.folder.path().join(format!("f{n}")), "x").expect("a file");
    }
    // Long enough for the events to arrive, shorter than a file has to hold still.
    sleep(Duration::from_millis(1500)).await;
    kill(agent).await;
    let waiting = Queue::open(&queue).expect("a queue").len().expect("a number");
    assert_eq!(waiting, 50);
    let agent = world.agent();
    world.becomes_equal().await;
    stop(agent).await;
}

/// A second agent of the same person is refused, a paused set is left alone, and a removal that looks wrong asks a person
/// once and stops nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_must_decide_is_asked_and_the_rest_goes_on() {
    let world = World::new().await;
    world.add_set(&["--watch", "--delete-remote"]).await;
    let mut writer = Writer::new(world.folder.path(), 3);
    (0..30).for_each(|_| writer.make());
    let agent = world.agent();
    world.becomes_equal().await;
    let second = world.home.run(["agent", "--json"]).await;
    assert_eq!((second.code, &second.json()["error"]["code"]), (Some(1), &Value::from("agent_running")));
    (0..25).for_each(|_| writer.delete());
    fs::write(world.folder.path().join("new"), "new").expect("a file");
    world
        .until("the question", |runs| {
            runs.iter().any(|run| run["why"].as_str().is_some_and(|why| why.contains("wait for you")))
        })
        .await;
    assert_eq!(world.bucket().len(), 31, "nothing was removed, and the new file is there");
    let shown = world.home.run(["set", "show", "Work", "--json"]).await.done();
    assert_eq!((&shown["health"]["colour"], &shown["health"]["reasons"][0]["code"]), (&"red".into(), &"brake".into()));
    stop(agent).await;
    let refused = world.home.run(["set", "run", "Work", "--json"]).await;
    assert_eq!((refused.code, &refused.json()["error"]["code"]), (Some(1), &Value::from("brake_share")));
    let confirmed = ["set", "run", "Work", "--confirm-removal-of", "25", "--json"];
    assert_eq!(world.home.run(confirmed).await.done()["run"]["removed"], 25);
    assert_eq!(world.difference(), Vec::<PathBuf>::new());
    let shown = world.home.run(["set", "show", "Work", "--json"]).await.done();
    assert_eq!(shown["health"]["colour"], "green", "{}", shown["health"]);
    let drill = world.home.run(["set", "run", "Work", "--drill", "--json"]).await.done();
    assert_eq!((&drill["run"]["kind"], &drill["run"]["files"]), (&"drill".into(), &6.into()));
}

/// What a device tells of itself is one object beside the copies.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_tells_of_itself_once_per_run() {
    let world = World::new().await;
    world.add_set(&["--daily", "18:00"]).await;
    fs::write(world.folder.path().join("a"), "a").expect("a file");
    let run = world.home.run(["set", "run", "Work", "--json"]).await.done();
    assert_eq!(run["run"]["result"], "complete");
    let listed = world.home.run(["ls", "--recursive", "--json"]).await.done();
    assert_eq!(listed["objects"].as_array().map(Vec::len), Some(1), "it is not listed as a copy: {listed}");
    let status = World::files(&world.place.path().join("holdfast"));
    let status: Vec<_> = status.iter().filter(|(path, _)| path.to_string_lossy().contains("devices/")).collect();
    assert_eq!(status.len(), 1, "{:?}", status.iter().map(|(path, _)| path).collect::<Vec<_>>());
    let told: Value = serde_json::from_slice(status[0].1).expect("JSON");
    assert_eq!((&told["sets"][0]["name"], told["sets"][0]["last_complete"].is_string()), (&"Work".into(), true));
}

/// A library that lets folders beside which one named `….gone` lies answer no more.
#[cfg(target_os = "linux")]
fn never_answers(built: &Path) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/never_answers.c");
    let library = built.join("library.so");
    let mut compile = std::process::Command::new("cc");
    let compiled = compile.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status().expect("a compiler");
    assert!(compiled.success());
    library
}

/// A server that went away keeps those who ask it waiting. The agent goes on with its other folders meanwhile, and with this
/// one when it answers again; be it a folder that is backed up, or one that copies are kept in.
#[cfg(target_os = "linux")]
async fn others_go_on(nas_is_the_place: bool) {
    let world = World::new().await;
    let built = tempfile::tempdir().expect("a folder");
    let path = |name: &str| built.path().join(name);
    let (folder, place, gone) = match nas_is_the_place {
        true => (path("far"), path("nas"), path("nas.gone")),
        false => (path("nas"), world.place.path().to_owned(), path("nas.gone")),
    };
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("film"), "x").expect("a file");
    let profile = match nas_is_the_place {
        true => {
            fs::create_dir(&place).expect("a folder");
            let store = format!("file://{}", place.display());
            world.home.run(["profile", "add", "nas", "--store", &store, "--json"]).await.done();
            "nas"
        }
        false => "default",
    };
    world.add_set(&["--watch"]).await;
    let named = folder.to_str().expect("UTF-8");
    world.home.run(["set", "add", "NAS", named, "nas", "--profile", profile, "--watch", "--json"]).await.done();
    let mut command = world.home.command(["agent", "--json"]);
    // With one thread for everything, whatever waits on it stops all.
    command.env("LD_PRELOAD", never_answers(built.path())).env("TOKIO_WORKER_THREADS", "1");
    let agent = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("an agent");
    let of_nas = |run: &Value| run["set_name"] == "NAS" && run["result"] == "complete";
    world.until("the first run", |runs| runs.iter().any(of_nas)).await;

    fs::write(&gone, "").expect("a file");
    fs::write(folder.join("film in between"), "z").expect("a file");
    for n in 0..3 {
        fs::write(world.folder.path().join(format!("letter {n}")), "Dear Ada").expect("a file");
        world.becomes_equal().await;
    }
    fs::remove_file(&gone).expect("it answers again");
    fs::write(folder.join("second film"), "y").expect("a file");
    for film in ["second film", "film in between"] {
        let copy = place.join("holdfast/nas").join(film);
        world.until(film, |_| copy.exists()).await;
    }
    stop(agent).await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_does_not_answer_holds_up_no_other_set() {
    others_go_on(false).await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_does_not_answer_holds_up_no_other_set() {
    others_go_on(true).await;
}
