//! The forms of all kinds, named after FHIR R4 (hl7.org/fhir/R4). An element that is a coded concept there is its text
//! here (`CodeableConcept.text`), a reference is its display (`Reference.display`).

use super::{
    Kind,
    form::{Field, Form, Shape},
};

const TEXT: Shape = Shape::Text;
const LONG: Shape = Shape::LongText;
const DATE: Shape = Shape::Date;

const fn choice(choices: &'static [&'static str]) -> Shape {
    Shape::Choice { choices }
}

const BLOOD_GROUPS: &[&str] = &["0-", "0+", "A-", "A+", "B-", "B+", "AB-", "AB+"];

static PROFILE: Form = Form {
    kind: "profile",
    resource: "Patient",
    title: "name",
    dates: &["birthDate"],
    fields: &[
        Field::new("name", TEXT, "Patient.name.text").required(),
        Field::new("birthDate", DATE, "Patient.birthDate"),
        Field::new("relationship", TEXT, "RelatedPerson.relationship.text"),
        Field::new("bloodGroup", choice(BLOOD_GROUPS), ""),
        Field::new("condition", Shape::Texts, "Condition.code.text"),
        Field::new("contact", Shape::Contacts, "Patient.contact"),
        Field::new("payor", TEXT, "Coverage.payor.display"),
        Field::new("subscriberId", TEXT, "Coverage.subscriberId"),
        Field::new("generalPractitioner", Shape::Contact, "Patient.generalPractitioner"),
        Field::new("note", LONG, ""),
    ],
};

static VISIT: Form = Form {
    kind: "visit",
    resource: "Encounter",
    title: "reasonCode",
    dates: &["period"],
    fields: &[
        Field::new("reasonCode", TEXT, "Encounter.reasonCode.text").required(),
        Field::new("period", Shape::Period, "Encounter.period").required(),
        Field::new("status", choice(&["planned", "in-progress", "finished", "cancelled"]), "Encounter.status"),
        Field::new("class", choice(&["AMB", "EMER", "HH", "IMP", "VR"]), "Encounter.class.code"),
        Field::new("type", TEXT, "Encounter.type.text"),
        Field::new("participant", TEXT, "Encounter.participant.individual.display"),
        Field::new("serviceProvider", TEXT, "Encounter.serviceProvider.display"),
        Field::new("diagnosis", Shape::Texts, "Encounter.diagnosis.condition.display"),
        Field::new("note", LONG, ""),
    ],
};

const MEDICATION_STATUS: &[&str] =
    &["active", "completed", "intended", "stopped", "on-hold", "not-taken", "unknown", "entered-in-error"];

static MEDICATION: Form = Form {
    kind: "medication",
    resource: "MedicationStatement",
    title: "medicationCodeableConcept",
    dates: &["effectivePeriod", "dateAsserted"],
    fields: &[
        Field::new("medicationCodeableConcept", TEXT, "MedicationStatement.medicationCodeableConcept.text").required(),
        Field::new("status", choice(MEDICATION_STATUS), "MedicationStatement.status").required(),
        Field::new("dosage", TEXT, "MedicationStatement.dosage.text"),
        Field::new("effectivePeriod", Shape::Period, "MedicationStatement.effectivePeriod"),
        Field::new("dateAsserted", DATE, "MedicationStatement.dateAsserted"),
        Field::new("reasonCode", TEXT, "MedicationStatement.reasonCode.text"),
        Field::new("informationSource", TEXT, "MedicationStatement.informationSource.display"),
        Field::new("note", LONG, "MedicationStatement.note.text"),
    ],
};

const VERIFICATION: &[&str] = &["unconfirmed", "confirmed", "refuted", "entered-in-error"];

static ALLERGY: Form = Form {
    kind: "allergy",
    resource: "AllergyIntolerance",
    title: "code",
    dates: &["onsetDateTime", "recordedDate"],
    fields: &[
        Field::new("code", TEXT, "AllergyIntolerance.code.text").required(),
        Field::new("clinicalStatus", choice(&["active", "inactive", "resolved"]), "AllergyIntolerance.clinicalStatus"),
        Field::new("verificationStatus", choice(VERIFICATION), "AllergyIntolerance.verificationStatus"),
        Field::new("type", choice(&["allergy", "intolerance"]), "AllergyIntolerance.type"),
        Field::new(
            "category",
            choice(&["food", "medication", "environment", "biologic"]),
            "AllergyIntolerance.category",
        ),
        Field::new("criticality", choice(&["low", "high", "unable-to-assess"]), "AllergyIntolerance.criticality"),
        Field::new("reaction", Shape::Texts, "AllergyIntolerance.reaction.manifestation.text"),
        Field::new("onsetDateTime", DATE, "AllergyIntolerance.onsetDateTime"),
        Field::new("lastOccurrence", DATE, "AllergyIntolerance.lastOccurrence"),
        Field::new("recordedDate", DATE, "AllergyIntolerance.recordedDate"),
        Field::new("note", LONG, "AllergyIntolerance.note.text"),
    ],
};

