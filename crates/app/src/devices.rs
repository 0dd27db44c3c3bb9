//! What each device tells of itself: one small object at each of its places, written once per run, read by the others.
//!
//! The objects lie below [`holdfast_backup::own::DEVICES`] and are no copies of anybody's files. They hold names of sets
//! and times, no paths and no secrets.

use std::{collections::BTreeMap, fs, path::Path};

use bytes::Bytes;
use futures::TryStreamExt;
use holdfast_backup::own::DEVICES;
use holdfast_storage::{Body, Key, ListRequest, ReadOptions, WriteOptions};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Result,
    dto::overview::{DeviceSet, DeviceView},
    error::{Doing, shown},
    operations::Session,
};

/// The most that is read of an object that claims to be a device's.
const MOST_BYTES: u64 = 256 << 10;

/// The most devices of one place that are looked at.
const MOST_DEVICES: usize = 200;

/// A set as its device tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStatus {
    /// Its name.
    pub name: String,
    /// When its last complete run ended.
    pub last_complete: Option<Timestamp>,
    /// So many days without one are too many; `None`: it runs only when asked.
    pub quiet_after_days: Option<u32>,
}

/// What a device tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceStatus {
    /// 1.
    pub version: u32,
    /// Random, made once.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// When it told.
    pub written: Timestamp,
    /// Its sets at this place.
    pub sets: Vec<SetStatus>,
}

/// This device's id, made on first use.
pub fn device_id(data: &Path) -> Result<String> {
    let path = data.join("device-id");
    let failed = |error: std::io::Error| AppError::io("reading the name of this device", &path, &error);
    let known = || {
        let text = fs::read_to_string(&path).ok()?;
        uuid::Uuid::parse_str(text.trim()).is_ok().then(|| text.trim().to_owned())
    };
    if let Some(id) = known() {
        return Ok(id);
    }
    let id = uuid::Uuid::new_v4().to_string();
    fs::create_dir_all(data).map_err(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(data).map_err(failed)?;
    std::io::Write::write_all(&mut new, id.as_bytes()).map_err(failed)?;
    // Two programs may begin at once: the first id stays.
    match new.persist_noclobber(&path) {
        Ok(_) => Ok(id),
        Err(error) => match known() {
            Some(first) => Ok(first),
            None => error.file.persist(&path).map(|_| id).map_err(|error| failed(error.error)),
        },
    }
}

/// What the system calls this device.
pub fn system_name() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    if name.is_empty() { "this computer".into() } else { name }
}

/// Writes this device's status object.
pub async fn tell(session: &Session, status: &DeviceStatus) -> Result<()> {
    let key = Key::new(format!("{DEVICES}{}.json", status.id)).map_err(AppError::internal)?;
    let text = serde_json::to_vec(status).map_err(AppError::internal)?;
    let options = WriteOptions { content_type: Some("application/json".into()), ..WriteOptions::default() };
    let written = session.store.put(&key, Body::bytes(text), &options).await;
    written.map(drop).map_err(|e| AppError::from_storage(&e, &session.doing(Doing::Upload)))
}

/// Reads what all devices of a place tell. An object that is none of ours is passed over.
pub async fn listen(session: &Session) -> Result<Vec<DeviceStatus>> {
    let failed = |e: holdfast_storage::Error| AppError::from_storage(&e, &session.doing(Doing::List));
    let request = ListRequest { prefix: DEVICES.to_owned(), ..ListRequest::default() };
    let page = session.store.list(&request).await.map_err(failed)?;
    let mut all = Vec::new();
    for object in page.objects.iter().filter(|object| object.size <= MOST_BYTES).take(MOST_DEVICES) {
        let Ok(got) = session.store.get(&object.key, &ReadOptions::default()).await else { continue };
        let Ok(chunks) = got.body.try_collect::<Vec<Bytes>>().await else { continue };
        if let Ok(status) = serde_json::from_slice::<DeviceStatus>(&chunks.concat()) {
            all.push(status);
        }
    }
    Ok(all)
}

/// What a device told, and when this one listened: it says nothing of the time after.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What it told.
    pub status: DeviceStatus,
    /// When it was read.
    pub at: Timestamp,
}

/// Every device once, this one first, with who has gone quiet. Pure.
pub fn view(told: &[Heard], this: &str, now: Timestamp) -> Vec<DeviceView> {
    let mut by_id: BTreeMap<&str, Vec<&Heard>> = BTreeMap::new();
    told.iter().for_each(|heard| by_id.entry(&heard.status.id).or_default().push(heard));
    let mut views: Vec<DeviceView> =
        by_id.into_iter().filter_map(|(id, told)| device(id, &told, id == this, now)).collect();
    views.sort_by(|a, b| (b.this_device, &a.name).cmp(&(a.this_device, &b.name)));
    views
}

