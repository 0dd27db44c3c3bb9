//! What a bucket can be told beyond its objects: rules, locks, and the way back from an archive.
//!
//! Apart from [`crate::ObjectStore`], because most places offer none of it. It speaks of whole buckets and full keys, and
//! it decides nothing: which rules are right is for those who call it.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Error, Key, Result, VersionId, lifecycle::Lifecycle};

/// A bucket whose settings can be read and written.
///
/// Every operation answers [`Error::NotSupported`] where the place does not know it. Writes replace the whole setting;
/// a place may accept one and ignore it, so whoever writes reads back.
#[async_trait]
pub trait BucketAdmin: Debug + Send + Sync + 'static {
    /// The bucket's lifecycle rules; empty where there are none.
    async fn lifecycle(&self) -> Result<Lifecycle>;

    /// Replaces all lifecycle rules. An empty list removes the setting.
    ///
    /// # Errors
    /// [`Error::UnknownRule`], and nothing is sent, when a rule was read that could not be written back as it was.
    async fn put_lifecycle(&self, lifecycle: &Lifecycle) -> Result<()>;

    /// Whether objects can be locked, and for how long new ones are by themselves.
    async fn object_lock(&self) -> Result<ObjectLock>;

    /// Sets for how long new objects are locked; `None` for not at all. What is locked already stays locked.
    async fn put_object_lock(&self, retention: Option<Retention>) -> Result<()>;

    /// Whether an object is archived, and whether it is on its way back; its newest version when none is named.
    /// [`Error::NotFound`] when there is none.
    async fn archived(&self, key: &Key, version: Option<&VersionId>) -> Result<Archived>;

    /// Asks for a readable copy of an archived object for so many days (1 or more; `None` for one that Intelligent-Tiering
    /// moved, which comes back for good). Asking again while it comes is fine; once it is there, asking again makes it
    /// stay for so many days from now. One request.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NotSupported`] for an object that is in no archive.
    async fn thaw(&self, key: &Key, version: Option<&VersionId>, days: Option<u16>) -> Result<()>;
}

/// Object Lock of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ObjectLock {
    /// Whether the bucket was made with it.
    pub available: bool,
    /// How long new objects are locked by themselves.
    pub retention: Option<Retention>,
}

/// How new objects are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Who may lift it.
    pub mode: LockMode,
    /// For how many days, 1 to 36,500. Years are read as 365 days each.
    pub days: u32,
}

/// Who may remove a locked version before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Whoever has the special right to.
    Governance,
    /// Nobody, not even the owner of the account.
    Compliance,
}

/// What HEAD tells of an object's archive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Archived {
    /// Size in bytes.
    pub size: u64,
    /// Storage class; `None` for the standard one.
    pub storage_class: Option<String>,
    /// Whether Intelligent-Tiering moved it to one of its archive tiers.
    pub tiered: bool,
    /// The way back (`x-amz-restore`); `None` when nobody asked for it.
    pub thaw: Option<Thaw>,
}

/// How far the way back from an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thaw {
    /// The copy is being made.
    UnderWay,
    /// The copy can be read, until this time where it is told.
    Ready {
        /// When the copy goes away again.
        until: Option<Timestamp>,
    },
}

/// A place without any of this.
#[derive(Debug)]
pub struct NoAdmin;

impl NoAdmin {
    /// Behind the trait.
    pub fn shared() -> Arc<dyn BucketAdmin> {
        Arc::new(Self)
    }
}

fn not_offered<T>(action: &'static str) -> Result<T> {
    Err(Error::NotSupported { action })
}

#[async_trait]
impl BucketAdmin for NoAdmin {
    async fn lifecycle(&self) -> Result<Lifecycle> {
        not_offered("lifecycle rules")
    }

    async fn put_lifecycle(&self, _: &Lifecycle) -> Result<()> {
        not_offered("lifecycle rules")
    }

    async fn object_lock(&self) -> Result<ObjectLock> {
        not_offered("Object Lock")
    }

    async fn put_object_lock(&self, _: Option<Retention>) -> Result<()> {
        not_offered("Object Lock")
    }

    async fn archived(&self, _: &Key, _: Option<&VersionId>) -> Result<Archived> {
        not_offered("archives")
    }

    async fn thaw(&self, _: &Key, _: Option<&VersionId>, _: Option<u16>) -> Result<()> {
        not_offered("archives")
    }
}

/// Reads `x-amz-restore`: `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"` (S3 API reference,
/// HeadObject). A header that says neither is not believed.
pub fn parse_restore(header: &str) -> Option<Thaw> {
    let value = |name: &str| header.split_once(&format!("{name}=\""))?.1.split_once('"').map(|(value, _)| value);
    match value("ongoing-request")? {
        "true" => Some(Thaw::UnderWay),
        "false" => {
            let date = value("expiry-date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
            Some(Thaw::Ready { until: date.map(|date| date.timestamp()) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_from_an_archive_is_read_from_its_header() {
        let until = "2012-12-21T00:00:00Z".parse().ok();
        for (header, want) in [
            (r#"ongoing-request="true""#, Some(Thaw::UnderWay)),
            (r#"ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT""#, Some(Thaw::Ready { until })),
            (r#"ongoing-request="false""#, Some(Thaw::Ready { until: None })),
            (r#"ongoing-request="false", expiry-date="soon""#, Some(Thaw::Ready { until: None })),
            (r#"ongoing-request="perhaps""#, None),
            ("", None),
        ] {
            assert_eq!(parse_restore(header), want, "{header}");
        }
    }

    #[tokio::test]
    async fn a_place_without_settings_says_so() {
        let refused = NoAdmin.lifecycle().await;
        assert!(matches!(refused, Err(Error::NotSupported { action: "lifecycle rules" })), "{refused:?}");
    }
}
