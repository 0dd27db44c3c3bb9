//! A place as it is written down, and the way back to a checked location. A hand-edited file is checked as a URL is.

use std::path::PathBuf;

use holdfast_storage::{
    CredentialSource, S3Location, StoreUrl,
    providers::Provider,
    url::{InlineKeys, is_loopback},
};
use serde::{Deserialize, Serialize};

use super::{GATEWAY_SECRET, GatewayPlace, Unknown};
use crate::{AppError, Result};

/// Where copies are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// A bucket.
    S3(Box<S3Place>),
    /// The embedded bucket over a folder of this computer.
    Local(LocalPlace),
    /// A folder behind a gateway.
    Gateway(GatewayPlace),
}

impl Place {
    /// What the keychain calls its secret; `None` where there is none to keep.
    pub fn secret_name(&self) -> Option<&str> {
        match self {
            Self::S3(place) => place.access_key_id(),
            Self::Gateway(_) => Some(GATEWAY_SECRET),
            Self::Local(_) => None,
        }
    }
}

/// A folder of this computer, a disk or a NAS, behind the embedded bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalPlace {
    /// Whole path.
    pub folder: PathBuf,
    /// Fields of other versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A bucket. Has no field for a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct S3Place {
    /// Bucket.
    pub bucket: String,
    /// Everything is kept below this; empty for the whole bucket.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Region; `None` asks the source of the credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Address with its scheme; `None` for AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Bucket in the path instead of the host name.
    #[serde(default)]
    pub path_style: bool,
    /// Plain http to another machine was asked for in so many words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_http: bool,
    /// Where credentials come from.
    #[serde(default)]
    pub credentials: Credentials,
    /// Storage class of new objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Server-side encryption of new objects: `AES256`, `kms` or `kms:<key id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sse: Option<String>,
    /// PEM file with certificates to trust in addition to the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Provider's id where the address does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Fields of other versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Where credentials come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Credentials {
    /// The SDK's chain: environment, shared profile, SSO, web identity, roles.
    #[default]
    Chain,
    /// A named profile of the AWS configuration files.
    AwsProfile {
        /// Its name.
        name: String,
    },
    /// The secret of this key is in the keychain.
    Keychain {
        /// Access key id.
        access_key_id: String,
    },
}

impl S3Place {
    /// Writes a location down. `provider` is kept where the address does not tell it.
    pub fn of(location: &S3Location, provider: Option<&str>) -> Self {
        let endpoint = location.endpoint.clone();
        let allow_http = endpoint
            .as_deref()
            .and_then(|e| url::Url::parse(e).ok())
            .is_some_and(|url| url.scheme() == "http" && !url.host_str().is_some_and(is_loopback));
        let told = Provider::of_endpoint(endpoint.as_deref()).id;
        Self {
            bucket: location.bucket.clone(),
            prefix: location.prefix.as_str().to_owned(),
            region: location.region.clone(),
            endpoint,
            path_style: location.path_style,
            allow_http,
            credentials: match &location.credentials {
                CredentialSource::Chain => Credentials::Chain,
                CredentialSource::AwsProfile(name) => Credentials::AwsProfile { name: name.clone() },
                CredentialSource::Key(id) => Credentials::Keychain { access_key_id: id.clone() },
            },
            storage_class: location.storage_class.clone(),
            sse: location.encryption.as_ref().map(ToString::to_string),
            ca_file: location.ca_file.clone(),
            provider: provider.filter(|id| *id != told).map(str::to_owned),
            unknown: Unknown::new(),
        }
    }

    /// The checked location.
    pub fn location(&self) -> Result<S3Location> {
        match StoreUrl::parse(&self.url())? {
            (StoreUrl::S3(location), None::<InlineKeys>) => Ok(location),
            _ => Err(AppError::internal("a place is not what it was written as")),
        }
    }

    /// As a store URL, without a secret.
    pub fn url(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        };
        add("region", self.region.as_deref());
        add("endpoint", self.endpoint.as_deref());
        add("path_style", Some(if self.path_style { "true" } else { "false" }));
        add("allow_http", self.allow_http.then_some("true"));
        match &self.credentials {
            Credentials::Chain => {}
            Credentials::AwsProfile { name } => add("profile", Some(name)),
            Credentials::Keychain { access_key_id } => add("access_key", Some(access_key_id)),
        }
        add("storage_class", self.storage_class.as_deref());
        add("sse", self.sse.as_deref());
        add("ca_file", self.ca_file.as_deref().and_then(|path| path.to_str()));
        let prefix: String = url::form_urlencoded::byte_serialize(self.prefix.as_bytes()).collect();
        let prefix = prefix.replace('+', "%20").replace("%2F", "/");
        format!("s3://{}/{prefix}?{}", self.bucket, query.finish())
    }

    /// The provider's id: the one written down, else the one the address tells.
    pub fn provider_id(&self) -> &'static str {
        let written = self.provider.as_deref().and_then(Provider::by_id);
        written.unwrap_or_else(|| Provider::of_endpoint(self.endpoint.as_deref())).id
    }

    /// The profile of the AWS configuration files that signs in.
    pub fn aws_profile(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::AwsProfile { name } => Some(name),
            _ => None,
        }
    }

    /// The key whose secret is in the keychain.
    pub fn access_key_id(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Keychain { access_key_id } => Some(access_key_id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    fn location(url: &str) -> S3Location {
        match StoreUrl::parse(url).unwrap().0 {
            StoreUrl::S3(location) => location,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_place_is_written_down_and_read_back_as_it_was() {
        for url in [
            "s3://bkt",
            "s3://bkt/a b/é%2Bc?region=eu-west-1",
            "s3://bkt/p?endpoint=http://nas:9000&allow_http=true&region=r&access_key=AK",
            "s3://bkt?endpoint=127.0.0.1:9000&path_style=false&profile=work",
            "s3://bkt?endpoint=s3.eu-central-003.backblazeb2.com&sse=kms:k%2F1&storage_class=STANDARD_IA&ca_file=/a%20b",
            "s3://bkt?sse=AES256",
        ] {
            let location = location(url);
            let place = S3Place::of(&location, None);
            let text = serde_json::to_string(&Place::S3(Box::new(place))).unwrap();
            let Place::S3(back) = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
            assert_eq!(back.location().unwrap(), location, "{url}: {text}");
        }
    }

    #[test]
    fn a_provider_is_written_down_only_where_the_address_does_not_tell_it() {
        let minio = S3Place::of(&location("s3://bkt?endpoint=127.0.0.1:9000"), Some("minio"));
        assert_eq!((minio.provider.as_deref(), minio.provider_id()), (Some("minio"), "minio"));
        let aws = S3Place::of(&location("s3://bkt"), Some("aws"));
        assert_eq!((aws.provider.as_deref(), aws.provider_id()), (None, "aws"));
    }

    #[test]
    fn a_hand_edited_place_is_checked() {
        let mut place = S3Place::of(&location("s3://bkt"), None);
        place.prefix = "a/../b".into();
        assert_eq!(place.location().unwrap_err().code, ErrorCode::PrefixBad);
        place.prefix = String::new();
        place.endpoint = Some("http://example.com".into());
        assert_eq!(place.location().unwrap_err().code, ErrorCode::PlainHttp);
        place.endpoint = None;
        place.bucket = "a?secret_key=x&access_key=y&".into();
        assert!(place.location().is_err());
    }
}
