//! Between the SDK's types and ours. Pure.

use aws_sdk_s3::primitives::DateTime;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::{Checksum, ETag, Error, Metadata, Result, VersionId, error::Unreachable};

pub(super) fn time(date: Option<&DateTime>) -> Option<Timestamp> {
    date.and_then(|d| Timestamp::from_nanosecond(d.as_nanos()).ok())
}

/// Header values are ASCII: anything else goes as percent-encoded UTF-8, the way rclone reads and writes it back.
pub(super) fn metadata_out(metadata: &Metadata) -> Option<std::collections::HashMap<String, String>> {
    const ESCAPED: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b'%');
    let encode = |value: &str| percent_encoding::utf8_percent_encode(value, ESCAPED).to_string();
    (!metadata.is_empty()).then(|| metadata.iter().map(|(k, v)| (k.clone(), encode(v))).collect())
}

pub(super) fn metadata_in(metadata: Option<std::collections::HashMap<String, String>>) -> Metadata {
    let decode = |value: String| match percent_decode_str(&value).decode_utf8() {
        Ok(text) => text.into_owned(),
        Err(_) => value,
    };
    metadata.unwrap_or_default().into_iter().map(|(k, v)| (k.to_lowercase(), decode(v))).collect()
}

pub(super) fn version(id: Option<String>) -> Option<VersionId> {
    id.map(VersionId)
}

/// An answer without an entity tag did not come from S3, whatever its status says.
pub(super) fn tag(etag: Option<String>) -> Result<ETag> {
    etag.map(ETag::new).ok_or(Error::Unreachable(Unreachable::NotS3 { status: 200 }))
}

pub(super) fn sha256_checksum(value: Option<String>) -> Option<Checksum> {
    value.map(|value| Checksum { algorithm: "SHA256".into(), value })
}

pub(super) fn decoded(text: String) -> String {
    match percent_decode_str(&text.replace('+', " ")).decode_utf8() {
        Ok(plain) => plain.into_owned(),
        Err(_) => text,
    }
}

/// Where a ranged answer begins and how large the whole object is; the status alone is not believed.
pub(super) fn content_range(header: Option<&str>) -> Option<(u64, u64, u64)> {
    let (span, total) = header?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    Some((first.parse().ok()?, last.parse::<u64>().ok()? + 1, total.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_read_exactly() {
        for (text, want) in [
            (Some("bytes 0-9/100"), Some((0, 10, 100))),
            (Some("bytes 90-99/100"), Some((90, 100, 100))),
            (Some("bytes */100"), None),
            (Some("items 0-9/100"), None),
            (None, None),
        ] {
            assert_eq!(content_range(text), want);
        }
    }
}
