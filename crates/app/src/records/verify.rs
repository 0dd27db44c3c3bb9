//! Checking everything in the place, and completing what a stop left behind.

use super::{Unlocked, now};
use crate::{
    Result,
    dto::records::{RecordsVerified, RecordsWrong},
};

/// What becomes of versions that are here and not in the place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lost {
    /// They are named.
    #[default]
    Named,
    /// They are written there again.
    PutBack,
}

impl Unlocked {
    /// Takes what others did, completes what is incomplete, then reads everything back and checks it.
    pub async fn verify(&mut self) -> Result<RecordsVerified> {
        self.verify_and(Lost::Named).await
    }

    /// As [`Self::verify`]; what the place lost may be put back before.
    pub async fn verify_and(&mut self, lost: Lost) -> Result<RecordsVerified> {
        let turn = self.turns.exchange().await?;
        let synced = self.sync_in_turn(true).await?;
        let put_back = match lost {
            Lost::Named => 0,
            Lost::PutBack => {
                let put_back = self.vault.put_back().await;
                put_back.map_err(|error| self.say(error))?
            }
        };
        let repaired = self.vault.repair(now()).await;
        let repaired = repaired.map_err(|error| self.say(error))?;
        drop(turn);
        let checked = self.vault.check().await;
        let mut checked = checked.map_err(|error| self.say(error))?;
        for of in self.check_shared().await {
            checked.versions += of.versions;
            checked.attachments += of.attachments;
            checked.bytes += of.bytes;
            checked.wrong.extend(of.wrong);
        }
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
            unproven: repaired.unproven,
            set_back: synced.set_back,
            put_back,
            completed: repaired.versions
                + repaired.attachments
                + repaired.metadata
                + repaired.profiles
                + repaired.rotations,
            waiting: synced.waiting,
            requests: tally.total(),
            cost_usd: self.prices.total(&tally),
        })
    }
}
