//! Compares one folder with what the index knows of it. Pure.

use super::Reason;
use crate::{file_meta::FileMeta, scan::Found};

/// What the index says of a file, as far as comparing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Name in key form.
    pub name: String,
    /// Facts when it was sent.
    pub meta: FileMeta,
}

/// The outcome for one folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FolderDiff {
    /// Files to send, as positions in `found`, with the reason.
    pub send: Vec<(usize, Reason)>,
    /// Known files that are as they were: number and bytes.
    pub unchanged: (u64, u64),
    /// Known files that are not here any more, as positions in `known`.
    pub gone: Vec<usize>,
}

/// Sorts `found` by name and compares it with `known`, which is sorted by name already.
pub fn diff_folder(found: &mut [Found], known: &[Known]) -> FolderDiff {
    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let mut diff = FolderDiff::default();
    let mut at = 0;
    for (position, file) in found.iter().enumerate() {
        while at < known.len() && known[at].name < file.name {
            diff.gone.push(at);
            at += 1;
        }
        match known.get(at).filter(|k| k.name == file.name) {
            None => diff.send.push((position, Reason::New)),
            Some(before) => {
                at += 1;
                if file.meta.same_as(&before.meta) {
                    diff.unchanged.0 += 1;
                    diff.unchanged.1 += file.meta.size;
                } else {
                    diff.send.push((position, Reason::Changed));
                }
            }
        }
    }
    diff.gone.extend(at..known.len());
    diff
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn meta(size: u64, mtime: i64) -> FileMeta {
        FileMeta { size, mtime, ctime: 1, inode: 1, ..FileMeta::default() }
    }

    fn found(name: &str, meta: FileMeta) -> Found {
        Found { name: name.into(), meta }
    }

    fn known(name: &str, meta: FileMeta) -> Known {
        Known { name: name.into(), meta }
    }

    #[test]
    fn what_changed_is_seen_without_reading() {
        let base = meta(5, 100);
        for (what, now, then, same) in [
            ("nothing", base, base, true),
            ("size", meta(6, 100), base, false),
            ("time", meta(5, 101), base, false),
            ("an older time", meta(5, 99), base, false),
            ("inode", FileMeta { inode: 2, ..base }, base, false),
            ("ctime: same size, same mtime", FileMeta { ctime: 2, ..base }, base, false),
            ("rebuilt index", base, FileMeta { ctime: 0, inode: 0, ..base }, true),
        ] {
            let diff = diff_folder(&mut [found("a", now)], &[known("a", then)]);
            assert_eq!(diff.send.is_empty(), same, "{what}");
        }
    }

    proptest! {
        #[test]
        fn every_file_is_accounted_for_exactly_once(
            here in proptest::collection::btree_map("[a-e]{1,2}", 0u64..3, 0..12),
            there in proptest::collection::btree_map("[a-e]{1,2}", 0u64..3, 0..12),
        ) {
            let mut files: Vec<_> = here.iter().rev().map(|(n, s)| found(n, meta(*s, 1))).collect();
            let rows: Vec<_> = there.iter().map(|(n, s)| known(n, meta(*s, 1))).collect();
            let diff = diff_folder(&mut files, &rows);
            prop_assert_eq!(diff.send.len() as u64 + diff.unchanged.0, here.len() as u64);
            for (position, reason) in &diff.send {
                let name = &files[*position].name;
                prop_assert_eq!(*reason == Reason::New, !there.contains_key(name));
                prop_assert!(there.get(name) != here.get(name));
            }
            for gone in &diff.gone {
                prop_assert!(!here.contains_key(&rows[*gone].name));
            }
            let missing = there.keys().filter(|n| !here.contains_key(*n)).count();
            prop_assert_eq!(diff.gone.len(), missing);
        }
    }
}
