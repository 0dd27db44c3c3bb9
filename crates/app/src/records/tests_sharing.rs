use std::path::Path;

use holdfast_records::model::Kind;

use super::{
    tests::{beginning, computer, entered},
    *,
};
use crate::{App, ErrorCode, dto::records_sharing::RecordsGrantState};

async fn founder(folder: &Path, name: &str) -> (App, String) {
    let (app, _) = computer(folder, name);
    let founded = init(&app, beginning(folder), true).await.unwrap();
    check_code(&app, &founded.code).await.unwrap();
    (app, founded.code)
}

async fn meet(one: &App, other: &App, name: &str) {
    let shown = unlocked(other).await.unwrap().people().unwrap();
    let mut open = unlocked(one).await.unwrap();
    let stranger = open.stranger(&shown.user_id, &VaultPlace::AsSet).await.unwrap();
    assert_eq!(stranger.words, shown.words);
    let new = NewPerson { user: shown.user_id, name: name.into(), place: VaultPlace::AsSet, words: shown.words };
    open.add_person(new).await.unwrap();
}

fn titles(open: &Unlocked) -> Vec<String> {
    let member = open.member("Ada").unwrap();
    let mut all: Vec<String> = open.timeline(member, None).into_iter().map(|row| row.title).collect();
    all.sort();
    all
}

fn note(open: &mut Unlocked, title: &str) -> Result<(), ErrorCode> {
    let member = open.member("Ada").unwrap();
    let added = open.add(member, Kind::Note, &entered(&[("title", title)]), Vec::new());
    added.map(drop).map_err(|error| error.code)
}

#[tokio::test]
async fn what_is_given_is_among_ones_own_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (anna, _) = founder(folder.path(), "a").await;
    let (ben, _) = founder(folder.path(), "b").await;
    meet(&anna, &ben, "Ben").await;
    meet(&ben, &anna, "Anna").await;

    let mut annas = unlocked(&anna).await.unwrap();
    annas.add_member(&entered(&[("name", "Ada")])).unwrap();
    note(&mut annas, "before").unwrap();
    let (member, person) = (annas.member("ada").unwrap(), annas.person("ben").unwrap());
    let given = annas.grant(member, &person, false, None).unwrap();
    assert_eq!(annas.grant(member, &person, false, Some("2001-01-01")).unwrap_err().code, ErrorCode::BadParameter);
    assert_eq!(annas.sync(true).await.unwrap().shared, Vec::<String>::new());

    let mut bens = unlocked(&ben).await.unwrap();
    let owner = bens.person("Anna").unwrap();
    assert_eq!(bens.accept(&owner, None).await.unwrap().len(), 1);
    bens.sync(true).await.unwrap();
    assert_eq!(titles(&bens), ["before"]);
    assert_eq!(note(&mut bens, "no").unwrap_err(), ErrorCode::RecordsReadOnly);
    assert_eq!(bens.accept(&owner, None).await.unwrap_err().code, ErrorCode::RecordsUnknown);
    assert_eq!(bens.grants().accepted[0].state, RecordsGrantState::Holds);

    // A second grant gives the right to write; the better one counts.
    annas.grant(member, &person, true, None).unwrap();
    annas.sync(true).await.unwrap();
    bens.accept(&owner, None).await.unwrap();
    bens.sync(true).await.unwrap();
    drop(bens);
    let mut bens = unlocked(&ben).await.unwrap();
    assert_eq!(bens.members().len(), 1, "shown once");
    note(&mut bens, "by Ben").unwrap();
    assert_eq!(bens.waiting().unwrap().len(), 1);
    bens.sync(true).await.unwrap();
    annas.sync(true).await.unwrap();
    assert_eq!(titles(&annas), ["before", "by Ben"]);
    assert_eq!(annas.search("ben", None, 10).total, 1);

    let ended = annas.revoke(&given.id[..8]).unwrap();
    assert_eq!((ended.records, ended.person.as_str()), (3, "Ben"));
    let other = annas.grants().given.into_iter().find(|one| one.state == RecordsGrantState::Holds).unwrap();
    annas.revoke(&other.id).unwrap();
    note(&mut annas, "after").unwrap();
    annas.sync(true).await.unwrap();
    assert_eq!(bens.sync(true).await.unwrap().shared.len(), 2);
    let bens = &mut unlocked(&ben).await.unwrap();
    assert_eq!(titles(bens), ["before", "by Ben"]);
    assert_eq!(note(bens, "late").unwrap_err(), ErrorCode::RecordsEnded);
    for grant in bens.grants().accepted {
        bens.let_go(&grant.id).await.unwrap();
    }
    assert!(bens.members().is_empty());
}

