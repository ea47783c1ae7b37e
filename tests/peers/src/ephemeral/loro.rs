use super::*;
use ::loro::awareness::EphemeralStore;

const TTL_MS: i64 = 600_000;

pub fn run(n: usize) {
    let (keys, sets) = (keys(), sets(n));
    reset_peak();
    let before = rss_mb();
    let store = EphemeralStore::new(TTL_MS);
    let (_, set) = time(|| {
        for &(key, value) in &sets {
            store.set(&keys[key as usize], value)
        }
    });
    let (encoded, encode) = time(|| store.encode_all());
    let (blobs, singles) = messages((n / WRITERS / KEYS).max(1), &keys);
    let (_, blob) = time(|| {
        for message in &blobs {
            store.apply(message).unwrap()
        }
    });
    let fresh = EphemeralStore::new(TTL_MS);
    let (_, single) = time(|| {
        for message in &singles {
            fresh.apply(message).unwrap()
        }
    });
    let run = Run { set, encode, encoded: encoded.len(), blobs: (blob, &blobs), singles: (single, &singles) };
    run.out("loro", n, before).print();
}

fn messages(rounds: usize, keys: &[String]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut blobs, mut singles) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // So that newer messages have newer timestamps.
        std::thread::sleep(std::time::Duration::from_millis(2));
        for writer in 0..WRITERS {
            let store = EphemeralStore::new(TTL_MS);
            for key in keys {
                store.set(key, (round * 1000 + writer) as i64)
            }
            blobs.push(store.encode_all());
            if round == 0 {
                singles.extend(keys.iter().map(|key| store.encode(key)));
            }
        }
    }
    (blobs, singles)
}
