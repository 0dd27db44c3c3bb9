//! Sending: the device file and segments. A segment is sealed once and the same bytes are sent until the place has them.

use holdfast_storage::{Body, Error as StoreError, WriteOptions};
use uuid::Uuid;

use crate::{
    Creates, Error, Journal, Millis, Result,
    device_file::DeviceFile,
    fetch::fetch_if_there,
    record::Record,
    segment::{self, Place},
    state::log::{self, FILE_DUE, Outgoing},
    state::{forget_fact, set_fact},
};

/// Records of one segment, in bytes; a single larger one has a segment of its own.
const SEGMENT_BYTES: usize = 4 << 20;
/// Ids that are given up in one call before it ends with an error.
const RENEWALS: u32 = 3;

/// What a flush did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Segments that the place confirmed.
    pub segments: u64,
    /// The id this device took because another computer wrote under its old one.
    pub new_device: Option<Uuid>,
}

impl Journal {
    /// Sends everything that waits, due or not. After an error it can be called again at any time.
    pub async fn flush(&mut self, now: Millis) -> Result<Flushed> {
        let mut flushed = Flushed::default();
        let mut renewals = 0;
        loop {
            match self.flush_one(now).await {
                Ok(true) => flushed.segments += 1,
                Ok(false) => return Ok(flushed),
                Err(Error::Cloned { .. }) if renewals < RENEWALS => {
                    renewals += 1;
                    flushed.new_device = Some(self.renew(now).await?);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn flush_one(&mut self, now: Millis) -> Result<bool> {
        if self.state.fact("file written")?.is_none() {
            self.write_device_file(now).await?;
        }
        let outgoing = match self.state.outgoing()? {
            Some(outgoing) => outgoing,
            None => match self.seal_waiting()? {
                Some(outgoing) => outgoing,
                None => return Ok(false),
            },
        };
        self.send(outgoing, now).await?;
        Ok(true)
    }

    fn seal_waiting(&mut self) -> Result<Option<Outgoing>> {
        let Self { state, keys, random, device, settings, .. } = self;
        state.transaction(|conn| {
            let records = log::next_waiting(conn, SEGMENT_BYTES)?;
            if records.is_empty() {
                return Ok(None);
            }
            let end = log::end(conn)?;
            let place = Place { device: *device, sequence: end.sequence + 1, previous: end.hash };
            let bytes = segment::seal(
                keys,
                &place,
                records.iter().map(|(_, record)| record.as_slice()),
                settings.packing,
                &mut **random,
            )?;
            let hash = holdfast_crypto::sha256(&bytes);
            let outgoing = Outgoing { sequence: place.sequence, bytes, hash, level: 0, covers: Vec::new() };
            log::keep_outgoing(conn, &outgoing)?;
            log::set_in_flight(conn, records.iter().map(|(position, _)| *position))?;
            Ok(Some(outgoing))
        })
    }

    /// Sends a kept segment and confirms it. [`Error::Cloned`] when its place holds something else.
    pub(crate) async fn send(&mut self, outgoing: Outgoing, now: Millis) -> Result<()> {
        self.look_at_own_file().await?;
        match self.settings.creates {
            Creates::Honoured => self.create(&outgoing).await?,
            Creates::NotHonoured => self.write_and_read_back(&outgoing).await?,
        }
        let records = self.own_records(outgoing.sequence, &outgoing.bytes)?;
        self.state.transaction(|conn| log::confirm(conn, &outgoing, &records, now))
    }

    async fn create(&mut self, outgoing: &Outgoing) -> Result<()> {
        let store = self.store.clone();
        let key = self.layout.segment(self.device, outgoing.sequence)?;
        let options = WriteOptions { if_absent: true, ..segment_options() };
        match store.put(&key, body(outgoing), &options).await {
            Ok(_) => Ok(()),
            Err(refused @ StoreError::PreconditionFailed { .. }) => match fetch_if_there(&*store, &key).await? {
                Some(found) if found == outgoing.bytes => Ok(()),
                Some(_) => Err(Error::Cloned { device: self.device }),
                None => Err(refused.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    async fn write_and_read_back(&mut self, outgoing: &Outgoing) -> Result<()> {
        let (store, device) = (self.store.clone(), self.device);
        let end = self.state.end()?;
        if end.sequence > 0 {
            let last = fetch_if_there(&*store, &self.layout.segment(device, end.sequence)?).await?;
            if last.is_none_or(|found| holdfast_crypto::sha256(&found) != end.hash) {
                return Err(Error::Cloned { device });
            }
        }
        let key = self.layout.segment(device, outgoing.sequence)?;
        match fetch_if_there(&*store, &key).await? {
            Some(found) if found == outgoing.bytes => return Ok(()),
            Some(_) => return Err(Error::Cloned { device }),
            None => store.put(&key, body(outgoing), &segment_options()).await?,
        };
        match fetch_if_there(&*store, &key).await? {
            Some(found) if found == outgoing.bytes => Ok(()),
            _ => Err(Error::Cloned { device }),
        }
    }

    /// The records of an own segment.
    pub(crate) fn own_records(&self, sequence: u64, bytes: &[u8]) -> Result<Vec<Record>> {
        match segment::open(&self.keys, self.device, sequence, bytes) {
            Ok(opened) => Ok(opened.records),
            Err(segment::Unreadable::Seal(error)) => Err(error.into()),
            Err(_) => Err(holdfast_crypto::Error::Broken.into()),
        }
    }

    /// Writes this device's file for the first time: from then on others find its log.
    pub async fn register(&mut self, now: Millis) -> Result<()> {
        if self.state.fact("file written")?.is_some() {
            return Ok(());
        }
        match self.write_device_file(now).await {
            Err(Error::Cloned { .. }) => {
                self.renew(now).await?;
                self.write_device_file(now).await
            }
            other => other,
        }
    }

    /// Writes this device's file as it should be now.
    pub(crate) async fn write_device_file(&mut self, now: Millis) -> Result<()> {
        self.look_at_own_file().await?;
        let file = DeviceFile {
            device: self.device,
            name: self.settings.name.clone(),
            registered: self.state.time_fact("registered")?.unwrap_or(now),
            last_seen: now,
            reached: self.state.end()?.sequence,
            live: self.state.live()?,
        };
        let bytes = file.to_bytes(&self.keys, &mut *self.random)?;
        let store = self.store.clone();
        let options = WriteOptions { content_type: Some("application/json".into()), ..WriteOptions::default() };
        store.put(&self.layout.device_file(self.device)?, Body::bytes(bytes), &options).await?;
        self.state.transaction(|conn| {
            forget_fact(conn, FILE_DUE)?;
            set_fact(conn, "file written", &now.to_string())
        })
    }
}

fn body(outgoing: &Outgoing) -> Body {
    Body::bytes(outgoing.bytes.clone()).with_sha256(outgoing.hash)
}

fn segment_options() -> WriteOptions {
    WriteOptions { content_type: Some("application/octet-stream".into()), ..WriteOptions::default() }
}
