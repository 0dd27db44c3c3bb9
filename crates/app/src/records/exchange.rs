//! Keeping devices in step, and how this one stands.

use holdfast_journal::Reach;
use holdfast_records::change::Subject;

use super::{
    LOCK_AFTER_MINUTES, RecordsSettings, Unlocked, keys, look::moment, now, place::open_place, unlocked, words,
};
use crate::{
    App, ErrorCode, Home, Result,
    dto::records::{RecordsStatus, RecordsSynced, RecordsWaiting},
};

/// After so many days the recovery code is to be looked for while another one can still be made.
const CODE_DUE_DAYS: i64 = 365;

impl Unlocked {
    /// Takes what others did and sends what was done here. `everything` also looks again at what could not be had.
    pub async fn sync(&mut self, everything: bool) -> Result<RecordsSynced> {
        let _turn = self.turns.exchange().await?;
        self.sync_in_turn(everything).await
    }

    pub(super) async fn sync_in_turn(&mut self, everything: bool) -> Result<RecordsSynced> {
        self.refresh()?;
        let reach = if everything { Reach::Everything } else { Reach::Usual };
        let synced = self.vault.sync(reach, now()).await;
        let synced = synced.map_err(|error| self.say(error))?;
        let mut failures: Vec<String> = synced.pulled.failures.iter().map(words::unfetched).collect();
        failures.extend(synced.pulled.log_failures);
        failures.extend(synced.sent.failures.iter().map(words::unsent));
        let status = self.vault.status()?;
        let tally = self.meter.tally();
        Ok(RecordsSynced {
            received: synced.pulled.versions,
            sent: synced.sent.versions,
            sent_attachments: synced.sent.attachments,
            waiting: status.waiting as u64,
            failures,
            requests: tally.total(),
            cost_usd: self.prices.total(&tally),
        })
    }

    /// What was not sent yet.
    pub fn waiting(&self) -> Result<Vec<RecordsWaiting>> {
        let mut all = Vec::new();
        for (change, since) in self.vault.waiting()? {
            let (what, id) = match change.subject {
                Subject::Version { record, .. } => ("version", record.to_string()),
                Subject::Attachment { name } => ("attachment", name.to_string()),
                _ => continue,
            };
            let (member, since) = (change.member.to_string(), moment(since));
            all.push(RecordsWaiting { what: what.into(), member, id, since });
        }
        Ok(all)
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
        let found = self.vault.status()?;
        status.device = Some(self.vault.device().to_string());
        (status.members, status.records) = (found.members as u64, found.records as u64);
        status.conflicts = found.conflicts.iter().map(|(_, record)| record.to_string()).collect();
        status.waiting = self.waiting()?;
        status.missing = found.missing as u64;
        let unread =
            |(_, record, version, why): &(_, holdfast_records::Uuid, holdfast_records::versions::VersionId, String)| {
                format!("version {} of record {record}: {why}", version.number)
            };
        status.unread = found.unread.iter().map(unread).collect::<Vec<_>>();
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
