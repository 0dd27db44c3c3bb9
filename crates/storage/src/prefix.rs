//! A store seen through a prefix: every key and listing is below it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, Error, GetObject, Key, ListPage, ListRequest, Listed,
    ObjectMeta, ObjectStore, Part, PresignMethod, ReadOptions, Result, Upload, UploadInfo, Version, VersionPage,
    Versioning, WriteOptions, Written,
};

/// Puts `prefix` before every key. The prefix is used as it is: give it its `/`.
#[derive(Debug)]
pub struct PrefixStore {
    inner: Arc<dyn ObjectStore>,
    prefix: String,
}

impl PrefixStore {
    /// `inner` below `prefix`; with an empty prefix `inner` itself.
    pub fn wrap(inner: Arc<dyn ObjectStore>, prefix: &str) -> Arc<dyn ObjectStore> {
        match prefix {
            "" => inner,
            _ => Arc::new(Self { inner, prefix: prefix.to_owned() }),
        }
    }

    fn outer(&self, key: &Key) -> Result<Key> {
        Ok(Key::new(format!("{}{key}", self.prefix))?)
    }

    fn strip(&self, key: &str) -> Option<Key> {
        Key::new(key.strip_prefix(&self.prefix)?).ok()
    }

    fn outer_upload(&self, upload: &Upload) -> Result<Upload> {
        Ok(Upload { key: self.outer(&upload.key)?, id: upload.id.clone() })
    }

    fn request(&self, request: &ListRequest) -> ListRequest {
        let mut request = request.clone();
        request.prefix.insert_str(0, &self.prefix);
        request.start_after = request.start_after.map(|after| format!("{}{after}", self.prefix));
        request
    }

    fn listed(&self, row: Listed) -> Option<Listed> {
        Some(Listed { key: self.strip(row.key.as_str())?, ..row })
    }

    fn groups(&self, groups: Vec<String>) -> Vec<String> {
        groups.iter().filter_map(|g| g.strip_prefix(&self.prefix)).map(str::to_owned).collect()
    }

    /// Errors name the key the caller used, not the one below the prefix.
    fn inner_error(&self, error: Error) -> Error {
        let short = |key: Key| self.strip(key.as_str()).unwrap_or(key);
        match error {
            Error::NotFound { key } => Error::NotFound { key: short(key) },
            Error::NoSuchUpload { key } => Error::NoSuchUpload { key: short(key) },
            Error::InvalidPart { key } => Error::InvalidPart { key: short(key) },
            Error::InvalidPartOrder { key } => Error::InvalidPartOrder { key: short(key) },
            Error::PartTooSmall { key } => Error::PartTooSmall { key: short(key) },
            Error::PreconditionFailed { key } => Error::PreconditionFailed { key: short(key) },
            Error::NotModified { key, etag } => Error::NotModified { key: short(key), etag },
            Error::Conflict { key } => Error::Conflict { key: short(key) },
            Error::InvalidRange { key, size } => Error::InvalidRange { key: short(key), size },
            Error::BadDigest { key } => Error::BadDigest { key: short(key) },
            Error::Truncated { key, expected, got } => Error::Truncated { key: short(key), expected, got },
            Error::Archived { key } => Error::Archived { key: short(key) },
            Error::TooLarge { key } => Error::TooLarge { key: short(key) },
            other => other,
        }
    }
}

#[async_trait]
impl ObjectStore for PrefixStore {
    async fn check(&self) -> Result<()> {
        self.inner.check().await
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        self.inner.head(&self.outer(key)?, options).await.map_err(|e| self.inner_error(e))
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        self.inner.get(&self.outer(key)?, options).await.map_err(|e| self.inner_error(e))
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        self.inner.put(&self.outer(key)?, body, options).await.map_err(|e| self.inner_error(e))
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        let page = self.inner.list(&self.request(request)).await?;
        Ok(ListPage {
            objects: page.objects.into_iter().filter_map(|row| self.listed(row)).collect(),
            prefixes: self.groups(page.prefixes),
            continuation: page.continuation,
        })
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        self.inner.delete(&self.outer(key)?, options).await.map_err(|e| self.inner_error(e))
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        let outer = keys.iter().map(|key| self.outer(key)).collect::<Result<Vec<_>>>()?;
        let results = self.inner.delete_many(&outer).await?;
        Ok(results.into_iter().map(|result| result.map_err(|e| self.inner_error(e))).collect())
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        let from = CopyFrom { key: self.outer(&from.key)?, ..from.clone() };
        self.inner.copy(&from, &self.outer(to)?, options).await.map_err(|e| self.inner_error(e))
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        let upload = self.inner.create_multipart(&self.outer(key)?, options).await.map_err(|e| self.inner_error(e))?;
        Ok(Upload { key: key.clone(), id: upload.id })
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        let outer = self.outer_upload(upload)?;
        self.inner.upload_part(&outer, number, body).await.map_err(|e| self.inner_error(e))
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.inner.list_parts(&self.outer_upload(upload)?).await.map_err(|e| self.inner_error(e))
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        let outer = self.outer_upload(upload)?;
        self.inner.complete_multipart(&outer, parts, options).await.map_err(|e| self.inner_error(e))
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        self.inner.abort_multipart(&self.outer_upload(upload)?).await.map_err(|e| self.inner_error(e))
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        let all = self.inner.list_uploads(&format!("{}{prefix}", self.prefix)).await?;
        let short = |info: UploadInfo| {
            let key = self.strip(info.upload.key.as_str())?;
            Some(UploadInfo { upload: Upload { key, id: info.upload.id }, initiated: info.initiated })
        };
        Ok(all.into_iter().filter_map(short).collect())
    }

    async fn presign(&self, method: PresignMethod, key: &Key, expires: Duration) -> Result<::url::Url> {
        self.inner.presign(method, &self.outer(key)?, expires).await
    }

    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage> {
        let page = self.inner.list_versions(&self.request(request), after).await?;
        let short = |version: Version| Some(Version { entry: self.listed(version.entry)?, ..version });
        Ok(VersionPage {
            versions: page.versions.into_iter().filter_map(short).collect(),
            prefixes: self.groups(page.prefixes),
            continuation: page.continuation,
        })
    }

    async fn versioning(&self) -> Result<Versioning> {
        self.inner.versioning().await
    }

    async fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        self.inner.set_versioning(versioning).await
    }
}
