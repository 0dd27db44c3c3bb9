//! Fills an index with 100,000 records and prints how long questions take.

use std::{collections::BTreeMap, time::Instant};

use holdfast_records::{
    Uuid,
    model::{Fields, Kind},
    search::Index,
    versions::{Content, FORMAT, Node, Version, VersionId},
};

const RECORDS: u128 = 100_000;

fn record(at: u128) -> Version {
    let fields = Fields::default()
        .with("reasonCode", format!("Besuch {at} bei Frau Doktor Ärmel"))
        .with("note", "Eine längere Notiz, wie man sie schreibt, wenn etwas zu merken ist. ".repeat(4));
    let id = VersionId { number: 1, device: Uuid::nil() };
    Version {
        format: FORMAT,
        record: Uuid::from_u128(at + 1),
        node: Node { id, clock: 1, parents: vec![], deleted: false, time: at as i64 },
        author: String::new(),
        content: Content::new(Kind::Visit, fields),
        later: BTreeMap::new(),
    }
}

fn main() {
    let begun = Instant::now();
    let mut index = Index::default();
    (0..RECORDS).for_each(|at| index.put(Uuid::nil(), &record(at)));
    println!("{} records in {:.0?}", index.len(), begun.elapsed());
    for query in ["", "armel", "77777", "langere notiz merken", "doktor zzz", "e"] {
        let begun = Instant::now();
        let found = index.find(query, None, 50);
        println!("{:?} {query:?}: {} found", begun.elapsed(), found.total);
    }
}
