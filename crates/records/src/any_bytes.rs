//! Every parser of stored bytes of this crate, behind functions that take anything: for the property test here and for the
//! fuzz targets in `tests/fuzz`. What is taken must come back as it was; nothing may panic.

use std::sync::LazyLock;

use holdfast_crypto::vault::{DeviceKeys, Vault as Keyring};
use uuid::Uuid;

use crate::{
    change::Change,
    heads::{MAX_OTHERS, SignedHead},
    rotation::{Rotation, Statement},
    versions::Version,
};

/// Keys that are always the same: format, and then one byte for everything.
static DEVICE: LazyLock<DeviceKeys> = LazyLock::new(|| {
    DeviceKeys::from_bytes(&[[1].as_slice(), &[2; 80]].concat()).unwrap_or_else(|error| panic!("fixed keys: {error}"))
});

/// A change of keys, as anybody reads it, and what is inside of it.
pub fn rotation(bytes: &[u8]) {
    if let Ok(rotation) = Rotation::parse(bytes) {
        let known = Keyring::from_bytes(bytes.get(..51).unwrap_or_default());
        if let Ok(known) = known {
            let _ = rotation.take_over(&DEVICE, &known, &[DEVICE.public()]);
            let _ = rotation.statement(&known);
        }
    }
    if let Ok(statement) = Statement::parse(bytes) {
        let again = statement.to_bytes().and_then(|bytes| Statement::parse(&bytes));
        assert_eq!(again.ok(), Some(statement));
    }
}

/// The signed end of a log: as it is, and with a signature that fits.
pub fn head(bytes: &[u8]) {
    let device = Uuid::from_bytes([2; 16]);
    let _ = SignedHead::parse(bytes, device, &DEVICE.public());
    if let Ok(blob) = SignedHead::signed(bytes, &DEVICE)
        && let Some(head) = SignedHead::parse(&blob, device, &DEVICE.public())
        && head.others.len() <= MAX_OTHERS
    {
        assert_eq!(head.sign(&DEVICE).ok(), Some(blob));
    }
}

/// A change of the log.
pub fn change(bytes: &[u8]) {
    if let Ok(change) = Change::parse(bytes) {
        assert_eq!(Change::parse(&change.to_bytes()), Ok(change));
    }
}

/// What a version says.
pub fn version(bytes: &[u8]) {
    if let Ok(version) = Version::parse(bytes) {
        // A number with a fraction may come back as its neighbour.
        let again = version.to_bytes().map(|bytes| Version::parse(&bytes));
        assert!(again.is_ok_and(|again| again.is_ok_and(|again| again.node == version.node)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Bytes that begin as each of the formats does.
    fn stored() -> impl Strategy<Value = Vec<u8>> {
        let starts = [b"".to_vec(), b"HFRR\x01\x00\x00\x02\x00\x01".to_vec(), b"HFRH\x01\x00\x00\x00".to_vec(), {
            let mut own = b"HFRH\x01\x00\x00\x00".to_vec();
            own.extend([2; 16]);
            own.extend([0; 48]);
            own
        }];
        let kinds = (1..11_u8).map(|kind| vec![1, kind, 1]);
        let starts: Vec<Vec<u8>> = starts.into_iter().chain(kinds).collect();
        (proptest::sample::select(starts), vec(any::<u8>(), 0..200)).prop_map(|(start, rest)| [start, rest].concat())
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_parser_of_records_panic(bytes in stored()) {
            for parse in [rotation, head, change, version] {
                parse(&bytes);
            }
        }
    }
}
