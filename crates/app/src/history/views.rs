//! Looking at history, and what is done to it as a whole.

use std::{collections::BTreeMap, sync::Arc};

use holdfast_backup::own::HISTORY;
use holdfast_crypto::UserKeys;
use holdfast_history::{
    Database, Entry, Origin, Query, SyncBackend, Time, Uuid,
    backend::{Cursor, JournalBackend, Reach},
    capture::{self, Pause},
    sync,
};
use holdfast_journal::{Journal, Millis, Problem, ProblemStatus, State};
use holdfast_storage::{ListRequest, prefix::PrefixStore, price::PriceList};
use rand::{SeedableRng, rngs::StdRng};

use super::{
    Where, connect,
    connect::{journal_settings, open_place},
    keys, now, open, turn,
};
use crate::{
    App, AppError, ErrorCode, Home, Result,
    dto::history::{HistoryDeletion, HistoryDevice, HistoryProblem, HistoryStatus, HistoryStorage, HistoryVerified},
    error::Doing,
};

/// How history is kept; `storage` also asks the bucket what lies there.
pub async fn status(app: &App, storage: bool) -> Result<HistoryStatus> {
    let history = open(&app.home)?;
    let mut connected = connect(app, &history.settings).await?;
    let (mut waiting, mut found, mut problems) = (history.database.waiting()?, Vec::new(), Vec::new());
    let mut deletions = Vec::new();
    if let Some(journal) = connected.backend.journal() {
        let status = journal.status().map_err(|error| connected.words(error.into()))?;
        waiting += status.waiting;
        found = views_of_devices(&status);
        deletions = views_of_deletions(&status);
        problems = status.problems.iter().map(problem).collect();
        problems.extend(status.unread.iter().map(|unread| HistoryProblem {
            device: unread.device.to_string(),
            words: format!(
                "part {} of its log cannot be read: {}; it is asked for again daily",
                unread.sequence, unread.reason
            ),
            since: text(unread.since),
        }));
    }
    Ok(HistoryStatus {
        backend: connected.kind().as_str().into(),
        location: connected.location.clone(),
        user_id: connected.user_id.clone(),
        entries: history.database.count()?,
        waiting,
        last_sync: sync::last_sync(&history.database)?.map(|time| time.to_string()),
        devices: found,
        problems,
        deletions,
        paused: paused_words(&history.database)?,
        storage: match storage {
            true => {
                let (user, place, prices) =
                    (connected.user_id.clone(), connected.place.clone(), connected.prices.clone());
                stored(app, user, place, prices).await?
            }
            false => None,
        },
    })
}

pub(super) fn paused_words(database: &Database) -> Result<Option<String>> {
    Ok(capture::paused(database, now())?.map(|pause| match pause {
        Pause::UntilResumed => String::new(),
        Pause::Until(time) => time.to_string(),
    }))
}

/// The devices, this one first.
pub async fn devices(app: &App) -> Result<Vec<HistoryDevice>> {
    Ok(status(app, false).await?.devices)
}

fn views_of_devices(status: &holdfast_journal::Status) -> Vec<HistoryDevice> {
    let mut owed: BTreeMap<Uuid, u64> = BTreeMap::new();
    for device in status.open_deletions.iter().flat_map(|deletion| &deletion.missing) {
        *owed.entry(*device).or_default() += 1;
    }
    let view = |device: &holdfast_journal::DeviceStatus| HistoryDevice {
        id: device.device.to_string(),
        name: device.name.clone(),
        this_device: device.is_this,
        last_seen: device.last_seen.map(text),
        sequence: device.sequence,
        skipped: device.skipped,
        owes_deletions: owed.get(&device.device).copied().unwrap_or(0),
        retired: device.retired.map(text),
    };
    status.devices.iter().map(view).collect()
}

/// Deletions of the same moment are one for people. Devices that nobody waits for do not count.
fn views_of_deletions(status: &holdfast_journal::Status) -> Vec<HistoryDeletion> {
    let waited_for = status.devices.iter().filter(|device| device.retired.is_none()).count() as u64;
    let name = |id: &Uuid| {
        let device = status.devices.iter().find(|device| device.device == *id && device.retired.is_none())?;
        Some(device.name.clone().unwrap_or_else(|| id.to_string()))
    };
    let mut views: Vec<HistoryDeletion> = Vec::new();
    for deletion in status.open_deletions.iter().rev() {
        let missing: Vec<String> = deletion.missing.iter().filter_map(name).collect();
        let time = text(deletion.time);
        match views.iter_mut().find(|view| view.time == time && view.missing == missing) {
            Some(view) => view.entries += 1,
            None if missing.is_empty() => {}
            None => views.push(HistoryDeletion {
                time,
                entries: 1,
                done: waited_for.saturating_sub(missing.len() as u64),
                devices: waited_for,
                missing,
            }),
        }
    }
    views.sort_by(|a, b| b.time.cmp(&a.time));
    views
}

