//! What was left half done or taken away is completed by whoever looks, or told.

use crate::common::*;
use holdfast_crypto::vault::{Generation, MemberId, Purpose};
use holdfast_journal::{Creates, DAY, Reach};
use holdfast_records::{
    Edit, Saved, Vault, Why,
    layout::ObjectName,
    model::{Attachment, Kind},
    retention::Retention,
    versions::Content,
};
use holdfast_storage::{Body, Key, ObjectStore};

/// A family with a note that has a file, on two devices.
async fn family() -> (Family, Vault, Vault, Saved, Attachment) {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let file = attach(&mut one, member, &content(1, 100_000), "scan.pdf");
    let content = Content { attachments: vec![file.clone()], ..note("a") };
    let saved = one.save(Edit { member, record: None, based_on: vec![], content }, 2).unwrap();
    sync(&mut one, 3).await;
    sync(&mut two, 3).await;
    (family, one, two, saved, file)
}

async fn key_of(family: &Family, end: &str) -> Key {
    let keys = family.keys().await;
    Key::new(keys.iter().find(|key| key.contains(end)).unwrap()).unwrap()
}

async fn remove(family: &Family, end: &str) {
    family.store.delete(&key_of(family, end).await, &Default::default()).await.unwrap();
}

#[tokio::test]
async fn an_attachment_without_metadata_gets_it_from_a_record_that_names_it() {
    let (family, _, mut two, saved, file) = family().await;
    remove(&family, "/metadata.blob").await;
    let repaired = two.repair(4).await.unwrap();
    assert_eq!((repaired.metadata, repaired.missing.len()), (1, 0));
    assert_eq!(family.count("/metadata.blob").await, 1);
    assert_eq!(two.repair(5).await.unwrap().metadata, 0, "repairing again finds nothing to do");
    assert_eq!(read(&mut two, saved.member, &file).await, content(1, 100_000));
}

#[tokio::test]
async fn an_attachment_whose_bytes_are_gone_or_cut_is_told_by_the_record_that_names_it() {
    let (family, _, mut two, saved, file) = family().await;
    let key = key_of(&family, "/data.blob").await;
    family.store.put(&key, Body::bytes(vec![0; 100]), &Default::default()).await.unwrap();
    assert_eq!(two.repair(4).await.unwrap().missing, [(saved.member, file.clone())]);
    remove(&family, "/data.blob").await;
    assert_eq!(two.repair(5).await.unwrap().missing, [(saved.member, file)]);
}

#[tokio::test]
async fn the_view_of_a_profile_that_is_gone_is_written_again_as_it_is_shown() {
    let (family, mut one, mut two, saved, _) = family().await;
    let renamed = Content::new(Kind::Profile, profile("Mara Weaver"));
    edit(&mut one, &Saved { record: saved.member, ..saved }, renamed, 4);
    sync(&mut one, 5).await;
    sync(&mut two, 5).await;
    remove(&family, "/profile.blob").await;
    assert_eq!(two.repair(6).await.unwrap().profiles, 1, "by a device that did not write it, with what came last");
    assert_eq!(two.repair(7).await.unwrap().profiles, 0);
    let name = ObjectName::Profile { member: saved.member }.to_string();
    let blob = family.objects().await.into_iter().find(|(key, _)| key.ends_with(&name)).unwrap().1;
    let keys = family.keyring.member(MemberId(saved.member.into_bytes()), &[Generation::FIRST]).unwrap();
    let view = keys.open_blob(Purpose::Profile, &name, &blob).unwrap();
    assert!(String::from_utf8_lossy(&view).contains("Mara Weaver"));
}

#[tokio::test]
async fn a_version_that_somebody_took_away_is_told_and_stays_where_it_is_known() {
    let (mut family, one, _, saved, _) = family().await;
    remove(&family, &saved.record.to_string()).await;
    let mut three = family.join("three").await;
    let pulled = three.pull(Reach::Everything, 4).await.unwrap();
    assert!(matches!(&pulled.failures[..], [one] if one.record == saved.record && matches!(one.why, Why::Missing)));
    assert_eq!(three.status().unwrap().missing, 1);
    assert_eq!(title(&one, &saved).as_deref(), Some("a"));
}

