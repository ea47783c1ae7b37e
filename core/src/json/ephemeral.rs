use super::node::{Fault, Node};
use super::run::read_peer;
use super::{Reading, op, value, write, written};
use crate::ephemeral::{EphemeralBatch, EphemeralChange, EphemeralChangeKind, EphemeralEntry, EphemeralRef, EphemeralStore};
use crate::error::Result;
use crate::limits::check_name;
use crate::types::ValueRef;
use std::collections::BTreeMap;

/// The calls that take or give JSON text. The [`json`](crate::json) module says what texts are read and which errors a bad one gives.
impl EphemeralStore {
    /// Writes a value, by the rules of [`set`](EphemeralStore::set).
    ///
    /// # Errors
    ///
    /// Those of [`set`](EphemeralStore::set), and those of the text.
    pub fn set_json(&mut self, ns: &str, key: &str, value: &str, timestamp: Option<f64>) -> Result<bool> {
        check_name(ns, "namespace")?;
        check_name(key, "key")?;
        let value = value::read(Node::parse(value, Reading::Local)?)?;
        self.set(ns, key, &value, timestamp)
    }

    /// The entry that shows at a key, `{"value":1,"timestamp":10.0,"peer":"alice"}`.
    pub fn get_json(&self, ns: &str, key: &str) -> Option<String> {
        self.get(ns, key).map(|entry| written(|out| shown(out, entry)))
    }

    /// The entries that show in a namespace, `{key: {"value":1,"timestamp":10.0,"peer":"alice"}}`, sorted by key.
    pub fn get_all_json(&self, ns: &str) -> String {
        written(|out| write::object(out, self.get_all(ns), shown))
    }

    /// Takes in `{namespace: {key: entry}}`, by the rules of [`merge`](EphemeralStore::merge), and gives what changed in the same shape.
    /// An entry is `{"value":…,"timestamp":…,"peer":…}` or `{"removed":true,"timestamp":…,"peer":…}`, and may have an `age` in
    /// milliseconds; what changed is given without.
    ///
    /// # Errors
    ///
    /// Those of [`merge`](EphemeralStore::merge); a text that is no such message is `malformed`.
    pub fn merge_json(&mut self, entries: &str) -> Result<String> {
        let merged = self.merge(&read(Node::parse(entries, Reading::Message)?)?)?;
        Ok(entries_to_json(&merged.changed))
    }
}

/// Reads ephemeral entries, `{namespace: {key: entry}}`. What is checked here is the text; `merge` checks the bounds of what it says.
///
/// # Errors
///
/// `malformed`, with offset and path.
pub fn parse_entries(text: &str) -> Result<EphemeralBatch> {
    read(Node::parse(text, Reading::Message)?)
}

/// Writes ephemeral entries, `{namespace: {key: entry}}`, without their ages.
pub fn entries_to_json(entries: &EphemeralBatch) -> String {
    written(|out| {
        write::object(out, entries, |out, entries| {
            write::object(out, entries, |out, entry| {
                written_entry(out, entry.value.as_ref().map(|value| value.as_ref()), entry.timestamp, &entry.peer);
            });
        });
    })
}

/// Writes an ephemeral change, `{"kind":"added","ns":…,"key":…,"entry":…,"local":true}`; the kinds are `added`, `updated`, `removed` and
/// `expired`.
pub fn change_to_json(change: &EphemeralChange) -> String {
    let kind = match change.kind {
        EphemeralChangeKind::Added => "added",
        EphemeralChangeKind::Updated => "updated",
        EphemeralChangeKind::Removed => "removed",
        EphemeralChangeKind::Expired => "expired",
    };
    written(|out| {
        out.push_str("{\"kind\":");
        write::text(out, kind);
        out.push_str(",\"ns\":");
        write::text(out, &change.ns);
        out.push_str(",\"key\":");
        write::text(out, &change.key);
        out.push_str(",\"entry\":");
        let EphemeralEntry { value, timestamp, peer, .. } = &change.entry;
        written_entry(out, value.as_ref().map(|value| value.as_ref()), *timestamp, peer);
        out.push_str(",\"local\":");
        write::display(out, change.local);
        out.push('}');
    })
}

fn read(node: Node<'_>) -> Result<EphemeralBatch> {
    let mut batch = EphemeralBatch::new();
    for (ns, keys) in node.entries("a message")? {
        let ns = op::name(ns, "namespace")?;
        let mut entries = BTreeMap::new();
        for (key, entry) in keys.entries("a namespace")? {
            entries.insert(op::name(key, "key")?, read_entry(entry)?);
        }
        batch.insert(ns, entries);
    }
    Ok(batch)
}

fn read_entry(node: Node<'_>) -> Result<EphemeralEntry> {
    let names = ["value", "removed", "timestamp", "peer", "age"];
    let [value, removed, timestamp, peer, age] = node.fields("an entry", names)?;
    let value = match (value, removed) {
        (Some(value), None) => Some(value::read(value)?),
        (None, Some(removed)) if removed.first() == b't' => None,
        _ => return Err(node.refuse(Fault::Shape, "an entry has either a `value` or `removed`, which is true")),
    };
    let timestamp = float(node.need(timestamp, "timestamp")?, "`timestamp`")?;
    let peer = read_peer(node.need(peer, "peer")?)?;
    let age_ms = match age {
        None => 0,
        // Whole milliseconds; the cast ends at the greatest u64.
        Some(age) => match float(age, "`age`")? {
            ms if ms >= 0.0 => ms as u64,
            _ => return Err(age.refuse(Fault::Shape, "`age` is not negative")),
        },
    };
    Ok(EphemeralEntry { value, timestamp, peer, age_ms })
}

/// A number of either kind, as a float.
fn float(node: Node<'_>, what: &str) -> Result<f64> {
    let number = node.number().and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| node.refuse(Fault::Shape, format!("{what} is a number that fits")))
}

fn shown(out: &mut String, entry: EphemeralRef<'_>) {
    written_entry(out, Some(entry.value), entry.timestamp, entry.peer);
}

fn written_entry(out: &mut String, content: Option<ValueRef<'_>>, timestamp: f64, peer: &str) {
    match content {
        Some(content) => {
            out.push_str("{\"value\":");
            write::value(out, content);
        }
        None => out.push_str("{\"removed\":true"),
    }
    out.push_str(",\"timestamp\":");
    write::float(out, timestamp);
    out.push_str(",\"peer\":");
    write::text(out, peer);
    out.push('}');
}
