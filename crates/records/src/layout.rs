//! Where things stand in the bucket, below the user's folder `users/{user id}/`. Names only; the journal's own keys are
//! its own business.

use std::fmt;

use holdfast_storage::{Key, KeyError};
use uuid::Uuid;

use crate::{
    model::AttachmentName,
    versions::{MAX_NUMBER, VersionId},
};

const MEMBERS: &str = "family-members/";
const GRANTS: &str = "access-grants/";
const KEYRINGS: &str = "keyring/";
const HEADS: &str = "heads/";

/// An object of family records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectName {
    /// `master-key.blob`
    MasterKey,
    /// `public-key.blob`
    PublicKey,
    /// `family-members/{member}/profile.blob`: what the profile's record shows, for whoever has no log. Never the truth.
    Profile {
        /// The member.
        member: Uuid,
    },
    /// `family-members/{member}/records/{record}.v{number}.{device}.blob`
    Version {
        /// The member.
        member: Uuid,
        /// The record.
        record: Uuid,
        /// The version.
        version: VersionId,
    },
    /// `family-members/{member}/attachments/{name}/data.blob`
    AttachmentData {
        /// The member.
        member: Uuid,
        /// The attachment.
        name: AttachmentName,
    },
    /// `family-members/{member}/attachments/{name}/metadata.blob`
    AttachmentMetadata {
        /// The member.
        member: Uuid,
        /// The attachment.
        name: AttachmentName,
    },
    /// `access-grants/{grant}.blob`
    Grant {
        /// The grant.
        grant: Uuid,
    },
    /// `keyring/{generation}.blob`: how a master secret took the place of the one before.
    Keyring {
        /// Which secret begins, from 2.
        generation: u16,
    },
    /// `heads/{device}.blob`: the end of a device's log, signed.
    Head {
        /// The device, as its log is named.
        device: Uuid,
    },
}

impl ObjectName {
    /// The key.
    pub fn key(&self) -> Result<Key, KeyError> {
        Key::new(self.to_string())
    }

    /// What stands under a key; `None` for what is not of family records, or not written as this version writes it.
    pub fn parse(key: &str) -> Option<Self> {
        let name = match key {
            "master-key.blob" => Self::MasterKey,
            "public-key.blob" => Self::PublicKey,
            _ => match key.split_once('/')?.0 {
                "access-grants" => Self::Grant { grant: uuid(between(key, GRANTS)?)? },
                "keyring" => {
                    let generation = between(key, KEYRINGS)?.parse().ok().filter(|generation| *generation > 1)?;
                    Self::Keyring { generation }
                }
                "heads" => Self::Head { device: uuid(between(key, HEADS)?)? },
                _ => Self::of_member(key.strip_prefix(MEMBERS)?)?,
            },
        };
        (name.to_string() == key).then_some(name)
    }

