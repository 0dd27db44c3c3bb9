use holdfast_crypto::UserSecret;
use holdfast_history::{Entry, Origin, Time, Uuid, sync::When};

use super::*;
use crate::{keychain::MemoryKeychain, paths::Paths};

async fn sharing() -> (App, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
    let app = App::new(Home::new(paths, std::sync::Arc::new(MemoryKeychain::default())));
    let url = format!("file://{}/place", folder.path().display());
    let words = UserSecret::from_bytes([1; 32]).words().unwrap();
    let place = JoinPlace::Url { url, secret: None };
    join(&app, Join { place, words: Some(words), first_device: true }).await.unwrap();
    (app, folder)
}

fn capture(app: &App) {
    let time = Some(Time::from_seconds(1));
    let entry = Entry {
        entry_id: Uuid::new_v4(),
        command: "make".into(),
        exit_code: Some(0),
        end_time: time,
        ..Entry::default()
    };
    open(&app.home).unwrap().database.record(&[entry], Origin::Here).unwrap();
}

#[tokio::test]
async fn what_waits_for_its_batch_is_not_missing_in_the_bucket() {
    let (app, _folder) = sharing().await;
    capture(&app);
    push(&app, When::Due).await.unwrap();
    assert_eq!(open(&app.home).unwrap().database.waiting().unwrap(), 0, "the journal holds it");
    let verified = verify(&app).await.unwrap();
    assert!(verified.all_well && verified.entries == 0, "{verified:?}");
    push(&app, When::Now).await.unwrap();
    let verified = verify(&app).await.unwrap();
    assert!(verified.all_well && verified.entries == 1, "{verified:?}");
}

#[tokio::test]
async fn who_keeps_a_connection_open_sees_that_history_began_anew() {
    let (app, _folder) = sharing().await;
    let before = open(&app.home).unwrap().settings;
    reset(&app, false).await.unwrap();
    assert_ne!(open(&app.home).unwrap().settings, before);
}
