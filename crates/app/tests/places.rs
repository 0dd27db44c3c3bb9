//! The list of places, what they cost, and taking one away.

use std::sync::Arc;

use holdfast_app::{
    App, ErrorCode, Home,
    connection::use_this_computer,
    dto::{
        config::PlaceKind,
        place::PlaceView,
        storage_tools::{LifecycleForm, VersioningView},
    },
    keychain::MemoryKeychain,
    paths::Paths,
    profiles::{Place, Profile, ProfileName, S3Place},
    storage_tools::{PlaceUse, list_places, remove_place},
};
use holdfast_storage::StoreUrl;

async fn home(folder: &tempfile::TempDir) -> Home {
    let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
    let home = Home::new(paths, Arc::new(MemoryKeychain::new()));
    let name = |text: &str| ProfileName::new(text).unwrap();
    use_this_computer(&home, Some(folder.path().join("copies")), &name("disk")).await.unwrap();
    let StoreUrl::S3(location) = StoreUrl::parse("s3://photos/mara?region=eu-north-1").unwrap().0 else { panic!() };
    let cloud = Profile::new(Place::S3(Box::new(S3Place::of(&location, None))));
    home.update_profiles(move |all| all.add(name("cloud"), cloud)).await.unwrap();
    home
}

fn used(profile: &str, name: &str, stored_bytes: u64) -> PlaceUse {
    PlaceUse { profile: profile.into(), name: name.into(), stored_bytes, storage_class: None }
}

async fn names(home: &Home) -> Vec<String> {
    list_places(home, &[]).await.unwrap().into_iter().map(|place| place.config.profile).collect()
}

#[tokio::test]
async fn every_place_is_listed_with_what_is_kept_there_and_what_that_costs() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(&folder).await;
    let photos = PlaceUse { storage_class: Some("DEEP_ARCHIVE".into()), ..used("cloud", "Photos", 60_000_000_000) };
    let uses = [photos, used("cloud", "Letters", 40_000_000_000), used("disk", "All", 7)];
    let places = list_places(&home, &uses).await.unwrap();
    let [cloud, disk] = <[PlaceView; 2]>::try_from(places).unwrap();
    assert_eq!((cloud.config.kind, cloud.config.profile.as_str()), (PlaceKind::S3, "cloud"));
    assert_eq!(cloud.title, "photos/mara at Amazon S3, eu-north-1");
    assert_eq!((cloud.used_by, cloud.stored_bytes), (vec!["Photos".into(), "Letters".into()], 100_000_000_000));
    assert!((cloud.monthly_usd - (60.0 * 0.00099 + 40.0 * 0.023)).abs() < 1e-9, "{}", cloud.monthly_usd);
    assert_eq!((cloud.tested, cloud.report), (None, None));
    assert_eq!((disk.config.kind, disk.monthly_usd), (PlaceKind::Local, 0.0));
    assert!(disk.title.starts_with("this computer, "), "{}", disk.title);
    home.embedded.stop().await;
}

#[tokio::test]
async fn a_place_that_is_used_stays_and_one_that_is_not_goes() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(&folder).await;
    let error = remove_place(&home, "disk", &[used("disk", "Photos", 1)]).await.unwrap_err();
    assert!(error.code == ErrorCode::PlaceInUse && error.message.contains("“Photos”"), "{error:?}");
    assert_eq!(names(&home).await, ["cloud", "disk"]);
    remove_place(&home, "disk", &[used("cloud", "Photos", 1)]).await.unwrap();
    assert_eq!(names(&home).await, ["cloud"]);
    assert!(folder.path().join("copies").is_dir(), "what lies there is not touched");
    assert_eq!(remove_place(&home, "disk", &[]).await.unwrap_err().code, ErrorCode::NoProfile);
    home.embedded.stop().await;
}

#[tokio::test]
async fn this_computer_keeps_versions_and_offers_no_rule_and_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let home = home(&folder).await;
    let embedded = home.embedded.clone();
    let app = App::new(home);
    let tools = app.storage_tools("disk").await.unwrap();
    assert_eq!(tools.versioning().await.unwrap(), VersioningView::Off);
    tools.set_versioning(true).await.unwrap();
    assert_eq!(tools.versioning().await.unwrap(), VersioningView::On);
    let form = LifecycleForm { abort_uploads_after_days: Some(7), ..LifecycleForm::default() };
    for refused in [tools.lifecycle().await.map(drop), tools.set_lifecycle(&form).await] {
        let error = refused.unwrap_err();
        assert_eq!(error.code, ErrorCode::NotSupported, "{error:?}");
        assert!(error.message.ends_with("/copies does not offer lifecycle rules"), "{error:?}");
    }
    let lock = tools.object_lock().await.unwrap();
    assert!(!lock.available && lock.words.ends_with("/copies does not offer Object Lock."), "{lock:?}");
    assert_eq!(tools.storage_classes().len(), 1);
    embedded.stop().await;
}
