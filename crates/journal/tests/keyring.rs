//! A user whose secret changed: the folder stays, segments of the former key are read, new ones need the current key.

mod common;

use std::sync::Arc;

use common::{Device, World, keys};
use holdfast_crypto::{UserId, UserKeys, UserSecret};
use holdfast_journal::{Creates, DAY, Error, Journal, Problem, Reach, Settings, State};
use rand::{SeedableRng, rngs::StdRng};

/// The user's folder with these secrets, the current one first.
fn ring(secrets: &[u8]) -> Arc<UserKeys> {
    let mut secrets = secrets.iter().map(|byte| UserSecret::from_bytes([*byte; 32]));
    let current = secrets.next().unwrap();
    let former: Vec<UserSecret> = secrets.collect();
    Arc::new(UserKeys::keyring(UserId::named("anna").unwrap(), &current, &former).unwrap())
}

fn with_keys(world: &World, secrets: &[u8]) -> World {
    World { store: world.store.clone(), keys: ring(secrets) }
}

fn reopen(world: &World, device: Device, seed: u64) -> Device {
    world.device_over(world.store.clone(), device.journal.into_state(), seed, Creates::Honoured)
}

#[tokio::test]
async fn a_device_with_the_current_key_reads_former_segments_and_seals_with_the_current_key() {
    let before = with_keys(&World::new(), &[1]);
    let mut laptop = before.device(1, Creates::Honoured);
    let first = laptop.capture("before", 1);
    laptop.journal.flush(1).await.unwrap();

    let after = with_keys(&before, &[2, 1]);
    let device = laptop.journal.device();
    laptop = reopen(&after, laptop, 11);
    assert_eq!(laptop.journal.device(), device, "the state goes on");
    let second = laptop.capture("after", 2);
    laptop.journal.flush(2).await.unwrap();
    laptop.journal.maintain_now(3).await.unwrap();

    let sealed_with = |bytes: &[u8]| bytes[8..16].to_vec();
    let first_segment = before.read(&before.segment(device, 1)).await.unwrap();
    let second_segment = before.read(&before.segment(device, 2)).await.unwrap();
    assert_ne!(sealed_with(&first_segment), sealed_with(&second_segment));
    let current = ring(&[2]);
    let key = |sequence| format!("log/{device}/{sequence:020}");
    assert!(current.open_segment(&key(1), &first_segment).is_err());
    assert!(current.open_segment(&key(2), &second_segment).is_ok());

    let mut desk = after.device(2, Creates::Honoured);
    desk.journal.pull(Reach::Everything, 10).await.unwrap();
    assert_eq!(desk.ids(), [first, second]);
    let status = desk.journal.status().unwrap();
    assert!(status.unread.is_empty() && status.problems.is_empty(), "{status:?}");
}

#[tokio::test]
async fn a_device_with_the_former_key_alone_goes_on_and_reads_the_rest_once_it_has_the_current_one() {
    let old = with_keys(&World::new(), &[1]);
    let new = with_keys(&old, &[2, 1]);
    let mut left_behind = old.device(1, Creates::Honoured);
    let mut renewed = old.device(2, Creates::Honoured);
    let mut also_old = old.device(3, Creates::Honoured);
    let first = renewed.capture("before", 1);
    renewed.journal.flush(1).await.unwrap();
    renewed = reopen(&new, renewed, 12);
    let second = renewed.capture("after", 2);
    renewed.journal.flush(2).await.unwrap();
    renewed.journal.maintain_now(2 + DAY).await.unwrap();
    let third = also_old.capture("of another device", 3);
    also_old.journal.flush(3).await.unwrap();

    left_behind.journal.pull(Reach::Everything, 10).await.unwrap();
    assert_eq!(left_behind.ids(), [first, third], "what cannot be opened stops nothing");
    let status = left_behind.journal.status().unwrap();
    assert_eq!(status.unread.len(), 1);
    assert!(status.unread[0].reason.starts_with("sealed with another key"), "{status:?}");
    assert_eq!(status.problems[0].problem, Problem::FileUnbelieved);
    let own = left_behind.capture("still writing", 4);
    left_behind.journal.flush(11).await.unwrap();

    let mut caught_up = reopen(&new, left_behind, 13);
    caught_up.journal.pull(Reach::Everything, 10 + DAY).await.unwrap();
    assert_eq!(caught_up.ids(), [first, second, third, own]);
    let status = caught_up.journal.status().unwrap();
    assert!(status.unread.is_empty() && status.problems.is_empty(), "{status:?}");
}

