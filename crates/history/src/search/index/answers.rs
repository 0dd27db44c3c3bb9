//! All answers to a question at once: how many there are, any part of them, and what they have in common.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::{Index, Indexed};
use crate::{
    Database, Entry, Query, Result, Time,
    database::{COLUMNS, read_entry},
    search::lines::Test,
};

const HOUR: i64 = 3_600 * 1_000_000;
const DAY: i64 = 24 * HOUR;

/// What entries have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many entries.
    pub entries: u64,
    /// How many of them ended with another code than 0.
    pub failed: u64,
    /// Computers, the one with most entries first.
    pub hosts: Vec<HostSummary>,
    /// Lines that were run most.
    pub lines: Vec<LineSummary>,
    /// Folders in which most was run.
    pub folders: Vec<(String, u64)>,
    /// Entries by the hour of the day where the person is; entries without a time are in none.
    pub hours: [u64; 24],
    /// Entries by day since 1970 where the person is, oldest first, with those that failed; only days with entries.
    pub days: Vec<(i64, u64, u64)>,
}

/// A computer's part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostSummary {
    /// Its name; empty where it is not known.
    pub host: String,
    /// Entries of it.
    pub entries: u64,
    /// Those that failed.
    pub failed: u64,
    /// When the last one was started.
    pub last: Time,
}

/// A line's part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineSummary {
    /// The line.
    pub line: String,
    /// How often it was run.
    pub entries: u64,
    /// How often it failed.
    pub failed: u64,
}

/// How often one line was run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// In all.
    pub times: u64,
    /// Since the given time.
    pub lately: u64,
    /// Where it was run most, and how often there.
    pub mostly_on: Option<(String, u64)>,
}

impl Index {
    /// Takes out what is deleted by now. Cheap while nothing is.
    pub fn forget_deleted(&mut self, database: &Database) -> Result<()> {
        if database.count()? == self.entries.len() as u64 {
            return Ok(());
        }
        let mut find = database.conn.prepare_cached("SELECT row FROM entries")?;
        let rows = find.query_map([], |row| row.get::<_, i64>(0))?;
        let mut live: Vec<i64> = rows.collect::<Result<_, _>>()?;
        live.sort_unstable();
        self.entries.retain(|entry| live.binary_search(&entry.row).is_ok());
        Ok(())
    }

    /// The places of all entries that fit any of the questions, latest first. `limit` is not asked, `unique` of the first.
    pub fn answers(&self, database: &Database, queries: &[Query]) -> Result<Vec<u32>> {
        let mut fitting = vec![false; self.entries.len()];
        for query in queries {
            self.mark(database, query, &mut fitting)?;
        }
        let mut seen = queries.iter().any(|query| query.unique).then(|| vec![false; self.lines.len()]);
        let is_first = |entry: &Indexed, seen: &mut Option<Vec<bool>>| match seen {
            Some(seen) => !std::mem::replace(&mut seen[entry.line as usize], true),
            None => true,
        };
        let places = (0..self.entries.len()).rev();
        Ok(places
            .filter(|place| fitting[*place] && is_first(&self.entries[*place], &mut seen))
            .map(|place| place as u32)
            .collect())
    }

    fn mark(&self, database: &Database, query: &Query, fitting: &mut [bool]) -> Result<()> {
        let filter = self.filter(query);
        let lines = match query.words.is_empty() {
            true => None,
            false => Some(self.lines.fitting(&query.words)),
        };
        let failed = if query.failed { Some(failed_rows(database)?) } else { None };
        let asks_more = query.user.is_some() || query.device.is_some() || query.exit.is_some();
        let mut read = database.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE row = ?1"))?;
        for (place, entry) in self.entries.iter().enumerate().filter(|(_, entry)| {
            lines.as_ref().is_none_or(|lines| lines[entry.line as usize])
                && filter.fits(entry)
                && failed.as_ref().is_none_or(|rows| rows.binary_search(&entry.row).is_ok())
        }) {
            fitting[place] = fitting[place]
                || !asks_more
                || read.query_map([entry.row], read_entry)?.next().transpose()?.is_some_and(|found| query.fits(&found));
        }
        Ok(())
    }

    /// The entries at these places; those that were deleted meanwhile are left out.
    pub fn read(&self, database: &Database, places: &[u32]) -> Result<Vec<Entry>> {
        let mut find = database.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE row = ?1"))?;
        let mut entries = Vec::with_capacity(places.len());
        for entry in places.iter().filter_map(|place| self.entries.get(*place as usize)) {
            entries.extend(find.query_map([entry.row], read_entry)?.next().transpose()?);
        }
        Ok(entries)
    }

