//! Old versions, all of them or as the place was at a moment, page by page.

use holdfast_storage::{Key, ListRequest, Version, VersionPage, as_of::AsOf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StorageTools, bad, moment};
use crate::{
    AppError, Result,
    dto::storage_tools::{VersionView, VersioningView, VersionsPage},
    error::Doing,
};

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    key: String,
    version: Option<String>,
    /// Of a listing of a moment: the key whose older versions are not wanted.
    decided: Option<String>,
}

impl StorageTools {
    /// One page of versions below a prefix. With a moment: the version that each file had then, without those that were
    /// deleted; pages without any are passed over.
    ///
    /// # Errors
    /// `no_versions` where the bucket keeps none; `bad_setting`.
    pub async fn versions(
        &self,
        prefix: &str,
        as_of: Option<&str>,
        continuation: Option<&str>,
    ) -> Result<VersionsPage> {
        let moment = as_of.map(moment).transpose()?;
        let mut cursor = continuation.map(cursor).transpose()?;
        if cursor.is_none() && matches!(self.versioning().await?, VersioningView::Off) {
            let error = holdfast_backup::Error::NoVersions;
            return Err(AppError::from_backup(&error, &self.open.context(Doing::List)));
        }
        loop {
            let (versions, next) = self.page(prefix, moment, cursor).await?;
            match next {
                Some(next) if versions.is_empty() => cursor = Some(next),
                next => {
                    let continuation = next.as_ref().and_then(|next| serde_json::to_string(next).ok());
                    return Ok(VersionsPage { versions: versions.into_iter().map(view).collect(), continuation });
                }
            }
        }
    }

    async fn page(
        &self,
        prefix: &str,
        moment: Option<Timestamp>,
        cursor: Option<Cursor>,
    ) -> Result<(Vec<Version>, Option<Cursor>)> {
        let request = ListRequest { prefix: prefix.to_owned(), ..ListRequest::default() };
        let decided = cursor.as_ref().and_then(|cursor| Key::new(cursor.decided.as_ref()?.as_str()).ok());
        let after = cursor.map(|cursor| (cursor.key, cursor.version));
        let page = self.open.store.list_versions(&request, after.as_ref()).await;
        let VersionPage { mut versions, continuation, .. } =
            page.map_err(|error| AppError::from_storage(&error, &self.open.context(Doing::List)))?;
        let mut decided_now = None;
        if let Some(moment) = moment {
            let mut as_of = AsOf::after(moment, decided);
            versions.retain(|row| as_of.takes(row));
            decided_now = as_of.decided().map(ToString::to_string);
        }
        let next = continuation.filter(|next| after.as_ref() != Some(next));
        Ok((versions, next.map(|(key, version)| Cursor { key, version, decided: decided_now })))
    }
}

fn cursor(text: &str) -> Result<Cursor> {
    serde_json::from_str(text)
        .map_err(|_| bad("the page of versions is not known any more", "begin again at the first page"))
}

fn view(row: Version) -> VersionView {
    VersionView {
        key: row.entry.key.to_string(),
        version_id: row.id.0,
        size: row.entry.size,
        last_modified: row.entry.last_modified.map(|at| at.to_string()).unwrap_or_default(),
        is_latest: row.is_latest,
        is_delete_marker: row.is_delete_marker,
        storage_class: row.entry.storage_class,
    }
}
