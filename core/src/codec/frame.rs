use super::Reader;
use crate::error::{Error, ErrorKind, Result};
use xxhash_rust::xxh3::xxh3_64;

/// The first byte of every form. With the second, which is below 0x80, no UTF-8 text begins: kinds above 7 are not to be used.
const MAGIC: u8 = 0xce;
/// The version of the format that this code writes, and the newest that it reads.
const VERSION: u8 = 1;
/// The bytes of a checksum.
const CHECKSUM_BYTES: usize = 4;

/// Which form a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// What a peer lacks.
    Update = 1,
    /// A whole replica, state first and history after it.
    Replica = 2,
    /// A replica without history.
    State = 3,
    /// What a peer knows.
    Request = 4,
    /// One event, for a peer that has what it stands on.
    Event = 5,
}

impl Kind {
    fn from_number(number: u8) -> Option<Kind> {
        [Kind::Update, Kind::Replica, Kind::State, Kind::Request, Kind::Event].into_iter().find(|kind| *kind as u8 == number)
    }
}

/// The low 32 bits of xxh3.
#[inline]
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    xxh3_64(bytes) as u32
}

/// Begins a frame: magic, then kind (high 4 bits) and version (low 4 bits).
pub(crate) fn begin_frame(out: &mut Vec<u8>, kind: Kind) {
    out.extend_from_slice(&[MAGIC, (kind as u8) << 4 | VERSION]);
}

/// Ends the frame that began at `start`: a checksum over all of it.
pub(crate) fn end_frame(out: &mut Vec<u8>, start: usize) {
    let sum = checksum(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&sum.to_le_bytes());
}

/// Opens a frame that fills `bytes`: its kind, and a reader of what lies between head and checksum.
///
/// # Errors
///
/// `malformed` when it is no frame or the checksum does not hold, `unsupported_version` when it was written by a newer version.
pub(crate) fn open_frame(bytes: &[u8]) -> Result<(Kind, Reader<'_>)> {
    let kind = open_head(bytes)?;
    let Some((framed, sum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else { return Err(Error::malformed("the bytes end too early")) };
    if framed.len() < 2 || checksum(framed) != u32::from_le_bytes(*sum) {
        return Err(Error::malformed("the checksum does not hold: the bytes were cut or changed on their way"));
    }
    let mut reader = Reader::new(framed);
    reader.take(2)?;
    Ok((kind, reader))
}

/// Which form begins here, by its first two bytes.
///
/// # Errors
///
/// `malformed` when it is none, `unsupported_version` when it was written by a newer version.
pub(crate) fn open_head(bytes: &[u8]) -> Result<Kind> {
    let [magic, head, ..] = *bytes else { return Err(Error::malformed("the bytes are too few for any form")) };
    if magic != MAGIC {
        return Err(Error::malformed("the bytes begin like no form of this format").with_offset(0));
    }
    if head & 15 > VERSION {
        let message = format!("the form has version {}, and this library reads up to version {VERSION}", head & 15);
        return Err(Error::new(ErrorKind::UnsupportedVersion, message));
    }
    let kind = Kind::from_number(head >> 4).filter(|_| head & 15 == VERSION);
    kind.ok_or_else(|| Error::malformed("the form is of no known kind").with_offset(1))
}
