//! What is shown of places. Never a secret.

use std::path::Path;

use holdfast_storage::{providers::PROVIDERS, s3};

use crate::{
    AppError, ErrorCode, Home, Result,
    dto::config::{BucketView, PlaceKind, ProviderPreset, S3ConfigView},
    error::Doing,
    profiles::{LocalPlace, Place, ProfileName, S3Place},
    stores::{self, Target},
};

/// Every provider with a preset.
pub fn provider_presets() -> Vec<ProviderPreset> {
    PROVIDERS.iter().map(ProviderPreset::from).collect()
}

/// A profile as it is set up; one that does not exist is "not configured", not an error.
pub async fn config_view(home: &Home, name: &ProfileName) -> Result<S3ConfigView> {
    let profiles = home.load_profiles().await?;
    Ok(match profiles.get(name).map(|profile| &profile.place) {
        None => empty(name),
        Some(place) => place_view(name, place),
    })
}

/// A place as it is set up.
pub(crate) fn place_view(name: &ProfileName, place: &Place) -> S3ConfigView {
    match place {
        Place::S3(place) => s3_view(name, place),
        Place::Local(place) => local_view(name, place),
        Place::Gateway(place) => S3ConfigView {
            kind: PlaceKind::Gateway,
            endpoint: place.url.clone(),
            path_prefix: Some(place.prefix.clone()).filter(|prefix| !prefix.is_empty()),
            ca_file: path_text(place.ca_file.as_deref()),
            allow_http: place.allow_http,
            is_configured: true,
            ..empty(name)
        },
    }
}

fn empty(name: &ProfileName) -> S3ConfigView {
    S3ConfigView {
        profile: name.to_string(),
        kind: PlaceKind::None,
        endpoint: String::new(),
        region: String::new(),
        bucket_name: String::new(),
        access_key_id: String::new(),
        aws_profile: None,
        path_prefix: None,
        provider: None,
        local_folder: None,
        ca_file: None,
        allow_http: false,
        sse: None,
        is_configured: false,
    }
}

fn path_text(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

fn s3_view(name: &ProfileName, place: &S3Place) -> S3ConfigView {
    S3ConfigView {
        kind: PlaceKind::S3,
        endpoint: place.endpoint.clone().unwrap_or_default(),
        region: place.region.clone().unwrap_or_default(),
        bucket_name: place.bucket.clone(),
        access_key_id: place.access_key_id().unwrap_or_default().to_owned(),
        aws_profile: place.aws_profile().map(str::to_owned),
        path_prefix: Some(place.prefix.clone()).filter(|prefix| !prefix.is_empty()),
        provider: Some(place.provider_id().to_owned()),
        ca_file: path_text(place.ca_file.as_deref()),
        allow_http: place.allow_http,
        sse: place.sse.clone(),
        is_configured: true,
        ..empty(name)
    }
}

fn local_view(name: &ProfileName, place: &LocalPlace) -> S3ConfigView {
    S3ConfigView {
        kind: PlaceKind::Local,
        bucket_name: crate::embedded::LOCAL_BUCKET.to_owned(),
        local_folder: Some(place.folder.display().to_string()),
        is_configured: true,
        ..empty(name)
    }
}

/// Every bucket that the credentials may see.
pub async fn list_buckets(home: &Home, target: Target<'_>) -> Result<Vec<BucketView>> {
    let open = stores::open(home, target, &super::test::impatient()).await?;
    let Some(account) = &open.account else {
        return Err(AppError::config(
            ErrorCode::NotSupported,
            format!("{} is one place, not an account with buckets", open.location),
            "name a bucket at a provider",
        ));
    };
    let all = s3::list_buckets(account).await;
    let all = all.map_err(|error| AppError::from_storage(&error, &open.context(Doing::List)))?;
    let view = |bucket: s3::BucketInfo| BucketView {
        name: bucket.name,
        creation_date: bucket.created.map(|at| at.to_string()),
    };
    Ok(all.into_iter().map(view).collect())
}
