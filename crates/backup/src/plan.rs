//! stub
/// Why a run with removals stops and asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brake {
    /// What looks wrong.
    pub reason: BrakeReason,
    /// Objects that would be removed.
    pub removals: u64,
    /// Objects in the bucket before.
    pub of: u64,
}

/// What looks wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrakeReason {
    /// The folder holds nothing.
    EmptySource,
    /// The folder is on another disk than at the last run.
    OtherVolume,
    /// More than the allowed share would go.
    TooMany,
}
