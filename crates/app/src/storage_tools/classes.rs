//! The storage classes that a place offers.

use holdfast_storage::{
    price::PriceList,
    storage_class::{StorageClass, storage_classes},
};

use super::StorageTools;
use crate::dto::storage_tools::StorageClassView;

impl StorageTools {
    /// The standard class first, with what it really costs there.
    pub fn storage_classes(&self) -> Vec<StorageClassView> {
        let standard = crate::dto::config::usd_per_100gb_month(&self.open.provider, &self.open.prices);
        let standard = standard.map(|_| self.open.prices.per_gb_month);
        let (provider, prices) = (&self.open.provider, &self.open.prices);
        storage_classes(provider).iter().map(|class| view(class, standard, own(prices, provider, class))).collect()
    }
}

/// What a class costs by a person's own prices, where they say.
fn own(prices: &PriceList, provider: &str, class: &StorageClass) -> Option<f64> {
    prices.classes.get(class.id)?.per_gb_month?;
    Some(prices.clone().in_class(provider, Some(class.id)).per_gb_month)
}

fn view(class: &StorageClass, standard: Option<f64>, own: Option<f64>) -> StorageClassView {
    StorageClassView {
        id: class.id.into(),
        name: class.name.into(),
        usd_per_gb_month: own.or(class.per_gb_month).or(standard),
        words: class.words.into(),
        archived: class.archive.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_a_price_of_its_own_costs_what_the_standard_one_does() {
        let prices = |provider, standard| -> Vec<_> {
            let classes = storage_classes(provider).iter().map(|class| view(class, standard, None));
            classes.map(|class| (class.id, class.usd_per_gb_month, class.archived)).collect()
        };
        let aws = prices("aws", Some(0.021));
        assert_eq!(aws[0], ("STANDARD".into(), Some(0.021), false));
        assert!(aws.contains(&("GLACIER".into(), Some(0.0036), true)));
        assert_eq!(prices("garage", None), [("STANDARD".into(), None, false)]);
    }
}
