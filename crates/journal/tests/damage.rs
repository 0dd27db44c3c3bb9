//! Logs that were changed, cut, set back or mixed up: named, and never in the way of the rest.

mod common;

use common::{Device, World, everyone};
use holdfast_journal::{Creates, DAY, MINUTE, Problem, Reach, Status};
use holdfast_storage::{DeleteOptions, Key, ObjectStore};

async fn writer_and_reader(world: &World, segments: i64) -> (Device, Device) {
    let (mut writer, reader) = (world.device(1, Creates::Honoured), world.device(2, Creates::Honoured));
    for number in 0..segments {
        writer.capture(&format!("command {number}"), number);
        writer.journal.flush(number).await.unwrap();
    }
    writer.journal.maintain_now(segments).await.unwrap();
    (writer, reader)
}

async fn remove(world: &World, key: &Key) {
    world.store.delete(key, &DeleteOptions::default()).await.unwrap();
}

fn problems(status: &Status) -> Vec<(Option<&str>, Problem)> {
    status.problems.iter().map(|one| (one.name.as_deref(), one.problem)).collect()
}

#[tokio::test]
async fn a_damaged_or_missing_segment_is_named_the_rest_is_read_and_it_is_asked_for_again() {
    let world = World::new();
    let (writer, mut reader) = writer_and_reader(&world, 6).await;
    let key = |sequence| world.segment(writer.journal.device(), sequence);
    let whole =
        [world.read(&key(2)).await.unwrap(), world.read(&key(3)).await.unwrap(), world.read(&key(4)).await.unwrap()];
    let mut flipped = whole[0].to_vec();
    flipped[150] ^= 1;
    world.write(&key(2), flipped).await;
    world.write(&key(3), whole[1].slice(..100)).await;
    remove(&world, &key(4)).await;
    let pulled = reader.journal.pull(Reach::Usual, 10).await.unwrap();
    assert_eq!((pulled.new_entries, pulled.failures.len()), (3, 0));
    let status = reader.journal.status().unwrap();
    let unread: Vec<_> = status.unread.iter().map(|one| (one.sequence, one.reason.as_str())).collect();
    let broken = "the seal does not fit: the data was changed or is not in its place";
    assert_eq!(unread, [(2, broken), (3, "cut short: 100 bytes"), (4, "it is missing")]);
    for (sequence, content) in (2..).zip(whole) {
        world.write(&key(sequence), content).await;
    }
    reader.journal.pull(Reach::Usual, 10 + DAY).await.unwrap();
    assert_eq!(reader.ids(), writer.ids());
    assert!(reader.journal.status().unwrap().unread.is_empty());
}

#[tokio::test]
async fn a_segment_in_the_place_of_another_does_not_open() {
    let world = World::new();
    let (writer, mut reader) = writer_and_reader(&world, 3).await;
    let key = |sequence| world.segment(writer.journal.device(), sequence);
    let first = world.read(&key(1)).await.unwrap();
    world.write(&key(2), first).await;
    reader.journal.pull(Reach::Usual, 10).await.unwrap();
    assert_eq!(reader.ids().len(), 2);
    assert_eq!(reader.journal.status().unwrap().unread[0].sequence, 2);
}

#[tokio::test]
async fn a_log_that_was_set_back_is_reported_by_name_and_its_older_entries_are_kept() {
    let world = World::new();
    let (mut writer, mut reader) = writer_and_reader(&world, 4).await;
    reader.journal.pull(Reach::Usual, 10).await.unwrap();
    let before = reader.ids();
    let old = writer.journal.device();
    for sequence in 3..=4 {
        remove(&world, &world.segment(old, sequence)).await;
    }
    reader.journal.pull(Reach::Usual, 10 + DAY).await.unwrap();
    assert_eq!(reader.ids(), before);
    assert_eq!(problems(&reader.journal.status().unwrap()), [(Some("device 1"), Problem::RolledBack)]);

    // Its owner notices too, and writes again what the log no longer holds.
    assert!(writer.journal.pull(Reach::Everything, 20 + DAY).await.unwrap().new_device.is_some());
    writer.journal.flush(20 + DAY).await.unwrap();
    let mut fresh = world.device(3, Creates::Honoured);
    fresh.journal.pull(Reach::Usual, 0).await.unwrap();
    assert_eq!(fresh.ids(), before);
}