#[tokio::test]
async fn a_place_of_somebody_that_is_gone_stops_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (there, here) = (folder.path().join("there"), folder.path().join("here"));
    for one in [&there, &here] {
        std::fs::create_dir(one).unwrap();
    }
    let (anna, ben) = (founder(&there, "a").await.0, founder(&here, "b").await.0);
    let elsewhere = |folder: &Path| {
        let VaultPlace::Url { url, secret } = beginning(folder).place else { panic!("a folder") };
        VaultPlace::Url { url, secret }
    };
    for (one, other, name, at) in [(&anna, &ben, "Ben", &here), (&ben, &anna, "Anna", &there)] {
        let shown = unlocked(other).await.unwrap().people().unwrap();
        let new = NewPerson { user: shown.user_id, name: name.into(), place: elsewhere(at), words: shown.words };
        unlocked(one).await.unwrap().add_person(new).await.unwrap();
    }
    let mut annas = unlocked(&anna).await.unwrap();
    annas.add_member(&entered(&[("name", "Ada")])).unwrap();
    note(&mut annas, "before").unwrap();
    let (member, person) = (annas.member("ada").unwrap(), annas.person("ben").unwrap());
    annas.grant(member, &person, true, None).unwrap();
    annas.sync(true).await.unwrap();
    let mut bens = unlocked(&ben).await.unwrap();
    let owner = bens.person("Anna").unwrap();
    bens.accept(&owner, None).await.unwrap();
    bens.sync(true).await.unwrap();
    drop(bens);

    std::fs::rename(there.join("place"), there.join("gone")).unwrap();
    let mut bens = unlocked(&ben).await.unwrap();
    assert_eq!(titles(&bens), ["before"], "what is here is read without the place");
    bens.add_member(&entered(&[("name", "Eva")])).unwrap();
    let synced = bens.sync(true).await.unwrap();
    assert_eq!((synced.sent, synced.shared.len()), (1, 1), "{synced:?}");
    drop(bens);
    std::fs::rename(there.join("gone"), there.join("place")).unwrap();
    let mut bens = unlocked(&ben).await.unwrap();
    assert_eq!(bens.sync(true).await.unwrap().shared, Vec::<String>::new());
    assert_eq!(titles(&bens), ["before"]);
}

#[tokio::test]
async fn keys_that_followed_are_in_the_keychain_and_a_revoked_computer_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (a, keychain) = computer(folder.path(), "a");
    let (b, other_keychain) = computer(folder.path(), "b");
    let founded = init(&a, beginning(folder.path()), false).await.unwrap();
    check_code(&a, &founded.code).await.unwrap();
    unlock(&b, beginning(folder.path()), &founded.code, None).await.unwrap();
    assert_eq!((keychain.ids().len(), other_keychain.ids().len()), (1, 1));
    let mut first = unlocked(&a).await.unwrap();
    first.add_member(&entered(&[("name", "Ada")])).unwrap();
    let mut second = unlocked(&b).await.unwrap();
    for _ in 0..2 {
        first.sync(true).await.unwrap();
        second.sync(true).await.unwrap();
    }
    let words = first.people().unwrap().words;
    let lost = second.vault.device().to_string();
    let wrong = first.revoke_device(&a, "nothing", &founded.code).await.unwrap_err();
    assert_eq!(wrong.code, ErrorCode::RecordsUnknown);
    let revoked = first.revoke_device(&a, &lost, &founded.code).await.unwrap();
    assert!(revoked.device.revoked && revoked.left_out.is_empty());
    assert_ne!(revoked.words, words, "the public key is another one");
    note(&mut first, "after").unwrap();
    first.sync(true).await.unwrap();
    drop(first);
    assert_eq!(keys::expect(&a.home).await.unwrap().keyring.generation(), 2);
    assert_eq!(titles(&unlocked(&a).await.unwrap()), ["after"]);

    assert_eq!(second.sync(true).await.unwrap_err().code, ErrorCode::RecordsRevoked);
    assert!(titles(&second).is_empty());
    assert!(status(&b).await.unwrap().revoked);
    drop(second);
    let again = unlock(&b, Begin::default(), &founded.code, None).await.unwrap();
    assert_eq!(again.failures.len(), 1, "{again:?} {:?}", again.failures);
    let mut again = unlocked(&b).await.unwrap();
    again.sync(true).await.unwrap();
    assert_eq!(titles(&again), ["after"]);
    assert_ne!(again.vault.device().to_string(), lost);
    assert!(!status(&b).await.unwrap().revoked);

    // Another code seals the keys of now.
    let code = change_code(&a).await.unwrap();
    check_code(&a, &code).await.unwrap();
    let (c, _) = computer(folder.path(), "c");
    unlock(&c, beginning(folder.path()), &code, None).await.unwrap();
    assert_eq!(titles(&unlocked(&c).await.unwrap()), ["after"]);
}
