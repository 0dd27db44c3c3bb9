//! The fields of a form beside its file, read and checked. Pure.

use std::collections::BTreeMap;

use holdfast_storage::{ETag, Metadata, WriteOptions};

use crate::error::{Answer, ApiError, shown};

/// SHA-256.
pub(crate) type Digest = [u8; 32];

/// Bytes of user metadata that S3 takes, names and values.
const MAX_METADATA: usize = 2048;

/// What came beside the file.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) path: Option<String>,
    pub(crate) digest: Option<Digest>,
    pub(crate) content_type: Option<String>,
    pub(crate) if_absent: bool,
    pub(crate) if_match: Option<ETag>,
    mtime: Option<String>,
    metadata: Option<Metadata>,
    storage_class: Option<String>,
}

fn bad(field: &str, why: &str) -> ApiError {
    ApiError::bad_request("bad_field", format!("the field {field} {why}"), "See /openapi.json for the form of fields.")
}

/// Reads 64 hexadecimal digits.
pub(crate) fn parse_digest(field: &str, text: &str) -> Answer<Digest> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).map_err(|_| bad(field, "is not 64 hexadecimal digits"))?;
    Ok(digest)
}

/// Unix seconds with up to nine decimals.
pub(crate) fn check_mtime(text: &str) -> Answer<()> {
    let (seconds, decimals) = text.strip_prefix('-').unwrap_or(text).split_once('.').unwrap_or((text, "0"));
    let seconds = seconds.strip_prefix('-').unwrap_or(seconds);
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match digits(seconds, 12) && digits(decimals, 9) {
        true => Ok(()),
        false => Err(bad("mtime", "is not a number of seconds with up to nine decimals")),
    }
}

/// Names that a header can have, values without controls, and not more than S3 takes.
pub(crate) fn check_metadata(metadata: &Metadata) -> Answer<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    for (name, value) in metadata {
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(bad("metadata", &format!("has the name {}: only a-z, 0-9, -, _ and . fit", shown(name))));
        }
        if value.chars().any(char::is_control) {
            return Err(bad("metadata", &format!("has a control character in {name}")));
        }
    }
    match metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() <= MAX_METADATA {
        true => Ok(()),
        false => Err(bad("metadata", "has more than 2,048 bytes")),
    }
}

/// Letters, digits and `_`.
pub(crate) fn check_class(text: &str) -> Answer<()> {
    let good = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    good.then_some(()).ok_or_else(|| bad("storage_class", "is not the name of a storage class"))
}

impl Fields {
    /// Takes one field. Each comes at most once.
    pub(crate) fn take(&mut self, name: &str, text: String) -> Answer<()> {
        let taken = match name {
            "path" => self.path.replace(text).is_none(),
            "sha256" => self.digest.replace(parse_digest("sha256", &text)?).is_none(),
            "mtime" => {
                check_mtime(&text)?;
                self.mtime.replace(text).is_none()
            }
            "metadata" => self.metadata.replace(parse_metadata(&text)?).is_none(),
            "if_absent" => match text.as_str() {
                "true" => !std::mem::replace(&mut self.if_absent, true),
                "false" => true,
                _ => return Err(bad("if_absent", "is neither true nor false")),
            },
            "if_match" if is_tag(&text) => self.if_match.replace(ETag::new(text)).is_none(),
            "if_match" => return Err(bad("if_match", "is not an ETag")),
            "storage_class" => {
                check_class(&text)?;
                self.storage_class.replace(text).is_none()
            }
            _ => return Err(bad(&shown(name), "is not known")),
        };
        taken.then_some(()).ok_or_else(|| bad(name, "came twice"))
    }

    /// Whether a field that S3 wants to know when an upload begins.
    pub(crate) fn is_early(name: &str) -> bool {
        matches!(name, "path" | "mtime" | "metadata" | "storage_class")
    }

