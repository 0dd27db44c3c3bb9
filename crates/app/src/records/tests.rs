use std::sync::Arc;

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

    lock(&app.home).await.unwrap();
    assert!(keychain.ids().is_empty());
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
