//! Reading fixed fields of stored bytes, one after the other. Refuses to read beyond the end, and to leave anything over.

use crate::{Error, Result};

/// What was not read yet.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, total: bytes.len() }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Error::CutShort { bytes: self.total })?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(super) fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// These very bytes, or [`Error::UnknownFormat`].
    pub(super) fn expect(&mut self, known: &[u8]) -> Result<()> {
        match self.bytes(known.len())? == known {
            true => Ok(()),
            false => Err(Error::UnknownFormat),
        }
    }

    /// Everything but the last `count` bytes.
    pub(super) fn all_but(&mut self, count: usize) -> Result<&'a [u8]> {
        let length = self.rest.len().checked_sub(count).ok_or(Error::CutShort { bytes: self.total })?;
        self.bytes(length)
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<()> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(Error::UnknownFormat),
        }
    }
}