#[test]
fn a_state_of_another_user_or_of_a_key_that_was_left_behind_is_refused() {
    let world = with_keys(&World::new(), &[2, 1]);
    let open = |state: State, keys: Arc<UserKeys>| {
        let random = Box::new(StdRng::seed_from_u64(1));
        Journal::open(state, world.store.clone(), keys, world.settings(1, Creates::Honoured), random, 0)
    };
    for (made_with, opened_with, fits) in [
        (ring(&[1]), ring(&[1]), true),
        (ring(&[1]), ring(&[2, 1]), true),
        (ring(&[2, 1]), ring(&[3, 2]), true),
        (ring(&[2, 1]), ring(&[1]), false),
        (ring(&[1]), ring(&[2]), false),
        (ring(&[1]), keys(1), false),
    ] {
        let state = open(State::in_memory().unwrap(), made_with).unwrap().into_state();
        match open(state, opened_with) {
            Ok(_) => assert!(fits),
            Err(error) => assert!(!fits && matches!(error, Error::WrongSecret { .. }), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_segment_of_a_former_key_counts_as_far_as_it_was_known_when_that_key_was_left() {
    let old = with_keys(&World::new(), &[1]);
    let (mut desk, mut laptop) = (old.device(1, Creates::Honoured), old.device(2, Creates::Honoured));
    let mut thief = old.device(3, Creates::Honoured);
    let first = laptop.capture("known", 1);
    laptop.journal.flush(1).await.unwrap();
    let second = thief.capture("known as well", 2);
    thief.journal.flush(2).await.unwrap();
    desk.journal.pull(Reach::Everything, 3).await.unwrap();
    let limits = desk.journal.limits().unwrap();
    assert_eq!((limits[&laptop.journal.device()].sequence, limits[&desk.journal.device()].sequence), (1, 0));

    thief.capture("too late", 4);
    thief.journal.flush(4).await.unwrap();
    let mut stranger = old.device(4, Creates::Honoured);
    stranger.capture("under a name that nobody knows", 4);
    stranger.journal.flush(4).await.unwrap();
    let unheard = laptop.capture("written before it heard", 5);
    laptop.journal.flush(5).await.unwrap();

    let new = with_keys(&old, &[2, 1]);
    let settings = |seed| Settings { former: vec![limits.clone()], ..new.settings(seed, Creates::Honoured) };
    let reopened =
        |device: Device, seed| new.device_with(new.store.clone(), device.journal.into_state(), seed, settings(seed));
    (desk, laptop) = (reopened(desk, 11), reopened(laptop, 12));
    for _ in 0..2 {
        laptop.journal.tell_again(&limits, "told again", 6).unwrap();
        desk.journal.tell_again(&limits, "told again", 6).unwrap();
    }
    assert_eq!((laptop.journal.status().unwrap().waiting, desk.journal.status().unwrap().waiting), (1, 0));
    laptop.journal.flush(6).await.unwrap();
    let mut fresh = new.device_with(new.store.clone(), State::in_memory().unwrap(), 13, settings(13));
    for device in [&mut desk, &mut fresh, &mut laptop] {
        device.journal.pull(Reach::Everything, 7).await.unwrap();
        assert_eq!(device.ids(), [first, second, unheard]);
        assert!(device.journal.status().unwrap().unread.is_empty());
    }
}
