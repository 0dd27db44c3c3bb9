//! Sealing again what was sealed with a former key, so that whoever has that key alone cannot read it in the place any
//! more. What somebody kept before stays with them. Done when a person asks for it: a plan, then one object after the other;
//! it can be cancelled, and a stop at any request loses nothing. What waits to be sent is sealed anew when it goes.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};

use holdfast_crypto::vault::{STREAM_START_BYTES, StreamLength};
use holdfast_storage::{Body, CompleteOptions, Key, ReadOptions, ReadRange, body::collect};
use uuid::Uuid;

use super::{
    Vault,
    upload::{PART_BYTES, part_bytes},
};
use crate::{
    Error, Result,
    change::Subject,
    layout::ObjectName,
    local::Waiting,
    model::{Attachment, AttachmentName},
    objects, sealing,
    versions::{OpenRecord, VersionId},
};

const KEEPING: &str = "keeping the sealed file";

/// What of a member may be sealed with a former key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResealPlan {
    /// Whose.
    pub member: Uuid,
    /// Versions that are: record and version.
    pub versions: Vec<(Uuid, VersionId)>,
    /// Attachments of which it is not known here; those that are not are left as they are.
    pub attachments: Vec<Attachment>,
}

/// What a call did.
#[derive(Debug, Default)]
pub struct Resealed {
    /// Versions that are sealed with the current key now.
    pub versions: u64,
    /// Attachments that are.
    pub attachments: u64,
    /// What was left when it was cancelled.
    pub left: u64,
    /// Objects that stay as they are, and why. A new plan has them again.
    pub failures: Vec<(String, Error)>,
}

impl Vault {
    /// What of a member is to be sealed again. Makes no request.
    ///
    /// # Errors
    /// [`Error::UnknownMember`].
    pub fn plan_reseal(&mut self, member: Uuid) -> Result<ResealPlan> {
        self.owners_work()?;
        let keys = self.keys_of(member)?;
        let records = self.contents.members.get(&member).ok_or(Error::UnknownMember { member })?;
        let (mut versions, mut attachments) = (Vec::new(), Vec::new());
        let waiting: Vec<Subject> = self.local.changes_waiting()?.into_iter().map(|(_, one)| one.subject).collect();
        for record in records.values() {
            for stored in self.local.versions_of(member, record.id())? {
                let (Some((_, node)), Some(blob)) = (stored.change.node(), stored.blob) else { continue };
                if !keys.is_current(&blob)? && !waiting.contains(&stored.change.subject) {
                    versions.push((record.id(), node.id));
                }
            }
        }
        let generation = keys.generations().last().map(|last| last.to_string()).unwrap_or_default();
        let named = records.values().flat_map(OpenRecord::attachments);
        let mut looked_at = BTreeSet::new();
        for attachment in named {
            if looked_at.insert(attachment.name)
                && !waiting.contains(&Subject::Attachment { name: attachment.name })
                && self.local.fact(&noted(member, attachment.name))? != Some(generation.clone())
            {
                attachments.push(attachment.clone());
            }
        }
        Ok(ResealPlan { member, versions, attachments })
    }

    /// Carries out a plan for as long as `go_on` says so. After a stop a new plan has what is left.
    ///
    /// # Errors
    /// Those after which nothing can be done; what fails for one object is part of the result.
    pub async fn reseal(&mut self, plan: &ResealPlan, go_on: &(dyn Fn() -> bool + Sync)) -> Result<Resealed> {
        self.owners_work()?;
        let (member, mut done) = (plan.member, Resealed::default());
        // What went by retention does not return.
        let removed = self.local.removed()?;
        for (record, version) in &plan.versions {
            if !go_on() {
                done.left += 1;
                continue;
            }
            let name = ObjectName::Version { member, record: *record, version: *version };
            if removed.contains(&(member, *record, *version)) {
                continue;
            }
            match self.reseal_version(member, *record, *version, &name).await {
                Ok(()) => done.versions += 1,
                Err(error) => done.failed(name, error)?,
            }
        }
        for attachment in &plan.attachments {
            if !go_on() {
                done.left += 1;
                continue;
            }
            match self.reseal_attachment(member, attachment).await {
                Ok(()) => done.attachments += 1,
                Err(error) => done.failed(ObjectName::AttachmentData { member, name: attachment.name }, error)?,
            }
        }
        if done.left == 0 {
            let _ = self.reseal_small(member, &ObjectName::Profile { member }).await?;
        }
        Ok(done)
    }

    async fn reseal_version(
        &mut self,
        member: Uuid,
        record: Uuid,
        version: VersionId,
        name: &ObjectName,
    ) -> Result<()> {
        let blob = self.reseal_small(member, name).await?.ok_or(Error::VersionNotHere { record, version })?;
        self.local.replace_blob(member, record, version, &blob)
    }

    /// The object as it is in the place afterwards; `None` when it is not there.
    async fn reseal_small(&mut self, member: Uuid, name: &ObjectName) -> Result<Option<Vec<u8>>> {
        let (store, keys, key) = (self.store.clone(), self.keys_of(member)?, name.key()?);
        let Some(found) = objects::read(&*store, &key).await? else { return Ok(None) };
        match sealing::again(&keys, name, &found, &mut *self.random)? {
            None => Ok(Some(found.to_vec())),
            Some(again) => {
                objects::replace(&*store, &key, &again).await?;
                Ok(Some(again))
            }
        }
    }

