//! Words for what a store reports.

use std::io;

use holdfast_storage::{
    Encryption, Error, Key, KeyError,
    error::{CredentialFault, EncryptionFault, Unreachable},
    key::MAX_KEY_BYTES,
};

use super::{AppError, Context, ErrorCode as Code, ErrorKind as Kind, backup_words::count, reason, shown};

/// How credentials can be given without a keychain: said wherever none can be had.
pub(crate) const CREDENTIAL_CHOICES: &str = "give keys in the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or name an AWS profile with profile= in the store URL";

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::from_storage(&error, &Context::default())
    }
}

impl AppError {
    /// Says what a store reported while something was done.
    pub fn from_storage(error: &Error, context: &Context) -> Self {
        let said = match error {
            Error::Credentials(fault) => credentials(fault, context),
            Error::Unreachable(why) => unreachable(why, context),
            Error::NoSuchBucket { .. } | Error::BucketExists { .. } | Error::BucketNotEmpty { .. } => {
                bucket(error, context)
            }
            Error::WrongRegion { expected } => wrong_region(expected.as_deref(), context),
            Error::ClockSkew { seconds } => clock_skew(*seconds, context),
            Error::Denied { action } => denied(action, context),
            Error::Io { doing, source } => local(doing, source, context),
            Error::Key(why) => bad_key(why),
            Error::Server { status, code, message } => server(*status, code, message, context),
            Error::NotSupported { action } => {
                let message = format!("{} does not offer {action}", context.place.who());
                Self::new(
                    context.doing.kind(),
                    Code::NotSupported,
                    message,
                    "choose another place for this, or do without",
                )
            }
            Error::Encryption { fault, asked } => encryption(*fault, asked.as_ref(), context),
            Error::Sealed { key } => sealed(key, context),
            Error::UnknownRule { element } => Self::new(
                context.doing.kind(),
                Code::UnknownRule,
                format!(
                    "a rule of {} holds “{}”, which Holdfast does not know and would lose",
                    context.place.the_bucket(),
                    shown(element)
                ),
                "nothing was changed; change the rules in your provider's console instead",
            ),
            Error::QuotaExceeded => Self::new(
                context.doing.kind(),
                Code::QuotaExceeded,
                format!("{} keeps no more for this client: its share is full", context.place.who()),
                "ask whoever runs the gateway for a larger share, or remove copies that are not needed",
            ),
            Error::SlowDown => {
                let message = format!("{} asks to slow down", context.place.who());
                let hint = "wait a few minutes and run again; it goes on where it stopped";
                Self::new(context.doing.kind(), Code::SlowDown, message, hint)
            }
            Error::Cancelled => Self::cancelled(),
            other => object(other, context),
        };
        said.retryable(error.is_retryable())
    }

    /// Somebody stopped it.
    pub fn cancelled() -> Self {
        Self::new(
            Kind::SdkError,
            Code::Cancelled,
            "stopped before the end",
            "run it again: it goes on where it stopped",
        )
    }
}

