//! Ids for commands of sources that have none: the same for the same command at each import.

use std::collections::HashMap;

use uuid::Uuid;

use super::Format;
use crate::Entry;

/// The namespace of such ids, made once at random.
const NAMESPACE: Uuid = Uuid::from_u128(0x6ac3_49d1_91f5_4d0e_8a3f_0b6d_57e2_c4a8);

/// Counts how often the same was there before: sixteen bytes for each different command.
pub(super) struct Occurrences {
    format: Format,
    seen: HashMap<u64, u32>,
}

impl Occurrences {
    pub fn new(format: Format) -> Self {
        Self { format, seen: HashMap::new() }
    }

    /// Gives an entry without an id the one of source, host, time, command and how often the same came before. The command
    /// is the redacted one: nothing that is kept is made from a secret.
    pub fn give_id(&mut self, entry: &mut Entry) {
        if !entry.entry_id.is_nil() {
            return;
        }
        let command = entry.command_bytes.as_deref().unwrap_or(entry.command.as_bytes());
        let time = entry.start_time.as_micros().to_be_bytes();
        let mut name = Vec::with_capacity(command.len() + 64);
        for part in [self.format.as_str().as_bytes(), entry.hostname.as_bytes(), &time, command] {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part);
        }
        let (same, _) = Uuid::new_v5(&NAMESPACE, &name).as_u64_pair();
        let number = self.seen.entry(same).or_default();
        name.extend_from_slice(&number.to_be_bytes());
        *number += 1;
        entry.entry_id = Uuid::new_v5(&NAMESPACE, &name);
    }
}
