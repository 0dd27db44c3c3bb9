//! Checks what was entered against the form. Each fault names its field; what the form does not know is left alone.

use serde_json::{Map, Value};

use super::{
    Fields, Kind, When,
    fields::is_empty,
    form,
    form::{Field, Shape},
};

/// The longest text of a field, in bytes.
pub const MAX_TEXT_BYTES: usize = 256 << 10;
/// The longest list of a field.
pub const MAX_LIST: usize = 1_000;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct FieldFault {
    /// The field's name in the form.
    pub field: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It must be there.
    #[error("is missing")]
    Missing,
    /// It is not the JSON that its shape has.
    #[error("is not {expected}")]
    Shape {
        /// What it should be.
        expected: &'static str,
    },
    /// Not a date as FHIR writes them.
    #[error("is not a date such as 2024, 2024-03 or 2024-03-05")]
    Date,
    /// Not one of the choices.
    #[error("is not one of {}", .choices.join(", "))]
    Choice {
        /// The choices.
        choices: &'static [&'static str],
    },
    /// A number outside of its range.
    #[error("is not between {least} and {most}")]
    Range {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// A period that ends before it begins.
    #[error("ends before it begins")]
    EndsEarly,
    /// Longer than is kept.
    #[error("is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// More in a list than is kept.
    #[error("has more than {limit} rows")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// Everything that is wrong with `fields`, in the order of the form; empty when they can be saved.
///
/// A field that is as it was `before` is not complained of: a later version may have had its reasons.
pub fn faults(kind: &Kind, fields: &Fields, before: Option<&Fields>) -> Vec<FieldFault> {
    let Some(form) = form(kind) else { return Vec::new() };
    let unchanged = |field: &Field| before.is_some_and(|before| before.get(field.name) == fields.get(field.name));
    let fault = |field: &Field| Some(FieldFault { field: field.name.into(), fault: fault_of(field, fields)? });
    form.fields.iter().filter(|field| !unchanged(field)).filter_map(fault).collect()
}

fn fault_of(field: &Field, fields: &Fields) -> Option<Fault> {
    match fields.get(field.name).filter(|value| !is_empty(value)) {
        None => field.required.then_some(Fault::Missing),
        Some(value) => check(field.shape, value).err(),
    }
}

fn check(shape: Shape, value: &Value) -> Result<(), Fault> {
    match shape {
        Shape::Text | Shape::LongText => text(value).map(drop),
        Shape::Date => date(value).map(drop),
        Shape::Choice { choices } => match choices.contains(&text(value)?) {
            true => Ok(()),
            false => Err(Fault::Choice { choices }),
        },
        Shape::Number { least, most } => {
            let number = value.as_i64().ok_or(Fault::Shape { expected: "a whole number" })?;
            if (least..=most).contains(&number) { Ok(()) } else { Err(Fault::Range { least, most }) }
        }
        Shape::Quantity => quantity(value),
        Shape::Period => period(value),
        Shape::Texts => list(value)?.iter().try_for_each(|one| text(one).map(drop)),
        Shape::Contact => contact(value),
        Shape::Contacts => list(value)?.iter().try_for_each(contact),
    }
}

fn text(value: &Value) -> Result<&str, Fault> {
    let text = value.as_str().ok_or(Fault::Shape { expected: "text" })?;
    match text.len() > MAX_TEXT_BYTES {
        true => Err(Fault::TooLong { limit: MAX_TEXT_BYTES }),
        false => Ok(text),
    }
}

fn date(value: &Value) -> Result<When, Fault> {
    When::parse(text(value)?).ok_or(Fault::Date)
}

fn list(value: &Value) -> Result<&[Value], Fault> {
    let list = value.as_array().ok_or(Fault::Shape { expected: "a list" })?;
    match list.len() > MAX_LIST {
        true => Err(Fault::TooMany { limit: MAX_LIST }),
        false => Ok(list),
    }
}

fn object<'a>(value: &'a Value, expected: &'static str) -> Result<&'a Map<String, Value>, Fault> {
    value.as_object().ok_or(Fault::Shape { expected })
}

fn quantity(value: &Value) -> Result<(), Fault> {
    const EXPECTED: &str = "a number with a unit";
    let quantity = object(value, EXPECTED)?;
    quantity.get("unit").map_or(Ok(""), text)?;
    match quantity.get("value").is_some_and(Value::is_number) {
        true => Ok(()),
        false => Err(Fault::Shape { expected: EXPECTED }),
    }
}

fn period(value: &Value) -> Result<(), Fault> {
    const EXPECTED: &str = "a period with a start or an end";
    let period = object(value, EXPECTED)?;
    let part = |name| period.get(name).filter(|value| !is_empty(value)).map(date).transpose();
    match (part("start")?, part("end")?) {
        (None, None) => Err(Fault::Shape { expected: EXPECTED }),
        (Some(start), Some(end)) if end.ends() < start.begins() => Err(Fault::EndsEarly),
        _ => Ok(()),
    }
}

fn contact(value: &Value) -> Result<(), Fault> {
    const EXPECTED: &str = "a contact with a name";
    let contact = object(value, EXPECTED)?;
    ["telecom", "relationship"].iter().try_for_each(|name| contact.get(*name).map_or(Ok(()), |v| text(v).map(drop)))?;
    match contact.get("name").map(text).transpose()?.is_some_and(|name| !name.trim().is_empty()) {
        true => Ok(()),
        false => Err(Fault::Shape { expected: EXPECTED }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::model::KINDS;

    fn told(kind: Kind, fields: Value) -> Vec<String> {
        let fields = serde_json::from_value(fields).unwrap();
        faults(&kind, &fields, None).iter().map(FieldFault::to_string).collect()
    }

    #[test]
    fn what_can_be_saved_has_no_fault() {
        for (kind, fields) in [
            (
                Kind::Profile,
                json!({"name": "Mara", "birthDate": "1984-02", "contact": [{"name": "Jo", "telecom": "1"}]}),
            ),
            (Kind::Visit, json!({"reasonCode": "Check", "period": {"start": "2024-03-05", "end": "2024-03-05"}})),
            (Kind::Visit, json!({"reasonCode": "Check", "period": {"start": "2024-03-05", "end": "2024"}})),
            (Kind::Medication, json!({"medicationCodeableConcept": "Ibuprofen", "status": "active"})),
            (Kind::Allergy, json!({"code": "Nuts", "criticality": "high", "reaction": ["Hives"], "later": {"x": 1}})),
            (
                Kind::Vaccination,
                json!({"vaccineCode": "MMR", "occurrenceDateTime": "1999", "doseNumberPositiveInt": 2}),
            ),
            (
                Kind::Result,
                json!({"code": "Hb", "effectiveDateTime": "2024", "valueQuantity": {"value": 13.5, "unit": "g/dl"}}),
            ),
            (Kind::Note, json!({"title": "x", "text": ""})),
            (Kind::Document, json!({"description": "Passport"})),
            (Kind::Later("procedure".into()), json!({"anything": [1, null]})),
        ] {
            assert_eq!(told(kind.clone(), fields), [""; 0], "{kind}");
        }
    }

    #[test]
    fn each_fault_names_its_field() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        for (kind, fields, expected) in [
            (Kind::Profile, json!({}), "name: is missing"),
            (Kind::Profile, json!({"name": " "}), "name: is missing"),
            (Kind::Profile, json!({"name": 3}), "name: is not text"),
            (Kind::Profile, json!({"name": long}), "name: is longer than 262144 bytes"),
            (
                Kind::Profile,
                json!({"name": "a", "birthDate": "5.3.24"}),
                "birthDate: is not a date such as 2024, 2024-03 or 2024-03-05",
            ),
            (
                Kind::Profile,
                json!({"name": "a", "bloodGroup": "C"}),
                "bloodGroup: is not one of 0-, 0+, A-, A+, B-, B+, AB-, AB+",
            ),
            (
                Kind::Profile,
                json!({"name": "a", "contact": [{"telecom": "1"}]}),
                "contact: is not a contact with a name",
            ),
            (Kind::Profile, json!({"name": "a", "condition": "asthma"}), "condition: is not a list"),
            (Kind::Profile, json!({"name": "a", "condition": vec!["x"; 1001]}), "condition: has more than 1000 rows"),
            (
                Kind::Visit,
                json!({"reasonCode": "a", "period": {"start": "2024-02", "end": "2023"}}),
                "period: ends before it begins",
            ),
            (
                Kind::Visit,
                json!({"reasonCode": "a", "period": {"begin": "2024"}}),
                "period: is not a period with a start or an end",
            ),
            (
                Kind::Vaccination,
                json!({"vaccineCode": "a", "occurrenceDateTime": "2024", "doseNumberPositiveInt": 0}),
                "doseNumberPositiveInt: is not between 1 and 99",
            ),
            (
                Kind::Vaccination,
                json!({"vaccineCode": "a", "occurrenceDateTime": "2024", "doseNumberPositiveInt": 1.5}),
                "doseNumberPositiveInt: is not a whole number",
            ),
            (
                Kind::Result,
                json!({"code": "a", "effectiveDateTime": "2024", "valueQuantity": {"unit": "g"}}),
                "valueQuantity: is not a number with a unit",
            ),
        ] {
            assert_eq!(told(kind, fields), [expected]);
        }
    }

    #[test]
    fn what_a_later_version_allowed_may_stay_as_it_is() {
        let before = Fields::default().with("title", "a").with("time", "some day");
        assert!(faults(&Kind::Note, &before.clone().with("title", "b"), Some(&before)).is_empty());
        assert_eq!(faults(&Kind::Note, &before.clone().with("time", "today"), Some(&before)).len(), 1);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,9}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("name|start|end|value|unit|x", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_makes_a_form_panic_and_unknown_fields_survive(kind in 0..KINDS.len(), value in any_json()) {
            let kind = KINDS[kind].clone();
            for field in form(&kind).unwrap().fields {
                let mut fields = Fields::default().with(field.name, value.clone()).with("a later field", value.clone());
                let _ = (faults(&kind, &fields, None), fields.title(&kind), fields.when(&kind), fields.all_text());
                let json = serde_json::to_string(&fields).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Fields>(&json).unwrap(), &fields);
                fields.tidy();
                prop_assert!(fields.iter().all(|(_, value)| !is_empty(value)));
            }
        }
    }
}
