use super::node::{Fault, Node};
use super::run::read_peer;
use crate::error::Result;
use crate::types::VersionVector;

/// Reads `{peer: counter}`. A peer with a negative counter is not known at all, whatever the number.
pub(super) fn read(node: Node<'_>) -> Result<VersionVector> {
    let mut known = VersionVector::new();
    for (peer, counter) in node.entries("what is known")? {
        let peer = read_peer(peer)?;
        let is_negative = counter.number().is_some_and(|text| text.starts_with('-') && text != "-0");
        if is_negative && !counter.raw().contains(['.', 'e', 'E']) {
            continue;
        }
        if counter.number().is_none() {
            return Err(counter.refuse(Fault::Shape, "a counter is an integer"));
        }
        known.set(peer, counter.integer("a counter")?);
    }
    Ok(known)
}
