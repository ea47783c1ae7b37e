//! Forms written by hand, as `core/src/codec/FORMAT.md` draws them, that no honest writer makes.

use super::history::DOCUMENT;

pub fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn signed(out: &mut Vec<u8>, value: i64) {
    number(out, (value << 1 ^ value >> 63) as u64);
}

/// What stands between the head and the checksum of a form, or a front.
#[derive(Clone, Default)]
pub struct Form(pub Vec<u8>);

impl Form {
    pub fn number(mut self, value: u64) -> Form {
        number(&mut self.0, value);
        self
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Form {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn name(self, name: &str) -> Form {
        self.number(name.len() as u64).bytes(name.as_bytes())
    }

    /// A column of any number of equal values.
    pub fn constant(mut self, value: i64) -> Form {
        self.0.push(0);
        signed(&mut self.0, value);
        self
    }

    /// A column of any number of values that rise in equal steps.
    pub fn rising(mut self, first: i64, step: i64) -> Form {
        self.0.push(0x80);
        signed(&mut self.0, first);
        signed(&mut self.0, step);
        self
    }

    /// A column of just these values.
    pub fn column(mut self, values: &[u64]) -> Form {
        self.0.extend_from_slice(&[64, 0]);
        values.iter().for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
        self
    }

    /// The head of an update or event that names the whole document.
    pub fn about() -> Form {
        Form::default().number(1).bytes(&DOCUMENT.0)
    }

    /// A peer: an author whose first event has this counter, of unknown history before it.
    pub fn author(self, name: &str, counter: u64) -> Form {
        let form = self.name(name).number(counter + 1);
        if counter == 0 { form } else { form.bytes(&[0; 8]) }
    }

    /// A peer that is only named.
    pub fn named(self, name: &str) -> Form {
        self.name(name).number(0)
    }

    /// No transaction of more than one operation, and none with a time.
    pub fn single_events(self) -> Form {
        self.number(0).number(0)
    }

    /// One table `t` with one column `c`, and no shape.
    pub fn one_field(self) -> Form {
        self.number(1).name("t").number(1).number(0).name("c").number(0)
    }

    /// No rows by insert, and one by its name.
    pub fn one_row(self) -> Form {
        self.number(0).number(1).constant(0).constant(0).constant(1).bytes(b"r")
    }

    /// The beginning of a front of nobody's, up to its peers, of which there is one, with a chain hash where its history begins.
    pub fn front(floor: u64) -> Form {
        let form = Form::default().bytes(&DOCUMENT.0).name("a").number(0).bytes(&[0]).number(floor).number(1).name("a").number(floor);
        if floor == 0 { form } else { form.bytes(&[0; 8]) }
    }

    /// One span of so many events of peer 0.
    pub fn one_span(self, events: u64) -> Form {
        self.number(1).constant(0).constant(events as i64).constant(0)
    }
}

/// The forms of operations, as a block has them.
pub fn update_form(field: u32, tag: u32) -> i64 {
    i64::from(tag << 27 | field)
}

pub fn insert_form(shape: u32) -> i64 {
    i64::from(1 << 30 | shape)
}

/// The cell of a shape.
pub fn shape_cell(field: u32, tag: u32) -> i64 {
    i64::from(tag << 27 | field)
}

pub const NULL: u32 = 1;
pub const INT: u32 = 3;
