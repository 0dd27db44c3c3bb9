//! What stands where the objects would go. Looks without following links and writes nothing.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
};

use super::{
    Conflict, STAGING, filesystem,
    items::{Items, ROOT},
};
use crate::{file_meta::FileMeta, name};

/// What is where a file would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    /// Nothing.
    Absent,
    /// A file (or, for a link, a link) of the same size; nobody looked closer.
    SameSize,
    /// The same file: size and time fit, or for a link its target.
    Same,
    /// Another file.
    Differs,
    /// Another file, and beside it the object as an earlier restore put it there.
    KeptBefore,
    /// A folder.
    Folder,
    /// A folder on the way is a file or a link.
    Blocked,
}

/// What is where a folder would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FolderHere {
    Absent,
    There,
    /// A file or a link.
    Obstructed,
    /// Something above is.
    Below,
}

/// What stands in the destination.
#[derive(Debug, Default)]
pub(crate) struct Local {
    pub here: Vec<Here>,
    pub folders: Vec<FolderHere>,
    /// Files that an earlier "keep both" may have made, by path in key form: size and time.
    pub kept: HashMap<String, (u64, i64)>,
}

/// What is in every name that "keep both" makes.
pub(crate) const KEPT_MARK: &str = " (from backup";

pub(crate) fn look(destination: &Path, items: &Items, conflict: Conflict) -> Local {
    let mut local = Local { folders: look_at_folders(destination, items), ..Local::default() };
    let (mut folder, mut path) = (ROOT, destination.to_owned());
    for item in 0..items.len() {
        if items.folder(item) != folder {
            folder = items.folder(item);
            path = folder_path(destination, items, folder);
        }
        local.here.push(match local.folders[folder as usize] {
            FolderHere::Absent => Here::Absent,
            FolderHere::Obstructed | FolderHere::Below => Here::Blocked,
            FolderHere::There => look_at(&path.join(name::decode(items.local_name(item))), items, item),
        });
    }
    if conflict == Conflict::KeepBoth {
        local.kept = look_for_kept(destination, items, &local.here);
    }
    local
}

fn folder_path(destination: &Path, items: &Items, folder: u32) -> PathBuf {
    match folder {
        ROOT => destination.to_owned(),
        _ => folder_path(destination, items, items.parent(folder)).join(name::decode(items.folder_name(folder))),
    }
}

fn look_at_folders(destination: &Path, items: &Items) -> Vec<FolderHere> {
    let root = if destination.is_dir() { FolderHere::There } else { FolderHere::Absent };
    let mut folders = vec![root];
    for folder in 1..items.folder_count() {
        folders.push(match folders[items.parent(folder) as usize] {
            FolderHere::Absent => FolderHere::Absent,
            FolderHere::Obstructed | FolderHere::Below => FolderHere::Below,
            FolderHere::There => match folder_path(destination, items, folder).symlink_metadata() {
                Ok(meta) if meta.is_dir() => FolderHere::There,
                Ok(_) => FolderHere::Obstructed,
                Err(_) => FolderHere::Absent,
            },
        });
    }
    folders
}

fn look_at(path: &Path, items: &Items, item: u32) -> Here {
    let Ok(meta) = path.symlink_metadata() else { return Here::Absent };
    let fits = if items.is_link(item) { meta.is_symlink() } else { meta.is_file() };
    match fits {
        _ if meta.is_dir() => Here::Folder,
        true if meta.len() == items.size(item) => Here::SameSize,
        _ => Here::Differs,
    }
}

/// Lists the folders in which a file is in the way, for names that "keep both" gave earlier.
fn look_for_kept(destination: &Path, items: &Items, here: &[Here]) -> HashMap<String, (u64, i64)> {
    let in_the_way = |item: &u32| matches!(here[*item as usize], Here::SameSize | Here::Differs);
    let folders: HashSet<u32> = (0..items.len()).filter(in_the_way).map(|item| items.folder(item)).collect();
    let mut kept = HashMap::new();
    for folder in folders {
        let inside = std::fs::read_dir(folder_path(destination, items, folder)).into_iter().flatten().flatten();
        for entry in inside {
            let name = name::encode(&entry.file_name());
            if name.contains(KEPT_MARK) {
                let meta = entry.metadata().map(|meta| FileMeta::of(&meta)).unwrap_or_default();
                let dir = items.folder_path(folder);
                let path = if dir.is_empty() { name } else { format!("{dir}/{name}") };
                kept.insert(path, (meta.size, meta.mtime));
            }
        }
    }
    kept
}

/// Free bytes, counting what leftovers of an earlier run hold: they are gone on with or removed.
pub(crate) fn available(destination: &Path) -> crate::Result<Option<u64>> {
    let free = filesystem::available(destination).map_err(crate::Error::io("asking for the free space"))?;
    Ok(free.map(|free| free.saturating_add(held_by_leftovers(&destination.join(STAGING)).unwrap_or(0))))
}

fn held_by_leftovers(staging: &Path) -> io::Result<u64> {
    let mut held = 0;
    for entry in staging.read_dir()? {
        held += allocated(&entry?.metadata()?);
    }
    Ok(held)
}

#[cfg(unix)]
fn allocated(meta: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(meta) * 512
}

#[cfg(not(unix))]
fn allocated(meta: &std::fs::Metadata) -> u64 {
    meta.len()
}
