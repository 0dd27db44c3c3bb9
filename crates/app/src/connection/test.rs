//! Is the place reached, and what can it do? Answers are results, not errors: the page shows both.

use holdfast_storage::{probe, retry::RetryPolicy};

use super::{Candidate, reach};
use crate::{
    AppError, ErrorCode as Code, Home, Result,
    dto::config::{ConnectionTest, ProbeReport},
    error::Doing,
    profiles::ProfileName,
    stores::{self, GATEWAY_PROVIDER, OpenOptions, OpenStore, Target},
};

/// Somebody waits for the answer: one more attempt, no long pauses.
pub(super) fn impatient() -> OpenOptions {
    OpenOptions { retry: RetryPolicy { attempts: 2, ..RetryPolicy::default() }, ..OpenOptions::default() }
}

/// Tests a place that is not set up. Saves nothing.
pub async fn try_connection(home: &Home, candidate: &Candidate) -> ConnectionTest {
    let open = async { stores::s3_open(candidate.opening(home).await?, &impatient()).await };
    match open.await {
        Ok(open) => examine(&open).await.0,
        Err(error) => failed(error),
    }
}

/// Tests what a store URL names. Saves nothing.
pub async fn test_url(home: &Home, url: &str) -> ConnectionTest {
    match stores::open(home, Target::Url(url), &impatient()).await {
        Ok(open) => examine(&open).await.0,
        Err(error) => failed(error),
    }
}

/// Tests a profile and keeps what the probe found.
///
/// # Errors
/// Only when the profile itself cannot be read or what was found cannot be kept.
pub async fn test_connection(home: &Home, name: &ProfileName) -> Result<ConnectionTest> {
    let profiles = home.load_profiles().await?;
    let profile = profiles.expect(name)?;
    let open = match stores::open_profile(home, name, profile, &impatient()).await {
        Ok(open) => open,
        Err(error) => return Ok(failed(error)),
    };
    let (test, report) = examine(&open).await;
    if let Some(report) = report {
        let (name, place) = (name.clone(), profile.place.clone());
        // The profile may have become another place meanwhile.
        let keep = move |all: &mut crate::profiles::Profiles| {
            if all.get(&name).is_some_and(|now| now.place == place) {
                all.set_probe(&name, report);
            }
            Ok(())
        };
        home.update_profiles(keep).await?;
    }
    Ok(test)
}

pub(super) async fn examine(open: &OpenStore) -> (ConnectionTest, Option<probe::ProbeReport>) {
    if let Err(error) = reach(open).await {
        return (failed(error), None);
    }
    if open.provider == GATEWAY_PROVIDER {
        // What the bucket behind it can do is the gateway's to know; a probe might leave what this client may not remove.
        return (reached(None), None);
    }
    match run_probe(open).await {
        Ok(report) => {
            let view = ProbeReport::of(&report, &open.provider, &open.prices);
            (reached(Some(view)), Some(report))
        }
        Err(error) => (failed(error), None),
    }
}

/// Finds out what a place can do.
pub async fn run_probe(open: &OpenStore) -> Result<probe::ProbeReport> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let request = probe::ProbeRequest {
        id: &id,
        storage_class: open.storage_class.as_deref(),
        encryption: open.encryption.as_ref(),
        prices: &open.prices,
        s3: open.account.as_ref().zip(open.bucket.as_deref()),
        now: jiff::Timestamp::now(),
    };
    let report = probe::probe(open.direct.clone(), request).await;
    report.map_err(|error| AppError::from_storage(&error, &open.context(Doing::Connect)))
}

fn reached(report: Option<ProbeReport>) -> ConnectionTest {
    ConnectionTest { connected: true, bucket_accessible: true, error_message: None, error: None, report }
}

pub(super) fn failed(error: AppError) -> ConnectionTest {
    // These say that the place answered and took the key.
    let connected = matches!(error.code, Code::BucketMissing | Code::Denied | Code::WrongRegion | Code::NotSupported);
    ConnectionTest {
        connected,
        bucket_accessible: false,
        error_message: Some(error.message.clone()),
        error: Some(error),
        report: None,
    }
}
