use super::shapes::FIELD_BITS;
use super::{FieldIndex, RowIndex, TableIndex, Tag};
use crate::limits::FIELDS_MAX;

const UPDATE: u32 = 0;
const INSERT: u32 = 1;
const DELETE: u32 = 2;
const KIND_SHIFT: u32 = FIELD_BITS + 3;

/// What an operation is, apart from its row and value, in 32 bits: kind (2), tag (3) and a number (27).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Form(pub(crate) u32);

/// A [`Form`], taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormView {
    Update(FieldIndex, Tag),
    Insert(u32),
    Delete(TableIndex),
}

impl Form {
    #[inline]
    pub(crate) fn update(field: FieldIndex, tag: Tag) -> Form {
        Form(UPDATE << KIND_SHIFT | (tag as u32) << FIELD_BITS | field)
    }

    #[inline]
    pub(crate) fn insert(shape: u32) -> Form {
        Form(INSERT << KIND_SHIFT | shape)
    }

    #[inline]
    pub(crate) fn delete(table: TableIndex) -> Form {
        Form(DELETE << KIND_SHIFT | table)
    }

    /// Taken apart. Bytes from outside may make a form that is none: it comes out as an update of an absent value.
    #[inline]
    pub(crate) fn view(self) -> FormView {
        let number = self.0 & FIELDS_MAX as u32;
        match self.0 >> KIND_SHIFT {
            INSERT => FormView::Insert(number),
            DELETE => FormView::Delete(number),
            UPDATE => FormView::Update(number, Tag::from_number((self.0 >> FIELD_BITS) & 7)),
            _ => FormView::Update(number, Tag::Absent),
        }
    }
}

/// One operation in 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// An update's value, or where an insert's values begin.
    pub(crate) bits: u64,
    pub(crate) row: RowIndex,
    pub(crate) form: Form,
}
