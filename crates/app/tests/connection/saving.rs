//! Settings and secret are saved both or not at all, and no secret is ever in a file, a message or a debug print.

use holdfast_app::{
    AppError, ErrorCode as Code, ErrorKind,
    connection::{add_profile, config_view, configure, list_buckets, provider_presets, remove_profile, test_url},
    dto::config::PlaceKind,
    keychain::{SecretId, SecretStore},
    stores::{OpenOptions, Target, open},
};
use holdfast_bucket::{Credentials, Running, Secret as BucketSecret, Server};
use holdfast_storage::{Buckets, MemoryBuckets, Secret, s3::StaticKeys};
use std::sync::Arc;

use super::{SECRET, World, candidate, name, world};

/// A bucket that knows the candidate's key.
async fn bucket() -> Running {
    let buckets = Arc::new(MemoryBuckets::new());
    buckets.create("family-photos").await.unwrap();
    let keys = Credentials { access_key: "AKFAMILY".into(), secret_key: BucketSecret::new(SECRET) };
    Server::builder(buckets).credentials(keys).start().await.unwrap()
}

fn id() -> SecretId {
    SecretId::new("default", "AKFAMILY")
}

/// Reads every file below the test's folder.
fn files_hold(world: &World, text: &str) -> bool {
    let mut waiting = vec![world.folder.path().to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => waiting.push(path),
                false if String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(text) => return true,
                false => {}
            }
        }
    }
    false
}

#[tokio::test]
async fn a_place_that_was_reached_is_saved_and_its_secret_is_in_the_keychain_alone() {
    let (world, server) = (world(), bucket().await);
    configure(&world.home, &candidate(&server.endpoint())).await.unwrap();
    let kept = world.keychain.get(&id()).await.unwrap().unwrap();
    assert_eq!(kept.secret.expose(), SECRET);
    let view = config_view(&world.home, &name("default")).await.unwrap();
    assert_eq!((view.kind, view.is_configured), (PlaceKind::S3, true));
    assert_eq!((view.bucket_name.as_str(), view.access_key_id.as_str()), ("family-photos", "AKFAMILY"));
    assert_eq!(view.path_prefix.as_deref(), Some("laptop"));
    let opened = open(&world.home, Target::Profile(&name("default")), &OpenOptions::default()).await.unwrap();
    assert!(!files_hold(&world, SECRET));
    assert!(!format!("{view:?}{opened:?}{:?}{:?}", world.home, candidate("x")).contains(SECRET));
    assert!(!serde_json::to_string(&view).unwrap().contains(SECRET));
    let buckets = list_buckets(&world.home, Target::Profile(&name("default"))).await.unwrap();
    assert_eq!(buckets.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["family-photos"]);
    // Configured again without typing the secret: the one in the keychain goes on.
    let again = holdfast_app::connection::Candidate { secret: Secret::new(""), ..candidate(&server.endpoint()) };
    configure(&world.home, &again).await.unwrap();
    assert_eq!(world.keychain.get(&id()).await.unwrap().unwrap().secret.expose(), SECRET);
    remove_profile(&world.home, &name("default")).await.unwrap();
    assert!(world.keychain.ids().is_empty());
    assert!(!config_view(&world.home, &name("default")).await.unwrap().is_configured);
}

#[tokio::test]
async fn encryption_at_the_place_stays_until_the_form_says_otherwise() {
    let (world, server) = (world(), bucket().await);
    for (said, kept) in [(Some("AES256"), Some("AES256")), (None, Some("AES256")), (Some(""), None)] {
        let form =
            holdfast_app::connection::Candidate { sse: said.map(str::to_owned), ..candidate(&server.endpoint()) };
        configure(&world.home, &form).await.unwrap();
        let view = config_view(&world.home, &name("default")).await.unwrap();
        assert_eq!(view.sse.as_deref(), kept, "{said:?}");
    }
}

#[tokio::test]
async fn settings_are_not_saved_when_the_keychain_fails() {
    let (world, server) = (world(), bucket().await);
    let locked = AppError::new(ErrorKind::ConfigError, Code::KeychainLocked, "locked", "unlock");
    world.keychain.fail_with(Some(locked.clone()));
    assert_eq!(configure(&world.home, &candidate(&server.endpoint())).await.unwrap_err(), locked);
    world.keychain.fail_with(None);
    assert!(!world.home.profiles.path().exists());
}

