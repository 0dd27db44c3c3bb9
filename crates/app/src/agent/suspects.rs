//! Copies that a drill found to be wrong: which of them are still to be sent anew, and which the next drill reads first,
//! so that a proof after a repair is a proof of what was repaired. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::run_log::Scope;

/// What the last drill found wrong, by the names that the log has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspects {
    /// All of them.
    pub all: BTreeSet<String>,
    /// Those that were not sent anew since.
    left: BTreeSet<String>,
}

impl Suspects {
    /// What a drill found.
    pub fn found(names: impl IntoIterator<Item = String>) -> Self {
        let all: BTreeSet<String> = names.into_iter().collect();
        Self { left: all.clone(), all }
    }

    /// What a backup that got through leaves of them: what it had to do with and did not name as failed was sent.
    pub fn after_backup(&mut self, scope: Scope<'_>, failed: &BTreeSet<&str>) {
        self.left.retain(|name| {
            let had_to = match scope {
                Scope::Whole => true,
                Scope::Paths(names) => names.contains(name),
            };
            !had_to || failed.contains(name.as_str())
        });
    }

    /// Whether something was wrong and all of it was sent anew.
    pub fn were_sent(&self) -> bool {
        !self.all.is_empty() && self.left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrong_counts_as_sent_only_when_a_run_had_to_do_with_it_and_did_it() {
        let names = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (one, both, other) = (names(&["a"]), names(&["a", "b"]), names(&["c"]));
        let cases: [(&str, Scope<'_>, &[&str], bool); 6] = [
            ("a run over the folder", Scope::Whole, &[], true),
            ("which could not read one of them", Scope::Whole, &["b"], false),
            ("which could not read another one", Scope::Whole, &["c"], true),
            ("both by name", Scope::Paths(&both), &[], true),
            ("one by name", Scope::Paths(&one), &[], false),
            ("another one by name", Scope::Paths(&other), &[], false),
        ];
        for (what, scope, failed, sent) in cases {
            let mut suspects = Suspects::found(both.clone());
            suspects.after_backup(scope, &failed.iter().copied().collect());
            assert_eq!(suspects.were_sent(), sent, "{what}");
            assert_eq!(suspects.all.len(), 2, "the next drill reads all of them");
        }
        assert!(!Suspects::default().were_sent());
    }
}
