//! Finding entries: by SQLite's trigrams for one question, by a resident [`Index`] for one question per key press.

mod index;
mod lines;
mod query;
mod sql;

pub use index::{HostSummary, Index, LineSummary, Summary, Uses};
pub use query::{Query, Word, read_time};
