//! What waits is brought into the place several objects at once. Counted at the place: a device that went back to one after
//! the other would never have two requests under way.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use crate::common::*;
use async_trait::async_trait;
use holdfast_journal::Creates;
use holdfast_storage::{
    Error, Result,
    layer::{Layer, Layered, Request},
    store::RequestKind,
};

/// Counts writes of records' objects that are under way. Each lets the others begin before it goes on.
#[derive(Debug, Default)]
struct UnderWay {
    now: AtomicUsize,
    most: AtomicUsize,
    /// Objects in the order in which they were written.
    written: Mutex<Vec<String>>,
}

fn counts(request: &Request<'_>) -> Option<String> {
    let key = request.key.filter(|_| request.kind == RequestKind::Put)?.as_str().to_owned();
    (key.contains("/records/") || key.contains("/attachments/")).then_some(key)
}

#[async_trait]
impl Layer for UnderWay {
    async fn before(&self, request: Request<'_>) -> Result<()> {
        if counts(&request).is_some() {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            for _ in 0..64 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    fn after(&self, request: Request<'_>) -> Result<()> {
        if let Some(key) = counts(&request) {
            self.now.fetch_sub(1, Ordering::SeqCst);
            self.written.lock().unwrap().push(key);
        }
        Ok(())
    }

    fn failed(&self, request: Request<'_>, _error: &Error) {
        if counts(&request).is_some() {
            self.now.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn what_needs_nothing_else_is_sent_many_at_once_and_a_version_after_its_file() {
    let mut family = Family::new(Creates::Honoured);
    drop(family.found("one").await);
    let seen = Arc::new(UnderWay::default());
    let mut one = family.open_over("one", Layered::wrap(family.store.clone(), seen.clone()));
    let member = one.add_member(profile("Mara"), 1).unwrap().member;
    for number in 0..40 {
        new_note(&mut one, member, &format!("{number}"), 2);
    }
    let mut with_files = Vec::new();
    for number in 0..20 {
        let (file, saved) = attached(&mut one, member, &content(number, 5_000), "with a file");
        with_files.push((file.name.to_string(), saved.record.to_string()));
    }
    let sent = one.send(4).await.unwrap();
    assert_eq!((sent.versions, sent.attachments, sent.failures.len()), (61, 20, 0));
    let most = seen.most.load(Ordering::SeqCst);
    assert!((8..=16).contains(&most), "{most} writes under way at once");
    let written = seen.written.lock().unwrap();
    let place = |part: &str| written.iter().position(|key| key.contains(part)).unwrap();
    for (file, record) in with_files {
        let (data, metadata) = (place(&format!("{file}/data.blob")), place(&format!("{file}/metadata.blob")));
        assert!(data < metadata && metadata < place(&record), "data, what is told of it, then the version");
    }
}
