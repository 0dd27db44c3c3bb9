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
    model::{Attachment, AttachmentName},
    objects::{self, Created},
    sealing,
};

/// Rows that are told of together.
const AT_ONCE: usize = 64;
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
        self.send_rotation(now).await?;
        self.place_keys().await?;
        self.settle_sharing(now)?;
        let mut sent = Sent::default();
        let mut stuck: BTreeSet<(Uuid, AttachmentName)> = BTreeSet::new();
        let positions = self.local.positions_waiting()?;
        self.refresh(now)?;
        self.pace.will_send(positions.len());
        for positions in positions.chunks(AT_ONCE) {
            if self.pace.is_stopped() {
                break;
            }
            self.send_rows(positions, &mut stuck, &mut sent, now).await?;
        }
        let flushed = self.journal.flush(now).await?;
        sent.new_device = flushed.new_device;
        self.remove_told(&mut sent).await?;
        Ok(sent)
    }

    /// Brings into the place ahead what needs nothing else, and then takes the rows in their order.
    async fn send_rows(
        &mut self,
        positions: &[i64],
        stuck: &mut BTreeSet<(Uuid, AttachmentName)>,
        sent: &mut Sent,
        now: Millis,
    ) -> Result<()> {
        let mut rows = Vec::new();
        for position in positions {
            rows.extend(self.local.waiting_at(*position)?);
        }
        let mut ahead = self.create_ahead(&rows, stuck).await?;
        let mut placed = Vec::new();
        for one in rows {
            let outcome = match ahead.remove(&one.position) {
                Some(Ok(())) => {
                    self.pace.sent_one();
                    placed.push(one);
                    continue;
                }
                Some(Err(error)) => Err(error),
                None if self.pace.is_stopped() => continue,
                None => {
                    self.tell_placed(std::mem::take(&mut placed), sent, now)?;
                    // An earlier row may have given it another name.
                    let Some(one) = self.local.waiting_at(one.position)? else { continue };
                    if self.needs_any_of(&one.change, stuck)? {
                        continue;
                    }
                    self.send_one(&one, sent, now).await
                }
            };
            self.pace.sent_one();
            match outcome {
                Ok(()) => {}
                Err(error) if error.is_fatal() => {
                    self.tell_placed(placed, sent, now)?;
                    return Err(error);
                }
                Err(error) => {
                    if let Subject::Attachment { name } = one.change.subject {
                        stuck.insert((one.change.member, name));
                    }
                    sent.failures.push(Unsent { change: one.change, error });
                }
            }
        }
        self.tell_placed(placed, sent, now)
    }

    /// Tells of rows whose objects the place has, all at once.
    fn tell_placed(&mut self, placed: Vec<Waiting>, sent: &mut Sent, now: Millis) -> Result<()> {
        if placed.is_empty() {
            return Ok(());
        }
        let untold = placed.iter().filter(|one| !one.told).map(|one| self.entry_of(&one.change));
        let entries = untold.collect::<Result<Vec<_>>>()?;
        self.journal.capture_all(entries, now)?;
        for one in &placed {
            match one.change.subject {
                // While the row is there, nobody makes the file anew.
                Subject::Attachment { name } => {
                    self.forget_spooled(one.change.member, name)?;
                    sent.attachments += 1;
                }
                _ => sent.versions += 1,
            }
        }
        self.local.sent_all(placed.iter().map(|one| one.position))
    }

    /// Whether a version names an attachment that could not be sent.
    pub(super) fn needs_any_of(&self, change: &Change, stuck: &BTreeSet<(Uuid, AttachmentName)>) -> Result<bool> {
        let is_stuck = |one: &Attachment| stuck.contains(&(change.member, one.name));
        let Some((record, node)) = change.node().filter(|_| !stuck.is_empty()) else { return Ok(false) };
        let known = self.contents.get(change.member, record);
        if !known.is_some_and(|known| known.attachments().any(is_stuck)) {
            return Ok(false);
        }
        let version = self.version(change.member, record, node.id)?;
        Ok(version.is_some_and(|version| version.content.attachments.iter().any(is_stuck)))
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
            Subject::Grant(terms) => {
                self.send_grant(one.change.member, one.change.action, terms).await?;
                self.tell(&one.change, now)?;
                self.local.sent(one.position)?;
            }
            Subject::Person(_)
            | Subject::Accepted(_)
            | Subject::Device(_)
            | Subject::Seen { .. }
            | Subject::Retention { .. } => {
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
            let blob = self.with_current_key(member, record, &name).await?;
            match objects::create(&*store, &name.key()?, &blob, self.creates).await? {
                Created::Here => {
                    self.send_profile(member, record).await?;
                    self.tell(&one.change, now)?;
                    return self.local.sent(one.position);
                }
                Created::Taken => self.rename_waiting(member, record, now)?,
            }
        }
        Err(Error::DamagedOutbox)
    }

    /// The blob of a version that waits, sealed anew when another key began since. What the place has already stays.
    pub(super) async fn with_current_key(&mut self, member: Uuid, record: Uuid, name: &ObjectName) -> Result<Vec<u8>> {
        let ObjectName::Version { version, .. } = *name else { return Err(Error::DamagedOutbox) };
        let blob = self.local.blob(member, record, version)?.ok_or(Error::DamagedOutbox)?;
        let (store, keys) = (self.store.clone(), self.keys_of(member)?);
        if keys.is_current(&blob)? || objects::read(&*store, &name.key()?).await?.as_deref() == Some(&blob[..]) {
            return Ok(blob);
        }
        let opened = sealing::open_version(&keys, name, &blob).map_err(|_| Error::DamagedOutbox)?;
        let again = self.sealed(member, &opened)?;
        self.local.replace_blob(member, record, version, &again)?;
        Ok(again)
    }

    /// A profile stands beside its versions as well, as it is shown, for whoever has no log.
    pub(super) async fn send_profile(&mut self, member: Uuid, record: Uuid) -> Result<()> {
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
        let entry = self.entry_of(change)?;
        self.journal.capture(entry, now)?;
        Ok(())
    }

    fn entry_of(&self, change: &Change) -> Result<NewEntry> {
        Ok(self.signed(change)?.unwrap_or_else(|| {
            let payload = change.to_bytes().into();
            NewEntry { id: change.id(), time: change.time, kind: ENTRY_KIND, payload }
        }))
    }
}
