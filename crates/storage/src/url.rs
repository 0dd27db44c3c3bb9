//! Store URLs: one line that names a place.
//!
//! `s3://bucket/prefix?region=…&endpoint=…`, `gateway://host:port/prefix`, `file:///path`, `folder:/path`, `memory:`. What was typed is parsed once
//! into [`StoreUrl`]; a secret in it is split off as [`InlineKeys`] and never printed again.

use std::{fmt, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;

use crate::{
    Encryption,
    gateway::GatewayLocation,
    key_prefix::{Prefix, PrefixError},
    providers::Provider,
    secret::Secret,
};

/// The parameters `s3://` knows.
pub const S3_PARAMETERS: &[&str] = &[
    "region",
    "endpoint",
    "path_style",
    "access_key",
    "secret_key",
    "session_token",
    "profile",
    "storage_class",
    "sse",
    "ca_file",
    "allow_http",
];

/// What is escaped in the prefix of a printed URL.
pub(crate) const IN_PATH: &percent_encoding::AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

/// A parsed place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A bucket.
    S3(S3Location),
    /// A folder on a disk, a NAS, or one that another tool syncs.
    Folder(PathBuf),
    /// A folder behind a gateway.
    Gateway(GatewayLocation),
    /// In memory, gone with the process.
    Memory,
}

/// Where a bucket is and how to talk to it. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Location {
    /// Bucket name.
    pub bucket: String,
    /// Everything of ours is below this.
    pub prefix: Prefix,
    /// Region; `None` asks the SDK's chain (environment, profile).
    pub region: Option<String>,
    /// Address with its scheme; `None` for AWS.
    pub endpoint: Option<String>,
    /// Bucket in the path instead of the host name.
    pub path_style: bool,
    /// Where credentials come from.
    pub credentials: CredentialSource,
    /// Storage class of new objects.
    pub storage_class: Option<String>,
    /// Server-side encryption of new objects.
    pub encryption: Option<Encryption>,
    /// PEM file with certificates to trust in addition to the system's.
    pub ca_file: Option<PathBuf>,
}

/// Which credentials to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CredentialSource {
    /// The SDK's chain: environment, shared profile, SSO, web identity, container and instance roles.
    #[default]
    Chain,
    /// A named profile of the AWS configuration files.
    AwsProfile(String),
    /// An access key id whose secret is handed in beside the location (from the keychain).
    Key(String),
}

/// Keys that were written into a URL. They go to the keychain or into memory, nowhere else.
#[derive(Debug, Clone)]
pub struct InlineKeys {
    /// The secret access key.
    pub secret: Secret,
    /// Session token of temporary credentials.
    pub token: Option<Secret>,
}

/// Why a text is not a store URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// Not of the form `scheme:…`.
    #[error("this is not a store URL")]
    Malformed,
    /// A scheme no store answers to.
    #[error("{scheme}: is not a kind of place Holdfast knows")]
    UnknownScheme {
        /// What was written before the colon.
        scheme: String,
    },
    /// `s3://` without a bucket.
    #[error("the bucket's name is missing")]
    MissingBucket,
    /// A bucket name that S3 refuses (3 to 63 of a–z, 0–9, `-`, `.`).
    #[error("{bucket:?} cannot be the name of a bucket")]
    BadBucket {
        /// What was written.
        bucket: String,
    },
    /// A parameter that does not exist.
    #[error("the parameter {name:?} is not known")]
    UnknownParameter {
        /// Its name.
        name: String,
    },
    /// A parameter twice.
    #[error("the parameter {name:?} is there twice")]
    Repeated {
        /// Its name.
        name: String,
    },
    /// A parameter whose value cannot be.
    #[error("the value of {name:?} is not understood")]
    BadValue {
        /// Its name.
        name: &'static str,
    },
    /// A secret without its key id or the other way round.
    #[error("{missing} is missing beside {given}")]
    HalfAKey {
        /// What is there.
        given: &'static str,
        /// What is not.
        missing: &'static str,
    },
    /// Plain http to another machine without the explicit word for it.
    #[error("plain http to {host} would send your data unprotected")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// A folder that is not given as an absolute path.
    #[error("a folder must be given as a whole path")]
    RelativeFolder,
    /// The prefix behind the bucket.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
}

