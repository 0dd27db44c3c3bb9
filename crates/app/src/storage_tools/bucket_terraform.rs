//! A bucket of one's own as Terraform makes it: versions, encryption, nobody from outside, and rules that touch no copy
//! and no log. Pure.

use std::fmt::Write;

use holdfast_storage::{Encryption, S3Location};

use super::policy_terraform::quoted;

/// Days after which an upload that nobody finished is given up.
const UNFINISHED_DAYS: u32 = 7;
/// Days that a version which was replaced or removed is kept.
const OLD_VERSION_DAYS: u32 = 90;

/// The bucket of a place. No rule ends or moves an object that is the newest of its key: a log that lost a part would
/// be named as damaged.
pub fn bucket_terraform(location: &S3Location) -> String {
    let mut text = String::new();
    let mut block = |head: &str, body: &str| {
        let _always_fits = write!(text, "{head} {{\n{body}}}\n\n");
    };
    let of_bucket = "  bucket = aws_s3_bucket.holdfast.id\n";
    block(
        "resource \"aws_s3_bucket\" \"holdfast\"",
        &format!("  bucket = {}\n\n  lifecycle {{\n    prevent_destroy = true\n  }}\n", quoted(&location.bucket)),
    );
    block(
        "resource \"aws_s3_bucket_public_access_block\" \"holdfast\"",
        &format!(
            "{of_bucket}\n  block_public_acls       = true\n  block_public_policy     = true\n  \
             ignore_public_acls      = true\n  restrict_public_buckets = true\n"
        ),
    );
    block(
        "resource \"aws_s3_bucket_versioning\" \"holdfast\"",
        &format!("{of_bucket}\n  versioning_configuration {{\n    status = \"Enabled\"\n  }}\n"),
    );
    block(
        "resource \"aws_s3_bucket_server_side_encryption_configuration\" \"holdfast\"",
        &format!(
            "{of_bucket}\n  rule {{\n    apply_server_side_encryption_by_default {{\n{}    }}\n    \
             bucket_key_enabled = true\n  }}\n",
            encryption(location.encryption.as_ref())
        ),
    );
    block(
        "resource \"aws_s3_bucket_lifecycle_configuration\" \"holdfast\"",
        &format!(
            "{of_bucket}\n  depends_on = [aws_s3_bucket_versioning.holdfast]\n\n  rule {{\n    \
             id     = \"holdfast-tidies\"\n    status = \"Enabled\"\n    filter {{}}\n\n    \
             abort_incomplete_multipart_upload {{\n      days_after_initiation = {UNFINISHED_DAYS}\n    }}\n\n    \
             noncurrent_version_expiration {{\n      noncurrent_days = {OLD_VERSION_DAYS}\n    }}\n  }}\n"
        ),
    );
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn encryption(of: Option<&Encryption>) -> String {
    match of {
        Some(Encryption::Kms { key_id }) => {
            let key = key_id.as_ref().map(|key| format!("      kms_master_key_id = {}\n", quoted(key)));
            format!("      sse_algorithm     = \"aws:kms\"\n{}", key.unwrap_or_default())
        }
        _ => "      sse_algorithm = \"AES256\"\n".into(),
    }
}

#[cfg(test)]
mod tests {
    use holdfast_storage::StoreUrl;

    use super::*;

    fn terraform(url: &str) -> String {
        let StoreUrl::S3(location) = StoreUrl::parse(url).unwrap().0 else { panic!("{url}") };
        bucket_terraform(&location)
    }

    #[test]
    fn no_rule_ends_or_moves_what_is_newest() {
        let text = terraform("s3://photos/mine?region=eu-north-1");
        for part in ["abort_incomplete_multipart_upload", "noncurrent_version_expiration", "\"Enabled\"", "AES256"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        for part in ["\n    expiration {", "transition", "force_destroy"] {
            assert!(!text.contains(part), "{part} in {text}");
        }
        assert_eq!(text.matches('{').count(), text.matches('}').count());
    }

    #[test]
    fn the_encryption_is_the_places() {
        let text = terraform("s3://photos?sse=kms:arn:aws:kms:eu-west-1:1:key/2");
        assert!(text.contains("aws:kms") && text.contains("arn:aws:kms:eu-west-1:1:key/2"), "{text}");
    }
}
