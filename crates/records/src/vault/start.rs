//! How a vault begins: founding it in a place, and opening it on a device.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use holdfast_crypto::{
    UserKeys,
    vault::{DeviceKeys, Vault as Keyring},
};
use holdfast_journal::{Journal, Millis, State};
use holdfast_storage::{ObjectStore, prefix::PrefixStore};
use rand_core::CryptoRng;

use super::{Access, Contents, Vault, keys};
use crate::{
    Error, Result,
    chance::Chance,
    layout::{ObjectName, USERS},
    local::Local,
    objects,
    sharing::Sharing,
};

/// How a device works with a vault.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How it keeps its log; the device's name and what the probe found are in here.
    pub journal: holdfast_journal::Settings,
    /// Who writes here, as a name for people. It stands in every version, sealed.
    pub author: String,
}

/// What is needed to open a vault.
pub struct Opening {
    /// The place, of which the vault is below `users/`.
    pub place: Arc<dyn ObjectStore>,
    /// The user's keys.
    pub keyring: Arc<Keyring>,
    /// A folder on this computer for the vault alone. Only what is sealed stands in it.
    pub folder: PathBuf,
    /// How it works.
    pub settings: Settings,
    /// Two generators: the log has one of its own.
    pub random: [Box<dyn CryptoRng + Send>; 2],
}

/// What stands in the place before anything else: both are made by the cryptography.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The keyring, sealed under the recovery code.
    pub master_key: Vec<u8>,
    /// The user's public keys.
    pub public_key: Vec<u8>,
}

impl Vault {
    /// Founds a vault in a place and opens it. Cut off at any request it can be called again, also with a master key blob
    /// that was sealed anew: a vault is there once its public key is.
    ///
    /// # Errors
    /// [`Error::VaultExists`] when a vault of this user is there.
    pub async fn found(opening: Opening, founding: &Founding, now: Millis) -> Result<Self> {
        let mut vault = Self::open(opening, now)?;
        if vault.is_there().await? {
            return Err(Error::VaultExists);
        }
        let store = vault.store.clone();
        objects::replace(&*store, &ObjectName::MasterKey.key()?, &founding.master_key).await?;
        objects::replace(&*store, &ObjectName::PublicKey.key()?, &founding.public_key).await?;
        vault.journal.register(now).await?;
        Ok(vault)
    }

    /// Opens the vault on a device that joins, and refuses a place that has none.
    ///
    /// # Errors
    /// [`Error::NoVault`].
    pub async fn join(opening: Opening, now: Millis) -> Result<Self> {
        let mut vault = Self::open(opening, now)?;
        match vault.is_there().await? {
            true => vault.journal.register(now).await?,
            false => return Err(Error::NoVault),
        }
        Ok(vault)
    }

    /// Whether the place has a vault of this user: one HEAD.
    pub async fn is_there(&mut self) -> Result<bool> {
        let store = self.store.clone();
        Ok(objects::size(&*store, &ObjectName::PublicKey.key()?).await?.is_some())
    }

    /// Unlocks what is on this computer. Makes no request.
    pub fn open(opening: Opening, now: Millis) -> Result<Self> {
        let Opening { place, keyring, folder, settings, random: [random, journal_random] } = opening;
        let users = PrefixStore::wrap(place, USERS);
        let store = PrefixStore::wrap(users.clone(), &format!("{}/", keyring.user_id()));
        let (keys, state) = (keyring.log_keys()?, folder.join("log.db"));
        let log = Log { place: users, keys, state, random: journal_random };
        Self::assemble(Parts { keyring, folder, settings, store, log, access: Access::Own, random }, now)
    }

    /// Hands in this device's own keys, by which it is known to the others: it is handed new keys of the vault with them,
    /// and signs what it shares and the end of its log. They are kept in its keychain.
    pub fn use_device_keys(&mut self, keys: Arc<DeviceKeys>) {
        self.device_keys = Some(keys);
    }

    pub(super) fn assemble(parts: Parts, now: Millis) -> Result<Self> {
        let Parts { keyring, folder, settings, store, log, access, random } = parts;
        let spool = folder.join("outbox");
        std::fs::create_dir_all(&spool).map_err(Error::file("making the folder for records"))?;
        let local = Local::open(&folder.join("records.db"))?;
        let (creates, journal_settings) = (settings.journal.creates, settings.journal.clone());
        let statements = match &access {
            Access::Own => keys::statements(&local, &keyring)?,
            Access::Granted(_) => Vec::new(),
        };
        // A member's log has one key for good.
        let former = if matches!(access, Access::Own) { keys::former(&statements, &keyring) } else { Vec::new() };
        let state = State::open(&log.state)?;
        let log_settings = holdfast_journal::Settings { former, ..settings.journal };
        let (users, log_keys) = (log.place, Arc::new(log.keys));
        let journal = Journal::open(state, users.clone(), log_keys, log_settings, log.random, now)?;
        let chance = Chance::new(random);
        let mut vault = Self {
            keyring,
            device_keys: None,
            access,
            sharing: Sharing::default(),
            members: HashMap::new(),
            logs: HashMap::new(),
            store,
            users,
            statements,
            journal,
            local,
            contents: Contents::default(),
            spool,
            author: settings.author,
            creates,
            folder,
            journal_settings,
            random: Box::new(chance.clone()),
            chance,
            pace: Arc::default(),
        };
        vault.local.sharing()?.iter().for_each(|change| vault.sharing.take(change));
        vault.take_statements(now)?;
        vault.load()?;
        vault.tidy_spool()?;
        Ok(vault)
    }
}

/// A log, and where it is kept.
pub(super) struct Log {
    pub(super) place: Arc<dyn ObjectStore>,
    pub(super) keys: UserKeys,
    pub(super) state: PathBuf,
    pub(super) random: Box<dyn CryptoRng + Send>,
}

/// What a vault is made of, one's own or somebody else's.
pub(super) struct Parts {
    pub(super) keyring: Arc<Keyring>,
    pub(super) folder: PathBuf,
    pub(super) settings: Settings,
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) log: Log,
    pub(super) access: Access,
    pub(super) random: Box<dyn CryptoRng + Send>,
}
