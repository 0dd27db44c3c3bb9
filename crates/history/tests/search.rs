//! Three ways to search, one answer: the database, the resident index, and looking at every entry.

use holdfast_history::{Database, Entry, Index, Origin, Query, Time, Uuid, Word};
use proptest::prelude::*;

fn entry(number: u128, command: &str, start: i64) -> Entry {
    Entry {
        entry_id: Uuid::from_u128(number),
        command: command.to_owned(),
        start_time: Time::from_seconds(start),
        ..Entry::default()
    }
}

/// Looks at every entry.
fn plain_search(entries: &[Entry], query: &Query) -> Vec<Entry> {
    let mut found: Vec<Entry> = entries.iter().filter(|entry| query.fits(entry)).cloned().collect();
    found.sort_by_key(|entry| std::cmp::Reverse(entry.start_time));
    let mut seen = std::collections::HashSet::new();
    found.retain(|entry| !query.unique || seen.insert(entry.command.clone()));
    if query.limit > 0 {
        found.truncate(query.limit);
    }
    found
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let one = ("[abcAÄ]{0,5}", "/[ab]{0,1}", "[xy]", -1i32..2, 0i64..1_000_000);
    proptest::collection::vec(one, 0..40).prop_map(|all| {
        let mut all: Vec<Entry> = all
            .into_iter()
            .enumerate()
            .map(|(number, (command, folder, host, exit, start))| Entry {
                current_working_directory: folder,
                hostname: host.clone(),
                session: host,
                exit_code: (exit >= 0).then_some(exit),
                ..entry(number as u128, &command, start)
            })
            .collect();
        // Two entries of one moment may come in any order.
        all.sort_by_key(|entry| entry.start_time);
        all.dedup_by_key(|entry| entry.start_time);
        all
    })
}

fn queries() -> impl Strategy<Value = Query> {
    let words = proptest::collection::vec(("[abcAÄ]{1,4}", any::<bool>()), 0..3);
    let filters = (proptest::option::of("/[ab]{0,1}"), proptest::option::of("[xy]"), proptest::option::of(0i32..2));
    let rest = (any::<bool>(), any::<bool>(), 0usize..6, proptest::option::of(0i64..1_000_000));
    (words, filters, rest).prop_map(|(words, (directory, host, exit), (failed, unique, limit, after))| Query {
        words: words.into_iter().map(|(text, excluded)| Word { text, excluded }).collect(),
        directory,
        session: host.clone(),
        host,
        exit,
        failed,
        unique,
        limit,
        after: after.map(Time::from_seconds),
        ..Query::default()
    })
}

proptest! {
    #[test]
    fn every_way_to_search_finds_the_same(
        entries in entries(), queries in proptest::collection::vec(queries(), 1..6), gone in 0usize..40,
    ) {
        let mut database = Database::in_memory().unwrap();
        let (early, late) = entries.split_at(entries.len() / 2);
        database.record(late, Origin::Here).unwrap();
        let mut index = Index::load(&database).unwrap();
        database.record(early, Origin::Backend).unwrap();
        index.refresh(&database).unwrap();
        let mut kept = entries.clone();
        if gone < kept.len() {
            database.delete(&[kept.remove(gone).entry_id], Origin::Here).unwrap();
        }
        for query in queries {
            let expected = plain_search(&kept, &query);
            prop_assert_eq!(&database.search(&query).unwrap(), &expected, "{:?}", query);
            prop_assert_eq!(&index.search(&database, &query).unwrap(), &expected, "{:?}", query);
        }
    }
}

#[test]
fn frequent_and_rare_words_are_found_among_many() {
    let mut database = Database::in_memory().unwrap();
    let all: Vec<Entry> = (0..30_000)
        .map(|number| match number {
            17 => entry(17, "rare --needle", 17),
            number => entry(number as u128, &format!("git commit -m 'change {number}'"), number),
        })
        .collect();
    database.record(&all, Origin::Here).unwrap();
    let index = Index::load(&database).unwrap();
    for (text, expected) in [("needle", 17), ("commit", 29_999), ("change 23'", 23), ("ge 2999", 29_999)] {
        let query = Query { words: vec![Word::new(text)], limit: 5, ..Query::default() };
        let newest = Some(Uuid::from_u128(expected));
        assert_eq!(database.search(&query).unwrap().first().map(|entry| entry.entry_id), newest, "{text}");
        assert_eq!(index.search(&database, &query).unwrap().first().map(|entry| entry.entry_id), newest, "{text}");
    }
}
