use super::Reading;
use super::node::{Fault, Node};
use crate::error::Result;
use crate::types::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The one key of the object that stands for bytes.
pub(super) const BYTES_KEY: &str = "$bytes";

/// Reads a value. A local caller's is checked whole; the bound of one in a message is left to whoever takes the typed form.
pub(super) fn read(node: Node<'_>) -> Result<Value> {
    let value = match node.first() {
        b'n' => Value::Null,
        b't' => Value::Bool(true),
        b'f' => Value::Bool(false),
        b'"' => Value::Str(node.string(Fault::Value)?.into_owned()),
        b'{' => Value::Bytes(bytes(node)?),
        b'[' => return Err(node.refuse(Fault::Value, "a list is no value")),
        _ => number(node)?,
    };
    if node.reading() == Reading::Local {
        value.as_ref().check().map_err(|error| node.place(error))?;
    }
    Ok(value)
}

/// The text decides: a number with `.`, `e` or `E` is a Float, any other an Int.
fn number(node: Node<'_>) -> Result<Value> {
    let text = node.number().unwrap_or_default();
    if text.contains(['.', 'e', 'E']) {
        // The standard library rounds to the nearest float, ties to even, for a text of any length.
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Float(float)),
            _ => Err(node.refuse(Fault::Value, "the number is beyond the greatest float")),
        }
    } else {
        text.parse().map(Value::Int).map_err(|_| node.refuse(Fault::Value, "the integer does not fit into 64 bits"))
    }
}

fn bytes(node: Node<'_>) -> Result<Vec<u8>> {
    let no_bytes = || node.refuse(Fault::Value, "an object is no value, but for {\"$bytes\": \"…\"}");
    let mut entries = node.entries("the value")?;
    let Some((key, text)) = entries.next() else { return Err(no_bytes()) };
    if entries.next().is_some() || key.string(Fault::Value)? != BYTES_KEY {
        return Err(no_bytes());
    }
    let text = text.string(Fault::Value)?;
    // Strict: padded, no bits set behind the last byte, no white space.
    STANDARD.decode(text.as_bytes()).map_err(|_| node.refuse(Fault::Value, "no canonical base64 with padding"))
}