fn problem(found: &ProblemStatus) -> HistoryProblem {
    let what = match found.problem {
        Problem::RolledBack => {
            "ends earlier than what was read of it before: the bucket was set back, or parts of it were removed"
        }
        Problem::ChainBroken => "does not fit together: two computers wrote under its id, or somebody changed it",
        Problem::FileMissing => "is there, but the file that announces the device is gone",
        Problem::FileUnbelieved => "is announced by a file that somebody else changed, or that a newer Holdfast wrote",
    };
    let name = found.name.as_deref().unwrap_or("a device without a name");
    HistoryProblem {
        device: found.device.to_string(),
        words: format!("the log of {name} {what}; what was read before is kept"),
        since: text(found.since),
    }
}

fn text(time: Millis) -> String {
    Time::from_millis(time).to_string()
}

async fn stored(
    app: &App,
    user: Option<String>,
    place: Option<crate::PlaceRef>,
    prices: Option<PriceList>,
) -> Result<Option<HistoryStorage>> {
    let (Some(user), Some(place), Some(prices)) = (user, place, prices) else { return Ok(None) };
    let open = open_place(&app.home, &place).await?;
    let mut storage = HistoryStorage { objects: 0, bytes: 0, month_usd: 0.0, requests: 0 };
    let mut request = ListRequest { prefix: format!("{HISTORY}{user}/"), ..ListRequest::default() };
    loop {
        let page = open.store.list(&request).await;
        let page = page.map_err(|error| AppError::from_storage(&error, &open.context(Doing::List)))?;
        storage.objects += page.objects.len() as u64;
        storage.bytes += page.objects.iter().map(|object| object.size).sum::<u64>();
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => break,
        }
    }
    (storage.month_usd, storage.requests) = (prices.month(storage.bytes), open.meter.tally().total());
    Ok(Some(storage))
}

/// Deletes entries on all devices. Returns how many.
pub fn delete(app: &App, entries: &[Uuid]) -> Result<u64> {
    Ok(open(&app.home)?.database.delete(entries, Origin::Here)?)
}

/// Waits for a device no more.
///
/// # Errors
/// `history_no_device` when there is none with this id or name, or several have the name.
pub async fn retire(app: &App, named: &str) -> Result<HistoryDevice> {
    let _turn = turn::take(app).await?;
    let history = open(&app.home)?;
    let mut connected = connect(app, &history.settings).await?;
    let Some(journal) = connected.backend.journal_mut() else { return Err(holdfast_history::Error::Offline.into()) };
    let listed = views_of_devices(&journal.status().map_err(holdfast_history::Error::from)?);
    let fitting: Vec<&HistoryDevice> = listed
        .iter()
        .filter(|device| {
            device.id == named
                || device.name.as_deref() == Some(named)
                || device.id.starts_with(named) && named.len() >= 8
        })
        .collect();
    let [device] = fitting[..] else {
        return Err(AppError::config(
            ErrorCode::HistoryNoDevice,
            match fitting.len() {
                0 => format!("there is no device “{}”", crate::error::shown(named)),
                count => format!("{count} devices are called “{}”", crate::error::shown(named)),
            },
            "`holdfast history devices` lists them with their ids",
        ));
    };
    let id = Uuid::parse_str(&device.id).map_err(AppError::internal)?;
    let done = async {
        journal.retire(id, now().as_millis())?;
        journal.flush(now().as_millis()).await
    };
    let done = done.await;
    done.map_err(|error| connected.words(error.into()))?;
    Ok(device.clone())
}

/// What is at stake when the state is forgotten.
pub async fn before_reset(app: &App) -> Result<(u64, u64)> {
    let history = open(&app.home)?;
    Ok((history.database.count()?, history.database.waiting()?))
}

/// Forgets how far this computer and its place are in step. No entry goes, here or there: the next exchange reads
/// everything anew and sends what the place does not have, as a device with a new id.
pub async fn reset(app: &App, forget_secret: bool) -> Result<()> {
    let _turn = turn::take(app).await?;
    app.home.history.update(|kept| {
        kept.settings.begun += 1;
        Ok(())
    })?;
    let mut history = open(&app.home)?;
    let journals = app.home.paths.history().join("journals");
    match std::fs::remove_dir_all(&journals) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(AppError::io("forgetting the state of the log", &journals, &error));
        }
        _ => {}
    }
    sync::forget(&mut history.database)?;
    history.database.queue_everything()?;
    if forget_secret {
        keys::forget(&app.home).await?;
    }
    Ok(())
}

