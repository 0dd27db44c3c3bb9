//! The fields of a record as JSON. What is not in a form (a later version's) is kept as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, When, form};

/// Fields by name.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub BTreeMap<String, Value>);

impl Fields {
    /// A field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
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
        match value.into() {
            Value::Null => self.0.remove(name),
            value => self.0.insert(name.to_owned(), value),
        };
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
        self.0.values().for_each(|value| collect_text(value, &mut found));
        found
    }

    /// Takes away spaces around texts and fields that hold nothing.
    pub fn tidy(&mut self) {
        self.0.retain(|_, value| {
            if let Value::String(text) = value {
                *text = text.trim().to_owned();
            }
            !is_empty(value)
        });
    }
}

/// Shows names alone: values are what a family keeps to itself.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
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
    fn what_is_empty_is_not_kept_and_debug_shows_no_value() {
        let mut fields = Fields::default().with("a", "  ").with("b", " x ").with("c", json!([])).with("d", 0);
        fields.tidy();
        assert_eq!(fields, Fields::default().with("b", "x").with("d", 0));
        assert_eq!(format!("{fields:?}"), r#"{"b", "d"}"#);
    }
}
