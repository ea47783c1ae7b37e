//! A checked text as a tree that is read where it stands: nothing is built, and a place is an offset.

use super::{Reading, strict};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::ERROR_PATH_BYTES_MAX;
use std::borrow::Cow;

/// What is wrong with a part of a local caller's text. In a message everything is `malformed`.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// It is not of the form that is documented: `invalid_argument`.
    Shape,
    /// It is no value that can be stored: `invalid_value`.
    Value,
}

/// One value of a text that passed [`strict::check`].
///
/// Whoever walks over the elements of a list skips over the text of each, so a text is read once per level that is looked into. The
/// forms of SPEC 5 have six; what an unknown key holds is skipped as a whole.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    text: &'t str,
    start: usize,
    end: usize,
    /// How many commas stand between its elements, if it is a list or an object.
    commas: usize,
    reading: Reading,
}

impl<'t> Node<'t> {
    /// The value that is the whole of `text`.
    ///
    /// # Errors
    ///
    /// `malformed` when `text` is not JSON as [`strict::check`] wants it.
    pub(super) fn parse(text: &'t str, reading: Reading) -> Result<Node<'t>> {
        strict::check(text, reading)?;
        Ok(Node::at(text, skip_space(text.as_bytes(), 0), reading))
    }

    /// The value that starts at `start`.
    fn at(text: &'t str, start: usize, reading: Reading) -> Node<'t> {
        let (end, commas) = skip_value(text.as_bytes(), start);
        Node { text, start, end, commas, reading }
    }

    /// For whom it is read.
    pub(super) fn reading(self) -> Reading {
        self.reading
    }

    /// Its first byte, which tells its kind: one of `{["tfn-0123456789`.
    pub(super) fn first(self) -> u8 {
        self.text.as_bytes().get(self.start).copied().unwrap_or_default()
    }

    /// Its text, without the space around it.
    pub(super) fn raw(self) -> &'t str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    /// The error that it is no good, with the place.
    #[cold]
    pub(super) fn refuse(self, fault: Fault, message: impl Into<String>) -> Error {
        let kind = match (self.reading, fault) {
            (Reading::Message, _) => ErrorKind::Malformed,
            (Reading::Local, Fault::Shape) => ErrorKind::InvalidArgument,
            (Reading::Local, Fault::Value) => ErrorKind::InvalidValue,
        };
        self.place(Error::new(kind, message))
    }

    /// The same error, at this place.
    #[cold]
    pub(super) fn place(self, error: Error) -> Error {
        let path = self.path();
        let error = error.with_offset(self.start as u64);
        if path.is_empty() { error } else { error.with_path(path) }
    }

    /// The elements of a list.
    pub(super) fn elements(self, what: &str) -> Result<Elements<'t>> {
        match self.first() {
            b'[' => Ok(Elements { node: self, at: self.start + 1 }),
            _ => Err(self.refuse(Fault::Shape, format!("{what} is a list"))),
        }
    }

    /// The `N` elements of a list of just so many.
    pub(super) fn tuple<const N: usize>(self, what: &str) -> Result<[Node<'t>; N]> {
        let mut elements = self.elements(what)?;
        let found = [(); N].map(|()| elements.next());
        if elements.next().is_some() || found.iter().any(Option::is_none) {
            return Err(self.refuse(Fault::Shape, format!("{what} has {N} elements")));
        }
        Ok(found.map(|element| element.unwrap_or(self)))
    }

    /// The number of elements of a list, or of keys of an object.
    pub(super) fn len(self) -> usize {
        let is_empty = skip_space(self.text.as_bytes(), self.start + 1) + 1 >= self.end;
        if is_empty { 0 } else { self.commas + 1 }
    }

    /// The keys and values of an object, in the order of the text.
    pub(super) fn entries(self, what: &str) -> Result<Entries<'t>> {
        match self.first() {
            b'{' => Ok(Entries { node: self, at: self.start + 1 }),
            _ => Err(self.refuse(Fault::Shape, format!("{what} is an object"))),
        }
    }

    /// The values of an object's `names`. Other keys are ignored.
    pub(super) fn fields<const N: usize>(self, what: &str, names: [&str; N]) -> Result<[Option<Node<'t>>; N]> {
        let mut found = [None; N];
        for (key, value) in self.entries(what)? {
            let name = key.string(Fault::Shape)?;
            match names.iter().position(|known| *known == name).and_then(|at| found.get_mut(at)) {
                Some(slot) => *slot = Some(value),
                // In a message the whole text was looked through.
                None if self.reading == Reading::Local => strict::check_surrogates(value.raw()).map_err(|error| value.place(error))?,
                None => {}
            }
        }
        Ok(found)
    }

    /// The value of the key `name`, which must be there.
    pub(super) fn need(self, field: Option<Node<'t>>, name: &str) -> Result<Node<'t>> {
        field.ok_or_else(|| self.refuse(Fault::Shape, format!("`{name}` is missing")))
    }

    /// A string, which is borrowed when it holds no escapes.
    pub(super) fn string(self, fault: Fault) -> Result<Cow<'t, str>> {
        if self.first() != b'"' {
            return Err(self.refuse(fault, "a string is wanted"));
        }
        let raw = self.raw();
        if raw.contains('\\') {
            let decoded = serde_json::from_str::<String>(raw);
            return decoded.map(Cow::Owned).map_err(|_| self.refuse(fault, "the string holds a lone surrogate"));
        }
        Ok(Cow::Borrowed(raw.get(1..raw.len() - 1).unwrap_or_default()))
    }

