//! Binary forms taken apart and put together again, with lengths and checksums as they have to be.

use xxhash_rust::xxh3::xxh3_64;

pub const UPDATE: u8 = 1;
pub const REPLICA: u8 = 2;
pub const STATE: u8 = 3;
pub const REQUEST: u8 = 4;
pub const EVENT: u8 = 5;

const MAGIC: u8 = 0xce;
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 2;
const LENGTH_BYTES: usize = 8;
const SUM_BYTES: usize = 4;

fn put_sum(bytes: &mut Vec<u8>, start: usize) {
    let sum = xxh3_64(&bytes[start..]) as u32;
    bytes.extend_from_slice(&sum.to_le_bytes());
}

/// An update, request or event, of what stands between head and checksum.
pub fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![MAGIC, kind << 4 | VERSION];
    bytes.extend_from_slice(body);
    put_sum(&mut bytes, 0);
    bytes
}

/// What stands between the head and the checksum of an update, request or event.
pub fn body(frame: &[u8]) -> &[u8] {
    &frame[HEAD_BYTES..frame.len() - SUM_BYTES]
}

/// A replica's front and blocks, without lengths and checksums.
#[derive(Clone, Debug)]
pub struct Parts {
    pub front: Vec<u8>,
    pub blocks: Vec<Vec<u8>>,
}

impl Parts {
    /// Takes a good replica or state apart.
    pub fn of(bytes: &[u8]) -> Parts {
        let start = HEAD_BYTES + LENGTH_BYTES;
        let length = u64::from_le_bytes(bytes[HEAD_BYTES..start].try_into().unwrap()) as usize;
        let front = bytes[start..start + length].to_vec();
        let (mut blocks, mut rest) = (Vec::new(), &bytes[start + length + SUM_BYTES..]);
        while !rest.is_empty() {
            // Where a block ends stands deep in the front; its checksum tells too.
            let sum = |end: usize| rest[end..end + SUM_BYTES] == (xxh3_64(&rest[..end]) as u32).to_le_bytes();
            let end = (1..rest.len() - SUM_BYTES + 1).find(|&end| sum(end)).expect("a good replica's blocks have good checksums");
            blocks.push(rest[..end].to_vec());
            rest = &rest[end + SUM_BYTES..];
        }
        Parts { front, blocks }
    }

    pub fn join(&self, kind: u8) -> Vec<u8> {
        let mut bytes = vec![MAGIC, kind << 4 | VERSION];
        bytes.extend_from_slice(&(self.front.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&self.front);
        put_sum(&mut bytes, 0);
        for block in &self.blocks {
            let start = bytes.len();
            bytes.extend_from_slice(block);
            put_sum(&mut bytes, start);
        }
        bytes
    }
}
