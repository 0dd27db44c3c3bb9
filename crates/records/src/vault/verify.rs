//! Checking everything in the place: every version opens, so does what is told of people and of files, every attachment that
//! a record names is there, opens whole and has the content that its name stands for. Reads all of it and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use holdfast_crypto::vault::{MemberKeys, UnconfirmedIdentity};
use uuid::Uuid;

use super::Vault;
use crate::{
    Error, Result,
    layout::ObjectName,
    model::{Attachment, AttachmentName},
    objects, sealing,
    versions::VersionId,
};

/// Blobs that are asked for at the same time.
const AT_ONCE: usize = 16;

/// What a check of everything found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Versions that opened.
    pub versions: u64,
    /// Attachments that opened whole and are what their name says.
    pub attachments: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// What is not as it should be.
    pub wrong: Vec<Wrong>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The object.
    pub object: String,
    /// The record that it belongs to or that names it, and whose that is.
    pub record: Option<(Uuid, Uuid)>,
    /// What is wrong, without any content.
    pub why: String,
}

/// What the place has of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    /// All of it.
    Whole,
    /// Something that opens, under a name that is not its own.
    Other,
    /// Something that does not open, or not to its end.
    Damaged,
    /// Nothing.
    Gone,
}

impl Vault {
    /// Reads everything of the vault back and checks it. What waits to be sent is left out.
    ///
    /// # Errors
    /// Those after which nothing can be read; what is wrong with an object is part of the result.
    pub async fn check(&mut self) -> Result<Checked> {
        let mut checked = Checked::default();
        if self.is_own() {
            self.check_public_key(&mut checked).await?;
        }
        self.check_versions(&mut checked).await?;
        self.check_profiles(&mut checked).await?;
        self.check_attachments(&mut checked).await?;
        Ok(checked)
    }

    async fn check_public_key(&mut self, checked: &mut Checked) -> Result<()> {
        let store = self.store.clone();
        let known = self.keyring.identity()?.fingerprint();
        let why = match objects::read(&*store, &ObjectName::PublicKey.key()?).await? {
            None => "it is not there".to_owned(),
            Some(blob) => match UnconfirmedIdentity::parse(&blob).and_then(|found| found.confirm(&known)) {
                Ok(_) => return Ok(()),
                Err(why) => why.to_string(),
            },
        };
        checked.wrong.push(Wrong { object: ObjectName::PublicKey.to_string(), record: None, why });
        Ok(())
    }

    async fn check_versions(&mut self, checked: &mut Checked) -> Result<()> {
        let wanted = self.versions_to_check()?;
        let store = self.store.clone();
        let ask = |(member, record, version): (Uuid, Uuid, VersionId)| {
            let store = store.clone();
            async move {
                let name = ObjectName::Version { member, record, version };
                let answer = match name.key() {
                    Ok(key) => objects::read(&*store, &key).await,
                    Err(error) => Err(error.into()),
                };
                (member, record, name, answer)
            }
        };
        let mut answers = stream::iter(wanted).map(ask).buffered(AT_ONCE);
        while let Some((member, record, name, answer)) = answers.next().await {
            let why = match answer {
                Ok(None) => "it is not there".to_owned(),
                Ok(Some(blob)) => match sealing::open_version(&*self.keys_of(member)?, &name, &blob) {
                    Ok(_) => {
                        checked.versions += 1;
                        continue;
                    }
                    Err(why) => why.to_string(),
                },
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => error.to_string(),
            };
            checked.wrong.push(Wrong { object: name.to_string(), record: Some((member, record)), why });
        }
        Ok(())
    }

    /// Every version that the log tells of, without those that wait or went by retention.
    fn versions_to_check(&mut self) -> Result<BTreeSet<(Uuid, Uuid, VersionId)>> {
        let mut wanted: BTreeSet<(Uuid, Uuid, VersionId)> = BTreeSet::new();
        for (member, records) in &self.contents.members {
            for record in records.values() {
                wanted.extend(record.here().map(|node| (*member, record.id(), node.id)));
            }
        }
        wanted.extend(self.local.wanted(true, 0, usize::MAX)?.iter().filter_map(|one| {
            let (record, node) = one.change.node()?;
            Some((one.change.member, record, node.id))
        }));
        for (_, change) in self.local.changes_waiting()? {
            if let Some((record, node)) = change.node() {
                wanted.remove(&(change.member, record, node.id));
            }
        }
        for gone in self.local.removed()? {
            wanted.remove(&gone);
        }
        Ok(wanted)
    }

