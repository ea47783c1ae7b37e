use super::{Packed, Tag};
use crate::types::ValueRef;

/// Lengths take the low 24 bits of a place: a value is at most 2^20 bytes.
pub(super) const LENGTH_BITS: u32 = 24;
pub(super) const LENGTH_MASK: u64 = (1 << LENGTH_BITS) - 1;

/// The text and bytes of all values, in the order of the events that wrote them. It only grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    text: String,
    bytes: Vec<u8>,
}

impl Arena {
    /// Packs a value; a Str or Bytes is copied in.
    #[inline]
    pub(crate) fn pack(&mut self, value: ValueRef<'_>) -> Packed {
        match value {
            ValueRef::Null => Packed { bits: 0, tag: Tag::Null },
            ValueRef::Bool(value) => Packed { bits: u64::from(value), tag: Tag::Bool },
            ValueRef::Int(value) => Packed { bits: value as u64, tag: Tag::Int },
            ValueRef::Float(value) => Packed { bits: value.to_bits(), tag: Tag::Float },
            ValueRef::Str(value) => {
                let offset = self.text.len() as u64;
                self.text.push_str(value);
                Packed { bits: offset << LENGTH_BITS | value.len() as u64, tag: Tag::Str }
            }
            ValueRef::Bytes(value) => {
                let offset = self.bytes.len() as u64;
                self.bytes.extend_from_slice(value);
                Packed { bits: offset << LENGTH_BITS | value.len() as u64, tag: Tag::Bytes }
            }
        }
    }

    /// The value that was packed; `None` for a cell that holds none.
    #[inline]
    pub(crate) fn value(&self, packed: Packed) -> Option<ValueRef<'_>> {
        let start = (packed.bits >> LENGTH_BITS) as usize;
        let end = start + (packed.bits & LENGTH_MASK) as usize;
        Some(match packed.tag {
            Tag::Absent => return None,
            Tag::Null => ValueRef::Null,
            Tag::Bool => ValueRef::Bool(packed.bits != 0),
            Tag::Int => ValueRef::Int(packed.bits as i64),
            Tag::Float => ValueRef::Float(f64::from_bits(packed.bits)),
            Tag::Str => ValueRef::Str(&self.text[start..end]),
            Tag::Bytes => ValueRef::Bytes(&self.bytes[start..end]),
        })
    }

    /// Where the arena ends now, for [`Arena::truncate`].
    pub(crate) fn mark(&self) -> (usize, usize) {
        (self.text.len(), self.bytes.len())
    }

    /// Forgets everything that was packed after `mark`.
    pub(crate) fn truncate(&mut self, mark: (usize, usize)) {
        self.text.truncate(mark.0);
        self.bytes.truncate(mark.1);
    }

    /// Appends text and bytes that values of blocks refer to.
    pub(crate) fn append(&mut self, text: &str, bytes: &[u8]) {
        self.text.push_str(text);
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends everything that another arena holds; [`Packed::moved`] says where its values are then.
    pub(crate) fn append_all(&mut self, other: &Arena) {
        self.append(&other.text, &other.bytes);
    }

    /// A stretch of the text, if it begins and ends between characters.
    pub(crate) fn text_at(&self, range: core::ops::Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// A stretch of the bytes.
    pub(crate) fn bytes_at(&self, range: core::ops::Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Whether a Str's place begins and ends between characters.
    pub(crate) fn is_text(&self, packed: Packed) -> bool {
        let start = (packed.bits >> LENGTH_BITS) as usize;
        self.text.get(start..start + (packed.bits & LENGTH_MASK) as usize).is_some()
    }
}
