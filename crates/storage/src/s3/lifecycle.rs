//! Lifecycle rules between the SDK's types and ours. Pure, and without loss: what the SDK does not know is found in the
//! server's own text and refused, because writing the rules back would drop it.

use aws_sdk_s3::{
    error::BuildError,
    primitives::{DateTime, DateTimeFormat},
    types::{
        self as sdk, BucketLifecycleConfiguration, ExpirationStatus, LifecycleRuleAndOperator, LifecycleRuleFilter,
        TransitionStorageClass,
    },
};

use crate::lifecycle::{
    AbortUploads, And, Expiration, Filter, NoncurrentExpiration, NoncurrentTransition, Rule, Tag, Transition,
};

/// Every element that the conversion below carries.
const KNOWN: [&str; 32] = [
    "LifecycleConfiguration",
    "Rule",
    "ID",
    "Status",
    "Prefix",
    "Filter",
    "And",
    "Tag",
    "Key",
    "Value",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
    "Expiration",
    "Date",
    "Days",
    "ExpiredObjectDeleteMarker",
    "Transition",
    "StorageClass",
    "NoncurrentVersionTransition",
    "NoncurrentDays",
    "NewerNoncurrentVersions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
    "DaysAfterInitiation",
    // Beside the rules, and said by the server alone.
    "GetBucketLifecycleConfigurationResult",
    "GetBucketLifecycleConfigurationOutput",
    "BucketLifecycleConfiguration",
    "ExpiryUpdatedAt",
    "RequestId",
    "HostId",
    "CreationDate",
    "ResponseMetadata",
];

/// The first element of a server's answer that would be lost.
pub(super) fn unknown_element(xml: &str) -> Option<&str> {
    xml.split('<').skip(1).map(element_name).find(|name| !name.is_empty() && !KNOWN.contains(name))
}

