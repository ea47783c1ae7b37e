use crate::names::{Key, KeyedHash, spread};
use crate::types::PeerId;
use core::cmp::Ordering;
use hashbrown::HashTable;

/// A peer as a number, in the order in which they became known.
pub(crate) type PeerIndex = u32;

/// The peers that have events here, by number and by name.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    names: Vec<PeerId>,
    index: HashTable<(u32, PeerIndex)>,
    hash: KeyedHash,
}

impl Peers {
    pub(crate) fn new(hash: KeyedHash) -> Peers {
        Peers { names: Vec::new(), index: HashTable::new(), hash }
    }

    /// The number of peers.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// A peer's name.
    #[inline]
    pub(crate) fn name(&self, peer: PeerIndex) -> &PeerId {
        &self.names[peer as usize]
    }

    /// The number of a peer, if it is known.
    pub(crate) fn find(&self, name: &str) -> Option<PeerIndex> {
        let hash = self.hash_of(name);
        self.index.find(spread(hash), |&(stored, peer)| stored == hash && self.names[peer as usize].as_str() == name).map(|&(_, peer)| peer)
    }

    /// The number of a peer, which is made known if it was not.
    pub(crate) fn intern(&mut self, name: &PeerId) -> PeerIndex {
        if let Some(peer) = self.find(name) {
            return peer;
        }
        let peer = self.names.len() as PeerIndex;
        self.names.push(name.clone());
        let hash = self.hash_of(name);
        self.index.insert_unique(spread(hash), (hash, peer), |&(hash, _)| spread(hash));
        peer
    }

    /// Compares two peers by name. Numbers say nothing about the order: a new name in between renumbers nothing.
    #[inline]
    pub(crate) fn cmp(&self, a: PeerIndex, b: PeerIndex) -> Ordering {
        if a == b { Ordering::Equal } else { self.names[a as usize].cmp(&self.names[b as usize]) }
    }

    fn hash_of(&self, name: &str) -> u32 {
        self.hash.key(Key::new(name, &self.hash))
    }
}