impl StoreUrl {
    /// Parses a URL, and hands out the keys that were written into it separately.
    pub fn parse(text: &str) -> Result<(Self, Option<InlineKeys>), StoreUrlError> {
        let (scheme, rest) = text.trim().split_once(':').ok_or(StoreUrlError::Malformed)?;
        match scheme {
            "s3" => parse_s3(rest.strip_prefix("//").ok_or(StoreUrlError::Malformed)?).map(|(s3, k)| (Self::S3(s3), k)),
            "gateway" => {
                let (location, key) = GatewayLocation::parse(rest.strip_prefix("//").ok_or(StoreUrlError::Malformed)?)?;
                Ok((Self::Gateway(location), key.map(|secret| InlineKeys { secret, token: None })))
            }
            "file" | "folder" => Ok((Self::Folder(parse_folder(rest)?), None)),
            "memory" => Ok((Self::Memory, None)),
            _ if scheme.is_empty() || scheme.contains(|c: char| !c.is_ascii_alphanumeric() && c != '+') => {
                Err(StoreUrlError::Malformed)
            }
            _ => Err(StoreUrlError::UnknownScheme { scheme: scheme.to_owned() }),
        }
    }

    /// The URL again, without any secret: safe to print and to keep.
    pub fn redacted(&self) -> String {
        match self {
            Self::S3(location) => location.redacted(),
            Self::Folder(path) => format!("file://{}", path.display()),
            Self::Gateway(location) => location.redacted(),
            Self::Memory => "memory:".into(),
        }
    }
}

impl S3Location {
    /// A bucket with everything else left to defaults.
    pub fn new(bucket: &str) -> Result<Self, StoreUrlError> {
        check_bucket(bucket)?;
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: Prefix::default(),
            region: None,
            endpoint: None,
            path_style: false,
            credentials: CredentialSource::Chain,
            storage_class: None,
            encryption: None,
            ca_file: None,
        })
    }

    /// Sets the address: without scheme it is http for loopback and https otherwise; plain http elsewhere only with
    /// `allow_http`. Known providers set path style and region where the address tells them.
    pub fn set_endpoint(&mut self, endpoint: &str, allow_http: bool) -> Result<(), StoreUrlError> {
        let endpoint = checked_endpoint(endpoint, allow_http)?;
        let provider = Provider::of_endpoint(Some(&endpoint));
        self.path_style = provider.path_style;
        if self.region.is_none() {
            self.region = region_in(provider, &endpoint);
        }
        self.endpoint = Some(endpoint);
        Ok(())
    }

    fn redacted(&self) -> String {
        let mut query = ::url::form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        };
        add("region", self.region.as_deref());
        add("endpoint", self.endpoint.as_deref());
        add("path_style", self.path_style.then_some("true"));
        match &self.credentials {
            CredentialSource::Chain => {}
            CredentialSource::AwsProfile(name) => add("profile", Some(name)),
            CredentialSource::Key(id) => add("access_key", Some(id)),
        }
        add("storage_class", self.storage_class.as_deref());
        add("sse", self.encryption.as_ref().map(Encryption::to_string).as_deref());
        add("ca_file", self.ca_file.as_ref().and_then(|p| p.to_str()));
        if self.endpoint.as_deref().is_some_and(|e| e.starts_with("http://") && !is_loopback(host_of(e))) {
            add("allow_http", Some("true"));
        }
        let query = query.finish();
        let separator = if query.is_empty() { "" } else { "?" };
        let prefix = percent_encoding::utf8_percent_encode(self.prefix.as_str(), IN_PATH);
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        format!("s3://{}{prefix}{separator}{query}", self.bucket)
    }
}

