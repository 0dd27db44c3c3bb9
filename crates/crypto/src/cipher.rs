//! AES-256-GCM (NIST SP 800-38D) and HKDF-SHA256 (RFC 5869) as AWS-LC offers them. It refuses to choose nonces.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
pub(crate) const NONCE_BYTES: usize = 12;
/// Bytes of an authentication tag.
pub(crate) const TAG_BYTES: usize = 16;

/// Key material that is wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// A key that seals and opens.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Error::NotSealed)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Cipher text and tag of `plain`.
    pub(crate) fn seal(&self, nonce: [u8; NONCE_BYTES], context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let mut data = Vec::with_capacity(plain.len() + TAG_BYTES);
        data.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(nonce, Aad::from(context), &mut data).map_err(|_| Error::NotSealed)?;
        Ok(data)
    }

    /// The plain text, or [`Error::Broken`].
    pub(crate) fn open(&self, nonce: &[u8], context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::Broken)?;
        let mut data = Zeroizing::new(sealed.to_vec());
        let plain = self.0.open_in_place(nonce, Aad::from(context), &mut data).map_err(|_| Error::Broken)?.len();
        data.truncate(plain);
        Ok(data)
    }
}

/// So many bytes of the generator.
pub(crate) fn random_bytes<const N: usize>(random: &mut dyn CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill_bytes(&mut bytes);
    bytes
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// `N` bytes (at most 8,160) for a label.
pub(crate) fn derive<const N: usize>(salt: &[u8], secret: &[u8], label: &[u8]) -> Result<Zeroizing<[u8; N]>> {
    let mut out = Zeroizing::new([0; N]);
    let pseudo_random_key = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let expanded = pseudo_random_key.expand(&[label], Length(N)).and_then(|okm| okm.fill(out.as_mut_slice()));
    expanded.map_err(|_| Error::NotSealed)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    #[test]
    fn hkdf_gives_what_rfc_5869_says() {
        // RFC 5869, appendix A.1 and A.3.
        let okm =
            derive::<42>(&bytes("000102030405060708090a0b0c"), &[0x0b; 22], &bytes("f0f1f2f3f4f5f6f7f8f9")).unwrap();
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(hex::encode(okm.as_slice()), expected);
        let okm = derive::<42>(&[], &[0x0b; 22], &[]).unwrap();
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
        assert_eq!(hex::encode(okm.as_slice()), expected);
    }

    #[test]
    fn aes_256_gcm_gives_what_the_published_cases_say() {
        // "The Galois/Counter Mode of Operation" (McGrew, Viega), test cases 13, 14 and 16.
        let zero = Cipher::new(&[0; 32]).unwrap();
        assert_eq!(hex::encode(zero.seal([0; 12], &[], &[]).unwrap()), "530f8afbc74536b9a963b4f1c4cb738b");
        let sealed = zero.seal([0; 12], &[], &[0; 16]).unwrap();
        assert_eq!(hex::encode(sealed), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
        let key: [u8; 32] =
            bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let nonce: [u8; 12] = bytes("cafebabefacedbaddecaf888").try_into().unwrap();
        let plain = bytes(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        ));
        let context = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = Cipher::new(&key).unwrap().seal(nonce, &context, &plain).unwrap();
        let expected = concat!(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa",
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b"
        );
        assert_eq!(hex::encode(&sealed), expected);
        let opened = Cipher::new(&key).unwrap().open(&nonce, &context, &sealed).unwrap();
        assert_eq!(*opened, plain);
    }
}
