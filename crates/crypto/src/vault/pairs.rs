//! Key pairs: X25519 to be sealed to (HPKE) and Ed25519 to sign with. It knows nothing of users and devices.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::fields::Fields;
use crate::{
    Error, Result,
    cipher::{KEY_BYTES, TAG_BYTES},
    handed::Handed,
};

type Kem = X25519HkdfSha256;
/// Bytes of an encapsulated key.
const ENCAPSULATED_BYTES: usize = 32;
/// Bytes of a signature.
pub(super) const SIGNATURE_BYTES: usize = 64;
/// Bytes of both public keys.
pub(super) const PUBLIC_BYTES: usize = 64;

/// What is signed, so that a signature for one thing is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    PublicKey,
    Grant,
    Handover,
    LogHead,
    Device,
}

impl Signed {
    fn label(self) -> &'static [u8] {
        match self {
            Self::PublicKey => b"holdfast 1 records public key",
            Self::Grant => b"holdfast 1 records grant",
            Self::Handover => b"holdfast 1 records keyring",
            Self::LogHead => b"holdfast 1 records log head",
            Self::Device => b"holdfast 1 records device",
        }
    }

    /// Label, zero, length of the place (4, big endian), place, message.
    fn bytes(self, place: &str, message: &[u8]) -> Vec<u8> {
        // A place is an object key, far below 4 GiB.
        let length = u32::try_from(place.len()).unwrap_or(u32::MAX).to_be_bytes();
        [self.label(), &[0], &length, place.as_bytes(), message].concat()
    }
}

/// Both secret halves.
pub(super) struct Pairs {
    agreement: <Kem as hpke::Kem>::PrivateKey,
    signing: Ed25519KeyPair,
}

/// Both public halves. Public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PublicPairs {
    agreement: [u8; 32],
    signing: [u8; 32],
}

impl Pairs {
    /// `agreement` is an X25519 secret key, `signing` an Ed25519 seed.
    pub(super) fn of(agreement: &[u8; KEY_BYTES], signing: &[u8; KEY_BYTES]) -> Result<Self> {
        let agreement = <Kem as hpke::Kem>::PrivateKey::from_bytes(agreement).map_err(|_| Error::NotSealed)?;
        let signing = Ed25519KeyPair::from_seed_unchecked(signing).map_err(|_| Error::NotSealed)?;
        Ok(Self { agreement, signing })
    }

    pub(super) fn public(&self) -> PublicPairs {
        let mut public = PublicPairs { agreement: [0; 32], signing: [0; 32] };
        public.agreement.copy_from_slice(&Kem::sk_to_pk(&self.agreement).to_bytes());
        public.signing.copy_from_slice(self.signing.public_key().as_ref());
        public
    }

    pub(super) fn sign(&self, what: Signed, place: &str, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES]> {
        let signature = self.signing.try_sign(&what.bytes(place, message)).map_err(|_| Error::NotSealed)?;
        signature.as_ref().try_into().map_err(|_| Error::NotSealed)
    }

    /// What [`PublicPairs::seal_to`] made for this pair.
    pub(super) fn open(&self, info: &[u8], context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let cut = Error::CutShort { bytes: sealed.len() };
        let (encapsulated, sealed) = sealed.split_at_checked(ENCAPSULATED_BYTES).ok_or(cut.clone())?;
        if sealed.len() < TAG_BYTES {
            return Err(cut);
        }
        let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| Error::NotForUs)?;
        let opened = hpke::single_shot_open::<AesGcm256, HkdfSha256, Kem>(
            &OpModeR::Base,
            &self.agreement,
            &encapsulated,
            info,
            sealed,
            context,
        );
        Ok(Zeroizing::new(opened.map_err(|_| Error::NotForUs)?))
    }
}

impl PublicPairs {
    pub(super) fn to_bytes(self) -> [u8; PUBLIC_BYTES] {
        let mut bytes = [0; PUBLIC_BYTES];
        bytes[..32].copy_from_slice(&self.agreement);
        bytes[32..].copy_from_slice(&self.signing);
        bytes
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self { agreement: fields.array()?, signing: fields.array()? })
    }

    pub(super) fn verify(&self, what: Signed, place: &str, message: &[u8], signature: &[u8]) -> Result<()> {
        let key = UnparsedPublicKey::new(&ED25519, &self.signing);
        key.verify(&what.bytes(place, message), signature).map_err(|_| Error::Signature)
    }

    /// HPKE in base mode: an encapsulated key of 32 bytes, cipher text and tag.
    pub(super) fn seal_to(
        &self,
        info: &[u8],
        context: &[u8],
        plain: &[u8],
        random: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>> {
        let key = <Kem as hpke::Kem>::PublicKey::from_bytes(&self.agreement).map_err(|_| Error::NotSealed)?;
        let (encapsulated, sealed) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, Kem>(
            &OpModeS::Base,
            &key,
            info,
            plain,
            context,
            &mut Handed(random),
        )
        .map_err(|_| Error::NotSealed)?;
        Ok([encapsulated.to_bytes().as_slice(), &sealed].concat())
    }
}
