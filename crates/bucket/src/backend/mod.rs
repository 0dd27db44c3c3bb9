//! S3's operations over [`Buckets`]: one file per subject, bound together here.
//!
//! The backend decides conditions, checks content against what was announced, and words answers as AWS does. It keeps
//! no state: what it does not know after a restart, it did not know before.

pub(crate) mod checksums;
pub(crate) mod conditions;
pub(crate) mod errors;
pub(crate) mod headers;

mod absent;
mod bucket;
mod copy;
mod delete;
mod listing;
mod multipart;
mod outflow;
mod parts_checksum;
mod read;
mod uploads;
mod versions;
mod write;

use std::sync::Arc;

use holdfast_storage::{Buckets, Key, ObjectMeta, ObjectStore};
use s3s::{
    S3, S3Request, S3Response, S3Result,
    dto::{self, *},
};

use self::errors::{answer, s3};

/// The owner that answers name. There is only one.
const OWNER: &str = "holdfast";

/// The S3 operations over any place with buckets.
#[derive(Debug, Clone)]
pub struct Backend {
    buckets: Arc<dyn Buckets>,
}

/// What an operation gives back.
type Answer<T> = S3Result<S3Response<T>>;

impl Backend {
    /// Answers for these buckets.
    pub fn new(buckets: Arc<dyn Buckets>) -> Self {
        Self { buckets }
    }

    /// The bucket's store. A client that expects another owner is refused.
    async fn open(&self, name: &str, owner: Option<&String>) -> S3Result<Arc<dyn ObjectStore>> {
        if owner.is_some_and(|owner| owner != OWNER) {
            return Err(s3(s3s::S3ErrorCode::AccessDenied, "Access Denied"));
        }
        self.buckets.open(name).await.map_err(answer)
    }
}

fn key(text: &str) -> S3Result<Key> {
    Key::new(text).map_err(|error| answer(error.into()))
}

fn time(time: jiff::Timestamp) -> dto::Timestamp {
    std::time::SystemTime::from(time).into()
}

fn tag(etag: &holdfast_storage::ETag) -> dto::ETag {
    dto::ETag::Strong(etag.as_str().to_owned())
}

fn owner() -> Owner {
    Owner { display_name: Some(OWNER.to_owned()), id: Some(OWNER.to_owned()) }
}

fn version_text(meta: &ObjectMeta) -> Option<String> {
    meta.version.as_ref().map(|version| version.0.clone())
}

/// Sizes beyond `i64` do not exist in S3.
fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Writes the trait's methods, each of which calls the method of the same name on [`Backend`].
macro_rules! operations {
    ($($name:ident: $input:ident => $output:ident,)*) => {
        #[async_trait::async_trait]
        impl S3 for Backend {
            $(async fn $name(&self, request: S3Request<$input>) -> Answer<$output> {
                Backend::$name(self, request).await
            })*
        }
    };
}

operations! {
    list_buckets: ListBucketsInput => ListBucketsOutput,
    create_bucket: CreateBucketInput => CreateBucketOutput,
    head_bucket: HeadBucketInput => HeadBucketOutput,
    delete_bucket: DeleteBucketInput => DeleteBucketOutput,
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput,
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput,
    put_bucket_versioning: PutBucketVersioningInput => PutBucketVersioningOutput,
    get_bucket_acl: GetBucketAclInput => GetBucketAclOutput,
    get_object_acl: GetObjectAclInput => GetObjectAclOutput,

    get_object: GetObjectInput => GetObjectOutput,
    head_object: HeadObjectInput => HeadObjectOutput,
    get_object_attributes: GetObjectAttributesInput => GetObjectAttributesOutput,
    put_object: PutObjectInput => PutObjectOutput,
    copy_object: CopyObjectInput => CopyObjectOutput,
    delete_object: DeleteObjectInput => DeleteObjectOutput,
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput,

    list_objects: ListObjectsInput => ListObjectsOutput,
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output,
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput,

    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
    upload_part: UploadPartInput => UploadPartOutput,
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput,
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput,
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput,
    list_parts: ListPartsInput => ListPartsOutput,
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput,

    get_bucket_lifecycle_configuration: GetBucketLifecycleConfigurationInput => GetBucketLifecycleConfigurationOutput,
    get_object_lock_configuration: GetObjectLockConfigurationInput => GetObjectLockConfigurationOutput,
    get_bucket_policy: GetBucketPolicyInput => GetBucketPolicyOutput,
    get_bucket_policy_status: GetBucketPolicyStatusInput => GetBucketPolicyStatusOutput,
    get_bucket_cors: GetBucketCorsInput => GetBucketCorsOutput,
    get_bucket_encryption: GetBucketEncryptionInput => GetBucketEncryptionOutput,
    get_bucket_website: GetBucketWebsiteInput => GetBucketWebsiteOutput,
    get_bucket_tagging: GetBucketTaggingInput => GetBucketTaggingOutput,
    get_bucket_replication: GetBucketReplicationInput => GetBucketReplicationOutput,
    get_bucket_ownership_controls: GetBucketOwnershipControlsInput => GetBucketOwnershipControlsOutput,
    get_public_access_block: GetPublicAccessBlockInput => GetPublicAccessBlockOutput,
    get_bucket_logging: GetBucketLoggingInput => GetBucketLoggingOutput,
    get_bucket_notification_configuration:
        GetBucketNotificationConfigurationInput => GetBucketNotificationConfigurationOutput,
    get_bucket_accelerate_configuration:
        GetBucketAccelerateConfigurationInput => GetBucketAccelerateConfigurationOutput,
    get_bucket_request_payment: GetBucketRequestPaymentInput => GetBucketRequestPaymentOutput,
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput,
    get_object_retention: GetObjectRetentionInput => GetObjectRetentionOutput,
    get_object_legal_hold: GetObjectLegalHoldInput => GetObjectLegalHoldOutput,
}
