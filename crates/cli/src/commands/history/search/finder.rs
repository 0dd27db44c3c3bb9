//! Asks the database beside the keyboard. Until all lines are in memory each question goes to SQLite.

use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};

use holdfast_app::history::core::{Database, Entry, Error, Index, Origin, Query, Result, Uuid, Word};

use super::state::Question;

enum Order {
    Find(Question),
    CountSame(String),
    Delete(Vec<Uuid>),
}

/// What came of an order.
pub enum Answer {
    Found { number: u64, rows: Vec<Entry> },
    Same(Vec<Uuid>),
    Deleted,
    Failed(Error),
}

/// The thread that searches.
pub struct Finder {
    orders: Sender<Order>,
    answers: Receiver<Answer>,
}

impl Finder {
    /// Begins with two views of one database: one for questions, one from which all lines are read meanwhile.
    pub fn start(database: Database, to_load: Database) -> Self {
        let (orders, todo) = mpsc::channel();
        let (done, answers) = mpsc::channel();
        let (loaded, index) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = loaded.send(Index::load(&to_load).ok());
        });
        std::thread::spawn(move || work(Worker { database, index: None }, &todo, &done, &index));
        Self { orders, answers }
    }

    pub fn ask(&mut self, question: Question) {
        let _ = self.orders.send(Order::Find(question));
    }

    pub fn count_same(&mut self, line: String) {
        let _ = self.orders.send(Order::CountSame(line));
    }

    pub fn delete(&mut self, ids: Vec<Uuid>) {
        let _ = self.orders.send(Order::Delete(ids));
    }

    /// An answer, if there is one.
    pub fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

struct Worker {
    database: Database,
    index: Option<Index>,
}

fn work(mut worker: Worker, todo: &Receiver<Order>, done: &Sender<Answer>, index: &Receiver<Option<Index>>) {
    while let Ok(mut order) = todo.recv() {
        // Of several questions only the last is of interest.
        while matches!(order, Order::Find(_)) {
            match todo.try_recv() {
                Ok(next) => order = next,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        if let Ok(loaded) = index.try_recv() {
            worker.index = loaded;
        }
        let answer = worker.carry_out(order).unwrap_or_else(Answer::Failed);
        if done.send(answer).is_err() {
            return;
        }
    }
}

impl Worker {
    fn carry_out(&mut self, order: Order) -> Result<Answer> {
        Ok(match order {
            Order::Find(question) => Answer::Found { number: question.number, rows: self.find(&question.query)? },
            Order::CountSame(line) => Answer::Same(self.same(&line)?),
            Order::Delete(ids) => {
                self.database.delete(&ids, Origin::Here)?;
                Answer::Deleted
            }
        })
    }

    /// What came from other devices meanwhile is found, too.
    fn find(&mut self, query: &Query) -> Result<Vec<Entry>> {
        match &mut self.index {
            Some(index) => {
                index.refresh(&self.database)?;
                index.search(&self.database, query)
            }
            None => self.database.search(query),
        }
    }

    /// All entries with exactly this line, since the list shows only the latest of them.
    fn same(&mut self, line: &str) -> Result<Vec<Uuid>> {
        let query = Query { words: vec![Word::new(line)], ..Query::default() };
        let found = self.find(&query)?.into_iter().filter(|entry| entry.command == line);
        Ok(found.map(|entry| entry.entry_id).collect())
    }
}
