//! Data keys that are used once and stand wrapped beside what they seal. It knows neither headers nor what is inside.
//!
//! ```text
//! offset  bytes   after a header that is authenticated
//!      0     12   nonce of the wrapped data key (random)
//!     12     48   data key (random, used once), wrapped: 32 bytes and tag
//!     60     12   nonce of the body (random)
//!     72      …   body and its tag of 16 bytes
//! ```
//!
//! Both seals authenticate a purpose (`wrap` or `body`), the whole header, and the object's key below the user's folder.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    Error, Result,
    cipher::{Cipher, KEY_BYTES, KeyBytes, NONCE_BYTES, TAG_BYTES, random_bytes},
};

/// Bytes of a wrapped data key and its nonce.
pub(crate) const WRAPPED_BYTES: usize = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
/// Bytes that sealing adds to a body, without the header.
pub(crate) const ENVELOPE_BYTES: usize = WRAPPED_BYTES + NONCE_BYTES + TAG_BYTES;

/// What a seal authenticates. The header's length is fixed for its format, so no two places give the same bytes.
pub(crate) fn context(purpose: &[u8; 4], header: &[u8], object_key: &str) -> Vec<u8> {
    [purpose.as_slice(), header, object_key.as_bytes()].concat()
}

/// A new data key, and how it stands wrapped.
pub(crate) fn new_data_key(
    wrapping: &Cipher,
    header: &[u8],
    object_key: &str,
    random: &mut dyn CryptoRng,
) -> Result<(Cipher, Vec<u8>)> {
    let data_key: KeyBytes = Zeroizing::new(random_bytes(random));
    let nonce: [u8; NONCE_BYTES] = random_bytes(random);
    let wrapped = wrapping.seal(nonce, &context(b"wrap", header, object_key), data_key.as_slice())?;
    Ok((Cipher::new(&data_key)?, [nonce.as_slice(), &wrapped].concat()))
}

/// The data key out of its nonce and wrapped form.
pub(crate) fn unwrap_data_key(wrapping: &Cipher, header: &[u8], object_key: &str, wrapped: &[u8]) -> Result<Cipher> {
    let (nonce, wrapped) = split(wrapped)?;
    let data_key = wrapping.open(nonce, &context(b"wrap", header, object_key), wrapped)?;
    let data_key: &[u8; KEY_BYTES] = data_key.as_slice().try_into().map_err(|_| Error::Broken)?;
    Cipher::new(data_key)
}

/// The header and everything behind it.
pub(crate) fn seal(
    wrapping: &Cipher,
    header: &[u8],
    object_key: &str,
    body: &[u8],
    random: &mut dyn CryptoRng,
) -> Result<Vec<u8>> {
    let (data_key, wrapped) = new_data_key(wrapping, header, object_key, random)?;
    let nonce: [u8; NONCE_BYTES] = random_bytes(random);
    let sealed = data_key.seal(nonce, &context(b"body", header, object_key), body)?;
    Ok([header, &wrapped, &nonce, &sealed].concat())
}

/// The body out of what stands behind `header`.
pub(crate) fn open(wrapping: &Cipher, header: &[u8], object_key: &str, rest: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let cut = Error::CutShort { bytes: header.len() + rest.len() };
    let (wrapped, body) = rest.split_at_checked(WRAPPED_BYTES).ok_or(cut)?;
    let data_key = unwrap_data_key(wrapping, header, object_key, wrapped)?;
    let (nonce, sealed) = split(body)?;
    data_key.open(nonce, &context(b"body", header, object_key), sealed)
}

fn split(sealed: &[u8]) -> Result<(&[u8], &[u8])> {
    sealed.split_at_checked(NONCE_BYTES).ok_or(Error::CutShort { bytes: sealed.len() })
}