static VACCINATION: Form = Form {
    kind: "vaccination",
    resource: "Immunization",
    title: "vaccineCode",
    dates: &["occurrenceDateTime"],
    fields: &[
        Field::new("vaccineCode", TEXT, "Immunization.vaccineCode.text").required(),
        Field::new("occurrenceDateTime", DATE, "Immunization.occurrenceDateTime").required(),
        Field::new("status", choice(&["completed", "not-done", "entered-in-error"]), "Immunization.status"),
        Field::new("targetDisease", Shape::Texts, "Immunization.protocolApplied.targetDisease.text"),
        Field::new(
            "doseNumberPositiveInt",
            Shape::Number { least: 1, most: 99 },
            "Immunization.protocolApplied.doseNumberPositiveInt",
        ),
        Field::new("manufacturer", TEXT, "Immunization.manufacturer.display"),
        Field::new("lotNumber", TEXT, "Immunization.lotNumber"),
        Field::new("expirationDate", DATE, "Immunization.expirationDate"),
        Field::new("site", TEXT, "Immunization.site.text"),
        Field::new("performer", TEXT, "Immunization.performer.actor.display"),
        Field::new("note", LONG, "Immunization.note.text"),
    ],
};

const OBSERVATION_STATUS: &[&str] =
    &["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"];

static RESULT: Form = Form {
    kind: "result",
    resource: "Observation",
    title: "code",
    dates: &["effectiveDateTime"],
    fields: &[
        Field::new("code", TEXT, "Observation.code.text").required(),
        Field::new("effectiveDateTime", DATE, "Observation.effectiveDateTime").required(),
        Field::new("valueQuantity", Shape::Quantity, "Observation.valueQuantity"),
        Field::new("valueString", TEXT, "Observation.valueString"),
        Field::new("interpretation", TEXT, "Observation.interpretation.text"),
        Field::new("referenceRange", TEXT, "Observation.referenceRange.text"),
        Field::new("status", choice(OBSERVATION_STATUS), "Observation.status"),
        Field::new("category", TEXT, "Observation.category.text"),
        Field::new("performer", TEXT, "Observation.performer.display"),
        Field::new("note", LONG, "Observation.note.text"),
    ],
};

static NOTE: Form = Form {
    kind: "note",
    resource: "Annotation",
    title: "title",
    dates: &["time"],
    fields: &[
        Field::new("title", TEXT, "").required(),
        Field::new("time", DATE, "Annotation.time"),
        Field::new("text", LONG, "Annotation.text"),
    ],
};

static DOCUMENT: Form = Form {
    kind: "document",
    resource: "DocumentReference",
    title: "description",
    dates: &["date"],
    fields: &[
        Field::new("description", TEXT, "DocumentReference.description").required(),
        Field::new("date", DATE, "DocumentReference.date"),
        Field::new("type", TEXT, "DocumentReference.type.text"),
        Field::new("status", choice(&["current", "superseded", "entered-in-error"]), "DocumentReference.status"),
        Field::new("author", TEXT, "DocumentReference.author.display"),
        Field::new("custodian", TEXT, "DocumentReference.custodian.display"),
        Field::new("note", LONG, ""),
    ],
};

/// The form of a kind; none for a kind of a later version.
pub fn form(kind: &Kind) -> Option<&'static Form> {
    Some(match kind {
        Kind::Profile => &PROFILE,
        Kind::Visit => &VISIT,
        Kind::Medication => &MEDICATION,
        Kind::Allergy => &ALLERGY,
        Kind::Vaccination => &VACCINATION,
        Kind::Result => &RESULT,
        Kind::Note => &NOTE,
        Kind::Document => &DOCUMENT,
        Kind::Later(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::KINDS;

    #[test]
    fn every_kind_has_a_form_with_a_required_title_and_fields_of_distinct_names() {
        for kind in KINDS.iter().chain([&Kind::Profile]) {
            let form = form(kind).unwrap();
            assert_eq!(form.kind, kind.as_str());
            assert!(form.field(form.title).is_some_and(|field| field.required && field.shape == Shape::Text), "{kind}");
            let names: BTreeSet<_> = form.fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), form.fields.len(), "{kind}");
            for date in form.dates {
                let shape = form.field(date).unwrap().shape;
                assert!(matches!(shape, Shape::Date | Shape::Period), "{kind} {date}");
            }
        }
        assert!(super::form(&Kind::Later("procedure".into())).is_none());
    }

    #[test]
    fn a_field_that_fhir_has_is_named_by_an_element_of_its_path() {
        for form in KINDS.iter().filter_map(form) {
            for field in form.fields.iter().filter(|field| !field.fhir.is_empty()) {
                assert!(field.fhir.starts_with(form.resource), "{}", field.fhir);
                assert!(field.fhir.split('.').any(|element| element == field.name), "{}", field.fhir);
            }
        }
    }

    #[test]
    fn a_form_can_be_handed_to_the_window_as_json() {
        let json = serde_json::to_value(form(&Kind::Note).unwrap()).unwrap();
        assert_eq!(json["fields"][0]["name"], "title");
        assert_eq!(json["fields"][0]["type"], "text");
        assert_eq!(json["fields"][0]["required"], true);
    }
}
