//! Everything at once: checking it, taking it out, bringing documents in.

use std::path::Path;

use holdfast_app::{
    App, Result,
    dto::records::{RecordsVerified, RecordsWrong},
    records::{self, ExportInto, Lost},
};

use crate::{
    output::{Exit, Output},
    words,
};

pub async fn verify(app: &App, put_back: bool, output: &Output) -> Result<Exit> {
    let lost = if put_back { Lost::PutBack } else { Lost::Named };
    let verified = records::unlocked(app).await?.verify_and(lost).await?;
    output.show(&verified, verified_words)?;
    let all_is_well = verified.wrong.is_empty() && verified.set_back.is_empty();
    Ok(if all_is_well { Exit::Done } else { Exit::Partial })
}

fn verified_words(verified: &RecordsVerified) -> String {
    let mut lines = vec![format!(
        "{} and {} ({}) opened; {}, {}",
        words::counted(verified.versions, "version", "versions"),
        words::files(verified.attachments),
        words::bytes(verified.bytes),
        words::counted(verified.requests, "request", "requests"),
        words::usd(verified.cost_usd),
    )];
    let wrong = |wrong: &RecordsWrong| {
        let record = wrong.record.as_ref().map(|record| format!(" (record {record})")).unwrap_or_default();
        format!("! {}{record}: {}", words::shown(&wrong.object), words::shown(&wrong.why))
    };
    lines.extend(verified.wrong.iter().map(wrong));
    lines.extend(verified.unproven.iter().map(|object| {
        format!(
            "  {} was not taken: no log tells of it, so somebody who had the keys put it there",
            words::shown(object)
        )
    }));
    lines.extend(
        (verified.put_back > 0)
            .then(|| format!("{} put back", words::counted(verified.put_back, "version", "versions"))),
    );
    lines.extend((verified.completed > 0).then(|| format!("{} completed", words::count(verified.completed))));
    lines.extend((verified.waiting > 0).then(|| format!("{} not sent yet", words::count(verified.waiting))));
    lines.extend(super::devices::set_back_words(&verified.set_back, false));
    let all_is_well = verified.wrong.is_empty() && verified.set_back.is_empty();
    lines.extend(all_is_well.then(|| "All of it is as it should be.".into()));
    lines.join("\n")
}

pub async fn export(app: &App, folder: &Path, over: bool, output: &Output) -> Result<Exit> {
    let into = if over { ExportInto::Any } else { ExportInto::Empty };
    let exported = records::unlocked(app).await?.export(folder, into).await?;
    output.show(&exported, |exported| {
        let mut lines = vec![
            format!(
                "{}, {} and {} are in {}.",
                words::counted(exported.members, "person", "people"),
                words::counted(exported.records, "record", "records"),
                words::files(exported.files),
                words::shown(&exported.folder),
            ),
            "None of it is encrypted: whoever can open this folder can read all of it.".into(),
        ];
        lines.extend(exported.failures.iter().map(|line| format!("! {}", words::shown(line))));
        lines.join("\n")
    })?;
    Ok(if exported.failures.is_empty() { Exit::Done } else { Exit::Partial })
}

pub async fn import(app: &App, member: &str, folder: &Path, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    let member = open.member(member)?;
    let imported = open.import(member, folder)?;
    output.show(&imported, |imported| {
        let mut lines = vec![format!(
            "{} added, {} there already. `holdfast records sync` sends them.",
            words::counted(imported.added, "document", "documents"),
            words::files(imported.known),
        )];
        lines.extend(imported.failures.iter().map(|line| format!("! {}", words::shown(line))));
        lines.join("\n")
    })?;
    Ok(if imported.failures.is_empty() { Exit::Done } else { Exit::Partial })
}
