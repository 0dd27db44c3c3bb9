//! `DELETE /object`, `POST /objects/delete`

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use holdfast_storage::{DeleteOptions, Key};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

use super::{Caller, Document, Failure, Params, PathQuery, Reason};
use crate::{
    config::Permission,
    error::{Answer, ApiError},
};

/// Paths in a request at most.
const MOST: usize = 1000;

/// It is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Removed {
    deleted: bool,
}

/// Removes an object. No error when it is not there.
#[utoipa::path(
    delete, path = "/object",
    params(PathQuery, ("If-Match" = Option<String>, Header, description = "Only if it has this ETag.")),
    responses((status = 200, body = Removed), (status = "default", body = Failure)),
)]
pub(crate) async fn remove(
    Caller(client): Caller,
    Params(query): Params<PathQuery>,
    headers: HeaderMap,
) -> Answer<Json<Removed>> {
    client.must(Permission::Delete)?;
    let (_, key) = client.path(&query.path)?;
    let if_match = headers.get(header::IF_MATCH).map(|tag| {
        let bare = tag.to_str().unwrap_or_default();
        super::tag("If-Match", bare)
    });
    let options = DeleteOptions { if_match: if_match.transpose()?, version: None };
    client.store.delete(&key, &options).await?;
    Ok(Json(Removed { deleted: true }))
}

/// What to remove.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removals {
    /// 1 to 1,000 paths.
    #[schema(min_items = 1, max_items = 1000)]
    paths: Vec<String>,
}

/// What came of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Outcomes {
    /// In the order given.
    results: Vec<Outcome>,
}

/// What came of one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Outcome {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Reason>,
}

impl Outcome {
    fn new(path: String, outcome: Answer<()>) -> Self {
        match outcome {
            Ok(()) => Self { path, deleted: Some(true), error: None },
            Err(ApiError { code, message, hint, .. }) => {
                Self { path, deleted: None, error: Some(Reason { code: code.to_owned(), message, hint }) }
            }
        }
    }
}

/// Removes many objects. Each has an outcome of its own.
#[utoipa::path(
    post, path = "/objects/delete", request_body = Removals,
    responses((status = 200, body = Outcomes), (status = "default", body = Failure)),
)]
pub(crate) async fn remove_many(
    Caller(client): Caller,
    Document(removals): Document<Removals>,
) -> Answer<Json<Outcomes>> {
    client.must(Permission::Delete)?;
    if !(1..=MOST).contains(&removals.paths.len()) {
        let message = "the list of paths has not 1 to 1,000 of them";
        return Err(ApiError::bad_request("bad_body", message, "Split it into several requests."));
    }
    let checked: Vec<Answer<Key>> = removals.paths.iter().map(|path| client.path(path).map(|(_, key)| key)).collect();
    // Each once: a bucket tells of a key once, however often it is named.
    let keys: BTreeSet<Key> = checked.iter().filter_map(|key| key.as_ref().ok().cloned()).collect();
    let keys: Vec<Key> = keys.into_iter().collect();
    let removed = match keys.is_empty() {
        true => Vec::new(),
        false => client.store.delete_many(&keys).await?,
    };
    let removed: BTreeMap<Key, Answer<()>> =
        keys.into_iter().zip(removed.into_iter().map(|outcome| Ok(outcome.map(drop)?))).collect();
    let missing = || Err(ApiError::internal("removing objects"));
    let outcome = |checked: Answer<Key>| checked.and_then(|key| removed.get(&key).cloned().unwrap_or_else(missing));
    let outcomes: Vec<Answer<()>> = checked.into_iter().map(outcome).collect();
    let results = removals.paths.into_iter().zip(outcomes).map(|(path, outcome)| Outcome::new(path, outcome));
    Ok(Json(Outcomes { results: results.collect() }))
}
