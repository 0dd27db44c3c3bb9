//! What differs between versions that do not know of each other, field by field, seen from their common ancestor.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Version, VersionId};
use crate::model::{Attachment, Fields};

/// A field in which sides differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// Its value in the common ancestor.
    pub base: Option<Value>,
    /// Its value on each side, in the order of the sides.
    pub sides: Vec<Option<Value>>,
    /// What a merge does with it.
    pub merged: Merged,
}

/// What a merge does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// Only this side changed it (or all that did agree): its value is taken.
    Side(usize),
    /// Sides changed it to different values: a person chooses.
    Choose,
}

/// The fields in which the sides differ, by name.
pub fn differences(base: Option<&Fields>, sides: &[&Fields]) -> Vec<Difference> {
    let names: BTreeSet<&str> = sides.iter().flat_map(|side| side.names()).collect();
    names.into_iter().filter_map(|name| difference(name, base, sides)).collect()
}

fn difference(name: &str, base: Option<&Fields>, sides: &[&Fields]) -> Option<Difference> {
    let values: Vec<Option<&Value>> = sides.iter().map(|side| side.get(name)).collect();
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let before = base.and_then(|base| base.get(name));
    let changed: Vec<usize> = (0..values.len()).filter(|at| values[*at] != before).collect();
    let agree = changed.windows(2).all(|pair| values[pair[0]] == values[pair[1]]);
    let merged = match changed.first() {
        Some(first) if agree => Merged::Side(*first),
        _ => Merged::Choose,
    };
    let sides = values.into_iter().map(|value| value.cloned()).collect();
    Some(Difference { field: name.to_owned(), base: before.cloned(), sides, merged })
}

/// Attachments of a merge: what any side added, without what any side took away. In the order of the sides.
pub fn merged_attachments(base: Option<&[Attachment]>, sides: &[&[Attachment]]) -> Vec<Attachment> {
    let base = base.unwrap_or_default();
    let taken_away = |one: &Attachment| base.contains(one) && sides.iter().any(|side| !side.contains(one));
    let mut merged: Vec<Attachment> = Vec::new();
    for one in sides.iter().flat_map(|side| side.iter()) {
        if !taken_away(one) && !merged.contains(one) {
            merged.push(one.clone());
        }
    }
    merged
}

/// A record that was edited on two devices.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The newest version that all sides descend from, where its content is known.
    pub base: Option<VersionId>,
    /// The versions that stand against each other, the one that is shown first.
    pub sides: Vec<VersionId>,
    /// Which of the sides delete the record.
    pub deleting: Vec<VersionId>,
    /// Fields in which the sides that do not delete differ; each has one value for each of them.
    pub fields: Vec<Difference>,
    /// Whether their attachments differ.
    pub attachments_differ: bool,
}

impl Conflict {
    /// Fields for which a merge needs a choice.
    pub fn to_choose(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(|one| one.merged == Merged::Choose).map(|one| one.field.as_str())
    }

    /// The sides that keep the record; fields are compared among these.
    pub fn keeping(&self) -> Vec<VersionId> {
        self.sides.iter().filter(|side| !self.deleting.contains(side)).copied().collect()
    }

    pub(super) fn between(base: Option<&Version>, sides: &[&Version]) -> Self {
        let keeping: Vec<&&Version> = sides.iter().filter(|side| !side.node.deleted).collect();
        let fields: Vec<&Fields> = keeping.iter().map(|side| &side.content.fields).collect();
        let differ = |pair: &[&&Version]| pair[0].content.attachments != pair[1].content.attachments;
        Self {
            base: base.map(Version::id),
            sides: sides.iter().map(|side| side.id()).collect(),
            deleting: sides.iter().filter(|side| side.node.deleted).map(|side| side.id()).collect(),
            fields: differences(base.map(|base| &base.content.fields), &fields),
            attachments_differ: keeping.windows(2).any(differ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttachmentName;

    fn fields(all: &[(&str, i64)]) -> Fields {
        all.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
    }

    #[test]
    fn a_field_that_one_side_changed_is_taken_and_one_that_both_changed_is_asked_for() {
        let base = fields(&[("same", 1), ("mine", 1), ("yours", 1), ("both", 1), ("agreed", 1), ("removed", 1)]);
        let mine = fields(&[("same", 1), ("mine", 2), ("yours", 1), ("both", 2), ("agreed", 2), ("new", 1)]);
        let yours = fields(&[("same", 1), ("mine", 1), ("yours", 2), ("both", 3), ("agreed", 2), ("removed", 1)]);
        let found: Vec<_> = differences(Some(&base), &[&mine, &yours]);
        let found: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.merged)).collect();
        let expected = [
            ("both", Merged::Choose),
            ("mine", Merged::Side(0)),
            ("new", Merged::Side(0)),
            ("removed", Merged::Side(0)),
            ("yours", Merged::Side(1)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn without_an_ancestor_a_field_of_one_side_is_taken_and_one_of_both_is_asked_for() {
        let found = differences(None, &[&fields(&[("a", 1), ("b", 1)]), &fields(&[("a", 2)])]);
        assert_eq!(found.iter().map(|one| one.merged).collect::<Vec<_>>(), [Merged::Choose, Merged::Side(0)]);
    }

    #[test]
    fn attachments_are_united_without_what_was_taken_away() {
        let one = |byte| Attachment {
            name: AttachmentName([byte; 32]),
            title: String::new(),
            content_type: String::new(),
            size: 1,
        };
        let merged =
            merged_attachments(Some(&[one(1), one(2)]), &[&[one(1), one(3)], &[one(1), one(2), one(4), one(3)]]);
        assert_eq!(merged, [one(1), one(3), one(4)]);
    }
}
