//! Somebody else's member, by a grant: the same engine over the owner's folder, the member's own log and the keys that the
//! grant brought. It knows one member, and changes nothing where the grant allows to read alone.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use holdfast_crypto::{
    UserId,
    vault::{DeviceKeys, Grant, GrantTerms, MemberKeys, PublicIdentity, Rights, UnconfirmedIdentity, Vault as Keyring},
};
use holdfast_journal::{Journal, Millis, State};
use holdfast_storage::{ObjectStore, prefix::PrefixStore};
use rand_core::CryptoRng;
use uuid::Uuid;

use super::{
    Settings, Vault,
    start::{Log, Parts},
};
use crate::{
    Error, Result,
    layout::{ObjectName, USERS, member_prefix},
    objects,
    sharing::{
        Person,
        entry::{Entry, LogOf},
    },
};

const KEPT: &str = "grant.blob";
const ENDED: &str = "access ended";
const KEEPING: &str = "keeping the grant";

/// Whose records they are.
pub(super) enum Access {
    /// The user's own.
    Own,
    /// Somebody else's.
    Granted(Box<Granted>),
}

/// What a grant brought.
pub(super) struct Granted {
    pub(super) grant: Uuid,
    pub(super) member: Uuid,
    pub(super) owner: Person,
    /// The public half of this user's own identity.
    pub(super) own: PublicIdentity,
    pub(super) terms: GrantTerms,
    pub(super) keys: Arc<MemberKeys>,
    pub(super) log: LogOf,
}

/// What is needed to open somebody else's member.
pub struct SharedOpening {
    /// The owner's place, of which the owner's folder is below `users/`.
    pub place: Arc<dyn ObjectStore>,
    /// The owner, known by a compared fingerprint.
    pub owner: Person,
    /// The grant.
    pub grant: Uuid,
    /// This user's own keys.
    pub keyring: Arc<Keyring>,
    /// This device's own keys.
    pub device_keys: Arc<DeviceKeys>,
    /// A folder on this computer for this grant alone. Only what is sealed stands in it.
    pub folder: PathBuf,
    /// How it works.
    pub settings: Settings,
    /// Two generators: the log has one of its own.
    pub random: [Box<dyn CryptoRng + Send>; 2],
}

impl SharedOpening {
    fn store(&self) -> Arc<dyn ObjectStore> {
        let users = PrefixStore::wrap(self.place.clone(), USERS);
        PrefixStore::wrap(users, &format!("{}/", self.owner.user.as_simple()))
    }
}

impl Granted {
    fn of(grant: Uuid, opened: Grant, owner: Person, own: PublicIdentity) -> Result<Self> {
        let member = Uuid::from_bytes(opened.keys.member().0);
        let generation = opened.keys.generations().last().ok_or(holdfast_crypto::Error::NoGeneration)?;
        let log = LogOf { owner: owner.user, member, generation };
        Ok(Self { grant, member, owner, own, terms: opened.terms, keys: Arc::new(opened.keys), log })
    }

    fn log(
        &self,
        store: &Arc<dyn ObjectStore>,
        folder: &std::path::Path,
        random: Box<dyn CryptoRng + Send>,
    ) -> Result<Log> {
        Ok(Log {
            place: PrefixStore::wrap(store.clone(), &member_prefix(self.member)),
            keys: self.keys.log_keys(UserId::named(&self.log.folder())?)?,
            state: folder.join(format!("{}.db", self.log.name())),
            random,
        })
    }
}

impl Vault {
    /// Opens a grant: checks who signed it, for whom it is, and that it holds. Without a connection what was kept is shown.
    ///
    /// # Errors
    /// [`Error::AccessEnded`] when the grant is gone or over, and what the cryptography says of one that does not fit.
    pub async fn open_shared(opening: SharedOpening, now: Millis) -> Result<Self> {
        let (store, kept) = (opening.store(), opening.folder.join(KEPT));
        let blob = match fetch(&*store, opening.grant).await {
            Err(error) if error.is_retryable() => std::fs::read(kept).map_err(|_| error)?.into(),
            answer => answer?,
        };
        Self::open_granted(opening, &blob, now)
    }

