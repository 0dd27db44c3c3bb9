//! Own prices as a table to edit: what everybody has, what somebody wrote, and going back to the list.

use std::{collections::BTreeMap, path::Path};

use holdfast_storage::{
    price::{PriceList, price_list},
    providers::PROVIDERS,
    storage_class::{StorageClass, storage_class, storage_classes},
};

use super::{ClassEntry, Entry, Prices};
use crate::{
    AppError, ErrorCode, Result,
    config_file::{lock, make_folder_of, replace},
    dto::place::{ClassPriceRow, Currency, PriceRow},
    error::shown,
};

impl Prices {
    /// Every provider in the order of the presets, and behind each its regions with prices of their own.
    pub fn rows(&self) -> Vec<PriceRow> {
        let of_provider = |provider: &'static str| {
            let regions = self.entries.iter().filter(move |entry| entry.provider == provider && entry.region.is_some());
            std::iter::once(None)
                .chain(regions.map(|entry| entry.region.as_deref()))
                .map(move |region| self.row(provider, region))
        };
        PROVIDERS.iter().flat_map(|provider| of_provider(provider.id)).collect()
    }

    fn row(&self, provider: &str, region: Option<&str>) -> PriceRow {
        let list = self.of(provider, region);
        let classes = storage_classes(provider).iter().skip(1).map(|class| class_row(&list, provider, class)).collect();
        let PriceList { per_1000_writes, per_1000_reads, per_1000_deletes, per_gb_month, per_gb_out, .. } = list;
        PriceRow {
            id: id(provider, region),
            provider: provider.to_owned(),
            region: region.map(str::to_owned),
            currency: Currency::Usd,
            put_per_1000: per_1000_writes,
            get_per_1000: per_1000_reads,
            delete_per_1000: per_1000_deletes,
            storage_gb_month: per_gb_month,
            egress_gb: per_gb_out,
            classes,
            edited: self
                .entries
                .iter()
                .any(|entry| id(&entry.provider, entry.region.as_deref()) == id(provider, region)),
        }
    }

    /// Takes a row in place of the one for the same provider and region. Its name stays.
    ///
    /// # Errors
    /// `bad_setting` says which price does not fit.
    pub fn save(&mut self, row: &PriceRow) -> Result<()> {
        let region = row.region.as_deref().map(str::trim).filter(|region| !region.is_empty());
        let mut entry = Entry {
            provider: row.provider.clone(),
            region: region.map(str::to_owned),
            name: None,
            per_1000_put: Some(row.put_per_1000),
            per_1000_get: Some(row.get_per_1000),
            per_1000_delete: Some(row.delete_per_1000),
            per_gb_month: Some(row.storage_gb_month),
            per_gb_out: Some(row.egress_gb),
            classes: BTreeMap::new(),
        };
        entry.classes = self.own_classes(&entry, row);
        if let Some(why) = entry.fault() {
            let hint = "prices are in US dollars, between 0 and 1,000";
            return Err(AppError::config(
                ErrorCode::BadSetting,
                format!("this price does not fit: {}", shown(&why)),
                hint,
            ));
        }
        match self.entries.iter_mut().find(|known| known.is_for(&entry.provider, &entry.region)) {
            Some(known) => {
                entry.name = known.name.take();
                *known = entry;
            }
            None => self.entries.push(entry),
        }
        Ok(())
    }

    /// The prices of classes that a person wrote: the others go on following the list.
    fn own_classes(&self, entry: &Entry, row: &PriceRow) -> BTreeMap<String, ClassEntry> {
        let (region, list) = (entry.region.as_deref(), entry.over(price_list(&row.provider)));
        let kept = self.entry(&row.provider, region).map(|entry| entry.classes.clone()).unwrap_or_default();
        let before = self.of(&row.provider, region);
        let own = |class: &ClassPriceRow| {
            let rows = storage_class(&row.provider, Some(&class.id))
                .map(|known| (class_row(&before, &row.provider, known), class_row(&list, &row.provider, known)));
            let Some((shown, listed)) = rows else { return Some((class.id.clone(), ClassEntry::default())) };
            let kept = kept.get(&class.id).copied().unwrap_or_default();
            let put = |row: &ClassPriceRow| Some(row.put_per_1000);
            let month = |row: &ClassPriceRow| Some(row.storage_gb_month);
            let entry = ClassEntry {
                per_1000_put: edited(class.put_per_1000, put(&shown), kept.per_1000_put, put(&listed)),
                per_gb_month: edited(class.storage_gb_month, month(&shown), kept.per_gb_month, month(&listed)),
                back_per_gb: class.back_gb.and_then(|usd| edited(usd, shown.back_gb, kept.back_per_gb, listed.back_gb)),
                back_per_1000: class
                    .back_per_1000
                    .and_then(|usd| edited(usd, shown.back_per_1000, kept.back_per_1000, listed.back_per_1000)),
            };
            (entry != ClassEntry::default()).then(|| (class.id.clone(), entry))
        };
        row.classes.iter().filter_map(own).collect()
    }

    /// Goes back to the list (or, for a region, to what counts for all). A row that nobody edited stays as it is.
    pub fn reset(&mut self, wanted: &str) {
        self.entries.retain(|entry| id(&entry.provider, entry.region.as_deref()) != wanted);
    }

    /// Reads, changes and writes while no other process does. When `change` fails nothing is written.
    ///
    /// # Errors
    /// `prices_bad` when the file is not as expected; it stays as it is.
    pub fn update<T>(path: &Path, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        make_folder_of(path)?;
        let _turn = lock(path)?;
        let mut prices = Self::load(path)?;
        let before = prices.clone();
        let answer = change(&mut prices)?;
        if prices != before {
            replace(path, &prices)?;
        }
        Ok(answer)
    }
}

