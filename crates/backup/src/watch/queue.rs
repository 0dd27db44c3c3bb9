//! Paths that wait to be looked at, in SQLite: what was once noted survives a restart and a kill.
//!
//! A path is in it once, however many events speak of it. What was seen of a path is forgotten when the queue is opened:
//! it was timed by a clock that is gone.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use holdfast_storage::sqlite::{self, Durability, Tables};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::stable::{Look, Rules, Seen, Verdict, judge};
use crate::{Error, Result, index, name};

/// So many paths may wait. Beyond that the whole folder is looked at instead.
pub const ROOM: u64 = 200_000;

/// Another version of the tables is thrown away: what waited is found by the next look at the whole folder.
const FORMAT: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS waiting(
  path TEXT PRIMARY KEY, position INTEGER NOT NULL, noted INTEGER NOT NULL DEFAULT (unixepoch()),
  touched INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0, again INTEGER NOT NULL DEFAULT 0,
  look INTEGER, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER, since INTEGER);
CREATE INDEX IF NOT EXISTS waiting_in_order ON waiting(position);
CREATE TABLE IF NOT EXISTS unstable(path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO counters VALUES('position', 0), ('rescan_wanted', 0), ('rescan_done', 0);
";

/// The queue of one set. One process has it open at a time.
#[derive(Debug)]
pub struct Queue {
    conn: Connection,
}

/// A path that held still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Relative path.
    pub path: PathBuf,
    /// What it was when it held still.
    pub look: Look,
    text: String,
    touched: i64,
}

/// What a look at the queue gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Paths that may be sent. They stay in the queue until [`Queue::done`].
    pub paths: Vec<Waiting>,
    /// Folders that came: what is in them was put into the queue.
    pub folders: u64,
    /// Paths that never held still.
    pub given_up: Vec<PathBuf>,
}

fn text_of(path: &Path) -> String {
    name::encode(path.as_os_str())
}

fn path_of(text: &str) -> PathBuf {
    PathBuf::from(name::decode(text))
}

/// Damage in the middle of the file shows only when it is looked for.
fn check(conn: &Connection) -> rusqlite::Result<()> {
    let said: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(sqlite::not_ours()) }
}

