use super::draw::Draw;
use super::reader::{Reader, Subject};
use super::replica::Model;
use super::world::World;
use super::{Check, done, holds, same};
use convergedb::{CrdtDoc, PageLimit, Replica};
use std::collections::BTreeSet;

impl World {
    /// Puts a replica away, as plain data or as bytes, and opens it again, under the same peer id or a fresh one.
    pub fn reopen(&mut self, at: usize, draw: &mut Draw) -> Check {
        let side = &self.sides[at];
        let mut model = side.model.clone();
        let keeps_its_name = draw.percent(85);
        self.note(|world| format!("{:?} is opened again, same peer id: {keeps_its_name}", world.sides[at].model.peer));
        let options = self.setting.options(keeps_its_name.then_some(&model.peer), draw);
        let side = &self.sides[at];
        let doc = if draw.percent(50) {
            done(CrdtDoc::from_replica(&done(side.doc.to_replica())?, options))?
        } else {
            done(CrdtDoc::decode_replica(&side.doc.encode_replica().unwrap(), options))?
        };
        if !keeps_its_name {
            holds("a fresh peer id is one that was there before", self.truth.applied.keys().all(|id| id.peer != *doc.peer()))?;
            model.go_on_as(doc.peer().clone());
        }
        same("the document id", doc.document_id(), self.setting.document)?;
        self.replace(at, doc, model);
        self.statistics.reopened += 1;
        self.sides[at].compare()
    }

    fn replace(&mut self, at: usize, doc: CrdtDoc, model: Model) {
        let side = &mut self.sides[at];
        (side.doc, side.model) = (doc, model);
        for reader in &mut side.readers {
            *reader = Reader::new(reader.subject.clone(), reader.patches_max, &mut side.doc, &side.model.state);
        }
    }

    /// Keeps a copy of a replica, as a backup does.
    pub fn back_up(&mut self, at: usize) -> Check {
        let side = &mut self.sides[at];
        side.backup = Some((done(side.doc.to_replica())?, side.model.clone()));
        Ok(())
    }

    /// Sets a replica back to its backup, and has it meet one that knows what it made since, if it made something.
    ///
    /// Where nobody knows all of that, it is left alone: it would use counters again, which is its user's fault and not ours.
    pub fn restore(&mut self, at: usize, draw: &mut Draw) -> Check {
        let Some((replica, model)) = self.sides[at].backup.clone() else { return Ok(()) };
        let lost: BTreeSet<_> = self.sides[at].model.applied.keys().filter(|id| !model.applied.contains_key(id)).cloned().collect();
        let holder = (0..self.sides.len()).filter(|&other| other != at).find(|&other| {
            let knows = |id: &_| self.sides[other].model.applied.contains_key(id);
            let own = lost.iter().filter(|id| id.peer == model.peer).all(knows);
            let others =
                lost.iter().all(|id| self.sides.iter().enumerate().any(|(side, one)| side != at && one.model.applied.contains_key(id)));
            own && others
        });
        let Some(holder) = holder else { return Ok(()) };
        self.set_back(at, &replica, model, draw)?;
        let known = self.sides[at].model.versions();
        let (page, _) = self.page(holder, &known, PageLimit { events: usize::MAX, bytes: usize::MAX })?;
        self.deliver(at, &page)
    }

    fn set_back(&mut self, at: usize, replica: &Replica, model: Model, draw: &mut Draw) -> Check {
        self.note(|world| format!("{:?} is set back to a backup, as {:?}", world.sides[at].model.peer, model.peer));
        let doc = done(CrdtDoc::from_replica(replica, self.setting.options(Some(&model.peer), draw)))?;
        self.replace(at, doc, model);
        self.statistics.restored += 1;
        self.sides[at].compare()
    }

    pub fn drop_waiting(&mut self, at: usize) -> Check {
        self.note(|world| format!("{:?} drops what waits", world.sides[at].model.peer));
        let side = &mut self.sides[at];
        same("how much was dropped", side.doc.drop_waiting(), side.model.waiting_events())?;
        side.model.waiting.clear();
        side.compare()
    }

    /// Takes a subscription, or has one drain.
    pub fn follow(&mut self, at: usize, draw: &mut Draw) -> Check {
        let (tbl, row_id) = self.draw_row(draw);
        let (other, _) = self.draw_row(draw);
        let side = &mut self.sides[at];
        if side.readers.len() < 3 && draw.percent(50) {
            let subject = match draw.below(4) {
                0 => Subject::All,
                1 => Subject::Table(tbl),
                2 => Subject::Row(tbl, row_id),
                _ => Subject::TableAndRow(other, (tbl, row_id)),
            };
            side.readers.push(Reader::new(subject, self.setting.patches_max, &mut side.doc, &side.model.state));
            return Ok(());
        }
        if side.readers.is_empty() {
            return Ok(());
        }
        let which = draw.below(side.readers.len());
        if draw.percent(3) {
            let reader = side.readers.remove(which);
            side.doc.unsubscribe(reader.subscription);
            return holds("a subscription that was given up can still be drained", side.doc.drain_changes(reader.subscription).is_none());
        }
        let lagged = side.readers[which].drain(&mut side.doc, &side.model.state)?;
        self.statistics.drained += 1;
        self.statistics.lagged += usize::from(lagged);
        Ok(())
    }
}
