//! The default place: a folder of this computer behind the embedded bucket, reached as any bucket is.

use std::fs;

use holdfast_app::{
    ErrorCode as Code,
    connection::{config_view, test_connection, use_this_computer},
    dto::config::{FindingId, FindingState, PlaceKind},
    stores::{OpenOptions, Target, open},
};
use holdfast_storage::{Body, Key};

use super::{name, world};

#[tokio::test]
async fn this_computer_is_set_up_tested_and_used_through_s3() {
    let world = world();
    let folder = world.folder.path().join("copies");
    let view = use_this_computer(&world.home, Some(folder.clone()), &name("default")).await.unwrap();
    assert_eq!((view.kind, view.local_folder.as_deref()), (PlaceKind::Local, folder.to_str()));
    let test = test_connection(&world.home, &name("default")).await.unwrap();
    assert!(test.connected && test.bucket_accessible, "{test:?}");
    let report = test.report.unwrap();
    assert!(report.requests < 30, "{}", report.requests);
    assert_eq!((report.cost_usd, report.usd_per_100gb_month), (0.0, Some(0.0)));
    let state = |id| report.findings.iter().find(|f| f.id == id).map(|f| f.state);
    for id in [FindingId::RoundTrip, FindingId::Integrity, FindingId::ConditionalWrites, FindingId::Clock] {
        assert_eq!(state(id), Some(FindingState::Good), "{id:?}: {:?}", report.findings);
    }
    assert!(report.findings.iter().all(|f| f.state != FindingState::Problem), "{:?}", report.findings);

    let opened = open(&world.home, Target::Profile(&name("default")), &OpenOptions::default()).await.unwrap();
    assert!(opened.probe.is_some() && opened.account.is_some());
    opened.store.put(&Key::new("a/b.txt").unwrap(), Body::bytes("x"), &Default::default()).await.unwrap();
    assert_eq!(fs::read(folder.join("holdfast/a/b.txt")).unwrap(), b"x");
    assert!(!folder.join("holdfast/.holdfast-probe").exists(), "the probe left something behind");
    assert!(opened.location.starts_with("this computer, "), "{}", opened.location);
    world.home.embedded.stop().await;
    let again = open(&world.home, Target::Profile(&name("default")), &OpenOptions::default()).await.unwrap();
    assert_eq!(again.identity, opened.identity);
    again.store.head(&Key::new("a/b.txt").unwrap(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_place_whose_folder_is_gone_is_never_made_anew() {
    let world = world();
    let folder = world.folder.path().join("disk");
    use_this_computer(&world.home, Some(folder.clone()), &name("default")).await.unwrap();
    world.home.embedded.stop().await;
    let try_open = async || {
        let opened = open(&world.home, Target::Profile(&name("default")), &OpenOptions::default()).await;
        opened.unwrap_err().code
    };
    let away = world.folder.path().join("away");
    fs::rename(&folder, &away).unwrap();
    assert_eq!(try_open().await, Code::FolderMissing);
    fs::create_dir(&folder).unwrap();
    assert_eq!(try_open().await, Code::FolderNotAPlace, "a mount point without its disk");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::remove_dir(&folder).unwrap();
    fs::write(&folder, "a file").unwrap();
    assert_eq!(try_open().await, Code::FolderIsAFile);
}

#[tokio::test]
async fn a_folder_that_cannot_become_a_place_changes_nothing() {
    let world = world();
    let base = world.folder.path().to_owned();
    fs::write(base.join("file"), "x").unwrap();
    fs::create_dir_all(base.join("own/holdfast")).unwrap();
    fs::write(base.join("own/holdfast/letter.txt"), "mine").unwrap();
    for (folder, code) in [
        (base.join("file"), Code::FolderIsAFile),
        (base.join("missing/deeper"), Code::LocalIo),
        ("relative".into(), Code::FolderNotAbsolute),
        (base.join("own"), Code::FolderNotAPlace),
    ] {
        let error = use_this_computer(&world.home, Some(folder.clone()), &name("default")).await.unwrap_err();
        assert_eq!(error.code, code, "{}: {error:?}", folder.display());
    }
    assert!(!config_view(&world.home, &name("default")).await.unwrap().is_configured);
    assert_eq!(fs::read_dir(base.join("own/holdfast")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_file_url_is_a_folder_and_only_writers_make_one() {
    let world = world();
    let folder = world.folder.path().join("nas");
    let url = format!("file://{}", folder.display());
    let reader = open(&world.home, Target::Url(&url), &OpenOptions::default()).await;
    assert_eq!(reader.unwrap_err().code, Code::FolderMissing);
    assert!(!folder.exists());
    let writing = OpenOptions { make_folder: true, ..OpenOptions::default() };
    let opened = open(&world.home, Target::Url(&url), &writing).await.unwrap();
    opened.store.put(&Key::new("k").unwrap(), Body::bytes("x"), &Default::default()).await.unwrap();
    drop(opened);
    open(&world.home, Target::Url(&url), &OpenOptions::default()).await.unwrap().store.check().await.unwrap();
    let own = world.folder.path().join("letters");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("letter.txt"), "mine").unwrap();
    let url = format!("file://{}", own.display());
    assert_eq!(open(&world.home, Target::Url(&url), &writing).await.unwrap_err().code, Code::FolderNotAPlace);
}
