//! Two computers and one history.

use std::{path::Path, sync::Arc, time::Duration};

use holdfast_tests::{capabilities::Condition, program::kill, servers::Server};
use serde_json::json;

use crate::world::{Computer, WORDS, World, text};

pub async fn two_computers_share_a_history(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, b) = (world.computer(WORDS), world.computer(WORDS));
    let joined = a.json(&["sync", "init", "--store", &world.url()]).await;
    assert_eq!((&joined["devices"], &joined["new_secret"]), (&json!(1), &json!(false)));
    for computer in [&a, &b] {
        computer.json(&["config-set", "background", "off"]).await;
    }
    a.types("make test", 2).await;
    a.types("git commit -m 'größer'", 0).await;
    assert_eq!(a.json(&["sync", "push"]).await["sent"], 2);
    let joined = b.json(&["sync", "init", "--store", &world.url()]).await;
    assert_eq!((&joined["devices"], &joined["received"]), (&json!(2), &json!(2)));
    b.types("ls", 0).await;
    b.json(&["sync", "push"]).await;
    assert_eq!(a.json(&["sync", "pull", "--force"]).await["received"], 1);
    assert_eq!(a.commands().await, ["make test", "git commit -m 'größer'", "ls"]);
    assert_eq!(a.commands().await, b.commands().await);
    let failed = b.json(&["history", "find", "--failed"]).await;
    assert_eq!(failed.as_array().expect("a list").len(), 1);
    assert_eq!((&failed[0]["exit_code"], text(&failed[0]["current_working_directory"])), (&json!(2), "/srv/work"));
    for computer in [&a, &b] {
        let verified = computer.json(&["history", "verify"]).await;
        assert_eq!((&verified["all_well"], &verified["entries"]), (&json!(true), &json!(3)), "{verified}");
        let status = computer.json(&["sync", "status"]).await;
        assert_eq!((&status["waiting"], &status["problems"]), (&json!(0), &json!([])), "{status}");
    }
    let quiet = a.json(&["sync", "pull"]).await;
    // One request for each peer; where conditional creates are not honoured the own log is looked at, too.
    let most = if world.server.table.conditional_create == Condition::Honoured { 1 } else { 5 };
    assert!(quiet["requests"].as_u64() <= Some(most), "{quiet}");
    for key in world.keys("").await {
        let bytes = world.read(&key).await;
        for plain in ["make test", "git commit", "/srv/work", "ana"] {
            assert!(!bytes.windows(plain.len()).any(|part| part == plain.as_bytes()), "{plain} in {key}");
        }
    }
}

pub async fn a_bucket_may_come_from_the_environment(server: Arc<Server>) {
    let world = World::on(server).await;
    let by_variables = |with_keys: bool| {
        let mut computer = world.computer(WORDS);
        let Server { endpoint, region, access_key, secret_key, .. } = &*world.server;
        let mut add = |name: &str, value: &str| computer.variables.push((format!("HOLDFAST_{name}"), value.to_owned()));
        add("BACKEND_TYPE", "s3");
        add("S3_BUCKET", &world.name);
        add("S3_ENDPOINT", endpoint);
        add("S3_REGION", region);
        add("S3_PREFIX", "mine");
        if with_keys {
            add("S3_ACCESS_KEY_ID", access_key);
            add("S3_SECRET_ACCESS_KEY", secret_key);
            computer.variables.retain(|(name, _)| !name.starts_with("AWS_"));
        }
        computer
    };
    let (a, b) = (by_variables(true), by_variables(false));
    for computer in [&a, &b] {
        computer.json(&["config-set", "background", "off"]).await;
    }
    a.types("make", 0).await;
    assert_eq!(a.json(&["sync", "push"]).await["sent"], 1);
    assert_eq!(b.json(&["sync", "pull"]).await["received"], 1);
    let named = world.member().await;
    assert_eq!(named.commands().await, ["make"], "the same place by its name");
    let secret = &world.server.secret_key;
    for file in holdfast_tests::program::files_below(a.home.folder.path()) {
        let bytes = std::fs::read(a.home.folder.path().join(&file)).expect("a file");
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "the secret is in {file:?}");
        assert!(!bytes.windows(14).any(|part| part == b"abandon abando"), "the words are in {file:?}");
    }
}

