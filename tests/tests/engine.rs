//! Folders go up to every server and come back as they were.

use std::{fs, sync::Arc};

use futures::FutureExt;
use holdfast_backup::{
    Error as BackupError,
    report::{FailureReason, State},
};
use holdfast_storage::{
    Encryption, Error as StoreError, ListRequest, ObjectStore, ReadOptions, RequestKind as K,
    fault::{Fault, Rule},
    meter::Tally,
};
use holdfast_tests::{
    device::Device,
    servers::{Fleet, Server},
    tree::{assert_same, contents, noise, sample, write},
    trials::Scenario,
};
use libtest_mimic::Arguments;

fn main() {
    macro_rules! scenarios {
        ($($name:ident),+ $(,)?) => {
            [$(Scenario {
                name: stringify!($name),
                needs: &[],
                unless: |_| None,
                run: |server| async move {
                    let (_, bucket) = server.new_bucket().await.expect("a bucket");
                    $name(server, bucket).await
                }.boxed_local(),
            }),+]
        };
    }
    let scenarios = scenarios![
        a_folder_comes_back_byte_for_byte,
        changes_renames_and_removals_arrive,
        an_upload_in_parts_goes_on_where_it_was_cut,
        an_upload_that_no_index_knows_is_given_up_when_its_file_is_sent,
        a_lost_index_is_rebuilt_from_the_listing,
        prefixes_do_not_touch_each_other,
        lost_answers_and_refusals_lose_nothing,
        a_file_that_became_a_folder_comes_back,
        what_the_bucket_keeps_of_a_file_hides_no_folder_of_its_name,
        storage_class_and_encryption_are_as_the_server_says,
    ];
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let trials = fleet.servers.iter().flat_map(|server| scenarios.iter().map(|scenario| scenario.on(server))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}

async fn keys(bucket: &Arc<dyn ObjectStore>, prefix: &str) -> Vec<String> {
    let (mut request, mut keys) = (ListRequest { prefix: prefix.into(), ..ListRequest::default() }, Vec::new());
    loop {
        let page = bucket.list(&request).await.expect("a listing");
        keys.extend(page.objects.iter().map(|row| row.key.to_string()));
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => return keys,
        }
    }
}

/// A folder with odd names, links, empty files and a file in parts goes up, is proven, and comes back with every byte,
/// time and permission; looking again costs nothing.
async fn a_folder_comes_back_byte_for_byte(server: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let device = Device::new(bucket.clone(), "pictures/2024");
    sample(device.root(), 300, server.table.any_key);
    let wanted = contents(device.root());
    assert!(wanted.len() > 320, "the sample is there");
    let report = device.backup().await;
    assert_eq!((report.uploaded + report.copied, report.unchanged), (wanted.len() as u64, 0));
    assert_eq!(report.tally.requests[&K::UploadPart], 3);
    let again = device.backup().await;
    assert_eq!((again.unchanged, again.tally), (wanted.len() as u64, Tally::default()), "an unchanged tree is free");
    let proof = device.verify().await;
    assert_eq!((proof.state, proof.proven), (State::Complete, wanted.len() as u64), "{:?}", proof.failures);
    assert_eq!((proof.missing, proof.mismatched, proof.unproven), (0, 0, 0));
    let (restored, report) = device.restore().await;
    assert_eq!((report.restored, report.skipped), (wanted.len() as u64, 0));
    assert_same(&contents(restored.path()), &wanted);
    assert_eq!(bucket.list_uploads("").await.expect("uploads"), []);
}

/// What is changed, moved, made and removed in the folder is so in the bucket after the next run, moved content without
/// being sent again.
async fn changes_renames_and_removals_arrive(_: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let mut device = Device::new(bucket.clone(), "p");
    device.deleting(None);
    for n in 0..40 {
        write(device.root(), format!("old/{n}"), noise(1000 + n, n as u64));
    }
    write(device.root(), "large", noise(17 << 20, 99));
    device.backup().await;
    fs::rename(device.root().join("old/1"), device.root().join("moved ü+1")).expect("a rename");
    fs::rename(device.root().join("large"), device.root().join("also moved")).expect("a rename");
    write(device.root(), "old/2", noise(1002, 12_345));
    write(device.root(), "new/3", "new");
    fs::remove_file(device.root().join("old/4")).expect("a removal");
    let report = device.backup().await;
    assert_eq!((report.uploaded, report.copied, report.deleted), (2, 2, 3));
    assert_eq!(report.bytes, 1002 + 3, "moved content is not sent");
    let (restored, _) = device.restore().await;
    assert_same(&contents(restored.path()), &contents(device.root()));
    assert_eq!(keys(&bucket, "").await.len(), contents(device.root()).len());
}

