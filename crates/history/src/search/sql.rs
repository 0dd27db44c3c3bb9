//! Search in the database. Rare words are found by their trigrams, frequent ones by walking back in time: whichever
//! touches fewer rows. What is too short for trigrams and not met on that way is found by one pass over the table as it
//! lies on the disk, which takes a tenth of looking up each row in order of time.

use std::collections::HashSet;

use rusqlite::types::Value;

use super::{Query, Word};
use crate::{
    Database, Entry, Result,
    database::{COLUMNS, read_entry},
};

/// Up to so many candidates are looked up one by one; more means that the latest are soon met on the way back in time.
const MOST_CANDIDATES: usize = 5_000;
/// Rows that are looked at on the way back in time before the pass begins.
const MOST_STEPS: usize = 20_000;
/// Characters of a trigram.
const TRIGRAM: usize = 3;

impl Database {
    /// The latest entries that fit, latest first.
    pub fn search(&self, query: &Query) -> Result<Vec<Entry>> {
        match self.candidates(query)? {
            Some(rows) => self.pick(query, rows),
            None => match self.walk(query, MOST_STEPS)? {
                Some(found) => Ok(found),
                None => self.pass(query),
            },
        }
    }

    /// Rows of all entries that hold the trigrams of the words, when these are few.
    fn candidates(&self, query: &Query) -> Result<Option<Vec<i64>>> {
        let Some(expression) = trigrams(&query.words) else { return Ok(None) };
        let sql = "SELECT rowid FROM found WHERE found MATCH ?1 LIMIT ?2";
        let mut find = self.conn.prepare_cached(sql)?;
        let rows = find.query_map((expression, MOST_CANDIDATES as i64 + 1), |row| row.get(0))?;
        let rows: Vec<i64> = rows.collect::<Result<_, _>>()?;
        Ok((rows.len() <= MOST_CANDIDATES).then_some(rows))
    }

    fn pick(&self, query: &Query, rows: Vec<i64>) -> Result<Vec<Entry>> {
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE row = ?1"))?;
        let mut found = Vec::new();
        for row in rows {
            found.extend(
                find.query_map([row], read_entry)?.filter(fits_or_failed(query)).collect::<Result<Vec<_>, _>>()?,
            );
        }
        found.sort_by_key(|entry| std::cmp::Reverse((entry.start_time, entry.entry_id)));
        let mut taken = Taken::new(query);
        found.retain(|entry| taken.takes(entry));
        found.truncate(taken.limit);
        Ok(found)
    }

    /// Nothing when so many steps back in time were too few.
    fn walk(&self, query: &Query, steps: usize) -> Result<Option<Vec<Entry>>> {
        let (conditions, values) = conditions(query, Deciding::InOrderOfTime);
        let sql =
            format!("SELECT {COLUMNS} FROM entries WHERE {conditions} ORDER BY start DESC, id DESC LIMIT {steps}");
        let mut find = self.conn.prepare_cached(&sql)?;
        let mut rows = find.query(rusqlite::params_from_iter(values))?;
        let mut taken = Taken::new(query);
        let (mut found, mut stepped) = (Vec::new(), 0);
        while found.len() < taken.limit
            && let Some(row) = rows.next()?
        {
            stepped += 1;
            let command = row.get_ref(4)?.as_str().unwrap_or_default();
            if query.words.iter().all(|word| word.fits(command)) {
                let entry = read_entry(row)?;
                if query.fits(&entry) && taken.takes(&entry) {
                    found.push(entry);
                }
            }
        }
        Ok((found.len() >= taken.limit || stepped < steps).then_some(found))
    }

    fn pass(&self, query: &Query) -> Result<Vec<Entry>> {
        let (conditions, values) = conditions(query, Deciding::All);
        let sql = format!("SELECT start, id, row, command FROM entries NOT INDEXED WHERE {conditions}");
        let mut pass = self.conn.prepare_cached(&sql)?;
        let mut rows = pass.query(rusqlite::params_from_iter(values))?;
        let mut hits: Vec<(i64, [u8; 16], i64)> = Vec::new();
        while let Some(row) = rows.next()? {
            let command = row.get_ref(3)?.as_str().unwrap_or_default();
            if query.words.iter().all(|word| word.fits(command)) {
                hits.push((row.get(0)?, row.get(1)?, row.get(2)?));
            }
        }
        hits.sort_unstable_by(|left, right| right.cmp(left));
        let mut find = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE row = ?1"))?;
        let mut taken = Taken::new(query);
        let mut found = Vec::new();
        for (_, _, row) in hits {
            if found.len() >= taken.limit {
                break;
            }
            let entry = find.query_row([row], read_entry)?;
            if query.fits(&entry) && taken.takes(&entry) {
                found.push(entry);
            }
        }
        Ok(found)
    }
}

fn fits_or_failed(query: &Query) -> impl FnMut(&rusqlite::Result<Entry>) -> bool + '_ {
    |entry| entry.as_ref().map_or(true, |entry| query.fits(entry))
}

