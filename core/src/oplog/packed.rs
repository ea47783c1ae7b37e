/// What kind of value a cell holds; 0 means that it holds none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    Absent = 0,
    Null = 1,
    Bool = 2,
    Int = 3,
    Float = 4,
    Str = 5,
    Bytes = 6,
}

impl Tag {
    /// The tag with a number, `Absent` for one that stands for none.
    #[inline]
    pub(crate) fn from_number(number: u32) -> Tag {
        match number {
            1 => Tag::Null,
            2 => Tag::Bool,
            3 => Tag::Int,
            4 => Tag::Float,
            5 => Tag::Str,
            6 => Tag::Bytes,
            _ => Tag::Absent,
        }
    }
}

/// A value in 8 bytes and a tag. A Str or Bytes is a place in an [`super::Arena`]: offset (40 bits) and length (24 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) bits: u64,
    pub(crate) tag: Tag,
}

impl Packed {
    /// The same value, when its arena was appended to one that had this much text and bytes.
    #[inline]
    pub(crate) fn moved(self, (text, bytes): (usize, usize)) -> Packed {
        let by = match self.tag {
            Tag::Str => text,
            Tag::Bytes => bytes,
            _ => 0,
        };
        Packed { bits: self.bits.wrapping_add((by as u64) << super::arena::LENGTH_BITS), ..self }
    }
}
