//! Family records for every front end: where the vault lies, whose keyring this computer has, and what is done with it.
//!
//! A vault is opened for one piece of work and closed after it ([`Unlocked`]). Several processes of a computer may have it
//! open; they take turns when they write (`turn`). What is kept on this computer is sealed. What others gave is opened
//! beside the own vault (`shared`), and whoever looks at a member asks the vault that has it.

mod begin;
mod bytes;
mod code;
mod devices;
mod edit;
mod entered;
mod exchange;
mod export;
mod files;
mod grants;
mod idle;
mod import;
mod keys;
mod look;
mod members;
mod people;
mod place;
mod settings;
mod shared;
mod turn;
mod verify;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_sharing;

pub use holdfast_records as core;

pub use begin::{Begin, Forget, KeepKeyring, init, lock, reopen, set_lock_after, unlock};
pub use code::{change_code, check_code, split_code};
pub use edit::Decision;
pub use entered::{Entered, kind_of};
pub use exchange::{SetBacks, standing, status};
pub use export::ExportInto;
pub use files::FileReader;
pub use idle::{Idle, LOCK_AFTER_MINUTES, idle};
pub use keys::VARIABLE;
pub use people::NewPerson;
pub use place::{Unlocked, VaultPlace, is_locked, unlocked};
pub use settings::{PersonPlace, RecordsSettings, RecordsSettingsFile};
pub use verify::Lost;

/// Now, as records keep it.
fn now() -> holdfast_journal::Millis {
    jiff::Timestamp::now().as_millisecond()
}
