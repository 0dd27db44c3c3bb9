//! What providers charge, as data, and the sums made from it.
//!
//! List prices in US dollars as the providers published them for their reference region (AWS: us-east-1, Standard) in
//! 2026. They are estimates for people, not a bill; `docs/prices.md` says how to replace them.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    RequestKind,
    meter::Tally,
    storage_class::{Archive, storage_class},
};

/// One provider's list prices in US dollars.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceList {
    /// Name shown beside a sum.
    pub name: Cow<'static, str>,
    /// 1,000 requests that write or list (S3's "PUT, COPY, POST, LIST").
    pub per_1000_writes: f64,
    /// 1,000 requests that read (S3's "GET, SELECT and all others").
    pub per_1000_reads: f64,
    /// 1,000 requests that remove. Free by every list; somebody's own contract may say otherwise.
    pub per_1000_deletes: f64,
    /// A gigabyte (10^9 bytes) kept for a month.
    pub per_gb_month: f64,
    /// A gigabyte sent back to you.
    pub per_gb_out: f64,
    /// Prices of storage classes in place of those that [`storage_class`] lists, by the class's id.
    pub classes: BTreeMap<String, ClassPrices>,
}

/// Prices of a storage class; `None` for what the list says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ClassPrices {
    /// A gigabyte kept for a month.
    pub per_gb_month: Option<f64>,
    /// 1,000 requests that write into it.
    pub per_1000_writes: Option<f64>,
    /// A gigabyte brought back from an archive.
    pub back_per_gb: Option<f64>,
    /// 1,000 objects brought back from an archive.
    pub back_per_1000: Option<f64>,
}

const FREE: PriceList = PriceList {
    name: Cow::Borrowed("your own storage"),
    per_1000_writes: 0.0,
    per_1000_reads: 0.0,
    per_1000_deletes: 0.0,
    per_gb_month: 0.0,
    per_gb_out: 0.0,
    classes: BTreeMap::new(),
};

/// The list for a provider's id; what a person runs himself costs nothing per request.
pub fn price_list(provider: &str) -> PriceList {
    let list = |name: &'static str, writes, reads, month, out| PriceList {
        name: name.into(),
        per_1000_writes: writes,
        per_1000_reads: reads,
        per_1000_deletes: 0.0,
        per_gb_month: month,
        per_gb_out: out,
        classes: BTreeMap::new(),
    };
    match provider {
        "aws" => list("Amazon S3 list prices, Standard", 0.005, 0.0004, 0.023, 0.09),
        "b2" => list("Backblaze B2 list prices", 0.0, 0.0004, 0.006, 0.0),
        "wasabi" => list("Wasabi list prices", 0.0, 0.0, 0.0069, 0.0),
        "r2" => list("Cloudflare R2 list prices", 0.0045, 0.00036, 0.015, 0.0),
        "spaces" => list("DigitalOcean Spaces list prices", 0.0, 0.0, 0.02, 0.01),
        "gateway" => PriceList { name: "the gateway’s owner pays".into(), ..FREE },
        _ => FREE,
    }
}

/// How S3 bills a kind of request. Deletes and aborts are free by every list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BilledAs {
    /// As a PUT.
    Write,
    /// As a GET.
    Read,
    /// As a DELETE: free by every list.
    Delete,
    /// Not at all.
    Nothing,
}

/// The class a request is billed in (AWS S3 pricing, "Requests & data retrievals").
pub fn billed_as(kind: RequestKind) -> BilledAs {
    use RequestKind as K;
    match kind {
        K::Put | K::Copy | K::List | K::CreateMultipart | K::UploadPart | K::CompleteMultipart => BilledAs::Write,
        K::ListUploads | K::ListVersions | K::ListParts | K::PutVersioning => BilledAs::Write,
        K::PutLifecycle | K::PutObjectLock | K::RestoreObject => BilledAs::Write,
        K::Head | K::Get | K::HeadBucket | K::GetVersioning | K::GetLifecycle | K::GetObjectLock => BilledAs::Read,
        K::Delete | K::DeleteMany => BilledAs::Delete,
        K::AbortMultipart | K::DeleteLifecycle => BilledAs::Nothing,
    }
}

impl PriceList {
    /// One request.
    pub fn request(&self, kind: RequestKind) -> f64 {
        match billed_as(kind) {
            BilledAs::Write => self.per_1000_writes / 1000.0,
            BilledAs::Read => self.per_1000_reads / 1000.0,
            BilledAs::Delete => self.per_1000_deletes / 1000.0,
            BilledAs::Nothing => 0.0,
        }
    }

