//! Keeping devices in step, and how this one stands.

use std::sync::Arc;

use holdfast_journal::Reach;
use holdfast_records::{Error, Pace, SetBack, Uuid, change::Subject};

use super::{
    LOCK_AFTER_MINUTES, RecordsSettings, Unlocked, keys, look::moment, now, place::open_place, unlocked, words,
};
use crate::{
    App, ErrorCode, Home, Result,
    dto::{
        records::{RecordsStatus, RecordsSynced, RecordsWaiting},
        records_sharing::RecordsSetBack,
    },
    error::shown,
};

/// After so many days the recovery code is to be looked for while another one can still be made.
const CODE_DUE_DAYS: i64 = 365;

/// What becomes of a place that was set back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SetBacks {
    /// It is named each time.
    #[default]
    Named,
    /// Somebody knows of it: it is named this once more, and then only when more is missing.
    Known,
}

impl Unlocked {
    /// Counts what is sent and fetched there, in the own vault and in what others gave; who asks there to stop, stops it.
    pub fn use_pace(&mut self, pace: &Arc<Pace>) {
        self.vaults_mut().for_each(|vault| vault.use_pace(pace.clone()));
    }

    /// Takes what others did and sends what was done here. `everything` also looks again at what could not be had, and
    /// whether the place was set back.
    pub async fn sync(&mut self, everything: bool) -> Result<RecordsSynced> {
        let _turn = self.turns.exchange().await?;
        self.sync_in_turn(everything).await
    }

    /// As [`Self::sync`] with everything; what is found to be set back is accepted as it is.
    pub async fn sync_knowing(&mut self, set_backs: SetBacks) -> Result<RecordsSynced> {
        let _turn = self.turns.exchange().await?;
        self.exchange(Reach::Everything, set_backs).await
    }

    pub(super) async fn sync_in_turn(&mut self, everything: bool) -> Result<RecordsSynced> {
        let reach = if everything { Reach::Everything } else { Reach::Usual };
        self.exchange(reach, SetBacks::Named).await
    }

    async fn exchange(&mut self, reach: Reach, set_backs: SetBacks) -> Result<RecordsSynced> {
        self.refresh()?;
        let synced = self.vault.sync(reach, now()).await;
        match &synced {
            Ok(_) => self.note_revoked(false)?,
            Err(Error::NotHandedOver) => self.note_revoked(true)?,
            Err(_) => {}
        }
        let synced = synced.map_err(|error| self.say(error))?;
        self.keep_keyring().await?;
        if set_backs == SetBacks::Known {
            for known in &synced.pulled.set_back {
                self.vault.accept_set_back(known)?;
            }
        }
        let shared = self.sync_shared(reach).await;
        let this = self.vault.device();
        let set_back = synced.pulled.set_back.iter().map(|back| set_back_view(back, this)).collect();
        let unshared = synced.unshared.iter().map(|(member, error)| self.unshared(*member, error));
        let unshared: Vec<String> = unshared.chain(shared.problems).collect();
        let tally = self.meter.tally();
        let mut done = RecordsSynced {
            received: 0,
            sent: 0,
            sent_attachments: 0,
            waiting: self.waiting()?.len() as u64,
            failures: Vec::new(),
            set_back,
            shared: unshared,
            requests: tally.total() + shared.requests,
            cost_usd: self.prices.total(&tally) + shared.cost_usd,
            stopped: self.vault.is_stopped(),
        };
        for synced in std::iter::once(synced).chain(shared.all) {
            done.received += synced.pulled.versions;
            done.sent += synced.sent.versions;
            done.sent_attachments += synced.sent.attachments;
            done.failures.extend(synced.pulled.failures.iter().map(words::unfetched));
            done.failures.extend(synced.pulled.log_failures);
            done.failures.extend(synced.sent.failures.iter().map(words::unsent));
        }
        Ok(done)
    }

    fn unshared(&self, member: Uuid, error: &Error) -> String {
        let name = self.name_of(member).unwrap_or_else(|| member.to_string());
        format!("what {} has was not told to those it is shared with: {}", shown(&name), shown(&error.to_string()))
    }

