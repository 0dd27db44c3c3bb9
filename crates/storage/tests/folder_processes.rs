//! Several processes may work in one folder: conditions hold between them.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use holdfast_storage::{Body, Error, FolderStore, Key, ObjectStore, WriteOptions, body::collect};

const KEYS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the test below"]
async fn child() {
    let folder = std::env::var("HOLDFAST_RACE_FOLDER").unwrap();
    let me = std::env::var("HOLDFAST_RACE_NAME").unwrap();
    let store = FolderStore::open_quietly(&folder).await.unwrap();
    while !Path::new(&folder).join("../go").exists() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let create = WriteOptions { if_absent: true, ..WriteOptions::default() };
    for number in 0..KEYS {
        match store.put(&Key::new(format!("k{number}")).unwrap(), Body::bytes(me.clone()), &create).await {
            Ok(_) => println!("\nwon {number}"),
            Err(Error::PreconditionFailed { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn start(folder: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child", "--nocapture"])
        .env("HOLDFAST_RACE_FOLDER", folder)
        .env("HOLDFAST_RACE_NAME", name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_racing_processes_one_creates_each_key() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("bucket");
    let store = FolderStore::create(&folder).await.unwrap();
    let names = ["one", "two", "three"];
    let children: Vec<Child> = names.iter().map(|name| start(&folder, name)).collect();
    std::fs::write(dir.path().join("go"), "").unwrap();
    let mut winners = vec![Vec::new(); KEYS];
    for (child, name) in children.into_iter().zip(names) {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{name} failed");
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            if let Some(number) = line.strip_prefix("won ") {
                winners[number.parse::<usize>().unwrap()].push(name);
            }
        }
    }
    for (number, winners) in winners.iter().enumerate() {
        assert_eq!(winners.len(), 1, "k{number} was created by {winners:?}");
        let got = store.get(&Key::new(format!("k{number}")).unwrap(), &Default::default()).await.unwrap();
        assert_eq!(collect(got.body).await.unwrap(), winners[0]);
    }
}
