//! Labels under which keys are derived: HKDF-SHA256, salt `holdfast`. A label never gets another meaning.

use zeroize::Zeroizing;

use crate::{Result, cipher, cipher::KEY_BYTES};

const SALT: &[u8] = b"holdfast";

/// From the first master secret: the user's name.
pub(super) const USER_ID: &[u8] = b"holdfast 1 records user id";
/// From a master secret or a member's key: what a log's keys come from.
pub(super) const LOG: &[u8] = b"holdfast 1 records log";
/// From a master secret: a member's key. Followed by the member's id and the generation.
pub(super) const MEMBER_KEY: &[u8] = b"holdfast 1 records member key";
/// From a master secret: the pair that others seal to.
pub(super) const AGREEMENT: &[u8] = b"holdfast 1 records agreement key";
/// From a master secret: the pair that signs.
pub(super) const SIGNING: &[u8] = b"holdfast 1 records signing key";
/// From a member's key: its public name.
pub(super) const KEY_ID: &[u8] = b"holdfast 1 records key id";
/// From a member's key: wraps data keys of blobs.
pub(super) const BLOBS: &[u8] = b"holdfast 1 records blob keys";
/// From a member's key: wraps data keys of attachments.
pub(super) const STREAMS: &[u8] = b"holdfast 1 records stream keys";
/// From a member's key: names attachments.
pub(super) const NAMES: &[u8] = b"holdfast 1 records attachment names";

/// `N` bytes for a label and what follows it.
pub(super) fn derive<const N: usize>(
    secret: &[u8; KEY_BYTES],
    label: &[u8],
    what: &[u8],
) -> Result<Zeroizing<[u8; N]>> {
    cipher::derive(SALT, secret, &[label, what].concat())
}
