//! A vault that is open: everything of one user on one device, unlocked. What is kept on this computer and in the bucket is
//! sealed; plain text is in memory for as long as this value lives: what is shown, and what else is asked for.
//!
//! # Order of writing
//!
//! Everything that is done is kept here first, sealed, together with the change that will tell of it (the outbox). Sending
//! goes through the outbox in order: attachment data, then metadata, then the version that names them, each created where
//! nothing is; then the change goes into the log. A stop at any request leaves the row in the outbox, and sending it again
//! finds what is there already. What stopped for good (a disk that died) is found by [`Vault::repair`].
//!
//! # Invariants
//!
//! 1. *A version is never replaced*: its key names record, number and device, and it is created only where nothing is. A
//!    device that finds its name taken (a copied disk) gives its own version another name.
//! 2. *A change in the log names what is in the bucket*: it is told after the object was confirmed.
//! 3. *What is shown follows from the set of versions*, in whatever order they came.
//! 4. *Nothing goes by itself*: only a retention that somebody set removes blobs, of versions that every device knows to be
//!    followed; the log keeps that they were.
//! 5. *What cannot be read stops nothing*: it is named, and asked for again.

mod ahead;
mod attach;
mod contents;
mod devices;
mod fetch;
mod grant;
mod heads;
mod keys;
mod look;
mod member_log;
mod members;
mod pace;
mod people;
mod put_back;
mod read;
mod recover;
mod rename;
mod repair;
mod reseal;
mod retain;
mod save;
mod send;
mod shared;
mod start;
mod upload;
mod verify;

use std::{collections::HashMap, fmt, path::PathBuf, sync::Arc};

use holdfast_crypto::vault::{DeviceKeys, Generation, MemberKeys, Vault as Keyring};
use holdfast_journal::{Creates, Journal, Millis, Reach};
use holdfast_storage::ObjectStore;
use rand_core::CryptoRng;
use uuid::Uuid;

use crate::{Error, Result, chance::Chance, local::Local, rotation::Statement, sealing, sharing::Sharing};
use contents::Contents;
use shared::Access;

pub use contents::Status;
pub use devices::DeviceRevocation;
pub use fetch::{Pulled, Unfetched, Why};
pub use grant::Revoked;
pub use heads::SetBack;
pub use keys::latest_keyring;
pub use look::Member;
pub use members::Former;
pub use pace::{Pace, Progress};
pub use people::read_public_key;
pub use read::{AttachmentReader, Sink};
pub use recover::{SealedMasterKey, master_keys, open_master_keys};
pub use repair::Repaired;
pub use reseal::{ResealPlan, Resealed};
pub use retain::{Removal, RetentionPlan};
pub use save::{Edit, Saved};
pub use send::{Sent, Unsent};
pub use shared::SharedOpening;
pub use start::{Founding, Opening, Settings};
pub use verify::{Checked, Wrong};

/// A vault of family records, open on this device. One value of it writes at a time.
pub struct Vault {
    keyring: Arc<Keyring>,
    /// This device's own keys; without them nothing is shared from here.
    device_keys: Option<Arc<DeviceKeys>>,
    access: Access,
    sharing: Sharing,
    members: HashMap<Uuid, Arc<MemberKeys>>,
    /// Logs of shared members that are open, with the generation they are of.
    logs: HashMap<Uuid, (Generation, Journal)>,
    /// The user's folder.
    store: Arc<dyn ObjectStore>,
    /// Where the log's own folder is.
    users: Arc<dyn ObjectStore>,
    /// What was said with each master secret but the first.
    statements: Vec<(u16, Statement)>,
    journal: Journal,
    local: Local,
    contents: Contents,
    /// Sealed attachments that wait to be sent.
    spool: PathBuf,
    author: String,
    creates: Creates,
    folder: PathBuf,
    journal_settings: holdfast_journal::Settings,
    chance: Chance,
    random: Box<dyn CryptoRng + Send>,
    pace: Arc<Pace>,
}

/// What a synchronisation did.
#[derive(Debug, Default)]
pub struct Synced {
    /// What came.
    pub pulled: Pulled,
    /// What went.
    pub sent: Sent,
    /// Members whose own log could not be written, and why. It is tried again.
    pub unshared: Vec<(Uuid, Error)>,
}

impl Vault {
    /// Takes what others did, sends what was done here, tidies up the log: what is done every 30 to 60 seconds.
    pub async fn sync(&mut self, reach: Reach, now: Millis) -> Result<Synced> {
        let pulled = self.pull(reach, now).await?;
        self.tell_device(now)?;
        self.tell_seen(now)?;
        let sent = self.send(now).await?;
        let unshared = self.fill_member_logs(now).await?;
        self.journal.maintain(now).await?;
        self.place_head().await?;
        Ok(Synced { pulled, sent, unshared })
    }

    /// Takes in what another process of this computer did with the same vault. Makes no request. One process writes to the
    /// place at a time, and one saves at a time; whoever begins either calls this first.
    pub fn refresh(&mut self, now: Millis) -> Result<()> {
        self.take_kept_grant(now)?;
        self.journal.reload()?;
        if self.local.others_wrote()? {
            self.take_again(now)?;
            self.take_touched()?;
        }
        Ok(())
    }

    /// This device's id. It changes when another computer is found to write under it.
    pub fn device(&self) -> Uuid {
        self.journal.device()
    }

    /// The log, to look at.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The log, for what is not about records: retiring a device.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn keys_of(&mut self, member: Uuid) -> Result<Arc<MemberKeys>> {
        let keys = self.keys(member)?;
        self.members.entry(member).or_insert_with(|| keys.clone());
        Ok(keys)
    }

    fn keys(&self, member: Uuid) -> Result<Arc<MemberKeys>> {
        if let Some(keys) = self.members.get(&member) {
            return Ok(keys.clone());
        }
        match &self.access {
            Access::Own => {
                Ok(Arc::new(sealing::member_keys(&self.keyring, member, &self.sharing.generations(member))?))
            }
            Access::Granted(granted) if granted.member == member => Ok(granted.keys.clone()),
            Access::Granted(_) => Err(Error::UnknownMember { member }),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("device", &self.journal.device()).finish_non_exhaustive()
    }
}
