//! Devices of one user over the memory store, step by step.

mod common;

use common::{Device, World};
use holdfast_journal::{Captured, Creates, DAY, Error, MINUTE, Problem, Reach, Uuid};
use holdfast_storage::ObjectStore;

#[tokio::test]
async fn two_devices_exchange_sealed_entries() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let world = World::new();
        let (mut laptop, mut desk) = (world.device(1, creates), world.device(2, creates));
        let first = laptop.capture("ls -l", 10);
        let second = desk.capture("git push --force", 5);
        laptop.journal.flush(20).await.unwrap();
        desk.journal.flush(20).await.unwrap();
        assert_eq!(laptop.journal.pull(Reach::Everything, 30).await.unwrap().new_entries, 1);
        assert_eq!(desk.journal.pull(Reach::Everything, 30).await.unwrap().new_entries, 1);
        assert_eq!(laptop.ids(), [second, first]);
        assert_eq!(laptop.ids(), desk.ids());
        for (key, content) in world.objects().await {
            let content = String::from_utf8_lossy(&content);
            assert!(!content.contains("git push") && !content.contains("device 1"), "{key}");
        }
    }
}
