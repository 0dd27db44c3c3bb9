//! A long list of files in little memory: folders once, names in one text, 24 bytes beside.

use crate::{Error, Result};

/// One file of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a, R> {
    /// Folder in key form.
    pub dir: &'a str,
    /// Name in key form.
    pub name: &'a str,
    /// Size in bytes.
    pub size: u64,
    /// Why it is in the list.
    pub reason: R,
}

impl<R> Item<'_, R> {
    /// Relative path in key form.
    pub fn path(&self) -> String {
        if self.dir.is_empty() { self.name.to_owned() } else { format!("{}/{}", self.dir, self.name) }
    }
}

/// Files grouped by folder. A million with names of 20 bytes take about 44 MiB.
#[derive(Debug, Clone)]
pub struct Items<R> {
    folders: Vec<(Box<str>, u32)>,
    entries: Vec<Entry<R>>,
    names: String,
}

#[derive(Debug, Clone, Copy)]
struct Entry<R> {
    size: u64,
    name_end: u32,
    reason: R,
}

impl<R> Default for Items<R> {
    fn default() -> Self {
        Self { folders: Vec::new(), entries: Vec::new(), names: String::new() }
    }
}

impl<R: Copy> Items<R> {
    /// Adds a file; those of one folder must follow one another.
    ///
    /// # Errors
    /// [`Error::TooManyFiles`] when the names together have more than 4 GiB.
    pub fn push(&mut self, dir: &str, name: &str, size: u64, reason: R) -> Result<()> {
        let name_end = u32::try_from(self.names.len() + name.len()).map_err(|_| Error::TooManyFiles)?;
        if self.folders.last().is_none_or(|(last, _)| **last != *dir) {
            self.folders.push((dir.into(), self.entries.len() as u32));
        }
        self.names.push_str(name);
        self.entries.push(Entry { size, name_end, reason });
        Ok(())
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every file, by folder as they were added.
    pub fn iter(&self) -> impl Iterator<Item = Item<'_, R>> {
        (0..self.folders.len()).flat_map(|at| self.folder(at))
    }

    /// The `index`-th file. Costs a search among the folders.
    pub fn get(&self, index: usize) -> Option<Item<'_, R>> {
        if index >= self.entries.len() {
            return None;
        }
        let at = self.folders.partition_point(|(_, first)| *first as usize <= index) - 1;
        Some(self.item(at, index))
    }

    fn item(&self, folder: usize, index: usize) -> Item<'_, R> {
        let entry = self.entries[index];
        let begin = index.checked_sub(1).map_or(0, |before| self.entries[before].name_end);
        let name = &self.names[begin as usize..entry.name_end as usize];
        Item { dir: &self.folders[folder].0, name, size: entry.size, reason: entry.reason }
    }

    fn folder(&self, at: usize) -> impl Iterator<Item = Item<'_, R>> {
        let begin = self.folders[at].1 as usize;
        let end = self.folders.get(at + 1).map_or(self.entries.len(), |(_, next)| *next as usize);
        (begin..end).map(move |index| self.item(at, index))
    }

    /// All lists as one, folders in byte order.
    pub fn merge(lists: Vec<Self>) -> Result<Self> {
        if lists.len() == 1 && lists[0].folders.is_sorted() {
            return Ok(lists.into_iter().next().unwrap_or_default());
        }
        let mut order: Vec<(&str, usize, usize)> = Vec::new();
        for (list, items) in lists.iter().enumerate() {
            order.extend(items.folders.iter().enumerate().map(|(at, (dir, _))| (&**dir, list, at)));
        }
        order.sort_unstable();
        let mut merged = Self::default();
        merged.entries.reserve_exact(lists.iter().map(Self::len).sum());
        merged.names.reserve_exact(lists.iter().map(|l| l.names.len()).sum());
        for (_, list, at) in order {
            for item in lists[list].folder(at) {
                merged.push(item.dir, item.name, item.size, item.reason)?;
            }
        }
        Ok(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back_by_folder_in_order() {
        let (mut a, mut b) = (Items::default(), Items::default());
        a.push("b", "x", 1, 'n').unwrap();
        a.push("b", "y", 2, 'c').unwrap();
        a.push("", "top", 3, 'n').unwrap();
        b.push("a/c", "é", 4, 'n').unwrap();
        let merged = Items::merge(vec![a, b]).unwrap();
        let all: Vec<_> = merged.iter().map(|i| (i.path(), i.size, i.reason)).collect();
        let want = [("top", 3, 'n'), ("a/c/é", 4, 'n'), ("b/x", 1, 'n'), ("b/y", 2, 'c')];
        assert_eq!(all, want.map(|(p, s, r)| (p.to_owned(), s, r)));
        let got: Vec<_> = (0..5).filter_map(|i| merged.get(i)).map(|i| i.path()).collect();
        assert_eq!(got, ["top", "a/c/é", "b/x", "b/y"]);
    }

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Entry<super::super::Reason>>() <= 16);
    }
}
