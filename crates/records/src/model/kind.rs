//! What a record is about, and which FHIR R4 resource its fields are named after.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a record. One that a later version of this program made keeps its name and is passed on unread.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Kind {
    /// A member's own data (Patient, RelatedPerson, Coverage). Each member has exactly one.
    Profile,
    /// A visit to or of somebody who treats (Encounter).
    Visit,
    /// Something that is or was taken (MedicationStatement).
    Medication,
    /// An allergy or intolerance (AllergyIntolerance).
    Allergy,
    /// A vaccination (Immunization).
    Vaccination,
    /// A value that was measured or found (Observation).
    Result,
    /// Free text (Annotation).
    Note,
    /// Papers and pictures with a description (DocumentReference).
    Document,
    /// A kind that this version does not know.
    Later(String),
}

/// Every kind that a person chooses from, in the order in which they are offered.
pub const KINDS: [Kind; 7] =
    [Kind::Visit, Kind::Medication, Kind::Allergy, Kind::Vaccination, Kind::Result, Kind::Note, Kind::Document];

impl Kind {
    /// The name as it is stored and typed.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Profile => "profile",
            Self::Visit => "visit",
            Self::Medication => "medication",
            Self::Allergy => "allergy",
            Self::Vaccination => "vaccination",
            Self::Result => "result",
            Self::Note => "note",
            Self::Document => "document",
            Self::Later(name) => name,
        }
    }
}

impl From<String> for Kind {
    fn from(name: String) -> Self {
        let known = KINDS.into_iter().chain([Self::Profile]).find(|kind| kind.as_str() == name);
        known.unwrap_or(Self::Later(name))
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_its_name_and_one_of_a_later_version_keeps_it() {
        for kind in KINDS.into_iter().chain([Kind::Profile, Kind::Later("procedure".into())]) {
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<Kind>(&json).unwrap(), kind);
        }
    }
}
