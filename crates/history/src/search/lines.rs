//! Distinct command lines, one after another in memory, so that a word is looked for in all of them at once.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use memchr::memmem::Finder;

use super::Word;

/// Stands behind each line; no byte of UTF-8, so that no word reaches over it.
const END: u8 = 0xFF;

/// Distinct lines, each known by a number.
#[derive(Debug, Default)]
pub(super) struct Lines {
    exact: Arena,
    folded: Arena,
    by_hash: HashMap<u64, u32>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Arena {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Arena {
    fn push(&mut self, line: &str) {
        self.bytes.extend(line.as_bytes());
        self.ends.push(self.bytes.len());
        self.bytes.push(END);
    }

    fn line(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
        &self.bytes[start..self.ends[number]]
    }

    /// Calls `each` with the number of every line that holds the word.
    fn find_all(&self, word: &[u8], mut each: impl FnMut(usize)) {
        let finder = Finder::new(word);
        let (mut position, mut line) = (0, 0);
        while let Some(found) = finder.find(&self.bytes[position..]) {
            line += self.ends[line..].partition_point(|end| *end < position + found);
            each(line);
            position = self.ends[line] + 1;
        }
    }
}

impl Lines {
    /// The number of a line, a new one where it is not known.
    pub(super) fn number(&mut self, line: &str) -> u32 {
        let hash = self.hasher.hash_one(line);
        if let Some(number) = self.by_hash.get(&hash)
            && self.exact.line(*number as usize) == line.as_bytes()
        {
            return *number;
        }
        let number = self.exact.ends.len() as u32;
        self.exact.push(line);
        self.folded.push(&line.to_lowercase());
        self.by_hash.insert(hash, number);
        number
    }

    /// The number of a line that is known.
    pub(super) fn find(&self, line: &str) -> Option<u32> {
        let number = *self.by_hash.get(&self.hasher.hash_one(line))?;
        (self.exact.line(number as usize) == line.as_bytes()).then_some(number)
    }

    pub(super) fn text(&self, number: u32) -> String {
        String::from_utf8_lossy(self.exact.line(number as usize)).into_owned()
    }

    pub(super) fn len(&self) -> usize {
        self.exact.ends.len()
    }

    fn arena(&self, word: &Word) -> &Arena {
        if word.is_exact() { &self.exact } else { &self.folded }
    }

    /// For each line whether it fits all words.
    pub(super) fn fitting(&self, words: &[Word]) -> Vec<bool> {
        let longest = words.iter().filter(|word| !word.excluded).max_by_key(|word| word.text.len());
        let test = Test::new(self, words);
        match longest {
            None => (0..self.len()).map(|line| test.fits(line)).collect(),
            Some(longest) => {
                let mut fitting = vec![false; self.len()];
                self.arena(longest).find_all(longest.text.as_bytes(), |line| fitting[line] = test.fits(line));
                fitting
            }
        }
    }
}

/// Words, made ready to be looked for in single lines.
pub(super) struct Test<'a> {
    words: Vec<(&'a Arena, Finder<'a>, bool)>,
}

impl<'a> Test<'a> {
    pub(super) fn new(lines: &'a Lines, words: &'a [Word]) -> Self {
        let ready = |word: &'a Word| (lines.arena(word), Finder::new(word.text.as_bytes()), word.excluded);
        Self { words: words.iter().map(ready).collect() }
    }

    pub(super) fn fits(&self, line: usize) -> bool {
        self.words.iter().all(|(arena, finder, excluded)| finder.find(arena.line(line)).is_some() != *excluded)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_lines_have_one_number() {
        let mut lines = Lines::default();
        let numbers: Vec<u32> = ["ls", "Ls", "ls", ""].iter().map(|line| lines.number(line)).collect();
        assert_eq!(numbers, [0, 1, 0, 2]);
    }

    proptest! {
        #[test]
        fn all_at_once_and_one_by_one_agree(
            texts in proptest::collection::vec("[abAÄä \n]{0,6}", 0..20),
            words in proptest::collection::vec(("[abAÄä]{1,3}", any::<bool>()), 0..3),
        ) {
            let mut lines = Lines::default();
            let numbers: Vec<u32> = texts.iter().map(|text| lines.number(text)).collect();
            let words: Vec<Word> = words.into_iter().map(|(text, excluded)| Word { text, excluded }).collect();
            let fitting = lines.fitting(&words);
            for (text, number) in texts.iter().zip(numbers) {
                prop_assert_eq!(fitting[number as usize], words.iter().all(|word| word.fits(text)), "{}", text);
            }
        }
    }
}
