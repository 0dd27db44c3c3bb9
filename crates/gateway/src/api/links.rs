//! `GET /presigned-url/{path}`

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State as Shared};
use holdfast_storage::PresignMethod;
use serde::{Deserialize, Serialize};

use super::{Caller, Failure, InPath, Params};
use crate::{
    config::Permission,
    error::{Answer, ApiError},
    state::State,
};

/// What the link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) enum Method {
    /// Downloading.
    #[serde(rename = "GET")]
    Get,
    /// Sending.
    #[serde(rename = "PUT")]
    Put,
}

/// Which link.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// What it is for; `GET` by default.
    #[param(inline)]
    method: Option<Method>,
    /// Seconds that it works; as long as the gateway allows by default.
    #[param(minimum = 1, maximum = 3600)]
    expires: Option<u64>,
}

/// A link. Whoever has it may use it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Link {
    url: String,
    method: Method,
    /// Unix seconds.
    expires_at: i64,
}

/// Makes a link with which bytes need not pass the gateway.
#[utoipa::path(
    get, path = "/presigned-url/{path}",
    params(("path" = String, Path, description = "Percent-encoded; may hold slashes."), LinkQuery),
    responses((status = 200, body = Link), (status = "default", body = Failure)),
)]
pub(crate) async fn presign(
    Shared(state): Shared<Arc<State>>,
    Caller(client): Caller,
    InPath(path): InPath<String>,
    Params(query): Params<LinkQuery>,
) -> Answer<Json<Link>> {
    client.must(Permission::Presign)?;
    let method = query.method.unwrap_or(Method::Get);
    client.must(if method == Method::Get { Permission::Read } else { Permission::Upload })?;
    let (_, key) = client.path(&path)?;
    let most = state.live().max_expiry;
    let expires = query.expires.unwrap_or(most);
    if !(1..=most).contains(&expires) {
        let message = format!("a link of this gateway works for 1 to {most} seconds");
        return Err(ApiError::bad_request("bad_parameters", message, "Ask for a shorter time."));
    }
    let kind = if method == Method::Get { PresignMethod::Get } else { PresignMethod::Put };
    let url = client.store.presign(kind, &key, Duration::from_secs(expires)).await?;
    let expires_at = state.clock.second() + expires as i64;
    Ok(Json(Link { url: url.into(), method, expires_at }))
}
