//! Watching a folder: events only fill a durable queue, and a file leaves it when it holds still.
//!
//! The watcher is a hint. A look at the whole folder, at start and now and then, is the truth; nothing here decides what
//! is in the bucket.

pub mod queue;
pub mod stable;
pub mod watcher;

pub use queue::{Queue, Waiting, glance};
pub use stable::{Look, Rules, Verdict};
pub use watcher::{Inbox, Watcher};
