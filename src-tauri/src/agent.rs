//! The agent of the window: started with it, heard by the page.

use std::sync::Arc;

use holdfast_app::{
    App, AppError, ErrorCode, Result,
    agent::{Agent, AgentEvents, AgentOptions, SystemClock, work::Order},
    dto::{
        log::{RunKind, RunView},
        overview::{ChangedEvent, ChangedWhat},
        run::ProgressEvent,
    },
    system::ThisSystem,
};
use tauri::{AppHandle, Emitter};

use crate::commands::{CHANGED, DOWNLOAD_PROGRESS, UPLOAD_PROGRESS};

/// The agent, or why there is none: another Holdfast of this person does its work.
pub(crate) struct DesktopAgent(std::result::Result<Agent, AppError>);

struct ToThePage(AppHandle);

impl AgentEvents for ToThePage {
    fn changed(&self, what: ChangedWhat) {
        let _ = self.0.emit(CHANGED, ChangedEvent { what });
    }

    fn progress(&self, kind: RunKind, event: ProgressEvent) {
        let name = if kind == RunKind::Backup { UPLOAD_PROGRESS } else { DOWNLOAD_PROGRESS };
        let _ = self.0.emit(name, event);
    }

    fn ended(&self, _: &RunView) {}
}

impl DesktopAgent {
    /// Begins to look after the sets.
    pub(crate) fn start(app: Arc<App>, handle: AppHandle) -> Self {
        let options = AgentOptions {
            events: Arc::new(ToThePage(handle)),
            system: Arc::new(ThisSystem),
            clock: Arc::new(SystemClock::default()),
        };
        Self(tauri::async_runtime::block_on(async move { Agent::start(app, options) }))
    }

    /// Something was changed: it is looked at again.
    pub(crate) fn look(&self) {
        if let Ok(agent) = &self.0 {
            agent.look();
        }
    }

    /// Begins a run that a person asked for.
    pub(crate) async fn order(&self, app: &App, order: Order) -> Result<String> {
        app.home.sets.load()?.expect(&order.set)?;
        match &self.0 {
            Ok(agent) if app.live.of(&order.set).operation.is_none() => agent.order(order).await,
            Ok(_) => Err(AppError::config(
                ErrorCode::Busy,
                "a run of this set is under way",
                "wait until it has ended, or stop it first",
            )),
            Err(why) => Err(why.clone()),
        }
    }

    /// Stops; runs are cancelled and written down.
    pub(crate) async fn stop(&self) {
        if let Ok(agent) = &self.0 {
            agent.stop().await;
        }
    }
}
