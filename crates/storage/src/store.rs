//! The seam to S3: every store and every wrapper is an [`ObjectStore`].

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::{
    Body, CompleteOptions, CopyFrom, DeleteOptions, Deleted, GetObject, Key, ListPage, ListRequest, ObjectMeta, Part,
    PresignMethod, ReadOptions, Result, Upload, UploadInfo, VersionPage, Versioning, WriteOptions, Written,
};

/// What a request is, for counting and pricing. One per S3 operation that Holdfast sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum RequestKind {
    HeadBucket,
    Head,
    Get,
    Put,
    List,
    Delete,
    DeleteMany,
    Copy,
    CreateMultipart,
    UploadPart,
    ListParts,
    CompleteMultipart,
    AbortMultipart,
    ListUploads,
    ListVersions,
    GetVersioning,
    PutVersioning,
    GetLifecycle,
    PutLifecycle,
    DeleteLifecycle,
    GetObjectLock,
    PutObjectLock,
    RestoreObject,
}

impl RequestKind {
    /// The S3 action's own name, as a policy allows it.
    pub fn action(self) -> &'static str {
        match self {
            Self::HeadBucket => "HeadBucket",
            Self::Head => "HeadObject",
            Self::Get => "GetObject",
            Self::Put => "PutObject",
            Self::List => "ListObjectsV2",
            Self::Delete => "DeleteObject",
            Self::DeleteMany => "DeleteObjects",
            Self::Copy => "CopyObject",
            Self::CreateMultipart => "CreateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::ListParts => "ListParts",
            Self::CompleteMultipart => "CompleteMultipartUpload",
            Self::AbortMultipart => "AbortMultipartUpload",
            Self::ListUploads => "ListMultipartUploads",
            Self::ListVersions => "ListObjectVersions",
            Self::GetVersioning => "GetBucketVersioning",
            Self::PutVersioning => "PutBucketVersioning",
            Self::GetLifecycle => "GetLifecycleConfiguration",
            Self::PutLifecycle | Self::DeleteLifecycle => "PutLifecycleConfiguration",
            Self::GetObjectLock => "GetBucketObjectLockConfiguration",
            Self::PutObjectLock => "PutBucketObjectLockConfiguration",
            Self::RestoreObject => "RestoreObject",
        }
    }
}

/// A place that keeps objects under keys, with S3's meaning of every verb.
///
/// Every operation may be repeated safely after an error: writes replace, deletes of what is gone succeed, an aborted
/// upload may be aborted again. An error never means that half an object is visible.
#[async_trait]
pub trait ObjectStore: Debug + Send + Sync + 'static {
    /// Asks whether the bucket is there and may be used (HeadBucket).
    async fn check(&self) -> Result<()>;

    /// Facts of an object. [`crate::Error::NotFound`] when there is none.
    async fn head(&self, key: &Key, options: &ReadOptions) -> Result<ObjectMeta>;

    /// An object's content, whole or a range. The stream ends with an error when bytes are missing.
    async fn get(&self, key: &Key, options: &ReadOptions) -> Result<GetObject>;

    /// Writes a whole object. Readers see the old or the new content, never a mixture.
    async fn put(&self, key: &Key, body: Body, options: &WriteOptions) -> Result<Written>;

    /// One page of keys.
    async fn list(&self, request: &ListRequest) -> Result<ListPage>;

    /// Removes an object, or marks it deleted where versions are kept. No error when it is not there.
    async fn delete(&self, key: &Key, options: &DeleteOptions) -> Result<Deleted>;

    /// Removes at most 1,000 objects in one request. One result per key, in the order given.
    async fn delete_many(&self, keys: &[Key]) -> Result<Vec<Result<Deleted>>>;

    /// Copies inside the place without moving bytes here; the copy has the metadata of `options`, not the source's.
    async fn copy(&self, from: &CopyFrom, to: &Key, options: &WriteOptions) -> Result<Written>;

    /// Begins a multipart upload.
    async fn create_multipart(&self, key: &Key, options: &WriteOptions) -> Result<Upload>;

    /// Sends part `number` (1 to 10,000); sending it again replaces it. All but the last have at least 5 MiB.
    async fn upload_part(&self, upload: &Upload, number: u16, body: Body) -> Result<Part>;

    /// All parts the server has, in order.
    async fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>>;

    /// Makes the object from these parts. Repeating it after it succeeded gives the same answer or `NoSuchUpload`.
    async fn complete_multipart(&self, upload: &Upload, parts: &[Part], options: &CompleteOptions) -> Result<Written>;

    /// Gives up an upload and frees its parts. No error when it is gone.
    async fn abort_multipart(&self, upload: &Upload) -> Result<()>;

    /// Every unfinished upload whose key begins with `prefix`.
    async fn list_uploads(&self, prefix: &str) -> Result<Vec<UploadInfo>>;

    /// A link that works for `expires` without credentials. Holds a signature: show it only to whom it is meant for.
    async fn presign(&self, method: PresignMethod, key: &Key, expires: Duration) -> Result<::url::Url>;

    /// One page of versions, beginning behind `after` (the page before's `continuation`).
    async fn list_versions(
        &self,
        request: &ListRequest,
        after: Option<&(String, Option<String>)>,
    ) -> Result<VersionPage>;

    /// Whether old versions are kept.
    async fn versioning(&self) -> Result<Versioning>;

    /// Switches the keeping of old versions. `Off` is refused once it was on.
    async fn set_versioning(&self, versioning: Versioning) -> Result<()>;
}
