//! Everything, decrypted, in a folder: JSON and files. Names follow from ids, so that an export can be repeated.
//!
//! `NOT-ENCRYPTED.txt` says what it is. Each member has a folder with `profile.json`, `records/` with a JSON file for each
//! record (all versions, as they are kept), and `files/`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use holdfast_records::{Uuid, model::Attachment, versions::Record};
use serde_json::json;

use super::{Unlocked, look::record_view};
use crate::{AppError, ErrorCode, Result, dto::records::RecordsExported};

const NOTICE: &str = "NOT-ENCRYPTED.txt";
const NOTICE_TEXT: &str = "This folder holds family records as Holdfast exported them. Nothing in it is encrypted: whoever can \
                           open this folder can read all of it.\n";
/// The longest part of a title in the name of a file, characters.
const MAX_NAME: usize = 80;

/// Whether an export may write where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportInto {
    /// Only into a folder that is empty or not there.
    Empty,
    /// Beside what is there; what an earlier export wrote is replaced.
    Any,
}

impl Unlocked {
    /// Writes everything, decrypted. A file that cannot be had is named, and the rest goes on.
    ///
    /// # Errors
    /// `records_folder` when something is there, `local_io`, `disk_full`.
    pub async fn export(&mut self, folder: &Path, into: ExportInto) -> Result<RecordsExported> {
        prepare(folder, into)?;
        write(&folder.join(NOTICE), NOTICE_TEXT.as_bytes())?;
        let shown = folder.display().to_string();
        let mut done = RecordsExported { folder: shown, members: 0, records: 0, files: 0, failures: Vec::new() };
        for (member, name) in self.everybody() {
            let name = format!("{}-{}", safe(&name), short(member));
            self.export_member(member, &folder.join(name), &mut done).await?;
            done.members += 1;
        }
        Ok(done)
    }

    async fn export_member(&mut self, member: Uuid, folder: &Path, done: &mut RecordsExported) -> Result<()> {
        let (records, files) = (folder.join("records"), folder.join("files"));
        make(&records)?;
        make(&files)?;
        let mut attachments: Vec<Attachment> = Vec::new();
        for open in self.of(member).records(member) {
            let record = self.of(member).record(member, open.id())?;
            let Ok(view) = record_view(member, &record) else {
                done.failures.push(format!("record {} is not here yet", record.id));
                continue;
            };
            let path = match record.id == member {
                true => folder.join("profile.json"),
                false => {
                    done.records += 1;
                    records.join(format!("{}-{}-{}.json", safe(&view.kind), safe(&view.title), short(record.id)))
                }
            };
            write(&path, &json_of(&record)?)?;
            attachments.extend(open.attachments().cloned());
        }
        let mut written = BTreeSet::new();
        for attachment in attachments.iter().filter(|one| written.insert(one.name)) {
            match self.export_file(member, attachment, &files.join(file_name(attachment))).await {
                Ok(()) => done.files += 1,
                Err(error) if matches!(error.code, ErrorCode::LocalIo | ErrorCode::DiskFull) => return Err(error),
                Err(error) => done.failures.push(format!("file {}: {}", attachment.name, error.message)),
            }
        }
        Ok(())
    }

    async fn export_file(&mut self, member: Uuid, attachment: &Attachment, path: &Path) -> Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let failed = |error: &std::io::Error| AppError::io("writing the export", path, error);
        let mut part = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        self.read_into(member, attachment, part.as_file_mut()).await?;
        part.persist(path).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}

fn prepare(folder: &Path, into: ExportInto) -> Result<()> {
    make(folder)?;
    let failed = |error: std::io::Error| AppError::io("reading the folder", folder, &error);
    let is_empty = fs::read_dir(folder).map_err(failed)?.next().is_none();
    if is_empty || into == ExportInto::Any {
        return Ok(());
    }
    Err(AppError::config(
        ErrorCode::RecordsFolder,
        format!("{} is not empty", crate::error::shown(&folder.display().to_string())),
        "choose a new folder, or add --over to write beside what is there",
    ))
}

fn make(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| AppError::io("making the folder of the export", folder, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let failed = |error: &std::io::Error| AppError::io("writing the export", path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    part.write_all(bytes).map_err(|error| failed(&error))?;
    part.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

/// A record with all its versions as they are kept, the newest first, and where its files are.
fn json_of(record: &Record) -> Result<Vec<u8>> {
    let versions = record.versions();
    let mut files = BTreeSet::new();
    for attachment in versions.iter().flat_map(|version| &version.content.attachments) {
        files.insert((attachment.name, PathBuf::from("files").join(file_name(attachment))));
    }
    let files: Vec<_> = files.iter().map(|(name, path)| json!({ "name": name, "path": path })).collect();
    let whole = json!({
        "id": record.id,
        "deleted": record.is_deleted(),
        "conflict": record.conflict().is_some(),
        "versions": versions,
        "files": files,
    });
    serde_json::to_vec_pretty(&whole).map_err(|_| AppError::internal("a record could not be written as JSON"))
}

fn file_name(attachment: &Attachment) -> String {
    format!("{}-{}", &attachment.name.to_string()[..12], safe(&attachment.title))
}

fn short(id: Uuid) -> String {
    id.simple().to_string()[..12].to_owned()
}

/// A title as a part of a file's name on every system: letters, digits and a few signs.
fn safe(title: &str) -> String {
    let sign = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | ' ') { c } else { '-' };
    let named: String = title.chars().take(MAX_NAME).map(sign).collect();
    let named = named.trim_matches([' ', '.']);
    if named.is_empty() { "unnamed".into() } else { named.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_leads_out_of_the_folder() {
        for (title, name) in [
            ("../../etc/passwd", "-..-etc-passwd"),
            ("..", "unnamed"),
            ("", "unnamed"),
            ("C:\\x", "C--x"),
            ("Röntgen 2024.jpg", "Röntgen 2024.jpg"),
            ("a\u{202e}b\n", "a-b-"),
        ] {
            assert_eq!(safe(title), name);
        }
    }
}