fn credentials(fault: &CredentialFault, context: &Context) -> AppError {
    let place = &context.place;
    let (who, key) = (place.who(), place.key());
    let (code, message, hint) = match fault {
        CredentialFault::Missing if place.aws_profile.is_none() => {
            (Code::NoCredentials, format!("no credentials for {who} were found"), CREDENTIAL_CHOICES.to_owned())
        }
        CredentialFault::UnknownKey => (
            Code::UnknownKey,
            format!("{who} does not know {key}"),
            "it was probably deleted there, has run out if it came from signing in, or belongs to another provider; enter a new key, or sign in again".into(),
        ),
        CredentialFault::WrongSecret => (
            Code::WrongSecret,
            format!("the secret does not fit {key} at {who}"),
            "copy the secret again, whole and without spaces; if it is lost, make a new key".into(),
        ),
        CredentialFault::Expired => (
            Code::ExpiredToken,
            format!("the session at {who} has expired"),
            match &place.aws_profile {
                Some(name) => {
                    format!("sign in again (aws sso login --profile {name}) and run again; it goes on where it stopped")
                }
                None => "sign in again or get new temporary keys, and run again; it goes on where it stopped".into(),
            },
        ),
        CredentialFault::SignedOut => (
            Code::ExpiredToken,
            match &place.aws_profile {
                Some(name) => format!("the sign-in of the AWS profile “{name}” has expired, or there was none yet"),
                None => "the sign-in at AWS has expired, or there was none yet".into(),
            },
            format!("run aws sso login{}, then try again; a run goes on where it stopped", profile_option(context)),
        ),
        CredentialFault::Source | CredentialFault::Missing => (
            Code::CredentialsSource,
            match &place.aws_profile {
                Some(name) => format!("the AWS profile “{name}” gave no credentials"),
                None => "the source of the credentials failed".into(),
            },
            match &place.aws_profile {
                Some(name) => format!("check the name of the profile, ~/.aws/config and ~/.aws/credentials, and sign in again where it uses SSO (aws sso login --profile {name})"),
                None => "check what gives them: AWS's variables in the environment, ~/.aws/config, or role and token file of a web identity".into(),
            },
        ),
    };
    AppError::new(Kind::InvalidCredentials, code, message, hint)
}

/// As it follows a command of AWS's own.
fn profile_option(context: &Context) -> String {
    context.place.aws_profile.as_ref().map(|name| format!(" --profile {name}")).unwrap_or_default()
}

/// A write that was refused for its encryption.
fn encryption(fault: EncryptionFault, asked: Option<&Encryption>, context: &Context) -> AppError {
    let who = context.place.who();
    let key = match asked {
        Some(Encryption::Kms { key_id: Some(id) }) => format!("the encryption key “{}”", shown(id)),
        _ => format!("the encryption key of {}", context.place.the_bucket()),
    };
    let (code, message, hint) = match (fault, asked) {
        (EncryptionFault::NotOffered, Some(Encryption::Kms { .. })) => (
            Code::NotSupported,
            format!("{who} has no key service to encrypt with (sse=kms)"),
            "leave sse out of the place's address, or choose a place that has one; no file was stored without it",
        ),
        (EncryptionFault::NotOffered, _) => (
            Code::NotSupported,
            format!("{who} does not encrypt what it stores (sse=AES256)"),
            "leave sse out of the place's address, or choose a place that does; no file was stored without it",
        ),
        (EncryptionFault::NoSuchKey, _) => (
            Code::EncryptionKey,
            format!("{key} does not exist at {who}"),
            "check the key in sse=kms:KEY-ID, which must be one of the bucket's region; no file was stored without it",
        ),
        (EncryptionFault::KeyUnusable, _) => (
            Code::EncryptionKey,
            format!("{key} cannot be used at {who}: it is switched off or about to be deleted"),
            "switch it on again in the key service (KMS), or name another with sse=kms:KEY-ID; no file was stored without it",
        ),
    };
    AppError::new(context.doing.kind(), code, message, hint)
}

fn sealed(key: &Key, context: &Context) -> AppError {
    let message =
        format!("“{}” cannot be read: the key that it was encrypted with cannot be used", shown(key.as_str()));
    let hint = "look into the server's key service (KMS): the key is switched off or gone; then try again";
    AppError::new(context.doing.kind(), Code::EncryptionKey, message, hint)
}

fn unreachable(why: &Unreachable, context: &Context) -> AppError {
    let at = context.place.address();
    let (code, message, hint) = match why {
        Unreachable::Dns => (
            Code::Dns,
            format!("the address {at} was not found"),
            "check that this computer is online and that the address is spelled right",
        ),
        Unreachable::Refused => (
            Code::Refused,
            format!("nothing answers at {at}"),
            "check that the server is running and that the port is right",
        ),
        Unreachable::Certificate => (
            Code::TlsUntrusted,
            format!("the certificate of {at} is not trusted"),
            "if it is your own server, name its CA certificate with ca_file; if not, somebody may be listening in: do not go on",
        ),
        Unreachable::Tls => (
            Code::TlsFailed,
            format!("no secure connection to {at} could be made"),
            "check the port; a server without TLS needs http:// in its address",
        ),
        Unreachable::Timeout => (
            Code::Timeout,
            format!("{at} did not answer in time"),
            match context.place.is_folder {
                true => "connect its disk, or the computer it is on, and try again",
                false => "check the network and try again",
            },
        ),
        Unreachable::Broken => {
            (Code::OfflineBroken, format!("the connection to {at} broke"), "check the network and try again")
        }
        Unreachable::KeySource => (
            Code::OfflineBroken,
            "the service that gives the keys (SSO, STS) was not reached".into(),
            "check the network and try again",
        ),
        Unreachable::NotS3 { status } => (
            Code::NotS3,
            format!("what answers at {at} is a web page, not {} (status {status})", context.place.speaks()),
            "on a guest network, sign in with the browser first; else check the address: it must be that of the S3 API or of the gateway, not of a console",
        ),
    };
    AppError::new(context.doing.kind(), code, message, hint)
}

