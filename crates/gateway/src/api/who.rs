//! `GET /client`, `POST /auth/login`

use std::sync::Arc;

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};

use super::{Caller, Document, Failure};
use crate::{
    config::Permission,
    error::{Answer, ApiError},
    keys::KeyHash,
    state::State,
    upload::PART_SIZE,
};

/// Who asks, and what they may.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ClientInfo {
    name: String,
    permissions: Vec<Permission>,
    /// Bytes of the largest file.
    max_file_size: u64,
    /// Bytes it may hold.
    quota: Option<u64>,
    /// Bytes it holds; known where there is a quota.
    used: Option<u64>,
    /// Bytes that parts should have.
    part_size: u64,
    /// Whether the gateway speaks S3 too.
    s3_api: bool,
}

/// Says who asks, and what they may.
#[utoipa::path(get, path = "/client", responses((status = 200, body = ClientInfo), (status = "default", body = Failure)))]
pub(crate) async fn client(Shared(state): Shared<Arc<State>>, Caller(client): Caller) -> Answer<Json<ClientInfo>> {
    let used = match client.quota {
        Some(_) => Some(client.usage.used(client.store.as_ref(), 0).await?),
        None => None,
    };
    Ok(Json(ClientInfo {
        name: client.name.clone(),
        permissions: client.permissions.clone(),
        max_file_size: client.max_file_size,
        quota: client.quota,
        used,
        part_size: PART_SIZE,
        s3_api: state.live().s3_api,
    }))
}

/// A key.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    api_key: String,
}

/// What takes the key's place for a while.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Token {
    token: String,
    /// Unix seconds.
    expires_at: i64,
}

/// Exchanges a key for a token that works for some minutes.
#[utoipa::path(
    post, path = "/auth/login", request_body = Login, security(()),
    responses((status = 200, body = Token), (status = "default", body = Failure)),
)]
pub(crate) async fn login(Shared(state): Shared<Arc<State>>, Document(login): Document<Login>) -> Answer<Json<Token>> {
    let live = state.live();
    let refused = || {
        state.metrics.refused_keys.inc();
        ApiError::bad_key()
    };
    let hash = KeyHash::of(&login.api_key).map_err(|_| refused())?;
    let client = live.with_key(&hash).ok_or_else(refused)?;
    let _place = client.limits.enter(&client.name).await?;
    let (token, expires_at) = state.signer.token(client, &hash, live.token_lifetime, state.clock.second())?;
    Ok(Json(Token { token, expires_at }))
}
