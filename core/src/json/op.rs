use super::Reading;
use super::node::{Elements, Entries, Fault, Node, collect_exact};
use super::value;
use crate::error::Result;
use crate::limits::{check_name, name_fits};
use crate::types::{RowOp, Value};

/// The text of the shortest operation with a comma, `{"type":"delete","tbl":"t","row_id":"r"},`.
pub(super) const TEXT_MIN: usize = 41;
/// The text of the shortest pair of column and value with a comma, `["x",1],`.
const PAIR_TEXT_MIN: usize = 8;

/// Reads an operation: its names before its values. The bounds of a value in a message are left to whoever takes the typed form.
pub(super) fn read(node: Node<'_>) -> Result<RowOp> {
    let [kind, tbl, row_id, values, col, value] = node.fields("an operation", ["type", "tbl", "row_id", "values", "col", "value"])?;
    let kind = node.need(kind, "type")?;
    match &*kind.string(Fault::Shape)? {
        "insert" => {
            let tbl = name(node.need(tbl, "tbl")?, "table")?;
            let row_id = name(node.need(row_id, "row_id")?, "row id")?;
            Ok(RowOp::Insert { tbl, row_id, values: cells(node.need(values, "values")?)? })
        }
        "update" => {
            let tbl = name(node.need(tbl, "tbl")?, "table")?;
            let row_id = name(node.need(row_id, "row_id")?, "row id")?;
            let col = name(node.need(col, "col")?, "column")?;
            Ok(RowOp::Update { tbl, row_id, col, value: value::read(node.need(value, "value")?)? })
        }
        "delete" => {
            let tbl = name(node.need(tbl, "tbl")?, "table")?;
            Ok(RowOp::Delete { tbl, row_id: name(node.need(row_id, "row_id")?, "row id")? })
        }
        _ => Err(kind.refuse(Fault::Shape, "an operation is `insert`, `update` or `delete`")),
    }
}

/// Reads the columns and values of an insert, in the order of the text: a list of pairs or, from a local caller, an object.
pub(super) fn cells(node: Node<'_>) -> Result<Vec<(String, Value)>> {
    let pairs = Pairs::of(node)?;
    if node.reading() == Reading::Local {
        for pair in pairs.clone() {
            name(pair?.0, "column")?;
        }
    }
    collect_exact(
        pairs.capacity(),
        pairs.map(|pair| {
            let (col, value) = pair?;
            Ok((name(col, "column")?, value::read(value)?))
        }),
    )
}

/// Reads a name: of a table, row, column, namespace or key.
pub(super) fn name(node: Node<'_>, what: &'static str) -> Result<String> {
    let name = node.string(Fault::Shape)?;
    match node.reading() {
        Reading::Local => check_name(&name, what).map_err(|error| node.place(error))?,
        Reading::Message if !name_fits(&name) => return Err(node.refuse(Fault::Shape, format!("the {what} is empty or too long"))),
        Reading::Message => {}
    }
    Ok(name.into_owned())
}

/// The columns and values of an insert, as nodes.
#[derive(Clone)]
enum Pairs<'t> {
    List(Elements<'t>),
    Object(Entries<'t>),
}

impl<'t> Pairs<'t> {
    fn of(node: Node<'t>) -> Result<Pairs<'t>> {
        match (node.reading(), node.first()) {
            (Reading::Local, b'{') => Ok(Pairs::Object(node.entries("`values`")?)),
            _ => Ok(Pairs::List(node.elements("`values`")?)),
        }
    }

    fn capacity(&self) -> usize {
        match self {
            Pairs::List(elements) => elements.capacity(PAIR_TEXT_MIN),
            Pairs::Object(entries) => entries.len(),
        }
    }
}

impl<'t> Iterator for Pairs<'t> {
    type Item = Result<(Node<'t>, Node<'t>)>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Pairs::List(elements) => elements.next().map(|pair| pair.tuple("a pair of column and value").map(|[col, value]| (col, value))),
            Pairs::Object(entries) => entries.next().map(Ok),
        }
    }
}
