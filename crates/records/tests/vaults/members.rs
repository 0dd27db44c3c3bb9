//! Removing a member: no device shows anything of theirs, nothing is erased, and they come back as before.

use crate::common::{people::*, *};
use holdfast_crypto::vault::Rights;
use holdfast_journal::{Creates, DAY, Reach};
use holdfast_records::{
    Edit, Error, Uuid, Vault,
    model::Kind,
    retention::Retention,
    versions::{Content, Resolution},
};

/// Mara with a note and a file, and Jo with a note, on two devices.
async fn family() -> (Family, Vault, Vault, Uuid, Uuid) {
    let mut family = Family::new(Creates::Honoured);
    let (mut one, mut two) = (family.found("one").await, family.join("two").await);
    let (mara, jo) =
        (one.add_member(profile("Mara"), 1).unwrap().member, one.add_member(profile("Jo"), 1).unwrap().member);
    attached(&mut one, mara, &content(1, 70_000), "Penicillin");
    new_note(&mut one, jo, "Knee", 2);
    both(&mut one, &mut two, 3).await;
    (family, one, two, mara, jo)
}

async fn both(one: &mut Vault, two: &mut Vault, now: i64) {
    for _ in 0..2 {
        sync(one, now).await;
        sync(two, now).await;
    }
}

fn names(vault: &Vault) -> Vec<String> {
    vault.members().iter().map(|member| member.profile.text("name").to_owned()).collect()
}

/// Whether anything of somebody is shown, found or counted.
fn shows(vault: &Vault, title: &str) -> bool {
    vault.search(title, None, 9).total > 0
}

#[tokio::test]
async fn who_is_removed_is_shown_by_no_device_and_nothing_is_erased() {
    let (mut family, mut one, mut two, mara, _) = family().await;
    let before = family.keys().await;
    one.remove_member(mara, 4).unwrap().unwrap();
    assert!(one.remove_member(mara, 5).unwrap().is_none(), "once");
    both(&mut one, &mut two, 6).await;
    let mut three = family.join("three").await;
    sync(&mut three, 7).await;
    drop(two);
    for vault in [&one, &family.open("two"), &three] {
        assert_eq!((names(vault), shows(vault, "penicillin"), shows(vault, "mara")), (vec!["Jo".into()], false, false));
        let status = vault.status().unwrap();
        assert_eq!((status.members, status.records, status.missing), (1, 1, 0));
        let former = vault.former_members().unwrap();
        assert_eq!((former.len(), former[0].profile.text("name"), former[0].records), (1, "Mara", 1));
        assert_eq!((former[0].removed, former[0].by.as_str()), (4, "one's owner"));
    }
    let after = family.keys().await;
    assert!(before.iter().all(|key| after.contains(key)), "nothing is erased");
}

#[tokio::test]
async fn who_is_removed_comes_back_as_before_whatever_old_versions_may_go() {
    let (mut family, mut one, mut two, mara, _) = family().await;
    let before = everything(&one);
    one.remove_member(mara, 4).unwrap();
    one.set_retention(Some(Retention { versions: 0, days: 0 }), 5).unwrap();
    both(&mut one, &mut two, 6).await;
    both(&mut one, &mut two, DAY).await;
    let plan = one.plan_retention(2 * DAY).unwrap();
    assert!(plan.removals.iter().all(|removal| removal.record != mara), "the profile of before is needed: {plan:?}");
    two.bring_back_member(mara, 2 * DAY).unwrap().unwrap();
    assert!(two.bring_back_member(mara, 2 * DAY).unwrap().is_none(), "once");
    both(&mut one, &mut two, 2 * DAY).await;
    drop(one);
    for vault in [&two, &family.open("one")] {
        assert_eq!((names(vault), shows(vault, "penicillin")), (vec!["Jo".into(), "Mara".into()], true));
        assert!(before.iter().filter(|line| !line.contains("heads")).all(|line| everything(vault).contains(line)));
        assert!(vault.former_members().unwrap().is_empty());
    }
}

