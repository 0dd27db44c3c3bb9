//! Two people with vaults of their own, on two prefixes of a bucket and on one.

use std::sync::Arc;

use holdfast_tests::{gateway::Plan, servers::Server};
use serde_json::json;

use crate::world::{Computer, World, content, list, text};

/// Lets one know the other, by the words that the other's screen shows.
async fn meet(one: &Computer, other: &Computer, name: &str, url: Option<&str>) {
    let shown = other.json(&["people"]).await;
    let mut args = vec!["people", "add", text(&shown["user_id"]), "--name", name];
    args.extend(url.iter().flat_map(|url| ["--store", *url]));
    one.typed(&args, text(&shown["words"])).await.done();
}

pub async fn what_is_given_is_read_written_and_ended(server: Arc<Server>) {
    let world = World::on(server).await;
    let (anna, annas_code) = world.founder().await;
    let (ben, bens_code) = world.founder_at("ben", "bens").await;
    anna.member("Ada").await;
    anna.note("Ada", "before").await;
    anna.sync().await;
    let (mine, bens) = (world.url(), world.url_at("bens"));

    // Words of another key are taken from nobody.
    let shown = ben.json(&["people"]).await;
    let add = ["people", "add", text(&shown["user_id"]), "--name", "Ben", "--store", &bens];
    let own = anna.json(&["people"]).await;
    let wrong = anna.typed(&add, text(&own["words"])).await;
    assert_eq!(wrong.json()["error"]["code"], "records_words", "{wrong:?}");
    assert_eq!(anna.json(&["people"]).await["people"], json!([]));
    meet(&anna, &ben, "Ben", Some(&bens)).await;
    meet(&ben, &anna, "Anna", Some(&mine)).await;
    let (_, nothing) = ben.error(&["accept", "Anna"]).await;
    assert_eq!(nothing["code"], "records_unknown", "{nothing}");

    let given = anna.json(&["grant", "Ada", "Ben", "--write"]).await;
    assert_eq!(given["unsent"], json!(null), "{given}");
    let grant = text(&given["grant"]["id"]).to_owned();
    let accepted = ben.json(&["accept", "anna"]).await;
    assert_eq!((&accepted["accepted"][0]["id"], &accepted["accepted"][0]["state"]), (&json!(grant), &json!("holds")));
    let members = ben.json(&["members"]).await;
    assert_eq!((&members[0]["name"], &members[0]["of"]["person"]), (&json!("Ada"), &json!("Anna")), "{members}");
    assert_eq!(ben.titles("Ada").await, ["before"]);

    let bytes = content(3, 300_000);
    let scan = ben.file("scan.pdf", &bytes);
    let path = scan.to_str().expect("UTF-8");
    let saved = ben.json(&["add", "Ada", "note", "title=by Ben", "--attach", path]).await;
    let record = text(&saved["record"]).to_owned();
    ben.sync().await;
    let second = world.joiner_at("ben", &bens, &bens_code).await;
    second.sync().await;
    assert_eq!(second.titles("Ada").await, ["before", "by Ben"], "the other computer has it, too");
    let synced = anna.sync().await;
    assert_eq!(synced["received"], 1, "{synced}");
    assert_eq!(anna.json(&["show", &record]).await["author"], "ben");
    let to = anna.home.folder.path().join("back.pdf");
    anna.json(&["get", &record, "--output", to.to_str().expect("UTF-8")]).await;
    assert!(std::fs::read(&to).expect("a file") == bytes);
    let annas_second = world.joiner(&annas_code).await;
    assert_eq!(annas_second.titles("Ada").await, ["before", "by Ben"]);
    assert_eq!(ben.json(&["search", "before"]).await["total"], 1);
    ben.json(&["verify"]).await;

    let ended = anna.json(&["revoke", &grant]).await;
    assert_eq!((&ended["records"], &ended["versions"], &ended["attachments"]), (&json!(3), &json!(3), &json!(1)));
    assert_eq!(ended["unsent"], json!(null), "{ended}");
    anna.note("Ada", "after").await;
    anna.sync().await;
    let resealed = anna.json(&["reseal", "Ada"]).await;
    assert_eq!((&resealed["versions"], &resealed["attachments"]), (&json!(3), &json!(1)), "{resealed}");
    let to = anna.home.folder.path().join("again.pdf");
    anna.json(&["get", &record, "--output", to.to_str().expect("UTF-8")]).await;
    assert!(std::fs::read(&to).expect("a file") == bytes);
    let told = ben.run(&["sync", "--json"]).await;
    assert_eq!(told.code, Some(3), "{told:?}");
    assert_eq!(list(&told.json()["shared"]).len(), 1, "{told:?}");
    assert_eq!(ben.titles("Ada").await, ["before", "by Ben"], "what was had stays");
    assert_eq!(ben.json(&["members"]).await[0]["of"]["ended"], true);
    assert_eq!(ben.json(&["grants"]).await["accepted"][0]["state"], "ended");
    let (_, refused) = ben.error(&["add", "Ada", "note", "title=late"]).await;
    assert_eq!(refused["code"], "records_ended", "{refused}");
    assert_eq!(second.run(&["sync", "--json"]).await.code, Some(3));
    assert_eq!(second.titles("Ada").await, ["before", "by Ben"]);
    annas_second.sync().await;
    assert_eq!(annas_second.titles("Ada").await, ["after", "before", "by Ben"]);
    ben.json(&["let-go", &grant]).await;
    assert_eq!(ben.json(&["members"]).await, json!([]));
    ben.sync().await;
    let (_, over) = anna.error(&["revoke", &grant]).await;
    assert_eq!(over["code"], "records_unknown", "{over}");
}

