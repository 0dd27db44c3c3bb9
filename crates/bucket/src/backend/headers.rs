//! From a request's headers to how an object is written, and back. A header that asks for something this bucket does
//! not do is refused: nothing is accepted in silence and then left undone.

use holdfast_storage::{Headers, Metadata, ObjectMeta, WriteOptions};
use http::{HeaderMap, Uri};
use s3s::{
    S3ErrorCode, S3Result,
    dto::{Timestamp, TimestampFormat},
};

use super::errors::{not_offered, s3};

/// User metadata may have so many bytes, names and values together (AWS S3 user guide, "Working with object metadata").
const MAX_METADATA: usize = 2048;

/// Headers that are kept with an object and given back as they came, beside the content type.
const KEPT: [&str; 4] = ["cache-control", "content-disposition", "content-encoding", "content-language"];

/// Query names that may stand in any request: the signature of a presigned one, and the SDKs' operation name.
const ANYWHERE: [&str; 9] = [
    "x-id",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
    "x-amz-content-sha256",
    "x-amz-user-agent",
];

/// Refuses a request whose query names a subresource that is not known: the protocol layer would take
/// `PUT /bucket/key?somethingNew` for a plain upload over the object.
pub(crate) fn only_query(uri: &Uri, known: &[&str]) -> S3Result<()> {
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default();
        let fits = known.contains(&name) || ANYWHERE.iter().any(|any| any.eq_ignore_ascii_case(name));
        if !fits {
            return Err(not_offered("A query parameter of this request is not offered here."));
        }
    }
    Ok(())
}

/// Refuses what a write may ask for and this bucket does not do: tags, encryption by the server, storage classes,
/// Object Lock, grants to others, redirects, appending.
pub(crate) fn refuse_unkept(headers: &HeaderMap) -> S3Result<()> {
    let has = |name: &str| headers.contains_key(name);
    let begins = |start: &str| headers.keys().any(|name| name.as_str().starts_with(start));
    if begins("x-amz-server-side-encryption") || begins("x-amz-copy-source-server-side-encryption") {
        return Err(not_offered("Encryption by the server is not offered; encrypt the disk or the content."));
    }
    if begins("x-amz-object-lock-") {
        return Err(s3(S3ErrorCode::InvalidRequest, "Bucket is missing Object Lock Configuration"));
    }
    if has("x-amz-tagging") || has("x-amz-website-redirect-location") || has("x-amz-write-offset-bytes") {
        return Err(not_offered("A header of this request asks for something that is not offered here."));
    }
    refuse_class(headers)?;
    refuse_grants(headers)
}

fn refuse_class(headers: &HeaderMap) -> S3Result<()> {
    match headers.get("x-amz-storage-class").map(|value| value.as_bytes()) {
        None | Some(b"STANDARD" | b"") => Ok(()),
        Some(_) => Err(s3(S3ErrorCode::InvalidStorageClass, "The storage class you specified is not valid")),
    }
}

/// There is one owner and nobody else; only what says so is accepted.
pub(crate) fn refuse_grants(headers: &HeaderMap) -> S3Result<()> {
    let acl = headers.get("x-amz-acl").map(|value| value.as_bytes());
    let own = matches!(acl, None | Some(b"private" | b"bucket-owner-full-control" | b"bucket-owner-read"));
    if !own || headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-")) {
        return Err(s3(S3ErrorCode::AccessControlListNotSupported, "The bucket does not allow ACLs"));
    }
    Ok(())
}

/// How an object is written, from the headers of a PUT, of the begin of an upload, or of a copy that replaces metadata.
pub(crate) fn write_options(
    headers: &HeaderMap,
    metadata: Option<s3s::dto::Metadata>,
    expires: Option<&Timestamp>,
) -> S3Result<WriteOptions> {
    let text = |name: &str| headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let mut kept: Headers =
        KEPT.into_iter().filter_map(|name| Some((name.to_owned(), plain(name, text(name)?)?))).collect();
    if let Some(date) = expires.and_then(http_date) {
        kept.insert("expires".to_owned(), date);
    }
    let metadata: Metadata = metadata.unwrap_or_default().into_iter().collect();
    if metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MAX_METADATA {
        return Err(s3(
            S3ErrorCode::MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    let content_type = text("content-type").filter(|value| !value.is_empty()).map(str::to_owned);
    Ok(WriteOptions { content_type, metadata, headers: kept, ..WriteOptions::default() })
}

/// The value to keep. `aws-chunked` is a property of the request, not of the object.
fn plain(name: &str, value: &str) -> Option<String> {
    if name != "content-encoding" {
        return Some(value.to_owned());
    }
    let codings: Vec<_> =
        value.split(',').map(str::trim).filter(|coding| !coding.is_empty() && *coding != "aws-chunked").collect();
    (!codings.is_empty()).then(|| codings.join(","))
}

fn http_date(time: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    time.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// The kept headers of an object, as an answer has them.
pub(crate) struct Kept {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) expires: Option<Timestamp>,
}

impl Kept {
    pub(crate) fn of(meta: &ObjectMeta) -> Self {
        let get = |name: &str| meta.headers.get(name).cloned();
        let expires = get("expires").and_then(|text| Timestamp::parse(TimestampFormat::HttpDate, &text).ok());
        Self {
            content_type: Some(meta.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned())),
            cache_control: get("cache-control"),
            content_disposition: get("content-disposition"),
            content_encoding: get("content-encoding"),
            content_language: get("content-language"),
            expires,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_of_the_request_is_not_kept_with_the_object() {
        let table = [
            ("gzip", Some("gzip")),
            ("aws-chunked", None),
            ("aws-chunked,gzip", Some("gzip")),
            ("gzip, aws-chunked", Some("gzip")),
            ("", None),
        ];
        for (value, kept) in table {
            assert_eq!(plain("content-encoding", value).as_deref(), kept, "{value}");
        }
    }

    #[test]
    fn an_unknown_subresource_is_refused() {
        let table = [
            ("/b/k", true),
            ("/b/k?x-id=PutObject", true),
            ("/b/k?X-Amz-Algorithm=A&X-Amz-Signature=S", true),
            ("/b/k?partNumber=1", true),
            ("/b/k?renameObject", false),
            ("/b/k?versionId=1", false),
            ("/b/k?x-amz-checksum-crc32=AAAAAA==", false),
        ];
        for (uri, good) in table {
            assert_eq!(only_query(&uri.parse().unwrap(), &["partNumber"]).is_ok(), good, "{uri}");
        }
    }

    #[test]
    fn promises_that_are_not_kept_are_refused() {
        let table = [
            ("x-amz-storage-class", "STANDARD", true),
            ("x-amz-storage-class", "GLACIER", false),
            ("x-amz-server-side-encryption", "AES256", false),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256", false),
            ("x-amz-tagging", "a=b", false),
            ("x-amz-object-lock-mode", "GOVERNANCE", false),
            ("x-amz-acl", "private", true),
            ("x-amz-acl", "public-read", false),
            ("x-amz-grant-read", "id=1", false),
            ("x-amz-meta-a", "b", true),
        ];
        for (name, value, good) in table {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            assert_eq!(refuse_unkept(&headers).is_ok(), good, "{name}: {value}");
        }
    }
}