fn class_row(list: &PriceList, provider: &str, class: &StorageClass) -> ClassPriceRow {
    let (own, archive) = (list.clone().in_class(provider, Some(class.id)), list.archive(provider, Some(class.id)));
    ClassPriceRow {
        id: class.id.into(),
        name: class.name.into(),
        put_per_1000: own.per_1000_writes,
        storage_gb_month: own.per_gb_month,
        back_gb: archive.map(|archive| archive.per_gb),
        back_per_1000: archive.map(|archive| archive.per_1000),
    }
}

/// A price of a class after an edit: as it was kept where nobody touched it, not kept where it is the list's again.
fn edited(wanted: f64, shown: Option<f64>, kept: Option<f64>, listed: Option<f64>) -> Option<f64> {
    match () {
        () if shown == Some(wanted) => kept,
        () if listed == Some(wanted) => None,
        () => Some(wanted),
    }
}

fn id(provider: &str, region: Option<&str>) -> String {
    region.map_or_else(|| provider.to_owned(), |region| format!("{provider}/{region}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(prices: &Prices, id: &str) -> PriceRow {
        prices.rows().into_iter().find(|row| row.id == id).unwrap_or_else(|| panic!("no row {id}"))
    }

    #[test]
    fn every_provider_has_a_row_of_the_list_until_somebody_writes_another() {
        let mut prices = Prices::default();
        assert_eq!(prices.rows().len(), PROVIDERS.len());
        assert!(prices.rows().iter().all(|row| !row.edited));
        let stockholm = PriceRow {
            region: Some("eu-north-1".into()),
            storage_gb_month: 0.021,
            delete_per_1000: 0.001,
            ..row(&prices, "aws")
        };
        prices.save(&stockholm).unwrap();
        let back = row(&prices, "aws/eu-north-1");
        assert_eq!((back.storage_gb_month, back.delete_per_1000, back.edited), (0.021, 0.001, true));
        assert_eq!(back.put_per_1000, row(&prices, "aws").put_per_1000);
        assert!(!row(&prices, "aws").edited);
        assert_eq!(prices.of("aws", Some("eu-north-1")).per_gb_month, 0.021);
        prices.save(&PriceRow { storage_gb_month: 0.022, ..back }).unwrap();
        assert_eq!(prices.rows().len(), PROVIDERS.len() + 1, "the same row, not another one");
        prices.reset("aws/eu-north-1");
        prices.reset("aws/eu-north-1");
        assert_eq!(prices, Prices::default());
    }

    #[test]
    fn prices_of_storage_classes_and_of_bringing_back_are_edited_like_the_others() {
        let mut prices = Prices::default();
        let aws = row(&prices, "aws");
        assert!(row(&prices, "b2").classes.is_empty());
        let mut mine = aws.clone();
        let cold = mine.classes.iter_mut().find(|class| class.id == "GLACIER").unwrap();
        assert_eq!((cold.back_gb, cold.back_per_1000, cold.storage_gb_month), (Some(0.01), Some(0.05), 0.0036));
        (cold.back_gb, cold.storage_gb_month) = (Some(0.02), 0.003);
        prices.save(&mine).unwrap();
        assert_eq!(row(&prices, "aws").classes, mine.classes);
        let list = prices.of("aws", Some("eu-north-1"));
        assert_eq!(list.clone().in_class("aws", Some("GLACIER")).per_gb_month, 0.003);
        assert_eq!(list.archive("aws", Some("GLACIER")).unwrap().per_gb, 0.02);
        let kept = serde_json::to_value(&prices).unwrap();
        assert_eq!(
            kept["prices"][0]["classes"],
            serde_json::json!({ "GLACIER": { "per_gb_month": 0.003, "back_per_gb": 0.02 } }),
            "what follows the list is not written"
        );
        assert_eq!(Prices::parse(&kept.to_string()).unwrap(), prices);
        prices.save(&PriceRow { put_per_1000: 0.004, ..row(&prices, "aws") }).unwrap();
        let tiered =
            |prices: &Prices| prices.of("aws", None).in_class("aws", Some("INTELLIGENT_TIERING")).per_1000_writes;
        assert_eq!(tiered(&prices), 0.004, "a class without a price of its own follows the standard one");
        assert_eq!(row(&prices, "aws").classes.len(), aws.classes.len());
        prices.reset("aws");
        assert_eq!(row(&prices, "aws"), aws);
    }

    #[test]
    fn a_price_that_cannot_be_is_refused() {
        let mut prices = Prices::default();
        let good = row(&prices, "b2");
        let cold = row(&prices, "aws").classes.into_iter().find(|class| class.id == "GLACIER").unwrap();
        for (bad, word) in [
            (PriceRow { put_per_1000: -1.0, ..good.clone() }, "per_1000_put"),
            (PriceRow { egress_gb: f64::NAN, ..good.clone() }, "per_gb_out"),
            (PriceRow { delete_per_1000: 1e6, ..good.clone() }, "per_1000_delete"),
            (PriceRow { provider: "amazon".into(), ..good.clone() }, "no such provider"),
            (
                PriceRow { classes: vec![ClassPriceRow { id: "GLACIER".into(), ..cold.clone() }], ..good.clone() },
                "no storage class GLACIER",
            ),
            (
                PriceRow { classes: vec![ClassPriceRow { back_gb: Some(-1.0), ..cold }], ..row(&prices, "aws") },
                "GLACIER: back_per_gb",
            ),
        ] {
            let error = prices.save(&bad).unwrap_err();
            assert!(error.code == ErrorCode::BadSetting && error.message.contains(word), "{error:?}");
        }
        assert_eq!(prices, Prices::default());
    }

    #[test]
    fn what_is_saved_is_read_back_and_a_damaged_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config/prices.json");
        let named = r#"{"version":1,"prices":[{"provider":"b2","name":"our contract","per_gb_month":0.005}]}"#;
        std::fs::create_dir(folder.path().join("config")).unwrap();
        std::fs::write(&path, named).unwrap();
        let change = |prices: &mut Prices| {
            let row = PriceRow { egress_gb: 0.01, ..row(prices, "b2") };
            prices.save(&row)
        };
        Prices::update(&path, change).unwrap();
        let saved = Prices::load(&path).unwrap().of("b2", None);
        assert_eq!((&*saved.name, saved.per_gb_month, saved.per_gb_out), ("our contract", 0.005, 0.01));
        std::fs::write(&path, "{").unwrap();
        assert_eq!(Prices::update(&path, change).unwrap_err().code, ErrorCode::PricesBad);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{");
    }
}
