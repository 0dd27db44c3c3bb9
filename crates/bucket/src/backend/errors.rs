//! A store's errors in S3's codes and words. No local path, database message or secret goes out: what has no code of
//! its own is logged here and answered as an internal error.

use std::io::ErrorKind;

use holdfast_storage::{Error, KeyError};
use http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

/// A code with AWS's words.
pub(crate) fn s3(code: S3ErrorCode, words: &'static str) -> S3Error {
    S3Error::with_message(code, words)
}

/// Asked for, known, and not offered.
pub(crate) fn not_offered(words: &'static str) -> S3Error {
    s3(S3ErrorCode::NotImplemented, words)
}

/// A code that is not in the protocol layer's list.
pub(crate) fn custom(code: &'static str, status: StatusCode, words: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), words);
    error.set_status_code(status);
    error
}

pub(crate) fn no_such_key() -> S3Error {
    s3(S3ErrorCode::NoSuchKey, "The specified key does not exist.")
}

pub(crate) fn precondition_failed() -> S3Error {
    s3(S3ErrorCode::PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// How a store's error is answered.
pub(crate) fn answer(error: Error) -> S3Error {
    use S3ErrorCode as Code;
    match error {
        Error::NotFound { .. } => no_such_key(),
        Error::NoSuchBucket { .. } => s3(Code::NoSuchBucket, "The specified bucket does not exist"),
        Error::BucketExists { .. } => s3(
            Code::BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it.",
        ),
        Error::BucketNotEmpty { .. } => s3(Code::BucketNotEmpty, "The bucket you tried to delete is not empty"),
        Error::NoSuchUpload { .. } => s3(
            Code::NoSuchUpload,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
        ),
        Error::InvalidPart { .. } => s3(
            Code::InvalidPart,
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        ),
        Error::InvalidPartOrder { .. } => s3(
            Code::InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ),
        Error::PartTooSmall { .. } => {
            s3(Code::EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size")
        }
        Error::PreconditionFailed { .. } => precondition_failed(),
        Error::NotModified { .. } => s3(Code::NotModified, "Not Modified"),
        Error::Conflict { .. } => {
            s3(Code::ConditionalRequestConflict, "A conflicting operation occurred. Please try again.")
        }
        Error::InvalidRange { .. } => s3(Code::InvalidRange, "The requested range is not satisfiable"),
        Error::BadDigest { .. } => s3(Code::BadDigest, "The digest you specified did not match what we received."),
        Error::Truncated { .. } => s3(
            Code::IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header.",
        ),
        Error::TooLarge { .. } => s3(Code::EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"),
        Error::Key(KeyError::TooLong { .. }) => s3(Code::KeyTooLongError, "Your key is too long"),
        Error::Key(KeyError::Empty | KeyError::Nul) => s3(Code::InvalidArgument, "This text cannot be a key."),
        Error::Archived { .. } => {
            s3(Code::InvalidObjectState, "The operation is not valid for the object's storage class")
        }
        Error::Denied { .. } => s3(Code::AccessDenied, "Access Denied"),
        Error::QuotaExceeded => {
            custom("QuotaExceeded", StatusCode::INSUFFICIENT_STORAGE, "The place is full for this client.")
        }
        Error::NotSupported { .. } => not_offered("The place behind this bucket does not offer this."),
        Error::Encryption { .. } => not_offered("The place behind this bucket does not encrypt as it was asked."),
        Error::SlowDown => s3(Code::SlowDown, "Please reduce your request rate."),
        Error::Unreachable(_) | Error::Cancelled => s3(Code::ServiceUnavailable, "Please try again."),
        other => internal(other),
    }
}

fn internal(error: Error) -> S3Error {
    tracing::error!(%error, "a request failed inside");
    match &error {
        Error::Io { source, .. } if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            custom("StorageFull", StatusCode::INSUFFICIENT_STORAGE, "The disk behind this bucket has no space left.")
        }
        _ => s3(S3ErrorCode::InternalError, "We encountered an internal error. Please try again."),
    }
}
