//! Published vectors of every primitive that a vault uses. AES-GCM and HKDF have theirs in `cipher`.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use aws_lc_rs::{
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use rand_core::{CryptoRng, RngCore};

use super::{AttachmentNamer, pairs::Pairs};

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn array<const N: usize>(text: &str) -> [u8; N] {
    bytes(text).try_into().unwrap()
}

#[test]
fn hmac_sha256_gives_what_rfc_4231_says() {
    // Section 4.2 to 4.4 and 4.7: test cases 1, 2, 3 and 6.
    for (key, data, expected) in [
        (vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (vec![0xaa; 20], vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ] {
        for piece in [1, 7, 1000] {
            let mut namer = AttachmentNamer(hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key)));
            data.chunks(piece).for_each(|piece| namer.update(piece));
            assert_eq!(namer.finish().to_string(), expected);
        }
    }
}

#[test]
fn argon2id_gives_what_rfc_9106_says() {
    // Section 5.3. A secret and associated data have no place in our format; the frozen `recovery.json` has our parameters.
    let data = AssociatedData::new(&[4; 12]).unwrap();
    let params = ParamsBuilder::new().m_cost(32).t_cost(3).p_cost(4).output_len(32).data(data).build().unwrap();
    let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
    assert_eq!(hex::encode(tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

#[test]
fn x25519_gives_what_rfc_7748_says() {
    // Section 6.1, with the crate that HPKE uses and through our own pairs.
    let (alice, bob) = (
        array("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
        array("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
    );
    let public = |secret: &[u8; 32]| Pairs::of(secret, &[0; 32]).unwrap().public().to_bytes()[..32].to_vec();
    assert_eq!(public(&alice), bytes("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
    assert_eq!(public(&bob), bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
    let shared = x25519_dalek::x25519(alice, public(&bob).try_into().unwrap());
    assert_eq!(hex::encode(shared), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_eq!(shared, x25519_dalek::x25519(bob, public(&alice).try_into().unwrap()));
    // Section 5.2, first test vector.
    let scalar = array("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    let point = array("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    let product = x25519_dalek::x25519(scalar, point);
    assert_eq!(hex::encode(product), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

#[test]
fn ed25519_gives_what_rfc_8032_says() {
    // Section 7.1, tests 1 to 3.
    for (seed, public, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let pair = Ed25519KeyPair::from_seed_unchecked(&bytes(seed)).unwrap();
        assert_eq!(pair.public_key().as_ref(), bytes(public));
        assert_eq!(pair.sign(&bytes(message)).as_ref(), bytes(signature));
        let key = UnparsedPublicKey::new(&ED25519, bytes(public));
        key.verify(&bytes(message), &bytes(signature)).unwrap();
        assert!(key.verify(b"another message", &bytes(signature)).is_err());
        assert_eq!(Pairs::of(&[0; 32], &array(seed)).unwrap().public().to_bytes()[32..], bytes(public));
    }
}

/// Gives the bytes it holds.
struct Feed(Vec<u8>);

impl RngCore for Feed {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, dst: &mut [u8]) {
        dst.copy_from_slice(&self.0.drain(..dst.len()).collect::<Vec<u8>>());
    }
}

impl CryptoRng for Feed {}

#[test]
fn hpke_gives_what_the_vectors_of_rfc_9180_say() {
    // RFC 9180's appendix has no vector of this suite (KEM 0x0020, KDF 0x0001, AEAD 0x0002), its authors' JSON has: mode 0,
    // first encryption, as BoringSSL and Tink carry it (`hpke_boringssl.json`). `ikmE` is what the generator gives.
    let secret = array("4f8282f1b30e39a5d7f3fcccf73d8044a09d89ac168c1929f179e2e93e20b8ae");
    let recipient = Pairs::of(&secret, &[0; 32]).unwrap();
    let public = recipient.public();
    assert_eq!(public.to_bytes()[..32], bytes("ac66bae9ffa270cf4a89ed9f274e30c0456babae2572aaaf002ff0d8884ab018"));
    let mut random = Feed(bytes("dfd175121e21c253a93df7fab2b69fb20112320188532abb11f2ff74efc5c724"));
    let info = bytes("4f6465206f6e2061204772656369616e2055726e");
    let plain = bytes("4265617574792069732074727574682c20747275746820626561757479");
    let sealed = public.seal_to(&info, b"Count-0", &plain, &mut random).unwrap();
    let expected = concat!(
        "8e806d41aecfcece96a6b47f1e488a3ac6e48090d9b634355c705dd34311d900",
        "23ded2d5d90ea89d975dac4792b297240f194952d7421aacbff0474100052b6bb8aa58d18ef6c42b6960e2e28f"
    );
    assert_eq!(hex::encode(&sealed), expected);
    assert_eq!(*recipient.open(&info, b"Count-0", &sealed).unwrap(), plain);
    assert!(recipient.open(&info, b"Count-1", &sealed).is_err());
}
