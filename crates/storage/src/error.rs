//! What can go wrong with a store, as facts. Words and hints for people are made from these elsewhere.

use std::{io, sync::Arc, time::Duration};

use crate::{Key, KeyError};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation on a store. A clone is the same fact told once more, for everybody who shared a request.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no object (or no such version) under this key.
    #[error("{key} is not in the bucket")]
    NotFound {
        /// The key asked for.
        key: Key,
    },
    /// The bucket itself does not exist.
    #[error("the bucket {bucket} does not exist")]
    NoSuchBucket {
        /// Its name.
        bucket: String,
    },
    /// A bucket of this name exists already.
    #[error("the bucket {bucket} exists already")]
    BucketExists {
        /// Its name.
        bucket: String,
    },
    /// The text cannot be the name of a bucket.
    #[error("{bucket:?} cannot be the name of a bucket")]
    InvalidBucketName {
        /// The text.
        bucket: String,
    },
    /// A bucket that still holds objects, versions or unfinished uploads is not removed.
    #[error("the bucket {bucket} is not empty")]
    BucketNotEmpty {
        /// Its name.
        bucket: String,
    },
    /// The multipart upload is unknown: never made, completed, aborted or expired.
    #[error("the unfinished upload of {key} is gone")]
    NoSuchUpload {
        /// The key it was for.
        key: Key,
    },
    /// A part named in a completion is missing or has another ETag.
    #[error("a part of {key} is missing or differs")]
    InvalidPart {
        /// The key of the upload.
        key: Key,
    },
    /// The parts of a completion are not in ascending order.
    #[error("the parts of {key} are not in order")]
    InvalidPartOrder {
        /// The key of the upload.
        key: Key,
    },
    /// A part other than the last has fewer than 5 MiB.
    #[error("a part of {key} is smaller than S3 allows")]
    PartTooSmall {
        /// The key of the upload.
        key: Key,
    },
    /// An `If-Match` or `If-None-Match` did not hold; nothing was changed.
    #[error("{key} is not as expected")]
    PreconditionFailed {
        /// The key asked for.
        key: Key,
    },
    /// The object is the one the caller has already (304).
    #[error("{key} has not changed")]
    NotModified {
        /// The key asked for.
        key: Key,
        /// Its ETag now.
        etag: Option<crate::ETag>,
    },
    /// Two writers raced and the server asks to try again (409).
    #[error("another write of {key} is under way")]
    Conflict {
        /// The key written.
        key: Key,
    },
    /// No byte of the requested range exists (416).
    #[error("the range is outside of {key}")]
    InvalidRange {
        /// The key asked for.
        key: Key,
        /// The object's size in bytes where the server told it.
        size: Option<u64>,
    },
    /// The content that arrived does not have the announced digest; nothing was stored.
    #[error("the content of {key} was damaged on its way")]
    BadDigest {
        /// The key written.
        key: Key,
    },
    /// Fewer or more bytes than announced; nothing was stored or the download is not whole.
    #[error("{key} ended after {got} of {expected} bytes")]
    Truncated {
        /// The key.
        key: Key,
        /// Bytes announced.
        expected: u64,
        /// Bytes seen.
        got: u64,
    },
    /// The object is in an archive class and must be restored first.
    #[error("{key} is archived")]
    Archived {
        /// The key.
        key: Key,
    },
    /// A limit on what may be kept in all is reached; nothing was stored.
    #[error("the place is full for this client")]
    QuotaExceeded,
    /// More bytes than the store takes in one object, part or request.
    #[error("{key} is larger than the place accepts")]
    TooLarge {
        /// The key.
        key: Key,
    },
    /// The text is not a key.
    #[error("the name cannot be a key: {0}")]
    Key(#[from] KeyError),
    /// The credentials are valid but do not allow this.
    #[error("the key is not allowed to {action}")]
    Denied {
        /// The S3 action, such as `PutObject`.
        action: &'static str,
    },
    /// The credentials are not accepted.
    #[error("the credentials were not accepted: {0}")]
    Credentials(CredentialFault),
    /// The bucket or endpoint lives in another region.
    #[error("the bucket is in another region")]
    WrongRegion {
        /// The right one where the server told it.
        expected: Option<String>,
    },
    /// The two clocks are too far apart for a signature.
    #[error("the clocks differ too much")]
    ClockSkew {
        /// Server time minus ours in seconds, where the answer had a date.
        seconds: Option<i64>,
    },
    /// The server knows the request but does not offer it.
    #[error("the place does not support {action}")]
    NotSupported {
        /// The S3 action or header.
        action: &'static str,
    },
    /// The server does not encrypt as it was asked, or as its bucket is set; nothing was stored. It says the same to
    /// every other write.
    #[error("the place does not encrypt as asked: {fault}")]
    Encryption {
        /// Why.
        fault: EncryptionFault,
        /// What was asked for with the write; `None` where the bucket is set to encrypt by itself.
        asked: Option<crate::Encryption>,
    },
    /// The key that the server encrypted the object with cannot be used now, so it cannot be read.
    #[error("the encryption key of {key} cannot be used")]
    Sealed {
        /// The key of the object.
        key: Key,
    },
    /// A lifecycle rule of the bucket holds something that could not be written back as it was. Nothing was changed.
    #[error("a lifecycle rule of the bucket holds {element}, which would be lost")]
    UnknownRule {
        /// The element's name as the server spelled it.
        element: String,
    },
    /// The server asks to slow down (503, 429) and went on doing so through all retries.
    #[error("the place asks to slow down")]
    SlowDown,
    /// The server was not reached, or what answered is not S3.
    #[error("the place could not be reached: {0}")]
    Unreachable(Unreachable),
    /// A local file or folder behind the operation failed.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done, without a path that could hold a secret.
        doing: &'static str,
        /// The system's reason.
        #[source]
        source: Arc<io::Error>,
    },
    /// The folder store's database failed.
    #[error("the folder's index: {0}")]
    Index(Arc<rusqlite::Error>),
    /// Any other answer of the server.
    #[error("the server answered {status} {code}: {message}")]
    Server {
        /// HTTP status, 0 where there was none.
        status: u16,
        /// S3's error code or an empty text.
        code: String,
        /// The server's own words.
        message: String,
    },
    /// A rule of a scripted test fault.
    #[error("a scripted fault")]
    Scripted,
    /// The operation was cancelled by its caller.
    #[error("cancelled")]
    Cancelled,
}

