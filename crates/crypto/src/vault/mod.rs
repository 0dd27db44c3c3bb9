//! The keys of family records: a user's [`Vault`], a member's [`MemberKeys`], what they seal, and how others come to hold
//! them. It knows nothing of records, logs and places; object keys are authenticated and never read.
//!
//! # Where keys come from
//!
//! A vault has master secrets of 32 random bytes, one for each generation. All else comes by HKDF-SHA256 (salt `holdfast`):
//!
//! | from | label | bytes | what |
//! | --- | --- | --- | --- |
//! | first master secret | `holdfast 1 records user id` | 16 | names the user's folder for good, public |
//! | master secret | `holdfast 1 records log` | 32 | a [`UserSecret`](crate::UserSecret): the keys of the user's own log |
//! | master secret | `holdfast 1 records agreement key` | 32 | X25519 secret key of the [`Identity`] |
//! | master secret | `holdfast 1 records signing key` | 32 | Ed25519 seed of the [`Identity`] |
//! | master secret | `holdfast 1 records member key`, member id 16, generation 4 | 32 | the key of a member |
//! | member's key | `holdfast 1 records key id` | 8 | stands in every header, public |
//! | member's key | `holdfast 1 records blob keys` | 32 | wraps the data keys of blobs |
//! | member's key | `holdfast 1 records stream keys` | 32 | wraps the data keys of attachments |
//! | member's key | `holdfast 1 records attachment names` | 32 | HMAC-SHA256 of content: an [`AttachmentName`] |
//! | member's key | `holdfast 1 records log` | 32 | the keys of the log that owner and grantees share |
//!
//! # What stands where
//!
//! Byte tables are in the modules' first lines: `header` and `envelope` (blobs), `stream` (attachments), `recovery`
//! (`master-key.blob`), `identity` (`public-key.blob`), `grant`, `device` (`keyring/…`), `keyring` (the keychain), `shares`.
//! Everything but the keychain's bytes and the words is bound to its object key and does not open in another place.
//!
//! # Whose code
//!
//! AES-GCM, HKDF, HMAC, SHA-256 and Ed25519 are AWS-LC's (`aws-lc-rs`). For what it does not offer to Rust:
//!
//! - HPKE: `hpke` (MIT or Apache-2.0), with X25519 of `x25519-dalek` and AES-GCM of RustCrypto. It takes a generator that
//!   is handed in. AWS-LC's own HPKE has no Rust interface, and that of `rustls` asks the system for chance.
//! - Argon2id: `argon2` of RustCrypto (MIT or Apache-2.0); the memory is ours, so that it is wiped and too little of it is an
//!   error.
//! - Shamir's shares: `vsss-rs` (MIT or Apache-2.0), GF(2⁸) only. Its README tells of audits that others paid for (not
//!   seen here); it multiplies without tables and takes a generator that is handed in. `sharks` draws coefficients that are
//!   never zero, as the changelog of its successor `blahaj` says, and is left; `blahaj` brings the system's generator along.

#[cfg(any(test, feature = "any-bytes"))]
#[doc(hidden)]
pub mod any_bytes;
mod chunks;
mod device;
mod fields;
mod generation;
mod grant;
mod header;
mod identity;
mod keyring;
mod label;
mod member;
mod pairs;
#[cfg(test)]
mod published;
mod recovery;
mod shares;
mod stream;

pub use chunks::{CHUNK_BYTES, ChunkSpan, MAX_STREAM_BYTES, SEALED_CHUNK_BYTES, STREAM_START_BYTES, StreamLength};
pub use device::{DEVICE_KEYS_BYTES, DEVICE_PUBLIC_BYTES, DeviceKeys, DevicePublic};
pub use generation::{Generation, MemberId};
pub use grant::{Grant, GrantTerms, MAX_PLACE_BYTES, Rights};
pub use header::Purpose;
pub use identity::{
    FINGERPRINT_WORDS, Fingerprint, Identity, PUBLIC_KEY, PUBLIC_KEY_BYTES, PublicIdentity, UnconfirmedIdentity,
};
pub use keyring::Vault;
pub use member::{AttachmentName, AttachmentNamer, MemberKeys};
pub use recovery::{Effort, MASTER_KEY, RECOVERY_WORDS, RecoveryCode};
pub use shares::{MAX_SHARES, SHARE_WORDS, Share};
pub use stream::{StreamOpener, StreamReader, StreamSealer};