/// An upload in parts that was cut goes on with the parts that are missing.
async fn an_upload_in_parts_goes_on_where_it_was_cut(_: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let mut device = Device::new(bucket.clone(), "p");
    device.requests = 1; // one part after the other, so that exactly four arrive
    write(device.root(), "large", noise(45 << 20, 3));
    device.faults.add(Rule { after: 4, ..Rule::every(K::UploadPart, Fault::Deny) });
    let cut = device.try_backup().await.expect("a run");
    assert_eq!((cut.state, cut.tally.requests[&K::CreateMultipart]), (State::Partial, 1));
    assert!(matches!(cut.failures[0].reason, FailureReason::Storage(StoreError::Denied { .. })));
    assert_eq!(keys(&bucket, "").await, [] as [&str; 0], "half a file is no object");
    device.faults.clear();
    let report = device.backup().await;
    assert_eq!(report.tally.requests.get(&K::CreateMultipart), None, "the upload goes on");
    assert_eq!(report.tally.requests[&K::UploadPart], 2, "four of six parts were there");
    let (restored, _) = device.restore().await;
    assert_same(&contents(restored.path()), &contents(device.root()));
    assert_eq!(bucket.list_uploads("p/large").await.expect("uploads"), []);
}

/// An upload that was begun by a computer that lost its index since is given up when the file is sent again, also where
/// unfinished uploads are listed only by their whole key; the upload of a file beside it is not touched.
async fn an_upload_that_no_index_knows_is_given_up_when_its_file_is_sent(
    server: Arc<Server>,
    bucket: Arc<dyn ObjectStore>,
) {
    let mut device = Device::new(bucket.clone(), "p");
    device.options.uploads_by_whole_key = server.name == "minio";
    device.requests = 1;
    write(device.root(), "large", noise(30 << 20, 3));
    device.faults.add(Rule { after: 1, ..Rule::every(K::UploadPart, Fault::Deny) });
    assert_eq!(device.try_backup().await.expect("a run").state, State::Partial);
    assert_eq!(bucket.list_uploads("p/large").await.expect("uploads").len(), 1);
    let beside = holdfast_storage::Key::new("q/large").expect("a key");
    let others = bucket.create_multipart(&beside, &Default::default()).await.expect("an upload of somebody else");
    device.forget();
    device.faults.clear();
    device.backup().await;
    assert_eq!(bucket.list_uploads("p/large").await.expect("uploads"), []);
    let left = bucket.list_uploads("q/large").await.expect("uploads");
    assert_eq!(left.into_iter().map(|info| info.upload).collect::<Vec<_>>(), [others]);
}

/// A computer that lost its index learns everything from the bucket and sends nothing again.
async fn a_lost_index_is_rebuilt_from_the_listing(server: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let device = Device::new(bucket, "p");
    sample(device.root(), 60, server.table.any_key);
    let files = contents(device.root()).len() as u64;
    device.backup().await;
    device.forget();
    let report = device.backup().await;
    assert_eq!((report.uploaded, report.copied, report.unchanged), (0, 0, files));
    assert_eq!(report.tally.requests, [(K::List, 1), (K::ListUploads, 1), (K::Head, files)].into());
    assert_eq!(device.backup().await.tally, Tally::default());
}

/// Two folders under prefixes that begin alike neither see nor remove what belongs to the other.
async fn prefixes_do_not_touch_each_other(_: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let (mut first, second) = (Device::new(bucket.clone(), "p"), Device::new(bucket.clone(), "p2"));
    for n in 0..10 {
        write(first.root(), format!("f{n}"), format!("first {n}"));
        write(second.root(), format!("f{n}"), format!("second {n}"));
    }
    first.backup().await;
    second.backup().await;
    for n in 0..10 {
        fs::remove_file(first.root().join(format!("f{n}"))).expect("a removal");
    }
    first.deleting(Some(10));
    assert_eq!(first.backup().await.deleted, 10);
    assert_eq!(keys(&bucket, "").await.len(), 10);
    let (restored, _) = second.restore().await;
    assert_same(&contents(restored.path()), &contents(second.root()));
}

/// Answers that are lost after the server did its work, and requests to slow down, lose nothing and leave nothing behind.
async fn lost_answers_and_refusals_lose_nothing(_: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let device = Device::new(bucket.clone(), "p");
    for n in 0..60 {
        write(device.root(), format!("f{n}"), noise(500, n));
    }
    write(device.root(), "large", noise(30 << 20, 1));
    for nth in [1, 20, 40] {
        device.faults.add(Rule::nth(K::Put, nth, Fault::LoseAnswer));
        device.faults.add(Rule::nth(K::Put, nth + 1, Fault::SlowDown));
    }
    device.faults.add(Rule::nth(K::UploadPart, 2, Fault::LoseAnswer));
    device.faults.add(Rule::nth(K::CompleteMultipart, 1, Fault::LoseAnswer));
    device.backup().await;
    device.faults.clear();
    device.faults.add(Rule::nth(K::Get, 3, Fault::CutBody));
    device.faults.add(Rule::nth(K::Get, 7, Fault::SlowDown));
    let (restored, _) = device.restore().await;
    assert_same(&contents(restored.path()), &contents(device.root()));
    assert_eq!(bucket.list_uploads("p/large").await.expect("uploads"), []);
}

