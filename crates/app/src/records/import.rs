//! A folder of documents becomes records of a member. It can be repeated: the same content is not added twice.

use std::{collections::BTreeSet, path::Path};

use holdfast_records::{
    Uuid,
    model::{AttachmentName, Kind},
    versions::OpenRecord,
};
use walkdir::WalkDir;

use super::{Entered, Unlocked};
use crate::{AppError, ErrorCode, Result, dto::records::RecordsImported, error::shown};

impl Unlocked {
    /// Adds a document for each file of a folder whose content no record of the member has or had. Hidden files and links
    /// are left out; a file that cannot be read is named, and the rest goes on.
    ///
    /// # Errors
    /// `folder_missing`; `records_unknown` for a member there is not.
    pub fn import(&mut self, member: Uuid, folder: &Path) -> Result<RecordsImported> {
        if !folder.is_dir() {
            return Err(AppError::config(
                ErrorCode::FolderMissing,
                format!("{} is no folder", shown(&folder.display().to_string())),
                "name the folder with the documents; nothing was added",
            ));
        }
        let mut known = self.named(member);
        let mut done = RecordsImported { added: 0, known: 0, failures: Vec::new() };
        let visible =
            |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
        for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(visible) {
            let entry = match entry {
                Ok(entry) if entry.file_type().is_file() => entry,
                Ok(_) => continue,
                Err(error) => {
                    done.failures.push(shown(&error.to_string()));
                    continue;
                }
            };
            match self.import_file(member, &entry, &mut known) {
                Ok(true) => done.added += 1,
                Ok(false) => done.known += 1,
                Err(error) if matches!(error.code, ErrorCode::FileUnreadable | ErrorCode::FileMissing) => {
                    done.failures.push(error.message);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn import_file(
        &mut self,
        member: Uuid,
        entry: &walkdir::DirEntry,
        known: &mut BTreeSet<AttachmentName>,
    ) -> Result<bool> {
        if known.contains(&self.name_of_file(member, entry.path())?) {
            return Ok(false);
        }
        let attachment = self.attach_file(member, entry.path())?;
        known.insert(attachment.name);
        let changed = entry.metadata().ok().and_then(|found| found.modified().ok());
        let day = changed.and_then(|time| jiff::Timestamp::try_from(time).ok());
        let mut lines = vec![("description".to_owned(), attachment.title.clone())];
        lines.extend(day.map(|day| ("date".to_owned(), day.strftime("%Y-%m-%d").to_string())));
        self.add(member, Kind::Document, &Entered { lines, json: None }, vec![attachment])?;
        Ok(true)
    }

    /// Every file that a version of any record of the member names.
    fn named(&self, member: Uuid) -> BTreeSet<AttachmentName> {
        self.of(member).records(member).flat_map(OpenRecord::attachments).map(|one| one.name).collect()
    }
}
