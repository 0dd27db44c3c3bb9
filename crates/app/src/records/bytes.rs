//! Bytes that somebody dropped on a window become an attachment. They are on no disk in plain form.

use std::io::Cursor;

use holdfast_records::{Uuid, model::Attachment};

use super::{Unlocked, now};
use crate::Result;

impl Unlocked {
    /// Attaches content to a member under the name that its file had, for a record to name.
    pub fn attach_bytes(&mut self, member: Uuid, title: &str, content: &[u8]) -> Result<Attachment> {
        let title = title.rsplit(['/', '\\']).next().unwrap_or_default();
        let content_type = mime_guess::from_path(title).first_or_octet_stream().to_string();
        let _turn = self.begin_to_save()?;
        Ok(self.vault.attach(member, &mut Cursor::new(content), title, &content_type, now())?)
    }
}
