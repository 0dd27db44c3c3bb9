//! Taking what others did: the log says what there is, and only what is new is fetched. It is kept sealed, and opened to
//! memory.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use holdfast_journal::{Millis, Reach};
use holdfast_storage::ObjectStore;
use uuid::Uuid;

use super::{SetBack, Vault};
use crate::{
    Error, Result,
    change::{Change, ENTRY_KIND},
    local::{Wanted, apply, set_fact},
    objects, sealing,
    versions::{Version, VersionId},
};

/// Blobs that are asked for at the same time.
const AT_ONCE: usize = 16;
/// Blobs that are kept in one transaction.
const KEEP_AT_ONCE: usize = 256;
/// Changes that are taken from the log, and versions that are looked for, at once.
const PAGE: usize = 2_000;
const CURSOR: &str = "feed";

/// What a pull did.
#[derive(Debug, Default)]
pub struct Pulled {
    /// Changes of the log that were taken in, own ones included.
    pub changes: u64,
    /// Entries of the log that are no changes this version knows, and were left out.
    pub skipped: u64,
    /// Versions that were fetched.
    pub versions: u64,
    /// Versions that could not be had. They are asked for again.
    pub failures: Vec<Unfetched>,
    /// Requests for the log that failed, in words without secrets. They are made again.
    pub log_failures: Vec<String>,
    /// The id this device took because another computer wrote under its old one.
    pub new_device: Option<Uuid>,
    /// Logs of which the place serves less than was seen. Looked for with [`Reach::Everything`].
    pub set_back: Vec<SetBack>,
}

/// A version that could not be had.
#[derive(Debug)]
pub struct Unfetched {
    /// Whose record.
    pub member: Uuid,
    /// Which.
    pub record: Uuid,
    /// The version.
    pub version: VersionId,
    /// Why.
    pub why: Why,
}

/// Why a version could not be had.
#[derive(Debug)]
pub enum Why {
    /// The log tells of it and the place does not have it (yet).
    Missing,
    /// It is there and does not open; the text holds no content.
    Unreadable(String),
    /// The request failed.
    Failed(Error),
}

impl Vault {
    /// Reads the logs of all devices and fetches what is new. One that fails stops no other.
    pub async fn pull(&mut self, reach: Reach, now: Millis) -> Result<Pulled> {
        self.renew_grant(now).await?;
        self.fetch_statements(now).await?;
        let mut pulled = Pulled::default();
        // Before the logs: what a device that was revoked wrote since must not be taken first. Who made other keys may
        // have told of itself only now.
        let unknown_giver = match self.take_keyrings(now).await {
            Err(Error::Crypto(_)) => true,
            answer => answer.map(|()| false)?,
        };
        let heads = if reach == Reach::Everything && self.is_own() { Some(self.read_heads().await?) } else { None };
        self.pull_log(reach, &mut pulled, now).await?;
        if unknown_giver {
            self.take_keyrings(now).await?;
            self.pull_log(Reach::Everything, &mut pulled, now).await?;
        }
        if let Some(heads) = heads {
            self.compare_heads(heads, &mut pulled).await?;
        }
        self.take_member_logs(reach, &mut pulled, now).await?;
        self.take_feed(&mut pulled)?;
        self.drop_removed()?;
        self.fetch(reach == Reach::Everything, &mut pulled).await?;
        Ok(pulled)
    }

    async fn pull_log(&mut self, reach: Reach, pulled: &mut Pulled, now: Millis) -> Result<()> {
        let log = self.journal.pull(reach, now).await?;
        pulled.new_device = log.new_device.or(pulled.new_device);
        pulled.log_failures.extend(log.failures.iter().map(|failure| failure.error.to_string()));
        self.take_feed(pulled)
    }

