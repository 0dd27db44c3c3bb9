//! Family records: members, their records in versions, and attachments, over nothing but an object store.
//!
//! - [`model`] says what is kept: kinds of records, their forms, and what may be entered.
//! - [`versions`] says what is shown of a record that several devices write, and how conflicts are resolved.
//! - [`change`] is what the log tells, [`layout`] where things stand, [`retention`] what may go.
//! - [`search`], [`timeline`](mod@timeline) and [`emergency`] are views of what is unlocked.
//! - [`Vault`] brings them together over an object store, the journal and the cryptography; everything else is pure.
//!
//! Nothing here asks a clock or a generator of the system: both are handed in.

#![warn(missing_docs)]

#[cfg(any(test, feature = "any-bytes"))]
#[doc(hidden)]
pub mod any_bytes;
mod chance;
pub mod change;
pub mod emergency;
mod error;
mod heads;
pub mod layout;
mod local;
pub mod model;
mod objects;
pub mod retention;
mod rotation;
mod sealing;
pub mod search;
pub mod sharing;
pub mod timeline;
mod vault;
#[cfg(test)]
mod vectors;
pub mod versions;

pub use error::{Error, Result};
pub use uuid::Uuid;
pub use vault::*;
