//! One command line that was run.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Time;

/// The largest command line that is kept, in bytes. What is longer is refused when it is captured.
pub const MAX_COMMAND_BYTES: usize = 8 << 20;

/// A command line that was run, on this or another device. The JSON of an export line and of the log is this shape.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// Unique: two entries with one id are one entry.
    pub entry_id: Uuid,
    /// The device that captured it; nil where it is not known.
    #[serde(default)]
    pub device_id: Uuid,
    /// The login name.
    #[serde(default)]
    pub local_username: String,
    /// The computer's name.
    #[serde(default)]
    pub hostname: String,
    /// What was typed. Bytes that are not UTF-8 stand as U+FFFD here and whole in `command_bytes`.
    pub command: String,
    /// The exact bytes, only where `command` could not hold them.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_base64")]
    pub command_bytes: Option<Vec<u8>>,
    /// Where it was run.
    #[serde(default)]
    pub current_working_directory: String,
    /// The user's home folder there.
    #[serde(default)]
    pub home_directory: String,
    /// How it ended; none while it runs or when nobody saw its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// When it was started.
    pub start_time: Time,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Time>,
    /// The shell: `bash`, `zsh`, `fish`, `powershell`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shell: String,
    /// Equal for the commands of one running shell; empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// What else the user keeps with each command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_columns: Vec<CustomColumn>,
}

/// A column of the user's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomColumn {
    /// Its name.
    pub name: String,
    /// What it holds for this entry.
    pub value: String,
}

/// How a command ended, where this became known after its entry was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The entry.
    pub entry_id: Uuid,
    /// See [`Entry::exit_code`].
    pub exit_code: i32,
    /// See [`Entry::end_time`].
    pub end_time: Time,
}

impl Entry {
    /// Sets the command from bytes of any kind; nothing of them is lost.
    pub fn set_command(&mut self, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => (self.command, self.command_bytes) = (text, None),
            Err(error) => {
                self.command = String::from_utf8_lossy(error.as_bytes()).into_owned();
                self.command_bytes = Some(error.into_bytes());
            }
        }
    }

    /// Whether its end is known.
    pub fn has_ended(&self) -> bool {
        self.end_time.is_some()
    }

    /// How it ended, where that is known.
    pub fn ending(&self) -> Option<Ending> {
        Some(Ending {
            entry_id: self.entry_id,
            exit_code: self.exit_code.unwrap_or_default(),
            end_time: self.end_time?,
        })
    }
}

mod optional_base64 {
    use serde::{Deserializer, Serializer, de::Error as _};

    use super::*;

    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(|bytes| BASE64_STANDARD.encode(bytes)).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| BASE64_STANDARD.decode(text).map_err(D::Error::custom)).transpose()
    }
}