    /// Takes in what the log knows and this database does not. Makes no request.
    pub(super) fn take_feed(&mut self, pulled: &mut Pulled) -> Result<()> {
        loop {
            let (page, cursor) = self.local.page(self.journal.state(), CURSOR, PAGE)?;
            let Some(cursor) = cursor else { return Ok(()) };
            let entries = self.journal.state().entries_of(&page)?;
            let changes: Vec<Change> = entries.iter().filter_map(|entry| self.read_entry(entry)).collect();
            pulled.changes += changes.len() as u64;
            // In a member's log others write as well, and count only once the owner has said it again.
            if self.is_own() {
                pulled.skipped += (entries.len() - changes.len()) as u64;
            }
            self.local.transaction(|conn| {
                changes.iter().try_for_each(|change| apply(conn, change))?;
                set_fact(conn, CURSOR, &cursor)
            })?;
            self.take_changes(&changes)?;
        }
    }

    /// Blobs that went by retention are not kept here either, unless one is still shown.
    fn drop_removed(&mut self) -> Result<()> {
        let kept = |(member, record, version): &(Uuid, Uuid, VersionId)| {
            let known = self.contents.get(*member, *record);
            known.is_some_and(|known| known.has(*version) && !known.all_heads().contains(version))
        };
        let gone: Vec<_> = self.local.removed()?.into_iter().filter(kept).collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.local.drop_blobs(&gone)?;
        gone.into_iter().try_for_each(|(member, record, _)| self.reload(member, record))
    }

    pub(super) async fn fetch(&mut self, again: bool, pulled: &mut Pulled) -> Result<()> {
        let mut row = 0;
        self.pace.will_fetch(self.local.count_wanted()?);
        while !self.pace.is_stopped() {
            let wanted = self.local.wanted(again, row, PAGE)?;
            let Some(last) = wanted.last() else { return Ok(()) };
            row = last.row;
            self.fetch_page(wanted, pulled).await?;
        }
        Ok(())
    }

    async fn fetch_page(&mut self, wanted: Vec<Wanted>, pulled: &mut Pulled) -> Result<()> {
        let store = self.store.clone();
        let mut answers = stream::iter(wanted).map(|one| ask(store.clone(), one)).buffer_unordered(AT_ONCE);
        let mut sound = Vec::new();
        while !self.pace.is_stopped()
            && let Some((one, answer)) = answers.next().await
        {
            self.pace.fetched_one();
            let why = match answer {
                Ok(Some(blob)) => match sealing::open_version(&*self.keys_of(one.change.member)?, &one.name, &blob) {
                    Ok(version) => {
                        sound.push((one, blob, version));
                        if sound.len() == KEEP_AT_ONCE {
                            self.keep(&mut sound, pulled)?;
                        }
                        continue;
                    }
                    Err(why) => {
                        self.local.set_unread(one.row, &why.to_string())?;
                        Why::Unreadable(why.to_string())
                    }
                },
                Ok(None) => Why::Missing,
                Err(error) if error.is_fatal() => {
                    self.keep(&mut sound, pulled)?;
                    return Err(error);
                }
                Err(error) => Why::Failed(error),
            };
            if let Some((record, node)) = one.change.node() {
                pulled.failures.push(Unfetched { member: one.change.member, record, version: node.id, why });
            }
        }
        self.keep(&mut sound, pulled)
    }

    /// Keeps what was fetched, sealed, and shows it.
    fn keep(&mut self, sound: &mut Vec<(Wanted, Bytes, Version)>, pulled: &mut Pulled) -> Result<()> {
        self.local.set_blobs(sound.iter().map(|(one, blob, _)| (one.row, &blob[..])))?;
        pulled.versions += sound.len() as u64;
        for (one, _, version) in sound.drain(..) {
            let record = version.record;
            self.contents.insert(one.change.member, version);
            self.contents.index(one.change.member, record);
        }
        Ok(())
    }
}

async fn ask(store: Arc<dyn ObjectStore>, one: Wanted) -> (Wanted, Result<Option<Bytes>>) {
    let answer = match one.name.key() {
        Ok(key) => objects::read(&*store, &key).await,
        Err(error) => Err(error.into()),
    };
    (one, answer)
}

/// A change of the log, where it is one and stands under the id that belongs to it.
pub(super) fn read_entry(entry: &holdfast_journal::Entry) -> Option<Change> {
    let change = (entry.kind == ENTRY_KIND).then(|| Change::parse(&entry.payload).ok()).flatten()?;
    (change.id() == entry.id).then_some(change)
}
