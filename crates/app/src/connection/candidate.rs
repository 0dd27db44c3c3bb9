//! A place as somebody typed it into the form, and what is made of it.

use std::path::PathBuf;

use holdfast_storage::{
    CredentialSource, Prefix, S3Location, Secret, StoreUrlError, providers::Provider, s3::StaticKeys,
};

use crate::{
    Home, Result,
    keychain::SecretId,
    profiles::{Place, ProfileName},
    stores::S3Opening,
};

/// The fields of the form.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Profile it is to become.
    pub profile: ProfileName,
    /// Address; empty for the provider's own.
    pub endpoint: String,
    /// Region; may be empty.
    pub region: String,
    /// Bucket.
    pub bucket: String,
    /// A profile of the AWS configuration files that signs in, in place of a key.
    pub aws_profile: Option<String>,
    /// Access key id; empty for the SDK's chain (environment, AWS profile, SSO, roles).
    pub access_key_id: String,
    /// Secret access key; empty to go on with the one in the keychain.
    pub secret: Secret,
    /// Everything is kept below this.
    pub prefix: Option<String>,
    /// Provider's id.
    pub provider: Option<String>,
    /// PEM file with certificates to trust in addition.
    pub ca_file: Option<PathBuf>,
    /// Plain http to another machine is meant.
    pub allow_http: bool,
    /// Encryption at the place: `AES256`, `kms` or `kms:KEY`, empty for none of ours. `None`: as the profile has it.
    pub sse: Option<String>,
}

impl Candidate {
    /// The checked location.
    pub fn location(&self) -> Result<S3Location> {
        let bucket = self.bucket.trim();
        if bucket.is_empty() {
            return Err(StoreUrlError::MissingBucket.into());
        }
        let mut location = S3Location::new(bucket)?;
        location.prefix = Prefix::parse(self.prefix.as_deref().unwrap_or_default().trim())?;
        location.region = Some(self.region.trim().to_owned()).filter(|region| !region.is_empty());
        let provider = self.provider.as_deref().and_then(Provider::by_id);
        if let Some(endpoint) = self.address(provider)? {
            location.set_endpoint(&endpoint, self.allow_http)?;
            location.path_style |= provider.is_some_and(|provider| provider.path_style);
        }
        location.ca_file.clone_from(&self.ca_file);
        let sse = self.sse.as_deref().map(str::trim).filter(|sse| !sse.is_empty());
        location.encryption = sse.map(str::parse).transpose()?;
        location.credentials = match (self.profile_of_aws(), self.access_key_id.trim()) {
            (Some(profile), _) => CredentialSource::AwsProfile(profile.to_owned()),
            (None, "") if self.secret.expose().trim().is_empty() => CredentialSource::Chain,
            (None, "") => return Err(StoreUrlError::HalfAKey { given: "secret_key", missing: "access_key" }.into()),
            (None, id) => CredentialSource::Key(id.to_owned()),
        };
        Ok(location)
    }

    /// What was typed, else the provider's own address for the region; `None` for AWS.
    fn address(&self, provider: Option<&Provider>) -> Result<Option<String>> {
        match (self.endpoint.trim(), provider) {
            ("", None) => Ok(None),
            ("", Some(provider)) if provider.id == "aws" => Ok(None),
            ("", Some(provider)) => {
                let filled = provider.endpoint.replace("{region}", self.region.trim());
                match filled.is_empty() || filled.contains('{') || filled.contains("//.") || filled.contains("..") {
                    true => Err(StoreUrlError::BadValue { name: "endpoint" }.into()),
                    false => Ok(Some(filled)),
                }
            }
            (typed, _) => Ok(Some(typed.to_owned())),
        }
    }

    fn profile_of_aws(&self) -> Option<&str> {
        self.aws_profile.as_deref().map(str::trim).filter(|name| !name.is_empty())
    }

