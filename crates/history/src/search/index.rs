//! All command lines in memory, for search at every key press.

mod answers;

use std::collections::HashMap;

use super::{
    Query,
    lines::{Lines, Test},
    query::is_in,
};
use crate::{
    Database, Entry, Result,
    database::{COLUMNS, read_entry},
};

pub use answers::{HostSummary, LineSummary, Summary, Uses};

/// So many of the latest entries are looked at one by one, where frequent words soon have enough answers, before a word
/// is looked for in all lines at once.
const ONE_BY_ONE: usize = 20_000;

/// All entries in order of time. A line, folder, computer or session that repeats is kept once: some 40 bytes an entry
/// and twice the length of each distinct line.
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Indexed>,
    lines: Lines,
    texts: Texts,
    /// The last row of the database that was read.
    last_row: i64,
}

#[derive(Debug, Clone, Copy)]
struct Indexed {
    start: i64,
    row: i64,
    line: u32,
    folder: u32,
    host: u32,
    session: u32,
}

/// Short texts, each known by a number.
#[derive(Debug, Default)]
struct Texts {
    all: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// For each number whether it fits; none when nothing is asked.
    fn fitting(&self, wanted: Option<&String>, fits: impl Fn(&str, &str) -> bool) -> Option<Vec<bool>> {
        wanted.map(|wanted| self.all.iter().map(|text| fits(text, wanted)).collect())
    }
}

impl Index {
    /// Reads the whole database.
    pub fn load(database: &Database) -> Result<Self> {
        let mut index = Self::default();
        index.refresh(database)?;
        Ok(index)
    }

    /// Reads what came since.
    pub fn refresh(&mut self, database: &Database) -> Result<()> {
        let known = self.entries.len();
        let sql = "SELECT row, start, command, cwd, host, session FROM entries WHERE row > ?1 ORDER BY row";
        let mut find = database.conn.prepare_cached(sql)?;
        let mut rows = find.query([self.last_row])?;
        while let Some(row) = rows.next()? {
            let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            self.last_row = row.get(0)?;
            self.entries.push(Indexed {
                row: self.last_row,
                start: row.get(1)?,
                line: self.lines.number(text(2)?),
                folder: self.texts.number(text(3)?),
                host: self.texts.number(text(4)?),
                session: self.texts.number(text(5)?),
            });
        }
        if self.entries.len() > known {
            self.entries.sort_by_key(|entry| (entry.start, entry.row));
        }
        Ok(())
    }

    /// How many entries were read; those deleted since count.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The latest entries that fit, latest first: as [`Database::search`], for many questions one after another.
    pub fn search(&self, database: &Database, query: &Query) -> Result<Vec<Entry>> {
        let limit = if query.limit == 0 { usize::MAX } else { query.limit };
        let mut answer = Answer {
            query,
            limit,
            seen: query.unique.then(|| vec![false; self.lines.len()]),
            read: database.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE row = ?1"))?,
            entries: Vec::new(),
        };
        let filter = self.filter(query);
        let (older, latest) = self.entries.split_at(self.entries.len().saturating_sub(ONE_BY_ONE));
        let test = Test::new(&self.lines, &query.words);
        answer.take(latest, |entry| filter.fits(entry) && test.fits(entry.line as usize))?;
        if answer.entries.len() < limit && !older.is_empty() {
            let fitting = self.lines.fitting(&query.words);
            answer.take(older, |entry| fitting[entry.line as usize] && filter.fits(entry))?;
        }
        Ok(answer.entries)
    }
}

impl Index {
    fn filter(&self, query: &Query) -> Filter {
        Filter {
            folders: self.texts.fitting(query.directory.as_ref(), is_in),
            hosts: self.texts.fitting(query.host.as_ref(), |text, wanted| text == wanted),
            sessions: self.texts.fitting(query.session.as_ref(), |text, wanted| text == wanted),
            after: query.after.map_or(i64::MIN, |time| time.as_micros()),
            before: query.before.map_or(i64::MAX, |time| time.as_micros()),
        }
    }
}

struct Filter {
    folders: Option<Vec<bool>>,
    hosts: Option<Vec<bool>>,
    sessions: Option<Vec<bool>>,
    after: i64,
    before: i64,
}

impl Filter {
    fn fits(&self, entry: &Indexed) -> bool {
        let one = |fitting: &Option<Vec<bool>>, number: u32| fitting.as_ref().is_none_or(|all| all[number as usize]);
        one(&self.folders, entry.folder)
            && one(&self.hosts, entry.host)
            && one(&self.sessions, entry.session)
            && (self.after..self.before).contains(&entry.start)
    }
}

struct Answer<'a> {
    query: &'a Query,
    limit: usize,
    /// By the number of the line, where only the latest of equal lines is wanted.
    seen: Option<Vec<bool>>,
    read: rusqlite::CachedStatement<'a>,
    entries: Vec<Entry>,
}

impl Answer<'_> {
    /// Takes what fits, latest first. What the index does not know is asked of the entry itself.
    fn take(&mut self, from: &[Indexed], fits: impl Fn(&Indexed) -> bool) -> Result<()> {
        for indexed in from.iter().rev() {
            if self.entries.len() >= self.limit {
                break;
            }
            if self.is_seen(indexed.line) || !fits(indexed) {
                continue;
            }
            let mut rows = self.read.query([indexed.row])?;
            if let Some(row) = rows.next()? {
                let entry = read_entry(row)?;
                if self.query.fits(&entry) {
                    self.entries.push(entry);
                    if let Some(seen) = &mut self.seen {
                        seen[indexed.line as usize] = true;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_seen(&self, line: u32) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen[line as usize])
    }
}
