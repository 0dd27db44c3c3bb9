//! Taking turns: one process of this computer keeps history in step at a time.

use std::{
    fs::File,
    time::{Duration, Instant},
};

use holdfast_history::{
    BackendKind,
    backend::Reach,
    sync::{self, Pulled, Pushed, When},
};

use super::{Connected, History, connect, connect::exchange_limit, member::begin_at, now, open};
use crate::{App, AppError, ErrorCode, ErrorKind, Home, Result, config_file, sleep::Sleep};

/// How long an exchange may take.
const USUAL_LIMIT: Duration = Duration::from_secs(30);
/// How often others are asked while somebody types.
const ASK_EVERY: Duration = Duration::from_secs(45);
/// After so long without a command nobody is there.
const NOBODY_AFTER: Duration = Duration::from_secs(3 * 60);
/// How often it looks whether somebody typed or something is due.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// So long the system's sleep is held up at most; logind itself waits five seconds.
const BEFORE_SLEEP: Duration = Duration::from_secs(4);
/// It ends after so long, whatever waits: the next command begins another one.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Held while a process talks to the backend.
pub(super) struct Turn {
    _lock: File,
}

/// Waits for its turn: another window or command may be syncing.
pub(super) async fn take(app: &App) -> Result<Turn> {
    let path = app.home.paths.history().join("sync");
    config_file::make_folder_of(&path)?;
    let lock = tokio::task::spawn_blocking(move || config_file::lock(&path));
    Ok(Turn { _lock: lock.await.map_err(AppError::internal)?? })
}

/// Sends what waits; all of it now, or what is due.
pub async fn push(app: &App, when: When) -> Result<(Pushed, Connected)> {
    let _turn = take(app).await?;
    let mut history = open(&app.home)?;
    let mut connected = connect(app, &history.settings).await?;
    begin_at(&mut history, &connected)?;
    let limit = limit(&history, &mut connected, Reach::Usual)?;
    let pushed = within(limit, push_with(&mut history, &mut connected, when)).await?;
    Ok((pushed, connected))
}

/// Takes what is new of other devices.
pub async fn pull(app: &App, reach: Reach) -> Result<(Pulled, Connected)> {
    let _turn = take(app).await?;
    let mut history = open(&app.home)?;
    let mut connected = connect(app, &history.settings).await?;
    begin_at(&mut history, &connected)?;
    let limit = limit(&history, &mut connected, reach)?;
    let pulled = within(limit, pull_with(&mut history, &mut connected, reach)).await?;
    Ok((pulled, connected))
}

/// Takes what is new and sends everything that waits, over one connection.
pub(super) async fn exchange(app: &App) -> Result<(Pulled, Pushed, Connected)> {
    let _turn = take(app).await?;
    let mut history = open(&app.home)?;
    let mut connected = connect(app, &history.settings).await?;
    begin_at(&mut history, &connected)?;
    let limit = limit(&history, &mut connected, Reach::Usual)?;
    let both = async {
        let pulled = pull_with(&mut history, &mut connected, Reach::Usual).await?;
        Ok((pulled, push_with(&mut history, &mut connected, When::Now).await?))
    };
    let (pulled, pushed) = within(limit, both).await?;
    Ok((pulled, pushed, connected))
}

/// An exchange may take so long, unless it is a device's first at this place or was asked to look at everything.
fn limit(history: &History, connected: &mut Connected, reach: Reach) -> Result<Option<Duration>> {
    let first = sync::is_new(&history.database, connected.kind())?;
    Ok((!first && reach == Reach::Usual).then(|| exchange_limit().unwrap_or(USUAL_LIMIT)))
}

/// What was cut off is done by the next exchange.
async fn within<T>(limit: Option<Duration>, exchange: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(limit) = limit else { return exchange.await };
    tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| {
        let message = format!("the exchange took longer than {} seconds", limit.as_secs());
        let hint =
            "nothing was lost, and the next one goes on from there; HOLDFAST_SYNC_TIMEOUT sets how long it may take";
        Err(AppError::new(ErrorKind::SdkError, ErrorCode::Timeout, message, hint).retryable(true))
    })
}

