//! Unfinished uploads and their parts, listed.

use holdfast_storage::{Part, Upload, UploadInfo};
use s3s::{
    S3Request, S3Response,
    dto::{self, *},
};

use super::{
    Answer, Backend,
    errors::answer,
    headers::only_query,
    key,
    listing::{Names, page_size},
    signed, tag, time,
};

impl Backend {
    pub(super) async fn list_parts(&self, request: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        only_query(&request.uri, &["uploadId", "max-parts", "part-number-marker"])?;
        let input = request.input;
        let max = page_size(input.max_parts, "max-parts")?;
        let marker = input.part_number_marker.unwrap_or(0);
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let upload = Upload { key: key(&input.key)?, id: input.upload_id.clone() };
        let mut parts = store.list_parts(&upload).await.map_err(answer)?;
        parts.retain(|part| i32::from(part.number) > marker);
        let truncated = max > 0 && parts.len() > usize::from(max);
        parts.truncate(usize::from(max));
        let last = parts.last().map(|part| i32::from(part.number));
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            initiator: Some(Initiator { display_name: Some(super::OWNER.into()), id: Some(super::OWNER.into()) }),
            is_truncated: Some(truncated),
            key: Some(input.key),
            max_parts: Some(i32::from(max)),
            next_part_number_marker: last.filter(|_| truncated),
            owner: Some(super::owner()),
            part_number_marker: Some(marker),
            parts: Some(parts.iter().map(part_row).collect()),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            upload_id: Some(input.upload_id),
            ..ListPartsOutput::default()
        }))
    }

    pub(super) async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        let input = request.input;
        let names = Names::of(input.encoding_type.as_ref())?;
        let max = page_size(input.max_uploads, "max-uploads")?;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let all = store.list_uploads(&prefix).await.map_err(answer)?;
        let after = After {
            key: input.key_marker.clone().unwrap_or_default(),
            id: input.upload_id_marker.clone().filter(|id| !id.is_empty()),
        };
        let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
        let page = page(all, &prefix, delimiter, &after, usize::from(max));
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            common_prefixes: Some(names.groups(&page.groups)),
            delimiter: names.opt(input.delimiter.clone()),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.next.is_some()),
            key_marker: Some(names.text(&after.key)),
            max_uploads: Some(i32::from(max)),
            next_key_marker: page.next.as_ref().map(|(key, _)| names.text(key)),
            next_upload_id_marker: page.next.and_then(|(_, id)| id),
            prefix: Some(names.text(&prefix)),
            upload_id_marker: input.upload_id_marker,
            uploads: Some(page.uploads.into_iter().map(|info| upload_row(names, info)).collect()),
            ..ListMultipartUploadsOutput::default()
        }))
    }
}

/// Where a page begins.
struct After {
    key: String,
    id: Option<String>,
}

impl After {
    /// Whether an upload stands behind this place. Without an upload id the whole key is behind it.
    fn is_before(&self, upload: &Upload) -> bool {
        match &self.id {
            None => self.key.is_empty() || upload.key.as_str() > self.key.as_str(),
            Some(id) => (upload.key.as_str(), upload.id.as_str()) > (self.key.as_str(), id.as_str()),
        }
    }
}

#[derive(Default)]
struct Page {
    uploads: Vec<UploadInfo>,
    groups: Vec<String>,
    next: Option<(String, Option<String>)>,
}

/// One page of all uploads, by key and then id, grouped by the delimiter.
fn page(mut all: Vec<UploadInfo>, prefix: &str, delimiter: Option<&str>, after: &After, max: usize) -> Page {
    all.sort_by(|a, b| (&a.upload.key, &a.upload.id).cmp(&(&b.upload.key, &b.upload.id)));
    let (mut page, mut last) = (Page::default(), None);
    for info in all.into_iter().filter(|info| after.is_before(&info.upload)) {
        let group = group_of(info.upload.key.as_str(), prefix, delimiter);
        let seen = group.as_ref().is_some_and(|g| page.groups.last() == Some(g) || after.key.starts_with(g.as_str()));
        if seen {
            continue;
        }
        if page.uploads.len() + page.groups.len() == max {
            page.next = last;
            return page;
        }
        match group {
            Some(group) => {
                last = Some((group.clone(), None));
                page.groups.push(group);
            }
            None => {
                last = Some((info.upload.key.to_string(), Some(info.upload.id.clone())));
                page.uploads.push(info);
            }
        }
    }
    page
}

fn group_of(key: &str, prefix: &str, delimiter: Option<&str>) -> Option<String> {
    let delimiter = delimiter?;
    let end = key.strip_prefix(prefix)?.find(delimiter)? + prefix.len() + delimiter.len();
    Some(key[..end].to_owned())
}

fn part_row(part: &Part) -> dto::Part {
    dto::Part {
        e_tag: Some(tag(&part.etag)),
        part_number: Some(i32::from(part.number)),
        size: Some(signed(part.size)),
        ..dto::Part::default()
    }
}

fn upload_row(names: Names, info: UploadInfo) -> MultipartUpload {
    MultipartUpload {
        initiated: info.initiated.map(time),
        initiator: Some(Initiator { display_name: Some(super::OWNER.into()), id: Some(super::OWNER.into()) }),
        key: Some(names.text(info.upload.key.as_str())),
        owner: Some(super::owner()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(info.upload.id),
        ..MultipartUpload::default()
    }
}

#[cfg(test)]
mod tests {
    use holdfast_storage::Key;

    use super::*;

    fn info(key: &str, id: &str) -> UploadInfo {
        UploadInfo { upload: Upload { key: Key::new(key).unwrap(), id: id.into() }, initiated: None }
    }

    #[test]
    fn pages_of_uploads_join_without_gap_or_repeat() {
        let all = || vec![info("a", "2"), info("a", "1"), info("b/x", "3"), info("b/y", "4"), info("c", "5")];
        for max in 1..=5 {
            let (mut seen, mut after) = (Vec::new(), After { key: String::new(), id: None });
            loop {
                let page = page(all(), "", Some("/"), &after, max);
                seen.extend(page.uploads.iter().map(|u| u.upload.id.clone()));
                seen.extend(page.groups);
                let Some((key, id)) = page.next else { break };
                after = After { key, id };
            }
            seen.sort();
            assert_eq!(seen, ["1", "2", "5", "b/"], "pages of {max}");
        }
    }
}
