//! A family on several devices: what one saves the others show, what two edit is a conflict, and nothing is lost offline.

use std::collections::BTreeMap;

use crate::common::*;
use holdfast_journal::{Creates, DAY, Reach};
use holdfast_records::{
    Edit, Error, Vault, Why,
    model::{Fields, Kind},
    retention::Retention,
    versions::{Choice, Content, Resolution},
};
use holdfast_storage::{
    Key, ObjectStore,
    fault::{Fault, Faults, Rule},
    layer::Layered,
    store::RequestKind,
};
use serde_json::json;

#[tokio::test]
async fn what_one_device_saves_another_shows() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let mut family = Family::new(creates);
        let (mut one, mut two) = (family.found("one").await, family.join("two").await);
        let member = one.add_member(profile("Mara"), 1).unwrap().member;
        let saved = new_note(&mut one, member, "First", 2);
        sync(&mut one, 3).await;
        sync(&mut two, 4).await;
        assert_eq!(two.members()[0].profile.text("name"), "Mara");
        assert_eq!(title(&two, &saved).unwrap(), "First");
        edit(&mut two, &saved, note("Second"), 5);
        sync(&mut two, 6).await;
        sync(&mut one, 7).await;
        assert_eq!(title(&one, &saved).unwrap(), "Second");
        assert_eq!(one.record(member, saved.record).unwrap().versions().len(), 2);
        assert_eq!(everything(&one), everything(&two));
        assert_eq!(two.search("second", None, 9).hits[0].record, saved.record);
        assert_eq!(one.status().unwrap().waiting, 0);
    }
}

#[tokio::test]
async fn a_vault_is_founded_once_and_joined_where_it_is() {
    let mut family = Family::new(Creates::Honoured);
    let opening = family.opening("two", family.store.clone());
    assert!(matches!(Vault::join(opening, 0).await, Err(Error::NoVault)));
    family.found("one").await;
    let opening = family.opening("three", family.store.clone());
    assert!(matches!(Vault::found(opening, &founding(), 0).await, Err(Error::VaultExists)));
    family.join("two").await;
}

#[tokio::test]
async fn what_is_saved_offline_is_kept_shown_and_sent_later() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let dead =
        Faults::new(vec![Rule { kind: None, key_contains: None, after: 0, times: u32::MAX, fault: Fault::Fail }]);
    drop(one);
    one = family.open_over("one", Layered::wrap(family.store.clone(), dead));
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let file = attach(&mut one, member, &content(1, 200_000), "scan.pdf");
    let content_of = |title| Content { attachments: vec![file.clone()], ..note(title) };
    let edit = Edit { member, record: None, based_on: vec![], content: content_of("Offline") };
    let saved = one.save(edit, 2).unwrap();
    assert!(one.sync(Reach::Usual, 3).await.is_err() || !one.send(3).await.unwrap().failures.is_empty());
    drop(one);
    // The computer was restarted meanwhile.
    let mut one = family.open("one");
    assert_eq!(title(&one, &saved).unwrap(), "Offline");
    assert_eq!(one.status().unwrap().waiting, 3);
    assert_eq!(one.waiting().unwrap().len(), 3);
    assert_eq!(read(&mut one, member, &file).await, content(1, 200_000));
    assert_eq!(*one.read_range(member, &file, 70_000..70_010).await.unwrap(), content(1, 200_000)[70_000..70_010]);
    sync(&mut one, 4).await;
    assert_eq!(one.status().unwrap().waiting, 0);
    let mut two = family.join("two").await;
    sync(&mut two, 5).await;
    assert_eq!(everything(&one), everything(&two));
    assert_eq!(read(&mut two, member, &file).await, content(1, 200_000));
    assert_eq!(*two.read_range(member, &file, 70_000..70_010).await.unwrap(), content(1, 200_000)[70_000..70_010]);
    assert!(std::fs::read_dir(family.folder("one").join("outbox")).unwrap().next().is_none());
}

#[tokio::test]
async fn more_versions_side_by_side_than_one_can_follow_are_refused_and_stay() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let first = new_note(&mut one, member, "first", 2);
    for n in 0..65 {
        let (record, based_on) = (Some(first.record), vec![first.version]);
        one.save(Edit { member, record, based_on, content: note(&format!("side {n}")) }, 3).unwrap();
    }
    let before = everything(&one);
    let refused = [
        one.delete(member, first.record, 4).map(drop),
        one.bring_back(member, first.record, first.version, 4).map(drop),
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::TooManyHeads { record, heads: 65 }) if record == first.record));
    }
    assert_eq!(everything(&one), before, "nothing was saved, and nothing is gone");
    sync(&mut one, 5).await;
    let mut two = family.join("two").await;
    sync(&mut two, 6).await;
    assert_eq!(everything(&two), before);
}

