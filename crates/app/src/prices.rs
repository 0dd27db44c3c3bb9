//! A person's own prices in place of the list prices: `prices.json` beside the settings. What the file does not say is as
//! in the list. A file that is not as expected is never written over.

mod edit;

use std::{collections::BTreeMap, fs, io, path::Path};

use holdfast_storage::{
    price::{ClassPrices, PriceList, price_list},
    providers::PROVIDERS,
    storage_class::storage_classes,
};
use serde::{Deserialize, Serialize};

use crate::{AppError, ErrorCode, Result, error::shown};

/// The format this version reads.
const FORMAT: u32 = 1;

/// The most that is taken for a price, US dollars: more is a slip of the pen.
const MOST: f64 = 1000.0;

/// What somebody really pays, by provider and region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Document", try_from = "Document")]
pub struct Prices {
    entries: Vec<Entry>,
    /// The file is there and cannot be used.
    unreadable: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    prices: Vec<Entry>,
}

/// US dollars at one provider, in one region or in all.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_1000_put: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_1000_get: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_1000_delete: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_gb_month: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_gb_out: Option<f64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    classes: BTreeMap<String, ClassEntry>,
}

/// US dollars of one storage class.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    per_1000_put: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_gb_month: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    back_per_gb: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    back_per_1000: Option<f64>,
}

impl From<ClassEntry> for ClassPrices {
    fn from(entry: ClassEntry) -> Self {
        Self {
            per_gb_month: entry.per_gb_month,
            per_1000_writes: entry.per_1000_put,
            back_per_gb: entry.back_per_gb,
            back_per_1000: entry.back_per_1000,
        }
    }
}

impl Prices {
    /// Those in the file; none when there is no file.
    ///
    /// # Errors
    /// `prices_bad` names the file and what is wrong in it.
    pub fn load(path: &Path) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|why| bad(path, &why)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(AppError::io("reading the prices", path, &error)),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str::<Document>(text).map_err(|why| why.to_string())?.try_into()
    }

    /// List prices that say in their name that the person's own could not be read.
    pub fn unreadable() -> Self {
        Self { entries: Vec::new(), unreadable: true }
    }

    /// What a provider charges in a region: its entry for that region, else the one for all, else the list.
    pub fn of(&self, provider: &str, region: Option<&str>) -> PriceList {
        let found = self.entry(provider, region);
        let mut list = price_list(provider);
        if self.unreadable {
            list.name = format!("{}, because prices.json cannot be read", list.name).into();
        }
        found.map_or(list.clone(), |entry| entry.over(list))
    }
}

impl Prices {
    /// The entry for a region, else the one for all.
    fn entry(&self, provider: &str, region: Option<&str>) -> Option<&Entry> {
        let region = region.map(str::to_owned);
        let of_region = self.entries.iter().find(|entry| region.is_some() && entry.is_for(provider, &region));
        of_region.or_else(|| self.entries.iter().find(|entry| entry.is_for(provider, &None)))
    }
}

impl From<Prices> for Document {
    fn from(prices: Prices) -> Self {
        Self { version: FORMAT, prices: prices.entries }
    }
}

impl TryFrom<Document> for Prices {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        if document.version != FORMAT {
            return Err(format!("its version is {}, this Holdfast reads {FORMAT}", document.version));
        }
        for (at, entry) in document.prices.iter().enumerate() {
            let wrong = entry.fault().or_else(|| {
                let twice = document.prices[..at].iter().any(|other| other.is_for(&entry.provider, &entry.region));
                twice.then(|| "the same provider and region were named before".to_owned())
            });
            if let Some(why) = wrong {
                return Err(format!("price {} ({}): {why}", at + 1, entry.provider));
            }
        }
        Ok(Self { entries: document.prices, unreadable: false })
    }
}

impl Entry {
    fn is_for(&self, provider: &str, region: &Option<String>) -> bool {
        self.provider == provider && self.region == *region
    }

    fn fault(&self) -> Option<String> {
        if !PROVIDERS.iter().any(|known| known.id == self.provider) {
            let known: Vec<_> = PROVIDERS.iter().map(|known| known.id).collect();
            return Some(format!("no such provider; known are {}", known.join(", ")));
        }
        let prices = [
            ("per_1000_put", self.per_1000_put),
            ("per_1000_get", self.per_1000_get),
            ("per_1000_delete", self.per_1000_delete),
            ("per_gb_month", self.per_gb_month),
            ("per_gb_out", self.per_gb_out),
        ];
        out_of_range(&prices).or_else(|| self.classes.iter().find_map(|(id, class)| self.fault_of_class(id, class)))
    }

    fn fault_of_class(&self, id: &str, class: &ClassEntry) -> Option<String> {
        let others = &storage_classes(&self.provider)[1..];
        let Some(known) = others.iter().find(|known| known.id == id) else {
            let all: Vec<_> = others.iter().map(|class| class.id).collect();
            let known =
                if all.is_empty() { "there is none".to_owned() } else { format!("known are {}", all.join(", ")) };
            return Some(format!("no storage class {id} has a price of its own; {known}"));
        };
        if known.archive.is_none() && (class.back_per_gb.is_some() || class.back_per_1000.is_some()) {
            return Some(format!("files in {id} can be read at once and need not be brought back"));
        }
        let prices = [
            ("per_1000_put", class.per_1000_put),
            ("per_gb_month", class.per_gb_month),
            ("back_per_gb", class.back_per_gb),
            ("back_per_1000", class.back_per_1000),
        ];
        out_of_range(&prices).map(|why| format!("{id}: {why}"))
    }

