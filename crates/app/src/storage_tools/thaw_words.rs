//! Where archived files are, the price of bringing them back, and both in words. Pure.

use holdfast_storage::{
    admin::{Archived, Thaw},
    price::PriceList,
    storage_class::{is_archive, storage_classes},
};

use crate::dto::{
    run::RunState,
    storage_tools::{ClassShare, ThawOffer, ThawResult},
};

/// Where a file that may be in an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ThawState {
    NotArchived,
    Archived,
    /// On its way back.
    Thawing,
    /// Readable for some time.
    Ready,
}

pub(super) fn state(object: &Archived) -> ThawState {
    let archived = object.tiered || object.storage_class.as_deref().is_some_and(is_archive);
    match (archived, object.thaw) {
        (_, Some(Thaw::UnderWay)) => ThawState::Thawing,
        (true, Some(Thaw::Ready { .. })) => ThawState::Ready,
        (true, None) => ThawState::Archived,
        (false, _) => ThawState::NotArchived,
    }
}

/// What bringing it back for `days` days costs; nothing where it need not or is on its way, `None` where no price is known.
pub(super) fn usd(object: &Archived, provider: &str, days: u16, prices: &PriceList) -> Option<f64> {
    if state(object) != ThawState::Archived {
        return Some(0.0);
    }
    let archive = prices.archive(provider, object.storage_class.as_deref())?;
    Some(archive.usd(1, object.size, days, prices.per_gb_month))
}

/// What a selection takes, of which so many objects were looked at.
pub(super) fn offer(
    classes: &[ClassShare],
    looked: &[Archived],
    provider: &str,
    days: u16,
    prices: &PriceList,
) -> ThawOffer {
    let (files, looked_at) = (classes.iter().map(|class| class.files).sum::<u64>(), looked.len() as u64);
    let in_state = |wanted| looked.iter().filter(|object| state(object) == wanted).count() as u64;
    let all_of = |class: &ClassShare| {
        let archive = prices.archive(provider, Some(&class.storage_class))?;
        Some(archive.usd(class.files, class.bytes, days, prices.per_gb_month))
    };
    let usd = match looked_at >= files {
        true => looked.iter().map(|object| usd(object, provider, days, prices)).sum(),
        false => classes.iter().map(all_of).sum(),
    };
    let (archived, on_way, ready) =
        (in_state(ThawState::Archived), in_state(ThawState::Thawing), in_state(ThawState::Ready));
    let takes = longest(classes, provider, prices);
    let words = match (looked_at >= files, archived, on_way) {
        (true, 0, 0) => String::new(),
        (true, 0, _) => {
            format!("On the way back already. That takes {takes} from the moment they were asked for.")
        }
        _ => {
            let days = if days == 1 { "a day".to_owned() } else { format!("{days} days") };
            format!("Bringing back takes {takes}. After that there are {days} to restore.")
        }
    };
    ThawOffer { files, looked_at, archived, on_way, ready, usd, words }
}

/// How long the slowest of the classes takes, in words; a provider's list names the slowest last.
fn longest(classes: &[ClassShare], provider: &str, prices: &PriceList) -> &'static str {
    let is_there = |id: &str| classes.iter().any(|class| class.storage_class == id);
    let mut slowest_first = storage_classes(provider).iter().rev().filter(|class| is_there(class.id));
    let slowest = slowest_first.find_map(|class| prices.archive(provider, Some(class.id)));
    slowest.map_or("some hours", |archive| archive.takes)
}

/// Before anything was asked for.
pub(super) fn nothing_asked() -> ThawResult {
    ThawResult {
        state: RunState::Complete,
        asked: 0,
        on_way: 0,
        ready: 0,
        not_archived: 0,
        usd: Some(0.0),
        failures: Vec::new(),
    }
}