#[tokio::test]
async fn nothing_is_written_for_who_was_removed_and_what_came_too_late_waits_with_them() {
    let (_family, mut one, mut two, mara, _) = family().await;
    // The other device has not heard of it.
    new_note(&mut two, mara, "Asthma", 4);
    one.remove_member(mara, 5).unwrap();
    let late = Edit { member: mara, record: None, based_on: vec![], content: note("no") };
    assert!(matches!(one.save(late, 6), Err(Error::UnknownMember { .. })));
    let mut bytes = std::io::Cursor::new(b"no".to_vec());
    assert!(matches!(one.attach(mara, &mut bytes, "no.txt", "text/plain", 6), Err(Error::UnknownMember { .. })));
    both(&mut one, &mut two, 7).await;
    for vault in [&one, &two] {
        assert_eq!((names(vault), shows(vault, "asthma")), (vec!["Jo".into()], false));
    }
    two.bring_back_member(mara, 8).unwrap();
    both(&mut one, &mut two, 9).await;
    assert_eq!(titles(&one, mara), ["Asthma", "Penicillin"]);
    assert!(shows(&one, "asthma"));
}

#[tokio::test]
async fn who_is_removed_here_and_edited_there_stays_until_somebody_decides() {
    for edited_last in [false, true] {
        let (_family, mut one, mut two, mara, _) = family().await;
        let profile = Content::new(Kind::Profile, profile("Mara Weaver"));
        let edit = Edit { member: mara, record: Some(mara), based_on: vec![], content: profile };
        if edited_last {
            // A greater clock.
            new_note(&mut two, mara, "Asthma", 4);
        } else {
            new_note(&mut one, mara, "Asthma", 4);
        }
        one.remove_member(mara, 5).unwrap();
        two.save(edit, 5).unwrap();
        both(&mut one, &mut two, 6).await;
        for vault in [&one, &two] {
            assert_eq!(names(vault), ["Jo", "Mara Weaver"]);
            assert!(vault.members()[1].conflict && shows(vault, "penicillin") && shows(vault, "asthma"));
            assert_eq!(vault.status().unwrap().conflicts, [(mara, mara)]);
        }
        let conflict = one.conflict(mara, mara).unwrap();
        one.resolve(mara, mara, &Resolution::Take(conflict.deleting[0]), 7).unwrap();
        both(&mut one, &mut two, 8).await;
        assert_eq!((names(&one), names(&two)), (vec!["Jo".into()], vec!["Jo".into()]));
        assert!(two.status().unwrap().conflicts.is_empty() && !shows(&two, "asthma"));
    }
}

#[tokio::test]
async fn only_the_owner_removes_a_member_and_those_it_is_given_to_show_it_no_more() {
    let [mut anna, mut ben, _] = users(Creates::Honoured);
    let (mut one, mut bens) = (anna.device("one").await, ben.device("b").await);
    let owner = ben.person(&mut bens, &anna, 1);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    new_note(&mut one, member, "Penicillin", 2);
    let grant = give(&mut one, member, &ben, Rights::ReadWrite, 3).await;
    sync(&mut one, 4).await;
    let mut shared = ben.shared("b", &owner, grant, 5).await.unwrap();
    sync(&mut shared, 6).await;
    assert!(shows(&shared, "penicillin"));
    assert!(matches!(shared.remove_member(member, 7), Err(Error::OwnersWork)));
    one.remove_member(member, 7).unwrap();
    for _ in 0..2 {
        sync(&mut one, 8).await;
    }
    shared.sync(Reach::Everything, 9).await.unwrap();
    assert!(names(&shared).is_empty() && !shows(&shared, "penicillin"));
    assert!(matches!(shared.bring_back_member(member, 10), Err(Error::OwnersWork)));
    one.bring_back_member(member, 11).unwrap();
    for _ in 0..2 {
        sync(&mut one, 12).await;
    }
    shared.sync(Reach::Everything, 13).await.unwrap();
    assert!(shows(&shared, "penicillin"), "the grant holds as before");
}
