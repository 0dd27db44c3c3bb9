//! Search over titles, texts and names of attachments, in memory while the vault is unlocked. Nothing of it is ever
//! written anywhere, and what it holds is wiped when it is dropped.

mod fold;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    fmt,
};

use holdfast_journal::Millis;
use memchr::memmem::Finder;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use fold::fold;

use crate::versions::Version;

/// A record that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Whose.
    pub member: Uuid,
    /// Which.
    pub record: Uuid,
    /// When it was: by its fields, else when it was written.
    pub when: Millis,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The newest first, at most as many as were asked for.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
}

struct Document {
    member: Uuid,
    text: Zeroizing<String>,
}

/// All records that are shown, by date.
#[derive(Default)]
pub struct Index {
    documents: BTreeMap<(Reverse<Millis>, Uuid), Document>,
    places: HashMap<Uuid, Millis>,
}

impl Index {
    /// Takes in what is shown of a record; what was shown of it before is forgotten.
    pub fn put(&mut self, member: Uuid, version: &Version) {
        let when = when(version);
        self.remove(version.record);
        self.places.insert(version.record, when);
        self.documents.insert((Reverse(when), version.record), Document { member, text: text_of(version) });
    }

    /// Forgets a record.
    pub fn remove(&mut self, record: Uuid) {
        if let Some(when) = self.places.remove(&record) {
            self.documents.remove(&(Reverse(when), record));
        }
    }

    /// Records in which every word of `query` occurs, also inside of words; all of them for an empty one. Of one member,
    /// or of everybody.
    pub fn find(&self, query: &str, member: Option<Uuid>, limit: usize) -> Found {
        let folded = fold(query);
        let words: Vec<Finder<'_>> = folded.split_whitespace().map(Finder::new).collect();
        let mut found = Found::default();
        for ((Reverse(when), record), document) in &self.documents {
            let fits = member.is_none_or(|member| member == document.member)
                && words.iter().all(|word| word.find(document.text.as_bytes()).is_some());
            if fits {
                found.total += 1;
                if found.hits.len() < limit {
                    found.hits.push(Hit { member: document.member, record: *record, when: *when });
                }
            }
        }
        found
    }

    /// How many records are in it.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("records", &self.len()).finish_non_exhaustive()
    }
}

/// When a record was: by its fields, else when the version was written.
pub fn when(version: &Version) -> Millis {
    version.content.fields.when(&version.content.kind).map_or(version.node.time, |when| when.begins())
}

/// Parts are kept apart by a line break, which no word of a query holds.
fn text_of(version: &Version) -> Zeroizing<String> {
    let mut all = Zeroizing::new(String::new());
    let names = version.content.attachments.iter().map(|attachment| attachment.title.as_str());
    for part in version.content.fields.all_text().into_iter().chain(names) {
        all.push_str(part);
        all.push('\n');
    }
    fold(&all)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        model::{Attachment, AttachmentName, Fields, Kind},
        versions::{Content, FORMAT, Node, VersionId},
    };

    const MARA: Uuid = Uuid::from_u128(100);
    const JO: Uuid = Uuid::from_u128(200);

    fn note(record: u128, title: &str, time: &str, file: &str) -> Version {
        let attachment =
            Attachment { name: AttachmentName([0; 32]), title: file.into(), content_type: String::new(), size: 0 };
        let fields = Fields::default().with("title", title).with("time", time);
        Version {
            format: FORMAT,
            record: Uuid::from_u128(record),
            node: Node {
                id: VersionId { number: 1, device: Uuid::nil() },
                clock: 1,
                parents: vec![],
                deleted: false,
                time: 5,
            },
            author: String::new(),
            content: Content { attachments: vec![attachment], ..Content::new(Kind::Note, fields) },
            later: BTreeMap::new(),
        }
    }

    fn index() -> Index {
        let mut index = Index::default();
        index.put(MARA, &note(1, "Röntgen des Knies", "2021", "knie links.jpg"));
        index.put(JO, &note(2, "Knie geprellt", "2023", ""));
        index.put(MARA, &note(3, "Schulzeugnis", "2022", "IMG_0012.PNG"));
        index
    }

    fn records(index: &Index, query: &str, member: Option<Uuid>) -> Vec<u128> {
        index.find(query, member, 10).hits.iter().map(|hit| hit.record.as_u128()).collect()
    }

    #[test]
    fn all_words_must_fit_and_the_newest_comes_first() {
        let index = index();
        for (query, member, expected) in [
            ("", None, vec![2, 3, 1]),
            ("knie", None, vec![2, 1]),
            ("KNIE rontgen", None, vec![1]),
            ("knie", Some(MARA), vec![1]),
            ("img_0012", None, vec![3]),
            ("links knies", None, vec![1]),
            ("knie hund", None, vec![]),
            ("knieslinks", None, vec![]),
        ] {
            assert_eq!(records(&index, query, member), expected, "{query}");
        }
        let found = index.find("", None, 1);
        assert_eq!((found.hits.len(), found.total), (1, 3));
    }

    #[test]
    fn a_new_version_takes_the_place_of_the_old_one() {
        let mut index = index();
        index.put(MARA, &note(1, "Knie verheilt", "2024", ""));
        assert_eq!(records(&index, "knie", None), [1, 2]);
        assert_eq!(records(&index, "rontgen", None), [0; 0]);
        index.remove(Uuid::from_u128(2));
        index.remove(Uuid::from_u128(99));
        assert_eq!((records(&index, "knie", None), index.len()), (vec![1], 2));
    }

    #[test]
    fn a_hundred_thousand_records_are_searched_as_few_are() {
        let mut index = Index::default();
        for at in 0..100_000 {
            let title = format!("Besuch Nummer {at} bei Doktor Ärmel wegen einer Sache");
            index.put(MARA, &note(at + 1, &title, "2020", "brief.pdf"));
        }
        assert_eq!(index.find("armel nummer 77777", None, 10).hits[0].record.as_u128(), 77_778);
        assert_eq!(index.find("armel", None, 10).total, 100_000);
    }
}
