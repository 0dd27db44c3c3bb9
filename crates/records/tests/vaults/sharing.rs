//! Three users of one place: what was given is read, and written where that was given too; what is written after a grant
//! ended opens with nothing that it had brought.

use crate::common::{
    kill::{Kill, Moment},
    people::*,
    *,
};
use holdfast_crypto::vault::{Effort, MemberKeys, Purpose, RecoveryCode, Rights};
use holdfast_journal::{Creates, DAY, Reach};
use holdfast_records::{
    Error, Founding, Uuid, Vault, change::Change, layout::ObjectName, master_keys, open_master_keys, sharing::Person,
    versions::Content,
};
use holdfast_storage::{Body, Key, ObjectStore, WriteOptions};
use rand::{SeedableRng, rngs::StdRng};

const MOST: u32 = 300;

/// The keys that a grant brings, and its bytes.
pub async fn keys_of(user: &User, owner: &User, grant: Uuid) -> (MemberKeys, Vec<u8>) {
    let name = ObjectName::Grant { grant }.to_string();
    let key = format!("users/{}/{name}", owner.id().as_simple());
    let blob = owner.0.objects().await.into_iter().find(|(found, _)| *found == key).unwrap().1;
    let identity = owner.0.keyring.identity().unwrap();
    let public = holdfast_crypto::vault::UnconfirmedIdentity::parse(&identity.public_key_blob().unwrap()).unwrap();
    let public = public.confirm(&identity.fingerprint()).unwrap();
    let opened = user.0.keyring.identity().unwrap().open_grant(&public, &name, &blob).unwrap();
    (opened.keys, blob)
}

/// How many blobs of the place some keys open.
pub async fn opened(keys: &MemberKeys, owner: &User) -> Vec<String> {
    let folder = format!("users/{}/", owner.id().as_simple());
    let mut opened = Vec::new();
    for (key, blob) in owner.0.objects().await {
        let Some(name) = key.strip_prefix(&folder) else { continue };
        let purposes = [Purpose::Record, Purpose::Profile, Purpose::AttachmentMetadata];
        let small = purposes.into_iter().any(|purpose| keys.open_blob(purpose, name, &blob).is_ok());
        if small || keys.open_stream(name, &blob).is_ok() {
            opened.push(key);
        }
    }
    opened.sort();
    opened
}

struct World {
    anna: User,
    ben: User,
    cleo: User,
    one: Vault,
    member: Uuid,
    /// Anna, as Ben and Cleo know her.
    owner: [Person; 2],
    /// Ben may write, Cleo may read.
    grants: [Uuid; 2],
}

async fn world(creates: Creates) -> World {
    let [mut anna, mut ben, mut cleo] = users(creates);
    let (mut one, mut bens, mut cleos) = (anna.device("one").await, ben.device("b").await, cleo.device("c").await);
    let owner = [ben.person(&mut bens, &anna, 1), cleo.person(&mut cleos, &anna, 1)];
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    new_note(&mut one, member, "before", 2);
    let grants = [
        give(&mut one, member, &ben, Rights::ReadWrite, 3).await,
        give(&mut one, member, &cleo, Rights::Read, 3).await,
    ];
    World { anna, ben, cleo, one, member, owner, grants }
}

async fn shared_sync(vault: &mut Vault, now: i64) {
    sync(vault, now).await;
    assert!(vault.sync(Reach::Everything, now).await.unwrap().unshared.is_empty());
}

#[tokio::test]
async fn what_is_given_is_read_and_written_by_those_who_may() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let World { mut anna, mut ben, mut cleo, mut one, member, owner, grants } = world(creates).await;
        shared_sync(&mut one, 4).await;
        let mut bens = ben.shared("b", &owner[0], grants[0], 5).await.unwrap();
        let mut cleos = cleo.shared("c", &owner[1], grants[1], 5).await.unwrap();
        shared_sync(&mut bens, 6).await;
        shared_sync(&mut cleos, 6).await;
        assert_eq!(titles(&bens, member), ["before"], "what was there before is in the member's log");
        let file = attach(&mut bens, member, &content(1, 100_000), "scan.pdf");
        let with = Content { attachments: vec![file.clone()], ..note("by Ben") };
        let edit = holdfast_records::Edit { member, record: None, based_on: vec![], content: with };
        let saved = bens.save(edit, 7).unwrap();
        shared_sync(&mut bens, 8).await;
        shared_sync(&mut one, 9).await;
        shared_sync(&mut cleos, 10).await;
        for vault in [&mut one, &mut cleos] {
            assert_eq!(titles(vault, member), ["before", "by Ben"]);
            assert_eq!(vault.shown(member, saved.record).unwrap().author, "b's owner");
            assert_eq!(read(vault, member, &file).await, content(1, 100_000));
        }
        let mut two = anna.device("two").await;
        shared_sync(&mut two, 11).await;
        assert_eq!(titles(&two, member), ["before", "by Ben"], "the own log tells other devices");
        let refused =
            cleos.save(holdfast_records::Edit { member, record: None, based_on: vec![], content: note("no") }, 12);
        assert!(matches!(refused, Err(Error::ReadOnly)));
        assert!(matches!(cleos.repair(12).await, Err(Error::OwnersWork)));
        assert!(matches!(bens.add_member(profile("No"), 12), Err(Error::OwnersWork)));
    }
}