/// A file that became a folder of the same name comes back with the folder's content, whatever the bucket still keeps
/// of the file.
async fn a_file_that_became_a_folder_comes_back(_: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let mut device = Device::new(bucket, "p");
    device.deleting(None);
    for name in ["photo", "b", "c", "d"] {
        write(device.root(), name, name);
    }
    device.backup().await;
    fs::remove_file(device.root().join("photo")).expect("a removal");
    write(device.root(), "photo/inside", "now a folder");
    device.backup().await;
    let (restored, _) = device.restore().await;
    assert_same(&contents(restored.path()), &contents(device.root()));
}

/// Where nothing is removed from the bucket, a file and a folder of one name are both there. A restore brings back the
/// folder's files or names them as not restored; it never says that all is well without them.
async fn what_the_bucket_keeps_of_a_file_hides_no_folder_of_its_name(_: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let device = Device::new(bucket, "p");
    write(device.root(), "photo", "a file");
    device.backup().await;
    fs::remove_file(device.root().join("photo")).expect("a removal");
    write(device.root(), "photo/inside", "now a folder");
    let backup = device.try_backup().await.expect("a run");
    let (restored, restore) = device.try_restore().await;
    let is_back = restored.path().join("photo/inside").exists();
    let is_told = backup.state == State::Partial || restore.state == State::Partial;
    assert!(is_back || is_told, "photo/inside is not restored, and nobody says so: {restore:?}");
}

/// Storage class and encryption that were asked for are read back: kept where the server keeps them, refused with a
/// reason or seen to be missing where it does not. Never is there doubt.
async fn storage_class_and_encryption_are_as_the_server_says(server: Arc<Server>, bucket: Arc<dyn ObjectStore>) {
    let key = holdfast_storage::Key::new("p/it").expect("a key");
    for wish in wishes(&server.name) {
        let mut device = Device::new(bucket.clone(), "p");
        write(device.root(), "it", wish.class.unwrap_or("encrypted"));
        device.options.storage_class = wish.class.map(Into::into);
        device.options.encryption = wish.encrypted.then_some(Encryption::S3);
        let report = match device.try_backup().await {
            Err(BackupError::Storage(StoreError::Encryption { .. })) => {
                assert!(wish.encrypted && matches!(wish.outcome, Outcome::Refused), "{wish:?}");
                continue;
            }
            report => report.expect("a run"),
        };
        if let Outcome::Refused = wish.outcome {
            assert!(!wish.encrypted, "{wish:?}");
            assert_eq!((report.state, report.failures.len()), (State::Partial, 1), "{wish:?}");
            continue;
        }
        assert_eq!(report.state, State::Complete, "{wish:?}: {:?}", report.failures);
        let meta = bucket.head(&key, &ReadOptions::default()).await.expect("the object");
        let kept = matches!(wish.outcome, Outcome::Kept);
        assert_eq!(meta.storage_class, wish.class.filter(|_| kept).map(Into::into), "{wish:?}");
        assert_eq!(meta.encryption, (wish.encrypted && kept).then_some(Encryption::S3), "{wish:?}");
        let (restored, _) = device.restore().await;
        assert_same(&contents(restored.path()), &contents(device.root()));
    }
}

#[derive(Debug)]
struct Wish {
    class: Option<&'static str>,
    encrypted: bool,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Kept,
    Ignored,
    Refused,
}

/// What each server does with a class and with SSE-S3, as seen.
fn wishes(server: &str) -> [Wish; 2] {
    let (class, classed, encrypted) = match server {
        "minio" => ("REDUCED_REDUNDANCY", Outcome::Kept, Outcome::Kept),
        "ceph" => ("STANDARD_IA", Outcome::Kept, Outcome::Ignored),
        "moto" | "rclone" => ("STANDARD_IA", Outcome::Kept, Outcome::Kept),
        "embedded" => ("STANDARD_IA", Outcome::Refused, Outcome::Refused),
        _ => ("STANDARD_IA", Outcome::Ignored, Outcome::Ignored),
    };
    [
        Wish { class: Some(class), encrypted: false, outcome: classed },
        Wish { class: None, encrypted: true, outcome: encrypted },
    ]
}
