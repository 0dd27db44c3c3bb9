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
        all.extend(costs_of_removed(log, &sets, now, tz)?);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use holdfast_storage::StoreUrl;

    use super::*;
    use crate::{
        Home,
        dto::{
            log::{RunKind, RunResult, RunTrigger},
            sets::BackupSetDraft,
        },
        keychain::MemoryKeychain,
        paths::Paths,
        profiles::{Profile, S3Place},
        run_log::{Ended, NewRun, Scope},
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn draft(name: &str, storage_class: Option<&str>) -> BackupSetDraft {
        BackupSetDraft {
            storage_class: storage_class.map(str::to_owned),
            ..BackupSetDraft::by_hand(name, "/home/mara", "cloud", &name.to_lowercase())
        }
    }

    async fn app(folder: &tempfile::TempDir) -> App {
        let paths = Paths::below(folder.path().join("config"), folder.path().join("data"));
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let app = App::new(Home::new(paths, Arc::new(MemoryKeychain::new())));
        let StoreUrl::S3(location) = StoreUrl::parse("s3://photos/mara?region=eu-north-1").unwrap().0 else { panic!() };
        let cloud = Profile::new(Place::S3(Box::new(S3Place::of(&location, None))));
        app.home.update_profiles(move |all| all.add(ProfileName::new("cloud").unwrap(), cloud)).await.unwrap();
        app
    }

    fn ran(log: &RunLog, set: Option<&str>, kind: RunKind, started: &str, cost: f64) {
        let (id, started) = (format!("{set:?}{started}"), at(started));
        let set = set.map(|id| (id.to_owned(), id.to_uppercase()));
        let (trigger, place) = (RunTrigger::Person, "there".to_owned());
        log.begin(&NewRun { id: id.clone(), set, kind, trigger, place, folder: None, whole: true, started }).unwrap();
        log.end(&id, &Ended { cost, ..Ended::bare(started, RunResult::Complete) }, Scope::Whole).unwrap();
    }

    #[tokio::test]
    async fn each_set_costs_its_runs_and_what_it_keeps_and_the_rows_add_up_to_the_overview() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(&folder).await;
        let (now, tz) = (at("2026-11-20T00:00:00Z"), TimeZone::UTC);
        let cold = draft("Photos", Some("DEEP_ARCHIVE"));
        for (id, draft) in [("photos", cold), ("letters", draft("Letters", None)), ("gone", draft("Gone", None))] {
            app.save_backup_set(Some(id), draft, now).unwrap();
        }
        let log = app.log().unwrap();
        ran(log, Some("photos"), RunKind::Backup, "2026-10-05T00:00:00Z", 0.5);
        ran(log, Some("photos"), RunKind::Drill, "2026-11-05T00:00:00Z", 0.25);
        ran(log, Some("gone"), RunKind::Backup, "2026-10-05T00:00:00Z", 0.125);
        ran(log, None, RunKind::Restore, "2026-11-06T00:00:00Z", 2.0);
        log.note_stored("photos", at("2026-10-05T00:00:00Z"), &tz, 1, 1000, 1.0).unwrap();
        log.note_stored("gone", at("2026-10-05T00:00:00Z"), &tz, 1, 10, 4.0).unwrap();
        app.remove_backup_set("gone").unwrap();
        let costs = app.costs_by_set(now, &tz).unwrap();
        let last = |cost: &SetCost| {
            let month = cost.months.last().unwrap();
            (month.storage_usd, month.requests_usd, month.downloads_usd)
        };
        let rows: Vec<_> = costs.iter().map(|cost| (cost.payer, cost.name.as_str(), last(cost))).collect();
        assert_eq!(
            rows,
            [
                (Payer::Set, "Letters", (0.0, 0.0, 0.0)),
                (Payer::Set, "Photos", (1.0, 0.0, 0.25)),
                (Payer::RemovedSet, "GONE", (4.0, 0.0, 0.0)),
                (Payer::ByHand, "", (0.0, 0.0, 2.0)),
            ]
        );
        assert_eq!(costs[1].storage_class.as_deref(), Some("Glacier Deep Archive"));
        assert_eq!(
            (costs[0].storage_class.as_deref(), costs[0].place.as_str()),
            (None, "photos/mara at Amazon S3, eu-north-1")
        );
        let usd = |month: &MonthCost| month.storage_usd + month.requests_usd + month.downloads_usd;
        for (n, month) in app.overview(now, &tz).unwrap().months.iter().enumerate() {
            let together: f64 = costs.iter().map(|cost| usd(&cost.months[n])).sum();
            assert!((usd(month) - together).abs() < 1e-9, "{}: {} is not {together}", month.month, usd(month));
        }
    }
}
