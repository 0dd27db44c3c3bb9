//! Keeping in step without a shell: while the page is looked at, and what waits while the program runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use holdfast_history::{BackendKind, backend::Reach, sync::When};

use crate::{
    App, AppError, Result,
    history::{self, Connected, HistorySettings, connect, open, turn, wants_company},
};

/// How often the other devices are asked while somebody looks.
const ASK_EVERY: Duration = Duration::from_secs(45);
/// How often the database is looked at while somebody looks; it is on this computer and costs no request.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether something is due to be sent.
const SEND_EVERY: Duration = Duration::from_secs(60);

/// Whether somebody looks at the page. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Shown(Arc<AtomicBool>);

impl Shown {
    /// Says so.
    pub fn set(&self, shown: bool) {
        self.0.store(shown, Ordering::Relaxed);
    }

    /// Whether somebody looks.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// While the page is shown: asks the other devices every 45 seconds, sends what is due, and calls `changed` when there is
/// something new, also from the shells of this computer. Ends soon after the page is not shown any more.
pub async fn watch(app: &App, shown: &Shown, changed: impl Fn()) {
    let asking = async {
        let mut kept = None;
        while shown.get() {
            let begun = Instant::now();
            let problem = in_step(app, &mut kept).await.err();
            let before = app.history_page.problem();
            app.history_page.set_problem(problem.clone());
            if before != problem || problem.is_none() {
                changed();
            }
            while shown.get() && begun.elapsed() < ASK_EVERY {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    };
    let looking = async {
        let mut last = None;
        while shown.get() {
            let version = app.history_page.look(app, |open| Ok(open.database().version()?)).await.ok();
            if last.is_some() && version != last {
                changed();
            }
            last = version;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::join!(asking, looking);
}

/// A backend that stays open, with the settings it was opened by.
type Kept = Option<(HistorySettings, Connected)>;

async fn in_step(app: &App, kept: &mut Kept) -> Result<()> {
    if !history::is_shared(&app.home)? {
        return Ok(());
    }
    let _turn = turn::take(app).await?;
    let mut history = open(&app.home)?;
    let mut connected = match kept.take() {
        Some((settings, connected)) if settings == history.settings => connected,
        _ => connect(app, &history.settings).await?,
    };
    if connected.kind() == BackendKind::Offline {
        return Ok(());
    }
    let pulled = turn::pull_with(&mut history, &mut connected, Reach::Usual).await?;
    turn::push_with(&mut history, &mut connected, When::Due).await?;
    *kept = Some((history.settings, connected));
    match pulled.failures.first() {
        None => Ok(()),
        Some(words) => Err(AppError { retryable: true, ..not_all(words) }),
    }
}

fn not_all(words: &str) -> AppError {
    let message = format!("not everything of the other devices could be read: {}", crate::error::shown(words));
    AppError::config(crate::ErrorCode::HistoryServer, message, "it is asked for again")
}

/// While the program runs: sends what waits when it is due, where no shell does. Never ends.
pub async fn keep_sent(app: Arc<App>) {
    let mut unsent = true;
    loop {
        tokio::time::sleep(SEND_EVERY).await;
        app.history_page.rest();
        match send_due(&app, unsent).await {
            Ok(left) => unsent = left,
            Err(error) => tracing::warn!(code = ?error.code, "what waits of the history could not be sent"),
        }
    }
}

/// Whether the backend still holds something that is not due.
async fn send_due(app: &App, unsent: bool) -> Result<bool> {
    if !app.home.paths.history().join("history.db").exists() || !wants_company(&app.home)? {
        return Ok(unsent);
    }
    if !unsent && open(&app.home)?.database.waiting()? == 0 {
        return Ok(false);
    }
    let (_, connected) = history::push(app, When::Due).await?;
    connected.has_unsent()
}
