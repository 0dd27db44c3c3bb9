//! Wrong codes, wrong places, damaged blobs: one clear message, nothing lost, the rest goes on, and nothing in plain text.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use holdfast_storage::{Body, DeleteOptions, WriteOptions};
use holdfast_tests::{program::files_below, servers::Server};
use serde_json::json;

use crate::world::{Computer, World, content, list, text};

/// The name of a computer.
const MARKER_DEVICE: &str = "MARKERDEVICE";
const OTHER_CODE: &str = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth \
    useful legal winner thank year wave sausage worth title";

pub async fn wrong_codes_and_places_change_nothing(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    let before = world.keys("").await;
    let b = world.computer("ben");
    for (words, told) in
        [("hunter2 art", "2 words"), (&code.replacen(' ', " hunter2 ", 1), "25 words"), (OTHER_CODE, "does not open")]
    {
        let ended = b.typed(&["unlock", "--store", &world.url(), "--print-keyring"], words).await;
        let error = &ended.json()["error"];
        assert_eq!((ended.code, text(&error["code"])), (Some(1), "records_code"), "{ended:?}");
        assert!(text(&error["message"]).contains(told), "{error}");
        assert!(!format!("{ended:?}").contains("hunter2"), "words are not repeated");
    }
    let elsewhere = world.url().replace("/mine?", "/elsewhere?");
    let ended = b.typed(&["unlock", "--store", &elsewhere, "--print-keyring"], &code).await;
    assert_eq!(ended.json()["error"]["code"], "records_nobody", "{ended:?}");
    assert_eq!(b.error(&["status"]).await.1["code"], "records_not_set_up", "nothing was set");
    let kept = settings_of(a.home.folder.path());
    for (url, words) in [(world.url(), OTHER_CODE), (elsewhere, &code)] {
        let ended = a.typed(&["unlock", "--store", &url, "--author", "another"], words).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
    }
    assert_eq!(settings_of(a.home.folder.path()), kept, "nor where there is a vault already");
    assert_eq!(world.keys("").await, before);
    assert_eq!(a.json(&["members"]).await, json!([]));
    let key = world.keys("/master-key.blob").await.remove(0);
    let cut = world.read(&key).await.split_last().expect("bytes").1.to_vec();
    world.bucket.put(&key, Body::bytes(cut), &WriteOptions::default()).await.expect("a write");
    let ended = b.typed(&["unlock", "--store", &world.url(), "--print-keyring"], &code).await;
    let error = &ended.json()["error"];
    assert_eq!(error["code"], "records_damaged", "no code is called wrong where none can be right: {error}");
}

fn settings_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let json = files_below(folder).into_iter().filter(|file| file.extension().is_some_and(|end| end == "json"));
    let mut all: Vec<_> = json.map(|file| (file.clone(), std::fs::read(folder.join(file)).expect("a file"))).collect();
    all.sort();
    assert!(!all.is_empty(), "there are settings");
    all
}

pub async fn a_second_vault_is_not_begun_by_chance(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, _) = world.founder().await;
    a.member("Ada").await;
    a.sync().await;
    let before = world.keys("").await;
    let b = world.computer("ben");
    let (_, error) = b.error(&["init", "--store", &world.url(), "--print-keyring"]).await;
    assert_eq!(error["code"], "records_exist");
    let (_, error) = a.error(&["init", "--store", &world.url(), "--print-keyring"]).await;
    assert_eq!(error["code"], "records_exist", "nor on a computer that has one");
    assert_eq!(world.keys("").await, before);
    b.json(&["init", "--store", &world.url(), "--print-keyring", "--another"]).await;
    assert_eq!(world.keys("/public-key.blob").await.len(), 2, "two users, one place");
    assert_eq!(a.json(&["members"]).await[0]["name"], "Ada");
}

