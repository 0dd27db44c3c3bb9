//! Wrong secrets, damaged parts, places that are gone: one clear message, nothing lost, the rest goes on.

use std::sync::Arc;

use holdfast_storage::{Body, DeleteOptions, WriteOptions};
use holdfast_tests::servers::Server;
use serde_json::json;

use crate::world::{OTHER_WORDS, WORDS, World, text};

pub async fn the_wrong_secret_changes_nothing(server: Arc<Server>) {
    let world = World::on(server).await;
    let a = world.member().await;
    a.types("make", 0).await;
    a.json(&["sync", "push"]).await;
    let before = world.keys("").await;
    let mut a = a;
    let set = |variables: &mut Vec<(String, String)>, words: &str| {
        variables.retain(|(name, _)| name != "HOLDFAST_HISTORY_SECRET");
        variables.push(("HOLDFAST_HISTORY_SECRET".into(), words.into()));
    };
    set(&mut a.variables, OTHER_WORDS);
    a.types("later", 0).await;
    for command in [["sync", "push"], ["sync", "pull"], ["sync", "status"]] {
        let (ended, error) = a.error(&command).await;
        assert_eq!(error["code"], "history_secret_bad", "{ended:?}");
    }
    for (words, told) in [
        ("abandon art", "2 words"),
        (&WORDS.replacen("abandon", "hunter2", 1), "word 1"),
        (&WORDS.replacen("art", "abandon", 1), "fit together"),
    ] {
        set(&mut a.variables, words);
        let (ended, error) = a.error(&["sync", "pull"]).await;
        assert_eq!(error["code"], "history_secret_bad", "{ended:?}");
        assert!(text(&error["message"]).contains(told), "{error}");
        assert!(!format!("{ended:?}").contains("hunter2"));
    }
    assert_eq!(world.keys("").await, before);
    set(&mut a.variables, WORDS);
    assert_eq!(a.json(&["sync", "push"]).await["sent"], 1, "nothing was lost");
}

pub async fn somebody_elses_history_is_not_joined_by_chance(server: Arc<Server>) {
    let world = World::on(server).await;
    world.member().await;
    let before = world.keys("").await;
    let mut stranger = world.computer(WORDS);
    stranger.variables.retain(|(name, _)| name != "HOLDFAST_HISTORY_SECRET");
    let (_, error) = stranger.error(&["sync", "init", "--store", &world.url()]).await;
    assert!(["history_others", "keychain_missing"].contains(&text(&error["code"])), "{error}");
    assert!(text(&error["hint"]).len() > 20, "{error}");
    assert_eq!(world.keys("").await, before);
    assert_eq!(stranger.json(&["config-get", "backend"]).await["value"], json!(null), "nothing was set");
    let other = world.computer(OTHER_WORDS);
    assert_eq!(other.json(&["sync", "init", "--store", &world.url()]).await["devices"], 1, "two users, one place");
}

pub async fn damaged_parts_are_named_and_the_rest_goes_on(server: Arc<Server>) {
    let world = World::on(server).await;
    let a = world.member().await;
    for line in ["one", "two", "three", "four"] {
        a.types(line, 0).await;
        a.json(&["sync", "push"]).await;
    }
    // Its device file tells how far its log goes; it is written daily, and when the name changes.
    a.json(&["history", "devices", "rename", "mill"]).await;
    let segments = world.keys("/log/").await;
    assert_eq!(segments.len(), 4);
    let mut flipped = world.read(&segments[0]).await;
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let whole = world.read(&segments[1]).await;
    let cut = whole[..whole.len() / 2].to_vec();
    for (key, bytes) in [(&segments[0], flipped), (&segments[1], cut)] {
        world.bucket.put(key, Body::bytes(bytes), &WriteOptions::default()).await.expect("a write");
    }
    world.bucket.delete(&segments[2], &DeleteOptions::default()).await.expect("a removal");
    let b = world.computer(WORDS);
    b.json(&["sync", "init", "--store", &world.url()]).await;
    assert_eq!(b.commands().await, ["four"]);
    let ended = b.run(&["sync", "status", "--json"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let status = ended.json();
    let problems: Vec<&str> =
        status["problems"].as_array().expect("a list").iter().map(|one| text(&one["words"])).collect();
    for part in ["part 1 ", "part 2 ", "part 3 "] {
        assert!(problems.iter().any(|words| words.contains(part)), "{part} in {problems:?}");
    }
    world.bucket.put(&segments[1], Body::bytes(whole), &WriteOptions::default()).await.expect("a write");
    b.json(&["sync", "pull", "--force"]).await;
    assert_eq!(b.commands().await, ["two", "four"], "what was mended is read");
    assert_eq!(a.commands().await.len(), 4, "nothing is lost where it was written");
}

pub async fn a_log_that_was_set_back_is_named(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, b) = (world.member().await, world.member().await);
    let files: Vec<_> = world.keys("/devices/").await;
    let mut saved = Vec::new();
    for key in &files {
        saved.push((key.clone(), world.read(key).await));
    }
    for line in ["one", "two"] {
        a.types(line, 0).await;
        a.json(&["sync", "push"]).await;
    }
    b.json(&["sync", "pull", "--force"]).await;
    for key in world.keys("/log/").await {
        world.bucket.delete(&key, &DeleteOptions::default()).await.expect("a removal");
    }
    for (key, bytes) in saved {
        world.bucket.put(&key, Body::bytes(bytes), &WriteOptions::default()).await.expect("a write");
    }
    let ended = b.run(&["sync", "pull", "--force", "--json"]).await;
    assert!(ended.code.is_some(), "{ended:?}");
    let status = b.run(&["sync", "status", "--json"]).await.json();
    let problems = status["problems"].to_string();
    assert!(problems.contains("set back") && problems.contains("what was read before is kept"), "{status}");
    assert_eq!(b.commands().await, ["one", "two"]);
}

pub async fn a_bucket_that_is_not_there_is_said_and_nothing_is_lost(server: Arc<Server>) {
    let world = World::on(server).await;
    let a = world.computer(WORDS);
    a.types("make", 0).await;
    let gone = world.url().replace(&world.name, "holdfast-not-there-at-all");
    let (ended, error) = a.error(&["sync", "init", "--store", &gone]).await;
    assert!(["bucket_missing", "denied"].contains(&text(&error["code"])), "{ended:?}");
    assert_eq!(a.json(&["sync", "status"]).await["backend"], "offline", "nothing was set");
    assert_eq!(a.commands().await, ["make"]);
    let (_, error) = a.error(&["sync", "push"]).await;
    assert_eq!(error["code"], "history_not_set_up");
}
