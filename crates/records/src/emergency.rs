//! What somebody who helps must know at once: allergies, medication that is taken now, blood group, conditions, whom to
//! call. It would rather show too much: of a record that was edited on two devices, each side counts.

use holdfast_journal::Millis;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    model::{Fields, Kind, When},
    versions::OpenRecord,
};

/// The emergency sheet of a member.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Name.
    pub name: String,
    /// Birth date as it was entered.
    pub birth_date: String,
    /// Blood group, such as `A+`; empty when it is not known.
    pub blood_group: String,
    /// Conditions.
    pub conditions: Vec<String>,
    /// Allergies and intolerances that were not found to be over or wrong; those of high criticality first.
    pub allergies: Vec<Item>,
    /// What is taken now.
    pub medication: Vec<Item>,
    /// Whom to call.
    pub contacts: Vec<Person>,
    /// The doctor.
    pub doctor: Option<Person>,
    /// Who insures.
    pub insurer: String,
    /// The number there.
    pub insurance_number: String,
    /// Whether the profile was edited on two devices: what stands here is one of two.
    pub profile_conflict: bool,
}

/// A line of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The record.
    pub record: Uuid,
    /// What it is.
    pub title: String,
    /// Reactions of an allergy, dosage of a medication.
    pub details: Vec<String>,
    /// Whether it is a danger to life.
    pub high: bool,
    /// Whether the record was edited on two devices.
    pub conflict: bool,
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Number or address; may be empty.
    pub telecom: String,
    /// Who it is to the member; may be empty.
    pub relationship: String,
}

/// The sheet, from all records of a member.
pub fn emergency_sheet<'a>(records: impl IntoIterator<Item = &'a OpenRecord>, now: Millis) -> Sheet {
    let mut sheet = Sheet::default();
    for record in records {
        if let Some(profile) = record.current().filter(|shown| shown.content.kind == Kind::Profile) {
            fill_in(&mut sheet, &profile.content.fields);
            sheet.profile_conflict = record.in_conflict();
        }
        for side in record.counting() {
            let fields = &side.content.fields;
            let item = |details, high| {
                let title = fields.title(&side.content.kind).to_owned();
                Item { record: record.id(), title, details, high, conflict: record.in_conflict() }
            };
            let list = match side.content.kind {
                Kind::Allergy if is_open(fields) => &mut sheet.allergies,
                Kind::Medication if is_taken(fields, now) => &mut sheet.medication,
                _ => continue,
            };
            let item = match side.content.kind {
                Kind::Allergy => item(owned(fields.texts("reaction")), fields.text("criticality") == "high"),
                _ => item(owned([fields.text("dosage")].into_iter().filter(|text| !text.is_empty())), false),
            };
            if !list.contains(&item) {
                list.push(item);
            }
        }
    }
    let order = |one: &Item| (!one.high, one.title.to_lowercase(), one.record);
    sheet.allergies.sort_by_key(order);
    sheet.medication.sort_by_key(order);
    sheet
}

fn owned<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

fn is_open(fields: &Fields) -> bool {
    !matches!(fields.text("clinicalStatus"), "inactive" | "resolved")
        && !matches!(fields.text("verificationStatus"), "refuted" | "entered-in-error")
}

/// Active, begun, and not over. A period that cannot be read does not take it off the sheet.
fn is_taken(fields: &Fields, now: Millis) -> bool {
    let part = |name| {
        let period = fields.get("effectivePeriod").and_then(Value::as_object)?;
        When::parse(period.get(name)?.as_str()?)
    };
    fields.text("status") == "active"
        && part("start").is_none_or(|start| start.begins() <= now)
        && part("end").is_none_or(|end| now <= end.ends())
}

fn fill_in(sheet: &mut Sheet, profile: &Fields) {
    let text = |name: &str| profile.text(name).to_owned();
    (sheet.name, sheet.birth_date, sheet.blood_group) = (text("name"), text("birthDate"), text("bloodGroup"));
    (sheet.insurer, sheet.insurance_number) = (text("payor"), text("subscriberId"));
    sheet.conditions = owned(profile.texts("condition"));
    let contacts = profile.get("contact").and_then(Value::as_array).into_iter().flatten();
    sheet.contacts = contacts.filter_map(person).collect();
    sheet.doctor = profile.get("generalPractitioner").and_then(person);
}

