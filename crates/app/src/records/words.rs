//! What went wrong with family records, in words. Nothing that a record says is repeated.

use holdfast_journal::Error as JournalError;
use holdfast_records::{Error, Unfetched, Unsent, Why};

use crate::{
    AppError, ErrorCode as Code,
    error::{Context, shown},
};

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        say(error, &Context::default())
    }
}

/// Says what a vault reported while it worked with a place.
pub(super) fn say(error: Error, context: &Context) -> AppError {
    let retryable = error.is_retryable();
    let said = match error {
        Error::Store(error) => AppError::from_storage(&error, context),
        Error::Journal(error) => journal(error, context),
        Error::VaultExists => AppError::config(
            Code::RecordsExist,
            "these family records are there already",
            "`holdfast records unlock` opens them with their recovery code",
        ),
        Error::NoVault => AppError::config(
            Code::RecordsNobody,
            "these family records are not there",
            "the place may be another one; `holdfast records init` begins a vault",
        ),
        Error::UnknownMember { .. } | Error::UnknownRecord { .. } => unknown(&error.to_string()),
        Error::UnknownPerson { .. }
        | Error::UnknownGrant { .. }
        | Error::AccessEnded
        | Error::ReadOnly
        | Error::OwnersWork
        | Error::CompareAgain { .. } => sharing(&error),
        Error::NoDeviceKeys
        | Error::UnknownDevice { .. }
        | Error::OwnDevice
        | Error::NotHandedOver
        | Error::KeysChangedMeanwhile
        | Error::NoRotation { .. }
        | Error::OtherFounding => devices(&error),
        Error::WrongRecoveryCode => AppError::config(
            Code::RecordsCode,
            "the recovery code is not right: it does not open any family records there",
            "it is 24 words, in their order, as they were shown when it was made (a share of it is 33 words, each on a \
             line of its own); nothing was changed",
        ),
        Error::VersionNotHere { .. } => AppError::config(
            Code::RecordsUnknown,
            error.to_string(),
            "`holdfast records sync` fetches what is not here yet; old versions may be gone as you set it",
        ),
        Error::UnknownAttachment { .. } => unknown(&error.to_string()),
        Error::Invalid { faults } => AppError::config(
            Code::RecordsInvalid,
            faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            "nothing was saved; `holdfast records add --help` tells how fields are written",
        ),
        Error::OtherKind => AppError::config(
            Code::RecordsInvalid,
            "a record's kind cannot be changed",
            "nothing was saved; add a new record of the other kind",
        ),
        Error::Unresolved(_) => AppError::config(
            Code::RecordsUndecided,
            error.to_string(),
            "nothing was changed; `holdfast records versions RECORD` shows the sides",
        ),
        Error::ChangedWhileRead => {
            AppError::config(Code::FileUnreadable, error.to_string(), "nothing was kept; try again")
        }
        Error::DamagedAttachment { .. } => AppError::config(
            Code::RecordsDamaged,
            error.to_string(),
            "`holdfast records attach` with the same file writes it again; where the bucket keeps versions, the whole one can \
             be brought back there",
        ),
        Error::DamagedOutbox => {
            AppError::config(Code::RecordsDamaged, error.to_string(), "`holdfast records verify` names what is missing")
        }
        Error::LaterFormat { .. } => {
            AppError::config(Code::ConfigNewer, error.to_string(), "update Holdfast on this computer")
        }
        Error::Database(error) => database(&error),
        Error::File { doing, source } => AppError::config(
            Code::LocalIo,
            format!("{doing} failed: {}", crate::error::reason(&source)),
            "check that the disk is connected and has room",
        ),
        Error::Crypto(error) => AppError::config(
            Code::RecordsDamaged,
            error.to_string(),
            "`holdfast records verify` names everything that does not open",
        ),
        Error::TooManyHeads { .. } => AppError::config(
            Code::RecordsUndecided,
            error.to_string(),
            "nothing was saved; add what it should say as a new record, and delete this one on a computer that was not used \
             meanwhile. All versions stay: `holdfast records versions RECORD` shows them",
        ),
        Error::DamagedMasterKey { .. } => AppError::config(
            Code::RecordsDamaged,
            format!("{error}; the recovery code opens nothing else there"),
            "your code may be right: no code opens what is there. Where your bucket keeps versions, bring `master-key.blob` \
             back from there; a computer that still has the family records writes another one with `holdfast records \
             recovery-code change`",
        ),
        Error::ClockUsedUp | Error::Json => AppError::internal(error),
    };
    AppError { retryable, ..said }
}