#[tokio::test]
async fn the_keychain_is_as_it_was_when_settings_cannot_be_saved() {
    for before in [None, Some("the old secret")] {
        let (world, server) = (world(), bucket().await);
        if let Some(old) = before {
            world.keychain.set(&id(), &StaticKeys { secret: Secret::new(old), token: None }).await.unwrap();
        }
        // A file where the lock belongs cannot be opened for writing: it is a folder.
        std::fs::create_dir_all(world.home.profiles.path().with_extension("lock")).unwrap();
        let error = configure(&world.home, &candidate(&server.endpoint())).await.unwrap_err();
        assert_eq!(error.code, Code::LocalIo, "{error:?}");
        let now = world.keychain.get(&id()).await.unwrap();
        assert_eq!(now.as_ref().map(|keys| keys.secret.expose()), before);
    }
}

#[tokio::test]
async fn a_damaged_settings_file_stops_everything_before_it_begins() {
    let world = world();
    std::fs::create_dir_all(world.home.profiles.path().parent().unwrap()).unwrap();
    std::fs::write(world.home.profiles.path(), "{ broken").unwrap();
    let error = configure(&world.home, &candidate("127.0.0.1:1")).await.unwrap_err();
    assert_eq!(error.code, Code::ConfigCorrupt);
    assert_eq!(config_view(&world.home, &name("default")).await.unwrap_err().code, Code::ConfigCorrupt);
    assert_eq!(std::fs::read_to_string(world.home.profiles.path()).unwrap(), "{ broken");
    assert!(world.keychain.ids().is_empty());
}

#[tokio::test]
async fn a_secret_in_a_url_is_used_and_neither_kept_nor_shown() {
    let (world, server) = (world(), bucket().await);
    let url = format!(
        "s3://family-photos/x?endpoint={}&region=us-east-1&access_key=AKFAMILY&secret_key={SECRET}",
        server.endpoint()
    );
    let opened = open(&world.home, Target::Url(&url), &OpenOptions::default()).await.unwrap();
    opened.store.list(&Default::default()).await.unwrap();
    assert_eq!(opened.meter.tally().total(), 1);
    let test = test_url(&world.home, &url).await;
    assert!(test.bucket_accessible, "{test:?}");
    assert!(!format!("{opened:?}{test:?}").contains(SECRET) && !files_hold(&world, SECRET));
    assert!(world.keychain.ids().is_empty() && !world.home.profiles.path().exists());

    add_profile(&world.home, &name("work"), &url, None).await.unwrap();
    assert_eq!(world.keychain.ids(), [SecretId::new("work", "AKFAMILY")]);
    assert!(!files_hold(&world, SECRET));
    assert_eq!(add_profile(&world.home, &name("work"), &url, None).await.unwrap_err().code, Code::ProfileExists);
    // A URL with the key alone now finds its secret in the keychain.
    let short = url.split("&secret_key").next().unwrap();
    open(&world.home, Target::Url(short), &OpenOptions::default()).await.unwrap().store.check().await.unwrap();
}

