//! Chain hashes, as far as they were computed, so that a replica which opens does not go through its history when it syncs.

use crate::codec::{Reader, checksum, put_number};
use crate::doc::CrdtDoc;
use crate::error::{Error, Result};
use crate::graph::PeerIndex;

/// A peer's chain: count and hash, then each mark's.
pub(crate) fn encode_chain(doc: &CrdtDoc, peer: PeerIndex) -> Option<Vec<u8>> {
    let (count, hash, marks) = doc.chains.parts(peer)?;
    let mut out = Vec::with_capacity(16 + 10 * marks.len());
    put_number(&mut out, count);
    out.extend_from_slice(&hash.to_le_bytes());
    put_number(&mut out, marks.len() as u64);
    for &(count, hash) in marks {
        put_number(&mut out, count);
        out.extend_from_slice(&hash.to_le_bytes());
    }
    let sum = checksum(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    Some(out)
}

/// Takes over a peer's chain. What is damaged or of a longer log is computed again, so that is no error of the replica.
pub(crate) fn restore_chain(doc: &mut CrdtDoc, peer: PeerIndex, bytes: &[u8]) -> Result<()> {
    let Some((framed, sum)) = bytes.split_last_chunk::<4>() else { return Err(Error::malformed("a chain is cut")) };
    if checksum(framed) != u32::from_le_bytes(*sum) {
        return Err(Error::malformed("a chain's checksum does not hold"));
    }
    if peer as usize >= doc.graph.peers().len() {
        return Err(Error::malformed("a chain of nobody"));
    }
    let mut reader = Reader::new(framed);
    let (count, hash) = (reader.number()?, reader.word()?);
    let mut marks = Vec::new();
    for _ in 0..reader.count(usize::MAX, "there are fewer marks than the count says")? {
        marks.push((reader.number()?, reader.word()?));
    }
    let fits = marks.is_sorted_by(|a, b| a.0 < b.0) && marks.last().is_none_or(|mark| mark.0 <= count);
    if !fits || count > doc.graph.next_counter(peer) {
        return Err(reader.malformed("a chain is longer than its peer's events"));
    }
    doc.chains.restore_marked(peer, doc.document, (count, hash), marks);
    Ok(())
}
