//! Names of profiles: they become parts of file names and of keychain entries, so only plain ones are taken.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AppError, ErrorCode, Result, error::shown};

/// The profile that is meant when none is named.
pub const DEFAULT_PROFILE: &str = "default";

/// 1 to 64 of letters and digits (ASCII), `-`, `_` and `.`; not beginning with `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileName(String);

impl ProfileName {
    /// Checks a name; nothing is trimmed.
    pub fn new(text: &str) -> Result<Self> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match (1..=64).contains(&text.len()) && text.chars().all(legal) && !text.starts_with('.') {
            true => Ok(Self(text.to_owned())),
            false => Err(AppError::config(
                ErrorCode::ProfileNameBad,
                format!("“{}” cannot be the name of a profile", shown(text)),
                "use 1 to 64 letters (a–z), digits, - _ and ., not beginning with a dot",
            )),
        }
    }

    /// The given name, or the default one.
    pub fn or_default(text: Option<&str>) -> Result<Self> {
        Self::new(text.unwrap_or(DEFAULT_PROFILE))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ProfileName {
    type Error = AppError;

    fn try_from(text: String) -> Result<Self> {
        Self::new(&text)
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_a_plain_name() {
        let long = "x".repeat(64);
        for good in ["default", "a", "work-2_b.c", "9", long.as_str()] {
            assert_eq!(ProfileName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", ".hidden", "a/b", "a b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(ProfileName::new(bad).unwrap_err().code, ErrorCode::ProfileNameBad, "{bad:?}");
        }
        assert_eq!(ProfileName::or_default(None).unwrap().as_str(), "default");
    }
}
