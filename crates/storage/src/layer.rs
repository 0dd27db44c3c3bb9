//! How behaviour is added to a store: a [`Layer`] sees every request before, after, and as its bytes pass.

use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    Body, ByteStream, CompleteOptions, CopyFrom, DeleteOptions, Deleted, Error, GetObject, Key, ListPage, ListRequest,
    ObjectMeta, ObjectStore, Part, PresignMethod, ReadOptions, RequestKind, Result, Upload, UploadInfo, VersionPage,
    Versioning, WriteOptions, Written,
};

/// A request as a layer sees it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What it is.
    pub kind: RequestKind,
    /// Its object, where it concerns one.
    pub key: Option<&'a Key>,
    /// Bytes of content it carries to the store.
    pub bytes: u64,
}

/// Behaviour around a store.
#[async_trait]
pub trait Layer: Debug + Send + Sync + 'static {
    /// Called before a request is sent; may wait, and an error keeps it from being sent.
    async fn before(&self, _request: Request<'_>) -> Result<()> {
        Ok(())
    }

    /// Called when a request succeeded; an error takes the place of the answer.
    fn after(&self, _request: Request<'_>) -> Result<()> {
        Ok(())
    }

    /// Called when the store answered with an error.
    fn failed(&self, _request: Request<'_>, _error: &Error) {}

    /// May wrap the content of a download.
    fn download(&self, _key: &Key, body: ByteStream) -> ByteStream {
        body
    }
}

/// A store with one layer around it.
#[derive(Debug)]
pub struct Layered<L> {
    inner: Arc<dyn ObjectStore>,
    layer: Arc<L>,
}

impl<L: Layer> Layered<L> {
    /// Puts `layer` around `inner`; the layer stays with the caller too, to be read or changed.
    pub fn wrap(inner: Arc<dyn ObjectStore>, layer: Arc<L>) -> Arc<dyn ObjectStore> {
        Arc::new(Self { inner, layer })
    }

    async fn around<T>(&self, request: Request<'_>, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.layer.before(request).await?;
        let answer = call.await.inspect_err(|error| self.layer.failed(request, error))?;
        self.layer.after(request)?;
        Ok(answer)
    }
}

fn on(kind: RequestKind, key: &Key) -> Request<'_> {
    Request { kind, key: Some(key), bytes: 0 }
}

fn bare(kind: RequestKind) -> Request<'static> {
    Request { kind, key: None, bytes: 0 }
}

#[async_trait]
impl<L: Layer> ObjectStore for Layered<L> {
    async fn check(&self) -> Result<()> {
        self.around(bare(RequestKind::HeadBucket), self.inner.check()).await
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        self.around(on(RequestKind::Head, key), self.inner.head(key, options)).await
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        let mut got = self.around(on(RequestKind::Get, key), self.inner.get(key, options)).await?;
        got.body = self.layer.download(key, got.body);
        Ok(got)
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        let request = Request { bytes: body.len().unwrap_or(0), ..on(RequestKind::Put, key) };
        self.around(request, self.inner.put(key, body, options)).await
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        self.around(bare(RequestKind::List), self.inner.list(request)).await
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        self.around(on(RequestKind::Delete, key), self.inner.delete(key, options)).await
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        self.around(bare(RequestKind::DeleteMany), self.inner.delete_many(keys)).await
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        self.around(on(RequestKind::Copy, to), self.inner.copy(from, to, options)).await
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        self.around(on(RequestKind::CreateMultipart, key), self.inner.create_multipart(key, options)).await
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        let request = Request { bytes: body.len().unwrap_or(0), ..on(RequestKind::UploadPart, &upload.key) };
        self.around(request, self.inner.upload_part(upload, number, body)).await
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.around(on(RequestKind::ListParts, &upload.key), self.inner.list_parts(upload)).await
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        let call = self.inner.complete_multipart(upload, parts, options);
        self.around(on(RequestKind::CompleteMultipart, &upload.key), call).await
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        self.around(on(RequestKind::AbortMultipart, &upload.key), self.inner.abort_multipart(upload)).await
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        self.around(bare(RequestKind::ListUploads), self.inner.list_uploads(prefix)).await
    }

    async fn presign(&self, method: PresignMethod, key: &Key, expires: Duration) -> Result<::url::Url> {
        self.inner.presign(method, key, expires).await
    }

    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage> {
        self.around(bare(RequestKind::ListVersions), self.inner.list_versions(request, after)).await
    }

    async fn versioning(&self) -> Result<Versioning> {
        self.around(bare(RequestKind::GetVersioning), self.inner.versioning()).await
    }

    async fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        self.around(bare(RequestKind::PutVersioning), self.inner.set_versioning(versioning)).await
    }
}
