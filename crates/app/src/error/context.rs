//! What was being done, and where: so that a message can name things.

use super::ErrorKind;

/// What was being done with a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Doing {
    /// Reaching it, asking what it is.
    #[default]
    Connect,
    /// Sending.
    Upload,
    /// Fetching.
    Download,
    /// Listing.
    List,
    /// Removing.
    Delete,
}

impl Doing {
    /// The kind of an error that has no kind of its own.
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::Upload => ErrorKind::UploadFailed,
            Self::Download => ErrorKind::DownloadFailed,
            Self::List => ErrorKind::ListFailed,
            Self::Connect | Self::Delete => ErrorKind::SdkError,
        }
    }
}

/// The names of a place. Empty ones are left out of messages. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceNames {
    /// Bucket.
    pub bucket: String,
    /// Provider as people know it, or empty.
    pub provider: String,
    /// Host name of the endpoint, with its port where there is one.
    pub host: String,
    /// Region asked for.
    pub region: Option<String>,
    /// Access key id.
    pub key_id: Option<String>,
    /// AWS profile.
    pub aws_profile: Option<String>,
    /// A gateway answers there, not S3 itself.
    pub is_gateway: bool,
    /// The copies are in a folder: who does not answer is its disk.
    pub is_folder: bool,
}

impl PlaceNames {
    /// Who answers there: "Backblaze B2", else the host, else "the place".
    pub fn who(&self) -> &str {
        [self.provider.as_str(), self.host.as_str()].into_iter().find(|name| !name.is_empty()).unwrap_or("the place")
    }

    /// What should answer there.
    pub fn speaks(&self) -> &'static str {
        if self.is_gateway { "a gateway" } else { "S3" }
    }

    /// The address: the host, else who answers there.
    pub fn address(&self) -> &str {
        if self.host.is_empty() { self.who() } else { &self.host }
    }

    /// "the key “id”", or "the key".
    pub fn key(&self) -> String {
        self.key_id.as_ref().map_or("the key".into(), |id| format!("the key “{id}”"))
    }

    /// "the bucket “name”", or "the bucket".
    pub fn the_bucket(&self) -> String {
        if self.bucket.is_empty() { "the bucket".into() } else { format!("the bucket “{}”", self.bucket) }
    }
}

/// What was being done, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// What.
    pub doing: Doing,
    /// Where.
    pub place: PlaceNames,
}

impl Context {
    /// Something done at a place.
    pub fn new(doing: Doing, place: PlaceNames) -> Self {
        Self { doing, place }
    }
}
