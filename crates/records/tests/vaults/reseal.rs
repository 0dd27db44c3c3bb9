//! After somebody's access ended: what waited goes with the new key, and what was there before is sealed again when a person
//! asks for it. That can be cancelled and cut off, and goes on where it was.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::{
    common::{
        kill::{Kill, Moment},
        people::*,
        *,
    },
    devices::{opened_with, revoke},
};
use holdfast_journal::{Creates, Reach};
use holdfast_records::{Uuid, Vault, model::Attachment, versions::Content};
use holdfast_storage::ObjectStore;

const MOST: u32 = 300;
const LARGE: usize = 9 << 20;

struct World {
    anna: User,
    one: Vault,
    member: Uuid,
    files: Vec<(Attachment, Vec<u8>)>,
}

/// Two devices, of which one is going to be lost, and some records in the place.
async fn world(large: bool) -> World {
    let [mut anna, _, _] = users(Creates::Honoured);
    let (mut one, mut lost) = (anna.device("one").await, anna.device("lost").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    new_note(&mut one, member, "note", 2);
    let bytes = content(1, if large { LARGE } else { 70_000 });
    let (file, saved) = attached(&mut one, member, &bytes, "scan");
    edit(&mut one, &saved, Content { attachments: vec![file.clone()], ..note("scan, named") }, 3);
    for now in [4, 5] {
        sync(&mut one, now).await;
        sync(&mut lost, now).await;
    }
    revoke(&mut one, lost.device());
    World { anna, one, member, files: vec![(file, bytes)] }
}

async fn check(mut world: World, case: &str) {
    let old = world.anna.0.keyring.clone();
    let left = opened_with(&old, &world.anna, &[world.member]).await;
    let records: Vec<&String> = left.iter().filter(|key| key.contains("/family-members/")).collect();
    assert_eq!(records, Vec::<&String>::new(), "{case}");
    world.anna.0.keyring = world.one.keyring().clone();
    let mut fresh = world.anna.device("fresh").await;
    sync(&mut fresh, 20).await;
    assert_eq!(everything(&fresh), everything(&world.one), "{case}");
    for (file, bytes) in &world.files {
        assert!(&read(&mut fresh, world.member, file).await == bytes, "{case}");
    }
}

#[tokio::test]
async fn what_was_there_before_is_sealed_again_and_cancelling_loses_nothing() {
    let World { anna, mut one, member, files } = world(true).await;
    sync(&mut one, 6).await;
    let plan = one.plan_reseal(member).unwrap();
    assert_eq!((plan.versions.len(), plan.attachments.len()), (4, 1));
    let asked = AtomicU32::new(0);
    let twice = || asked.fetch_add(1, Ordering::Relaxed) < 2;
    let done = one.reseal(&plan, &twice).await.unwrap();
    assert_eq!((done.versions, done.attachments, done.left), (2, 0, 3));
    drop(one);
    let mut anna = anna;
    let mut one = anna.open("one", anna.0.store.clone());
    let plan = one.plan_reseal(member).unwrap();
    assert_eq!((plan.versions.len(), plan.attachments.len()), (2, 1), "it goes on where it was");
    let done = one.reseal(&plan, &|| true).await.unwrap();
    assert_eq!((done.versions, done.attachments, done.left, done.failures.len()), (2, 1, 0, 0));
    let plan = one.plan_reseal(member).unwrap();
    assert!(plan.versions.is_empty() && plan.attachments.is_empty());
    check(World { anna, one, member, files }, "cancelled once").await;
}

#[tokio::test]
async fn sealing_again_can_be_cut_off_at_any_request() {
    for moment in [Moment::Before, Moment::After] {
        for request in 1..MOST {
            let case = format!("{moment:?} {request}");
            let World { mut anna, mut one, member, files } = world(false).await;
            sync(&mut one, 6).await;
            drop(one);
            let kill = Kill::at(request, moment);
            one = anna.open("one", kill.wrap(anna.0.store.clone()));
            let plan = one.plan_reseal(member).unwrap();
            let _ = kill.run(one.reseal(&plan, &|| true)).await;
            drop(one);
            one = anna.open("one", anna.0.store.clone());
            let plan = one.plan_reseal(member).unwrap();
            let done = one.reseal(&plan, &|| true).await.unwrap();
            assert!(done.failures.is_empty(), "{case}: {:?}", done.failures);
            check(World { anna, one, member, files }, &case).await;
            if !kill.struck() {
                assert!(request > 10, "{case}: there were requests to be killed at");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_attachment_that_waits_while_the_key_changes_goes_with_the_new_one() {
    for moment in [Moment::Before, Moment::After] {
        for request in 1..MOST {
            let case = format!("{moment:?} {request}");
            let World { mut anna, mut one, member, files } = world(false).await;
            let old = anna.0.keyring.clone();
            let before = opened_with(&old, &anna, &[member]).await;
            let large = content(7, 200_000);
            let (file, _) = attached(&mut one, member, &large, "large");
            let (small, _) = attached(&mut one, member, b"a few bytes", "small");
            drop(one);
            let kill = Kill::at(request, moment);
            one = anna.open("one", kill.wrap(anna.0.store.clone()));
            let _ = kill.run(one.sync(Reach::Everything, 6)).await;
            drop(one);
            one = anna.open("one", anna.0.store.clone());
            sync(&mut one, 7).await;
            let opened = opened_with(&old, &anna, &[member]).await;
            assert!(opened.iter().all(|one| before.contains(one)), "{case}: {opened:?}");
            anna.0.keyring = one.keyring().clone();
            let mut fresh = anna.device("fresh").await;
            sync(&mut fresh, 8).await;
            for (file, bytes) in [(&file, &large[..]), (&small, b"a few bytes"), (&files[0].0, &files[0].1)] {
                assert!(read(&mut fresh, member, file).await == bytes, "{case}");
            }
            if !kill.struck() {
                break;
            }
        }
    }
}

/// Whether a part of an upload is in the place.
async fn has_parts(user: &User) -> bool {
    for info in user.0.store.list_uploads("").await.unwrap() {
        if !user.0.store.list_parts(&info.upload).await.unwrap().is_empty() {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn an_upload_that_was_begun_with_the_former_key_begins_again() {
    let [mut anna, _, _] = users(Creates::Honoured);
    let (mut one, mut lost) = (anna.device("one").await, anna.device("lost").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    for now in [2, 3] {
        sync(&mut one, now).await;
        sync(&mut lost, now).await;
    }
    let old = anna.0.keyring.clone();
    let before = opened_with(&old, &anna, &[member]).await;
    let large = content(7, LARGE);
    let (file, _) = attached(&mut one, member, &large, "large");
    let mut begun = false;
    for request in 1..MOST {
        drop(one);
        let kill = Kill::at(request, Moment::After);
        one = anna.open("one", kill.wrap(anna.0.store.clone()));
        let _ = kill.run(one.sync(Reach::Everything, 4)).await;
        begun = has_parts(&anna).await;
        if begun {
            break;
        }
    }
    assert!(begun, "there is an upload that was begun");
    drop(one);
    one = anna.open("one", anna.0.store.clone());
    revoke(&mut one, lost.device());
    sync(&mut one, 5).await;
    assert!(!has_parts(&anna).await, "what was sent of it is gone");
    let opened = opened_with(&old, &anna, &[member]).await;
    let blobs = opened.iter().filter(|one| one.contains("/family-members/") && !before.contains(one));
    assert_eq!(blobs.count(), 0);
    assert!(read(&mut one, member, &file).await == large);
}
