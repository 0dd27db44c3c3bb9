//! Every parser of stored bytes and of what people type, behind functions that take anything: for property tests here and
//! for the fuzz targets in `tests/fuzz`. What is taken must come back as it was; nothing may panic.

use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::{
    chunks::{STREAM_START_BYTES, StreamLength},
    device::{DeviceKeys, DevicePublic},
    generation::{Generation, MemberId},
    grant,
    header::{ATTACHMENT_DATA, Header, Purpose},
    identity::{Fingerprint, Identity, PublicIdentity, UnconfirmedIdentity},
    keyring::Vault,
    member::MemberKeys,
    recovery::{MasterKeyHeader, RecoveryCode},
    shares::Share,
};
use crate::{Result, UserKeys, UserSecret, cipher::KEY_BYTES};

/// Keys that are always the same.
struct Fixed {
    user: UserKeys,
    vault: Vault,
    member: MemberKeys,
    identity: Identity,
    public: PublicIdentity,
    device: DeviceKeys,
}

impl Fixed {
    fn make() -> Result<Self> {
        let one = Vault::from_first(Zeroizing::new([7; KEY_BYTES]))?;
        let member = one.member(MemberId([1; 16]), &[Generation::FIRST, Generation::FIRST.next(1)?])?;
        let identity = one.identity()?;
        let known = UnconfirmedIdentity::parse(&identity.public_key_blob()?)?;
        let public = known.confirm(&identity.fingerprint())?;
        let device = DeviceKeys::from_bytes(&[[1; 1].as_slice(), &[2; 80]].concat())?;
        Ok(Self {
            user: UserKeys::derive(&UserSecret::from_bytes([1; 32]))?,
            vault: one,
            member,
            identity,
            public,
            device,
        })
    }
}

static FIXED: LazyLock<Fixed> = LazyLock::new(|| match Fixed::make() {
    Ok(fixed) => fixed,
    Err(error) => panic!("fixed keys: {error}"),
});

/// A segment of a log.
pub fn segment(bytes: &[u8]) {
    let _ = FIXED.user.open_segment("log/device/1", bytes);
    let _ = FIXED.user.open_value(b"context", bytes);
}

/// A keyring out of the keychain.
pub fn keyring(bytes: &[u8]) {
    if let Ok(vault) = Vault::from_bytes(bytes) {
        assert_eq!(vault.to_bytes().as_slice(), bytes);
    }
}

/// A blob of a member; also with a header that names a key which is there.
pub fn blob(bytes: &[u8]) {
    for purpose in [Purpose::Profile, Purpose::Record, Purpose::AttachmentMetadata] {
        let _ = FIXED.member.open_blob(purpose, "key", bytes);
        let _ = FIXED.member.open_blob(purpose, "key", &with_header(purpose.code(), bytes));
    }
    if let Ok((header, rest)) = Header::parse(bytes) {
        assert_eq!([header.to_bytes().as_slice(), rest].concat(), bytes);
        let _ = FIXED.member.is_current(bytes);
    }
}

fn with_header(purpose: u8, bytes: &[u8]) -> Vec<u8> {
    let Ok(set) = FIXED.member.current() else { return Vec::new() };
    let header = Header { purpose, key: set.id, generation: set.generation };
    [header.to_bytes().as_slice(), bytes].concat()
}

/// An attachment: from its first byte, behind a header that fits, and behind a start that opens.
pub fn stream(bytes: &[u8]) {
    let _ = FIXED.member.open_stream("key", bytes);
    let _ = FIXED.member.open_stream("key", &with_header(ATTACHMENT_DATA, bytes));
    if let Ok(length) = StreamLength::of_sealed(bytes.len() as u64) {
        assert_eq!(length.sealed(), bytes.len() as u64);
    }
    let opener = || FIXED.member.open_stream("key", &STREAM_START);
    if let (Ok(opener), Ok(whole)) = (opener(), opener()) {
        let length = StreamLength::of_sealed((STREAM_START_BYTES + bytes.len()) as u64);
        if let Ok(length) = length {
            assert!(opener.chunk(length, 0, bytes).is_err());
        }
        let (mut reader, mut content) = (whole.whole(), Vec::new());
        let pushed = bytes.chunks(1000).try_for_each(|piece| reader.push(piece, &mut content));
        assert!(pushed.and_then(|()| reader.finish(&mut content)).is_err());
        assert!(content.is_empty(), "nobody can make a chunk without the key");
    }
}

/// The start of an attachment that opens with the fixed keys.
static STREAM_START: LazyLock<Vec<u8>> = LazyLock::new(|| match FIXED.member.seal_stream("key", &mut Zeros) {
    Ok(mut sealer) => {
        let mut start = Vec::new();
        assert!(sealer.push(&[], &mut start).is_ok());
        start
    }
    Err(error) => panic!("fixed stream: {error}"),
});

