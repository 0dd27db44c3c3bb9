//! `holdfast history import` and `export`

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use holdfast_app::{
    AppError, ErrorCode, Home, Result,
    history::core::{
        Database,
        transfer::{self, Format, Found, Imported, Owner, Surroundings},
    },
};
use serde_json::{Value, json};

use crate::{
    output::{Exit, Output},
    words,
};

/// `history import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What the file is; seen from the file without it.
    #[arg(long, value_name = "KIND")]
    from: Option<Source>,
    /// The file; the usual one of that kind without it.
    #[arg(long, value_name = "F")]
    file: Option<PathBuf>,
    /// Bring in everything that is found at the usual places.
    #[arg(long, conflicts_with_all = ["from", "file"])]
    all: bool,
}

/// `history export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The file, or - for standard output.
    #[arg(long, value_name = "F")]
    file: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Atuin,
    Hishtory,
    Jsonl,
}

impl From<Source> for Format {
    fn from(source: Source) -> Self {
        match source {
            Source::Bash => Self::Bash,
            Source::Zsh => Self::Zsh,
            Source::Fish => Self::Fish,
            Source::Powershell => Self::PowerShell,
            Source::Atuin => Self::Atuin,
            Source::Hishtory => Self::Hishtory,
            Source::Jsonl => Self::JsonLines,
        }
    }
}

/// Brings histories in, or shows which ones there are.
pub fn import(args: &ImportArgs, output: &Output) -> Result<Exit> {
    let home = Home::of_system()?;
    let from = args.from.map(Format::from);
    let chosen = match (from, &args.file) {
        (Some(format), Some(path)) => vec![Found { format, path: path.clone() }],
        (None, Some(path)) => vec![guessed(path)?],
        (Some(format), None) => usual(Some(format))?,
        (None, None) if args.all => usual(None)?,
        (None, None) => return show_found(&usual(None)?, output),
    };
    let owner = holdfast_app::history::window::owner(&home)?;
    let mut database = holdfast_app::history::database_of(&home.paths)?;
    let mut all = Vec::new();
    let mut failed = None;
    for one in chosen {
        match import_one(&mut database, &one, &owner, output) {
            Ok(value) => all.push(value),
            // One that cannot be read stops no other.
            Err(error) if args.all => failed = Some(output.fail(&error)),
            Err(error) => return Err(error),
        }
    }
    output.show(&all, |_| String::new())?;
    Ok(match failed {
        Some(_) => Exit::Partial,
        None => Exit::Done,
    })
}

fn import_one(database: &mut Database, one: &Found, owner: &Owner, output: &Output) -> Result<Value> {
    let imported = transfer::import(database, one.format, &one.path, owner)?;
    output.say(&in_words(one, &imported));
    Ok(json!({
        "from": one.format.as_str(), "file": one.path.display().to_string(), "read": imported.read,
        "new": imported.recorded.new, "known": imported.recorded.known, "deleted": imported.recorded.deleted,
        "redactions": imported.redactions, "damaged": imported.damaged, "damaged_at": imported.damaged_at,
    }))
}

fn in_words(one: &Found, imported: &Imported) -> String {
    let mut parts = vec![format!(
        "{}: {} read, {} new",
        words::shown(&one.path.display().to_string()),
        words::count(imported.read),
        words::count(imported.recorded.new)
    )];
    for (count, what) in [
        (imported.recorded.known, "here already"),
        (imported.recorded.deleted, "deleted before and left out"),
        (imported.damaged, "that cannot be read left out"),
    ] {
        parts.extend((count > 0).then(|| format!("{} {what}", words::count(count))));
    }
    let secrets = || format!("{} replaced", words::counted(imported.redactions, "secret", "secrets"));
    parts.extend((imported.redactions > 0).then(secrets));
    let mut text = parts.join(", ");
    if !imported.damaged_at.is_empty() {
        let numbers = imported.damaged_at.iter().take(20).map(u64::to_string).collect::<Vec<_>>().join(", ");
        let more = if imported.damaged > 20 { ", …" } else { "" };
        text.push_str(&format!("\n  lines or rows that cannot be read: {numbers}{more}"));
    }
    text
}

