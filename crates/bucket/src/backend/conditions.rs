//! When a request may go ahead: pure decisions over an object's tag and time, with the precedence of RFC 9110, section
//! 13.2.2, which AWS follows.

use holdfast_storage::{ETag, ObjectMeta};
use s3s::dto::{ETag as Tag, ETagCondition, Timestamp};

/// The conditions of a read, or those on the source of a copy.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
}

/// What the conditions say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Go ahead.
    Proceed,
    /// The client has it already (304; 412 for the source of a copy).
    NotModified,
    /// 412.
    Failed,
}

impl Conditions {
    pub(crate) fn check(&self, meta: &ObjectMeta) -> Outcome {
        // Whole seconds: a header cannot tell more finely.
        let modified = jiff::Timestamp::from_second(meta.last_modified.as_second()).unwrap_or(meta.last_modified);
        self.decide(&meta.etag, &super::time(modified))
    }

    fn decide(&self, etag: &ETag, modified: &Timestamp) -> Outcome {
        let since = |time: &Timestamp| time < modified;
        let failed = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => !matches_strongly(condition, etag),
            (None, Some(time)) => since(time),
            (None, None) => false,
        };
        if failed {
            return Outcome::Failed;
        }
        let same = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches_weakly(condition, etag),
            (None, Some(time)) => !since(time),
            (None, None) => false,
        };
        if same { Outcome::NotModified } else { Outcome::Proceed }
    }
}

fn matches_strongly(condition: &ETagCondition, etag: &ETag) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(Tag::Strong(value)) => value == etag.as_str(),
        ETagCondition::ETag(Tag::Weak(_)) => false,
    }
}

fn matches_weakly(condition: &ETagCondition, etag: &ETag) -> bool {
    condition.as_etag().is_none_or(|tag| tag.value() == etag.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_that_of_the_standard() {
        use Outcome::{Failed, NotModified, Proceed};
        let tag = |text: &str| Some(ETagCondition::parse_http_header(text.as_bytes()).unwrap());
        let at = |second: i64| Some(super::super::time(jiff::Timestamp::from_second(second).unwrap()));
        // if-match, if-none-match, if-modified-since, if-unmodified-since; the object: "a", modified at 100
        let table = [
            (None, None, None, None, Proceed),
            (tag("\"a\""), None, None, None, Proceed),
            (tag("a"), None, None, None, Proceed),
            (tag("*"), None, None, None, Proceed),
            (tag("\"b\""), None, None, None, Failed),
            (tag("W/\"a\""), None, None, None, Failed),
            (None, tag("\"a\""), None, None, NotModified),
            (None, tag("W/\"a\""), None, None, NotModified),
            (None, tag("*"), None, None, NotModified),
            (None, tag("\"b\""), None, None, Proceed),
            (None, None, at(99), None, Proceed),
            (None, None, at(100), None, NotModified),
            (None, None, at(101), None, NotModified),
            (None, None, None, at(99), Failed),
            (None, None, None, at(100), Proceed),
            (tag("\"a\""), None, None, at(99), Proceed),
            (None, tag("\"b\""), at(101), None, Proceed),
            (tag("\"b\""), tag("\"a\""), None, None, Failed),
            (tag("\"a\""), tag("\"a\""), None, None, NotModified),
        ];
        for (row, (if_match, if_none_match, if_modified_since, if_unmodified_since, expected)) in
            table.into_iter().enumerate()
        {
            let conditions = Conditions { if_match, if_none_match, if_modified_since, if_unmodified_since };
            assert_eq!(conditions.decide(&ETag::new("a"), &at(100).unwrap()), expected, "row {row}");
        }
    }
}
