//! `GET /download`

use std::sync::Arc;

use axum::{body::Body, extract::State as Shared, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::TryStreamExt;
use holdfast_storage::{ETag, Error as StoreError, GetObject, ObjectMeta, ReadOptions, ReadRange};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{Caller, Failure, Params, PathQuery, tag};
use crate::{config::Permission, error::Answer, state::State};

/// Header with an object's user metadata: a JSON object, base64url without padding.
const METADATA: &str = "x-holdfast-metadata";

/// Downloads an object, whole or in part.
#[utoipa::path(
    get, path = "/download",
    params(
        PathQuery,
        ("Range" = Option<String>, Header, description = "One range of bytes.", example = "bytes=0-99"),
        ("If-Match" = Option<String>, Header, description = "Only if it has this ETag."),
        ("If-None-Match" = Option<String>, Header, description = "Only if it no longer has this ETag."),
    ),
    responses(
        (status = 200, description = "The content", content_type = "application/octet-stream"),
        (status = 206, description = "A part of the content", content_type = "application/octet-stream"),
        (status = 304, description = "It has not changed"),
        (status = "default", body = Failure),
    ),
)]
pub(crate) async fn download(
    Shared(state): Shared<Arc<State>>,
    Caller(client): Caller,
    Params(query): Params<PathQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    client.must(Permission::Read)?;
    let (_, key) = client.path(&query.path)?;
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let none_match = text(header::IF_NONE_MATCH);
    let options = ReadOptions {
        range: text(header::RANGE).and_then(parse_range),
        if_match: text(header::IF_MATCH)
            .filter(|tag| *tag != "*")
            .map(|text| tag("the condition", text))
            .transpose()?,
        if_none_match: none_match.filter(|tag| *tag != "*").map(|text| tag("the condition", text)).transpose()?,
        version: None,
    };
    let got = match client.store.get(&key, &options).await {
        Err(StoreError::NotModified { etag, .. }) => return Ok(not_modified(etag.or(options.if_none_match))),
        got => got?,
    };
    state.metrics.downloading(&client.name);
    Ok(answer(got, options.range.is_some()))
}

/// One range of bytes. What is none is left out, as RFC 9110 says: the whole object is the answer.
fn parse_range(text: &str) -> Option<ReadRange> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (digits(first), digits(last)) {
        (true, true) => {
            let (start, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            (start <= last).then(|| ReadRange::Span { start, end: last.saturating_add(1) })
        }
        (true, false) if last.is_empty() => first.parse().ok().map(ReadRange::From),
        (false, true) if first.is_empty() => last.parse().ok().map(ReadRange::Last),
        _ => None,
    }
}

fn not_modified(etag: Option<ETag>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    if let Some(etag) = etag {
        put(response.headers_mut(), header::ETAG.as_str(), &etag.quoted());
    }
    response
}

/// Puts a header whose value a header can have.
fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

fn answer(got: GetObject, ranged: bool) -> Response {
    let GetObject { meta, range, body } = got;
    let mut response = Response::new(Body::from_stream(body.map_err(std::io::Error::other)));
    let headers = response.headers_mut();
    describe(headers, &meta);
    put(headers, "content-length", &(range.end - range.start).to_string());
    if ranged {
        put(headers, "content-range", &format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), meta.size));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

fn describe(headers: &mut HeaderMap, meta: &ObjectMeta) {
    // A page of a stranger's must not run as if the gateway had written it.
    put(headers, "x-content-type-options", "nosniff");
    put(headers, "content-security-policy", "sandbox");
    put(headers, "content-type", meta.content_type.as_deref().unwrap_or("application/octet-stream"));
    put(headers, "accept-ranges", "bytes");
    put(headers, "etag", &meta.etag.quoted());
    let modified = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&meta.last_modified);
    put(headers, "last-modified", &modified.unwrap_or_default());
    if !meta.metadata.is_empty()
        && let Ok(json) = serde_json::to_vec(&meta.metadata)
    {
        put(headers, METADATA, &URL_SAFE_NO_PAD.encode(json));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_understood_or_left_out() {
        for (text, want) in [
            ("bytes=0-0", Some(ReadRange::Span { start: 0, end: 1 })),
            ("bytes=5-", Some(ReadRange::From(5))),
            ("bytes=-5", Some(ReadRange::Last(5))),
            ("bytes=5-4", None),
            ("bytes=-", None),
            ("bytes=+1-2", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=99999999999999999999-", None),
            ("bytes=0-18446744073709551615", Some(ReadRange::Span { start: 0, end: u64::MAX })),
        ] {
            assert_eq!(parse_range(text), want, "{text}");
        }
    }
}
