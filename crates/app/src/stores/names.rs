//! What places are called: by people, in messages, and in file names.

use std::path::Path;

use holdfast_storage::{CredentialSource, S3Location, providers::Provider};
use sha2::{Digest, Sha256};

use crate::{error::PlaceNames, paths::with_tilde};

/// 32 hexadecimal digits of a hash over what makes a place the same place.
pub(super) fn identity(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..16])
}

/// Bucket, endpoint and prefix make the place; region, keys and the like may change without it being another. AWS is
/// one endpoint however it is written.
pub(super) fn s3_identity(location: &S3Location) -> String {
    let endpoint = match Provider::of_endpoint(location.endpoint.as_deref()).id {
        "aws" => "aws".to_owned(),
        _ => host(location).to_lowercase(),
    };
    identity(&["s3", &endpoint, &location.bucket, location.prefix.as_str()])
}

/// Copies in a folder, be there a bucket in front of them or not.
pub(super) fn folder_names(folder: &Path) -> PlaceNames {
    PlaceNames { provider: format!("the folder {}", with_tilde(folder)), is_folder: true, ..PlaceNames::default() }
}

pub(super) fn folder_identity(kind: &str, real_path: &Path) -> String {
    identity(&[kind, &real_path.to_string_lossy()])
}

/// Host and port of the endpoint; empty for AWS's own.
fn host(location: &S3Location) -> String {
    let endpoint = location.endpoint.as_deref().unwrap_or_default();
    endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest).trim_end_matches('/').to_owned()
}

fn provider_name(provider: &str) -> &'static str {
    match Provider::by_id(provider) {
        Some(known) if known.id != "other" => known.name,
        _ => "",
    }
}

pub(super) fn s3_names(location: &S3Location, provider: &str) -> PlaceNames {
    let (key_id, aws_profile) = match &location.credentials {
        CredentialSource::Chain => (None, None),
        CredentialSource::AwsProfile(name) => (None, Some(name.clone())),
        CredentialSource::Key(id) => (Some(id.clone()), None),
    };
    PlaceNames {
        bucket: location.bucket.clone(),
        provider: provider_name(provider).to_owned(),
        host: host(location),
        region: location.region.clone(),
        key_id,
        aws_profile,
        is_gateway: false,
        is_folder: false,
    }
}

/// "my-bucket/laptop at Backblaze B2, eu-central-003".
pub(super) fn s3_location(location: &S3Location, names: &PlaceNames) -> String {
    let prefix = if location.prefix.is_empty() { String::new() } else { format!("/{}", location.prefix) };
    let region = names.region.as_deref().filter(|r| !names.provider.is_empty() && *r != "auto");
    let region = region.map(|region| format!(", {region}")).unwrap_or_default();
    format!("{}{prefix} at {}{region}", names.bucket, names.who())
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_storage::StoreUrl;

    fn location(url: &str) -> S3Location {
        match StoreUrl::parse(url).unwrap().0 {
            StoreUrl::S3(location) => location,
            other => panic!("{other:?}"),
        }
    }

    fn said(url: &str) -> String {
        let location = location(url);
        let provider = Provider::of_endpoint(location.endpoint.as_deref()).id;
        s3_location(&location, &s3_names(&location, provider))
    }

    #[test]
    fn a_place_is_called_as_people_know_it() {
        for (url, name) in [
            ("s3://my-bucket?endpoint=s3.eu-central-003.backblazeb2.com", "my-bucket at Backblaze B2, eu-central-003"),
            ("s3://my-bucket/laptop?region=eu-west-1", "my-bucket/laptop at Amazon S3, eu-west-1"),
            ("s3://my-bucket?endpoint=nas.lan:9000&region=r", "my-bucket at nas.lan:9000"),
            ("s3://my-bucket?endpoint=abc.r2.cloudflarestorage.com", "my-bucket at Cloudflare R2"),
        ] {
            assert_eq!(said(url), name);
        }
    }

    #[test]
    fn a_place_is_the_same_place_with_other_keys_and_another_with_another_prefix() {
        let of = |url: &str| s3_identity(&location(url));
        let one = of("s3://bkt/a?region=eu-west-1&access_key=A");
        assert_eq!(one.len(), 32);
        assert_eq!(one, of("s3://bkt/a/?region=us-east-1&profile=x"));
        assert_eq!(one, of("s3://bkt/a?endpoint=https://s3.eu-west-1.amazonaws.com"));
        for other in ["s3://bkt/b", "s3://bkt", "s3://bkx/a", "s3://bkt/a?endpoint=nas.lan"] {
            assert_ne!(one, of(other), "{other}");
        }
    }
}
