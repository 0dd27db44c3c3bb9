//! Sharing as the page asks for it, over two homes and a folder.

use super::{
    tests::{begun, code_of, computer, draft, order, text},
    *,
};
use crate::{
    ErrorCode,
    dto::records_sharing::{RecordsGrantState, RecordsNewPerson, RecordsTheirPlace},
};

async fn meet(one: &App, other: &App, name: &str) {
    let theirs = sharing(other).await.unwrap().people;
    let found = find_person(one, &theirs.user_id, RecordsTheirPlace::default()).await.unwrap();
    assert!(!found.is_empty() && !found.contains(&theirs.words));
    let new = |words: &str| RecordsNewPerson {
        user_id: theirs.user_id.clone(),
        name: name.into(),
        place: RecordsTheirPlace::default(),
        words: words.into(),
    };
    let own = sharing(one).await.unwrap().people.words;
    assert_eq!(code_of(add_person(one, new(&own)).await), ErrorCode::RecordsWords);
    assert!(sharing(one).await.unwrap().people.people.is_empty());
    add_person(one, new(&theirs.words)).await.unwrap();
    assert_eq!(sharing(one).await.unwrap().people.people[0].name, name);
}

#[tokio::test]
async fn what_others_gave_is_on_the_page_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (anna, code) = begun(folder.path()).await;
    let ben = computer(folder.path(), "b");
    let founded = begin(&ben, crate::dto::records_page::RecordsOrder { another: true, ..order(folder.path()) }).await;
    check_code(&ben, &founded.unwrap().code).await.unwrap();
    meet(&anna, &ben, "Ben").await;
    meet(&ben, &anna, "Anna").await;
    let ada = save(&anna, draft(None, None, "profile", &[("name", text("Ada"))])).await.unwrap().member;
    save(&anna, draft(Some(&ada), None, "note", &[("title", text("Sleeps badly"))])).await.unwrap();

    assert_eq!(code_of(accept(&ben, "Anna").await), ErrorCode::RecordsUnknown);
    assert_eq!(code_of(give(&anna, &ada, "Ben", true, Some("2001-01-01")).await), ErrorCode::BadParameter);
    let given = give(&anna, &ada, "Ben", false, Some("2099-12-31")).await.unwrap();
    assert_eq!(given.unsent, None);
    let taken = accept(&ben, "Anna").await.unwrap();
    assert_eq!((taken.grants[0].member_name.as_deref(), taken.grants[0].write), (Some("Ada"), Some(false)));
    let shown = here(&ben).await.unwrap().members;
    assert_eq!(shown[0].of.as_ref().map(|of| (of.person.as_str(), of.write)), Some(("Anna", false)));
    let note = draft(Some(&ada), None, "note", &[("title", text("by Ben"))]);
    assert_eq!(code_of(save(&ben, note.clone()).await), ErrorCode::RecordsReadOnly);

    give(&anna, &ada, "Ben", true, None).await.unwrap();
    accept(&ben, "Anna").await.unwrap();
    save(&ben, note).await.unwrap();
    sync(&ben, true, |_| {}).await.unwrap();
    sync(&anna, true, |_| {}).await.unwrap();
    assert_eq!(member(&anna, &ada, None, 0, 10).await.unwrap().total, 2);
    save(&anna, draft(Some(&ada), None, "note", &[("title", text("for Ben"))])).await.unwrap();
    sync(&anna, true, |_| {}).await.unwrap();
    sync(&ben, true, |_| {}).await.unwrap();
    assert_eq!(member(&ben, &ada, None, 0, 10).await.unwrap().total, 3, "an open page sees what was fetched");

    for grant in sharing(&anna).await.unwrap().grants.given {
        let before = would_keep(&anna, &grant.id).await.unwrap();
        let ended = revoke(&anna, &grant.id).await.unwrap();
        assert_eq!((before.records, before.versions), (ended.records, ended.versions));
        assert_eq!((ended.records, ended.unsent), (4, None));
    }
    assert!(sharing(&anna).await.unwrap().grants.given.iter().all(|one| one.state == RecordsGrantState::Ended));
    assert!(reseal(&anna, &ada).await.unwrap().versions >= 4);
    save(&anna, draft(Some(&ada), None, "note", &[("title", text("after"))])).await.unwrap();
    sync(&anna, true, |_| {}).await.unwrap();
    sync(&ben, true, |_| {}).await.unwrap();
    assert!(here(&ben).await.unwrap().members[0].of.as_ref().unwrap().ended);
    assert_eq!(member(&ben, &ada, None, 0, 10).await.unwrap().total, 3);
    for grant in sharing(&ben).await.unwrap().grants.accepted {
        let_go(&ben, &grant.id).await.unwrap();
    }
    assert!(here(&ben).await.unwrap().members.is_empty());

    let c = computer(folder.path(), "c");
    unlock(&c, order(folder.path()), &code).await.unwrap();
    sync(&c, true, |_| {}).await.unwrap();
    sync(&anna, true, |_| {}).await.unwrap();
    let devices = sharing(&anna).await.unwrap().devices;
    assert_eq!((devices.len(), devices[0].is_this), (2, true));
    let words = sharing(&anna).await.unwrap().people.words;
    let revoked = revoke_device(&anna, &devices[1].id, &code).await.unwrap();
    assert_ne!(revoked.words, words);
    assert!(sharing(&anna).await.unwrap().devices[1].revoked);

    lock(&anna, false).await.unwrap();
    assert_eq!(code_of(sharing(&anna).await), ErrorCode::RecordsLocked);
    assert_eq!(code_of(accept(&anna, "Ben").await), ErrorCode::RecordsLocked);
}