/// Counts a file that was in this state before it was asked for, which cost so much.
pub(super) fn count(result: &mut ThawResult, before: ThawState, usd: Option<f64>) {
    let files = match before {
        ThawState::NotArchived => &mut result.not_archived,
        ThawState::Archived => &mut result.asked,
        ThawState::Thawing => &mut result.on_way,
        ThawState::Ready => &mut result.ready,
    };
    *files += 1;
    result.usd = result.usd.zip(usd).map(|(sum, one)| sum + one);
}

#[cfg(test)]
mod tests {
    use super::*;

    use holdfast_storage::price::price_list;

    fn object(class: Option<&str>, thaw: Option<Thaw>, tiered: bool) -> Archived {
        Archived { size: 1_000_000_000, storage_class: class.map(str::to_owned), tiered, thaw }
    }

    fn share(class: &str, files: u64) -> ClassShare {
        ClassShare { storage_class: class.into(), files, bytes: files * 1_000_000_000 }
    }

    const COLD: f64 = 0.05 / 1000.0 + 0.01 + 0.023 * 7.0 / 30.0;

    fn is_near(got: Option<f64>, want: Option<f64>) -> bool {
        got.zip(want).map_or(got == want, |(got, want)| (got - want).abs() < 1e-6)
    }

    #[test]
    fn the_way_back_is_told_with_its_price() {
        let until = "2026-11-28T00:00:00Z".parse().ok();
        let nothing = Some(0.0);
        for (object, want, price) in [
            (object(None, None, false), ThawState::NotArchived, nothing),
            (object(Some("GLACIER_IR"), None, false), ThawState::NotArchived, nothing),
            (object(Some("GLACIER"), None, false), ThawState::Archived, Some(COLD)),
            (object(Some("DEEP_ARCHIVE"), Some(Thaw::UnderWay), false), ThawState::Thawing, nothing),
            (object(Some("GLACIER"), Some(Thaw::Ready { until }), false), ThawState::Ready, nothing),
            (object(Some("INTELLIGENT_TIERING"), None, true), ThawState::Archived, None),
            (object(Some("INTELLIGENT_TIERING"), None, false), ThawState::NotArchived, nothing),
        ] {
            assert_eq!(state(&object), want, "{object:?}");
            let got = usd(&object, "aws", 7, &price_list("aws"));
            assert!(is_near(got, price), "{object:?}: {got:?}");
        }
    }

    #[test]
    fn a_selection_costs_what_is_not_asked_for_yet_and_at_most_all_of_it_where_not_all_were_looked_at() {
        let cold = || object(Some("GLACIER"), None, false);
        let coming = || object(Some("GLACIER"), Some(Thaw::UnderWay), false);
        let ready = || object(Some("GLACIER"), Some(Thaw::Ready { until: None }), false);
        let mixed = || vec![share("GLACIER", 300), share("DEEP_ARCHIVE", 100)];
        let deep = 0.10 / 1000.0 + 0.02 + 0.023 * 7.0 / 30.0;
        let all = Some(300.0 * COLD + 100.0 * deep);
        for (classes, looked, counts, price, words) in [
            (vec![share("GLACIER", 2)], vec![cold(), coming()], (1, 1, 0), Some(COLD), "takes 3 to 5 hours. After"),
            (vec![share("GLACIER", 1)], vec![coming()], (0, 1, 0), Some(0.0), "already. That takes 3 to 5 hours"),
            (vec![share("GLACIER", 1)], vec![ready()], (0, 0, 1), Some(0.0), ""),
            (mixed(), vec![coming(), ready()], (0, 1, 1), all, "takes up to 12 hours"),
            (vec![share("COLDEST", 400)], vec![cold()], (1, 0, 0), None, "some hours"),
        ] {
            let offer = offer(&classes, &looked, "aws", 7, &price_list("aws"));
            assert_eq!((offer.archived, offer.on_way, offer.ready), counts, "{offer:?}");
            assert!(is_near(offer.usd, price) && offer.words.contains(words), "{offer:?}");
            assert_eq!(offer.words.is_empty(), words.is_empty());
        }
    }
}
