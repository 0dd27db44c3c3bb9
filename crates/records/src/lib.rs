//! Family records: members, their records in versions, and attachments, over nothing but an object store.

#![warn(missing_docs)]

pub mod model;
pub mod versions;

pub use uuid::Uuid;
