//! How master secrets followed each other, as it stands in the place: sealed. And the one that waits to begin.

use holdfast_crypto::vault::DevicePublic;
use rusqlite::OptionalExtension;

use super::Local;
use crate::Result;

/// A master secret that took the place of another.
#[derive(Debug)]
pub(crate) struct Adopted {
    pub(crate) generation: u16,
    /// The object in the place.
    pub(crate) object: Vec<u8>,
    /// Who handed it to this device; `None` where the keyring came in another way.
    pub(crate) giver: Option<DevicePublic>,
}

impl Local {
    /// What was adopted, ascending.
    pub(crate) fn adopted(&self) -> Result<Vec<Adopted>> {
        let mut find =
            self.conn.prepare_cached("SELECT generation, object, giver FROM keyrings ORDER BY generation")?;
        let rows = find.query_map([], |row| {
            let giver = row.get::<_, Option<Vec<u8>>>(2)?.and_then(|bytes| DevicePublic::from_bytes(&bytes).ok());
            Ok(Adopted { generation: row.get(0)?, object: row.get(1)?, giver })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps one. When it is the one that waited here, that waits no more.
    pub(crate) fn adopt(&mut self, adopted: &Adopted) -> Result<()> {
        let Adopted { generation, object, giver } = adopted;
        let giver = giver.map(|giver| giver.to_bytes().to_vec());
        self.transaction(|conn| {
            let sql = "INSERT OR REPLACE INTO keyrings VALUES(?1, ?2, ?3)";
            conn.prepare_cached(sql)?.execute((generation, object, giver))?;
            conn.execute("DELETE FROM rotation WHERE object = ?1", [object])?;
            Ok(())
        })
    }

    /// What waits to be created in the place.
    pub(crate) fn rotation(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.conn.query_row("SELECT object FROM rotation", [], |row| row.get(0)).optional()?)
    }

    /// Lets one wait, or none.
    pub(crate) fn set_rotation(&mut self, object: Option<&[u8]>) -> Result<()> {
        self.transaction(|conn| {
            conn.execute("DELETE FROM rotation", [])?;
            if let Some(object) = object {
                conn.execute("INSERT INTO rotation VALUES(?1)", [object])?;
            }
            Ok(())
        })
    }
}
