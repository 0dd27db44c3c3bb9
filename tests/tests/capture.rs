//! What hooks tell of while the history cannot be written: it is said, nothing that was kept is lost, and the next
//! command is kept again.

use std::{fs, process::Stdio};

use holdfast_tests::{
    disk::{self, Disk},
    program::{Ended, Home},
};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::Value;
use tokio::io::AsyncWriteExt;

async fn tell(home: &Home, line: &str) -> Ended {
    let id = uuid::Uuid::now_v7().to_string();
    let mut command = home.command(["history", "start", "--id", &id, "--session", "s", "--shell", "zsh", "--json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(line.as_bytes()).await.expect("a line");
    drop(input);
    let output = child.wait_with_output().await.expect("its end");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

async fn commands(home: &Home) -> Vec<String> {
    let found = home.run(["history", "find", "--offline", "--json"]).await.done();
    let command = |entry: &Value| entry["command"].as_str().expect("a command").to_owned();
    found.as_array().expect("a list").iter().map(command).collect()
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_next_command_is_kept_again() {
    if !disk::can_mount() {
        eprintln!("skipped: no disk can be mounted here");
        return;
    }
    let home = Home::new();
    let data = home.folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    let _disk = Disk::mount_at(&data, "size=4m").expect("a disk");
    tell(&home, "first").await.done();
    let filler = data.join("filler");
    let full = (0..64).try_for_each(|n| fs::write(filler.with_extension(n.to_string()), vec![1; 100_000]));
    assert_eq!(full.expect_err("a full disk").kind(), std::io::ErrorKind::StorageFull);
    let refused = tell(&home, "second").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(refused.json()["error"]["code"], "disk_full", "{refused:?}");
    fs::remove_file(filler.with_extension("0")).expect("room");
    tell(&home, "third").await.done();
    assert_eq!(commands(&home).await, ["first", "third"]);
}

#[tokio::test]
async fn another_program_that_keeps_the_history_is_waited_for_and_then_named() {
    let home = Home::new();
    tell(&home, "first").await.done();
    let mut other = Connection::open(home.folder.path().join("data/history/history.db")).expect("the history");
    let writing = other.transaction_with_behavior(TransactionBehavior::Immediate).expect("its lock");
    let refused = tell(&home, "second").await;
    assert_eq!(refused.json()["error"]["code"], "busy", "{refused:?}");
    assert_eq!(commands(&home).await, ["first"], "looking needs no lock");
    let (told, ()) = tokio::join!(tell(&home, "third"), async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        writing.rollback().expect("the lock is given back");
    });
    told.done();
    assert_eq!(commands(&home).await, ["first", "third"]);
}
