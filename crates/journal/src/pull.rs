//! Reading what others wrote: rounds of GETs for the next segments of all peers, each applied in one transaction.

use std::collections::BTreeSet;

use holdfast_storage::Key;
use rusqlite::Connection;
use uuid::Uuid;

use crate::{
    Creates, Error, Journal, Millis, Problem, Result,
    clock::has_passed,
    fetch::{Answer, fetch_all},
    journal::new_id,
    plan::next_sequences,
    record::Content,
    segment::{self, Opened},
    state::{
        entries::{self, Applied},
        peers::{self, Peer},
    },
};

/// How many segments of a peer are asked for at once where its file tells that they are there.
const AHEAD: usize = 8;

/// How far a pull looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The next segment of each peer; new devices and checks when their time has come.
    Usual,
    /// Also looks for new devices, and checks everything now.
    Everything,
}

/// What a pull did.
#[derive(Debug, Default)]
pub struct Pulled {
    /// Entries that were not known before.
    pub new_entries: u64,
    /// Deletions that were not known before.
    pub new_deletions: u64,
    /// Segments that were read.
    pub segments: u64,
    /// Requests that failed. What they concern is asked for again by the next pull; the rest went on.
    pub failures: Vec<Failure>,
    /// The id this device took because another computer wrote under its old one.
    pub new_device: Option<Uuid>,
}

/// A request that failed.
#[derive(Debug)]
pub struct Failure {
    /// The device whose log was read; `None` when devices were looked for or the own log was checked.
    pub device: Option<Uuid>,
    /// Why.
    pub error: holdfast_storage::Error,
}

/// How a peer's round ended.
#[derive(PartialEq)]
enum Round {
    /// There may be more.
    More,
    /// The cursor went back to the beginning: other answers of this round no longer fit.
    Rewound,
    /// Its file may be out of date.
    CheckFirst,
    /// That was all, or it failed.
    Over,
}

impl Journal {
    /// Reads what other devices wrote. One peer that fails stops no other.
    pub async fn pull(&mut self, reach: Reach, now: Millis) -> Result<Pulled> {
        let mut pulled = Pulled::default();
        self.look_around(reach, &mut pulled, now).await?;
        self.look_at_own(reach, &mut pulled, now).await?;
        let due = |peer: &Peer| reach == Reach::Everything || has_passed(peer.checked, self.settings.check_every, now);
        let due: Vec<Peer> = self.state.peers()?.into_iter().filter(due).collect();
        let mut checked: BTreeSet<Uuid> = due.iter().map(|peer| peer.device).collect();
        self.check_peers(&due, &mut pulled, now).await?;
        let mut active: BTreeSet<Uuid> = self.state.peers()?.iter().map(|peer| peer.device).collect();
        let retired = self.state.all_retired()?;
        active.retain(|device| checked.contains(device) || !retired.contains_key(device));
        while !active.is_empty() {
            self.round(&mut active, &mut checked, &mut pulled, now).await?;
        }
        let Self { state, random, device, .. } = self;
        state.transaction(|conn| entries::acknowledge_all(conn, *device, now, || new_id(&mut **random)))?;
        Ok(pulled)
    }

    async fn look_around(&mut self, reach: Reach, pulled: &mut Pulled, now: Millis) -> Result<()> {
        let last = self.state.time_fact("discovered")?;
        if reach == Reach::Everything || has_passed(last, self.settings.discover_every, now) {
            match self.discover(now).await {
                Err(Error::Store(error)) if !error.is_fatal() => pulled.failures.push(Failure { device: None, error }),
                other => other?,
            }
        }
        Ok(())
    }

