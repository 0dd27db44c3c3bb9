//! The configuration file: YAML as it is written ([`Config`]), and what is wrong with it ([`ConfigError`]).
//!
//! Unknown fields are errors. `${NAME}` in a plain value comes from the environment. Nothing is opened or asked here.

pub(crate) mod check;

use std::{collections::HashMap, fmt, net::IpAddr, path::PathBuf};

use holdfast_storage::Secret;
use serde::{Deserialize, Deserializer};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How the gateway listens.
    pub server: ServerConfig,
    /// The bucket behind it.
    pub s3: S3Config,
    /// Who may use it.
    pub clients: Vec<ClientConfig>,
    /// Hashes of keys that are refused whoever has them: `sha256:…`.
    #[serde(default)]
    pub revoked: Vec<String>,
    /// Links.
    #[serde(default)]
    pub presign: PresignConfig,
    /// What is kept and told of the clients.
    #[serde(default)]
    pub reports: ReportsConfig,
    /// Who may read reports and numbers.
    pub admin: Option<AdminConfig>,
    /// Tokens in place of keys.
    #[serde(default)]
    pub tokens: TokensConfig,
    /// Whether clients may speak S3 with their key as access key id and as secret.
    #[serde(default)]
    pub s3_api: bool,
}

/// `server`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address to listen on.
    #[serde(default = "default_host")]
    pub host: IpAddr,
    /// Port; 0 takes a free one.
    pub port: u16,
    /// The certificate.
    #[serde(default)]
    pub tls: TlsConfig,
    /// Speak plain HTTP to other machines too: only behind something that ends TLS.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// What tells this gateway from others before the same bucket. The database remembers a random one.
    pub name: Option<String>,
    /// SQLite file for activity and reports.
    #[serde(default = "default_database")]
    pub database: PathBuf,
    /// Seconds that a request's head may take.
    #[serde(default = "default_head_timeout")]
    pub head_timeout_seconds: u64,
    /// Seconds that a body may bring nothing.
    #[serde(default = "default_body_timeout")]
    pub body_timeout_seconds: u64,
    /// Connections at once; more wait to be accepted.
    #[serde(default = "default_connections")]
    pub max_connections: usize,
    /// MiB of content in memory at once, all uploads together.
    #[serde(default = "default_buffers")]
    pub upload_memory_mb: u32,
    /// Seconds that requests under way may take when the gateway ends.
    #[serde(default = "default_grace")]
    pub grace_seconds: u64,
}

/// `server.tls`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Whether to speak TLS.
    #[serde(default)]
    pub enabled: bool,
    /// Certificate and those between it and its authority, PEM.
    pub cert_file: Option<PathBuf>,
    /// Its key, PEM.
    pub key_file: Option<PathBuf>,
}

/// `s3`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// Address with its scheme; AWS without one.
    pub endpoint: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Bucket.
    pub bucket: String,
    /// Everything of the gateway's is below this.
    #[serde(default)]
    pub path_prefix: String,
    /// Access key id. Without it the SDK's chain is asked: environment, profile, role of the machine.
    pub access_key_id: Option<String>,
    /// Secret access key.
    pub secret_access_key: Option<SecretText>,
    /// Session token of temporary keys.
    pub session_token: Option<SecretText>,
    /// Bucket in the path instead of the host name. By default where there is an endpoint.
    pub path_style: Option<bool>,
    /// PEM file with certificates to trust in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// Uploads and parts that are on their way to the bucket at once; what else is ready waits. A server is slower, not
    /// quicker, when it has hundreds of them at a time.
    #[serde(default = "default_writes")]
    pub max_concurrent_writes: usize,
    /// Speak plain HTTP to an endpoint on another machine.
    #[serde(default)]
    pub allow_http: bool,
}

/// One of `clients`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// Its name, and that of its folder.
    pub name: String,
    /// Its key. Better keep the hash.
    pub api_key: Option<SecretText>,
    /// The key's hash as `holdfast gateway key new` prints it.
    pub api_key_hash: Option<String>,
    /// A second key's hash, while keys are changed.
    pub next_api_key_hash: Option<String>,
    /// Largest file in MiB.
    #[serde(default = "default_file_size")]
    pub max_file_size_mb: u64,
    /// Most content in GiB.
    pub quota_gb: Option<u64>,
    /// Requests in a minute.
    pub requests_per_minute: Option<u32>,
    /// Requests at once.
    #[serde(default = "default_concurrency")]
    pub max_concurrent_requests: usize,
    /// What it may do.
    #[serde(default = "Permission::usual")]
    pub permissions: Vec<Permission>,
    /// Only these paths and what is below them; all without.
    #[serde(default)]
    pub allowed_paths: Vec<String>,
    /// Hours without a request after which it counts as silent.
    pub silent_after_hours: Option<u64>,
    /// Who it is at the OpenID Connect issuer.
    #[serde(default)]
    pub oidc_subjects: Vec<String>,
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Send.
    Upload,
    /// Ask for an object and download it.
    Read,
    /// List.
    List,
    /// Remove.
    Delete,
    /// Have links made.
    Presign,
    /// Tell how it is.
    Report,
}

