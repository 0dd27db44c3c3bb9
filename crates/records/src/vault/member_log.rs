//! Logs of members that are shared: what people with the right to write did goes into the own log, and what the own log
//! says goes into theirs, signed. The own log comes first and is the truth; what a stop left out is done at the next sync.
//!
//! Each generation of a member's keys has a log of its own, below `family-members/{member}/shared-{generation}/`. The log of
//! a former generation is not read any more: what somebody whose access ended still writes there is heard by nobody.

use std::{collections::BTreeSet, sync::Arc};

use holdfast_crypto::{UserId, vault::UnconfirmedIdentity};
use holdfast_journal::{Journal, Millis, NewEntry, Reach, State};
use holdfast_storage::prefix::PrefixStore;
use uuid::Uuid;

use super::{Pulled, Vault};
use crate::{
    Error, Result,
    change::{Change, Subject},
    layout::member_prefix,
    local::set_fact,
    sharing::{
        entry::{self, Entry, LogOf, SIGNED_KIND},
        user_of,
    },
};

const PAGE: usize = 2_000;

impl Vault {
    fn log_of(&self, member: Uuid) -> Result<LogOf> {
        let owner = Uuid::try_parse(self.keyring.user_id().as_str()).map_err(|_| Error::NoVault)?;
        Ok(LogOf { owner, member, generation: self.sharing.current(member) })
    }

    /// The member's log with the current key; it is taken out while it is used.
    fn open_log(&mut self, log: LogOf, now: Millis) -> Result<Journal> {
        match self.logs.remove(&log.member) {
            Some((generation, journal)) if generation == log.generation => Ok(journal),
            _ => {
                let keys = self.keys_of(log.member)?.log_keys(UserId::named(&log.folder())?)?;
                let state = State::open(&self.folder.join(format!("{}.db", log.name())))?;
                let place = PrefixStore::wrap(self.store.clone(), &member_prefix(log.member));
                let settings = holdfast_journal::Settings {
                    first_id: Some(self.journal.device()),
                    ..self.journal_settings.clone()
                };
                Ok(Journal::open(state, place, Arc::new(keys), settings, Box::new(self.chance.clone()), now)?)
            }
        }
    }

    /// Reads the logs of shared members and tells in the own log what writers did. A log that cannot be read stops nothing.
    pub(super) async fn take_member_logs(&mut self, reach: Reach, pulled: &mut Pulled, now: Millis) -> Result<()> {
        if !self.is_own() {
            return Ok(());
        }
        for member in self.sharing.shared_members(now) {
            let log = self.log_of(member)?;
            let mut journal = self.open_log(log, now)?;
            let came = journal.pull(reach, now).await;
            let taken = self.take_from(log, &journal, now);
            self.logs.insert(member, (log.generation, journal));
            taken?;
            match came {
                Ok(came) => pulled.log_failures.extend(came.failures.iter().map(|one| one.error.to_string())),
                Err(error) => pulled.log_failures.push(error.to_string()),
            }
        }
        Ok(())
    }

    fn take_from(&mut self, log: LogOf, journal: &Journal, now: Millis) -> Result<()> {
        let (name, cursor_name) = (log.name(), format!("from {}", log.name()));
        let own = UnconfirmedIdentity::parse(&self.keyring.identity()?.public_key_blob()?)?;
        let own = own.confirm(&self.keyring.identity()?.fingerprint())?;
        let writers: Vec<_> = self.sharing.writers(log.member, now).map(|person| person.public.clone()).collect();
        let devices = self.journal.status()?.devices;
        let devices: BTreeSet<Uuid> = devices.into_iter().map(|device| device.device).collect();
        loop {
            let (page, cursor) = self.local.page(journal.state(), &cursor_name, PAGE)?;
            let Some(cursor) = cursor else { return Ok(()) };
            for found in journal.state().entries_of(&page)? {
                let Some(entry) = Entry::parse(log, &found) else { continue };
                if entry.is_of(&own) {
                    self.local.set_told(&name, entry.change.id())?;
                } else if may_come_from_others(&entry.change)
                    && !devices.contains(&entry.change.device)
                    && writers.iter().any(|writer| entry.is_of(writer))
                {
                    self.tell(&entry.change, now)?;
                }
            }
            self.local.transaction(|conn| set_fact(conn, &cursor_name, &cursor))?;
        }
    }

