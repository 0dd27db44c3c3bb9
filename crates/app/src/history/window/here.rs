//! How history stands on this computer, and what a person does to it as a whole: pause, bring in, share, sync.

use std::path::{Path, PathBuf};

use holdfast_history::{
    Database,
    capture::{self, Pause, Shell},
    sync,
    transfer::{self, Format, Owner, Surroundings},
};
use holdfast_storage::Secret;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use zeroize::Zeroizing;

use crate::{
    App, AppError, ErrorCode, Home, Result, devices,
    dto::{
        history::{HistoryJoined, HistorySynced},
        history_page::{HistoryHere, HistoryHook, HistoryImported, HistoryJoinForm, HistorySource},
        sets::PauseUntil,
    },
    history::{self, Join, JoinPlace, Where, Words, now, open, turn},
    overview::tomorrow,
};

/// When the words were last shown on this computer.
const WORDS_SHOWN: &str = "words shown";

/// How history stands, without asking the keychain or the network.
pub async fn here(app: &App) -> Result<HistoryHere> {
    let home = app.home.clone();
    let problem = app.history_page.problem();
    let read = tokio::task::spawn_blocking(move || read_here(&home, problem));
    read.await.map_err(AppError::internal)?
}

fn read_here(home: &Home, problem: Option<AppError>) -> Result<HistoryHere> {
    let history = open(home)?;
    let database = &history.database;
    let name = home.settings.load().map(|kept| kept.settings.device_name).unwrap_or_default();
    // Half a configuration is one that a person wants to share.
    let place = history.settings.place(|name| std::env::var(name).ok());
    let command_line = history::command_line();
    let called = command_line.clone().unwrap_or_else(|| history::COMMAND_LINE.into());
    let hook = |shell: Shell| HistoryHook { shell: shell.as_str().into(), line: shell.start_up_line(&called) };
    Ok(HistoryHere {
        entries: database.count()?,
        waiting: database.waiting()?,
        shared: !matches!(place, Ok(Where::Offline)),
        profile: history.settings.profile.clone(),
        last_sync: sync::last_sync(database)?.map(|time| time.to_string()),
        paused: history::views::paused_words(database)?,
        captured: database.was_captured()?,
        shell: shell_of(std::env::var("SHELL").ok().as_deref()),
        device_name: if name.is_empty() { devices::system_name() } else { name },
        words_shown: database.time_fact(WORDS_SHOWN)?.map(|time| time.to_string()),
        problem: problem.or(place.err()),
        redactions: capture::redactions(database)?,
        hooks: Shell::ALL.map(hook).into(),
        has_command_line: command_line.is_some(),
    })
}

/// The shell that a login begins, where it is one with hooks.
pub(super) fn shell_of(path: Option<&str>) -> Option<String> {
    let name = Path::new(path?).file_name()?.to_str()?;
    match name {
        "bash" | "zsh" | "fish" => Some(name.to_owned()),
        "pwsh" | "powershell" => Some("powershell".into()),
        _ => None,
    }
}

/// Stops the capture in all shells of this computer.
pub async fn pause(app: &App, until: PauseUntil) -> Result<()> {
    let clock = Timestamp::now();
    let pause = match until {
        PauseUntil::Hour => Pause::Until((clock + SignedDuration::from_hours(1)).into()),
        PauseUntil::Tomorrow => Pause::Until(tomorrow(clock, &TimeZone::system()).into()),
        PauseUntil::ResumedByPerson => Pause::UntilResumed,
    };
    with(app, move |database| Ok(capture::pause(database, pause, now())?)).await
}

/// Goes on capturing.
pub async fn resume(app: &App) -> Result<()> {
    with(app, |database| Ok(capture::resume(database, now())?)).await
}

/// Histories of shells and other tools at their usual places.
pub async fn sources() -> Result<Vec<HistorySource>> {
    let found = tokio::task::spawn_blocking(|| {
        let home = std::env::home_dir().unwrap_or_default();
        let variable = |name: &str| std::env::var(name).ok();
        let files = transfer::usual_files(&Surroundings { home: &home, variable: &variable });
        let source = |found: transfer::Found| HistorySource {
            kind: found.format.as_str().into(),
            entries: transfer::count(found.format, &found.path).ok().map(|(entries, _)| entries),
            path: found.path.display().to_string(),
        };
        files.into_iter().map(source).collect()
    });
    found.await.map_err(AppError::internal)
}

/// Brings a file in; without a kind it is seen from the file.
pub async fn import(app: &App, kind: Option<String>, path: PathBuf) -> Result<HistoryImported> {
    let owner = owner(&app.home)?;
    with(app, move |database| {
        let format = match kind {
            Some(kind) => Format::ALL.into_iter().find(|format| format.as_str() == kind),
            None => transfer::guess(&path)?,
        };
        let format = format.ok_or_else(|| {
            let message = format!("{} does not tell what it is", crate::error::shown(&path.display().to_string()));
            AppError::config(ErrorCode::HistoryImport, message, "choose a file that a shell or another tool wrote")
        })?;
        let done = transfer::import(database, format, &path, &owner)?;
        Ok(HistoryImported {
            new: done.recorded.new,
            known: done.recorded.known,
            redactions: done.redactions,
            damaged: done.damaged,
        })
    })
    .await
}

/// Who is at this computer.
pub fn owner(home: &Home) -> Result<Owner> {
    let name = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Ok(Owner {
        device_id: devices::device_id(&home.paths.data)?.parse().unwrap_or_default(),
        local_username: ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(name).unwrap_or_default(),
        hostname: devices::system_name(),
        home_directory: std::env::home_dir().unwrap_or_default().display().to_string(),
    })
}

/// Shares this computer's history. Secret and words are wiped when this is done.
pub async fn join(app: &App, form: HistoryJoinForm) -> Result<HistoryJoined> {
    let words = form.words.map(Zeroizing::new).filter(|words| !words.trim().is_empty());
    let secret = form.secret.map(Zeroizing::new).filter(|secret| !secret.is_empty());
    let secret = secret.map(|secret| Secret::new(secret.as_str()));
    let place = match (form.profile, form.url) {
        (Some(name), _) => JoinPlace::Profile(name),
        (None, Some(url)) => JoinPlace::Url { url, secret },
        (None, None) => JoinPlace::Offline,
    };
    let joined = history::join(app, Join { place, words, first_device: form.first_device }).await?;
    app.history_page.set_problem(None);
    Ok(joined)
}

/// The 24 words, for a dialog of the system; that they were shown is remembered.
pub async fn words_to_show(app: &App) -> Result<Words> {
    let words = history::key_words(&app.home).await?;
    with(app, |database| Ok(database.set_fact(WORDS_SHOWN, &now().as_micros().to_string())?)).await?;
    Ok(words)
}

/// Sends everything that waits and takes everything that is new.
pub async fn sync_now(app: &App) -> Result<HistorySynced> {
    let done = exchange(app).await;
    app.history_page.set_problem(done.as_ref().err().cloned());
    done
}

async fn exchange(app: &App) -> Result<HistorySynced> {
    let (pulled, pushed, connected) = turn::exchange(app).await?;
    Ok(connected.synced(pulled, pushed))
}

/// Writes through a connection of its own, so that the resident one sees that something changed.
pub(super) async fn with<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&mut Database) -> Result<T> + Send + 'static,
) -> Result<T> {
    let paths = app.home.paths.clone();
    let done = tokio::task::spawn_blocking(move || work(&mut history::database_of(&paths)?));
    done.await.map_err(AppError::internal)?
}
