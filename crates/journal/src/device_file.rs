//! `devices/{device id}.json`: what a device says of itself. Only that device writes it, whole.
//!
//! ```json
//! {"format":1,"device_id":"…","user_id":"…","key_check":"…","registration_date":"2026-01-01T00:00:00Z",
//!  "last_seen":"2026-01-02T00:00:00Z","reached":104,"live":[[96,104]],"sealed":"base64"}
//! ```
//!
//! `sealed` is the device's name; its seal authenticates all other fields, in this order, as lines of text.

use base64::{Engine, prelude::BASE64_STANDARD};
use holdfast_crypto::UserKeys;
use jiff::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Result, clock::Millis, plan::Ranges};

const FORMAT: u32 = 1;

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFile {
    /// Its id.
    pub device: Uuid,
    /// Its name for people.
    pub name: String,
    /// When it registered, by its clock, to the second.
    pub registered: Millis,
    /// When it wrote the file last, by its clock, to the second.
    pub last_seen: Millis,
    /// The last sequence of its log at that time, 0 when there was none.
    pub reached: u64,
    /// Segments that together hold all of its log up to `reached`.
    pub live: Ranges,
}

/// Why a device file is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// Not JSON of this shape.
    #[error("it is not a device file")]
    Shape,
    /// A later format.
    #[error("its format {found} is not known")]
    Format {
        /// The format.
        found: u32,
    },
    /// Made with another secret.
    #[error("it was made with another secret")]
    OtherSecret,
    /// A field was changed, or the file stands under another device's name.
    #[error("it was changed by somebody else")]
    Changed,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    device_id: Uuid,
    user_id: String,
    key_check: String,
    registration_date: String,
    last_seen: String,
    reached: u64,
    live: Ranges,
    sealed: String,
}

impl Stored {
    fn context(&self) -> Vec<u8> {
        let live = serde_json::to_string(&self.live).unwrap_or_default();
        let Self { format, device_id, user_id, key_check, registration_date, last_seen, reached, .. } = self;
        format!("device file {format}\n{device_id}\n{user_id}\n{key_check}\n{registration_date}\n{last_seen}\n{reached}\n{live}")
            .into_bytes()
    }
}

impl DeviceFile {
    /// The file's content.
    pub fn to_bytes(&self, keys: &UserKeys, random: &mut dyn CryptoRng) -> Result<Vec<u8>> {
        let mut stored = Stored {
            format: FORMAT,
            device_id: self.device,
            user_id: keys.user_id().as_str().to_owned(),
            key_check: keys.check().as_str().to_owned(),
            registration_date: date(self.registered),
            last_seen: date(self.last_seen),
            reached: self.reached,
            live: self.live.clone(),
            sealed: String::new(),
        };
        let sealed = keys.seal_value(&stored.context(), self.name.as_bytes(), random)?;
        stored.sealed = BASE64_STANDARD.encode(sealed);
        Ok(serde_json::to_vec(&stored).map_err(std::io::Error::from)?)
    }

    /// Reads the file that stands under `device`'s name.
    pub fn parse(keys: &UserKeys, device: Uuid, bytes: &[u8]) -> Result<Self, Unbelieved> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let Version { format } = serde_json::from_slice(bytes).map_err(|_| Unbelieved::Shape)?;
        if format != FORMAT {
            return Err(Unbelieved::Format { found: format });
        }
        let stored: Stored = serde_json::from_slice(bytes).map_err(|_| Unbelieved::Shape)?;
        if !keys.fits(&stored.key_check) {
            return Err(Unbelieved::OtherSecret);
        }
        let sealed = BASE64_STANDARD.decode(&stored.sealed).map_err(|_| Unbelieved::Shape)?;
        let name = keys.open_value(&stored.context(), &sealed).map_err(|_| Unbelieved::Changed)?;
        if stored.device_id != device {
            return Err(Unbelieved::Changed);
        }
        match stored.live.is_well_formed() {
            false => Err(Unbelieved::Shape),
            true => Ok(Self {
                device,
                name: String::from_utf8_lossy(&name).into_owned(),
                registered: time(&stored.registration_date)?,
                last_seen: time(&stored.last_seen)?,
                reached: stored.reached.min(i64::MAX as u64 - 1),
                live: stored.live,
            }),
        }
    }
}

/// To the second; what no calendar has becomes the nearest that it has.
fn date(time: Millis) -> String {
    let nearest = if time < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(time.div_euclid(1000)).unwrap_or(nearest).to_string()
}

fn time(date: &str) -> Result<Millis, Unbelieved> {
    Ok(date.parse::<Timestamp>().map_err(|_| Unbelieved::Shape)?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use holdfast_crypto::UserSecret;
    use rand::{SeedableRng, rngs::StdRng};
    use serde_json::{Value, json};

    use super::*;

    fn keys(byte: u8) -> UserKeys {
        UserKeys::derive(&UserSecret::from_bytes([byte; 32])).unwrap()
    }

    fn file() -> DeviceFile {
        DeviceFile {
            device: Uuid::from_u128(5),
            name: "Anna’s laptop".into(),
            registered: 0,
            last_seen: 86_400_000,
            reached: 9,
            live: Ranges::from_sorted([3, 4, 9]),
        }
    }

    #[test]
    fn a_device_file_comes_back_and_hides_the_name() {
        let bytes = file().to_bytes(&keys(1), &mut StdRng::seed_from_u64(1)).unwrap();
        assert_eq!(DeviceFile::parse(&keys(1), file().device, &bytes).unwrap(), file());
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\"last_seen\":\"1970-01-02T00:00:00Z\"") && !text.contains("Anna"), "{text}");
    }

    #[test]
    fn any_time_a_clock_can_show_makes_a_file() {
        for time in [i64::MIN, -1, 253_402_300_799_000, i64::MAX] {
            let file = DeviceFile { registered: time, last_seen: time, ..file() };
            let bytes = file.to_bytes(&keys(1), &mut StdRng::seed_from_u64(1)).unwrap();
            assert!(DeviceFile::parse(&keys(1), file.device, &bytes).is_ok(), "{time}");
        }
    }

    #[test]
    fn a_changed_field_another_name_and_another_secret_are_noticed() {
        let bytes = file().to_bytes(&keys(1), &mut StdRng::seed_from_u64(1)).unwrap();
        assert_eq!(DeviceFile::parse(&keys(2), file().device, &bytes), Err(Unbelieved::OtherSecret));
        assert_eq!(DeviceFile::parse(&keys(1), Uuid::from_u128(6), &bytes), Err(Unbelieved::Changed));
        for (field, value, expected) in [
            ("reached", json!(10), Unbelieved::Changed),
            ("live", json!([[9, 9]]), Unbelieved::Changed),
            ("registration_date", json!("2026-01-01T00:00:00Z"), Unbelieved::Changed),
            ("user_id", json!("x"), Unbelieved::Changed),
            ("sealed", json!("AAAA"), Unbelieved::Changed),
            ("sealed", json!("?"), Unbelieved::Shape),
            ("reached", json!(-1), Unbelieved::Shape),
            ("format", json!(2), Unbelieved::Format { found: 2 }),
        ] {
            let mut changed: Value = serde_json::from_slice(&bytes).unwrap();
            changed[field] = value;
            let changed = serde_json::to_vec(&changed).unwrap();
            assert_eq!(DeviceFile::parse(&keys(1), file().device, &changed), Err(expected), "{field}");
        }
        for junk in ["", "{}", "[1]", "{\"format\":1}"] {
            assert_eq!(DeviceFile::parse(&keys(1), file().device, junk.as_bytes()), Err(Unbelieved::Shape));
        }
    }
}
