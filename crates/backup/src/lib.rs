//! Back up a folder to an object store and bring it back: scan, index, plan, upload, restore, verify.
//!
//! Every engine observes, plans and then acts. A plan is a value made by a pure function; acting can be cancelled and
//! repeated after any failure. This crate prints nothing and keeps no secret.

#![warn(missing_docs)]

pub mod drill;
pub mod error;
pub mod file_meta;
pub mod filter;
pub mod free_up;
pub mod health;
pub mod index;
pub mod limiter;
pub mod lock;
pub mod name;
pub mod own;
pub mod patience;
pub mod plan;
pub mod progress;
pub mod rebuild;
pub mod report;
pub mod restore;
pub mod scan;
pub mod schedule;
pub mod set;
mod stray_uploads;
pub mod upload;
pub mod verify;
pub mod watch;

pub use error::{Error, Result};
