//! Two computers keep one vault.

use std::{process::Stdio, sync::Arc, time::Duration};

use holdfast_tests::{program::kill, servers::Server};
use serde_json::{Value, json};

use crate::world::{World, content, list, text};

pub async fn two_computers_share_a_vault(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    let allergy = ["add", "ada", "allergy", "title=Peanut", "criticality=high", "reaction=hives", "reaction=cough"];
    a.json(&allergy).await;
    let fields = json!({ "vaccineCode": "MMR", "occurrenceDateTime": "2016-04-02" }).to_string();
    a.typed(&["add", "Ada", "vaccination", "--stdin"], &fields).await.done();
    let status = a.json(&["status"]).await;
    assert_eq!(list(&status["waiting"]).len(), 3, "it says what was not sent: {status}");
    assert_eq!(a.sync().await["waiting"], 0);

    let b = world.joiner(&code).await;
    assert_eq!(b.titles("ADA").await, ["MMR", "Peanut"]);
    let sheet = b.json(&["emergency", "Ada"]).await;
    assert_eq!(sheet["allergies"][0]["details"], json!(["hives", "cough"]), "{sheet}");
    b.note("Ada", "Slept well").await;
    b.json(&["members", "edit", "Ada", "bloodGroup=A+"]).await;
    b.sync().await;
    a.sync().await;
    assert_eq!(a.titles("Ada").await, ["MMR", "Peanut", "Slept well"]);
    assert_eq!(a.json(&["emergency", "Ada"]).await["blood_group"], "A+");
    let found = a.json(&["search", "slept"]).await;
    assert_eq!((&found["total"], &found["rows"][0]["title"]), (&json!(1), &json!("Slept well")));
    let record = text(&found["rows"][0]["id"]).to_owned();
    assert_eq!(a.json(&["show", &record]).await["author"], "ben");
    a.json(&["delete", &record]).await;
    a.sync().await;
    b.sync().await;
    assert_eq!(b.titles("Ada").await, ["MMR", "Peanut"]);
    let versions = b.json(&["versions", &record]).await;
    let first = list(&versions).iter().find(|version| version["deleted"] == false).expect("the note");
    b.json(&["versions", &record, "--bring-back", text(&first["id"])]).await;
    assert_eq!(b.titles("Ada").await.len(), 3, "nothing is gone");
}

pub async fn a_large_file_comes_back_and_is_kept_once(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    let bytes = content(1, 20_000_000);
    let photo = a.file("photo.jpg", &bytes);
    let path = photo.to_str().expect("UTF-8");
    let saved = a.json(&["add", "Ada", "document", "title=X-ray", "--attach", path]).await;
    let record = text(&saved["record"]).to_owned();
    a.sync().await;

    let b = world.joiner(&code).await;
    let to = b.home.folder.path().join("back.jpg");
    let to = to.to_str().expect("UTF-8");
    b.json(&["get", &record, "--output", to]).await;
    assert!(std::fs::read(to).expect("a file") == bytes, "it came back as it was");
    let (_, error) = b.error(&["get", &record, "--output", to]).await;
    assert_eq!(error["code"], "local_io", "a file that is there stays: {error}");
    assert!(text(&error["message"]).contains("there already"), "{error}");
    let again = b.json(&["add", "Ada", "document", "title=Copy", "--attach", to]).await;
    let second = b.note("Ada", "With two").await;
    b.json(&["attach", &second, to, path]).await;
    b.sync().await;
    assert_eq!(world.keys("/data.blob").await.len(), 1, "the same content is kept once");
    assert_eq!(list(&b.json(&["show", text(&again["record"])]).await["attachments"]).len(), 1);
    assert_eq!(list(&b.json(&["show", &second]).await["attachments"]).len(), 1);
    let verified = a.json(&["verify"]).await;
    assert_eq!((&verified["attachments"], &verified["bytes"]), (&json!(1), &json!(20_000_000)), "{verified}");
}