fn person(value: &Value) -> Option<Person> {
    let text = |name| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let person = Person { name: text("name"), telecom: text("telecom"), relationship: text("relationship") };
    (!person.name.is_empty() || !person.telecom.is_empty()).then_some(person)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use holdfast_journal::DAY;
    use serde_json::json;

    use super::*;
    use crate::{
        timeline::timeline,
        versions::{Content, FORMAT, Node, Version, VersionId},
    };

    fn version(record: u128, device: u128, kind: Kind, fields: Value) -> Version {
        Version {
            format: FORMAT,
            record: Uuid::from_u128(record),
            node: Node {
                id: VersionId { number: 1, device: Uuid::from_u128(device) },
                clock: 1,
                parents: vec![],
                deleted: false,
                time: 0,
            },
            author: String::new(),
            content: Content::new(kind, serde_json::from_value(fields).unwrap()),
            later: BTreeMap::new(),
        }
    }

    fn record(versions: Vec<Version>) -> OpenRecord {
        let mut record = OpenRecord::new(versions[0].record);
        for version in versions {
            record.insert(version);
        }
        record
    }

    fn one(id: u128, kind: Kind, fields: Value) -> OpenRecord {
        record(vec![version(id, 1, kind, fields)])
    }

    fn titles(items: &[Item]) -> Vec<&str> {
        items.iter().map(|item| item.title.as_str()).collect()
    }

    #[test]
    fn the_sheet_holds_what_matters_now() {
        let medication = |id, name: &str, status: &str, period: Value| {
            let fields = json!({"medicationCodeableConcept": name, "status": status, "effectivePeriod": period});
            one(id, Kind::Medication, fields)
        };
        let records = [
            one(
                1,
                Kind::Profile,
                json!({
                    "name": "Mara", "birthDate": "1984", "bloodGroup": "A+", "condition": ["Asthma"], "payor": "AOK",
                    "contact": [{"name": "Jo", "telecom": "112"}, {}], "generalPractitioner": {"name": "Dr. Lee"},
                }),
            ),
            one(2, Kind::Allergy, json!({"code": "Pollen", "criticality": "low"})),
            one(3, Kind::Allergy, json!({"code": "Zinc", "criticality": "high", "reaction": ["Shock"]})),
            one(4, Kind::Allergy, json!({"code": "Milk", "clinicalStatus": "resolved"})),
            one(5, Kind::Allergy, json!({"code": "Nuts", "verificationStatus": "refuted"})),
            medication(6, "Now", "active", json!({"start": "1970"})),
            medication(7, "Over", "active", json!({"end": "1970-01-05"})),
            medication(8, "Later", "active", json!({"start": "1971"})),
            medication(9, "Stopped", "stopped", json!({})),
            medication(10, "Last day", "active", json!({"end": "1970-01-11"})),
            medication(11, "Unreadable", "active", json!({"end": "soon"})),
        ];
        let sheet = emergency_sheet(&records, 10 * DAY + 5);
        assert_eq!(titles(&sheet.allergies), ["Zinc", "Pollen"]);
        assert_eq!((sheet.allergies[0].high, &sheet.allergies[0].details[..]), (true, &["Shock".to_owned()][..]));
        assert_eq!(titles(&sheet.medication), ["Last day", "Now", "Unreadable"]);
        assert_eq!((sheet.name.as_str(), sheet.blood_group.as_str(), sheet.insurer.as_str()), ("Mara", "A+", "AOK"));
        assert_eq!((sheet.contacts.len(), sheet.conditions.len()), (1, 1));
        assert_eq!(sheet.doctor.unwrap().name, "Dr. Lee");
    }

    #[test]
    fn of_a_conflict_each_side_counts() {
        let side =
            |device, status: &str| version(2, device, Kind::Allergy, json!({"code": "Nuts", "clinicalStatus": status}));
        let records = [record(vec![side(1, "active"), side(2, "resolved")])];
        let sheet = emergency_sheet(&records, 0);
        assert_eq!((titles(&sheet.allergies), sheet.allergies[0].conflict), (vec!["Nuts"], true));
    }

    #[test]
    fn the_timeline_is_by_date_without_profile_and_deleted() {
        let mut deleted = version(5, 1, Kind::Note, json!({}));
        deleted.node.deleted = true;
        let records = [
            one(1, Kind::Profile, json!({"name": "Mara", "birthDate": "1984"})),
            one(2, Kind::Note, json!({"title": "Old", "time": "1999"})),
            one(3, Kind::Visit, json!({"reasonCode": "New", "period": {"start": "2021"}})),
            one(4, Kind::Note, json!({"title": "Undated"})),
            record(vec![deleted]),
        ];
        let titles = |kind| timeline(&records, kind).into_iter().map(|row| row.title).collect::<Vec<_>>();
        assert_eq!(titles(None), ["New", "Old", "Undated"]);
        assert_eq!(titles(Some(&Kind::Note)), ["Old", "Undated"]);
        assert_eq!(titles(Some(&Kind::Profile)), ["Mara"]);
    }
}
