//! A device is lost and revoked by another one: it opens nothing that is written from then on, nothing that it writes is
//! taken, and nobody else loses anything.

use std::sync::Arc;

use crate::common::{
    kill::{Kill, Moment},
    people::*,
    *,
};
use holdfast_crypto::vault::{
    DeviceKeys, Effort, Generation, MemberId, Purpose, RecoveryCode, Rights, Vault as Keyring,
};
use holdfast_journal::{Creates, Journal, NewEntry, Reach, State, record::Record, segment};
use holdfast_records::{Error, Founding, Saved, Uuid, Vault, master_keys, open_master_keys};
use holdfast_storage::{Body, Key, ObjectStore, WriteOptions, prefix::PrefixStore};
use rand::{SeedableRng, rngs::StdRng};

const MOST: u32 = 300;

/// Plans the end of a device and lets it wait for the next sync.
pub fn revoke(vault: &mut Vault, device: Uuid) {
    let plan = vault.plan_device_revocation(device).unwrap();
    let public_key = plan.keyring().identity().unwrap().public_key_blob().unwrap();
    vault.revoke_device(plan, &Founding { public_key, ..founding() }).unwrap();
}

/// Keys of the objects below the user's folder that somebody with this keyring can open, of all that this user ever wrote
/// with it: blobs, attachments, segments of the log.
pub async fn opened_with(keyring: &Keyring, user: &User, members: &[Uuid]) -> Vec<String> {
    let folder = format!("users/{}/", user.id().as_simple());
    let generations: Vec<Generation> = (1..=keyring.generation())
        .flat_map(|master| (1..6).map(move |member| Generation::new(master, member).unwrap()))
        .collect();
    let members = members.iter().map(|member| keyring.member(MemberId(member.into_bytes()), &generations).unwrap());
    let (members, log): (Vec<_>, _) = (members.collect(), keyring.log_keys().unwrap());
    let mut opened = Vec::new();
    for (key, blob) in user.0.objects().await {
        let Some(name) = key.strip_prefix(&folder) else { continue };
        let purposes = [Purpose::Record, Purpose::Profile, Purpose::AttachmentMetadata];
        let by_member = members.iter().any(|keys| {
            purposes.into_iter().any(|purpose| keys.open_blob(purpose, name, &blob).is_ok())
                || keys.open_stream(name, &blob).is_ok()
        });
        if by_member || log.open_segment(name, &blob).is_ok() {
            opened.push(format!("{key} {}", hex::encode(holdfast_crypto::sha256(&blob))));
        }
    }
    opened
}

struct World {
    anna: User,
    one: Vault,
    two: Vault,
    three: Vault,
    member: Uuid,
    saved: Saved,
}