pub async fn who_may_read_alone_changes_nothing(server: Arc<Server>) {
    let world = World::on(server).await;
    let (anna, _) = world.founder().await;
    let mut cleo = world.computer("cleo");
    let founded = cleo.json(&["init", "--another", "--store", &world.url(), "--print-keyring"]).await;
    cleo.has_keyring(&founded);
    cleo.typed(&["recovery-code", "check"], text(&founded["code"])).await.done();
    anna.member("Ada").await;
    let record = anna.note("Ada", "Fever").await;
    let (_, nobody) = anna.error(&["grant", "Ada", "Cleo"]).await;
    assert_eq!(nobody["code"], "records_person", "{nobody}");
    meet(&anna, &cleo, "Cleo", None).await;
    meet(&cleo, &anna, "Anna", None).await;
    let (_, over) = anna.error(&["grant", "Ada", "Cleo", "--until", "2020-01-01"]).await;
    assert_eq!(over["code"], "bad_parameter", "{over}");
    let given = anna.json(&["grant", "Ada", "Cleo", "--until", "2099-12-31"]).await;
    assert_eq!(given["grant"]["until"], "2100-01-01T00:00:00Z", "{given}");
    cleo.json(&["accept", "Anna"]).await;
    assert_eq!(cleo.titles("Ada").await, ["Fever"]);
    let file = cleo.file("a.txt", b"a");
    let path = file.to_str().expect("UTF-8");
    for command in [
        &["add", "Ada", "note", "title=No"][..],
        &["edit", &record, "title=No"],
        &["delete", &record],
        &["attach", &record, path],
        &["members", "edit", "Ada", "bloodGroup=A+"],
    ] {
        let (_, error) = cleo.error(command).await;
        assert_eq!(error["code"], "records_read_only", "{command:?}");
    }
    let dora = world.founder_at("dora", "doras").await.0;
    meet(&cleo, &dora, "Dora", Some(&world.url_at("doras"))).await;
    let (_, error) = cleo.error(&["grant", "Ada", "Dora"]).await;
    assert_eq!(error["code"], "records_owners", "what is somebody else's is not given on: {error}");
    anna.json(&["edit", &record, "title=Fever, high"]).await;
    anna.sync().await;
    cleo.sync().await;
    assert_eq!(cleo.titles("Ada").await, ["Fever, high"]);
    assert_eq!(cleo.json(&["emergency", "Ada"]).await["name"], "Ada");
}

pub async fn somebody_reads_and_writes_through_a_gateway(server: Arc<Server>) {
    let allowed = "permissions: [upload, read, list, delete]";
    let gateway = Plan::new(&server).await.client("anna", allowed).start().await;
    let (name, bucket) = (gateway.plan.bucket_name().to_owned(), gateway.bucket.clone());
    let world = World { server, name, bucket };
    let (anna, _) = world.founder_at("ana", "clients%20of/x/anna").await;
    let (mut ben, _) = world.founder_at("ben", "bens").await;
    anna.member("Ada").await;
    anna.note("Ada", "before").await;
    meet(&anna, &ben, "Ben", Some(&world.url_at("bens"))).await;
    ben.variables.push(("HOLDFAST_GATEWAY_KEY".into(), gateway.plan.key("anna").into()));
    let place = gateway.url().replace("http://", "gateway://");
    meet(&ben, &anna, "Anna", Some(&place)).await;
    let given = anna.json(&["grant", "Ada", "Ben", "--write"]).await;
    ben.json(&["accept", "Anna"]).await;
    assert_eq!(ben.titles("Ada").await, ["before"]);
    let scan = ben.file("scan.pdf", &content(4, 200_000));
    ben.json(&["add", "Ada", "note", "title=by Ben", "--attach", scan.to_str().expect("UTF-8")]).await;
    ben.sync().await;
    anna.sync().await;
    assert_eq!(anna.titles("Ada").await, ["before", "by Ben"]);
    assert_eq!(anna.json(&["verify"]).await["attachments"], 1);
    anna.json(&["revoke", text(&given["grant"]["id"])]).await;
    anna.note("Ada", "after").await;
    anna.sync().await;
    assert_eq!(ben.run(&["sync", "--json"]).await.code, Some(3));
    assert_eq!(ben.titles("Ada").await, ["before", "by Ben"]);
}
