//! `GET /list`

use axum::Json;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use holdfast_storage::{Error as StoreError, ListRequest};
use serde::{Deserialize, Serialize};

use super::{Caller, Failure, Params, seconds};
use crate::{
    config::Permission,
    error::{Answer, ApiError},
    paths::check_prefix,
};

/// What to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Paths that begin with this.
    #[serde(default)]
    #[param(max_length = 1024, required = false)]
    prefix: String,
    /// Groups what has this behind the prefix, usually `/`.
    #[param(max_length = 16)]
    delimiter: Option<String>,
    /// Paths behind this one.
    #[param(max_length = 1024)]
    start_after: Option<String>,
    /// `next` of the page before.
    #[param(max_length = 8192)]
    continuation: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
}

/// A page, in byte order of the paths.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Page {
    objects: Vec<Row>,
    /// Groups, with their delimiter.
    prefixes: Vec<String>,
    /// Give it back as `continuation`; null on the last page.
    next: Option<String>,
}

/// An object of a page.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Row {
    path: String,
    /// Bytes.
    size: u64,
    etag: Option<String>,
    /// Unix seconds.
    last_modified: Option<f64>,
    storage_class: Option<String>,
}

fn bad(name: &str, why: &str) -> ApiError {
    ApiError::bad_request("bad_parameters", format!("the parameter {name} {why}"), "See /openapi.json.")
}

fn clean(name: &str, text: &str) -> Answer<()> {
    match text.len() <= 1024 && !text.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(bad(name, "holds a control character or is too long")),
    }
}

/// Lists what the client has.
#[utoipa::path(
    get, path = "/list", params(ListQuery),
    responses((status = 200, body = Page), (status = "default", body = Failure)),
)]
pub(crate) async fn list(Caller(client): Caller, Params(query): Params<ListQuery>) -> Answer<Json<Page>> {
    client.must(Permission::List)?;
    check_prefix(&query.prefix).map_err(|fault| ApiError::bad_path(&query.prefix, fault))?;
    if query.limit.is_some_and(|limit| !(1..=1000).contains(&limit)) {
        return Err(bad("limit", "is not from 1 to 1000"));
    }
    clean("start_after", query.start_after.as_deref().unwrap_or_default())?;
    clean("delimiter", query.delimiter.as_deref().unwrap_or_default())?;
    let unwrap = |text: String| {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad("continuation", "is not one of this gateway's"))?;
        String::from_utf8(bytes).map_err(|_| bad("continuation", "is not one of this gateway's"))
    };
    let given = |text: &String| !text.is_empty();
    let request = ListRequest {
        prefix: query.prefix,
        delimiter: query.delimiter.filter(given),
        start_after: query.start_after.filter(given),
        continuation: query.continuation.filter(given).map(unwrap).transpose()?,
        max_keys: query.limit,
    };
    let page = client.store.list(&request).await.map_err(|error| match error {
        StoreError::Server { status: 400..500, .. } if request.continuation.is_some() => {
            bad("continuation", "is not one of this gateway's")
        }
        other => other.into(),
    })?;
    let row = |row: holdfast_storage::Listed| Row {
        path: row.key.as_str().to_owned(),
        size: row.size,
        etag: row.etag.map(|etag| etag.as_str().to_owned()),
        last_modified: row.last_modified.map(seconds),
        storage_class: row.storage_class,
    };
    Ok(Json(Page {
        objects: page.objects.into_iter().filter(|row| client.sees(row.key.as_str())).map(row).collect(),
        prefixes: page.prefixes.into_iter().filter(|group| client.sees_group(group)).collect(),
        next: page.continuation.map(|next| URL_SAFE_NO_PAD.encode(next)),
    }))
}
