//! Reading attachments: chunk by chunk into memory, the whole or a range. Never to the disk.

use std::{fmt, fs::File, io::Read, ops::Range, path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures::TryStreamExt;
use holdfast_crypto::vault::{STREAM_START_BYTES, StreamLength, StreamReader};
use holdfast_storage::{
    Key, ObjectStore, ReadOptions, ReadRange,
    body::{collect, read_exact_at},
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Vault;
use crate::{
    Error, Result,
    layout::ObjectName,
    model::{Attachment, AttachmentName},
};

/// Takes pieces of content, in order. What it returns as an error ends the reading.
pub type Sink<'a> = dyn FnMut(&[u8]) -> Result<()> + Send + 'a;

impl Vault {
    /// Reads an attachment from beginning to end. Every piece that is handed out is true; that it was all of it is known
    /// only when this returns.
    ///
    /// # Errors
    /// [`Error::DamagedAttachment`] when it was cut, changed, or has not the size that the record names.
    pub async fn read_attachment(&mut self, member: Uuid, attachment: &Attachment, sink: &mut Sink<'_>) -> Result<()> {
        self.attachment_reader(member, attachment)?.read(sink).await
    }

    /// What reads an attachment on its own: the vault is free for other work meanwhile.
    ///
    /// # Errors
    /// [`Error::UnknownMember`].
    pub fn attachment_reader(&mut self, member: Uuid, attachment: &Attachment) -> Result<AttachmentReader> {
        let spooled = Some(self.spooled(member, attachment.name));
        self.reader(member, attachment.name, attachment.size, spooled)
    }

    fn reader(
        &mut self,
        member: Uuid,
        name: AttachmentName,
        size: u64,
        spooled: Option<PathBuf>,
    ) -> Result<AttachmentReader> {
        let reading = Reading::new(self, member, name)?;
        Ok(AttachmentReader { reading, store: self.store.clone(), spooled, size })
    }

    /// As [`Self::read_attachment`], whether or not it waits here to be sent.
    pub(super) async fn read_from_place(
        &mut self,
        member: Uuid,
        name: AttachmentName,
        size: u64,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        self.reader(member, name, size, None)?.read(sink).await
    }

    /// Reads these bytes of an attachment's content; what lies beyond its end is left out. Two requests at most.
    ///
    /// # Errors
    /// As [`Self::read_attachment`].
    pub async fn read_range(
        &mut self,
        member: Uuid,
        attachment: &Attachment,
        range: Range<u64>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let damaged = || Error::DamagedAttachment { name: attachment.name };
        let object = ObjectName::AttachmentData { member, name: attachment.name };
        let length = StreamLength::of_plain(attachment.size)?;
        let mut content = Zeroizing::new(Vec::new());
        let Some(span) = length.span(range.clone()) else { return Ok(content) };
        let (store, keys, key) = (self.store.clone(), self.keys_of(member)?, object.key()?);
        let spooled = File::open(self.spooled(member, attachment.name)).ok();
        let start = part(&*store, spooled.as_ref(), &key, 0..STREAM_START_BYTES as u64).await?;
        let opener = keys.open_stream(&object.to_string(), &start).map_err(|_| damaged())?;
        let sealed = part(&*store, spooled.as_ref(), &key, span.sealed.clone()).await?;
        for index in span.chunks.clone() {
            let place = length.sealed_chunk(index)?;
            let at = |byte: u64| (byte - span.sealed.start) as usize;
            let chunk = sealed.get(at(place.start)..at(place.end)).ok_or_else(damaged)?;
            content.extend_from_slice(&opener.chunk(length, index, chunk).map_err(|_| damaged())?);
        }
        let wanted = (range.end.min(attachment.size) - range.start) as usize;
        Ok(Zeroizing::new(content.get(span.skip..span.skip + wanted).ok_or_else(damaged)?.to_vec()))
    }
}

async fn part(store: &dyn ObjectStore, spooled: Option<&File>, key: &Key, range: Range<u64>) -> Result<Bytes> {
    if let Some(file) = spooled {
        let read = read_exact_at(file, range.start, (range.end - range.start) as usize);
        return read.map_err(Error::file("reading the sealed file"));
    }
    let range = Some(ReadRange::Span { start: range.start, end: range.end });
    Ok(collect(store.get(key, &ReadOptions { range, ..ReadOptions::default() }).await?.body).await?)
}

/// Reads one attachment, once.
pub struct AttachmentReader {
    reading: Reading,
    store: Arc<dyn ObjectStore>,
    /// Where it waits to be sent, if it does.
    spooled: Option<PathBuf>,
    size: u64,
}

impl AttachmentReader {
    /// As [`Vault::read_attachment`].
    ///
    /// # Errors
    /// [`Error::DamagedAttachment`], and those of the place.
    pub async fn read(mut self, sink: &mut Sink<'_>) -> Result<()> {
        match self.spooled.as_ref().and_then(|path| File::open(path).ok()) {
            Some(file) => self.reading.file(file, sink)?,
            None => self.reading.object(&*self.store, sink).await?,
        }
        self.reading.finish(self.size, sink)
    }
}

impl fmt::Debug for AttachmentReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachmentReader").field("size", &self.size).finish_non_exhaustive()
    }
}

