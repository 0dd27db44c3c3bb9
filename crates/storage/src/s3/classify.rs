//! From the SDK's errors to ours: every provider says the same thing in its own way.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use super::{encryption::key_fault, inspect::NotS3};
use crate::{
    Error, Key, RequestKind,
    chain::{chain_has, find, unreachable},
    error::{CredentialFault, Unreachable},
};

/// What was being done when an error came.
pub(super) struct Doing<'a> {
    pub(super) kind: RequestKind,
    pub(super) bucket: &'a str,
    pub(super) key: Option<&'a Key>,
    pub(super) skew: Option<i64>,
}

impl Doing<'_> {
    fn key(&self) -> Key {
        self.key.cloned().unwrap_or_else(|| Key::new(self.bucket).unwrap_or_else(|_| Key::new("?").expect("one byte")))
    }

    /// Turns a failed SDK call into a fact.
    pub(super) fn error<E>(&self, error: SdkError<E, HttpResponse>) -> Error
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        if let Some(foreign) = find::<NotS3>(&error) {
            return Error::Unreachable(Unreachable::NotS3 { status: foreign.status });
        }
        if let Some(unloaded) = find::<CredentialsError>(&error) {
            return no_keys(unloaded);
        }
        match &error {
            SdkError::ConstructionFailure(_) => Error::Unreachable(Unreachable::Broken),
            SdkError::TimeoutError(_) => Error::Unreachable(Unreachable::Timeout),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(connector) => Error::Unreachable(unreachable(connector, connector.is_timeout())),
                None => Error::Unreachable(Unreachable::Broken),
            },
            SdkError::ResponseError(failure) => match failure.raw().status().as_u16() {
                status @ 200..=299 => Error::Unreachable(Unreachable::NotS3 { status }),
                status => self.by_status(status, failure.raw()),
            },
            SdkError::ServiceError(service) => self.by_code(service.err(), service.raw()),
            _ => Error::Unreachable(Unreachable::Broken),
        }
    }

    fn by_code(&self, error: &impl ProvideErrorMetadata, raw: &HttpResponse) -> Error {
        let status = raw.status().as_u16();
        let Some(code) = error.code().filter(|code| !code.is_empty()) else { return self.by_status(status, raw) };
        let key = || self.key();
        let said = |words: &str| error.message().is_some_and(|message| message.contains(words));
        match code {
            "NoSuchKey" | "NoSuchVersion" if self.is_part() => Error::NoSuchUpload { key: key() },
            "NoSuchKey" | "NoSuchVersion" | "NotFound" if self.key.is_some() => Error::NotFound { key: key() },
            "NoSuchBucket" | "NotFound" => Error::NoSuchBucket { bucket: self.bucket.to_owned() },
            "BucketAlreadyOwnedByYou" | "BucketAlreadyExists" => Error::BucketExists { bucket: self.bucket.to_owned() },
            "BucketNotEmpty" => Error::BucketNotEmpty { bucket: self.bucket.to_owned() },
            "NoSuchUpload" => Error::NoSuchUpload { key: key() },
            "InvalidPart" => Error::InvalidPart { key: key() },
            "InvalidPartOrder" => Error::InvalidPartOrder { key: key() },
            "EntityTooSmall" => Error::PartTooSmall { key: key() },
            "EntityTooLarge" => Error::TooLarge { key: key() },
            "PreconditionFailed" => Error::PreconditionFailed { key: key() },
            "ConditionalRequestConflict" | "OperationAborted" => Error::Conflict { key: key() },
            "InvalidRange" => Error::InvalidRange { key: key(), size: total_in_range(raw) },
            // InvalidDigest: what Garage says where others say BadDigest. Ours are always well-formed.
            "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
                Error::BadDigest { key: key() }
            }
            "IncompleteBody" => Error::Unreachable(Unreachable::Broken),
            "InvalidObjectState" => Error::Archived { key: key() },
            "InvalidAccessKeyId" | "NotSignedUp" | "XAdminUserNotFound" => {
                Error::Credentials(CredentialFault::UnknownKey)
            }
            "SignatureDoesNotMatch" => Error::Credentials(CredentialFault::WrongSecret),
            "ExpiredToken" | "TokenRefreshRequired" | "ExpiredTokenException" => {
                Error::Credentials(CredentialFault::Expired)
            }
            "InvalidToken" | "InvalidTokenId" => Error::Credentials(CredentialFault::WrongSecret),
            "RequestTimeTooSkewed" | "RequestExpired" => Error::ClockSkew { seconds: self.skew },
            "AccessDenied" if self.skew.is_some_and(|s| s.abs() > 900) => Error::ClockSkew { seconds: self.skew },
            // Garage denies both; only its words tell.
            "AccessDenied" if said("Invalid signature") => Error::Credentials(CredentialFault::WrongSecret),
            "AccessDenied" if said("No such key") => Error::Credentials(CredentialFault::UnknownKey),
            // The key of the bucket or of the set, which has rights of its own.
            "AccessDenied" if said("kms:GenerateDataKey") => Error::Denied { action: "kms:GenerateDataKey" },
            "AccessDenied" if said("kms:Decrypt") => Error::Denied { action: "kms:Decrypt" },
            "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => Error::Denied { action: self.kind.action() },
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException"
            | "TemporaryRedirect" => Error::WrongRegion { expected: region_in(error.message(), raw) },
            // What MinIO says of an object that it encrypted, once its key service is gone.
            "NotImplemented" if self.kind == RequestKind::Get && said("encrypt") => Error::Sealed { key: key() },
            "NotImplemented" | "MethodNotAllowed" => Error::NotSupported { action: self.kind.action() },
            "SlowDown" | "ServiceUnavailable" | "TooManyRequests" | "RequestLimitExceeded" | "Throttling" => {
                Error::SlowDown
            }
            "RequestTimeout" => Error::Unreachable(Unreachable::Timeout),
            _ if let Some(fault) = key_fault(code) => match self.kind {
                RequestKind::Get | RequestKind::Copy => Error::Sealed { key: key() },
                _ => Error::Encryption { fault, asked: None },
            },
            _ => {
                Error::Server { status, code: code.to_owned(), message: error.message().unwrap_or_default().to_owned() }
            }
        }
    }

    /// HEAD has no body, and some servers send none elsewhere: only the status tells.
    fn by_status(&self, status: u16, raw: &HttpResponse) -> Error {
        let key = || self.key();
        match status {
            200..=299 => Error::Unreachable(Unreachable::NotS3 { status }),
            301 | 307 | 400 if region_in(None, raw).is_some() => Error::WrongRegion { expected: region_in(None, raw) },
            304 => Error::NotModified { key: key(), etag: raw.headers().get("etag").map(crate::ETag::new) },
            403 if self.skew.is_some_and(|s| s.abs() > 900) => Error::ClockSkew { seconds: self.skew },
            401 | 403 => Error::Denied { action: self.kind.action() },
            404 if self.is_part() => Error::NoSuchUpload { key: key() },
            404 if self.key.is_some() => Error::NotFound { key: key() },
            404 => Error::NoSuchBucket { bucket: self.bucket.to_owned() },
            409 => Error::Conflict { key: key() },
            412 => Error::PreconditionFailed { key: key() },
            416 => Error::InvalidRange { key: key(), size: total_in_range(raw) },
            429 | 503 => Error::SlowDown,
            501 => Error::NotSupported { action: self.kind.action() },
            _ => Error::Server { status, code: String::new(), message: String::new() },
        }
    }

    fn is_part(&self) -> bool {
        use RequestKind as K;
        matches!(self.kind, K::UploadPart | K::ListParts | K::CompleteMultipart | K::AbortMultipart)
    }
}

