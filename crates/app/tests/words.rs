//! Every bad input has one code, a message that names the thing, and a hint.

use std::io;

use holdfast_app::{
    AppError, ErrorCode as Code, ErrorKind as Kind,
    error::{Context, Doing, PlaceNames, failure},
};
use holdfast_backup::{
    Error as Backup,
    patience::no_answer,
    plan::{Brake, BrakeReason},
    report::{Failure, FailureReason},
};
use holdfast_storage::{
    Encryption, Error, Key, Prefix,
    error::{CredentialFault, EncryptionFault, Unreachable},
};

fn place() -> PlaceNames {
    PlaceNames {
        bucket: "photos".into(),
        provider: "Backblaze B2".into(),
        host: "s3.eu-central-003.backblazeb2.com".into(),
        region: Some("eu-central-003".into()),
        key_id: Some("mara-laptop".into()),
        aws_profile: None,
        ..PlaceNames::default()
    }
}

fn key() -> Key {
    Key::new("a/b\u{1b}[2J.jpg").unwrap()
}

fn check(error: AppError, code: Code, kind: Kind, words: &str) {
    assert_eq!((error.code, error.kind), (code, kind), "{error:?}");
    assert!(error.message.contains(words), "{words:?} is not in {error:?}");
    assert!(!error.hint.is_empty(), "{error:?}");
    assert!(!error.message.starts_with(char::is_uppercase) || error.message.starts_with("Backblaze"), "{error:?}");
    assert!(!error.message.contains('\u{1b}') && !error.message.contains("endpoint"), "{error:?}");
}

#[test]
fn a_folder_that_copies_are_kept_in_is_named_and_not_the_bucket_before_it() {
    let place = PlaceNames { provider: "the folder /mnt/nas".into(), is_folder: true, ..PlaceNames::default() };
    let silence = Error::Unreachable(Unreachable::Timeout);
    let said = |place| AppError::from_storage(&silence, &Context::new(Doing::Upload, place));
    let folder = said(place);
    check(folder.clone(), Code::Timeout, Kind::UploadFailed, "the folder /mnt/nas did not answer in time");
    assert!(folder.hint.contains("disk"), "{folder:?}");
    assert!(said(self::place()).hint.contains("network"));
}

