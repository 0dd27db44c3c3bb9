//! How patiently sets are looked after.

use std::time::Duration;

use holdfast_backup::watch::Rules;

use crate::operations::Speed;

/// What may be other than usual where the agent is configured by a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuning {
    /// When a file holds still.
    pub rules: Rules,
    /// Pauses before a file that failed is tried again: as many as there are further attempts.
    pub retry_pauses: Vec<Duration>,
    /// Most requests at once.
    pub jobs: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            retry_pauses: vec![Duration::from_secs(60), Duration::from_secs(300)],
            jobs: Speed::default().jobs,
        }
    }
}
