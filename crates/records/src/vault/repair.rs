//! Looking at everything that is in the place, and completing what a device that stopped for good left half done. It
//! removes nothing but what the log calls removed, and uploads that nobody finishes.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_crypto::vault::StreamLength;
use holdfast_journal::{DAY, Millis};
use holdfast_storage::ListRequest;
use uuid::Uuid;

use super::{Pulled, Unfetched, Vault};
use crate::{
    Result,
    change::Change,
    layout::{ObjectName, members_prefix},
    model::{Attachment, AttachmentName},
    objects, sealing,
    versions::{OpenRecord, VersionId},
};

/// An upload that is older and not ours is given up.
const GIVE_UP_AFTER: Millis = DAY;

/// What a repair did.
#[derive(Debug, Default)]
pub struct Repaired {
    /// Versions that no log told of, and one does now.
    pub versions: u64,
    /// Attachments that no log told of, and one does now.
    pub attachments: u64,
    /// Members whose profile was not shown beside its versions.
    pub profiles: u64,
    /// Attachments that had no metadata.
    pub metadata: u64,
    /// Blobs of versions that were removed and still there.
    pub removed: u64,
    /// Unfinished uploads that were given up.
    pub uploads: u64,
    /// Changes of the vault's keys that the place had lost.
    pub rotations: u64,
    /// Attachments that records name and the place does not have whole.
    pub missing: Vec<(Uuid, Attachment)>,
    /// Versions of shared members that no log tells of. They are left where they are and not taken.
    pub unproven: Vec<String>,
    /// Objects that do not open.
    pub unreadable: Vec<String>,
    /// Versions that are still not here.
    pub failures: Vec<Unfetched>,
}

/// What was seen in the place.
#[derive(Debug, Default)]
struct Seen {
    profiles: BTreeSet<Uuid>,
    versions: BTreeSet<(Uuid, Uuid, VersionId)>,
    /// Size of the data, and whether there is metadata.
    attachments: BTreeMap<(Uuid, AttachmentName), (Option<u64>, bool)>,
}

impl Vault {
    /// Lists everything of all members and completes what is incomplete. Can be cut off and made again.
    pub async fn repair(&mut self, now: Millis) -> Result<Repaired> {
        self.owners_work()?;
        let mut repaired = Repaired::default();
        let mut pulled = Pulled::default();
        self.take_feed(&mut pulled)?;
        repaired.rotations = self.repair_rotations().await?;
        let seen = self.look_at_place().await?;
        self.repair_versions(&seen, &mut repaired, now).await?;
        self.repair_attachments(&seen, &mut repaired, now).await?;
        self.give_up_uploads(&mut repaired, now).await?;
        self.journal.flush(now).await?;
        self.take_feed(&mut pulled)?;
        self.fetch(true, &mut pulled).await?;
        repaired.failures = pulled.failures;
        self.repair_profiles(&seen, &mut repaired).await?;
        Ok(repaired)
    }

    /// The device that wrote a profile may have stopped before it wrote the view of it.
    async fn repair_profiles(&mut self, seen: &Seen, repaired: &mut Repaired) -> Result<()> {
        let waiting: BTreeSet<Uuid> = self.local.changes_waiting()?.into_iter().map(|(_, one)| one.member).collect();
        let known = |(id, records): (&Uuid, &BTreeMap<Uuid, OpenRecord>)| records.get(id)?.shown().map(|_| *id);
        let members: Vec<Uuid> = self.contents.members.iter().filter_map(known).collect();
        for member in members.into_iter().filter(|one| !seen.profiles.contains(one) && !waiting.contains(one)) {
            self.send_profile(member, member).await?;
            repaired.profiles += 1;
        }
        Ok(())
    }

    async fn look_at_place(&mut self) -> Result<Seen> {
        let store = self.store.clone();
        let mut request = ListRequest { prefix: members_prefix().into(), ..ListRequest::default() };
        let mut seen = Seen::default();
        loop {
            let page = store.list(&request).await?;
            for object in &page.objects {
                match ObjectName::parse(object.key.as_str()) {
                    Some(ObjectName::Version { member, record, version }) => {
                        seen.versions.insert((member, record, version));
                    }
                    Some(ObjectName::Profile { member }) => {
                        seen.profiles.insert(member);
                    }
                    Some(ObjectName::AttachmentData { member, name }) => {
                        seen.attachments.entry((member, name)).or_default().0 = Some(object.size);
                    }
                    Some(ObjectName::AttachmentMetadata { member, name }) => {
                        seen.attachments.entry((member, name)).or_default().1 = true;
                    }
                    _ => {}
                }
            }
            request.continuation = page.continuation;
            if request.continuation.is_none() {
                return Ok(seen);
            }
        }
    }

