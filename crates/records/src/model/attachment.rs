//! What a record says of a file that is attached to it, named as FHIR's Attachment is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name of an attachment in the bucket: a keyed digest of its content, different for each member.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttachmentName(pub [u8; 32]);

/// The text is not 64 digits of lower-case hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the name of an attachment")]
pub struct NotAName;

impl fmt::Display for AttachmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for AttachmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AttachmentName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAName)?;
        let name = Self(bytes);
        (name.to_string() == text).then_some(name).ok_or(NotAName)
    }
}

impl TryFrom<String> for AttachmentName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        text.parse()
    }
}

impl From<AttachmentName> for String {
    fn from(name: AttachmentName) -> Self {
        name.to_string()
    }
}

/// A file of a record. Also the content of its `metadata.blob`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Where its bytes are.
    pub name: AttachmentName,
    /// The file's name (Attachment.title).
    pub title: String,
    /// MIME type (Attachment.contentType).
    pub content_type: String,
    /// Bytes (Attachment.size).
    pub size: u64,
}

/// Shows what the provider may know as well.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").field("name", &self.name).field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_64_digits_of_lower_case_hex() {
        let good = "0a".repeat(32);
        assert_eq!(good.parse::<AttachmentName>().unwrap().to_string(), good);
        for bad in ["", "0a", &"0A".repeat(32), &"0a".repeat(33), &"zz".repeat(32)] {
            assert_eq!(bad.parse::<AttachmentName>(), Err(NotAName), "{bad}");
        }
    }
}