/// Reads everything in the bucket anew, opens it, and compares it with what is here. Writes nothing.
pub async fn verify(app: &App) -> Result<HistoryVerified> {
    let history = open(&app.home)?;
    let Where::Place(place) = history.settings.place(|name| std::env::var(name).ok())? else {
        return Err(holdfast_history::Error::Offline.into());
    };
    let keys = Arc::new(UserKeys::derive(&keys::expect(&app.home).await?).map_err(AppError::internal)?);
    let opened = open_place(&app.home, &place).await?;
    let context = opened.context(Doing::Download);
    let words = |error: holdfast_history::Error| super::words::say(error, &context);
    let settings = journal_settings(&app.home, &history.settings, &opened).map_err(|error| words(error.into()))?;
    let store = PrefixStore::wrap(opened.store.clone(), HISTORY);
    let settings = holdfast_journal::Settings { first_id: None, ..settings };
    let random = Box::new(StdRng::from_os_rng());
    let journal = State::in_memory()
        .and_then(|state| Journal::open(state, store, keys, settings, random, now().as_millis()))
        .map_err(|error| words(error.into()))?;
    let own = connect(app, &history.settings).await?;
    let own = own.backend.journal().map(|journal| journal.state()).ok_or(holdfast_history::Error::Offline)?;
    let mut reader = JournalBackend::new(journal);
    let mut verified = HistoryVerified {
        entries: 0,
        equal: 0,
        missing_here: 0,
        missing_there: 0,
        different: 0,
        unread: Vec::new(),
        failures: Vec::new(),
        all_well: false,
    };
    let mut cursor = Cursor::default();
    let mut look = Some(Reach::Everything);
    loop {
        let page = reader.query_entries(&cursor, look.take(), now()).await.map_err(words)?;
        verified.failures.extend(page.failures);
        verified
            .unread
            .extend((page.skipped > 0).then(|| format!("{} entries are no entries of history", page.skipped)));
        for entry in page.entries {
            verified.entries += 1;
            match history.database.entry(entry.entry_id)? {
                None if history.database.is_deleted(entry.entry_id)? => verified.equal += 1,
                None => verified.missing_here += 1,
                Some(here) if is_same(&here, &entry) => verified.equal += 1,
                Some(_) => verified.different += 1,
            }
        }
        cursor = page.cursor;
        if !page.more {
            break;
        }
    }
    let status = reader.journal().status().map_err(|error| words(error.into()))?;
    verified
        .unread
        .extend(status.unread.iter().map(|part| format!("part {} of {}: {}", part.sequence, part.device, part.reason)));
    verified.unread.extend(status.problems.iter().map(|found| problem(found).words));
    history.database.for_each(|entry| {
        let there = reader.journal().state().entry(entry.entry_id)?.is_some();
        let waits = history.database.is_waiting(entry.entry_id)? || own.is_waiting(entry.entry_id)?;
        verified.missing_there += u64::from(!there && !waits);
        Ok(true)
    })?;
    verified.all_well = verified.unread.is_empty()
        && verified.failures.is_empty()
        && verified.missing_here + verified.missing_there + verified.different == 0;
    Ok(verified)
}

/// An end may be known here only, or come by an entry of its own.
fn is_same(here: &Entry, there: &Entry) -> bool {
    let here = match there.has_ended() {
        true => here.clone(),
        false => Entry { end_time: None, exit_code: None, ..here.clone() },
    };
    let there = Entry { exit_code: there.exit_code.filter(|_| there.has_ended()), ..there.clone() };
    here == there
}

/// Entries that fit, latest first.
pub fn find(app: &App, query: &Query) -> Result<Vec<Entry>> {
    Ok(open(&app.home)?.database.search(query)?)
}

/// When everything of all devices was last read.
pub fn last_sync(app: &App) -> Result<Option<Time>> {
    Ok(sync::last_sync(&open(&app.home)?.database)?)
}

/// Whether other devices can share this history.
pub fn is_shared(home: &Home) -> Result<bool> {
    let settings = home.history.load()?.settings;
    Ok(settings.place(|name| std::env::var(name).ok())? != Where::Offline)
}

/// Lets everything be compared with the place again; what it has is not sent twice.
pub fn queue_everything(app: &App) -> Result<()> {
    Ok(open(&app.home)?.database.queue_everything()?)
}

/// Gives this device another name, here and for the others.
pub async fn rename(app: &App, name: &str) -> Result<()> {
    let _turn = turn::take(app).await?;
    app.home.settings.update(|kept| {
        kept.settings.device_name = name.trim().to_owned();
        Ok(())
    })?;
    let mut connected = connect(app, &open(&app.home)?.settings).await?;
    if let Some(journal) = connected.backend.journal_mut() {
        let written = journal.maintain_now(now().as_millis()).await;
        written.map_err(|error| connected.words(error.into()))?;
    }
    Ok(())
}
