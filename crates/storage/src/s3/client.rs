//! From a location and its credentials to a client: the SDK is configured here and nowhere else.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};
use aws_sdk_s3::{
    Client,
    config::{
        Credentials, RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient,
        StalledStreamProtectionConfig, retry::RetryConfig,
    },
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};

use super::{
    inspect::{Inspector, Observed},
    payload::SignPayload,
};
use crate::{CredentialSource, Error, Result, S3Location, Secret};

/// How long making a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Keys for [`CredentialSource::Key`].
#[derive(Debug, Clone)]
pub struct StaticKeys {
    /// The secret access key.
    pub secret: Secret,
    /// Session token of temporary credentials.
    pub token: Option<Secret>,
}

/// Whether request checksums beyond the payload's signature are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChecksumMode {
    /// Only where S3 demands one: what every provider takes.
    #[default]
    WhenRequired,
    /// `x-amz-checksum-sha256` with every whole write, where the probe saw wrong values refused. Parts go without: their
    /// signed payload is verified, and the checksum of an upload in parts is not that of its content.
    Sha256,
}

/// A connection to a provider: a client and what was seen through it.
#[derive(Clone)]
pub struct Account {
    pub(super) client: Client,
    pub(super) observed: Observed,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

impl Account {
    /// Server clock minus ours in seconds, from the last answer that had a date.
    pub fn clock_skew(&self) -> Option<i64> {
        self.observed.clock_skew()
    }
}

/// Builds the client. Reads configuration files and the CA file, but sends nothing.
pub async fn connect(location: &S3Location, keys: Option<&StaticKeys>) -> Result<Account> {
    let observed = Observed::default();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client(location)?)
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).build());
    if let Some(region) = &location.region {
        loader = loader.region(Region::new(region.clone()));
    }
    loader = match &location.credentials {
        CredentialSource::Chain => loader,
        CredentialSource::AwsProfile(name) => loader.profile_name(name),
        CredentialSource::Key(id) => loader.credentials_provider(fixed_credentials(id, keys)?),
    };
    let shared = loader.load().await;
    let region = shared.region().cloned().unwrap_or_else(|| Region::new("us-east-1"));
    let mut config = aws_sdk_s3::config::Builder::from(&shared)
        .region(region)
        .force_path_style(location.path_style)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .disable_s3_express_session_auth(true)
        .interceptor(Inspector::new(observed.clone()))
        .interceptor(SignPayload);
    if let Some(endpoint) = &location.endpoint {
        config = config.endpoint_url(endpoint);
    }
    Ok(Account { client: Client::from_conf(config.build()), observed })
}

fn fixed_credentials(id: &str, keys: Option<&StaticKeys>) -> Result<Credentials> {
    let keys = keys.ok_or(Error::Credentials(crate::error::CredentialFault::Missing))?;
    let token = keys.token.as_ref().map(|token| token.expose().to_owned());
    Ok(Credentials::new(id, keys.secret.expose(), token, None, "holdfast"))
}

fn http_client(location: &S3Location) -> Result<SharedHttpClient> {
    let plain = location.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    if plain && matches!(location.credentials, CredentialSource::Key(_)) {
        return Ok(Builder::new().build_http()); // reading the system's certificates takes milliseconds
    }
    let mut trust = TrustStore::default();
    if let Some(path) = &location.ca_file {
        let pem = std::fs::read(path).map_err(|e| Error::io("reading the file with trusted certificates", e))?;
        if !pem.windows(27).any(|w| w == b"-----BEGIN CERTIFICATE-----") {
            let kind = std::io::Error::new(std::io::ErrorKind::InvalidData, "it holds no PEM certificate");
            return Err(Error::io("reading the file with trusted certificates", kind));
        }
        trust.add_pem_certificate(pem);
    }
    let context = TlsContext::builder().with_trust_store(trust).build();
    let context = context.map_err(|e| Error::io("setting up TLS", std::io::Error::other(e)))?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https())
}