pub async fn a_deletion_is_carried_out_and_acknowledged(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, b) = (world.member().await, world.member().await);
    a.types("export TOKEN=hunter2", 0).await;
    let id = a.types("make", 0).await;
    a.exchange().await;
    b.exchange().await;
    let (_, refused) = a.error(&["history", "delete", "--id", &id]).await;
    assert_eq!(refused["code"], "cancelled");
    assert_eq!(a.json(&["history", "delete", "--id", &id, "--yes"]).await, json!({ "deleted": 1, "sent": true }));
    let owed = |devices: serde_json::Value| -> Vec<u64> {
        devices
            .as_array()
            .expect("a list")
            .iter()
            .map(|device| device["owes_deletions"].as_u64().expect("a number"))
            .collect()
    };
    a.json(&["sync", "pull", "--force"]).await;
    assert_eq!(owed(a.json(&["history", "devices"]).await), [0, 1]);
    b.exchange().await;
    b.json(&["sync", "push"]).await;
    a.json(&["sync", "pull"]).await;
    assert_eq!(owed(a.json(&["history", "devices"]).await), [0, 0]);
    for computer in [&a, &b] {
        assert_eq!(computer.commands().await.len(), 1);
        assert_eq!(computer.json(&["history", "verify"]).await["all_well"], true);
    }
    a.json(&["sync", "push", "--force"]).await;
    b.json(&["sync", "pull"]).await;
    assert_eq!(b.commands().await.len(), 1, "it does not return");
}

pub async fn a_killed_push_is_made_whole(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, b) = (world.member().await, world.member().await);
    let lines: String = (0..2_000)
        .map(|n| {
            json!({ "entry_id": uuid::Uuid::from_u128(n), "command": format!("command {n} {}", "x".repeat(200)),
                "start_time": format!("2026-01-01T00:{:02}:{:02}Z", n / 60 % 60, n % 60) })
            .to_string()
                + "\n"
        })
        .collect();
    let file = a.home.folder.path().join("lines.jsonl");
    std::fs::write(&file, lines).expect("a file");
    a.json(&["history", "import", "--from", "jsonl", "--file", path(&file)]).await;
    for pause in [20, 40, 60, 90, 130, 180, 250] {
        let mut command = a.home.command(["sync", "push"]);
        let child = command.envs(a.variables.iter().cloned()).spawn().expect("the program");
        tokio::time::sleep(Duration::from_millis(pause)).await;
        kill(child).await;
    }
    a.json(&["sync", "push"]).await;
    b.json(&["sync", "pull", "--force"]).await;
    let verified = b.json(&["history", "verify"]).await;
    assert_eq!((&verified["entries"], &verified["all_well"]), (&json!(2_000), &json!(true)), "{verified}");
    let segments = world.keys("/log/").await;
    let mut sequences: Vec<&str> = segments.iter().filter_map(|key| key.as_str().rsplit('/').next()).collect();
    sequences.sort_unstable();
    sequences.dedup();
    assert_eq!(sequences.len(), segments.len(), "no sequence was written twice");
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// No command of ours is given: what is typed goes by itself.
pub async fn typing_keeps_computers_in_step(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, b) = (world.member().await, world.member().await);
    a.json(&["config-set", "flush-entries", "1"]).await;
    a.json(&["config-set", "background", "on"]).await;
    a.types("make", 0).await;
    let mut received = 0;
    for _ in 0..300 {
        received += b.json(&["sync", "pull", "--force"]).await["received"].as_u64().expect("a number");
        if received > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(received, 1);
    // Whoever keeps in step does not send to the place where the history was before.
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}/new", folder.path().display());
    a.json(&["sync", "init", "--store", &url]).await;
    a.types("after the move", 0).await;
    no_one_keeps_in_step(&a).await;
    a.json(&["config-set", "background", "off"]).await;
    a.json(&["sync", "push"]).await;
    let c = world.computer(WORDS);
    c.json(&["sync", "init", "--store", &url]).await;
    assert_eq!(c.commands().await, ["make", "after the move"]);
    no_one_keeps_in_step(&a).await;
}

#[cfg(target_os = "linux")]
pub async fn what_was_typed_is_sent_before_sleep(server: Arc<Server>) {
    let world = World::on(server).await;
    let (mut a, b) = (world.member().await, world.member().await);
    let mut bus = holdfast_tests::system_bus::SystemBus::start().await;
    a.variables.push(("DBUS_SYSTEM_BUS_ADDRESS".into(), bus.address.clone()));
    a.json(&["config-set", "background", "on"]).await;
    for line in ["before sleep", "before sleep again"] {
        a.types(line, 0).await;
        let inhibitor = bus.inhibitor().await;
        assert_eq!(inhibitor.words, ["sleep", "Holdfast", "sends what was typed", "delay"]);
        assert_eq!(b.json(&["sync", "pull", "--force"]).await["received"], 0, "its batch is not due");
        bus.sleeps(true).await;
        inhibitor.released().await;
        assert_eq!(b.json(&["sync", "pull", "--force"]).await["received"], 1);
        bus.sleeps(false).await;
    }
    a.json(&["config-set", "background", "off"]).await;
    no_one_keeps_in_step(&a).await;
}