impl Queue {
    /// Opens or makes the queue at `path`. A damaged one is thrown away and the whole folder is looked at.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("making the folder for the queue"))?;
        }
        match Self::try_open(path) {
            Err(error) if sqlite::is_damage(&error) => {
                index::set_aside(path)?;
                let queue = Self::try_open(path)?;
                queue.want_rescan()?;
                Ok(queue)
            }
            other => Ok(other?),
        }
    }

    fn try_open(path: &Path) -> rusqlite::Result<Self> {
        let conn = sqlite::open(path, Durability::Crash)?;
        check(&conn)?;
        if let Tables::Other(_) = sqlite::make_tables(&conn, SCHEMA, FORMAT)? {
            let drop = "DROP TABLE IF EXISTS waiting; DROP TABLE IF EXISTS unstable; DROP TABLE IF EXISTS counters;";
            conn.execute_batch(&format!("BEGIN; {drop} {SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;"))?;
        }
        let forgotten = conn.execute("UPDATE waiting SET look = NULL, since = NULL, again = 0", []);
        forgotten.map_err(|error| match error.sqlite_error_code() {
            // The tables are not what they were.
            Some(ErrorCode::Unknown) => sqlite::not_ours(),
            _ => error,
        })?;
        Ok(Self { conn })
    }

    /// Notes that something happened at these relative paths. Those that wait already keep their place.
    pub fn note(&mut self, paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<()> {
        let tx = self.conn.transaction()?;
        {
            let mut position = position(&tx)?;
            let sql = "INSERT INTO waiting(path, position) VALUES(?1, ?2)
                ON CONFLICT(path) DO UPDATE SET touched = touched + 1";
            let mut put = tx.prepare_cached(sql)?;
            for path in paths {
                position += 1;
                put.execute(params![text_of(path.as_ref()), position])?;
            }
            tx.execute("UPDATE counters SET value = ?1 WHERE name = 'position'", [position])?;
        }
        tx.commit()?;
        if self.len()? > ROOM { self.overflow() } else { Ok(()) }
    }

    /// Events were lost, or too many wait: the whole folder must be looked at. What waits is dropped for that.
    pub fn overflow(&mut self) -> Result<()> {
        let tx = self.conn.transaction()?;
        tx.execute("DELETE FROM waiting", [])?;
        tx.execute("UPDATE counters SET value = value + 1 WHERE name = 'rescan_wanted'", [])?;
        Ok(tx.commit()?)
    }

    /// Asks for a look at the whole folder.
    pub fn want_rescan(&self) -> Result<()> {
        self.conn.execute("UPDATE counters SET value = value + 1 WHERE name = 'rescan_wanted'", [])?;
        Ok(())
    }

    /// A mark, if a look at the whole folder is wanted; hand it to [`Self::rescanned`] when that look is complete.
    pub fn rescan_wanted(&self) -> Result<Option<i64>> {
        let (wanted, done) = (self.counter("rescan_wanted")?, self.counter("rescan_done")?);
        Ok((wanted > done).then_some(wanted))
    }

    /// The mark of now, for a look that begins by itself.
    pub fn rescan_mark(&self) -> Result<i64> {
        self.counter("rescan_wanted")
    }

    /// A look at the whole folder that began at `mark` is complete: what never held still has a new chance.
    pub fn rescanned(&self, mark: i64) -> Result<()> {
        self.conn.execute("UPDATE counters SET value = max(value, ?1) WHERE name = 'rescan_done'", [mark])?;
        self.conn.execute("DELETE FROM unstable", [])?;
        Ok(())
    }

    fn counter(&self, name: &str) -> Result<i64> {
        Ok(self.conn.query_row("SELECT value FROM counters WHERE name = ?1", [name], |row| row.get(0))?)
    }

    /// Number of paths that wait.
    pub fn len(&self) -> Result<u64> {
        Ok(self.conn.query_row("SELECT count(*) FROM waiting", [], |row| row.get::<_, i64>(0))? as u64)
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Paths that never held still, until the next look at the whole folder.
    pub fn unstable(&self) -> Result<Vec<PathBuf>> {
        let mut find = self.conn.prepare_cached("SELECT path FROM unstable ORDER BY path")?;
        let texts = find.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(texts.iter().map(|text| path_of(text)).collect())
    }

    /// When a path wants to be looked at next, since the process began; `None` when none waits.
    pub fn next_look(&self) -> Result<Option<Duration>> {
        let again: Option<i64> = self.conn.query_row("SELECT min(again) FROM waiting", [], |row| row.get(0))?;
        Ok(again.map(|ns| Duration::from_nanos(ns as u64)))
    }

    /// Looks at the paths whose time has come, from the front, at most `most`. Those that hold still are handed out; the
    /// others are kept for later.
    pub fn settle(
        &mut self,
        most: usize,
        now: Duration,
        rules: &Rules,
        look: impl Fn(&Path) -> Look,
        below: impl Fn(&Path) -> Vec<PathBuf>,
    ) -> Result<Settled> {
        let due = self.due(most, now)?;
        let mut settled = Settled::default();
        let mut found = Vec::new();
        let tx = self.conn.transaction()?;
        let mut position = position(&tx)?;
        for (text, touched, seen) in due {
            let path = path_of(&text);
            let seen_now = look(&path);
            match judge(&seen, seen_now, now, rules) {
                Verdict::Settled if seen_now == Look::Folder => {
                    settled.folders += 1;
                    found.extend(below(&path));
                    settled.paths.push(Waiting { path, look: seen_now, text, touched });
                }
                Verdict::Settled => settled.paths.push(Waiting { path, look: seen_now, text, touched }),
                Verdict::GiveUp => {
                    tx.execute("DELETE FROM waiting WHERE path = ?1", [&text])?;
                    tx.execute("INSERT OR IGNORE INTO unstable VALUES(?1)", [&text])?;
                    settled.given_up.push(path);
                }
                Verdict::Wait { seen, again, to_the_back } => {
                    position += i64::from(to_the_back);
                    keep(&tx, &text, &seen, again, to_the_back.then_some(position))?;
                }
            }
        }
        tx.execute("UPDATE counters SET value = max(value, ?1) WHERE name = 'position'", [position])?;
        tx.commit()?;
        if !found.is_empty() {
            self.note(found)?;
        }
        Ok(settled)
    }

    fn due(&self, most: usize, now: Duration) -> Result<Vec<(String, i64, Seen)>> {
        let sql = "SELECT path, touched, attempts, look, size, mtime, ctime, inode, since FROM waiting
            WHERE again <= ?1 ORDER BY position LIMIT ?2";
        let mut find = self.conn.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, seen_of(row)?));
        let rows = find.query_map(params![nanos(now), most as i64], read)?;
        Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// Takes a path that was sent out of the queue, if it is still what it was and nothing happened there meanwhile.
    /// Otherwise it waits to hold still again.
    pub fn done(&mut self, waiting: &Waiting, look: impl Fn(&Path) -> Look) -> Result<bool> {
        let same = look(&waiting.path) == waiting.look;
        let gone = match same {
            true => {
                let sql = "DELETE FROM waiting WHERE path = ?1 AND touched = ?2";
                self.conn.prepare_cached(sql)?.execute(params![waiting.text, waiting.touched])? > 0
            }
            false => false,
        };
        if !gone {
            let sql = "UPDATE waiting SET look = NULL, since = NULL, again = 0 WHERE path = ?1";
            self.conn.prepare_cached(sql)?.execute([&waiting.text])?;
        }
        Ok(gone)
    }

    /// Begins a batch of [`Self::done`]; [`Self::commit`] ends it.
    pub fn begin(&self) -> Result<()> {
        Ok(self.conn.execute_batch("BEGIN IMMEDIATE")?)
    }

    /// Ends a batch.
    pub fn commit(&self) -> Result<()> {
        Ok(self.conn.execute_batch("COMMIT")?)
    }
}

