//! Looks at the folder and the index side by side. Reads only.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

use tokio_util::sync::CancellationToken;

use super::{Count, EXAMPLES, Items, Observed, Reason, diff_folder};
use crate::{
    Result,
    file_meta::FileMeta,
    filter::Filter,
    index::Index,
    own,
    progress::Tracker,
    report::{Failure, FailureReason},
    scan::{self, Folder, Skip, Skipped},
};

/// The name of the fact that remembers the volume of the last complete look.
pub(crate) const VOLUME_FACT: &str = "volume";
/// The name of the fact that counts what rounds over some paths removed since the last complete look.
pub(crate) const REMOVED_FACT: &str = "removed_by_rounds";

/// What to look at.
#[derive(Debug)]
pub struct ObserveOptions<'a> {
    /// The folder.
    pub root: &'a Path,
    /// What takes part.
    pub filter: &'a Filter,
    /// The longest relative key that still fits behind the set's prefix, bytes.
    pub longest_path: usize,
    /// What the keys of the set begin with, with its `/`.
    pub key_dir: &'a str,
    /// Threads.
    pub threads: usize,
    /// Counts what was looked at.
    pub pulse: &'a AtomicU64,
}

/// One thread's share.
struct Worker {
    index: Index,
    /// Some files that were there before the first run are left alone.
    leaves: bool,
    seen: Observed,
    dirs: HashSet<Box<str>>,
    closed: Vec<String>,
    any: bool,
}

/// Looks at the whole folder. Blocking: call it from a blocking thread.
pub fn observe(
    index: &Index,
    options: &ObserveOptions<'_>,
    tracker: &Arc<Tracker>,
    cancel: &CancellationToken,
) -> Result<Observed> {
    let leaves = index.has_first_look()?;
    let mut workers = (0..options.threads.max(1))
        .map(|_| {
            let index = index.reader()?;
            let seen = Observed::default();
            Ok(Worker { index, leaves, seen, dirs: HashSet::new(), closed: Vec::new(), any: false })
        })
        .collect::<Result<Vec<_>>>()?;
    scan::walk(options.root, options.filter, &mut workers, cancel, options.pulse, |worker, folder| {
        worker.index.reading()?;
        let seen = worker.folder(folder, options, tracker);
        worker.index.commit()?;
        seen
    })?;
    let mut observed = gather(index, workers)?;
    observed.volume = (volume_of(options.root), index.fact(VOLUME_FACT)?);
    Ok(observed)
}

/// Writes down what is in the folder before its first run. Blocking: call it from a blocking thread.
pub fn take_first_look(index: &Index, options: &ObserveOptions<'_>, cancel: &CancellationToken) -> Result<()> {
    // One worker: it writes, and it happens once. What a look that was cut off wrote goes with its connection.
    let mut writer = [index.reader()?];
    writer[0].begin_first_look()?;
    scan::walk(options.root, options.filter, &mut writer, cancel, options.pulse, |index, folder| {
        folder.files.iter().try_for_each(|file| index.leave_alone(&folder.dir, &file.name, &file.meta))
    })?;
    writer[0].end_first_look()
}

impl Worker {
    fn folder(&mut self, mut folder: Folder, options: &ObserveOptions<'_>, tracker: &Tracker) -> Result<()> {
        leave_out_own(&mut folder, options.key_dir);
        self.any |= !folder.files.is_empty();
        if self.leaves {
            self.leave_alone(&mut folder)?;
        }
        let known = self.index.looks_in(&folder.dir)?;
        tracker.plan(folder.files.len() as u64, 0);
        let diff = diff_folder(&mut folder.files, &known);
        self.seen.unchanged.merge(Count { files: diff.unchanged.0, bytes: diff.unchanged.1 });
        for (position, reason) in diff.send {
            let file = &folder.files[position];
            let length = folder.dir.len() + 1 + file.name.len();
            if length > options.longest_path {
                let path = format!("{}/{}", folder.dir, file.name);
                let reason = FailureReason::Key(holdfast_storage::KeyError::TooLong { bytes: length });
                self.seen.failures.push(Failure { path, reason });
                continue;
            }
            let moved = reason == Reason::New && known_elsewhere(&self.index, &file.meta)?;
            let reason = if moved { Reason::Moved } else { reason };
            self.seen.send.push(&folder.dir, &file.name, file.meta.size, reason)?;
        }
        let out: HashSet<&str> = folder.skipped.iter().map(|s| s.path.rsplit('/').next().unwrap_or(&s.path)).collect();
        if folder.whole {
            for at in diff.gone.into_iter().filter(|at| !out.contains(known[*at].name.as_str())) {
                self.seen.gone.push(&folder.dir, &known[at].name, known[at].meta.size, ())?;
            }
        } else {
            self.closed.push(folder.dir.clone());
        }
        for skipped in folder.skipped {
            self.skip(skipped);
        }
        self.seen.failures.append(&mut folder.failures);
        self.dirs.insert(folder.dir.into());
        Ok(())
    }

