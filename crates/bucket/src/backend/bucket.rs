//! Buckets themselves: made, listed, described, removed when empty, and whether they keep versions.

use holdfast_storage::Versioning;
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, dto::*};

use super::{
    Answer, Backend, OWNER,
    errors::{answer, not_offered, s3},
    headers::{only_query, refuse_grants},
    time,
};
use crate::REGION;

/// Most buckets one answer names.
const MAX_BUCKETS: i32 = 10_000;

impl Backend {
    pub(super) async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
        let input = request.input;
        let max = input.max_buckets.unwrap_or(MAX_BUCKETS);
        if !(1..=MAX_BUCKETS).contains(&max) {
            return Err(s3(S3ErrorCode::InvalidArgument, "max-buckets must be between 1 and 10000"));
        }
        let (prefix, after) = (input.prefix.unwrap_or_default(), input.continuation_token.unwrap_or_default());
        let mut all = self.buckets.list().await.map_err(answer)?;
        all.retain(|bucket| bucket.name.starts_with(&prefix) && bucket.name > after);
        let more = all.len() > max as usize;
        all.truncate(max as usize);
        let continuation_token = all.last().filter(|_| more).map(|bucket| bucket.name.clone());
        let row = |bucket: holdfast_storage::BucketInfo| Bucket {
            bucket_region: Some(REGION.to_owned()),
            creation_date: Some(time(bucket.created)),
            name: Some(bucket.name),
        };
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(all.into_iter().map(row).collect()),
            continuation_token,
            owner: Some(super::owner()),
            prefix: Some(prefix).filter(|prefix| !prefix.is_empty()),
        }))
    }

    pub(super) async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        only_query(&request.uri, &[])?;
        refuse_grants(&request.headers)?;
        let input = request.input;
        if input.object_lock_enabled_for_bucket == Some(true) {
            return Err(not_offered("Object Lock is not offered."));
        }
        check_location(input.create_bucket_configuration.as_ref())?;
        self.buckets.create(&input.bucket).await.map_err(answer)?;
        let location = Some(format!("/{}", input.bucket));
        Ok(S3Response::new(CreateBucketOutput { location }))
    }

    pub(super) async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        let store = self.open(&request.input.bucket, request.input.expected_bucket_owner.as_ref()).await?;
        store.check().await.map_err(answer)?;
        Ok(S3Response::new(HeadBucketOutput { bucket_region: Some(REGION.to_owned()), ..Default::default() }))
    }

    pub(super) async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> {
        only_query(&request.uri, &[])?;
        if request.input.expected_bucket_owner.is_some_and(|owner| owner != OWNER) {
            return Err(s3(S3ErrorCode::AccessDenied, "Access Denied"));
        }
        self.buckets.delete(&request.input.bucket).await.map_err(answer)?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    pub(super) async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> Answer<GetBucketLocationOutput> {
        self.open(&request.input.bucket, request.input.expected_bucket_owner.as_ref()).await?;
        // AWS's way of saying us-east-1 is to say nothing.
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint: None }))
    }

    pub(super) async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> Answer<GetBucketVersioningOutput> {
        let store = self.open(&request.input.bucket, request.input.expected_bucket_owner.as_ref()).await?;
        let status = match store.versioning().await.map_err(answer)? {
            Versioning::Off => None,
            Versioning::On => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        let status = status.map(BucketVersioningStatus::from_static);
        Ok(S3Response::new(GetBucketVersioningOutput { status, ..Default::default() }))
    }

    pub(super) async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> Answer<PutBucketVersioningOutput> {
        let input = request.input;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let wanted = input.versioning_configuration;
        if input.mfa.is_some() || wanted.mfa_delete.is_some_and(|mfa| mfa.as_str() == MFADelete::ENABLED) {
            return Err(not_offered("MFA Delete is not offered."));
        }
        let versioning = match wanted.status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::On,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            _ => {
                return Err(s3(
                    S3ErrorCode::IllegalVersioningConfigurationException,
                    "The Versioning element must be specified",
                ));
            }
        };
        store.set_versioning(versioning).await.map_err(answer)?;
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    }
}

/// The bucket is where it is: only its own region may be asked for.
fn check_location(configuration: Option<&CreateBucketConfiguration>) -> S3Result<()> {
    let wanted = configuration.and_then(|configuration| configuration.location_constraint.as_ref());
    match wanted.map(BucketLocationConstraint::as_str) {
        None | Some("" | REGION) => Ok(()),
        Some(_) => Err(s3(
            S3ErrorCode::IllegalLocationConstraintException,
            "The specified location constraint is not valid here: this bucket is in us-east-1.",
        )),
    }
}
