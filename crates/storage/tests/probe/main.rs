//! The probe over stores that tell the truth and over stores that do not.

mod liar;

use std::sync::Arc;

use holdfast_storage::{
    Encryption, ObjectStore, RequestKind, Versioning,
    fault::{Fault, Faults, Rule},
    layer::Layered,
    memory::MemoryStore,
    price::price_list,
    probe::{
        Conditional, FindingId, FindingState, Integrity, Multipart, ProbeReport, ProbeRequest, RoundTrip, TakenUp,
        VersionsKept, findings, probe,
    },
};
use jiff::Timestamp;
use liar::{Habit, Liar};

async fn run(store: Arc<dyn ObjectStore>) -> holdfast_storage::Result<ProbeReport> {
    let prices = price_list("aws");
    let (class, sse) = (Some("STANDARD_IA"), Encryption::S3);
    let now = Timestamp::UNIX_EPOCH;
    let request =
        ProbeRequest { id: "id1", storage_class: class, encryption: Some(&sse), prices: &prices, s3: None, now };
    probe(store, request).await
}

async fn memory(versioning: Versioning) -> Arc<dyn ObjectStore> {
    let store = MemoryStore::new();
    store.set_versioning(versioning).await.unwrap();
    Arc::new(store)
}

/// Nothing is left: no object, no version, no delete marker, no unfinished upload.
async fn is_bare(store: &Arc<dyn ObjectStore>) -> bool {
    store.list_versions(&Default::default(), None).await.unwrap().versions.is_empty()
        && store.list_uploads("").await.unwrap().is_empty()
}

#[tokio::test]
async fn an_honest_store_is_found_honest_with_fewer_than_thirty_requests_and_left_bare() {
    for versioning in [Versioning::Off, Versioning::On, Versioning::Suspended] {
        let store = memory(versioning).await;
        let report = run(Liar::over(store.clone(), Habit::VerifiesDigests)).await.unwrap();
        assert_eq!(report.round_trip, RoundTrip::Whole);
        assert_eq!((report.payload_digest, report.checksum_header), (Integrity::Verified, Integrity::Verified));
        assert_eq!(report.conditional_create, Conditional::Honoured);
        assert_eq!(report.conditional_replace, Conditional::Honoured);
        assert_eq!(report.multipart, Multipart::Works);
        assert_eq!(report.versions == VersionsKept::On, versioning == Versioning::On);
        assert_eq!((&report.storage_class, &report.encryption), (&Some(TakenUp::Taken), &Some(TakenUp::Taken)));
        assert!(report.removed && report.leftovers.is_empty(), "{report:?}");
        assert!(report.requests < 28, "{versioning:?}: {}; two more go to S3's settings", report.requests);
        assert!(report.cost_usd > 0.0 && report.cost_usd < 0.01);
        assert!(is_bare(&store).await, "{versioning:?}");
    }
}

#[tokio::test]
async fn each_lie_is_seen_and_nothing_stays_behind() {
    type Seen = fn(&ProbeReport) -> bool;
    let cases: [(Habit, Seen); 8] = [
        (Habit::IgnoresConditions, |r| r.conditional_create == Conditional::Ignored),
        (Habit::RejectsConditions, |r| r.conditional_create == Conditional::Rejected),
        (Habit::RefusesAndOverwrites, |r| r.conditional_create == Conditional::Ignored),
        (Habit::CorruptsContent, |r| r.round_trip == RoundTrip::ContentDiffers),
        (Habit::IgnoresRanges, |r| r.round_trip == RoundTrip::RangeDiffers),
        (Habit::ListsEncoded, |r| r.round_trip == RoundTrip::ListingDiffers),
        (Habit::RefusesAndKeeps, |r| r.payload_digest == Integrity::Ignored),
        (Habit::IgnoresClass, |r| {
            r.storage_class == Some(TakenUp::Ignored { seen: None }) && r.encryption == r.storage_class
        }),
    ];
    for versioning in [Versioning::Off, Versioning::On] {
        for (habit, seen) in cases {
            let store = memory(versioning).await;
            let report = run(Liar::over(store.clone(), habit)).await.unwrap();
            assert!(seen(&report), "{habit:?} {versioning:?}: {report:?}");
            assert!(report.requests < 30, "{habit:?} {versioning:?}: {}", report.requests);
            assert!(is_bare(&store).await, "{habit:?} {versioning:?}");
        }
    }
}

#[tokio::test]
async fn a_key_that_may_not_remove_is_said_and_what_stays_is_named() {
    for versioning in [Versioning::Off, Versioning::On] {
        let report = run(Liar::over(memory(versioning).await, Habit::DeniesDelete)).await.unwrap();
        assert!(!report.removed);
        assert!(report.leftovers.iter().any(|key| key.starts_with(".holdfast-probe/id1/")), "{report:?}");
        assert!(report.requests < 30);
        let all = findings(&report);
        assert!(all.iter().any(|f| f.id == FindingId::RoundTrip && f.state == FindingState::Note));
    }
}

#[tokio::test]
async fn a_failure_at_any_request_leaves_nothing_behind() {
    for versioning in [Versioning::Off, Versioning::On] {
        for fault in [Fault::Fail, Fault::LoseAnswer, Fault::Deny] {
            for at in 0..28 {
                let store = memory(versioning).await;
                let rule = Rule { kind: None, key_contains: None, after: at, times: 1, fault };
                let faulty = Layered::wrap(store.clone(), Faults::new(vec![rule]));
                let report = run(faulty).await;
                let said = report.as_ref().is_ok_and(|r| !r.removed);
                assert!(said || is_bare(&store).await, "{versioning:?} {fault:?} at {at}: {report:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_an_error() {
    let faults = Faults::new(vec![Rule::every(RequestKind::Put, Fault::Deny)]);
    let answer = run(Layered::wrap(memory(Versioning::Off).await, faults)).await;
    assert!(matches!(answer, Err(holdfast_storage::Error::Denied { action: "PutObject" })), "{answer:?}");
}

#[tokio::test]
async fn a_report_is_kept_and_read_back_unchanged() {
    let report = run(memory(Versioning::On).await).await.unwrap();
    let text = serde_json::to_string(&report).unwrap();
    let back: ProbeReport = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    assert_eq!(findings(&back), findings(&report));
}