    async fn repair_versions(&mut self, seen: &Seen, repaired: &mut Repaired, now: Millis) -> Result<()> {
        let store = self.store.clone();
        let removed = self.local.removed()?;
        for (member, record, version) in &seen.versions {
            let (member, record, version) = (*member, *record, *version);
            let name = ObjectName::Version { member, record, version };
            if removed.contains(&(member, record, version)) {
                store.delete_many(&[name.key()?]).await?;
                repaired.removed += 1;
                continue;
            }
            if self.local.knows_version(member, record, version)? {
                continue;
            }
            // Whoever holds the keys can make a blob: only the log tells which of them belong to a shared member.
            if self.sharing.was_shared(member) {
                repaired.unproven.push(name.to_string());
                continue;
            }
            let Some(blob) = objects::read(&*store, &name.key()?).await? else { continue };
            let keys = self.keys_of(member)?;
            match sealing::open_version(&keys, &name, &blob) {
                Ok(found) => {
                    self.tell(&Change::of_version(member, record, &found.node), now)?;
                    repaired.versions += 1;
                }
                Err(why) => repaired.unreadable.push(format!("{name}: {why}")),
            }
        }
        Ok(())
    }

    async fn repair_attachments(&mut self, seen: &Seen, repaired: &mut Repaired, now: Millis) -> Result<()> {
        let store = self.store.clone();
        let named = self.named_attachments();
        let waiting = self.attachments_that_wait()?;
        for (place, attachment) in named.iter().filter(|(place, _)| !waiting.contains(place)) {
            let length = StreamLength::of_plain(attachment.size)?.sealed();
            if seen.attachments.get(place).and_then(|(size, _)| *size) != Some(length) {
                repaired.missing.push((place.0, attachment.clone()));
            }
        }
        for (place, (data, metadata)) in &seen.attachments {
            let (member, name) = *place;
            if data.is_none() || waiting.contains(place) {
                continue;
            }
            match (metadata, named.get(place)) {
                (true, _) => {}
                (false, Some(attachment)) => {
                    let keys = self.keys_of(member)?;
                    let sealed = sealing::seal_metadata(&keys, member, attachment, &mut *self.random)?;
                    let key = ObjectName::AttachmentMetadata { member, name }.key()?;
                    objects::create(&*store, &key, &sealed, self.creates).await?;
                    repaired.metadata += 1;
                }
                // Somebody may still be sending it, and nobody names it.
                (false, None) => continue,
            }
            if !self.local.knows_attachment(member, name)? {
                let change = self.attachment_change(member, name, now)?;
                self.tell(&change, now)?;
                repaired.attachments += 1;
            }
        }
        Ok(())
    }

    /// Every attachment that a version names.
    fn named_attachments(&self) -> BTreeMap<(Uuid, AttachmentName), Attachment> {
        let mut named = BTreeMap::new();
        for (member, records) in &self.contents.members {
            for attachment in records.values().flat_map(OpenRecord::attachments) {
                named.entry((*member, attachment.name)).or_insert_with(|| attachment.clone());
            }
        }
        named
    }

    async fn give_up_uploads(&mut self, repaired: &mut Repaired, now: Millis) -> Result<()> {
        let store = self.store.clone();
        let own: BTreeSet<String> = self.local.waiting()?.into_iter().filter_map(|one| one.upload).collect();
        let uploads = match store.list_uploads(members_prefix()).await {
            Err(holdfast_storage::Error::NotSupported { .. }) => return Ok(()),
            answer => answer?,
        };
        for info in uploads.into_iter().filter(|info| !own.contains(&info.upload.id)) {
            let begun = info.initiated.map(|at| at.as_millisecond());
            if begun.is_some_and(|begun| begun.saturating_add(GIVE_UP_AFTER) <= now) {
                store.abort_multipart(&info.upload).await?;
                repaired.uploads += 1;
            }
        }
        Ok(())
    }
}
