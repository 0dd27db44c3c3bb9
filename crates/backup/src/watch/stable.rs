//! Whether a file holds still. Pure: looks and times are handed in.

use std::{path::Path, time::Duration};

use crate::file_meta::FileMeta;

/// How patiently a file is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// So long size and times must stay the same.
    pub debounce: Duration,
    /// So many looks at a file that keeps changing, then it is reported and left for the next look at the whole folder.
    pub max_attempts: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { debounce: Duration::from_secs(3), max_attempts: 100 }
    }
}

/// What is under a name at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing.
    Absent,
    /// A folder.
    Folder,
    /// A file or link.
    File {
        /// Bytes.
        size: u64,
        /// Last change of the content, ns.
        mtime: i64,
        /// Last change of the inode, ns.
        ctime: i64,
        /// Inode number.
        inode: u64,
    },
}

impl Look {
    /// Looks, without following a link. What cannot be looked at counts as absent: planning reports it.
    pub fn at(path: &Path) -> Self {
        match std::fs::symlink_metadata(path) {
            Ok(meta) if meta.is_dir() => Self::Folder,
            Ok(meta) => {
                let FileMeta { size, mtime, ctime, inode, .. } = FileMeta::of(&meta);
                Self::File { size, mtime, ctime, inode }
            }
            Err(_) => Self::Absent,
        }
    }
}

/// What was seen of a path so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// The last look and when this look was first had, since the process began.
    pub last: Option<(Look, Duration)>,
    /// How often it had changed again.
    pub attempts: u32,
}

/// What is to be done with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It held still: it may be sent.
    Settled,
    /// It is looked at again then.
    Wait {
        /// What was seen, to be kept.
        seen: Seen,
        /// When, since the process began.
        again: Duration,
        /// Whether it had changed and goes to the back of the queue.
        to_the_back: bool,
    },
    /// It never held still.
    GiveUp,
}

/// Judges a look at a path. `now` is time since the process began: a clock that is set cannot shorten the wait.
pub fn judge(seen: &Seen, look: Look, now: Duration, rules: &Rules) -> Verdict {
    let first_look = |attempts, to_the_back| Verdict::Wait {
        seen: Seen { last: Some((look, now)), attempts },
        again: now + rules.debounce,
        to_the_back,
    };
    match seen.last {
        None => first_look(seen.attempts, false),
        Some((before, since)) if same(before, look) => match now.saturating_sub(since) >= rules.debounce {
            true => Verdict::Settled,
            false => Verdict::Wait { seen: *seen, again: since + rules.debounce, to_the_back: false },
        },
        Some(_) if seen.attempts + 1 >= rules.max_attempts => Verdict::GiveUp,
        Some(_) => first_look(seen.attempts + 1, true),
    }
}

/// Files in a folder change all the time; the folder itself is only there or not.
fn same(before: Look, now: Look) -> bool {
    before == now
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(n: u64) -> Look {
        Look::File { size: n, mtime: n as i64, ctime: 0, inode: 7 }
    }

    #[test]
    fn a_file_settles_when_it_held_still_and_is_given_up_when_it_never_does() {
        let rules = Rules { debounce: Duration::from_secs(3), max_attempts: 3 };
        let at = Duration::from_secs;
        let Verdict::Wait { seen, again, to_the_back: false } = judge(&Seen::default(), file(1), at(10), &rules) else {
            panic!("a first look settles nothing")
        };
        assert_eq!(again, at(13));
        assert_eq!(judge(&seen, file(1), at(13), &rules), Verdict::Settled);
        assert!(matches!(judge(&seen, file(1), at(12), &rules), Verdict::Wait { to_the_back: false, .. }));
        let Verdict::Wait { seen, to_the_back: true, .. } = judge(&seen, file(2), at(13), &rules) else {
            panic!("it changed")
        };
        let Verdict::Wait { seen, .. } = judge(&seen, file(3), at(16), &rules) else { panic!("it changed again") };
        assert_eq!(judge(&seen, file(4), at(19), &rules), Verdict::GiveUp);
        assert_eq!(judge(&seen, Look::Absent, at(19), &rules), Verdict::GiveUp);
    }

    proptest! {
        /// Whatever the file does and whenever it is looked at, it settles only on a look that was the same for the whole
        /// debounce, and it leaves the queue after a bounded number of changes.
        #[test]
        fn nothing_settles_that_changed_within_the_debounce(steps in proptest::collection::vec((0u64..4_000, 0u64..3), 1..300)) {
            let rules = Rules { debounce: Duration::from_secs(3), max_attempts: 20 };
            let (mut now, mut seen, mut content) = (Duration::ZERO, Seen::default(), 0);
            let mut changes = Vec::new();
            for (pause, change) in steps {
                now += Duration::from_millis(pause);
                if change == 0 {
                    content += 1;
                    changes.push(now);
                }
                match judge(&seen, file(content), now, &rules) {
                    Verdict::Settled => {
                        let last = changes.last().copied();
                        prop_assert!(last.is_none_or(|last| now - last >= rules.debounce), "changed at {last:?}, sent at {now:?}");
                        break;
                    }
                    Verdict::GiveUp => {
                        prop_assert_eq!(seen.attempts + 1, rules.max_attempts);
                        break;
                    }
                    Verdict::Wait { seen: kept, again, .. } => {
                        prop_assert!(again > now && again <= now + rules.debounce);
                        seen = kept;
                    }
                }
            }
        }
    }
}
