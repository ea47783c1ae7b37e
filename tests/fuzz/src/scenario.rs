//! Whole scenarios, told by bytes: what any number of honest replicas can do to each other, in any order.

use crate::attempt::{Fingerprint, saved};
use crate::coverage::unseen;
use crate::history::{DOCUMENT, options};
use crate::input::Choices;
use crate::mirror::Mirror;
use convergedb::{
    CrdtDoc, DocOptions, Error, ErrorKind, EventRun, MergeResult, PageLimit, Replica, RowOp, Transaction, Value, ValueRef, VersionVector,
};

/// The most steps of one scenario, and the most replicas.
const STEPS_MAX: usize = 64;
const REPLICAS_MAX: usize = 5;
/// All are checked whenever so many steps are done, and in the end.
const CHECKED_STEPS: usize = 8;
/// The most messages under way.
const MAIL_MAX: usize = 24;

const TABLES: [&str; 3] = ["t", "u", "a table with quite a long name"];
const ROWS: [&str; 6] = ["1", "2", "3", "ä", "a row with quite a long name", "a row with quite a long name, too"];
const COLUMNS: [&str; 5] = ["a", "b", "c", "d", "a column with quite a long name"];
const NAMES: [&str; REPLICAS_MAX] = ["alice", "bob", "carol", "dave", "erin"];

/// A message under way.
#[derive(Clone)]
enum Mail {
    Update(Vec<u8>),
    Json(String),
    Runs(Vec<EventRun>),
}

struct Side {
    doc: CrdtDoc,
    /// How many times it was opened, which is in its seed.
    opened: u64,
    mirror: Mirror,
}

impl Side {
    fn of(mut doc: CrdtDoc, opened: u64) -> Side {
        let mirror = Mirror::new(&mut doc);
        Side { doc, opened, mirror }
    }

    fn check(&mut self) {
        unseen(|| {
            self.doc.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}"));
            self.mirror.check(&mut self.doc);
        });
    }
}

/// What must not change, without the fuzzer seeing how it is looked at.
fn look(doc: &CrdtDoc) -> Fingerprint {
    unseen(|| Fingerprint::of(doc))
}

/// Prints what happens, if the environment variable `CONVERGE_TELL` asks for it.
fn tell(what: impl FnOnce() -> String) {
    static ASKED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    if *ASKED.get_or_init(|| std::env::var_os("CONVERGE_TELL").is_some()) {
        eprintln!("{}", what());
    }
}

struct World {
    sides: Vec<Side>,
    mail: Vec<Mail>,
    /// What a fork gives up, only a replica without history might know, and could tell nobody.
    may_fork: bool,
    may_add_state_only: bool,
}

/// Plays a scenario; then everybody hears everything, and all must be equal.
pub fn play(data: &[u8]) {
    let choices = &mut Choices::new(data);
    let replicas = 2 + choices.below(REPLICAS_MAX - 2);
    let open = |name: &&str| Side::of(CrdtDoc::new(options(name).document(DOCUMENT).waiting_limits(1_000, 1 << 20)), 0);
    let mut world =
        World { sides: NAMES[..replicas].iter().map(open).collect(), mail: Vec::new(), may_fork: true, may_add_state_only: true };
    for step in 1..=STEPS_MAX {
        if choices.is_done() {
            break;
        }
        let at = choices.below(replicas);
        world.step(at, choices);
        // What breaks an invariant shows in later checks too.
        if step % CHECKED_STEPS == 0 {
            world.sides.iter_mut().for_each(Side::check);
        }
    }
    world.agree();
}

impl World {
    fn step(&mut self, at: usize, choices: &mut Choices<'_>) {
        let other = choices.below(self.sides.len());
        match choices.below(16) {
            0..4 => self.write(at, choices),
            4 => self.transaction(at, choices),
            5 | 6 => self.sync(other, at, choices),
            7 | 8 => self.send(at, other, choices),
            9..12 => self.deliver(at, choices),
            12 => self.reopen(at, choices),
            13 => self.drop_waiting(at),
            14 if choices.below(4) == 0 => self.fork(at, choices),
            14 => self.type_to(at, other, choices),
            _ if choices.below(4) == 0 => self.add_state_only(at),
            _ => self.write_twice(at, choices),
        }
    }

