//! A `file://` URL: the folder store without a server in front.

use std::{fs, io, path::Path, sync::Arc};

use holdfast_storage::{Error, folder::FolderStore};

use super::{OpenOptions, OpenStore, assemble, names};
use crate::{
    Result, disk,
    embedded::{folder_error, not_a_place, real_path},
};

pub(super) async fn open(folder: &Path, options: &OpenOptions) -> Result<OpenStore> {
    let store = match disk::while_it_answers(folder, FolderStore::open(folder)).await? {
        Err(Error::NoSuchBucket { .. }) => {
            let (owned, make) = (folder.to_owned(), options.make_folder);
            let expect = move || if make && is_free(&owned)? { Ok(()) } else { Err(missing(&owned)) };
            disk::on_disk(folder, expect).await?;
            disk::while_it_answers(folder, FolderStore::create(folder)).await??
        }
        other => other?,
    };
    let names = names::folder_names(folder);
    let identity = names::folder_identity("folder", &real_path(folder).await?);
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
