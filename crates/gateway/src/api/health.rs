//! `GET /health`, `GET /metrics`

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use tokio::time::Instant;

use super::Failure;
use crate::{
    auth::{Principal, principal},
    error::{Answer, ApiError},
    service::Peer,
    state::State,
};

/// How long an answer of the bucket is believed: everybody may ask, and the bucket is asked seldom.
const KEPT_FOR: Duration = Duration::from_secs(5);
/// How long the bucket may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the gateway is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok` or `degraded`.
    status: &'static str,
    s3: Bucket,
    version: &'static str,
}

/// How the bucket is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Bucket {
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What was seen last.
#[derive(Debug, Default)]
pub(crate) struct LastLook(tokio::sync::Mutex<Option<(Instant, Bucket)>>);

impl LastLook {
    async fn look(&self, state: &State) -> Bucket {
        let mut last = self.0.lock().await;
        if let Some((at, bucket)) = &*last
            && at.elapsed() < KEPT_FOR
        {
            return bucket.clone();
        }
        let asked = tokio::time::timeout(PATIENCE, state.store.check()).await;
        let reason = match asked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(ApiError::from(error).message),
            Err(_) => Some("the bucket did not answer in time".to_owned()),
        };
        let bucket = Bucket { reachable: reason.is_none(), reason };
        *last = Some((Instant::now(), bucket.clone()));
        bucket
    }
}

/// Says how the gateway is. Needs no key.
#[utoipa::path(
    get, path = "/health", security(()),
    responses((status = 200, body = Health), (status = 503, body = Health), (status = "default", body = Failure)),
)]
pub(crate) async fn health(Shared(state): Shared<Arc<State>>) -> Response {
    let s3 = state.last_look.look(&state).await;
    let (status, word) = match s3.reachable {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "degraded"),
    };
    (status, Json(Health { status: word, s3, version: env!("CARGO_PKG_VERSION") })).into_response()
}

/// Numbers for Prometheus. For the administrator, and for this machine where the configuration says so.
#[utoipa::path(
    get, path = "/metrics",
    responses((status = 200, description = "Numbers", content_type = "text/plain"), (status = "default", body = Failure)),
)]
pub(crate) async fn metrics(
    Shared(state): Shared<Arc<State>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Answer<Response> {
    let open = state.live().open_metrics && peer.ip().is_loopback();
    if !open && let Principal::Client(client) = principal(&state, &headers).await? {
        return Err(ApiError::forbidden(&client.name, "admin"));
    }
    let kind = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    Ok((kind, state.metrics.text()).into_response())
}