    fn of_member(rest: &str) -> Option<Self> {
        let mut parts = rest.split('/');
        let member = uuid(parts.next()?)?;
        match (parts.next()?, parts.next(), parts.next(), parts.next()) {
            ("profile.blob", None, None, None) => Some(Self::Profile { member }),
            ("records", Some(file), None, None) => {
                let (record, rest) = file.strip_suffix(".blob")?.split_once(".v")?;
                let (number, device) = rest.split_once('.')?;
                let number = number.parse().ok().filter(|number| (1..=MAX_NUMBER).contains(number))?;
                Some(Self::Version {
                    member,
                    record: uuid(record)?,
                    version: VersionId { number, device: uuid(device)? },
                })
            }
            ("attachments", Some(name), Some(file), None) => {
                let name = name.parse().ok()?;
                match file {
                    "data.blob" => Some(Self::AttachmentData { member, name }),
                    "metadata.blob" => Some(Self::AttachmentMetadata { member, name }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The member it belongs to.
    pub fn member(&self) -> Option<Uuid> {
        match *self {
            Self::Profile { member }
            | Self::Version { member, .. }
            | Self::AttachmentData { member, .. }
            | Self::AttachmentMetadata { member, .. } => Some(member),
            Self::MasterKey | Self::PublicKey | Self::Grant { .. } | Self::Keyring { .. } | Self::Head { .. } => None,
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MasterKey => f.write_str("master-key.blob"),
            Self::PublicKey => f.write_str("public-key.blob"),
            Self::Profile { member } => write!(f, "{MEMBERS}{member}/profile.blob"),
            Self::Version { member, record, version: VersionId { number, device } } => {
                write!(f, "{MEMBERS}{member}/records/{record}.v{number}.{device}.blob")
            }
            Self::AttachmentData { member, name } => write!(f, "{MEMBERS}{member}/attachments/{name}/data.blob"),
            Self::AttachmentMetadata { member, name } => {
                write!(f, "{MEMBERS}{member}/attachments/{name}/metadata.blob")
            }
            Self::Grant { grant } => write!(f, "{GRANTS}{grant}.blob"),
            Self::Keyring { generation } => write!(f, "{KEYRINGS}{generation}.blob"),
            Self::Head { device } => write!(f, "{HEADS}{device}.blob"),
        }
    }
}

/// The folder of users below the place's prefix: the journal's place, whose first level are users.
pub const USERS: &str = "users/";

/// Where everything of a member is.
pub fn member_prefix(member: Uuid) -> String {
    format!("{MEMBERS}{member}/")
}

/// Where everything of all members is.
pub fn members_prefix() -> &'static str {
    MEMBERS
}

/// Where the signed ends of all logs are.
pub fn heads_prefix() -> &'static str {
    HEADS
}

/// What stands between a folder and `.blob`.
fn between<'a>(key: &'a str, folder: &str) -> Option<&'a str> {
    key.strip_prefix(folder)?.strip_suffix(".blob")
}

/// An id in the one way in which it is written.
fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-00000000000a";

    #[test]
    fn every_object_has_the_key_that_is_written_down() {
        let (member, name) = (Uuid::from_u128(10), AttachmentName([0xab; 32]));
        let version = VersionId { number: 12, device: member };
        let hex = "ab".repeat(32);
        for (object, key) in [
            (ObjectName::MasterKey, "master-key.blob".to_owned()),
            (ObjectName::PublicKey, "public-key.blob".into()),
            (ObjectName::Profile { member }, format!("family-members/{ID}/profile.blob")),
            (
                ObjectName::Version { member, record: member, version },
                format!("family-members/{ID}/records/{ID}.v12.{ID}.blob"),
            ),
            (ObjectName::AttachmentData { member, name }, format!("family-members/{ID}/attachments/{hex}/data.blob")),
            (
                ObjectName::AttachmentMetadata { member, name },
                format!("family-members/{ID}/attachments/{hex}/metadata.blob"),
            ),
            (ObjectName::Grant { grant: member }, format!("access-grants/{ID}.blob")),
            (ObjectName::Keyring { generation: 2 }, "keyring/2.blob".into()),
            (ObjectName::Head { device: member }, format!("heads/{ID}.blob")),
        ] {
            assert_eq!(object.key().unwrap().as_str(), key);
            assert_eq!(ObjectName::parse(&key), Some(object));
            assert!(!key.starts_with('/'));
        }
    }

    #[test]
    fn a_key_that_is_written_otherwise_is_none_of_ours() {
        for key in [
            String::new(),
            "/master-key.blob".into(),
            format!("family-members/{ID}"),
            format!("family-members/{ID}/records/{ID}.v0.{ID}.blob"),
            format!("family-members/{ID}/records/{ID}.v012.{ID}.blob"),
            format!("family-members/{ID}/records/{ID}.v+1.{ID}.blob"),
            format!("family-members/{}/profile.blob", ID.to_uppercase()),
            format!("family-members/{ID}/attachments/{}/data.blob", "AB".repeat(32)),
            format!("family-members/{ID}/attachments/{}/other.blob", "ab".repeat(32)),
            format!("access-grants/{ID}.json"),
            "keyring/1.blob".into(),
            "keyring/02.blob".into(),
            "keyring/65536.blob".into(),
            format!("devices/{ID}.json"),
        ] {
            assert_eq!(ObjectName::parse(&key), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(family-members/|access-grants/|keyring/|heads/)?[0-9a-f./v-]{0,120}") {
            if let Some(name) = ObjectName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