pub async fn a_place_that_was_set_by_hand_gets_everything(server: Arc<Server>) {
    let world = World::on(server).await;
    let a = world.member().await;
    a.types("make", 0).await;
    a.json(&["sync", "push"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}/new", folder.path().display());
    a.json(&["config-set", "store", &url]).await;
    a.types("after the change", 0).await;
    assert_eq!(a.json(&["sync", "push"]).await["sent"], 2);
    let c = world.computer(WORDS);
    c.json(&["sync", "init", "--store", &url]).await;
    assert_eq!(c.commands().await, ["make", "after the change"]);
}

/// Elsewhere no system is asked.
#[cfg(not(target_os = "linux"))]
pub async fn what_was_typed_is_sent_before_sleep(_: Arc<Server>) {}

async fn no_one_keeps_in_step(computer: &Computer) {
    let lock = computer.home.folder.path().join("data/history/auto.lock");
    let lock = std::fs::File::options().write(true).open(lock).expect("the lock of who keeps in step");
    tokio::task::spawn_blocking(move || lock.lock()).await.expect("a thread").expect("it ends by itself");
}

pub async fn two_at_once_take_turns(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, b) = (world.member().await, world.member().await);
    for n in 0..5 {
        b.types(&format!("command {n}"), 0).await;
    }
    b.json(&["sync", "push"]).await;
    a.types("make", 0).await;
    let force = ["sync", "pull", "--force"];
    let results = tokio::join!(a.json(&force), a.json(&["sync", "push"]), a.json(&force), a.json(&["sync", "pull"]));
    let received: u64 =
        [&results.0, &results.2, &results.3].iter().map(|one| one["received"].as_u64().expect("a number")).sum();
    assert!(received <= 5, "{results:?}");
    assert_eq!(a.commands().await.len(), 6);
    assert_eq!(a.json(&["history", "verify"]).await["all_well"], true);
}

/// A disk that was copied: both computers go on under one id.
pub async fn a_cloned_computer_takes_an_id_of_its_own(server: Arc<Server>) {
    let world = World::on(server).await;
    let a = world.member().await;
    a.types("before", 0).await;
    a.json(&["sync", "push"]).await;
    let b: Computer = world.computer(WORDS);
    copy(a.home.folder.path(), b.home.folder.path());
    a.types("on the first", 0).await;
    b.types("on the second", 0).await;
    a.json(&["sync", "push"]).await;
    b.json(&["sync", "push"]).await;
    for computer in [&a, &b, &a] {
        computer.exchange().await;
        computer.json(&["sync", "pull", "--force"]).await;
    }
    let mut all = a.commands().await;
    all.sort();
    assert_eq!(all, ["before", "on the first", "on the second"]);
    assert_eq!(a.commands().await, b.commands().await);
    let devices = a.json(&["history", "devices"]).await;
    assert!(devices.as_array().expect("a list").len() >= 2, "{devices}");
}

fn copy(from: &Path, to: &Path) {
    for file in holdfast_tests::program::files_below(from) {
        let target = to.join(&file);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        std::fs::copy(from.join(&file), target).expect("a copy");
    }
}

pub async fn a_history_moves_to_another_place(server: Arc<Server>) {
    let world = World::on(server).await;
    let a = world.member().await;
    let gone = a.types("gone", 0).await;
    a.types("make", 0).await;
    a.json(&["sync", "push"]).await;
    a.json(&["history", "delete", "--id", &gone, "--yes"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}/new", folder.path().display());
    let moved = a.json(&["sync", "init", "--store", &url]).await;
    assert_eq!((&moved["sent"], &moved["devices"]), (&json!(1), &json!(1)), "{moved}");
    let b = world.computer(WORDS);
    let joined = b.json(&["sync", "init", "--store", &url]).await;
    assert_eq!(joined["received"], 1);
    assert_eq!(b.commands().await, ["make"]);
    assert!(!world.keys("/log/").await.is_empty(), "what was there before stays");
}