    /// Says in the logs of shared members what the own log says and they do not yet, and sends it. Which could not be
    /// written, and why.
    pub(super) async fn fill_member_logs(&mut self, now: Millis) -> Result<Vec<(Uuid, Error)>> {
        let mut failures = Vec::new();
        if !self.is_own() {
            return Ok(failures);
        }
        for member in self.sharing.shared_members(now) {
            match self.fill_member_log(member, now).await {
                Ok(()) => {}
                Err(error) if error.is_fatal() && !matches!(error, Error::Journal(_)) => return Err(error),
                Err(error) => failures.push((member, error)),
            }
        }
        Ok(failures)
    }

    async fn fill_member_log(&mut self, member: Uuid, now: Millis) -> Result<()> {
        let log = self.log_of(member)?;
        let mut journal = self.open_log(log, now)?;
        let filled = match self.fill(log, &mut journal, now) {
            Ok(()) => journal.flush(now).await.map(drop).map_err(Error::from),
            Err(error) => Err(error),
        };
        let filled = match filled {
            Ok(()) => journal.maintain(now).await.map(drop).map_err(Error::from),
            Err(error) => Err(error),
        };
        self.logs.insert(member, (log.generation, journal));
        filled
    }

    fn fill(&mut self, log: LogOf, journal: &mut Journal, now: Millis) -> Result<()> {
        let device = self.device_keys.clone().ok_or(Error::NoDeviceKeys)?;
        let (name, cursor_name, identity) = (log.name(), format!("into {}", log.name()), self.keyring.identity()?);
        loop {
            let (page, cursor) = self.local.page(self.journal.state(), &cursor_name, PAGE)?;
            let Some(cursor) = cursor else { return Ok(()) };
            for found in self.journal.state().entries_of(&page)? {
                let Some(change) = self.read_entry(&found) else { continue };
                if change.member != log.member || !is_shared(&change) || self.local.is_told(&name, change.id())? {
                    continue;
                }
                let payload = entry::sign(log, &change, &identity, &device)?;
                let entry =
                    NewEntry { id: entry::id(&payload), time: change.time, kind: SIGNED_KIND, payload: payload.into() };
                journal.capture(entry, now)?;
            }
            self.local.transaction(|conn| set_fact(conn, &cursor_name, &cursor))?;
        }
    }

    /// A change as it stands in this vault's log, where it is one that may be taken.
    pub(super) fn read_entry(&self, found: &holdfast_journal::Entry) -> Option<Change> {
        let Some(granted) = self.granted() else { return super::fetch::read_entry(found) };
        let entry = Entry::parse(granted.log, found)?;
        let fits = is_shared(&entry.change) && user_of(&granted.own).is_some();
        let said_by_owner = entry.is_of(&granted.owner.public);
        let own = may_come_from_others(&entry.change) && entry.is_of(&granted.own);
        (fits && (said_by_owner || own)).then_some(entry.change)
    }

    /// The change with this id, as the log tells of it.
    pub(super) fn told(&self, id: Uuid) -> Result<Option<Change>> {
        if self.is_own() {
            return Ok(self.journal.state().entry(id)?.and_then(|entry| self.read_entry(&entry)));
        }
        let entries = self.journal.entries()?;
        Ok(entries.iter().filter_map(|entry| self.read_entry(entry)).find(|change| change.id() == id))
    }

    /// In somebody else's log a change is signed.
    pub(super) fn signed(&self, change: &Change) -> Result<Option<NewEntry>> {
        let Some(granted) = self.granted() else { return Ok(None) };
        let device = self.device_keys.as_ref().ok_or(Error::NoDeviceKeys)?;
        let payload = entry::sign(granted.log, change, &self.keyring.identity()?, device)?;
        Ok(Some(NewEntry { id: entry::id(&payload), time: change.time, kind: SIGNED_KIND, payload: payload.into() }))
    }
}

/// What a member's log may say.
fn is_shared(change: &Change) -> bool {
    matches!(change.subject, Subject::Version { .. } | Subject::Attachment { .. } | Subject::Removal { .. })
}

/// What somebody who was given the right to write may say: nothing goes by others.
fn may_come_from_others(change: &Change) -> bool {
    matches!(change.subject, Subject::Version { .. } | Subject::Attachment { .. })
}