    fn write(&mut self, at: usize, choices: &mut Choices<'_>) {
        let doc = &mut self.sides[at].doc;
        let before = look(doc);
        let op = draw_op(choices);
        tell(|| format!("{at} writes {op:?}"));
        let result = match (&op, choices.below(3)) {
            (RowOp::Insert { tbl, row_id, values }, 0) => {
                let values: Vec<(&str, ValueRef<'_>)> = values.iter().map(|(col, value)| (col.as_str(), value.as_ref())).collect();
                doc.upsert(tbl, row_id, &values)
            }
            (RowOp::Update { tbl, row_id, col, value }, 0) => match (doc.row_handle(tbl, row_id), doc.column_handle(tbl, col)) {
                (Some(row), Some(column)) => doc.update_at(row, column, value.as_ref()),
                _ => return,
            },
            (RowOp::Delete { tbl, .. }, 0) if choices.below(4) == 0 => doc.delete_all(tbl),
            _ => doc.apply(&[op], None),
        };
        if result.is_err() {
            assert_eq!(before, look(doc), "refused, but it changed something");
        }
    }

    fn transaction(&mut self, at: usize, choices: &mut Choices<'_>) {
        let doc = &mut self.sides[at].doc;
        let before = look(doc);
        let time = [None, Some(0), Some(-1), Some(i64::MAX)][choices.below(4)];
        let gives_up = choices.below(4) == 0;
        tell(|| format!("{at} makes a transaction, and gives it up: {gives_up}"));
        let made = doc.transaction(time, |tx: &mut Transaction<'_>| {
            for _ in 0..choices.below(6) {
                // An operation that fails changes nothing; the transaction may go on.
                let _ = tx.apply(&draw_op(choices));
            }
            if gives_up { Err(None) } else { Ok::<(), Option<Error>>(()) }
        });
        assert!(made.is_ok() != gives_up);
        if gives_up {
            assert_eq!(before, look(doc), "given up, but it changed something");
        }
    }

    /// Two meet, and one hears all that the other has.
    fn sync(&mut self, from: usize, to: usize, choices: &mut Choices<'_>) {
        if from != to {
            let events = [usize::MAX, 1, 2, 5][choices.below(4)];
            hear(&mut self.sides, from, to, events);
        }
    }

    /// Sends what somebody may lack: by what that one knows, or by what anybody might.
    fn send(&mut self, at: usize, to: usize, choices: &mut Choices<'_>) {
        let known: VersionVector = match choices.below(4) {
            0 => VersionVector::new(),
            1 => self.sides[to].doc.versions(),
            // Somewhere in the middle, also of transactions.
            _ => self.sides[at]
                .doc
                .versions()
                .iter()
                .map(|(peer, counter)| (peer.clone(), counter * (1 + choices.below(4) as u64) / 4))
                .collect(),
        };
        let limit = PageLimit { events: [usize::MAX, 1, 3, 10][choices.below(4)], bytes: usize::MAX };
        let from = &mut self.sides[at].doc;
        let mail = match choices.below(4) {
            0 => from.encode_update(&known, limit).ok().map(|page| Mail::Update(page.bytes)),
            1 => {
                let request = self.sides[to].doc.encode_request();
                let from = &mut self.sides[at].doc;
                request.and_then(|request| from.encode_pending_page(&request, limit)).ok().map(|page| Mail::Update(page.bytes))
            }
            2 => from.get_pending_page(&known, limit).ok().map(|page| Mail::Json(convergedb::json::runs_to_json(&page.runs))),
            _ => from.get_pending_page(&known, limit).ok().map(|mut page| {
                // Some of the runs, and others than the first: what is left out has to be waited for.
                if !page.runs.is_empty() {
                    page.runs.drain(..choices.below(page.runs.len()));
                    let by = choices.below(page.runs.len());
                    page.runs.rotate_left(by);
                }
                Mail::Runs(page.runs)
            }),
        };
        tell(|| format!("{at} sends something for {to}, who knows {known:?}: {}", mail.is_some()));
        self.mail.extend(mail);
        if self.mail.len() > MAIL_MAX {
            self.mail.remove(0);
        }
    }