#[tokio::test]
async fn an_edit_on_two_devices_is_a_conflict_until_somebody_decides() {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let first = Content::new(Kind::Note, Fields::default().with("title", "a").with("text", "b"));
    let saved = one.save(Edit { member, record: None, based_on: vec![], content: first.clone() }, 2).unwrap();
    sync(&mut one, 3).await;
    sync(&mut two, 3).await;
    let (mut mine, mut yours) = (first.clone(), first);
    mine.fields.set("title", "mine");
    yours.fields.set("title", "yours");
    yours.fields.set("text", "new");
    edit(&mut one, &saved, mine, 4);
    edit(&mut two, &saved, yours, 5);
    for _ in 0..2 {
        sync(&mut one, 6).await;
        sync(&mut two, 6).await;
    }
    assert_eq!(everything(&one), everything(&two));
    let conflict = one.conflict(member, saved.record).unwrap();
    assert_eq!(conflict.to_choose().collect::<Vec<_>>(), ["title"]);
    assert_eq!(one.status().unwrap().conflicts, [(member, saved.record)]);
    let choice = [("title".to_owned(), Choice::Value(json!("both")))].into();
    let resolution = Resolution::Merge(choice);
    // Both decide the same at once.
    assert_eq!(one.resolve(member, saved.record, &resolution, 7).unwrap().len(), 1);
    assert_eq!(two.resolve(member, saved.record, &resolution, 7).unwrap().len(), 1);
    assert!(one.resolve(member, saved.record, &resolution, 8).unwrap().is_empty());
    for _ in 0..2 {
        sync(&mut one, 9).await;
        sync(&mut two, 9).await;
    }
    assert_eq!(everything(&one), everything(&two));
    assert!(one.status().unwrap().conflicts.is_empty());
    let shown = two.shown(member, saved.record).unwrap();
    assert_eq!((shown.content.fields.text("title"), shown.content.fields.text("text")), ("both", "new"));
}

#[tokio::test]
async fn what_was_shown_when_an_edit_began_is_what_it_follows() {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let saved = new_note(&mut one, member, "a", 2);
    sync(&mut one, 3).await;
    sync(&mut two, 3).await;
    edit(&mut two, &saved, note("b"), 4);
    sync(&mut two, 5).await;
    // The form was open while the other's edit came.
    sync(&mut one, 6).await;
    let late = Edit { member, record: Some(saved.record), based_on: vec![saved.version], content: note("c") };
    one.save(late, 7).unwrap();
    assert!(one.conflict(member, saved.record).is_some());
}

#[tokio::test]
async fn deleting_is_a_version_and_can_be_taken_back() {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let saved = new_note(&mut one, member, "quince", 2);
    one.delete(member, saved.record, 3).unwrap().unwrap();
    assert!(one.delete(member, saved.record, 4).unwrap().is_none());
    sync(&mut one, 5).await;
    sync(&mut two, 5).await;
    assert!(two.shown(member, saved.record).is_none() && two.search("quince", Some(member), 9).hits.is_empty());
    assert!(two.timeline(member, None).is_empty());
    two.bring_back(member, saved.record, saved.version, 6).unwrap();
    sync(&mut two, 7).await;
    sync(&mut one, 7).await;
    assert_eq!(title(&one, &saved).unwrap(), "quince");
    assert_eq!(one.record(member, saved.record).unwrap().versions().len(), 3);
}

#[tokio::test]
async fn what_cannot_be_saved_is_told_and_nothing_is_kept() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    assert!(matches!(one.add_member(Fields::default(), 1), Err(Error::Invalid { .. })));
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let stranger = holdfast_records::Uuid::from_u128(9);
    let save = |vault: &mut Vault, member, record, content| {
        vault.save(Edit { member, record, based_on: vec![], content }, 2).unwrap_err()
    };
    assert!(matches!(save(&mut one, stranger, None, note("x")), Error::UnknownMember { .. }));
    assert!(matches!(save(&mut one, member, Some(stranger), note("x")), Error::UnknownRecord { .. }));
    assert!(matches!(save(&mut one, member, None, note(" ")), Error::Invalid { .. }));
    assert!(matches!(save(&mut one, member, None, Content::new(Kind::Profile, profile("x"))), Error::OtherKind));
    assert!(matches!(save(&mut one, member, Some(member), note("x")), Error::OtherKind));
    let file = attach(&mut one, member, b"x", "x");
    let elsewhere = one.add_member(profile("Jo"), 3).unwrap().member;
    let foreign = Content { attachments: vec![file], ..note("x") };
    assert!(matches!(save(&mut one, elsewhere, None, foreign), Error::UnknownAttachment { .. }));
    assert_eq!(one.status().unwrap().waiting, 3);
}

