//! Sending one object after the other costs a round trip for each. What needs nothing that waits is brought into the place
//! ahead, several at once; what is told of it stays in the order in which it was done.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    sync::Arc,
};

use futures::{StreamExt, stream};
use holdfast_crypto::vault::StreamLength;
use holdfast_journal::Creates;
use holdfast_storage::{Body, Error as StoreError, Key, ObjectStore, WriteOptions};
use uuid::Uuid;

use super::{Vault, upload::PART_BYTES};
use crate::{
    Result,
    change::Subject,
    layout::ObjectName,
    local::Waiting,
    model::AttachmentName,
    objects::{self, Created},
};

/// Requests at once.
const IN_FLIGHT: usize = 16;

/// By position: what is in the place now, and what could not be brought there. What is left out is to be sent by itself.
pub(super) type Ahead = BTreeMap<i64, Result<()>>;

/// A small attachment: its data and what is told of it.
struct SmallFile {
    data: Key,
    sealed: Arc<File>,
    length: u64,
    metadata: Key,
    told: Vec<u8>,
}

impl Vault {
    /// Brings into the place what needs nothing else: small attachments, then versions whose attachments are there. Of each
    /// record the first version that waits alone: if its name is taken, those behind it get other names.
    pub(super) async fn create_ahead(
        &mut self,
        rows: &[Waiting],
        stuck: &BTreeSet<(Uuid, AttachmentName)>,
    ) -> Result<Ahead> {
        let (store, creates) = (self.store.clone(), self.creates);
        let files = self.small_files(rows)?;
        let placed = files.into_iter().map(|(position, file)| {
            let store = store.clone();
            async move { (position, file.create(&*store).await) }
        });
        let mut ahead = gathered(placed).await;
        let versions = self.free_versions(rows, stuck, &ahead)?;
        let placed = versions.into_iter().map(|(position, key, blob)| {
            let store = store.clone();
            async move { (position, objects::create(&*store, &key, &blob, creates).await) }
        });
        ahead.append(&mut gathered(placed).await);
        Ok(ahead)
    }

    fn small_files(&mut self, rows: &[Waiting]) -> Result<Vec<(i64, SmallFile)>> {
        let mut files = Vec::new();
        // Elsewhere a create reads before and after, and what is there is not known to be whole.
        if self.creates != Creates::Honoured {
            return Ok(files);
        }
        for one in rows {
            let Subject::Attachment { name } = one.change.subject else { continue };
            let (member, length) = (one.change.member, StreamLength::of_plain(one.size)?.sealed());
            let path = self.spooled(member, name);
            if one.upload.is_some() || length > PART_BYTES || !self.is_sealed_now(member, &path).is_ok_and(|now| now) {
                continue;
            }
            let Ok(sealed) = File::open(path) else { continue };
            if sealed.metadata().map_or(true, |found| found.len() != length) {
                continue;
            }
            let file = SmallFile {
                data: ObjectName::AttachmentData { member, name }.key()?,
                sealed: Arc::new(sealed),
                length,
                metadata: ObjectName::AttachmentMetadata { member, name }.key()?,
                told: self.with_current_metadata(one, name)?,
            };
            files.push((one.position, file));
        }
        Ok(files)
    }

    fn free_versions(
        &mut self,
        rows: &[Waiting],
        stuck: &BTreeSet<(Uuid, AttachmentName)>,
        ahead: &Ahead,
    ) -> Result<Vec<(i64, Key, Vec<u8>)>> {
        let (mut free, mut records, mut missing) = (Vec::new(), BTreeSet::new(), stuck.clone());
        for one in rows {
            let member = one.change.member;
            if let Subject::Attachment { name } = one.change.subject
                && !matches!(ahead.get(&one.position), Some(Ok(())))
            {
                missing.insert((member, name));
            }
            let Some((record, node)) = one.change.node() else { continue };
            // A profile is written at a second place as well.
            if record == member || !records.insert((member, record)) || self.needs_any_of(&one.change, &missing)? {
                continue;
            }
            let Some(blob) = self.local.blob(member, record, node.id)? else { continue };
            if self.keys_of(member)?.is_current(&blob)? {
                free.push((one.position, ObjectName::Version { member, record, version: node.id }.key()?, blob));
            }
        }
        Ok(free)
    }
}

impl SmallFile {
    /// Data first, then what is told of it. What is there already is for somebody who looks whether it is whole.
    async fn create(self, store: &dyn ObjectStore) -> Result<Created> {
        if objects::size(store, &self.data).await?.is_some() {
            return Ok(Created::Taken);
        }
        let options = WriteOptions { if_absent: true, ..objects::options() };
        match store.put(&self.data, Body::file_range(self.sealed, 0, self.length), &options).await {
            Ok(_) => {}
            Err(StoreError::PreconditionFailed { .. }) => return Ok(Created::Taken),
            Err(error) => return Err(error.into()),
        }
        objects::create(store, &self.metadata, &self.told, Creates::Honoured).await
    }
}

/// What is taken by others is left out.
async fn gathered(jobs: impl Iterator<Item = impl Future<Output = (i64, Result<Created>)>>) -> Ahead {
    let done = stream::iter(jobs).buffer_unordered(IN_FLIGHT).collect::<Vec<_>>().await.into_iter();
    let kept = |(position, outcome)| match outcome {
        Ok(Created::Here) => Some((position, Ok(()))),
        Ok(Created::Taken) => None,
        Err(error) => Some((position, Err(error))),
    };
    done.filter_map(kept).collect()
}
