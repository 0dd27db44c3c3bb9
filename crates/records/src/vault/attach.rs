//! Attaching a file: it is named by its content, sealed into a file of this computer, and sent later. The same content is
//! kept once for each member.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, ErrorKind, Read, Seek, Write},
    path::PathBuf,
    time::Duration,
};

use holdfast_crypto::vault::CHUNK_BYTES;
use holdfast_journal::Millis;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Vault;
use crate::{
    Error, Result,
    change::{Action, Change, Subject},
    layout::ObjectName,
    model::{Attachment, AttachmentName},
    sealing,
};

const READING: &str = "reading the file";
const KEEPING: &str = "keeping the sealed file";
/// Ends the name of a file that is not whole yet.
const PART: &str = ".part";
/// A younger file may be one that another process is making.
const LEFT_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

impl Vault {
    /// Attaches content to a member, for records to name. It is read twice, in pieces: once for its name, once to be sealed.
    /// Blocks for as long as that takes; makes no request. What is known already waits, too: sending looks whether the
    /// place has it whole, and writes it again where it does not.
    ///
    /// # Errors
    /// [`Error::UnknownMember`]; [`Error::ChangedWhileRead`] when the second reading brought something else.
    pub fn attach(
        &mut self,
        member: Uuid,
        source: &mut (impl Read + Seek),
        title: &str,
        content_type: &str,
        now: Millis,
    ) -> Result<Attachment> {
        self.expect_member(member)?;
        self.may_write()?;
        let keys = self.keys_of(member)?;
        let (named, name, size) = self.names_of(member, source)?;
        let attachment = Attachment { name, title: title.into(), content_type: content_type.into(), size };
        let known = self.local.knows_attachment(member, name)?;
        if known && self.attachments_that_wait()?.contains(&(member, name)) {
            return Ok(attachment);
        }
        self.seal_into_spool(&attachment, named, member, source)?;
        let metadata = sealing::seal_metadata(&keys, member, &attachment, &mut *self.random)?;
        let change = self.attachment_change(member, name, now)?;
        self.local.save_attachment(&change, &metadata, size, known, now)?;
        Ok(attachment)
    }

    /// The name of content with the current key, the one that it has or would have here, and its size: what has a name of a
    /// former key is not kept again.
    fn names_of(
        &mut self,
        member: Uuid,
        source: &mut (impl Read + Seek),
    ) -> Result<(AttachmentName, AttachmentName, u64)> {
        let keys = self.keys_of(member)?;
        let mut former = keys.generations().map(|one| keys.namer_of(one)).collect::<Result<Vec<_>, _>>()?;
        let (named, size) = self.name_of(member, source, |piece| {
            former.iter_mut().for_each(|namer| namer.update(piece));
            Ok(())
        })?;
        for name in former.into_iter().map(|namer| AttachmentName(namer.finish().0)) {
            if self.local.knows_attachment(member, name)? {
                return Ok((named, name, size));
            }
        }
        Ok((named, named, size))
    }

    /// The name that content has or would have as an attachment of a member.
    pub fn attachment_name(&mut self, member: Uuid, source: &mut (impl Read + Seek)) -> Result<AttachmentName> {
        Ok(self.names_of(member, source)?.1)
    }

    /// Attachments that wait to be sent.
    pub(super) fn attachments_that_wait(&self) -> Result<BTreeSet<(Uuid, AttachmentName)>> {
        let name = |(_, change): (i64, Change)| match change.subject {
            Subject::Attachment { name } => Some((change.member, name)),
            _ => None,
        };
        Ok(self.local.changes_waiting()?.into_iter().filter_map(name).collect())
    }

    pub(super) fn attachment_change(&self, member: Uuid, name: AttachmentName, now: Millis) -> Result<Change> {
        Ok(Change {
            member,
            device: self.journal.device(),
            clock: self.local.next_clock()?,
            time: now,
            action: Action::Insert,
            subject: Subject::Attachment { name },
        })
    }

    /// Reads content from its beginning, hands out each piece and names the whole.
    fn name_of(
        &mut self,
        member: Uuid,
        source: &mut (impl Read + Seek),
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<(AttachmentName, u64)> {
        let mut namer = self.keys_of(member)?.namer()?;
        let mut piece = Zeroizing::new(vec![0; CHUNK_BYTES]);
        let mut size = 0;
        source.rewind().map_err(Error::file(READING))?;
        loop {
            let got = match source.read(&mut piece) {
                Ok(0) => return Ok((AttachmentName(namer.finish().0), size)),
                Ok(got) => got,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::file(READING)(error)),
            };
            namer.update(&piece[..got]);
            each(&piece[..got])?;
            size += got as u64;
        }
    }

    /// Seals content, which has the name `named` with the current key, into a file, which has its name only when it is whole
    /// and on the disk.
    fn seal_into_spool(
        &mut self,
        attachment: &Attachment,
        named: AttachmentName,
        member: Uuid,
        source: &mut (impl Read + Seek),
    ) -> Result<()> {
        let path = self.spooled(member, attachment.name);
        let part = path.with_extension(&PART[1..]);
        let key = ObjectName::AttachmentData { member, name: attachment.name }.to_string();
        let keys = self.keys_of(member)?;
        let mut sealer = keys.seal_stream(&key, &mut *self.random)?;
        let mut file = BufWriter::new(File::create(&part).map_err(Error::file(KEEPING))?);
        let mut sealed = Vec::new();
        let again = self.name_of(member, source, |piece| {
            sealer.push(piece, &mut sealed)?;
            file.write_all(&sealed).map_err(Error::file(KEEPING))?;
            sealed.clear();
            Ok(())
        })?;
        if again != (named, attachment.size) {
            drop(file);
            std::fs::remove_file(&part).map_err(Error::file(KEEPING))?;
            return Err(Error::ChangedWhileRead);
        }
        sealer.finish(&mut sealed)?;
        let finished = file.write_all(&sealed).and_then(|()| file.into_inner().map_err(|error| error.into_error()));
        finished.and_then(|file| file.sync_all()).map_err(Error::file(KEEPING))?;
        std::fs::rename(&part, &path).map_err(Error::file(KEEPING))
    }

    /// Where the sealed bytes of an attachment are kept until they are sent.
    pub(super) fn spooled(&self, member: Uuid, name: AttachmentName) -> PathBuf {
        self.spool.join(format!("{member}-{name}"))
    }

    pub(super) fn forget_spooled(&self, member: Uuid, name: AttachmentName) -> Result<()> {
        match std::fs::remove_file(self.spooled(member, name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file(KEEPING)(error)),
            _ => Ok(()),
        }
    }

    /// Removes sealed files that nothing waits for: left by a stop between two steps, a day ago.
    pub(super) fn tidy_spool(&mut self) -> Result<()> {
        let needed: Vec<PathBuf> =
            self.attachments_that_wait()?.into_iter().map(|(member, name)| self.spooled(member, name)).collect();
        for entry in std::fs::read_dir(&self.spool).map_err(Error::file(KEEPING))? {
            let entry = entry.map_err(Error::file(KEEPING))?;
            let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age >= LEFT_AFTER) && !needed.contains(&entry.path()) {
                std::fs::remove_file(entry.path()).map_err(Error::file(KEEPING))?;
            }
        }
        Ok(())
    }
}
