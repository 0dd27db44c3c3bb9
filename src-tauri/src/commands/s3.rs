//! Where things are kept: configuration and tests.

use holdfast_app::{
    PlaceRef, Result, Secret,
    connection::Candidate,
    dto::config::{BucketView, ConnectionTest, ProviderPreset, S3ConfigView},
    profiles::ProfileName,
};
use serde::Deserialize;
use specta::Type;
use tauri::command;

use crate::Shared;

/// What the form has beyond the usual fields.
#[derive(Debug, Default, Deserialize, Type)]
#[serde(default)]
pub struct PlaceExtras {
    /// Provider's id.
    provider: Option<String>,
    /// PEM file with certificates to trust in addition.
    ca_file: Option<String>,
    /// Plain http to another machine is meant.
    allow_http: bool,
    /// A profile of the AWS configuration files that signs in, in place of a key.
    aws_profile: Option<String>,
    /// Encryption at the place: `AES256`, `kms` or `kms:KEY`, empty for none of ours.
    sse: Option<String>,
}

/// The usual fields.
struct Form {
    endpoint: String,
    region: String,
    bucket_name: String,
    access_key_id: String,
    secret_access_key: String,
    path_prefix: Option<String>,
}

impl Form {
    fn candidate(self, profile: Option<String>, extras: Option<PlaceExtras>) -> Result<Candidate> {
        let extras = extras.unwrap_or_default();
        Ok(Candidate {
            profile: ProfileName::or_default(profile.as_deref())?,
            endpoint: self.endpoint,
            region: self.region,
            bucket: self.bucket_name,
            aws_profile: extras.aws_profile,
            access_key_id: self.access_key_id,
            secret: Secret::new(self.secret_access_key),
            prefix: self.path_prefix,
            provider: extras.provider,
            ca_file: extras.ca_file.map(Into::into),
            allow_http: extras.allow_http,
            sse: extras.sse,
        })
    }
}

#[command]
#[specta::specta]
#[allow(clippy::too_many_arguments)]
pub async fn configure_s3(
    app: Shared<'_>,
    endpoint: String,
    region: String,
    bucket_name: String,
    access_key_id: String,
    secret_access_key: String,
    path_prefix: Option<String>,
    profile: Option<String>,
    extras: Option<PlaceExtras>,
) -> Result<()> {
    let form = Form { endpoint, region, bucket_name, access_key_id, secret_access_key, path_prefix };
    app.configure(&form.candidate(profile, extras)?).await
}

#[command]
#[specta::specta]
#[allow(clippy::too_many_arguments)]
pub async fn try_s3_connection(
    app: Shared<'_>,
    endpoint: String,
    region: String,
    bucket_name: String,
    access_key_id: String,
    secret_access_key: String,
    path_prefix: Option<String>,
    profile: Option<String>,
    extras: Option<PlaceExtras>,
) -> Result<ConnectionTest> {
    let form = Form { endpoint, region, bucket_name, access_key_id, secret_access_key, path_prefix };
    Ok(app.try_candidate(&form.candidate(profile, extras)?).await)
}

#[command]
#[specta::specta]
pub async fn use_this_computer(
    app: Shared<'_>,
    folder: Option<String>,
    profile: Option<String>,
) -> Result<S3ConfigView> {
    app.use_this_computer(profile.as_deref(), folder.map(Into::into)).await
}

#[command]
#[specta::specta]
pub async fn get_s3_config(app: Shared<'_>, profile: Option<String>) -> Result<S3ConfigView> {
    app.config(profile.as_deref()).await
}

#[command]
#[specta::specta]
pub async fn test_s3_connection(app: Shared<'_>, profile: Option<String>) -> Result<ConnectionTest> {
    app.test(profile.as_deref()).await
}

#[command]
#[specta::specta]
pub fn list_providers() -> Vec<ProviderPreset> {
    holdfast_app::connection::provider_presets()
}

/// The profiles of the AWS configuration files, by name.
#[command]
#[specta::specta]
pub async fn list_aws_profiles() -> Result<Vec<String>> {
    Ok(holdfast_app::connection::aws_profiles())
}

#[command]
#[specta::specta]
pub async fn list_s3_buckets(app: Shared<'_>, profile: Option<String>) -> Result<Vec<BucketView>> {
    app.buckets(&PlaceRef::Profile(profile)).await
}
