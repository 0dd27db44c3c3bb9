//! Looks closer at files that could be the same: asks for the stored time only where the answer changes the decision.

use std::path::Path;

use holdfast_storage::ObjectMeta;
use sha2::{Digest, Sha256};

use super::{
    Conflict, Pin, RestoreContext, RestoreRequest,
    items::Items,
    joined,
    local::{Here, Local},
    observe::heads_of,
    plan::kept_name,
};
use crate::{
    Result,
    file_meta::{FileMeta, StoredMeta},
    name,
};

/// How many answers are held at once.
const AT_ONCE: usize = 1000;

/// Turns [`Here::SameSize`] into [`Here::Same`] or [`Here::Differs`], and finds what was kept beside a file before.
pub(crate) async fn compare(
    ctx: &RestoreContext,
    request: &RestoreRequest,
    mut items: Items,
    mut local: Local,
) -> Result<(Items, Local)> {
    let conflict = request.conflict;
    let unsure: Vec<u32> = (0..items.len()).filter(|item| needs_head(&items, &local, *item, conflict)).collect();
    for some in unsure.chunks(AT_ONCE) {
        let keys = some.iter().filter_map(|item| {
            let key = request.prefix.key(&items.path(*item)).ok()?;
            Some((*item, key, Pin { etag: items.etag(*item), version: items.version(*item) }))
        });
        let heads = heads_of(ctx, keys).await?;
        let destination = request.destination.clone();
        let look = move || {
            for (item, meta) in heads {
                local.here[item as usize] = decide(&destination, conflict, &items, &local, item, meta.as_ref());
            }
            (items, local)
        };
        (items, local) = tokio::task::spawn_blocking(look).await.map_err(joined)?;
    }
    for here in local.here.iter_mut().filter(|here| **here == Here::SameSize) {
        *here = Here::Differs;
    }
    Ok((items, local))
}

fn needs_head(items: &Items, local: &Local, item: u32, conflict: Conflict) -> bool {
    match local.here[item as usize] {
        Here::SameSize => true,
        Here::Differs if conflict == Conflict::KeepBoth => {
            kept_beside(items, local, item).any(|(_, size, _)| size == items.size(item))
        }
        _ => false,
    }
}

/// Files beside an item that have the names "keep both" would give it, in their order: relative path, size, time.
fn kept_beside(items: &Items, local: &Local, item: u32) -> impl Iterator<Item = (String, u64, i64)> {
    (1..).map_while(move |n| {
        let path = items.path_with(item, &kept_name(items.local_name(item), n));
        let (size, mtime) = local.kept.get(&path).copied()?;
        Some((path, size, mtime))
    })
}

fn decide(
    destination: &Path,
    conflict: Conflict,
    items: &Items,
    local: &Local,
    item: u32,
    meta: Option<&ObjectMeta>,
) -> Here {
    let here_path = |relative: &str| destination.join(name::to_relative_path(relative).unwrap_or_default());
    let stored = meta.map(|meta| StoredMeta::read(&meta.metadata)).unwrap_or_default();
    let is_same = |path: &str, size: u64, mtime: Option<i64>| match items.is_link(item) {
        true => is_same_link(&here_path(path), &stored),
        false => size == items.size(item) && mtime.is_some() && mtime == stored.mtime,
    };
    let path = items.local_path(item);
    let same_size = local.here[item as usize] == Here::SameSize;
    if same_size && is_same(&path, items.size(item), mtime_of(&here_path(&path))) {
        return Here::Same;
    }
    let keeps = conflict == Conflict::KeepBoth;
    match keeps && kept_beside(items, local, item).any(|(path, size, mtime)| is_same(&path, size, Some(mtime))) {
        true => Here::KeptBefore,
        false => Here::Differs,
    }
}

fn mtime_of(path: &Path) -> Option<i64> {
    path.symlink_metadata().ok().map(|meta| FileMeta::of(&meta).mtime)
}

fn is_same_link(path: &Path, stored: &StoredMeta) -> bool {
    let target = path.read_link().map(|target| name::encode(target.as_os_str()));
    target.is_ok_and(|text| stored.sha256 == Some(Sha256::digest(text.as_bytes()).into()))
}
