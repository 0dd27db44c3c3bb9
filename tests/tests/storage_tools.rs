//! A bucket's settings, versions and rights through the app, at every server that offers them.

use std::sync::{Arc, Mutex};

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, ObjectLockEnabled, VersioningConfiguration,
};
use futures::FutureExt;
use holdfast_app::{
    App, ErrorCode, Home, Secret,
    connection::Candidate,
    dto::{
        run::{ChosenVersion, RestoreOptions, RunState},
        storage_tools::{ClassShare, LifecycleForm, ObjectLockMode, ThawFile, VersioningView},
    },
    keychain::MemoryKeychain,
    operations::{RestoreRequest, Running, event_sink},
    paths::Paths,
    profiles::{ProfileName, S3Place},
    storage_tools::{StorageTools, least_privilege},
};
use holdfast_storage::{
    Body, CredentialSource, DeleteOptions, Error, Key, ListRequest, ObjectStore, Prefix, Secret as Text, Version,
    WriteOptions,
    conformance::Need,
    prefix::PrefixStore,
    s3::{self, S3Store, StaticKeys},
};
use holdfast_tests::{
    device::Device,
    servers::{Fleet, Server},
    session::Session,
    tree::{assert_same, contents, noise, write},
    trials::Scenario,
};
use libtest_mimic::Arguments;

/// Everything of the app lies below this in its bucket.
const BELOW: &str = "team/mara";

fn main() {
    macro_rules! scenario {
        ($name:ident, $needs:expr, $unless:expr) => {
            Scenario {
                name: stringify!($name),
                needs: $needs,
                unless: $unless,
                run: |server| $name(server).boxed_local(),
            }
        };
    }
    let any = |_: &Server| None;
    let rules = |server: &Server| (!server.table.lifecycle).then_some("has no lifecycle rules");
    let no_rules = |server: &Server| match server.name.as_str() {
        "moto" => Some("takes rules and does nothing"),
        _ => server.table.lifecycle.then_some("has lifecycle rules"),
    };
    let unset =
        |server: &Server| (server.name == "moto").then_some("answers a setting that was never made like a web page");
    let locks = |server: &Server| (!server.table.object_lock).then_some("has no Object Lock");
    let no_locks = |server: &Server| server.table.object_lock.then_some("has Object Lock");
    let archives = |server: &Server| (server.name != "moto").then_some("has no archive");
    let sessions = |server: &Server| (server.name != "minio").then_some("has no sessions with a policy");
    let scenarios = [
        scenario!(a_folder_comes_back_as_it_was, &[Need::Versions], unset),
        scenario!(versions_are_switched_on_and_off, &[Need::Versions], unset),
        scenario!(versions_of_a_moment_are_listed_page_by_page, &[Need::Versions], unset),
        scenario!(rules_of_others_stay_when_ours_are_set, &[], rules),
        scenario!(a_place_without_rules_says_so, &[], no_rules),
        scenario!(a_lock_is_set_and_holds, &[], locks),
        scenario!(a_place_without_locks_says_so, &[], no_locks),
        scenario!(an_archived_file_is_asked_back, &[], archives),
        scenario!(an_archived_version_is_told_apart_from_the_newest, &[Need::Versions], archives),
        scenario!(a_key_with_the_least_rights_does_everything_but_remove_versions, &[], sessions),
        scenario!(files_are_found_by_words_of_their_names, &[], any),
    ];
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let trials = fleet.servers.iter().flat_map(|server| scenarios.iter().map(|scenario| scenario.on(server))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}

/// A person whose only profile is a part of a bucket.
struct World {
    app: App,
    bucket: String,
    /// The bucket below the profile's prefix, as somebody else sees it.
    store: Arc<dyn ObjectStore>,
    folder: tempfile::TempDir,
}

impl World {
    async fn on(server: &Server) -> Self {
        let (bucket, store) = server.new_bucket().await.expect("a bucket");
        Self::in_bucket(server, bucket, store).await
    }

    async fn in_bucket(server: &Server, bucket: String, store: Arc<dyn ObjectStore>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
        let app = App::new(Home::new(paths, Arc::new(MemoryKeychain::new())));
        let candidate = Candidate {
            profile: ProfileName::or_default(None).expect("a name"),
            endpoint: server.endpoint.clone(),
            region: server.region.clone(),
            bucket: bucket.clone(),
            aws_profile: None,
            access_key_id: server.access_key.clone(),
            secret: Secret::new(server.secret_key.clone()),
            prefix: Some(BELOW.into()),
            provider: Some("minio".into()).filter(|_| server.name == "minio"),
            ca_file: None,
            allow_http: false,
            sse: None,
        };
        app.configure(&candidate).await.expect("a profile");
        Self { app, bucket, store: PrefixStore::wrap(store, &format!("{BELOW}/")), folder }
    }

    async fn tools(&self) -> StorageTools {
        self.app.storage_tools("default").await.expect("its settings")
    }

    async fn put(&self, key: &str, content: &'static str) {
        self.store.put(&self.key(key), Body::bytes(content), &WriteOptions::default()).await.expect("a write");
    }

    fn key(&self, key: &str) -> Key {
        Key::new(key).expect("a key")
    }

    async fn versions(&self, key: &str) -> Vec<Version> {
        let request = ListRequest { prefix: key.into(), ..ListRequest::default() };
        self.store.list_versions(&request, None).await.expect("versions").versions
    }

    /// Writes until the server's clock shows another time than that of the version before: some tell whole seconds.
    async fn put_later(&self, key: &str, content: &'static str) {
        let newest = async || self.versions(key).await.first().and_then(|row| row.entry.last_modified);
        let before = newest().await;
        self.put(key, content).await;
        while newest().await <= before {
            self.put(key, content).await;
        }
    }

    async fn moment(&self, key: &str) -> String {
        self.versions(key).await[0].entry.last_modified.expect("a time").to_string()
    }

    async fn restore(&self, options: RestoreOptions) -> (RunState, Vec<(String, String)>) {
        let to = tempfile::tempdir_in(self.folder.path()).expect("a folder");
        let session = self.app.session(None).await.expect("a session");
        let request = RestoreRequest::new("docs", to.path(), options);
        let run = self.app.running.begin(None);
        let result = request.run(&session, &run, &event_sink(&run.id, |_| {})).await.expect("a restore");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let files = ["a", "dir/b", "dir/c"].map(|file| (file, std::fs::read(to.path().join(file))));
        let found = files.into_iter().filter_map(|(file, bytes)| Some((file.to_owned(), text(bytes.ok()?))));
        (result.state, found.collect())
    }
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(path, content)| ((*path).into(), (*content).into())).collect()
}