    /// The view of each member that stands beside the versions, for whoever has no log.
    async fn check_profiles(&mut self, checked: &mut Checked) -> Result<()> {
        let waiting: BTreeSet<Uuid> = self.local.changes_waiting()?.into_iter().map(|(_, one)| one.member).collect();
        let members = self.contents.members.iter().filter(|(id, records)| records.contains_key(id));
        let members: Vec<Uuid> = members.map(|(id, _)| *id).filter(|id| !waiting.contains(id)).collect();
        for member in members {
            let name = ObjectName::Profile { member };
            let why = self.wrong_with(member, &name, |keys, blob| sealing::is_profile(keys, member, blob)).await?;
            checked.wrong.extend(why.map(|why| wrong(&name, (member, member), why)));
        }
        Ok(())
    }

    /// What is wrong with a small object, if anything.
    async fn wrong_with(
        &mut self,
        member: Uuid,
        name: &ObjectName,
        is_right: impl Fn(&MemberKeys, &[u8]) -> Result<(), sealing::Unusable>,
    ) -> Result<Option<String>> {
        let (store, keys) = (self.store.clone(), self.keys_of(member)?);
        match objects::read(&*store, &name.key()?).await {
            Ok(None) => Ok(Some("it is not there".to_owned())),
            Ok(Some(blob)) => Ok(is_right(&keys, &blob).err().map(|why| why.to_string())),
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => Ok(Some(error.to_string())),
        }
    }

    async fn check_attachments(&mut self, checked: &mut Checked) -> Result<()> {
        for ((member, name), (record, attachment)) in self.attachments_to_check()? {
            let told = ObjectName::AttachmentMetadata { member, name };
            let why = self
                .wrong_with(member, &told, |keys, blob| sealing::is_metadata(keys, member, &attachment, blob))
                .await?;
            checked.wrong.extend(why.map(|why| wrong(&told, (member, record), why)));
            let why = match self.read_back(member, name, attachment.size).await {
                Ok(Back::Whole) => {
                    checked.attachments += 1;
                    checked.bytes += attachment.size;
                    continue;
                }
                Ok(Back::Other) => "its content is another one than its name says".to_owned(),
                Ok(Back::Damaged) => Error::DamagedAttachment { name }.to_string(),
                Ok(Back::Gone) => "it is not there".to_owned(),
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => error.to_string(),
            };
            checked.wrong.push(wrong(&ObjectName::AttachmentData { member, name }, (member, record), why));
        }
        Ok(())
    }

    /// Reads all of an attachment from the place and says what is there. Nothing of it is handed out.
    pub(super) async fn read_back(&mut self, member: Uuid, name: AttachmentName, size: u64) -> Result<Back> {
        let keys = self.keys_of(member)?;
        let namers: Result<Vec<_>, _> = keys.generations().map(|generation| keys.namer_of(generation)).collect();
        let mut namers = namers?;
        let read = {
            let mut sink = |piece: &[u8]| {
                namers.iter_mut().for_each(|namer| namer.update(piece));
                Ok(())
            };
            self.read_from_place(member, name, size, &mut sink).await
        };
        let is_named = namers.into_iter().any(|namer| namer.finish().0 == name.0);
        match read {
            Ok(()) if is_named => Ok(Back::Whole),
            Ok(()) => Ok(Back::Other),
            Err(Error::DamagedAttachment { .. }) => Ok(Back::Damaged),
            Err(Error::Store(error)) if error.is_not_found() => Ok(Back::Gone),
            Err(error) => Err(error),
        }
    }

    /// Every attachment that a version names, with a record that does, without those that wait.
    fn attachments_to_check(&self) -> Result<BTreeMap<(Uuid, AttachmentName), (Uuid, Attachment)>> {
        let mut named = BTreeMap::new();
        for (member, records) in &self.contents.members {
            for record in records.values() {
                for attachment in record.attachments() {
                    named.entry((*member, attachment.name)).or_insert_with(|| (record.id(), attachment.clone()));
                }
            }
        }
        for waiting in self.attachments_that_wait()? {
            named.remove(&waiting);
        }
        Ok(named)
    }
}

fn wrong(name: &ObjectName, record: (Uuid, Uuid), why: String) -> Wrong {
    Wrong { object: name.to_string(), record: Some(record), why }
}