#[tokio::test]
async fn the_same_file_is_kept_once_for_each_member() {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let mara = one.add_member(profile("Mara"), 1).unwrap().member;
    let jo = one.add_member(profile("Jo"), 1).unwrap().member;
    sync(&mut one, 2).await;
    sync(&mut two, 2).await;
    let bytes = content(5, 100_000);
    let file = attach(&mut one, mara, &bytes, "photo.jpg");
    assert_eq!(attach(&mut one, mara, &bytes, "copy.jpg").name, file.name);
    assert_eq!(attach(&mut two, mara, &bytes, "IMG_1.jpg").name, file.name);
    assert_ne!(attach(&mut one, jo, &bytes, "photo.jpg").name, file.name);
    for _ in 0..2 {
        sync(&mut one, 3).await;
        sync(&mut two, 3).await;
    }
    assert_eq!(family.count("/data.blob").await, 2);
    assert_eq!(family.count("/metadata.blob").await, 2);
    assert_eq!(read(&mut two, mara, &file).await, bytes);
    sync(&mut two, 4).await;
    let before = family.objects().await;
    assert_eq!(attach(&mut two, mara, &bytes, "again.jpg").name, file.name);
    assert_eq!(two.status().unwrap().waiting, 1, "sending will look whether the place has it whole");
    two.send(5).await.unwrap();
    assert_eq!(two.status().unwrap().waiting, 0);
    assert_eq!(family.objects().await, before, "and writes nothing");
}

#[tokio::test]
async fn a_damaged_attachment_and_a_damaged_version_are_told_and_stop_nothing() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let file = attach(&mut one, member, &content(5, 100_000), "photo.jpg");
    let (bad, good) = (new_note(&mut one, member, "bad", 2), new_note(&mut one, member, "good", 2));
    sync(&mut one, 3).await;
    for (key, mut bytes) in family.objects().await {
        if key.contains(&bad.record.to_string()) || key.ends_with("/data.blob") {
            let at = bytes.len() - 20;
            bytes[at] ^= 1;
            let body = holdfast_storage::Body::bytes(bytes);
            family.store.put(&Key::new(key).unwrap(), body, &Default::default()).await.unwrap();
        }
    }
    let mut two = family.join("two").await;
    let pulled = two.pull(Reach::Everything, 4).await.unwrap();
    assert!(matches!(&pulled.failures[..], [one] if one.record == bad.record && matches!(one.why, Why::Unreadable(_))));
    assert_eq!(title(&two, &good).unwrap(), "good");
    assert_eq!(two.status().unwrap().unread.len(), 1);
    let damaged = two.read_attachment(member, &file, &mut |_| Ok(())).await;
    assert!(matches!(damaged, Err(Error::DamagedAttachment { .. })));
    let damaged = two.read_range(member, &file, 99_990..100_000).await;
    assert!(matches!(damaged, Err(Error::DamagedAttachment { .. })));
    assert_eq!(*two.read_range(member, &file, 0..10).await.unwrap(), content(5, 100_000)[..10]);
}

#[tokio::test]
async fn old_versions_go_when_every_device_has_a_newer_one_and_never_by_themselves() {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let saved = new_note(&mut one, member, "1", 2);
    edit(&mut one, &saved, note("2"), 3);
    sync(&mut one, 4).await;
    sync(&mut two, 4).await;
    assert!(one.plan_retention(DAY).unwrap().removals.is_empty(), "without a rule everything stays");
    one.set_retention(Some(Retention { versions: 0, days: 7 }), 5).unwrap();
    sync(&mut one, 5).await;
    assert!(one.plan_retention(9 * DAY).unwrap().removals.is_empty(), "the other device has not told");
    sync(&mut two, 6).await;
    sync(&mut one, 7).await;
    assert!(one.plan_retention(DAY).unwrap().removals.is_empty(), "not old enough");
    let plan = one.plan_retention(9 * DAY).unwrap();
    assert_eq!(plan.removals.len(), 1);
    assert_eq!(family.count(&saved.record.to_string()).await, 2);
    assert_eq!(one.carry_out_retention(&plan, 9 * DAY).unwrap(), 1);
    assert_eq!(one.carry_out_retention(&plan, 9 * DAY).unwrap(), 0, "planned once");
    sync(&mut one, 9 * DAY).await;
    assert_eq!(family.count(&saved.record.to_string()).await, 1);
    sync(&mut two, 9 * DAY).await;
    let mut three = family.join("three").await;
    sync(&mut three, 9 * DAY).await;
    for vault in [&one, &two, &three] {
        assert_eq!(title(vault, &saved).unwrap(), "2");
        let record = vault.record(member, saved.record).unwrap();
        assert_eq!((record.versions().len(), record.lineage().nodes().count()), (1, 2));
        assert!(record.conflict().is_none());
    }
}