/// A backend that was never read is read first, so that nothing is sent that it has.
pub(super) async fn push_with(history: &mut History, connected: &mut Connected, when: When) -> Result<Pushed> {
    let kind = connected.kind();
    begin_at(history, connected)?;
    if sync::is_new(&history.database, kind)? && kind != BackendKind::Offline {
        pull_with(history, connected, Reach::Everything).await?;
    }
    let backend = connected.backend.as_dyn();
    let pushed = sync::push(&mut history.database, backend, when, now()).await;
    pushed.map_err(|error| connected.words(error))
}

pub(super) async fn pull_with(history: &mut History, connected: &mut Connected, reach: Reach) -> Result<Pulled> {
    begin_at(history, connected)?;
    let backend = connected.backend.as_dyn();
    let pulled = sync::pull(&mut history.database, backend, reach, now()).await;
    pulled.map_err(|error| connected.words(error))
}

/// Whether a process is to be begun that keeps this computer in step: it is wanted, and there is none.
pub fn wants_company(home: &Home) -> Result<bool> {
    let settings = home.history.load()?.settings;
    let wanted = settings.background.unwrap_or(true) && super::is_shared(home)?;
    Ok(wanted && in_step(home)?.is_some())
}

fn in_step(home: &Home) -> Result<Option<File>> {
    let path = home.paths.history().join("auto.lock");
    let failed = |error: std::io::Error| AppError::io("locking the history", &path, &error);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Keeps this computer in step while somebody types: asks the others now and then, sends what waits when it is due, and
/// ends when nobody types any more and nothing waits. One at a time; another call ends at once.
pub async fn auto(app: &App) -> Result<()> {
    let history = open(&app.home)?;
    let Some(_alone) = in_step(&app.home)? else { return Ok(()) };
    let mut connected = connect(app, &history.settings).await?;
    if connected.kind() == BackendKind::Offline {
        return Ok(());
    }
    let settings = history.settings;
    let begun = Instant::now();
    let mut typed = Typed { queued: history.database.queued_so_far()?, at: begun };
    let mut asked: Option<Instant> = None;
    let mut sleep = Sleep::listen("sends what was typed").await;
    drop(history.database);
    loop {
        let mut history = open(&app.home)?;
        if history.settings.background == Some(false) || history.settings != settings {
            // It is not wanted, or its connection leads to where history was: the next command begins another.
            return Ok(());
        }
        typed.look(history.database.queued_so_far()?);
        {
            let _turn = take(app).await?;
            if asked.is_none_or(|asked| asked.elapsed() > ASK_EVERY && typed.at > asked) {
                asked = Some(Instant::now());
                pull_with(&mut history, &mut connected, Reach::Usual).await?;
            }
            push_with(&mut history, &mut connected, When::Due).await?;
        }
        let over = typed.at.elapsed() > NOBODY_AFTER && !connected.has_unsent()?;
        if over || begun.elapsed() > LONGEST {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            notice = sleep.coming() => {
                send_before_sleep(app, &mut connected).await;
                drop(notice);
            }
        }
    }
}

/// What cannot be sent any more is sent after the sleep.
async fn send_before_sleep(app: &App, connected: &mut Connected) {
    let send = async {
        let _turn = take(app).await?;
        push_with(&mut open(&app.home)?, connected, When::Now).await
    };
    if let Ok(Err(error)) = tokio::time::timeout(BEFORE_SLEEP, send).await {
        tracing::warn!(code = ?error.code, "what waits of the history was not sent before sleep");
    }
}

/// When something was captured last, as far as this process saw.
struct Typed {
    queued: i64,
    at: Instant,
}

impl Typed {
    fn look(&mut self, queued: i64) {
        if queued != self.queued {
            *self = Self { queued, at: Instant::now() };
        }
    }
}