/// Whether a text may name a bucket (S3 user guide, "Bucket naming rules"; old underscores are let through).
pub fn check_bucket(name: &str) -> Result<(), StoreUrlError> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_');
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let fits = (3..=63).contains(&name.len())
        && name.chars().all(legal)
        && ends(name.chars().next())
        && ends(name.chars().last())
        && !name.contains("..");
    if fits { Ok(()) } else { Err(StoreUrlError::BadBucket { bucket: name.to_owned() }) }
}

fn parse_s3(rest: &str) -> Result<(S3Location, Option<InlineKeys>), StoreUrlError> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        return Err(StoreUrlError::MissingBucket);
    }
    if bucket.contains(['@', ':']) {
        return Err(StoreUrlError::Malformed);
    }
    let mut location = S3Location::new(bucket)?;
    let prefix = percent_decode_str(prefix).decode_utf8().map_err(|_| StoreUrlError::Malformed)?;
    location.prefix = Prefix::parse(&prefix)?;
    let keys = apply_parameters(&mut location, query)?;
    Ok((location, keys))
}

fn apply_parameters(location: &mut S3Location, query: &str) -> Result<Option<InlineKeys>, StoreUrlError> {
    let mut seen = Vec::<String>::new();
    let (mut endpoint, mut path_style, mut allow_http) = (None, None, false);
    let (mut access, mut secret, mut token, mut profile) = (None, None, None, None);
    for (name, value) in ::url::form_urlencoded::parse(query.as_bytes()) {
        if seen.iter().any(|s| *s == name) {
            return Err(StoreUrlError::Repeated { name: name.into_owned() });
        }
        match &*name {
            "region" => location.region = Some(non_empty("region", &value)?),
            "endpoint" => endpoint = Some(value.into_owned()),
            "path_style" => path_style = Some(parse_bool("path_style", &value)?),
            "allow_http" => allow_http = parse_bool("allow_http", &value)?,
            "access_key" => access = Some(non_empty("access_key", &value)?),
            "secret_key" => secret = Some(Secret::new(non_empty("secret_key", &value)?)),
            "session_token" => token = Some(Secret::new(non_empty("session_token", &value)?)),
            "profile" => profile = Some(non_empty("profile", &value)?),
            "storage_class" => location.storage_class = Some(non_empty("storage_class", &value)?),
            "sse" => location.encryption = Some(value.parse()?),
            "ca_file" => location.ca_file = Some(non_empty("ca_file", &value)?.into()),
            _ => return Err(StoreUrlError::UnknownParameter { name: name.into_owned() }),
        }
        seen.push(name.into_owned());
    }
    if let Some(endpoint) = endpoint {
        location.set_endpoint(&endpoint, allow_http)?;
    }
    location.path_style = path_style.unwrap_or(location.path_style);
    location.credentials = match (access, profile) {
        (Some(_), Some(_)) => return Err(StoreUrlError::BadValue { name: "profile" }),
        (Some(id), None) => CredentialSource::Key(id),
        (None, Some(name)) => CredentialSource::AwsProfile(name),
        (None, None) => CredentialSource::Chain,
    };
    match (&location.credentials, secret) {
        (CredentialSource::Key(_), Some(secret)) => Ok(Some(InlineKeys { secret, token })),
        (_, Some(_)) => Err(StoreUrlError::HalfAKey { given: "secret_key", missing: "access_key" }),
        (_, None) => Ok(None),
    }
}

pub(crate) fn non_empty(name: &'static str, value: &str) -> Result<String, StoreUrlError> {
    if value.is_empty() { Err(StoreUrlError::BadValue { name }) } else { Ok(value.to_owned()) }
}

pub(crate) fn parse_bool(name: &'static str, value: &str) -> Result<bool, StoreUrlError> {
    match value {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(StoreUrlError::BadValue { name }),
    }
}

/// As `sse` says it; `s3` and `aws:kms` are taken, too.
impl FromStr for Encryption {
    type Err = StoreUrlError;

