//! Members and records: adding, editing, deleting, and deciding where two devices edited the same.

use std::collections::BTreeMap;

use holdfast_records::{
    Edit, Error, Saved, Uuid,
    model::{Attachment, Fields, Kind},
    versions::{Choice, Content, Resolution},
};

use super::{
    Entered, Unlocked,
    look::{version_name, version_of},
    now,
    words::unknown,
};
use crate::{AppError, ErrorCode, Result, dto::records::RecordsSaved};

/// What becomes of a record that two devices edited.
#[derive(Debug, Clone)]
pub enum Decision {
    /// One side, by the name of its version.
    Take(String),
    /// Field by field: for each field that was changed on more than one, the side whose value counts. Other changes of all
    /// sides are kept by themselves.
    Merge(Vec<(String, String)>),
    /// Each side becomes a record of its own.
    KeepBoth,
}

impl Unlocked {
    /// Begins to keep records of somebody.
    pub fn add_member(&mut self, entered: &Entered) -> Result<RecordsSaved> {
        let profile = entered.over(&Kind::Profile, Fields::default())?;
        let _turn = self.begin_to_save()?;
        Ok(saved(self.vault.add_member(profile, now())?))
    }

    /// Adds a record.
    pub fn add(
        &mut self,
        member: Uuid,
        kind: Kind,
        entered: &Entered,
        attachments: Vec<Attachment>,
    ) -> Result<RecordsSaved> {
        let fields = entered.over(&kind, Fields::default())?;
        let content = Content { kind, fields, attachments };
        let _turn = self.begin_to_change(member)?;
        let edit = Edit { member, record: None, based_on: Vec::new(), content };
        Ok(saved(self.of_mut(member).save(edit, now())?))
    }

    /// Saves a new version of a record or a profile: what was entered over what is shown. Files are added to those it has,
    /// unless they are taken away. Where nothing becomes another, there is no new version.
    pub fn edit(
        &mut self,
        member: Uuid,
        record: Uuid,
        entered: &Entered,
        add: Vec<Attachment>,
        without: &[String],
    ) -> Result<RecordsSaved> {
        let _turn = self.begin_to_change(member)?;
        let known = self.of(member).open_record(member, record).ok_or(Error::UnknownRecord { record })?;
        let shown = known.current().ok_or_else(|| unknown(&format!("record {record} is deleted or not here yet")))?;
        let (based_on, mut content) = (known.parents_of_an_edit(), shown.content.clone());
        content.fields = entered.over(&content.kind, content.fields)?;
        content.attachments.retain(|one| !without.iter().any(|name| names(one, name)));
        for one in add {
            if !content.attachments.iter().any(|there| there.name == one.name) {
                content.attachments.push(one);
            }
        }
        if content == shown.content && !known.in_conflict() {
            return Ok(saved(Saved { member, record, version: shown.id() }));
        }
        Ok(saved(self.of_mut(member).save(Edit { member, record: Some(record), based_on, content }, now())?))
    }

    /// Deletes a record on all devices. Its versions stay. `None` when it is deleted already.
    pub fn delete(&mut self, member: Uuid, record: Uuid) -> Result<Option<RecordsSaved>> {
        let _turn = self.begin_to_change(member)?;
        Ok(self.of_mut(member).delete(member, record, now())?.map(saved))
    }

    /// Brings back what an older version says, as a new one.
    pub fn bring_back(&mut self, member: Uuid, record: Uuid, version: &str) -> Result<RecordsSaved> {
        let _turn = self.begin_to_change(member)?;
        let version = version_of(self.of(member), member, record, version)?;
        Ok(saved(self.of_mut(member).bring_back(member, record, version, now())?))
    }

    /// Carries out a decision. Empty when nothing is to be decided (any more).
    pub fn resolve(&mut self, member: Uuid, record: Uuid, decision: &Decision) -> Result<Vec<RecordsSaved>> {
        let _turn = self.begin_to_change(member)?;
        let version = |text: &str| version_of(self.of(member), member, record, text);
        let resolution = match decision {
            Decision::Take(side) => Resolution::Take(version(side)?),
            Decision::KeepBoth => Resolution::KeepBoth,
            Decision::Merge(choices) => {
                let choice = |(field, side): &(String, String)| Ok((field.clone(), Choice::Side(version(side)?)));
                Resolution::Merge(choices.iter().map(choice).collect::<Result<BTreeMap<_, _>>>()?)
            }
        };
        let all = self.of_mut(member).resolve(member, record, &resolution, now())?;
        Ok(all.into_iter().map(saved).collect())
    }

    /// A file of a record, by its title or the beginning of its name in the bucket.
    ///
    /// # Errors
    /// `records_unknown` when there is none or more than one.
    pub fn attachment(&self, member: Uuid, record: Uuid, text: Option<&str>) -> Result<Attachment> {
        let known = self.of(member).open_record(member, record).ok_or(Error::UnknownRecord { record })?;
        let all = known.shown().map(|shown| shown.content.attachments.as_slice()).unwrap_or_default();
        let found: Vec<&Attachment> = all.iter().filter(|one| text.is_none_or(|text| names(one, text))).collect();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(unknown("the record has no such file")),
            _ => Err(AppError::config(
                ErrorCode::RecordsUnknown,
                "the record has more than one such file",
                "name one by its title or the beginning of its id, as `holdfast records show` prints them",
            )),
        }
    }
}

fn names(attachment: &Attachment, text: &str) -> bool {
    attachment.title == text || (text.len() >= 4 && attachment.name.to_string().starts_with(text))
}

pub(super) fn saved(saved: Saved) -> RecordsSaved {
    RecordsSaved {
        member: saved.member.to_string(),
        record: saved.record.to_string(),
        version: version_name(saved.version),
    }
}
