//! What can go wrong with records as a whole. What is wrong with one object is part of a result instead.

use uuid::Uuid;

use crate::{
    model::{AttachmentName, FieldFault},
    versions::{MAX_PARENTS, Unresolved, VersionId},
};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. No variant holds a secret or what a record says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a vault of this user at the place already.
    #[error("a vault of this user is there already")]
    VaultExists,
    /// The place has no vault of this user.
    #[error("there is no vault of this user")]
    NoVault,
    /// Nothing is known of the member.
    #[error("member {member} is not known")]
    UnknownMember {
        /// Its id.
        member: Uuid,
    },
    /// Nothing is known of the record.
    #[error("record {record} is not known")]
    UnknownRecord {
        /// Its id.
        record: Uuid,
    },
    /// The version is not here: not fetched yet, or gone by retention.
    #[error("version {} of record {record} is not here", .version.number)]
    VersionNotHere {
        /// The record.
        record: Uuid,
        /// The version.
        version: VersionId,
    },
    /// Fields that cannot be saved as they are. Nothing was kept.
    #[error("{} cannot be saved", .faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>().join(", "))]
    Invalid {
        /// What is wrong, field by field.
        faults: Vec<FieldFault>,
    },
    /// The record is of another kind; a kind is given once.
    #[error("a record's kind cannot be changed")]
    OtherKind,
    /// A record names a file that was never attached.
    #[error("attachment {name} is not known")]
    UnknownAttachment {
        /// Its name.
        name: AttachmentName,
    },
    /// A file that is not what it was a moment ago. Nothing was kept.
    #[error("the file changed while it was read")]
    ChangedWhileRead,
    /// The attachment in the bucket cannot be opened whole.
    #[error("attachment {name} is damaged")]
    DamagedAttachment {
        /// Its name.
        name: AttachmentName,
    },
    /// What waits to be sent and is kept on this computer is damaged.
    #[error("what waits to be sent on this computer is damaged")]
    DamagedOutbox,
    /// The database was made by a later version.
    #[error("the records on this computer have format {found}, this version knows {known}")]
    LaterFormat {
        /// The format found.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// So many devices edited a record at the same time that no version can follow all of theirs. Nothing was kept.
    #[error("record {record} was edited on {heads} devices at the same time, more than {}", MAX_PARENTS)]
    TooManyHeads {
        /// The record.
        record: Uuid,
        /// How many versions nobody has decided between.
        heads: usize,
    },
    /// The clock of the vault is used up, which no device of ours does.
    #[error("a device of this vault has counted too far")]
    ClockUsedUp,
    /// Somebody whose fingerprint was never compared, or who is not known.
    #[error("user {user} is not known")]
    UnknownPerson {
        /// The user id.
        user: Uuid,
    },
    /// No grant of this id is known, or it was ended before.
    #[error("grant {grant} is not known or has ended")]
    UnknownGrant {
        /// Its id.
        grant: Uuid,
    },
    /// A grant that was ended by its owner, or whose time is over.
    #[error("access to these records has ended")]
    AccessEnded,
    /// The grant allows to read alone.
    #[error("these records may be read and not changed")]
    ReadOnly,
    /// Only the vault's own user does this.
    #[error("only the owner of these records can do this")]
    OwnersWork,
    /// Sharing is signed with this device's own keys, which were not handed in.
    #[error("this device has no keys of its own")]
    NoDeviceKeys,
    /// The device is not one of this vault, or was revoked before.
    #[error("device {device} is not known or was revoked")]
    UnknownDevice {
        /// Its id.
        device: Uuid,
    },
    /// A device cannot revoke itself.
    #[error("a device cannot revoke itself")]
    OwnDevice,
    /// The vault has other keys by now, and this device was not handed them: it was revoked, or was not known yet to the
    /// device that changed them.
    #[error("this device was not handed the vault's new keys")]
    NotHandedOver,
    /// Another device changed the vault's keys at the same time; nothing was revoked here.
    #[error("another device changed the vault's keys at the same time")]
    KeysChangedMeanwhile,
    /// The place does not tell how the vault's keys followed each other, so that nothing of its logs can be believed.
    #[error("the place does not have the change of keys number {generation}")]
    NoRotation {
        /// Which.
        generation: u16,
    },
    /// Somebody has other public keys than those whose words were compared.
    #[error("user {user} has other public keys; the words must be compared again")]
    CompareAgain {
        /// The user id.
        user: Uuid,
    },
    /// What was sealed for a revocation does not belong to its keys.
    #[error("the recovery code's blob does not belong to the new keys")]
    OtherFounding,
    /// What holds the keys of a vault in the place cannot be what was written there: no code opens it. No other vault
    /// there opened with the code.
    #[error("the sealed key of user {user} is damaged: {why}")]
    DamagedMasterKey {
        /// Whose.
        user: Uuid,
        /// What is wrong with it.
        why: holdfast_crypto::Error,
    },
    /// No vault in the place opens with the code.
    #[error("no vault here opens with this recovery code")]
    WrongRecoveryCode,
    /// A decision on a conflict that cannot be carried out.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// The bucket.
    #[error(transparent)]
    Store(#[from] holdfast_storage::Error),
    /// The journal in the bucket.
    #[error(transparent)]
    Journal(#[from] holdfast_journal::Error),
    /// Sealing.
    #[error(transparent)]
    Crypto(#[from] holdfast_crypto::Error),
    /// The database on this computer.
    #[error("the records' database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file on this computer.
    #[error("{doing}: {source}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A version as JSON.
    #[error("a record could not be written as JSON")]
    Json,
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Journal(error) => error.is_retryable(),
            Self::Database(rusqlite::Error::SqliteFailure(code, _)) => {
                matches!(code.code, rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            }
            Self::ChangedWhileRead => true,
            _ => false,
        }
    }

    /// Whether no request can succeed until somebody acts.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Self::Store(error) => error.is_fatal(),
            Self::Database(_) | Self::File { .. } | Self::Journal(_) | Self::ClockUsedUp => true,
            _ => false,
        }
    }

    pub(crate) fn file(doing: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::File { doing, source }
    }
}

impl From<holdfast_storage::KeyError> for Error {
    fn from(error: holdfast_storage::KeyError) -> Self {
        Self::Store(error.into())
    }
}