/// How many paths wait in the queue at `path` and since when the first of them does, Unix seconds. For onlookers: the
/// queue may be open elsewhere, and is not touched.
pub fn glance(path: &Path) -> Result<(u64, Option<i64>)> {
    if !path.exists() {
        return Ok((0, None));
    }
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(sqlite::PATIENCE)?;
    let format: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format != FORMAT {
        // It is just being made, or made anew.
        return Ok((0, None));
    }
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?));
    Ok(conn.query_row("SELECT count(*), min(noted) FROM waiting", [], read)?)
}

fn position(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("SELECT value FROM counters WHERE name = 'position'", [], |row| row.get(0))
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

const ABSENT: i64 = 0;
const FILE: i64 = 1;
const FOLDER: i64 = 2;

fn seen_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Seen> {
    let attempts = row.get(2)?;
    let look = match row.get::<_, Option<i64>>(3)? {
        None => return Ok(Seen { last: None, attempts }),
        Some(ABSENT) => Look::Absent,
        Some(FOLDER) => Look::Folder,
        Some(_) => Look::File {
            size: row.get::<_, i64>(4)? as u64,
            mtime: row.get(5)?,
            ctime: row.get(6)?,
            inode: row.get::<_, i64>(7)? as u64,
        },
    };
    let since = Duration::from_nanos(row.get::<_, i64>(8)? as u64);
    Ok(Seen { last: Some((look, since)), attempts })
}

fn keep(conn: &Connection, path: &str, seen: &Seen, again: Duration, position: Option<i64>) -> rusqlite::Result<()> {
    let (look, since) = seen.last.map_or((None, None), |(look, since)| (Some(look), Some(nanos(since))));
    let kind = look.map(|look| match look {
        Look::Absent => ABSENT,
        Look::File { .. } => FILE,
        Look::Folder => FOLDER,
    });
    let (size, mtime, ctime, inode) = match look {
        Some(Look::File { size, mtime, ctime, inode }) => (size as i64, mtime, ctime, inode as i64),
        _ => (0, 0, 0, 0),
    };
    let sql = "UPDATE waiting SET attempts = ?2, look = ?3, size = ?4, mtime = ?5, ctime = ?6, inode = ?7, since = ?8,
        again = ?9, position = coalesce(?10, position) WHERE path = ?1";
    let facts = params![path, seen.attempts, kind, size, mtime, ctime, inode, since, nanos(again), position];
    conn.prepare_cached(sql)?.execute(facts)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeMap};

    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn file(n: u64) -> Look {
        Look::File { size: n, mtime: n as i64, ctime: 1, inode: 9 }
    }

    fn open(folder: &tempfile::TempDir) -> Queue {
        Queue::open(&folder.path().join("q.db")).unwrap()
    }

    fn settle(queue: &mut Queue, now: Duration, look: impl Fn(&Path) -> Look) -> Vec<PathBuf> {
        let settled = queue.settle(1000, now, &Rules::default(), look, |_| Vec::new()).unwrap();
        settled.paths.into_iter().map(|waiting| waiting.path).collect()
    }

    #[test]
    fn a_queue_that_is_just_being_made_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.db");
        Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "WAL").unwrap();
        assert_eq!(glance(&path).unwrap(), (0, None));
    }

    #[test]
    fn what_was_noted_survives_and_duplicates_collapse() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = open(&folder);
        queue.note(["a", "b/c", "a", "b/c", "a"]).unwrap();
        assert_eq!(settle(&mut queue, at(1), |_| file(1)), Vec::<PathBuf>::new());
        drop(queue);
        let mut queue = open(&folder);
        assert_eq!(queue.len().unwrap(), 2);
        assert_eq!(settle(&mut queue, at(0), |_| file(1)), Vec::<PathBuf>::new(), "the wait begins anew");
        assert_eq!(settle(&mut queue, at(3), |_| file(1)), [PathBuf::from("a"), "b/c".into()]);
    }

    #[test]
    fn a_path_that_changed_while_it_was_sent_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = open(&folder);
        queue.note(["a", "b", "c"]).unwrap();
        settle(&mut queue, at(0), |_| file(1));
        let settled = queue.settle(1000, at(3), &Rules::default(), |_| file(1), |_| Vec::new()).unwrap().paths;
        queue.note(["b"]).unwrap();
        let outcomes: Vec<bool> = settled
            .iter()
            .map(|w| queue.done(w, |path| if path == Path::new("c") { file(2) } else { file(1) }).unwrap())
            .collect();
        assert_eq!(outcomes, [true, false, false]);
        assert_eq!(queue.len().unwrap(), 2);
        assert_eq!(settle(&mut queue, at(4), |_| file(1)), Vec::<PathBuf>::new(), "they hold still anew first");
    }

    #[test]
    fn what_never_holds_still_goes_to_the_back_and_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = open(&folder);
        queue.note(["busy", "calm"]).unwrap();
        let rules = Rules { max_attempts: 5, ..Rules::default() };
        let tick = RefCell::new(0);
        let look = |path: &Path| match path.to_str() {
            Some("busy") => {
                *tick.borrow_mut() += 1;
                file(*tick.borrow())
            }
            _ => file(0),
        };
        let mut given_up = Vec::new();
        for round in 0..6 {
            let settled = queue.settle(1000, at(round * 3), &rules, look, |_| Vec::new()).unwrap();
            for waiting in &settled.paths {
                assert_eq!(waiting.path, Path::new("calm"));
                assert!(queue.done(waiting, look).unwrap());
            }
            given_up.extend(settled.given_up);
        }
        assert_eq!(given_up, [PathBuf::from("busy")]);
        assert_eq!((queue.unstable().unwrap(), queue.len().unwrap()), (vec!["busy".into()], 0));
        let mark = queue.rescan_mark().unwrap();
        queue.rescanned(mark).unwrap();
        assert_eq!(queue.unstable().unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn an_overflow_during_a_look_at_the_folder_asks_for_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = open(&folder);
        assert_eq!(queue.rescan_wanted().unwrap(), None);
        queue.note(["a"]).unwrap();
        queue.overflow().unwrap();
        assert!(queue.is_empty().unwrap());
        let mark = queue.rescan_wanted().unwrap().unwrap();
        queue.overflow().unwrap();
        queue.rescanned(mark).unwrap();
        drop(queue);
        let queue = open(&folder);
        let mark = queue.rescan_wanted().unwrap().unwrap();
        queue.rescanned(mark).unwrap();
        assert_eq!(queue.rescan_wanted().unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf_8_wait_too() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let mut queue = open(&folder);
        let odd = Path::new(std::ffi::OsStr::from_bytes(b"a/\xff\xfe"));
        queue.note([odd]).unwrap();
        settle(&mut queue, at(0), |_| file(1));
        assert_eq!(settle(&mut queue, at(3), |_| file(1)), [odd]);
    }

    #[test]
    fn a_damaged_queue_is_set_aside_and_the_folder_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("q.db"), vec![7; 9000]).unwrap();
        assert!(open(&folder).rescan_wanted().unwrap().is_some());
        Connection::open(folder.path().join("q.db")).unwrap().execute_batch("DROP TABLE waiting").unwrap();
        open(&folder).note(["a"]).unwrap();
        open(&folder).note((0..5000).map(|n| format!("{n:0>40}"))).unwrap();
        let mut bytes = std::fs::read(folder.path().join("q.db")).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8192].fill(7);
        std::fs::write(folder.path().join("q.db"), bytes).unwrap();
        assert_eq!(open(&folder).len().unwrap(), 0, "damage in the middle is found when it is opened");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write(u8),
        Remove(u8),
        /// An event that comes late, twice, or about nothing.
        Echo(u8),
        /// The folder is looked at after so many milliseconds, and what settled is sent.
        Round(u64),
        /// Sending begins, a file is written meanwhile, sending ends.
        RoundWithWrite(u64, u8),
        Restart,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0u8..6).prop_map(Step::Write),
            1 => (0u8..6).prop_map(Step::Remove),
            1 => (0u8..6).prop_map(Step::Echo),
            6 => (0u64..4000).prop_map(Step::Round),
            2 => (0u64..4000, 0u8..6).prop_map(|(ms, n)| Step::RoundWithWrite(ms, n)),
            1 => Just(Step::Restart),
        ]
    }

    struct Model {
        queue: Queue,
        files: BTreeMap<PathBuf, u64>,
        changed: BTreeMap<PathBuf, Duration>,
        bucket: BTreeMap<PathBuf, u64>,
        now: Duration,
        version: u64,
    }

    impl Model {
        fn path(n: u8) -> PathBuf {
            format!("d/{n}").into()
        }

        fn write(&mut self, n: u8) {
            self.version += 1;
            self.files.insert(Self::path(n), self.version);
            self.touched(n);
        }

        fn touched(&mut self, n: u8) {
            self.changed.insert(Self::path(n), self.now);
            self.queue.note([Self::path(n)]).unwrap();
        }

        fn look(files: &BTreeMap<PathBuf, u64>, path: &Path) -> Look {
            files.get(path).map_or(Look::Absent, |n| file(*n))
        }

        fn round(&mut self, pause: u64, meanwhile: Option<u8>) -> Result<(), TestCaseError> {
            self.now += Duration::from_millis(pause);
            let files = self.files.clone();
            let rules = Rules { max_attempts: 1000, ..Rules::default() };
            let settled = self.queue.settle(1000, self.now, &rules, |p| Self::look(&files, p), |_| Vec::new()).unwrap();
            for waiting in &settled.paths {
                let still = self.now - self.changed[&waiting.path];
                let is_file = files.contains_key(&waiting.path);
                prop_assert!(
                    !is_file || still >= rules.debounce,
                    "{:?} was sent {still:?} after a change",
                    waiting.path
                );
                match files.get(&waiting.path) {
                    Some(content) => self.bucket.insert(waiting.path.clone(), *content),
                    None => self.bucket.remove(&waiting.path),
                };
            }
            meanwhile.into_iter().for_each(|n| self.write(n));
            for waiting in &settled.paths {
                let files = &self.files;
                self.queue.done(waiting, |p| Self::look(files, p)).unwrap();
            }
            Ok(())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the order of writes, removals, late events, rounds and restarts: nothing is sent that changed within
        /// the debounce, and when all is calm the bucket has the last content of every file.
        #[test]
        fn no_order_of_events_loses_a_file_or_sends_a_torn_one(steps in proptest::collection::vec(step(), 1..60)) {
            let folder = tempfile::tempdir().unwrap();
            let (files, changed, bucket) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            let mut model = Model { queue: open(&folder), files, changed, bucket, now: Duration::ZERO, version: 0 };
            for step in steps {
                match step {
                    Step::Write(n) => model.write(n),
                    Step::Remove(n) => {
                        model.files.remove(&Model::path(n));
                        model.touched(n);
                    }
                    Step::Echo(n) => {
                        model.changed.entry(Model::path(n)).or_default();
                        model.queue.note([Model::path(n)]).unwrap();
                    }
                    Step::Round(ms) => model.round(ms, None)?,
                    Step::RoundWithWrite(ms, n) => model.round(ms, Some(n))?,
                    Step::Restart => {
                        drop(std::mem::replace(&mut model.queue, Queue::open(&folder.path().join("other.db")).unwrap()));
                        model.queue = open(&folder);
                        model.now = Duration::ZERO;
                        model.changed.values_mut().for_each(|at| *at = Duration::ZERO);
                    }
                }
            }
            for _ in 0..3 {
                model.round(3000, None)?;
            }
            prop_assert!(model.queue.is_empty().unwrap());
            prop_assert_eq!(model.bucket, model.files);
        }
    }
}
