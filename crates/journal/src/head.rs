//! The ends of logs, for those who sign them or compare them with what was signed.

use uuid::Uuid;

use crate::{Journal, Result, state::peers::Peer};

/// The end of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Whose log.
    pub device: Uuid,
    /// The last sequence; 0 when there is none.
    pub sequence: u64,
    /// Hash of that segment; `None` where it was not read.
    pub hash: Option<[u8; 32]>,
    /// Entries that are known and that the device made.
    pub entries: u64,
}

impl Journal {
    /// The last sequence of the own log that the place confirmed.
    pub fn sequence(&self) -> Result<u64> {
        Ok(self.state.end()?.sequence)
    }

    /// The end of the own log, as the place confirmed it.
    pub fn head(&self) -> Result<Head> {
        let end = self.state.end()?;
        let hash = (end.sequence > 0).then_some(end.hash);
        Ok(Head { device: self.device, sequence: end.sequence, hash, entries: self.state.count_of(self.device)? })
    }

    /// How far the logs of others were read.
    pub fn heads_read(&self) -> Result<Vec<Head>> {
        let head = |peer: Peer| {
            let entries = self.state.count_of(peer.device)?;
            Ok(Head { device: peer.device, sequence: peer.cursor, hash: peer.hash, entries })
        };
        self.state.peers()?.into_iter().map(head).collect()
    }
}
