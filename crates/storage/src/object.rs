//! The nouns of S3: what an object, a listing, a version and an upload are.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

use jiff::Timestamp;

use crate::{ByteStream, Key, PartsCheck};

/// An entity tag without its quotes. Says whether an object changed; never compared with an MD5.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ETag(String);

impl ETag {
    /// Takes a tag as a header or listing has it, with or without quotes.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim_matches('"').to_owned())
    }
    /// The tag without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The tag as a header wants it.
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quoted())
    }
}

/// Names one version of an object in a bucket that keeps versions. `"null"` is S3's name for a version made without.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId(pub String);

/// User metadata: names in lower case without `x-amz-meta-`, values as text (at most 2 KiB together).
pub type Metadata = BTreeMap<String, String>;

/// Standard headers kept with an object beside its MIME type, by lower-case name: `cache-control`,
/// `content-disposition`, `content-encoding`, `content-language`, `expires`.
pub type Headers = BTreeMap<String, String>;

/// Server-side encryption asked for or seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// SSE-S3 (`AES256`).
    S3,
    /// SSE-KMS, with a key id or the account's default key.
    Kms {
        /// Key id or ARN.
        key_id: Option<String>,
    },
}

impl Encryption {
    /// Whether what a server reports is what was asked of it. Keys are told by their ARN, whatever they were asked by; an
    /// alias does not tell its key, so any is taken.
    pub fn is_met_by(&self, seen: Option<&Self>) -> bool {
        match (self, seen) {
            (_, None) => false,
            (Self::S3 | Self::Kms { key_id: None }, Some(Self::Kms { .. })) => true,
            (Self::S3, Some(Self::S3)) => true,
            (Self::Kms { .. }, Some(Self::S3)) => false,
            (Self::Kms { key_id: Some(asked) }, Some(Self::Kms { key_id })) => {
                key_id.as_deref().is_none_or(|seen| same_key(asked, seen))
            }
        }
    }
}

fn same_key(asked: &str, seen: &str) -> bool {
    let name = |id: &str| id.rsplit([':', '/']).next().unwrap_or_default().to_owned();
    let is_alias = |id: &str| id.starts_with("alias/") || id.contains(":alias/");
    is_alias(asked) || asked == seen || (!(is_arn(asked) && is_arn(seen)) && name(asked) == name(seen))
}

fn is_arn(id: &str) -> bool {
    id.starts_with("arn:")
}

/// A stored checksum: S3's algorithm name (`SHA256`, `CRC32C`, …) and the value in base64, with `-N` for composites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.
    pub algorithm: String,
    /// Base64.
    pub value: String,
}

/// Everything known of an object but its content.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectMeta {
    /// Size in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: ETag,
    /// When the server stored it.
    pub last_modified: Timestamp,
    /// MIME type.
    pub content_type: Option<String>,
    /// User metadata.
    pub metadata: Metadata,
    /// Standard headers kept with it.
    pub headers: Headers,
    /// Version, in a bucket that keeps versions.
    pub version: Option<VersionId>,
    /// Storage class where it is not the standard one.
    pub storage_class: Option<String>,
    /// Server-side encryption the server reports.
    pub encryption: Option<Encryption>,
    /// Checksum stored with it.
    pub checksum: Option<Checksum>,
    /// The parts it was made from as runs of equal ones (bytes of each, how many), in order. Empty where it was written in
    /// one piece or the place does not say.
    pub parts: Vec<(u64, u32)>,
}

impl ObjectMeta {
    /// Which bytes part `number` (from 1) is, and how many parts there are; `None` when there is no such part.
    pub fn part(&self, number: u32) -> Option<(Range<u64>, u32)> {
        let count = self.parts.iter().map(|(_, count)| count).sum();
        let (mut start, mut before) = (0, 0);
        for (size, many) in &self.parts {
            if number > before && number <= before + many {
                start += size * u64::from(number - before - 1);
                return Some((start..start + size, count));
            }
            (start, before) = (start + size * u64::from(*many), before + many);
        }
        None
    }
}

/// Conditions and version of a read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Only these bytes (end exclusive; an end beyond the object is cut).
    pub range: Option<ReadRange>,
    /// Only if the object still has this tag.
    pub if_match: Option<ETag>,
    /// Only if the object no longer has this tag.
    pub if_none_match: Option<ETag>,
    /// This version instead of the newest.
    pub version: Option<VersionId>,
}

