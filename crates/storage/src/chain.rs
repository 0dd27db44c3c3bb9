//! What an error of a library says in the chain of its causes.

use std::{error::Error as StdError, io};

use crate::error::Unreachable;

/// The first cause of this type.
pub(crate) fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Whether the words of any cause hold one of these.
pub(crate) fn chain_has(error: &(dyn StdError + 'static), words: &[&str]) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if words.iter().any(|word| text.contains(word)) {
            return true;
        }
        next = error.source();
    }
    false
}

/// Why a request got no answer.
pub fn unreachable(error: &(dyn StdError + 'static), timed_out: bool) -> Unreachable {
    let refused = find::<io::Error>(error).is_some_and(|e| e.kind() == io::ErrorKind::ConnectionRefused);
    if timed_out {
        Unreachable::Timeout
    } else if chain_has(error, &["dns error", "failed to lookup address"]) {
        Unreachable::Dns
    } else if chain_has(error, &["invalid peer certificate", "certificate"]) {
        Unreachable::Certificate
    } else if chain_has(error, &["InvalidContentType", "corrupt message", "HandshakeFailure", "tls handshake"]) {
        Unreachable::Tls
    } else if refused || chain_has(error, &["Connection refused"]) {
        Unreachable::Refused
    } else {
        Unreachable::Broken
    }
}
