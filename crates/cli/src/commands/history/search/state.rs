//! What the search shows and how it changes, without a terminal and without a database.

use holdfast_app::history::core::{Entry, Query, Time, Uuid};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// So many lines are fetched for one question.
const MOST_ROWS: usize = 300;
/// So far a key for a page goes.
const PAGE: usize = 10;

/// Where the search was called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Here {
    pub host: String,
    pub directory: String,
    /// Unknown where no script of ours runs.
    pub session: Option<String>,
}

/// Which commands are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    Host,
    Directory,
    Session,
}

impl Scope {
    pub fn words(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Host => "this host",
            Self::Directory => "this directory",
            Self::Session => "this session",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Key(KeyEvent),
    Paste(String),
    /// An answer to the question with this number, latest first.
    Found {
        number: u64,
        rows: Vec<Entry>,
    },
    /// All entries with the selected line.
    Same(Vec<Uuid>),
    Deleted,
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    Nothing,
    Find(Question),
    /// Which entries have this line?
    CountSame(String),
    Delete(Vec<Uuid>),
    Leave,
    Choose(Chosen),
}

/// A question with the number that its answer will have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub number: u64,
    pub query: Query,
}

/// The line that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// At once, or first to be edited.
    pub run: bool,
    /// As it was typed.
    pub line: Vec<u8>,
}

/// A choice that waits for the answer.
#[derive(Debug, Clone, Copy)]
struct Early {
    run: bool,
    /// What was selected when the key came.
    seen: Option<Uuid>,
}

/// Everything that is shown.
#[derive(Debug, Clone)]
pub struct State {
    pub text: String,
    /// Where the cursor stands in `text`, in characters.
    pub cursor: usize,
    pub scope: Scope,
    pub here: Here,
    /// Latest first.
    pub rows: Vec<Entry>,
    /// Into `rows`.
    pub selected: usize,
    /// Entries that are deleted if the user agrees.
    pub deleting: Option<Vec<Uuid>>,
    /// Whether an answer is awaited.
    pub searching: bool,
    /// Enter or Tab came before the answer to what was typed.
    early: Option<Early>,
    pub coloured: bool,
    pub now: Time,
    number: u64,
}

impl State {
    pub fn new(text: String, here: Here, coloured: bool) -> Self {
        Self {
            cursor: text.chars().count(),
            text,
            scope: Scope::Everywhere,
            here,
            rows: Vec::new(),
            selected: 0,
            deleting: None,
            searching: true,
            early: None,
            coloured,
            now: Time::UNKNOWN,
            number: 0,
        }
    }