/// A folder comes back as it was at a moment, with what was deleted since and without what came later; a single file
/// comes back in the version that was chosen. A bucket that keeps no versions says so.
async fn a_folder_comes_back_as_it_was(server: Arc<Server>) {
    let world = World::on(&server).await;
    world.put("docs/a", "before versions").await;
    let request = RestoreRequest::new("docs", world.folder.path().join("never"), as_of("2026-11-20T00:00:00Z"));
    let (session, run) = (world.app.session(None).await.expect("a session"), world.app.running.begin(None));
    let refused = request.run(&session, &run, &event_sink(&run.id, |_| {})).await.expect_err("no versions");
    assert_eq!(refused.code, ErrorCode::NoVersions, "{refused:?}");

    world.tools().await.set_versioning(true).await.expect("versions");
    world.put("docs/dir/b", "first").await;
    world.put_later("docs/a", "one").await;
    let monday = world.moment("docs/a").await;
    world.put_later("docs/a", "two").await;
    world.put("docs/dir/c", "new").await;
    world.store.delete(&world.key("docs/dir/b"), &DeleteOptions::default()).await.expect("a removal");
    assert_eq!(world.restore(RestoreOptions::default()).await.1, pairs(&[("a", "two"), ("dir/c", "new")]));
    let (state, files) = world.restore(as_of(&monday)).await;
    assert_eq!((state, files), (RunState::Complete, pairs(&[("a", "one"), ("dir/b", "first")])));
    let rows = world.versions("docs/a").await;
    let first = rows.last().expect("a version").id.0.clone();
    let chosen = ChosenVersion { key: "docs/a".into(), version_id: first };
    let options = RestoreOptions { versions: Some(vec![chosen]), ..RestoreOptions::default() };
    assert_eq!(world.restore(options).await, (RunState::Complete, pairs(&[("a", "before versions")])));
}

fn as_of(moment: &str) -> RestoreOptions {
    RestoreOptions { as_of: Some(moment.into()), ..RestoreOptions::default() }
}

