//! Killed at any moment, the folder store keeps every write it answered, shows nothing half, and leaves no litter; the same
//! when the power goes, which takes what of the index was not synced.
//!
//! The test runs itself as a child that writes without pause and says on its output what it tries and what was
//! answered; the parent kills it and compares.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use holdfast_storage::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, FolderStore, Key, ListRequest, Metadata, ObjectStore, ReadOptions,
    Versioning, WriteOptions, body::collect, folder::Records,
};

const KILLS: u64 = 30;
const WRITERS: u64 = 6;
const KEYS: u64 = 7;
/// A step that deletes.
const ABSENT: u64 = 5;

/// What the `step`-th operation on a key writes; nothing means that it deletes.
fn content(key: &str, step: u64) -> Option<Bytes> {
    if step % 6 == 5 {
        return None;
    }
    let size = [0, 17, 4096, 70_000, 400_000][(step % 5) as usize];
    Some(format!("{key}#{step};").bytes().cycle().take(size).collect::<Vec<u8>>().into())
}

fn key(writer: u64, number: u64) -> String {
    match number % 3 {
        0 => format!("w{writer}/deep/{number}"),
        1 => format!("w{writer}-{number}"),
        _ => format!("w{writer}/odd//{number}:"),
    }
}

fn described(step: u64) -> WriteOptions {
    let metadata = Metadata::from([("step".to_owned(), step.to_string())]);
    WriteOptions { metadata, ..WriteOptions::default() }
}