    /// What the object is written with. `digest` is that of the content where it is known already: it is kept, unless
    /// the client says itself what is kept.
    pub(crate) fn options(&self, digest: Option<Digest>) -> WriteOptions {
        let mut metadata = self.metadata.clone().unwrap_or_default();
        if let Some(mtime) = &self.mtime {
            metadata.insert("mtime".into(), mtime.clone());
        }
        if let (Some(digest), None) = (digest.or(self.digest), &self.metadata) {
            metadata.insert("sha256".into(), hex::encode(digest));
        }
        WriteOptions {
            content_type: self.content_type.clone(),
            metadata,
            if_absent: self.if_absent,
            if_match: self.if_match.clone(),
            storage_class: self.storage_class.clone(),
            ..WriteOptions::default()
        }
    }

    /// Holds the content against what was announced.
    pub(crate) fn check(&self, path: &str, digest: &Digest) -> Answer<()> {
        let kept = self.metadata.as_ref().and_then(|metadata| metadata.get("sha256"));
        let other = kept.is_some_and(|kept| !kept.eq_ignore_ascii_case(&hex::encode(digest)));
        match other || self.digest.is_some_and(|announced| announced != *digest) {
            true => Err(ApiError::wrong_digest(path)),
            false => Ok(()),
        }
    }
}

/// What a header can have as an ETag.
pub(crate) fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn parse_metadata(text: &str) -> Answer<Metadata> {
    let read = serde_json::from_str::<BTreeMap<String, String>>(text);
    let metadata = read.map_err(|_| bad("metadata", "is not a JSON object of texts"))?;
    check_metadata(&metadata)?;
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_taken_or_refused_by_its_form() {
        let (digest, long) = ("ab".repeat(32), format!("{{\"a\":\"{}\"}}", "x".repeat(2048)));
        for (name, text, good) in [
            ("sha256", digest.as_str(), true),
            ("sha256", "ab", false),
            ("mtime", "1700000000.123456789", true),
            ("mtime", "-1.5", true),
            ("mtime", "0", true),
            ("mtime", "1.", false),
            ("mtime", "--1", false),
            ("mtime", "1e3", false),
            ("mtime", "", false),
            ("metadata", r#"{"a":"b"}"#, true),
            ("metadata", r#"{"A":"b"}"#, false),
            ("metadata", r#"{"a":1}"#, false),
            ("metadata", r#"{"a":"x\ny"}"#, false),
            ("metadata", &long, false),
            ("metadata", "[]", false),
            ("if_absent", "true", true),
            ("if_absent", "yes", false),
            ("if_match", "\"abc\"", true),
            ("if_match", "a b", false),
            ("storage_class", "STANDARD_IA", true),
            ("storage_class", "a\r\nb", false),
            ("owner", "me", false),
        ] {
            assert_eq!(Fields::default().take(name, text.into()).is_ok(), good, "{name} {text}");
        }
        let mut fields = Fields::default();
        fields.take("path", "a".into()).unwrap();
        assert!(fields.take("path", "b".into()).is_err());
    }

    #[test]
    fn the_digest_is_kept_unless_the_client_says_what_is_kept() {
        let mut fields = Fields::default();
        fields.take("mtime", "1.5".into()).unwrap();
        let kept = fields.options(Some([1; 32])).metadata;
        assert_eq!((kept["mtime"].as_str(), kept["sha256"].as_str()), ("1.5", hex::encode([1; 32]).as_str()));
        fields.take("metadata", r#"{"mode":"100644"}"#.into()).unwrap();
        let kept = fields.options(Some([1; 32])).metadata;
        assert_eq!(kept.keys().collect::<Vec<_>>(), ["mode", "mtime"]);
    }

    #[test]
    fn content_that_is_not_what_was_announced_is_refused() {
        let mut fields = Fields::default();
        fields.take("metadata", format!("{{\"sha256\":\"{}\"}}", hex::encode([1; 32]))).unwrap();
        assert!(fields.check("a", &[1; 32]).is_ok());
        assert_eq!(fields.check("a", &[2; 32]).unwrap_err().code, "wrong_digest");
    }
}
