//! Users of one place who share: each with devices that have keys of their own.

use std::sync::Arc;

use holdfast_crypto::vault::{DeviceKeys, Fingerprint, Rights, UnconfirmedIdentity};
use holdfast_journal::{Creates, Millis};
use holdfast_records::{Result, SharedOpening, Uuid, Vault, read_public_key, sharing::Person};
use holdfast_storage::ObjectStore;
use rand::{SeedableRng, rngs::StdRng};

use super::*;

pub struct User(pub Family);

pub fn users(creates: Creates) -> [User; 3] {
    let anna = Family::new(creates);
    let (ben, cleo) = (anna.beside(2), anna.beside(3));
    [User(anna), User(ben), User(cleo)]
}

impl User {
    pub fn id(&self) -> Uuid {
        Uuid::try_parse(self.0.keyring.user_id().as_str()).unwrap()
    }

    /// Founds the vault, or joins it.
    pub async fn device(&mut self, name: &str) -> Vault {
        let founding = founding_of(&self.0.keyring);
        let opening = self.0.opening(name, self.0.store.clone());
        let mut vault = match Vault::found(opening, &founding, 0).await {
            Ok(vault) => vault,
            Err(_) => self.0.join(name).await,
        };
        let id = *self.0.devices.entry(name.to_owned()).or_insert(vault.device());
        vault.use_device_keys(device_keys(id));
        vault
    }

    /// A device that is there already, over some place.
    pub fn open(&mut self, name: &str, place: Arc<dyn ObjectStore>) -> Vault {
        let mut vault = self.0.open_over(name, place);
        vault.use_device_keys(device_keys(self.0.devices[name]));
        vault
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.0.keyring.identity().unwrap().fingerprint()
    }

    /// The owner of a grant as this user's vault knows them, without asking.
    pub fn person(&self, vault: &mut Vault, other: &Self, now: Millis) -> Person {
        let public_key = other.0.keyring.identity().unwrap().public_key_blob().unwrap();
        UnconfirmedIdentity::parse(&public_key).unwrap();
        let user = vault.add_person(&public_key, &other.fingerprint(), "somebody", "there", now).unwrap();
        vault.people().into_iter().find(|person| person.user == user).unwrap()
    }

    /// Opens what was granted on a device.
    pub async fn shared(&mut self, device: &str, owner: &Person, grant: Uuid, now: Millis) -> Result<Vault> {
        let opening = self.0.opening(device, self.0.store.clone());
        let folder = self.0.folder(&format!("{device} shared"));
        let keys = device_keys(Uuid::from_u128(self.id().as_u128() ^ device.len() as u128));
        let opening = SharedOpening {
            place: opening.place,
            owner: owner.clone(),
            grant,
            keyring: opening.keyring,
            device_keys: keys,
            folder,
            settings: opening.settings,
            random: opening.random,
        };
        Vault::open_shared(opening, now).await
    }
}

pub fn device_keys(device: Uuid) -> Arc<DeviceKeys> {
    let mut random = StdRng::seed_from_u64(device.as_u128() as u64);
    Arc::new(DeviceKeys::generate(device.into_bytes(), &mut random).unwrap())
}

/// Compares words and gives a member's records.
pub async fn give(vault: &mut Vault, member: Uuid, to: &User, rights: Rights, now: Millis) -> Uuid {
    let blob = read_public_key(&*to.0.store, to.id()).await.unwrap();
    let user = vault.add_person(&blob, &to.fingerprint(), "somebody", "there", now).unwrap();
    vault.grant(member, user, rights, None, now).unwrap()
}
