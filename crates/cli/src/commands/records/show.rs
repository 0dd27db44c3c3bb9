//! Looking: records, versions, timelines, the emergency sheet, files, status.

use std::{io::IsTerminal, path::Path};

use holdfast_app::{
    App, AppError, ErrorCode, Result,
    dto::records::{
        EmergencyItem, EmergencyPerson, EmergencySheet, FieldValue, RecordsRecord, RecordsRow, RecordsStatus,
        RecordsVersion,
    },
    records::{self, kind_of},
};
use serde_json::json;

use crate::{
    output::{Exit, Output},
    words,
};

pub async fn record(app: &App, record: &str, output: &Output) -> Result<Exit> {
    let open = records::unlocked(app).await?;
    let (member, record) = open.record(record)?;
    output.show(&open.show(member, record)?, record_words)?;
    Ok(Exit::Done)
}

fn record_words(record: &RecordsRecord) -> String {
    let mut lines = vec![format!("{} · {} · {}", words::shown(&record.title), record.kind, record.id)];
    lines.extend(record.deleted.then(|| "! deleted".into()));
    lines.extend(record.fields.iter().map(|(name, field)| format!("  {name:26}  {}", value(field))));
    for file in &record.attachments {
        lines.push(format!("  file  {}  {}  {}", words::shown(&file.title), words::bytes(file.size), &file.id[..12]));
    }
    lines.push(format!("  version {} by {}, {}", record.version, words::shown(&record.author), record.time));
    if let Some(conflict) = &record.conflict {
        lines.push(format!("! edited on two devices: {}", conflict.sides.join(", ")));
        for difference in &conflict.fields {
            let side = |(side, shown): (&String, &Option<FieldValue>)| {
                format!("      {side}: {}", shown.as_ref().map_or_else(|| "(nothing)".into(), value))
            };
            let how = if difference.merged.is_some() { "" } else { " — to choose" };
            lines.push(format!("    {}{how}", difference.field));
            lines.extend(conflict.keeping.iter().zip(&difference.sides).map(side));
        }
        lines.extend(conflict.deleting.iter().map(|side| format!("    {side} deletes it")));
        lines.push("  holdfast records resolve RECORD --take VERSION, --merge or --keep-both".into());
    }
    lines.join("\n")
}

