//! Moves a history to another backend: everything is read from the source into the database, compared with what the
//! target has, sent, read back and compared again.
//!
//! Cut off at any point it is made again, and only what is missing is read and sent. Nothing is deleted at the source;
//! unless it is to be preserved, this device is taken out there once both sides are equal, and entries stay.

mod inventory;

use std::{collections::BTreeSet, fs, path::Path};

use uuid::Uuid;

use crate::{
    BackendKind, Database, Entry, Error, HishtoryBucket, Origin, Result, SyncBackend, Time,
    backend::{Cursor, DeletionPage, Page, Reach, http::carried},
    sync::Names,
};

pub use self::inventory::{Held, Inventory, Plan, plan};
use self::inventory::{deleted_ids, held, inventory, known_ids};

/// Entries that are handed to the target at once.
const AT_ONCE: usize = 1_000;

/// Where a history is.
pub enum Source<'a> {
    /// A backend.
    Backend(&'a mut dyn SyncBackend),
    /// hishtory's own bucket, which is only read.
    Bucket(&'a HishtoryBucket),
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading the source; so many entries were seen.
    Reading,
    /// Reading what the target has.
    Comparing,
    /// Sending what the target lacks.
    Sending {
        /// How many there are to send.
        of: u64,
    },
    /// Reading the target again.
    Verifying,
}

/// Hears how far it is.
pub trait Progress: Send + Sync {
    /// `done` entries of this step are done.
    fn step(&self, step: Step, done: u64);
}

/// Tells nobody.
impl Progress for () {
    fn step(&self, _: Step, _: u64) {}
}

/// What it did, and how both sides are now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Entries that the source showed.
    pub source: u64,
    /// What at the source could not be read as an entry.
    pub skipped: u64,
    /// Entries that the source showed otherwise than they are kept here.
    pub changed: u64,
    /// Entries here, which are those of the source and what this computer had.
    pub here: u64,
    /// Entries here that the target has with the same content, read back after sending.
    pub same: u64,
    /// What it sent.
    pub sent: u64,
    /// What the target still lacks or has otherwise.
    pub remaining: Plan,
    /// Whether this device was taken out at the source.
    pub uninstalled: bool,
}

impl Report {
    /// Whether the target has everything.
    pub fn is_complete(&self) -> bool {
        self.remaining == Plan::default() && self.same == self.here && self.changed == 0
    }
}

/// Moves everything. `scratch` is a file that is made, replaced and removed. With `preserve` the source stays as it is.
pub async fn migrate(
    database: &mut Database,
    mut source: Source<'_>,
    target: &mut dyn SyncBackend,
    preserve: bool,
    scratch: &Path,
    now: Time,
    progress: &dyn Progress,
) -> Result<Report> {
    if target.kind() == BackendKind::Offline {
        return Err(Error::Offline);
    }
    let mut report = read_source(database, &mut source, now, progress).await?;
    target.register_device(now).await?;
    let todo = compare(database, target, scratch, Step::Comparing, now, progress).await?.0;
    report.sent = act(database, target, &todo, now, progress).await?;
    (report.remaining, report.here, report.same) =
        compare(database, target, scratch, Step::Verifying, now, progress).await?;
    if let (false, true, Source::Backend(source)) = (preserve, report.is_complete(), source) {
        source.uninstall(now).await?;
        report.uninstalled = true;
    }
    Ok(report)
}

async fn read_source(
    database: &mut Database,
    source: &mut Source<'_>,
    now: Time,
    progress: &dyn Progress,
) -> Result<Report> {
    let mut seen = Seen::default();
    match source {
        Source::Bucket(bucket) => read_bucket(database, bucket, &mut seen, progress).await?,
        Source::Backend(backend) => {
            let names = Names::of(backend.kind());
            read_entries(&mut **backend, now, |page| {
                database.take_page(&page, &names.entries)?;
                seen.note(database, &page.entries, page.skipped)?;
                progress.step(Step::Reading, seen.ids.len() as u64);
                Ok(())
            })
            .await?;
            read_deletions(database, &mut **backend, &names, now).await?;
        }
    }
    Ok(Report { source: seen.ids.len() as u64, skipped: seen.skipped, changed: seen.changed, ..Report::default() })
}

async fn read_bucket(
    database: &mut Database,
    bucket: &HishtoryBucket,
    seen: &mut Seen,
    progress: &dyn Progress,
) -> Result<()> {
    let (mut cursor, known) = (Cursor::default(), known_ids(database)?);
    loop {
        let page = bucket.page(&cursor, &|id| Ok(known.contains(&id))).await?;
        database.record(&page.entries, Origin::Backend)?;
        seen.ids.extend(&page.ids);
        seen.note(database, &page.entries, page.skipped)?;
        progress.step(Step::Reading, seen.ids.len() as u64);
        if !page.more {
            return Ok(());
        }
        cursor = page.cursor;
    }
}

