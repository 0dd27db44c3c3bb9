//! Identities, fingerprints, grants, and keyrings for devices.

use holdfast_crypto::{
    Error,
    vault::{
        DeviceKeys, Fingerprint, Generation, GrantTerms, Identity, MAX_PLACE_BYTES, PublicIdentity, Purpose, Rights,
        UnconfirmedIdentity, Vault,
    },
};
use proptest::prelude::*;

use crate::{ANNA, generations, member, random, vault};

const KEY: &str = "access-grants/1.blob";

/// What others hold after they compared the words.
fn confirmed(identity: &Identity) -> PublicIdentity {
    let public = UnconfirmedIdentity::parse(&identity.public_key_blob().unwrap()).unwrap();
    public.confirm(&identity.fingerprint()).unwrap()
}

fn terms() -> GrantTerms {
    GrantTerms { rights: Rights::Read, ends: Some(1000), place: "s3://family/anna".into() }
}

fn granted(owner: &Vault, to: &PublicIdentity, generations: u16) -> Vec<u8> {
    let keys = member(owner, ANNA, generations);
    owner.identity().unwrap().grant(&keys, &terms(), to, KEY, &mut random(9)).unwrap()
}

#[test]
fn a_grantee_opens_and_seals_what_the_owner_does() {
    let (owner, other) = (vault(1), vault(2).identity().unwrap());
    let blob = granted(&owner, &confirmed(&other), 2);
    let grant = other.open_grant(&confirmed(&owner.identity().unwrap()), KEY, &blob).unwrap();
    assert_eq!((&grant.owner, grant.terms), (owner.user_id(), terms()));
    let own = member(&owner, ANNA, 2);
    for (from, to) in [(&own, &grant.keys), (&grant.keys, &own)] {
        let sealed = from.seal_blob(Purpose::Record, "k", b"cough", &mut random(1)).unwrap();
        assert_eq!(to.open_blob(Purpose::Record, "k", &sealed).unwrap().as_slice(), b"cough");
    }
}

#[test]
fn after_a_revocation_the_keys_of_a_grant_open_nothing_new() {
    let (owner, other) = (vault(1), vault(2).identity().unwrap());
    let blob = granted(&owner, &confirmed(&other), 1);
    let grant = other.open_grant(&confirmed(&owner.identity().unwrap()), KEY, &blob).unwrap();
    let next = member(&owner, ANNA, 2);
    let sealed = next.seal_blob(Purpose::Record, "k", b"later", &mut random(1)).unwrap();
    let error = grant.keys.open_blob(Purpose::Record, "k", &sealed).unwrap_err();
    assert_eq!(error, Error::UnknownGeneration { found: generations(2)[1] });
    let mut pretended = sealed;
    pretended[16..20].copy_from_slice(&Generation::FIRST.to_bytes());
    assert!(grant.keys.open_blob(Purpose::Record, "k", &pretended).is_err());
}