    /// Opens a grant as it was kept here, without a request. `None` when it was never opened here before.
    ///
    /// # Errors
    /// As [`Self::open_shared`].
    pub fn open_kept(opening: SharedOpening, now: Millis) -> Result<Option<Self>> {
        match std::fs::read(opening.folder.join(KEPT)) {
            Ok(blob) => Self::open_granted(opening, &blob, now).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("reading the grant")(error)),
        }
    }

    fn open_granted(opening: SharedOpening, blob: &[u8], now: Millis) -> Result<Self> {
        let store = opening.store();
        let SharedOpening { owner, grant, keyring, device_keys, folder, settings, random, .. } = opening;
        let own = UnconfirmedIdentity::parse(&keyring.identity()?.public_key_blob()?)?;
        let own = own.confirm(&keyring.identity()?.fingerprint())?;
        let granted = Granted::of(grant, open(&keyring, &owner, grant, blob)?, owner, own)?;
        granted.holds(now)?;
        std::fs::create_dir_all(&folder).map_err(Error::file(KEEPING))?;
        keep(&folder, blob)?;
        let [random, journal_random] = random;
        let log = granted.log(&store, &folder, journal_random)?;
        let mut settings = settings;
        settings.journal.first_id = Some(Uuid::from_bytes(device_keys.public().device()));
        let access = Access::Granted(Box::new(granted));
        let mut vault = Self::assemble(Parts { keyring, folder, settings, store, log, access, random }, now)?;
        vault.use_device_keys(device_keys);
        vault.carry_over(now)?;
        Ok(vault)
    }

    /// What the grant allows; none for the own vault.
    pub fn terms(&self) -> Option<&GrantTerms> {
        self.granted().map(|granted| &granted.terms)
    }

    pub(super) fn granted(&self) -> Option<&Granted> {
        match &self.access {
            Access::Own => None,
            Access::Granted(granted) => Some(granted),
        }
    }

    pub(super) fn is_own(&self) -> bool {
        self.granted().is_none()
    }

    pub(super) fn owners_work(&self) -> Result<()> {
        if self.is_own() { Ok(()) } else { Err(Error::OwnersWork) }
    }

    pub(super) fn may_write(&self) -> Result<()> {
        match self.terms().map(|terms| terms.rights) {
            None | Some(Rights::ReadWrite) => Ok(()),
            Some(Rights::Read) => Err(Error::ReadOnly),
        }
    }

    /// Whose records a grant opened; none for the own vault.
    pub fn granted_member(&self) -> Option<Uuid> {
        self.granted().map(|granted| granted.member)
    }

    /// Whether the owner was found to have ended the grant. What is here can still be read.
    pub fn access_ended(&self) -> Result<bool> {
        Ok(self.local.fact(ENDED)?.is_some_and(|ended| !ended.is_empty()))
    }

    /// Looks whether the grant still holds and brings a later key. With that the log is another one.
    pub(super) async fn renew_grant(&mut self, now: Millis) -> Result<()> {
        let Some(grant) = self.granted().map(|granted| granted.grant) else { return Ok(()) };
        let store = self.store.clone();
        let renewed = match fetch(&*store, grant).await {
            Ok(blob) => self.take_grant(&blob, now),
            Err(error) => Err(error),
        };
        let ended = match &renewed {
            Ok(()) => false,
            Err(Error::AccessEnded) => true,
            Err(_) => return renewed,
        };
        if ended != self.access_ended()? {
            self.local.transaction(|conn| crate::local::set_fact(conn, ENDED, if ended { "ended" } else { "" }))?;
        }
        renewed
    }

    /// A later key that another process of this computer brought.
    pub(super) fn take_kept_grant(&mut self, now: Millis) -> Result<()> {
        match self.granted().map(|_| std::fs::read(self.folder.join(KEPT))) {
            Some(Ok(blob)) => self.take_grant(&blob, now),
            _ => Ok(()),
        }
    }

    fn take_grant(&mut self, blob: &[u8], now: Millis) -> Result<()> {
        let Some(granted) = self.granted() else { return Ok(()) };
        granted.holds(now)?;
        let (grant, owner, own, known) = (granted.grant, granted.owner.clone(), granted.own.clone(), granted.log);
        let renewed = Granted::of(grant, open(&self.keyring, &owner, grant, blob)?, owner, own)?;
        renewed.holds(now)?;
        if renewed.log.member != known.member || renewed.log.generation < known.generation {
            return Err(Error::AccessEnded);
        }
        keep(&self.folder, blob)?;
        if renewed.log.generation > known.generation {
            let log = renewed.log(&self.store, &self.folder, Box::new(self.chance.clone()))?;
            let settings =
                holdfast_journal::Settings { first_id: Some(self.journal.device()), ..self.journal_settings.clone() };
            let state = State::open(&log.state)?;
            self.journal = Journal::open(state, log.place, Arc::new(log.keys), settings, log.random, now)?;
        }
        self.members.clear();
        self.access = Access::Granted(Box::new(renewed));
        self.carry_over(now)
    }

    /// What this user's devices told in logs of former keys is told again: the owner may not have heard it before it
    /// closed them. The same again is the same entry.
    fn carry_over(&mut self, now: Millis) -> Result<()> {
        let Some(granted) = self.granted() else { return Ok(()) };
        let (current, own) = (granted.log, granted.own.clone());
        let device = self.device_keys.as_ref().map(|keys| keys.public());
        let former: Vec<_> = granted.keys.generations().filter(|one| *one < current.generation).collect();
        for generation in former {
            let log = LogOf { generation, ..current };
            let (path, noted) = (self.folder.join(format!("{}.db", log.name())), format!("carried {}", log.folder()));
            if !path.is_file() || self.local.fact(&noted)? == Some(current.folder()) {
                continue;
            }
            for found in State::open(&path)?.entries()? {
                if let Some(entry) = Entry::parse(log, &found)
                    && (entry.is_of(&own) || Some(entry.device) == device)
                {
                    self.tell(&entry.change, now)?;
                }
            }
            self.local.transaction(|conn| crate::local::set_fact(conn, &noted, &current.folder()))?;
        }
        Ok(())
    }
}

