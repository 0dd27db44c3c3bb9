//! What concerns an account instead of one bucket.

use jiff::Timestamp;

use super::{Account, classify::Doing};
use crate::{RequestKind, Result};

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
