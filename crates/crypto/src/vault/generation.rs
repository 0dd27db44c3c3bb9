//! Which key it is: keys of a member are counted, so that a new one can follow when somebody's access ends.

use std::fmt;

use crate::{Error, Result};

/// A person whose records are kept: the bytes of a UUID. Public, random, says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub [u8; 16]);

/// The number of a member's key. A later one is greater; the greatest seals.
///
/// `master` counts the vault's master secrets (a new one when a device is revoked), `member` a member's keys below one of
/// them (a new one when a grant is revoked). As bytes: both big endian, `master` first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation {
    master: u16,
    member: u16,
}

impl Generation {
    /// What every member begins with.
    pub const FIRST: Self = Self { master: 1, member: 1 };

    /// Both counted from 1.
    ///
    /// # Errors
    /// [`Error::NoGeneration`] for a zero.
    pub fn new(master: u16, member: u16) -> Result<Self> {
        match master > 0 && member > 0 {
            true => Ok(Self { master, member }),
            false => Err(Error::NoGeneration),
        }
    }

    /// Which master secret the key comes from.
    pub fn master(self) -> u16 {
        self.master
    }

    /// Which of the member's keys below that master secret.
    pub fn member(self) -> u16 {
        self.member
    }

    /// The member's next key below the vault's current master secret.
    ///
    /// # Errors
    /// [`Error::NoGeneration`] when `master` is older than this one, or all numbers are used up.
    pub fn next(self, master: u16) -> Result<Self> {
        match master.cmp(&self.master) {
            std::cmp::Ordering::Less => Err(Error::NoGeneration),
            std::cmp::Ordering::Greater => Self::new(master, 1),
            std::cmp::Ordering::Equal => Self::new(master, self.member.checked_add(1).ok_or(Error::NoGeneration)?),
        }
    }

    /// As it stands in headers.
    pub fn to_bytes(self) -> [u8; 4] {
        let ([a, b], [c, d]) = (self.master.to_be_bytes(), self.member.to_be_bytes());
        [a, b, c, d]
    }

    /// What [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`Error::NoGeneration`] for a zero.
    pub fn from_bytes([a, b, c, d]: [u8; 4]) -> Result<Self> {
        Self::new(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.master, self.member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_key_is_greater_whichever_number_grew() {
        let first = Generation::FIRST;
        let second = first.next(1).unwrap();
        let of_a_new_master = second.next(2).unwrap();
        assert!(first < second && second < of_a_new_master);
        assert_eq!([first, second, of_a_new_master].map(|one| one.to_string()), ["1.1", "1.2", "2.1"]);
        assert_eq!(of_a_new_master.next(1), Err(Error::NoGeneration));
        assert_eq!(Generation::new(1, u16::MAX).unwrap().next(1), Err(Error::NoGeneration));
        for generation in [first, second, of_a_new_master] {
            assert_eq!(Generation::from_bytes(generation.to_bytes()), Ok(generation));
        }
        for bytes in [[0; 4], [0, 0, 0, 1], [0, 1, 0, 0]] {
            assert_eq!(Generation::from_bytes(bytes), Err(Error::NoGeneration));
        }
    }
}
