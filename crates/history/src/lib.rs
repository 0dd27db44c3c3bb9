//! Shell history of one person on many devices: captured at once, searched in milliseconds, kept in step by a backend.
//!
//! - [`Entry`] is one command line that was run; [`Database`] keeps all of them in one SQLite file on this computer.
//! - [`SyncBackend`] is what keeps devices in step: [`backend::JournalBackend`] over a bucket or folder, the hishtory
//!   server's protocol, or nothing ([`backend::Offline`]).
//! - [`sync`] moves entries and deletions between the two. It can be cut off at any point and done again.
//! - [`migrate`] moves a history to another backend, also out of hishtory's own bucket ([`HishtoryBucket`]).
//!
//! # Invariants
//!
//! 1. An entry is unique by its id; the same id twice is one entry.
//! 2. What was deleted does not return, whoever sends or imports it again.
//! 3. An entry leaves the queue only when the backend holds it durably.
//! 4. Everything here but the queue is derived: without the database a pull brings the same history back.

#![warn(missing_docs)]

pub mod backend;
pub mod capture;
mod database;
mod entry;
mod error;
mod hishtory_bucket;
pub mod migrate;
mod search;
pub mod sync;
mod time;
pub mod transfer;

pub use backend::{BackendKind, SyncBackend};
pub use database::{Database, Origin, Recorded};
pub use entry::{CustomColumn, Ending, Entry};
pub use error::{Error, Result};
pub use hishtory_bucket::{BucketPage, HishtoryBucket, HishtoryDevice};
pub use search::{HostSummary, Index, LineSummary, Query, Summary, Uses, Word, read_time};
pub use time::Time;
pub use uuid::Uuid;