    /// Remembers whether this computer was handed the vault's keys, for whoever only looks.
    fn note_revoked(&mut self, revoked: bool) -> Result<()> {
        if self.settings.revoked == revoked {
            return Ok(());
        }
        self.settings.revoked = revoked;
        self.home.records.update(|kept| {
            kept.settings.revoked = revoked;
            Ok(())
        })
    }

    /// What was not sent yet.
    pub fn waiting(&self) -> Result<Vec<RecordsWaiting>> {
        let mut all = Vec::new();
        for vault in self.vaults() {
            for (change, since) in vault.waiting()? {
                let (what, id) = match change.subject {
                    Subject::Version { record, .. } => ("version", record.to_string()),
                    Subject::Attachment { name } => ("attachment", name.to_string()),
                    _ => continue,
                };
                let (member, since) = (change.member.to_string(), moment(since));
                all.push(RecordsWaiting { what: what.into(), member, id, since });
            }
        }
        Ok(all)
    }
}

fn set_back_view(back: &SetBack, this: Uuid) -> RecordsSetBack {
    RecordsSetBack {
        device: back.device.to_string(),
        name: back.name.clone(),
        is_this: back.device == this,
        missing: back.missing,
    }
}

/// How the vault of this computer stands. Makes no request; works while it is locked, too.
///
/// # Errors
/// `records_not_set_up`.
pub async fn status(app: &App) -> Result<RecordsStatus> {
    let standing = standing(app).await?;
    if !(standing.unlocked && standing.confirmed) {
        return Ok(standing);
    }
    unlocked(app).await?.stands(standing)
}

/// The same from settings and keychain alone: nothing is opened, and nothing that is in the vault is counted.
///
/// # Errors
/// `records_not_set_up`.
pub async fn standing(app: &App) -> Result<RecordsStatus> {
    let settings = app.home.records.load()?.settings;
    let place = settings.expect_place()?;
    let has_keyring = has_keyring(&app.home).await?;
    Ok(RecordsStatus {
        unlocked: !settings.locked && has_keyring,
        revoked: settings.revoked,
        shared: Vec::new(),
        has_keyring,
        lock_after_minutes: settings.lock_after_minutes.unwrap_or(LOCK_AFTER_MINUTES),
        confirmed: settings.code_checked.is_some(),
        location: open_place(&app.home, &place).await?.location,
        user_id: settings.user_id.clone(),
        code_due: is_due(&settings),
        code_checked: settings.code_checked,
        device: None,
        members: 0,
        records: 0,
        conflicts: Vec::new(),
        waiting: Vec::new(),
        missing: 0,
        unread: Vec::new(),
    })
}

impl Unlocked {
    /// Adds what is in the vault to how it stands.
    pub fn stands(&self, mut status: RecordsStatus) -> Result<RecordsStatus> {
        status.device = Some(self.vault.device().to_string());
        status.waiting = self.waiting()?;
        status.shared = self.shared_problems();
        for vault in self.vaults() {
            let found = vault.status()?;
            status.members += found.members as u64;
            status.records += found.records as u64;
            status.conflicts.extend(found.conflicts.iter().map(|(_, record)| record.to_string()));
            status.missing += found.missing as u64;
            let unread = found.unread.iter();
            status.unread.extend(
                unread.map(|(_, record, version, why)| format!("version {} of record {record}: {why}", version.number)),
            );
        }
        Ok(status)
    }
}

/// A computer without a keychain and without the variable has none.
async fn has_keyring(home: &Home) -> Result<bool> {
    match keys::find(home).await {
        Err(error) if error.code == ErrorCode::KeychainMissing => Ok(false),
        found => Ok(found?.is_some()),
    }
}

fn is_due(settings: &RecordsSettings) -> bool {
    let checked = settings.code_checked.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    checked.is_some_and(|checked| (jiff::Timestamp::now().as_second() - checked.as_second()) / 86_400 >= CODE_DUE_DAYS)
}