#[test]
fn what_a_store_reports_becomes_words() {
    let no_reason = |kind| io::Error::from(kind);
    let cases = [
        (
            Error::NoSuchBucket { bucket: "photos".into() },
            Code::BucketMissing,
            Kind::BucketNotFound,
            "“photos” does not exist at Backblaze B2",
        ),
        (
            Error::Credentials(CredentialFault::WrongSecret),
            Code::WrongSecret,
            Kind::InvalidCredentials,
            "key “mara-laptop”",
        ),
        (
            Error::UnknownRule { element: "DelMarkerExpiration".into() },
            Code::UnknownRule,
            Kind::UploadFailed,
            "a rule of the bucket “photos” holds “DelMarkerExpiration”",
        ),
        (
            Error::Credentials(CredentialFault::UnknownKey),
            Code::UnknownKey,
            Kind::InvalidCredentials,
            "Backblaze B2 does not know",
        ),
        (Error::Credentials(CredentialFault::Expired), Code::ExpiredToken, Kind::InvalidCredentials, "has expired"),
        (
            Error::Credentials(CredentialFault::SignedOut),
            Code::ExpiredToken,
            Kind::InvalidCredentials,
            "sign-in at AWS",
        ),
        (
            Error::Unreachable(Unreachable::KeySource),
            Code::OfflineBroken,
            Kind::UploadFailed,
            "the service that gives the keys",
        ),
        (
            Error::Encryption { fault: EncryptionFault::NotOffered, asked: Some(Encryption::S3) },
            Code::NotSupported,
            Kind::UploadFailed,
            "Backblaze B2 does not encrypt what it stores",
        ),
        (
            Error::Encryption { fault: EncryptionFault::NotOffered, asked: Some(Encryption::Kms { key_id: None }) },
            Code::NotSupported,
            Kind::UploadFailed,
            "Backblaze B2 has no key service",
        ),
        (
            Error::Encryption {
                fault: EncryptionFault::NoSuchKey,
                asked: Some(Encryption::Kms { key_id: Some("k1".into()) }),
            },
            Code::EncryptionKey,
            Kind::UploadFailed,
            "the encryption key “k1” does not exist at Backblaze B2",
        ),
        (
            Error::Encryption { fault: EncryptionFault::KeyUnusable, asked: None },
            Code::EncryptionKey,
            Kind::UploadFailed,
            "the encryption key of the bucket “photos” cannot be used",
        ),
        (Error::Sealed { key: key() }, Code::EncryptionKey, Kind::UploadFailed, "cannot be read"),
        (
            Error::Denied { action: "kms:GenerateDataKey" },
            Code::Denied,
            Kind::UploadFailed,
            "not allowed to use the encryption key of the bucket “photos” (kms:GenerateDataKey)",
        ),
        (Error::Credentials(CredentialFault::Missing), Code::NoCredentials, Kind::InvalidCredentials, "no credentials"),
        (
            Error::WrongRegion { expected: Some("us-west-001".into()) },
            Code::WrongRegion,
            Kind::ConfigError,
            "in the region us-west-001, not in eu-central-003",
        ),
        (
            Error::WrongRegion { expected: None },
            Code::WrongRegion,
            Kind::ConfigError,
            "not in the region eu-central-003",
        ),
        (
            Error::Denied { action: "PutObject" },
            Code::Denied,
            Kind::UploadFailed,
            "not allowed to write to the bucket “photos”",
        ),
        (Error::ClockSkew { seconds: Some(1200) }, Code::ClockSkew, Kind::UploadFailed, "20 minutes behind"),
        (Error::ClockSkew { seconds: Some(-1200) }, Code::ClockSkew, Kind::UploadFailed, "20 minutes ahead of"),
        (Error::Unreachable(Unreachable::NotS3 { status: 200 }), Code::NotS3, Kind::UploadFailed, "web page"),
        (Error::Unreachable(Unreachable::Certificate), Code::TlsUntrusted, Kind::UploadFailed, "not trusted"),
        (
            Error::Unreachable(Unreachable::Dns),
            Code::Dns,
            Kind::UploadFailed,
            "s3.eu-central-003.backblazeb2.com was not found",
        ),
        (Error::Archived { key: key() }, Code::Archived, Kind::UploadFailed, "archive"),
        (Error::NotFound { key: key() }, Code::ObjectMissing, Kind::UploadFailed, "is not in"),
        (Error::BadDigest { key: key() }, Code::DamagedOnTheWay, Kind::UploadFailed, "damaged"),
        (
            Error::io("writing", no_reason(io::ErrorKind::StorageFull)),
            Code::DiskFull,
            Kind::UploadFailed,
            "disk is full",
        ),
        (Error::SlowDown, Code::SlowDown, Kind::UploadFailed, "slow down"),
        (Error::Cancelled, Code::Cancelled, Kind::SdkError, "stopped"),
    ];
    for (error, code, kind, words) in cases {
        let retryable = error.is_retryable();
        let said = AppError::from_storage(&error, &Context::new(Doing::Upload, place()));
        assert_eq!(said.retryable, retryable);
        check(said, code, kind, words);
    }
}