    /// Where creates are not honoured, the own log is looked at with every pull.
    async fn look_at_own(&mut self, reach: Reach, pulled: &mut Pulled, now: Millis) -> Result<()> {
        let daily = has_passed(self.state.time_fact("own checked")?, self.settings.check_every, now);
        if reach == Reach::Usual && !daily && self.settings.creates == Creates::Honoured {
            return Ok(());
        }
        match self.check_own().await {
            Ok(()) => self.state.set_fact("own checked", &now.to_string())?,
            Err(Error::Cloned { .. }) => pulled.new_device = Some(self.renew(now).await?),
            Err(Error::Store(error)) if !error.is_fatal() => pulled.failures.push(Failure { device: None, error }),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn round(
        &mut self,
        active: &mut BTreeSet<Uuid>,
        checked: &mut BTreeSet<Uuid>,
        pulled: &mut Pulled,
        now: Millis,
    ) -> Result<()> {
        let peers: Vec<Peer> = self.state.peers()?.into_iter().filter(|peer| active.contains(&peer.device)).collect();
        let wanted: Vec<(usize, u64)> = peers
            .iter()
            .enumerate()
            .flat_map(|(index, peer)| {
                next_sequences(peer.cursor, peer.reached, &peer.live, AHEAD).into_iter().map(move |at| (index, at))
            })
            .collect();
        let keys = wanted.iter().map(|(index, at)| Ok(self.layout.segment(peers[*index].device, *at)?));
        let answers = fetch_all(self.store.clone(), keys.collect::<Result<Vec<Key>>>()?).await;
        let mut rounds: Vec<Round> = peers.iter().map(|_| Round::More).collect();
        for ((index, sequence), answer) in wanted.into_iter().zip(answers) {
            if rounds[index] == Round::More {
                let device = peers[index].device;
                rounds[index] = self.take_answer(device, sequence, answer, checked.contains(&device), pulled, now)?;
            }
        }
        let mut to_check = Vec::new();
        for (peer, round) in peers.into_iter().zip(rounds) {
            match round {
                Round::More | Round::Rewound => {}
                Round::Over => drop(active.remove(&peer.device)),
                Round::CheckFirst => to_check.push(peer.device),
            }
        }
        checked.extend(&to_check);
        let to_check: Vec<Peer> =
            self.state.peers()?.into_iter().filter(|peer| to_check.contains(&peer.device)).collect();
        self.check_peers(&to_check, pulled, now).await
    }

    fn take_answer(
        &mut self,
        device: Uuid,
        sequence: u64,
        answer: Answer,
        checked: bool,
        pulled: &mut Pulled,
        now: Millis,
    ) -> Result<Round> {
        let Some(peer) = self.state.peer(device)? else { return Ok(Round::Over) };
        match answer {
            Answer::Failed(error) => {
                pulled.failures.push(Failure { device: Some(device), error });
                Ok(Round::Over)
            }
            Answer::Bytes(bytes) => self.take_segment(&peer, sequence, &bytes, pulled, now),
            Answer::Absent if sequence > peer.reached || !peer.live.contains(sequence) => Ok(Round::Over),
            Answer::Absent if !checked => Ok(Round::CheckFirst),
            Answer::Absent => {
                self.state.transaction(|conn| {
                    peers::set_unread(conn, device, sequence, "it is missing", now)?;
                    peers::set_cursor(conn, device, sequence, None)
                })?;
                Ok(Round::More)
            }
        }
    }

    fn take_segment(
        &mut self,
        peer: &Peer,
        sequence: u64,
        bytes: &[u8],
        pulled: &mut Pulled,
        now: Millis,
    ) -> Result<Round> {
        let device = peer.device;
        if self.is_beyond(device, sequence, bytes) {
            let hash = Some(holdfast_crypto::sha256(bytes));
            self.state.transaction(|conn| peers::set_cursor(conn, device, sequence, hash))?;
            return Ok(Round::More);
        }
        let opened = segment::open(&self.keys, device, sequence, bytes);
        let (round, outcome) = self.state.transaction(|conn| {
            let opened = match opened {
                Ok(opened) => opened,
                Err(why) => {
                    peers::set_unread(conn, device, sequence, &why.to_string(), now)?;
                    peers::set_cursor(conn, device, sequence, None)?;
                    return Ok((Round::More, None));
                }
            };
            let follows = sequence != peer.cursor + 1 || peer.hash.is_none_or(|hash| hash == opened.previous);
            if !follows {
                peers::add_problem(conn, device, Problem::ChainBroken, sequence, now)?;
                if peers::add_break(conn, device, sequence, &opened.hash)? {
                    peers::rewind(conn, device)?;
                    return Ok((Round::Rewound, None));
                }
            }
            peers::set_cursor(conn, device, sequence, Some(opened.hash))?;
            Ok((Round::More, Some(apply_segment(conn, device, sequence, &opened)?)))
        })?;
        pulled.add(outcome);
        Ok(round)
    }

    /// A segment that could not be read before. The cursor is behind it already.
    pub(crate) fn take_late_segment(
        &mut self,
        device: Uuid,
        sequence: u64,
        bytes: &[u8],
        pulled: &mut Pulled,
        now: Millis,
    ) -> Result<()> {
        if self.is_beyond(device, sequence, bytes) {
            return self.state.transaction(|conn| peers::clear_unread(conn, device, sequence));
        }
        let opened = segment::open(&self.keys, device, sequence, bytes);
        let outcome = self.state.transaction(|conn| match opened {
            Ok(opened) => apply_segment(conn, device, sequence, &opened).map(Some),
            Err(why) => peers::set_unread(conn, device, sequence, &why.to_string(), now).map(|()| None),
        })?;
        pulled.add(outcome);
        Ok(())
    }
}

#[derive(Default)]
struct Outcome {
    entries: u64,
    deletions: u64,
}

impl Pulled {
    fn add(&mut self, outcome: Option<Outcome>) {
        let Some(Outcome { entries, deletions }) = outcome else { return };
        self.segments += 1;
        self.new_entries += entries;
        self.new_deletions += deletions;
    }
}

fn apply_segment(conn: &Connection, device: Uuid, sequence: u64, opened: &Opened) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for record in &opened.records {
        let new = entries::apply(conn, record)? == Applied::New;
        match &record.content {
            Content::Entry { .. } => outcome.entries += u64::from(new),
            Content::Deletion { .. } => outcome.deletions += u64::from(new),
            Content::Fold { covers } => clear_covered(conn, device, covers)?,
            Content::Acknowledgement { .. } | Content::Retirement { .. } => {}
        }
    }
    peers::clear_unread(conn, device, sequence)?;
    peers::add_skipped(conn, device, opened.skipped)?;
    Ok(outcome)
}

fn clear_covered(conn: &Connection, device: Uuid, covers: &[u64]) -> Result<()> {
    covers.iter().try_for_each(|sequence| peers::clear_unread(conn, device, *sequence))
}
