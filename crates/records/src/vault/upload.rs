//! Bringing an attachment into the place: a HEAD first, then data, then metadata. Large ones go in parts; an upload that
//! was cut off goes on where it was, since the sealed file is the same.

use std::{fs::File, sync::Arc};

use holdfast_crypto::vault::StreamLength;
use holdfast_journal::Creates;
use holdfast_storage::{Body, CompleteOptions, Error as StoreError, Key, ObjectStore, Part, Upload, WriteOptions};

use super::Vault;
use crate::{Error, Result, layout::ObjectName, local::Waiting, model::AttachmentName, objects};

/// What goes in one request.
pub(super) const PART_BYTES: u64 = 8 << 20;
/// The most parts that an upload has.
const MAX_PARTS: u64 = 10_000;

/// How long the parts of an object are.
pub(super) fn part_bytes(length: u64) -> u64 {
    PART_BYTES.max(length.div_ceil(MAX_PARTS).next_multiple_of(1 << 20))
}

impl Vault {
    pub(super) async fn send_attachment(&mut self, one: &Waiting, name: AttachmentName) -> Result<()> {
        let (store, member) = (self.store.clone(), one.change.member);
        let metadata = ObjectName::AttachmentMetadata { member, name }.key()?;
        // Metadata stands only where data does.
        if objects::size(&*store, &metadata).await?.is_some() {
            return Ok(());
        }
        let data = ObjectName::AttachmentData { member, name }.key()?;
        let length = StreamLength::of_plain(one.size)?.sealed();
        if objects::size(&*store, &data).await? != Some(length) {
            let one = self.with_current_stream(one, name).await?;
            self.send_data(&one, &data, name, length).await?;
        }
        let sealed = self.with_current_metadata(one, name)?;
        // Somebody else's metadata of the same content is as good.
        objects::create(&*store, &metadata, &sealed, self.creates).await.map(drop)
    }

    async fn send_data(&mut self, one: &Waiting, key: &Key, name: AttachmentName, length: u64) -> Result<()> {
        let file = File::open(self.spooled(one.change.member, name)).map_err(Error::file("reading the sealed file"))?;
        if file.metadata().map_err(Error::file("reading the sealed file"))?.len() != length {
            return Err(Error::DamagedOutbox);
        }
        let file = Arc::new(file);
        if length <= PART_BYTES {
            let options = WriteOptions { if_absent: self.creates == Creates::Honoured, ..objects::options() };
            return match self.store.clone().put(key, Body::file_range(file, 0, length), &options).await {
                // Two devices at once: the other's data is the same content.
                Ok(_) | Err(StoreError::PreconditionFailed { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            };
        }
        self.send_parts(one, key, file, length).await
    }

    async fn send_parts(&mut self, one: &Waiting, key: &Key, file: Arc<File>, length: u64) -> Result<()> {
        let store = self.store.clone();
        let (upload, there) = self.begin(&*store, one, key).await?;
        let part_bytes = part_bytes(length);
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
                if objects::size(&*store, key).await? != Some(length) {
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