#[test]
fn what_ends_a_run_becomes_words() {
    let brake = |reason| Backup::Brake { brake: Brake { reason, removals: 2114, of: 19_000 } };
    let folder = || "/home/mara/Photos".into();
    let cases = [
        (Backup::FolderMissing { folder: folder() }, Code::FolderMissing, "/home/mara/Photos does not exist"),
        (Backup::NotAFolder { folder: folder() }, Code::FolderIsAFile, "is a file"),
        (
            Backup::FolderUnreadable { folder: folder(), source: io::ErrorKind::PermissionDenied.into() },
            Code::FolderUnreadable,
            "not allowed",
        ),
        (
            Backup::FolderUnreadable { folder: folder(), source: no_answer() },
            Code::FolderUnreadable,
            "/home/mara/Photos cannot be read: no answer in time",
        ),
        (Backup::BadPattern { pattern: "a[".into(), reason: "no ]".into() }, Code::BadPattern, "“a[”"),
        (Backup::Busy, Code::Busy, "under way"),
        (brake(BrakeReason::EmptySource), Code::BrakeEmpty, "2,114 of 19,000 files"),
        (brake(BrakeReason::OtherVolume), Code::BrakeVolume, "another disk"),
        (brake(BrakeReason::TooMany), Code::BrakeShare, "Nothing was removed"),
        (Backup::NoSpace { needed: 48_200_000, available: 1500 }, Code::NoSpace, "48 MB are needed, 1.5 kB are free"),
        (Backup::NothingThere { prefix: "x".into() }, Code::NothingThere, "“x”"),
        (Backup::NoVersions, Code::NoVersions, "“photos” does not keep old versions"),
        (Backup::Index(rusqlite::Error::InvalidQuery), Code::IndexDamaged, "index"),
        (Backup::Storage(Error::SlowDown), Code::SlowDown, "slow down"),
    ];
    for (error, code, words) in cases {
        let said = AppError::from_backup(&error, &Context::new(Doing::Upload, place()));
        let kind = said.kind;
        check(said, code, kind, words);
    }
    for bad in ["..", "a/../b", "a//b", "a\\b"] {
        check(Prefix::parse(bad).unwrap_err().into(), Code::PrefixBad, Kind::ConfigError, "the prefix");
    }
}

#[test]
fn a_single_failure_says_why_and_what_to_do() {
    let reasons = [
        (FailureReason::Io(io::ErrorKind::PermissionDenied.into()), "not allowed", false),
        (FailureReason::Io(no_answer()), "no answer in time", true),
        (FailureReason::Unstable, "changed each time", true),
        (FailureReason::Vanished, "removed", true),
        (FailureReason::Storage(Error::SlowDown), "slow down", true),
        (FailureReason::Collision { other: "IMG.jpg".into() }, "“IMG.jpg”", false),
        (FailureReason::Mismatch, "not what was backed up", false),
    ];
    for (reason, words, retryable) in reasons {
        let found = Failure { path: "a\u{1b}b".into(), reason };
        let view = failure(&found, &Context::new(Doing::Download, place()));
        assert!(view.reason.contains(words), "{view:?}");
        assert_eq!((view.path.as_str(), view.retryable), ("a\\u{1b}b", retryable));
        assert!(!view.hint.is_empty());
    }
}

#[test]
fn an_error_crosses_to_the_page_under_the_names_of_the_contract() {
    let error = AppError::from(Error::NoSuchBucket { bucket: "photos".into() });
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!((&json["kind"], &json["code"]), (&"BucketNotFound".into(), &"bucket_missing".into()));
    assert_eq!(json.as_object().unwrap().len(), 5);
    let back: AppError = serde_json::from_value(json).unwrap();
    assert_eq!(back, error);
    assert_eq!(serde_json::to_value(Code::NotS3).unwrap(), "not_s3");
}

/// What the system shows of Holdfast is in `words`, in one place: the window's shell has no sentence of its own. What
/// it writes to the terminal it was started from is for whoever debugs it.
#[test]
fn the_windows_shell_says_nothing_that_is_not_in_the_catalogue() {
    let shell = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src-tauri/src");
    let mut said = Vec::new();
    for file in [shell.clone(), shell.join("commands")].iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//") && !line.contains("eprintln!"));
        said.extend(lines.flat_map(sentences).map(|said| format!("{}: {said}", path.display())));
    }
    assert_eq!(said, Vec::<String>::new());
    assert_eq!(
        sentences(r#"item(QUIT, "Quit Holdfast"), emit("holdfast:changed"), f("a", "Open")"#),
        ["Quit Holdfast", "Open"]
    );
}

/// The literals of a line that people would read: two words, or one that begins like a sentence.
fn sentences(line: &str) -> Vec<&str> {
    let is_word = |word: &&str| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
    let begins = |text: &str| {
        let mut letters = text.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
    };
    let literals = line.split('"').skip(1).step_by(2);
    literals.filter(|text| begins(text) || text.split(' ').filter(is_word).count() > 1).collect()
}