    /// What the entries at these places have in common; at most `most` lines and folders.
    pub fn summary(&self, database: &Database, places: &[u32], zone: &TimeZone, most: usize) -> Result<Summary> {
        let failed = failed_rows(database)?;
        let mut counts = Counts::default();
        let mut local = Local { zone, hour: i64::MIN, offset: 0 };
        for entry in places.iter().filter_map(|place| self.entries.get(*place as usize)) {
            let is_failed = failed.binary_search(&entry.row).is_ok();
            let local = (entry.start > 0).then(|| local.micros(entry.start));
            counts.add(entry, is_failed, local);
        }
        Ok(counts.summary(self, most))
    }

    /// How often a line was run.
    pub fn uses(&self, line: &str, since: Time) -> Uses {
        let Some(number) = self.lines.find(line) else { return Uses::default() };
        let mut hosts: HashMap<u32, u64> = HashMap::new();
        let mut uses = Uses::default();
        for entry in self.entries.iter().filter(|entry| entry.line == number) {
            uses.times += 1;
            uses.lately += u64::from(entry.start >= since.as_micros());
            *hosts.entry(entry.host).or_default() += 1;
        }
        let most = hosts.into_iter().max_by_key(|(host, count)| (*count, std::cmp::Reverse(*host)));
        uses.mostly_on = most.map(|(host, count)| (self.texts.all[host as usize].clone(), count));
        uses
    }

    /// The latest entries whose line has `part` in it, exactly as written.
    pub fn with_part(&self, database: &Database, part: &str) -> Result<Vec<Entry>> {
        let words = [super::super::Word::new(part)];
        let test = Test::new(&self.lines, &words);
        let fitting: Vec<bool> = (0..self.lines.len()).map(|line| test.fits(line)).collect();
        let places: Vec<u32> = (0..self.entries.len() as u32)
            .rev()
            .filter(|place| fitting[self.entries[*place as usize].line as usize])
            .collect();
        let mut entries = self.read(database, &places)?;
        entries.retain(|entry| entry.command.contains(part));
        Ok(entries)
    }
}

/// Rows of entries that failed, in order: by an index of its own.
fn failed_rows(database: &Database) -> Result<Vec<i64>> {
    let mut find = database.conn.prepare_cached("SELECT row FROM entries WHERE exit <> 0")?;
    let mut rows: Vec<i64> = find.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    rows.sort_unstable();
    Ok(rows)
}

/// Local time; the clock of an hour is looked up once.
struct Local<'a> {
    zone: &'a TimeZone,
    hour: i64,
    offset: i64,
}

impl Local<'_> {
    fn micros(&mut self, start: i64) -> i64 {
        // Clocks are set at quarters of an hour at the finest.
        let hour = start.div_euclid(HOUR / 4);
        if hour != self.hour {
            let offset = self.zone.to_offset(Time::from_micros(start).timestamp());
            (self.hour, self.offset) = (hour, i64::from(offset.seconds()) * 1_000_000);
        }
        start + self.offset
    }
}

#[derive(Default)]
struct Counts {
    entries: u64,
    failed: u64,
    hosts: HashMap<u32, (u64, u64, i64)>,
    lines: HashMap<u32, (u64, u64)>,
    folders: HashMap<u32, u64>,
    hours: [u64; 24],
    days: HashMap<i64, (u64, u64)>,
}

impl Counts {
    fn add(&mut self, entry: &Indexed, is_failed: bool, local: Option<i64>) {
        let one = u64::from(is_failed);
        (self.entries, self.failed) = (self.entries + 1, self.failed + one);
        let host = self.hosts.entry(entry.host).or_default();
        *host = (host.0 + 1, host.1 + one, host.2.max(entry.start));
        let line = self.lines.entry(entry.line).or_default();
        *line = (line.0 + 1, line.1 + one);
        *self.folders.entry(entry.folder).or_default() += 1;
        if let Some(local) = local {
            self.hours[(local.rem_euclid(DAY) / HOUR) as usize] += 1;
            let day = self.days.entry(local.div_euclid(DAY)).or_default();
            *day = (day.0 + 1, day.1 + one);
        }
    }

    fn summary(self, index: &Index, most: usize) -> Summary {
        let text = |number: u32| index.texts.all[number as usize].clone();
        let mut hosts: Vec<HostSummary> = self
            .hosts
            .into_iter()
            .map(|(host, (entries, failed, last))| HostSummary {
                host: text(host),
                entries,
                failed,
                last: Time::from_micros(last),
            })
            .collect();
        hosts.sort_by(|a, b| (b.entries, &a.host).cmp(&(a.entries, &b.host)));
        let lines = largest(self.lines.into_iter().map(|(line, counts)| (counts.0, line, counts.1)), most)
            .into_iter()
            .map(|(entries, line, failed)| LineSummary { line: index.lines.text(line), entries, failed })
            .collect();
        let folders = largest(self.folders.into_iter().map(|(folder, count)| (count, folder, 0)), most);
        let folders = folders.into_iter().map(|(count, folder, _)| (text(folder), count)).collect();
        let mut days: Vec<_> = self.days.into_iter().map(|(day, (entries, failed))| (day, entries, failed)).collect();
        days.sort_unstable();
        Summary { entries: self.entries, failed: self.failed, hosts, lines, folders, hours: self.hours, days }
    }
}

