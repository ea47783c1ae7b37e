use super::draw::Draw;
use super::setting::Setting;
use super::transaction::{Tx, runs};
use super::world::World;
use super::{Check, same};
use convergedb::{CrdtDoc, EventId, PeerId, RowOp};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many events come in a round.
const ROUND: usize = 900;

/// A history that is long enough for what an engine does only with much: sealing old operations, sorting rows anew, many spans.
pub struct LongHistory {
    world: World,
    draw: Draw,
    /// The last events, on which new ones stand.
    recent: Vec<(EventId, u64)>,
    /// For each author the last event and its Lamport time.
    last: BTreeMap<PeerId, (u64, u64)>,
    sent: Vec<Rc<Tx>>,
}

impl LongHistory {
    pub fn new(seed: u64) -> LongHistory {
        let mut setting = Setting::new(seed);
        setting.peers.truncate(2);
        setting.tables = vec!["t".into(), "u".into()];
        setting.rows = (0..3_000).map(|number| format!("row {}", number * 7_919 % 3_001)).collect();
        setting.columns = (0..70).map(|number| format!("column {number}")).collect();
        (setting.cells_max, setting.page_events) = (8, 2_000);
        (setting.waiting_events_max, setting.waiting_bytes_max) = (100_000, 64 << 20);
        LongHistory { world: World::new(setting), draw: Draw::new(seed), recent: Vec::new(), last: BTreeMap::new(), sent: Vec::new() }
    }

    /// Rounds of messages and local writes, with reads of all kinds between; in the end both replicas meet.
    pub fn play(mut self, rounds: usize) -> Check {
        for round in 0..rounds {
            let mut message = self.message();
            if round % 3 == 1 {
                self.draw.shuffle(&mut message);
            }
            self.sent.extend(message.iter().cloned());
            self.world.deliver(0, &runs(&message, || true))?;
            for _ in 0..6 {
                self.world.write(0, &mut self.draw)?;
            }
            self.world.transact(0, &mut self.draw)?;
            self.repeat_and_contradict()?;
            self.world.versions.push(self.world.sides[0].model.versions());
            if round % 4 == 3 {
                self.read()?;
                self.world.reopen(0, &mut self.draw)?;
            }
            if round % 3 == 2 {
                self.world.sync(0, 1, &mut self.draw)?;
                self.world.write(1, &mut self.draw)?;
                self.world.sync(1, 0, &mut self.draw)?;
            }
        }
        self.world.truth.applied.extend(self.sent.iter().flat_map(|tx| tx.ids().map(|id| (id, tx.clone()))));
        self.read()?;
        self.world.settle()
    }

    fn read(&mut self) -> Check {
        self.world.sides[0].compare()?;
        self.world.read(0, &mut self.draw)?;
        self.world.read_as_of(0, &mut self.draw)?;
        self.world.read_history(0, &mut self.draw)?;
        self.world.read_pending(0, &mut self.draw)
    }

    /// Old transactions again, and one of them with other content.
    fn repeat_and_contradict(&mut self) -> Check {
        let again: Vec<Rc<Tx>> = (0..20).map(|_| self.draw.pick(&self.sent).clone()).collect();
        self.world.deliver(0, &runs(&again, || true))?;
        let mut other = Tx::clone(&again[0]);
        let at = self.draw.below(other.ops.len());
        other.ops[at] = self.world.draw_op(&mut self.draw);
        self.world.deliver(0, &runs(&[Rc::new(other)], || true))
    }

    fn message(&mut self) -> Vec<Rc<Tx>> {
        let authors: Vec<PeerId> = ["carol", "dave", "eve", "Zed", "ö"].map(super::setting::peer).to_vec();
        let mut message: Vec<Rc<Tx>> = Vec::new();
        let mut events = 0;
        while events < ROUND {
            let peer = self.draw.pick(&authors).clone();
            let last = self.last.get(&peer).copied();
            let mut deps: BTreeMap<EventId, u64> = BTreeMap::new();
            if let Some((counter, lamport)) = last {
                deps.insert(EventId::new(peer.clone(), counter), lamport);
            }
            if self.draw.percent(20) && !self.recent.is_empty() {
                deps.extend([self.draw.pick(&self.recent).clone()]);
            }
            let lamport = 1 + deps.values().max().copied().unwrap_or(0);
            let ops: Vec<RowOp> =
                (0..if self.draw.percent(80) { 1 } else { self.draw.within(2, 40) }).map(|_| self.world.draw_op(&mut self.draw)).collect();
            let tx = Tx {
                peer: peer.clone(),
                counter: last.map_or(0, |(counter, _)| counter + 1),
                lamport,
                deps: deps.into_keys().collect(),
                at: None,
                ops,
            };
            events += tx.ops.len();
            self.last.insert(peer, (tx.end() - 1, lamport + tx.len() - 1));
            self.recent.push((tx.id(tx.end() - 1), lamport + tx.len() - 1));
            self.recent.drain(..self.recent.len().saturating_sub(30));
            message.push(Rc::new(tx));
        }
        message
    }
}

/// Whether two replicas of the engine are equal in all that replicas share.
pub fn equal(one: &CrdtDoc, other: &CrdtDoc) -> Check {
    same("the digest", one.digest(), other.digest())?;
    same("the sync state", one.sync_state(), other.sync_state())
}
