//! What can be said about the journal without a request.

use uuid::Uuid;

use crate::{Journal, Millis, Problem, Result, State, state::peers};

/// Everything a person may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// All known devices, this one first.
    pub devices: Vec<DeviceStatus>,
    /// Entries that are kept.
    pub entries: u64,
    /// Records that wait to be sent.
    pub waiting: u64,
    /// Deletions that not all devices have acknowledged yet.
    pub open_deletions: Vec<DeletionStatus>,
    /// Segments that could not be read.
    pub unread: Vec<UnreadSegment>,
    /// What is wrong with logs of others.
    pub problems: Vec<ProblemStatus>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Its id.
    pub device: Uuid,
    /// Its name, where its file could be read.
    pub name: Option<String>,
    /// When it was here last, by its clock, at most a day behind.
    pub last_seen: Option<Millis>,
    /// The last sequence of its log that is known here.
    pub sequence: u64,
    /// Records of it that could not be read.
    pub skipped: u64,
    /// Whether it is this one.
    pub is_this: bool,
    /// Since when it is not waited for any more.
    pub retired: Option<Millis>,
}

/// A deletion and who has carried it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionStatus {
    /// Its id.
    pub deletion: Uuid,
    /// The entry.
    pub target: Uuid,
    /// When it was made.
    pub time: Millis,
    /// Devices that have not acknowledged it.
    pub missing: Vec<Uuid>,
}

/// A segment that could not be read. It is asked for again once a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadSegment {
    /// Whose log.
    pub device: Uuid,
    /// Where in it.
    pub sequence: u64,
    /// Why, without any content.
    pub reason: String,
    /// Since when.
    pub since: Millis,
}

/// A problem with another device's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemStatus {
    /// Whose log.
    pub device: Uuid,
    /// The device's name, where it is known.
    pub name: Option<String>,
    /// What.
    pub problem: Problem,
    /// Where in the log.
    pub sequence: u64,
    /// Since when.
    pub since: Millis,
}

impl Journal {
    /// What is known now.
    pub fn status(&self) -> Result<Status> {
        let devices = self.device_statuses()?;
        let name = |device: Uuid| devices.iter().find(|one| one.device == device).and_then(|one| one.name.clone());
        let problems = self.state.problems()?.into_iter().map(|(device, problem, sequence, since)| ProblemStatus {
            device,
            name: name(device),
            problem,
            sequence,
            since,
        });
        Ok(Status {
            entries: self.state.count()?,
            waiting: self.state.waiting()?.records,
            open_deletions: open_deletions(&self.state, &devices)?,
            unread: self.state.unread(None)?,
            problems: problems.collect(),
            devices,
        })
    }

    fn device_statuses(&self) -> Result<Vec<DeviceStatus>> {
        let retired = self.state.all_retired()?;
        let own = DeviceStatus {
            device: self.device,
            name: Some(self.settings.name.clone()),
            last_seen: self.state.time_fact("file written")?,
            sequence: self.state.end()?.sequence,
            skipped: 0,
            is_this: true,
            retired: retired.get(&self.device).copied(),
        };
        let peers = self.state.peers()?.into_iter().map(|peer| DeviceStatus {
            device: peer.device,
            name: peer.name.and_then(|sealed| peers::open_name(&self.keys, peer.device, &sealed)),
            last_seen: peer.last_seen,
            sequence: peer.cursor.max(peer.reached),
            skipped: peer.skipped,
            is_this: false,
            retired: retired.get(&peer.device).copied(),
        });
        Ok(std::iter::once(own).chain(peers).collect())
    }
}

fn open_deletions(state: &State, devices: &[DeviceStatus]) -> Result<Vec<DeletionStatus>> {
    let mut open = Vec::new();
    for (deletion, target, time) in state.deletions()? {
        let done = state.acknowledgements(deletion)?;
        let missing: Vec<Uuid> = devices
            .iter()
            .filter(|one| one.retired.is_none())
            .map(|one| one.device)
            .filter(|one| !done.contains(one))
            .collect();
        if !missing.is_empty() {
            open.push(DeletionStatus { deletion, target, time, missing });
        }
    }
    Ok(open)
}