/// Three devices that know each other.
async fn world(creates: Creates) -> World {
    let [mut anna, _, _] = users(creates);
    let (mut one, mut two, mut three) =
        (anna.device("one").await, anna.device("two").await, anna.device("three").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let saved = new_note(&mut one, member, "before", 2);
    for now in [3, 4] {
        for vault in [&mut one, &mut two, &mut three] {
            sync(vault, now).await;
        }
    }
    World { anna, one, two, three, member, saved }
}

#[tokio::test]
async fn a_revoked_device_opens_nothing_that_is_written_after() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let World { mut anna, mut one, mut two, mut three, member, saved } = world(creates).await;
        let old = anna.0.keyring.clone();
        // Saved before, sent after: it goes with the new keys as well.
        attached(&mut one, member, &content(1, 100_000), "waited");
        attached(&mut two, member, &content(2, 100_000), "waited on two");
        let before = opened_with(&old, &anna, &[member]).await;
        revoke(&mut one, three.device());
        sync(&mut one, 6).await;
        sync(&mut two, 7).await;
        edit(&mut one, &saved, note("after"), 8);
        new_note(&mut two, member, "by two", 8);
        one.add_member(profile("Ben"), 8).unwrap();
        for now in [9, 10] {
            sync(&mut one, now).await;
            sync(&mut two, now).await;
        }
        let all: Vec<Uuid> = one.members().iter().map(|member| member.id).collect();
        let opened = opened_with(&old, &anna, &all).await;
        assert!(opened.iter().all(|one| before.contains(one)), "{opened:?}");
        assert_eq!(titles(&one, member), ["after", "by two", "waited", "waited on two"]);
        assert_eq!(everything(&one), everything(&two));
        for _ in 0..2 {
            assert!(matches!(three.sync(Reach::Usual, 11).await, Err(Error::NotHandedOver)));
        }
        assert_eq!(titles(&three, member), ["before"]);
        assert!(one.is_revoked(three.device()) && two.is_revoked(three.device()));
        anna.0.keyring = one.keyring().clone();
        let mut fresh = anna.device("fresh").await;
        sync(&mut fresh, 12).await;
        assert_eq!(everything(&fresh), everything(&one));
        assert!(matches!(one.plan_device_revocation(three.device()), Err(Error::UnknownDevice { .. })));
        assert!(matches!(one.plan_device_revocation(one.device()), Err(Error::OwnDevice)));
        sync(&mut one, 13).await;
        assert_eq!(one.plan_device_revocation(two.device()).unwrap().stay.len(), 2, "one and the fresh one");
    }
}

#[tokio::test]
async fn what_a_revoked_device_writes_later_is_taken_by_nobody() {
    let World { mut anna, mut one, mut two, mut three, member, saved } = world(Creates::Honoured).await;
    let old = anna.0.keyring.clone();
    revoke(&mut one, three.device());
    sync(&mut one, 5).await;
    // Into its own log, without asking.
    edit(&mut three, &saved, note("too late"), 6);
    three.send(6).await.unwrap();
    // Into the log of another, with the key that all had.
    let users = PrefixStore::wrap(anna.0.store.clone(), "users/");
    let keys = Arc::new(old.log_keys().unwrap());
    let node = three.shown(member, saved.record).unwrap().node.clone();
    let change = holdfast_records::change::Change::of_version(member, saved.record, &node);
    let head = two.journal().head().unwrap();
    let place =
        segment::Place { device: two.device(), sequence: head.sequence + 1, previous: head.hash.unwrap_or_default() };
    let entry = NewEntry { id: change.id(), time: 6, kind: 1, payload: change.to_bytes().into() };
    let mut random = StdRng::seed_from_u64(5);
    let content = holdfast_journal::record::Content::Entry { kind: entry.kind, payload: entry.payload.clone() };
    let record = Record { id: entry.id, time: 6, origin: two.device(), number: 1_000, content };
    let forged =
        segment::seal(&keys, &place, [record.to_bytes().as_slice()], segment::Packing::Usual, &mut random).unwrap();
    let key = format!("users/{}/log/{}/{:020}", anna.id().as_simple(), two.device(), place.sequence);
    anna.0.store.put(&Key::new(key).unwrap(), Body::bytes(forged), &WriteOptions::default()).await.unwrap();
    // And under a name that nobody knows.
    let settings = holdfast_journal::Settings::new("stranger", Creates::Honoured);
    let state = State::in_memory().unwrap();
    let mut stranger = Journal::open(state, users, keys, settings, Box::new(StdRng::seed_from_u64(6)), 6).unwrap();
    stranger.capture(entry, 6).unwrap();
    stranger.flush(6).await.unwrap();

    anna.0.keyring = one.keyring().clone();
    let mut fresh = anna.device("fresh").await;
    new_note(&mut two, member, "by two", 7);
    for now in [8, 9, 10] {
        one.sync(Reach::Everything, now).await.unwrap();
        fresh.sync(Reach::Everything, now).await.unwrap();
        two.sync(Reach::Everything, now).await.unwrap();
    }
    for vault in [&one, &two, &fresh] {
        assert_eq!(titles(vault, member), ["before", "by two"]);
        assert_eq!(vault.record(member, saved.record).unwrap().versions().len(), 1);
    }
}

