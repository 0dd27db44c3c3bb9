//! Own prices as a table to edit: what everybody has, what somebody wrote, and going back to the list.

use std::path::Path;

use holdfast_storage::{price::PriceList, providers::PROVIDERS};

use super::{Entry, Prices};
use crate::{
    AppError, ErrorCode, Result,
    config_file::{lock, make_folder_of, replace},
    dto::place::{Currency, PriceRow},
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
        let PriceList { per_1000_writes, per_1000_reads, per_1000_deletes, per_gb_month, per_gb_out, .. } =
            self.of(provider, region);
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
        };
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
    fn a_price_that_cannot_be_is_refused() {
        let mut prices = Prices::default();
        let good = row(&prices, "b2");
        for (bad, word) in [
            (PriceRow { put_per_1000: -1.0, ..good.clone() }, "per_1000_put"),
            (PriceRow { egress_gb: f64::NAN, ..good.clone() }, "per_gb_out"),
            (PriceRow { delete_per_1000: 1e6, ..good.clone() }, "per_1000_delete"),
            (PriceRow { provider: "amazon".into(), ..good.clone() }, "no such provider"),
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
