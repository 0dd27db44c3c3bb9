//! What is kept of a family: members and their records, with fields named as FHIR R4 names them. Pure; it refuses to know
//! where anything is stored.
//!
//! A record has a [`Kind`] and [`Fields`]; the [`form()`] of a kind says which fields there are, what they look like and
//! which FHIR element each is. A coded concept of FHIR is its text here, a reference is its display. A member's own data
//! (name, birth date, what stands on the emergency sheet) is a record of the kind `profile`, so that two devices that
//! edit it lose nothing either.
//!
//! | kind | FHIR R4 | title | date |
//! | --- | --- | --- | --- |
//! | `profile` | Patient; RelatedPerson.relationship, Coverage.payor and .subscriberId, Condition.code; `bloodGroup` and `note` are ours | `name` | `birthDate` |
//! | `visit` | Encounter; `note` is ours | `reasonCode` | `period` |
//! | `medication` | MedicationStatement | `medicationCodeableConcept` | `effectivePeriod`, `dateAsserted` |
//! | `allergy` | AllergyIntolerance | `code` | `onsetDateTime`, `recordedDate` |
//! | `vaccination` | Immunization | `vaccineCode` | `occurrenceDateTime` |
//! | `result` | Observation | `code` | `effectiveDateTime` |
//! | `note` | Annotation; `title` is ours | `title` | `time` |
//! | `document` | DocumentReference; `note` is ours, its content are the attachments | `description` | `date` |
//!
//! The element of every single field is in [`Field::fhir`].

mod attachment;
mod check;
mod fields;
mod form;
mod forms;
mod kind;
mod when;

pub use attachment::{Attachment, AttachmentName, NotAName};
pub use check::{Fault, FieldFault, MAX_LIST, MAX_TEXT_BYTES, faults};
pub use fields::Fields;
pub use form::{Field, Form, Shape};
pub use forms::form;
pub use kind::{KINDS, Kind};
pub use when::When;
