//! Checking everything in the place, and completing what a stop left behind.

use super::{Unlocked, now};
use crate::{
    Result,
    dto::records::{RecordsVerified, RecordsWrong},
};

impl Unlocked {
    /// Takes what others did, completes what is incomplete, then reads everything back and checks it.
    pub async fn verify(&mut self) -> Result<RecordsVerified> {
        let turn = self.turns.exchange().await?;
        let synced = self.sync_in_turn(true).await?;
        let repaired = self.vault.repair(now()).await;
        let repaired = repaired.map_err(|error| self.say(error))?;
        drop(turn);
        let checked = self.vault.check().await;
        let checked = checked.map_err(|error| self.say(error))?;
        let wrong = |wrong: holdfast_records::Wrong| RecordsWrong {
            object: wrong.object,
            record: wrong.record.map(|(_, record)| record.to_string()),
            why: crate::error::shown(&wrong.why),
        };
        let stray = repaired.unreadable.iter().map(|line| {
            let (object, why) = line.split_once(": ").unwrap_or((line, "it does not open"));
            RecordsWrong { object: object.to_owned(), record: None, why: crate::error::shown(why) }
        });
        let tally = self.meter.tally();
        Ok(RecordsVerified {
            versions: checked.versions,
            attachments: checked.attachments,
            bytes: checked.bytes,
            wrong: checked.wrong.into_iter().map(wrong).chain(stray).collect(),
            completed: repaired.versions + repaired.attachments + repaired.metadata,
            waiting: synced.waiting,
            requests: tally.total(),
            cost_usd: self.prices.total(&tally),
        })
    }
}
