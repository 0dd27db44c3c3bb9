//! A computer that is lost, and a bucket that was set back.

use std::sync::Arc;

use holdfast_storage::{Body, Key, WriteOptions};
use holdfast_tests::servers::Server;
use serde_json::json;

use crate::world::{Computer, World, list, text};

async fn id_of(computer: &Computer) -> String {
    text(&computer.json(&["status"]).await["device"]).to_owned()
}

pub async fn a_revoked_computer_reads_what_it_has_and_nothing_new(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    a.note("Ada", "before").await;
    a.sync().await;
    let (mut lost, c) = (world.joiner(&code).await, world.joiner(&code).await);
    for computer in [&lost, &c, &a] {
        computer.sync().await;
    }
    assert_eq!(list(&a.json(&["devices"]).await).len(), 3);
    let lost_id = id_of(&lost).await;
    let wrong = a.typed(&["devices", "revoke", &lost_id], &code.replacen(' ', " zoo ", 1)).await;
    assert_eq!(wrong.json()["error"]["code"], "records_code", "{wrong:?}");
    let own = a.typed(&["devices", "revoke", &id_of(&a).await], &code).await;
    assert_eq!(own.json()["error"]["code"], "bad_parameter", "{own:?}");
    let revoked = a.typed(&["devices", "revoke", &lost_id], &code).await.done();
    assert_eq!((list(&revoked["stay"]).len(), &revoked["left_out"]), (2, &json!([])), "{revoked}");
    a.note("Ada", "after").await;
    a.sync().await;

    let (_, told) = lost.error(&["sync"]).await;
    assert_eq!(told["code"], "records_revoked", "{told}");
    assert_eq!(lost.titles("Ada").await, ["before"], "what it has it reads");
    assert_eq!(lost.json(&["status"]).await["revoked"], true);
    lost.note("Ada", "written by the lost one").await;
    lost.error(&["sync"]).await;
    c.sync().await;
    assert_eq!(c.titles("Ada").await, ["after", "before"]);
    c.note("Ada", "by the third").await;
    c.sync().await;
    a.sync().await;
    assert_eq!(a.titles("Ada").await, ["after", "before", "by the third"]);
    let devices = c.json(&["devices"]).await;
    let revoked: Vec<&str> =
        list(&devices).iter().filter(|one| one["revoked"] == true).map(|one| text(&one["id"])).collect();
    assert_eq!(revoked, [lost_id.as_str()]);
    assert_eq!(a.json(&["verify"]).await["wrong"], json!([]));

    // Found again, and let in by the code as another computer.
    let unlocked = lost.typed(&["unlock", "--store", &world.url(), "--print-keyring"], &code).await;
    assert_eq!(unlocked.code, Some(3), "it says what it set aside: {unlocked:?}");
    lost.has_keyring(&unlocked.json());
    lost.sync().await;
    assert_eq!(lost.titles("Ada").await, ["after", "before", "by the third"]);
    assert_ne!(id_of(&lost).await, lost_id);
    let fresh = world.joiner(&code).await;
    assert_eq!(fresh.titles("Ada").await, ["after", "before", "by the third"], "the code is the same");
}

pub async fn a_bucket_that_was_set_back_is_named(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    a.sync().await;
    let b = world.joiner(&code).await;
    b.sync().await;
    a.sync().await;
    let mut before: Vec<(Key, Vec<u8>)> = Vec::new();
    for key in world.keys("").await {
        let bytes = world.read(&key).await;
        before.push((key, bytes));
    }
    for title in ["one", "two", "three"] {
        a.note("Ada", title).await;
        a.sync().await;
    }
    b.sync().await;
    for key in world.keys("").await {
        world.bucket.delete_many(std::slice::from_ref(&key)).await.expect("it goes");
    }
    for (key, bytes) in before {
        world.bucket.put(&key, Body::bytes(bytes), &WriteOptions::default()).await.expect("it is there again");
    }
    let told = b.run(&["sync", "--json"]).await;
    assert_eq!(told.code, Some(3), "{told:?}");
    let back = told.json()["set_back"].clone();
    let of_a = id_of(&a).await;
    let named: Vec<_> = list(&back).iter().filter(|one| one["device"] == json!(of_a)).collect();
    assert_eq!(named.len(), 1, "{back}");
    assert_eq!(named[0]["missing"], 3, "{back}");
    assert_eq!(b.titles("Ada").await, ["one", "three", "two"], "what was heard stays");
    assert!(!list(&b.run(&["sync", "--json"]).await.json()["set_back"]).is_empty(), "it is named until it is known");
    b.json(&["sync", "--accept-set-back"]).await;
    let after = b.run(&["sync", "--json"]).await.json();
    assert_eq!(after["set_back"], json!([]), "{after}");
    assert!(!list(&a.run(&["sync", "--json"]).await.json()["set_back"]).is_empty(), "the other one notices, too");
    assert_eq!(a.titles("Ada").await, ["one", "three", "two"]);
    // What was known is written there again, and whoever comes new has it.
    let verified = b.run(&["verify", "--put-back", "--json"]).await.json();
    assert_eq!(verified["put_back"], 3, "{verified}");
    for computer in [&a, &b] {
        computer.run(&["sync", "--json"]).await;
    }
    let mut fresh = world.computer("eva");
    let unlocked = fresh.typed(&["unlock", "--store", &world.url(), "--print-keyring"], &code).await;
    fresh.has_keyring(&unlocked.json());
    fresh.run(&["verify", "--json"]).await;
    assert_eq!(fresh.titles("Ada").await, ["one", "three", "two"]);
}