    fn from_str(value: &str) -> Result<Self, StoreUrlError> {
        match value.split_once(':') {
            None if value.eq_ignore_ascii_case("AES256") || value == "s3" => Ok(Self::S3),
            None if value == "kms" => Ok(Self::Kms { key_id: None }),
            Some(("aws", "kms")) => Ok(Self::Kms { key_id: None }),
            Some(("kms", id)) if !id.is_empty() => Ok(Self::Kms { key_id: Some(id.to_owned()) }),
            _ => Err(StoreUrlError::BadValue { name: "sse" }),
        }
    }
}

/// `AES256`, `kms` or `kms:KEY`.
impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3 => f.write_str("AES256"),
            Self::Kms { key_id: None } => f.write_str("kms"),
            Self::Kms { key_id: Some(id) } => write!(f, "kms:{id}"),
        }
    }
}

/// An address with its scheme; without one it is http for loopback and https otherwise. Plain http to another machine
/// only with `allow_http`.
///
/// # Errors
/// [`StoreUrlError::BadValue`] for what is no address or holds keys or a query, [`StoreUrlError::PlainHttp`].
pub fn checked_endpoint(endpoint: &str, allow_http: bool) -> Result<String, StoreUrlError> {
    let bad = || StoreUrlError::BadValue { name: "endpoint" };
    let endpoint = endpoint.trim().trim_end_matches('/');
    let with_scheme = match endpoint.split_once("://") {
        Some(("http" | "https", _)) => endpoint.to_owned(),
        Some(_) => return Err(bad()),
        None if is_loopback(host_of(endpoint)) => format!("http://{endpoint}"),
        None => format!("https://{endpoint}"),
    };
    let url = ::url::Url::parse(&with_scheme).map_err(|_| bad())?;
    let host = url.host_str().ok_or_else(bad)?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(bad());
    }
    if url.scheme() == "http" && !is_loopback(host) && !allow_http {
        return Err(StoreUrlError::PlainHttp { host: host.to_owned() });
    }
    Ok(with_scheme)
}

pub(crate) fn host_of(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => authority.split(':').next().unwrap_or(authority),
    }
}

/// Whether a host is this computer.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn region_in(provider: &Provider, endpoint: &str) -> Option<String> {
    if provider.id == "r2" {
        return Some("auto".into());
    }
    let (before, after) = provider.endpoint.split_once("{region}")?;
    let region = endpoint.strip_prefix(before)?.strip_suffix(after)?;
    (!region.is_empty() && !region.contains('.')).then(|| region.to_owned())
}