/// Versions go on and off, old ones stay, and repeating it changes nothing.
async fn versions_are_switched_on_and_off(server: Arc<Server>) {
    let world = World::on(&server).await;
    let tools = world.tools().await;
    assert_eq!(tools.versioning().await.expect("a state"), VersioningView::Off);
    tools.set_versioning(false).await.expect("nothing to do");
    assert_eq!(tools.versioning().await.expect("a state"), VersioningView::Off);
    for _ in 0..2 {
        tools.set_versioning(true).await.expect("versions");
        assert_eq!(tools.versioning().await.expect("a state"), VersioningView::On);
    }
    world.put("a", "one").await;
    tools.set_versioning(false).await.expect("no versions");
    assert_eq!(tools.versioning().await.expect("a state"), VersioningView::Suspended);
    world.put("a", "two").await;
    assert_eq!(world.versions("a").await.len(), 2);
}

/// Pages of versions add up, also where a file's versions go over the end of a page, and a moment shows one per file.
async fn versions_of_a_moment_are_listed_page_by_page(server: Arc<Server>) {
    let world = World::on(&server).await;
    let tools = world.tools().await;
    assert_eq!(tools.versions("", None, None).await.expect_err("no versions").code, ErrorCode::NoVersions);
    tools.set_versioning(true).await.expect("versions");
    let write = |n: usize| {
        let (store, key) = (world.store.clone(), world.key(&format!("many/{:02}", n % 30)));
        async move { store.put(&key, Body::bytes("x"), &WriteOptions::default()).await.expect("a write") }
    };
    use futures::StreamExt;
    futures::stream::iter((0..1050).map(write)).buffer_unordered(32).count().await;
    world.put_later("many/00", "last").await;
    let moment = world.moment("many/00").await;
    world.put_later("many/00", "too late").await;
    world.put("zz", "too late").await;
    world.store.delete(&world.key("many/01"), &DeleteOptions::default()).await.expect("a removal");
    let (mut all, mut pages, mut continuation) = (Vec::new(), 0, None);
    loop {
        let page = tools.versions("many/", None, continuation.as_deref()).await.expect("a page");
        all.extend(page.versions);
        (pages, continuation) = (pages + 1, page.continuation);
        if continuation.is_none() {
            break;
        }
    }
    let ids: std::collections::BTreeSet<_> = all.iter().map(|row| &row.version_id).collect();
    assert!(pages >= 2 && all.len() >= 1053 && ids.len() == all.len(), "{pages} pages, {} rows", all.len());
    assert_eq!(all.iter().filter(|row| row.is_delete_marker).count(), 1);
    let (mut then, mut continuation) = (Vec::new(), None);
    loop {
        let page = tools.versions("", Some(&moment), continuation.as_deref()).await.expect("a page");
        then.extend(page.versions);
        continuation = page.continuation;
        if continuation.is_none() {
            break;
        }
    }
    let keys: Vec<_> = then.iter().map(|row| row.key.clone()).collect();
    assert_eq!(keys, (0..30).map(|n| format!("many/{n:02}")).collect::<Vec<_>>());
    assert_eq!(then[0].size, 4, "the version of that moment");
}

fn form(abort: Option<u32>, old: Option<u32>) -> LifecycleForm {
    LifecycleForm { abort_uploads_after_days: abort, transition: None, expire_old_versions_after_days: old }
}

