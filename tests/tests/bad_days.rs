//! What goes wrong around a run: clocks, rights, sessions, folders of others, full disks. The command line says it once,
//! with what to do, and changes nothing here or in the bucket.
//!
//! What needs a real server, another user or a disk of its own is left out with the reason where there is none.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use futures::FutureExt;
use holdfast_storage::{ListRequest, ObjectStore};
use holdfast_tests::{
    disk::{Disk, can_mount},
    program::{Ended, Home, ServedBucket, files_below, kill, program},
    proxy::{Act, Proxy},
    servers::{Fleet, Server, block_on},
    session::{self, Session},
    tree::{assert_same, contents, noise, write},
    trials::Scenario,
};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

/// Sessions of one owner all end at once, so one scenario has them at a time.
static SESSIONS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const FAKETIME: &str = "/usr/bin/faketime";

/// Somebody without rights of their own (`nobody`).
const NOBODY: u32 = 65_534;

fn main() {
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let mut trials: Vec<Trial> = fleet.servers.iter().flat_map(on_each_server).collect();
    trials.extend(on_this_computer());
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}

fn on_each_server(server: &Arc<Server>) -> Vec<Trial> {
    let clocks = |server: &Server| match server.name.as_str() {
        "minio" | "ceph" | "versitygw" if Path::new(FAKETIME).exists() => None,
        "minio" | "ceph" | "versitygw" => Some("needs faketime"),
        _ => Some("takes any clock"),
    };
    let regional = |server: &Server| (!server.table.region_checked).then_some("takes any region");
    let sessions = |server: &Server| (server.name != "minio").then_some("has no sessions");
    macro_rules! scenario {
        ($name:ident, $unless:expr) => {
            Scenario { name: stringify!($name), needs: &[], unless: $unless, run: |server| $name(server).boxed_local() }
        };
    }
    let all = [
        scenario!(a_clock_twenty_minutes_off_is_said_and_nothing_is_sent, clocks),
        scenario!(what_a_session_may_not_do_is_said_until_it_ends_and_then_that, sessions),
        scenario!(a_removal_that_is_refused_is_named_and_done_by_the_next_run, sessions),
        scenario!(a_single_object_that_may_not_be_touched_is_named_with_the_action_to_allow, sessions),
        scenario!(a_wrong_region_is_said_with_the_right_one_and_nothing_is_sent, regional),
    ];
    all.iter().map(|scenario| scenario.on(server)).collect()
}

fn on_this_computer() -> Vec<Trial> {
    let is_root = rustix::process::getuid().is_root();
    let another_user = (!is_root).then_some("needs root, to be another user");
    let no_proc = (!Path::new("/proc/self/fdinfo").exists()).then_some("needs /proc, to see what a program reads");
    let own_disk = (!can_mount()).then_some("needs root, to mount a disk");
    macro_rules! trial {
        ($name:ident, $unless:expr) => {{
            let lack: Option<&str> = $unless;
            let trial = Trial::test(stringify!($name), || {
                block_on($name());
                Ok::<(), Failed>(())
            });
            trial.with_ignored_flag(lack.is_some()).with_kind(lack.unwrap_or_default())
        }};
    }
    vec![
        trial!(what_may_not_be_read_is_named_and_not_taken_for_deleted, another_user),
        trial!(a_full_disk_ends_a_restore_and_the_next_one_finishes_it, own_disk),
        trial!(a_disk_that_is_too_small_is_said_before_anything_is_written, own_disk),
        trial!(a_get_onto_a_full_disk_leaves_what_was_there, own_disk),
        trial!(a_disk_below_the_folder_takes_part, own_disk),
        trial!(a_get_that_arrives_damaged_leaves_what_was_there, None),
        trial!(a_put_or_get_that_is_interrupted_leaves_nothing, None),
        trial!(a_put_that_is_interrupted_while_it_reads_the_file_sends_nothing, no_proc),
        trial!(what_a_cut_off_run_left_is_listed_priced_and_removed, None),
        trial!(a_quick_check_without_a_record_says_so, None),
    ]
}

