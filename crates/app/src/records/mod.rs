//! Family records for every front end: where the vault lies, whose keyring this computer has, and what is done with it.
//!
//! A vault is opened for one piece of work and closed after it ([`Unlocked`]); one process of a computer has it open at a
//! time. What is kept on this computer is sealed. Grants to other people come in beside this and use the same value.

mod begin;
mod code;
mod edit;
mod entered;
mod exchange;
mod export;
mod files;
mod import;
mod keys;
mod look;
mod place;
mod settings;
mod turn;
mod verify;
mod words;

#[cfg(test)]
mod tests;

pub use holdfast_records as core;

pub use begin::{Begin, KeepKeyring, init, lock, unlock};
pub use code::{change_code, check_code, split_code};
pub use edit::Decision;
pub use entered::{Entered, kind_of};
pub use exchange::status;
pub use export::ExportInto;
pub use keys::VARIABLE;
pub use place::{Unlocked, VaultPlace, unlocked};
pub use settings::{RecordsSettings, RecordsSettingsFile};

/// Now, as records keep it.
fn now() -> holdfast_journal::Millis {
    jiff::Timestamp::now().as_millisecond()
}
