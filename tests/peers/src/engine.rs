use crate::digest::Digest;
use crate::model::Op;

/// One replica of one engine.
pub trait Engine: Sized {
    type Version: Clone;
    /// Whether every overwritten value stays recoverable.
    const HISTORY: bool;
    /// Whether replicas can exchange what they did.
    const SYNC: bool = true;

    fn new(peer: u64) -> Self;

    /// One commit or transaction for the whole slice.
    fn apply(&mut self, ops: &[Op]);

    fn version(&mut self) -> Self::Version;
    fn delta_since(&mut self, version: &Self::Version) -> Vec<u8>;
    fn import(&mut self, delta: &[u8]);
    fn import_many(&mut self, deltas: &[Vec<u8>]) {
        for delta in deltas {
            self.import(delta)
        }
    }

    fn save(&mut self) -> Vec<u8>;
    fn load(bytes: &[u8], peer: u64) -> Self;
    /// As [`Engine::load`], of a buffer that is handed over, where that is another call.
    fn load_owned(_bytes: Vec<u8>, _peer: u64) -> Option<Self> {
        None
    }
    /// Decodes what a load left for later; says whether there is such a thing.
    fn load_history(&mut self) -> bool {
        false
    }
    /// The state without its history, where that can be saved alone.
    fn save_state(&mut self) -> Option<Vec<u8>> {
        None
    }
    /// A second full encoding where the engine has one: its name and bytes.
    fn save_alt(&mut self) -> Option<(&'static str, Vec<u8>)> {
        None
    }
    fn load_alt(_bytes: &[u8], _peer: u64) -> Option<Self> {
        None
    }

    /// Reads every column of every row that shows.
    fn scan(&mut self) -> Digest;
    /// A second way to read everything, where there is one: the number of rows it met.
    fn scan_alt(&mut self) -> Option<u64> {
        None
    }

    /// How many bytes of a delta are names of peers, where they are of the engine's free choice.
    fn peer_name_bytes(&self, _delta: &[u8]) -> Option<usize> {
        None
    }
}
