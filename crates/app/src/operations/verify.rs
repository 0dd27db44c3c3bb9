//! Checking that what is in the bucket is what was backed up.

use std::path::PathBuf;

use super::{ProgressSink, Session, running::Underway};
use crate::{dto::run::VerifyResult, error::Result};

/// How deep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VerifyMode {
    /// The listing against the index.
    Quick,
    /// Everything is read back.
    Full,
    /// So many percent are read back.
    Sample(f64),
}

/// What to check.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// The folder that was backed up.
    pub folder: PathBuf,
    /// Its place in the bucket.
    pub prefix: String,
    /// How deep.
    pub mode: VerifyMode,
}
