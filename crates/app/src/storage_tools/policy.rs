//! The rights that Holdfast needs at a place, and no others: as IAM takes them, and as Terraform does. Pure.
//!
//! It lists below the prefix, reads, writes and removes objects there, and tidies its own uploads. It never gets the
//! right to remove versions or to change settings of the bucket: whoever steals such a key cannot wipe what a bucket
//! with versions keeps.

use holdfast_storage::{Encryption, S3Location, storage_class::is_archive};
use serde_json::{Value, json};

use super::{StorageTools, bucket_terraform, policy_terraform::terraform};
use crate::{
    AppError, ErrorCode, Result,
    dto::storage_tools::PolicyView,
    profiles::{Place, S3Place},
};

/// A group of rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub sid: &'static str,
    pub actions: Vec<&'static str>,
    pub resource: String,
    /// Only listings below this.
    pub below: Option<String>,
}

impl StorageTools {
    /// The least rights for this place.
    pub fn policy(&self) -> Result<PolicyView> {
        match &self.place {
            Place::Local(_) => Ok(PolicyView {
                iam_json: String::new(),
                terraform: String::new(),
                words: "Copies on this computer need no policy: whoever may read and write the folder may use them."
                    .into(),
            }),
            Place::Gateway(_) => Ok(PolicyView {
                iam_json: String::new(),
                terraform: String::new(),
                words:
                    "The gateway holds the bucket's keys; what this computer may do there is set in its configuration."
                        .into(),
            }),
            Place::S3(place) => match self.archive_of_a_set.clone() {
                Some(class) => least_privilege(&S3Place { storage_class: Some(class), ..(**place).clone() }),
                None => least_privilege(place),
            },
        }
    }
}

/// The least rights for the place that a store URL names, with its bucket as Terraform makes it. Connects to nothing.
///
/// # Errors
/// When it is no store URL of a bucket.
pub fn policy_of_url(url: &str) -> Result<PolicyView> {
    let holdfast_storage::StoreUrl::S3(location) = holdfast_storage::StoreUrl::parse(url)?.0 else {
        return Err(AppError::config(
            ErrorCode::StoreUrlScheme,
            "only a bucket has a policy",
            "give a store URL such as s3://BUCKET/PREFIX?region=REGION",
        ));
    };
    let mut view = least_privilege(&S3Place::of(&location, None))?;
    view.terraform = format!("{}\n{}", bucket_terraform(&location), view.terraform);
    Ok(view)
}

/// The least rights for a bucket.
///
/// # Errors
/// When a hand-edited place is not one.
pub fn least_privilege(place: &S3Place) -> Result<PolicyView> {
    let location = place.location()?;
    let statements = statements(&location);
    Ok(PolicyView {
        iam_json: serde_json::to_string_pretty(&policy(&statements)).unwrap_or_default(),
        terraform: terraform(&location.bucket, &statements),
        words: words(&location, place.provider_id()),
    })
}

fn statements(location: &S3Location) -> Vec<Statement> {
    let bucket = format!("arn:{}:s3:::{}", partition(location.region.as_deref()), location.bucket);
    let below = format!("{}*", literal(&location.prefix.dir()));
    let mut objects = vec![
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    ];
    if location.storage_class.as_deref().is_some_and(is_archive) {
        objects.push("s3:RestoreObject");
    }
    let listing = |sid, actions: &[&'static str], below: Option<String>| Statement {
        sid,
        actions: actions.to_vec(),
        resource: bucket.clone(),
        below,
    };
    let only_below = (!location.prefix.is_empty()).then(|| below.clone());
    let mut all = vec![
        listing("HoldfastLists", &["s3:ListBucket", "s3:ListBucketVersions"], only_below),
        // S3 knows no prefix for these.
        listing("HoldfastLooks", &["s3:ListBucketMultipartUploads", "s3:GetBucketVersioning"], None),
        Statement { sid: "HoldfastCopies", actions: objects, resource: format!("{bucket}/{below}"), below: None },
    ];
    if let Some(Encryption::Kms { key_id: Some(key) }) = &location.encryption
        && key.starts_with("arn:")
    {
        let actions = vec!["kms:GenerateDataKey", "kms:Decrypt"];
        all.push(Statement { sid: "HoldfastEncrypts", actions, resource: literal(key), below: None });
    }
    all
}

