//! What a kind of record has fields for: one description, from which the window, the command line and the check of what
//! was entered are all drawn. It knows no words for people; those belong to whoever shows it.

use serde::Serialize;

/// What the value of a field looks like, as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Shape {
    /// One line: a string.
    Text,
    /// Several lines: a string.
    LongText,
    /// A string that [`When`](super::When) reads.
    Date,
    /// One of these strings, which are FHIR's codes where FHIR has some.
    Choice {
        /// The codes, in the order in which they are offered.
        choices: &'static [&'static str],
    },
    /// A whole number.
    Number {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// `{"value": number, "unit": string}`; the unit may be missing.
    Quantity,
    /// `{"start": date, "end": date}`; one of the two may be missing.
    Period,
    /// Several lines of their own: strings in a list.
    Texts,
    /// `{"name": string, "telecom": string, "relationship": string}`; only the name must be there.
    Contact,
    /// Several contacts in a list.
    Contacts,
}

/// A field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Field {
    /// Its name in the JSON of a record.
    pub name: &'static str,
    /// What its value looks like.
    #[serde(flatten)]
    pub shape: Shape,
    /// Whether a record without it is refused.
    pub required: bool,
    /// The FHIR R4 element it is; empty where FHIR has none.
    pub fhir: &'static str,
}

/// The fields of a kind, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Form {
    /// The kind's name.
    pub kind: &'static str,
    /// The FHIR R4 resource or data type that the fields are named after.
    pub resource: &'static str,
    /// The field whose text is the record's title.
    pub title: &'static str,
    /// Fields that say when it was; the first that is there counts.
    pub dates: &'static [&'static str],
    /// All fields.
    pub fields: &'static [Field],
}

impl Form {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    pub(super) const fn new(name: &'static str, shape: Shape, fhir: &'static str) -> Self {
        Self { name, shape, required: false, fhir }
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}
