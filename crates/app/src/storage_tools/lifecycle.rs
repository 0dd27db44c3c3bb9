//! Between the form and the rules of a bucket. Pure: it is handed the rules, and what it gives back is sent elsewhere.
//!
//! Ours are the rules whose name begins with `holdfast-` and which concern exactly the place's own prefix. Every other
//! rule stays as it is, at its place.

use holdfast_storage::{
    lifecycle::{AbortUploads, Filter, Lifecycle, NoncurrentExpiration, Rule, Transition},
    storage_class::storage_class,
};

use super::bad;
use crate::{
    Result,
    dto::storage_tools::{LifecycleForm, LifecyclePreview, TransitionForm, VersioningView},
    error::shown,
};

const MARK: &str = "holdfast-";
const ABORT: &str = "holdfast-unfinished-uploads";
const MOVE: &str = "holdfast-storage-class";
const OLD: &str = "holdfast-old-versions";

/// The most days that S3 counts for a rule.
const LONGEST_DAYS: u32 = 36_500;

fn is_ours(rule: &Rule, prefix: &str) -> bool {
    rule.id.as_deref().is_some_and(|id| id.starts_with(MARK)) && rule.bare_prefix() == Some(prefix)
}

/// What our rules say.
pub(super) fn form_of(now: &Lifecycle, prefix: &str) -> LifecycleForm {
    let days = |days: Option<i32>| days.and_then(|days| u32::try_from(days).ok());
    let mut form = LifecycleForm::default();
    for rule in now.rules.iter().filter(|rule| rule.is_enabled() && is_ours(rule, prefix)) {
        if let Some(abort) = &rule.abort_incomplete_multipart_upload {
            form.abort_uploads_after_days = days(abort.days_after_initiation);
        }
        if let Some(Transition { days: after, storage_class: Some(class), .. }) = rule.transitions.first() {
            let class = class.clone();
            form.transition = days(*after).map(|after_days| TransitionForm { after_days, storage_class: class });
        }
        if let Some(old) = &rule.noncurrent_version_expiration {
            form.expire_old_versions_after_days = days(old.noncurrent_days);
        }
    }
    form
}

/// The rules with ours as the form says.
pub(super) fn merged(now: &Lifecycle, form: &LifecycleForm, prefix: &str) -> Lifecycle {
    let mut rules: Vec<_> = now.rules.iter().filter(|rule| !is_ours(rule, prefix)).cloned().collect();
    for mut rule in ours(form, prefix) {
        rule.id = rule.id.map(|id| free_name(&rules, &id));
        rules.push(rule);
    }
    Lifecycle { rules, ..now.clone() }
}