fn value(field: &FieldValue) -> String {
    match field {
        FieldValue::Text(text) => words::shown(&text.replace('\n', " / ")),
        FieldValue::Switch(on) => on.to_string(),
        FieldValue::Whole(number) => number.to_string(),
        FieldValue::Fraction(number) => number.to_string(),
        FieldValue::List(all) => all.iter().map(value).collect::<Vec<_>>().join("; "),
        FieldValue::Parts(parts) => parts
            .iter()
            .map(|(name, part)| format!("{}: {}", words::shown(name), value(part)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

pub async fn versions(app: &App, record: &str, output: &Output) -> Result<Exit> {
    let open = records::unlocked(app).await?;
    let (member, record) = open.record(record)?;
    let line = |version: &RecordsVersion| {
        let mut line = format!("{}  {}  {}", version.id, version.time, words::shown(&version.author));
        line.push_str(if version.shown { " · shown" } else { "" });
        line.push_str(if version.deleted { " · deletes" } else { "" });
        let fields = version.fields.iter().map(|(name, field)| format!("\n    {name:26}  {}", value(field)));
        line + &fields.collect::<String>()
    };
    output.show(&open.versions(member, record)?, |all| all.iter().map(line).collect::<Vec<_>>().join("\n"))?;
    Ok(Exit::Done)
}

pub async fn timeline(app: &App, member: &str, kind: Option<&str>, output: &Output) -> Result<Exit> {
    let kind = kind.map(kind_of).transpose()?;
    let open = records::unlocked(app).await?;
    let rows = open.timeline(open.member(member)?, kind.as_ref());
    output.show(&rows, |rows| match rows.is_empty() {
        true => "No records yet.".into(),
        false => rows.iter().map(row_words).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(Exit::Done)
}

fn row_words(row: &RecordsRow) -> String {
    let day = row.when.split('T').next().unwrap_or_default();
    let mut line = format!("{}  {day}  {:12}  {}", &row.id[..8], row.kind, words::shown(&row.title));
    if row.attachments > 0 {
        line.push_str(&format!(" · {}", words::files(row.attachments)));
    }
    line.push_str(if row.conflict { " · edited on two devices" } else { "" });
    line
}

pub async fn search(app: &App, query: &str, member: Option<&str>, limit: usize, output: &Output) -> Result<Exit> {
    let open = records::unlocked(app).await?;
    let member = member.map(|member| open.member(member)).transpose()?;
    output.show(&open.search(query, member, limit), |found| {
        let more = found.total.saturating_sub(found.rows.len() as u64);
        let mut lines: Vec<String> = found.rows.iter().map(row_words).collect();
        lines.extend((more > 0).then(|| format!("and {} more", words::count(more))));
        lines.extend((found.total == 0).then(|| "Nothing was found.".into()));
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

pub async fn emergency(app: &App, member: &str, output: &Output) -> Result<Exit> {
    let open = records::unlocked(app).await?;
    output.show(&open.emergency(open.member(member)?), sheet_words)?;
    Ok(Exit::Done)
}

fn sheet_words(sheet: &EmergencySheet) -> String {
    let mut lines = vec![words::shown(&format!(
        "{}  {}  blood group {}",
        sheet.name,
        sheet.birth_date,
        or_unknown(&sheet.blood_group)
    ))];
    lines.extend(sheet.profile_conflict.then(|| "! the profile was edited on two devices: this is one of two".into()));
    let items = |head: &str, items: &[EmergencyItem]| {
        let line = |item: &EmergencyItem| {
            let danger = if item.high { "! " } else { "  " };
            let conflict = if item.conflict { " (edited on two devices)" } else { "" };
            let details =
                if item.details.is_empty() { String::new() } else { format!(": {}", item.details.join("; ")) };
            words::shown(&format!("  {danger}{}{details}{conflict}", item.title))
        };
        let none = items.is_empty().then(|| "    none known".to_owned());
        std::iter::once(head.to_owned()).chain(items.iter().map(line)).chain(none).collect::<Vec<_>>()
    };
    lines.extend(items("Allergies", &sheet.allergies));
    lines.extend(items("Medication", &sheet.medication));
    lines.extend(
        (!sheet.conditions.is_empty()).then(|| words::shown(&format!("Conditions: {}", sheet.conditions.join("; ")))),
    );
    let person = |person: &EmergencyPerson| {
        let parts = [person.name.as_str(), &person.telecom, &person.relationship];
        words::shown(&parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", "))
    };
    lines.extend(sheet.contacts.iter().map(|one| format!("Call: {}", person(one))));
    lines.extend(sheet.doctor.as_ref().map(|doctor| format!("Doctor: {}", person(doctor))));
    if !sheet.insurer.is_empty() {
        lines.push(words::shown(&format!("Insurance: {} {}", sheet.insurer, sheet.insurance_number)));
    }
    lines.join("\n")
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "not known" } else { text }
}

pub async fn get(app: &App, record: &str, file: Option<&str>, to: Option<&Path>, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let (member, record) = open.record(record)?;
    let attachment = open.attachment(member, record, file)?;
    match to {
        Some(path) => {
            open.get_file(member, &attachment, path).await?;
            output.show(&json!({ "file": path, "size": attachment.size }), |_| {
                format!("{} is written. It is not encrypted.", words::shown(&path.display().to_string()))
            })?;
        }
        None if output.json || std::io::stdout().is_terminal() => {
            return Err(AppError::config(
                ErrorCode::BadParameter,
                "the content does not go to a terminal or into JSON",
                "name a file with --output, or send standard output on",
            ));
        }
        None => open.read_into(member, &attachment, &mut std::io::stdout()).await?,
    }
    Ok(Exit::Done)
}

pub async fn status(app: &App, output: &Output) -> Result<Exit> {
    output.show(&records::status(app).await?, status_words)?;
    Ok(Exit::Done)
}

fn status_words(status: &RecordsStatus) -> String {
    let mut lines = vec![format!("The vault is in {}.", words::shown(&status.location))];
    if !status.confirmed {
        lines.push("! The recovery code was not typed back yet: holdfast records recovery-code check".into());
    }
    if !status.unlocked {
        let how = if status.has_keyring { "" } else { " (takes the recovery code)" };
        lines.push(format!("It is locked: holdfast records unlock{how}"));
    }
    if status.unlocked && status.confirmed {
        lines.push(format!(
            "{}, {}; {}.",
            words::counted(status.members, "person", "people"),
            words::counted(status.records, "record", "records"),
            match status.waiting.len() {
                0 => "everything was sent".into(),
                some => format!("{} not sent yet", words::count(some as u64)),
            },
        ));
    }
    lines.extend(status.conflicts.iter().map(|record| format!("! {record} was edited on two devices")));
    lines.extend(
        (status.missing > 0)
            .then(|| format!("! {} not here yet", words::counted(status.missing, "version is", "versions are"))),
    );
    lines.extend(status.unread.iter().map(|line| format!("! {}", words::shown(line))));
    if status.code_due {
        lines.push("Do you still have the recovery code? holdfast records recovery-code check".into());
    }
    lines.join("\n")
}