pub async fn what_both_edited_is_shown_and_merged(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    let record = a.note("Ada", "Fever").await;
    a.sync().await;
    let b = world.joiner(&code).await;
    a.json(&["edit", &record, "title=Fever, high", "text=since Monday"]).await;
    b.json(&["edit", &record, "title=Fever, 39.2", "time=2026-02-03"]).await;
    a.sync().await;
    b.sync().await;
    a.sync().await;
    let shown = a.json(&["show", &record]).await;
    assert_eq!(shown["conflict"], b.json(&["show", &record]).await["conflict"], "both see the same");
    let differing: Vec<&str> = list(&shown["conflict"]["fields"]).iter().map(|one| text(&one["field"])).collect();
    assert_eq!(differing, ["text", "time", "title"]);
    let (ended, error) = a.error(&["resolve", &record, "--merge"]).await;
    assert_eq!(error["code"], "records_undecided", "{ended:?}");
    let of_b = b.json(&["status"]).await;
    let side = list(&shown["conflict"]["sides"]).iter().find(|side| text(side).ends_with(text(&of_b["device"])));
    let choice = format!("title={}", text(side.expect("the other computer's side")));
    a.json(&["resolve", &record, "--merge", "--choose", &choice]).await;
    a.sync().await;
    b.sync().await;
    for computer in [&a, &b] {
        let shown = computer.json(&["show", &record]).await;
        assert_eq!(shown["conflict"], Value::Null);
        let merged = json!({ "title": "Fever, 39.2", "text": "since Monday", "time": "2026-02-03" });
        assert_eq!(shown["fields"], merged);
        assert_eq!(list(&computer.json(&["versions", &record]).await).len(), 4, "no version is lost");
    }
}

pub async fn nothing_is_used_before_the_code_is_typed_back(server: Arc<Server>) {
    let world = World::on(server).await;
    let mut a = world.computer("ana");
    let founded = a.json(&["init", "--store", &world.url(), "--print-keyring"]).await;
    a.has_keyring(&founded);
    for command in [&["members"][..], &["sync"], &["members", "add", "name=Ada"], &["verify"]] {
        let (_, error) = a.error(command).await;
        assert_eq!(error["code"], "records_unconfirmed", "{command:?}");
    }
    assert_eq!(a.json(&["status"]).await["confirmed"], false);
    let code = text(&founded["code"]);
    let wrong = a.typed(&["recovery-code", "check"], &code.replacen(' ', " zoo ", 1)).await;
    assert_eq!(wrong.json()["error"]["code"], "records_code", "{wrong:?}");
    a.typed(&["recovery-code", "check"], &format!("  {}\n", code.to_uppercase())).await.done();
    assert_eq!(a.json(&["members"]).await, json!([]));
}

pub async fn a_changed_code_and_shares_of_it_open_the_vault(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, first) = world.founder().await;
    a.member("Ada").await;
    a.sync().await;
    let code = text(&a.json(&["recovery-code", "change"]).await["code"]).to_owned();
    let (_, error) = a.error(&["members"]).await;
    assert_eq!(error["code"], "records_unconfirmed", "the new one is typed back, too");
    a.typed(&["recovery-code", "check"], &code).await.done();
    let refused = world.computer("c").typed(&["unlock", "--store", &world.url(), "--print-keyring"], &first).await;
    assert_eq!(refused.json()["error"]["code"], "records_code", "{refused:?}");
    let split = a.typed(&["recovery-code", "split", "--shares", "3", "--needed", "2"], &code).await.done();
    let shares: Vec<&str> = list(&split["shares"]).iter().map(text).collect();
    let too_few = world.computer("c").typed(&["unlock", "--store", &world.url(), "--print-keyring"], shares[0]).await;
    assert_eq!(too_few.json()["error"]["code"], "records_code", "{too_few:?}");
    let c = world.joiner(&[shares[2], shares[0]].join("\n")).await;
    assert_eq!(c.json(&["members"]).await[0]["name"], "Ada");
}

/// Attaching, saving and sending are killed wherever the moment finds them; the next run makes all of it whole.
pub async fn killed_work_is_made_whole(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    let file = a.file("scan.pdf", &content(2, 9_000_000));
    let path = file.to_str().expect("UTF-8");
    for (round, pause) in [15, 30, 50, 80, 120, 170, 230, 300].into_iter().enumerate() {
        let title = format!("title=Scan {round}");
        for args in [&["add", "Ada", "document", &title, "--attach", path][..], &["sync"]] {
            let mut command = a.command(args);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
            tokio::time::sleep(Duration::from_millis(pause)).await;
            kill(child).await;
        }
    }
    a.json(&["add", "Ada", "document", "title=Last", "--attach", path]).await;
    a.sync().await;
    let kept = a.titles("Ada").await;
    let verified = a.json(&["verify"]).await;
    assert_eq!(verified["wrong"], json!([]), "{verified}");
    let b = world.joiner(&code).await;
    assert_eq!(b.titles("Ada").await, kept);
    assert_eq!(world.keys("/data.blob").await.len(), 1);
    let last = text(&b.json(&["search", "last"]).await["rows"][0]["id"]).to_owned();
    let to = b.home.folder.path().join("back.pdf");
    b.json(&["get", &last, "--output", to.to_str().expect("UTF-8")]).await;
    assert!(std::fs::read(to).expect("a file") == std::fs::read(file).expect("a file"));
}
