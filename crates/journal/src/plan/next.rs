//! Which sequences of a peer's log to ask for.

use serde::{Deserialize, Serialize};

/// Sequences as ascending ranges with both ends, such as `[[1, 1], [5, 9]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// From ascending sequences.
    pub fn from_sorted(sequences: impl IntoIterator<Item = u64>) -> Self {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for sequence in sequences {
            match ranges.last_mut() {
                Some((_, end)) if end.checked_add(1) == Some(sequence) => *end = sequence,
                _ => ranges.push((sequence, sequence)),
            }
        }
        Self(ranges)
    }

    /// Whether the ranges are ascending, apart, and begin behind 0.
    pub fn is_well_formed(&self) -> bool {
        self.0.iter().all(|(start, end)| *start > 0 && start <= end)
            && self.0.is_sorted_by(|before, after| before.1 < after.0)
    }

    /// Whether a sequence is in it.
    pub fn contains(&self, sequence: u64) -> bool {
        self.0.iter().any(|(start, end)| (*start..=*end).contains(&sequence))
    }

    /// The smallest that is not below `sequence`.
    pub fn at_or_after(&self, sequence: u64) -> Option<u64> {
        self.0.iter().find(|(_, end)| *end >= sequence).map(|(start, _)| (*start).max(sequence))
    }
}

/// The sequences to ask for behind `cursor`: up to `ahead` that the device file tells of (`live`, up to `reached`), or
/// the one that would come next.
pub fn next_sequences(cursor: u64, reached: u64, live: &Ranges, ahead: usize) -> Vec<u64> {
    let mut wanted = Vec::new();
    let mut at = cursor;
    while wanted.len() < ahead.max(1) {
        let known = live.at_or_after(at.saturating_add(1)).filter(|sequence| *sequence <= reached);
        let Some(sequence) = known else { break };
        wanted.push(sequence);
        at = sequence;
    }
    if wanted.is_empty() {
        wanted.push(cursor.max(reached).saturating_add(1));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_goes_from_live_segment_to_live_segment_and_then_asks_for_the_next() {
        let live = Ranges::from_sorted([4, 7, 8]);
        for (cursor, reached, expected) in [
            (0, 8, vec![4, 7]),
            (4, 8, vec![7, 8]),
            (5, 8, vec![7, 8]),
            (7, 8, vec![8]),
            (8, 8, vec![9]),
            (20, 8, vec![21]),
        ] {
            assert_eq!(next_sequences(cursor, reached, &live, 2), expected, "{cursor}");
        }
        assert_eq!(next_sequences(0, 0, &Ranges::default(), 8), [1]);
        assert_eq!(next_sequences(0, 8, &Ranges::default(), 8), [9]);
    }

    #[test]
    fn ranges_are_short_and_checked() {
        let ranges = Ranges::from_sorted([1, 2, 3, 7, 9, 10]);
        assert_eq!(serde_json::to_string(&ranges).unwrap(), "[[1,3],[7,7],[9,10]]");
        assert!(ranges.is_well_formed() && ranges.contains(2) && !ranges.contains(8));
        for bad in ["[[0,1]]", "[[3,2]]", "[[1,3],[3,4]]", "[[5,6],[1,2]]"] {
            assert!(!serde_json::from_str::<Ranges>(bad).unwrap().is_well_formed(), "{bad}");
        }
    }
}
