//! A `file://` URL: the folder store without a server in front.

use std::{fs, io, path::Path, sync::Arc};

use holdfast_storage::{Error, folder::FolderStore};

use super::{OpenOptions, OpenStore, assemble, names};
use crate::{
    Result,
    embedded::{folder_error, not_a_place},
    error::PlaceNames,
    paths::with_tilde,
};

pub(super) async fn open(folder: &Path, options: &OpenOptions) -> Result<OpenStore> {
    let store = match FolderStore::open(folder).await {
        Err(Error::NoSuchBucket { .. }) => match (options.make_folder, is_free(folder)?) {
            (true, true) => FolderStore::create(folder).await?,
            _ => return Err(missing(folder)),
        },
        other => other?,
    };
    let at = with_tilde(folder);
    let names = PlaceNames { provider: format!("the folder {at}"), ..PlaceNames::default() };
    let identity = names::folder_identity("folder", folder);
    Ok(assemble(Arc::new(store), "", options, "local", names, identity, super::local_title(folder)))
}

/// Whether nobody's files are there: the folder is empty, or not there while the one above it is.
fn is_free(folder: &Path) -> Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(folder.parent().is_some_and(Path::is_dir)),
        Err(error) => Err(folder_error(folder, &error)),
    }
}

fn missing(folder: &Path) -> crate::AppError {
    match fs::metadata(folder) {
        Err(error) => folder_error(folder, &error),
        Ok(facts) if !facts.is_dir() => folder_error(folder, &io::ErrorKind::NotADirectory.into()),
        Ok(_) => not_a_place(folder),
    }
}
