//! A disk in memory that knows what was synced, and fails when it is told to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A sector is written whole or not at all.
const SECTOR: usize = 512;

/// What happens at one operation that changes the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A write fails and changes nothing; a truncate or sync fails.
    Fail,
    /// A write leaves some of its sectors and fails; a truncate or sync fails.
    Tear,
    /// From here on nothing can be written that was not there.
    Full,
    /// The machine stops: nothing is read or written any more.
    Crash,
}

/// What a crash leaves of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    Nothing,
    Everything,
    /// Some of the sectors, by a seed.
    Some(u64),
}

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Io,
    Full,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Clone, Debug, Default)]
struct File {
    now: Vec<u8>,
    synced: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Default)]
pub struct Disk {
    files: HashMap<String, File>,
    /// Operations so far that change the disk.
    pub operations: u64,
    fault: Option<(u64, Fault)>,
    /// The fault came to pass.
    pub struck: bool,
    full: bool,
    crashed: bool,
}

/// The files of a disk, as they were.
pub struct Kept(HashMap<String, File>);

static DISK: Mutex<Option<Disk>> = Mutex::new(None);

/// The disk. One test at a time uses it.
pub fn with<T>(call: impl FnOnce(&mut Disk) -> T) -> T {
    let mut disk: MutexGuard<'_, Option<Disk>> = DISK.lock().unwrap_or_else(PoisonError::into_inner);
    call(disk.get_or_insert_default())
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(at, data) => {
            if bytes.len() < at + data.len() {
                bytes.resize(at + data.len(), 0);
            }
            bytes[*at..*at + data.len()].copy_from_slice(data);
        }
        Change::Truncate(length) => bytes.resize(*length, 0),
    }
}

/// A sequence that looks random.
struct Mixer(u64);

impl Mixer {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// Those of a write's sectors that the mixer picks, as writes.
fn sectors(at: usize, data: &[u8], mixer: &mut Mixer) -> Vec<Change> {
    let mut kept = Vec::new();
    let mut start = 0;
    while start < data.len() {
        let end = ((at + start) / SECTOR * SECTOR + SECTOR - at).min(data.len());
        if mixer.next() % 2 == 0 {
            kept.push(Change::Write(at + start, data[start..end].to_vec()));
        }
        start = end;
    }
    kept
}

impl Disk {
    /// An empty disk without faults.
    pub fn clear(&mut self) {
        *self = Disk::default();
    }

    /// Lets a fault come at the `at`-th operation from now, the first being 0.
    pub fn set_fault(&mut self, at: u64, fault: Fault) {
        self.fault = Some((self.operations + at, fault));
        self.struck = false;
    }

    /// No more faults; a full disk has room again.
    pub fn mend(&mut self) {
        (self.fault, self.full) = (None, false);
    }

    /// The machine starts again, having stopped where it is.
    pub fn restart(&mut self, left: Left) {
        self.mend();
        self.crashed = false;
        for file in self.files.values_mut() {
            let since = std::mem::take(&mut file.since);
            match left {
                Left::Nothing => {}
                Left::Everything => since.iter().for_each(|change| apply(&mut file.synced, change)),
                Left::Some(seed) => {
                    let mut mixer = Mixer(seed);
                    for change in &since {
                        match change {
                            Change::Write(at, data) => {
                                sectors(*at, data, &mut mixer).iter().for_each(|change| apply(&mut file.synced, change));
                            }
                            Change::Truncate(_) if mixer.next() % 2 == 0 => apply(&mut file.synced, change),
                            Change::Truncate(_) => {}
                        }
                    }
                }
            }
            file.now = file.synced.clone();
        }
    }

    /// A copy of all files, with what was not synced of them.
    pub fn keep(&self) -> Kept {
        Kept(self.files.clone())
    }

    /// Puts files back as they were.
    pub fn put_back(&mut self, kept: &Kept) {
        self.files = kept.0.clone();
    }

    /// Counts an operation, and says what becomes of it.
    fn step(&mut self) -> Result<Option<Fault>, Refusal> {
        if self.crashed {
            return Err(Refusal::Io);
        }
        let number = self.operations;
        self.operations += 1;
        match self.fault {
            Some((at, fault)) if at == number => {
                self.struck = true;
                match fault {
                    Fault::Crash => {
                        self.crashed = true;
                        Err(Refusal::Io)
                    }
                    Fault::Full => {
                        self.full = true;
                        Ok(None)
                    }
                    fault => Ok(Some(fault)),
                }
            }
            _ => Ok(None),
        }
    }

    pub fn create(&mut self, path: &str) {
        self.files.entry(path.to_owned()).or_default();
    }

    pub fn exists(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub fn delete(&mut self, path: &str) -> Result<bool, Refusal> {
        match self.step()? {
            Some(_) => Err(Refusal::Io),
            None => Ok(self.files.remove(path).is_some()),
        }
    }

    pub fn size(&self, path: &str) -> Result<usize, Refusal> {
        if self.crashed { Err(Refusal::Io) } else { Ok(self.files.get(path).map_or(0, |file| file.now.len())) }
    }

    /// Reads what is there of a stretch. Returns how many bytes were.
    pub fn read(&self, path: &str, at: usize, into: &mut [u8]) -> Result<usize, Refusal> {
        if self.crashed {
            return Err(Refusal::Io);
        }
        let bytes = self.files.get(path).map_or(&[][..], |file| file.now.get(at..).unwrap_or_default());
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        into[count..].fill(0);
        Ok(count)
    }

    pub fn write(&mut self, path: &str, at: usize, data: &[u8]) -> Result<(), Refusal> {
        let fault = self.step()?;
        let operations = self.operations;
        let full = self.full;
        let file = self.files.entry(path.to_owned()).or_default();
        if full && at + data.len() > file.now.len() {
            return Err(Refusal::Full);
        }
        let changes = match fault {
            None => vec![Change::Write(at, data.to_vec())],
            Some(Fault::Tear) => sectors(at, data, &mut Mixer(operations)),
            Some(_) => Vec::new(),
        };
        for change in changes {
            apply(&mut file.now, &change);
            file.since.push(change);
        }
        if fault.is_some() { Err(Refusal::Io) } else { Ok(()) }
    }

    pub fn truncate(&mut self, path: &str, length: usize) -> Result<(), Refusal> {
        if self.step()?.is_some() {
            return Err(Refusal::Io);
        }
        let file = self.files.entry(path.to_owned()).or_default();
        let change = Change::Truncate(length);
        apply(&mut file.now, &change);
        file.since.push(change);
        Ok(())
    }

    /// One that fails loses what it was for, as systems do: it can still be read, and no later sync writes it.
    pub fn sync(&mut self, path: &str) -> Result<(), Refusal> {
        let failed = self.step()?.is_some();
        if let Some(file) = self.files.get_mut(path) {
            let since = std::mem::take(&mut file.since);
            if !failed {
                since.iter().for_each(|change| apply(&mut file.synced, change));
            }
        }
        if failed { Err(Refusal::Io) } else { Ok(()) }
    }
}