#[tokio::test]
async fn fields_of_a_later_version_survive_an_edit() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let mut later = note("a");
    later.fields.set("laterField", json!({"kept": true}));
    let saved = one.save(Edit { member, record: None, based_on: vec![], content: later }, 2).unwrap();
    let mut fields = one.shown(member, saved.record).unwrap().content.fields.clone();
    fields.set("title", "b");
    edit(&mut one, &saved, Content::new(Kind::Note, fields), 3);
    let shown = one.shown(member, saved.record).unwrap();
    assert_eq!(shown.content.fields.get("laterField"), Some(&json!({"kept": true})));
}

#[tokio::test]
async fn one_object_that_cannot_be_written_stops_only_what_needs_it() {
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    drop(one);
    let rule = Rule::every(RequestKind::Put, Fault::Deny).on_key("/data.blob");
    let faults = Faults::new(vec![rule]);
    one = family.open_over("one", Layered::wrap(family.store.clone(), faults.clone()));
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let file = attach(&mut one, member, b"denied", "x");
    let with_file = Content { attachments: vec![file], ..note("needs it") };
    one.save(Edit { member, record: None, based_on: vec![], content: with_file }, 2).unwrap();
    new_note(&mut one, member, "free", 3);
    let sent = one.send(4).await.unwrap();
    assert_eq!((sent.versions, sent.failures.len()), (2, 1));
    assert_eq!(one.status().unwrap().waiting, 2);
    faults.clear();
    let sent = one.send(5).await.unwrap();
    assert_eq!((sent.versions, sent.attachments, sent.failures.len()), (1, 1, 0));
}

#[tokio::test]
async fn a_copied_disk_loses_no_version_of_either_computer() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let mut family = Family::new(creates);
        let mut one = family.found("one").await;
        let member = one.add_member(profile("Mara"), 1).unwrap().member;
        let saved = new_note(&mut one, member, "a", 2);
        sync(&mut one, 3).await;
        drop(one);
        copy_folder(&family.folder("one"), &family.folder("twin"));
        let (mut one, mut twin) = (family.open("one"), family.open("twin"));
        assert_eq!(one.device(), twin.device());
        edit(&mut one, &saved, note("b of one"), 4);
        edit(&mut twin, &saved, note("b of twin"), 4);
        edit(&mut twin, &saved, note("c of twin"), 5);
        for now in 6..10 {
            one.sync(Reach::Everything, now).await.unwrap();
            twin.sync(Reach::Everything, now).await.unwrap();
        }
        let mut fresh = family.join("fresh").await;
        sync(&mut fresh, 20).await;
        assert_eq!(everything(&one), everything(&fresh));
        assert_eq!(everything(&twin), everything(&fresh));
        let record = fresh.record(member, saved.record).unwrap();
        let mut titles: Vec<&str> = record.versions().iter().map(|one| one.content.fields.text("title")).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["a", "b of one", "b of twin", "c of twin"]);
        assert_eq!(fresh.conflict(member, saved.record).unwrap().sides.len(), 2);
    }
}

#[tokio::test]
async fn a_merge_without_choices_takes_what_only_one_changed() {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let member = one.add_member(profile("Mara").with("bloodGroup", "A+"), 1).unwrap().member;
    sync(&mut one, 2).await;
    sync(&mut two, 2).await;
    let saved = holdfast_records::Saved { member, record: member, version: one.shown(member, member).unwrap().id() };
    let person = |fields: Fields| Content::new(Kind::Profile, fields);
    edit(&mut one, &saved, person(profile("Mara").with("bloodGroup", "A+").with("birthDate", "1984")), 3);
    edit(&mut two, &saved, person(profile("Mara").with("bloodGroup", "A-")), 3);
    for _ in 0..2 {
        sync(&mut one, 4).await;
        sync(&mut two, 4).await;
    }
    one.resolve(member, member, &Resolution::Merge(BTreeMap::new()), 5).unwrap();
    let sheet = one.emergency_sheet(member, 6);
    assert_eq!((sheet.blood_group.as_str(), sheet.birth_date.as_str()), ("A-", "1984"));
    assert_eq!(one.members().len(), 1);
}

#[tokio::test]
async fn a_vault_can_be_used_from_any_thread() {
    fn goes_anywhere<T: Send>(value: T) -> T {
        value
    }
    let mut family = Family::new(Creates::Honoured);
    let mut one = family.found("one").await;
    goes_anywhere(one.sync(Reach::Usual, 1)).await.unwrap();
    goes_anywhere(one.repair(2)).await.unwrap();
    goes_anywhere(one);
}
