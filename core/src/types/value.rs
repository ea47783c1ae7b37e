use crate::error::{Error, Result};
use crate::limits::VALUE_BYTES_MAX;
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

/// What a cell holds. Two values are equal when kind and bits are equal: Int 1 is not Float 1.0, and 0.0 is not -0.0.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing, as a value of its own.
    Null,
    /// True or false.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A finite 64-bit float; its bits are kept.
    Float(f64),
    /// UTF-8 text of at most 1 MiB; it may hold NUL.
    Str(String),
    /// At most 1 MiB of bytes.
    Bytes(Vec<u8>),
}

/// A [`Value`] that is borrowed from a replica or a caller: reading copies nothing.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// Nothing, as a value of its own.
    Null,
    /// True or false.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A finite 64-bit float; its bits are kept.
    Float(f64),
    /// UTF-8 text.
    Str(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl Value {
    /// The same value, borrowed.
    #[inline]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Bool(value) => ValueRef::Bool(*value),
            Value::Int(value) => ValueRef::Int(*value),
            Value::Float(value) => ValueRef::Float(*value),
            Value::Str(value) => ValueRef::Str(value),
            Value::Bytes(value) => ValueRef::Bytes(value),
        }
    }

    /// Its size as the bounds count it: the bytes of a Str or Bytes, 8 for an Int or Float, 0 for the others.
    pub fn counted_bytes(&self) -> usize {
        self.as_ref().counted_bytes()
    }
}

impl<'a> ValueRef<'a> {
    /// The same value, owned.
    pub fn to_value(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Bool(value) => Value::Bool(value),
            ValueRef::Int(value) => Value::Int(value),
            ValueRef::Float(value) => Value::Float(value),
            ValueRef::Str(value) => Value::Str(value.to_owned()),
            ValueRef::Bytes(value) => Value::Bytes(value.to_owned()),
        }
    }

    /// Its size as the bounds count it: the bytes of a Str or Bytes, 8 for an Int or Float, 0 for the others.
    #[inline]
    pub fn counted_bytes(self) -> usize {
        match self {
            ValueRef::Null | ValueRef::Bool(_) => 0,
            ValueRef::Int(_) | ValueRef::Float(_) => 8,
            ValueRef::Str(value) => value.len(),
            ValueRef::Bytes(value) => value.len(),
        }
    }

    /// Whether it can be stored: a Float is finite, a Str or Bytes at most 1 MiB.
    ///
    /// # Errors
    ///
    /// `invalid_value` for a NaN or an infinity, `limit_exceeded` for a longer one.
    #[inline]
    pub fn check(self) -> Result<()> {
        match self {
            ValueRef::Float(value) if !value.is_finite() => Err(Error::invalid_value(format!("{value} is no finite float"))),
            ValueRef::Str(_) | ValueRef::Bytes(_) if self.counted_bytes() > VALUE_BYTES_MAX => Err(Error::limit_exceeded(
                format!("a value has {} bytes, more than {VALUE_BYTES_MAX}", self.counted_bytes()),
                VALUE_BYTES_MAX as u64,
            )),
            _ => Ok(()),
        }
    }

    /// The order of SPEC 6: by kind (Null < false < true < Int < Float < Str < Bytes), then by number or bytes; -0.0 < 0.0.
    pub fn total_cmp(self, other: ValueRef<'_>) -> Ordering {
        match (self, other) {
            (ValueRef::Bool(a), ValueRef::Bool(b)) => a.cmp(&b),
            (ValueRef::Int(a), ValueRef::Int(b)) => a.cmp(&b),
            (ValueRef::Float(a), ValueRef::Float(b)) => a.total_cmp(&b),
            (ValueRef::Str(a), ValueRef::Str(b)) => a.as_bytes().cmp(b.as_bytes()),
            (ValueRef::Bytes(a), ValueRef::Bytes(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(self) -> u8 {
        match self {
            ValueRef::Null => 0,
            ValueRef::Bool(_) => 1,
            ValueRef::Int(_) => 2,
            ValueRef::Float(_) => 3,
            ValueRef::Str(_) => 4,
            ValueRef::Bytes(_) => 5,
        }
    }
}

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &ValueRef<'_>) -> bool {
        match (self, other) {
            (ValueRef::Null, ValueRef::Null) => true,
            (ValueRef::Bool(a), ValueRef::Bool(b)) => a == b,
            (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
            (ValueRef::Float(a), ValueRef::Float(b)) => a.to_bits() == b.to_bits(),
            (ValueRef::Str(a), ValueRef::Str(b)) => a == b,
            (ValueRef::Bytes(a), ValueRef::Bytes(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for ValueRef<'_> {}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for Value {}

impl PartialEq<Value> for ValueRef<'_> {
    fn eq(&self, other: &Value) -> bool {
        *self == other.as_ref()
    }
}

impl Hash for ValueRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.rank());
        match self {
            ValueRef::Null => {}
            ValueRef::Bool(value) => value.hash(state),
            ValueRef::Int(value) => value.hash(state),
            ValueRef::Float(value) => value.to_bits().hash(state),
            ValueRef::Str(value) => value.hash(state),
            ValueRef::Bytes(value) => value.hash(state),
        }
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

macro_rules! from {
    ($($from:ty => $make:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Value {
                let make: fn($from) -> Value = $make;
                make(value)
            }
        }
    )*};
}

from! {
    bool => Value::Bool,
    i64 => Value::Int,
    i32 => |value| Value::Int(value.into()),
    u32 => |value| Value::Int(value.into()),
    f64 => Value::Float,
    String => Value::Str,
    &str => |value| Value::Str(value.to_owned()),
    Vec<u8> => Value::Bytes,
    &[u8] => |value| Value::Bytes(value.to_owned()),
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Value {
        value.to_value()
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    #[inline]
    fn from(value: &'a Value) -> ValueRef<'a> {
        value.as_ref()
    }
}

impl From<bool> for ValueRef<'_> {
    #[inline]
    fn from(value: bool) -> Self {
        ValueRef::Bool(value)
    }
}

impl From<i64> for ValueRef<'_> {
    #[inline]
    fn from(value: i64) -> Self {
        ValueRef::Int(value)
    }
}

impl From<i32> for ValueRef<'_> {
    #[inline]
    fn from(value: i32) -> Self {
        ValueRef::Int(value.into())
    }
}

impl From<f64> for ValueRef<'_> {
    #[inline]
    fn from(value: f64) -> Self {
        ValueRef::Float(value)
    }
}

impl<'a> From<&'a str> for ValueRef<'a> {
    #[inline]
    fn from(value: &'a str) -> ValueRef<'a> {
        ValueRef::Str(value)
    }
}

impl<'a> From<&'a [u8]> for ValueRef<'a> {
    #[inline]
    fn from(value: &'a [u8]) -> ValueRef<'a> {
        ValueRef::Bytes(value)
    }
}
