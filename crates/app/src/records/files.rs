//! Files of this computer that become attachments, and attachments that are handed out again.

use std::{fs::File, io::Write, path::Path};

use holdfast_records::{
    AttachmentReader, Uuid,
    model::{Attachment, AttachmentName},
};

use super::{Unlocked, now, words};
use crate::{
    AppError, ErrorCode, Result,
    error::{Context, reason},
};

impl Unlocked {
    /// Attaches a file of this computer to a member, for a record to name. It is read twice; nothing of it is kept in plain.
    ///
    /// # Errors
    /// `file_missing`, `file_unreadable`.
    pub fn attach_file(&mut self, member: Uuid, path: &Path) -> Result<Attachment> {
        let mut file = open_file(path)?;
        let title = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let content_type = mime_guess::from_path(path).first_or_octet_stream().to_string();
        let _turn = self.begin_to_change(member)?;
        Ok(self.of_mut(member).attach(member, &mut file, &title, &content_type, now())?)
    }

    /// The name that a file of this computer has or would have among a member's attachments.
    ///
    /// # Errors
    /// `file_missing`, `file_unreadable`.
    pub(super) fn name_of_file(&mut self, member: Uuid, path: &Path) -> Result<AttachmentName> {
        Ok(self.of_mut(member).attachment_name(member, &mut open_file(path)?)?)
    }

    /// What reads an attachment while the vault does other work.
    pub fn file_reader(&mut self, member: Uuid, attachment: &Attachment) -> Result<FileReader> {
        let reader = self.of_mut(member).attachment_reader(member, attachment);
        Ok(FileReader { reader: reader.map_err(|error| self.say(error))?, context: self.context.clone() })
    }

    /// Writes what is in an attachment to `out`. When it fails, what was written is not all of it.
    ///
    /// # Errors
    /// `records_damaged` when it was cut or changed.
    pub async fn read_into(
        &mut self,
        member: Uuid,
        attachment: &Attachment,
        out: &mut (impl Write + Send),
    ) -> Result<()> {
        self.file_reader(member, attachment)?.read_into(out).await
    }

    /// Writes an attachment to a new file, which is there only when it is whole. It is not encrypted.
    ///
    /// # Errors
    /// `local_io` when there is a file already, or it cannot be written; `records_damaged`.
    pub async fn get_file(&mut self, member: Uuid, attachment: &Attachment, path: &Path) -> Result<()> {
        let failed = |error: &std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => AppError::config(
                ErrorCode::LocalIo,
                format!("{} is there already", crate::error::shown(&path.display().to_string())),
                "it was left as it is; name another file",
            ),
            _ => AppError::io("writing the file", path, error),
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut part = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        self.read_into(member, attachment, part.as_file_mut()).await?;
        part.as_file().sync_all().map_err(|error| failed(&error))?;
        part.persist_noclobber(path).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}

/// Reads one attachment, once.
#[derive(Debug)]
pub struct FileReader {
    reader: AttachmentReader,
    context: Context,
}

impl FileReader {
    /// As [`Unlocked::read_into`].
    ///
    /// # Errors
    /// `records_damaged`.
    pub async fn read_into(self, out: &mut (impl Write + Send)) -> Result<()> {
        let mut sink = |piece: &[u8]| {
            out.write_all(piece)
                .map_err(|source| holdfast_records::Error::File { doing: "writing the content", source })
        };
        self.reader.read(&mut sink).await.map_err(|error| words::say(error, &self.context))
    }
}

fn open_file(path: &Path) -> Result<File> {
    let failed = |error: std::io::Error| {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorCode::FileMissing,
            _ => ErrorCode::FileUnreadable,
        };
        let path = crate::error::shown(&path.display().to_string());
        AppError::config(code, format!("reading {path} failed: {}", reason(&error)), "name a file that you can read")
    };
    let file = File::open(path).map_err(failed)?;
    match file.metadata().map_err(failed)?.is_dir() {
        true => Err(failed(std::io::ErrorKind::IsADirectory.into())),
        false => Ok(file),
    }
}