/// Names are unique in a bucket, and another profile's rule may have ours already.
fn free_name(rules: &[Rule], wanted: &str) -> String {
    let is_taken = |name: &str| rules.iter().any(|rule| rule.id.as_deref() == Some(name));
    let numbered = (2..).map(|n| format!("{wanted}-{n}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

fn ours(form: &LifecycleForm, prefix: &str) -> Vec<Rule> {
    let days = |days: u32| i32::try_from(days).ok();
    let rule = |id: &str| Rule {
        id: Some(id.to_owned()),
        status: "Enabled".into(),
        filter: Some(Filter { prefix: Some(prefix.to_owned()), ..Filter::default() }),
        ..Rule::default()
    };
    let abort = form.abort_uploads_after_days.map(|after| Rule {
        abort_incomplete_multipart_upload: Some(AbortUploads { days_after_initiation: days(after) }),
        ..rule(ABORT)
    });
    let transition = form.transition.as_ref().map(|to| Rule {
        transitions: vec![Transition {
            days: days(to.after_days),
            storage_class: Some(to.storage_class.clone()),
            ..Transition::default()
        }],
        ..rule(MOVE)
    });
    let old = form.expire_old_versions_after_days.map(|after| Rule {
        noncurrent_version_expiration: Some(NoncurrentExpiration {
            noncurrent_days: days(after),
            ..NoncurrentExpiration::default()
        }),
        ..rule(OLD)
    });
    [abort, transition, old].into_iter().flatten().collect()
}

/// Whether the form can be a rule there.
pub(super) fn check(form: &LifecycleForm, provider: &str) -> Result<()> {
    let counts = [form.abort_uploads_after_days, form.expire_old_versions_after_days];
    if let Some(days) = counts.into_iter().flatten().find(|days| !(1..=LONGEST_DAYS).contains(days)) {
        return Err(bad(format!("a rule cannot wait {days} days"), "choose 1 to 36,500 days"));
    }
    let Some(to) = &form.transition else { return Ok(()) };
    let name = shown(&to.storage_class);
    match storage_class(provider, Some(&to.storage_class)) {
        // On a server that nobody knows the person knows better.
        None if matches!(provider, "other" | "minio" | "ceph") && !to.storage_class.trim().is_empty() => Ok(()),
        None => Err(bad(format!("there is no storage class “{name}” there"), "choose one of the list")),
        Some(class) if class.id == "STANDARD" => {
            Err(bad("files are in the class Standard from the start", "choose another class, or none"))
        }
        Some(class) if to.after_days < class.from_days => Err(bad(
            format!("files can move to {} after {} days at the earliest", class.name, class.from_days),
            "choose a later day, or set the class for new files instead",
        )),
        Some(_) if to.after_days > LONGEST_DAYS => {
            Err(bad(format!("a rule cannot wait {} days", to.after_days), "choose at most 36,500 days"))
        }
        Some(_) => Ok(()),
    }
}

/// Everything that would be sent, and what it means.
pub(super) fn preview(
    now: &Lifecycle,
    form: &LifecycleForm,
    prefix: &str,
    provider: &str,
    versioning: VersioningView,
) -> LifecyclePreview {
    let wanted = merged(now, form, prefix);
    let others = wanted.rules.iter().filter(|rule| !is_ours(rule, prefix));
    LifecyclePreview {
        keeps: others.map(rule_words).collect(),
        words: words(now, form, prefix, provider, versioning),
        json: serde_json::to_string_pretty(&wanted).unwrap_or_default(),
    }
}

fn words(
    now: &Lifecycle,
    form: &LifecycleForm,
    prefix: &str,
    provider: &str,
    versioning: VersioningView,
) -> Vec<String> {
    let mut said: Vec<String> = ours(form, prefix).iter().map(action_words).map(|words| format!("{words}.")).collect();
    if said.is_empty() {
        said.push("Holdfast sets no rule here.".into());
    } else if prefix.is_empty() {
        said.push("These rules concern the whole bucket, also files that Holdfast did not put there.".into());
    }
    if let Some(class) = form.transition.as_ref().and_then(|to| storage_class(provider, Some(&to.storage_class))) {
        said.push(class.words.into());
    }
    let no_versions = matches!(versioning, VersioningView::Off);
    if form.expire_old_versions_after_days.is_some() && no_versions {
        said.push("This bucket keeps no old versions now, so there is nothing to remove yet.".into());
    }
    if let Some(element) = &now.unknown {
        let element = shown(element);
        said.push(format!("A rule of the bucket holds “{element}”, which Holdfast does not know. It will not change the rules; use your provider's console."));
    }
    said
}

/// A rule of somebody else in words.
fn rule_words(rule: &Rule) -> String {
    let name = rule.id.as_deref().map_or("a rule without a name".into(), |id| format!("“{}”", shown(id)));
    let about = match rule.bare_prefix() {
        Some("") => "all files".to_owned(),
        Some(prefix) => format!("files below “{}”", shown(prefix)),
        None => "some files, by tag or size".to_owned(),
    };
    let off = if rule.is_enabled() { "" } else { " (switched off)" };
    format!("{name}{off}, for {about}: {}", action_words(rule))
}

fn action_words(rule: &Rule) -> String {
    let after = |days: Option<i32>| match days {
        Some(1) => "after a day".to_owned(),
        Some(days) => format!("after {days} days"),
        None => "on a set date".to_owned(),
    };
    let mut said = Vec::new();
    if let Some(abort) = &rule.abort_incomplete_multipart_upload {
        said.push(format!("gives up unfinished uploads {}", after(abort.days_after_initiation)));
    }
    for to in &rule.transitions {
        let class = to.storage_class.as_deref().unwrap_or("another class");
        said.push(format!("moves files to {} {}", shown(class), after(to.days)));
    }
    for to in &rule.noncurrent_version_transitions {
        let class = to.storage_class.as_deref().unwrap_or("another class");
        said.push(format!("moves old versions to {} {}", shown(class), after(to.noncurrent_days)));
    }
    match &rule.expiration {
        Some(expiration) if expiration.days.is_some() || expiration.date.is_some() => {
            said.push(format!("deletes files {}", after(expiration.days)));
        }
        Some(_) => said.push("clears away markers of deleted files".into()),
        None => {}
    }
    if let Some(old) = &rule.noncurrent_version_expiration {
        said.push(format!("removes old versions {}", after(old.noncurrent_days)));
    }
    let mut words = if said.is_empty() { "does nothing that Holdfast knows of".into() } else { said.join(", ") };
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Why the rules are not as they were asked for; `None` when they are.
pub(super) fn difference(wanted: &Lifecycle, found: &Lifecycle, prefix: &str) -> Option<Difference> {
    let (wanted, found) = (wanted.canonical(), found.canonical());
    let split = |all: &Lifecycle| -> (Vec<Rule>, Vec<Rule>) {
        all.rules.iter().cloned().partition(|rule| is_ours(rule, prefix))
    };
    let ((ours, others), (ours_found, others_found)) = (split(&wanted), split(&found));
    if others != others_found {
        return Some(Difference::Others);
    }
    let lost: Vec<_> = ours.iter().filter(|rule| !ours_found.contains(rule)).map(action_words).collect();
    match lost.is_empty() && ours.len() == ours_found.len() {
        true => None,
        false => Some(Difference::Ours(lost)),
    }
}

/// What a place did otherwise than asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Rules of others are not as they were read: it lost them, or somebody changed them at the same time.
    Others,
    /// It left these of ours out, in words.
    Ours(Vec<String>),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lifecycle(rules: &str) -> Lifecycle {
        serde_json::from_str(&format!(r#"{{"Rules":[{rules}]}}"#)).unwrap()
    }

    fn form(abort: Option<u32>, to: Option<(u32, &str)>, old: Option<u32>) -> LifecycleForm {
        LifecycleForm {
            abort_uploads_after_days: abort,
            transition: to.map(|(after_days, class)| TransitionForm { after_days, storage_class: class.into() }),
            expire_old_versions_after_days: old,
        }
    }

    const OTHERS: &str = r#"
        {"ID":"logs","Status":"Enabled","Filter":{"Prefix":"logs/"},"Expiration":{"Days":30}},
        {"ID":"holdfast-unfinished-uploads","Status":"Enabled","Filter":{"Prefix":"other/"},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":3}},
        {"ID":"holdfast-tagged","Status":"Disabled","Filter":{"And":{"Prefix":"p/","Tags":[{"Key":"a","Value":"b"}]}},"Expiration":{"ExpiredObjectDeleteMarker":true}}"#;

    #[test]
    fn rules_of_others_stay_as_they_are_and_ours_follow_the_form() {
        let now = lifecycle(OTHERS);
        let wanted = merged(&now, &form(Some(7), Some((40, "GLACIER_IR")), Some(90)), "p/");
        assert_eq!(wanted.rules[..3], now.rules[..]);
        let names: Vec<_> = wanted.rules[3..].iter().filter_map(|rule| rule.id.as_deref()).collect();
        assert_eq!(names, ["holdfast-unfinished-uploads-2", "holdfast-storage-class", "holdfast-old-versions"]);
        assert_eq!(form_of(&wanted, "p/"), form(Some(7), Some((40, "GLACIER_IR")), Some(90)));
        assert_eq!(form_of(&wanted, "other/"), form(Some(3), None, None));
        assert_eq!(merged(&wanted, &LifecycleForm::default(), "p/"), now, "an empty form takes ours away again");
    }

    #[test]
    fn a_rule_of_ours_that_was_switched_off_is_not_in_the_form() {
        let now = lifecycle(
            r#"{"ID":"holdfast-old-versions","Status":"Disabled","Prefix":"p/","NoncurrentVersionExpiration":{"NoncurrentDays":5}}"#,
        );
        assert_eq!(form_of(&now, "p/"), LifecycleForm::default());
        assert!(merged(&now, &LifecycleForm::default(), "p/").is_empty());
    }

    #[test]
    fn a_form_that_can_be_no_rule_is_refused_with_the_reason() {
        for (form, provider, word) in [
            (form(Some(7), Some((30, "STANDARD_IA")), Some(90)), "aws", None),
            (form(None, Some((0, "DEEP_ARCHIVE")), None), "aws", None),
            (form(None, Some((1, "WARM-TIER")), None), "minio", None),
            (form(Some(0), None, None), "aws", Some("0 days")),
            (form(None, None, Some(36_501)), "aws", Some("36501 days")),
            (form(None, Some((29, "STANDARD_IA")), None), "aws", Some("after 30 days at the earliest")),
            (form(None, Some((1, "GLACIER")), None), "b2", Some("no storage class “GLACIER”")),
            (form(None, Some((1, "STANDARD")), None), "aws", Some("from the start")),
            (form(None, Some((1, " ")), None), "minio", Some("no storage class")),
        ] {
            let said = check(&form, provider).err().map(|error| error.message);
            assert_eq!(said.is_none(), word.is_none(), "{form:?}: {said:?}");
            assert!(said.unwrap_or_default().contains(word.unwrap_or_default()), "{form:?}");
        }
    }

    #[test]
    fn the_preview_shows_all_that_is_sent_and_says_what_stays() {
        let now = lifecycle(OTHERS);
        let shown = preview(&now, &form(Some(7), Some((60, "GLACIER")), Some(1)), "p/", "aws", VersioningView::Off);
        let sent: Lifecycle = serde_json::from_str(&shown.json).unwrap();
        assert_eq!(sent, merged(&now, &form(Some(7), Some((60, "GLACIER")), Some(1)), "p/"));
        assert_eq!(
            shown.keeps,
            [
                "“logs”, for files below “logs/”: Deletes files after 30 days",
                "“holdfast-unfinished-uploads”, for files below “other/”: Gives up unfinished uploads after 3 days",
                "“holdfast-tagged” (switched off), for some files, by tag or size: Clears away markers of deleted files",
            ]
        );
        assert_eq!(shown.words[0], "Gives up unfinished uploads after 7 days.");
        assert_eq!(shown.words[1], "Moves files to GLACIER after 60 days.");
        assert!(shown.words.iter().any(|words| words.contains("3 to 5 hours")));
        assert!(shown.words.iter().any(|words| words.contains("keeps no old versions now")));
        let whole = preview(&now, &form(Some(7), None, None), "", "aws", VersioningView::On);
        assert!(whole.words[1].contains("whole bucket"), "{:?}", whole.words);
    }

    #[test]
    fn what_a_place_did_otherwise_is_told_apart() {
        let wanted = merged(&lifecycle(OTHERS), &form(Some(7), None, Some(9)), "p/");
        let mut found = wanted.canonical();
        found.transition_default_minimum_object_size = Some("all_storage_classes_128K".into());
        assert_eq!(difference(&wanted, &found, "p/"), None, "order and AWS's own default do not matter");
        let lost = Lifecycle { rules: wanted.rules[..3].to_vec(), ..Lifecycle::default() };
        let Some(Difference::Ours(words)) = difference(&wanted, &lost, "p/") else { panic!("nothing was lost") };
        assert_eq!(words, ["Removes old versions after 9 days", "Gives up unfinished uploads after 7 days"]);
        let mut other = wanted.clone();
        other.rules.remove(0);
        assert_eq!(difference(&wanted, &other, "p/"), Some(Difference::Others));
    }

    fn any_form() -> impl Strategy<Value = LifecycleForm> {
        let days = || proptest::option::of(1u32..36_500);
        (days(), proptest::option::of((0u32..36_500, "[A-Z_]{3,9}")), days())
            .prop_map(|(abort, to, old)| form(abort, to.as_ref().map(|(days, class)| (*days, class.as_str())), old))
    }

    proptest! {
        #[test]
        fn what_is_set_is_read_back_and_repeating_changes_nothing(one in any_form(), two in any_form(), prefix in "([a-z]{1,3}/)?") {
            let before = lifecycle(OTHERS);
            let once = merged(&before, &one, &prefix);
            prop_assert_eq!(form_of(&once, &prefix), one.clone());
            prop_assert_eq!(merged(&once, &one, &prefix).canonical(), once.canonical());
            prop_assert_eq!(merged(&once, &two, &prefix).canonical(), merged(&before, &two, &prefix).canonical());
            let names: std::collections::BTreeSet<_> = once.rules.iter().map(|rule| rule.id.clone()).collect();
            prop_assert_eq!(names.len(), once.rules.len());
        }
    }
}
