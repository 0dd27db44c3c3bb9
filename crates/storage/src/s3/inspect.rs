//! Looks at every answer before the SDK believes it: is this S3 at all, and what time is it there?

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::{
    box_error::BoxError, client::interceptors::context::BeforeDeserializationInterceptorContextRef, http::Headers,
};
use jiff::{Timestamp, fmt::rfc2822};

/// Headers that only an S3 server sends; the second id is AWS's other spelling, which some servers use.
const OWN_HEADERS: [&str; 5] = ["x-amz-request-id", "x-amzn-requestid", "x-amz-id-2", "x-amz-bucket-region", "etag"];
const UNKNOWN: i64 = i64::MIN;

/// What answers told beside their content.
#[derive(Debug, Clone)]
pub(super) struct Observed(Arc<AtomicI64>);

impl Default for Observed {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(UNKNOWN)))
    }
}

impl Observed {
    pub(super) fn clock_skew(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|skew| *skew != UNKNOWN)
    }

    fn note_date(&self, date: &str) {
        if let Ok(theirs) = rfc2822::parse(date) {
            let skew = theirs.timestamp().as_second() - Timestamp::now().as_second();
            self.0.store(skew, Ordering::Relaxed);
        }
    }
}

/// The answer did not come from an S3 server.
#[derive(Debug, thiserror::Error)]
#[error("not S3 (status {status})")]
pub(super) struct NotS3 {
    pub(super) status: u16,
}

#[derive(Debug)]
pub(super) struct Inspector {
    observed: Observed,
}

impl Inspector {
    pub(super) fn new(observed: Observed) -> Self {
        Self { observed }
    }
}

impl Intercept for Inspector {
    fn name(&self) -> &'static str {
        "Inspector"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let (status, headers) = (response.status().as_u16(), response.headers());
        if let Some(date) = headers.get("date") {
            self.observed.note_date(date);
        }
        match is_foreign(status, headers) {
            true => Err(Box::new(NotS3 { status })),
            false => Ok(()),
        }
    }
}

/// A web page, a captive portal or a proxy answers with HTML and none of S3's headers.
fn is_foreign(status: u16, headers: &Headers) -> bool {
    let html =
        headers.get("content-type").is_some_and(|t| t.trim_start().to_ascii_lowercase().starts_with("text/html"));
    let ours = OWN_HEADERS.iter().any(|h| headers.get(h).is_some());
    !ours && (html || (300..400).contains(&status) && status != 304 && headers.get("location").is_some())
}
