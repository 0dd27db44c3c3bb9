//! Moving entries and deletions between the database and a backend. Cut off at any point, it is made again.

use crate::{
    BackendKind, Database, Error, Result, SyncBackend, Time,
    backend::{Page, Reach},
};

/// Entries that are handed to the backend at once.
const SEND_AT_ONCE: usize = 1_000;
/// When this device was last in step, in microseconds since 1970.
const LAST_SYNC: &str = "last sync";
const ENTRIES: &str = "entries";
const DELETIONS: &str = "deletions";

/// What a push did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pushed {
    /// Entries that the backend took.
    pub entries: u64,
    /// Ends of commands that were sent before without.
    pub endings: u64,
    /// Deletions that the backend took.
    pub deletions: u64,
}

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pulled {
    /// Entries that were not known here.
    pub entries: u64,
    /// Entries that are gone now.
    pub deletions: u64,
    /// What could not be read as an entry and was left out.
    pub skipped: u64,
    /// Requests that failed while the rest went on, in words without secrets.
    pub failures: Vec<String>,
}

/// Whether what waits is sent at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// All of it, now.
    Now,
    /// When the backend's batch is due.
    Due,
}

/// Hands everything that waits to the backend.
pub async fn push(database: &mut Database, backend: &mut dyn SyncBackend, when: When, now: Time) -> Result<Pushed> {
    if backend.kind() == BackendKind::Offline {
        return Err(Error::Offline);
    }
    let mut pushed = Pushed::default();
    loop {
        let waiting = database.next_waiting(SEND_AT_ONCE, now)?;
        if waiting.positions.is_empty() {
            break;
        }
        if !waiting.entries.is_empty() {
            backend.submit_entries(&waiting.entries, now).await?;
        }
        if !waiting.endings.is_empty() {
            backend.submit_endings(&waiting.endings, now).await?;
        }
        if !waiting.deletions.is_empty() {
            backend.add_deletion_request(&waiting.deletions, now).await?;
        }
        database.mark_sent(&waiting)?;
        pushed.entries += waiting.entries.len() as u64;
        pushed.endings += waiting.endings.len() as u64;
        pushed.deletions += waiting.deletions.len() as u64;
    }
    backend.flush(when == When::Now, now).await?;
    Ok(pushed)
}

/// Takes everything that is new at the backend. A device without a history begins with all of it.
pub async fn pull(database: &mut Database, backend: &mut dyn SyncBackend, reach: Reach, now: Time) -> Result<Pulled> {
    if backend.kind() == BackendKind::Offline {
        return Err(Error::Offline);
    }
    let mut pulled = Pulled::default();
    let names = Names::of(backend.kind());
    let mut look = Some(reach);
    if database.fact(&names.entries)?.is_none() {
        let page = backend.bootstrap(now).await?;
        (pulled, look) = (take(database, page, &names, pulled)?.0, None);
    }
    loop {
        let page = backend.query_entries(&database.cursor(&names.entries)?, look.take(), now).await?;
        let more;
        (pulled, more) = take(database, page, &names, pulled)?;
        if !more {
            break;
        }
    }
    loop {
        let page = backend.get_deletion_requests(&database.cursor(&names.deletions)?, now).await?;
        pulled.deletions += database.take_deletions(&page, &names.deletions)?;
        if !page.more {
            break;
        }
    }
    if pulled.failures.is_empty() {
        database.set_fact(LAST_SYNC, &now.as_micros().to_string())?;
    }
    Ok(pulled)
}

/// Whether nothing was ever read of this backend.
pub fn is_new(database: &Database, kind: BackendKind) -> Result<bool> {
    Ok(database.fact(&Names::of(kind).entries)?.is_none())
}

/// When everything of all devices was last read without a failure.
pub fn last_sync(database: &Database) -> Result<Option<Time>> {
    database.time_fact(LAST_SYNC)
}

fn take(database: &mut Database, page: Page, names: &Names, mut pulled: Pulled) -> Result<(Pulled, bool)> {
    let recorded = database.take_page(&page, &names.entries)?;
    pulled.entries += recorded.new;
    pulled.skipped += page.skipped;
    pulled.failures.extend(page.failures);
    Ok((pulled, page.more))
}

/// The names under which a backend's cursors are kept.
pub(crate) struct Names {
    pub(crate) entries: String,
    pub(crate) deletions: String,
}

impl Names {
    pub(crate) fn of(kind: BackendKind) -> Self {
        let name = |what| format!("{} {what}", kind.as_str());
        Self { entries: name(ENTRIES), deletions: name(DELETIONS) }
    }
}

/// Forgets what was taken from the backend, so that the next pull begins with everything. No entry goes.
pub fn forget(database: &mut Database) -> Result<()> {
    database.transaction(|conn| {
        let facts = "DELETE FROM facts WHERE name LIKE '% entries' OR name LIKE '% deletions' OR name = ?1";
        conn.execute(facts, [LAST_SYNC])?;
        Ok(())
    })
}
