//! Reads the bucket of a hishtory user, to come over from there. It writes nothing and deletes nothing.
//!
//! Below `{prefix}/{user_id}/` hishtory (version 335, `client/backend/s3_backend.go`) keeps `devices.json`, one object
//! `entries/YYYY-MM-DD/{id}.json` for each entry, and queues of each device (`inbox/`, `deletions/`, `dump_requests/`)
//! that repeat entries and are not read here. What hishtory lost before is not there to be read.

use std::sync::Arc;

use holdfast_crypto::{HishtoryKeys, HishtorySecret};
use holdfast_storage::{Error as StoreError, Key, ListRequest, Listed, ObjectStore, Prefix, ReadOptions, body};
use serde::Deserialize;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    Entry, Result,
    backend::{Cursor, http::wire},
};

/// Objects that are asked for at once.
const AT_ONCE: usize = 16;
/// The largest object that can be an entry: a command of the longest kind, sealed, twice in base64 and JSON.
const MAX_OBJECT: u64 = 64 << 20;

/// A device as `devices.json` has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HishtoryDevice {
    /// Its id.
    pub device_id: String,
    /// When it was registered, RFC 3339.
    #[serde(default)]
    pub registration_date: String,
}

/// Entries of one page of the listing.
#[derive(Debug, Default)]
pub struct BucketPage {
    /// Ids of all of them.
    pub ids: Vec<Uuid>,
    /// Those that were asked for.
    pub entries: Vec<Entry>,
    /// What could not be read as an entry and was left out.
    pub skipped: u64,
    /// Where the next page begins.
    pub cursor: Cursor,
    /// Whether there is more.
    pub more: bool,
}

/// The bucket of a user.
#[derive(Debug)]
pub struct HishtoryBucket {
    store: Arc<dyn ObjectStore>,
    /// `{prefix}/{user_id}/`.
    folder: String,
    keys: HishtoryKeys,
}

#[derive(Deserialize)]
struct Devices {
    #[serde(default)]
    devices: Option<Vec<HishtoryDevice>>,
}

impl HishtoryBucket {
    /// `store` is the bucket as a whole, `prefix` the one that hishtory was given. Sends nothing.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &Prefix, secret: &HishtorySecret) -> Result<Self> {
        let keys = HishtoryKeys::derive(secret)?;
        Ok(Self { store, folder: format!("{}{}/", prefix.dir(), keys.user_id()), keys })
    }

    /// The devices that hishtory knows; none where the user is not in this bucket, as with another secret.
    pub async fn devices(&self) -> Result<Vec<HishtoryDevice>> {
        let key = self.key("devices.json")?;
        let bytes = match read(&*self.store, &key).await {
            Ok(bytes) => bytes,
            Err(StoreError::NotFound { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        Ok(serde_json::from_slice::<Devices>(&bytes)?.devices.unwrap_or_default())
    }

    /// At most a thousand entries behind a cursor. Those of which `is_known` says so are listed and not read.
    ///
    /// # Errors
    /// [`crate::Error::Storage`]; the same page can be asked for again.
    pub async fn page(&self, after: &Cursor, is_known: &(dyn Fn(Uuid) -> Result<bool> + Sync)) -> Result<BucketPage> {
        let listed = self.list(after).await?;
        let mut page = BucketPage { more: listed.more, cursor: after.clone(), ..BucketPage::default() };
        let (mut wanted, mut reading) = (Vec::new(), JoinSet::new());
        for object in listed.objects {
            page.cursor = Cursor(object.key.to_string());
            match id_in(&object) {
                Some(id) if is_known(id)? => page.ids.push(id),
                Some(_) if object.size <= MAX_OBJECT => wanted.push(object.key),
                _ => page.skipped += 1,
            }
        }
        for key in wanted {
            if reading.len() >= AT_ONCE {
                self.take(reading.join_next().await, &mut page)?;
            }
            let store = self.store.clone();
            reading.spawn(async move { read(&*store, &key).await });
        }
        while let Some(one) = reading.join_next().await {
            self.take(Some(one), &mut page)?;
        }
        Ok(page)
    }

    /// An object that went meanwhile was deleted; one that does not open is counted.
    fn take(&self, read: Option<Read>, page: &mut BucketPage) -> Result<()> {
        let bytes = match read {
            None | Some(Ok(Err(StoreError::NotFound { .. }))) => return Ok(()),
            Some(Ok(read)) => read?,
            Some(Err(_)) => return Err(StoreError::Unreachable(holdfast_storage::error::Unreachable::Broken).into()),
        };
        let sealed = serde_json::from_slice(&bytes).ok();
        match sealed.and_then(|sealed| wire::open(&sealed, &self.keys)) {
            Some(opened) => {
                page.ids.push(opened.entry.entry_id);
                page.entries.push(opened.entry);
            }
            None => page.skipped += 1,
        }
        Ok(())
    }

    async fn list(&self, after: &Cursor) -> Result<Rows> {
        let start_after = (!after.0.is_empty()).then(|| after.0.clone());
        let prefix = format!("{}entries/", self.folder);
        let page = self.store.list(&ListRequest { prefix, start_after, ..ListRequest::default() }).await?;
        Ok(Rows { more: page.continuation.is_some(), objects: page.objects })
    }

    fn key(&self, name: &str) -> Result<Key> {
        Ok(Key::new(format!("{}{name}", self.folder)).map_err(StoreError::from)?)
    }
}

type Read = std::result::Result<std::result::Result<bytes::Bytes, StoreError>, tokio::task::JoinError>;

struct Rows {
    objects: Vec<Listed>,
    more: bool,
}

async fn read(store: &dyn ObjectStore, key: &Key) -> std::result::Result<bytes::Bytes, StoreError> {
    body::collect(store.get(key, &ReadOptions::default()).await?.body).await
}

/// The id of an entry by the name of its object.
fn id_in(object: &Listed) -> Option<Uuid> {
    let name = object.key.as_str().rsplit('/').next()?.strip_suffix(".json")?;
    (!name.is_empty()).then(|| wire::uuid_of(name))
}
