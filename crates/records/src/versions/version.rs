//! One version of a record: what a blob holds.

use std::{collections::BTreeMap, fmt};

use holdfast_journal::Millis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::model::{Attachment, Fields, Kind};

/// The format of a version that this program writes. A later one is read all the same and keeps what is not known.
pub const FORMAT: u32 = 1;
/// The largest number and clock that are believed.
pub const MAX_NUMBER: u64 = 1 << 53;
/// The most versions that one can name as its parents.
pub const MAX_PARENTS: usize = 64;

/// Names a version among those of its record: a device gives each number once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VersionId {
    /// One more than the largest number its device knew of the record.
    pub number: u64,
    /// Who wrote it.
    pub device: Uuid,
}

/// What of a version decides which one is shown. The log says it, so it is known before the blob is there and stays known
/// when the blob is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Which version.
    pub id: VersionId,
    /// Lamport clock: larger than that of everything its device knew.
    pub clock: u64,
    /// The versions it takes the place of.
    pub parents: Vec<VersionId>,
    /// Whether it says that the record is deleted.
    pub deleted: bool,
    /// When it was made, by its device's clock. Shown, never compared with.
    pub time: Millis,
}

/// Why something is no node of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNode {
    /// A number or clock that no device reaches.
    #[error("its number or clock is out of range")]
    OutOfRange,
    /// A parent that is not older: versions could follow one another in a circle.
    #[error("it names a parent that is not older than itself")]
    ParentNotOlder,
    /// More parents than can be.
    #[error("it has more than {} parents", MAX_PARENTS)]
    TooManyParents,
}

impl Node {
    /// Refuses what no device of ours writes. What passes cannot make a circle.
    pub fn check(&self) -> Result<(), BadNode> {
        let in_range = |number: u64| (1..=MAX_NUMBER).contains(&number);
        if !in_range(self.id.number) || !in_range(self.clock) {
            return Err(BadNode::OutOfRange);
        }
        if self.parents.len() > MAX_PARENTS {
            return Err(BadNode::TooManyParents);
        }
        match self.parents.iter().any(|parent| parent.number >= self.id.number) {
            true => Err(BadNode::ParentNotOlder),
            false => Ok(()),
        }
    }

    /// The greatest is shown.
    pub(crate) fn rank(&self) -> (u64, Uuid, u64) {
        (self.clock, self.id.device, self.id.number)
    }
}

/// What a person entered.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// What the record is about.
    pub kind: Kind,
    /// Its fields; none in a version that deletes.
    pub fields: Fields,
    /// Its files.
    pub attachments: Vec<Attachment>,
}

impl Content {
    /// Content without attachments.
    pub fn new(kind: Kind, fields: Fields) -> Self {
        Self { kind, fields, attachments: Vec::new() }
    }
}

/// A version of a record.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Version {
    /// See [`FORMAT`].
    pub format: u32,
    /// The record.
    pub record: Uuid,
    /// Its place among the versions.
    pub node: Node,
    /// Who made it, as a name for people.
    pub author: String,
    /// What it says.
    pub content: Content,
    /// What a later version of this program added.
    pub later: BTreeMap<String, Value>,
}

/// The JSON of a version: everything on one level.
#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    record: Uuid,
    number: u64,
    device: Uuid,
    clock: u64,
    parents: Vec<VersionId>,
    #[serde(default)]
    deleted: bool,
    time: Millis,
    #[serde(default)]
    author: String,
    kind: Kind,
    #[serde(default)]
    fields: Fields,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(flatten)]
    later: BTreeMap<String, Value>,
}

impl From<Stored> for Version {
    fn from(stored: Stored) -> Self {
        let Stored { format, record, number, device, clock, parents, deleted, time, author, later, .. } = stored;
        let node = Node { id: VersionId { number, device }, clock, parents, deleted, time };
        let content = Content { kind: stored.kind, fields: stored.fields, attachments: stored.attachments };
        Self { format, record, node, author, content, later }
    }
}

impl From<Version> for Stored {
    fn from(version: Version) -> Self {
        let Version { format, record, node, author, content, later } = version;
        let Node { id: VersionId { number, device }, clock, parents, deleted, time } = node;
        let Content { kind, fields, attachments } = content;
        Self { format, record, number, device, clock, parents, deleted, time, author, kind, fields, attachments, later }
    }
}