/// Rules that others made are the same after ours were set, changed and taken away; what a server does not keep of ours
/// is said.
async fn rules_of_others_stay_when_ours_are_set(server: Arc<Server>) {
    let (world, sdk) = (World::on(&server).await, server.sdk_client().await);
    let rule = |id: &str, prefix: &str, days| {
        LifecycleRule::builder()
            .id(id)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
            .expiration(LifecycleExpiration::builder().days(days).build())
            .build()
            .expect("a rule")
    };
    let rules = vec![rule("logs", "logs/", 30), rule("holdfast-others", "team/paul/", 40)];
    let config = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().expect("rules");
    let call = sdk.put_bucket_lifecycle_configuration().bucket(&world.bucket).lifecycle_configuration(config);
    call.send().await.expect("rules of others");
    let names = async || {
        let rules = sdk.get_bucket_lifecycle_configuration().bucket(&world.bucket).send().await.expect("the rules");
        let mut names: Vec<_> = rules.rules().iter().filter_map(|rule| rule.id().map(str::to_owned)).collect();
        names.sort();
        names
    };
    let tools = world.tools().await.impatient();
    assert_eq!(tools.lifecycle().await.expect("a form"), LifecycleForm::default());
    // Where no versions are kept a rule for old ones may be unknown.
    let (one, two) = match server.table.versioning {
        true => (form(None, Some(90)), form(None, Some(30))),
        false => (form(Some(9), None), form(Some(7), None)),
    };
    let preview = tools.preview_lifecycle(&one).await.expect("a preview");
    assert_eq!(preview.keeps.len(), 2, "{preview:?}");
    assert_eq!(names().await, ["holdfast-others", "logs"], "a preview changes nothing");
    for form in [one, two] {
        tools.set_lifecycle(&form).await.expect("a rule");
        assert_eq!(tools.lifecycle().await.expect("a form"), form);
        let names = names().await;
        assert!(
            names.len() == 3 && names.contains(&"logs".into()) && names.contains(&"holdfast-others".into()),
            "{names:?}"
        );
    }
    match tools.set_lifecycle(&form(Some(7), Some(30))).await {
        Ok(()) => assert_eq!(tools.lifecycle().await.expect("a form"), form(Some(7), Some(30))),
        Err(said) => {
            let honest =
                matches!(said.code, ErrorCode::SettingIgnored | ErrorCode::SettingRefused | ErrorCode::NotSupported);
            assert!(honest && said.message.contains("rule"), "{said:?}");
            assert_ne!(tools.lifecycle().await.expect("a form"), form(Some(7), Some(30)));
        }
    }
    tools.set_lifecycle(&LifecycleForm::default()).await.expect("no rule of ours");
    assert_eq!(names().await, ["holdfast-others", "logs"]);
}

/// Where there are no rules, reading and setting them says so in plain words.
async fn a_place_without_rules_says_so(server: Arc<Server>) {
    let world = World::on(&server).await;
    let tools = world.tools().await.impatient();
    let said = match tools.lifecycle().await {
        Err(said) => said,
        Ok(_) => tools.set_lifecycle(&form(Some(7), None)).await.expect_err("there are no rules"),
    };
    assert!(
        matches!(said.code, ErrorCode::NotSupported | ErrorCode::SettingIgnored | ErrorCode::SettingRefused),
        "{said:?}"
    );
    assert!(said.message.contains("rule"), "{said:?}");
}

/// A lock is set and seen, files large and small still arrive, and a locked version cannot be removed.
async fn a_lock_is_set_and_holds(server: Arc<Server>) {
    let sdk = server.sdk_client().await;
    let world = World::on(&server).await;
    let said = world.tools().await.set_object_lock(ObjectLockMode::Governance, 1).await;
    assert_eq!(said.expect_err("made without").code, ErrorCode::LockNotOffered);

    let bucket = format!("{}-locked", world.bucket);
    sdk.create_bucket().bucket(&bucket).object_lock_enabled_for_bucket(true).send().await.expect("a bucket");
    let config = sdk.get_object_lock_configuration().bucket(&bucket).send().await.expect("its lock");
    let enabled = config.object_lock_configuration().and_then(|config| config.object_lock_enabled());
    assert_eq!(enabled, Some(&ObjectLockEnabled::Enabled));
    let store = Arc::new(S3Store::new(server.account().await, &bucket, server.checksums()));
    let world = World::in_bucket(&server, bucket, store).await;
    let tools = world.tools().await;
    let lock = tools.object_lock().await.expect("a lock");
    assert_eq!((lock.available, lock.mode, lock.days), (true, ObjectLockMode::None, None));
    tools.set_object_lock(ObjectLockMode::Governance, 1).await.expect("a lock");
    let lock = tools.object_lock().await.expect("a lock");
    assert_eq!((lock.mode, lock.days), (ObjectLockMode::Governance, Some(1)));

    let device = Device::new(world.store.clone(), "p");
    write(device.root(), "small", "small");
    write(device.root(), "large", noise(20 << 20, 3));
    device.backup().await;
    let row = world.versions("p/small").await.remove(0);
    let removal = DeleteOptions { version: Some(row.id), ..DeleteOptions::default() };
    let kept = world.store.delete(&world.key("p/small"), &removal).await;
    assert!(kept.is_err(), "a locked version was removed");
    tools.set_object_lock(ObjectLockMode::None, 0).await.expect("no lock");
    assert_eq!(tools.object_lock().await.expect("a lock").mode, ObjectLockMode::None);
}

