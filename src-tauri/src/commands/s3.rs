//! Where things are kept: configuration and tests.

use holdfast_app::{
    PlaceRef, Result, Secret,
    connection::Candidate,
    dto::config::{BucketView, ConnectionTest, ProviderPreset, S3ConfigView},
    profiles::ProfileName,
};
use tauri::command;

use crate::Shared;

#[command(rename_all = "snake_case")]
#[specta::specta(rename_all = "snake_case")]
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
    provider: Option<String>,
    ca_file: Option<String>,
    allow_http: Option<bool>,
) -> Result<()> {
    app.configure(&Candidate {
        profile: ProfileName::or_default(profile.as_deref())?,
        endpoint,
        region,
        bucket: bucket_name,
        access_key_id,
        secret: Secret::new(secret_access_key),
        prefix: path_prefix,
        provider,
        ca_file: ca_file.map(Into::into),
        allow_http: allow_http.unwrap_or(false),
    })
    .await
}

#[command(rename_all = "snake_case")]
#[specta::specta(rename_all = "snake_case")]
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
    provider: Option<String>,
    ca_file: Option<String>,
    allow_http: Option<bool>,
) -> Result<ConnectionTest> {
    let candidate = Candidate {
        profile: ProfileName::or_default(profile.as_deref())?,
        endpoint,
        region,
        bucket: bucket_name,
        access_key_id,
        secret: Secret::new(secret_access_key),
        prefix: path_prefix,
        provider,
        ca_file: ca_file.map(Into::into),
        allow_http: allow_http.unwrap_or(false),
    };
    Ok(app.try_candidate(&candidate).await)
}

#[command(rename_all = "snake_case")]
#[specta::specta(rename_all = "snake_case")]
pub async fn use_this_computer(
    app: Shared<'_>,
    folder: Option<String>,
    profile: Option<String>,
) -> Result<S3ConfigView> {
    app.use_this_computer(profile.as_deref(), folder.map(Into::into)).await
}

#[command(rename_all = "snake_case")]
#[specta::specta(rename_all = "snake_case")]
pub async fn get_s3_config(app: Shared<'_>, profile: Option<String>) -> Result<S3ConfigView> {
    app.config(profile.as_deref()).await
}

#[command(rename_all = "snake_case")]
#[specta::specta(rename_all = "snake_case")]
pub async fn test_s3_connection(app: Shared<'_>, profile: Option<String>) -> Result<ConnectionTest> {
    app.test(profile.as_deref()).await
}

#[command]
#[specta::specta]
pub fn list_providers() -> Vec<ProviderPreset> {
    holdfast_app::connection::provider_presets()
}

#[command(rename_all = "snake_case")]
#[specta::specta(rename_all = "snake_case")]
pub async fn list_s3_buckets(app: Shared<'_>, profile: Option<String>) -> Result<Vec<BucketView>> {
    app.buckets(&PlaceRef::Profile(profile)).await
}
