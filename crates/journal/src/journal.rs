//! The journal of one device: opening, capturing, deleting, looking. What touches the bucket has modules of its own.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use holdfast_crypto::UserKeys;
use holdfast_storage::{ListRequest, ObjectStore};
use rand_core::CryptoRng;
use rusqlite::Connection;
use uuid::Uuid;

use crate::{
    Error, Millis, Pulled, Reach, Result, Settings, State,
    keys_of_objects::Layout,
    plan::{Due, due},
    record::{Content, Entry, Record},
    segment::MAX_RECORD_BYTES,
    state::{
        entries::{self, Applied},
        next_number, set_fact,
    },
};

/// A device's journal. One value of it writes at a time.
pub struct Journal {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) keys: Arc<UserKeys>,
    pub(crate) layout: Layout,
    pub(crate) state: State,
    pub(crate) settings: Settings,
    pub(crate) random: Box<dyn CryptoRng + Send>,
    pub(crate) device: Uuid,
}

/// Something to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its id; the same id captured twice is one entry.
    pub id: Uuid,
    /// When it happened, in milliseconds since 1970.
    pub time: Millis,
    /// What the payload is, for whom it belongs to.
    pub kind: u16,
    /// Opaque bytes, at most 16 MiB.
    pub payload: Bytes,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// It is kept and waits to be sent.
    New,
    /// An entry with its id is there already.
    Known,
    /// An entry with its id was deleted and does not return.
    Deleted,
}

impl Journal {
    /// Opens the journal over a place in which the user's folder is at the top. Makes no request.
    ///
    /// A new state becomes a new device. A state of another secret is refused with [`Error::WrongSecret`]; one of a former
    /// key goes on with the current one, and is from then on a state of that.
    pub fn open(
        mut state: State,
        store: Arc<dyn ObjectStore>,
        keys: Arc<UserKeys>,
        settings: Settings,
        mut random: Box<dyn CryptoRng + Send>,
        now: Millis,
    ) -> Result<Self> {
        if let Some(expected) = state.fact("user")? {
            let known = state.fact("key check")?;
            let fits = known.as_ref().is_some_and(|check| keys.fits(check)) && expected == keys.user_id().as_str();
            if !fits {
                return Err(Error::WrongSecret { expected });
            }
            if known.as_deref() != Some(keys.check().as_str()) {
                state.set_fact("key check", keys.check().as_str())?;
            }
        }
        let device = match state.device()? {
            Some(device) => device,
            None => {
                let device = settings.first_id.unwrap_or_else(|| new_id(&mut *random));
                let feed = new_id(&mut *random);
                state.transaction(|conn| {
                    set_up(conn, &keys, device, now)?;
                    set_fact(conn, "feed", &feed.to_string())
                })?;
                device
            }
        };
        let layout = Layout::new(keys.user_id());
        Ok(Self { store, keys, layout, state, settings, random, device })
    }

    /// Whether any device of this user has registered: one LIST. [`Error::NobodyHere`] when none has, which for a person
    /// who joins with a known secret means that the secret or the place is a wrong one. Writes nothing.
    pub async fn expect_others(&mut self) -> Result<()> {
        match self.has_others().await? {
            true => Ok(()),
            false => Err(Error::NobodyHere { user: self.keys.user_id().clone() }),
        }
    }

    /// Whether any device of this user has registered here, this one included: one LIST.
    pub async fn has_others(&mut self) -> Result<bool> {
        let request = ListRequest { prefix: self.layout.devices(), max_keys: Some(1), ..ListRequest::default() };
        let store = self.store.clone();
        Ok(!store.list(&request).await?.objects.is_empty())
    }

    /// This device's id. It changes when another computer is found to write under it.
    pub fn device(&self) -> Uuid {
        self.device
    }

    /// Takes in the id that another process of this device may have taken meanwhile over the same state.
    pub fn reload(&mut self) -> Result<()> {
        self.device = self.state.device()?.unwrap_or(self.device);
        Ok(())
    }

    /// The merged state, to read from.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Gives the state back.
    pub fn into_state(self) -> State {
        self.state
    }

    /// Keeps an entry. Nothing is sent before [`Self::flush`].
    pub fn capture(&mut self, entry: NewEntry, now: Millis) -> Result<Captured> {
        let bytes = entry.payload.len();
        if bytes > MAX_RECORD_BYTES {
            return Err(Error::EntryTooLarge { bytes, limit: MAX_RECORD_BYTES });
        }
        let origin = self.device;
        let applied = self.state.transaction(|conn| {
            let NewEntry { id, time, kind, payload } = entry;
            let record =
                Record { id, time, origin, number: next_number(conn)?, content: Content::Entry { kind, payload } };
            entries::submit(conn, &record, now)
        })?;
        Ok(match applied {
            Applied::New => Captured::New,
            Applied::Known => Captured::Known,
            Applied::Deleted => Captured::Deleted,
        })
    }

    /// Deletes an entry everywhere, also one that this device does not know yet. Returns the deletion's id, or `None`
    /// when it was deleted before.
    pub fn delete(&mut self, target: Uuid, now: Millis) -> Result<Option<Uuid>> {
        let (id, origin) = (new_id(&mut *self.random), self.device);
        self.state.transaction(|conn| {
            if entries::is_deleted(conn, target)? {
                return Ok(None);
            }
            let content = Content::Deletion { target };
            let record = Record { id, time: now, origin, number: next_number(conn)?, content };
            entries::submit(conn, &record, now)?;
            entries::take_back(conn, target)?;
            Ok(Some(id))
        })
    }

    /// Waits for a device no more, everywhere: it is asked for less often and owes no acknowledgement. What it wrote stays,
    /// and what it still writes is read. `false` when that was said before.
    pub fn retire(&mut self, device: Uuid, now: Millis) -> Result<bool> {
        let (id, origin) = (new_id(&mut *self.random), self.device);
        self.state.transaction(|conn| {
            let record =
                Record { id, time: now, origin, number: next_number(conn)?, content: Content::Retirement { device } };
            Ok(entries::submit(conn, &record, now)? == Applied::New)
        })
    }

    /// When what waits should be sent.
    pub fn due(&self, now: Millis) -> Result<Due> {
        Ok(due(self.state.waiting()?, now, self.settings.batch))
    }

    /// All entries, in the order that is the same everywhere.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        self.state.entries()
    }

    /// Reads from peers, sends what is due, folds and tidies up: what an agent does again and again.
    pub async fn sync(&mut self, reach: Reach, now: Millis) -> Result<Pulled> {
        let pulled = self.pull(reach, now).await?;
        if self.due(now)? == Due::Now {
            self.flush(now).await?;
        }
        self.maintain(now).await?;
        Ok(pulled)
    }
}

fn set_up(conn: &Connection, keys: &UserKeys, device: Uuid, now: Millis) -> Result<()> {
    set_fact(conn, "user", keys.user_id().as_str())?;
    set_fact(conn, "key check", keys.check().as_str())?;
    set_fact(conn, "device", &device.to_string())?;
    set_fact(conn, "registered", &now.to_string())
}

/// A random id (UUID version 4).
pub(crate) fn new_id(random: &mut (dyn CryptoRng + Send)) -> Uuid {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("device", &self.device).finish_non_exhaustive()
    }
}
