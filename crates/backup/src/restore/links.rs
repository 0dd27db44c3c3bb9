//! Symbolic links: made last, under a temporary name and then published; nothing is ever set through one.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{
    act::{Outcome, Run},
    small::InMemory,
};
use crate::{file_meta::StoredMeta, name, report::FailureReason};

/// The longest target that is believed, bytes as stored: a path of 4 KiB in which every byte is quoted.
const LONGEST_TARGET: u64 = 5 * 4096;

pub(crate) async fn restore(run: &Arc<Run>, item: u32) -> Result<Outcome, FailureReason> {
    let items = &run.plan.items;
    let (size, path) = (items.size(item), items.path(item));
    if size > LONGEST_TARGET {
        return Err(FailureReason::TooLarge);
    }
    let key = run.plan.request.prefix.key(&path).map_err(FailureReason::Key)?;
    let mut content = InMemory::default();
    let meta = run.source.span(&key, &run.pin(item), size, 0..size, &mut content).await?;
    let stored = StoredMeta::read(&meta.metadata);
    let (target, proven) = (target_of(&content.0, &stored)?, stored.sha256.is_some());
    run.tracker.moved(size);
    let making = run.clone();
    let make = move || {
        let run = &*making;
        let folder = run.folder_of(item)?;
        run.publishing(item, &folder, proven, || {
            let mut link = run.place.temp_link(&folder, &target).map_err(FailureReason::Io)?;
            let name = name::decode(run.final_name(item));
            link.publish(&folder, &name, run.replaces(item)).map_err(FailureReason::Io)
        })
    };
    run.in_background(make).await
}

fn target_of(content: &[Bytes], meta: &StoredMeta) -> Result<PathBuf, FailureReason> {
    let content = content.concat();
    if meta.sha256.is_some_and(|expected| expected != <[u8; 32]>::from(Sha256::digest(&content))) {
        return Err(FailureReason::Mismatch);
    }
    let text = String::from_utf8(content).map_err(|_| FailureReason::Mismatch)?;
    match text.is_empty() || text.contains('\0') {
        true => Err(FailureReason::Mismatch),
        false => Ok(name::decode(&text).into()),
    }
}

/// An error of ours as the reason why an item could not be done.
pub(crate) fn io_of(error: crate::Error) -> FailureReason {
    match error {
        crate::Error::Io { source, .. } => FailureReason::Io(source),
        crate::Error::Storage(error) => super::failure_of(error),
        other => FailureReason::Io(std::io::Error::other(other)),
    }
}
