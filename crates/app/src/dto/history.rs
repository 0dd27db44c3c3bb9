//! Shell history, as the command line prints it and the window shows it.

use holdfast_history::sync::{Pulled, Pushed};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A device that keeps this history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryDevice {
    /// Its id.
    pub id: String,
    /// What its person calls it.
    pub name: Option<String>,
    /// Whether it is this one.
    pub this_device: bool,
    /// When it was last there, at most a day behind.
    pub last_seen: Option<String>,
    /// Parts of its log that are known here.
    pub sequence: u64,
    /// Entries of it that could not be read.
    pub skipped: u64,
    /// Deletions that it has not carried out yet, as far as is known here.
    pub owes_deletions: u64,
    /// Since when it is not waited for any more.
    pub retired: Option<String>,
}

/// Something about another device's log that is not as it should be. What was read of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryProblem {
    /// Its id.
    pub device: String,
    /// For people: what it is, and what it means.
    pub words: String,
    /// Since when.
    pub since: String,
}

/// A deletion that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryDeletion {
    /// When it was made.
    pub time: String,
    /// How many entries were deleted with it.
    pub entries: u64,
    /// Devices that have deleted them.
    pub done: u64,
    /// All devices that are waited for, these included.
    pub devices: u64,
    /// Names of those that have not yet.
    pub missing: Vec<String>,
}

/// How history is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistoryStatus {
    /// `s3`, `http` or `offline`.
    pub backend: String,
    /// For people: where.
    pub location: String,
    /// The user's public id.
    pub user_id: Option<String>,
    /// Entries on this computer.
    pub entries: u64,
    /// Entries and deletions that wait to be sent.
    pub waiting: u64,
    /// When everything of all devices was last read.
    pub last_sync: Option<String>,
    /// Devices, this one first.
    pub devices: Vec<HistoryDevice>,
    /// What is wrong with logs of others.
    pub problems: Vec<HistoryProblem>,
    /// Deletions that not every device has carried out yet, latest first.
    pub deletions: Vec<HistoryDeletion>,
    /// Until when nothing is captured; empty: until somebody resumes.
    pub paused: Option<String>,
    /// What lies in the bucket, when it was asked for.
    pub storage: Option<HistoryStorage>,
}

/// What history takes in the bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistoryStorage {
    /// Objects.
    pub objects: u64,
    /// Bytes.
    pub bytes: u64,
    /// What keeping them costs a month by list prices, US dollars.
    pub month_usd: f64,
    /// Requests that were needed to find out.
    pub requests: u64,
}

/// What one exchange with the backend did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistorySynced {
    /// Entries that were sent.
    pub sent: u64,
    /// Deletions that were sent.
    pub sent_deletions: u64,
    /// Entries that came.
    pub received: u64,
    /// Deletions that came.
    pub received_deletions: u64,
    /// What could not be read and was left out.
    pub skipped: u64,
    /// Requests that failed while the rest went on.
    pub failures: Vec<String>,
    /// Requests that were made.
    pub requests: u64,
    /// What they cost by list prices, US dollars.
    pub cost_usd: f64,
}

impl HistorySynced {
    /// What came and went, without requests. An end that follows its entry is something that was sent, too.
    pub fn of(pulled: Pulled, pushed: Pushed) -> Self {
        Self {
            sent: pushed.entries + pushed.endings,
            sent_deletions: pushed.deletions,
            received: pulled.entries,
            received_deletions: pulled.deletions,
            skipped: pulled.skipped,
            failures: pulled.failures,
            requests: 0,
            cost_usd: 0.0,
        }
    }
}

/// What a check of everything found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryVerified {
    /// Entries in the bucket that opened.
    pub entries: u64,
    /// Of these, how many are here as they are there.
    pub equal: u64,
    /// Entries in the bucket that are not here.
    pub missing_here: u64,
    /// Entries here, not waiting to be sent, that are not in the bucket.
    pub missing_there: u64,
    /// Entries whose content differs.
    pub different: u64,
    /// Segments that could not be read, with the reason.
    pub unread: Vec<String>,
    /// Requests that failed.
    pub failures: Vec<String>,
    /// Whether everything is as it should be.
    pub all_well: bool,
}

/// What setting history up did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryJoined {
    /// `s3`, `http` or `offline`.
    pub backend: String,
    /// For people: where.
    pub location: String,
    /// The user's public id.
    pub user_id: Option<String>,
    /// Whether a secret was made, which has to be written down.
    pub new_secret: bool,
    /// Entries that came from other devices.
    pub received: u64,
    /// Entries that were sent.
    pub sent: u64,
    /// Devices, this one included.
    pub devices: u64,
}

/// What moving a history to another backend did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HistoryMigrated {
    /// For people: the new place.
    pub location: String,
    /// Whether a secret was made, which has to be written down.
    pub new_secret: bool,
    /// Entries that the old place showed.
    pub source: u64,
    /// What could not be read there.
    pub skipped: u64,
    /// Entries on this computer: those of the old place and what this computer had.
    pub here: u64,
    /// Of these, how many the new place has with the same content, read back.
    pub same: u64,
    /// Entries that were sent.
    pub sent: u64,
    /// Entries that the new place still lacks.
    pub missing: u64,
    /// Entries whose content differs.
    pub different: u64,
    /// Whether the new place has everything; only then it is used from now on.
    pub complete: bool,
    /// Whether this device was taken out at the old place.
    pub left_source: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_follow_their_entries_count_as_sent() {
        let pushed = Pushed { entries: 2, endings: 3, deletions: 1 };
        let pulled = Pulled { entries: 4, deletions: 5, skipped: 6, failures: vec!["one".into()] };
        let synced = HistorySynced::of(pulled, pushed);
        assert_eq!((synced.sent, synced.sent_deletions), (5, 1));
        assert_eq!((synced.received, synced.received_deletions, synced.skipped), (4, 5, 6));
        assert_eq!(synced.failures, ["one"]);
    }
}