/// An attachment on its way into memory.
struct Reading {
    keys: Arc<holdfast_crypto::vault::MemberKeys>,
    name: ObjectName,
    attachment: AttachmentName,
    /// What came before the first chunk is whole.
    start: Vec<u8>,
    reader: Option<StreamReader>,
    plain: Zeroizing<Vec<u8>>,
    size: u64,
}

impl Reading {
    fn new(vault: &mut Vault, member: Uuid, attachment: AttachmentName) -> Result<Self> {
        let (keys, name) = (vault.keys_of(member)?, ObjectName::AttachmentData { member, name: attachment });
        let (start, plain) = (Vec::with_capacity(STREAM_START_BYTES), Zeroizing::default());
        Ok(Self { keys, name, attachment, start, reader: None, plain, size: 0 })
    }

    fn damaged(&self) -> Error {
        Error::DamagedAttachment { name: self.attachment }
    }

    async fn object(&mut self, store: &dyn ObjectStore, sink: &mut Sink<'_>) -> Result<()> {
        let mut body = store.get(&self.name.key()?, &ReadOptions::default()).await?.body;
        while let Some(piece) = body.try_next().await? {
            self.push(&piece, sink)?;
        }
        Ok(())
    }

    fn file(&mut self, mut file: File, sink: &mut Sink<'_>) -> Result<()> {
        let mut piece = vec![0; 1 << 16];
        loop {
            match file.read(&mut piece).map_err(Error::file("reading the sealed file"))? {
                0 => return Ok(()),
                got => self.push(&piece[..got], sink)?,
            }
        }
    }

    fn push(&mut self, mut sealed: &[u8], sink: &mut Sink<'_>) -> Result<()> {
        if self.reader.is_none() {
            let (taken, rest) = sealed.split_at(sealed.len().min(STREAM_START_BYTES - self.start.len()));
            self.start.extend_from_slice(taken);
            sealed = rest;
            if self.start.len() < STREAM_START_BYTES {
                return Ok(());
            }
            let opener = self.keys.open_stream(&self.name.to_string(), &self.start).map_err(|_| self.damaged())?;
            self.reader = Some(opener.whole());
        }
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let opened = reader.push(sealed, &mut self.plain);
        opened.map_err(|_| self.damaged())?;
        self.hand_out(sink)
    }

    fn hand_out(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        self.size += self.plain.len() as u64;
        sink(&self.plain)?;
        self.plain.clear();
        Ok(())
    }

    fn finish(mut self, size: u64, sink: &mut Sink<'_>) -> Result<()> {
        let reader = self.reader.take().ok_or_else(|| self.damaged())?;
        let opened = reader.finish(&mut self.plain);
        opened.map_err(|_| self.damaged())?;
        self.hand_out(sink)?;
        if self.size == size { Ok(()) } else { Err(self.damaged()) }
    }
}