    /// All requests of a tally and the bytes it brought back.
    pub fn total(&self, tally: &Tally) -> f64 {
        let requests: f64 = tally.requests.iter().map(|(kind, count)| self.request(*kind) * *count as f64).sum();
        requests + tally.bytes_in as f64 / 1e9 * self.per_gb_out
    }

    /// The list for objects of a storage class: what is kept and what is written costs what the class does.
    pub fn in_class(mut self, provider: &str, class: Option<&str>) -> Self {
        let Some(class) = class.and_then(|class| storage_class(provider, Some(class))) else { return self };
        let own = self.own(class.id);
        let (month, writes) = (own.per_gb_month.or(class.per_gb_month), own.per_1000_writes.or(class.per_1000_writes));
        if month.is_none() && writes.is_none() {
            return self;
        }
        self.name = format!("{}, {}", self.name.trim_end_matches(", Standard"), class.name).into();
        self.per_gb_month = month.unwrap_or(self.per_gb_month);
        self.per_1000_writes = writes.unwrap_or(self.per_1000_writes);
        self
    }

    /// How objects of a class come back from an archive and what that costs; `None` where they need not.
    pub fn archive(&self, provider: &str, class: Option<&str>) -> Option<Archive> {
        let class = storage_class(provider, class)?;
        let (listed, own) = (class.archive?, self.own(class.id));
        Some(Archive {
            per_gb: own.back_per_gb.unwrap_or(listed.per_gb),
            per_1000: own.back_per_1000.unwrap_or(listed.per_1000),
            ..listed
        })
    }

    fn own(&self, class: &str) -> ClassPrices {
        self.classes.get(class).copied().unwrap_or_default()
    }

    /// So many bytes kept for a month.
    pub fn month(&self, bytes: u64) -> f64 {
        bytes as f64 / 1e9 * self.per_gb_month
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_in_an_archive_costs_what_the_archive_does() {
        let deep = price_list("aws").in_class("aws", Some("DEEP_ARCHIVE"));
        assert_eq!((deep.month(1_000_000_000_000), deep.request(RequestKind::Put)), (0.99, 0.00005));
        assert_eq!(deep.name, "Amazon S3 list prices, Glacier Deep Archive");
        for class in [None, Some("STANDARD"), Some("one of their own")] {
            assert_eq!(price_list("aws").in_class("aws", class), price_list("aws"), "{class:?}");
        }
        let own = PriceList { per_gb_out: 0.01, ..price_list("aws") };
        assert_eq!(own.in_class("aws", Some("GLACIER")).per_gb_out, 0.01);
    }

    #[test]
    fn own_prices_of_a_class_come_before_those_of_the_list() {
        let glacier = ClassPrices { per_gb_month: Some(0.003), back_per_gb: Some(0.02), ..ClassPrices::default() };
        let own = PriceList { classes: [("GLACIER".to_owned(), glacier)].into(), ..price_list("aws") };
        let (mine, listed) =
            (own.clone().in_class("aws", Some("GLACIER")), price_list("aws").in_class("aws", Some("GLACIER")));
        assert_eq!((mine.per_gb_month, mine.per_1000_writes), (0.003, listed.per_1000_writes));
        let archive = own.archive("aws", Some("GLACIER")).unwrap();
        assert_eq!((archive.per_gb, archive.per_1000, archive.takes), (0.02, 0.05, "3 to 5 hours"));
        assert_eq!(
            own.clone().in_class("aws", None).per_gb_month,
            own.per_gb_month,
            "the standard class is not touched"
        );
        assert_eq!(own.archive("aws", Some("DEEP_ARCHIVE")), price_list("aws").archive("aws", Some("DEEP_ARCHIVE")));
        assert_eq!(own.archive("aws", Some("GLACIER_IR")), None);
    }

    #[test]
    fn a_bill_adds_up() {
        let aws = price_list("aws");
        let tally = Tally {
            requests: [(RequestKind::Put, 1000), (RequestKind::Get, 10_000), (RequestKind::DeleteMany, 5)].into(),
            bytes_out: 7,
            bytes_in: 1_000_000_000,
        };
        assert!((aws.total(&tally) - (0.005 + 0.004 + 0.09)).abs() < 1e-9);
        assert!((aws.month(100_000_000_000) - 2.3).abs() < 1e-9);
        assert_eq!(price_list("garage").total(&tally), 0.0);
    }
}
