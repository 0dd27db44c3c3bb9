//! `POST /report`, `GET /reports`

use std::sync::Arc;

use axum::{Json, extract::State as Shared};
use http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Caller, Document, Failure, Params};
use crate::{
    config::Permission,
    error::{Answer, ApiError},
    reports::{self, Overview},
    state::State,
};

/// Failures of a report that are kept.
const MAX_FAILURES: usize = 1000;
/// Characters of each of their texts.
const MAX_TEXT: usize = 1024;

/// What a client tells of a day.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Report {
    /// The day in UTC.
    #[schema(format = Date, example = "2026-11-21")]
    date: String,
    files_sent: u64,
    bytes_sent: u64,
    /// The first 1,000 are kept.
    #[serde(default)]
    failures: Vec<FailedFile>,
    queue_length: u64,
    /// Unix seconds.
    oldest_unsent: Option<i64>,
    version: Option<String>,
}

/// A file that was not sent.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct FailedFile {
    path: String,
    reason: String,
}

/// It was kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Accepted {
    accepted: bool,
}

fn parse_date(text: &str) -> Answer<Date> {
    let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    date.ok_or_else(|| ApiError::bad_request("bad_date", "the date is not a day", "Send YYYY-MM-DD, in UTC."))
}

/// Keeps a client's report of a day in the place of an earlier one.
#[utoipa::path(
    post, path = "/report", request_body = Report,
    responses((status = 200, body = Accepted), (status = "default", body = Failure)),
)]
pub(crate) async fn report(
    Shared(state): Shared<Arc<State>>,
    Caller(client): Caller,
    Document(mut report): Document<Report>,
) -> Answer<Json<Accepted>> {
    client.must(Permission::Report)?;
    let date = parse_date(&report.date)?;
    let age = state.clock.today().since(date).map_or(i32::MAX, |span| span.get_days());
    if !(-1..=state.keep_days as i32).contains(&age) {
        let message = "the date lies in the future or too far back";
        return Err(ApiError::bad_request("bad_date", message, "Check the clock of this machine."));
    }
    report.failures.truncate(MAX_FAILURES);
    for failure in &mut report.failures {
        for text in [&mut failure.path, &mut failure.reason] {
            *text = text.chars().take(MAX_TEXT).collect();
        }
    }
    report.version = report.version.map(|version| version.chars().take(64).collect());
    let kept = serde_json::to_value(&report).map_err(|_| ApiError::internal("keeping a report"))?;
    state.activity.keep_report(date, &client.name, kept).await.map_err(|error| {
        tracing::error!(%error, "a report could not be kept");
        let hint = "Send it again later.";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let error = ApiError::new(status, "not_kept", "the report could not be kept", hint);
        ApiError { retry_after: Some(60), ..error }
    })?;
    Ok(Json(Accepted { accepted: true }))
}

/// Which reports.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportsQuery {
    /// The day in UTC; today by default.
    #[param(example = "2026-11-21")]
    date: Option<String>,
    /// Only this client.
    client: Option<String>,
}

/// Shows what all clients did and told, at all gateways of the bucket. For the administrator.
#[utoipa::path(
    get, path = "/reports", params(ReportsQuery),
    responses((status = 200, body = Overview), (status = "default", body = Failure)),
)]
pub(crate) async fn reports(
    Shared(state): Shared<Arc<State>>,
    Params(query): Params<ReportsQuery>,
) -> Answer<Json<Overview>> {
    let date = query.date.as_deref().map_or_else(|| Ok(state.clock.today()), parse_date)?;
    Ok(Json(reports::overview(&state, date, query.client.as_deref()).await?))
}