pub async fn what_is_damaged_is_named_and_the_rest_goes_on(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    let mut records = Vec::new();
    for title in ["flipped", "cut", "gone", "moved", "whole"] {
        records.push(a.note("Ada", title).await);
    }
    let mut files = Vec::new();
    for (seed, name) in [(3, "flipped.bin"), (4, "cut.bin"), (5, "whole.bin")] {
        let file = a.file(name, &content(seed, 300_000));
        let title = format!("title={name}");
        a.json(&["add", "Ada", "document", &title, "--attach", file.to_str().expect("UTF-8")]).await;
        let found = a.json(&["search", name]).await;
        let record = text(&found["rows"][0]["id"]).to_owned();
        let shown = a.json(&["show", &record]).await;
        files.push((record, text(&shown["attachments"][0]["id"]).to_owned()));
    }
    a.sync().await;
    let of = async |part: &str, end: &str| {
        let all = world.keys(part).await;
        all.into_iter().find(|key| key.as_str().ends_with(end)).unwrap_or_else(|| panic!("{part}"))
    };
    let put = async |key: &holdfast_storage::Key, bytes: Vec<u8>| {
        world.bucket.put(key, Body::bytes(bytes), &WriteOptions::default()).await.expect("a write");
    };
    let mut damaged = Vec::new();
    for part in [&records[0], &files[0].1] {
        let key = of(part, if part.contains('-') { ".blob" } else { "/data.blob" }).await;
        let mut bytes = world.read(&key).await;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        put(&key, bytes).await;
        damaged.push(key);
    }
    for part in [&records[1], &files[1].1] {
        let key = of(part, if part.contains('-') { ".blob" } else { "/data.blob" }).await;
        let mut bytes = world.read(&key).await;
        bytes.truncate(bytes.len() - 70_000.min(bytes.len() / 2));
        put(&key, bytes).await;
        damaged.push(key);
    }
    let gone = of(&records[2], ".blob").await;
    world.bucket.delete(&gone, &DeleteOptions::default()).await.expect("a removal");
    let moved = of(&records[3], ".blob").await;
    let other = world.read(&of(&records[4], ".blob").await).await;
    put(&moved, other).await;
    damaged.extend([gone, moved]);
    for small in [of("family-members/", "/profile.blob").await, of(&files[0].1, "/metadata.blob").await] {
        let mut bytes = world.read(&small).await;
        let end = bytes.len() - 1;
        bytes[end] ^= 1;
        put(&small, bytes).await;
        damaged.push(small);
    }

    let ended = a.run(&["verify", "--json"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let verified = ended.json();
    let named: Vec<&str> = list(&verified["wrong"]).iter().map(|wrong| text(&wrong["object"])).collect();
    assert_eq!(named.len(), damaged.len(), "{verified}");
    for key in &damaged {
        assert!(named.iter().any(|object| key.as_str().ends_with(object)), "{key} in {named:?}");
    }

    let mut b = world.computer("ben");
    let ended = b.typed(&["unlock", "--store", &world.url(), "--print-keyring"], &code).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    b.has_keyring(&ended.json());
    assert_eq!(list(&ended.json()["failures"]).len(), 4, "{ended:?}");
    assert_eq!(b.titles("Ada").await, ["cut.bin", "flipped.bin", "whole", "whole.bin"]);
    for (at, (record, _)) in files.iter().enumerate() {
        let to = b.home.folder.path().join(format!("out-{at}"));
        let args = ["get", record, "--output", to.to_str().expect("UTF-8")];
        if at == 2 {
            b.json(&args).await;
            continue;
        }
        assert_eq!(b.error(&args).await.1["code"], "records_damaged");
        assert!(!to.exists(), "half a file is none");
    }
    assert_eq!(a.titles("Ada").await.len(), 8, "nothing is lost where it was written");

    for ((record, _), name) in files.iter().zip(["flipped.bin", "cut.bin", "whole.bin"]) {
        let file = a.home.folder.path().join(name);
        let versions = list(&a.json(&["versions", record]).await).len();
        a.json(&["attach", record, file.to_str().expect("UTF-8")]).await;
        assert_eq!(list(&a.json(&["versions", record]).await).len(), versions, "the record says the same");
    }
    assert_eq!(a.sync().await["sent_attachments"], 3);
    let mended = a.run(&["verify", "--json"]).await.json();
    let still: Vec<&str> = list(&mended["wrong"]).iter().map(|wrong| text(&wrong["object"])).collect();
    let (profile, still): (Vec<&str>, Vec<&str>) = still.iter().partition(|object| object.ends_with("/profile.blob"));
    assert!(still.len() == 4 && still.iter().all(|object| object.contains("/records/")), "{mended}");
    assert_eq!(profile.len(), 1, "it is written with the next edit of the profile: {mended}");
    for (at, (record, _)) in files.iter().enumerate() {
        let to = b.home.folder.path().join(format!("mended-{at}"));
        b.json(&["get", record, "--output", to.to_str().expect("UTF-8")]).await;
        let whole = std::fs::metadata(&to).expect("a file").len();
        assert_eq!(whole, 300_000, "on every computer");
    }
}

pub async fn plain_text_is_nowhere(server: Arc<Server>) {
    const MARKERS: [&str; 6] = ["MARKERNAME", "MARKERTITLE", "MARKERTEXT", "MARKERFILE", "MARKERBYTES", "MARKERAUTHOR"];
    let world = World::on(server).await;
    let mut a = world.computer("MARKERAUTHOR");
    let founded = a.json(&["init", "--store", &world.url(), "--print-keyring"]).await;
    a.has_keyring(&founded);
    let code = text(&founded["code"]);
    a.typed(&["recovery-code", "check"], code).await.done();
    a.member("MARKERNAME").await;
    let outside = tempfile::tempdir().expect("a folder");
    let file = outside.path().join("MARKERFILE.txt");
    std::fs::write(&file, "MARKERBYTES ".repeat(10_000)).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let note = json!({ "title": "MARKERTITLE", "text": "MARKERTEXT" }).to_string();
    a.typed(&["add", "MARKERNAME", "note", "--stdin", "--attach", file], &note).await.done();
    let mut said = String::new();
    for args in [
        &["add", "MARKERNAME", "note", "unheard=MARKERTEXT"][..],
        &["add", "MARKERNAME", "result", "title=x", "valueQuantity=MARKERTEXT"],
        &["add", "MARKERNAME", "visit", "title=x", "date=MARKERTEXT"],
    ] {
        said.push_str(&format!("{:?}", a.run(args).await));
    }
    said.push_str(&format!("{:?}", a.typed(&["add", "MARKERNAME", "note", "--stdin"], "{\"title\": MARKERTEXT").await));
    searched(a.home.folder.path(), &MARKERS, code);
    a.sync().await;
    let found = a.json(&["search", "markertitle"]).await;
    let record = text(&found["rows"][0]["id"]).to_owned();
    let out = outside.path().join("out");
    a.json(&["get", &record, "--output", out.to_str().expect("UTF-8")]).await;
    searched(a.home.folder.path(), &MARKERS, code);
    names_of_devices_are_known_and_stand_nowhere(&world, &a, code).await;
    for key in world.keys("").await {
        let bytes = world.read(&key).await;
        for marker in MARKERS {
            assert!(!holds(&bytes, marker) && !holds(key.as_str().as_bytes(), marker), "{marker} in {key}");
        }
    }
    for marker in MARKERS {
        assert!(!said.contains(marker), "{marker} in an error: {said}");
    }
}

/// A computer's own name is in its own settings; of others' it keeps what it heard in the log.
async fn names_of_devices_are_known_and_stand_nowhere(world: &World, a: &Computer, code: &str) {
    let mut b = world.computer("ben");
    let settings = b.home.folder.path().join("config").join("settings.json");
    std::fs::create_dir_all(settings.parent().expect("a folder")).expect("a folder");
    let named = json!({ "version": 1, "settings": { "device_name": MARKER_DEVICE } });
    std::fs::write(settings, named.to_string()).expect("settings");
    let unlocked = b.typed(&["unlock", "--store", &world.url(), "--print-keyring"], code).await.done();
    b.has_keyring(&unlocked);
    b.sync().await;
    a.sync().await;
    let devices = a.json(&["devices"]).await.to_string();
    assert!(devices.contains(MARKER_DEVICE), "{devices}");
    searched(a.home.folder.path(), &[MARKER_DEVICE], code);
    for key in world.keys("").await {
        assert!(!holds(&world.read(&key).await, MARKER_DEVICE), "{key}");
    }
}

fn searched(folder: &Path, markers: &[&str], code: &str) {
    for file in files_below(folder) {
        let bytes = std::fs::read(folder.join(&file)).expect("a readable file");
        for marker in markers {
            assert!(!holds(&bytes, marker), "{marker} in {}", file.display());
        }
        assert!(!holds(&bytes, code), "the code in {}", file.display());
    }
}

fn holds(bytes: &[u8], marker: &str) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
}

pub async fn a_locked_computer_reads_nothing(server: Arc<Server>) {
    let world = World::on(server).await;
    let (mut a, _) = world.founder().await;
    a.member("Ada").await;
    let (_, error) = a.error(&["lock", "--forget"]).await;
    assert_eq!(error["code"], "bad_parameter", "the environment is not a keychain: {error}");
    a.json(&["members"]).await;
    a.json(&["lock"]).await;
    for command in [&["members"][..], &["search", "x"], &["sync"], &["verify"], &["recovery-code", "change"]] {
        assert_eq!(a.error(command).await.1["code"], "records_locked", "{command:?}");
    }
    let status = a.json(&["status"]).await;
    assert_eq!((&status["unlocked"], &status["has_keyring"]), (&json!(false), &json!(true)));
    let quiet = a.run(&["sync", "--quick", "--json"]).await;
    assert_eq!((quiet.code, quiet.json()), (Some(0), json!({ "locked": true })), "a timer is told so, and that is all");
    assert_eq!(a.typed(&["unlock"], "").await.done()["members"], 1, "the key is still here");
    assert_eq!(a.json(&["members"]).await[0]["name"], "Ada");
    a.lose_keyring();
    for command in [&["members"][..], &["search", "x"], &["sync"]] {
        let (_, error) = a.error(command).await;
        assert!(["records_locked", "keychain_missing"].contains(&text(&error["code"])), "{error}");
    }
    let other = "01".repeat(51);
    a.has_keyring(&json!({ "keyring": other }));
    let (ended, error) = a.error(&["members"]).await;
    assert!(["records_code", "records_exist"].contains(&text(&error["code"])), "{ended:?}");
    assert!(!format!("{ended:?}").contains(&other), "keys are not repeated");
}
