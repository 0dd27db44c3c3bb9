//! The agent of the window: started with it, heard by the page.

use std::{sync::Arc, time::Duration};

use holdfast_app::{
    App, AppError, ErrorCode, Result,
    agent::{Agent, AgentEvents, AgentOptions, SystemClock, work::Order},
    dto::{
        log::{RunKind, RunView},
        overview::{ChangedEvent, ChangedWhat},
        run::ProgressEvent,
    },
    standing::Lookout,
    system::ThisSystem,
    words::shell,
};
use tauri::{AppHandle, Emitter, Manager};

use crate::{
    commands::{CHANGED, DOWNLOAD_PROGRESS, UPLOAD_PROGRESS},
    notify,
    tray::TrayNews,
};

/// How everything stands is looked at so often: time alone ends a pause and makes a set overdue.
const MINUTE: Duration = Duration::from_secs(60);

/// The agent, or why there is none: another Holdfast of this person does its work.
pub(crate) struct DesktopAgent {
    agent: std::result::Result<Agent, AppError>,
    handle: AppHandle,
    tray: Arc<TrayNews>,
    lookout: Arc<Lookout>,
}

/// Tells the page, the tray, and where a person is needed the person.
struct Tells {
    handle: AppHandle,
    tray: Arc<TrayNews>,
    lookout: Arc<Lookout>,
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
        let app = self.handle.state::<Arc<App>>();
        if let Ok(Some(notice)) = self.lookout.of_run_now(&app, run) {
            notify::tell(&self.handle, notice);
        }
    }
}

/// Looks each minute at how everything stands, whoever runs the agent.
async fn keep_looking(handle: AppHandle, tray: Arc<TrayNews>, lookout: Arc<Lookout>) {
    loop {
        let (app, eyes) = (handle.state::<Arc<App>>().inner().clone(), lookout.clone());
        let looked = tauri::async_runtime::spawn_blocking(move || eyes.look_now(&app)).await;
        if let Ok(Ok(seen)) = looked {
            if seen.changed {
                tray.changed();
                for what in [ChangedWhat::Sets, ChangedWhat::Overview] {
                    let _ = handle.emit(CHANGED, ChangedEvent { what });
                }
            }
            if let Some(notice) = seen.notice {
                notify::tell(&handle, notice);
            }
        }
        tokio::time::sleep(MINUTE).await;
    }
}

impl DesktopAgent {
    /// Begins to look after the sets.
    pub(crate) fn start(app: Arc<App>, handle: AppHandle, tray: Arc<TrayNews>) -> Self {
        let lookout = Arc::new(Lookout::default());
        tauri::async_runtime::spawn(keep_looking(handle.clone(), tray.clone(), lookout.clone()));
        let options = AgentOptions {
            events: Arc::new(Tells { handle: handle.clone(), tray: tray.clone(), lookout: lookout.clone() }),
            system: Arc::new(ThisSystem::default()),
            clock: Arc::new(SystemClock::default()),
        };
        let agent = tauri::async_runtime::block_on(async move { Agent::start(app, options) });
        Self { agent, handle, tray, lookout }
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
            Ok(_) => {
                let (message, hint) = shell::UNDER_WAY;
                Err(AppError::config(ErrorCode::Busy, message, hint))
            }
            Err(why) => Err(why.clone()),
        }
    }

    /// The same where no window shows what comes of it: they hear of it when it fails.
    pub(crate) async fn order_unseen(&self, app: &App, order: Order) -> Result<()> {
        let run = self.order(app, order).await?;
        self.lookout.asked_unseen(app, &run)
    }

    /// Stops; runs are cancelled and written down.
    pub(crate) async fn stop(&self) {
        if let Ok(agent) = &self.agent {
            agent.stop().await;
        }
    }
}
