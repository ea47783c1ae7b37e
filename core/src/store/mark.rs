use crate::codec::checksum;
use crate::error::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The bytes of a slot, checksum included, and of the stretch of the file that one has for itself.
const SLOT_BYTES: usize = 84;
const SLOT_STRIDE: u64 = 512;
/// "CVRGMARK", and the version of the form in the last byte.
const MAGIC: [u8; 8] = *b"CVRGMRK\x01";

/// How far a replica in a file was, told from outside the file: a mark inside it would go back with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MarkValue {
    /// The file's own id, which changes when it goes on under a fresh peer id.
    pub(crate) file_id: [u8; 16],
    /// What tells the file from a copy of it: see [`identity`].
    pub(crate) identity: [u64; 2],
    /// A hash of the peer id.
    pub(crate) peer: u64,
    /// How often the file was opened for writing.
    pub(crate) epoch: u64,
    /// The events in the log, and the hash of its newest record.
    pub(crate) events: u64,
    pub(crate) hash: u64,
}

impl MarkValue {
    fn encode(&self, number: u64) -> [u8; SLOT_BYTES] {
        let mut slot = [0; SLOT_BYTES];
        slot[..8].copy_from_slice(&MAGIC);
        slot[8..24].copy_from_slice(&self.file_id);
        let words = [number, self.identity[0], self.identity[1], self.peer, self.epoch, self.events, self.hash];
        for (word, place) in words.iter().zip(slot[24..80].chunks_exact_mut(8)) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let sum = checksum(&slot[..80]);
        slot[80..].copy_from_slice(&sum.to_le_bytes());
        slot
    }

    fn decode(slot: &[u8]) -> Option<(u64, MarkValue)> {
        let slot: &[u8; SLOT_BYTES] = slot.get(..SLOT_BYTES)?.try_into().ok()?;
        if slot[..8] != MAGIC || checksum(&slot[..80]).to_le_bytes() != slot[80..] {
            return None;
        }
        let word = |at: usize| slot[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        let file_id = slot[8..24].try_into().unwrap_or_default();
        let value =
            MarkValue { file_id, identity: [word(32), word(40)], peer: word(48), epoch: word(56), events: word(64), hash: word(72) };
        Some((word(24), value))
    }
}

/// What tells a file from a copy of it: its inode, and when it was made, or its device where that is not known. Devices alone are numbered
/// anew when a machine starts.
pub(crate) fn identity(path: &Path) -> [u64; 2] {
    let Ok(found) = std::fs::metadata(path) else { return [0; 2] };
    let born = found.created().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|age| age.as_nanos() as u64);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        [found.ino(), born.unwrap_or(found.dev())]
    }
    #[cfg(not(unix))]
    [0, born.unwrap_or(0)]
}

/// Writes at a place in a file: with one call of the system where that goes, since it is done with every commit.
#[cfg(unix)]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_at(file: &mut File, bytes: &[u8], at: u64) -> std::io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(bytes))
}

/// What a mark file said when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkFound {
    Nothing,
    Damaged,
    Value(MarkValue),
}

/// The mark file of a replica: two slots that are written in turn, so that a torn write leaves the one before.
#[derive(Debug)]
pub(crate) struct Mark {
    path: PathBuf,
    file: File,
    number: u64,
    written: Option<MarkValue>,
    synced: bool,
}

impl Mark {
    /// Opens the mark file, or makes one.
    ///
    /// # Errors
    ///
    /// `storage`.
    pub(crate) fn open(path: &Path) -> Result<(Mark, MarkFound)> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Storage, format!("the mark file cannot be opened: {error}")).with_path(path.display().to_string())
        };
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        (&mut file).take(4 * SLOT_STRIDE).read_to_end(&mut bytes).map_err(failed)?;
        let slots = [bytes.get(..), bytes.get(SLOT_STRIDE as usize..)];
        let newest = slots.into_iter().flatten().filter_map(MarkValue::decode).max_by_key(|slot| slot.0);
        let found = match newest {
            Some((_, value)) => MarkFound::Value(value),
            None if bytes.is_empty() => MarkFound::Nothing,
            None => MarkFound::Damaged,
        };
        let number = newest.map_or(0, |slot| slot.0);
        Ok((Mark { path: path.to_owned(), file, number, written: newest.map(|slot| slot.1), synced: false }, found))
    }

    /// Writes a value, unless it is the one that stands there.
    ///
    /// # Errors
    ///
    /// `storage`.
    pub(crate) fn write(&mut self, value: MarkValue) -> Result<()> {
        if self.written == Some(value) {
            return Ok(());
        }
        self.number = self.number.wrapping_add(1);
        let slot = value.encode(self.number);
        let written = write_at(&mut self.file, &slot, self.number % 2 * SLOT_STRIDE);
        (self.synced, self.written) = (false, written.is_ok().then_some(value));
        written.map_err(|error| self.failed(&error))
    }

    /// Returns once what was written is on the disk.
    ///
    /// # Errors
    ///
    /// `storage`. What was written may be gone then, and nothing that needs it may be done.
    pub(crate) fn sync(&mut self) -> Result<()> {
        if !self.synced {
            if let Err(error) = self.file.sync_data() {
                // Another try may succeed though what was written is gone.
                self.written = None;
                return Err(self.failed(&error));
            }
            self.synced = true;
        }
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::new(ErrorKind::Storage, format!("the mark file cannot be written: {error}")).with_path(self.path.display().to_string())
    }
}
