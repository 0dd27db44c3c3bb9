//! Ours written out.

use std::io::{BufWriter, Write};

use super::file_error;
use crate::{Database, Result};

/// Writes every entry as a line of JSON, in order of time; how many. `name` is what errors call the target.
pub fn export(database: &Database, name: &std::path::Path, target: &mut dyn Write) -> Result<u64> {
    let mut writer = BufWriter::with_capacity(1 << 16, target);
    let mut count = 0;
    database.for_each(|entry| {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        writer.write_all(&line).map_err(|error| file_error(name, error))?;
        count += 1;
        Ok(true)
    })?;
    writer.flush().map_err(|error| file_error(name, error))?;
    Ok(count)
}