/// No chance at all: what it makes is for parsing alone.
struct Zeros;

impl rand_core::RngCore for Zeros {
    fn next_u32(&mut self) -> u32 {
        0
    }

    fn next_u64(&mut self) -> u64 {
        0
    }

    fn fill_bytes(&mut self, dst: &mut [u8]) {
        dst.fill(0);
    }
}

impl rand_core::CryptoRng for Zeros {}

/// A `public-key.blob`.
pub fn public_key(bytes: &[u8]) {
    let _ = UnconfirmedIdentity::parse(bytes);
}

/// A grant, and what stands inside of one.
pub fn access_grant(bytes: &[u8]) {
    let _ = FIXED.identity.open_grant(&FIXED.public, "access-grants/1.blob", bytes);
    if let Ok((owner, opened)) = grant::parse_content(bytes) {
        let again = grant::content(&owner, &opened.keys, &opened.terms);
        assert!(again.is_ok_and(|again| again.as_slice() == bytes));
    }
}

/// A keyring for a device, and a device's own bytes.
pub fn device(bytes: &[u8]) {
    let _ = FIXED.device.take_over(&FIXED.vault, &FIXED.device.public(), "keyring/2/1.blob", bytes);
    if let Ok(keys) = DeviceKeys::from_bytes(bytes) {
        assert_eq!(keys.to_bytes().as_slice(), bytes);
    }
    if let Ok(public) = DevicePublic::from_bytes(bytes) {
        assert_eq!(public.to_bytes().as_slice(), bytes);
    }
}

/// A `master-key.blob`, up to where it becomes costly.
pub fn master_key(bytes: &[u8]) {
    if let Ok((header, sealed)) = MasterKeyHeader::parse(bytes) {
        assert_eq!([header.to_bytes().as_slice(), sealed].concat(), bytes);
    }
}

/// Words of a recovery code, a share or a fingerprint.
pub fn words(text: &str) {
    if let Ok(share) = Share::from_words(text) {
        assert!(Share::from_words(&share.words()).is_ok());
    }
    if let Ok(code) = RecoveryCode::from_words(text) {
        assert!(code.words().is_ok_and(|words| RecoveryCode::from_words(&words).is_ok()));
    }
    if let Ok(fingerprint) = Fingerprint::from_words(text) {
        assert!(fingerprint.words().is_ok_and(|words| Fingerprint::from_words(&words) == Ok(fingerprint)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Anything, and anything behind the first bytes of each format.
    fn stored() -> impl Strategy<Value = Vec<u8>> {
        let start = prop_oneof![
            Just(b"".to_vec()),
            Just(b"\x01".to_vec()),
            Just(b"HFRB\x01\x01\x02\x00".to_vec()),
            Just(b"HFRB\x01\x01\x04\x00".to_vec()),
            Just(b"HFRP\x01\x01\x00\x01".to_vec()),
            Just(b"HFRG\x01\x01\x00\x01".to_vec()),
            Just(b"HFRK\x01\x01\x00\x00".to_vec()),
            Just(b"HFRM\x01\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01".to_vec()),
            Just(b"HFSG\x01\x01\x00\x00".to_vec()),
        ];
        (start, proptest::collection::vec(any::<u8>(), 0..400)).prop_map(|(start, rest)| [start, rest].concat())
    }

    /// The content of a grant with as many keys as it says, or nearly.
    fn content() -> impl Strategy<Value = Vec<u8>> {
        let keys = proptest::collection::vec((1u16..4, 1u16..4, any::<[u8; 32]>()), 0..4);
        (any::<[u8; 16]>(), 0u8..4, any::<i64>(), keys, "[ -~]{0,20}", 0usize..3).prop_map(
            |(id, rights, ends, keys, place, cut)| {
                let mut bytes = [&[1], id.as_slice(), &[rights], &ends.to_be_bytes(), &id].concat();
                bytes.extend((keys.len() as u16).to_be_bytes());
                for (master, member, key) in keys {
                    bytes.extend([master.to_be_bytes(), member.to_be_bytes()].concat());
                    bytes.extend(key);
                }
                bytes.extend((place.len() as u16).to_be_bytes());
                bytes.extend(place.as_bytes());
                bytes.truncate(bytes.len().saturating_sub(cut * cut));
                bytes
            },
        )
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_parser_panic(bytes in stored()) {
            for parse in [segment, keyring, blob, stream, public_key, access_grant, device, master_key] {
                parse(&bytes);
            }
        }

        #[test]
        fn no_content_of_a_grant_makes_it_panic(bytes in content()) {
            access_grant(&bytes);
        }

        #[test]
        fn no_words_make_a_parser_panic(text in "([a-z]{0,8}[ \\t\\n]){0,40}", any: String) {
            words(&text);
            words(&any);
        }
    }
}
