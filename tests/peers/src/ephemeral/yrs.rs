//! The awareness of yrs holds one JSON state per client, so keys are clients; the local sets all hit one.
use super::*;
use ::yrs::block::ClientID;
use ::yrs::sync::Awareness;
use ::yrs::sync::awareness::{AwarenessUpdate, AwarenessUpdateEntry};
use ::yrs::updates::{decoder::Decode, encoder::Encode};
use std::ops::Range;
use std::sync::Arc;

pub fn run(n: usize) {
    reset_peak();
    let before = rss_mb();
    let mut awareness = Awareness::new(::yrs::Doc::with_client_id(1));
    let (_, set) = time(|| {
        for i in 0..n {
            awareness.set_local_state_raw(format!("{}", i as u32))
        }
    });
    let rounds = (n / KEYS).max(1);
    let blobs: Vec<Vec<u8>> = (0..rounds).map(|round| message(round as u32 + 1, 0..KEYS)).collect();
    let clocks = (0..WRITERS as u32).map(|writer| rounds as u32 + 2 + writer);
    let singles: Vec<Vec<u8>> = clocks.flat_map(|clock| (0..KEYS).map(move |key| message(clock, key..key + 1))).collect();
    let (_, blob) = time(|| {
        for message in &blobs {
            awareness.apply_update(AwarenessUpdate::decode_v1(message).unwrap()).unwrap()
        }
    });
    let (encoded, encode) = time(|| awareness.update().unwrap().encode_v1());
    let (_, single) = time(|| {
        for message in &singles {
            awareness.apply_update(AwarenessUpdate::decode_v1(message).unwrap()).unwrap()
        }
    });
    let run = Run { set, encode, encoded: encoded.len(), blobs: (blob, &blobs), singles: (single, &singles) };
    run.out("yrs", n, before).print();
}

fn message(clock: u32, clients: Range<usize>) -> Vec<u8> {
    let entry = |client: usize| AwarenessUpdateEntry { clock, json: Arc::from(format!("{}", clock * 7 + client as u32)) };
    let clients = clients.map(|client| (ClientID::new(100 + client as u64), entry(client))).collect();
    AwarenessUpdate { clients }.encode_v1()
}