#[tokio::test]
async fn revoking_a_device_can_be_cut_off_at_any_request() {
    for (creates, moment, step) in [
        (Creates::Honoured, Moment::Before, 1),
        (Creates::Honoured, Moment::After, 1),
        (Creates::NotHonoured, Moment::After, 3),
    ] {
        for request in (1..MOST).step_by(step) {
            let case = format!("{creates:?} {moment:?} {request}");
            let World { mut anna, mut one, mut two, mut three, member, .. } = world(creates).await;
            let old = anna.0.keyring.clone();
            attached(&mut one, member, &content(1, 1_000), "waited");
            let before = opened_with(&old, &anna, &[member]).await;
            revoke(&mut one, three.device());
            drop(one);
            let kill = Kill::at(request, moment);
            one = anna.open("one", kill.wrap(anna.0.store.clone()));
            let _ = kill.run(one.sync(Reach::Everything, 6)).await;
            drop(one);
            // Another device goes on as far as it can, also when the first one never comes back.
            new_note(&mut two, member, "by two", 7);
            sync(&mut two, 7).await;
            if two.keyring().generation() == 2 {
                let name = Key::new(format!("users/{}/public-key.blob", anna.id().as_simple())).unwrap();
                let shown = anna.0.objects().await.into_iter().find(|(key, _)| key == name.as_str()).unwrap().1;
                assert_eq!(shown, two.keyring().identity().unwrap().public_key_blob().unwrap(), "{case}");
            }
            one = anna.open("one", anna.0.store.clone());
            for now in [8, 9] {
                sync(&mut one, now).await;
                sync(&mut two, now).await;
            }
            assert_eq!((one.keyring().generation(), two.keyring().generation()), (2, 2), "{case}");
            assert_eq!(titles(&one, member), ["before", "by two", "waited"], "{case}");
            assert_eq!(everything(&one), everything(&two), "{case}");
            new_note(&mut one, member, "after", 10);
            sync(&mut one, 10).await;
            let opened = opened_with(&old, &anna, &[member]).await;
            let later = opened.iter().filter(|one| !before.contains(one)).count();
            // What two wrote before it could hear of it is as it was sealed: a version, and a segment that tells of it.
            assert!(later <= 2, "{case}: {later}");
            assert!(matches!(three.sync(Reach::Everything, 11).await, Err(Error::NotHandedOver)), "{case}");
            anna.0.keyring = one.keyring().clone();
            let mut fresh = anna.device("fresh").await;
            sync(&mut fresh, 12).await;
            assert_eq!(everything(&fresh), everything(&one), "{case}");
            if !kill.struck() {
                assert!(request > 10, "{case}: there were requests to be killed at");
                break;
            }
            assert!(request < MOST - 3, "{case} never ends");
        }
    }
}

#[tokio::test]
async fn what_devices_that_stay_did_before_they_heard_of_it_is_not_lost() {
    let World { mut anna, mut one, mut two, mut three, member, .. } = world(Creates::Honoured).await;
    new_note(&mut three, member, "by three", 5);
    sync(&mut three, 5).await;
    sync(&mut two, 6).await;
    revoke(&mut one, three.device());
    // Without reading what three did.
    one.send(7).await.unwrap();
    new_note(&mut two, member, "by two", 8);
    two.send(8).await.unwrap();
    assert_eq!(two.keyring().generation(), 1, "it has not heard");
    for now in [9, 10, 11] {
        sync(&mut two, now).await;
        sync(&mut one, now).await;
    }
    let expected = ["before", "by three", "by two"];
    assert_eq!(titles(&one, member), expected);
    anna.0.keyring = one.keyring().clone();
    let mut fresh = anna.device("fresh").await;
    sync(&mut fresh, 12).await;
    assert_eq!(titles(&fresh, member), expected, "what two had taken before it knew counts");
    assert_eq!(everything(&fresh), everything(&two));
}

