//! Encryption by the server: what is asked for, what is seen, and how providers say that they will not. Pure.

use aws_sdk_s3::types::ServerSideEncryption;

use crate::{Encryption, Error, error::EncryptionFault};

pub(super) fn encryption(sse: Option<&ServerSideEncryption>, key_id: Option<&str>) -> Option<Encryption> {
    match sse? {
        ServerSideEncryption::Aes256 => Some(Encryption::S3),
        _ => Some(Encryption::Kms { key_id: key_id.map(str::to_owned) }),
    }
}

pub(super) fn sse_headers(encryption: Option<&Encryption>) -> (Option<ServerSideEncryption>, Option<String>) {
    match encryption {
        None => (None, None),
        Some(Encryption::S3) => (Some(ServerSideEncryption::Aes256), None),
        Some(Encryption::Kms { key_id }) => (Some(ServerSideEncryption::AwsKms), key_id.clone()),
    }
}

/// What a key service says of its key, through S3: AWS's codes, and MinIO's.
pub(super) fn key_fault(code: &str) -> Option<EncryptionFault> {
    match code {
        "KMS.NotFoundException" | "kms:KeyNotFound" => Some(EncryptionFault::NoSuchKey),
        "KMS.DisabledException"
        | "KMS.KMSInvalidStateException"
        | "KMS.InvalidStateException"
        | "KMS.InvalidKeyUsageException"
        | "KMS.KeyUnavailableException" => Some(EncryptionFault::KeyUnusable),
        _ => None,
    }
}

/// The refusal of a write that asked for encryption, with what it had asked for. Whoever says no more than "not
/// implemented" to it means the encryption, unless a condition was asked for, too.
pub(super) fn with_asked(error: Error, asked: Option<&Encryption>, had_condition: bool) -> Error {
    match (error, asked) {
        (Error::NotSupported { .. }, Some(asked)) if !had_condition => {
            Error::Encryption { fault: EncryptionFault::NotOffered, asked: Some(asked.clone()) }
        }
        (Error::Encryption { fault, .. }, asked) => Error::Encryption { fault, asked: asked.cloned() },
        (error, _) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_write_that_asked_for_encryption_is_refused_for_it() {
        let kms = Encryption::Kms { key_id: Some("k".into()) };
        let unknown = || Error::NotSupported { action: "PutObject" };
        let fault = |error| match error {
            Error::Encryption { fault, asked } => Some((fault, asked)),
            _ => None,
        };
        assert_eq!(
            fault(with_asked(unknown(), Some(&kms), false)),
            Some((EncryptionFault::NotOffered, Some(kms.clone())))
        );
        assert_eq!(fault(with_asked(unknown(), None, false)), None);
        assert_eq!(fault(with_asked(unknown(), Some(&kms), true)), None);
        assert_eq!(fault(with_asked(Error::SlowDown, Some(&kms), false)), None);
        let missing = Error::Encryption { fault: EncryptionFault::NoSuchKey, asked: None };
        assert_eq!(fault(with_asked(missing, Some(&kms), true)), Some((EncryptionFault::NoSuchKey, Some(kms))));
    }
}