fn show_found(found: &[Found], output: &Output) -> Result<Exit> {
    let counted = found.iter().map(|one| (one, transfer::count(one.format, &one.path))).collect::<Vec<_>>();
    let values = counted.iter().map(|(one, count)| {
        let (count, reason) = match count {
            Ok((entries, _)) => (Some(*entries), None),
            Err(error) => (None, Some(error.to_string())),
        };
        json!({ "from": one.format.as_str(), "file": one.path.display().to_string(), "entries": count, "reason": reason })
    });
    let values = values.collect::<Vec<_>>();
    output.show(&values, |_| {
        let mut lines = counted.iter().map(|(one, count)| found_line(one, count)).collect::<Vec<_>>();
        lines.push(match found.is_empty() {
            true => "No history of a shell or another tool is at its usual place; name one with --file.".into(),
            false => "Bring one in with --from KIND, or all of them with --all.".into(),
        });
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

fn found_line(one: &Found, count: &Result<(u64, u64), holdfast_app::history::core::Error>) -> String {
    let path = words::shown(&one.path.display().to_string());
    match count {
        Ok((entries, _)) => format!("{:10} {:>9}  {path}", one.format.as_str(), words::count(*entries)),
        Err(error) => format!("{:10} {:>9}  {}", one.format.as_str(), "?", words::shown(&error.to_string())),
    }
}

fn usual(format: Option<Format>) -> Result<Vec<Found>> {
    let home = std::env::home_dir().unwrap_or_default();
    let variable = |name: &str| std::env::var(name).ok();
    let mut found = transfer::usual_files(&Surroundings { home: &home, variable: &variable });
    found.retain(|one| format.is_none_or(|format| one.format == format));
    match (found.is_empty(), format) {
        (true, Some(format)) => Err(AppError::config(
            ErrorCode::NothingThere,
            format!("{} is not at any of its usual places", format.words()),
            "name it with --file",
        )),
        _ => Ok(found),
    }
}

fn guessed(path: &Path) -> Result<Found> {
    let format = transfer::guess(path)?.ok_or_else(|| {
        AppError::config(
            ErrorCode::HistoryImport,
            format!("{} does not tell what it is", words::shown(&path.display().to_string())),
            "say it with --from bash, zsh, fish, powershell, atuin, hishtory or jsonl",
        )
    })?;
    Ok(Found { format, path: path.to_owned() })
}

/// Writes everything out. A file appears when it is whole.
pub fn export(args: &ExportArgs, output: &Output) -> Result<Exit> {
    let database = holdfast_app::history::database_of(&Home::of_system()?.paths)?;
    if args.file == Path::new("-") {
        let written = transfer::export(&database, Path::new("standard output"), &mut std::io::stdout().lock());
        return match written {
            Err(holdfast_app::history::core::Error::File { source, .. })
                if source.kind() == std::io::ErrorKind::BrokenPipe =>
            {
                Ok(Exit::Done)
            }
            other => other.map(|_| Exit::Done).map_err(AppError::from),
        };
    }
    let count = to_file(&database, &args.file)?;
    output.show(&json!({ "file": args.file.display().to_string(), "entries": count }), |_| {
        format!("{} entries written to {}", words::count(count), words::shown(&args.file.display().to_string()))
    })?;
    Ok(Exit::Done)
}

fn to_file(database: &Database, path: &Path) -> Result<u64> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let failed = |error: std::io::Error| AppError::io("writing the history", path, &error);
    let written = (|| {
        let mut file = for_the_owner_only(&part).map_err(failed)?;
        let count = transfer::export(database, path, &mut file)?;
        file.flush().and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&part, path).map_err(failed)?;
        Ok(count)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn for_the_owner_only(path: &Path) -> std::io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
