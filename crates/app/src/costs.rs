//! What each set costs by month: what its runs were measured to cost, and what keeping its copies costs in their class.
//! The rows add up to the costs of the overview.

use holdfast_storage::storage_class::storage_class;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    App, Result,
    dto::overview::{MonthCost, Payer, SetCost},
    profiles::{Place, ProfileName},
    run_log::{RunLog, Whose},
    sets::{KeptSet, Sets},
};

impl App {
    /// What each set costs by month, as of now.
    pub fn costs_by_set_now(&self) -> Result<Vec<SetCost>> {
        self.costs_by_set(Timestamp::now(), &TimeZone::system())
    }

    /// What each set costs by month: the sets by name, then those that are gone and still cost something, then what no
    /// set asked for, where it cost something.
    pub fn costs_by_set(&self, now: Timestamp, tz: &TimeZone) -> Result<Vec<SetCost>> {
        let (log, sets) = (self.log()?, self.home.sets.load()?);
        let mut all = Vec::new();
        for (id, set) in sets.by_name() {
            all.push(self.cost_of_set(id, set, log.months(Whose::Set(id), now, tz)?));
        }
        all.extend(costs_of_removed(&log, &sets, now, tz)?);
        let by_hand = log.months(Whose::NoSet, now, tz)?;
        if by_hand.iter().any(costs_something) {
            all.push(SetCost::without_place(Payer::ByHand, None, String::new(), by_hand));
        }
        Ok(all)
    }

    fn cost_of_set(&self, id: &str, set: &KeptSet, months: Vec<MonthCost>) -> SetCost {
        SetCost {
            place: self.place_words(&set.draft.profile),
            storage_class: self.class_words(set),
            ..SetCost::without_place(Payer::Set, Some(id.to_owned()), set.draft.name.clone(), months)
        }
    }

    /// The storage class of a set's new files, for people: its own, else its place's.
    fn class_words(&self, set: &KeptSet) -> Option<String> {
        let profiles = self.home.profiles.load().ok()?;
        let Place::S3(place) = &profiles.get(&ProfileName::new(&set.draft.profile).ok()?)?.place else { return None };
        let id = set.draft.storage_class.as_deref().or(place.storage_class.as_deref())?;
        let known = storage_class(place.provider_id(), Some(id));
        Some(known.map_or(id, |class| class.name).to_owned())
    }
}

impl SetCost {
    fn without_place(payer: Payer, set_id: Option<String>, name: String, months: Vec<MonthCost>) -> Self {
        Self { payer, set_id, name, place: String::new(), storage_class: None, months }
    }
}

fn costs_of_removed(log: &RunLog, sets: &Sets, now: Timestamp, tz: &TimeZone) -> Result<Vec<SetCost>> {
    let mut all = Vec::new();
    for (id, name) in log.payers()?.into_iter().filter(|(id, _)| sets.expect(id).is_err()) {
        let months = log.months(Whose::Set(&id), now, tz)?;
        if months.iter().any(costs_something) {
            all.push(SetCost::without_place(Payer::RemovedSet, Some(id), name, months));
        }
    }
    Ok(all)
}

fn costs_something(month: &MonthCost) -> bool {
    month.stored_bytes > 0 || month.storage_usd + month.requests_usd + month.downloads_usd > 0.0
}