#[tokio::test]
async fn what_is_written_after_a_grant_ended_opens_with_nothing_it_brought() {
    let World { anna, mut ben, mut cleo, mut one, member, owner, grants } = world(Creates::Honoured).await;
    shared_sync(&mut one, 4).await;
    let mut bens = ben.shared("b", &owner[0], grants[0], 5).await.unwrap();
    let mut cleos = cleo.shared("c", &owner[1], grants[1], 5).await.unwrap();
    shared_sync(&mut bens, 6).await;
    shared_sync(&mut cleos, 6).await;
    let (keys, blob) = keys_of(&ben, &anna, grants[0]).await;
    let before = opened(&keys, &anna).await;
    assert_eq!(before.len(), 3, "a profile, its view, a note: {before:?}");
    let file = attach(&mut one, member, &content(1, 100_000), "scan.pdf");
    let with = Content { attachments: vec![file.clone()], ..note("waits") };
    one.save(holdfast_records::Edit { member, record: None, based_on: vec![], content: with }, 7).unwrap();
    let revoked = one.revoke(grants[0], 7).unwrap();
    assert_eq!((revoked.records, revoked.attachments), (3, 1));
    new_note(&mut one, member, "after", 8);
    shared_sync(&mut one, 9).await;
    assert!(opened(&keys, &anna).await.iter().all(|key| before.contains(key)), "also what waited to be sent");
    assert!(matches!(bens.sync(Reach::Everything, 10).await, Err(Error::AccessEnded)));
    shared_sync(&mut cleos, 10).await;
    assert_eq!(titles(&cleos, member), ["after", "before", "waits"], "who stays was handed the key");
    assert_eq!(read(&mut cleos, member, &file).await, content(1, 100_000));

    // Ben puts his grant back and writes on with the key he has.
    let key = Key::new(format!("users/{}/access-grants/{}.blob", anna.id().as_simple(), grants[0])).unwrap();
    ben.0.store.put(&key, Body::bytes(blob), &WriteOptions::default()).await.unwrap();
    new_note(&mut bens, member, "too late", 11);
    sync(&mut bens, 11).await;
    shared_sync(&mut one, 12).await;
    shared_sync(&mut cleos, 13).await;
    assert_eq!(titles(&one, member), ["after", "before", "waits"]);
    assert_eq!(titles(&cleos, member), ["after", "before", "waits"]);
    let repaired = one.repair(14).await.unwrap();
    assert_eq!((repaired.versions, repaired.unproven.len()), (0, 1), "nor is it taken for something that was lost");
}

#[tokio::test]
async fn what_a_reader_writes_into_the_log_is_taken_by_nobody() {
    let World { anna: _anna, mut cleo, mut one, member, owner, grants, .. } = world(Creates::Honoured).await;
    shared_sync(&mut one, 4).await;
    let mut cleos = cleo.shared("c", &owner[1], grants[1], 5).await.unwrap();
    shared_sync(&mut cleos, 5).await;
    let saved = one.records(member).find(|record| record.id() != member).unwrap();
    let mut node = saved.shown().unwrap().node.clone();
    node.id.number += 1;
    node.deleted = true;
    node.parents = vec![saved.shown().unwrap().id()];
    node.id.device = cleos.device();
    let change = Change::of_version(member, saved.id(), &node);
    let payload = change.to_bytes().into();
    let entry = holdfast_journal::NewEntry { id: change.id(), time: 6, kind: 1, payload };
    cleos.journal_mut().capture(entry, 6).unwrap();
    cleos.journal_mut().flush(6).await.unwrap();
    shared_sync(&mut one, 7).await;
    assert_eq!(titles(&one, member), ["before"]);
}

#[tokio::test]
async fn a_grant_ends_for_both_when_its_time_is_over() {
    let World { anna: _anna, mut ben, mut one, member, owner, .. } = world(Creates::Honoured).await;
    let grant = one.grant(member, ben.id(), Rights::ReadWrite, Some(DAY), 4).unwrap();
    shared_sync(&mut one, 5).await;
    let mut bens = ben.shared("b", &owner[0], grant, 6).await.unwrap();
    shared_sync(&mut bens, 7).await;
    assert!(matches!(bens.sync(Reach::Usual, DAY).await, Err(Error::AccessEnded)));
    assert!(matches!(ben.shared("b", &owner[0], grant, DAY).await, Err(Error::AccessEnded)));
    shared_sync(&mut one, DAY).await;
    assert!(one.given().iter().any(|given| given.terms.grant == grant && given.ended.is_some()));
}