impl Granted {
    fn holds(&self, now: Millis) -> Result<()> {
        if self.terms.is_over(now) { Err(Error::AccessEnded) } else { Ok(()) }
    }
}

/// Keeps the grant for when there is no connection; it is there whole or as it was.
fn keep(folder: &Path, blob: &[u8]) -> Result<()> {
    let (path, part) = (folder.join(KEPT), folder.join(format!("{KEPT}.part")));
    if std::fs::read(&path).is_ok_and(|kept| kept == blob) {
        return Ok(());
    }
    std::fs::write(&part, blob).and_then(|()| std::fs::rename(&part, &path)).map_err(Error::file(KEEPING))
}

async fn fetch(store: &dyn ObjectStore, grant: Uuid) -> Result<Bytes> {
    objects::read(store, &ObjectName::Grant { grant }.key()?).await?.ok_or(Error::AccessEnded)
}

/// Opens a grant that was made for any of this user's identities.
fn open(keyring: &Keyring, owner: &Person, grant: Uuid, blob: &[u8]) -> Result<Grant> {
    let name = ObjectName::Grant { grant }.to_string();
    let mut answer = Err(holdfast_crypto::Error::NotForUs);
    for generation in (1..=keyring.generation()).rev() {
        answer = keyring.identity_of(generation)?.open_grant(&owner.public, &name, blob);
        if !matches!(answer, Err(holdfast_crypto::Error::NotForUs)) {
            break;
        }
    }
    match answer {
        Err(holdfast_crypto::Error::OtherIdentity { .. }) => Err(Error::CompareAgain { user: owner.user }),
        answer => Ok(answer?),
    }
}
