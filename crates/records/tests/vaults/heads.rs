//! A place that serves an older state than was seen is named: whose log it is and how much of it is missing. What a device
//! knows stays.

use crate::common::{people::*, *};
use holdfast_journal::{Creates, Reach};
use holdfast_records::{SetBack, Uuid, Vault};
use holdfast_storage::{Body, Key, ObjectStore, WriteOptions};

struct World {
    anna: User,
    one: Vault,
    two: Vault,
    member: Uuid,
}

async fn world(creates: Creates) -> World {
    let [mut anna, _, _] = users(creates);
    let (mut one, mut two) = (anna.device("one").await, anna.device("two").await);
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    for now in [2, 3] {
        sync(&mut one, now).await;
        sync(&mut two, now).await;
    }
    World { anna, one, two, member }
}

/// Puts the place back to what it was, of all keys that contain this.
async fn set_back(user: &User, to: &[(String, Vec<u8>)], part: &str) {
    let store = &user.0.store;
    let old: Vec<&(String, Vec<u8>)> = to.iter().filter(|(key, _)| key.contains(part)).collect();
    for key in user.0.keys().await.into_iter().filter(|key| key.contains(part)) {
        store.delete_many(&[Key::new(key).unwrap()]).await.unwrap();
    }
    for (key, blob) in old {
        store.put(&Key::new(key).unwrap(), Body::bytes(blob.clone()), &WriteOptions::default()).await.unwrap();
    }
}

async fn named(vault: &mut Vault, now: i64) -> Vec<SetBack> {
    vault.sync(Reach::Everything, now).await.unwrap().pulled.set_back
}

#[tokio::test]
async fn a_place_that_was_set_back_is_named_with_what_is_missing() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let World { mut anna, mut one, mut two, member } = world(creates).await;
        let before = anna.0.objects().await;
        let device = one.device();
        for (title, now) in [("first", 4), ("second", 5), ("third", 6)] {
            new_note(&mut one, member, title, now);
            sync(&mut one, now).await;
        }
        assert_eq!(named(&mut two, 7).await, [], "all is well");
        drop(one);
        set_back(&anna, &before, "").await;
        let shown = everything(&two);
        let found = named(&mut two, 8).await;
        let of_one: Vec<&SetBack> = found.iter().filter(|one| one.device == device).collect();
        assert_eq!(of_one.len(), 1, "{found:?}");
        assert_eq!((of_one[0].name.as_deref(), of_one[0].missing), (Some("one"), 3));
        assert!(of_one[0].served < of_one[0].seen);
        assert_eq!(everything(&two), shown, "nothing that was known is taken back");
        assert_eq!(named(&mut two, 9).await.iter().filter(|one| one.device == device).count(), 1, "until it is known");
        for back in found {
            two.accept_set_back(&back).unwrap();
        }
        assert_eq!(named(&mut two, 10).await, []);
        // Whoever comes new learns of it from what the second device had seen.
        let mut fresh = anna.device("fresh").await;
        let told = named(&mut fresh, 11).await;
        assert_eq!(told.iter().filter(|one| one.device == device && one.missing == 3).count(), 1, "{told:?}");
        // The device itself notices, too, and writes what it has again.
        let mut one = anna.open("one", anna.0.store.clone());
        assert!(named(&mut one, 12).await.iter().any(|one| one.device == device));
    }
}

#[tokio::test]
async fn a_log_without_its_last_segments_is_named_also_by_who_never_saw_them() {
    let World { mut anna, mut one, member, .. } = world(Creates::Honoured).await;
    let before = anna.0.objects().await;
    for (title, now) in [("first", 4), ("second", 5)] {
        new_note(&mut one, member, title, now);
        sync(&mut one, now).await;
    }
    set_back(&anna, &before, &format!("log/{}/", one.device())).await;
    let mut fresh = anna.device("fresh").await;
    let found = named(&mut fresh, 6).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].device, found[0].missing, found[0].seen - found[0].served), (one.device(), 2, 2));
}

#[tokio::test]
async fn an_end_that_is_gone_or_that_somebody_else_signed_is_named() {
    let World { anna, one, mut two, .. } = world(Creates::Honoured).await;
    let objects = anna.0.objects().await;
    let head = |device: Uuid| format!("heads/{device}.blob");
    let own = objects.iter().find(|(key, _)| key.ends_with(&head(two.device()))).unwrap().1.clone();
    let (key, blob) = objects.iter().find(|(key, _)| key.ends_with(&head(one.device()))).unwrap().clone();
    let key = Key::new(key).unwrap();
    let mut changed = blob.clone();
    changed[31] += 1;
    for (bytes, now) in [(Some(own), 5), (Some(changed), 6), (None, 7)] {
        match bytes {
            Some(bytes) => {
                anna.0.store.put(&key, Body::bytes(bytes), &WriteOptions::default()).await.unwrap();
            }
            None => {
                anna.0.store.delete_many(std::slice::from_ref(&key)).await.unwrap();
            }
        }
        let found = named(&mut two, now).await;
        assert_eq!(found.iter().map(|one| one.device).collect::<Vec<_>>(), [one.device()], "{found:?}");
        assert_eq!(found[0].served, 0);
    }
    anna.0.store.put(&key, Body::bytes(blob), &WriteOptions::default()).await.unwrap();
    assert_eq!(named(&mut two, 8).await, [], "what is whole again is not named");
}