#[tokio::test]
async fn giving_and_ending_can_be_cut_off_at_any_request() {
    for moment in [Moment::Before, Moment::After] {
        for request in 1..MOST {
            let case = format!("{moment:?} {request}");
            let World { mut anna, mut ben, mut cleo, mut one, member, owner, grants } = world(Creates::Honoured).await;
            drop(one);
            let kill = Kill::at(request, moment);
            one = anna.open("one", kill.wrap(anna.0.store.clone()));
            let _ = kill.run(one.sync(Reach::Everything, 4)).await;
            drop(one);
            one = anna.open("one", anna.0.store.clone());
            shared_sync(&mut one, 5).await;
            let mut cleos = cleo.shared("c", &owner[1], grants[1], 5).await.unwrap();
            shared_sync(&mut cleos, 6).await;
            assert_eq!(titles(&cleos, member), ["before"], "{case}");
            let (keys, _) = keys_of(&ben, &anna, grants[0]).await;
            let before = opened(&keys, &anna).await;
            one.revoke(grants[0], 7).unwrap();
            new_note(&mut one, member, "after", 8);
            drop(one);
            let again = Kill::at(request, moment);
            one = anna.open("one", again.wrap(anna.0.store.clone()));
            let _ = again.run(one.sync(Reach::Everything, 9)).await;
            drop(one);
            one = anna.open("one", anna.0.store.clone());
            shared_sync(&mut one, 10).await;
            shared_sync(&mut cleos, 11).await;
            assert_eq!(titles(&cleos, member), ["after", "before"], "{case}");
            assert!(opened(&keys, &anna).await.iter().all(|key| before.contains(key)), "{case}");
            assert!(matches!(ben.shared("b", &owner[0], grants[0], 12).await, Err(Error::AccessEnded)), "{case}");
            if !kill.struck() && !again.struck() {
                assert!(request > 5, "{case}: there were requests to be killed at");
                break;
            }
            assert!(request < MOST - 1, "{case} never ends");
        }
    }
}

#[tokio::test]
async fn people_are_known_on_all_own_devices_and_only_by_the_right_words() {
    let [mut anna, mut ben, cleo] = users(Creates::Honoured);
    let (mut one, mut two) = (anna.device("one").await, anna.device("two").await);
    drop(ben.device("b").await);
    let blob = holdfast_records::read_public_key(&*ben.0.store, ben.id()).await.unwrap();
    assert!(one.add_person(&blob, &cleo.fingerprint(), "somebody", "there", 1).is_err());
    assert!(matches!(one.grant(Uuid::nil(), ben.id(), Rights::Read, None, 1), Err(Error::UnknownMember { .. })));
    one.add_person(&blob, &ben.fingerprint(), "somebody", "there", 1).unwrap();
    sync(&mut one, 2).await;
    sync(&mut two, 3).await;
    assert_eq!(two.people(), one.people());
    assert_eq!(two.people()[0].user, ben.id());
    assert_eq!(two.people()[0].fingerprint, ben.fingerprint().words().unwrap());
}

