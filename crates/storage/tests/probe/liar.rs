//! A store that behaves as some providers do.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use futures::StreamExt;
use holdfast_storage::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, Error, GetObject, Key, ListPage, ListRequest, ObjectMeta,
    ObjectStore, Part, PresignMethod, ReadOptions, Result, Upload, UploadInfo, VersionPage, Versioning, WriteOptions,
    Written,
};
use sha2::{Digest, Sha256};

/// What is wrong (or right) with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Overwrites whatever the condition says.
    IgnoresConditions,
    /// Answers 501 to conditions.
    RejectsConditions,
    /// Answers 412 and overwrites all the same.
    RefusesAndOverwrites,
    /// Turns a bit in what is read.
    CorruptsContent,
    /// Refuses content that does not fit its digest, as it should be.
    VerifiesDigests,
    /// Refuses such content, but keeps it.
    RefusesAndKeeps,
    /// The key may not remove anything.
    DeniesDelete,
    /// Takes no note of storage class and encryption.
    IgnoresClass,
    /// Serves the whole object whatever the range.
    IgnoresRanges,
    /// Lists names as they are encoded.
    ListsEncoded,
}

#[derive(Debug)]
pub struct Liar {
    pub inner: Arc<dyn ObjectStore>,
    pub habit: Habit,
}

impl Liar {
    pub fn over(inner: Arc<dyn ObjectStore>, habit: Habit) -> Arc<dyn ObjectStore> {
        Arc::new(Self { inner, habit })
    }

    fn is(&self, habit: Habit) -> bool {
        self.habit == habit
    }
}

fn fits(content: &Bytes, sha256: Option<[u8; 32]>, options: &WriteOptions) -> bool {
    let digest = Sha256::digest(content);
    let header = options.checksum.as_ref().is_none_or(|checksum| checksum.value == BASE64.encode(digest));
    header && sha256.is_none_or(|sent| sent[..] == digest[..])
}

#[async_trait]
impl ObjectStore for Liar {
    async fn check(&self) -> Result<()> {
        self.inner.check().await
    }

    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta> {
        self.inner.head(key, options).await
    }

    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject> {
        let mut options = options.clone();
        if self.is(Habit::IgnoresRanges) {
            options.range = None;
        }
        let mut got = self.inner.get(key, &options).await?;
        if self.is(Habit::CorruptsContent) {
            let turn = |chunk: Bytes| chunk.iter().enumerate().map(|(at, b)| b ^ u8::from(at == 7)).collect::<Bytes>();
            got.body = got.body.map(move |chunk| chunk.map(turn)).boxed();
        }
        Ok(got)
    }

    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written> {
        let sha256 = body.sha256;
        let content = body.collect().await?;
        let mut options = options.clone();
        let conditional = options.if_absent || options.if_match.is_some();
        match self.habit {
            Habit::IgnoresConditions => (options.if_absent, options.if_match) = (false, None),
            Habit::RejectsConditions if conditional => return Err(Error::NotSupported { action: "PutObject" }),
            Habit::RefusesAndOverwrites => {
                let honest = self.inner.put(key, Body::bytes(content.clone()), &options).await;
                (options.if_absent, options.if_match) = (false, None);
                self.inner.put(key, Body::bytes(content), &options).await?;
                return honest;
            }
            Habit::VerifiesDigests if !fits(&content, sha256, &options) => {
                return Err(Error::BadDigest { key: key.clone() });
            }
            Habit::RefusesAndKeeps if !fits(&content, sha256, &options) => {
                self.inner.put(key, Body::bytes(content), &options).await?;
                return Err(Error::BadDigest { key: key.clone() });
            }
            Habit::IgnoresClass => (options.storage_class, options.encryption) = (None, None),
            _ => {}
        }
        self.inner.put(key, Body::bytes(content), &options).await
    }

    async fn list(&self, request: &ListRequest) -> Result<ListPage> {
        let mut page = self.inner.list(request).await?;
        if self.is(Habit::ListsEncoded) {
            for row in &mut page.objects {
                row.key = Key::new(row.key.as_str().replace(' ', "+"))?;
            }
        }
        Ok(page)
    }

    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted> {
        match self.is(Habit::DeniesDelete) {
            true => Err(Error::Denied { action: "DeleteObject" }),
            false => self.inner.delete(key, options).await,
        }
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>> {
        match self.is(Habit::DeniesDelete) {
            true => Ok(keys.iter().map(|_| Err(Error::Denied { action: "DeleteObject" })).collect()),
            false => self.inner.delete_many(keys).await,
        }
    }

    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written> {
        self.inner.copy(from, to, options).await
    }

    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload> {
        self.inner.create_multipart(key, options).await
    }

    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part> {
        self.inner.upload_part(upload, number, body).await
    }

    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.inner.list_parts(upload).await
    }

    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written> {
        self.inner.complete_multipart(upload, parts, options).await
    }

    async fn abort_multipart(&self, upload: &Upload) -> Result<()> {
        self.inner.abort_multipart(upload).await
    }

    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>> {
        self.inner.list_uploads(prefix).await
    }

    async fn presign(&self, method: PresignMethod, key: &Key, expires: Duration) -> Result<url::Url> {
        self.inner.presign(method, key, expires).await
    }

    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage> {
        self.inner.list_versions(request, after).await
    }

    async fn versioning(&self) -> Result<Versioning> {
        self.inner.versioning().await
    }

    async fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        self.inner.set_versioning(versioning).await
    }
}
