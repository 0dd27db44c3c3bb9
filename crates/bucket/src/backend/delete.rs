//! Removing objects, one or many, newest or by version.

use std::collections::BTreeMap;

use holdfast_storage::{DeleteOptions, Deleted, ETag, Key, ObjectStore, Result, VersionId};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition,
        Error as DeleteError, ObjectIdentifier,
    },
};

use super::{
    Answer, Backend,
    errors::{answer, not_offered, s3},
    headers::only_query,
    key,
};

/// Most keys in one request.
const MAX_KEYS: usize = 1000;

impl Backend {
    pub(super) async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        only_query(&request.uri, &["versionId"])?;
        let input = request.input;
        if input.mfa.is_some() || input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
            return Err(not_offered("This condition of a delete is not offered."));
        }
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let options = DeleteOptions {
            version: input.version_id.map(VersionId),
            // `*` asks for any object, and to delete none is no error.
            if_match: input.if_match.and_then(ETagCondition::into_etag).map(|etag| ETag::new(etag.value())),
        };
        let deleted = store.delete(&key(&input.key)?, &options).await.map_err(answer)?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: deleted.delete_marker.then_some(true),
            version_id: deleted.version.map(|version| version.0),
            ..DeleteObjectOutput::default()
        }))
    }

    pub(super) async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        let input = request.input;
        if input.mfa.is_some() {
            return Err(not_offered("MFA Delete is not offered."));
        }
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let rows = input.delete.objects;
        if rows.is_empty() || rows.len() > MAX_KEYS {
            return Err(s3(
                S3ErrorCode::MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published schema",
            ));
        }
        let results = delete_rows(store.as_ref(), &rows).await?;
        let quiet = input.delete.quiet.unwrap_or(false);
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for (row, result) in rows.iter().zip(results) {
            match result {
                Ok(_) if quiet => {}
                Ok(done) => deleted.push(deleted_row(row, done)),
                Err(error) => errors.push(error_row(row, &error)),
            }
        }
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted),
            errors: Some(errors),
            ..DeleteObjectsOutput::default()
        }))
    }
}

/// One result per row. Rows without version and condition go to the store in one call.
async fn delete_rows(store: &dyn ObjectStore, rows: &[ObjectIdentifier]) -> S3Result<Vec<S3Result<Deleted>>> {
    let plain: BTreeMap<usize, Key> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.version_id.is_none() && row.e_tag.is_none() && !has_odd_condition(row))
        .filter_map(|(at, row)| Some((at, Key::new(&row.key).ok()?)))
        .collect();
    let keys: Vec<Key> = plain.values().cloned().collect();
    let together: Vec<Result<Deleted>> = match keys.is_empty() {
        true => Vec::new(),
        false => store.delete_many(&keys).await.map_err(answer)?,
    };
    let mut together = plain.into_keys().zip(together).collect::<BTreeMap<_, _>>();
    let mut results = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        results.push(match together.remove(&at) {
            Some(result) => result.map_err(answer),
            None => delete_row(store, row).await,
        });
    }
    Ok(results)
}

fn has_odd_condition(row: &ObjectIdentifier) -> bool {
    row.size.is_some() || row.last_modified_time.is_some()
}

async fn delete_row(store: &dyn ObjectStore, row: &ObjectIdentifier) -> S3Result<Deleted> {
    if has_odd_condition(row) {
        return Err(not_offered("This condition of a delete is not offered."));
    }
    let options = DeleteOptions {
        version: row.version_id.clone().map(VersionId),
        if_match: row.e_tag.as_ref().map(|etag| ETag::new(etag.value())),
    };
    store.delete(&key(&row.key)?, &options).await.map_err(answer)
}

/// AWS tells a marker that was written from a marker that was removed by where its id stands.
fn deleted_row(row: &ObjectIdentifier, done: Deleted) -> DeletedObject {
    let id = done.version.map(|version| version.0);
    DeletedObject {
        delete_marker: done.delete_marker.then_some(true),
        delete_marker_version_id: id.filter(|_| done.delete_marker),
        key: Some(row.key.clone()),
        version_id: row.version_id.clone(),
    }
}

fn error_row(row: &ObjectIdentifier, error: &S3Error) -> DeleteError {
    DeleteError {
        code: Some(error.code().as_str().to_owned()),
        key: Some(row.key.clone()),
        message: error.message().map(str::to_owned),
        version_id: row.version_id.clone(),
    }
}
