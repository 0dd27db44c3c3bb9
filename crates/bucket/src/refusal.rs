//! Answers of our own in S3's words, and why content that was on its way in is not accepted.

use std::sync::{Arc, OnceLock};

use s3s::{S3Error, S3ErrorCode};

/// Why content on its way in was not accepted. It is remembered beside the stream, because the layers between the
/// stream and the answer turn its error into one of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("The Content-MD5 you specified did not match what we received.")]
    ContentMd5,
    #[error("The {0} you specified did not match the calculated checksum.")]
    Checksum(&'static str),
    #[error(
        "One or more of the specified parts could not be found. The part may not have the checksum that was specified."
    )]
    PartChecksum,
    #[error("The upload was begun with another checksum algorithm or checksum type than its completion names.")]
    OtherChecksum,
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    PayloadHash,
    #[error("A chunk's signature does not fit its content.")]
    ChunkSignature,
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header.")]
    Length,
    #[error("The chunked encoding of the body cannot be read.")]
    Framing,
    #[error("A signed chunk is larger than 16 MiB.")]
    ChunkTooLarge,
    #[error("The trailer that was announced did not arrive.")]
    NoTrailer,
    #[error("Your socket connection to the server was not read from or written to within the timeout period.")]
    Idle,
    #[error("The body is too large for this request.")]
    BodyTooLarge,
}

impl Refusal {
    fn code(self) -> S3ErrorCode {
        match self {
            Self::ContentMd5 | Self::Checksum(_) => S3ErrorCode::BadDigest,
            Self::PayloadHash => S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            Self::ChunkSignature => S3ErrorCode::SignatureDoesNotMatch,
            Self::Length => S3ErrorCode::IncompleteBody,
            Self::PartChecksum => S3ErrorCode::InvalidPart,
            Self::Framing | Self::ChunkTooLarge | Self::OtherChecksum => S3ErrorCode::InvalidRequest,
            Self::NoTrailer => S3ErrorCode::Custom("MalformedTrailerError".into()),
            Self::Idle => S3ErrorCode::RequestTimeout,
            Self::BodyTooLarge => S3ErrorCode::MaxMessageLengthExceeded,
        }
    }

    /// As the answer says it.
    pub(crate) fn error(self) -> S3Error {
        let mut error = S3Error::with_message(self.code(), self.to_string());
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        error
    }

    /// What an error of the protocol layer's own streams means. Its types are private, its words are not.
    pub(crate) fn from_protocol(text: &str) -> Self {
        let says = |words: &str| text.contains(words);
        match () {
            () if says("UploadStreamError: Sha256Mismatch") => Self::PayloadHash,
            () if says("AwsChunkedStreamError: SignatureMismatch") => Self::ChunkSignature,
            () if says("FormatError") || says("TooLarge") || says("TooMany") => Self::Framing,
            () => Self::Length,
        }
    }
}

/// Remembers the first refusal of a body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict(Arc<OnceLock<Refusal>>);

impl Verdict {
    /// Keeps `refusal` unless there is one, and gives back the one that counts.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Refusal {
        *self.0.get_or_init(|| refusal)
    }

    pub(crate) fn get(&self) -> Option<Refusal> {
        self.0.get().copied()
    }
}
