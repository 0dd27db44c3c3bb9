//! Another master secret: how it is taken over, what follows from it on this device, and that the place shows it.
//!
//! What was adopted stands in the local database before it is used, so that a stop between two steps is no matter:
//! [`latest_keyring`] brings a keyring out of the keychain up to it.

use std::{path::Path, sync::Arc};

use holdfast_crypto::vault::{DeviceKeys, DevicePublic, UnconfirmedIdentity, Vault as Keyring};
use holdfast_journal::{Journal, Limits, Millis, State};

use super::Vault;
use crate::{
    Error, Result,
    layout::ObjectName,
    local::{Adopted, Local, set_fact},
    objects,
    rotation::{Rotation, Statement},
    sharing::Sharing,
};

/// The keyring as this computer knows it: what the keychain has, and what came since and may not stand there yet. To be
/// asked before a vault is opened; what differs belongs in the keychain.
///
/// # Errors
/// Those of the cryptography when the keyring is another one.
pub fn latest_keyring(folder: &Path, keyring: Arc<Keyring>, own: &DeviceKeys) -> Result<Arc<Keyring>> {
    let path = folder.join("records.db");
    if !path.is_file() {
        return Ok(keyring);
    }
    continued(&Local::open(&path)?, keyring, own)
}

fn continued(local: &Local, mut keyring: Arc<Keyring>, own: &DeviceKeys) -> Result<Arc<Keyring>> {
    for Adopted { generation, object, giver } in local.adopted()? {
        let Some(giver) = giver.filter(|_| generation > keyring.generation()) else { continue };
        let taken = Rotation::parse(&object)?.take_over(own, &keyring, &[giver])?;
        keyring = Arc::new(taken.ok_or(Error::NotHandedOver)?.0);
    }
    Ok(keyring)
}

/// What was said with each master secret but the first, as far as it is known here.
pub(super) fn statements(local: &Local, keyring: &Keyring) -> Result<Vec<(u16, Statement)>> {
    let mut all = Vec::new();
    for Adopted { generation, object, .. } in local.adopted()? {
        if generation <= keyring.generation() {
            all.push((generation, Rotation::parse(&object)?.statement(keyring)?));
        }
    }
    Ok(all)
}

/// How far logs count, for the journal: the first key first. Of a key whose end is not known nothing counts.
pub(super) fn former(statements: &[(u16, Statement)], keyring: &Keyring) -> Vec<Limits> {
    let of = |generation: u16| statements.iter().find(|(ended_by, _)| *ended_by == generation);
    (2..=keyring.generation()).map(|one| of(one).map(|(_, said)| said.limits.clone()).unwrap_or_default()).collect()
}

impl Vault {
    /// The keyring as it is now. After a sync it may be another one than this vault was opened with: it belongs in the
    /// keychain.
    pub fn keyring(&self) -> &Arc<Keyring> {
        &self.keyring
    }

    /// What was said with each secret must be known before a log is believed. One GET for each that is not here.
    pub(super) async fn fetch_statements(&mut self, now: Millis) -> Result<()> {
        if !self.is_own() || self.statements.len() + 1 >= self.keyring.generation().into() {
            return Ok(());
        }
        let known: Vec<u16> = self.statements.iter().map(|(generation, _)| *generation).collect();
        let store = self.store.clone();
        for generation in (2..=self.keyring.generation()).filter(|generation| !known.contains(generation)) {
            let object = objects::read(&*store, &ObjectName::Keyring { generation }.key()?).await?;
            let object = object.ok_or(Error::NoRotation { generation })?.to_vec();
            Rotation::parse(&object)?.statement(&self.keyring)?;
            self.local.adopt(&Adopted { generation, object, giver: None })?;
        }
        self.begin_with_keys(now)
    }

    /// Takes over every later secret that the place has for this device: one GET when there is none.
    ///
    /// # Errors
    /// [`Error::NotHandedOver`], and those of the cryptography when it was made by nobody who is believed.
    pub(super) async fn take_keyrings(&mut self, now: Millis) -> Result<()> {
        let store = self.store.clone();
        while self.is_own() {
            let Some(generation) = self.keyring.generation().checked_add(1) else { break };
            let Some(object) = objects::read(&*store, &ObjectName::Keyring { generation }.key()?).await? else { break };
            let own = self.device_keys.clone().ok_or(Error::NotHandedOver)?;
            let answer = Rotation::parse(&object)?.take_over(&own, &self.keyring, &self.sharing.devices.believed())?;
            let (keyring, giver) = answer.ok_or(Error::NotHandedOver)?;
            self.adopt(object.to_vec(), keyring, giver, now).await?;
        }
        Ok(())
    }

