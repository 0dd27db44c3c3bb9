//! What keeps devices in step, behind one trait.

pub mod http;
mod journal;
mod offline;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Ending, Entry, Result, Time};

pub use http::{HttpBackend, HttpSettings};
pub use journal::JournalBackend;
pub use offline::Offline;

/// Which backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// Sealed logs in a bucket or a folder.
    S3,
    /// The hishtory server's protocol.
    Http,
    /// None: this computer only.
    Offline,
}

impl BackendKind {
    /// As a person writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Http => "http",
            Self::Offline => "offline",
        }
    }
}

/// What of the backend's news was taken already; empty in the beginning. Only the backend knows what it means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor(pub String);

/// Entries that are new here, in no particular order.
#[derive(Debug, Default)]
pub struct Page {
    /// Entries; some may be known already.
    pub entries: Vec<Entry>,
    /// Ends of commands whose entries were sent before they ended.
    pub endings: Vec<Ending>,
    /// What could not be read as an entry and was left out.
    pub skipped: u64,
    /// To be kept together with what this page brought.
    pub cursor: Cursor,
    /// Whether there is more behind the cursor.
    pub more: bool,
    /// Requests that failed while the rest went on, in words without secrets.
    pub failures: Vec<String>,
}

/// Deletions that are new here.
#[derive(Debug, Default)]
pub struct DeletionPage {
    /// Ids of deleted entries; some may be known already.
    pub deleted: Vec<Uuid>,
    /// To be kept together with what this page brought.
    pub cursor: Cursor,
    /// Whether there is more behind the cursor.
    pub more: bool,
}

/// How far a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is usual, with as few requests as can be.
    Usual,
    /// Everything is looked at again.
    Everything,
}

/// A backend. Every call can be cut off and made again; every call but `ping` may be slow.
#[async_trait]
pub trait SyncBackend: Send {
    /// Which one it is.
    fn kind(&self) -> BackendKind;

    /// The id under which this device captures.
    fn device_id(&self) -> Uuid;

    /// Whether it answers: one small request.
    async fn ping(&mut self) -> Result<()>;

    /// Makes this device known to the others.
    async fn register_device(&mut self, now: Time) -> Result<()>;

    /// Takes entries. When it returns, they are kept durably by the backend and need not be submitted again: on its side
    /// or, until [`Self::flush`], in a queue of its own.
    async fn submit_entries(&mut self, entries: &[Entry], now: Time) -> Result<()>;

    /// Takes ends of commands that were submitted without.
    async fn submit_endings(&mut self, endings: &[Ending], now: Time) -> Result<()>;

    /// Sends what waits in the backend's own queue; all of it when `force`, else what is due.
    async fn flush(&mut self, force: bool, now: Time) -> Result<()>;

    /// Reads what other devices wrote: what came after `cursor`, a page at a time. Looks at the other side only while
    /// `look` is given.
    async fn query_entries(&mut self, cursor: &Cursor, look: Option<Reach>, now: Time) -> Result<Page>;

    /// The first page of everything, for a device without a history.
    async fn bootstrap(&mut self, now: Time) -> Result<Page>;

    /// Asks all devices to delete entries.
    async fn add_deletion_request(&mut self, entries: &[Uuid], now: Time) -> Result<()>;

    /// What others, or this device in earlier days, deleted: what came after `cursor`.
    async fn get_deletion_requests(&mut self, cursor: &Cursor, now: Time) -> Result<DeletionPage>;

    /// Takes this device out of the list of devices. Entries stay.
    async fn uninstall(&mut self, now: Time) -> Result<()>;
}
