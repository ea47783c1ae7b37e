/// A value of a cell.
pub type Value = convergedb::Value;

/// A value of a cell.
#[uniffi::remote(Enum)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
}
