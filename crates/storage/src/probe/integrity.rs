//! Is content refused that does not fit its digest?

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use super::{report::Integrity, workplace::Workplace};
use crate::{Body, Checksum, Error, ReadOptions, Result, WriteOptions, Written};

const CONTENT: &[u8] = b"holdfast probe: this content does not fit its digest";
const OTHER: &[u8] = b"holdfast probe: the content of which the digest is";

/// Sends content with the signed SHA-256 of another.
pub(super) async fn payload_digest(place: &mut Workplace) -> Integrity {
    const NAME: &str = "wrong-digest";
    let body = Body::bytes(CONTENT).with_sha256(Sha256::digest(OTHER).into());
    match place.put(NAME, body, &WriteOptions::default()).await {
        Ok(_) => Integrity::Ignored,
        Err(error) if is_refusal(&error) => match is_absent(place, NAME).await {
            Some(true) => Integrity::Verified,
            Some(false) => Integrity::Ignored,
            None => Integrity::Unknown,
        },
        Err(_) => Integrity::Unknown,
    }
}

/// Sends content with the checksum header of another, and then a right one to see that the header is taken at all.
pub(super) async fn checksum_header(place: &mut Workplace) -> Integrity {
    match put_with_checksum(place, "wrong-checksum", OTHER).await {
        Ok(_) => Integrity::Ignored,
        Err(error) if is_refusal(&error) => match put_with_checksum(place, "right-checksum", CONTENT).await {
            Ok(_) => Integrity::Verified,
            Err(error) if is_refusal(&error) => Integrity::Rejected,
            Err(_) => Integrity::Unknown,
        },
        Err(_) => Integrity::Unknown,
    }
}

async fn put_with_checksum(place: &mut Workplace, name: &str, of: &[u8]) -> Result<Written> {
    let value = BASE64.encode(Sha256::digest(of));
    let checksum = Some(Checksum { algorithm: "SHA256".into(), value });
    place.put(name, Body::bytes(CONTENT), &WriteOptions { checksum, ..WriteOptions::default() }).await
}

async fn is_absent(place: &Workplace, name: &str) -> Option<bool> {
    match place.store.head(&place.key(name).ok()?, &ReadOptions::default()).await {
        Ok(_) => Some(false),
        Err(Error::NotFound { .. }) => Some(true),
        Err(_) => None,
    }
}

/// Whether the server looked at the request and said no, instead of failing or not being reached.
pub(super) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::BadDigest { .. } | Error::NotSupported { .. } => true,
        Error::Denied { .. } | Error::Credentials(_) => true,
        Error::Server { status, .. } => (400..500).contains(status) || *status == 501,
        _ => false,
    }
}
