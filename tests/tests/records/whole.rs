//! Everything out, documents in; each as often as somebody likes.

use std::{path::Path, sync::Arc};

use holdfast_tests::{program::files_below, servers::Server};
use serde_json::{Value, json};

use crate::world::{World, content, list, text};

pub async fn everything_can_be_taken_out_again_and_again(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, _) = world.founder().await;
    a.member("../Ada").await;
    let bytes = content(6, 200_000);
    let file = a.file("x-ray.jpg", &bytes);
    let attach = file.to_str().expect("UTF-8");
    let record = a.json(&["add", "../Ada", "document", "title=a/b: ..", "--attach", attach]).await;
    a.json(&["edit", text(&record["record"]), "note=second"]).await;
    let to = a.home.folder.path().join("out");
    let folder = to.to_str().expect("UTF-8");
    let exported = a.json(&["export", folder]).await;
    assert_eq!((&exported["members"], &exported["records"], &exported["files"]), (&json!(1), &json!(1), &json!(1)));
    let first = contents(&to);
    let notice = first.iter().find(|(name, _)| name == "NOT-ENCRYPTED.txt").expect("a notice");
    assert!(String::from_utf8_lossy(&notice.1).contains("Nothing in it is encrypted"));
    assert!(first.iter().any(|(name, found)| name.contains("/files/") && *found == bytes));
    let (_, json) = first.iter().find(|(name, _)| name.contains("/records/")).expect("a record");
    let json: Value = serde_json::from_slice(json).expect("JSON");
    assert_eq!(list(&json["versions"]).len(), 2, "all versions: {json}");
    let (_, error) = a.error(&["export", folder]).await;
    assert_eq!(error["code"], "records_folder");
    a.json(&["export", folder, "--over"]).await;
    assert_eq!(contents(&to), first, "the same again");
    let said = a.run(&["export", folder, "--over"]).await;
    assert!(said.stdout.contains("None of it is encrypted"), "{said:?}");
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |file: &Path| std::fs::read(folder.join(file)).expect("a file");
    let mut all: Vec<_> = files_below(folder).iter().map(|file| (file.display().to_string(), read(file))).collect();
    all.sort();
    all
}

pub async fn documents_are_imported_once(server: Arc<Server>) {
    let world = World::on(server).await;
    let (a, code) = world.founder().await;
    a.member("Ada").await;
    for (name, seed) in
        [("in/letter.pdf", 7), ("in/more/scan.png", 8), ("in/more/copy of scan.png", 8), ("in/.hidden", 9)]
    {
        a.file(name, &content(seed, 50_000));
    }
    let folder = a.home.folder.path().join("in");
    let folder = folder.to_str().expect("UTF-8");
    let imported = a.json(&["import", "Ada", folder]).await;
    assert_eq!((&imported["added"], &imported["known"]), (&json!(2), &json!(1)), "{imported}");
    let imported = a.json(&["import", "Ada", folder]).await;
    assert_eq!((&imported["added"], &imported["known"]), (&json!(0), &json!(3)), "{imported}");
    a.file("in/new.txt", b"new");
    a.sync().await;
    assert_eq!(a.json(&["import", "Ada", folder]).await["added"], 1);
    a.sync().await;
    let b = world.joiner(&code).await;
    assert_eq!(b.titles("Ada").await, a.titles("Ada").await);
    assert_eq!(b.json(&["import", "Ada", folder]).await["added"], 0, "nor on another computer");
    assert_eq!(world.keys("/data.blob").await.len(), 3);
    let (_, error) = a.error(&["import", "Ada", "/not/there"]).await;
    assert_eq!(error["code"], "folder_missing");
}
