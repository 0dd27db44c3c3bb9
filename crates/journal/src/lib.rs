//! Logs of devices in a bucket: each device writes its own, sealed, and every device merges all of them.
//!
//! Shell history and family records are kept in it. An [`Entry`] is opaque bytes with an id, a time and a kind; the
//! journal refuses to know what is inside. It needs nothing but an [`ObjectStore`](holdfast_storage::ObjectStore), asks
//! no clock and no generator of its own, and reads what others wrote as something that may be damaged.
//!
//! # In the bucket, below `{user id}/`
//!
//! - `devices/{device id}.json` ([`device_file`]): written by that device alone, at its registration, daily, and after a
//!   fold. It tells the sequence reached and which segments are *live*; the name is sealed, and the seal authenticates
//!   every field.
//! - `log/{device id}/{sequence, 20 digits}` ([`segment`]): immutable. Sealed by `holdfast-crypto` (byte by byte there);
//!   inside is one zstd frame of records, each a length (4 bytes, big endian) and so many bytes ([`record`]):
//!
//! ```text
//! all          type 1 · id 16 · time 8 (ms since 1970, signed) · origin device 16 · number 8      (big endian)
//! 1 entry            … kind 2 · payload
//! 2 deletion         … id of the entry that is deleted 16
//! 3 acknowledgement  … id of the deletion that was carried out 16
//! 4 fold             … sequences whose place this segment takes, 8 each
//! 5 retirement       … device that is not waited for any more 16
//! ```
//!
//! A record never changes, whoever writes it again: time, origin and number are given when it is captured.
//!
//! # State
//!
//! One SQLite file ([`State`]): merged entries and deletions, records that wait, the sealed segment that is on its way,
//! own live segments, and a cursor for each peer. All but what was not sent yet is derived: without the file a device
//! becomes a new one and reads the same from the bucket.
//!
//! # Invariants
//!
//! 1. *One writer per prefix.* A device writes below its own id only. A segment is sealed once, kept in the state, and the
//!    same bytes are sent until the place has them: a lost answer is no second segment.
//! 2. *A copied device id is noticed*: by a create that finds other content under the next sequence, or, where the place
//!    does not honour conditional creates, by reading back what was written and what was last written. The device that
//!    notices takes a new id and writes again what the log does not hold (module `own`).
//! 3. *A fold* holds all records of the segments it covers, without deleted entries, and stands behind them in the log:
//!    a reader that goes from live segment to live segment misses nothing, one that read the covered ones reads nothing
//!    new. Covered segments go when the retention time is over and the device file no longer calls them live.
//! 4. *Merging is union, deletions win*; order is (time, origin, number, id), a property of the records alone.
//! 5. *Nothing that cannot be read stops the rest*: it is skipped, counted, named and asked for again daily.
//! 6. *A former key seals no more*: where [`Settings::former`] has a table for it, a segment of that key behind what the
//!    table names is passed over, whoever's log it stands in; a device tells again what it knows beyond (module `former`).
//! 7. *A chain that does not fit* (each segment names the hash of the one before) is reported by device, what was read
//!    is kept, and the log is read again from its beginning once for each break.
//!
//! # Observe, plan, act
//!
//! [`plan`] holds the pure decisions: when to send, what to fold, which sequence to ask for next. Reading asks for the
//! next sequence of every peer (one GET each, and the answer carries the data), then applies what came in one
//! transaction per segment. Every step can be cut off at any request and done again.

#![warn(missing_docs)]

mod clock;
pub mod device_file;
mod discover;
mod error;
mod fetch;
mod former;
mod head;
mod journal;
mod keys_of_objects;
mod maintain;
mod own;
pub mod plan;
mod pull;
pub mod record;
pub mod segment;
mod settings;
mod state;
mod status;
mod write;

pub use clock::{DAY, HOUR, MINUTE, Millis};
pub use error::{Error, Result};
pub use former::{Limit, Limits};
pub use head::Head;
pub use journal::{Captured, Journal, NewEntry};
pub use maintain::Maintained;
pub use pull::{Pulled, Reach};
pub use record::Entry;
pub use settings::{Creates, Settings};
pub use state::{Change, FeedOf, Problem, State};
pub use status::{DeletionStatus, DeviceStatus, ProblemStatus, Status, UnreadSegment};
pub use uuid::Uuid;
pub use write::Flushed;
