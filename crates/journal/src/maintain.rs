//! Tidying the own log: folds, entries that were deleted, segments whose time is over, the daily word that we are here.

use holdfast_storage::Key;
use uuid::Uuid;

use crate::{
    Error, Journal, Millis, Result,
    clock::{DAY, has_passed},
    journal::new_id,
    plan::{choose_fold, choose_rewrite},
    record::{Content, Record},
    segment::{self, Place},
    state::{
        State, entries,
        log::{self, FILE_DUE, Outgoing, OwnStored},
        next_number,
    },
};

/// The most objects one DeleteObjects takes.
const DELETE_AT_ONCE: usize = 1000;

/// What tidying did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Segments written that took the place of others.
    pub folds: u64,
    /// Superseded segments that were removed.
    pub removed: u64,
    /// The id this device took because another computer wrote under its old one.
    pub new_device: Option<Uuid>,
}

impl Journal {
    /// Folds what is due; once a day also writes segments without deleted entries, tells that this device is here, and
    /// removes what a fold took the place of longer ago than the retention time. Cheap when nothing is due.
    pub async fn maintain(&mut self, now: Millis) -> Result<Maintained> {
        let daily = has_passed(self.state.time_fact("file written")?, self.settings.check_every, now);
        self.tidy(daily, now).await
    }

    /// As [`Self::maintain`], and does what is daily now.
    pub async fn maintain_now(&mut self, now: Millis) -> Result<Maintained> {
        self.tidy(true, now).await
    }

    async fn tidy(&mut self, daily: bool, now: Millis) -> Result<Maintained> {
        let mut done = Maintained::default();
        if self.state.fact("file written")?.is_none() {
            return Ok(done);
        }
        match self.tidy_own_log(daily, &mut done, now).await {
            Err(Error::Cloned { .. }) => done.new_device = Some(self.renew(now).await?),
            other => other?,
        }
        Ok(done)
    }

    async fn tidy_own_log(&mut self, daily: bool, done: &mut Maintained, now: Millis) -> Result<()> {
        self.fold_all(daily, done, now).await?;
        if daily || self.state.fact(FILE_DUE)?.is_some() {
            self.write_device_file(now).await?;
        }
        if daily {
            done.removed = self.remove_superseded(now).await?;
        }
        Ok(())
    }

    /// Each fold makes fewer segments, or holds no deleted entry any more: it comes to an end.
    async fn fold_all(&mut self, daily: bool, done: &mut Maintained, now: Millis) -> Result<()> {
        if self.state.outgoing()?.is_some() {
            self.flush_outgoing(now).await?;
        }
        loop {
            let own = self.state.own_segments(daily)?;
            let mut chosen = choose_fold(&own, self.settings.fold);
            if chosen.is_empty() && daily {
                chosen = choose_rewrite(&own, self.settings.fold);
            }
            if chosen.is_empty() {
                return Ok(());
            }
            let level = own.iter().filter(|one| chosen.contains(&one.sequence)).map(|one| one.level).max().unwrap_or(0);
            let outgoing = self.seal_fold(&chosen, level + u32::from(chosen.len() > 1), now)?;
            self.send(outgoing, now).await?;
            done.folds += 1;
        }
    }

    pub(crate) async fn flush_outgoing(&mut self, now: Millis) -> Result<()> {
        match self.state.outgoing()? {
            Some(outgoing) => self.send(outgoing, now).await,
            None => Ok(()),
        }
    }

    fn seal_fold(&mut self, chosen: &[u64], level: u32, now: Millis) -> Result<Outgoing> {
        let stored: Vec<OwnStored> = self.state.own_stored(Some(chosen))?;
        let records = self.records_of(&stored)?;
        let Self { state, keys, random, device, settings, .. } = self;
        state.transaction(|conn| {
            let mut bytes = Vec::new();
            for record in &records {
                if !entries::is_deleted(conn, record.id)? {
                    bytes.push(record.to_bytes());
                }
            }
            let content = Content::Fold { covers: chosen.to_vec() };
            let number = next_number(conn)?;
            bytes.push(Record { id: new_id(&mut **random), time: now, origin: *device, number, content }.to_bytes());
            let end = log::end(conn)?;
            let place = Place { device: *device, sequence: end.sequence + 1, previous: end.hash };
            let sealed = segment::seal(keys, &place, bytes.iter().map(Vec::as_slice), settings.packing, &mut **random)?;
            let hash = holdfast_crypto::sha256(&sealed);
            let outgoing = Outgoing { sequence: place.sequence, bytes: sealed, hash, level, covers: chosen.to_vec() };
            log::keep_outgoing(conn, &outgoing)?;
            Ok(outgoing)
        })
    }

    async fn remove_superseded(&mut self, now: Millis) -> Result<u64> {
        let old = expired(&self.state, self.settings.retention.max(DAY), now)?;
        let store = self.store.clone();
        for sequences in old.chunks(DELETE_AT_ONCE) {
            let keys = sequences.iter().map(|at| Ok(self.layout.segment(self.device, *at)?));
            let results = store.delete_many(&keys.collect::<Result<Vec<Key>>>()?).await?;
            let gone: Vec<u64> =
                sequences.iter().zip(results).filter(|(_, result)| result.is_ok()).map(|(at, _)| *at).collect();
            self.state.forget_superseded(&gone)?;
        }
        Ok(old.len() as u64)
    }
}

/// Superseded sequences whose retention is over. A clock that was set back keeps them longer.
fn expired(state: &State, retention: Millis, now: Millis) -> Result<Vec<u64>> {
    let superseded = state.superseded()?.into_iter();
    let over = |since: Millis| now >= since && now.saturating_sub(since) >= retention;
    Ok(superseded.filter(|(_, since)| over(*since)).map(|(sequence, _)| sequence).collect())
}