fn partition(region: Option<&str>) -> &'static str {
    match region {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Text that means itself in a policy, where `*`, `?` and `$` mean something (IAM user guide, "Policy variables").
fn literal(text: &str) -> String {
    let escaped = |c: char| match c {
        '*' | '?' | '$' => format!("${{{c}}}"),
        c => c.to_string(),
    };
    text.chars().map(escaped).collect()
}

fn policy(statements: &[Statement]) -> Value {
    let statement = |one: &Statement| {
        let mut value = json!({ "Sid": one.sid, "Effect": "Allow", "Action": one.actions, "Resource": one.resource });
        if let Some(below) = &one.below {
            value["Condition"] = json!({ "StringLike": { "s3:prefix": below } });
        }
        value
    };
    json!({ "Version": "2012-10-17", "Statement": statements.iter().map(statement).collect::<Vec<_>>() })
}

fn words(location: &S3Location, provider: &str) -> String {
    let about = match location.prefix.is_empty() {
        true => format!("in the bucket “{}”", location.bucket),
        false => format!("below “{}” in the bucket “{}”", location.prefix.dir(), location.bucket),
    };
    let mut said = vec![
        format!("A key with this policy can list, read, write and remove files {about}, and nothing else."),
        "It cannot remove old versions and cannot change the bucket's settings; use another key for that.".to_owned(),
    ];
    if let Some(Encryption::Kms { key_id }) = &location.encryption
        && !key_id.as_deref().is_some_and(|key| key.starts_with("arn:"))
    {
        said.push(
            "The files are encrypted with a KMS key: also allow kms:GenerateDataKey and kms:Decrypt for it.".into(),
        );
    }
    said.extend(match provider {
        "b2" => Some("Backblaze B2 has no such policies: make an application key that is limited to this bucket and, as its file name prefix, to this folder."),
        "r2" => Some("Cloudflare R2 has no such policies: make an API token for this bucket with “Object Read & Write”."),
        "spaces" => Some("DigitalOcean Spaces has no such policies: make a key that is limited to this bucket with “Read/Write/Delete”."),
        "garage" => Some("Garage has no such policies: make a key of its own and allow it to read and write this bucket."),
        _ => None,
    }.map(str::to_owned));
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use holdfast_storage::StoreUrl;

    use super::*;

    fn view(url: &str) -> PolicyView {
        let StoreUrl::S3(location) = StoreUrl::parse(url).unwrap().0 else { panic!("{url}") };
        least_privilege(&S3Place::of(&location, None)).unwrap()
    }

    fn statements_of(url: &str) -> Vec<Value> {
        let policy: Value = serde_json::from_str(&view(url).iam_json).unwrap();
        assert_eq!(policy["Version"], "2012-10-17");
        policy["Statement"].as_array().unwrap().clone()
    }

    #[test]
    fn a_key_may_touch_only_what_is_below_its_prefix() {
        let all = statements_of("s3://photos/mara/laptop?region=eu-north-1");
        assert_eq!(all.len(), 3);
        assert_eq!(all[0]["Condition"], json!({ "StringLike": { "s3:prefix": "mara/laptop/*" } }));
        assert_eq!(all[0]["Resource"], "arn:aws:s3:::photos");
        assert_eq!(all[2]["Resource"], "arn:aws:s3:::photos/mara/laptop/*");
    }

    #[test]
    fn no_policy_removes_versions_or_changes_settings() {
        for url in ["s3://photos", "s3://photos/p?storage_class=DEEP_ARCHIVE&sse=kms", "s3://photos?region=cn-north-1"]
        {
            for statement in statements_of(url) {
                for action in statement["Action"].as_array().unwrap() {
                    let action = action.as_str().unwrap();
                    assert!(!action.contains('*'), "{action}");
                    assert!(action != "s3:DeleteObjectVersion" && !action.starts_with("s3:PutBucket"), "{action}");
                    assert!(!action.contains("Lifecycle") && !action.contains("Bypass"), "{action}");
                }
            }
        }
    }

    #[test]
    fn what_a_place_needs_beside_is_allowed_and_nothing_that_it_does_not() {
        let has = |url: &str, action: &str| view(url).iam_json.contains(action);
        for (url, action, want) in [
            ("s3://b-1?storage_class=GLACIER", "s3:RestoreObject", true),
            ("s3://b-1?storage_class=GLACIER_IR", "s3:RestoreObject", false),
            ("s3://b-1?sse=kms:arn:aws:kms:eu-west-1:1:key/2", "kms:GenerateDataKey", true),
            ("s3://b-1?sse=kms", "kms:", false),
            ("s3://b-1?sse=AES256", "kms:", false),
            ("s3://b-1?region=cn-north-1", "arn:aws-cn:s3:::b-1", true),
            ("s3://b-1?region=us-gov-west-1", "arn:aws-us-gov:s3:::b-1/*", true),
            ("s3://b-1", "s3:prefix", false),
        ] {
            assert_eq!(has(url, action), want, "{url} {action}");
        }
        assert!(view("s3://b-1?sse=kms").words.contains("KMS"));
        assert!(view("s3://b-1?endpoint=s3.eu-central-003.backblazeb2.com").words.contains("application key"));
    }

    #[test]
    fn a_prefix_with_signs_that_mean_something_means_itself() {
        let all = statements_of("s3://b-1/50%25 $ * ok%3F");
        assert_eq!(all[2]["Resource"], "arn:aws:s3:::b-1/50% ${$} ${*} ok${?}/*");
        let terraform = view("s3://b-1/50%25 $ * ok%3F").terraform;
        assert!(terraform.contains("50% $${$} $${*} ok$${?}/*"), "{terraform}");
    }
}