/// Which bytes to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadRange {
    /// From `start` up to but not including `end`.
    Span {
        /// First byte.
        start: u64,
        /// One past the last byte.
        end: u64,
    },
    /// From this byte to the end.
    From(u64),
    /// The last so many bytes.
    Last(u64),
}

impl ReadRange {
    /// Which bytes of an object of `size` bytes this asks for, or `None` when there is none of them (416).
    pub fn resolve(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Span { start, end } => start..end.min(size),
            Self::From(start) => start..size,
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        (range.start < range.end).then_some(range)
    }

    /// As the `Range` header has it.
    pub fn header(self) -> String {
        match self {
            Self::Span { start, end } => format!("bytes={start}-{}", end.saturating_sub(1)),
            Self::From(start) => format!("bytes={start}-"),
            Self::Last(count) => format!("bytes=-{count}"),
        }
    }
}

/// An object with its content.
pub struct GetObject {
    /// The whole object's facts (its `size` is that of the whole object).
    pub meta: ObjectMeta,
    /// Which bytes follow.
    pub range: Range<u64>,
    /// The bytes; exactly `range`, or an error before the end.
    pub body: ByteStream,
}

/// How an object is written.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// MIME type.
    pub content_type: Option<String>,
    /// User metadata.
    pub metadata: Metadata,
    /// Standard headers to keep with it. A store that cannot keep one leaves it out.
    pub headers: Headers,
    /// Create only: fail when the key exists (`If-None-Match: *`).
    pub if_absent: bool,
    /// Replace only this (`If-Match`).
    pub if_match: Option<ETag>,
    /// Storage class.
    pub storage_class: Option<String>,
    /// Server-side encryption.
    pub encryption: Option<Encryption>,
    /// Checksum to send and to keep.
    pub checksum: Option<Checksum>,
    /// What the checksum of an object in parts shall be, for the check of its completion.
    pub parts_checksum: Option<PartsChecksum>,
}

/// What the checksum of an object that is made from parts is computed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsChecksum {
    /// As in [`Checksum`].
    pub algorithm: String,
    /// Over the whole content, and not over the checksums of the parts.
    pub whole: bool,
}

/// What the server confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// New entity tag.
    pub etag: ETag,
    /// New version, in a bucket that keeps versions.
    pub version: Option<VersionId>,
}

/// A server-side copy.
#[derive(Debug, Clone)]
pub struct CopyFrom {
    /// Source key.
    pub key: Key,
    /// Source version instead of the newest.
    pub version: Option<VersionId>,
    /// Only if the source still has this tag.
    pub if_match: Option<ETag>,
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// Keys that begin with this.
    pub prefix: String,
    /// Groups everything behind the first occurrence after the prefix, usually `/`.
    pub delimiter: Option<String>,
    /// Keys after this one, in byte order.
    pub start_after: Option<String>,
    /// Goes on where a page ended.
    pub continuation: Option<String>,
    /// At most so many rows, 1 to 1,000.
    pub max_keys: Option<u16>,
}

/// A page of a listing, in byte order of the keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListPage {
    /// Objects.
    pub objects: Vec<Listed>,
    /// Groups, with their delimiter.
    pub prefixes: Vec<String>,
    /// Where the next page begins; `None` on the last.
    pub continuation: Option<String>,
}

/// A row of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Key.
    pub key: Key,
    /// Size in bytes.
    pub size: u64,
    /// Entity tag where the server lists it.
    pub etag: Option<ETag>,
    /// When the server stored it.
    pub last_modified: Option<Timestamp>,
    /// Storage class.
    pub storage_class: Option<String>,
}

/// A page of versions: per key in byte order, the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VersionPage {
    /// Versions and delete markers.
    pub versions: Vec<Version>,
    /// Groups, with their delimiter.
    pub prefixes: Vec<String>,
    /// Where the next page begins: key and version marker.
    pub continuation: Option<(String, Option<String>)>,
}

/// One version of an object, or the marker that it was deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The row's facts; size 0 and no tag for a delete marker.
    pub entry: Listed,
    /// Its id.
    pub id: VersionId,
    /// Whether it is the newest.
    pub is_latest: bool,
    /// Whether it says "deleted".
    pub is_delete_marker: bool,
}

