//! Several buckets in one place: what an S3 endpoint offers above a single [`ObjectStore`].
//!
//! It makes, lists, opens and removes whole buckets. It refuses to remove one that still holds anything.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Error, ListRequest, ObjectStore, Result, memory::MemoryStore};

/// A bucket as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketInfo {
    /// Its name, as [`check_bucket_name`] allows.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}

/// A place with many buckets.
#[async_trait]
pub trait Buckets: Debug + Send + Sync + 'static {
    /// All buckets in the order of their names.
    async fn list(&self) -> Result<Vec<BucketInfo>>;

    /// Makes an empty bucket. [`Error::BucketExists`] or [`Error::InvalidBucketName`] when it cannot be.
    async fn create(&self, name: &str) -> Result<()>;

    /// Removes a bucket without objects, versions and unfinished uploads, else [`Error::BucketNotEmpty`].
    async fn delete(&self, name: &str) -> Result<()>;

    /// The bucket's store, the same one for every caller. [`Error::NoSuchBucket`] when there is none.
    async fn open(&self, name: &str) -> Result<Arc<dyn ObjectStore>>;
}

/// Checks the rules of S3 for general purpose buckets: 3 to 63 of `a-z 0-9 . -`, letter or digit at both ends, no `..`,
/// no `.-` or `-.`, not an IPv4 address, not `xn--…` or `…-s3alias` (AWS S3 user guide, "Bucket naming rules").
pub fn check_bucket_name(name: &str) -> Result<()> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let good = (3..=63).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-')
        && edge(name.chars().next())
        && edge(name.chars().last())
        && !["..", ".-", "-."].iter().any(|pair| name.contains(pair))
        && name.parse::<Ipv4Addr>().is_err()
        && !name.starts_with("xn--")
        && !name.ends_with("-s3alias");
    good.then_some(()).ok_or_else(|| Error::InvalidBucketName { bucket: name.to_owned() })
}

/// Whether a bucket holds neither objects, versions nor unfinished uploads.
pub async fn is_empty(store: &dyn ObjectStore) -> Result<bool> {
    let one = ListRequest { max_keys: Some(1), ..ListRequest::default() };
    Ok(store.list(&one).await?.objects.is_empty()
        && store.list_versions(&one, None).await?.versions.is_empty()
        && store.list_uploads("").await?.is_empty())
}

/// Buckets in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryBuckets {
    buckets: Mutex<BTreeMap<String, (Timestamp, Arc<MemoryStore>)>>,
}

impl MemoryBuckets {
    /// A place without buckets.
    pub fn new() -> Self {
        Self::default()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, (Timestamp, Arc<MemoryStore>)>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self, name: &str) -> Result<Arc<MemoryStore>> {
        let found = self.locked().get(name).map(|(_, store)| store.clone());
        found.ok_or_else(|| Error::NoSuchBucket { bucket: name.to_owned() })
    }
}

#[async_trait]
impl Buckets for MemoryBuckets {
    async fn list(&self) -> Result<Vec<BucketInfo>> {
        let all = self.locked();
        Ok(all.iter().map(|(name, (created, _))| BucketInfo { name: name.clone(), created: *created }).collect())
    }

    async fn create(&self, name: &str) -> Result<()> {
        check_bucket_name(name)?;
        let mut all = self.locked();
        if all.contains_key(name) {
            return Err(Error::BucketExists { bucket: name.to_owned() });
        }
        all.insert(name.to_owned(), (Timestamp::now(), Arc::new(MemoryStore::new())));
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let store = self.store(name)?;
        if !is_empty(store.as_ref()).await? {
            return Err(Error::BucketNotEmpty { bucket: name.to_owned() });
        }
        self.locked().remove(name);
        Ok(())
    }

    async fn open(&self, name: &str) -> Result<Arc<dyn ObjectStore>> {
        Ok(self.store(name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_name_is_what_s3_allows_and_nothing_else() {
        let longest = "b".repeat(63);
        for good in ["abc", "a-b", "a.b", "0ab", "my.photos-2024", longest.as_str()] {
            assert!(check_bucket_name(good).is_ok(), "{good}");
        }
        let long = "b".repeat(64);
        let bad = ["", "ab", "Abc", "a_b", "-ab", "ab-", ".ab", "ab.", "a..b", "a.-b", "a-.b", "192.168.0.1", "xn--ab"];
        for bad in bad.into_iter().chain(["a/b", "../x", "äbc", "a b", "my-s3alias", long.as_str()]) {
            assert!(matches!(check_bucket_name(bad), Err(Error::InvalidBucketName { .. })), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_bucket_is_removed_only_when_empty() {
        let place = MemoryBuckets::new();
        place.create("photos").await.unwrap();
        assert!(matches!(place.create("photos").await, Err(Error::BucketExists { .. })));
        let store = place.open("photos").await.unwrap();
        let key = crate::Key::new("a").unwrap();
        store.put(&key, crate::Body::bytes("x"), &Default::default()).await.unwrap();
        assert!(matches!(place.delete("photos").await, Err(Error::BucketNotEmpty { .. })));
        store.delete(&key, &Default::default()).await.unwrap();
        place.delete("photos").await.unwrap();
        assert!(matches!(place.open("photos").await, Err(Error::NoSuchBucket { .. })));
        assert_eq!(place.list().await.unwrap(), []);
    }
}