    fn over(&self, list: PriceList) -> PriceList {
        PriceList {
            name: self.name.clone().unwrap_or_else(|| "your own prices".into()).into(),
            per_1000_writes: self.per_1000_put.unwrap_or(list.per_1000_writes),
            per_1000_reads: self.per_1000_get.unwrap_or(list.per_1000_reads),
            per_1000_deletes: self.per_1000_delete.unwrap_or(list.per_1000_deletes),
            per_gb_month: self.per_gb_month.unwrap_or(list.per_gb_month),
            per_gb_out: self.per_gb_out.unwrap_or(list.per_gb_out),
            classes: self.classes.iter().map(|(id, class)| (id.clone(), (*class).into())).collect(),
        }
    }
}

fn out_of_range(prices: &[(&str, Option<f64>)]) -> Option<String> {
    let wrong = prices.iter().find(|(_, price)| price.is_some_and(|usd| !(0.0..=MOST).contains(&usd)));
    wrong.map(|(name, price)| format!("{name} is {}, not between 0 and {MOST}", price.unwrap_or_default()))
}

fn bad(path: &Path, why: &str) -> AppError {
    AppError::config(
        ErrorCode::PricesBad,
        format!("the price file {} is not as expected: {}", shown(&path.display().to_string()), shown(why)),
        "repair it, or move it away to reckon with list prices; docs/prices.md shows its form",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{ "version": 1, "prices": [
        { "provider": "aws", "per_gb_out": 0.05 },
        { "provider": "aws", "region": "eu-north-1", "name": "our contract", "per_1000_put": 0.0053, "per_gb_month": 0.021 },
        { "provider": "other", "per_gb_month": 0.004 } ] }"#;

    #[test]
    fn the_nearest_price_counts_and_the_list_fills_in() {
        let (prices, aws) = (Prices::parse(FILE).unwrap(), price_list("aws"));
        let stockholm = prices.of("aws", Some("eu-north-1"));
        assert_eq!(
            (&*stockholm.name, stockholm.per_1000_writes, stockholm.per_gb_month),
            ("our contract", 0.0053, 0.021)
        );
        assert_eq!((stockholm.per_1000_reads, stockholm.per_gb_out), (aws.per_1000_reads, aws.per_gb_out));
        for region in [Some("us-east-1"), None] {
            let elsewhere = prices.of("aws", region);
            assert_eq!((&*elsewhere.name, elsewhere.per_gb_out), ("your own prices", 0.05));
            assert_eq!(elsewhere.per_1000_writes, aws.per_1000_writes);
        }
        assert_eq!(prices.of("other", Some("x")).per_gb_month, 0.004);
        assert_eq!(prices.of("b2", None), price_list("b2"));
    }

    #[test]
    fn a_file_that_is_not_as_expected_is_named_with_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.json");
        assert_eq!(Prices::load(&path).unwrap(), Prices::default());
        let with = |entry: &str| format!(r#"{{ "version": 1, "prices": [ {entry} ] }}"#);
        for (text, word) in [
            ("{".into(), "line 1"),
            (r#"{ "prices": [] }"#.into(), "version"),
            (r#"{ "version": 2, "prices": [] }"#.into(), "its version is 2"),
            (with(r#"{ "region": "x" }"#), "provider"),
            (with(r#"{ "provider": "amazon" }"#), "no such provider; known are aws, b2"),
            (with(r#"{ "provider": "aws", "per_1000_puts": 1 }"#), "per_1000_puts"),
            (with(r#"{ "provider": "aws", "per_1000_put": "1" }"#), "string"),
            (with(r#"{ "provider": "aws", "per_gb_month": -1 }"#), "per_gb_month is -1"),
            (with(r#"{ "provider": "aws", "per_gb_out": 1e9 }"#), "not between 0 and 1000"),
            (with(r#"{ "provider": "aws", "classes": { "COLD": {} } }"#), "no storage class COLD"),
            (with(r#"{ "provider": "aws", "classes": { "STANDARD": {} } }"#), "no storage class STANDARD"),
            (
                with(r#"{ "provider": "aws", "classes": { "GLACIER": { "back_per_gb": -1 } } }"#),
                "GLACIER: back_per_gb is -1",
            ),
            (
                with(r#"{ "provider": "aws", "classes": { "GLACIER_IR": { "back_per_gb": 1 } } }"#),
                "need not be brought back",
            ),
            (with(r#"{ "provider": "b2" }, { "provider": "b2" }"#), "price 2 (b2): the same"),
        ] {
            fs::write(&path, &text).unwrap();
            let error = Prices::load(&path).unwrap_err();
            assert_eq!(error.code, ErrorCode::PricesBad, "{text}");
            assert!(error.message.contains("prices.json") && error.message.contains(word), "{text}: {error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
