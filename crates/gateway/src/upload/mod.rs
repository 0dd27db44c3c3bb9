//! A file on its way from a form into the bucket: in pieces, never whole in memory, and either whole in the bucket or not
//! there at all.
//!
//! An upload is a task of its own: when its connection is gone it still cleans up behind itself.

mod fields;
mod form;
mod pieces;
mod send;
mod spool;

use std::sync::Arc;

use axum::body::Body;
use http::HeaderMap;

pub(crate) use fields::{check_class, check_metadata, check_mtime, is_tag, parse_digest};
pub(crate) use spool::Spool;

use crate::{
    api::uploads::Sent,
    error::{Answer, ApiError},
    live::Client,
    state::State,
};

/// Bytes of a part; also the largest file that goes in one piece.
pub(crate) const PART_SIZE: u64 = 8 << 20;
/// Parts of an upload at most.
pub(crate) const MAX_PARTS: u64 = 10_000;

/// Bytes of each part, so that `size` bytes have no more parts than S3 takes.
pub(crate) fn part_size(size: u64) -> u64 {
    size.div_ceil(MAX_PARTS).next_multiple_of(1 << 20).max(PART_SIZE)
}

/// A request with a form.
pub(crate) struct Incoming {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// Stores the file of a form.
pub(crate) async fn receive(state: Arc<State>, client: Arc<Client>, incoming: Incoming) -> Answer<Sent> {
    let tasks = state.tasks.clone();
    let task = tasks.spawn(async move { form::receive(&state, &client, incoming).await });
    task.await.unwrap_or_else(|_| Err(ApiError::internal("an upload")))
}
