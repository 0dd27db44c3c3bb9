//! The storage classes of each provider: what they are called, what they cost, what they are good for. Data, not
//! behaviour.
//!
//! List prices in US dollars of 2026 in the reference region, as in [`crate::price`]; that of the standard class is
//! there.

/// A storage class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StorageClass {
    /// As the header has it.
    pub id: &'static str,
    /// As people know it.
    pub name: &'static str,
    /// A gigabyte (10^9 bytes) kept for a month; `None` for what the standard class costs.
    pub per_gb_month: Option<f64>,
    /// 1,000 requests that write into it; `None` for what the standard class costs.
    pub per_1000_writes: Option<f64>,
    /// What it is good for, and what to mind.
    pub words: &'static str,
    /// The least age in days at which a rule may move an object there; 0 for any.
    pub from_days: u32,
    /// How objects come back, where they cannot be read at once.
    pub archive: Option<Archive>,
}

/// How objects come back from an archive, with S3's tier "Standard".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Archive {
    /// A gigabyte brought back.
    pub per_gb: f64,
    /// 1,000 objects brought back.
    pub per_1000: f64,
    /// How long it takes, in words.
    pub takes: &'static str,
}

const STANDARD: StorageClass = StorageClass {
    id: "STANDARD",
    name: "Standard",
    per_gb_month: None,
    per_1000_writes: None,
    words: "Always readable at once. Right for most people.",
    from_days: 0,
    archive: None,
};

const AWS: &[StorageClass] = &[
    STANDARD,
    StorageClass {
        id: "STANDARD_IA",
        name: "Infrequent Access",
        per_gb_month: Some(0.0125),
        per_1000_writes: Some(0.01),
        words: "Readable at once, half the price to keep. Reading costs $0.01 per GB; every file counts as at least 128 KB and 30 days.",
        from_days: 30,
        archive: None,
    },
    StorageClass {
        id: "INTELLIGENT_TIERING",
        name: "Intelligent-Tiering",
        per_gb_month: Some(0.023),
        per_1000_writes: None,
        words: "Begins as Standard and gets cheaper by itself for files that nobody reads. Costs a little for every file over 128 KB.",
        from_days: 0,
        archive: None,
    },
    StorageClass {
        id: "ONEZONE_IA",
        name: "One Zone, Infrequent Access",
        per_gb_month: Some(0.01),
        per_1000_writes: Some(0.01),
        words: "As Infrequent Access, but kept in one data centre only: a fire there takes the copies along.",
        from_days: 30,
        archive: None,
    },
    StorageClass {
        id: "GLACIER_IR",
        name: "Glacier Instant Retrieval",
        per_gb_month: Some(0.004),
        per_1000_writes: Some(0.02),
        words: "Readable at once and cheap to keep. Reading costs $0.03 per GB; every file counts as at least 128 KB and 90 days.",
        from_days: 0,
        archive: None,
    },
    StorageClass {
        id: "GLACIER",
        name: "Glacier Flexible Retrieval",
        per_gb_month: Some(0.0036),
        per_1000_writes: Some(0.03),
        words: "An archive: files must be brought back before they can be read, which takes 3 to 5 hours. Checks by reading cannot see them. At least 90 days are billed.",
        from_days: 0,
        archive: Some(Archive { per_gb: 0.01, per_1000: 0.05, takes: "3 to 5 hours" }),
    },
    StorageClass {
        id: "DEEP_ARCHIVE",
        name: "Glacier Deep Archive",
        per_gb_month: Some(0.00099),
        per_1000_writes: Some(0.05),
        words: "The cheapest archive: bringing files back takes up to 12 hours. Checks by reading cannot see them. At least 180 days are billed.",
        from_days: 0,
        archive: Some(Archive { per_gb: 0.02, per_1000: 0.10, takes: "up to 12 hours" }),
    },
];

const R2: &[StorageClass] = &[
    STANDARD,
    StorageClass {
        id: "STANDARD_IA",
        name: "Infrequent Access",
        per_gb_month: Some(0.01),
        per_1000_writes: Some(0.009),
        words: "Readable at once, cheaper to keep. Reading costs $0.01 per GB; at least 30 days are billed.",
        from_days: 0,
        archive: None,
    },
];

const MINIO: &[StorageClass] = &[
    STANDARD,
    StorageClass {
        id: "REDUCED_REDUNDANCY",
        name: "Reduced redundancy",
        per_gb_month: None,
        per_1000_writes: None,
        words: "Takes less room on the server's disks and bears the loss of fewer of them.",
        from_days: 0,
        archive: None,
    },
];

/// The classes that a provider offers, the standard one first. Of a server that nobody knows only that one is sure.
pub fn storage_classes(provider: &str) -> &'static [StorageClass] {
    match provider {
        "aws" => AWS,
        "r2" => R2,
        "minio" => MINIO,
        _ => &[STANDARD],
    }
}

/// The class of an object there; no class is the standard one. `None` for one that this list does not have.
pub fn storage_class(provider: &str, id: Option<&str>) -> Option<&'static StorageClass> {
    let id = id.unwrap_or(STANDARD.id);
    storage_classes(provider).iter().find(|class| class.id == id)
}

/// Whether objects of this class must be brought back before they can be read, wherever they are kept.
pub fn is_archive(id: &str) -> bool {
    AWS.iter().any(|class| class.id == id && class.archive.is_some())
}

impl Archive {
    /// Bringing back so many objects with so many bytes together and keeping them readable for `days` days, where a
    /// gigabyte of the standard class costs `per_gb_month`.
    pub fn usd(&self, objects: u64, bytes: u64, days: u16, per_gb_month: f64) -> f64 {
        let gb = bytes as f64 / 1e9;
        let kept = gb * per_gb_month * f64::from(days) / 30.0;
        objects as f64 / 1000.0 * self.per_1000 + gb * self.per_gb + kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::PROVIDERS;

    #[test]
    fn every_provider_has_the_standard_class_first_and_none_twice() {
        for provider in PROVIDERS {
            let classes = storage_classes(provider.id);
            assert_eq!(classes[0].id, "STANDARD", "{}", provider.id);
            let ids: std::collections::BTreeSet<_> = classes.iter().map(|class| class.id).collect();
            assert_eq!(ids.len(), classes.len(), "{}", provider.id);
        }
    }

    #[test]
    fn a_class_is_found_where_it_is_offered() {
        for (provider, id, want) in [
            ("aws", None, Some("Standard")),
            ("aws", Some("GLACIER"), Some("Glacier Flexible Retrieval")),
            ("r2", Some("GLACIER"), None),
            ("garage", Some("STANDARD"), Some("Standard")),
        ] {
            assert_eq!(storage_class(provider, id).map(|class| class.name), want, "{provider} {id:?}");
        }
        assert!(is_archive("DEEP_ARCHIVE") && is_archive("GLACIER"));
        assert!(!is_archive("GLACIER_IR") && !is_archive("STANDARD"));
    }

    #[test]
    fn bringing_back_costs_the_request_the_bytes_and_the_readable_copy() {
        let flexible = storage_class("aws", Some("GLACIER")).and_then(|class| class.archive).unwrap();
        for (objects, bytes, days, want) in [
            (0, 0, 7, 0.0),
            (1000, 0, 7, 0.05),
            (0, 1_000_000_000, 30, 0.01 + 0.023),
            (2000, 10_000_000_000, 3, 0.1 + 0.1 + 0.023),
        ] {
            let usd = flexible.usd(objects, bytes, days, 0.023);
            assert!((usd - want).abs() < 1e-9, "{usd} for {objects}, {bytes}, {days}");
        }
    }
}