    /// Takes out what is as it was before the first run and was never sent.
    fn leave_alone(&mut self, folder: &mut Folder) -> Result<()> {
        let before = self.index.left_alone_in(&folder.dir)?;
        let (index, dir, skipped) = (&self.index, &folder.dir, &mut folder.skipped);
        let mut failed = None;
        folder.files.retain(|file| {
            let was = before.binary_search_by(|known| known.name.as_str().cmp(&file.name));
            if !was.is_ok_and(|at| file.meta.same_as(&before[at].meta)) {
                return true;
            }
            let path = if dir.is_empty() { file.name.clone() } else { format!("{dir}/{}", file.name) };
            match index.row(&path) {
                Ok(None) => {
                    skipped.push(Skipped { path, why: Skip::LeftAlone, is_dir: false, size: file.meta.size });
                    false
                }
                Ok(Some(_)) => true,
                Err(error) => {
                    failed = Some(error);
                    true
                }
            }
        });
        failed.map_or(Ok(()), Err)
    }

    fn skip(&mut self, skipped: Skipped) {
        if skipped.is_dir {
            self.closed.push(skipped.path.clone());
        }
        let group = self.seen.skipped.entry(skipped.why).or_default();
        group.count.add(skipped.size);
        if group.examples.len() < EXAMPLES {
            group.examples.push((skipped.path, skipped.size));
        }
    }
}

/// Files here whose keys are those of our own objects are not sent.
fn leave_out_own(folder: &mut Folder, key_dir: &str) {
    let dir = format!("{key_dir}{}/", folder.dir);
    if own::is_own(&dir) {
        let (path, why) = (folder.dir.clone(), Skip::Reserved);
        folder.files.clear();
        folder.skipped.push(Skipped { path, why, is_dir: true, size: 0 });
    }
}

/// Whether something that looks like this file is in the bucket under another name.
pub(super) fn known_elsewhere(index: &Index, meta: &FileMeta) -> Result<bool> {
    Ok(meta.size > 0 && index.find_look(meta.size, meta.mtime)?.is_some())
}

/// One answer from all shares, and the folders that are gone as a whole.
fn gather(index: &Index, workers: Vec<Worker>) -> Result<Observed> {
    let mut observed = Observed { source_empty: workers.iter().all(|w| !w.any), ..Observed::default() };
    let (mut send, mut gone) = (Vec::new(), Vec::new());
    let (mut dirs, mut closed) = (HashSet::new(), HashSet::new());
    for worker in workers {
        dirs.extend(worker.dirs);
        closed.extend(worker.closed);
        let (s, g) = observed.absorb(worker.seen);
        send.push(s);
        gone.push(g);
    }
    let mut whole_folders = Items::default();
    for dir in index.dirs()? {
        if dirs.contains(dir.as_str()) || is_below_closed(&dir, &closed) {
            continue;
        }
        for known in index.looks_in(&dir)? {
            whole_folders.push(&dir, &known.name, known.meta.size, ())?;
        }
    }
    gone.push(whole_folders);
    observed.send = Items::merge(send)?;
    observed.gone = Items::merge(gone)?;
    observed.now_folders = observed.gone.iter().map(|i| i.path()).filter(|path| dirs.contains(path.as_str())).collect();
    Ok(observed)
}

/// Whether a folder lies in one that could not be read or was left out: nothing is known of it, so nothing is gone.
fn is_below_closed(dir: &str, closed: &HashSet<String>) -> bool {
    if closed.is_empty() {
        return false;
    }
    let ends = dir.match_indices('/').map(|(at, _)| at).chain([dir.len()]);
    closed.contains("") || ends.map(|end| &dir[..end]).any(|above| closed.contains(above))
}

/// A text that names the volume a path is on.
pub(super) fn volume_of(root: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(root).ok()?;
        Some(format!("{:x}", stat.f_fsid))
    }
    #[cfg(not(unix))]
    {
        root.canonicalize().ok()?.components().next().map(|c| format!("{c:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_closed_folder_is_not_gone() {
        let closed: HashSet<String> = ["a/b".to_owned()].into();
        for (dir, below) in [("a/b", true), ("a/b/c", true), ("a/bc", false), ("a", false), ("", false)] {
            assert_eq!(is_below_closed(dir, &closed), below, "{dir}");
        }
        assert!(is_below_closed("x", &[String::new()].into()));
    }
}
