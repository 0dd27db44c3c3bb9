//! Settings, places, sets and prices go to another computer in a file; and what rights a place needs for its sets.

use std::{fs, sync::Arc};

use holdfast_app::{
    App, Home,
    dto::{
        place::{Currency, PriceRow},
        sets::{BackupSetDraft, SetActivity},
        settings::{Imported, Settings},
    },
    keychain::{MemoryKeychain, SecretId},
    paths::Paths,
    profiles::{Place, Profile, ProfileName},
};
use holdfast_storage::{Secret, s3::StaticKeys};
use serde_json::json;
use tempfile::TempDir;

const SECRET: &str = "a-secret-that-stays-in-the-keychain";

struct Computer {
    app: Arc<App>,
    folder: TempDir,
}

impl Computer {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
        fs::create_dir(folder.path().join("data")).unwrap();
        let app = Arc::new(App::new(Home::new(paths, Arc::new(MemoryKeychain::new()))));
        app.save_settings(Settings { device_name: name.into(), ..Settings::default() }).unwrap();
        Self { app, folder }
    }

    async fn import(&self, file: &std::path::Path) -> Imported {
        self.app.import_settings(file).await.unwrap()
    }
}

fn set(folder: &str) -> BackupSetDraft {
    BackupSetDraft { delete_remote: true, watch: true, ..BackupSetDraft::by_hand("Work", folder, "default", "work") }
}

/// A bucket whose secret is in the keychain.
fn bucket() -> Profile {
    let place = json!({ "kind": "s3", "bucket": "photos", "credentials": { "source": "keychain", "access_key_id": "AKIAEXAMPLE" } });
    Profile::new(serde_json::from_value::<Place>(place).unwrap())
}

fn own_price() -> PriceRow {
    PriceRow {
        id: "aws".into(),
        provider: "aws".into(),
        region: None,
        currency: Currency::Usd,
        put_per_1000: 0.7,
        get_per_1000: 0.1,
        delete_per_1000: 0.0,
        storage_gb_month: 0.02,
        egress_gb: 0.09,
        edited: true,
        classes: Vec::new(),
    }
}

#[tokio::test]
async fn settings_are_taken_to_another_computer_without_secrets() {
    let (here, there, other) = (Computer::new("Mara's"), Computer::new("Jon's"), Computer::new("Ida's"));
    here.app.use_this_computer(None, Some(here.folder.path().join("place"))).await.unwrap();
    here.app.home.update_profiles(|all| all.add(ProfileName::new("bucket").unwrap(), bucket())).await.unwrap();
    let keys = StaticKeys { secret: Secret::new(SECRET), token: None };
    here.app.home.secrets.set(&SecretId::new("bucket", "AKIAEXAMPLE"), &keys).await.unwrap();
    let id = here.app.save_backup_set_now(None, set(here.folder.path().to_str().unwrap())).await.unwrap();
    let settings = Settings { close_to_tray: false, ..here.app.settings().unwrap() };
    here.app.save_settings(settings).unwrap();
    here.app.home.update_prices(|prices| prices.save(&own_price())).await.unwrap();
    let file = here.folder.path().join("export.json");
    here.app.export_settings(&file).unwrap();
    assert!(!fs::read_to_string(&file).unwrap().contains(SECRET));

    let imported = there.import(&file).await;
    let needs_secret = vec!["bucket".to_owned()];
    let expected = Imported { needs_secret: needs_secret.clone(), paused: vec!["Work".into()], left_out: vec![] };
    assert_eq!(imported, expected);
    let settings = there.app.settings().unwrap();
    assert_eq!((settings.device_name.as_str(), settings.close_to_tray), ("Jon's", false), "each computer has its name");
    let sets = there.app.home.sets.load().unwrap();
    assert!(!sets.expect(&id).unwrap().draft.delete_remote, "the copies there are another computer's");
    let view = there.app.overview_now().unwrap().sets.remove(0);
    assert_eq!((view.activity, view.paused_until), (SetActivity::Paused, None), "until a person resumes it");
    let prices = there.app.home.load_prices().await.unwrap();
    assert!(prices.rows().iter().any(|row| row.id == "aws" && row.edited && row.put_per_1000 == 0.7));
    let again = Imported { needs_secret: needs_secret.clone(), ..Imported::default() };
    assert_eq!(there.import(&file).await, again, "again changes nothing");

    other.app.use_this_computer(None, Some(other.folder.path().join("another"))).await.unwrap();
    let imported = other.import(&file).await;
    let left_out = vec!["default".into(), "Work".into()];
    assert_eq!(imported, Imported { needs_secret, left_out, paused: vec![] }, "a set does not go to another place");
    assert!(other.app.home.sets.load().unwrap().by_name().is_empty());
}

#[tokio::test]
async fn the_rights_of_a_place_are_also_those_that_its_sets_need() {
    let computer = Computer::new("Mara's");
    computer.app.home.update_profiles(|all| all.add(ProfileName::new("bucket").unwrap(), bucket())).await.unwrap();
    let keys = StaticKeys { secret: Secret::new(SECRET), token: None };
    computer.app.home.secrets.set(&SecretId::new("bucket", "AKIAEXAMPLE"), &keys).await.unwrap();
    let photos = tempfile::tempdir().unwrap();
    for (class, restores) in [(None, false), (Some("STANDARD_IA"), false), (Some("DEEP_ARCHIVE"), true)] {
        let storage_class = class.map(str::to_owned);
        let draft = BackupSetDraft { profile: "bucket".into(), storage_class, ..set(photos.path().to_str().unwrap()) };
        let known = computer.app.home.sets.load().unwrap().find("Work").ok();
        computer.app.save_backup_set_now(known.as_deref(), draft).await.unwrap();
        let policy = computer.app.storage_tools("bucket").await.unwrap().policy().unwrap();
        assert_eq!(policy.iam_json.contains("s3:RestoreObject"), restores, "{class:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_export_changes_nothing() {
    let computer = Computer::new("Mara's");
    let file = computer.folder.path().join("export.json");
    computer.app.export_settings(&file).unwrap();
    let good = fs::read_to_string(&file).unwrap();
    for bad in [
        "{}",
        "",
        &good.replace("\"prices\": {", "\"prices\": {\"colour\": 1, "),
        &good.replace("\"version\": 1,", "\"version\": 9,"),
    ] {
        fs::write(&file, bad).unwrap();
        assert!(computer.app.import_settings(&file).await.is_err(), "{bad}");
        assert_eq!(computer.app.settings().unwrap().device_name, "Mara's");
    }
}