impl Permission {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Read => "read",
            Self::List => "list",
            Self::Delete => "delete",
            Self::Presign => "presign",
            Self::Report => "report",
        }
    }

    fn usual() -> Vec<Self> {
        vec![Self::Upload, Self::Read, Self::List, Self::Report]
    }
}

/// `presign`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresignConfig {
    /// Seconds that a link works at most; at most 3,600.
    pub max_expiry: u64,
}

impl Default for PresignConfig {
    fn default() -> Self {
        Self { max_expiry: 3600 }
    }
}

/// `reports`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportsConfig {
    /// Days of activity and reports that the database keeps.
    pub keep_days: u32,
    /// Seconds between two writings of the day's activity to the bucket.
    pub write_every_seconds: u64,
    /// Hours without a request after which a client counts as silent, unless it has its own.
    pub silent_after_hours: u64,
    /// Asked with a JSON body when a client has become silent.
    pub webhook: Option<url::Url>,
}

impl Default for ReportsConfig {
    fn default() -> Self {
        Self { keep_days: 90, write_every_seconds: 300, silent_after_hours: 48, webhook: None }
    }
}

/// `admin`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Its key.
    pub api_key: Option<SecretText>,
    /// The key's hash.
    pub api_key_hash: Option<String>,
    /// Answer `/metrics` without a key when asked from this machine.
    #[serde(default)]
    pub open_metrics_on_loopback: bool,
}

/// `tokens`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokensConfig {
    /// Seconds that a token of `/auth/login` works; at most 900.
    pub lifetime_seconds: u64,
    /// Signs tokens. By default it is made from the bucket's secret key, so that all gateways of a bucket agree.
    pub secret: Option<SecretText>,
    /// An OpenID Connect issuer.
    pub oidc: Option<OidcConfig>,
}

impl Default for TokensConfig {
    fn default() -> Self {
        Self { lifetime_seconds: 900, secret: None, oidc: None }
    }
}

/// `tokens.oidc`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// The tokens' `iss`.
    pub issuer: String,
    /// The tokens' `aud`.
    pub audience: String,
    /// File with the issuer's keys.
    pub jwks_file: Option<PathBuf>,
    /// Where the issuer's keys are.
    pub jwks_url: Option<url::Url>,
}

/// A secret in the file.
#[derive(Debug, Clone)]
pub struct SecretText(pub Secret);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.contains("${") {
            true => Err(serde::de::Error::custom(
                "write ${NAME} without quotes, and not inside { }, to take it from the environment",
            )),
            false => Ok(Self(Secret::new(text))),
        }
    }
}

/// What is wrong with a configuration. Holds no value of the file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// It is not YAML, or a field is missing, unknown or of another kind.
    #[error("the configuration at {field}: {message}")]
    Form {
        /// Such as `clients[0].name`.
        field: String,
        /// What is wrong, with line and column.
        message: String,
    },
    /// A value that cannot be.
    #[error("the configuration at {field}: {message}")]
    Value {
        /// Such as `clients[0].name`.
        field: String,
        /// What is wrong.
        message: String,
    },
}

impl ConfigError {
    pub(crate) fn value(field: impl fmt::Display, message: impl Into<String>) -> Self {
        Self::Value { field: field.to_string(), message: message.into() }
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(path: &std::path::Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, std::env::vars().collect())
    }

    /// Reads and checks a text, with `environment` for its `${NAME}`.
    ///
    /// # Errors
    /// [`ConfigError::Form`] and [`ConfigError::Value`].
    pub fn parse(text: &str, environment: HashMap<String, String>) -> Result<Self, ConfigError> {
        let options = serde_saphyr::options! { with_snippet: false }.with_properties(environment);
        let mut field = String::new();
        let parsed = serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
            serde_path_to_error::deserialize::<_, Self>(yaml).map_err(|error| {
                field = error.path().to_string();
                error.into_inner()
            })
        });
        let config = parsed.map_err(|error| {
            let field = if field.is_empty() || field == "." { "its top".to_owned() } else { field };
            ConfigError::Form { field, message: error.to_string() }
        })?;
        check::check(&config)?;
        Ok(config)
    }
}

fn default_host() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}
fn default_database() -> PathBuf {
    "gateway.db".into()
}
fn default_head_timeout() -> u64 {
    15
}
fn default_body_timeout() -> u64 {
    30
}
fn default_connections() -> usize {
    1024
}
fn default_writes() -> usize {
    32
}

fn default_buffers() -> u32 {
    32
}
fn default_grace() -> u64 {
    60
}
fn default_file_size() -> u64 {
    5 * 1024
}
fn default_concurrency() -> usize {
    64
}