/// Every page of a backend, from the first.
async fn read_entries(
    backend: &mut dyn SyncBackend,
    now: Time,
    mut each: impl FnMut(Page) -> Result<()> + Send,
) -> Result<()> {
    let mut page = backend.bootstrap(now).await?;
    let mut look = Some(Reach::Everything);
    loop {
        let (cursor, more) = (page.cursor.clone(), page.more);
        if let Some(why) = page.failures.first() {
            return Err(Error::Incomplete { reason: why.clone() });
        }
        each(page)?;
        let looks = if more { None } else { look.take() };
        if !more && looks.is_none() {
            return Ok(());
        }
        page = backend.query_entries(&cursor, looks, now).await?;
    }
}

async fn read_deletions(
    database: &mut Database,
    backend: &mut dyn SyncBackend,
    names: &Names,
    now: Time,
) -> Result<()> {
    let mut cursor = Cursor::default();
    loop {
        let page: DeletionPage = backend.get_deletion_requests(&cursor, now).await?;
        database.take_deletions(&page, &names.deletions)?;
        if !page.more {
            return Ok(());
        }
        cursor = page.cursor;
    }
}

/// What is to be done, how many entries there are here, and how many of them are the same there.
async fn compare(
    database: &mut Database,
    target: &mut dyn SyncBackend,
    scratch: &Path,
    step: Step,
    now: Time,
    progress: &dyn Progress,
) -> Result<(Plan, u64, u64)> {
    remove(scratch)?;
    let there = {
        let mut copy = Database::open(scratch)?;
        let (names, mut done) = (Names::of(target.kind()), 0);
        read_entries(target, now, |page| {
            done += page.entries.len() as u64;
            copy.take_page(&page, &names.entries)?;
            progress.step(step, done);
            Ok(())
        })
        .await?;
        read_deletions(&mut copy, target, &names, now).await?;
        inventory(&copy, target.kind())?
    };
    remove(scratch)?;
    let here = inventory(database, target.kind())?;
    let todo = plan(&here, &there, &deleted_ids(database)?);
    let same = here.iter().filter(|(id, held)| there.get(id) == Some(held)).count();
    Ok((todo, here.len() as u64, same as u64))
}

async fn act(
    database: &mut Database,
    target: &mut dyn SyncBackend,
    plan: &Plan,
    now: Time,
    progress: &dyn Progress,
) -> Result<u64> {
    let (of, mut done) = ((plan.send.len() + plan.end.len() + plan.delete.len()) as u64, 0);
    let mut told = |count: usize| {
        done += count as u64;
        progress.step(Step::Sending { of }, done);
    };
    for ids in plan.send.chunks(AT_ONCE) {
        target.submit_entries(&entries(database, ids)?, now).await?;
        target.flush(true, now).await?;
        told(ids.len());
    }
    for ids in plan.end.chunks(AT_ONCE) {
        let endings: Vec<_> = entries(database, ids)?.iter().filter_map(Entry::ending).collect();
        target.submit_endings(&endings, now).await?;
        told(ids.len());
    }
    for ids in plan.delete.chunks(AT_ONCE) {
        target.add_deletion_request(ids, now).await?;
        told(ids.len());
    }
    target.flush(true, now).await?;
    Ok(of)
}

fn entries(database: &Database, ids: &[Uuid]) -> Result<Vec<Entry>> {
    ids.iter().filter_map(|id| database.entry(*id).transpose()).collect()
}

/// What a source showed.
#[derive(Default)]
struct Seen {
    ids: BTreeSet<Uuid>,
    skipped: u64,
    changed: u64,
}

impl Seen {
    /// Holds what was shown against what is kept. An end may have come from elsewhere; a deleted entry is gone.
    fn note(&mut self, database: &Database, entries: &[Entry], skipped: u64) -> Result<()> {
        self.skipped += skipped;
        for entry in entries {
            self.ids.insert(entry.entry_id);
            if let Some(kept) = database.entry(entry.entry_id)? {
                let (kept, shown) = (held(carried(&kept))?, held(carried(entry))?);
                self.changed +=
                    u64::from(kept.content != shown.content || shown.end.is_some() && kept.end != shown.end);
            }
        }
        Ok(())
    }
}

/// SQLite keeps up to two files beside its own.
fn remove(scratch: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let mut path = scratch.as_os_str().to_owned();
        path.push(ending);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::File { path: path.into(), source });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_can_be_a_task_of_its_own() {
        fn is_send<T: Send>(_: impl FnOnce(&'static mut Database, &'static mut dyn SyncBackend) -> T) {}
        is_send(|database, target| {
            let source = Source::Backend(target);
            let mut offline = crate::backend::Offline::new(Uuid::nil());
            async move { migrate(database, source, &mut offline, true, Path::new(""), Time::UNKNOWN, &()).await }
        });
    }
}