/// A folder with five files, a person, and their bucket on a server.
struct World {
    home: Home,
    folder: tempfile::TempDir,
    bucket: Arc<dyn ObjectStore>,
    place: String,
}

impl World {
    async fn on(server: &Server) -> Self {
        let (name, bucket) = server.new_bucket().await.expect("a bucket");
        let folder = tempfile::tempdir().expect("a folder");
        for n in 0..5 {
            write(folder.path(), format!("f/{n}.txt"), noise(300, n));
        }
        let place = format!("s3://{name}?endpoint={}&region={}&path_style=true", server.endpoint, server.region);
        Self { home: Home::new(), folder, bucket, place }
    }

    async fn objects(&self) -> Vec<(String, Option<String>)> {
        let page = self.bucket.list(&ListRequest::default()).await.expect("a listing");
        let rows = page.objects.into_iter();
        rows.map(|row| (row.key.to_string(), row.etag.map(|tag| tag.as_str().to_owned()))).collect()
    }

    fn source(&self) -> &str {
        text(self.folder.path())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The one error of a run that could not be done at all: its code, with a message and a hint.
fn refused(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let error = ended.json()["error"].take();
    for field in ["message", "hint"] {
        let words = error[field].as_str().unwrap_or_default();
        assert!(!words.is_empty() && ended.stderr.matches(words).count() == 1, "{field}: {ended:?}");
    }
    error
}

/// A computer whose clock is off is told by how much and in which direction, once, and the bucket stays as it was.
async fn a_clock_twenty_minutes_off_is_said_and_nothing_is_sent(server: Arc<Server>) {
    let world = World::on(&server).await;
    let keys = [("AWS_ACCESS_KEY_ID", &server.access_key), ("AWS_SECRET_ACCESS_KEY", &server.secret_key)];
    let program = program();
    for (moved, words) in [("+20m", "20 minutes ahead of"), ("-20m", "20 minutes behind")] {
        for what in [["backup", world.source(), "p"], ["restore", "p", text(&world.home.folder.path().join("to"))]] {
            let faked = ["-m", "-f", moved, text(&program)].into_iter().map(str::to_owned);
            let args =
                faked.chain(what.map(str::to_owned)).chain(["--json".into(), "--store".into(), world.place.clone()]);
            let mut command = world.home.command_of(Path::new(FAKETIME), args);
            let ended = Ended::of(command.envs(keys).env("FAKETIME_DONT_FAKE_MONOTONIC", "1")).await;
            let error = refused(&ended);
            assert_eq!(error["code"], "clock_skew", "{ended:?}");
            assert!(error["message"].as_str().is_some_and(|said| said.contains(words)), "{moved}: {error}");
        }
    }
    assert_eq!(world.objects().await, []);
    assert!(!world.home.folder.path().join("to").exists());
}

/// A session that may only read says of each file that it may not be written, and one that may not list says so of the
/// whole run. When it is over, its key is not known any more, and the hint says to sign in again. Each time the bucket
/// stays as it was.
async fn what_a_session_may_not_do_is_said_until_it_ends_and_then_that(server: Arc<Server>) {
    let (world, _alone) = (World::on(&server).await, SESSIONS.lock().await);
    let owner = owner_of(&server);
    let run = async |args: &[&str], keys: &[(&str, &str)]| {
        world.home.run_with(args.iter().copied().chain(["--json", "--store", &world.place]), keys).await
    };
    run(&["backup", world.source(), "p"], &owner).await.done();
    let before = world.objects().await;
    for n in 0..5 {
        write(world.folder.path(), format!("f/{n}.txt"), noise(301, n));
    }

    let reading = json!(["s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads"]);
    let reader = Session::begin(&server, &allowing(&reading)).await;
    let backup = run(&["backup", world.source(), "p"], &reader.environment()).await;
    assert_eq!(backup.code, Some(3), "{backup:?}");
    let failures = backup.json()["failures"].take();
    let failures = failures.as_array().expect("a list");
    assert_eq!(failures.len(), 5, "{backup:?}");
    for failure in failures {
        let says = |field: &str, word: &str| failure[field].as_str().is_some_and(|said| said.contains(word));
        assert!(says("reason", "PutObject") && says("hint", "allow PutObject"), "{failure}");
    }
    assert_eq!(world.objects().await, before);

    let writer = Session::begin(&server, &allowing(&json!(["s3:PutObject"]))).await;
    let to = world.home.folder.path().join("to");
    let restore = run(&["restore", "p", text(&to)], &writer.environment()).await;
    assert_eq!(refused(&restore)["code"], "denied", "{restore:?}");
    assert!(!to.exists());

    session::end_all(&server).await;
    for args in [&["backup", world.source(), "p"][..], &["restore", "p", text(&to)], &["verify", world.source(), "p"]] {
        let ended = run(args, &reader.environment()).await;
        let error = refused(&ended);
        assert_eq!(error["code"], "unknown_key", "{ended:?}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("sign in again")), "{error}");
    }
    assert_eq!((world.objects().await, to.exists()), (before, false));
}

fn owner_of(server: &Server) -> [(&'static str, &str); 2] {
    [("AWS_ACCESS_KEY_ID", &server.access_key), ("AWS_SECRET_ACCESS_KEY", &server.secret_key)]
}

/// A key that may write and not delete: what was deleted here is named as not removed, stays in the bucket and in the
/// record, and a key that may removes it in the next run.
async fn a_removal_that_is_refused_is_named_and_done_by_the_next_run(server: Arc<Server>) {
    let (world, _alone) = (World::on(&server).await, SESSIONS.lock().await);
    let run = async |keys: &[(&str, &str)]| {
        let args = ["backup", world.source(), "p", "--delete-remote", "--json", "--store", &world.place];
        world.home.run_with(args, keys).await
    };
    run(&owner_of(&server)).await.done();
    fs::remove_file(world.folder.path().join("f/1.txt")).expect("a removal");
    let writing = json!(["s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:PutObject"]);
    let writer = Session::begin(&server, &allowing(&writing)).await;
    let refused = run(&writer.environment()).await;
    let value = refused.json();
    assert_eq!((refused.code, &value["files_deleted"]), (Some(3), &json!(0)), "{refused:?}");
    assert_eq!(value["failures"].as_array().expect("a list").iter().map(path_of).collect::<Vec<_>>(), ["f/1.txt"]);
    assert!(value["failures"][0]["reason"].as_str().is_some_and(|said| said.contains("not allowed")), "{value}");
    assert_eq!(world.objects().await.len(), 5);
    assert_eq!(run(&owner_of(&server)).await.done()["files_deleted"], 1);
    assert_eq!(world.objects().await.len(), 4);
}

/// Each command for a single object says which action is denied and what to allow, and the bucket stays as it was.
async fn a_single_object_that_may_not_be_touched_is_named_with_the_action_to_allow(server: Arc<Server>) {
    let (world, _alone) = (World::on(&server).await, SESSIONS.lock().await);
    let file = world.folder.path().join("f/1.txt");
    let run = async |args: &[&str], keys: &[(&str, &str)]| {
        world.home.run_with(args.iter().copied().chain(["--json", "--store", &world.place]), keys).await
    };
    run(&["put", text(&file), "one"], &owner_of(&server)).await.done();
    let before = world.objects().await;
    let reader = Session::begin(&server, &allowing(&json!(["s3:GetObject", "s3:ListBucket"]))).await;
    let writer = Session::begin(&server, &allowing(&json!(["s3:PutObject"]))).await;
    let to = world.home.folder.path().join("to");
    let rows = [
        (&reader, "PutObject", &["put", text(&file), "two"][..]),
        (&reader, "PutObject", &["put", text(&file), "one"]),
        (&reader, "DeleteObject", &["rm", "one"]),
        (&writer, "GetObject", &["get", "one", text(&to)]),
        (&writer, "ListObjectsV2", &["ls"]),
    ];
    for (session, action, args) in rows {
        let ended = run(args, &session.environment()).await;
        let error = refused(&ended);
        assert_eq!(error["code"], "denied", "{args:?}: {ended:?}");
        let says = |field: &str, words: &str| error[field].as_str().is_some_and(|said| said.contains(words));
        assert!(says("message", action) && says("hint", &format!("allow {action}")), "{args:?}: {error}");
    }
    assert_eq!((world.objects().await, to.exists()), (before, false));
}

/// A region that the bucket is not in is named beside the right one by every command, and nothing is sent or written.
async fn a_wrong_region_is_said_with_the_right_one_and_nothing_is_sent(server: Arc<Server>) {
    let world = World::on(&server).await;
    let elsewhere = world.place.replace(&format!("region={}", server.region), "region=eu-nowhere-9");
    let (file, to) = (world.folder.path().join("f/1.txt"), world.home.folder.path().join("to"));
    let rows = [
        &["backup", world.source(), "p"][..],
        &["restore", "p", text(&to)],
        &["put", text(&file), "one"],
        &["get", "one", text(&to)],
        &["ls"],
    ];
    for args in rows {
        let args = args.iter().copied().chain(["--json", "--store", &elsewhere]);
        let ended = world.home.run_with(args, &owner_of(&server)).await;
        let error = refused(&ended);
        assert_eq!(error["code"], "wrong_region", "{ended:?}");
        let says = |field: &str, words: &str| error[field].as_str().is_some_and(|said| said.contains(words));
        assert!(says("message", "eu-nowhere-9") && says("message", &server.region), "{error}");
        assert!(says("hint", &server.region), "{error}");
    }
    assert_eq!((world.objects().await, to.exists()), (vec![], false));
}

fn allowing(actions: &Value) -> Value {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": ["arn:aws:s3:::*"] });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// A file and a folder that belong to somebody else and are closed: each is named with why and what helps, the others are
/// backed up, and their copies are not removed as if they had been deleted. A whole folder that is closed ends the run.
async fn what_may_not_be_read_is_named_and_not_taken_for_deleted() {
    let (bucket, person) = (ServedBucket::start().await, OtherUser::new());
    let source = person.home.folder.path().join("documents");
    for path in ["open.txt", "closed.txt", "closed/inside.txt", "closed/deep/inside.txt"] {
        write(&source, path, path);
    }
    give(&source, NOBODY);
    let args = ["backup", text(&source), "p", "--delete-remote", "--json", "--store", bucket.field("store_url")];
    assert_eq!(person.run(args).await.done()["files_uploaded"], 4);

    write(&source, "open.txt", "changed");
    for path in ["closed.txt", "closed"] {
        close(&source.join(path));
    }
    fs::write(source.join("closed.txt"), "changed and closed").expect("root writes");
    let partial = person.run(args).await;
    assert_eq!(partial.code, Some(3), "{partial:?}");
    let value = partial.json();
    assert_eq!((&value["files_uploaded"], &value["files_deleted"]), (&json!(1), &json!(0)), "{partial:?}");
    let mut named: Vec<&str> = value["failures"].as_array().expect("a list").iter().map(path_of).collect();
    named.sort_unstable();
    assert_eq!(named, ["closed", "closed.txt"], "{partial:?}");
    for failure in value["failures"].as_array().expect("a list") {
        let says = |field: &str, word: &str| failure[field].as_str().is_some_and(|said| said.contains(word));
        assert!(says("reason", "not allowed") && says("hint", "right to read"), "{failure}");
    }
    let kept = files_below(bucket.folder.path());
    for path in ["p/closed.txt", "p/closed/inside.txt", "p/closed/deep/inside.txt"] {
        assert!(kept.iter().any(|file| file.ends_with(path)), "{path} is gone: {kept:?}");
    }

    close(&source);
    let ended = person.run(args).await;
    assert_eq!(refused(&ended)["code"], "folder_unreadable", "{ended:?}");
    assert_eq!(files_below(bucket.folder.path()).len(), kept.len());
    bucket.stop().await;
}

fn path_of(failure: &Value) -> &str {
    failure["path"].as_str().expect("a path")
}

/// Somebody who may read only what is theirs, with a Holdfast of their own.
struct OtherUser {
    home: Home,
    program: PathBuf,
}

impl OtherUser {
    fn new() -> Self {
        let home = Home::new();
        let copy = home.folder.path().join("holdfast");
        fs::copy(program(), &copy).expect("a copy of the program where they may run it");
        for folder in ["home", "config", "data"] {
            fs::create_dir(home.folder.path().join(folder)).expect("a folder");
        }
        give(home.folder.path(), NOBODY);
        Self { home, program: copy }
    }

    async fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ended {
        let mut command = self.home.command_of(&self.program, args);
        Ended::of(command.uid(NOBODY).gid(NOBODY)).await
    }
}

/// Makes somebody the owner of a folder and everything in it.
fn give(folder: &Path, user: u32) {
    for entry in walkdir::WalkDir::new(folder) {
        chown(entry.expect("an entry").path(), Some(user), Some(user)).expect("root gives");
    }
}

/// Takes it back, for root's eyes alone.
fn close(path: &Path) {
    chown(path, Some(0), Some(0)).expect("root takes");
    let mode = if path.is_dir() { 0o700 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("root closes");
}

/// Forty files in a bucket that this computer serves.
async fn backed_up() -> (ServedBucket, Home, tempfile::TempDir) {
    let (bucket, home, folder) = (ServedBucket::start().await, Home::new(), tempfile::tempdir().expect("a folder"));
    for n in 0..40 {
        write(folder.path(), format!("d{}/{n}.txt", n % 3), noise(50_000, n));
    }
    home.run(["backup", text(folder.path()), "p", "--json", "--store", bucket.field("store_url")]).await.done();
    (bucket, home, folder)
}

/// A disk that takes no more files in the middle of a restore ends it with one message. What fitted is whole, and with
/// room again the next run brings the rest.
async fn a_full_disk_ends_a_restore_and_the_next_one_finishes_it() {
    let (bucket, home, folder) = backed_up().await;
    let disk = Disk::mount("size=64m,nr_inodes=20").expect("a disk");
    let to = disk.path().join("restored");
    let args = ["restore", "p", text(&to), "--json", "--store", bucket.field("store_url")];
    let ended = home.run(args).await;
    let told = ended.json()["failures"].take();
    let said = told.as_array().expect("a list").iter().map(|failure| [&failure["reason"], &failure["hint"]]);
    let full = |[reason, hint]: [&Value; 2]| {
        reason == "the disk is full" && hint.as_str().is_some_and(|h| h.contains("not tried"))
    };
    assert!(ended.code == Some(3) && said.len() > 0 && said.clone().all(full), "{ended:?}");
    let wanted = contents(folder.path());
    let there = contents(&to);
    let whole = there.iter().filter(|(path, _)| !path.starts_with(".holdfast-restore"));
    assert!(whole.clone().all(|(path, entry)| wanted.get(path) == Some(entry)), "half a file is in place");
    assert!(whole.count() < wanted.len(), "the disk is too large for this test");
    disk.change("nr_inodes=1000");
    assert_eq!(home.run(args).await.done()["state"], "complete");
    assert_same(&contents(&to), &wanted);
    bucket.stop().await;
}

/// Too little room is told with how much is needed and how much there is, and nothing is made there.
async fn a_disk_that_is_too_small_is_said_before_anything_is_written() {
    let (bucket, home, _folder) = backed_up().await;
    let disk = Disk::mount("size=1m").expect("a disk");
    let to = disk.path().join("restored");
    let ended = home.run(["restore", "p", text(&to), "--json", "--store", bucket.field("store_url")]).await;
    let error = refused(&ended);
    assert_eq!(error["code"], "no_space", "{ended:?}");
    assert!(error["message"].as_str().is_some_and(|said| said.contains("2.0 MB are needed")), "{error}");
    assert_eq!(fs::read_dir(disk.path()).expect("the disk").count(), 0);
    bucket.stop().await;
}

/// One object fetched onto a disk without room for it leaves the file that was there, and no half of the new one.
async fn a_get_onto_a_full_disk_leaves_what_was_there() {
    let (bucket, home, folder) = backed_up().await;
    write(folder.path(), "large", noise(4 << 20, 7));
    let (store, large) = (bucket.field("store_url"), folder.path().join("large"));
    home.run(["put", text(&large), "large", "--json", "--store", store]).await.done();
    let disk = Disk::mount("size=1m").expect("a disk");
    let to = disk.path().join("kept");
    fs::write(&to, "what was there").expect("room for that");
    let ended = home.run(["get", "large", text(&to), "--json", "--store", store]).await;
    assert_eq!(refused(&ended)["code"], "disk_full", "{ended:?}");
    assert_eq!(fs::read_to_string(&to).expect("it"), "what was there");
    assert_eq!(fs::read_dir(disk.path()).expect("the disk").count(), 1);
    bucket.stop().await;
}

/// Files on another disk that is mounted below the folder are backed up like the others.
async fn a_disk_below_the_folder_takes_part() {
    let (bucket, home, folder) = (ServedBucket::start().await, Home::new(), tempfile::tempdir().expect("a folder"));
    let inner = folder.path().join("usb");
    write(folder.path(), "here", "on this disk");
    fs::create_dir(&inner).expect("a folder");
    let _disk = Disk::mount_at(&inner, "size=1m").expect("a disk");
    write(&inner, "deep/there", "on the other disk");
    let store = bucket.field("store_url");
    let backup = home.run(["backup", text(folder.path()), "p", "--json", "--store", store]).await.done();
    assert_eq!(backup["files_uploaded"], 2);
    let to = home.folder.path().join("to");
    home.run(["restore", "p", text(&to), "--json", "--store", store]).await.done();
    assert_eq!(fs::read_to_string(to.join("usb/deep/there")).expect("it"), "on the other disk");
    bucket.stop().await;
}

/// One object whose content is not the one that was sent never replaces the file that is there.
async fn a_get_that_arrives_damaged_leaves_what_was_there() {
    let (bucket, home, _folder) = backed_up().await;
    let proxy = Proxy::start(bucket.field("endpoint")).await;
    let store = bucket.store_url(&proxy.endpoint());
    let here = tempfile::tempdir().expect("a folder");
    let to = here.path().join("kept");
    fs::write(&to, "what was there").expect("a file");
    let args = ["get", "p/d0/0.txt", text(&to), "--json", "--store", &store];
    let corrupted = proxy.at(1, Some("GET"), Act::Corrupt(100));
    let ended = home.run(args).await;
    corrupted.await.expect("a bit was turned");
    assert_eq!(refused(&ended)["code"], "damaged_on_the_way", "{ended:?}");
    assert_eq!(fs::read_to_string(&to).expect("it"), "what was there");
    home.run(args).await.done();
    assert_eq!(fs::read(&to).expect("it"), noise(50_000, 0));
    assert_eq!(fs::read_dir(here.path()).expect("a folder").count(), 1);
    bucket.stop().await;
}

/// Ctrl-C stops a single file too, at once, with nothing half done here or there.
async fn a_put_or_get_that_is_interrupted_leaves_nothing() {
    let (bucket, home, _folder) = backed_up().await;
    let proxy = Proxy::start(bucket.field("endpoint")).await;
    let store = bucket.store_url(&proxy.endpoint());
    let here = tempfile::tempdir().expect("a folder");
    let (from, to) = (here.path().join("sent"), here.path().join("fetched"));
    fs::write(&from, noise(2000, 7)).expect("a file");
    let cases = [
        ("PUT", Act::Hold, ["put", text(&from), "one"]),
        ("GET", Act::StallAnswer(1000), ["get", "p/d0/0.txt", text(&to)]),
    ];
    for (method, act, args) in cases {
        let held = proxy.at(1, Some(method), act);
        let mut command = home.command(args.into_iter().chain(["--json", "--store", &store]));
        let ended = Ended::interrupted(&mut command, held).await;
        assert_eq!((ended.code, &refused(&ended)["code"]), (Some(1), &json!("cancelled")), "{args:?}: {ended:?}");
        assert_eq!(fs::read_dir(here.path()).expect("a folder").count(), 1, "{args:?}");
    }
    let ls = home.run(["ls", "one", "--json", "--store", bucket.field("store_url")]).await.done();
    assert_eq!(ls["objects"], json!([]));
    bucket.stop().await;
}

/// Ctrl-C stops a large file also while it is read to be hashed, before the first request for it.
async fn a_put_that_is_interrupted_while_it_reads_the_file_sends_nothing() {
    let (bucket, home, _folder) = backed_up().await;
    let here = tempfile::tempdir().expect("a folder");
    let large = here.path().join("large");
    // Reading this takes seconds at the least and no room on the disk.
    fs::File::create(&large).and_then(|file| file.set_len(5 << 30)).expect("a file");
    let mut command = home.command(["put", text(&large), "one", "--json", "--store", bucket.field("store_url")]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program");
    let id = child.id().expect("a running program");
    while !is_being_read(id, &large) {
        tokio::task::yield_now().await;
    }
    let pid = rustix::process::Pid::from_raw(id as i32).expect("its id");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is asked");
    let ended = Ended::from(child.wait_with_output().await.expect("its end"));
    assert_eq!((ended.code, &refused(&ended)["code"]), (Some(1), &json!("cancelled")), "{ended:?}");
    let ls = home.run(["ls", "one", "--json", "--store", bucket.field("store_url")]).await.done();
    assert_eq!(ls["objects"], json!([]));
    bucket.stop().await;
}

/// Whether a program has a file open and has read some of it.
fn is_being_read(id: u32, file: &Path) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{id}/fd")) else { return false };
    let open = open.flatten().filter(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == file));
    let at = |name: &std::ffi::OsStr| {
        let facts = fs::read_to_string(format!("/proc/{id}/fdinfo/{}", name.to_string_lossy())).unwrap_or_default();
        let line = facts.lines().find_map(|line| line.strip_prefix("pos:").map(str::trim).map(str::to_owned));
        line.and_then(|at| at.parse::<u64>().ok()).unwrap_or(0)
    };
    open.map(|entry| entry.file_name()).any(|name| at(&name) > 0)
}

/// What was sent of a large file before a run was cut off costs money until it is removed.
async fn what_a_cut_off_run_left_is_listed_priced_and_removed() {
    let (bucket, home, folder) = backed_up().await;
    write(folder.path(), "large.bin", noise(40 << 20, 3));
    let proxy = Proxy::start(bucket.field("endpoint")).await;
    let store = bucket.store_url(&proxy.endpoint());
    let held = proxy.at(5, Some("PUT"), Act::Hold);
    let run = home.begin(["backup", text(folder.path()), "p", "--store", &store]);
    held.await.expect("a part is under way");
    kill(run).await;
    let uploads = async |more: &[&str]| {
        let args = ["uploads", "--json", "--store", bucket.field("store_url")];
        home.run(args.iter().chain(more).copied()).await.done()
    };
    let listed = uploads(&[]).await;
    assert_eq!(listed["uploads"][0]["key"], "p/large.bin", "{listed}");
    assert!(listed["uploads"][0]["bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{listed}");
    assert_eq!((&listed["given_up"], &listed["monthly_usd"]), (&json!(null), &json!(0.0)));
    assert_eq!(uploads(&["--abort"]).await["given_up"], 1);
    assert_eq!(uploads(&[]).await["uploads"], json!([]));
    bucket.stop().await;
}

/// A quick check compares with the record of this computer: without one it says so, and a full check needs none.
async fn a_quick_check_without_a_record_says_so() {
    let (bucket, _, folder) = backed_up().await;
    let another = Home::new();
    let store = bucket.field("store_url");
    let quick = another.run(["verify", text(folder.path()), "p", "--json", "--store", store]).await;
    let error = refused(&quick);
    assert_eq!(error["code"], "no_record", "{quick:?}");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("full check")), "{error}");
    let full = another.run(["verify", text(folder.path()), "p", "--full", "--json", "--store", store]).await.done();
    assert_eq!((&full["proven"], &full["extra"]), (&json!(40), &json!(0)));
    bucket.stop().await;
}
