//! Search in the database. Rare words are found by their trigrams, frequent ones by walking back in time: whichever
//! touches fewer rows.

use std::collections::HashSet;

use rusqlite::types::Value;

use super::{Query, Word};
use crate::{
    Database, Entry, Result,
    database::{COLUMNS, read_entry},
};

/// Up to so many candidates are looked up one by one; more means that the latest are soon met on the way back in time.
const MOST_CANDIDATES: usize = 5_000;
/// Characters of a trigram.
const TRIGRAM: usize = 3;

impl Database {
    /// The latest entries that fit, latest first.
    pub fn search(&self, query: &Query) -> Result<Vec<Entry>> {
        match self.candidates(query)? {
            Some(rows) => self.pick(query, rows),
            None => self.walk(query),
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

    fn walk(&self, query: &Query) -> Result<Vec<Entry>> {
        let (conditions, values) = conditions(query);
        let sql = format!("SELECT {COLUMNS} FROM entries WHERE {conditions} ORDER BY start DESC, id DESC");
        let mut find = self.conn.prepare_cached(&sql)?;
        let mut rows = find.query(rusqlite::params_from_iter(values))?;
        let mut taken = Taken::new(query);
        let mut found = Vec::new();
        while found.len() < taken.limit
            && let Some(row) = rows.next()?
        {
            let command = row.get_ref(4)?.as_str().unwrap_or_default();
            if query.words.iter().all(|word| word.fits(command)) {
                let entry = read_entry(row)?;
                if query.fits(&entry) && taken.takes(&entry) {
                    found.push(entry);
                }
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

/// The part of a query that SQLite decides with its indexes.
fn conditions(query: &Query) -> (String, Vec<Value>) {
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
    if let Some(host) = &query.host {
        add("host = ?", host.clone().into());
    }
    if let Some(device) = query.device {
        add("device = ?", device.as_bytes().to_vec().into());
    }
    if let Some(exit) = query.exit {
        add("exit = ?", i64::from(exit).into());
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
}
