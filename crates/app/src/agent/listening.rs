//! What other devices tell is heard although nothing runs here: a computer that backs up rarely or only by hand still
//! notices that another one has gone quiet.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{actor::AgentEvents, decide::Now};
use crate::{App, Result, dto::overview::ChangedWhat, overview::LISTEN_EVERY, sets::Sets};

/// A start has more urgent things to ask of the place.
const AFTER_START: Duration = Duration::from_secs(2 * 60);
/// From a place that could not be listened to until the next attempt.
const AGAIN: Duration = Duration::from_secs(30 * 60);

/// When each place is to be listened to, by the time since the start.
#[derive(Default)]
pub(super) struct Listening {
    due: BTreeMap<String, Duration>,
    under_way: Option<JoinHandle<()>>,
}

impl Listening {
    /// Listens, beside everything else, to one place where nobody did for long.
    pub(super) fn look(&mut self, app: &Arc<App>, events: &Arc<dyn AgentEvents>, sets: &Sets, now: Now) -> Result<()> {
        if now.since_start < AFTER_START || self.under_way.as_ref().is_some_and(|task| !task.is_finished()) {
            return Ok(());
        }
        for (_, set) in sets.by_name() {
            let profile = &set.draft.profile;
            if self.due.get(profile).is_some_and(|due| now.since_start < *due) {
                continue;
            }
            let age = app.listened_at(profile)?.map(|at| now.wall.duration_since(at).unsigned_abs());
            let rest = age.map_or(Duration::ZERO, |age| LISTEN_EVERY.unsigned_abs().saturating_sub(age));
            if !rest.is_zero() {
                self.due.insert(profile.clone(), now.since_start + rest);
                continue;
            }
            self.due.insert(profile.clone(), now.since_start + AGAIN);
            self.under_way = Some(tokio::spawn(listen(app.clone(), events.clone(), profile.clone(), now)));
            return Ok(());
        }
        Ok(())
    }

    /// Ends with the agent.
    pub(super) fn end(&mut self) {
        if let Some(task) = self.under_way.take() {
            task.abort();
        }
    }
}

async fn listen(app: Arc<App>, events: Arc<dyn AgentEvents>, profile: String, now: Now) {
    let heard = async { app.listen_to_devices(&app.session(Some(&profile)).await?, &profile, now.wall).await };
    match heard.await {
        Ok(()) => events.changed(ChangedWhat::Overview),
        Err(error) => tracing::info!(code = ?error.code, "what other devices tell could not be heard"),
    }
}
