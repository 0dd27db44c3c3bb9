//! The agent of the window: started with it, heard by the page.

use std::sync::{Arc, Mutex, PoisonError};

use holdfast_app::{
    App, AppError, ErrorCode, Result,
    agent::{Agent, AgentEvents, AgentOptions, SystemClock, work::Order},
    dto::{
        log::{RunKind, RunView},
        overview::{ChangedEvent, ChangedWhat},
        run::ProgressEvent,
    },
    notices::{Notice, Told},
    system::ThisSystem,
};
use tauri::{AppHandle, Emitter, Manager};

use crate::{
    commands::{CHANGED, DOWNLOAD_PROGRESS, UPLOAD_PROGRESS},
    notify,
    tray::TrayNews,
};

/// The agent, or why there is none: another Holdfast of this person does its work.
pub(crate) struct DesktopAgent {
    agent: std::result::Result<Agent, AppError>,
    handle: AppHandle,
    tray: Arc<TrayNews>,
}

/// Tells the page, the tray, and where a person is needed the person.
struct Tells {
    handle: AppHandle,
    tray: Arc<TrayNews>,
    told: Mutex<Told>,
}

impl AgentEvents for Tells {
    fn changed(&self, what: ChangedWhat) {
        self.tray.changed();
        let _ = self.handle.emit(CHANGED, ChangedEvent { what });
    }

    fn progress(&self, kind: RunKind, event: ProgressEvent) {
        self.tray.progress(event.clone());
        let name = if kind == RunKind::Backup { UPLOAD_PROGRESS } else { DOWNLOAD_PROGRESS };
        let _ = self.handle.emit(name, event);
    }

    fn ended(&self, run: &RunView) {
        self.tray.changed();
        if let Ok(Some(notice)) = self.notice(run) {
            notify::tell(&self.handle, notice);
        }
    }
}

impl Tells {
    fn notice(&self, run: &RunView) -> Result<Option<Notice>> {
        let app = self.handle.state::<Arc<App>>();
        let settings = app.settings()?.notifications;
        let after = match &run.set_id {
            Some(set) => app.after_run(set, &run.id)?,
            None => return Ok(None),
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(told.of_run_now(run, after, &settings))
    }
}

impl DesktopAgent {
    /// Begins to look after the sets.
    pub(crate) fn start(app: Arc<App>, handle: AppHandle, tray: Arc<TrayNews>) -> Self {
        let options = AgentOptions {
            events: Arc::new(Tells { handle: handle.clone(), tray: tray.clone(), told: Mutex::default() }),
            system: Arc::new(ThisSystem),
            clock: Arc::new(SystemClock::default()),
        };
        let agent = tauri::async_runtime::block_on(async move { Agent::start(app, options) });
        Self { agent, handle, tray }
    }

    /// A person changed something: it is looked at again, by the agent, the page and the tray.
    pub(crate) fn look(&self) {
        if let Ok(agent) = &self.agent {
            agent.look();
        }
        self.tray.changed();
        let _ = self.handle.emit(CHANGED, ChangedEvent { what: ChangedWhat::Sets });
    }

    /// Begins a run that a person asked for.
    pub(crate) async fn order(&self, app: &App, order: Order) -> Result<String> {
        app.home.sets.load()?.expect(&order.set)?;
        match &self.agent {
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
        if let Ok(agent) = &self.agent {
            agent.stop().await;
        }
    }
}