/// What was taken already, for `unique` and `limit`.
struct Taken {
    seen: Option<HashSet<String>>,
    limit: usize,
}

impl Taken {
    fn new(query: &Query) -> Self {
        let limit = if query.limit == 0 { usize::MAX } else { query.limit };
        Self { seen: query.unique.then(HashSet::new), limit }
    }

    fn takes(&mut self, entry: &Entry) -> bool {
        self.seen.as_mut().is_none_or(|seen| seen.insert(entry.command.clone()))
    }
}

/// An FTS5 expression that every fitting line fulfils; none when no word is long enough.
fn trigrams(words: &[Word]) -> Option<String> {
    let mut parts = Vec::new();
    for word in words.iter().filter(|word| !word.excluded) {
        let characters: Vec<char> = word.text.chars().collect();
        parts.extend(characters.windows(TRIGRAM).map(|three| {
            let three: String = three.iter().collect();
            format!("\"{}\"", three.replace('"', "\"\""))
        }));
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// How much of a query SQLite decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deciding {
    /// What an index in order of time decides, so that a row that is looked at counts as a step.
    InOrderOfTime,
    /// Everything that it can.
    All,
}

fn conditions(query: &Query, deciding: Deciding) -> (String, Vec<Value>) {
    let mut conditions = vec!["1".to_owned()];
    let mut values = Vec::new();
    let mut add = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(condition.replace('?', &format!("?{}", values.len())));
    };
    if let Some(after) = query.after {
        add("start >= ?", after.as_micros().into());
    }
    if let Some(before) = query.before {
        add("start < ?", before.as_micros().into());
    }
    if let Some(session) = &query.session {
        add("session = ?", session.clone().into());
    }
    if deciding == Deciding::All {
        if let Some(host) = &query.host {
            add("host = ?", host.clone().into());
        }
        if let Some(device) = query.device {
            add("device = ?", device.as_bytes().to_vec().into());
        }
        if let Some(exit) = query.exit {
            add("exit = ?", i64::from(exit).into());
        }
    }
    if query.failed {
        conditions.push("exit <> 0".to_owned());
    }
    (conditions.join(" AND "), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_words_that_must_be_there_have_trigrams() {
        let excluded = Word { text: "abcdef".into(), excluded: true };
        assert_eq!(trigrams(&[Word::new("ab"), excluded]), None);
        assert_eq!(trigrams(&[Word::new("a\"bc")]).unwrap(), "\"a\"\"b\" AND \"\"\"bc\"");
    }

    /// Lines of which some are too short for a trigram, newest last.
    fn lines() -> Database {
        let lines = ["ls", "ls -la", "no", "echo no", "git log", "ls", "make", "git status", "echo NO"];
        let entry = |(nth, line): (usize, &&str)| Entry {
            entry_id: uuid::Uuid::from_u128(nth as u128 + 1),
            command: (*line).into(),
            hostname: if nth % 2 == 0 { "even" } else { "odd" }.into(),
            exit_code: Some((nth % 3) as i32),
            start_time: crate::Time::from_seconds(100 - (nth as i64 % 4)),
            ..Entry::default()
        };
        let mut database = Database::in_memory().unwrap();
        let entries: Vec<Entry> = lines.iter().enumerate().map(entry).collect();
        database.record(&entries, crate::Origin::Here).unwrap();
        database
    }

    #[test]
    fn a_walk_back_in_time_and_a_pass_over_the_table_find_the_same() {
        let database = lines();
        let words: [&[&str]; 6] = [&[], &["no"], &["ls"], &["g"], &["zz"], &["ls", "l"]];
        for (words, limit, unique, failed, host) in words.iter().flat_map(|words| {
            [0, 1, 3].into_iter().flat_map(move |limit| {
                [(false, false, None), (true, false, None), (false, true, Some("odd")), (true, true, Some("none"))]
                    .map(|(unique, failed, host)| (*words, limit, unique, failed, host))
            })
        }) {
            let words = words.iter().map(|word| Word::new(*word)).collect();
            let host = host.map(str::to_owned);
            let query = Query { words, limit, unique, failed, host, ..Query::default() };
            let walked = database.walk(&query, usize::MAX >> 1).unwrap().expect("steps enough");
            assert_eq!(database.pass(&query).unwrap(), walked, "{query:?}");
            assert_eq!(database.search(&query).unwrap(), walked, "{query:?}");
        }
    }

    #[test]
    fn a_walk_ends_after_its_steps_unless_it_has_enough() {
        let database = lines();
        let query = |text: &str, limit| Query { words: vec![Word::new(text)], limit, ..Query::default() };
        assert_eq!(database.walk(&query("zz", 1), 5).unwrap(), None);
        assert_eq!(database.walk(&query("zz", 1), 10).unwrap(), Some(Vec::new()));
        assert_eq!(database.walk(&query("l", 1), 5).unwrap().map(|found| found.len()), Some(1));
        let elsewhere = Query { host: Some("none".into()), limit: 1, ..Query::default() };
        assert_eq!(database.walk(&elsewhere, 5).unwrap(), None, "rows of other computers are steps, too");
    }
}
