//! What a request is answered with when it fails: a status, a code, a sentence and a hint. No secret is in any of them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use holdfast_storage::{Error as StoreError, error::Unreachable};
use http::{HeaderValue, StatusCode, header};

use crate::paths::PathFault;

/// A request that was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// For programs.
    pub code: &'static str,
    /// What happened, with the name of the thing.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Seconds after which it may work.
    pub retry_after: Option<u64>,
    /// Size of the object where the range lies outside of it.
    pub size: Option<u64>,
}

/// What a bucket says to what a client asked for, and not to its gateway.
const REJECTED: &[&str] =
    &["InvalidStorageClass", "InvalidArgument", "InvalidRequest", "MetadataTooLarge", "KeyTooLongError"];

/// Result of a request.
pub(crate) type Answer<T> = Result<T, ApiError>;

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>, hint: &str) -> Self {
        Self { status, code, message: message.into(), hint: hint.to_owned(), retry_after: None, size: None }
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>, hint: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, hint)
    }

    pub(crate) fn bad_path(path: &str, fault: PathFault) -> Self {
        let message = format!("the path {} cannot be used: {fault}", shown(path));
        Self::bad_request("bad_path", message, "Use names joined by single slashes, such as photos/2024/a.jpg.")
    }

    pub(crate) fn bad_key() -> Self {
        let hint = "Send the header Authorization: Bearer with the key of this client.";
        Self::new(StatusCode::UNAUTHORIZED, "bad_key", "the key or token is missing or not accepted", hint)
    }

    pub(crate) fn forbidden(client: &str, permission: &str) -> Self {
        let message = format!("the client {client} does not have the permission {permission}");
        let hint = "Ask the gateway's administrator to add it to the client's permissions.";
        Self::new(StatusCode::FORBIDDEN, "not_permitted", message, hint)
    }

    pub(crate) fn path_not_allowed(path: &str) -> Self {
        let message = format!("the path {} is not among the paths of this client", shown(path));
        let hint = "Ask the gateway's administrator to add it to the client's allowed_paths.";
        Self::new(StatusCode::FORBIDDEN, "path_not_allowed", message, hint)
    }

    pub(crate) fn too_large(path: &str, limit: u64) -> Self {
        let message = format!("{} is larger than the {limit} bytes that this client may send in one file", shown(path));
        let hint = "Leave the file out, or ask the gateway's administrator for a larger max_file_size_mb.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", message, hint)
    }

    pub(crate) fn wrong_digest(path: &str) -> Self {
        let message = format!("the content of {} does not have the SHA-256 that was announced", shown(path));
        let hint = "Read the file again and send it again.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong_digest", message, hint)
    }

    pub(crate) fn quota(client: &str, quota: u64) -> Self {
        let message = format!("the client {client} would hold more than its {quota} bytes");
        let hint = "Remove what is no longer needed, or ask the gateway's administrator for a larger quota_gb.";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "quota_reached", message, hint)
    }

    pub(crate) fn too_many(message: String, seconds: u64) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message, "Wait and try again.");
        Self { retry_after: Some(seconds.max(1)), ..error }
    }

    pub(crate) fn busy() -> Self {
        let error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "the gateway is passing on as much as it may",
            "Wait and try again.",
        );
        Self { retry_after: Some(5), ..error }
    }

    pub(crate) fn cut(path: &str) -> Self {
        let message = format!("{} did not arrive whole", shown(path));
        Self::bad_request("cut", message, "Send it again.")
    }

    pub(crate) fn internal(doing: &'static str) -> Self {
        let message = format!("{doing} failed inside the gateway");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message, "Look into the gateway's log.")
    }

    /// The body of the answer.
    pub(crate) fn respond(&self, request_id: &str) -> Response {
        let error = serde_json::json!({ "code": self.code, "message": self.message, "hint": self.hint });
        let body = Json(serde_json::json!({ "error": error, "request_id": request_id }));
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(size) = self.size.and_then(|size| HeaderValue::try_from(format!("bytes */{size}")).ok()) {
            response.headers_mut().insert(header::CONTENT_RANGE, size);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.respond("");
        response.extensions_mut().insert(self);
        response
    }
}

