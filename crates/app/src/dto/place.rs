//! Places as a list shows them, and what they charge.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::config::{ProbeReport, S3ConfigView};

/// A place with what is known about it. Never a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlaceView {
    /// How it is set up.
    pub config: S3ConfigView,
    /// "mara-documents at Amazon S3, eu-north-1".
    pub title: String,
    /// Names of what is backed up there.
    pub used_by: Vec<String>,
    /// What they keep there.
    pub stored_bytes: u64,
    /// What keeping it costs each month.
    pub monthly_usd: f64,
    /// When it was last tested, RFC 3339.
    pub tested: Option<String>,
    /// What that test found.
    pub report: Option<ProbeReport>,
}

/// What a provider charges, in all regions or in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PriceRow {
    /// `provider`, or `provider/region`.
    pub id: String,
    /// Provider's id.
    pub provider: String,
    /// Only for this region.
    pub region: Option<String>,
    /// Always US dollars.
    pub currency: Currency,
    /// 1,000 requests that write or list.
    pub put_per_1000: f64,
    /// 1,000 requests that read.
    pub get_per_1000: f64,
    /// 1,000 requests that remove.
    pub delete_per_1000: f64,
    /// A gigabyte kept for a month.
    pub storage_gb_month: f64,
    /// A gigabyte sent back to you.
    pub egress_gb: f64,
    /// Whether these are a person's own prices instead of the list's.
    pub edited: bool,
    /// What its other storage classes cost.
    pub classes: Vec<ClassPriceRow>,
}

/// What a storage class costs where it differs from the standard one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ClassPriceRow {
    /// As the provider calls it in requests.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// 1,000 requests that write into it.
    pub put_per_1000: f64,
    /// A gigabyte kept for a month.
    pub storage_gb_month: f64,
    /// A gigabyte brought back; `None` where files can be read at once.
    pub back_gb: Option<f64>,
    /// 1,000 files brought back; `None` where files can be read at once.
    pub back_per_1000: Option<f64>,
}

/// What prices are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
pub enum Currency {
    /// US dollars.
    #[default]
    #[serde(rename = "USD")]
    Usd,
}
