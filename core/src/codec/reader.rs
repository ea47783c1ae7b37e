use crate::error::{Error, Result};
use crate::limits::NAME_BYTES_MAX;

/// Reads bytes from outside: every call checks what is left, and ends in `malformed` with the offset where it is too little.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// The number of bytes that are left.
    #[inline]
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Where the reader is, in bytes from the start.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// An error at this place.
    #[cold]
    pub(crate) fn malformed(&self, what: &str) -> Error {
        Error::malformed(what).with_offset(self.at as u64)
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8> {
        match self.bytes.get(self.at) {
            Some(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => Err(self.malformed("the bytes end too early")),
        }
    }

    #[inline]
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += length;
                Ok(bytes)
            }
            None => Err(self.malformed("the bytes end too early")),
        }
    }

    /// A number in 1 to 10 bytes.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64> {
        let first = self.byte()?;
        if first < 0x80 { Ok(u64::from(first)) } else { self.long_number(first) }
    }

    fn long_number(&mut self, first: u8) -> Result<u64> {
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.malformed("a number has more than 64 bits"))
    }

    /// A signed number, zigzag.
    #[inline]
    pub(crate) fn signed(&mut self) -> Result<i64> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number up to `max`.
    #[inline]
    pub(crate) fn at_most(&mut self, max: usize, what: &str) -> Result<usize> {
        let number = self.number()?;
        if number <= max as u64 { Ok(number as usize) } else { Err(self.malformed(what)) }
    }

    /// How many things follow, each of at least one byte: never more than the bytes that are left.
    pub(crate) fn count(&mut self, max: usize, what: &str) -> Result<usize> {
        let count = self.at_most(max, what)?;
        if count <= self.left() { Ok(count) } else { Err(self.malformed(what)) }
    }

    /// A 64-bit number in 8 bytes.
    #[inline]
    pub(crate) fn word(&mut self) -> Result<u64> {
        let bytes = self.take(8)?;
        Ok(bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)))
    }

    /// Bytes after their length.
    pub(crate) fn bytes(&mut self, max: usize) -> Result<&'a [u8]> {
        let length = self.at_most(max, "a length is past its bound")?;
        self.take(length)
    }

    /// Text after its length.
    pub(crate) fn text(&mut self, max: usize) -> Result<&'a str> {
        let bytes = self.bytes(max)?;
        core::str::from_utf8(bytes).map_err(|_| self.malformed("text is not UTF-8"))
    }

    /// A name after its length.
    pub(crate) fn name(&mut self) -> Result<&'a str> {
        let name = self.text(NAME_BYTES_MAX)?;
        if name.is_empty() { Err(self.malformed("a name is empty")) } else { Ok(name) }
    }
}