/// Why a server does not encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionFault {
    /// It encrypts nothing in this way: it has no key service, or no encryption at all.
    #[error("it is not offered")]
    NotOffered,
    /// Its key service has no such key.
    #[error("the key does not exist")]
    NoSuchKey,
    /// The key is switched off, about to be deleted, or not for this.
    #[error("the key cannot be used")]
    KeyUnusable,
}

/// Why credentials are not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialFault {
    /// No source of credentials had any.
    #[error("none were found")]
    Missing,
    /// The access key id is unknown to the server.
    #[error("the access key is not known there")]
    UnknownKey,
    /// The signature does not fit: nearly always a wrong secret.
    #[error("the secret does not fit the access key")]
    WrongSecret,
    /// A temporary credential has run out.
    #[error("the session has expired")]
    Expired,
    /// Nobody is signed in (SSO): there is no token of a sign-in here, it has run out, or the portal takes it no more.
    #[error("nobody is signed in")]
    SignedOut,
    /// The source of credentials (profile, SSO, role) failed; the text is the SDK's and holds no secret.
    #[error("they could not be loaded")]
    Source,
}

/// Why no S3 server answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The host name does not resolve.
    #[error("the host name is not known")]
    Dns,
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// The TLS certificate is not trusted or does not fit the name.
    #[error("its certificate is not trusted")]
    Certificate,
    /// TLS failed otherwise, for instance because the port speaks plain HTTP.
    #[error("no secure connection could be made")]
    Tls,
    /// No answer in time, or the transfer stalled.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// The service that gives the keys (SSO, STS) was not reached; the place itself was not asked.
    #[error("the service that gives the keys was not reached")]
    KeySource,
    /// Something answered, but not S3: a web page, a captive portal, a proxy.
    #[error("what answers there is not S3 (status {status})")]
    NotS3 {
        /// HTTP status of the answer.
        status: u16,
    },
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Index(Arc::new(error))
    }
}

impl Error {
    /// Wraps a local failure with what was being done.
    pub fn io(doing: &'static str, source: io::Error) -> Self {
        Self::Io { doing, source: Arc::new(source) }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::SlowDown | Self::Conflict { .. } | Self::BadDigest { .. } | Self::Truncated { .. } => true,
            Self::Scripted => true,
            Self::Unreachable(why) => !matches!(why, Unreachable::Certificate | Unreachable::Tls),
            Self::Server { status, .. } => *status >= 500 || *status == 0 || *status == 408,
            _ => false,
        }
    }

    /// Whether no request to this store can succeed until somebody acts: a run stops instead of failing file by file.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::NoSuchBucket { .. }
                | Self::Credentials(_)
                | Self::WrongRegion { .. }
                | Self::Encryption { .. }
                | Self::ClockSkew { .. }
                | Self::Unreachable(Unreachable::Certificate | Unreachable::Tls | Unreachable::NotS3 { .. })
        )
    }

    /// Whether the key (or version) simply is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

/// How long to wait before attempt `attempt` (1 = first retry): full jitter up to `base * 2^(attempt-1)`, at most `cap`.
/// `jitter` is a number in 0..1, handed in.
pub fn backoff(attempt: u32, base: Duration, cap: Duration, jitter: f64) -> Duration {
    let ceiling = base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(cap);
    ceiling.mul_f64(jitter.clamp(0.0, 1.0))
}
