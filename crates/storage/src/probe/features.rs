//! What the bucket offers beside reading and writing. Asks only; changes no setting.

use super::{
    ProbeRequest,
    report::{Feature, Lifecycle, Multipart, ProbeReport, TakenUp, VersionsKept},
    workplace::Workplace,
};
use crate::{
    Body, Encryption, Error, ObjectMeta, ReadOptions, Result, Versioning, WriteOptions,
    s3::{self, Account, LifecycleRule},
};

pub(super) async fn versioning(place: &Workplace) -> VersionsKept {
    match place.store.versioning().await {
        Ok(Versioning::On) => VersionsKept::On,
        Ok(Versioning::Suspended) => VersionsKept::Suspended,
        Ok(Versioning::Off) | Err(Error::NotSupported { .. }) => VersionsKept::Off,
        Err(_) => VersionsKept::Unknown,
    }
}

/// Begins an upload, looks for it among the unfinished ones, and gives it up.
pub(super) async fn multipart(place: &mut Workplace) -> Multipart {
    let upload = match place.begin_upload("unfinished").await {
        Ok(upload) => upload,
        Err(Error::NotSupported { .. }) => return Multipart::Unsupported,
        Err(_) => return Multipart::Unknown,
    };
    let listed = place.store.list_uploads(place.folder()).await;
    let seen = listed.is_ok_and(|all| all.iter().any(|info| info.upload.id == upload.id));
    match (place.end_upload(&upload).await, seen) {
        (Ok(()), true) => Multipart::Works,
        (Ok(()), false) => Multipart::NotListed,
        (Err(_), _) => Multipart::Unknown,
    }
}

/// Writes with the storage class and encryption of the place, where it has any, and asks HEAD what became of them.
pub(super) async fn taken_up(place: &mut Workplace, request: &ProbeRequest<'_>, report: &mut ProbeReport) {
    if request.storage_class.is_none() && request.encryption.is_none() {
        return;
    }
    let seen = write_and_look(place, request).await;
    report.storage_class = request.storage_class.map(|class| match &seen {
        Ok(meta) => class_taken(class, meta),
        Err(_) => TakenUp::Refused,
    });
    report.encryption = request.encryption.map(|asked| match &seen {
        Ok(meta) => encryption_taken(asked, meta),
        Err(_) => TakenUp::Refused,
    });
}

async fn write_and_look(place: &mut Workplace, request: &ProbeRequest<'_>) -> Result<ObjectMeta> {
    const NAME: &str = "as-configured";
    let options = WriteOptions {
        storage_class: request.storage_class.map(str::to_owned),
        encryption: request.encryption.cloned(),
        ..WriteOptions::default()
    };
    place.put(NAME, Body::bytes("holdfast probe"), &options).await?;
    place.store.head(&place.key(NAME)?, &ReadOptions::default()).await
}

/// HEAD leaves the standard class out.
fn class_taken(asked: &str, meta: &ObjectMeta) -> TakenUp {
    let seen = meta.storage_class.as_deref().unwrap_or("STANDARD");
    match seen.eq_ignore_ascii_case(asked) {
        true => TakenUp::Taken,
        false => TakenUp::Ignored { seen: meta.storage_class.clone() },
    }
}

fn encryption_taken(asked: &Encryption, meta: &ObjectMeta) -> TakenUp {
    match (asked, &meta.encryption) {
        (Encryption::S3, Some(Encryption::S3)) | (Encryption::Kms { .. }, Some(Encryption::Kms { .. })) => {
            TakenUp::Taken
        }
        (_, None) => TakenUp::Ignored { seen: None },
        (_, Some(Encryption::S3)) => TakenUp::Ignored { seen: Some("AES256".into()) },
        (_, Some(Encryption::Kms { .. })) => TakenUp::Ignored { seen: Some("aws:kms".into()) },
    }
}

pub(super) async fn object_lock(account: &Account, bucket: &str) -> Feature {
    match s3::object_lock(account, bucket).await {
        Ok(true) => Feature::On,
        Ok(false) => Feature::Off,
        Err(Error::NotSupported { .. }) => Feature::Unsupported,
        Err(_) => Feature::Unknown,
    }
}

pub(super) async fn lifecycle(account: &Account, bucket: &str) -> Lifecycle {
    match s3::lifecycle(account, bucket).await {
        Ok(rules) => summary(&rules),
        Err(Error::NotSupported { .. }) => Lifecycle::Unsupported,
        Err(_) => Lifecycle::Unknown,
    }
}

fn summary(rules: &[LifecycleRule]) -> Lifecycle {
    match rules {
        [] => Lifecycle::None,
        rules => Lifecycle::Rules {
            expires: rules.iter().any(|rule| rule.expires),
            archives: rules.iter().any(|rule| rule.archives),
            ends_uploads: rules.iter().any(|rule| rule.ends_uploads),
        },
    }
}