fn device(id: &str, told: &[&Heard], this_device: bool, now: Timestamp) -> Option<DeviceView> {
    let newest = &told.iter().max_by_key(|heard| heard.status.written)?.status;
    let known_until = |heard: &Heard| if this_device { now } else { heard.at.min(now) };
    let sets: Vec<DeviceSet> =
        told.iter().flat_map(|heard| heard.status.sets.iter().map(|set| told_set(set, known_until(heard)))).collect();
    let quiet: Vec<&str> = sets.iter().filter(|set| set.quiet).map(|set| set.name.as_str()).collect();
    let words = match quiet.as_slice() {
        [] => format!("last seen {}", ago(now, newest.written)),
        [one] => format!("“{one}” had no complete backup for too long; last seen {}", ago(now, newest.written)),
        several => format!(
            "{} sets had no complete backup for too long; last seen {}",
            several.len(),
            ago(now, newest.written)
        ),
    };
    Some(DeviceView {
        id: id.to_owned(),
        name: shown(&newest.name),
        this_device,
        last_seen: newest.written.to_string(),
        quiet: !quiet.is_empty(),
        words,
        sets,
    })
}

fn told_set(set: &SetStatus, now: Timestamp) -> DeviceSet {
    let patience = set.quiet_after_days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
    let old = set.last_complete.map(|at| now.duration_since(at));
    let quiet = patience.is_some_and(|patience| old.is_none_or(|old| old > patience));
    DeviceSet { name: shown(&set.name), last_complete: set.last_complete.map(|at| at.to_string()), quiet }
}

/// "3 days ago".
fn ago(now: Timestamp, then: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins().max(0);
    let say = |n: i64, one: &str| if n == 1 { format!("1 {one} ago") } else { format!("{n} {one}s ago") };
    match minutes {
        0 | 1 => "just now".into(),
        2..=119 => say(minutes, "minute"),
        120..=2879 => say(minutes / 60, "hour"),
        _ => say(minutes / 1440, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn status(id: &str, written: &str, sets: &[(&str, Option<&str>, Option<u32>)]) -> DeviceStatus {
        let sets = sets.iter().map(|(name, last, days)| SetStatus {
            name: (*name).into(),
            last_complete: last.map(at),
            quiet_after_days: *days,
        });
        DeviceStatus { version: 1, id: id.into(), name: format!("{id}'s"), written: at(written), sets: sets.collect() }
    }

    #[test]
    fn a_device_that_went_quiet_is_told_by_every_other() {
        let told = [
            status("laptop", "2026-11-20T10:00:00Z", &[("Docs", Some("2026-11-20T10:00:00Z"), Some(3))]),
            status("old", "2026-11-10T10:00:00Z", &[("Photos", Some("2026-11-10T10:00:00Z"), Some(3))]),
            status("hand", "2026-11-10T10:00:00Z", &[("By hand", Some("2026-01-10T10:00:00Z"), None)]),
            status("laptop", "2026-11-19T10:00:00Z", &[("At work", None, Some(3))]),
        ];
        let now = at("2026-11-20T12:00:00Z");
        let heard = |told: &[DeviceStatus], at: Timestamp| {
            told.iter().map(|status| Heard { status: status.clone(), at }).collect::<Vec<_>>()
        };
        let views = view(&heard(&told[..3], now), "laptop", now);
        let found: Vec<_> = views.iter().map(|v| (v.id.as_str(), v.this_device, v.quiet)).collect();
        assert_eq!(found, [("laptop", true, false), ("hand", false, false), ("old", false, true)]);
        assert_eq!(views[2].words, "“Photos” had no complete backup for too long; last seen 10 days ago");
        let stale = view(&heard(&told[..3], at("2026-11-12T10:00:00Z")), "laptop", now);
        assert!(!stale[2].quiet, "nobody listened since");
        let both = view(&heard(&told, now), "laptop", now);
        assert_eq!((both[0].sets.len(), both[0].quiet), (2, true), "sets of all places belong to one device");
    }

    #[test]
    fn the_id_of_this_device_stays() {
        let data = tempfile::tempdir().unwrap();
        let first = device_id(&data.path().join("new")).unwrap();
        assert_eq!(device_id(&data.path().join("new")).unwrap(), first);
    }

    #[test]
    fn of_two_first_ids_one_stays() {
        let data = tempfile::tempdir().unwrap();
        let ids: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| device_id(data.path()).unwrap())).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        fs::write(data.path().join("device-id"), "damaged").unwrap();
        let new = device_id(data.path()).unwrap();
        assert_eq!(device_id(data.path()).unwrap(), new);
    }
}
