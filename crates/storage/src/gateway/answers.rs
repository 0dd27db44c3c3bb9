//! What the gateway says, as its API describes it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ETag, Error, Key, Listed, ObjectMeta, Part, Result};

#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) error: Reason,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Reason {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Facts {
    pub(super) exists: bool,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    etag: String,
    #[serde(default)]
    last_modified: f64,
    content_type: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

impl Facts {
    pub(super) fn meta(self) -> ObjectMeta {
        ObjectMeta {
            size: self.size,
            etag: ETag::new(self.etag),
            last_modified: moment(self.last_modified).unwrap_or_default(),
            content_type: self.content_type,
            metadata: self.metadata,
            headers: BTreeMap::new(),
            version: None,
            storage_class: None,
            encryption: None,
            checksum: None,
            parts: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    pub(super) etag: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) objects: Vec<Row>,
    #[serde(default)]
    pub(super) prefixes: Vec<String>,
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    path: String,
    size: u64,
    etag: Option<String>,
    last_modified: Option<f64>,
    storage_class: Option<String>,
}

impl Row {
    pub(super) fn listed(self) -> Result<Listed> {
        Ok(Listed {
            key: Key::new(&self.path)?,
            size: self.size,
            etag: self.etag.map(ETag::new),
            last_modified: self.last_modified.and_then(moment),
            storage_class: self.storage_class,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Removals {
    pub(super) results: Vec<Removal>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Removal {
    pub(super) path: String,
    pub(super) error: Option<Reason>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Begun {
    pub(super) upload_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Uploads {
    pub(super) uploads: Vec<Unfinished>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Unfinished {
    pub(super) upload_id: String,
    pub(super) path: String,
    pub(super) initiated: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parts {
    pub(super) parts: Vec<SentPart>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SentPart {
    number: u16,
    etag: String,
    size: u64,
}

impl From<SentPart> for Part {
    fn from(part: SentPart) -> Self {
        Self { number: part.number, etag: ETag::new(part.etag), size: part.size }
    }
}

impl From<&Part> for SentPart {
    fn from(part: &Part) -> Self {
        Self { number: part.number, etag: part.etag.as_str().to_owned(), size: part.size }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub(super) url: String,
}

/// Seconds since 1970 with decimals, as the API writes times.
pub(super) fn moment(seconds: f64) -> Option<Timestamp> {
    jiff::SignedDuration::try_from_secs_f64(seconds).ok().and_then(|since| Timestamp::from_duration(since).ok())
}

/// An answer that is not as the API says did not come from a gateway, or from one of another age.
pub(super) fn foreign(status: u16) -> Error {
    Error::Unreachable(crate::error::Unreachable::NotS3 { status })
}
