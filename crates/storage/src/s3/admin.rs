//! What concerns an account instead of one bucket, and what a probe asks of a bucket's settings.

use jiff::Timestamp;

use super::{Account, classify::Doing, settings::Settings};
use crate::{Error, RequestKind, Result, lifecycle::Rule};

/// A bucket of the account.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketInfo {
    /// Its name.
    pub name: String,
    /// When it was made, where the provider tells.
    pub created: Option<Timestamp>,
}

/// All buckets that the credentials may see.
pub async fn list_buckets(account: &Account) -> Result<Vec<BucketInfo>> {
    let doing = Doing { kind: RequestKind::List, bucket: "", key: None, skew: account.clock_skew() };
    let answer = account.client.list_buckets().send().await.map_err(|e| doing.error(e))?;
    let buckets = answer.buckets.unwrap_or_default().into_iter().filter_map(|bucket| {
        let created = bucket.creation_date.and_then(|d| Timestamp::from_second(d.secs()).ok());
        Some(BucketInfo { name: bucket.name?, created })
    });
    Ok(buckets.collect())
}

/// Makes a bucket in the client's region. A bucket that is ours already is fine.
pub async fn create_bucket(account: &Account, name: &str) -> Result<()> {
    let doing = Doing { kind: RequestKind::PutVersioning, bucket: name, key: None, skew: account.clock_skew() };
    let region = account.client.config().region().map(ToString::to_string);
    let mut call = account.client.create_bucket().bucket(name);
    if let Some(region) = region.filter(|r| r != "us-east-1" && r != "auto") {
        use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
        let place = BucketLocationConstraint::from(region.as_str());
        call =
            call.create_bucket_configuration(CreateBucketConfiguration::builder().location_constraint(place).build());
    }
    match call.send().await.map_err(|e| doing.error(e)) {
        Err(crate::Error::BucketExists { .. }) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A lifecycle rule that is switched on, as far as copies are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Deletes current objects by age or date.
    pub expires: bool,
    /// Moves current objects to a class that cannot be read at once.
    pub archives: bool,
    /// Gives up unfinished uploads.
    pub ends_uploads: bool,
}

/// Whether Object Lock is on for the bucket. `NotSupported` where the provider has none.
pub async fn object_lock(account: &Account, bucket: &str) -> Result<bool> {
    match (Settings { account, bucket }).object_lock().await {
        Err(Error::NoSuchBucket { .. }) => Ok(false),
        other => Ok(other?.available),
    }
}

/// The bucket's rules that are switched on. `NotSupported` where the provider has none.
pub async fn lifecycle(account: &Account, bucket: &str) -> Result<Vec<LifecycleRule>> {
    let all = match (Settings { account, bucket }).lifecycle().await {
        Err(Error::NoSuchBucket { .. }) => return Ok(Vec::new()),
        other => other?,
    };
    Ok(all.rules.iter().filter(|rule| rule.is_enabled()).map(summary).collect())
}

fn summary(rule: &Rule) -> LifecycleRule {
    let archive = |class: &str| matches!(class, "GLACIER" | "DEEP_ARCHIVE");
    LifecycleRule {
        expires: rule.expiration.as_ref().is_some_and(|e| e.days.is_some() || e.date.is_some()),
        archives: rule.transitions.iter().filter_map(|t| t.storage_class.as_deref()).any(archive),
        ends_uploads: rule.abort_incomplete_multipart_upload.is_some(),
    }
}