    /// The text of a number.
    pub(super) fn number(self) -> Option<&'t str> {
        matches!(self.first(), b'-' | b'0'..=b'9').then(|| self.raw())
    }

    /// A number that is written without `.` and exponent and lies in the range of `T`. `-0` is 0.
    pub(super) fn integer<T: core::str::FromStr>(self, what: &str) -> Result<T> {
        let text = self.number().map(|text| if text == "-0" { "0" } else { text });
        text.and_then(|text| text.parse().ok()).ok_or_else(|| self.refuse(Fault::Shape, format!("{what} is an integer that fits")))
    }

    /// Where it stands, such as `[0].ops[2].value`; empty for the whole text. Looked for only when an error wants it.
    fn path(self) -> String {
        let mut path = String::new();
        let mut node = Node::at(self.text, skip_space(self.text.as_bytes(), 0), self.reading);
        while node.start < self.start {
            let is_inside = |child: &Node<'_>| child.start <= self.start && self.start < child.end;
            let step = if node.first() == b'[' {
                let mut children = Elements { node, at: node.start + 1 }.enumerate();
                children.find(|(_, child)| is_inside(child)).map(|(index, child)| (format!("[{index}]"), child))
            } else {
                let mut children = Entries { node, at: node.start + 1 };
                children.find(|(_, child)| is_inside(child)).map(|(key, child)| (format!(".{}", key.raw().trim_matches('"')), child))
            };
            // A key itself has no path of its own: it is reported at its object.
            let Some((segment, child)) = step else { break };
            if path.len() + segment.len() > ERROR_PATH_BYTES_MAX {
                path.push('…');
                break;
            }
            path.push_str(&segment);
            node = child;
        }
        path.strip_prefix('.').map(str::to_owned).unwrap_or(path)
    }
}

/// The elements of a list. See [`Node::elements`].
#[derive(Clone)]
pub(super) struct Elements<'t> {
    node: Node<'t>,
    at: usize,
}

impl<'t> Elements<'t> {
    /// The number of elements, of those that were taken too.
    pub(super) fn len(&self) -> usize {
        self.node.len()
    }

    /// Room for all elements in a list of just the size that is needed; one that grows would take up to three times the memory.
    ///
    /// An element that can be read has at least `text_min` bytes with its comma. That bounds the room by the text even where the elements
    /// are no good.
    pub(super) fn capacity(&self, text_min: usize) -> usize {
        self.len().min((self.node.end - self.node.start) / text_min)
    }

    /// Reads each element; see [`Elements::capacity`] for `text_min`.
    pub(super) fn collect<T>(self, text_min: usize, read: impl FnMut(Node<'t>) -> Result<T>) -> Result<Vec<T>> {
        collect_exact(self.capacity(text_min), self.map(read))
    }
}

/// Collects into a list with room for `capacity`.
pub(super) fn collect_exact<T>(capacity: usize, items: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut list = Vec::with_capacity(capacity);
    for item in items {
        list.push(item?);
    }
    Ok(list)
}

impl<'t> Iterator for Elements<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let bytes = self.node.text.as_bytes();
        let start = skip_space(bytes, self.at);
        if start + 1 >= self.node.end {
            return None;
        }
        let element = Node::at(self.node.text, start, self.node.reading);
        self.at = skip_separator(bytes, element.end);
        Some(element)
    }
}

/// The keys and values of an object. See [`Node::entries`].
#[derive(Clone)]
pub(super) struct Entries<'t> {
    node: Node<'t>,
    at: usize,
}

impl Entries<'_> {
    /// The number of keys, of those that were taken too.
    pub(super) fn len(&self) -> usize {
        self.node.len()
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = (Node<'t>, Node<'t>);

    fn next(&mut self) -> Option<(Node<'t>, Node<'t>)> {
        // A colon separates as a comma does, so an object reads as a list of twice the length.
        let mut elements = Elements { node: self.node, at: self.at };
        let entry = elements.next().zip(elements.next());
        self.at = elements.at;
        entry
    }
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// Skips the comma or colon behind a value, if there is one.
fn skip_separator(bytes: &[u8], at: usize) -> usize {
    let at = skip_space(bytes, at);
    if matches!(bytes.get(at), Some(b',' | b':')) { at + 1 } else { at }
}

/// The place behind the value that starts at `start`, and the number of commas between its elements.
fn skip_value(bytes: &[u8], start: usize) -> (usize, usize) {
    match bytes.get(start) {
        Some(b'"') => (skip_string(bytes, start), 0),
        Some(b'[' | b'{') => skip_nested(bytes, start),
        _ => {
            let rest = bytes.get(start..).unwrap_or_default();
            let is_end = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' | b']' | b'}');
            (start + rest.iter().position(is_end).unwrap_or(rest.len()), 0)
        }
    }
}

fn skip_nested(bytes: &[u8], start: usize) -> (usize, usize) {
    let (mut at, mut depth, mut commas) = (start, 0usize, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = skip_string(bytes, at);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth <= 1 => return (at + 1, commas),
            b']' | b'}' => depth -= 1,
            b',' if depth == 1 => commas += 1,
            _ => {}
        }
        at += 1;
    }
    (bytes.len(), commas)
}

/// The place behind the string that starts at `start`.
fn skip_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(rest) = bytes.get(at..) {
        match rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            Some(length) if rest.get(length) == Some(&b'"') => return at + length + 1,
            Some(length) => at += length + 2,
            None => break,
        }
    }
    bytes.len()
}
