//! Chain hashes, as far as they were computed, so that a replica which opens does not go through its history when it syncs.

use crate::codec::{Reader, put_number};
use crate::doc::CrdtDoc;
use crate::error::{Error, Result};
use crate::graph::PeerIndex;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A checksum that covers whose chain it is.
fn sum(peer: PeerIndex, bytes: &[u8]) -> u32 {
    xxh3_64_with_seed(bytes, u64::from(peer) + 1) as u32
}

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
    let sum = sum(peer, &out);
    out.extend_from_slice(&sum.to_le_bytes());
    Some(out)
}

/// Takes over a peer's chain. What is damaged or of a longer log is computed again, so that is no error of the replica.
pub(crate) fn restore_chain(doc: &mut CrdtDoc, peer: PeerIndex, bytes: &[u8]) -> Result<()> {
    if peer as usize >= doc.graph.peers().len() {
        return Err(Error::malformed("a chain of nobody"));
    }
    let Some((framed, expected)) = bytes.split_last_chunk::<4>() else { return Err(Error::malformed("a chain is cut")) };
    if sum(peer, framed) != u32::from_le_bytes(*expected) {
        return Err(Error::malformed("a chain's checksum does not hold"));
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

/// Whose stored chain is not that of the log, in words: history was exchanged since it was computed.
///
/// # Errors
///
/// `corrupt` when the log cannot be read.
pub(super) fn differing_chains(folded: &mut CrdtDoc, loaded: &CrdtDoc) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let peers = 0..folded.graph.peers().len() as PeerIndex;
    let stored: Vec<(PeerIndex, u64)> = peers.filter_map(|peer| loaded.chains.parts(peer).map(|(count, ..)| (peer, count))).collect();
    for (&(peer, _), folded_hash) in stored.iter().zip(folded.chain_hashes(&stored)?) {
        let Some((_, hash, marks)) = loaded.chains.parts(peer) else { continue };
        let same = folded_hash == Some(hash);
        let known = folded.chains.parts(peer).map_or(&[][..], |chain| chain.2.as_slice());
        if !same || !marks.iter().all(|mark| known.binary_search(mark).is_ok()) {
            problems.push(format!("log: the events of {} are not those of its chain hash", folded.graph.peers().name(peer).as_str()));
        }
    }
    Ok(problems)
}