    /// Delivers a message, to whomever: it may come twice, late, and to somebody whom it was not for.
    fn deliver(&mut self, at: usize, choices: &mut Choices<'_>) {
        if self.mail.is_empty() {
            return;
        }
        let number = choices.below(self.mail.len());
        let mail = if choices.below(4) == 0 { self.mail[number].clone() } else { self.mail.swap_remove(number) };
        let doc = &mut self.sides[at].doc;
        let before = look(doc);
        let told = (doc.digest(), choices.below(2) == 0);
        let result = match &mail {
            Mail::Update(bytes) if told.1 => doc.merge_update_quiet(bytes),
            Mail::Update(bytes) => doc.merge_update(bytes),
            Mail::Json(text) => doc.merge_remote_json(text),
            Mail::Runs(runs) => doc.merge_remote(runs),
        };
        tell(|| format!("{at} gets a message: {result:?}"));
        match result {
            Ok(MergeResult { patches, applied, .. }) => assert!(applied > 0 || patches.is_empty() && told.0 == doc.digest()),
            // An update that was made for somebody who knows more, or history that this replica does not have to compare with.
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error:?}");
                assert_eq!(before, look(doc), "refused, but it changed something");
            }
        }
    }

    /// Opens a replica again, under the same peer id.
    fn reopen(&mut self, at: usize, choices: &mut Choices<'_>) {
        tell(|| format!("{at} is opened again"));
        let side = &mut self.sides[at];
        let before = look(&side.doc);
        let opened = side.opened + 1;
        let options = DocOptions::seeded(opened << 8 | at as u64).peer(side.doc.peer().clone()).waiting_limits(1_000, 1 << 20);
        let plain: Option<Replica> = if choices.below(4) == 0 { side.doc.to_replica().ok() } else { None };
        let doc = match plain {
            Some(replica) => CrdtDoc::from_replica(&replica, options),
            None => CrdtDoc::decode_replica(&saved(&side.doc), options),
        };
        *side = Side::of(doc.expect("what was encoded decodes"), opened);
        assert_eq!(before, look(&side.doc), "it is another one when it opens again");
    }

    fn drop_waiting(&mut self, at: usize) {
        tell(|| format!("{at} drops what waits"));
        let doc = &mut self.sides[at].doc;
        let waited = doc.waiting_events();
        assert_eq!(doc.drop_waiting(), waited);
        assert!(doc.missing().is_empty());
    }

    fn fork(&mut self, at: usize, choices: &mut Choices<'_>) {
        if !self.may_fork {
            return;
        }
        self.may_add_state_only = false;
        let doc = &mut self.sides[at].doc;
        let digest = doc.digest();
        let own = doc.versions().get(doc.peer()).map_or(0, |counter| counter + 1);
        let old = doc.peer().clone();
        let from = own.saturating_sub(choices.below(6) as u64);
        let forked = doc.fork(from);
        tell(|| format!("{at} forks from {from} of {own}, as {}: {forked:?}", doc.peer()));
        if let Ok(forked) = forked {
            assert!(*doc.peer() != old && forked.fresh_peer);
            assert!(!forked.patches.is_empty() || doc.digest() == digest, "it shows something else and does not say so");
        }
    }

    /// What one types, the other sees: a message of one event.
    fn type_to(&mut self, from: usize, to: usize, choices: &mut Choices<'_>) {
        if from == to {
            return;
        }
        hear(&mut self.sides, from, to, usize::MAX);
        let doc = &mut self.sides[from].doc;
        let Some((tbl, row_id)) = TABLES.iter().find_map(|tbl| doc.rows(tbl).next().map(|row| (*tbl, row.id().to_string()))) else {
            return;
        };
        for _ in 0..1 + choices.below(3) {
            let _ = self.sides[from].doc.update(tbl, &row_id, choices.one(&COLUMNS), &draw_value(choices));
            hear(&mut self.sides, from, to, usize::MAX);
        }
    }

    /// A copy of a replica writes under the same peer id, as that of a cloned disk does. When the two meet, the copy forks, and nothing is lost.
    fn write_twice(&mut self, at: usize, choices: &mut Choices<'_>) {
        let side = &mut self.sides[at];
        let (doc, everything) = (&mut side.doc, VersionVector::new());
        if doc.get_pending(&everything).is_err() {
            return;
        }
        side.opened += 1;
        let options = DocOptions::seeded(side.opened << 8 | at as u64).peer(doc.peer().clone()).waiting_limits(1_000, 1 << 20);
        let mut copy = CrdtDoc::decode_replica(&saved(doc), options).expect("what was encoded decodes");
        for (number, writer) in [&mut *doc, &mut copy].into_iter().enumerate() {
            for _ in 0..choices.below(3) {
                writer.upsert("t", choices.one(&ROWS), &[("a", (number as i64).into())]).expect("a good row");
            }
        }
        let met = meet(doc, &mut copy);
        tell(|| format!("{at} and a copy of it write, and meet: {met:?}"));
        if let Err(error) = met {
            assert_eq!(error.kind(), ErrorKind::ConflictingEvent);
            // Chain hashes say that they differ; where, their events say.
            let update = doc.encode_update(&everything, PageLimit::default()).expect("it has its history");
            let error = copy.merge_update(&update.bytes).expect_err("they differ");
            let shown = copy.digest();
            let forked = copy.fork(error.event_id().expect("a conflict names its event").counter).expect("there is room");
            assert!(forked.patches.is_empty() && copy.digest() == shown, "nobody built on what was given up: {forked:?}");
            meet(doc, &mut copy).expect("they are two peers now");
        }
        assert_eq!((doc.digest(), doc.sync_state()), (copy.digest(), copy.sync_state()), "they met and differ");
        unseen(|| copy.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}")));
    }

    /// Another replica, made of a state without history.
    fn add_state_only(&mut self, at: usize) {
        if self.sides.len() >= REPLICAS_MAX || !self.may_add_state_only {
            return;
        }
        let Ok(state) = self.sides[at].doc.encode_state() else { return };
        let name = NAMES[self.sides.len()];
        let doc = CrdtDoc::decode_replica(&state, options(name)).expect("what was encoded decodes");
        assert_eq!(doc.digest(), self.sides[at].doc.digest());
        tell(|| format!("{at} gives a state to {}", self.sides.len()));
        self.may_fork = false;
        self.sides.push(Side::of(doc, 0));
    }

    /// Everybody hears everybody until nobody learns anything new.
    fn agree(&mut self) {
        let count = self.sides.len();
        let mut learned = true;
        while learned {
            learned = false;
            for from in 0..count {
                for to in (0..count).filter(|&to| to != from) {
                    learned |= hear(&mut self.sides, from, to, usize::MAX);
                }
            }
        }
        let has_forked = !self.may_add_state_only;
        let (first, others) = self.sides.split_first_mut().expect("there are two at least");
        first.check();
        for other in others {
            other.check();
            assert_eq!(other.doc.sync_state(), first.doc.sync_state(), "they do not know the same");
            assert_eq!(other.doc.digest(), first.doc.digest(), "they know the same and show something else");
            assert_eq!(other.doc.rows_json(), first.doc.rows_json());
            // Who forked gave events up, which others may have heard the later ones of.
            let waiting = other.doc.waiting_events() + other.doc.missing().len() as u64;
            assert!(waiting == 0 || has_forked, "something waits for what nobody has");
        }
    }
}

