//! What a person may set, and what the probe found out.

use holdfast_storage::probe::Conditional;
use uuid::Uuid;

use crate::{
    clock::{DAY, HOUR, Millis},
    former::Limits,
    plan::{BatchRule, FoldRule},
    segment::Packing,
};

/// Whether the place keeps an object that is there when it is created again (`If-None-Match: *`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creates {
    /// The probe saw it: a create tells whether somebody was there before.
    Honoured,
    /// Refused, ignored or not known: what was written is read back.
    NotHonoured,
}

impl From<Conditional> for Creates {
    fn from(found: Conditional) -> Self {
        match found {
            Conditional::Honoured => Self::Honoured,
            Conditional::Rejected | Conditional::Ignored | Conditional::Unknown => Self::NotHonoured,
        }
    }
}

/// How a journal works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// This device's name for people. It is sealed.
    pub name: String,
    /// What the probe found.
    pub creates: Creates,
    /// The id to begin with; a random one without it. A log that is there under it already makes this device take another.
    pub first_id: Option<Uuid>,
    /// When waiting records are sent.
    pub batch: BatchRule,
    /// When segments are folded.
    pub fold: FoldRule,
    /// How hard records are pressed together.
    pub packing: Packing,
    /// How long a segment stays after a fold took its place, at least a day.
    pub retention: Millis,
    /// How often new devices are looked for (one LIST).
    pub discover_every: Millis,
    /// How often device files and the ends of logs are checked.
    pub check_every: Millis,
    /// How far logs count that were sealed with former keys, the first key first: of a key that has a table here only what
    /// the table names is taken. Somebody may hold that key who should write no more.
    pub former: Vec<Limits>,
}

impl Settings {
    /// The usual settings: 5 minutes or 100 entries, 30 days, new devices hourly, checks daily.
    pub fn new(name: impl Into<String>, creates: Creates) -> Self {
        Self {
            name: name.into(),
            creates,
            first_id: None,
            batch: BatchRule::default(),
            fold: FoldRule::default(),
            packing: Packing::default(),
            retention: 30 * DAY,
            discover_every: HOUR,
            check_every: DAY,
            former: Vec::new(),
        }
    }
}