#[tokio::test]
async fn an_old_version_that_returns_after_its_removal_is_removed_again() {
    let (family, mut one, mut two, saved, _) = family().await;
    let old = key_of(&family, &saved.record.to_string()).await;
    let bytes = family.objects().await.into_iter().find(|(key, _)| key == old.as_str()).unwrap().1;
    edit(&mut one, &saved, note("b"), 5);
    one.set_retention(Some(Retention { versions: 0, days: 0 }), 6).unwrap();
    for now in [7, 8] {
        sync(&mut one, now).await;
        sync(&mut two, now).await;
    }
    sync(&mut one, 9).await;
    let plan = one.plan_retention(DAY).unwrap();
    assert_eq!(one.carry_out_retention(&plan, DAY).unwrap(), 1);
    sync(&mut one, DAY).await;
    family.store.put(&old, Body::bytes(bytes), &Default::default()).await.unwrap();
    sync(&mut two, DAY).await;
    assert_eq!(two.repair(DAY).await.unwrap().removed, 1);
    assert_eq!(family.count(&saved.record.to_string()).await, 1);
    assert_eq!(title(&two, &saved).as_deref(), Some("b"));
}

/// What happened to an object in the place.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Flipped,
    Cut,
    Gone,
}

async fn damage(family: &Family, end: &str, damage: Damage) {
    let key = key_of(family, end).await;
    let mut bytes = family.objects().await.into_iter().find(|(found, _)| found == key.as_str()).unwrap().1;
    let middle = bytes.len() / 2;
    match damage {
        Damage::Flipped => bytes[middle] ^= 1,
        Damage::Cut => bytes.truncate(middle),
        Damage::Gone => return remove(family, end).await,
    }
    family.store.put(&key, Body::bytes(bytes), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_attached_again_is_written_again_where_it_is_not_whole() {
    for size in [100_000, 9 << 20] {
        for (end, done) in ["/data.blob", "/metadata.blob"]
            .into_iter()
            .flat_map(|end| [Damage::Flipped, Damage::Cut, Damage::Gone].map(|done| (end, done)))
        {
            let case = format!("{size} {end} {done:?}");
            let mut family = Family::new(Creates::Honoured);
            let (mut one, mut two) = (family.found("one").await, family.join("two").await);
            let member = one.add_member(profile("Mara"), 1).unwrap().member;
            let file = attach(&mut one, member, &content(1, size), "scan.pdf");
            let with = Content { attachments: vec![file.clone()], ..note("a") };
            one.save(Edit { member, record: None, based_on: vec![], content: with }, 2).unwrap();
            sync(&mut one, 3).await;
            sync(&mut two, 3).await;
            let entries = two.journal().entries().unwrap().len();
            damage(&family, end, done).await;

            let again = attach(&mut two, member, &content(1, size), "again.pdf");
            assert_eq!(again.name, file.name, "{case}");
            assert_eq!(two.status().unwrap().waiting, 1, "{case}");
            attach(&mut two, member, &content(1, size), "and again.pdf");
            assert_eq!(two.status().unwrap().waiting, 1, "{case}: it waits once");
            sync(&mut two, 4).await;
            assert_eq!(two.status().unwrap().waiting, 0, "{case}");
            assert_eq!(read(&mut one, member, &file).await, content(1, size), "{case}");
            assert_eq!(two.check().await.unwrap().attachments, 1, "{case}");
            let repaired = two.repair(5).await.unwrap();
            assert_eq!((repaired.metadata, repaired.missing.len()), (0, 0), "{case}");
            assert_eq!(two.journal().entries().unwrap().len(), entries, "{case}: the log knew of it");
            let before = family.objects().await;
            attach(&mut one, member, &content(1, size), "whole.pdf");
            one.send(6).await.unwrap();
            assert_eq!(family.objects().await, before, "{case}: what is whole stays as it is");
        }
    }
}

#[tokio::test]
async fn two_processes_of_a_computer_see_what_the_other_did() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let saved = new_note(&mut one, member, "a", 2);
    let mut other = family.open("one");
    edit(&mut one, &saved, note("b"), 3);
    other.refresh(9).unwrap();
    assert_eq!(title(&other, &saved).as_deref(), Some("b"));
    edit(&mut other, &saved, note("c"), 4);
    sync(&mut one, 5).await;
    assert_eq!(title(&one, &saved).as_deref(), Some("c"), "sending looks, too");
    other.refresh(9).unwrap();
    assert_eq!(other.status().unwrap().waiting, 0);
    sync(&mut other, 6).await;
    let mut two = family.join("two").await;
    sync(&mut two, 7).await;
    assert_eq!(everything(&one), everything(&two));
    assert_eq!(everything(&other), everything(&two));
    assert_eq!(two.record(member, saved.record).unwrap().versions().len(), 3);
    assert!(two.conflict(member, saved.record).is_none());
}

#[tokio::test]
async fn what_another_process_wrote_is_read_and_nothing_else() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let (changed, left) = (new_note(&mut one, member, "a", 2), new_note(&mut one, member, "left", 2));
    let mut other = family.open("one");
    edit(&mut one, &changed, note("b"), 3);
    let added = new_note(&mut one, member, "added", 3);
    // Behind everybody's back: what reads it anew shows it no more.
    let database = rusqlite::Connection::open(family.folder("one").join("records.db")).unwrap();
    let damage = format!("UPDATE versions SET blob = x'00' WHERE hex(record) = '{}'", hex::encode_upper(left.record));
    database.execute_batch(&format!("DROP TRIGGER version_changed; {damage}")).unwrap();
    other.refresh(4).unwrap();
    assert_eq!(titles(&other, member), ["added", "b", "left"]);
    assert_eq!(title(&other, &added).as_deref(), Some("added"));
    assert_eq!(other.record(member, changed.record).unwrap().versions().len(), 2);
    assert_eq!(titles(&family.open("one"), member), ["added", "b"], "the damage is there to be seen");
}