fn bucket(error: &Error, context: &Context) -> AppError {
    let (bucket, who) = (context.place.the_bucket(), context.place.who());
    match error {
        Error::BucketExists { .. } => AppError::config(
            Code::BucketExists,
            format!("{bucket} exists already"),
            "choose another name; names are shared by everybody at a provider",
        ),
        Error::BucketNotEmpty { .. } => AppError::config(
            Code::BucketNotEmpty,
            format!("{bucket} is not empty"),
            "only an empty bucket can be removed",
        ),
        _ => AppError::new(
            Kind::BucketNotFound,
            Code::BucketMissing,
            format!("{bucket} does not exist at {who}"),
            "check the name, or make the bucket there first",
        ),
    }
}

fn wrong_region(expected: Option<&str>, context: &Context) -> AppError {
    let bucket = context.place.the_bucket();
    let asked = context.place.region.as_deref().map(shown);
    let (message, hint) = match (expected.map(shown), asked) {
        (Some(right), Some(asked)) => {
            (format!("{bucket} is in the region {right}, not in {asked}"), format!("set the region to {right}"))
        }
        (Some(right), None) => (format!("{bucket} is in the region {right}"), format!("set the region to {right}")),
        (None, Some(asked)) => (format!("{bucket} is not in the region {asked}"), LOOK_UP.to_owned()),
        (None, None) => (format!("{bucket} is in another region"), LOOK_UP.to_owned()),
    };
    AppError::config(Code::WrongRegion, message, hint)
}

const LOOK_UP: &str = "look up the bucket's region at your provider and set it";

/// Positive seconds: the server is ahead, so this computer is behind.
fn clock_skew(seconds: Option<i64>, context: &Context) -> AppError {
    let who = context.place.who();
    let message = match seconds {
        Some(skew) => {
            let side = if skew > 0 { "behind" } else { "ahead of" };
            let minutes = (skew.unsigned_abs() + 30) / 60;
            format!("this computer's clock is {minutes} minutes {side} that of {who}")
        }
        None => format!("this computer's clock and that of {who} are too far apart"),
    };
    let hint = "set this computer's clock (best: automatically over the network) and try again";
    AppError::new(context.doing.kind(), Code::ClockSkew, message, hint)
}

fn denied(action: &str, context: &Context) -> AppError {
    let (key, bucket) = (context.place.key(), context.place.the_bucket());
    AppError::new(
        context.doing.kind(),
        Code::Denied,
        format!("{key} is not allowed to {} {bucket} ({action})", verb(action)),
        format!("allow {action} for it at {}, or use another key", context.place.who()),
    )
}

fn verb(action: &str) -> &'static str {
    match action {
        "PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" | "CopyObject" => "write to",
        "GetObject" | "HeadObject" => "read from",
        "DeleteObject" | "DeleteObjects" => "remove from",
        "ListObjectsV2" | "ListObjectVersions" | "ListMultipartUploads" | "ListParts" => "list",
        "PutBucketVersioning" | "PutLifecycleConfiguration" | "PutBucketObjectLockConfiguration" => {
            "change the settings of"
        }
        "GetBucketVersioning" | "GetLifecycleConfiguration" | "GetBucketObjectLockConfiguration" => {
            "see the settings of"
        }
        "kms:GenerateDataKey" | "kms:Decrypt" => "use the encryption key of",
        "RestoreObject" => "bring files back from the archive of",
        _ => "use",
    }
}