fn parse_folder(rest: &str) -> Result<PathBuf, StoreUrlError> {
    let path = match rest.strip_prefix("//") {
        Some(after) => after.strip_prefix("localhost").unwrap_or(after),
        None => rest,
    };
    let path = PathBuf::from(percent_decode_str(path).decode_utf8().map_err(|_| StoreUrlError::Malformed)?.as_ref());
    if path.is_absolute() { Ok(path) } else { Err(StoreUrlError::RelativeFolder) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(text: &str) -> S3Location {
        match StoreUrl::parse(text) {
            Ok((StoreUrl::S3(location), _)) => location,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn good_urls_are_understood() {
        let plain = s3("s3://my-bucket/a/b/?region=eu-west-1");
        assert_eq!((plain.bucket.as_str(), plain.prefix.as_str()), ("my-bucket", "a/b"));
        assert_eq!((plain.region.as_deref(), plain.path_style), (Some("eu-west-1"), false));
        assert_eq!(s3("s3://bkt?endpoint=127.0.0.1:9000").endpoint.unwrap(), "http://127.0.0.1:9000");
        assert_eq!(s3("s3://bkt?endpoint=[::1]:9000").endpoint.unwrap(), "http://[::1]:9000");
        assert!(s3("s3://bkt?endpoint=127.0.0.1:9000").path_style);
        assert_eq!(s3("s3://bkt?endpoint=minio.lan:9000").endpoint.unwrap(), "https://minio.lan:9000");
        assert_eq!(s3("s3://bkt?endpoint=http://nas&allow_http=true").endpoint.unwrap(), "http://nas");
        let b2 = s3("s3://bkt?endpoint=s3.eu-central-003.backblazeb2.com");
        assert_eq!((b2.region.as_deref(), b2.path_style), (Some("eu-central-003"), false));
        let r2 = s3("s3://bkt?endpoint=abc.r2.cloudflarestorage.com");
        assert_eq!((r2.region.as_deref(), r2.path_style), (Some("auto"), true));
        assert_eq!(s3("s3://bkt/a%20b").prefix.as_str(), "a b");
        assert_eq!(s3("s3://bkt?sse=kms:k1").encryption, Some(Encryption::Kms { key_id: Some("k1".into()) }));
        assert_eq!(s3("s3://bkt?profile=work").credentials, CredentialSource::AwsProfile("work".into()));
        for (text, path) in [("file:///a/b", "/a/b"), ("folder:/a b", "/a b"), ("file:///a%20b", "/a b")] {
            assert_eq!(StoreUrl::parse(text).unwrap().0, StoreUrl::Folder(path.into()), "{text}");
        }
    }

    #[test]
    fn each_bad_url_has_its_own_error() {
        use StoreUrlError as E;
        let name = |n: &str| n.to_owned();
        for (text, want) in [
            ("my-bucket", E::Malformed),
            ("s3:bucket", E::Malformed),
            ("://x", E::Malformed),
            ("ftp://x", E::UnknownScheme { scheme: name("ftp") }),
            ("s3://", E::MissingBucket),
            ("s3:///prefix", E::MissingBucket),
            ("s3://key:secret@bucket", E::Malformed),
            ("s3://My_Bucket", E::BadBucket { bucket: name("My_Bucket") }),
            ("s3://bkt?colour=red", E::UnknownParameter { name: name("colour") }),
            ("s3://bkt?region=a&region=b", E::Repeated { name: name("region") }),
            ("s3://bkt?path_style=perhaps", E::BadValue { name: "path_style" }),
            ("s3://bkt?region=", E::BadValue { name: "region" }),
            ("s3://bkt?sse=rot13", E::BadValue { name: "sse" }),
            ("s3://bkt?secret_key=x", E::HalfAKey { given: "secret_key", missing: "access_key" }),
            ("s3://bkt?endpoint=http://example.com", E::PlainHttp { host: name("example.com") }),
            ("s3://bkt?endpoint=ftp://example.com", E::BadValue { name: "endpoint" }),
            ("s3://bkt?endpoint=https://u:p@example.com", E::BadValue { name: "endpoint" }),
            ("s3://bkt/a/../b", E::Prefix(PrefixError::Dots { prefix: name("a/../b"), name: ".." })),
            ("s3://bkt/a/%2E%2E/b", E::Prefix(PrefixError::Dots { prefix: name("a/../b"), name: ".." })),
            ("folder:relative", E::RelativeFolder),
        ] {
            assert_eq!(StoreUrl::parse(text).map(|_| ()), Err(want), "{text}");
        }
    }

    #[test]
    fn a_printed_url_has_no_secret_and_parses_to_the_same_place() {
        let text = "s3://bkt/p%20q?endpoint=http://nas:9000&allow_http=true&region=r&access_key=AK&secret_key=S3CR3T&session_token=T0K";
        let (parsed, keys) = StoreUrl::parse(text).unwrap();
        assert_eq!(keys.as_ref().unwrap().secret.expose(), "S3CR3T");
        let printed = parsed.redacted();
        assert!(!printed.contains("S3CR3T") && !printed.contains("T0K"), "{printed}");
        assert!(!format!("{parsed:?}{keys:?}").contains("S3CR3T"));
        assert_eq!(StoreUrl::parse(&printed).unwrap().0, parsed);
    }
}