    /// What is asked for now.
    pub fn question(&self) -> Question {
        let mut query = Query::parse(&self.text, &jiff::tz::TimeZone::system());
        query.unique = true;
        query.limit = MOST_ROWS;
        match self.scope {
            Scope::Everywhere => {}
            Scope::Host => query.host = Some(self.here.host.clone()),
            Scope::Directory => query.directory = Some(self.here.directory.clone()),
            Scope::Session => query.session.clone_from(&self.here.session),
        }
        Question { number: self.number, query }
    }

    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.rows.get(self.selected)
    }

    /// Takes what happened; says what is to be done.
    pub fn update(&mut self, event: Event) -> Ask {
        match event {
            Event::Found { number, rows } if number == self.number => {
                self.selected = self.selected.min(rows.len().saturating_sub(1));
                (self.rows, self.searching) = (rows, false);
                self.early.take().map_or(Ask::Nothing, |early| self.choose_early(early))
            }
            Event::Found { .. } => Ask::Nothing,
            Event::Same(ids) => {
                self.deleting = Some(ids).filter(|ids| !ids.is_empty());
                Ask::Nothing
            }
            Event::Deleted => self.find_again(),
            Event::Paste(text) => {
                let text = text.replace(['\n', '\r', '\t'], " ");
                self.insert(&text)
            }
            Event::Key(key) => match self.deleting.take() {
                Some(ids) if key.code == KeyCode::Char('y') => Ask::Delete(ids),
                Some(_) => Ask::Nothing,
                None => self.key(key),
            },
        }
    }

    fn key(&mut self, key: KeyEvent) -> Ask {
        self.early = None;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match (key.code, control) {
            (KeyCode::Enter, _) | (KeyCode::Char('j' | 'm'), true) => self.choose(true),
            (KeyCode::Tab, _) | (KeyCode::Char('i'), true) => self.choose(false),
            (KeyCode::Esc, _) | (KeyCode::Char('c' | 'g'), true) => Ask::Leave,
            (KeyCode::Char('r'), true) => self.next_scope(),
            (KeyCode::Delete, _) | (KeyCode::Char('d'), true) => {
                self.current().map_or(Ask::Nothing, |entry| Ask::CountSame(entry.command.clone()))
            }
            (KeyCode::Up, _) | (KeyCode::Char('p' | 'k'), true) => self.select(self.selected + 1),
            (KeyCode::Down, _) | (KeyCode::Char('n'), true) => self.select(self.selected.saturating_sub(1)),
            (KeyCode::PageUp, _) => self.select(self.selected + PAGE),
            (KeyCode::PageDown, _) => self.select(self.selected.saturating_sub(PAGE)),
            (KeyCode::Left, _) | (KeyCode::Char('b'), true) => self.move_to(self.cursor.saturating_sub(1)),
            (KeyCode::Right, _) | (KeyCode::Char('f'), true) => self.move_to(self.cursor + 1),
            (KeyCode::Home, _) | (KeyCode::Char('a'), true) => self.move_to(0),
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => self.move_to(usize::MAX),
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => self.cut(self.cursor.saturating_sub(1)),
            (KeyCode::Char('u'), true) => self.cut(0),
            (KeyCode::Char('w'), true) => self.cut(self.word_start()),
            (KeyCode::Char(c), false) if !key.modifiers.contains(KeyModifiers::ALT) => self.insert(&c.to_string()),
            _ => Ask::Nothing,
        }
    }

    /// The selected line. What is shown while an answer is awaited answers another question: the choice waits, too.
    fn choose(&mut self, run: bool) -> Ask {
        if self.searching {
            self.early = Some(Early { run, seen: self.current().map(|entry| entry.entry_id) });
            return Ask::Nothing;
        }
        self.selection(run)
    }

    /// Only what was on the screen when Enter came runs; another line is to be looked at first.
    fn choose_early(&self, early: Early) -> Ask {
        let was_seen = self.current().is_some_and(|entry| Some(entry.entry_id) == early.seen);
        self.selection(early.run && was_seen)
    }

    /// The selected line; what was typed where nothing fits, and then only to be edited.
    fn selection(&self, run: bool) -> Ask {
        let line = |entry: &Entry| entry.command_bytes.clone().unwrap_or_else(|| entry.command.clone().into_bytes());
        Ask::Choose(match self.current() {
            Some(entry) => Chosen { run, line: line(entry) },
            None => Chosen { run: false, line: self.text.clone().into_bytes() },
        })
    }

    fn next_scope(&mut self) -> Ask {
        self.scope = match (self.scope, &self.here.session) {
            (Scope::Everywhere, _) => Scope::Host,
            (Scope::Host, _) => Scope::Directory,
            (Scope::Directory, Some(_)) => Scope::Session,
            _ => Scope::Everywhere,
        };
        self.selected = 0;
        self.find_again()
    }

    fn select(&mut self, row: usize) -> Ask {
        self.selected = row.min(self.rows.len().saturating_sub(1));
        Ask::Nothing
    }

    fn move_to(&mut self, cursor: usize) -> Ask {
        self.cursor = cursor.min(self.text.chars().count());
        Ask::Nothing
    }

    fn insert(&mut self, text: &str) -> Ask {
        let at = self.byte_of(self.cursor);
        self.text.insert_str(at, text);
        self.cursor += text.chars().count();
        self.selected = 0;
        self.find_again()
    }

    /// Takes away from a character to the cursor.
    fn cut(&mut self, from: usize) -> Ask {
        if from >= self.cursor {
            return Ask::Nothing;
        }
        self.text.replace_range(self.byte_of(from)..self.byte_of(self.cursor), "");
        (self.cursor, self.selected) = (from, 0);
        self.find_again()
    }

    fn word_start(&self) -> usize {
        let before = self.text.chars().take(self.cursor).collect::<Vec<_>>();
        let end = before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at + 1);
        before[..end].iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1)
    }

    fn byte_of(&self, character: usize) -> usize {
        self.text.char_indices().nth(character).map_or(self.text.len(), |(at, _)| at)
    }

    fn find_again(&mut self) -> Ask {
        self.number += 1;
        self.searching = true;
        Ask::Find(self.question())
    }
}

#[cfg(test)]
mod tests;