/// Why bytes are not a version.
#[derive(Debug, thiserror::Error)]
pub enum NotAVersion {
    /// Not JSON of this shape. What was wrong is not repeated: it may hold what the record says.
    #[error("it is not a version of a record")]
    Shape,
    /// It names what cannot be.
    #[error(transparent)]
    Node(#[from] BadNode),
}

impl Version {
    /// The JSON that a blob holds.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads what [`Self::to_bytes`] wrote, whatever the bytes are.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAVersion> {
        let version: Self = serde_json::from_slice(bytes).map_err(|_| NotAVersion::Shape)?;
        version.node.check()?;
        Ok(version)
    }

    /// Its name.
    pub fn id(&self) -> VersionId {
        self.node.id
    }

    /// Whether two say the same, whoever said it.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.node.deleted == other.node.deleted && self.content == other.content && self.later == other.later
    }
}

/// Shows what the log shows as well, and nothing that was entered.
impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Version");
        shown.field("record", &self.record).field("node", &self.node).finish_non_exhaustive()
    }
}

/// A version to be written: what a save or a resolution decided. Number, device, clock and time come when it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The record.
    pub record: Uuid,
    /// What it takes the place of; none for a new record.
    pub parents: Vec<VersionId>,
    /// Whether it deletes.
    pub deleted: bool,
    /// What it says.
    pub content: Content,
    /// See [`Version::later`].
    pub later: BTreeMap<String, Value>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn version() -> Version {
        let device = Uuid::from_u128(7);
        Version {
            format: FORMAT,
            record: Uuid::from_u128(1),
            node: Node {
                id: VersionId { number: 2, device },
                clock: 9,
                parents: vec![VersionId { number: 1, device }],
                deleted: false,
                time: 1_700_000_000_000,
            },
            author: "Mara".into(),
            content: Content::new(Kind::Note, Fields::default().with("title", "x").with("unknown", json!([1]))),
            later: BTreeMap::new(),
        }
    }

    #[test]
    fn the_json_of_a_version_is_this() {
        let device = "00000000-0000-0000-0000-000000000007";
        let expected = json!({
            "format": 1, "record": "00000000-0000-0000-0000-000000000001", "number": 2, "device": device, "clock": 9,
            "parents": [{"number": 1, "device": device}], "deleted": false, "time": 1_700_000_000_000_i64,
            "author": "Mara", "kind": "note", "fields": {"title": "x", "unknown": [1]},
        });
        let bytes = version().to_bytes().unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), expected);
        assert_eq!(Version::parse(&bytes).unwrap(), version());
    }

    #[test]
    fn what_a_later_version_added_survives() {
        let mut json = serde_json::to_value(version()).unwrap();
        json["format"] = json!(2);
        json["signature"] = json!({"of": "later"});
        json["kind"] = json!("procedure");
        let read = Version::parse(json.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
    }

    #[test]
    fn a_version_that_no_device_writes_is_refused() {
        let id = |number| VersionId { number, device: Uuid::nil() };
        type Case = (fn(&mut Node), BadNode);
        let cases: [Case; 6] = [
            (|node| node.id.number = 0, BadNode::OutOfRange),
            (|node| node.id.number = MAX_NUMBER + 1, BadNode::OutOfRange),
            (|node| node.clock = u64::MAX, BadNode::OutOfRange),
            (|node| node.parents = vec![node.id], BadNode::ParentNotOlder),
            (|node| node.parents = vec![VersionId { number: 3, device: Uuid::nil() }], BadNode::ParentNotOlder),
            (|node| node.parents = vec![VersionId { number: 1, device: Uuid::nil() }; 65], BadNode::TooManyParents),
        ];
        for (change, expected) in cases {
            let mut node = version().node;
            change(&mut node);
            assert_eq!(node.check(), Err(expected));
        }
        assert!(Node { parents: vec![id(1); 64], ..version().node }.check().is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..300_usize) {
            let _ = Version::parse(&bytes);
            let mut changed = version().to_bytes().unwrap();
            let at = at % changed.len();
            changed[at] = bytes.first().copied().unwrap_or(0);
            let _ = Version::parse(&changed);
        }
    }
}
