//! Lifecycle rules of a bucket, with every field that S3 knows, so that a rule can be written back as it was read.
//!
//! The JSON is that of the AWS command line (`aws s3api put-bucket-lifecycle-configuration`). It judges no rule.

use serde::{Deserialize, Serialize};

/// All rules of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Lifecycle {
    /// The rules, in the server's order.
    pub rules: Vec<Rule>,
    /// Which objects are too small to be moved (`TransitionDefaultMinimumObjectSize`, a header of AWS's own).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_default_minimum_object_size: Option<String>,
    /// The first element of the server's answer that these types do not hold. Writing the rules back would drop it.
    #[serde(skip)]
    pub unknown: Option<String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Rule {
    /// Its name, unique in the bucket.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// What it concerns, in the form S3 had before filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// What it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Removes objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// Moves objects to other classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// Moves old versions to other classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_version_transitions: Vec<NoncurrentTransition>,
    /// Removes old versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_version_expiration: Option<NoncurrentExpiration>,
    /// Gives up unfinished uploads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_incomplete_multipart_upload: Option<AbortUploads>,
}

/// Which objects a rule concerns. Empty for all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Filter {
    /// Keys that begin with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Objects with this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Larger than this, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_size_greater_than: Option<i64>,
    /// Smaller than this, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_size_less_than: Option<i64>,
    /// Several conditions at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub and: Option<And>,
}

/// Several conditions at once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct And {
    /// Keys that begin with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Objects with all these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Larger than this, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_size_greater_than: Option<i64>,
    /// Smaller than this, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_size_less_than: Option<i64>,
}

/// A tag of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// Name.
    pub key: String,
    /// Value.
    pub value: String,
}

/// When objects are removed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Expiration {
    /// On this day, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// So many days after they were stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// Removes delete markers below which nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_object_delete_marker: Option<bool>,
}

/// When objects move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Transition {
    /// On this day, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// So many days after they were stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
}

/// When old versions move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NoncurrentTransition {
    /// So many days after they were replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<i32>,
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// So many of the newest stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<i32>,
}

/// When old versions are removed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NoncurrentExpiration {
    /// So many days after they were replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<i32>,
    /// So many of the newest stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<i32>,
}

/// When unfinished uploads are given up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AbortUploads {
    /// So many days after they were begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_after_initiation: Option<i32>,
}

impl Lifecycle {
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The same rules in one form: servers give them back in another order and write "all objects" in several ways.
    pub fn canonical(&self) -> Self {
        let mut rules: Vec<_> = self.rules.iter().map(Rule::canonical).collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Self { rules, ..self.clone() }
    }
}

impl Rule {
    /// Whether the server carries it out.
    pub fn is_enabled(&self) -> bool {
        self.status == "Enabled"
    }

    /// The prefix, when nothing but a prefix says what the rule concerns; empty for all objects.
    pub fn bare_prefix(&self) -> Option<&str> {
        let Some(filter) = &self.filter else { return Some(self.prefix.as_deref().unwrap_or_default()) };
        let narrower = filter.tag.is_some()
            || filter.object_size_greater_than.is_some()
            || filter.object_size_less_than.is_some()
            || filter.and.is_some();
        (!narrower).then(|| filter.prefix.as_deref().unwrap_or_default())
    }

    /// The rule in one form, for comparing.
    pub fn canonical(&self) -> Self {
        let mut rule = self.clone();
        if let Some(prefix) = self.bare_prefix() {
            rule.filter = Some(Filter { prefix: Some(prefix.to_owned()), ..Filter::default() });
            rule.prefix = None;
        }
        if let Some(and) = rule.filter.as_mut().and_then(|filter| filter.and.as_mut()) {
            and.tags.sort();
        }
        rule.transitions.sort();
        rule.noncurrent_version_transitions.sort();
        rule
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_json_is_that_of_the_aws_command_line() {
        let text = r#"{"Rules":[{"ID":"a","Status":"Enabled","Filter":{"And":{"Prefix":"logs/","Tags":[{"Key":"k","Value":"v"}],"ObjectSizeGreaterThan":5}},"Transitions":[{"Days":30,"StorageClass":"STANDARD_IA"}],"NoncurrentVersionExpiration":{"NoncurrentDays":7,"NewerNoncurrentVersions":2},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}]}"#;
        let lifecycle: Lifecycle = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&lifecycle).unwrap(), text);
    }

    #[test]
    fn ways_to_say_the_same_are_the_same() {
        let all =
            [r#"{"Status":"Enabled"}"#, r#"{"Status":"Enabled","Prefix":""}"#, r#"{"Status":"Enabled","Filter":{}}"#];
        for text in all {
            assert_eq!(rule(text).canonical(), rule(r#"{"Status":"Enabled","Filter":{"Prefix":""}}"#).canonical());
            assert_eq!(rule(text).bare_prefix(), Some(""));
        }
        let old = rule(r#"{"Status":"Enabled","Prefix":"p/"}"#);
        assert_eq!(old.canonical(), rule(r#"{"Status":"Enabled","Filter":{"Prefix":"p/"}}"#).canonical());
        let tagged = rule(r#"{"Status":"Enabled","Filter":{"And":{"Prefix":"p/","ObjectSizeLessThan":3}}}"#);
        assert_eq!(tagged.bare_prefix(), None);
        assert_ne!(tagged.canonical(), old.canonical());
    }
}
