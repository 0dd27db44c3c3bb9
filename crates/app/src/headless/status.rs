//! How an agent is, for whoever asks from outside.

use holdfast_backup::{lock::RunLock, watch};
use holdfast_storage::gateway::DailyReport;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{Headless, Ledger};
use crate::{
    Result,
    dto::{log::RunView, sets::Health},
    stores,
};

/// How an agent is.
#[derive(Debug, Clone, Serialize)]
pub struct AgentStatus {
    /// Whether it runs.
    pub running: bool,
    /// Where copies go, for people.
    pub place: String,
    /// Each watch.
    pub watches: Vec<WatchStatus>,
    /// Today (UTC) so far, as it is reported.
    pub today: DailyReport,
}

/// How a watch is.
#[derive(Debug, Clone, Serialize)]
pub struct WatchStatus {
    /// The folder.
    pub local_path: String,
    /// Where in the place.
    pub remote_prefix: String,
    /// Files in the place.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were removed here since.
    pub removed_here: u64,
    /// Paths that wait.
    pub waiting: u64,
    /// Since when the first of them does, RFC 3339.
    pub oldest_unsent: Option<String>,
    /// How well it is, and why.
    pub health: Health,
    /// When everything was last sent, RFC 3339.
    pub last_complete: Option<String>,
    /// The last run.
    pub last_run: Option<RunView>,
}

impl Headless {
    /// How the agent of this configuration is; it may run elsewhere.
    ///
    /// # Errors
    /// Databases that cannot be read.
    pub fn status(&self) -> Result<AgentStatus> {
        let ledger = Ledger::open(&self.database)?;
        let sets = self.app.home.sets.load()?;
        let mut watches = Vec::new();
        for (id, watch) in &self.watches {
            let known = sets.expect(id).is_ok();
            let view = if known { Some(self.app.backup_set_now(id)?) } else { None };
            let (waiting, oldest) = watch::glance(&self.app.home.paths.queue(id))?;
            let sent = ledger.sent(id)?;
            watches.push(WatchStatus {
                local_path: watch.local_path.display().to_string(),
                remote_prefix: watch.remote_prefix.clone(),
                files: sent.files,
                bytes: sent.bytes,
                removed_here: sent.removed_here,
                waiting,
                oldest_unsent: oldest.and_then(|at| Timestamp::from_second(at).ok()).map(|at| at.to_string()),
                health: view.as_ref().map_or_else(Health::unknown, |view| view.health.clone()),
                last_complete: view.as_ref().and_then(|view| view.last_complete.clone()),
                last_run: view.and_then(|view| view.last_run),
            });
        }
        let lock = RunLock::take(&self.app.home.paths.agent_seen());
        Ok(AgentStatus {
            running: matches!(lock, Err(holdfast_backup::Error::Busy)),
            place: stores::title(&self.place),
            watches,
            today: self.report_of(Timestamp::now().to_zoned(TimeZone::UTC).date(), &ledger)?,
        })
    }
}
