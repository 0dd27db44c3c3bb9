//! A folder of buckets: every folder in it that carries a store's marker is one.
//!
//! A folder without the marker is somebody's own: it is neither listed nor opened, only made a bucket when asked to.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{FolderStore, blocking, layout::Layout};
use crate::{
    BucketInfo, Buckets, Error, ObjectStore, Result,
    buckets::{check_bucket_name, is_empty},
};

/// Buckets as folders of one folder.
#[derive(Debug)]
pub struct FolderBuckets {
    root: PathBuf,
    open: Mutex<HashMap<String, Arc<FolderStore>>>,
}

impl FolderBuckets {
    /// The buckets in `root`, which must exist: a disk that is not plugged in is not an empty place.
    pub fn new(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref().to_owned();
        let facts = fs::metadata(&root).map_err(|e| Error::io("opening a folder of buckets", e))?;
        match facts.is_dir() {
            true => Ok(Self { root, open: Mutex::default() }),
            false => Err(Error::io("opening a folder of buckets", io::ErrorKind::NotADirectory.into())),
        }
    }

    fn layout(&self, name: &str) -> Layout {
        Layout::new(&self.root.join(name))
    }

    /// As [`Buckets::open`], with the store's own type.
    pub async fn open_folder(&self, name: &str) -> Result<Arc<FolderStore>> {
        let unknown = || Error::NoSuchBucket { bucket: name.to_owned() };
        check_bucket_name(name).map_err(|_| unknown())?;
        let mut open = self.open.lock().await;
        if let Some(store) = open.get(name) {
            return Ok(store.clone());
        }
        let store = Arc::new(FolderStore::open(self.root.join(name)).await?);
        open.insert(name.to_owned(), store.clone());
        Ok(store)
    }
}

#[async_trait]
impl Buckets for FolderBuckets {
    async fn list(&self) -> Result<Vec<BucketInfo>> {
        let root = self.root.clone();
        blocking(move || {
            let failed = |e| Error::io("listing a folder of buckets", e);
            let mut all = Vec::new();
            for entry in fs::read_dir(&root).map_err(failed)? {
                let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
                if check_bucket_name(&name).is_ok()
                    && let Ok(marker) = Layout::new(&root.join(&name)).format()
                {
                    all.push(BucketInfo { name, created: marker.created });
                }
            }
            all.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(all)
        })
        .await
    }

    async fn create(&self, name: &str) -> Result<()> {
        check_bucket_name(name)?;
        let _one_at_a_time = self.open.lock().await;
        let (layout, bucket, root) = (self.layout(name), name.to_owned(), self.root.clone());
        blocking(move || {
            if layout.format().is_ok() {
                return Err(Error::BucketExists { bucket });
            }
            layout.create()?;
            super::layout::sync_dir(&root).map_err(|e| Error::io("making a bucket", e))
        })
        .await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let store = self.open_folder(name).await?;
        let not_empty = || Error::BucketNotEmpty { bucket: name.to_owned() };
        store.rescan().await?;
        if !is_empty(store.as_ref()).await? {
            return Err(not_empty());
        }
        let mut open = self.open.lock().await;
        store.close();
        open.remove(name);
        let (layout, root) = (self.layout(name), self.root.clone());
        let removed = blocking(move || remove(&layout, &root)).await;
        match removed {
            Ok(true) => Ok(()),
            Ok(false) => Err(not_empty()),
            Err(e) => Err(e),
        }
    }

    async fn open(&self, name: &str) -> Result<Arc<dyn ObjectStore>> {
        Ok(self.open_folder(name).await?)
    }
}

/// Removes the folder of a bucket unless a file appeared in it after all.
fn remove(layout: &Layout, root: &Path) -> Result<bool> {
    let failed = |e| Error::io("removing a bucket", e);
    if !prune(&layout.root, &layout.private).map_err(failed)? {
        return Ok(false);
    }
    fs::remove_dir_all(&layout.private).and_then(|()| fs::remove_dir(&layout.root)).map_err(failed)?;
    super::layout::sync_dir(root).map_err(failed)?;
    Ok(true)
}

/// Removes empty folders below `folder`. Whether nothing but `spare` is left.
fn prune(folder: &Path, spare: &Path) -> io::Result<bool> {
    let mut empty = true;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path() == spare {
            continue;
        }
        let is_dir = entry.file_type()?.is_dir();
        let gone = is_dir && prune(&entry.path(), spare)? && fs::remove_dir(entry.path()).is_ok();
        empty &= gone;
    }
    Ok(empty)
}
