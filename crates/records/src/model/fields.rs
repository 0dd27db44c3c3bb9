//! The fields of a record as JSON. What is not in a form (a later version's) is kept as it is.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::{KINDS, Kind, When, form};

/// Fields by name.
#[derive(Clone, PartialEq, Default)]
pub struct Fields {
    /// Sorted by name. Names of forms are not kept again for each record.
    all: Vec<(Cow<'static, str>, Value)>,
}

impl Fields {
    /// A field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.at(name).ok().map(|at| &self.all[at].1)
    }

    /// Every field, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.all.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The names of all fields, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// Where a field stands, or would.
    fn at(&self, name: &str) -> Result<usize, usize> {
        self.all.binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }

    /// A field that is text; empty when it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The texts of a field that is a list.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Sets a field, or removes it with `Value::Null`.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match (self.at(name), value.into()) {
            (Ok(at), Value::Null) => drop(self.all.remove(at)),
            (Err(_), Value::Null) => {}
            (Ok(at), value) => self.all[at].1 = value,
            (Err(at), value) => self.all.insert(at, (kept_name(name), value)),
        }
    }

    /// The same with a field.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// What a person calls the record; empty for a kind that is not known.
    pub fn title(&self, kind: &Kind) -> &str {
        form(kind).map_or("", |form| self.text(form.title))
    }

    /// When it was, by the first field of the form that says so.
    pub fn when(&self, kind: &Kind) -> Option<When> {
        form(kind)?.dates.iter().find_map(|name| date_of(self.get(name)?))
    }

    /// Everything in it that is text, for the search.
    pub fn all_text(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.all.iter().for_each(|(_, value)| collect_text(value, &mut found));
        found
    }

    /// Takes away spaces around texts and fields that hold nothing.
    pub fn tidy(&mut self) {
        self.all.retain_mut(|(_, value)| {
            if let Value::String(text) = value {
                *text = text.trim().to_owned();
            }
            !is_empty(value)
        });
    }
}

/// Shows names alone: values are what a family keeps to itself.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// A null is kept: a version says what it says.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnObject)
    }
}

impl FromIterator<(String, Value)> for Fields {
    /// Of two of one name the last counts.
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(all: I) -> Self {
        let mut fields = Self::default();
        for (name, value) in all {
            match fields.at(&name) {
                Ok(at) => fields.all[at].1 = value,
                Err(at) => fields.all.insert(at, (kept_name(&name), value)),
            }
        }
        fields.all.shrink_to_fit();
        fields
    }
}

struct AnObject;

impl<'de> Visitor<'de> for AnObject {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let all = std::iter::from_fn(|| map.next_entry::<String, Value>().transpose());
        all.collect()
    }
}

/// A field's name, which most often is that of a form.
fn kept_name(name: &str) -> Cow<'static, str> {
    let forms = KINDS.iter().chain([&Kind::Profile]).filter_map(form);
    match forms.flat_map(|form| form.fields).find(|field| field.name == name) {
        Some(field) => Cow::Borrowed(field.name),
        None => Cow::Owned(name.to_owned()),
    }
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The date of a value that is a date or a period.
fn date_of(value: &Value) -> Option<When> {
    match value {
        Value::String(text) => When::parse(text),
        Value::Object(period) => {
            let part = |name| period.get(name).and_then(Value::as_str).and_then(When::parse);
            part("start").or_else(|| part("end"))
        }
        _ => None,
    }
}

fn collect_text<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(all) => all.iter().for_each(|value| collect_text(value, found)),
        Value::Object(all) => all.values().for_each(|value| collect_text(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn title_date_and_text_come_from_the_form_and_from_everything() {
        let fields = Fields::default()
            .with("reasonCode", "Broken arm")
            .with("period", json!({"end": "2024-03-05"}))
            .with("diagnosis", json!(["Fracture", 3]))
            .with("laterField", json!({"inner": "kept"}));
        assert_eq!(fields.title(&Kind::Visit), "Broken arm");
        assert_eq!(fields.when(&Kind::Visit), When::parse("2024-03-05"));
        assert_eq!(fields.title(&Kind::Later("x".into())), "");
        let text = fields.all_text();
        for word in ["Broken arm", "Fracture", "kept"] {
            assert!(text.contains(&word), "{word}");
        }
    }

    #[test]
    fn json_of_any_order_is_the_same_fields_sorted_by_name() {
        let text = r#"{"time":"2024","later":null,"title":"a","title":"b"}"#;
        let fields: Fields = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&fields).unwrap(), r#"{"later":null,"time":"2024","title":"b"}"#);
        assert_eq!(fields.names().collect::<Vec<_>>(), ["later", "time", "title"]);
        assert!(serde_json::from_str::<Fields>("[]").is_err());
    }

    proptest! {
        #[test]
        fn fields_are_what_a_map_of_them_is(steps in proptest::collection::vec(("[a-e]|title", 0..4_i64), 0..30)) {
            let (mut fields, mut map) = (Fields::default(), BTreeMap::new());
            for (name, value) in steps {
                let value = if value == 0 { Value::Null } else { value.into() };
                fields.set(&name, value.clone());
                match value {
                    Value::Null => drop(map.remove(&name)),
                    value => drop(map.insert(name, value)),
                }
            }
            prop_assert_eq!(serde_json::to_string(&fields).unwrap(), serde_json::to_string(&map).unwrap());
            prop_assert!(map.iter().all(|(name, value)| fields.get(name) == Some(value)));
            prop_assert_eq!(map.into_iter().collect::<Fields>(), fields);
        }
    }

    #[test]
    fn what_is_empty_is_not_kept_and_debug_shows_no_value() {
        let mut fields = Fields::default().with("a", "  ").with("b", " x ").with("c", json!([])).with("d", 0);
        fields.tidy();
        assert_eq!(fields, Fields::default().with("b", "x").with("d", 0));
        assert_eq!(format!("{fields:?}"), r#"{"b", "d"}"#);
    }
}