/// Where there is no Object Lock, it is shown as missing, and setting it says so.
async fn a_place_without_locks_says_so(server: Arc<Server>) {
    let world = World::on(&server).await;
    let tools = world.tools().await.impatient();
    let lock = tools.object_lock().await.expect("an answer");
    assert!(!lock.available && !lock.words.is_empty(), "{lock:?}");
    let said = tools.set_object_lock(ObjectLockMode::Compliance, 1).await.expect_err("there is no lock");
    assert!(matches!(said.code, ErrorCode::NotSupported | ErrorCode::LockNotOffered), "{said:?}");
}

/// A file in an archive is shown as such, asked back, and readable then; one that is in none is left alone.
async fn an_archived_file_is_asked_back(server: Arc<Server>) {
    let world = World::on(&server).await;
    let cold = WriteOptions { storage_class: Some("GLACIER".into()), ..WriteOptions::default() };
    world.store.put(&world.key("cold"), Body::bytes("cold"), &cold).await.expect("a write");
    world.put("warm", "warm").await;
    let tools = world.tools().await;
    let file = |key: &str, version: Option<String>| ThawFile { key: key.into(), version_id: version };
    let (cold, warm) = (file("cold", None), file("warm", None));
    let class = |files| ClassShare { storage_class: "GLACIER".into(), files, bytes: 4 * files };
    let archives = tools.archives("", None).await.expect("a listing");
    assert_eq!((&archives.files[..], &archives.classes[..]), (&[cold.clone()][..], &[class(1)][..]));
    let offer = async || tools.thaw_offer(&[class(1)], std::slice::from_ref(&cold), 3).await.expect("an offer");
    let before = offer().await;
    assert_eq!((before.files, before.looked_at, before.archived), (1, 1, 1), "{before:?}");
    assert_eq!(before.usd, None, "nobody knows what this place asks for it: {before:?}");
    let more = tools.thaw_offer(&[class(5000)], std::slice::from_ref(&cold), 3).await.expect("an offer");
    assert_eq!((more.files, more.looked_at), (5000, 1));

    let running = Running::default();
    let ask = async |files: &[ThawFile], days| {
        let seen = Arc::new(Mutex::new(None));
        let last = seen.clone();
        let sink =
            event_sink("asking", move |event| *last.lock().unwrap() = Some((event.files_done, event.files_total)));
        let result = tools.thaw(files.to_vec(), days, &running.begin(None), &sink).await;
        (result, *seen.lock().unwrap())
    };
    let (asked, seen) = ask(&[cold.clone(), warm.clone(), file("nowhere", None)], 3).await;
    let asked = asked.expect("a request");
    assert_eq!((asked.state, asked.asked, asked.not_archived), (RunState::Partial, 1, 1), "{asked:?}");
    assert_eq!(asked.failures.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["nowhere"]);
    assert_eq!(seen, Some((3, 3)));
    let after = offer().await;
    assert_eq!((after.archived, after.on_way + after.ready, after.usd), (0, 1, Some(0.0)), "{after:?}");
    let again = ask(&[cold.clone(), warm], 3).await.0.expect("asking again is fine");
    assert_eq!((again.state, again.asked, again.on_way + again.ready), (RunState::Complete, 0, 1), "{again:?}");
    assert_eq!(ask(std::slice::from_ref(&cold), 0).await.0.expect_err("no days").code, ErrorCode::BadSetting);
    let missing = tools.thaw_offer(&[class(1)], &[file("nowhere", None)], 3).await.expect_err("no such file");
    assert_eq!(missing.code, ErrorCode::ObjectMissing);

    let stopped = running.begin(None);
    stopped.cancel.cancel();
    let none =
        tools.thaw(vec![file("cold", None)], 3, &stopped, &event_sink("asking", |_| ())).await.expect("a result");
    assert_eq!((none.state, none.asked + none.on_way + none.ready), (RunState::Cancelled, 0), "{none:?}");
}

/// Of an old version it is told where that one is, not where the newest is.
async fn an_archived_version_is_told_apart_from_the_newest(server: Arc<Server>) {
    let world = World::on(&server).await;
    // It answers a question for the setting that was never made like a web page: set without a look at it before.
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let client = server.sdk_client().await;
    let set = client.put_bucket_versioning().bucket(&world.bucket).versioning_configuration(on);
    set.send().await.expect("versions");
    let cold = WriteOptions { storage_class: Some("GLACIER".into()), ..WriteOptions::default() };
    let old = world.store.put(&world.key("a"), Body::bytes("old"), &cold).await.expect("a write").version;
    world.put("a", "new").await;
    let (tools, running) = (world.tools().await, Running::default());
    let class = ClassShare { storage_class: "GLACIER".into(), files: 1, bytes: 3 };
    let offer = async |version_id| {
        let file = ThawFile { key: "a".into(), version_id };
        tools.thaw_offer(std::slice::from_ref(&class), &[file], 3).await.expect("an offer").archived
    };
    assert_eq!((offer(None).await, offer(old.map(|version| version.0)).await), (0, 1));
    let newest = vec![ThawFile { key: "a".into(), version_id: None }];
    let left = tools.thaw(newest, 3, &running.begin(None), &event_sink("asking", |_| ())).await.expect("a result");
    assert_eq!((left.asked, left.not_archived), (0, 1), "{left:?}");
}

