//! What the page shows of places, tests and failures. Never a secret.

use holdfast_storage::{
    price::{PriceList, price_list},
    probe,
    providers::Provider,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::AppError;

/// A provider as the first-run page offers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProviderPreset {
    /// Short name used in profiles.
    pub id: String,
    /// Name people know.
    pub name: String,
    /// Address with `{region}` or `{account}`; empty when the person must say where.
    pub endpoint_template: String,
    /// Regions; empty when any text may be one.
    pub regions: Vec<Region>,
    /// Whether the bucket goes into the path.
    pub path_style: bool,
    /// What the provider calls the access key id.
    pub key_id_label: String,
    /// What the provider calls the secret.
    pub secret_label: String,
    /// Where to find both.
    pub keys_help: String,
    /// US dollars for 100 GB a month by list price; `None` where the person runs the server.
    pub usd_per_100gb_month: Option<f64>,
}

/// A region of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Region {
    /// As the endpoint has it.
    pub id: String,
    /// As people know it.
    pub name: String,
}

/// What kind of place a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Not set up.
    None,
    /// The embedded bucket over a folder.
    Local,
    /// A bucket.
    S3,
    /// A folder behind a gateway.
    Gateway,
}

/// A profile as it is set up, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct S3ConfigView {
    /// Name of the profile.
    pub profile: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Address; empty for AWS's own.
    pub endpoint: String,
    /// Region; empty when the credentials' source tells.
    pub region: String,
    /// Bucket.
    pub bucket_name: String,
    /// Access key id; empty when the keys come from elsewhere.
    pub access_key_id: String,
    /// The profile of the AWS configuration files that signs in, where one does.
    pub aws_profile: Option<String>,
    /// Everything is kept below this.
    pub path_prefix: Option<String>,
    /// Provider's id.
    pub provider: Option<String>,
    /// Folder of a local place.
    pub local_folder: Option<String>,
    /// PEM file with certificates to trust in addition to the system's.
    pub ca_file: Option<String>,
    /// Plain http to another machine was asked for.
    pub allow_http: bool,
    /// Encryption that is asked for at the place: `AES256`, `kms` or `kms:KEY`.
    pub sse: Option<String>,
    /// Whether the profile exists.
    pub is_configured: bool,
}

/// Result of a connection test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ConnectionTest {
    /// The place answered and let us in.
    pub connected: bool,
    /// The bucket is there and may be used.
    pub bucket_accessible: bool,
    /// What went wrong, in one sentence.
    pub error_message: Option<String>,
    /// What went wrong.
    pub error: Option<AppError>,
    /// What the place can do.
    pub report: Option<ProbeReport>,
}

/// What a probe found, ready to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProbeReport {
    /// How long it took.
    pub duration_ms: u64,
    /// Requests sent.
    pub requests: u64,
    /// What they cost by list price.
    pub cost_usd: f64,
    /// Median time of a small request.
    pub latency_ms: u64,
    /// Sentences.
    pub findings: Vec<Finding>,
    /// US dollars for 100 GB a month by list price; `None` where it is not known.
    pub usd_per_100gb_month: Option<f64>,
}

/// One sentence about a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Finding {
    /// What it is about.
    pub id: FindingId,
    /// How it is shown.
    pub state: FindingState,
    /// A few words.
    pub title: String,
    /// A sentence or two.
    pub detail: String,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FindingId {
    RoundTrip,
    Integrity,
    Versioning,
    ConditionalWrites,
    ObjectLock,
    Clock,
    Multipart,
    Lifecycle,
    StorageClass,
    Encryption,
}

/// How a finding is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// A person should act.
    Problem,
}

/// A bucket of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BucketView {
    /// Its name.
    pub name: String,
    /// When it was made (RFC 3339), where the provider tells.
    pub creation_date: Option<String>,
}

/// One item that a run could not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Failure {
    /// Relative path or key.
    pub path: String,
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: String,
    /// Whether a later run may succeed by itself.
    pub retryable: bool,
}

impl From<&Provider> for ProviderPreset {
    fn from(provider: &Provider) -> Self {
        let region = |(id, name): &(&str, &str)| Region { id: (*id).into(), name: (*name).into() };
        Self {
            id: provider.id.into(),
            name: provider.name.into(),
            endpoint_template: provider.endpoint.into(),
            regions: provider.regions.iter().map(region).collect(),
            path_style: provider.path_style,
            key_id_label: provider.key_id_label.into(),
            secret_label: provider.secret_label.into(),
            keys_help: provider.keys_help.into(),
            usd_per_100gb_month: usd_per_100gb_month(provider.id, &price_list(provider.id)),
        }
    }
}

/// By these prices; `None` for what a person runs himself, `Some(0.0)` for this computer.
pub fn usd_per_100gb_month(provider: &str, prices: &PriceList) -> Option<f64> {
    match prices.month(100_000_000_000) {
        usd if usd > 0.0 => Some((usd * 100.0).round() / 100.0),
        _ => (provider == "local").then_some(0.0),
    }
}

impl ProbeReport {
    /// The sentences of a probe of a place at `provider`.
    pub fn of(report: &probe::ProbeReport, provider: &str, prices: &PriceList) -> Self {
        Self {
            duration_ms: report.duration_ms,
            requests: report.requests,
            cost_usd: report.cost_usd,
            latency_ms: report.latency_ms,
            findings: probe::findings(report).into_iter().map(|found| Finding::from(found).at(provider)).collect(),
            usd_per_100gb_month: usd_per_100gb_month(provider, prices),
        }
    }
}

impl Finding {
    /// A folder on this computer has no provider, no console and no key.
    fn at(self, provider: &str) -> Self {
        let detail = match (provider, self.id, self.state) {
            ("local", FindingId::Versioning, FindingState::Note) => "A changed file replaces its copy.",
            ("local", FindingId::ObjectLock, FindingState::Note) => {
                "Whoever can use this computer can delete the copies. A disk that is unplugged after the run is safe from that."
            }
            _ => return self,
        };
        Self { detail: detail.into(), ..self }
    }
}

impl From<probe::Finding> for Finding {
    fn from(finding: probe::Finding) -> Self {
        use probe::{FindingId as Id, FindingState as State};
        let id = match finding.id {
            Id::RoundTrip => FindingId::RoundTrip,
            Id::Integrity => FindingId::Integrity,
            Id::Versioning => FindingId::Versioning,
            Id::ConditionalWrites => FindingId::ConditionalWrites,
            Id::ObjectLock => FindingId::ObjectLock,
            Id::Clock => FindingId::Clock,
            Id::Multipart => FindingId::Multipart,
            Id::Lifecycle => FindingId::Lifecycle,
            Id::StorageClass => FindingId::StorageClass,
            Id::Encryption => FindingId::Encryption,
        };
        let state = match finding.state {
            State::Good => FindingState::Good,
            State::Note => FindingState::Note,
            State::Problem => FindingState::Problem,
        };
        Self { id, state, title: finding.title, detail: finding.detail }
    }
}
