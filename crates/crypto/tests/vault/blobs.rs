//! Keyrings, generations and small blobs.

use holdfast_crypto::{
    Error, UserId,
    vault::{Generation, Purpose, Vault},
};
use proptest::prelude::*;

use crate::{ANNA, BEN, generations, member, random, vault};

const KEY: &str = "family-members/a/records/r.v1.d.blob";

#[test]
fn a_vault_keeps_its_name_and_opens_old_blobs_after_a_new_master_secret() {
    let before = vault(1);
    let after = before.rotated(&mut random(2)).unwrap();
    assert_eq!((before.user_id(), before.generation(), after.generation()), (after.user_id(), 1, 2));
    let old = member(&before, ANNA, 1).seal_blob(Purpose::Record, KEY, b"old", &mut random(3)).unwrap();
    let next = Generation::FIRST.next(after.generation()).unwrap();
    let keys = after.member(ANNA, &[next, Generation::FIRST]).unwrap();
    assert_eq!(keys.open_blob(Purpose::Record, KEY, &old).unwrap().as_slice(), b"old");
    let new = keys.seal_blob(Purpose::Record, KEY, b"new", &mut random(4)).unwrap();
    assert_eq!((keys.is_current(&old), keys.is_current(&new)), (Ok(false), Ok(true)));
    let error = member(&before, ANNA, 1).open_blob(Purpose::Record, KEY, &new).unwrap_err();
    assert_eq!(error, Error::UnknownGeneration { found: next });
    assert_eq!(before.member(ANNA, &[next]).unwrap_err(), Error::NoGeneration, "the former secret does not lead there");
    let logs = (before.log_keys().unwrap(), after.log_keys().unwrap());
    assert!(logs.1.fits(logs.0.check().as_str()) && !logs.0.fits(logs.1.check().as_str()));
}

#[test]
fn members_generations_and_vaults_have_keys_of_their_own() {
    let one = vault(1);
    let blob = member(&one, ANNA, 2).seal_blob(Purpose::Profile, KEY, b"Anna", &mut random(1)).unwrap();
    for (keys, why) in [(member(&one, BEN, 2), "another member"), (member(&vault(2), ANNA, 2), "another vault")] {
        let error = keys.open_blob(Purpose::Profile, KEY, &blob).unwrap_err();
        assert!(matches!(error, Error::OtherKey { .. }), "{why}: {error}");
    }
    let error = member(&one, ANNA, 1).open_blob(Purpose::Profile, KEY, &blob).unwrap_err();
    assert_eq!(error, Error::UnknownGeneration { found: generations(2)[1] });
    assert_eq!(one.member(ANNA, &[]).unwrap_err(), Error::NoGeneration);
    let folder = UserId::named("a").unwrap();
    let logs = [1, 2].map(|count| member(&one, ANNA, count).log_keys(folder.clone()).unwrap());
    assert!(logs[1].fits(logs[0].check().as_str()) && !logs[0].fits(logs[1].check().as_str()));
    assert!(!logs[1].fits(one.log_keys().unwrap().check().as_str()), "the user's log is another one");
}

#[test]
fn the_same_content_is_never_sealed_the_same_way() {
    let keys = member(&vault(1), ANNA, 1);
    let mut random = random(1);
    let mut one = || keys.seal_blob(Purpose::Record, KEY, b"same", &mut random).unwrap();
    let (first, second) = (one(), one());
    for range in [20..32, 32..80, 80..92, 92..first.len()] {
        assert_ne!(first[range.clone()], second[range]);
    }
}

#[test]
fn every_flipped_bit_of_a_blob_is_noticed() {
    let keys = member(&vault(1), ANNA, 2);
    let blob = keys.seal_blob(Purpose::Record, KEY, b"penicillin", &mut random(1)).unwrap();
    for bit in 0..blob.len() * 8 {
        let mut damaged = blob.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(keys.open_blob(Purpose::Record, KEY, &damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn no_key_shows_itself() {
    let vault = vault(1);
    let keys = member(&vault, ANNA, 1);
    let shown = format!("{vault:?} {keys:?} {:?} {:?}", keys.namer().unwrap(), vault.identity().unwrap());
    assert_eq!(shown, "Vault(…) MemberKeys(…) AttachmentNamer(…) Identity(…)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_blob_comes_back_and_any_change_is_noticed(
        plain in proptest::collection::vec(any::<u8>(), 0..2000), key in "[a-z/.]{1,60}", other in "[a-z/.]{1,60}",
        seed: u64, at: prop::sample::Index, change in 1u8.., cut: prop::sample::Index,
    ) {
        let keys = member(&vault(1), ANNA, 3);
        let blob = keys.seal_blob(Purpose::Record, &key, &plain, &mut random(seed)).unwrap();
        let opened = keys.open_blob(Purpose::Record, &key, &blob).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        prop_assert_eq!(keys.open_blob(Purpose::Record, &other, &blob).is_ok(), key == other);
        prop_assert!(keys.open_blob(Purpose::Profile, &key, &blob).is_err());
        let mut damaged = blob.clone();
        damaged[at.index(blob.len())] ^= change;
        prop_assert!(keys.open_blob(Purpose::Record, &key, &damaged).is_err());
        prop_assert!(keys.open_blob(Purpose::Record, &key, &blob[..cut.index(blob.len())]).is_err());
    }

    #[test]
    fn any_keyring_comes_back(seed: u64, rotations in 0usize..5) {
        let mut random = random(seed);
        let mut vault = Vault::create(&mut random).unwrap();
        for _ in 0..rotations {
            vault = vault.rotated(&mut random).unwrap();
        }
        let again = Vault::from_bytes(&vault.to_bytes()).unwrap();
        prop_assert_eq!(again.to_bytes(), vault.to_bytes());
        prop_assert_eq!((again.user_id(), again.generation()), (vault.user_id(), vault.generation()));
    }
}
