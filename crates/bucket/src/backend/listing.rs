//! Listings, version 1 and 2, and the encoding of their names.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use holdfast_storage::{ListPage, ListRequest, Listed};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, dto::*};

use super::{
    Answer, Backend,
    errors::{answer, s3},
    signed, tag, time,
};

/// Most rows of a page.
pub(super) const MAX_PAGE: i32 = 1000;

/// What `encoding-type=url` leaves as it is. A space becomes `%20`, which every client decodes; `+` becomes `%2B`.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

impl Backend {
    pub(super) async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        let input = request.input;
        let names = Names::of(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys, "max-keys")?;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let list = ListRequest {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
            start_after: input.start_after.clone().filter(|after| !after.is_empty()),
            continuation: input.continuation_token.as_deref().map(read_token).transpose()?,
            max_keys: Some(max_keys),
        };
        let page = match max_keys {
            0 => ListPage::default(),
            _ => store.list(&list).await.map_err(answer)?,
        };
        let key_count = page.objects.len() + page.prefixes.len();
        let with_owner = input.fetch_owner.unwrap_or(false);
        Ok(S3Response::new(ListObjectsV2Output {
            common_prefixes: Some(names.groups(&page.prefixes)),
            contents: Some(page.objects.into_iter().map(|row| names.row(row, with_owner)).collect()),
            continuation_token: input.continuation_token,
            delimiter: names.opt(input.delimiter),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.continuation.is_some()),
            key_count: Some(key_count as i32),
            max_keys: Some(i32::from(max_keys)),
            name: Some(input.bucket),
            next_continuation_token: page.continuation.map(|token| BASE64_URL_SAFE_NO_PAD.encode(token)),
            prefix: Some(names.text(&input.prefix.unwrap_or_default())),
            start_after: names.opt(input.start_after),
            ..ListObjectsV2Output::default()
        }))
    }

    pub(super) async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        let input = request.input;
        let names = Names::of(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys, "max-keys")?;
        let store = self.open(&input.bucket, input.expected_bucket_owner.as_ref()).await?;
        let delimiter = input.delimiter.clone().filter(|delimiter| !delimiter.is_empty());
        let marker = input.marker.clone().unwrap_or_default();
        let list = ListRequest {
            prefix: input.prefix.clone().unwrap_or_default(),
            start_after: after_marker(&marker, delimiter.as_deref()),
            delimiter,
            continuation: None,
            max_keys: Some(max_keys),
        };
        let page = match max_keys {
            0 => ListPage::default(),
            _ => store.list(&list).await.map_err(answer)?,
        };
        let next_marker = page.continuation.as_ref().and_then(|_| last_name(&page));
        Ok(S3Response::new(ListObjectsOutput {
            is_truncated: Some(page.continuation.is_some()),
            common_prefixes: Some(names.groups(&page.prefixes)),
            contents: Some(page.objects.into_iter().map(|row| names.row(row, true)).collect()),
            delimiter: names.opt(input.delimiter),
            encoding_type: input.encoding_type,
            marker: Some(names.text(&marker)),
            max_keys: Some(i32::from(max_keys)),
            name: Some(input.bucket),
            next_marker: names.opt(next_marker),
            prefix: Some(names.text(&input.prefix.unwrap_or_default())),
            ..ListObjectsOutput::default()
        }))
    }
}

/// Where a page of version 1 begins. A marker that is a group stands behind everything in the group.
fn after_marker(marker: &str, delimiter: Option<&str>) -> Option<String> {
    match delimiter {
        _ if marker.is_empty() => None,
        Some(delimiter) if marker.ends_with(delimiter) => Some(format!("{marker}{}", char::MAX)),
        _ => Some(marker.to_owned()),
    }
}

/// The last row of a page, key or group.
fn last_name(page: &ListPage) -> Option<String> {
    let key = page.objects.last().map(|row| row.key.as_str());
    key.max(page.prefixes.last().map(String::as_str)).map(str::to_owned)
}

/// The continuation that a token stands for. Clients must not look into it, so it is not readable at a glance.
fn read_token(token: &str) -> S3Result<String> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| s3(S3ErrorCode::InvalidArgument, "The continuation token provided is incorrect"))
}

/// How many rows a page may have: what was asked, at most 1,000.
pub(super) fn page_size(asked: Option<i32>, name: &'static str) -> S3Result<u16> {
    let asked = asked.unwrap_or(MAX_PAGE);
    u16::try_from(asked.min(MAX_PAGE)).map_err(|_| {
        s3s::S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            format!("Argument {name} must be an integer between 0 and 2147483647"),
        )
    })
}

/// How names stand in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Plain,
    UrlEncoded,
}

impl Names {
    pub(super) fn of(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::UrlEncoded),
            Some(_) => Err(s3(S3ErrorCode::InvalidArgument, "Invalid Encoding Method specified in Request")),
        }
    }

    pub(super) fn text(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::UrlEncoded => utf8_percent_encode(name, PLAIN).to_string(),
        }
    }

    pub(super) fn opt(self, name: Option<String>) -> Option<String> {
        name.map(|name| self.text(&name))
    }

    pub(super) fn groups(self, prefixes: &[String]) -> Vec<CommonPrefix> {
        prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.text(prefix)) }).collect()
    }

    fn row(self, row: Listed, with_owner: bool) -> Object {
        Object {
            e_tag: row.etag.as_ref().map(tag),
            key: Some(self.text(row.key.as_str())),
            last_modified: row.last_modified.map(time),
            owner: with_owner.then(super::owner),
            size: Some(signed(row.size)),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Object::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_so_that_every_client_decodes_them() {
        let table = [
            ("a/b", "a/b"),
            ("a b+c", "a%20b%2Bc"),
            ("é", "%C3%A9"),
            ("100%", "100%25"),
            ("\u{1}\n", "%01%0A"),
            ("~_-.", "~_-."),
        ];
        for (name, encoded) in table {
            assert_eq!(Names::UrlEncoded.text(name), encoded);
            assert_eq!(Names::Plain.text(name), name);
        }
    }

    #[test]
    fn a_marker_that_is_a_group_skips_the_group() {
        assert_eq!(after_marker("", Some("/")), None);
        assert_eq!(after_marker("a", Some("/")).as_deref(), Some("a"));
        assert_eq!(after_marker("a/", None).as_deref(), Some("a/"));
        assert!(after_marker("a/", Some("/")).unwrap().as_str() > "a/zzz");
    }

    #[test]
    fn a_page_has_at_most_a_thousand_rows() {
        for (asked, size) in [(None, Some(1000)), (Some(0), Some(0)), (Some(5000), Some(1000)), (Some(-1), None)] {
            assert_eq!(page_size(asked, "max-keys").ok(), size);
        }
    }
}
