use crate::codec::{Kind, Reader, begin_frame, end_frame, open_frame, put_bytes, put_number};
use crate::doc::CrdtDoc;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::PeerIndex;
use crate::limits::COUNTER_MAX;
use crate::types::{DocumentId, EventId, PeerId};

/// The replica that asks holds nothing and was given no document: it takes the one that it is sent.
const ADOPTS: u8 = 1;

/// What a replica knows, read from a request: for each peer here, the counter of the next event it lacks.
pub(crate) struct Known {
    pub(crate) next: Vec<u64>,
    /// The one that asks has no document of its own yet, or may not know this one.
    pub(crate) names_document: bool,
    /// It tells of events of this replica's own that are not here.
    pub(crate) rolled_back: bool,
}

impl CrdtDoc {
    /// Whether this replica takes the document id of what it merges first.
    pub(crate) fn adopts_document(&self) -> bool {
        !self.document_given && self.graph.len() == 0 && self.waiting.is_empty()
    }

    /// What this replica knows, for a peer to answer with [`CrdtDoc::encode_pending`]: document, versions, and the chain hash at each.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged.
    pub fn encode_request(&mut self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(32 + 48 * self.graph.peers().len());
        begin_frame(&mut out, Kind::Request);
        out.push(if self.adopts_document() { ADOPTS } else { 0 });
        out.extend_from_slice(&self.document.0);
        let peers = 0..self.graph.peers().len() as PeerIndex;
        let known: Vec<(PeerIndex, u64)> = peers.map(|peer| (peer, self.graph.next_counter(peer))).filter(|&(_, next)| next > 0).collect();
        let hashes = self.chain_hashes(&known)?;
        put_number(&mut out, known.len() as u64);
        for (&(peer, next), hash) in known.iter().zip(hashes) {
            put_bytes(&mut out, self.graph.peers().name(peer).as_bytes());
            put_number(&mut out, next);
            out.extend_from_slice(&hash.unwrap_or(0).to_le_bytes());
        }
        end_frame(&mut out, 0);
        Ok(out)
    }

    /// Reads a request, and checks that both sides mean the same events by the same ids.
    pub(crate) fn read_request(&mut self, request: &[u8]) -> Result<Known> {
        let (kind, mut reader) = open_frame(request)?;
        if kind != Kind::Request {
            return Err(reader.malformed("this is no request"));
        }
        // Bits of no known meaning are ignored: they may ask for more, later.
        let flags = reader.byte()?;
        let document = read_document(&mut reader)?;
        let adopts = flags & ADOPTS != 0;
        if document != self.document && !adopts && !self.adopts_document() {
            return Err(other_document(document, self.document));
        }
        let mut next = vec![0; self.graph.peers().len()];
        let (mut wanted, mut theirs) = (Vec::new(), Vec::new());
        let mut rolled_back = false;
        let count = reader.count(usize::MAX, "there are fewer peers than the count says")?;
        for _ in 0..count {
            let name = reader.name()?;
            let known = reader.number()?;
            let hash = reader.word()?;
            if known == 0 || known > COUNTER_MAX + 1 {
                return Err(reader.malformed("a counter is out of range"));
            }
            let Some(peer) = self.graph.peers().find(name) else { continue };
            if peer == self.me && known > self.own_next && !self.rollback_noticed {
                // Somebody has events of mine that I do not have: the app was restored from a backup. Believed once, since anybody can
                // claim it.
                rolled_back = true;
            }
            let Some(next) = next.get_mut(peer as usize).filter(|next| **next == 0) else {
                return Err(reader.malformed("a peer stands there twice"));
            };
            *next = known;
            if hash != 0 {
                wanted.push((peer, known));
                theirs.push(hash);
            }
        }
        if reader.left() > 0 {
            return Err(reader.malformed("the request goes on after its end"));
        }
        self.check_chains(&wanted, &theirs)?;
        Ok(Known { next, names_document: adopts, rolled_back })
    }
}

pub(crate) fn read_document(reader: &mut Reader<'_>) -> Result<DocumentId> {
    let bytes = reader.take(16)?;
    Ok(DocumentId(bytes.try_into().unwrap_or_default()))
}

#[cold]
pub(crate) fn other_document(theirs: DocumentId, ours: DocumentId) -> Error {
    Error::new(ErrorKind::OtherDocument, format!("it is about document {theirs}, and this is a replica of {ours}"))
}

/// The events of a peer up to `counter` differ here and there.
#[cold]
pub(crate) fn reused_peer(peer: &PeerId, counter: u64) -> Error {
    let message = format!("the events of peer {peer} up to {counter} are others here than there: two devices write under one peer id");
    Error::new(ErrorKind::ConflictingEvent, message).with_event_id(EventId::new(peer.clone(), counter))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::DocOptions;

    /// Goal: a request of a later writer is answered. Method: one with each flag that has no meaning yet.
    #[test]
    fn unknown_flags_of_a_request_are_ignored() {
        let mut doc = CrdtDoc::new(DocOptions::seeded(1));
        doc.insert("t", "r", &[("c", 1.into())]).unwrap();
        let empty = CrdtDoc::new(DocOptions::seeded(2)).encode_request().unwrap();
        let answer = doc.encode_pending(&empty).unwrap();
        for bit in 1..8 {
            let mut request = empty[..empty.len() - 4].to_vec();
            request[2] |= 1 << bit;
            end_frame(&mut request, 0);
            assert_eq!(doc.encode_pending(&request).unwrap(), answer);
        }
    }
}
