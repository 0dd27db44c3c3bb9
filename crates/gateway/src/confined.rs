//! A client's folder as a store that keeps to the client's permissions, paths and limits.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use holdfast_storage::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, Error, GetObject, Key, ListPage, ListRequest, ObjectMeta,
    ObjectStore, Part, PresignMethod, ReadOptions, RequestKind, Result, Upload, UploadInfo, VersionPage, Versioning,
    WriteOptions, Written, body::Content,
};
use http::StatusCode;

use crate::{
    config::Permission,
    error::ApiError,
    live::{Client, Reservation},
    state::State,
};

/// The store that a client gets when it speaks S3.
#[derive(Debug)]
pub(crate) struct Confined {
    state: Arc<State>,
    client: Arc<Client>,
}

impl Confined {
    pub(crate) fn new(state: Arc<State>, client: Arc<Client>) -> Self {
        Self { state, client }
    }

    fn inner(&self) -> &dyn ObjectStore {
        self.client.store.as_ref()
    }

    fn must(&self, permission: Permission, kind: RequestKind) -> Result<()> {
        self.client.may(permission).then_some(()).ok_or(Error::Denied { action: kind.action() })
    }

    /// The permission, and a path that the gateway takes.
    fn on(&self, permission: Permission, kind: RequestKind, key: &Key) -> Result<()> {
        self.must(permission, kind)?;
        self.client.path(key.as_str()).map(drop).map_err(|_| Error::Denied { action: kind.action() })
    }

    /// Room for content of a known length, and content that cannot be longer than a file may be.
    async fn take(&self, key: &Key, body: Body) -> Result<(Body, Reservation<'_>)> {
        let (largest, length) = (self.client.max_file_size, body.len());
        if length.is_some_and(|length| length > largest) {
            return Err(Error::TooLarge { key: key.clone() });
        }
        let room = self.client.reserve(length.unwrap_or(0)).await.map_err(|error| quota(&error))?;
        let (sha256, late_checksum) = (body.sha256, body.late_checksum.clone());
        let content = match body.into_content() {
            Content::Stream { stream, len } => {
                let (mut left, key) = (largest, key.clone());
                let bounded = stream.map(move |chunk| {
                    let chunk = chunk?;
                    let after = left.checked_sub(chunk.len() as u64);
                    left = after.ok_or_else(|| Error::TooLarge { key: key.clone() })?;
                    Ok(chunk)
                });
                Content::Stream { stream: bounded.into_stream().boxed(), len }
            }
            other => other,
        };
        let mut body = Body::from(content);
        (body.sha256, body.late_checksum) = (sha256, late_checksum);
        Ok((body, room))
    }
}

fn quota(error: &ApiError) -> Error {
    match error.status == StatusCode::INSUFFICIENT_STORAGE {
        true => Error::QuotaExceeded,
        false => Error::SlowDown,
    }
}

#[async_trait]
impl ObjectStore for Confined {
    async fn check(&self) -> Result<()> {
        self.inner().check().await
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        self.on(Permission::Read, RequestKind::Head, key)?;
        self.inner().head(key, options).await
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        self.on(Permission::Read, RequestKind::Get, key)?;
        let got = self.inner().get(key, options).await?;
        self.state.metrics.downloading(&self.client.name);
        Ok(got)
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        self.on(Permission::Upload, RequestKind::Put, key)?;
        let length = body.len().unwrap_or(0);
        let (body, room) = self.take(key, body).await?;
        let written = self.inner().put(key, body, options).await?;
        room.keep(length);
        self.state.stored(&self.client, length);
        Ok(written)
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        self.must(Permission::List, RequestKind::List)?;
        let mut page = self.inner().list(request).await?;
        page.objects.retain(|row| self.client.sees(row.key.as_str()));
        page.prefixes.retain(|group| self.client.sees_group(group));
        Ok(page)
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        self.on(Permission::Delete, RequestKind::Delete, key)?;
        self.inner().delete(key, options).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        for key in keys {
            self.on(Permission::Delete, RequestKind::DeleteMany, key)?;
        }
        self.inner().delete_many(keys).await
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        self.on(Permission::Read, RequestKind::Copy, &from.key)?;
        self.on(Permission::Upload, RequestKind::Copy, to)?;
        let size = self.inner().head(&from.key, &ReadOptions::default()).await?.size;
        let room = self.client.reserve(size).await.map_err(|error| quota(&error))?;
        let written = self.inner().copy(from, to, options).await?;
        room.keep(size);
        Ok(written)
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        self.on(Permission::Upload, RequestKind::CreateMultipart, key)?;
        self.inner().create_multipart(key, options).await
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        self.on(Permission::Upload, RequestKind::UploadPart, &upload.key)?;
        let length = body.len().unwrap_or(0);
        let (body, room) = self.take(&upload.key, body).await?;
        let part = self.inner().upload_part(upload, number, body).await?;
        room.keep(length);
        Ok(part)
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.on(Permission::Upload, RequestKind::ListParts, &upload.key)?;
        self.inner().list_parts(upload).await
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        self.on(Permission::Upload, RequestKind::CompleteMultipart, &upload.key)?;
        let size = match self.inner().list_parts(upload).await {
            Err(Error::NoSuchUpload { .. }) => 0,
            there => there?.iter().filter(|part| parts.iter().any(|p| p.number == part.number)).map(|p| p.size).sum(),
        };
        if size > self.client.max_file_size {
            return Err(Error::TooLarge { key: upload.key.clone() });
        }
        let written = self.inner().complete_multipart(upload, parts, options).await?;
        self.state.stored(&self.client, size);
        Ok(written)
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        self.on(Permission::Upload, RequestKind::AbortMultipart, &upload.key)?;
        self.inner().abort_multipart(upload).await
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        self.must(Permission::Upload, RequestKind::ListUploads)?;
        let mut found = self.inner().list_uploads(prefix).await?;
        found.retain(|info| self.client.sees(info.upload.key.as_str()));
        Ok(found)
    }

    async fn presign(&self, _: PresignMethod, _: &Key, _: Duration) -> Result<url::Url> {
        Err(Error::NotSupported { action: "links through S3" })
    }

    async fn list_versions(&self, _: &ListRequest, _: Option<&(String, Option<String>)>) -> Result<VersionPage> {
        Err(Error::NotSupported { action: RequestKind::ListVersions.action() })
    }

    async fn versioning(&self) -> Result<Versioning> {
        Ok(Versioning::Off)
    }

    async fn set_versioning(&self, _: Versioning) -> Result<()> {
        Err(Error::Denied { action: RequestKind::PutVersioning.action() })
    }
}
