//! Objects of Holdfast's own beside the copies: what each device tells of itself. They are no files of a person's:
//! never restored, checked, removed or taken into an index.

/// Below this, at the root of a place, are the status objects of the devices.
pub const DEVICES: &str = ".holdfast/devices/";

/// Below this, at the root of a place, is shell history.
pub const HISTORY: &str = ".holdfast/history/";

/// Below this, at the root of a place, are family records.
pub const RECORDS: &str = ".holdfast/records/";

/// The folder all of it is in, as a listing names it.
pub const OWN_FOLDER: &str = ".holdfast/";

/// Whether a key of a place (below the place's own prefix) is one of ours.
pub fn is_own(key: &str) -> bool {
    [DEVICES, HISTORY, RECORDS].iter().any(|folder| key.starts_with(folder))
}
