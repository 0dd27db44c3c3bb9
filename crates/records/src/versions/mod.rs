//! Versions of records: which is shown, what two devices did differently, and how a person resolves it. Pure.
//!
//! A version names its parents, its device and a Lamport clock. *Heads* are versions that no other takes the place of;
//! the greatest head by (clock, device) is shown. Heads that say different things are a [`Conflict`]: the record was
//! edited on two devices. All of it follows from the set of versions alone, so every device that has the same versions
//! shows the same, in whatever order they came. Deleting is a version; nothing goes by itself.

mod difference;
mod lineage;
mod open;
mod record;
mod resolve;
mod version;

pub use difference::{Conflict, Difference, Merged, differences, merged_attachments};
pub use lineage::Lineage;
pub use open::OpenRecord;
pub use record::Record;
pub use resolve::{Choice, Resolution, Unresolved, resolve};
pub use version::{BadNode, Content, Draft, FORMAT, MAX_NUMBER, MAX_PARENTS, Node, NotAVersion, Version, VersionId};

#[cfg(test)]
mod tests;