/// `to` asks `from` for all that it lacks, page by page. One without history may not have it. Says whether that brought anything.
fn hear(sides: &mut [Side], from: usize, to: usize, events: usize) -> bool {
    let mut learned = false;
    let mut pages = 0;
    loop {
        pages += 1;
        assert!(pages < 10_000, "the pages do not end");
        let request = sides[to].doc.encode_request().expect("what is known can be said");
        let limit = PageLimit { events, bytes: usize::MAX };
        let page = match sides[from].doc.encode_pending_page(&request, limit) {
            Ok(page) => page,
            Err(error) => {
                tell(|| format!("{from} cannot answer {to}: {error:?}"));
                return learned;
            }
        };
        tell(|| format!("{from} answers {to}: {} bytes, more: {}", page.bytes.len(), page.has_more));
        let doc = &mut sides[to].doc;
        let known = doc.events() + doc.waiting_events();
        let merged = doc.merge_update(&page.bytes).expect("an answer is what was asked for");
        learned |= merged.applied > 0;
        if !page.has_more {
            return learned;
        }
        assert!(merged.applied > 0 && doc.events() + doc.waiting_events() >= known, "a page brought nothing");
    }
}

/// Two tell each other all that they know.
fn meet(one: &mut CrdtDoc, other: &mut CrdtDoc) -> convergedb::Result<()> {
    let answer = one.encode_pending(&other.encode_request()?)?;
    other.merge_update(&answer.bytes)?;
    let answer = other.encode_pending(&one.encode_request()?)?;
    one.merge_update(&answer.bytes).map(|_| ())
}

fn draw_op(choices: &mut Choices<'_>) -> RowOp {
    let (tbl, row_id) = ((*choices.one(&TABLES)).to_owned(), (*choices.one(&ROWS)).to_owned());
    match choices.below(8) {
        0..3 => {
            let values = (0..choices.below(4)).map(|_| ((*choices.one(&COLUMNS)).to_owned(), draw_value(choices))).collect();
            RowOp::Insert { tbl, row_id, values }
        }
        3..6 => RowOp::Update { tbl, row_id, col: (*choices.one(&COLUMNS)).to_owned(), value: draw_value(choices) },
        6 => RowOp::Delete { tbl, row_id },
        // A name that is refused.
        _ => RowOp::Update { tbl, row_id: String::new(), col: "a".to_owned(), value: Value::Null },
    }
}

fn draw_value(choices: &mut Choices<'_>) -> Value {
    match choices.below(9) {
        0 => Value::Null,
        1 => Value::Bool(choices.below(2) == 0),
        2 => Value::Int(i64::from(choices.byte())),
        3 => Value::Int([i64::MIN, i64::MAX, -1][choices.below(3)]),
        4 => Value::Float([0.0, -0.0, 1.5, f64::MAX][choices.below(4)]),
        5 => Value::Str("ß".repeat(choices.below(40))),
        6 => Value::Bytes(vec![choices.byte(); choices.below(40)]),
        7 => Value::Str("x".to_owned()),
        // Refused.
        _ => Value::Float(f64::NAN),
    }
}
