//! Keys and sealed data: the only crate that sees key bytes.
//!
//! A thin layer over AWS-LC (`aws-lc-rs`), BIP-39 (`bip39`) and, for family records, a few crates that [`vault`] names. It
//! has no primitive of its own and no network, clock or chance: random bytes come from a generator that is handed in.
//! Errors say what does not fit and hold no secret.
//!
//! From one [`UserSecret`] of 32 bytes come, by HKDF-SHA256 (RFC 5869, salt `holdfast`), one for each label:
//!
//! | label | bytes | what |
//! | --- | --- | --- |
//! | `holdfast 1 user id` | 16 | [`UserId`], public: names the user's folder |
//! | `holdfast 1 key id` | 8 | [`KeyId`], public: stands in every segment, so that another key is recognised without trying |
//! | `holdfast 1 key check` | 16 | [`KeyCheck`], public: tells a wrong secret at once |
//! | `holdfast 1 segment keys` | 32 | wraps the data keys of segments |
//! | `holdfast 1 small values` | 32 | seals short values such as a device's name |
//!
//! [`UserKeys`] are a keyring: one secret is current and seals, former ones only open, and the user's name stays. A segment
//! names its key by [`KeyId`]; a small value names none, and all are tried.
//!
//! [`vault`] has the keys of family records. [`HishtoryKeys`] are those of a hishtory user, derived and used as hishtory does.
//!
//! Two devices with the same secret are the same user. Who holds the secret can write as any of the user's devices.

#![warn(missing_docs)]

mod cipher;
mod envelope;
mod error;
mod handed;
mod hishtory;
mod keys;
mod secret;
mod segment;
pub mod vault;
mod words;

pub use error::{Error, Result};
pub use hishtory::{HishtoryKeys, HishtorySealed, HishtorySecret};
pub use keys::{KeyCheck, KeyId, UserId, UserKeys};
pub use secret::{SECRET_BYTES, UserSecret, WORDS};
pub use segment::{HEADER_BYTES, OVERHEAD_BYTES, SegmentHeader};

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    digest
}