/// With the rights that the policy gives, a folder goes up, is checked, comes back as it is and as it was, and changes;
/// old versions and other people's files are out of reach.
async fn a_key_with_the_least_rights_does_everything_but_remove_versions(server: Arc<Server>) {
    let world = World::on(&server).await;
    world.tools().await.set_versioning(true).await.expect("versions");
    let mut location = server.location(&world.bucket);
    location.prefix = Prefix::parse(BELOW).expect("a prefix");
    let policy = least_privilege(&S3Place::of(&location, Some("minio"))).expect("a policy");
    let policy = serde_json::from_str(&policy.iam_json).expect("JSON");
    let session = Session::begin(&server, &policy).await;
    location.credentials = CredentialSource::Key(session.access_key.clone());
    let keys = StaticKeys { secret: Text::new(session.secret_key), token: Some(Text::new(session.token)) };
    let account = s3::connect(&location, Some(&keys)).await.expect("a client");
    let bucket: Arc<dyn ObjectStore> = Arc::new(S3Store::new(account, &world.bucket, server.checksums()));
    let mine = PrefixStore::wrap(bucket.clone(), &format!("{BELOW}/"));

    let mut device = Device::new(mine.clone(), "p");
    device.deleting(None);
    for n in 0..20 {
        write(device.root(), format!("f/{n}"), noise(500, n));
    }
    write(device.root(), "large", noise(20 << 20, 99));
    device.backup().await;
    std::fs::rename(device.root().join("f/3"), device.root().join("moved")).expect("a rename");
    std::fs::remove_file(device.root().join("f/4")).expect("a removal");
    let report = device.backup().await;
    assert_eq!((report.copied, report.deleted), (1, 2));
    assert_eq!(device.verify().await.unproven, 0);
    let (restored, _) = device.restore().await;
    assert_same(&contents(restored.path()), &contents(device.root()));
    assert_eq!(mine.list_uploads("").await.expect("uploads"), []);

    let old = world.versions("p/f/4").await.pop().expect("an old version");
    let removal = DeleteOptions { version: Some(old.id), ..DeleteOptions::default() };
    let refused = mine.delete(&world.key("p/f/4"), &removal).await;
    assert!(matches!(refused, Err(Error::Denied { .. })), "{refused:?}");
    let elsewhere = bucket.put(&world.key("team/paul/a"), Body::bytes("x"), &WriteOptions::default()).await;
    assert!(matches!(elsewhere, Err(Error::Denied { .. })), "{elsewhere:?}");
    let everything = bucket.list(&ListRequest::default()).await;
    assert!(matches!(everything, Err(Error::Denied { .. })), "{everything:?}");
}

/// Files are found by words anywhere in their names, in any case, up to the number that is wanted.
async fn files_are_found_by_words_of_their_names(server: Arc<Server>) {
    let world = World::on(&server).await;
    for key in ["2023/tax return.pdf", "2024/TAX Return.pdf", "2024/photo.jpg", "notes"] {
        world.put(key, "x").await;
    }
    let tools = world.tools().await;
    let found = async |text: &str, limit| -> Vec<String> {
        let page = tools.search(text, limit).await.expect("a search");
        page.objects.into_iter().map(|object| object.key).collect()
    };
    assert_eq!(found("tax", 10).await, ["2023/tax return.pdf", "2024/TAX Return.pdf"]);
    assert_eq!(found("2024 return", 10).await, ["2024/TAX Return.pdf"]);
    assert_eq!(found("tax", 1).await, ["2023/tax return.pdf"]);
    assert!(tools.search("tax", 1).await.expect("a search").continuation.is_some(), "there is more");
    assert_eq!(found("team", 10).await, [] as [&str; 0], "the place's own prefix is no part of a name");
}
