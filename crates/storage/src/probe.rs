//! What an endpoint really does, found out with fewer than 30 requests instead of believed.
//!
//! The probe writes below `.holdfast-probe/<random>/`, checks what came back, and removes everything it wrote, also
//! when a step fails. It changes no setting of the bucket and tries nothing twice: give it a store without retries.
//! Its [`ProbeReport`] is kept with the profile; [`findings`] turns it into sentences.

mod conditions;
mod features;
mod findings;
mod integrity;
mod report;
mod round_trip;
mod workplace;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

pub use findings::{Finding, FindingId, FindingState, findings};
pub use report::{
    Conditional, Feature, Integrity, Lifecycle, Multipart, ProbeReport, RoundTrip, TakenUp, VersionsKept,
};

use crate::{Encryption, ObjectStore, Result, layer::Layered, meter::Meter, price::PriceList, s3::Account};
use workplace::Workplace;

/// Everything of a probe lies below this.
pub const PROBE_PREFIX: &str = ".holdfast-probe/";

/// What a probe needs to know beside the store.
#[derive(Clone, Copy)]
pub struct ProbeRequest<'a> {
    /// Names this probe's folder; random, handed in. Only letters and digits.
    pub id: &'a str,
    /// Storage class that the place is to use; read back if there is one.
    pub storage_class: Option<&'a str>,
    /// Server-side encryption that the place is to use; read back if there is one.
    pub encryption: Option<&'a Encryption>,
    /// What a request costs.
    pub prices: &'a PriceList,
    /// Account and bucket where the store is S3: they are asked for Object Lock and lifecycle rules.
    pub s3: Option<(&'a Account, &'a str)>,
    /// When the probe begins.
    pub now: Timestamp,
}

/// Finds out what `store` does.
///
/// # Errors
/// When the place cannot be used at all: not reached, not allowed to write, list or read. What it wrote until then is
/// removed all the same. A place that answers wrongly is no error but a finding.
pub async fn probe(store: Arc<dyn ObjectStore>, request: ProbeRequest<'_>) -> Result<ProbeReport> {
    let began = Instant::now();
    let meter = Meter::new();
    let mut place = Workplace::new(Layered::wrap(store, meter.clone()), request.id);
    let looked = look(&mut place, &request).await;
    let left = place.clear().await;
    let mut report = looked?;
    report.removed = left.is_empty() && report.removed;
    report.leftovers = left;
    report.latency_ms = place.median_ms();
    report.requests = meter.tally().total() + report.extra_requests;
    let extra = request.prices.request(crate::RequestKind::GetVersioning) * report.extra_requests as f64;
    report.cost_usd = request.prices.total(&meter.tally()) + extra;
    report.duration_ms = began.elapsed().as_millis() as u64;
    Ok(report)
}

async fn look(place: &mut Workplace, request: &ProbeRequest<'_>) -> Result<ProbeReport> {
    let mut report = ProbeReport::new(request.now);
    report.versions = features::versioning(place).await;
    place.versioned = matches!(report.versions, VersionsKept::On | VersionsKept::Suspended);
    report.round_trip = round_trip::check(place).await?;
    report.payload_digest = integrity::payload_digest(place).await;
    report.checksum_header = integrity::checksum_header(place).await;
    report.conditional_create = conditions::create(place).await;
    report.conditional_replace = match report.conditional_create {
        Conditional::Honoured => conditions::replace(place).await,
        _ => Conditional::Unknown,
    };
    report.multipart = features::multipart(place).await;
    features::taken_up(place, request, &mut report).await;
    if let Some((account, bucket)) = request.s3 {
        report.object_lock = features::object_lock(account, bucket).await;
        report.lifecycle = features::lifecycle(account, bucket).await;
        report.extra_requests = 2;
        report.clock_skew_seconds = account.clock_skew();
    }
    report.removed = place.versioned || round_trip::remove(place).await;
    Ok(report)
}
