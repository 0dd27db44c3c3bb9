//! The folder store keeps every promise of the suite.

use std::sync::Arc;

use holdfast_storage::{
    FolderStore,
    conformance::{Capabilities, Need, cases, run_named},
    folder::Records,
};

async fn in_a_folder(name: &str) {
    case(name, Records::InFiles).await;
}

async fn case(name: &str, records: Records) {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(FolderStore::create_with(dir.path().join("bucket"), records).await.unwrap());
    run_named(name, store.clone(), &Capabilities::all()).await;
    drop(store);
    let left: Vec<_> = walk(&dir.path().join("bucket"));
    assert_eq!(left, Vec::<String>::new(), "files are left behind");
}

/// What is left in the folder after a case cleaned up, but for what a store always has.
fn walk(root: &std::path::Path) -> Vec<String> {
    let mut left = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !["index.db", "format.json", "open.lock", "versioning"]
                .iter()
                .any(|n| name == format!(".holdfast/{n}"))
                && !name.starts_with(".holdfast/completed/")
            {
                left.push(name);
            }
        }
    }
    left
}

holdfast_storage::conformance_tests!(in_a_folder);

/// Every case again where the disk keeps no attributes.
mod records_beside {
    use super::*;

    async fn beside(name: &str) {
        case(name, Records::Beside).await;
    }

    holdfast_storage::conformance_tests!(beside);
}

#[test]
fn a_case_that_a_place_cannot_run_is_named_and_skipped() {
    let lacking = Capabilities::without(&[Need::Versions, Need::CreateIfAbsent]);
    let skipped: Vec<_> = cases().iter().filter_map(|case| lacking.missing(case.needs)).collect();
    assert_eq!(skipped.iter().filter(|need| **need == Need::Versions).count(), 5);
    assert_eq!(skipped.iter().filter(|need| **need == Need::CreateIfAbsent).count(), 2);
}
