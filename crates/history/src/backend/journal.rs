//! Sealed logs in a bucket or a folder: the backend `s3`.

use async_trait::async_trait;
use holdfast_journal::{Change, FeedOf, Journal, Millis, NewEntry, State};
use uuid::Uuid;

use super::{BackendKind, Cursor, DeletionPage, Page, Reach, SyncBackend};
use crate::{Ending, Entry, Result, Time};

/// The kind of a journal entry whose payload is an [`Entry`] as JSON, under the entry's own id.
const ENTRY: u16 = 1;
/// The kind of a journal entry whose payload is an [`Ending`] as JSON.
const ENDING: u16 = 2;
/// Ids of endings come from the ids of their entries under this namespace, so that an ending is sent once.
const ENDINGS: Uuid = Uuid::from_u128(0x6f0c_7a3e_5a52_4c1b_9d3b_58a1_7d0c_e5a9);
/// Changes that are taken from the journal at once.
const PAGE: usize = 2_000;

/// History in a journal.
#[derive(Debug)]
pub struct JournalBackend {
    journal: Journal,
}

impl JournalBackend {
    /// Over an open journal.
    pub fn new(journal: Journal) -> Self {
        Self { journal }
    }

    /// The journal, to look at.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The journal, for what is not part of every backend.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn capture(&mut self, id: Uuid, time: Time, kind: u16, payload: Vec<u8>, now: Time) -> Result<()> {
        let entry = NewEntry { id, time: time.as_millis(), kind, payload: payload.into() };
        self.journal.capture(entry, millis(now))?;
        Ok(())
    }
}

fn millis(time: Time) -> Millis {
    time.as_millis()
}

#[async_trait]
impl SyncBackend for JournalBackend {
    fn kind(&self) -> BackendKind {
        BackendKind::S3
    }

    fn device_id(&self) -> Uuid {
        self.journal.device()
    }

    async fn ping(&mut self) -> Result<()> {
        self.journal.has_others().await?;
        Ok(())
    }

    async fn register_device(&mut self, now: Time) -> Result<()> {
        Ok(self.journal.register(millis(now)).await?)
    }

    async fn submit_entries(&mut self, entries: &[Entry], now: Time) -> Result<()> {
        entries.iter().try_for_each(|entry| {
            self.capture(entry.entry_id, entry.start_time, ENTRY, serde_json::to_vec(entry)?, now)
        })
    }

    async fn submit_endings(&mut self, endings: &[Ending], now: Time) -> Result<()> {
        endings.iter().try_for_each(|ending| {
            let id = Uuid::new_v5(&ENDINGS, ending.entry_id.as_bytes());
            self.capture(id, ending.end_time, ENDING, serde_json::to_vec(ending)?, now)
        })
    }

    async fn flush(&mut self, force: bool, now: Time) -> Result<()> {
        let now = millis(now);
        if force || self.journal.due(now)? == holdfast_journal::plan::Due::Now {
            self.journal.flush(now).await?;
        }
        self.journal.maintain(now).await?;
        Ok(())
    }

    async fn query_entries(&mut self, cursor: &Cursor, look: Option<Reach>, now: Time) -> Result<Page> {
        let mut page = Page::default();
        if let Some(reach) = look {
            let reach = match reach {
                Reach::Usual => holdfast_journal::Reach::Usual,
                Reach::Everything => holdfast_journal::Reach::Everything,
            };
            let pulled = self.journal.pull(reach, millis(now)).await?;
            page.failures = pulled.failures.iter().map(|failure| failure.error.to_string()).collect();
        }
        let (changes, cursor, more) = changes(self.journal.state(), FeedOf::Entries, cursor)?;
        for entry in self.journal.state().entries_of(&changes)? {
            let read = match entry.kind {
                ENTRY => read_entry(&entry).map(|entry| page.entries.push(entry)),
                ENDING => serde_json::from_slice(&entry.payload).ok().map(|ending| page.endings.push(ending)),
                _ => None,
            };
            page.skipped += u64::from(read.is_none());
        }
        (page.cursor, page.more) = (cursor, more);
        Ok(page)
    }

    async fn bootstrap(&mut self, now: Time) -> Result<Page> {
        self.query_entries(&Cursor::default(), Some(Reach::Everything), now).await
    }

    async fn add_deletion_request(&mut self, entries: &[Uuid], now: Time) -> Result<()> {
        entries.iter().try_for_each(|id| {
            self.journal.delete(*id, millis(now))?;
            let ending = Uuid::new_v5(&ENDINGS, id.as_bytes());
            if self.journal.state().entry(ending)?.is_some() {
                self.journal.delete(ending, millis(now))?;
            }
            Ok(())
        })
    }

    async fn get_deletion_requests(&mut self, cursor: &Cursor, _: Time) -> Result<DeletionPage> {
        let (changes, cursor, more) = changes(self.journal.state(), FeedOf::Deletions, cursor)?;
        Ok(DeletionPage { deleted: changes.iter().map(|change| change.id).collect(), cursor, more })
    }

    async fn uninstall(&mut self, now: Time) -> Result<()> {
        let device = self.journal.device();
        self.journal.retire(device, millis(now))?;
        self.journal.flush(millis(now)).await?;
        Ok(())
    }
}

/// The id of the journal's entry is the entry's, whatever its payload says.
fn read_entry(entry: &holdfast_journal::Entry) -> Option<Entry> {
    let mut read: Entry = serde_json::from_slice(&entry.payload).ok()?;
    read.entry_id = entry.id;
    Some(read)
}

/// A cursor is the name of the feed and a position in it; one of another feed begins again.
fn changes(state: &State, of: FeedOf, cursor: &Cursor) -> Result<(Vec<Change>, Cursor, bool)> {
    let feed = state.feed_name()?;
    let position = cursor
        .0
        .split_once(' ')
        .filter(|(name, _)| *name == feed)
        .and_then(|(_, position)| position.parse().ok())
        .unwrap_or(0);
    let changes = state.changes_after(of, position, PAGE)?;
    let end = changes.last().map_or(position, |change| change.position);
    let more = changes.len() == PAGE;
    Ok((changes, Cursor(format!("{feed} {end}")), more))
}
