//! Answers to devices that asked for everything this one holds.

use super::{HttpBackend, PART_ENTRIES, parts};
use crate::{Entry, Result};

impl HttpBackend {
    /// Sends all entries, in parts, to each device that asks. The server forgets the question with the first part, so how
    /// far the answer is stands in the database and a later call goes on there. Who has nothing leaves the question to
    /// others.
    pub(super) async fn answer_dumps(&mut self) -> Result<()> {
        while let Some((asking, after)) = self.state.next_dump()? {
            let (entries, end) = self.state.database().entries_after(after, PART_ENTRIES)?;
            if entries.is_empty() {
                self.state.end_dump(&asking)?;
                continue;
            }
            for part in parts(&entries) {
                self.send_dump(&asking, part).await?;
            }
            self.state.set_dump(&asking, end)?;
        }
        Ok(())
    }

    async fn send_dump(&mut self, asking: &str, part: &[Entry]) -> Result<()> {
        let sealed = self.seal_all(part)?;
        let device = self.device.to_string();
        let query =
            [("user_id", self.keys.user_id()), ("requesting_device_id", asking), ("source_device_id", device.as_str())];
        self.caller.post("submit-dump", &query, &sealed).await?;
        Ok(())
    }
}
