//! The system's events of a folder, as relative paths. It decides nothing and reads no file.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, Flag},
};

use crate::{Error, Result, filter::Filter};

/// Takes what the watcher hears. Called on the watcher's thread: must not wait for long.
pub trait Inbox: Send + Sync + 'static {
    /// Something happened at these relative paths.
    fn changed(&self, paths: Vec<PathBuf>);
    /// Events were lost, or parts of the folder cannot be watched.
    fn overflow(&self);
}

/// Watches a folder and everything below until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    _inner: RecommendedWatcher,
}

impl Watcher {
    /// Begins to watch `root`. Links are not followed. What `filter` leaves out is not told.
    ///
    /// # Errors
    /// [`Error::Io`] when the system cannot watch the folder, for example because it has too many sub-folders.
    pub fn start(root: &Path, filter: Filter, inbox: Arc<dyn Inbox>) -> Result<Self> {
        let seen = root.canonicalize().map_err(Error::io("watching the folder"))?;
        let below = seen.clone();
        let hear = move |event: notify::Result<Event>| match event {
            Ok(event) if event.flag() == Some(Flag::Rescan) => inbox.overflow(),
            Ok(event) => {
                let paths = told(&event, &below, &filter);
                if !paths.is_empty() {
                    inbox.changed(paths);
                }
            }
            Err(_) => inbox.overflow(),
        };
        let failed = |error: notify::Error| Error::io("watching the folder")(std::io::Error::other(error));
        let config = Config::default().with_follow_symlinks(false);
        let mut inner = RecommendedWatcher::new(hear, config).map_err(failed)?;
        inner.watch(&seen, RecursiveMode::Recursive).map_err(failed)?;
        Ok(Self { _inner: inner })
    }
}

/// The relative paths of an event that may matter. An event about the folder itself names no path.
fn told(event: &Event, root: &Path, filter: &Filter) -> Vec<PathBuf> {
    if is_only_a_look(&event.kind) {
        return Vec::new();
    }
    let relative = event.paths.iter().filter_map(|path| path.strip_prefix(root).ok());
    let below = relative.filter(|path| !path.as_os_str().is_empty());
    below.filter(|path| !left_out(path, filter)).map(Path::to_owned).collect()
}

/// Reading changes nothing. A file that was open for writing and is closed may have changed.
fn is_only_a_look(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(access) => !matches!(access, AccessKind::Close(AccessMode::Write)),
        _ => false,
    }
}

/// Whether a path does not take part. What is not known of it (a folder or a file?) is decided when it is looked at.
fn left_out(path: &Path, filter: &Filter) -> bool {
    filter.path_excluded(path, false)
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, ModifyKind};

    use super::*;

    #[test]
    fn only_what_may_matter_is_told_and_by_relative_path() {
        let filter = Filter::new(&["*.log".into(), "target/".into()], false).unwrap();
        let root = Path::new("/home/me");
        let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        for (kind, path, want) in [
            (data, "/home/me/a/b.txt", Some("a/b.txt")),
            (data, "/home/me/a/b.log", None),
            (data, "/home/me/.cache/x", None),
            (data, "/home/me/target/x", None),
            (EventKind::Create(CreateKind::Folder), "/home/me/target", Some("target")),
            (data, "/home/me", None),
            (data, "/home/you/a", None),
            (closed, "/home/me/a", Some("a")),
            (EventKind::Access(AccessKind::Open(AccessMode::Read)), "/home/me/a", None),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), "/home/me/a", None),
        ] {
            let event = Event::new(kind).add_path(path.into());
            let paths = told(&event, root, &filter);
            assert_eq!(paths, want.map(PathBuf::from).into_iter().collect::<Vec<_>>(), "{kind:?} {path}");
        }
    }
}
