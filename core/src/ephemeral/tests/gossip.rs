use super::*;

const TTL: u64 = 1_000;
/// How often each store may pass on what it holds; no message is under way for longer.
const PERIOD: u64 = 100;

struct Message {
    to: usize,
    arrives: u64,
    bytes: Vec<u8>,
}

/// Goal: what a departed peer left ends everywhere. Method: five stores whose clocks show different times gossip at random; one writes,
/// then is silent for ever. `latest` is when its entries must be gone; nobody may hold one then, though the gossip goes on.
fn gossip(seed: u64, delay: u64, remove_peer: bool, shown_until: u64, held_until: u64) {
    let random = &mut SplitMix::new(seed);
    let clocks: Vec<Clocks> = (0..5).map(|_| Clocks::default()).collect();
    clocks.iter().for_each(|clocks| clocks.pass(random.below(1 << 40)));
    let named = ["gone", "alice", "bob", "carol", "dave"];
    let mut stores: Vec<EphemeralStore> =
        named.iter().zip(&clocks).map(|(name, clocks)| EphemeralStore::new(options(name, clocks).ttl_ms(Some(TTL)))).collect();
    let mut under_way: Vec<Message> = Vec::new();
    let step = 20;
    let departs = 500;
    for now in (0..departs + held_until + 2 * TTL).step_by(step) {
        let first = usize::from(now > departs);
        for (from, store) in stores.iter_mut().enumerate().skip(first) {
            if random.below(PERIOD / step as u64) == 0 {
                let to = 1 + random.below(4) as usize;
                let bytes = if random.below(2) == 0 { store.encode_all() } else { store.encode(&NAMESPACES) };
                under_way.push(Message { to, arrives: now + random.below(delay + 1), bytes });
            }
            if now <= departs || from > 0 {
                let (ns, key) = (pick(random, &NAMESPACES), pick(random, &KEYS));
                // Each writes mostly its own keys, and at times another's, so that the departed one's entries are also buried.
                let key = if random.below(4) == 0 { key.to_owned() } else { format!("{key} of {from}") };
                store.set(ns, &key, &random_value(random), None).unwrap();
            }
        }
        if remove_peer && now > departs && random.below(10) == 0 {
            stores[1 + random.below(4) as usize].remove_peer("gone");
        }
        under_way.retain(|message| {
            if message.arrives <= now {
                stores[message.to].merge_bytes(&message.bytes).unwrap();
            }
            message.arrives > now
        });
        if random.below(3) == 0 {
            stores[1 + random.below(4) as usize].expire();
        }
        for store in &stores[1..] {
            for entry in content(store).values().flat_map(|entries| entries.values()).filter(|entry| &*entry.peer == "gone") {
                assert!(entry.value.is_none() || now < departs + shown_until, "seed {seed}: shown after {} ms", now - departs);
                assert!(now < departs + held_until, "seed {seed}: held after {} ms", now - departs);
            }
        }
        clocks.iter().for_each(|clocks| clocks.pass(step as u64));
    }
    stores.iter().for_each(|store| store.check().unwrap());
}

#[test]
fn a_departed_peer_ends_within_the_time_to_live_where_messages_are_quick() {
    (0..25).for_each(|seed| gossip(seed, 0, false, TTL, TTL));
}

#[test]
fn a_departed_peer_ends_within_twice_the_time_to_live_where_messages_take_as_long_as_the_gossip_period() {
    (0..25).for_each(|seed| gossip(seed, PERIOD, false, 2 * TTL, 2 * TTL));
}

#[test]
fn a_departed_peer_that_is_removed_here_and_there_ends_too() {
    (0..25).for_each(|seed| gossip(seed, 0, true, TTL, 2 * TTL));
}
