//! Where an archived file is, the price of bringing it back, and both in words. Pure.

use holdfast_storage::{
    admin::{Archived, Thaw},
    price::PriceList,
    storage_class::is_archive,
};

use crate::dto::storage_tools::{ThawState, ThawView};

/// Where an object is.
pub(super) fn state(object: &Archived) -> ThawState {
    let archived = object.tiered || object.storage_class.as_deref().is_some_and(is_archive);
    match (archived, object.thaw) {
        (_, Some(Thaw::UnderWay)) => ThawState::Thawing,
        (true, Some(Thaw::Ready { .. })) => ThawState::Ready,
        (true, None) => ThawState::Archived,
        (false, _) => ThawState::NotArchived,
    }
}

/// What bringing it back for `days` days costs; nothing where it need not, is on its way, or the price is not known.
pub(super) fn usd(object: &Archived, provider: &str, days: u16, prices: &PriceList) -> f64 {
    match (state(object), prices.archive(provider, object.storage_class.as_deref())) {
        (ThawState::Archived, Some(archive)) => archive.usd(1, object.size, days, prices.per_gb_month),
        _ => 0.0,
    }
}

pub(super) fn view(key: &str, object: &Archived, provider: &str, days: u16, prices: &PriceList) -> ThawView {
    let ready_until = match object.thaw {
        Some(Thaw::Ready { until }) => until.map(|until| until.to_string()),
        _ => None,
    };
    let archive = prices.archive(provider, object.storage_class.as_deref());
    let (state, takes) = (state(object), archive.map_or("some hours", |archive| archive.takes));
    let words = match state {
        ThawState::NotArchived => "It can be read at once.".into(),
        ThawState::Archived => {
            let for_days = if days == 1 { "a day".to_owned() } else { format!("{days} days") };
            format!("It is in an archive. Bringing it back takes {takes}; then it can be read for {for_days}.")
        }
        ThawState::Thawing => format!("It is on its way back. That takes {takes} from the moment it was asked for."),
        ThawState::Ready => "It can be read for some time, then it is in the archive again.".into(),
    };
    ThawView { key: key.to_owned(), state, ready_until, usd: usd(object, provider, days, prices), words }
}

#[cfg(test)]
mod tests {
    use super::*;

    use holdfast_storage::price::price_list;

    #[test]
    fn the_way_back_is_told_with_its_price() {
        let until = "2026-11-28T00:00:00Z".parse().ok();
        let object = |class: Option<&str>, thaw, tiered| Archived {
            size: 1_000_000_000,
            storage_class: class.map(str::to_owned),
            tiered,
            thaw,
        };
        let cold = 0.05 / 1000.0 + 0.01 + 0.023 * 7.0 / 30.0;
        for (object, want, usd, word) in [
            (object(None, None, false), ThawState::NotArchived, 0.0, "at once"),
            (object(Some("GLACIER_IR"), None, false), ThawState::NotArchived, 0.0, "at once"),
            (
                object(Some("GLACIER"), None, false),
                ThawState::Archived,
                cold,
                "3 to 5 hours; then it can be read for 7 days",
            ),
            (object(Some("DEEP_ARCHIVE"), Some(Thaw::UnderWay), false), ThawState::Thawing, 0.0, "up to 12 hours"),
            (object(Some("GLACIER"), Some(Thaw::Ready { until }), false), ThawState::Ready, 0.0, "again"),
            (object(Some("INTELLIGENT_TIERING"), None, true), ThawState::Archived, 0.0, "some hours"),
            (object(Some("INTELLIGENT_TIERING"), None, false), ThawState::NotArchived, 0.0, "at once"),
        ] {
            let view = view("a", &object, "aws", 7, &price_list("aws"));
            assert_eq!(view.state, want, "{object:?}");
            assert!((view.usd - usd).abs() < 1e-9, "{view:?}");
            assert!(view.words.contains(word), "{view:?}");
            assert_eq!(view.ready_until.is_some(), want == ThawState::Ready);
        }
    }
}
