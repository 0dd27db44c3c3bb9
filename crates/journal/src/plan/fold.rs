//! Which of its own segments a device folds into one.

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldRule {
    /// So many segments of one level become one of the next.
    pub fan: usize,
    /// A fold takes no more bytes of records than this, and leaves alone what is larger than half of it.
    pub max_bytes: u64,
}

impl Default for FoldRule {
    fn default() -> Self {
        Self { fan: 32, max_bytes: 16 << 20 }
    }
}

/// An own live segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnSegment {
    /// Its place in the log.
    pub sequence: u64,
    /// Bytes of its records.
    pub bytes: u64,
    /// 0 for one that was flushed, else one more than the highest it was folded from.
    pub level: u32,
    /// Whether it holds an entry that was deleted.
    pub holds_deleted: bool,
}

/// Sequences to fold because there are many small ones of a level: the oldest first, or none.
pub fn choose_fold(live: &[OwnSegment], rule: FoldRule) -> Vec<u64> {
    let small = |segment: &&OwnSegment| segment.bytes <= rule.max_bytes / 2;
    let highest = live.iter().map(|segment| segment.level).max().unwrap_or(0);
    let levels = (0..=highest).map(|level| live.iter().filter(small).filter(move |s| s.level == level));
    for level in levels {
        let chosen = up_to(level, rule.max_bytes);
        if chosen.len() >= rule.fan.max(2) || chosen.len() >= 2 && is_full(live, &chosen, rule) {
            return chosen;
        }
    }
    Vec::new()
}

/// Sequences to write again because they hold deleted entries.
pub fn choose_rewrite(live: &[OwnSegment], rule: FoldRule) -> Vec<u64> {
    up_to(live.iter().filter(|segment| segment.holds_deleted), rule.max_bytes)
}

/// As many as fit, at least one.
fn up_to<'a>(segments: impl Iterator<Item = &'a OwnSegment>, max_bytes: u64) -> Vec<u64> {
    let mut sum = 0;
    let fits = |segment: &&OwnSegment| {
        let first = sum == 0;
        sum += segment.bytes;
        first || sum <= max_bytes
    };
    segments.take_while(fits).map(|segment| segment.sequence).collect()
}

/// Whether what was chosen is about as large as a fold may be, though it is of few segments.
fn is_full(live: &[OwnSegment], chosen: &[u64], rule: FoldRule) -> bool {
    let sum: u64 = live.iter().filter(|s| chosen.contains(&s.sequence)).map(|s| s.bytes).sum();
    sum > rule.max_bytes / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: FoldRule = FoldRule { fan: 3, max_bytes: 100 };

    fn segment(sequence: u64, bytes: u64, level: u32) -> OwnSegment {
        OwnSegment { sequence, bytes, level, holds_deleted: false }
    }

    #[test]
    fn as_many_of_a_level_as_the_fan_become_one() {
        let live = [segment(1, 1, 0), segment(2, 1, 0), segment(3, 1, 1)];
        assert!(choose_fold(&live, RULE).is_empty());
        let live = [segment(1, 1, 0), segment(2, 1, 0), segment(3, 1, 1), segment(4, 1, 0)];
        assert_eq!(choose_fold(&live, RULE), [1, 2, 4]);
    }

    #[test]
    fn large_ones_are_left_alone_and_few_that_fill_a_fold_are_folded() {
        assert!(choose_fold(&[segment(1, 60, 0), segment(2, 60, 0), segment(3, 60, 0)], RULE).is_empty());
        assert_eq!(choose_fold(&[segment(1, 40, 0), segment(2, 40, 0)], RULE), [1, 2]);
        assert!(choose_fold(&[], RULE).is_empty());
    }

    #[test]
    fn what_holds_deleted_entries_is_written_again_whatever_its_size() {
        let held = OwnSegment { holds_deleted: true, ..segment(2, 500, 0) };
        assert_eq!(choose_rewrite(&[segment(1, 1, 0), held], RULE), [2]);
    }

    proptest! {
        #[test]
        fn folding_comes_to_an_end_with_few_segments(sizes in proptest::collection::vec(1u64..40, 0..200)) {
            let mut live: Vec<_> = (1..).zip(sizes).map(|(sequence, bytes)| segment(sequence, bytes, 0)).collect();
            for next in live.len() as u64 + 1..1000 {
                let chosen = choose_fold(&live, RULE);
                if chosen.is_empty() {
                    break;
                }
                let (gone, stay): (Vec<OwnSegment>, Vec<OwnSegment>) =
                    live.into_iter().partition(|s| chosen.contains(&s.sequence));
                let level = gone.iter().map(|s| s.level).max().unwrap_or(0) + 1;
                live = stay;
                live.push(segment(next, gone.iter().map(|s| s.bytes).sum(), level));
            }
            prop_assert!(choose_fold(&live, RULE).is_empty());
        }
    }
}