async fn operate(store: &FolderStore, name: &str, step: u64) {
    let key = Key::new(name).unwrap();
    let Some(content) = content(name, step) else {
        store.delete(&key, &DeleteOptions::default()).await.unwrap();
        return;
    };
    match step % 4 {
        0 => {
            let upload = store.create_multipart(&key, &described(step)).await.unwrap();
            let part = store.upload_part(&upload, 1, Body::bytes(content)).await.unwrap();
            store.complete_multipart(&upload, &[part], &CompleteOptions::default()).await.unwrap();
        }
        1 => {
            let side = Key::new(format!("side-{name}")).unwrap();
            store.put(&side, Body::bytes(content), &WriteOptions::default()).await.unwrap();
            let from = CopyFrom { key: side, version: None, if_match: None };
            store.copy(&from, &key, &described(step)).await.unwrap();
        }
        _ => drop(store.put(&key, Body::bytes(content), &described(step)).await.unwrap()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the test below"]
async fn child() {
    let folder = std::env::var("HOLDFAST_KILL_FOLDER").unwrap();
    let round: u64 = std::env::var("HOLDFAST_KILL_ROUND").unwrap().parse().unwrap();
    let store = Arc::new(FolderStore::open(folder).await.unwrap());
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for step in round * 1_000_000.. {
                let name = key(writer, step % KEYS);
                say(&format!("try {name} {step}"));
                operate(&store, &name, step).await;
                say(&format!("did {name} {step}"));
            }
        })
    });
    futures::future::join_all(writers).await;
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn start(folder: &Path, round: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child", "--nocapture"])
        .env("HOLDFAST_KILL_FOLDER", folder)
        .env("HOLDFAST_KILL_ROUND", round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Per key the last step that was answered and the last one tried.
type Steps = HashMap<String, (Option<u64>, u64)>;

/// Runs the child until `tries` operations were begun and `delay` more has passed, then kills it.
fn run_and_kill(folder: &Path, round: u64, tries: usize, delay: Duration, steps: &mut Steps) {
    let mut child = start(folder, round);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = 0;
    for line in lines {
        let line = line.unwrap();
        let fields: Vec<&str> = line.split(' ').collect();
        let (["try", name, step] | ["did", name, step]) = fields[..] else { continue };
        let Ok(step) = step.parse() else { continue };
        let entry = steps.entry(name.to_owned()).or_insert((None, step));
        match fields[0] {
            "try" => entry.1 = step,
            _ => entry.0 = Some(step),
        }
        seen += 1;
        if seen == tries {
            std::thread::sleep(delay);
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(seen >= tries, "the child ended by itself after {seen} lines");
}

/// Compares the store with what was answered; what is there now must be there the next time.
async fn verify(folder: &Path, steps: &mut Steps) {
    let store = FolderStore::open_quietly(folder).await.unwrap();
    let mut listed = HashMap::new();
    let mut request = ListRequest::default();
    loop {
        let page = store.list(&request).await.unwrap();
        listed.extend(page.objects.into_iter().map(|row| (row.key.to_string(), row)));
        request.continuation = page.continuation;
        if request.continuation.is_none() {
            break;
        }
    }
    for (name, (answered, tried)) in steps {
        let got = store.get(&Key::new(name).unwrap(), &ReadOptions::default()).await;
        let Ok(got) = got else {
            assert!(!listed.contains_key(name), "{name} is listed and not there");
            let may_be_absent = answered.is_none_or(|step| content(name, step).is_none());
            assert!(may_be_absent || content(name, *tried).is_none(), "{name} is lost: {answered:?} {tried}");
            (*answered, *tried) = (None, ABSENT);
            continue;
        };
        let meta = got.meta.clone();
        let step: u64 = meta.metadata["step"].parse().unwrap();
        assert!(Some(step) == *answered || step == *tried, "{name} is at {step}, not {answered:?} or {tried}");
        let row = &listed[name];
        assert_eq!((row.size, row.etag.as_ref()), (meta.size, Some(&meta.etag)), "{name} is listed otherwise");
        assert_eq!(Some(collect(got.body).await.unwrap()), content(name, step), "{name} has other content");
        (*answered, *tried) = (Some(step), step);
    }
    assert!(no_temporary_files(folder), "temporary files are left");
}

fn no_temporary_files(folder: &Path) -> bool {
    std::fs::read_dir(folder.join(".holdfast/tmp")).unwrap().next().is_none()
}

/// What is lost when the power goes, too: every commit of the index that was not synced.
fn lose_power(folder: &Path) {
    let private = folder.join(".holdfast");
    for note in std::fs::read_dir(private.join("owners")).unwrap() {
        let note = note.unwrap().path();
        if std::fs::read(&note).unwrap().is_empty() {
            return; // this disk tells no outage, so every commit was synced
        }
        std::fs::write(note, "another boot and mount").unwrap();
    }
    for end in ["wal", "shm"] {
        let _ = std::fs::remove_file(private.join(format!("index.db-{end}")));
    }
}

#[derive(Clone, Copy)]
enum End {
    Kill,
    PowerCut,
}

async fn survive(end: End, times: u64, records: Records, versioning: Versioning) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("bucket");
    let store = FolderStore::create_with(&folder, records).await.unwrap();
    store.set_versioning(versioning).await.unwrap();
    drop(store);
    let mut steps = Steps::new();
    for round in 1..=times {
        let tries = (round * 37 % 150 + 1) as usize;
        let delay = Duration::from_micros(round * 977 % 5000);
        run_and_kill(&folder, round, tries, delay, &mut steps);
        if let End::PowerCut = end {
            lose_power(&folder);
        }
        verify(&folder, &mut steps).await;
    }
    if versioning == Versioning::On {
        every_version_is_whole(&folder).await;
    }
}

async fn every_version_is_whole(folder: &Path) {
    let store = FolderStore::open_quietly(folder).await.unwrap();
    let (mut after, mut count) = (None, 0);
    loop {
        let page = store.list_versions(&ListRequest::default(), after.as_ref()).await.unwrap();
        for version in
            page.versions.iter().filter(|v| !v.is_delete_marker && !v.entry.key.as_str().starts_with("side-"))
        {
            let options = ReadOptions { version: Some(version.id.clone()), ..ReadOptions::default() };
            let got = store.get(&version.entry.key, &options).await.unwrap();
            let step = got.meta.metadata["step"].parse().unwrap();
            assert_eq!(Some(collect(got.body).await.unwrap()), content(version.entry.key.as_str(), step));
            count += 1;
        }
        after = page.continuation;
        if after.is_none() {
            break;
        }
    }
    assert!(count > 100, "only {count} versions were kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_loses_nothing_that_was_answered() {
    survive(End::Kill, KILLS, Records::InFiles, Versioning::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_nothing_where_records_lie_beside() {
    survive(End::Kill, 12, Records::Beside, Versioning::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_no_version() {
    survive(End::Kill, 12, Records::InFiles, Versioning::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_nothing_that_was_answered() {
    survive(End::PowerCut, KILLS, Records::InFiles, Versioning::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_nothing_where_records_lie_beside() {
    survive(End::PowerCut, 12, Records::Beside, Versioning::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_no_version() {
    survive(End::PowerCut, 12, Records::InFiles, Versioning::On).await;
}
