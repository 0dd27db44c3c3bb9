//! Own devices: each tells its public keys in the log, and one that is lost is revoked. With that another master secret
//! begins, which the devices that stay are handed; the one that is revoked opens nothing that is written from then on, and
//! nothing that it writes counts.

use holdfast_crypto::vault::{DevicePublic, Vault as Keyring};
use holdfast_journal::Millis;
use uuid::Uuid;

use super::{Founding, Vault};
use crate::{
    Error, Result,
    change::{Action, DeviceChange, Subject},
    layout::ObjectName,
    local::put_change,
    objects::{self, Created},
    rotation::{self, Rotation, Statement},
};

/// What revoking a device would do. It holds the keyring that would begin, for [`Founding::seal`].
#[derive(Debug)]
pub struct DeviceRevocation {
    /// The device that goes.
    pub device: Uuid,
    /// Devices that stay and are handed the new keys, this one included.
    pub stay: Vec<Uuid>,
    /// Devices that told no keys: they must be opened with the recovery code again.
    pub left_out: Vec<Uuid>,
    keyring: Keyring,
}

impl DeviceRevocation {
    /// The keys that would begin: to be sealed under the recovery code.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }
}

impl Vault {
    /// Lets the other devices know this one's public keys, once.
    pub(super) fn tell_device(&mut self, now: Millis) -> Result<()> {
        let Some(public) = self.device_keys.as_ref().map(|keys| keys.public()) else { return Ok(()) };
        if !self.is_own() || self.sharing.devices.key(self.journal.device()) == Some(public) {
            return Ok(());
        }
        let subject = Subject::Device(DeviceChange { public });
        let change = self.change(Action::Insert, subject, Uuid::nil(), now)?;
        self.local.transaction(|conn| put_change(conn, &change, now))?;
        self.take_sharing(&change);
        Ok(())
    }

    /// Whether a device of this vault was revoked.
    pub fn is_revoked(&self, device: Uuid) -> bool {
        self.sharing.devices.is_revoked(device)
    }

    /// What revoking a device would do. Makes new keys, and no request; nothing changes before [`Self::revoke_device`].
    ///
    /// # Errors
    /// [`Error::UnknownDevice`], [`Error::OwnDevice`], [`Error::NoDeviceKeys`].
    pub fn plan_device_revocation(&mut self, device: Uuid) -> Result<DeviceRevocation> {
        self.owners_work()?;
        let own = self.device_keys.as_ref().ok_or(Error::NoDeviceKeys)?.public();
        let known = self.sharing.devices.key(device);
        if device == self.journal.device() || known == Some(own) {
            return Err(Error::OwnDevice);
        }
        let status = self.journal.status()?.devices;
        if self.is_revoked(device) || !status.iter().any(|one| one.device == device) {
            return Err(Error::UnknownDevice { device });
        }
        let (mut stay, mut left_out) = (Vec::new(), Vec::new());
        for one in status.iter().filter(|one| one.retired.is_none() && !self.is_revoked(one.device)) {
            match self.sharing.devices.key(one.device) {
                _ if one.device == device => {}
                Some(public) if Some(public) == known => {}
                Some(_) => stay.push(one.device),
                None if one.is_this => stay.push(one.device),
                None => left_out.push(one.device),
            }
        }
        let keyring = self.keyring.rotated(&mut *self.random)?;
        Ok(DeviceRevocation { device, stay, left_out, keyring })
    }

    /// Revokes a device: takes effect with the next sync, before anything else is sent. `founding` is sealed by
    /// [`Founding::seal`] from the plan's keyring. Makes no request.
    ///
    /// # Errors
    /// [`Error::OtherFounding`], [`Error::KeysChangedMeanwhile`] when another keyring began since the plan was made.
    pub fn revoke_device(&mut self, plan: DeviceRevocation, founding: &Founding) -> Result<()> {
        self.owners_work()?;
        let DeviceRevocation { device, stay, keyring, .. } = plan;
        if keyring.identity()?.public_key_blob()? != founding.public_key {
            return Err(Error::OtherFounding);
        }
        if keyring.generation() != self.keyring.generation() + 1 || self.local.rotation()?.is_some() {
            return Err(Error::KeysChangedMeanwhile);
        }
        let own = self.device_keys.clone().ok_or(Error::NoDeviceKeys)?;
        let mut handed: Vec<DevicePublic> = vec![own.public()];
        for public in stay.iter().filter_map(|device| self.sharing.devices.key(*device)) {
            if !handed.contains(&public) {
                handed.push(public);
            }
        }
        let statement = Statement {
            by: self.journal.device(),
            revoked: device,
            limits: self.journal.limits()?,
            public_key: founding.public_key.clone(),
            master_key: founding.master_key.clone(),
        };
        let object = rotation::seal(&keyring, &statement, &own, &handed, &mut *self.random)?;
        self.local.set_rotation(Some(&object))
    }

    /// Creates in the place what [`Self::revoke_device`] made, and goes on with it. Before anything else is sent, so that
    /// nothing is sealed with the former keys once somebody wanted them gone.
    pub(super) async fn send_rotation(&mut self, now: Millis) -> Result<()> {
        let Some(object) = self.local.rotation()? else { return Ok(()) };
        let own = self.device_keys.clone().ok_or(Error::NoDeviceKeys)?;
        let taken = Rotation::parse(&object)?.take_over(&own, &self.keyring, &[own.public()]);
        let (Ok(Some((keyring, giver))), store) = (taken, self.store.clone()) else {
            self.local.set_rotation(None)?;
            return Err(Error::KeysChangedMeanwhile);
        };
        self.send_own_keys(now).await?;
        let name = ObjectName::Keyring { generation: keyring.generation() };
        match objects::create(&*store, &name.key()?, &object, self.creates).await? {
            Created::Here => self.adopt(object, keyring, giver, now).await,
            Created::Taken => {
                self.local.set_rotation(None)?;
                Err(Error::KeysChangedMeanwhile)
            }
        }
    }

    /// Those who stay believe the new keys by what this device told of itself: it must stand in the log before.
    async fn send_own_keys(&mut self, now: Millis) -> Result<()> {
        self.tell_device(now)?;
        let waiting = self.local.waiting()?.into_iter();
        for one in waiting.filter(|one| matches!(one.change.subject, Subject::Device(_))) {
            self.tell(&one.change, now)?;
            self.local.sent(one.position)?;
        }
        let told = self.local.sharing()?.into_iter().filter(|change| change.device == self.journal.device());
        let told: Vec<Uuid> =
            told.filter(|one| matches!(one.subject, Subject::Device(_))).map(|one| one.id()).collect();
        for id in told {
            if self.journal.state().is_waiting(id)? {
                self.journal.flush(now).await?;
            }
        }
        Ok(())
    }
}