#[test]
fn a_grant_is_for_one_person_from_one_person_in_one_place() {
    let (owner, other, third) = (vault(1), vault(2).identity().unwrap(), vault(3));
    let from = confirmed(&owner.identity().unwrap());
    let blob = granted(&owner, &confirmed(&other), 1);
    assert_eq!(third.identity().unwrap().open_grant(&from, KEY, &blob).unwrap_err(), Error::NotForUs);
    assert_eq!(other.open_grant(&from, "access-grants/2.blob", &blob).unwrap_err(), Error::Signature);
    let stranger = confirmed(&third.identity().unwrap());
    assert!(matches!(other.open_grant(&stranger, KEY, &blob).unwrap_err(), Error::OtherUser { .. }));
    let renewed = confirmed(&owner.rotated(&mut random(5)).unwrap().identity().unwrap());
    assert_eq!(other.open_grant(&renewed, KEY, &blob).unwrap_err(), Error::OtherIdentity { found: 1 });
    for bit in 0..blob.len() * 8 {
        let mut damaged = blob.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(other.open_grant(&from, KEY, &damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn nobody_can_pass_a_grant_on_under_another_name() {
    // What the third person does: takes the sealed part and signs it as an own grant.
    let (owner, other, third) = (vault(1), vault(2).identity().unwrap(), vault(3));
    let blob = granted(&owner, &confirmed(&other), 1);
    let own = granted(&third, &confirmed(&other), 1);
    let forged = [&own[..24], &blob[24..]].concat();
    let thief = confirmed(&third.identity().unwrap());
    assert_eq!(other.open_grant(&thief, KEY, &forged).unwrap_err(), Error::Signature);
}

#[test]
fn an_older_identity_still_opens_its_grants() {
    let (owner, other) = (vault(1), vault(2));
    let blob = granted(&owner, &confirmed(&other.identity().unwrap()), 1);
    let renewed = other.rotated(&mut random(5)).unwrap();
    let from = confirmed(&owner.identity().unwrap());
    assert_eq!(renewed.identity().unwrap().open_grant(&from, KEY, &blob).unwrap_err(), Error::NotForUs);
    assert!(renewed.identity_of(1).unwrap().open_grant(&from, KEY, &blob).is_ok());
    assert_eq!(renewed.identity_of(3).unwrap_err(), Error::NoGeneration);
}

#[test]
fn terms_end_when_they_say_and_a_place_has_its_bounds() {
    assert!(!terms().is_over(999) && terms().is_over(1000));
    assert!(!GrantTerms { ends: None, ..terms() }.is_over(i64::MAX));
    let (owner, other) = (vault(1), confirmed(&vault(2).identity().unwrap()));
    let grant = |place: usize| {
        let terms = GrantTerms { place: "x".repeat(place), ..terms() };
        owner.identity().unwrap().grant(&member(&owner, ANNA, 1), &terms, &other, KEY, &mut random(1))
    };
    assert!(grant(MAX_PLACE_BYTES).is_ok());
    assert_eq!(grant(4097).unwrap_err(), Error::TooLong { bytes: 4097, limit: 4096 });
}

#[test]
fn only_keys_whose_words_were_compared_are_used() {
    let (mine, other) = (vault(1).identity().unwrap(), vault(2).identity().unwrap());
    let words = mine.fingerprint().words().unwrap();
    assert_eq!(words.split(' ').count(), 12);
    let known = Fingerprint::from_words(&words.to_uppercase()).unwrap();
    assert_eq!(known, mine.fingerprint());
    let swapped = UnconfirmedIdentity::parse(&other.public_key_blob().unwrap()).unwrap();
    assert_eq!(swapped.fingerprint(), &other.fingerprint());
    assert_eq!(swapped.confirm(&known).unwrap_err(), Error::OtherFingerprint);
    let blob = mine.public_key_blob().unwrap();
    for bit in 0..blob.len() * 8 {
        let mut damaged = blob.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(UnconfirmedIdentity::parse(&damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn a_device_that_stays_is_handed_the_new_secret_and_a_revoked_one_is_not() {
    let device = |id: u8| DeviceKeys::generate([id; 16], &mut random(id.into())).unwrap();
    let (laptop, phone, lost) = (device(1), device(2), device(3));
    let before = vault(1);
    let after = before.rotated(&mut random(7)).unwrap();
    let key = "keyring/2/phone.blob";
    let blob = laptop.hand_over(&after, &phone.public(), key, &mut random(8)).unwrap();
    let taken = phone.take_over(&before, &laptop.public(), key, &blob).unwrap();
    assert_eq!(*taken.to_bytes(), *after.to_bytes());
    let hex = |id: u8| hex::encode([id; 16]);
    let error = lost.take_over(&before, &laptop.public(), key, &blob).unwrap_err();
    assert_eq!(error, Error::OtherDevice { found: hex(2) });
    let error = phone.take_over(&before, &lost.public(), key, &blob).unwrap_err();
    assert_eq!(error, Error::OtherDevice { found: hex(1) });
    let elsewhere = phone.take_over(&before, &laptop.public(), "keyring/3/phone.blob", &blob).unwrap_err();
    assert_eq!(elsewhere, Error::Signature);
    // Another key pair with the phone's id, and a vault that is not a continuation.
    let other = DeviceKeys::generate([2; 16], &mut random(20)).unwrap();
    assert_eq!(other.take_over(&before, &laptop.public(), key, &blob).unwrap_err(), Error::NotForUs);
    let foreign = laptop.hand_over(&vault(4), &phone.public(), key, &mut random(8)).unwrap();
    assert_eq!(phone.take_over(&before, &laptop.public(), key, &foreign).unwrap_err(), Error::NotContinued);
    let older = laptop.hand_over(&before, &phone.public(), key, &mut random(8)).unwrap();
    assert_eq!(phone.take_over(&after, &laptop.public(), key, &older).unwrap_err(), Error::NotContinued);
}

#[test]
fn a_device_signs_its_log_head_and_its_user_vouches_for_it() {
    let device = DeviceKeys::generate([1; 16], &mut random(1)).unwrap();
    let again = DeviceKeys::from_bytes(&*device.to_bytes()).unwrap();
    let signature = again.sign_log_head(b"head").unwrap();
    device.public().check_log_head(b"head", &signature).unwrap();
    assert_eq!(device.public().check_log_head(b"older", &signature).unwrap_err(), Error::Signature);
    let user = vault(1).identity().unwrap();
    let vouched = user.vouch_for(&device.public()).unwrap();
    confirmed(&user).check_device(&device.public(), &vouched).unwrap();
    assert_eq!(confirmed(&user).check_device(&device.public(), &signature).unwrap_err(), Error::Signature);
    let other = DeviceKeys::generate([2; 16], &mut random(2)).unwrap();
    assert_eq!(confirmed(&user).check_device(&other.public(), &vouched).unwrap_err(), Error::Signature);
    assert_eq!(format!("{device:?}"), "DeviceKeys(…)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_grant_comes_back(
        write: bool, ends in proptest::option::of(0..i64::MAX), place in "\\PC{0,60}", count in 1u16..6, seed: u64,
        at: prop::sample::Index, change in 1u8.., cut: prop::sample::Index,
    ) {
        let (owner, other) = (vault(1), vault(2).identity().unwrap());
        let terms = GrantTerms { rights: if write { Rights::ReadWrite } else { Rights::Read }, ends, place };
        let identity = owner.identity().unwrap();
        let keys = member(&owner, ANNA, count);
        let blob = identity.grant(&keys, &terms, &confirmed(&other), KEY, &mut random(seed)).unwrap();
        let from = confirmed(&identity);
        let grant = other.open_grant(&from, KEY, &blob).unwrap();
        prop_assert_eq!(&grant.terms, &terms);
        prop_assert_eq!(grant.keys.generations().collect::<Vec<_>>(), generations(count));
        let mut damaged = blob.clone();
        damaged[at.index(blob.len())] ^= change;
        prop_assert!(other.open_grant(&from, KEY, &damaged).is_err());
        prop_assert!(other.open_grant(&from, KEY, &blob[..cut.index(blob.len())]).is_err());
    }
}