fn sharing(error: &Error) -> AppError {
    let (code, message, hint) = match error {
        Error::AccessEnded => (
            Code::RecordsEnded,
            "its owner ended what was given here, or its time is over".to_owned(),
            "what was fetched before can still be read; nothing new comes, and nothing can be written. Ask the owner to give \
             it again",
        ),
        Error::ReadOnly => (
            Code::RecordsReadOnly,
            "these records were given to be read, not to be changed".to_owned(),
            "nothing was saved; ask their owner for the right to write",
        ),
        Error::OwnersWork => (
            Code::RecordsOwners,
            "only the owner of these records can do this".to_owned(),
            "nothing was changed; ask their owner",
        ),
        Error::CompareAgain { .. } => (
            Code::RecordsWords,
            "the owner of these records has other public keys than those that were compared".to_owned(),
            "they revoked a computer, or somebody else put the keys there: compare the twelve words again with `holdfast \
             records people add`",
        ),
        Error::UnknownPerson { .. } => (
            Code::RecordsPerson,
            error.to_string(),
            "`holdfast records people` shows whom you know; `holdfast records people add` compares the words of somebody \
             new",
        ),
        _ => (Code::RecordsUnknown, error.to_string(), "`holdfast records grants` shows what was given and accepted"),
    };
    AppError::config(code, message, hint)
}

fn devices(error: &Error) -> AppError {
    let (code, message, hint) = match error {
        Error::NotHandedOver => (
            Code::RecordsRevoked,
            "the family records have new keys, and this computer was not handed them: it was revoked".to_owned(),
            "everything that is here can still be read; nothing new comes, and what is written here goes nowhere. If this \
             computer is to take part again, `holdfast records unlock` with the recovery code lets it in as a new one",
        ),
        Error::NoDeviceKeys => (
            Code::RecordsNoDeviceKeys,
            "this computer has no keys of its own, so nothing can be shared from here".to_owned(),
            "`holdfast records unlock` with the recovery code makes them (with --print-keyring where there is no keychain)",
        ),
        Error::OwnDevice => (
            Code::BadParameter,
            "a computer cannot revoke itself".to_owned(),
            "do it on another one; `holdfast records lock --forget` takes the key away here",
        ),
        Error::UnknownDevice { .. } => {
            (Code::RecordsUnknown, error.to_string(), "`holdfast records devices` shows them")
        }
        Error::KeysChangedMeanwhile => (
            Code::WriteConflict,
            "another computer began new keys at the same moment; nothing was revoked here".to_owned(),
            "run the same again",
        ),
        Error::NoRotation { .. } => (
            Code::RecordsDamaged,
            error.to_string(),
            "the place lost it or was set back: nothing there is believed before it is there again; what is here can be \
             read",
        ),
        other => return AppError::internal(other),
    };
    AppError::config(code, message, hint)
}

/// Something that was named and is not there.
pub(super) fn unknown(what: &str) -> AppError {
    AppError::config(
        Code::RecordsUnknown,
        shown(what),
        "`holdfast records members` and `holdfast records timeline` show what there is; an id may be cut short",
    )
}

/// A version that could not be had, in a line.
pub(super) fn unfetched(unfetched: &Unfetched) -> String {
    let why = match &unfetched.why {
        Why::Missing => "it is not there (yet)".to_owned(),
        Why::Unreadable(why) => why.clone(),
        Why::Failed(error) => error.to_string(),
    };
    format!("version {} of record {}: {}", unfetched.version.number, unfetched.record, shown(&why))
}

/// Something that could not be sent, in a line.
pub(super) fn unsent(unsent: &Unsent) -> String {
    match unsent.change.node() {
        Some((record, _)) => format!("record {record} was not sent: {}", shown(&unsent.error.to_string())),
        None => format!("an attachment was not sent: {}", shown(&unsent.error.to_string())),
    }
}

fn journal(error: JournalError, context: &Context) -> AppError {
    match error {
        JournalError::Store(error) => AppError::from_storage(&error, context),
        JournalError::State(error) => database(&error),
        JournalError::Cloned { .. } => AppError::config(
            Code::WriteConflict,
            error.to_string(),
            "run the same again: this computer takes an id of its own, nothing is lost",
        ),
        JournalError::LaterState { .. } => {
            AppError::config(Code::ConfigNewer, error.to_string(), "update Holdfast on this computer")
        }
        JournalError::WrongSecret { .. } => super::keys::other_keyring(),
        other => AppError::internal(other),
    }
}

fn database(error: &rusqlite::Error) -> AppError {
    use rusqlite::ErrorCode as Sqlite;
    match error.sqlite_error_code() {
        Some(Sqlite::DiskFull) => AppError::config(
            Code::DiskFull,
            "the disk of the family records is full",
            "make room and try again; what was kept before is whole",
        ),
        Some(Sqlite::DatabaseBusy | Sqlite::DatabaseLocked) => AppError::config(
            Code::Busy,
            "the family records are in use by another program",
            "try again; nothing was lost",
        ),
        Some(Sqlite::DatabaseCorrupt | Sqlite::NotADatabase) => AppError::config(
            Code::RecordsDamaged,
            "the family records on this computer are damaged",
            "move the folder “records” of Holdfast's data away: the next `holdfast records sync` brings back everything \
             that was sent",
        ),
        Some(Sqlite::ReadOnly | Sqlite::CannotOpen | Sqlite::PermissionDenied | Sqlite::SystemIoFailure) => {
            AppError::config(
                Code::LocalIo,
                format!("the family records on this computer cannot be opened: {error}"),
                "give your user the right to read and write them, and check that the disk has room",
            )
        }
        _ => AppError::internal(error),
    }
}
