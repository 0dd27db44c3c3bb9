//! The listing of versions and delete markers.

use holdfast_storage::{ListRequest, Version, VersionPage};
use s3s::{S3ErrorCode, S3Request, S3Response, dto::*};

use super::{
    Answer, Backend,
    errors::{answer, s3},
    listing::{Names, page_size},
    signed, tag, time,
};

impl Backend {
    pub(super) async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Answer<ListObjectVersionsOutput> {
        let input = request.input;
        let names = Names::of(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys, "max-keys")?;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let key_marker = input.key_marker.clone().filter(|marker| !marker.is_empty());
        let id_marker = input.version_id_marker.clone().filter(|marker| !marker.is_empty());
        if id_marker.is_some() && key_marker.is_none() {
            return Err(s3(
                S3ErrorCode::InvalidArgument,
                "A version-id marker cannot be specified without a key marker.",
            ));
        }
        let list = ListRequest {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
            max_keys: Some(max_keys),
            ..ListRequest::default()
        };
        let after = key_marker.map(|key| (key, id_marker));
        let page = match max_keys {
            0 => VersionPage::default(),
            _ => store.list_versions(&list, after.as_ref()).await.map_err(answer)?,
        };
        let (next_key, next_id) = page.continuation.clone().unzip();
        let (markers, versions): (Vec<_>, Vec<_>) = page.versions.into_iter().partition(|row| row.is_delete_marker);
        Ok(S3Response::new(ListObjectVersionsOutput {
            common_prefixes: Some(names.groups(&page.prefixes)),
            delete_markers: Some(markers.into_iter().map(|row| marker_row(names, row)).collect()),
            delimiter: names.opt(input.delimiter),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.continuation.is_some()),
            key_marker: Some(names.text(&input.key_marker.unwrap_or_default())),
            max_keys: Some(i32::from(max_keys)),
            name: Some(input.bucket),
            next_key_marker: names.opt(next_key),
            next_version_id_marker: next_id.flatten(),
            prefix: Some(names.text(&input.prefix.unwrap_or_default())),
            version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
            versions: Some(versions.into_iter().map(|row| version_row(names, row)).collect()),
            ..ListObjectVersionsOutput::default()
        }))
    }
}

fn version_row(names: Names, row: Version) -> ObjectVersion {
    ObjectVersion {
        e_tag: row.entry.etag.as_ref().map(tag),
        is_latest: Some(row.is_latest),
        key: Some(names.text(row.entry.key.as_str())),
        last_modified: row.entry.last_modified.map(time),
        owner: Some(super::owner()),
        size: Some(signed(row.entry.size)),
        storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
        version_id: Some(row.id.0),
        ..ObjectVersion::default()
    }
}

fn marker_row(names: Names, row: Version) -> DeleteMarkerEntry {
    DeleteMarkerEntry {
        is_latest: Some(row.is_latest),
        key: Some(names.text(row.entry.key.as_str())),
        last_modified: row.entry.last_modified.map(time),
        owner: Some(super::owner()),
        version_id: Some(row.id.0),
    }
}
