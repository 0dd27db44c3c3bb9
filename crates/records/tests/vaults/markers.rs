//! Nobody but the family reads anything: words that were entered stand nowhere in the place, nowhere on the disk, in no
//! error and in no debug text; nor do the names of devices.

use crate::common::*;
use holdfast_journal::Creates;
use holdfast_records::{
    Edit, Error, Vault,
    model::{Fields, Kind},
    retention::Retention,
    versions::Content,
};
use serde_json::json;

/// Words that stand in nothing else.
const MARKERS: [&str; 9] =
    ["mkNAME", "mkTITLE", "mkTEXT", "mkFILENAME", "mkCONTENT", "mkTELECOM", "mkLATER", "mkAUTHOR", "mkDEVICE"];

fn find(bytes: &[u8]) -> Option<&'static str> {
    MARKERS.into_iter().find(|marker| {
        let forms = [
            marker.as_bytes().to_vec(),
            marker.bytes().flat_map(|byte| [byte, 0]).collect(),
            marker.to_lowercase().into_bytes(),
        ];
        forms.iter().any(|form| memchr::memmem::find(bytes, form).is_some())
    })
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn enter(vault: &mut Vault) {
    let contact = json!([{"name": "mkNAME friend", "telecom": "mkTELECOM"}]);
    let member = vault.add_member(profile("mkNAME").with("contact", contact), 1).unwrap().member;
    let file = attach(vault, member, "mkCONTENT ".repeat(20_000).as_bytes(), "mkFILENAME.pdf");
    let fields = Fields::default().with("title", "mkTITLE").with("text", "mkTEXT").with("other", "mkLATER");
    let content = Content { attachments: vec![file], ..Content::new(Kind::Note, fields) };
    let saved = vault.save(Edit { member, record: None, based_on: vec![], content: content.clone() }, 2).unwrap();
    edit(vault, &saved, Content { fields: content.fields.with("text", "mkTEXT again"), ..content }, 3);
    vault.set_retention(Some(Retention { versions: 0, days: 0 }), 4).unwrap();
    let bad = Content::new(Kind::Note, Fields::default().with("title", "mkTITLE").with("time", "mkTEXT"));
    let error = vault.save(Edit { member, record: None, based_on: vec![], content: bad }, 5).unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }));
    for text in [error.to_string(), format!("{error:?}"), format!("{vault:?}"), format!("{:?}", vault.members())] {
        assert_eq!(find(text.as_bytes()), None, "{text}");
    }
}

#[tokio::test]
async fn no_word_that_was_entered_stands_in_the_place_or_on_the_disk() {
    let mut family = Family::new(Creates::Honoured);
    let mut opening = family.opening("one", family.store.clone());
    opening.settings.author = "mkAUTHOR".into();
    opening.settings.journal.name = "mkDEVICE one".into();
    let mut one = Vault::found(opening, &founding(), 0).await.unwrap();
    enter(&mut one);
    // Before it was sent, while it is open: the outbox and the write-ahead logs.
    let before = files(family.disk.path());
    assert!(before.iter().any(|path| path.to_string_lossy().contains("outbox")));
    for path in before {
        assert_eq!(find(&std::fs::read(&path).unwrap()), None, "{}", path.display());
    }
    sync(&mut one, 6).await;
    let mut opening = family.opening("two", family.store.clone());
    opening.settings.journal.name = "mkDEVICE two".into();
    let mut two = Vault::join(opening, 7).await.unwrap();
    sync(&mut two, 7).await;
    sync(&mut one, 8).await;
    for vault in [&one, &two] {
        let mut names: Vec<_> = vault.journal().status().unwrap().devices.into_iter().map(|one| one.name).collect();
        names.sort();
        assert_eq!(
            names,
            ["mkDEVICE one", "mkDEVICE two"].map(|name| Some(name.to_owned())),
            "each knows the other's name"
        );
    }
    let shown = everything(&two).join("\n");
    for marker in ["mkTITLE", "mkTEXT", "mkFILENAME", "mkLATER", "mkAUTHOR"] {
        assert!(shown.contains(marker), "what is looked for is there: {marker}");
    }
    let hits = two.search("mktitle", None, 9);
    assert_eq!(hits.total, 1);
    drop((one, two));
    for path in files(family.disk.path()) {
        assert_eq!(find(&std::fs::read(&path).unwrap()), None, "{}", path.display());
        assert_eq!(find(path.to_string_lossy().as_bytes()), None);
    }
    for (key, bytes) in family.objects().await {
        assert_eq!(find(&bytes), None, "{key}");
        assert_eq!(find(key.as_bytes()), None, "{key}");
    }
}