/// What the SDK says of a sign-in: its token is not there, cannot be read or has run out (`aws_config::sso`), and what
/// the portal answers to one that is over.
const SIGNED_OUT: [&str; 3] = ["SSO token", ".aws/sso/cache", "UnauthorizedException"];

/// What the SDK says where the portal or the token service gave no answer, or none for now.
const UNANSWERED: [&str; 3] = ["dispatch failure", "request has timed out", "TooManyRequestsException"];

/// Why the SDK's chain has no credentials; it wraps the reason in what looks like a broken connection.
fn no_keys(error: &CredentialsError) -> Error {
    Error::Credentials(match error {
        CredentialsError::CredentialsNotLoaded(_) => CredentialFault::Missing,
        CredentialsError::ProviderTimedOut(_) => return Error::Unreachable(Unreachable::KeySource),
        _ if chain_has(error, &SIGNED_OUT) => CredentialFault::SignedOut,
        _ if chain_has(error, &UNANSWERED) => return Error::Unreachable(Unreachable::KeySource),
        _ if chain_has(error, &["ExpiredToken", "expired", "Expired"]) => CredentialFault::Expired,
        _ => CredentialFault::Source,
    })
}

fn region_in(message: Option<&str>, raw: &HttpResponse) -> Option<String> {
    if let Some(region) = raw.headers().get("x-amz-bucket-region") {
        return Some(region.to_owned());
    }
    if let Some(region) = between(&String::from_utf8_lossy(raw.body().bytes()?), "<Region>", "</Region>") {
        return Some(region);
    }
    between(message?, "expecting '", "'")
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let found = text.split_once(before)?.1.split_once(after)?.0;
    (!found.is_empty()).then(|| found.to_owned())
}

fn total_in_range(raw: &HttpResponse) -> Option<u64> {
    raw.headers().get("content-range")?.rsplit('/').next()?.parse().ok()
}