#[tokio::test]
async fn a_vault_opens_on_a_new_device_from_the_code_alone() {
    let [mut anna, mut ben, _] = users(Creates::Honoured);
    let mut random = StdRng::seed_from_u64(7);
    let (code, other) = (RecoveryCode::generate(&mut random), RecoveryCode::generate(&mut random));
    let wrong = Founding::seal(&anna.0.keyring, &code, &other, Effort::FLOOR, &mut random);
    assert!(matches!(wrong, Err(Error::WrongRecoveryCode)));
    let founding = Founding::seal(&anna.0.keyring, &code, &code, Effort::FLOOR, &mut random).unwrap();
    let opening = anna.0.opening("one", anna.0.store.clone());
    let mut one = Vault::found(opening, &founding, 0).await.unwrap();
    one.add_member(profile("Mara"), 1).unwrap();
    sync(&mut one, 2).await;
    drop(ben.device("b").await);
    let sealed = master_keys(&*anna.0.store, None).await.unwrap();
    assert_eq!(sealed.len(), 2);
    let shares = code.split(2, 3, &mut random).unwrap();
    let from_shares = RecoveryCode::combine(&shares[1..]).unwrap();
    let (bens, annas): (Vec<_>, Vec<_>) = sealed.iter().cloned().partition(|one| one.user == ben.id());
    assert!(matches!(open_master_keys(&other, &annas), Err(Error::WrongRecoveryCode)));
    // What stands in Ben's folder was never a sealed keyring.
    assert!(matches!(open_master_keys(&other, &bens), Err(Error::DamagedMasterKey { user, .. }) if user == ben.id()));
    assert!(matches!(open_master_keys(&other, &sealed), Err(Error::DamagedMasterKey { .. })));
    let keyring = open_master_keys(&from_shares, &sealed).unwrap();
    assert_eq!(keyring.user_id(), anna.0.keyring.user_id());
    anna.0.keyring = std::sync::Arc::new(keyring);
    let mut two = anna.0.join("two").await;
    sync(&mut two, 3).await;
    assert_eq!(everything(&two), everything(&one));
    let changed = Founding::seal(&anna.0.keyring, &other, &other, Effort::FLOOR, &mut random).unwrap();
    two.change_recovery_code(&changed).await.unwrap();
    let sealed = master_keys(&*anna.0.store, Some(anna.id())).await.unwrap();
    assert!(matches!(open_master_keys(&code, &sealed), Err(Error::WrongRecoveryCode)));
    assert!(open_master_keys(&other, &sealed).is_ok());
    let key = Key::new(format!("users/{}/master-key.blob", anna.id().as_simple())).unwrap();
    let whole = changed.master_key;
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    for (case, bytes, told_apart) in [
        ("cut by a byte", whole[..whole.len() - 1].to_vec(), true),
        ("cut in the header", whole[..40].to_vec(), true),
        ("empty", Vec::new(), true),
        ("of another kind", flipped(0), true),
        ("weaker than any", flipped(9), true),
        ("changed inside", flipped(60), false),
    ] {
        anna.0.store.put(&key, Body::bytes(bytes), &WriteOptions::default()).await.unwrap();
        let sealed = master_keys(&*anna.0.store, Some(anna.id())).await.unwrap();
        match open_master_keys(&other, &sealed) {
            Err(Error::DamagedMasterKey { user, .. }) => assert!(told_apart && user == anna.id(), "{case}"),
            Err(Error::WrongRecoveryCode) => assert!(!told_apart, "{case}"),
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn two_devices_that_end_two_grants_at_once_shut_out_both() {
    let World { mut anna, ben, cleo, mut one, member, owner: _, grants } = world(Creates::Honoured).await;
    shared_sync(&mut one, 4).await;
    let mut two = anna.device("two").await;
    shared_sync(&mut two, 5).await;
    one.revoke(grants[0], 6).unwrap();
    two.revoke(grants[1], 6).unwrap();
    shared_sync(&mut one, 7).await;
    // Each was handed the key that the other's end began, as far as the place showed it then.
    let handed = keys_of(&cleo, &anna, grants[1]).await.0;
    for now in [8, 9, 10] {
        shared_sync(&mut two, now).await;
        shared_sync(&mut one, now).await;
    }
    let before = opened(&handed, &anna).await;
    new_note(&mut one, member, "by one", 11);
    new_note(&mut two, member, "by two", 11);
    shared_sync(&mut one, 12).await;
    shared_sync(&mut two, 12).await;
    assert_eq!(opened(&handed, &anna).await, before);
    assert!(handed.generations().count() == 2, "the case is the one that is meant");
    assert_eq!(anna.0.count("access-grants/").await, 0);
    drop(ben);
}

#[tokio::test]
async fn what_somebody_who_stays_did_before_hearing_of_another_key_is_not_lost() {
    let World { mut anna, mut ben, mut cleo, mut one, member, owner, grants } = world(Creates::Honoured).await;
    shared_sync(&mut one, 4).await;
    let mut bens = ben.shared("b", &owner[0], grants[0], 5).await.unwrap();
    shared_sync(&mut bens, 6).await;
    let (cleos, _) = keys_of(&cleo, &anna, grants[1]).await;
    new_note(&mut bens, member, "told too late", 7);
    shared_sync(&mut bens, 8).await;
    new_note(&mut bens, member, "offline", 9);
    let before = opened(&cleos, &anna).await;
    one.revoke(grants[1], 9).unwrap();
    assert!(one.send(10).await.unwrap().failures.is_empty(), "without reading what Ben told");
    drop(one);
    let mut one = anna.open("one", ben.0.store.clone());
    shared_sync(&mut one, 10).await;
    shared_sync(&mut bens, 11).await;
    shared_sync(&mut one, 12).await;
    assert_eq!(titles(&one, member), ["before", "offline", "told too late"]);
    assert!(matches!(cleo.shared("c", &owner[1], grants[1], 13).await, Err(Error::AccessEnded)));
    assert_eq!(opened(&cleos, &anna).await, before, "what Ben had kept is sealed anew");
}
