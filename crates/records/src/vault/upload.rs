//! Bringing an attachment into the place: a HEAD first, then data, then metadata. What is there already is read back, and
//! written again when it is not whole. Large ones go in parts; an upload that was cut off goes on where it was, since the
//! sealed file is the same.

use std::{fs::File, io::ErrorKind, sync::Arc};

use holdfast_crypto::vault::StreamLength;
use holdfast_journal::Creates;
use holdfast_storage::{Body, CompleteOptions, Error as StoreError, Key, ObjectStore, Part, Upload, WriteOptions};

use super::{Vault, verify::Back};
use crate::{Error, Result, layout::ObjectName, local::Waiting, model::AttachmentName, objects, sealing};

const READING: &str = "reading the sealed file";
/// What goes in one request.
const PART_BYTES: u64 = 8 << 20;
/// The most parts that an upload has.
const MAX_PARTS: u64 = 10_000;

impl Vault {
    pub(super) async fn send_attachment(&mut self, one: &Waiting, name: AttachmentName) -> Result<()> {
        let (store, member) = (self.store.clone(), one.change.member);
        let data = ObjectName::AttachmentData { member, name }.key()?;
        let found = objects::size(&*store, &data).await?;
        if found.is_none() || self.read_back(member, name, one.size).await? != Back::Whole {
            let options = if_absent(found.is_none() && self.creates == Creates::Honoured);
            self.send_data(one, &data, name, &options).await?;
        }
        let metadata = ObjectName::AttachmentMetadata { member, name };
        let keys = self.keys_of(member)?;
        let found = objects::read(&*store, &metadata.key()?).await?;
        // Somebody else's metadata of the same content is as good.
        if found.as_ref().is_some_and(|found| sealing::opens(&keys, &metadata, found)) {
            return Ok(());
        }
        let sealed = one.metadata.as_ref().ok_or(Error::DamagedOutbox)?;
        match found {
            Some(_) => objects::replace(&*store, &metadata.key()?, sealed).await,
            None => objects::create(&*store, &metadata.key()?, sealed, self.creates).await.map(drop),
        }
    }

    async fn send_data(
        &mut self,
        one: &Waiting,
        key: &Key,
        name: AttachmentName,
        options: &WriteOptions,
    ) -> Result<()> {
        let length = StreamLength::of_plain(one.size)?.sealed();
        let file = match File::open(self.spooled(one.change.member, name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::DamagedOutbox),
            file => file.map_err(Error::file(READING))?,
        };
        if file.metadata().map_err(Error::file(READING))?.len() != length {
            return Err(Error::DamagedOutbox);
        }
        let file = Arc::new(file);
        if length <= PART_BYTES {
            return match self.store.clone().put(key, Body::file_range(file, 0, length), options).await {
                // Two devices at once: the other's data is the same content.
                Ok(_) | Err(StoreError::PreconditionFailed { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            };
        }
        self.send_parts(one, key, name, file, length).await
    }

    async fn send_parts(
        &mut self,
        one: &Waiting,
        key: &Key,
        name: AttachmentName,
        file: Arc<File>,
        length: u64,
    ) -> Result<()> {
        let store = self.store.clone();
        let (upload, there) = self.begin(&*store, one, key).await?;
        let part_bytes = PART_BYTES.max(length.div_ceil(MAX_PARTS).next_multiple_of(1 << 20));
        let mut parts = Vec::new();
        for (number, offset) in (1..).zip((0..length).step_by(part_bytes as usize)) {
            let bytes = part_bytes.min(length - offset);
            let known = there.iter().find(|part: &&Part| part.number == number && part.size == bytes);
            parts.push(match known {
                Some(part) => part.clone(),
                None => store.upload_part(&upload, number, Body::file_range(file.clone(), offset, bytes)).await?,
            });
        }
        match store.complete_multipart(&upload, &parts, &CompleteOptions::default()).await {
            Ok(_) => {}
            Err(error @ StoreError::NoSuchUpload { .. }) => {
                // A completion whose answer was lost, or an upload that somebody gave up: the next call begins another.
                self.local.set_upload(one.position, None)?;
                if self.read_back(one.change.member, name, one.size).await? != Back::Whole {
                    return Err(error.into());
                }
            }
            Err(error) => return Err(error.into()),
        }
        self.local.set_upload(one.position, None)
    }

    /// The upload to go on with, and the parts it has.
    async fn begin(&mut self, store: &dyn ObjectStore, one: &Waiting, key: &Key) -> Result<(Upload, Vec<Part>)> {
        if let Some(id) = &one.upload {
            let upload = Upload { key: key.clone(), id: id.clone() };
            match store.list_parts(&upload).await {
                Ok(parts) => return Ok((upload, parts)),
                Err(StoreError::NoSuchUpload { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let upload = store.create_multipart(key, &objects::options()).await?;
        self.local.set_upload(one.position, Some(&upload.id))?;
        Ok((upload, Vec::new()))
    }
}

fn if_absent(if_absent: bool) -> WriteOptions {
    WriteOptions { if_absent, ..objects::options() }
}