/// A text of a stranger's, fit for one line and short.
pub(crate) fn shown(text: &str) -> String {
    let short: String = text.chars().take(120).collect();
    match short.len() < text.len() {
        true => format!("{short:?}…"),
        false => format!("{short:?}"),
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        use StoreError as E;
        let conflict = |code, message: String, hint| Self::new(StatusCode::CONFLICT, code, message, hint);
        match &error {
            E::NotFound { key } => {
                let message = format!("{} is not in the bucket", shown(key.as_str()));
                Self::new(StatusCode::NOT_FOUND, "not_found", message, "Check the path, or list its folder.")
            }
            E::NoSuchUpload { key } => {
                let message = format!("the unfinished upload of {} is not known", shown(key.as_str()));
                Self::new(StatusCode::NOT_FOUND, "no_such_upload", message, "Begin the upload again.")
            }
            E::InvalidPartOrder { key } => {
                let message = format!("the parts of {} are not in ascending order", shown(key.as_str()));
                conflict("wrong_part_order", message, "Name the parts by their numbers, the lowest first.")
            }
            E::InvalidPart { key } => {
                let message = format!("the parts of {} are not the ones that arrived", shown(key.as_str()));
                conflict("wrong_parts", message, "Ask for the parts that arrived, and send the missing ones.")
            }
            E::PartTooSmall { key } => {
                let message = format!("a part of {} that is not the last has fewer than 5 MiB", shown(key.as_str()));
                Self::bad_request("part_too_small", message, "Send parts of the size that the gateway names.")
            }
            E::PreconditionFailed { key } => {
                let message = format!("{} is not as expected; nothing was changed", shown(key.as_str()));
                Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message, "Ask for its ETag again.")
            }
            E::NotModified { key, .. } => {
                let message = format!("{} has not changed", shown(key.as_str()));
                Self::new(StatusCode::NOT_MODIFIED, "not_modified", message, "Use what you have.")
            }
            E::Conflict { key } => {
                let message = format!("another write of {} is under way", shown(key.as_str()));
                conflict("conflict", message, "Try again.")
            }
            E::InvalidRange { key, size } => {
                let message = format!("the range lies outside of {}", shown(key.as_str()));
                let status = StatusCode::RANGE_NOT_SATISFIABLE;
                Self { size: *size, ..Self::new(status, "bad_range", message, "Ask for bytes that it has.") }
            }
            E::BadDigest { key } => Self::wrong_digest(key.as_str()),
            E::Truncated { key, .. } => Self::cut(key.as_str()),
            E::TooLarge { key } => {
                let message = format!("{} is larger than the bucket accepts", shown(key.as_str()));
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, "Send it in parts.")
            }
            E::Archived { key } => {
                let message = format!("{} is in an archive", shown(key.as_str()));
                conflict("archived", message, "Have it restored from the archive first.")
            }
            E::Key(fault) => {
                let hint = "Use a shorter path of clean names.";
                Self::bad_request("bad_path", format!("the path cannot be used: {fault}"), hint)
            }
            E::QuotaExceeded => {
                let hint = "Ask the gateway's administrator to make room.";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "bucket_full", "the gateway's bucket is full", hint)
            }
            E::SlowDown | E::Unreachable(_) | E::Scripted | E::Cancelled => unreachable_bucket(&error),
            E::Server { status: 400, code, .. } if REJECTED.contains(&code.as_str()) => {
                let message = format!("the bucket does not take the request: {code}");
                Self::bad_request("bucket_rejected", message, "Check storage_class, content_type and metadata.")
            }
            E::Server { status, .. } if *status >= 500 || *status == 0 => unreachable_bucket(&error),
            _ => refused(&error),
        }
    }
}

fn unreachable_bucket(error: &StoreError) -> ApiError {
    let (code, message) = match error {
        StoreError::SlowDown => ("bucket_busy", "the bucket asks to slow down".to_owned()),
        StoreError::Unreachable(Unreachable::Timeout) => {
            ("bucket_slow", "the bucket did not answer in time".to_owned())
        }
        StoreError::Server { status, .. } if *status >= 500 => {
            ("bucket_failed", format!("the bucket answered with an error of its own ({status})"))
        }
        _ => ("bucket_unreachable", "the bucket could not be reached".to_owned()),
    };
    tracing::warn!(%error, code, "the bucket did not do what it was asked");
    let hint = "Wait and try again. If it lasts, ask the gateway's administrator to look at /health.";
    let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code, message, hint);
    ApiError { retry_after: Some(10), ..error }
}

/// The bucket refuses the gateway: what its administrator must mend, in words that tell a client nothing secret.
fn refused(error: &StoreError) -> ApiError {
    use StoreError as E;
    let (code, message) = match error {
        E::NoSuchBucket { .. } => ("bucket_missing", "the gateway's bucket does not exist"),
        E::Denied { .. } => ("bucket_denied", "the gateway's keys do not allow this in the bucket"),
        E::Credentials(_) => ("bucket_credentials", "the bucket does not accept the gateway's keys"),
        E::WrongRegion { .. } => ("bucket_region", "the gateway's bucket is in another region"),
        E::ClockSkew { .. } => ("bucket_clock", "the gateway's clock is wrong"),
        E::NotSupported { .. } => ("bucket_not_supported", "the gateway's bucket does not offer this"),
        E::Encryption { .. } => ("bucket_encryption", "the gateway's bucket does not encrypt as it is set to"),
        _ => ("bucket_refused", "the bucket refused what the gateway asked"),
    };
    tracing::error!(%error, code, "the bucket refused a request");
    ApiError::new(StatusCode::BAD_GATEWAY, code, message, "Ask the gateway's administrator to look into its log.")
}