    /// Goes on with a later secret. What is sealed and on its way is sent before.
    pub(super) async fn adopt(
        &mut self,
        object: Vec<u8>,
        keyring: Keyring,
        giver: DevicePublic,
        now: Millis,
    ) -> Result<()> {
        Rotation::parse(&object)?.statement(&keyring)?;
        self.journal.send_outgoing(now).await?;
        self.local.adopt(&Adopted { generation: keyring.generation(), object, giver: Some(giver) })?;
        self.keyring = Arc::new(keyring);
        self.begin_with_keys(now)
    }

    /// What another process of this computer heard of sharing and of later keys.
    pub(super) fn take_again(&mut self, now: Millis) -> Result<()> {
        if !self.is_own() {
            return Ok(());
        }
        self.sharing = Sharing::default();
        self.members.clear();
        self.local.sharing()?.iter().for_each(|change| self.sharing.take(change));
        if let Some(own) = self.device_keys.clone() {
            let keyring = continued(&self.local, self.keyring.clone(), &own)?;
            if keyring.generation() > self.keyring.generation() {
                self.keyring = keyring;
                return self.begin_with_keys(now);
            }
        }
        self.take_statements(now)
    }

    /// Opens the log anew with all keys and what counts of it.
    fn begin_with_keys(&mut self, now: Millis) -> Result<()> {
        self.statements = statements(&self.local, &self.keyring)?;
        let settings = holdfast_journal::Settings {
            former: former(&self.statements, &self.keyring),
            ..self.journal_settings.clone()
        };
        let state = State::open(&self.folder.join("log.db"))?;
        let (keys, random) = (Arc::new(self.keyring.log_keys()?), Box::new(self.chance.clone()));
        self.journal = Journal::open(state, self.users.clone(), keys, settings, random, now)?;
        self.members.clear();
        self.take_statements(now)
    }

    /// What follows from what was said with each secret, once for each.
    pub(super) fn take_statements(&mut self, now: Millis) -> Result<()> {
        if !self.is_own() {
            return Ok(());
        }
        self.sharing.begin(self.keyring.generation());
        for (generation, statement) in self.statements.clone() {
            self.sharing.devices.revoke(statement.revoked);
            let noted = format!("begun {generation}");
            if self.local.fact(&noted)?.is_none() {
                self.journal.retire(statement.revoked, now)?;
                self.journal.tell_again(&statement.limits, &format!("told again {generation}"), now)?;
                self.local.transaction(|conn| set_fact(conn, &noted, "1"))?;
            }
        }
        Ok(())
    }

    /// How keys followed each other is needed by every device that joins: what the place lost of it is put there again. One
    /// HEAD for each.
    pub(super) async fn repair_rotations(&mut self) -> Result<u64> {
        let (store, mut repaired) = (self.store.clone(), 0);
        for Adopted { generation, object, .. } in self.local.adopted()? {
            let key = ObjectName::Keyring { generation }.key()?;
            if objects::size(&*store, &key).await?.is_none() {
                objects::create(&*store, &key, &object, self.creates).await?;
                repaired += 1;
            }
        }
        Ok(repaired)
    }

    /// The place shows the keys that began: the blob of the recovery code, then the public key, which tells that both are
    /// there. Whoever syncs first does what a stop left out.
    pub(super) async fn place_keys(&mut self) -> Result<()> {
        let generation = self.keyring.generation();
        let noted = format!("keys placed {generation}");
        let Some((_, said)) = self.statements.last().filter(|(last, _)| *last == generation).cloned() else {
            return Ok(());
        };
        if self.local.fact(&noted)?.is_some() {
            return Ok(());
        }
        let store = self.store.clone();
        let shown = objects::read(&*store, &ObjectName::PublicKey.key()?).await?;
        if shown.is_none_or(|shown| shows_less(&shown, generation)) {
            objects::replace(&*store, &ObjectName::MasterKey.key()?, &said.master_key).await?;
            objects::replace(&*store, &ObjectName::PublicKey.key()?, &said.public_key).await?;
        }
        self.local.transaction(|conn| set_fact(conn, &noted, "1"))
    }
}

/// Whether a public key is that of an earlier secret, or none.
fn shows_less(blob: &[u8], generation: u16) -> bool {
    let Ok(found) = UnconfirmedIdentity::parse(blob) else { return true };
    let fingerprint = found.fingerprint().clone();
    found.confirm(&fingerprint).map_or(true, |found| found.generation() < generation)
}