/// The name behind a `<`, without its namespace; empty for ends, declarations and comments.
fn element_name(tag: &str) -> &str {
    if tag.starts_with(['/', '?', '!']) {
        return "";
    }
    let name = tag.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

pub(super) fn rule_in(rule: &sdk::LifecycleRule) -> Rule {
    #[allow(deprecated)]
    let prefix = rule.prefix.clone();
    Rule {
        id: rule.id.clone(),
        status: rule.status.as_str().to_owned(),
        prefix,
        filter: rule.filter.as_ref().map(filter_in),
        expiration: rule.expiration.as_ref().map(|e| Expiration {
            date: e.date.as_ref().and_then(day_in),
            days: e.days,
            expired_object_delete_marker: e.expired_object_delete_marker,
        }),
        transitions: rule.transitions().iter().map(transition_in).collect(),
        noncurrent_version_transitions: rule
            .noncurrent_version_transitions()
            .iter()
            .map(|t| NoncurrentTransition {
                noncurrent_days: t.noncurrent_days,
                storage_class: t.storage_class.as_ref().map(|c| c.as_str().to_owned()),
                newer_noncurrent_versions: t.newer_noncurrent_versions,
            })
            .collect(),
        noncurrent_version_expiration: rule.noncurrent_version_expiration.as_ref().map(|e| NoncurrentExpiration {
            noncurrent_days: e.noncurrent_days,
            newer_noncurrent_versions: e.newer_noncurrent_versions,
        }),
        abort_incomplete_multipart_upload: rule
            .abort_incomplete_multipart_upload
            .as_ref()
            .map(|a| AbortUploads { days_after_initiation: a.days_after_initiation }),
    }
}

fn filter_in(filter: &LifecycleRuleFilter) -> Filter {
    Filter {
        prefix: filter.prefix.clone(),
        tag: filter.tag.as_ref().map(tag_in),
        object_size_greater_than: filter.object_size_greater_than,
        object_size_less_than: filter.object_size_less_than,
        and: filter.and.as_ref().map(|and| And {
            prefix: and.prefix.clone(),
            tags: and.tags().iter().map(tag_in).collect(),
            object_size_greater_than: and.object_size_greater_than,
            object_size_less_than: and.object_size_less_than,
        }),
    }
}

fn tag_in(tag: &sdk::Tag) -> Tag {
    Tag { key: tag.key.clone(), value: tag.value.clone() }
}

fn transition_in(transition: &sdk::Transition) -> Transition {
    Transition {
        date: transition.date.as_ref().and_then(day_in),
        days: transition.days,
        storage_class: transition.storage_class.as_ref().map(|c| c.as_str().to_owned()),
    }
}

fn day_in(date: &DateTime) -> Option<String> {
    date.fmt(DateTimeFormat::DateTime).ok()
}

fn day_out(date: Option<&String>) -> Option<DateTime> {
    date.and_then(|text| DateTime::from_str(text, DateTimeFormat::DateTime).ok())
}

/// All rules in the SDK's form.
pub(super) fn rules_out(rules: &[Rule]) -> Result<BucketLifecycleConfiguration, BuildError> {
    let rules = rules.iter().map(rule_out).collect::<Result<Vec<_>, _>>()?;
    BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build()
}

fn rule_out(rule: &Rule) -> Result<sdk::LifecycleRule, BuildError> {
    let expiration = rule.expiration.as_ref().map(|e| {
        sdk::LifecycleExpiration::builder()
            .set_date(day_out(e.date.as_ref()))
            .set_days(e.days)
            .set_expired_object_delete_marker(e.expired_object_delete_marker)
            .build()
    });
    let transitions: Vec<_> = rule.transitions.iter().map(transition_out).collect();
    let old: Vec<_> = rule.noncurrent_version_transitions.iter().map(noncurrent_out).collect();
    let old_expire = rule.noncurrent_version_expiration.as_ref().map(|e| {
        sdk::NoncurrentVersionExpiration::builder()
            .set_noncurrent_days(e.noncurrent_days)
            .set_newer_noncurrent_versions(e.newer_noncurrent_versions)
            .build()
    });
    let abort = rule.abort_incomplete_multipart_upload.as_ref().map(|a| {
        sdk::AbortIncompleteMultipartUpload::builder().set_days_after_initiation(a.days_after_initiation).build()
    });
    #[allow(deprecated)]
    sdk::LifecycleRule::builder()
        .set_id(rule.id.clone())
        .status(ExpirationStatus::from(rule.status.as_str()))
        .set_prefix(rule.prefix.clone())
        .set_filter(rule.filter.as_ref().map(filter_out).transpose()?)
        .set_expiration(expiration)
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_noncurrent_version_transitions((!old.is_empty()).then_some(old))
        .set_noncurrent_version_expiration(old_expire)
        .set_abort_incomplete_multipart_upload(abort)
        .build()
}

fn transition_out(transition: &Transition) -> sdk::Transition {
    sdk::Transition::builder()
        .set_date(day_out(transition.date.as_ref()))
        .set_days(transition.days)
        .set_storage_class(transition.storage_class.as_deref().map(TransitionStorageClass::from))
        .build()
}

fn noncurrent_out(transition: &NoncurrentTransition) -> sdk::NoncurrentVersionTransition {
    sdk::NoncurrentVersionTransition::builder()
        .set_noncurrent_days(transition.noncurrent_days)
        .set_storage_class(transition.storage_class.as_deref().map(TransitionStorageClass::from))
        .set_newer_noncurrent_versions(transition.newer_noncurrent_versions)
        .build()
}

fn filter_out(filter: &Filter) -> Result<LifecycleRuleFilter, BuildError> {
    let and = filter.and.as_ref().map(|and| {
        let tags = and.tags.iter().map(tag_out).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, BuildError>(
            LifecycleRuleAndOperator::builder()
                .set_prefix(and.prefix.clone())
                .set_tags((!tags.is_empty()).then_some(tags))
                .set_object_size_greater_than(and.object_size_greater_than)
                .set_object_size_less_than(and.object_size_less_than)
                .build(),
        )
    });
    Ok(LifecycleRuleFilter::builder()
        .set_prefix(filter.prefix.clone())
        .set_tag(filter.tag.as_ref().map(tag_out).transpose()?)
        .set_object_size_greater_than(filter.object_size_greater_than)
        .set_object_size_less_than(filter.object_size_less_than)
        .set_and(and.transpose()?)
        .build())
}

fn tag_out(tag: &Tag) -> Result<sdk::Tag, BuildError> {
    sdk::Tag::builder().key(&tag.key).value(&tag.value).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::Lifecycle;

    #[test]
    fn a_rule_is_written_back_as_it_was_read() {
        let text = r#"{"Rules":[
            {"ID":"all","Status":"Disabled","Filter":{"And":{"Prefix":"p/","Tags":[{"Key":"a","Value":"b"},{"Key":"c","Value":""}],"ObjectSizeGreaterThan":1,"ObjectSizeLessThan":99}},
             "Expiration":{"Date":"2030-01-02T00:00:00Z"},
             "Transitions":[{"Days":30,"StorageClass":"STANDARD_IA"},{"Date":"2031-01-01T00:00:00Z","StorageClass":"OF_A_LATER_YEAR"}],
             "NoncurrentVersionTransitions":[{"NoncurrentDays":3,"StorageClass":"GLACIER","NewerNoncurrentVersions":5}],
             "NoncurrentVersionExpiration":{"NoncurrentDays":9,"NewerNoncurrentVersions":2}},
            {"ID":"old form","Status":"Enabled","Prefix":"logs","Expiration":{"ExpiredObjectDeleteMarker":true}},
            {"Status":"Enabled","Filter":{"Tag":{"Key":"k","Value":"v"}},"Expiration":{"Days":1}},
            {"Status":"Enabled","Filter":{},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}]}"#;
        let lifecycle: Lifecycle = serde_json::from_str(text).unwrap();
        let sdk = rules_out(&lifecycle.rules).unwrap();
        assert_eq!(sdk.rules.iter().map(rule_in).collect::<Vec<_>>(), lifecycle.rules);
    }

    #[test]
    fn what_would_be_lost_is_found_in_the_servers_own_text() {
        let around = |inside: &str| {
            format!(
                "<?xml version=\"1.0\"?><LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                 <Rule><ID>x</ID><Filter/><Status>Enabled</Status>{inside}</Rule></LifecycleConfiguration>"
            )
        };
        for (inside, want) in [
            ("<Expiration><Days>1</Days></Expiration>", None),
            ("<s3:Transition><Days>1</Days></s3:Transition>", None),
            ("<!-- Later --><Prefix>a&lt;b</Prefix>", None),
            ("<DelMarkerExpiration><Days>1</Days></DelMarkerExpiration>", Some("DelMarkerExpiration")),
            (
                "<Expiration><ExpiredObjectAllVersions>true</ExpiredObjectAllVersions></Expiration>",
                Some("ExpiredObjectAllVersions"),
            ),
        ] {
            assert_eq!(unknown_element(&around(inside)), want, "{inside}");
        }
    }
}
