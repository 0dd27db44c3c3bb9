//! An exchange says how far it is, and stops between two objects when it is asked to.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use crate::common::*;
use async_trait::async_trait;
use holdfast_journal::{Creates, Reach};
use holdfast_records::{Pace, Progress};
use holdfast_storage::{
    ObjectStore, RequestKind, Result,
    layer::{Layer, Layered, Request},
};

/// Asks for the end at the n-th request of a kind for a version.
#[derive(Debug)]
struct StopsAt {
    pace: Arc<Pace>,
    kind: RequestKind,
    left: AtomicU32,
}

#[async_trait]
impl Layer for StopsAt {
    async fn before(&self, request: Request<'_>) -> Result<()> {
        let is_version = request.key.is_some_and(|key| key.as_str().contains("/records/"));
        if request.kind == self.kind && is_version && self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.pace.stop();
        }
        Ok(())
    }
}

fn stopping(pace: &Arc<Pace>, kind: RequestKind, at: u32, store: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
    Layered::wrap(store, Arc::new(StopsAt { pace: pace.clone(), kind, left: AtomicU32::new(at) }))
}

#[tokio::test]
async fn an_exchange_stops_between_two_objects_and_the_next_one_does_the_rest() {
    for creates in [Creates::Honoured, Creates::NotHonoured] {
        let mut family = Family::new(creates);
        let mut one = family.found("one").await;
        let member = one.add_member(profile("Mara"), 1).unwrap().member;
        for n in 0..150 {
            new_note(&mut one, member, &format!("note {n}"), 2);
        }
        drop(one);
        let pace = Arc::<Pace>::default();
        let mut one = family.open_over("one", stopping(&pace, RequestKind::Put, 70, family.store.clone()));
        one.use_pace(pace.clone());
        let synced = one.sync(Reach::Everything, 3).await.unwrap();
        assert!(one.is_stopped() && synced.sent.failures.is_empty());
        let waiting = one.status().unwrap().waiting as u64;
        assert!((1..150).contains(&waiting), "{waiting} wait");
        assert_eq!(synced.sent.versions + waiting, 151, "each is sent or waits");
        assert_eq!(family.count("/records/").await as u64, synced.sent.versions, "what was sent is told");
        let Progress { to_send, sent, .. } = pace.progress();
        assert_eq!(to_send - sent, waiting);

        let mut two = family.join("two").await;
        sync(&mut two, 4).await;
        assert_eq!(two.records(member).count() as u64, synced.sent.versions);
        drop(one);
        let mut one = family.open("one");
        sync(&mut one, 5).await;
        assert_eq!(one.status().unwrap().waiting, 0);

        drop(two);
        let pace = Arc::<Pace>::default();
        let mut two = family.open_over("two", stopping(&pace, RequestKind::Get, 20, family.store.clone()));
        two.use_pace(pace.clone());
        let pulled = two.sync(Reach::Everything, 6).await.unwrap().pulled;
        let missing = two.status().unwrap().missing as u64;
        assert!(missing > 0 && pulled.failures.is_empty(), "{missing} are missing");
        assert_eq!((pace.progress().to_fetch, pace.progress().fetched), (pulled.versions + missing, pulled.versions));
        drop(two);
        let mut two = family.open("two");
        sync(&mut two, 7).await;
        assert_eq!(everything(&two), everything(&one));
    }
}