    /// The keys: those typed, else those that the keychain has for this profile.
    pub(super) async fn keys(&self, home: &Home) -> Result<Option<StaticKeys>> {
        let (id, typed) = (self.access_key_id.trim(), self.secret.expose().trim());
        match (id.is_empty(), typed.is_empty()) {
            _ if self.profile_of_aws().is_some() => Ok(None),
            (true, _) => Ok(None),
            (false, false) => Ok(Some(StaticKeys { secret: Secret::new(typed), token: None })),
            (false, true) => match home.secrets.get(&SecretId::new(self.profile.as_str(), id)).await? {
                Some(keys) => Ok(Some(keys)),
                None => Err(StoreUrlError::HalfAKey { given: "access_key", missing: "secret_key" }.into()),
            },
        }
    }

    pub(super) async fn opening(&self, home: &Home) -> Result<S3Opening> {
        let mut location = self.location()?;
        if let Some(Place::S3(before)) = home.load_profiles().await?.get(&self.profile).map(|profile| &profile.place) {
            keep_unsaid(&mut location, &before.location()?, self.sse.is_some());
        }
        let mut opening = S3Opening::new(location, self.keys(home).await?);
        if let Some(provider) = self.provider.as_deref().and_then(Provider::by_id) {
            opening.provider = provider.id.to_owned();
        }
        Ok(opening)
    }
}

/// What the form has no field for, or did not say, stays as the profile had it: who changes a place's key has not asked
/// for another storage class.
fn keep_unsaid(location: &mut S3Location, before: &S3Location, says_encryption: bool) {
    location.storage_class.clone_from(&before.storage_class);
    if !says_encryption {
        location.encryption.clone_from(&before.encryption);
    }
    if location.credentials == CredentialSource::Chain && matches!(before.credentials, CredentialSource::AwsProfile(_))
    {
        location.credentials.clone_from(&before.credentials);
    }
    if location.endpoint == before.endpoint {
        location.path_style = before.path_style;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str) -> S3Location {
        match holdfast_storage::StoreUrl::parse(url) {
            Ok((holdfast_storage::StoreUrl::S3(location), _)) => location,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_form_says_how_the_place_encrypts() {
        let of = |sse: Option<&str>| {
            let candidate = Candidate {
                profile: ProfileName::or_default(None).unwrap(),
                endpoint: String::new(),
                region: "eu-north-1".into(),
                bucket: "photos".into(),
                aws_profile: None,
                access_key_id: "AK".into(),
                secret: Secret::new("s"),
                prefix: None,
                provider: None,
                ca_file: None,
                allow_http: false,
                sse: sse.map(str::to_owned),
            };
            candidate.location().map(|location| location.encryption.map(|how| how.to_string()))
        };
        for (sse, asked) in [
            (None, None),
            (Some(" "), None),
            (Some("AES256"), Some("AES256")),
            (Some("kms"), Some("kms")),
            (Some("kms:arn:aws:kms:eu-north-1:1:key/k"), Some("kms:arn:aws:kms:eu-north-1:1:key/k")),
        ] {
            assert_eq!(of(sse).unwrap().as_deref(), asked, "{sse:?}");
        }
        assert_eq!(of(Some("rot13")).unwrap_err().code, crate::ErrorCode::BadParameter);
    }

    #[test]
    fn what_the_form_cannot_say_stays() {
        let before = location(
            "s3://bucket?region=r&endpoint=https://x.example&path_style=true&profile=work&storage_class=GLACIER_IR&sse=AES256",
        );
        let mut same = location("s3://bucket?region=r&endpoint=https://x.example");
        keep_unsaid(&mut same, &before, false);
        assert_eq!(same, before);
        same.encryption = None;
        keep_unsaid(&mut same, &before, true);
        assert_eq!(same.encryption, None, "the form said that nothing is asked for");
        let mut moved = location("s3://bucket?region=r&endpoint=https://y.example&path_style=false&access_key=AK");
        let style = moved.path_style;
        keep_unsaid(&mut moved, &before, false);
        assert_eq!((moved.path_style, moved.storage_class.as_deref()), (style, Some("GLACIER_IR")));
        assert_eq!(moved.credentials, CredentialSource::Key("AK".into()), "a key that was typed counts");
    }
}
