//! Family records: members, their records in versions, and attachments, over nothing but an object store.

#![warn(missing_docs)]

pub mod change;
pub mod emergency;
pub mod layout;
pub mod model;
pub mod retention;
pub mod search;
pub mod timeline;
pub mod versions;

pub use uuid::Uuid;
