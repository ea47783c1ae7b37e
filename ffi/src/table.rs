use convergedb::api::{Changes, Doc, EphemeralChanges, EphemeralStore, Scan, Transaction};
use convergedb::{Error, ErrorKind, Result};
use sharded_slab::{Config, Entry, Slab};
use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex};

/// What a handle stands for.
pub(crate) enum Object {
    Doc(Doc),
    Transaction(Transaction),
    Scan(Mutex<Scan>),
    Changes(Changes),
    Ephemeral(EphemeralStore),
    EphemeralChanges(EphemeralChanges),
    /// What a list points to; it is only ever dropped.
    List(#[expect(dead_code, reason = "kept, not read")] Box<dyn Any + Send + Sync>),
}

struct Slot {
    object: Object,
    /// A call panicked outside of the object's own lock.
    failed: AtomicBool,
    /// It was freed, and lives on for the calls that use it. The slab itself does not say who freed first.
    freed: AtomicBool,
}

/// How a slab's number is made up on 64 bits: type 4, generation 20 and more, thread 13, address 26, so 4,096 threads of 33 million objects
/// each, and a handle that was freed is mistaken for a later one at the earliest after a million others in its slot.
struct Layout;

impl Config for Layout {
    #[cfg(target_pointer_width = "64")]
    const MAX_PAGES: usize = 20;
    const RESERVED_BITS: usize = TYPE_BITS as usize;
}

/// The type stands in the highest bits, and is never 0: so `{ 0 }` is no handle.
const TYPE_BITS: u32 = if usize::BITS == 64 { 4 } else { 0 };
const TYPE_SHIFT: u32 = 60;

static TABLE: LazyLock<Slab<Slot, Layout>> = LazyLock::new(Slab::new_with_config::<Layout>);

/// A C handle.
pub(crate) trait Handle: Copy {
    type Object: 'static;
    /// 1 to 15, never used again for another type.
    const TYPE: u64;
    fn id(self) -> u64;
    fn from_id(id: u64) -> Self;
    fn find(object: &Object) -> Option<&Self::Object>;
    fn wrap(object: Self::Object) -> Object;

    /// Enters an object.
    fn make(object: Self::Object) -> Result<Self> {
        insert(Self::wrap(object), Self::TYPE).map(Self::from_id)
    }

    /// The object, for a call. It lives until the call ends, also when it is freed meanwhile.
    #[inline]
    fn get(self) -> Result<Held<Self>> {
        let slot = key(self.id(), Self::TYPE).and_then(|key| TABLE.get(key)).ok_or_else(|| not_live(self.id(), Self::TYPE))?;
        if slot.freed.load(Ordering::Relaxed) {
            return Err(not_live(self.id(), Self::TYPE));
        }
        if slot.failed.load(Ordering::Relaxed) {
            return Err(failed(Self::TYPE));
        }
        Ok(Held { slot, panicking: std::thread::panicking(), handle: PhantomData })
    }

    /// Frees the object; nothing for `{ 0 }`.
    fn free(self) -> Result<()> {
        if self.id() == 0 { Ok(()) } else { remove(self.id(), Self::TYPE) }
    }
}

/// An object in use by a call. A panic on the way marks it failed.
pub(crate) struct Held<H: Handle> {
    slot: Entry<'static, Slot, Layout>,
    panicking: bool,
    handle: PhantomData<H>,
}

impl<H: Handle> Deref for Held<H> {
    type Target = H::Object;
    #[inline]
    fn deref(&self) -> &H::Object {
        match H::find(&self.slot.object) {
            Some(object) => object,
            None => unreachable!("the handle's type is the object's"),
        }
    }
}

impl<H: Handle> Drop for Held<H> {
    #[inline]
    fn drop(&mut self) {
        if !self.panicking && std::thread::panicking() {
            self.slot.failed.store(true, Ordering::Relaxed);
        }
    }
}

pub(crate) const LIST: u64 = 7;

/// The type of a list's owner.
pub(crate) fn insert(object: Object, type_number: u64) -> Result<u64> {
    let key = TABLE.insert(Slot { object, failed: AtomicBool::new(false), freed: AtomicBool::new(false) });
    let key = key.ok_or_else(|| Error::new(ErrorKind::LimitExceeded, "there are too many handles: free some"))?;
    Ok(key as u64 | type_number << TYPE_SHIFT)
}

pub(crate) fn remove(id: u64, type_number: u64) -> Result<()> {
    let found = key(id, type_number).and_then(|key| Some((key, TABLE.get(key)?)));
    match found {
        // It is dropped by the last call that uses it.
        Some((key, slot)) if !slot.freed.swap(true, Ordering::AcqRel) => {
            drop(slot);
            TABLE.remove(key);
            Ok(())
        }
        _ => Err(not_live(id, type_number)),
    }
}

#[inline]
fn key(id: u64, type_number: u64) -> Option<usize> {
    if id >> TYPE_SHIFT != type_number {
        return None;
    }
    usize::try_from(id & ((1 << TYPE_SHIFT) - 1)).ok()
}

fn name(type_number: u64) -> Option<&'static str> {
    const NAMES: [&str; 8] =
        ["", "document", "transaction", "scan", "reader of changes", "ephemeral store", "reader of ephemeral changes", "list"];
    NAMES.get(usize::try_from(type_number).ok()?).copied().filter(|name| !name.is_empty())
}

#[cold]
fn not_live(id: u64, wanted: u64) -> Error {
    let wanted_name = name(wanted).unwrap_or("handle");
    let message = match name(id >> TYPE_SHIFT) {
        _ if id == 0 => format!("the handle is {{ 0 }}, and no {wanted_name}"),
        Some(found) if id >> TYPE_SHIFT != wanted => format!("the handle is of a {found}, and a {wanted_name} is wanted"),
        Some(_) => format!("the {wanted_name} was freed already"),
        None => format!("the handle is of no {wanted_name}: the library never made it"),
    };
    Error::new(ErrorKind::InvalidHandle, message)
}

#[cold]
fn failed(type_number: u64) -> Error {
    Error::new(ErrorKind::Internal, format!("a call on the {} panicked: it is of no further use", name(type_number).unwrap_or("object")))
}

macro_rules! handle {
    ($handle:ty, $object:ty, $number:literal, $variant:ident) => {
        impl $crate::table::Handle for $handle {
            type Object = $object;
            const TYPE: u64 = $number;
            #[inline]
            fn id(self) -> u64 {
                self.id
            }
            fn from_id(id: u64) -> Self {
                Self { id }
            }
            #[inline]
            fn find(object: &$crate::table::Object) -> Option<&$object> {
                match object {
                    $crate::table::Object::$variant(object) => Some(object),
                    _ => None,
                }
            }
            fn wrap(object: $object) -> $crate::table::Object {
                $crate::table::Object::$variant(object)
            }
        }
    };
}
pub(crate) use handle;
