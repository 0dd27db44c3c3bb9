//! What capturing keeps beside the entries.

use crate::{Database, Result, capture::Redactor};

/// The user's own patterns, as a JSON list of texts.
const PATTERNS: &str = "redaction patterns";
/// How many secrets were replaced so far.
const REDACTIONS: &str = "redactions";

/// The user's own patterns for secrets.
pub fn own_patterns(database: &Database) -> Result<Vec<String>> {
    let text = database.fact(PATTERNS)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Sets the user's own patterns; none is taken when one of them cannot be used.
pub fn set_own_patterns(database: &Database, patterns: &[String]) -> Result<()> {
    Redactor::new(patterns)?;
    database.set_fact(PATTERNS, &serde_json::to_string(patterns)?)
}

/// How many secrets were replaced on this computer so far.
pub fn redactions(database: &Database) -> Result<u64> {
    Ok(database.fact(REDACTIONS)?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// Adds to [`redactions`].
pub(crate) fn count_redactions(database: &mut Database, count: usize) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    database.transaction(|conn| {
        let sql = "INSERT INTO facts VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = value + excluded.value";
        conn.execute(sql, (REDACTIONS, count.to_string()))?;
        Ok(())
    })
}
