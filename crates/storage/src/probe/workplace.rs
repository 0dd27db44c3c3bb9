//! The folder a probe works in: remembers what it wrote and removes it. It touches nothing outside of its folder.

use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;

use super::PROBE_PREFIX;
use crate::{
    Body, DeleteOptions, ETag, Error, Key, ListRequest, ObjectStore, ReadOptions, Result, Upload, VersionId,
    WriteOptions, Written, body,
};

pub(super) struct Workplace {
    pub store: Arc<dyn ObjectStore>,
    /// Tag of what was written last.
    pub last_tag: Option<ETag>,
    /// The bucket keeps versions: a plain delete would leave a marker.
    pub versioned: bool,
    folder: String,
    tried: BTreeSet<Key>,
    versions: Vec<(Key, VersionId)>,
    /// An upload was begun, and not surely given up.
    upload_open: bool,
    times: Vec<Duration>,
}

impl Workplace {
    pub fn new(store: Arc<dyn ObjectStore>, id: &str) -> Self {
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let folder = format!("{PROBE_PREFIX}{id}/");
        let (tried, versions, upload_open, times) = Default::default();
        Self { store, last_tag: None, versioned: false, folder, tried, versions, upload_open, times }
    }

    pub fn folder(&self) -> &str {
        &self.folder
    }

    pub fn key(&self, name: &str) -> Result<Key> {
        Ok(Key::new(format!("{}{name}", self.folder))?)
    }

    /// Writes, and remembers it before it is sent: a lost answer may hide an object that is there.
    pub async fn put(&mut self, name: &str, body: Body, options: &WriteOptions) -> Result<Written> {
        let key = self.key(name)?;
        self.tried.insert(key.clone());
        let written = self.store.put(&key, body, options).await?;
        self.last_tag = Some(written.etag.clone());
        if let Some(version) = &written.version {
            self.versions.push((key, version.clone()));
        }
        Ok(written)
    }

    pub async fn read(&self, name: &str) -> Result<Bytes> {
        let got = self.store.get(&self.key(name)?, &ReadOptions::default()).await?;
        body::collect(got.body).await
    }

    pub async fn begin_upload(&mut self, name: &str) -> Result<Upload> {
        self.upload_open = true;
        self.store.create_multipart(&self.key(name)?, &WriteOptions::default()).await
    }

    /// Gives up an upload; one that cannot be given up is looked for once more at the end.
    pub async fn end_upload(&mut self, upload: &Upload) -> Result<()> {
        self.store.abort_multipart(upload).await?;
        self.upload_open = false;
        Ok(())
    }

    /// Measures a call.
    pub async fn timed<T>(&mut self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let began = Instant::now();
        let answer = call.await?;
        self.times.push(began.elapsed());
        Ok(answer)
    }

    pub fn note_time(&mut self, began: Instant) {
        self.times.push(began.elapsed());
    }

    pub fn median_ms(&self) -> u64 {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 2).map_or(0, |time| time.as_millis() as u64)
    }

    /// Removes everything this probe wrote. Gives back the keys that are still there.
    pub async fn clear(&mut self) -> Vec<String> {
        let mut left = BTreeSet::new();
        if self.upload_open {
            left.extend(self.clear_uploads().await);
        }
        if !self.tried.is_empty() {
            left.extend(match self.versioned || !self.versions.is_empty() {
                true => self.clear_versions().await,
                false => self.clear_objects().await,
            });
        }
        left.into_iter().map(|key| key.to_string()).collect()
    }

    async fn clear_uploads(&self) -> Vec<Key> {
        let Ok(open) = self.store.list_uploads(&self.folder).await else { return Vec::new() };
        let mut left = Vec::new();
        for upload in open.into_iter().map(|info| info.upload).filter(|u| u.key.as_str().starts_with(&self.folder)) {
            if self.store.abort_multipart(&upload).await.is_err() {
                left.push(upload.key);
            }
        }
        left
    }

    /// Removes, then looks whether it is gone.
    async fn clear_objects(&self) -> Vec<Key> {
        let mut left = self.delete_all(self.tried.iter().cloned().collect()).await;
        let request = ListRequest { prefix: self.folder.clone(), ..ListRequest::default() };
        if let Ok(page) = self.store.list(&request).await {
            left = page.objects.into_iter().map(|row| row.key).collect();
        }
        left
    }

    async fn delete_all(&self, keys: Vec<Key>) -> Vec<Key> {
        if keys.is_empty() {
            return keys;
        }
        let mut left = Vec::new();
        match self.store.delete_many(&keys).await {
            Ok(results) => {
                let failed = keys.into_iter().zip(results).filter(|(_, result)| result.is_err());
                left.extend(failed.map(|(key, _)| key));
            }
            Err(_) => {
                for key in keys {
                    if self.store.delete(&key, &DeleteOptions::default()).await.is_err() {
                        left.push(key);
                    }
                }
            }
        }
        left
    }

    /// In a bucket that keeps versions a plain delete only hides: each version goes by its name. Where that is not
    /// allowed the objects are at least hidden.
    async fn clear_versions(&mut self) -> Vec<Key> {
        let mut left = Vec::new();
        for (key, version) in std::mem::take(&mut self.versions) {
            match self.delete_version(&key, version).await {
                Ok(()) => {}
                Err(Error::Denied { .. }) => {
                    let keys: Vec<Key> = self.tried.iter().cloned().collect();
                    self.delete_all(keys.clone()).await;
                    return keys;
                }
                Err(_) => left.push(key),
            }
        }
        left.extend(self.clear_forgotten_versions().await);
        left
    }

    /// What a lost answer may have hidden.
    async fn clear_forgotten_versions(&self) -> Vec<Key> {
        let request = ListRequest { prefix: self.folder.clone(), ..ListRequest::default() };
        let Ok(page) = self.store.list_versions(&request, None).await else { return Vec::new() };
        let mut left = Vec::new();
        for version in page.versions {
            if self.delete_version(&version.entry.key, version.id).await.is_err() {
                left.push(version.entry.key);
            }
        }
        left
    }

    async fn delete_version(&self, key: &Key, version: VersionId) -> Result<()> {
        let options = DeleteOptions { version: Some(version), if_match: None };
        self.store.delete(key, &options).await.map(drop)
    }
}