fn local(doing: &str, source: &io::Error, context: &Context) -> AppError {
    let why = reason(source);
    if doing.contains("trusted certificates") {
        let hint = "ca_file must name a readable file with certificates in PEM form";
        return AppError::config(Code::CaFile, format!("{doing} failed: {why}"), hint);
    }
    let (code, hint) = match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (Code::DiskFull, "make room on the disk and run again; it goes on where it stopped")
        }
        _ => (Code::LocalIo, "check that the disk is connected and that your user may use the folder"),
    };
    AppError::new(context.doing.kind(), code, format!("{doing} failed: {why}"), hint)
}

fn bad_key(why: &KeyError) -> AppError {
    let (message, hint) = match why {
        KeyError::TooLong { bytes } => (
            format!(
                "its name with all folders has {} bytes, {} is the most a bucket takes",
                count(*bytes as u64),
                count(MAX_KEY_BYTES as u64)
            ),
            "shorten its name or those of its folders, or move it",
        ),
        KeyError::Empty => ("a name in a bucket cannot be empty".into(), "write the name of the file"),
        KeyError::Nul => ("the name holds a NUL character, which no bucket keeps".into(), "rename the file"),
    };
    AppError::config(Code::KeyBad, message, hint)
}

fn server(status: u16, code: &str, message: &str, context: &Context) -> AppError {
    let said = [code, message].into_iter().filter(|t| !t.is_empty()).map(shown).collect::<Vec<_>>().join(": ");
    let said = if said.is_empty() { format!("status {status}") } else { format!("{said} (status {status})") };
    let hint = match status {
        500.. | 0 => "this is on the provider's side; try again later",
        _ => "check the place's settings; if they are right, please report this",
    };
    AppError::new(context.doing.kind(), Code::ServerError, format!("{} answered {said}", context.place.who()), hint)
}

/// What concerns one object.
fn object(error: &Error, context: &Context) -> AppError {
    let again = "run it again; only what is missing is done";
    let named = |key: &holdfast_storage::Key| format!("“{}”", shown(key.as_str()));
    let (code, message, hint) = match error {
        Error::NotFound { key } => (
            Code::ObjectMissing,
            format!("{} is not in {}", named(key), context.place.the_bucket()),
            "check the name; large and small letters differ",
        ),
        Error::NoSuchUpload { key } => {
            (Code::UploadGone, format!("the unfinished upload of {} is gone", named(key)), again)
        }
        Error::InvalidPart { key } | Error::InvalidPartOrder { key } | Error::PartTooSmall { key } => {
            (Code::UploadGone, format!("the unfinished upload of {} does not fit any more", named(key)), again)
        }
        Error::PreconditionFailed { key } | Error::NotModified { key, .. } => (
            Code::ConditionFailed,
            format!("{} was changed in the bucket meanwhile", named(key)),
            "look at it again, then decide",
        ),
        Error::Conflict { key } => {
            (Code::WriteConflict, format!("{} is being written by somebody else", named(key)), again)
        }
        Error::InvalidRange { key, .. } => (Code::CutShort, format!("{} is shorter than expected", named(key)), again),
        Error::BadDigest { key } => (Code::DamagedOnTheWay, format!("{} was damaged on its way", named(key)), again),
        Error::Truncated { key, expected, got } => {
            (Code::CutShort, format!("{} ended after {got} of {expected} bytes", named(key)), again)
        }
        Error::Archived { key } => (
            Code::Archived,
            format!("{} is in an archive and cannot be read at once", named(key)),
            "ask your provider to restore it from the archive (this can take hours), then try again",
        ),
        Error::TooLarge { key } => (
            Code::TooLarge,
            format!("{} is larger than {} accepts", named(key), context.place.who()),
            "leave it out, or split it",
        ),
        other => return AppError { kind: context.doing.kind(), ..AppError::internal(shown(&other.to_string())) },
    };
    AppError::new(context.doing.kind(), code, message, hint)
}