#[tokio::test]
async fn of_two_devices_that_change_the_keys_at_once_all_follow_one() {
    for mutual in [false, true] {
        let World { anna, mut one, mut two, mut three, member, .. } = world(Creates::Honoured).await;
        let (gone, other) = if mutual { (two.device(), one.device()) } else { (three.device(), three.device()) };
        revoke(&mut one, gone);
        revoke(&mut two, other);
        sync(&mut one, 5).await;
        let answer = two.sync(Reach::Everything, 6).await;
        match mutual {
            true => assert!(matches!(answer, Err(Error::NotHandedOver))),
            false => {
                assert!(matches!(answer, Err(Error::KeysChangedMeanwhile)), "the person learns of it");
                new_note(&mut two, member, "by two", 7);
                sync(&mut two, 7).await;
                sync(&mut one, 8).await;
                assert_eq!(everything(&one), everything(&two));
                assert!(matches!(three.sync(Reach::Everything, 9).await, Err(Error::NotHandedOver)));
            }
        }
        assert_eq!(anna.0.count("keyring/").await, 1);
    }
}

#[tokio::test]
async fn the_recovery_code_opens_what_is_written_after_a_device_was_revoked() {
    let World { mut anna, mut one, three, member, .. } = world(Creates::Honoured).await;
    let mut random = StdRng::seed_from_u64(7);
    let code = RecoveryCode::generate(&mut random);
    let plan = one.plan_device_revocation(three.device()).unwrap();
    assert!(matches!(one.revoke_device(plan, &founding_of(&anna.0.keyring)), Err(Error::OtherFounding)));
    let plan = one.plan_device_revocation(three.device()).unwrap();
    let founding = Founding::seal(plan.keyring(), &code, &code, Effort::FLOOR, &mut random).unwrap();
    one.revoke_device(plan, &founding).unwrap();
    new_note(&mut one, member, "after", 5);
    sync(&mut one, 6).await;
    let sealed = master_keys(&*anna.0.store, Some(anna.id())).await.unwrap();
    anna.0.keyring = Arc::new(open_master_keys(&code, &sealed).unwrap());
    assert_eq!(anna.0.keyring.generation(), 2);
    let mut fresh = anna.device("fresh").await;
    sync(&mut fresh, 7).await;
    assert_eq!(titles(&fresh, member), ["after", "before"]);
    assert!(fresh.is_revoked(three.device()));
    // A second one, from the first fresh device.
    revoke(&mut fresh, one.device());
    sync(&mut fresh, 8).await;
    assert!(matches!(one.sync(Reach::Everything, 9).await, Err(Error::NotHandedOver)));
    assert_eq!(fresh.keyring().generation(), 3);
}