fn largest(counted: impl Iterator<Item = (u64, u32, u64)>, most: usize) -> Vec<(u64, u32, u64)> {
    let mut all: Vec<_> = counted.collect();
    all.sort_unstable_by_key(|(count, number, _)| (std::cmp::Reverse(*count), *number));
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Origin;

    const NOON: i64 = 1_795_219_200 + 12 * 3_600;

    fn entry(number: u128, command: &str, host: &str, exit: i32, seconds: i64) -> Entry {
        Entry {
            entry_id: Uuid::from_u128(number),
            command: command.into(),
            hostname: host.into(),
            exit_code: Some(exit),
            start_time: Time::from_seconds(seconds),
            end_time: Some(Time::from_seconds(seconds)),
            current_working_directory: "/srv".into(),
            ..Entry::default()
        }
    }

    fn filled() -> (Database, Index) {
        let mut database = Database::in_memory().unwrap();
        let entries = [
            entry(1, "make test", "mill", 2, NOON),
            entry(2, "make test", "mill", 0, NOON + 60),
            entry(3, "git push", "loft", 0, NOON + 3_600),
            entry(4, "ls", "loft", 0, 0),
        ];
        database.record(&entries, Origin::Here).unwrap();
        let index = Index::load(&database).unwrap();
        (database, index)
    }

    fn asked(texts: &[&str]) -> Vec<Query> {
        texts.iter().map(|text| Query::parse(text, &TimeZone::UTC)).collect()
    }

    #[test]
    fn all_answers_are_counted_and_any_part_of_them_can_be_read() {
        let (database, index) = filled();
        for (questions, unique, expected) in [
            (&["make"][..], false, &[2_u128, 1][..]),
            (&["make"], true, &[2]),
            (&["make", "git"], false, &[3, 2, 1]),
            (&["failed:yes"], false, &[1]),
            (&["exit:2"], false, &[1]),
            (&["host:loft"], false, &[3, 4]),
            (&[""], false, &[3, 2, 1, 4]),
            (&["nothing"], false, &[]),
        ] {
            let mut queries = asked(questions);
            queries.iter_mut().for_each(|query| query.unique = unique);
            let places = index.answers(&database, &queries).unwrap();
            let found: Vec<u128> =
                index.read(&database, &places).unwrap().iter().map(|entry| entry.entry_id.as_u128()).collect();
            assert_eq!(found, expected, "{questions:?}");
        }
    }

    #[test]
    fn what_entries_have_in_common_is_counted() {
        let (database, index) = filled();
        let places = index.answers(&database, &asked(&[""])).unwrap();
        let summary = index.summary(&database, &places, &TimeZone::UTC, 1).unwrap();
        assert_eq!((summary.entries, summary.failed), (4, 1));
        assert_eq!(summary.lines, [LineSummary { line: "make test".into(), entries: 2, failed: 1 }]);
        assert_eq!((summary.hours[12], summary.hours[13], summary.hours[0]), (2, 1, 0), "no time is no hour");
        assert_eq!(summary.days, [(NOON / 86_400, 3, 1)]);
        assert_eq!(summary.folders, [("/srv".to_owned(), 4)]);
        let hosts: Vec<_> = summary.hosts.iter().map(|host| (host.host.as_str(), host.entries, host.failed)).collect();
        assert_eq!(hosts, [("loft", 2, 0), ("mill", 2, 1)]);
    }

    #[test]
    fn deleted_entries_are_no_answers_any_more() {
        let (mut database, mut index) = filled();
        database.delete(&[Uuid::from_u128(2)], Origin::Here).unwrap();
        index.forget_deleted(&database).unwrap();
        assert_eq!(index.answers(&database, &asked(&[""])).unwrap().len(), 3);
        assert_eq!(index.uses("make test", Time::UNKNOWN).times, 1);
    }

    #[test]
    fn uses_of_a_line_are_counted_by_time_and_computer() {
        let (_, index) = filled();
        let uses = index.uses("make test", Time::from_seconds(NOON + 1));
        assert_eq!(uses, Uses { times: 2, lately: 1, mostly_on: Some(("mill".into(), 2)) });
        assert_eq!(index.uses("never run", Time::UNKNOWN), Uses::default());
    }

    #[test]
    fn a_part_is_found_as_it_is_written() {
        let (database, index) = filled();
        let found = |part| index.with_part(&database, part).unwrap().len();
        assert_eq!((found("test"), found("Test"), found("e t")), (2, 0, 2));
    }
}
