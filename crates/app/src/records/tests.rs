use std::sync::Arc;

use holdfast_crypto::vault::RecoveryCode;
use rand::{SeedableRng, rngs::StdRng};

use super::*;
use crate::{App, ErrorCode, Home, keychain::MemoryKeychain, paths::Paths};

/// A computer with a keychain of its own.
fn computer(folder: &std::path::Path, name: &str) -> (App, Arc<MemoryKeychain>) {
    let paths = Paths::below(folder.join(name).join("config"), folder.join(name).join("data"));
    let keychain = Arc::new(MemoryKeychain::default());
    (App::new(Home::new(paths, keychain.clone())), keychain)
}

fn beginning(folder: &std::path::Path) -> Begin {
    let url = format!("file://{}/place", folder.display());
    Begin { place: VaultPlace::Url { url, secret: None }, author: Some("Ana".into()), ..Begin::default() }
}

fn entered(lines: &[(&str, &str)]) -> Entered {
    let lines = lines.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Entered { lines, json: None }
}

#[tokio::test]
async fn a_locked_computer_takes_the_code_to_open_again() {
    let folder = tempfile::tempdir().unwrap();
    let (app, keychain) = computer(folder.path(), "a");
    let founded = init(&app, beginning(folder.path()), false).await.unwrap();
    assert_eq!(keychain.ids().len(), 1);
    assert_eq!(unlocked(&app).await.unwrap_err().code, ErrorCode::RecordsUnconfirmed);
    check_code(&app, &founded.code).await.unwrap();
    unlocked(&app).await.unwrap().add_member(&entered(&[("name", "Ada")])).unwrap();

    lock(&app, Forget::Nothing).await.unwrap();
    assert_eq!(keychain.ids().len(), 1);
    assert_eq!(unlocked(&app).await.unwrap_err().code, ErrorCode::RecordsLocked);
    assert_eq!(change_code(&app).await.unwrap_err().code, ErrorCode::RecordsLocked);
    let shown = status(&app).await.unwrap();
    assert_eq!((shown.unlocked, shown.has_keyring, shown.lock_after_minutes), (false, true, 10));
    assert_eq!(reopen(&app).await.unwrap().unwrap().members, 1);
    assert!(status(&app).await.unwrap().unlocked);

    lock(&app, Forget::Keyring).await.unwrap();
    assert!(keychain.ids().is_empty());
    assert!(reopen(&app).await.unwrap().is_none(), "the code is needed");
    assert_eq!(unlocked(&app).await.unwrap_err().code, ErrorCode::RecordsLocked);
    assert!(!status(&app).await.unwrap().unlocked);
    let as_set = Begin::default();
    unlock(&app, as_set, &founded.code, None).await.unwrap();
    assert_eq!(unlocked(&app).await.unwrap().members()[0].name, "Ada", "what was not sent is still here");
}

#[tokio::test]
async fn a_beginning_that_was_cut_off_is_begun_again_under_another_code() {
    let folder = tempfile::tempdir().unwrap();
    let (app, keychain) = computer(folder.path(), "a");
    let first = init(&app, beginning(folder.path()), false).await.unwrap();
    let second = init(&app, Begin::default(), false).await.unwrap();
    assert_eq!(first.user_id, second.user_id, "the same vault");
    assert_eq!(check_code(&app, &first.code).await.unwrap_err().code, ErrorCode::RecordsCode);
    check_code(&app, &second.code).await.unwrap();
    let again = init(&app, Begin::default(), false).await.unwrap_err();
    assert_eq!((again.code, keychain.ids().len()), (ErrorCode::RecordsExist, 1));
    assert!(!format!("{first:?}").contains(first.code.split(' ').next().unwrap()));
}

#[tokio::test]
async fn a_computer_with_another_vault_is_not_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (a, _) = computer(folder.path(), "a");
    let (b, keychain) = computer(folder.path(), "b");
    let of_a = init(&a, beginning(folder.path()), false).await.unwrap();
    let refused = init(&b, beginning(folder.path()), false).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::RecordsExist);
    let of_b = init(&b, beginning(folder.path()), true).await.unwrap();
    check_code(&b, &of_b.code).await.unwrap();
    let refused = unlock(&b, beginning(folder.path()), &of_a.code, None).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::RecordsExist);
    assert_eq!(keychain.ids().len(), 1);
    unlocked(&b).await.unwrap();
}

#[tokio::test]
async fn a_wrong_code_or_place_changes_nothing_on_this_computer() {
    let folder = tempfile::tempdir().unwrap();
    let (a, _) = computer(folder.path(), "a");
    let (b, keychain) = computer(folder.path(), "b");
    let of_a = init(&a, beginning(folder.path()), false).await.unwrap();
    check_code(&a, &of_a.code).await.unwrap();
    let other = RecoveryCode::generate(&mut StdRng::from_os_rng()).words().unwrap().to_string();
    let missing = format!("file://{}/nowhere", folder.path().display());
    let nowhere = Begin { place: VaultPlace::Url { url: missing, secret: None }, ..Begin::default() };
    let this = || Begin { place: VaultPlace::ThisComputer, ..Begin::default() };
    for (order, words) in
        [(beginning(folder.path()), &other), (nowhere, &of_a.code), (this(), &of_a.code), (this(), &other)]
    {
        unlock(&b, order, words, None).await.unwrap_err();
        assert_eq!(b.home.records.load().unwrap().settings, RecordsSettings::default());
        assert_eq!(b.home.load_profiles().await.unwrap().iter().count(), 0);
        assert!(keychain.ids().is_empty());
        assert!(!folder.path().join("nowhere").exists() && !b.home.paths.local_place.exists());
        assert!(!b.home.paths.records().join("records.db").exists());
    }
}

#[tokio::test]
async fn who_looks_waits_for_nobody_and_who_saves_sees_what_others_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = computer(folder.path(), "a");
    let founded = init(&app, beginning(folder.path()), false).await.unwrap();
    check_code(&app, &founded.code).await.unwrap();
    let mut one = unlocked(&app).await.unwrap();
    let mut other = unlocked(&app).await.unwrap();
    let added = one.add_member(&entered(&[("name", "Ada")])).unwrap();
    assert!(other.members().is_empty());
    let member = added.member.parse().unwrap();
    let edited = other.edit(member, member, &entered(&[("bloodGroup", "A+")]), Vec::new(), &[]).unwrap();
    assert!(edited.version.starts_with("2."), "{edited:?}");
    let same = other.edit(member, member, &entered(&[("bloodGroup", "A+")]), Vec::new(), &[]).unwrap();
    assert_eq!(same, edited, "nothing became another");

    let exchanging = one.turns.exchange().await.unwrap();
    let looking = unlocked(&app).await.unwrap();
    assert_eq!(looking.members().len(), 1);
    other.add_member(&entered(&[("name", "Ben")])).unwrap();
    drop(exchanging);
    one.sync(true).await.unwrap();
    assert_eq!(one.members().len(), 2);
    other.refresh().unwrap();
    assert!(other.waiting().unwrap().is_empty(), "what one sent does not wait in the other");
    let mut third = unlocked(&app).await.unwrap();
    assert_eq!(third.sync(true).await.unwrap().failures, Vec::<String>::new());
    assert_eq!(third.members().len(), 2);
}