#[tokio::test]
async fn those_who_share_compare_again_and_a_lost_device_of_theirs_opens_nothing_new() {
    let [mut anna, mut ben, _] = users(Creates::Honoured);
    let (mut one, mut lost) = (anna.device("one").await, anna.device("lost").await);
    let (mut bens, mut bens_lost) = (ben.device("b").await, ben.device("bl").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    let owner = ben.person(&mut bens, &anna, 1);
    let grant = give(&mut one, member, &ben, Rights::ReadWrite, 2).await;
    for now in [3, 4] {
        for vault in [&mut one, &mut lost, &mut bens, &mut bens_lost] {
            sync(vault, now).await;
        }
    }
    let mut shared = ben.shared("b", &owner, grant, 5).await.unwrap();
    sync(&mut shared, 5).await;
    new_note(&mut shared, member, "by Ben", 5);
    sync(&mut shared, 6).await;
    sync(&mut one, 7).await;

    // Anna loses a device.
    revoke(&mut one, lost.device());
    new_note(&mut one, member, "after", 8);
    sync(&mut one, 8).await;
    assert!(matches!(shared.sync(Reach::Everything, 9).await, Err(Error::CompareAgain { user }) if user == anna.id()));
    anna.0.keyring = one.keyring().clone();
    let owner = ben.person(&mut bens, &anna, 10);
    drop(shared);
    let mut shared = ben.shared("b", &owner, grant, 10).await.unwrap();
    sync(&mut shared, 11).await;
    assert_eq!(titles(&shared, member), ["after", "by Ben"]);

    // Ben loses one.
    let old = ben.0.keyring.clone();
    revoke(&mut bens, bens_lost.device());
    sync(&mut bens, 12).await;
    ben.0.keyring = bens.keyring().clone();
    let blob = holdfast_records::read_public_key(&*ben.0.store, ben.id()).await.unwrap();
    assert!(one.add_person(&blob, &ben.fingerprint(), "somebody", "there", 13).is_ok());
    new_note(&mut one, member, "after both", 13);
    sync(&mut one, 13).await;
    let name = format!("access-grants/{grant}.blob");
    let key = format!("users/{}/{name}", anna.id().as_simple());
    let blob = anna.0.objects().await.into_iter().find(|(found, _)| *found == key).unwrap().1;
    let public = holdfast_crypto::vault::UnconfirmedIdentity::parse(
        &anna.0.keyring.identity().unwrap().public_key_blob().unwrap(),
    )
    .unwrap();
    let public = public.confirm(&anna.fingerprint()).unwrap();
    assert!(old.identity().unwrap().open_grant(&public, &name, &blob).is_err());
    drop(shared);
    let mut shared = ben.shared("b", &owner, grant, 14).await.unwrap();
    sync(&mut shared, 14).await;
    new_note(&mut shared, member, "by Ben again", 15);
    sync(&mut shared, 15).await;
    sync(&mut one, 16).await;
    assert_eq!(titles(&one, member), ["after", "after both", "by Ben", "by Ben again"]);
}

#[tokio::test]
async fn a_device_whose_keychain_is_behind_opens_with_what_came_since() {
    let World { mut anna, mut one, mut two, three, member, .. } = world(Creates::Honoured).await;
    revoke(&mut one, three.device());
    sync(&mut one, 5).await;
    sync(&mut two, 6).await;
    drop(two);
    // The keychain has the first keyring alone.
    let mut two = anna.open("two", anna.0.store.clone());
    assert_eq!(two.keyring().generation(), 2);
    new_note(&mut two, member, "by two", 7);
    sync(&mut two, 7).await;
    sync(&mut one, 8).await;
    assert_eq!(everything(&one), everything(&two));
    let stranger = DeviceKeys::generate([9; 16], &mut StdRng::seed_from_u64(9)).unwrap();
    let answer = holdfast_records::latest_keyring(&anna.0.folder("two"), anna.0.keyring.clone(), &stranger);
    assert!(matches!(answer, Err(Error::NotHandedOver)));
}

#[tokio::test]
async fn how_keys_followed_each_other_is_put_where_the_place_lost_it() {
    let World { mut anna, mut one, three, .. } = world(Creates::Honoured).await;
    revoke(&mut one, three.device());
    sync(&mut one, 5).await;
    let key = Key::new(format!("users/{}/keyring/2.blob", anna.id().as_simple())).unwrap();
    anna.0.store.delete_many(&[key]).await.unwrap();
    anna.0.keyring = one.keyring().clone();
    let mut fresh = anna.device("fresh").await;
    let answer = fresh.sync(Reach::Everything, 6).await;
    assert!(matches!(answer, Err(Error::NoRotation { generation: 2 })), "no log is believed without it");
    assert_eq!(one.repair(7).await.unwrap().rotations, 1);
    sync(&mut fresh, 8).await;
    assert_eq!(everything(&fresh), everything(&one));
}
