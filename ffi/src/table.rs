use crate::slots::{Look, Slots};
use convergedb::api::{Changes, Doc, EphemeralChanges, EphemeralStore, Scan, Transaction};
use convergedb::{Error, ErrorKind, Result};
use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a handle stands for.
pub(crate) enum Object {
    Doc(Doc),
    Transaction(Transaction),
    Scan(Scan),
    Changes(Changes),
    Ephemeral(EphemeralStore),
    EphemeralChanges(EphemeralChanges),
    /// What a list points to; it is only ever dropped.
    List(#[expect(dead_code, reason = "kept, not read")] Box<dyn Any + Send + Sync>),
}

struct Entry {
    object: Object,
    /// A call panicked outside of the object's own lock.
    failed: AtomicBool,
}

/// A handle is its object's number there, and above that the type, which is never 0: so `{ 0 }` is no handle.
static TABLE: Slots<Entry> = Slots::new();

const TYPE_SHIFT: u32 = crate::slots::BITS;

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
        find(self.id(), Self::TYPE).map(|entry| Held { entry, panicking: std::thread::panicking(), handle: PhantomData })
    }

    /// Frees the object; nothing for `{ 0 }`.
    fn free(self) -> Result<()> {
        if self.id() == 0 { Ok(()) } else { remove(self.id(), Self::TYPE) }
    }
}

/// An object in use by a call. A panic on the way marks it failed.
pub(crate) struct Held<H: Handle> {
    entry: Look<Entry>,
    panicking: bool,
    handle: PhantomData<H>,
}

impl<H: Handle> Deref for Held<H> {
    type Target = H::Object;
    #[inline]
    fn deref(&self) -> &H::Object {
        match H::find(&self.entry.object) {
            Some(object) => object,
            None => unreachable!("the handle's type is the object's"),
        }
    }
}

impl<H: Handle> Drop for Held<H> {
    #[inline]
    fn drop(&mut self) {
        if !self.panicking && std::thread::panicking() {
            self.entry.failed.store(true, Ordering::Relaxed);
        }
    }
}

/// The type of a list's owner.
pub(crate) const LIST: u64 = 7;

pub(crate) fn insert(object: Object, type_number: u64) -> Result<u64> {
    let number = TABLE.insert(Entry { object, failed: AtomicBool::new(false) });
    let number = number.ok_or_else(|| Error::new(ErrorKind::LimitExceeded, "there are too many handles: free some"))?;
    Ok(number | type_number << TYPE_SHIFT)
}

pub(crate) fn remove(id: u64, type_number: u64) -> Result<()> {
    // It is dropped by the last call that uses it.
    match number(id, type_number) {
        Some(number) if TABLE.remove(number) => Ok(()),
        _ => Err(not_live(id, type_number)),
    }
}

/// What a handle stands for, unless a panic spoilt it. For handles of all types, so that it is there once.
fn find(id: u64, type_number: u64) -> Result<Look<Entry>> {
    let Some(entry) = number(id, type_number).and_then(|number| TABLE.get(number)) else { return Err(not_live(id, type_number)) };
    if entry.failed.load(Ordering::Relaxed) { Err(failed(type_number)) } else { Ok(entry) }
}

/// The number in the table.
#[inline]
fn number(id: u64, type_number: u64) -> Option<u64> {
    (id >> TYPE_SHIFT == type_number).then_some(id & ((1 << TYPE_SHIFT) - 1))
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
