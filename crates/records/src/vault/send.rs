//! Sending what waits, in the order in which it was done. Each row leaves the outbox only when the place has its object and
//! the log its change; a row that fails stops none that does not need it.

use std::collections::BTreeSet;

use holdfast_journal::{Millis, NewEntry};
use uuid::Uuid;

use super::Vault;
use crate::{
    Error, Result,
    change::{Change, ENTRY_KIND, Subject},
    layout::ObjectName,
    local::Waiting,
    model::AttachmentName,
    objects::{self, Created},
    sealing,
};

/// How often a version gets another name in one call before that is an error.
const RENAMES: u32 = 8;

/// What a call sent.
#[derive(Debug, Default)]
pub struct Sent {
    /// Versions that the place confirmed.
    pub versions: u64,
    /// Attachments that the place has, sent now or there before.
    pub attachments: u64,
    /// Blobs of old versions that were removed.
    pub removed: u64,
    /// What could not be sent. It waits on.
    pub failures: Vec<Unsent>,
    /// The id this device took because another computer wrote under its old one.
    pub new_device: Option<Uuid>,
}

/// Something that could not be sent.
#[derive(Debug)]
pub struct Unsent {
    /// The change it would have been.
    pub change: Change,
    /// Why.
    pub error: Error,
}

impl Vault {
    /// What waits to be sent, in order, and since when.
    pub fn waiting(&self) -> Result<Vec<(Change, Millis)>> {
        Ok(self.local.waiting()?.into_iter().map(|one| (one.change, one.since)).collect())
    }

    /// Sends everything that waits. After an error it can be called again at any time.
    ///
    /// # Errors
    /// Those after which nothing else can be sent; all others are part of the result.
    pub async fn send(&mut self, now: Millis) -> Result<Sent> {
        let mut sent = Sent::default();
        let mut stuck: BTreeSet<(Uuid, AttachmentName)> = BTreeSet::new();
        let positions: Vec<i64> = self.local.waiting()?.iter().map(|one| one.position).collect();
        self.refresh()?;
        for position in positions {
            let Some(one) = self.local.waiting_at(position)? else { continue };
            if self.needs_any_of(&one.change, &stuck) {
                continue;
            }
            match self.send_one(&one, &mut sent, now).await {
                Ok(()) => {}
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => {
                    if let Subject::Attachment { name } = one.change.subject {
                        stuck.insert((one.change.member, name));
                    }
                    sent.failures.push(Unsent { change: one.change, error });
                }
            }
        }
        let flushed = self.journal.flush(now).await?;
        sent.new_device = flushed.new_device;
        self.remove_told(&mut sent).await?;
        Ok(sent)
    }

    /// Whether a version names an attachment that could not be sent.
    fn needs_any_of(&self, change: &Change, stuck: &BTreeSet<(Uuid, AttachmentName)>) -> bool {
        let Some((record, node)) = change.node() else { return false };
        let version = self.contents.get(change.member, record).and_then(|known| known.version(node.id));
        version.is_some_and(|version| {
            version.content.attachments.iter().any(|one| stuck.contains(&(change.member, one.name)))
        })
    }

    async fn send_one(&mut self, one: &Waiting, sent: &mut Sent, now: Millis) -> Result<()> {
        match &one.change.subject {
            Subject::Attachment { name } => {
                self.send_attachment(one, *name).await?;
                if !one.told {
                    self.tell(&one.change, now)?;
                }
                // While the row is there, nobody makes the file anew.
                self.forget_spooled(one.change.member, *name)?;
                self.local.sent(one.position)?;
                sent.attachments += 1;
            }
            Subject::Version { .. } => {
                self.send_version(one, now).await?;
                sent.versions += 1;
            }
            Subject::Removal { .. } => {
                self.tell(&one.change, now)?;
                self.local.told(one.position)?;
            }
            Subject::Grant { .. } | Subject::Seen { .. } | Subject::Retention { .. } => {
                self.tell(&one.change, now)?;
                self.local.sent(one.position)?;
            }
        }
        Ok(())
    }

    /// Creates the blob; under another name where another computer took this one.
    async fn send_version(&mut self, one: &Waiting, now: Millis) -> Result<()> {
        let store = self.store.clone();
        for _ in 0..RENAMES {
            let Some(one) = self.local.waiting_at(one.position)? else { return Ok(()) };
            let Some((record, node)) = one.change.node() else { return Err(Error::DamagedOutbox) };
            let member = one.change.member;
            let name = ObjectName::Version { member, record, version: node.id };
            let blob = self.local.blob(member, record, node.id)?.ok_or(Error::DamagedOutbox)?;
            match objects::create(&*store, &name.key()?, &blob, self.creates).await? {
                Created::Here => {
                    self.send_profile(member, record).await?;
                    self.tell(&one.change, now)?;
                    return self.local.sent(one.position);
                }
                Created::Taken => self.rename_waiting(member, record)?,
            }
        }
        Err(Error::DamagedOutbox)
    }

    /// A profile stands beside its versions as well, as it is shown, for whoever has no log.
    async fn send_profile(&mut self, member: Uuid, record: Uuid) -> Result<()> {
        if member != record {
            return Ok(());
        }
        let Some(shown) = self.contents.get(member, record).and_then(|known| known.shown()).cloned() else {
            return Ok(());
        };
        let (store, name) = (self.store.clone(), ObjectName::Profile { member });
        let keys = self.keys_of(member)?;
        let blob = sealing::seal_version(&keys, &name, &shown, &mut *self.random)?;
        objects::replace(&*store, &name.key()?, &blob).await
    }

    /// Gives a change to the log. The same one again is the same entry.
    pub(super) fn tell(&mut self, change: &Change, now: Millis) -> Result<()> {
        let payload = change.to_bytes().into();
        let entry = NewEntry { id: change.id(), time: change.time, kind: ENTRY_KIND, payload };
        self.journal.capture(entry, now)?;
        Ok(())
    }
}
