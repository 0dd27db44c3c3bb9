//! Settings a bucket or object can have on AWS and never has here. Tools ask for them; each answer says, in AWS's own
//! words, that there is none. Setting one is not offered.

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode as Code, S3Request, S3Response, dto::*};

use super::{
    Answer, Backend,
    errors::{custom, s3},
};

/// A method that opens the bucket (so that a missing one is said first) and answers that the setting is not there.
macro_rules! never_there {
    ($($name:ident: $input:ident => $output:ident, $error:expr;)*) => {
        impl Backend {
            $(pub(super) async fn $name(&self, request: S3Request<$input>) -> Answer<$output> {
                self.open(&request.input.bucket, request.input.expected_bucket_owner.as_ref()).await?;
                Err($error)
            })*
        }
    };
}

/// A method that opens the bucket and answers with the setting's default.
macro_rules! always_default {
    ($($name:ident: $input:ident => $output:expr, $type:ident;)*) => {
        impl Backend {
            $(pub(super) async fn $name(&self, request: S3Request<$input>) -> Answer<$type> {
                self.open(&request.input.bucket, request.input.expected_bucket_owner.as_ref()).await?;
                Ok(S3Response::new($output))
            })*
        }
    };
}

never_there! {
    get_bucket_lifecycle_configuration: GetBucketLifecycleConfigurationInput => GetBucketLifecycleConfigurationOutput,
        s3(Code::NoSuchLifecycleConfiguration, "The lifecycle configuration does not exist");
    get_object_lock_configuration: GetObjectLockConfigurationInput => GetObjectLockConfigurationOutput,
        s3(Code::ObjectLockConfigurationNotFoundError, "Object Lock configuration does not exist for this bucket");
    get_bucket_policy: GetBucketPolicyInput => GetBucketPolicyOutput, no_policy();
    get_bucket_policy_status: GetBucketPolicyStatusInput => GetBucketPolicyStatusOutput, no_policy();
    get_bucket_cors: GetBucketCorsInput => GetBucketCorsOutput,
        s3(Code::NoSuchCORSConfiguration, "The CORS configuration does not exist");
    get_bucket_encryption: GetBucketEncryptionInput => GetBucketEncryptionOutput,
        custom(
            "ServerSideEncryptionConfigurationNotFoundError",
            StatusCode::NOT_FOUND,
            "The server side encryption configuration was not found",
        );
    get_bucket_website: GetBucketWebsiteInput => GetBucketWebsiteOutput,
        s3(Code::NoSuchWebsiteConfiguration, "The specified bucket does not have a website configuration");
    get_bucket_tagging: GetBucketTaggingInput => GetBucketTaggingOutput,
        s3(Code::NoSuchTagSet, "The TagSet does not exist");
    get_bucket_replication: GetBucketReplicationInput => GetBucketReplicationOutput,
        s3(Code::ReplicationConfigurationNotFoundError, "The replication configuration was not found");
    get_bucket_ownership_controls: GetBucketOwnershipControlsInput => GetBucketOwnershipControlsOutput,
        s3(Code::OwnershipControlsNotFoundError, "The bucket ownership controls were not found");
    get_public_access_block: GetPublicAccessBlockInput => GetPublicAccessBlockOutput,
        custom(
            "NoSuchPublicAccessBlockConfiguration",
            StatusCode::NOT_FOUND,
            "The public access block configuration was not found",
        );
    get_object_retention: GetObjectRetentionInput => GetObjectRetentionOutput, no_lock();
    get_object_legal_hold: GetObjectLegalHoldInput => GetObjectLegalHoldOutput, no_lock();
}

always_default! {
    get_bucket_logging: GetBucketLoggingInput => GetBucketLoggingOutput::default(), GetBucketLoggingOutput;
    get_bucket_notification_configuration: GetBucketNotificationConfigurationInput =>
        GetBucketNotificationConfigurationOutput::default(), GetBucketNotificationConfigurationOutput;
    get_bucket_accelerate_configuration: GetBucketAccelerateConfigurationInput =>
        GetBucketAccelerateConfigurationOutput::default(), GetBucketAccelerateConfigurationOutput;
    get_bucket_request_payment: GetBucketRequestPaymentInput =>
        GetBucketRequestPaymentOutput { payer: Some(Payer::from_static(Payer::BUCKET_OWNER)) },
        GetBucketRequestPaymentOutput;
}

impl Backend {
    /// Objects have no tags; the object must be there all the same.
    pub(super) async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> Answer<GetObjectTaggingOutput> {
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let meta = super::read::find(store.as_ref(), &super::key(&input.key)?, input.version_id.as_deref()).await?;
        let version_id = super::version_text(&meta);
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set: Vec::new(), version_id }))
    }

    pub(super) async fn get_bucket_acl(&self, request: S3Request<GetBucketAclInput>) -> Answer<GetBucketAclOutput> {
        self.open(&request.input.bucket, request.input.expected_bucket_owner.as_ref()).await?;
        Ok(S3Response::new(GetBucketAclOutput { grants: Some(vec![full_control()]), owner: Some(super::owner()) }))
    }

    pub(super) async fn get_object_acl(&self, request: S3Request<GetObjectAclInput>) -> Answer<GetObjectAclOutput> {
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        super::read::find(store.as_ref(), &super::key(&input.key)?, input.version_id.as_deref()).await?;
        let grants = Some(vec![full_control()]);
        Ok(S3Response::new(GetObjectAclOutput { grants, owner: Some(super::owner()), ..Default::default() }))
    }
}

fn no_policy() -> S3Error {
    s3(Code::NoSuchBucketPolicy, "The bucket policy does not exist")
}

fn no_lock() -> S3Error {
    s3(Code::NoSuchObjectLockConfiguration, "The specified object does not have an ObjectLock configuration")
}

/// The only grant there is: everything to the owner.
fn full_control() -> Grant {
    let grantee = Grantee {
        display_name: Some(super::OWNER.to_owned()),
        email_address: None,
        id: Some(super::OWNER.to_owned()),
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    Grant { grantee: Some(grantee), permission: Some(Permission::from_static(Permission::FULL_CONTROL)) }
}