#[tokio::test]
async fn bad_urls_never_show_their_secret() {
    let world = world();
    for (query, code) in [
        ("&colour=red", Code::UnknownParameter),
        ("&region=a&region=b", Code::RepeatedParameter),
        ("&sse=rot13", Code::BadParameter),
        ("&endpoint=http://example.com", Code::PlainHttp),
        ("&profile=x", Code::BadParameter),
        ("&secretkey=x", Code::UnknownParameter),
        ("&ca_file=/no/such/file", Code::CaFile),
    ] {
        let url = format!("s3://family-photos?access_key=AK&secret_key={SECRET}{query}");
        let error = open(&world.home, Target::Url(&url), &OpenOptions::default()).await.unwrap_err();
        assert_eq!(error.code, code, "{query}: {error:?}");
        assert!(!format!("{error:?}{error}").contains(SECRET), "{query}: {error:?}");
        assert!(!error.hint.is_empty(), "{error:?}");
    }
    for url in [format!("s3:AK:{SECRET}@bucket"), format!("s3://AK:{SECRET}@bucket"), SECRET.to_owned()] {
        let error = open(&world.home, Target::Url(&url), &OpenOptions::default()).await.unwrap_err();
        assert_eq!(error.code, Code::StoreUrlMalformed);
        assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
    }
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_said_with_those_that_are() {
    let (world, server) = (world(), bucket().await);
    let missing = || open_default(&world, "work");
    assert_eq!(missing().await.code, Code::NotConfigured);
    configure(&world.home, &candidate(&server.endpoint())).await.unwrap();
    let error = missing().await;
    assert_eq!(error.code, Code::NoProfile);
    assert!(error.hint.contains("default"), "{error:?}");
    world.keychain.delete(&id()).await.unwrap();
    assert_eq!(open_default(&world, "default").await.code, Code::NoSecret);
}

async fn open_default(world: &World, profile: &str) -> AppError {
    open(&world.home, Target::Profile(&name(profile)), &OpenOptions::default()).await.unwrap_err()
}

#[test]
fn presets_carry_prices_where_there_is_a_price() {
    let presets = provider_presets();
    let price = |id: &str| presets.iter().find(|p| p.id == id).unwrap().usd_per_100gb_month;
    assert_eq!((price("b2"), price("aws"), price("garage")), (Some(0.6), Some(2.3), None));
}

/// Where AWS's files are is told by variables of a process: the test begins itself again with its own.
#[test]
fn a_profile_of_awss_files_signs_in_in_place_of_keys_and_no_secret_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    std::fs::write(&config, "[profile work]\nregion = eu-west-1\n").unwrap();
    let keys = format!("[work]\naws_access_key_id = AKFAMILY\naws_secret_access_key = {SECRET}\n");
    std::fs::write(&credentials, keys).unwrap();
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["saving::with_a_profile_of_aws", "--exact", "--ignored"]).env("HOLDFAST_TEST_OF_PROFILES", "yes");
    again.env("AWS_CONFIG_FILE", &config).env("AWS_SHARED_CREDENTIALS_FILE", &credentials);
    let ended = again.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ended.stderr));
}

#[tokio::test]
#[ignore = "begun by the test above, with AWS's files of its own"]
async fn with_a_profile_of_aws() {
    if std::env::var_os("HOLDFAST_TEST_OF_PROFILES").is_none() {
        return;
    }
    assert_eq!(holdfast_app::connection::aws_profiles(), ["work"]);
    let (world, server) = (world(), bucket().await);
    let chosen = |profile: &str| holdfast_app::connection::Candidate {
        aws_profile: Some(profile.into()),
        access_key_id: String::new(),
        secret: Secret::new(""),
        ..candidate(&server.endpoint())
    };
    let test = holdfast_app::connection::try_connection(&world.home, &chosen("work")).await;
    assert!(test.bucket_accessible && test.error.is_none(), "{test:?}");
    configure(&world.home, &chosen("work")).await.unwrap();
    let view = config_view(&world.home, &name("default")).await.unwrap();
    assert_eq!((view.aws_profile.as_deref(), view.access_key_id.as_str()), (Some("work"), ""));
    assert!(world.keychain.ids().is_empty() && !files_hold(&world, SECRET) && !files_hold(&world, "AKFAMILY"));
    open(&world.home, Target::Profile(&name("default")), &OpenOptions::default()).await.unwrap();
    let wrong = configure(&world.home, &chosen("wrok")).await.unwrap_err();
    assert!(wrong.message.contains("wrok"), "{wrong:?}");
    let kept = config_view(&world.home, &name("default")).await.unwrap();
    assert_eq!(kept.aws_profile.as_deref(), Some("work"), "what does not work is not saved");
    configure(&world.home, &candidate(&server.endpoint())).await.unwrap();
    let keys = config_view(&world.home, &name("default")).await.unwrap();
    assert_eq!((keys.aws_profile, keys.access_key_id.as_str()), (None, "AKFAMILY"), "a key takes its place");
}
