use super::draw::Draw;
use super::replica::Model;
use super::setting::{Setting, peer};
use super::side::{Side, named};
use super::state::State;
use super::statistics::Statistics;
use super::transaction::{Tx, runs};
use super::{Check, holds, same};
use convergedb::{CrdtDoc, PageLimit, VersionVector};
use std::rc::Rc;

/// A history under way.
pub struct World {
    pub setting: Setting,
    pub sides: Vec<Side>,
    /// All events that are true: what replicas made, and what outsiders made by the rules.
    pub truth: Model,
    /// The transactions of outsiders, which no replica may have yet.
    pub outside: Vec<Rc<Tx>>,
    /// Messages under way.
    pub pool: Vec<Vec<Rc<Tx>>>,
    /// Versions that replicas had.
    pub versions: Vec<VersionVector>,
    /// Replicas that can reach each other have the same number.
    pub groups: Vec<usize>,
    pub statistics: Statistics,
    /// What happened, in words, if somebody wants to know.
    pub story: Option<Vec<String>>,
}

#[derive(Clone, Copy)]
enum Step {
    Write,
    Transact,
    WriteBadly,
    Outsider,
    Sync,
    Capture,
    Deliver,
    Forge,
    Reopen,
    BackUp,
    Restore,
    DropWaiting,
    Partition,
    Follow,
    Read,
    ReadAsOf,
    ReadHistory,
    ReadPending,
    Compare,
}

const STEPS: [(usize, Step); 19] = [
    (24, Step::Write),
    (12, Step::Transact),
    (3, Step::WriteBadly),
    (5, Step::Outsider),
    (9, Step::Sync),
    (9, Step::Capture),
    (14, Step::Deliver),
    (9, Step::Forge),
    (2, Step::Reopen),
    (1, Step::BackUp),
    (1, Step::Restore),
    (1, Step::DropWaiting),
    (2, Step::Partition),
    (10, Step::Follow),
    (2, Step::Read),
    (2, Step::ReadAsOf),
    (2, Step::ReadHistory),
    (2, Step::ReadPending),
    (3, Step::Compare),
];

impl World {
    pub fn new(setting: Setting) -> World {
        let mut draw = Draw::new(setting.seed ^ 0x5eed);
        let side = |peer| {
            let model =
                Model { waiting_events_max: setting.waiting_events_max, waiting_bytes_max: setting.waiting_bytes_max, ..Model::new(peer) };
            let doc = CrdtDoc::new(setting.options(Some(&model.peer), &mut draw));
            Side { doc, model, readers: Vec::new(), backup: None }
        };
        let sides: Vec<Side> = setting.peers.iter().cloned().map(side).collect();
        World {
            truth: Model::new(peer("nobody")),
            outside: Vec::new(),
            pool: Vec::new(),
            versions: Vec::new(),
            groups: vec![0; sides.len()],
            statistics: Statistics::default(),
            story: None,
            sides,
            setting,
        }
    }

    /// Notes what happens, if somebody wants to know.
    pub fn note(&mut self, what: impl FnOnce(&World) -> String) {
        if self.story.is_some() {
            let line = what(self);
            self.story.get_or_insert_default().push(line);
        }
    }

    /// One step, drawn from its own seed, so that a history from which some steps are taken out is still one.
    pub fn step(&mut self, seed: u64) -> Check {
        let mut draw = Draw::new(seed);
        let at = draw.below(self.sides.len());
        let other = draw.below(self.sides.len());
        let draw = &mut draw;
        let check = match draw.weighted(&STEPS) {
            Step::Write => self.write(at, draw),
            Step::Transact => self.transact(at, draw),
            Step::WriteBadly => self.write_badly(at, draw),
            Step::Outsider => {
                self.outsider_writes(draw);
                Ok(())
            }
            Step::Sync => self.sync(other, at, draw),
            Step::Capture => self.capture(at, draw),
            Step::Deliver => self.deliver_from_the_pool(at, draw),
            Step::Forge => self.forge(at, draw),
            Step::Reopen => self.reopen(at, draw),
            Step::BackUp => self.back_up(at),
            Step::Restore => self.restore(at, draw),
            Step::DropWaiting => self.drop_waiting(at),
            Step::Partition => {
                let groups = draw.within(1, 2);
                self.groups.iter_mut().for_each(|group| *group = draw.below(groups));
                Ok(())
            }
            Step::Follow => self.follow(at, draw),
            Step::Read => self.read(at, draw),
            Step::ReadAsOf => self.read_as_of(at, draw),
            Step::ReadHistory => self.read_history(at, draw),
            Step::ReadPending => self.read_pending(at, draw),
            Step::Compare => {
                self.versions.push(self.sides[at].model.versions());
                self.sides[at].compare()
            }
        };
        named(&self.sides[at], check)
    }

    /// Lets everybody meet until nothing moves any more; then all must be equal, and equal to the fold of all that is true.
    pub fn settle(&mut self) -> Check {
        let others = 1..self.sides.len();
        others.clone().try_for_each(|from| self.bring_up_to_date(from, 0))?;
        let outside = runs(&self.outside, || false);
        self.deliver(0, &outside)?;
        others.clone().try_for_each(|to| self.bring_up_to_date(0, to))?;
        for from in 0..self.sides.len() {
            for to in 0..self.sides.len() {
                let known = self.sides[to].model.versions();
                let (page, _) = self.page(from, &known, PageLimit { events: 1, bytes: 1 })?;
                holds("a replica still has something for another", page.is_empty())?;
            }
        }
        let (frontier, versions) = (self.truth.frontier(), self.truth.versions());
        let digest = State::fold(self.truth.events()).digest();
        for side in &mut self.sides {
            side.compare()?;
            same("the frontier in the end", &side.doc.frontier(), &frontier)?;
            same("the versions in the end", &side.doc.versions(), &versions)?;
            same("the digest in the end", side.doc.digest(), digest)?;
            for reader in &mut side.readers {
                reader.drain(&mut side.doc, &side.model.state)?;
            }
        }
        self.statistics.events.push(self.truth.applied.len() as u32);
        self.statistics.peers.push(self.sides.len() as u32);
        Ok(())
    }

    fn bring_up_to_date(&mut self, from: usize, to: usize) -> Check {
        loop {
            let known = self.sides[to].model.versions();
            let (page, has_more) = self.page(from, &known, PageLimit { events: self.setting.page_events, bytes: usize::MAX })?;
            if !page.is_empty() {
                self.deliver(to, &page)?;
            }
            if !has_more {
                return Ok(());
            }
        }
    }
}
