//! Single objects: list, send, fetch, remove.

use std::{
    fs::File,
    io::{BufRead, Write},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use holdfast_backup::{
    file_meta::{FileMeta, to_metadata},
    own::{OWN_FOLDER, is_own},
    progress::{Phase, Tracker},
};
use holdfast_storage::{Body, DeleteOptions, Key, ListRequest, Metadata, ReadOptions, WriteOptions};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{ProgressSink, Session, Underway, elapsed_ms};
use crate::{
    dto::run::{DownloadResult, ObjectPage, S3ObjectView, UploadResult},
    error::{AppError, Doing, Result},
};

/// The most a file sent by itself may have: one PUT.
const MAX_SINGLE: u64 = 5 << 30;

impl Session {
    /// One page of a folder (with `delimiter`) or of everything below a prefix.
    pub async fn list_objects(
        &self,
        prefix: &str,
        max_keys: Option<u16>,
        delimiter: Option<String>,
        continuation: Option<String>,
    ) -> Result<ObjectPage> {
        let request = ListRequest {
            prefix: prefix.to_owned(),
            delimiter,
            continuation,
            max_keys: Some(max_keys.unwrap_or(1000)),
            ..ListRequest::default()
        };
        let page = self.store.list(&request).await;
        let page = page.map_err(|e| AppError::from_storage(&e, &self.doing(Doing::List)))?;
        // What Holdfast keeps there itself is no copy of a person's file.
        let hidden = |key: &str| is_own(key) && !is_own(prefix);
        let objects = page.objects.into_iter().filter(|object| !hidden(object.key.as_str())).map(S3ObjectView::from);
        let prefixes = page.prefixes.into_iter().filter(|below| below != OWN_FOLDER).collect();
        Ok(ObjectPage { objects: objects.collect(), prefixes, continuation: page.continuation })
    }

    /// Sends one file under a key. Its bytes count as moved when the place has confirmed them.
    pub async fn put_file(
        &self,
        path: &Path,
        key: &str,
        extra: Metadata,
        run: &Underway,
        sink: &ProgressSink,
    ) -> Result<UploadResult> {
        let tracker = Tracker::new();
        tracker.watch(&**sink, run.or_cancelled(self.send_file(path, key, extra, run, &tracker))).await
    }

    async fn send_file(
        &self,
        path: &Path,
        key: &str,
        extra: Metadata,
        run: &Underway,
        tracker: &Arc<Tracker>,
    ) -> Result<UploadResult> {
        let begin = Instant::now();
        let context = self.doing(Doing::Upload);
        let key = checked_key(key)?;
        let (owned, cancel) = (path.to_owned(), run.cancel.clone());
        let opened = tokio::task::spawn_blocking(move || open(&owned)).await.map_err(AppError::internal)?;
        let (file, meta) = opened.map_err(|e| AppError::io("reading the file", path, &e))?;
        if meta.size > MAX_SINGLE {
            let error = holdfast_storage::Error::TooLarge { key };
            return Err(AppError::from_storage(&error, &context));
        }
        let hashing = tokio::task::spawn_blocking(move || hash(&file, &cancel).map(|sha256| (file, sha256)));
        let hashed = hashing.await.map_err(AppError::internal)?;
        let (file, sha256) = hashed.map_err(|e| AppError::io("reading the file", path, &e))?;
        let sha256 = sha256.ok_or_else(AppError::cancelled)?;
        let mut metadata = to_metadata(&meta, &sha256);
        metadata.extend(extra);
        let body = Body::file_range(file.into(), 0, meta.size).with_sha256(sha256);
        let options = WriteOptions {
            content_type: Some(content_type(path)),
            metadata,
            storage_class: self.storage_class.clone(),
            encryption: self.encryption.clone(),
            ..WriteOptions::default()
        };
        tracker.phase(Phase::Transferring);
        tracker.plan(1, meta.size);
        let progress = tracker.begin(key.as_str(), meta.size);
        let written = self.store.put(&key, body, &options).await;
        let written = written.map_err(|e| AppError::from_storage(&e, &context))?;
        progress.moved(meta.size);
        tracker.finish_files(1);
        Ok(UploadResult {
            success: true,
            bytes_uploaded: meta.size,
            e_tag: written.etag.as_str().to_owned(),
            duration_ms: elapsed_ms(begin),
        })
    }

    /// Fetches one object into a file; the file appears when it is whole and its content agrees with its digest.
    pub async fn get_file(
        &self,
        key: &str,
        path: &Path,
        run: &Underway,
        sink: &ProgressSink,
    ) -> Result<DownloadResult> {
        let tracker = Tracker::new();
        tracker.watch(&**sink, run.or_cancelled(self.fetch_file(key, path, &tracker))).await
    }

    async fn fetch_file(&self, key: &str, path: &Path, tracker: &Arc<Tracker>) -> Result<DownloadResult> {
        let begin = Instant::now();
        let context = self.doing(Doing::Download);
        let key = checked_key(key)?;
        let local = |e: std::io::Error| AppError::io("writing the file", path, &e);
        let from_store = |e: holdfast_storage::Error| AppError::from_storage(&e, &context);
        let mut got = self.store.get(&key, &ReadOptions::default()).await.map_err(from_store)?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut temp = tempfile::NamedTempFile::new_in(folder).map_err(local)?;
        let mut digest = Sha256::new();
        tracker.phase(Phase::Transferring);
        tracker.plan(1, got.meta.size);
        let progress = tracker.begin(key.as_str(), got.meta.size);
        while let Some(chunk) = got.body.try_next().await.map_err(from_store)? {
            digest.update(&chunk);
            temp.write_all(&chunk).map_err(local)?;
            progress.moved(chunk.len() as u64);
        }
        let stored = holdfast_backup::file_meta::StoredMeta::read(&got.meta.metadata);
        if stored.sha256.is_some_and(|want| want != <[u8; 32]>::from(digest.finalize())) {
            return Err(from_store(holdfast_storage::Error::BadDigest { key }));
        }
        if let Some(mtime) = stored.mtime.and_then(|t| u64::try_from(t).ok()) {
            let time = std::time::UNIX_EPOCH + Duration::from_nanos(mtime);
            temp.as_file().set_modified(time).map_err(local)?;
        }
        temp.as_file().sync_all().map_err(local)?;
        temp.persist(path).map_err(|e| local(e.error))?;
        tracker.finish_files(1);
        Ok(DownloadResult { success: true, bytes_downloaded: got.meta.size, duration_ms: elapsed_ms(begin) })
    }

    /// Removes one object.
    pub async fn remove_object(&self, key: &str) -> Result<()> {
        let key = checked_key(key)?;
        let context = self.doing(Doing::Delete);
        self.store.head(&key, &ReadOptions::default()).await.map_err(|e| AppError::from_storage(&e, &context))?;
        let gone = self.store.delete(&key, &DeleteOptions::default()).await;
        gone.map(drop).map_err(|e| AppError::from_storage(&e, &context))
    }
}

fn checked_key(key: &str) -> Result<Key> {
    Key::new(key).map_err(|e| AppError::from(holdfast_storage::Error::Key(e)))
}

fn open(path: &Path) -> std::io::Result<(File, FileMeta)> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    Ok((file, FileMeta::of(&meta)))
}

