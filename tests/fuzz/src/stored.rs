//! Replicas with history and without are tried in the same way.

use crate::attempt::is_typed;
use crate::history::{DOCUMENT, options};
use crate::{bounded, input, replicas};
use convergedb::{CrdtDoc, DocOptions};

/// What reading a replica may take: one front's room, as it grows.
const FRONT_ROOM: usize = 64 << 20;
/// A replica's front may become so much for each of its bytes.
const PER_FRONT_BYTE: usize = 256;
/// Whatever is done with a replica, so many copies of it may be there at once.
const COPIES: usize = 10;

/// Reads a replica of this kind, and uses it.
pub fn play(kind: u8, data: &[u8]) {
    let Some((mode, bytes)) = input::stored(kind, data) else { return };
    let room = FRONT_ROOM + PER_FRONT_BYTE * bytes.len();
    let options = if mode & 1 == 0 { options("dave") } else { DocOptions::seeded(9) };
    let options = if mode & 2 == 0 { options } else { options.document(DOCUMENT) };
    let owned = if mode & 4 == 0 { None } else { Some(bytes.clone()) };
    let decode = || match owned {
        None => CrdtDoc::decode_replica(&bytes, options),
        Some(bytes) => CrdtDoc::decode_replica_owned(bytes, options),
    };
    match bounded(bytes.len(), decode, |_| room) {
        Err(error) => assert!(is_typed(&error), "{error:?}"),
        Ok(doc) => {
            bounded(bytes.len(), || replicas::use_decoded(doc), |_| COPIES * room);
        }
    }
}