#[tokio::test]
async fn more_than_is_noted_of_another_process_is_read_all_the_same() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let saved = new_note(&mut one, member, "a", 2);
    let mut other = family.open("one");
    edit(&mut one, &saved, note("b"), 3);
    let database = rusqlite::Connection::open(family.folder("one").join("records.db")).unwrap();
    // As after 20,000 changes of other records.
    let many =
        "INSERT INTO touched(sequence, member, record) SELECT max(sequence) + 30000, member, record FROM touched";
    database.execute(many, []).unwrap();
    let noted: i64 = database.query_row("SELECT count(*) FROM touched", [], |row| row.get(0)).unwrap();
    assert_eq!(noted, 1, "the oldest went");
    other.refresh(4).unwrap();
    assert_eq!(titles(&other, member), ["b"]);
}

#[tokio::test]
async fn records_of_the_former_format_are_taken_over() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    new_note(&mut one, member, "a", 2);
    drop(one);
    let database = rusqlite::Connection::open(family.folder("one").join("records.db")).unwrap();
    let former = "DROP TRIGGER version_came; DROP TRIGGER version_changed; DROP TRIGGER version_went; \
                  DROP TRIGGER touched_enough; DROP TABLE touched; PRAGMA user_version = 1;";
    database.execute_batch(former).unwrap();
    drop(database);
    let (mut one, mut other) = (family.open("one"), family.open("one"));
    new_note(&mut one, member, "b", 3);
    other.refresh(4).unwrap();
    assert_eq!(titles(&other, member), ["a", "b"]);
}

#[tokio::test]
async fn an_older_version_is_opened_when_it_is_asked_for() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let (file, saved) = attached(&mut one, member, b"scan", "first");
    for (at, text) in (3..).zip(["second", "third"]) {
        edit(&mut one, &saved, note(text), at);
    }
    for vault in [&one, &family.open("one")] {
        let open = vault.open_record(member, saved.record).unwrap();
        assert!(open.has(saved.version) && open.open_version(saved.version).is_none(), "it is here, and sealed");
        assert_eq!(open.here().count(), 3);
        assert_eq!(open.attachments().collect::<Vec<_>>(), [&file], "its file is known");
        let whole = vault.record(member, saved.record).unwrap();
        let titles: Vec<&str> = whole.versions().iter().map(|one| one.content.fields.text("title")).collect();
        assert_eq!(titles, ["third", "second", "first"]);
    }
    one.bring_back(member, saved.record, saved.version, 9).unwrap();
    assert_eq!(title(&one, &saved).as_deref(), Some("first"));
}
