//! Is the own log still ours? A cloned disk, a restored computer and a bucket that was set back all show here.
//!
//! Whatever the reason, the answer is one: a new id, and everything that the old log may not hold is written again. Where
//! creates are honoured, what stands in the log stays there, and only records from the first segment that is missing or
//! differs are written again. Elsewhere another computer may still write over any of them: all are.

use uuid::Uuid;

use crate::{
    Creates, Error, Journal, Millis, Result,
    device_file::DeviceFile,
    fetch::{Answer, fetch_all, fetch_if_there},
    journal::new_id,
    record::{Content, Record},
    state::{
        entries,
        log::{self, OwnStored},
        peers, set_fact,
    },
};

impl Journal {
    /// Looks whether the own device file tells of more than this device wrote. Before each write: a copy that comes to
    /// life after its twin has folded and removed segments would find their places free.
    pub(crate) async fn look_at_own_file(&mut self) -> Result<()> {
        let (store, key) = (self.store.clone(), self.layout.device_file(self.device)?);
        let Some(bytes) = fetch_if_there(&*store, &key).await? else { return Ok(()) };
        let reached = DeviceFile::parse(&self.keys, self.device, &bytes).map_or(0, |file| file.reached);
        match reached > self.state.end()?.sequence {
            true => Err(Error::Cloned { device: self.device }),
            false => Ok(()),
        }
    }

    /// Compares the own log with what this device wrote: its end, or where creates are not honoured all live segments.
    /// [`Error::Cloned`] when it is no longer ours alone.
    pub(crate) async fn check_own(&mut self) -> Result<()> {
        self.look_at_own_file().await?;
        let end = self.state.end()?;
        let stored = match self.settings.creates {
            Creates::Honoured => self.state.own_stored(Some(&[end.sequence]))?,
            Creates::NotHonoured => self.state.own_stored(None)?,
        };
        let mut keys = self.segment_keys(&stored)?;
        keys.push(self.layout.segment(self.device, end.sequence + 1)?);
        let mut answers = fetch_all(self.store.clone(), keys).await;
        let next = answers.pop();
        let outgoing = self.state.outgoing()?;
        let next_is_ours = match next {
            Some(Answer::Bytes(found)) => outgoing.is_some_and(|outgoing| outgoing.bytes == found),
            Some(Answer::Failed(error)) => return Err(error.into()),
            Some(Answer::Absent) | None => true,
        };
        match next_is_ours && first_unlike(&stored, answers)?.is_none() {
            true => Ok(()),
            false => Err(Error::Cloned { device: self.device }),
        }
    }

    /// Takes a new id. Makes no write request; what must be written again waits.
    pub(crate) async fn renew(&mut self, now: Millis) -> Result<Uuid> {
        let stored = self.state.own_stored(None)?;
        let keys = self.segment_keys(&stored)?;
        let again = match self.settings.creates {
            Creates::NotHonoured => &stored[..],
            Creates::Honoured => {
                let answers = fetch_all(self.store.clone(), keys).await;
                let first = first_unlike(&stored, answers)?.unwrap_or(stored.len());
                &stored[first..]
            }
        };
        let records = self.records_of(again)?;
        let (old, new) = (self.device, new_id(&mut *self.random));
        self.state.transaction(|conn| {
            log::leave(conn, new)?;
            set_fact(conn, "registered", &now.to_string())?;
            peers::add_peer(conn, old)?;
            for record in records {
                if !entries::is_deleted(conn, record.id)? {
                    entries::wait(conn, record.id, &record.to_bytes(), now)?;
                }
            }
            Ok(())
        })?;
        self.device = new;
        Ok(new)
    }

    fn segment_keys(&self, stored: &[OwnStored]) -> Result<Vec<holdfast_storage::Key>> {
        stored.iter().map(|one| Ok(self.layout.segment(self.device, one.sequence)?)).collect()
    }

    /// All records of own segments but their fold records.
    pub(crate) fn records_of(&self, stored: &[OwnStored]) -> Result<Vec<Record>> {
        let mut all = Vec::new();
        for one in stored {
            let records = self.own_records(one.sequence, &one.bytes)?;
            all.extend(records.into_iter().filter(|record| !matches!(record.content, Content::Fold { .. })));
        }
        Ok(all)
    }
}

/// The first segment that the place does not have as it was written. An answer that failed is an error.
fn first_unlike(stored: &[OwnStored], answers: Vec<Answer>) -> Result<Option<usize>> {
    for (index, (one, answer)) in stored.iter().zip(answers).enumerate() {
        match answer {
            Answer::Bytes(found) if holdfast_crypto::sha256(&found) == one.hash => {}
            Answer::Bytes(_) | Answer::Absent => return Ok(Some(index)),
            Answer::Failed(error) => return Err(error.into()),
        }
    }
    Ok(None)
}