    async fn reseal_attachment(&mut self, member: Uuid, attachment: &Attachment) -> Result<()> {
        let (store, keys) = (self.store.clone(), self.keys_of(member)?);
        let name = ObjectName::AttachmentData { member, name: attachment.name };
        let range = Some(ReadRange::Span { start: 0, end: STREAM_START_BYTES as u64 });
        let start = store.get(&name.key()?, &ReadOptions { range, ..ReadOptions::default() }).await?;
        if !keys.is_current(&collect(start.body).await?)? {
            let file = self.spool.join(format!("{member}-{}.again", attachment.name));
            self.seal_again(member, attachment, &file).await?;
            let length = StreamLength::of_plain(attachment.size)?.sealed();
            self.replace_data(&name.key()?, &file, length).await?;
            std::fs::remove_file(&file).map_err(Error::file(KEEPING))?;
        }
        self.reseal_small(member, &ObjectName::AttachmentMetadata { member, name: attachment.name }).await?;
        let generation = keys.generations().last().map(|last| last.to_string()).unwrap_or_default();
        let noted = noted(member, attachment.name);
        self.local.transaction(|conn| crate::local::set_fact(conn, &noted, &generation))
    }

    /// Puts a sealed file in the place of another sealing of the same content.
    async fn replace_data(&mut self, key: &Key, file: &Path, length: u64) -> Result<()> {
        let store = self.store.clone();
        let file = Arc::new(File::open(file).map_err(Error::file(KEEPING))?);
        if length <= PART_BYTES {
            store.put(key, Body::file_range(file, 0, length), &objects::options()).await?;
            return Ok(());
        }
        let upload = store.create_multipart(key, &objects::options()).await?;
        let (size, mut parts) = (part_bytes(length), Vec::new());
        for (number, offset) in (1..).zip((0..length).step_by(size as usize)) {
            let part = Body::file_range(file.clone(), offset, size.min(length - offset));
            match store.upload_part(&upload, number, part).await {
                Ok(part) => parts.push(part),
                Err(error) => {
                    // What cannot be given up now is found by a repair.
                    let _ = store.abort_multipart(&upload).await;
                    return Err(error.into());
                }
            }
        }
        store.complete_multipart(&upload, &parts, &CompleteOptions::default()).await?;
        Ok(())
    }

    /// Seals the content of an attachment with the current key into a file, which has its name only when it is whole.
    async fn seal_again(&mut self, member: Uuid, attachment: &Attachment, to: &Path) -> Result<()> {
        let key = ObjectName::AttachmentData { member, name: attachment.name }.to_string();
        let mut sealer = self.keys_of(member)?.seal_stream(&key, &mut self.chance.clone())?;
        let part = to.with_extension("part");
        let mut file = BufWriter::new(File::create(&part).map_err(Error::file(KEEPING))?);
        let mut sealed = Vec::new();
        let mut sink = |piece: &[u8]| {
            sealer.push(piece, &mut sealed)?;
            file.write_all(&sealed).map_err(Error::file(KEEPING))?;
            sealed.clear();
            Ok(())
        };
        self.read_attachment(member, attachment, &mut sink).await?;
        sealer.finish(&mut sealed)?;
        let finished = file.write_all(&sealed).and_then(|()| file.into_inner().map_err(|error| error.into_error()));
        finished.and_then(|file| file.sync_all()).map_err(Error::file(KEEPING))?;
        std::fs::rename(&part, to).map_err(Error::file(KEEPING))
    }

    /// An attachment that waits is sealed anew when another key began since. A part of it that is in the place already was
    /// sealed with the former one, so its upload begins again.
    pub(super) async fn with_current_stream(&mut self, one: &Waiting, name: AttachmentName) -> Result<Waiting> {
        let (member, path) = (one.change.member, self.spooled(one.change.member, name));
        if !self.is_sealed_now(member, &path)? {
            let key = ObjectName::AttachmentData { member, name }.key()?;
            if let Some(id) = &one.upload {
                self.local.set_upload(one.position, None)?;
                let upload = holdfast_storage::Upload { key, id: id.clone() };
                // What cannot be given up now is found by a repair.
                let _ = self.store.clone().abort_multipart(&upload).await;
            }
            let attachment = Attachment { name, title: String::new(), content_type: String::new(), size: one.size };
            self.seal_again(member, &attachment, &path).await?;
        }
        self.local.waiting_at(one.position)?.ok_or(Error::DamagedOutbox)
    }

    /// Whether the key that seals now sealed a file that waits.
    pub(super) fn is_sealed_now(&mut self, member: Uuid, path: &Path) -> Result<bool> {
        let mut start = [0; STREAM_START_BYTES];
        let file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Error::DamagedOutbox),
            file => file.map_err(Error::file("reading the sealed file"))?,
        };
        std::io::Read::read_exact(&mut { file }, &mut start).map_err(|_| Error::DamagedOutbox)?;
        Ok(self.keys_of(member)?.is_current(&start)?)
    }

    /// As [`Self::with_current_stream`], of the metadata.
    pub(super) fn with_current_metadata(&mut self, one: &Waiting, name: AttachmentName) -> Result<Vec<u8>> {
        let sealed = one.metadata.clone().ok_or(Error::DamagedOutbox)?;
        let member = one.change.member;
        let keys = self.keys_of(member)?;
        let name = ObjectName::AttachmentMetadata { member, name };
        let again = sealing::again(&keys, &name, &sealed, &mut *self.random)?;
        if let Some(again) = &again {
            self.local.set_metadata(one.position, again)?;
        }
        Ok(again.unwrap_or(sealed))
    }
}

impl Resealed {
    fn failed(&mut self, name: ObjectName, error: Error) -> Result<()> {
        if error.is_fatal() {
            return Err(error);
        }
        self.failures.push((name.to_string(), error));
        Ok(())
    }
}

/// Under what it is noted which key an attachment was found to be sealed with.
fn noted(member: Uuid, name: AttachmentName) -> String {
    format!("sealed {member} {name}")
}
