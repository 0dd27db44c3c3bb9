//! What a person typed as text, made into fields: one line for each field, in the shape that its form gives.

use holdfast_records::model::{Field, Fields, Form, KINDS, Kind, Shape, form};
use serde_json::{Map, Value, json};

use super::look::fields_of;
use crate::{AppError, ErrorCode, Result};

/// Fields as they were entered.
#[derive(Debug, Clone, Default)]
pub struct Entered {
    /// Name and value, as typed. A name may come again where the field is a list; an empty value takes a field away.
    pub lines: Vec<(String, String)>,
    /// The same as a JSON object, such as a program gives it. `null` takes a field away.
    pub json: Option<Value>,
}

/// The kind of that name, of those a person chooses from.
///
/// # Errors
/// `bad_parameter`.
pub fn kind_of(text: &str) -> Result<Kind> {
    KINDS.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(Kind::as_str).collect();
        AppError::config(
            ErrorCode::BadParameter,
            format!("there is no kind “{}”", crate::error::shown(text)),
            format!("kinds are {}", known.join(", ")),
        )
    })
}

impl Entered {
    /// Puts what was entered over fields that are there.
    ///
    /// # Errors
    /// `records_invalid` for a field that the kind does not have or a value that is not of its shape. Values are not repeated.
    pub fn over(&self, kind: &Kind, mut fields: Fields) -> Result<Fields> {
        if let Some(json) = &self.json {
            for (name, value) in fields_of(json.clone())?.iter() {
                fields.set(name, value.clone());
            }
        }
        let Some(form) = form(kind) else {
            return match self.lines.is_empty() {
                true => Ok(fields),
                false => Err(invalid("this kind of record is of a later version", "update Holdfast on this computer")),
            };
        };
        let mut begun: Vec<&str> = Vec::new();
        for (name, text) in &self.lines {
            let field = field(form, name)?;
            let value = value(field, text.trim())?;
            let many = matches!(field.shape, Shape::Texts | Shape::Contacts);
            if many && begun.contains(&field.name) {
                let mut list = fields.get(field.name).and_then(Value::as_array).cloned().unwrap_or_default();
                list.extend(value.as_array().cloned().unwrap_or_default());
                fields.set(field.name, list);
            } else {
                fields.set(field.name, value);
            }
            begun.push(field.name);
        }
        Ok(fields)
    }
}

/// `title` and `date` stand for whatever the kind calls them.
fn field(form: &'static Form, name: &str) -> Result<&'static Field> {
    let found = form.field(name).or_else(|| match name {
        "title" => form.field(form.title),
        "date" => form.dates.first().and_then(|name| form.field(name)),
        _ => None,
    });
    found.ok_or_else(|| {
        let known: Vec<&str> = form.fields.iter().map(|field| field.name).collect();
        let name = crate::error::shown(name);
        invalid(&format!("a {} has no field “{name}”", form.kind), &format!("its fields are {}", known.join(", ")))
    })
}

fn value(field: &Field, text: &str) -> Result<Value> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(match field.shape {
        Shape::Text | Shape::LongText | Shape::Date | Shape::Choice { .. } => json!(text),
        Shape::Number { .. } => {
            let number: Option<i64> = text.parse().ok();
            json!(number.ok_or_else(|| invalid(&format!("{}: is not a whole number", field.name), "write digits"))?)
        }
        Shape::Quantity => {
            let (number, unit) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let number: Option<f64> = number.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite());
            let hint = "write a number and its unit, such as 5.4 mmol/l";
            let number = number.ok_or_else(|| invalid(&format!("{}: is not a quantity", field.name), hint))?;
            parts(&[("value", json!(number)), ("unit", json!(unit.trim()))])
        }
        Shape::Period => {
            let (start, end) = text.split_once('/').unwrap_or((text, ""));
            parts(&[("start", json!(start.trim())), ("end", json!(end.trim()))])
        }
        Shape::Texts => json!([text]),
        Shape::Contact => contact(text),
        Shape::Contacts => json!([contact(text)]),
    })
}

/// `name; number or address; who it is`
fn contact(text: &str) -> Value {
    let mut all = text.splitn(3, ';').map(|part| json!(part.trim()));
    let mut next = || all.next().unwrap_or_else(|| json!(""));
    parts(&[("name", next()), ("telecom", next()), ("relationship", next())])
}

/// Parts with their names, without those that are empty.
fn parts(all: &[(&str, Value)]) -> Value {
    let there = all.iter().filter(|(_, value)| value.as_str() != Some(""));
    Value::Object(there.map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>())
}

fn invalid(message: &str, hint: &str) -> AppError {
    AppError::config(ErrorCode::RecordsInvalid, message, format!("nothing was saved; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(lines: &[(&str, &str)]) -> Entered {
        let lines = lines.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Entered { lines, json: None }
    }

    #[test]
    fn each_shape_is_read_from_a_line() {
        let visit =
            [("title", "Broken arm"), ("date", "2024-03-05/2024-03-07"), ("diagnosis", "a"), ("diagnosis", "b")];
        let fields = entered(&visit).over(&Kind::Visit, Fields::default()).unwrap();
        assert_eq!(fields.text("reasonCode"), "Broken arm");
        assert_eq!(fields.get("period"), Some(&json!({"start": "2024-03-05", "end": "2024-03-07"})));
        assert_eq!(fields.texts("diagnosis"), ["a", "b"]);

        let result = entered(&[("valueQuantity", "5,4 mmol/l")]).over(&Kind::Result, Fields::default()).unwrap();
        assert_eq!(result.get("valueQuantity"), Some(&json!({"value": 5.4, "unit": "mmol/l"})));

        let profile = entered(&[("contact", "Jo; 123; aunt"), ("contact", "Mo")]);
        let profile = profile.over(&Kind::Profile, Fields::default()).unwrap();
        let contacts = json!([{"name": "Jo", "telecom": "123", "relationship": "aunt"}, {"name": "Mo"}]);
        assert_eq!(profile.get("contact"), Some(&contacts));
    }

    #[test]
    fn an_edit_replaces_what_it_names_and_leaves_the_rest() {
        let before = Fields::default().with("title", "x").with("text", "y").with("later", 3);
        let entered = Entered { json: Some(json!({"title": "z"})), ..entered(&[("text", "")]) };
        assert_eq!(entered.over(&Kind::Note, before).unwrap(), Fields::default().with("title", "z").with("later", 3));
    }

    #[test]
    fn what_is_wrong_is_named_and_no_value_repeated() {
        for lines in [[("colour", "MARKER")], [("valueQuantity", "MARKER x")]] {
            let error = entered(&lines).over(&Kind::Result, Fields::default()).unwrap_err();
            assert_eq!(error.code, ErrorCode::RecordsInvalid);
            assert!(!format!("{error:?}").contains("MARKER"), "{error:?}");
        }
        assert!(kind_of("profile").is_err() && kind_of("visit").is_ok());
    }
}
