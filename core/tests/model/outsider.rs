use super::Check;
use super::draw::Draw;
use super::tell;
use super::transaction::{Tx, runs};
use super::world::World;
use convergedb::{EventId, PeerId, RowOp};
use std::rc::Rc;

impl World {
    /// An author that keeps the rules but not the habits: its events depend on whatever it likes, and write rows that do not show.
    ///
    /// So events of one peer can be concurrent, deps can name an event beside its own ancestor or the middle of a transaction, and
    /// events can come that nobody's frontier ever was.
    pub fn outsider_writes(&mut self, draw: &mut Draw) {
        let peer = draw.pick(&self.setting.outsiders).clone();
        let deps = draw.below(4);
        self.write_as(peer, deps, draw);
    }

    /// In a setting with many outsiders each writes something that depends on nothing, and a replica learns of all.
    pub fn open(&mut self, draw: &mut Draw) -> Check {
        for peer in self.setting.outsiders.clone().into_iter().skip(2) {
            self.write_as(peer, 0, draw);
        }
        let message = runs(&self.outside, || true);
        self.deliver(0, &message)
    }

    /// A transaction of an outsider with about this many deps.
    fn write_as(&mut self, peer: PeerId, deps: usize, draw: &mut Draw) {
        let counter = self.truth.versions().get(&peer).map_or(0, |counter| counter + 1);
        let all: Vec<EventId> = self.truth.applied.keys().cloned().collect();
        let mut deps: Vec<EventId> = (0..deps).filter(|_| !all.is_empty()).map(|_| draw.pick(&all).clone()).collect();
        let previous = counter.checked_sub(1).map(|counter| EventId::new(peer.clone(), counter));
        let lamport_of = |deps: &[EventId]| 1 + deps.iter().filter_map(|id| self.truth.lamport(id)).max().unwrap_or(0);
        if previous.as_ref().is_some_and(|id| Some(lamport_of(&deps)) <= self.truth.lamport(id)) {
            deps.extend(previous);
        }
        deps.sort();
        deps.dedup();
        let lamport = lamport_of(&deps);
        let ops = (0..draw.within(1, 3)).map(|_| self.draw_op(draw)).collect();
        let at = draw.percent(20).then_some(i64::MIN);
        let tx = Rc::new(Tx { peer, counter, lamport, deps, at, ops });
        self.note(|_| format!("an outsider writes {}", tell::tx(&tx)));
        self.statistics.made(&tx);
        self.truth.apply(&tx);
        self.post(vec![tx.clone()]);
        self.outside.push(tx);
    }

    /// Any operation, whether its row shows or not.
    pub fn draw_op(&self, draw: &mut Draw) -> RowOp {
        let (tbl, row_id) = self.draw_row(draw);
        match draw.below(4) {
            0 => RowOp::Insert { tbl, row_id, values: self.draw_cells(draw) },
            1 => RowOp::Delete { tbl, row_id },
            _ => RowOp::Update { tbl, row_id, col: self.draw_column(draw), value: draw.value() },
        }
    }
}