#[tokio::test]
async fn a_bucket_that_was_set_back_as_a_whole_heals() {
    let world = World::new();
    let (mut writer, mut reader) = writer_and_reader(&world, 3).await;
    let snapshot = world.objects().await;
    for number in 10..13 {
        writer.capture(&format!("command {number}"), number);
        writer.journal.flush(number).await.unwrap();
    }
    writer.journal.maintain_now(20).await.unwrap();
    reader.journal.pull(Reach::Usual, 20).await.unwrap();
    for (key, _) in world.objects().await {
        remove(&world, &Key::new(key).unwrap()).await;
    }
    for (key, content) in snapshot {
        world.write(&Key::new(key).unwrap(), content).await;
    }
    everyone(&mut [&mut writer, &mut reader], 3 * DAY).await;
    assert!(problems(&reader.journal.status().unwrap()).contains(&(Some("device 1"), Problem::RolledBack)));
    let mut fresh = world.device(3, Creates::Honoured);
    fresh.journal.pull(Reach::Usual, 0).await.unwrap();
    assert_eq!(fresh.ids().len(), 6);
    assert_eq!(fresh.ids(), reader.ids());
}

#[tokio::test]
async fn a_chain_that_does_not_fit_is_reported_by_name_and_the_log_is_read_again() {
    let world = World::new();
    let (mut writer, mut reader) = writer_and_reader(&world, 2).await;
    reader.journal.pull(Reach::Usual, 10).await.unwrap();
    let device = writer.journal.device();
    let mut state = writer.journal.into_state();
    let copy = state.copy().unwrap();
    let mut clone = world.device_over(world.store.clone(), copy, 7, Creates::Honoured);
    clone.capture("of the clone", 3);
    clone.journal.flush(11).await.unwrap();
    reader.journal.pull(Reach::Usual, 11).await.unwrap();
    // The place loses the clone's segment, and the original writes on as if it had never been.
    remove(&world, &world.segment(device, 3)).await;
    writer = world.device_over(world.store.clone(), state, 8, Creates::Honoured);
    for text in ["of the original", "more of it"] {
        writer.capture(text, 4);
        writer.journal.flush(12).await.unwrap();
    }
    reader.journal.pull(Reach::Usual, 12).await.unwrap();
    assert_eq!(problems(&reader.journal.status().unwrap()), [(Some("device 1"), Problem::ChainBroken)]);
    assert_eq!(reader.ids().len(), 5);
    assert_eq!(reader.journal.pull(Reach::Usual, 13).await.unwrap().segments, 0, "it is read again only once");
}

#[tokio::test]
async fn a_device_file_that_was_changed_or_removed_is_named_and_the_log_is_read_on() {
    for (content, problem) in [(Some("{}"), Problem::FileUnbelieved), (None, Problem::FileMissing)] {
        let world = World::new();
        let (mut writer, mut reader) = writer_and_reader(&world, 2).await;
        reader.journal.pull(Reach::Usual, 10).await.unwrap();
        let key = world.device_file(writer.journal.device());
        match content {
            Some(content) => world.write(&key, content).await,
            None => remove(&world, &key).await,
        }
        writer.capture("later", 5);
        writer.journal.flush(20).await.unwrap();
        reader.journal.pull(Reach::Usual, 10 + DAY).await.unwrap();
        assert_eq!(reader.ids(), writer.ids());
        assert_eq!(problems(&reader.journal.status().unwrap()), [(Some("device 1"), problem)]);
        writer.journal.maintain_now(30).await.unwrap();
        reader.journal.pull(Reach::Everything, 10 + DAY + MINUTE).await.unwrap();
        assert!(reader.journal.status().unwrap().problems.is_empty());
    }
}

#[tokio::test]
async fn objects_that_are_no_device_files_are_left_alone() {
    let world = World::new();
    let (writer, mut reader) = writer_and_reader(&world, 2).await;
    let user = world.keys.user_id();
    for name in ["notes.txt", "x.json", "00000000-0000-0000-0000-000000000001.json"] {
        world.write(&Key::new(format!("{user}/devices/{name}")).unwrap(), "junk").await;
    }
    let before = world.objects().await.len();
    reader.journal.pull(Reach::Usual, 10).await.unwrap();
    assert_eq!(reader.ids(), writer.ids());
    assert_eq!(world.objects().await.len(), before);
}
