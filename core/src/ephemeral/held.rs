use crate::types::{Value, ValueRef};

/// A value as an entry keeps it, or its removal: in 16 bytes, so that an entry fits a cache line.
pub(super) enum Held {
    // In the order of the kinds in a message, so that to encode one takes no table.
    Null,
    False,
    True,
    Int(i64),
    Float(f64),
    /// A Str.
    Str(Box<Value>),
    /// A Bytes.
    Bytes(Box<Value>),
    Removed,
}

impl Held {
    #[inline]
    pub(super) fn new(value: Option<ValueRef<'_>>) -> Held {
        match value {
            None => Held::Removed,
            Some(ValueRef::Null) => Held::Null,
            Some(ValueRef::Bool(false)) => Held::False,
            Some(ValueRef::Bool(true)) => Held::True,
            Some(ValueRef::Int(int)) => Held::Int(int),
            Some(ValueRef::Float(float)) => Held::Float(float),
            Some(text @ ValueRef::Str(_)) => Held::Str(Box::new(text.to_value())),
            Some(bytes @ ValueRef::Bytes(_)) => Held::Bytes(Box::new(bytes.to_value())),
        }
    }

    #[inline]
    pub(super) fn get(&self) -> Option<ValueRef<'_>> {
        match self {
            Held::Removed => None,
            Held::Null => Some(ValueRef::Null),
            Held::False => Some(ValueRef::Bool(false)),
            Held::True => Some(ValueRef::Bool(true)),
            Held::Int(int) => Some(ValueRef::Int(*int)),
            Held::Float(float) => Some(ValueRef::Float(*float)),
            Held::Str(value) | Held::Bytes(value) => Some((**value).as_ref()),
        }
    }

    #[inline]
    pub(super) fn is_removed(&self) -> bool {
        matches!(self, Held::Removed)
    }

    /// Puts a value in place of the old one; a text goes into the old one's memory if that is not much too large.
    pub(super) fn put(&mut self, value: Option<ValueRef<'_>>) {
        if let Held::Str(long) | Held::Bytes(long) = self {
            match (&mut **long, value) {
                (Value::Str(old), Some(ValueRef::Str(new))) if fits(old.capacity(), new.len()) => {
                    old.clear();
                    old.push_str(new);
                    return;
                }
                (Value::Bytes(old), Some(ValueRef::Bytes(new))) if fits(old.capacity(), new.len()) => {
                    old.clear();
                    old.extend_from_slice(new);
                    return;
                }
                _ => {}
            }
        }
        *self = Held::new(value);
    }
}

fn fits(capacity: usize, length: usize) -> bool {
    length <= capacity && capacity <= 2 * length + 64
}
