//! The forms of all kinds as data for the page, which has words for them and draws them.

use holdfast_records::model::{Field, Form, KINDS, Kind, Shape, form};

use crate::dto::records_page::{RecordsField, RecordsForm, RecordsShape};

/// A form for each kind in the order in which they are offered, and the profile's at the end.
pub fn forms() -> Vec<RecordsForm> {
    KINDS.iter().chain([&Kind::Profile]).filter_map(form).map(form_view).collect()
}

fn form_view(form: &Form) -> RecordsForm {
    RecordsForm {
        kind: form.kind.into(),
        title: form.title.into(),
        dates: form.dates.iter().map(|name| (*name).to_owned()).collect(),
        fields: form.fields.iter().map(field_view).collect(),
    }
}

fn field_view(field: &Field) -> RecordsField {
    let (mut choices, mut least, mut most) = (Vec::new(), None, None);
    let shape = match field.shape {
        Shape::Text => RecordsShape::Text,
        Shape::LongText => RecordsShape::LongText,
        Shape::Date => RecordsShape::Date,
        Shape::Choice { choices: known } => {
            choices = known.iter().map(|code| (*code).to_owned()).collect();
            RecordsShape::Choice
        }
        Shape::Number { least: from, most: to } => {
            (least, most) = (Some(from), Some(to));
            RecordsShape::Number
        }
        Shape::Quantity => RecordsShape::Quantity,
        Shape::Period => RecordsShape::Period,
        Shape::Texts => RecordsShape::Texts,
        Shape::Contact => RecordsShape::Contact,
        Shape::Contacts => RecordsShape::Contacts,
    };
    RecordsField { name: field.name.into(), shape, choices, least, most, required: field.required }
}