/// The SHA-256 of the content, or `None` as soon as somebody asks to stop.
fn hash(file: &File, cancel: &CancellationToken) -> std::io::Result<Option<[u8; 32]>> {
    let mut digest = Sha256::new();
    let mut reader = std::io::BufReader::with_capacity(1 << 20, file);
    while !cancel.is_cancelled() {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(Some(digest.finalize().into()));
        }
        digest.update(chunk);
        let used = chunk.len();
        reader.consume(used);
    }
    Ok(None)
}

fn content_type(path: &Path) -> String {
    mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashing_stops_when_somebody_asks() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"content").unwrap();
        let (cancel, again) = (CancellationToken::new(), || std::io::Seek::rewind(&mut &file).unwrap());
        again();
        assert_eq!(hash(&file, &cancel).unwrap(), Some(Sha256::digest(b"content").into()));
        again();
        cancel.cancel();
        assert_eq!(hash(&file, &cancel).unwrap(), None);
    }

    #[test]
    fn the_type_follows_from_the_name() {
        let table = [
            ("a.html", "text/html"),
            ("B.JPG", "image/jpeg"),
            ("c.tar.gz", "application/gzip"),
            ("d.json", "application/json"),
            ("e.unheard-of", "application/octet-stream"),
            ("f", "application/octet-stream"),
            (".html", "application/octet-stream"),
        ];
        for (name, kind) in table {
            assert_eq!(content_type(Path::new(name)), kind, "{name}");
        }
    }
}
