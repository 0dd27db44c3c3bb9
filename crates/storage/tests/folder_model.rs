//! Whatever is done to a folder store in whatever order, it answers as the memory store does.

use std::path::Path;

use holdfast_storage::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, ETag, FolderStore, Key, ListRequest, ObjectStore, ReadOptions,
    ReadRange, Result, VersionId, Versioning, WriteOptions, Written, body::collect, folder::Records,
    memory::MemoryStore,
};
use proptest::prelude::*;

const KEYS: [&str; 11] = ["a", "a/b", "a/b/c", "a/", "A", "b//c", "..", "\u{e9}", "e\u{301}", ".holdfast/x", "a/b:"];

#[derive(Debug, Clone)]
enum Step {
    Put { key: usize, content: u8, condition: Condition },
    Parts { key: usize, content: u8, condition: Condition },
    Copy { from: usize, to: usize },
    Delete { key: usize, condition: Condition },
    DeleteVersion { key: usize, nth: usize },
    ReadVersion { key: usize, nth: usize },
    Read { key: usize, range: Option<ReadRange> },
    List { prefix: usize, delimited: bool, after: Option<usize>, page: u16 },
    Versioning(Versioning),
    Reopen { without_index: bool },
}

#[derive(Debug, Clone, Copy)]
enum Condition {
    None,
    Absent,
    /// The tag that the key has now, or a wrong one when it has none.
    Current,
    Wrong,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..KEYS.len();
    let condition = prop_oneof![
        4 => Just(Condition::None), 1 => Just(Condition::Absent), 1 => Just(Condition::Current), 1 => Just(Condition::Wrong),
    ];
    let range = prop_oneof![
        Just(None),
        (0..40u64, 0..40u64).prop_map(|(start, len)| Some(ReadRange::Span { start, end: start + len })),
        (0..40u64).prop_map(|start| Some(ReadRange::From(start))),
        (0..40u64).prop_map(|count| Some(ReadRange::Last(count))),
    ];
    let step = prop_oneof![
        8 => (key(), any::<u8>(), condition.clone()).prop_map(|(key, content, condition)| Step::Put { key, content, condition }),
        1 => (key(), any::<u8>(), condition.clone()).prop_map(|(key, content, condition)| Step::Parts { key, content, condition }),
        2 => (key(), key()).prop_map(|(from, to)| Step::Copy { from, to }),
        4 => (key(), condition).prop_map(|(key, condition)| Step::Delete { key, condition }),
        3 => (key(), 0..4usize).prop_map(|(key, nth)| Step::DeleteVersion { key, nth }),
        2 => (key(), 0..4usize).prop_map(|(key, nth)| Step::ReadVersion { key, nth }),
        3 => (key(), range).prop_map(|(key, range)| Step::Read { key, range }),
        2 => (0..4usize, any::<bool>(), proptest::option::of(key()), 1..6u16)
            .prop_map(|(prefix, delimited, after, page)| Step::List { prefix, delimited, after, page }),
        1 => prop_oneof![Just(Versioning::Off), Just(Versioning::On), Just(Versioning::Suspended)].prop_map(Step::Versioning),
        1 => any::<bool>().prop_map(|without_index| Step::Reopen { without_index }),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What a step showed, without the ids and times that differ between any two stores.
#[derive(Debug, PartialEq)]
enum Shown {
    Refused(String),
    Written(ETag, bool),
    Deleted(bool),
    Content(bytes::Bytes, u64, ETag),
    Rows(Vec<String>),
    Done,
}

fn key(at: usize) -> Key {
    Key::new(KEYS[at]).unwrap()
}

fn written(written: Written) -> Shown {
    Shown::Written(written.etag, written.version.is_some_and(|id| id.0 != "null"))
}

async fn tag(store: &dyn ObjectStore, at: usize, condition: Condition) -> (bool, Option<ETag>) {
    let wrong = ETag::new("0123456789abcdef0123456789abcdef");
    match condition {
        Condition::None => (false, None),
        Condition::Absent => (true, None),
        Condition::Wrong => (false, Some(wrong)),
        Condition::Current => {
            let now = store.head(&key(at), &ReadOptions::default()).await.map(|meta| meta.etag);
            (false, Some(now.unwrap_or(wrong)))
        }
    }
}

async fn nth_version(store: &dyn ObjectStore, at: usize, nth: usize) -> VersionId {
    let request = ListRequest { prefix: KEYS[at].into(), ..ListRequest::default() };
    let all = store.list_versions(&request, None).await.unwrap().versions;
    let found = all.into_iter().filter(|v| v.entry.key == key(at)).nth(nth);
    found.map_or(VersionId("0000000000000000ffffffff".into()), |v| v.id)
}

async fn read(store: &dyn ObjectStore, at: usize, options: ReadOptions) -> Result<Shown> {
    let got = store.get(&key(at), &options).await?;
    Ok(Shown::Content(collect(got.body).await?, got.meta.size, got.meta.etag))
}

async fn rows(store: &dyn ObjectStore, mut request: ListRequest) -> Result<Shown> {
    let mut rows = Vec::new();
    loop {
        let page = store.list(&request).await?;
        rows.extend(page.objects.into_iter().map(|row| format!("{} {} {:?}", row.key, row.size, row.etag)));
        rows.extend(page.prefixes.into_iter().map(|group| format!("group {group}")));
        rows.push("page".into());
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => return Ok(Shown::Rows(rows)),
        }
    }
}

async fn versions(store: &dyn ObjectStore) -> Vec<String> {
    let all = store.list_versions(&ListRequest::default(), None).await.unwrap().versions;
    let show = |v: holdfast_storage::Version| {
        format!("{} {} {} {} {}", v.entry.key, v.entry.size, v.is_latest, v.is_delete_marker, v.id.0 == "null")
    };
    all.into_iter().map(show).collect()
}

async fn apply(store: &dyn ObjectStore, step: &Step) -> Result<Shown> {
    match step {
        Step::Put { key: at, content, condition } => {
            let (if_absent, if_match) = tag(store, *at, *condition).await;
            let options = WriteOptions { if_absent, if_match, ..WriteOptions::default() };
            let content = vec![*content; usize::from(*content) % 40];
            store.put(&key(*at), Body::bytes(content), &options).await.map(written)
        }
        Step::Parts { key: at, content, condition } => {
            let upload = store.create_multipart(&key(*at), &WriteOptions::default()).await?;
            let part = store.upload_part(&upload, 7, Body::bytes(vec![*content; 30])).await?;
            let (if_absent, if_match) = tag(store, *at, *condition).await;
            let answer = store
                .complete_multipart(
                    &upload,
                    &[part],
                    &CompleteOptions { if_absent, if_match, ..CompleteOptions::default() },
                )
                .await;
            store.abort_multipart(&upload).await?;
            answer.map(written)
        }
        Step::Copy { from, to } => {
            let from = CopyFrom { key: key(*from), version: None, if_match: None };
            store.copy(&from, &key(*to), &WriteOptions::default()).await.map(written)
        }
        Step::Delete { key: at, condition } => {
            let (_, if_match) = tag(store, *at, *condition).await;
            let options = DeleteOptions { version: None, if_match };
            store.delete(&key(*at), &options).await.map(|deleted| Shown::Deleted(deleted.delete_marker))
        }
        Step::DeleteVersion { key: at, nth } => {
            let options = DeleteOptions { version: Some(nth_version(store, *at, *nth).await), if_match: None };
            store.delete(&key(*at), &options).await.map(|deleted| Shown::Deleted(deleted.delete_marker))
        }
        Step::ReadVersion { key: at, nth } => {
            let version = Some(nth_version(store, *at, *nth).await);
            read(store, *at, ReadOptions { version, ..ReadOptions::default() }).await
        }
        Step::Read { key: at, range } => {
            read(store, *at, ReadOptions { range: *range, ..ReadOptions::default() }).await
        }
        Step::List { prefix, delimited, after, page } => {
            let request = ListRequest {
                prefix: ["", "a", "a/", "b/"][*prefix].into(),
                delimiter: delimited.then(|| "/".into()),
                start_after: after.filter(|_| !delimited).map(|at| KEYS[at].into()),
                max_keys: Some(*page),
                ..ListRequest::default()
            };
            rows(store, request).await
        }
        Step::Versioning(versioning) => store.set_versioning(*versioning).await.map(|()| Shown::Done),
        Step::Reopen { .. } => Ok(Shown::Done),
    }
}

fn shown(result: Result<Shown>) -> Shown {
    result.unwrap_or_else(|error| {
        let text = format!("{error:?}");
        Shown::Refused(text.split([' ', '{', '(']).next().unwrap_or_default().to_owned())
    })
}

async fn reopen(root: &Path, store: FolderStore, without_index: bool) -> FolderStore {
    drop(store);
    if without_index {
        std::fs::remove_file(root.join(".holdfast/index.db")).unwrap();
    }
    FolderStore::open_quietly(root).await.unwrap()
}

async fn agree(records: Records, steps: Vec<Step>) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("bucket");
    let mut folder = FolderStore::create_with(&root, records).await.unwrap();
    let memory = MemoryStore::new();
    for (at, step) in steps.iter().enumerate() {
        if let Step::Reopen { without_index } = step {
            folder = reopen(&root, folder, *without_index).await;
        }
        let (ours, model) = (shown(apply(&folder, step).await), shown(apply(&memory, step).await));
        assert_eq!(ours, model, "step {at}: {step:?}");
    }
    assert_eq!(versions(&folder).await, versions(&memory).await);
    for (at, name) in KEYS.iter().enumerate() {
        let (ours, model) = (read(&folder, at, Default::default()).await, read(&memory, at, Default::default()).await);
        assert_eq!(shown(ours), shown(model), "{name}");
    }
    assert_eq!(folder.rescan().await.unwrap().changed, 0, "files and index differ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_folder_answers_as_memory_does(steps in steps(), beside in any::<bool>()) {
        let records = if beside { Records::Beside } else { Records::InFiles };
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(agree(records, steps));
    }
}