/// Whether a bucket keeps old versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versioning {
    /// Never switched on.
    #[default]
    Off,
    /// Every write makes a version.
    On,
    /// Switched off again; old versions stay.
    Suspended,
}

/// How an object is removed.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Removes this version for good instead of the newest.
    pub version: Option<VersionId>,
    /// Only if the object still has this tag. Many servers ignore it.
    pub if_match: Option<ETag>,
}

/// What a delete did. Deleting what is not there is no error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The delete marker written, or the version removed.
    pub version: Option<VersionId>,
    /// Whether a marker was written (or removed) instead of content.
    pub delete_marker: bool,
}

/// An unfinished multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The key it will become.
    pub key: Key,
    /// The server's id.
    pub id: String,
}

/// An unfinished upload as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct UploadInfo {
    /// Which.
    pub upload: Upload,
    /// When it began.
    pub initiated: Option<Timestamp>,
}

/// A part the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// 1 to 10,000.
    pub number: u16,
    /// Its tag.
    pub etag: ETag,
    /// Its size in bytes.
    pub size: u64,
}

/// Conditions of a completion.
#[derive(Debug, Clone, Default)]
pub struct CompleteOptions {
    /// Create only.
    pub if_absent: bool,
    /// Replace only this.
    pub if_match: Option<ETag>,
    /// What is to be made of the content before it becomes the object.
    pub check: Option<Arc<dyn PartsCheck>>,
}

impl CompleteOptions {
    /// Refuses a check of the content that cannot be left out, for a place that does not see the content.
    pub(crate) fn without_check(&self) -> crate::Result<()> {
        match self.check.as_ref().is_some_and(|check| check.is_required()) {
            true => Err(crate::Error::NotSupported { action: "checksums of whole uploads" }),
            false => Ok(()),
        }
    }
}

/// What a presigned link allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresignMethod {
    /// Download.
    Get,
    /// Upload.
    Put,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_asked_for_is_known_again_by_the_name_that_the_server_gives_it() {
        const ARN: &str = "arn:aws:kms:eu-west-1:1:key/1234-ab";
        let kms = |id: &str| Encryption::Kms { key_id: (!id.is_empty()).then(|| id.to_owned()) };
        for (asked, seen, met) in [
            (Encryption::S3, Some(Encryption::S3), true),
            (Encryption::S3, None, false),
            (kms("k"), None, false),
            (kms("k"), Some(Encryption::S3), false),
            (kms(""), Some(kms(ARN)), true),
            (kms(ARN), Some(kms(ARN)), true),
            (kms("1234-ab"), Some(kms(ARN)), true),
            (kms("minio-key"), Some(kms("arn:aws:kms:minio-key")), true),
            (kms("alias/photos"), Some(kms(ARN)), true),
            (kms("arn:aws:kms:eu-west-1:1:alias/photos"), Some(kms(ARN)), true),
            (kms(ARN), Some(kms("")), true),
            (kms("1234-cd"), Some(kms(ARN)), false),
            (kms("arn:aws:kms:eu-west-1:2:key/1234-ab"), Some(kms(ARN)), false),
        ] {
            assert_eq!(asked.is_met_by(seen.as_ref()), met, "{asked:?} {seen:?}");
        }
    }

    #[test]
    fn a_part_is_found_among_runs_of_equal_ones() {
        let mut meta = ObjectMeta {
            size: 25,
            etag: ETag::new("x-4"),
            last_modified: Timestamp::UNIX_EPOCH,
            content_type: None,
            metadata: Metadata::new(),
            headers: Headers::new(),
            version: None,
            storage_class: None,
            encryption: None,
            checksum: None,
            parts: vec![(5, 2), (10, 1), (5, 1)],
        };
        let table = [(0, None), (1, Some(0..5)), (2, Some(5..10)), (3, Some(10..20)), (4, Some(20..25)), (5, None)];
        for (number, bytes) in table {
            assert_eq!(meta.part(number), bytes.map(|bytes| (bytes, 4)), "{number}");
        }
        meta.parts.clear();
        assert_eq!(meta.part(1), None);
    }
}
