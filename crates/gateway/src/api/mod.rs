//! The HTTP API: the routes, one file per subject, and what handlers take their input with.

pub(crate) mod download;
pub(crate) mod health;
pub(crate) mod links;
pub(crate) mod listing;
pub(crate) mod objects;
pub(crate) mod removal;
pub(crate) mod resumable;
pub(crate) mod tell;
pub(crate) mod uploads;
pub(crate) mod who;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{FromRequest, FromRequestParts, MatchedPath, Path, Query, Request},
    middleware::{Next, from_fn},
    response::Response,
    routing::{MethodRouter, delete, get, post, put},
};
use futures::StreamExt;
use holdfast_storage::ETag;
use http::{StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;

use crate::{
    auth::Principal,
    error::{Answer, ApiError},
    limits::Share,
    live::Client,
    openapi,
    state::State,
    upload::{check_class, is_tag},
};

/// Largest JSON body: more than 1,000 escaped paths of 1,024 bytes, or 10,000 parts, need.
const MAX_JSON: u64 = 8 << 20;
/// What a JSON body of unknown length is taken for.
const USUAL_JSON: u64 = 64 << 10;

/// All routes.
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/client", one(get(who::client)))
        .route("/auth/login", one(post(who::login)))
        .route("/upload", one(post(uploads::upload)))
        .route("/exists", one(get(objects::exists)))
        .route("/download", one(get(download::download)))
        .route("/list", one(get(listing::list)))
        .route("/object", one(delete(removal::remove)))
        .route("/objects/delete", one(post(removal::remove_many)))
        .route("/copy", one(post(objects::copy)))
        .route("/upload/resumable", one(post(resumable::begin).get(resumable::list)))
        .route("/upload/resumable/{upload_id}", one(get(resumable::parts).delete(resumable::abort)))
        .route("/upload/resumable/{upload_id}/parts/{number}", one(put(resumable::part)))
        .route("/upload/resumable/{upload_id}/complete", one(post(resumable::complete)))
        .route("/presigned-url/{*path}", one(get(links::presign)))
        .route("/report", one(post(tell::report)))
        .route("/reports", one(get(tell::reports)))
        .route("/health", one(get(health::health)))
        .route("/metrics", one(get(health::metrics)))
        .route("/openapi.json", one(get(openapi::serve)))
        .layer(from_fn(name_route))
        .fallback(nowhere)
        .with_state(state)
}

/// A route that words its refusal of a method like every other.
fn one(methods: MethodRouter<Arc<State>>) -> MethodRouter<Arc<State>> {
    methods.fallback(wrong_method)
}

async fn name_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    route.map(|route| response.extensions_mut().insert(route));
    response
}

async fn nowhere() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_endpoint", "there is no such endpoint", "See /openapi.json.")
}

async fn wrong_method() -> ApiError {
    let message = "the endpoint does not know this method";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message, "See /openapi.json.")
}

/// The client that asks.
pub(crate) struct Caller(pub(crate) Arc<Client>);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        match parts.extensions.get::<Principal>() {
            Some(Principal::Client(client)) => Ok(Self(client.clone())),
            _ => Err(ApiError::bad_key()),
        }
    }
}

/// The parameters behind `?`.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        let why = |error: axum::extract::rejection::QueryRejection| error.body_text();
        read.map(|Query(value)| Self(value)).map_err(|error| bad_query(&why(error)))
    }
}

fn bad_query(why: &str) -> ApiError {
    let message = format!("the parameters cannot be read: {}", crate::error::shown(why));
    ApiError::bad_request("bad_parameters", message, "See /openapi.json for the names and forms of parameters.")
}

/// The parts of the path that are named in the route, decoded once.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let read = Path::<T>::from_request_parts(parts, state).await;
        read.map(|Path(value)| Self(value)).map_err(|error| bad_query(&error.body_text()))
    }
}

/// A JSON body, read within the memory that the client may take.
pub(crate) struct Document<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<State>> for Document<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Arc<State>) -> Answer<Self> {
        let is_json = |text: &str| text.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(is_json) {
            let hint = "Send the header Content-Type: application/json.";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(ApiError::new(status, "not_json", "the body must be JSON", hint));
        }
        let (parts, body) = request.into_parts();
        let _share = share(&parts, state).await?;
        let bytes = read(body).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let message = format!("the body is not as it must be: {}", crate::error::shown(&error.to_string()));
            ApiError::bad_request("bad_body", message, "See /openapi.json for its fields.")
        })
    }
}

/// Memory for a JSON body. Who has no key yet gets little.
async fn share(parts: &Parts, state: &State) -> Answer<Option<Share>> {
    let length = content_length(&parts.headers).unwrap_or(USUAL_JSON);
    let too_large = || {
        let hint = "Split it into several requests.";
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the JSON body is too large", hint)
    };
    match parts.extensions.get::<Principal>() {
        Some(Principal::Client(client)) if length <= MAX_JSON => {
            state.memory.take(&client.limits, length).await.map(Some)
        }
        None if length <= USUAL_JSON => Ok(None),
        _ => Err(too_large()),
    }
}

async fn read(body: Body) -> Answer<Vec<u8>> {
    let (announced, mut bytes) = (http_body::Body::size_hint(&body).exact(), Vec::new());
    let room = announced.unwrap_or(USUAL_JSON).min(MAX_JSON) as usize;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ApiError::cut("the body"))?;
        if bytes.len() + chunk.len() > room {
            let hint = "Send it with its Content-Length, and not larger than 8 MiB.";
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(ApiError::new(status, "body_too_large", "the JSON body is too large", hint));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What `Content-Length` says.
pub(crate) fn content_length(headers: &http::HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// An ETag, quoted or not.
pub(crate) fn tag(name: &str, text: &str) -> Answer<ETag> {
    let bare = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    match is_tag(bare) {
        true => Ok(ETag::new(bare)),
        false => {
            let message = format!("{name} is not an ETag");
            Err(ApiError::bad_request("bad_parameters", message, "Send the ETag as the gateway told it."))
        }
    }
}

/// Checks what becomes a header of a request to the bucket.
pub(crate) fn check_headers(content_type: Option<&str>, storage_class: Option<&str>) -> Answer<()> {
    let plain = |text: &str| (1..=256).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if content_type.is_some_and(|kind| !plain(kind)) {
        let message = "content_type is not the name of a content type";
        return Err(ApiError::bad_request("bad_body", message, "Send something like image/jpeg."));
    }
    storage_class.map_or(Ok(()), check_class)
}

/// Unix seconds with decimals.
pub(crate) fn seconds(time: jiff::Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

/// `?path=`
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PathQuery {
    /// Names joined by `/`, relative to the client's folder.
    #[param(max_length = 1024, example = "photos/2024/a.jpg")]
    pub(crate) path: String,
}

/// How every refusal looks.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Failure {
    error: Reason,
    /// The number of the request in the gateway's log.
    request_id: String,
}

/// Why.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Reason {
    /// For programs.
    pub(crate) code: String,
    /// What happened.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: String,
}
