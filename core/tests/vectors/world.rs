use crate::difference::difference;
use crate::mode::Mode;
use crate::tree::{Kind, Tree};
use convergedb::clock::{MonotonicClock, SplitMix};
use convergedb::store::{SqliteOptions, SqliteStore};
use convergedb::{
    Commit, CrdtDoc, DocOptions, DocStore, DocumentId, EphemeralOptions, EphemeralStore, EventId, EventRun, PageLimit, PeerId,
    Result as ApiResult, ValueRef, VersionVector, json,
};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// The peers of one vector: each has a document and an ephemeral store.
pub(crate) struct World {
    mode: Mode,
    peers: BTreeMap<String, Peer>,
}

struct Peer {
    id: PeerId,
    doc: CrdtDoc,
    file: Option<PeerFile>,
    ephemeral: EphemeralStore,
}

/// No time passes in a vector.
struct Stopped;

impl MonotonicClock for Stopped {
    fn now_ms(&self) -> u64 {
        0
    }
}

/// What a call gave, as JSON text, or nothing.
type Given = ApiResult<Option<String>>;

impl World {
    pub(crate) fn new(names: &[&str], mode: Mode) -> Result<World, String> {
        let peer = |name: &&str| {
            let id = PeerId::new(name).map_err(|error| error.to_string())?;
            let (doc, file) = match mode {
                Mode::Disk => PeerFile::make(&id).map(|(doc, file)| (doc, Some(file))).map_err(|error| error.to_string())?,
                _ => (CrdtDoc::new(options(&id)), None),
            };
            let ephemeral = EphemeralStore::new(EphemeralOptions::new(id.clone(), &mut SplitMix::new(1), Stopped).ttl_ms(None));
            Ok(((*name).to_owned(), Peer { id, doc, file, ephemeral }))
        };
        Ok(World { mode, peers: names.iter().map(peer).collect::<Result<_, String>>()? })
    }

    /// Takes one step and compares what comes of it with what the step expects.
    pub(crate) fn step(&mut self, step: &Tree<'_>) -> Result<(), String> {
        let name = step.text(if step.get("to").is_some() { "to" } else { "at" })?;
        let before = self.peer(name)?.fingerprint();
        let given = self.call(step.text("do")?, name, step)?;
        let peer = self.peer(name)?;
        if let Some(file) = &mut peer.file {
            file.kept.commit(&mut peer.doc).map_err(|error| format!("it cannot be kept: {error}"))?;
        }
        peer.doc.check().map_err(|broken| format!("an invariant is broken: {broken}"))?;
        match (step.get("expect"), step.get("error"), given) {
            (Some(expected), None, Ok(Some(actual))) => {
                let timestamps = step.text("do")?.starts_with("ephemeral");
                difference(expected, &Tree::parse(&actual)?, timestamps).map_or(Ok(()), Err)
            }
            (None, None, Ok(None)) => Ok(()),
            (None, Some(kind), Err(error)) if kind.as_text()? == error.kind().name() => {
                if peer.fingerprint() == before {
                    Ok(())
                } else {
                    Err(format!("it failed, but changed something: {error}"))
                }
            }
            (_, Some(kind), Err(error)) => Err(format!("expected the error {}, got {error}", kind.raw)),
            (_, Some(kind), Ok(given)) => Err(format!("expected the error {}, got {}", kind.raw, given.unwrap_or_default())),
            (_, None, Err(error)) => Err(format!("it failed: {error}")),
            (None, None, Ok(Some(_))) => Err("the step expects nothing".to_owned()),
            (Some(_), None, Ok(None)) => Err("the call gives nothing to expect".to_owned()),
        }
    }

    fn call(&mut self, action: &str, name: &str, step: &Tree<'_>) -> Result<Given, String> {
        if action == "sync" {
            return self.sync(step.text("from")?, name);
        }
        let mode = self.mode;
        let peer = self.peer(name)?;
        let (doc, ephemeral) = (&mut peer.doc, &mut peer.ephemeral);
        let stored = |result: ApiResult<bool>| result.map(|stored| Some(format!("{{\"stored\":{stored}}}")));
        Ok(match action {
            "insert" => {
                let commit = doc.insert_json(step.text("tbl")?, step.text("row_id")?, step.need("values")?.raw);
                commit.and_then(|commit| Ok(made(doc, commit)?.pop()))
            }
            "update" => {
                let commit = doc.update_json(step.text("tbl")?, step.text("row_id")?, step.text("col")?, step.need("value")?.raw);
                commit.and_then(|commit| Ok(made(doc, commit)?.pop()))
            }
            "delete" => {
                let commit = doc.delete(step.text("tbl")?, step.text("row_id")?);
                commit.and_then(|commit| Ok(made(doc, commit)?.pop()))
            }
            "transaction" => {
                let at = step.get("at_ms").map(|at| at.raw.parse().map_err(|_| "`at_ms` is no integer")).transpose()?;
                let commit = doc.transaction_json(step.need("ops")?.raw, at);
                commit.and_then(|commit| Ok(Some(format!("[{}]", made(doc, commit)?.join(",")))))
            }
            "deliver" => doc.merge_remote_json(step.text("runs")?).map(|result| Some(json::merge_result_to_json(&result))),
            "state" => {
                let digest: String = doc.digest().iter().map(|byte| format!("{byte:02x}")).collect();
                Ok(Some(format!("{{\"rows\":{},\"digest\":\"{digest}\"}}", doc.rows_json())))
            }
            "sync_state" => Ok(Some(doc.sync_state_json())),
            "get_pending" => {
                let known = step.need("known")?.raw;
                let runs = match mode {
                    Mode::Memory => json::parse_known(known).and_then(|known| Ok(json::runs_to_json(&whole(doc, &known)?))),
                    _ => doc.get_pending_json(known).map(|page| {
                        let page = Tree::parse(&page).expect("a page is JSON");
                        assert_eq!(page.need("has_more").map(|more| more.raw), Ok("false"), "a vector fits into one page");
                        page.need("runs").expect("a page has runs").raw.to_owned()
                    }),
                };
                runs.map(|runs| Some(ids(&runs)))
            }
            "reopen" => peer.reopen(mode).map(|()| None),
            "insert_as_fresh_peer" => {
                let commit = doc.insert_json(step.text("tbl")?, step.text("row_id")?, step.need("values")?.raw);
                if commit.is_ok() && *doc.peer() == peer.id {
                    return Err("the insert went on under the peer id as named".to_owned());
                }
                commit.map(|commit| Some(format!("{{\"counter\":{}}}", commit.counter)))
            }
            "ephemeral_set" => stored(ephemeral.set_json(step.text("ns")?, step.text("key")?, step.need("value")?.raw, timestamp(step)?)),
            "ephemeral_remove" => stored(ephemeral.remove(step.text("ns")?, step.text("key")?, timestamp(step)?)),
            "ephemeral_merge" => ephemeral.merge_json(step.text("entries")?).map(Some),
            "ephemeral_get_all" => Ok(Some(ephemeral.get_all_json(step.text("ns")?))),
            _ => return Err("this runner does not know the step".to_owned()),
        })
    }

    fn sync(&mut self, from: &str, to: &str) -> Result<Given, String> {
        let known = self.peer(to)?.doc.versions();
        let mode = self.mode;
        let merged = match mode {
            Mode::Memory | Mode::MemoryJson => {
                let runs = whole(&self.peer(from)?.doc, &known);
                let to = &mut self.peer(to)?.doc;
                runs.and_then(
                    |runs| if mode == Mode::Memory { to.merge_remote(&runs) } else { to.merge_remote_json(&json::runs_to_json(&runs)) },
                )
            }
            Mode::Binary => {
                let page = self.peer(from)?.doc.encode_update(&known, PageLimit::default());
                page.and_then(|page| self.peers.get_mut(to).expect("it was found above").doc.merge_update(&page.bytes))
            }
            Mode::BinaryRequest | Mode::Disk => {
                let request = self.peer(to)?.doc.encode_request();
                let from = &mut self.peer(from)?.doc;
                let page = request.and_then(|request| from.encode_pending(&request));
                page.and_then(|page| self.peers.get_mut(to).expect("it was found above").doc.merge_update(&page.bytes))
            }
        };
        Ok(merged.map(|result| Some(json::merge_result_to_json(&result))))
    }

    fn peer(&mut self, name: &str) -> Result<&mut Peer, String> {
        self.peers.get_mut(name).ok_or_else(|| format!("no peer is named {name}"))
    }
}

impl Peer {
    /// Closes the document and opens it again under the same peer id.
    fn reopen(&mut self, mode: Mode) -> ApiResult<()> {
        self.doc = match mode {
            Mode::Memory | Mode::MemoryJson => CrdtDoc::from_replica(&self.doc.to_replica()?, options(&self.id))?,
            Mode::Binary | Mode::BinaryRequest => CrdtDoc::decode_replica(&self.doc.encode_replica()?, options(&self.id))?,
            Mode::Disk => {
                let file = self.file.as_mut().expect("it lies in a file");
                file.kept.close(&self.doc)?;
                let (doc, kept) = PeerFile::open(&file.folder, &self.id)?;
                file.kept = kept;
                doc
            }
        };
        Ok(())
    }

    /// Everything that a refused call must leave as it was.
    fn fingerprint(&self) -> impl PartialEq + use<> {
        let doc = (self.doc.digest(), self.doc.sync_state(), self.doc.waiting_events(), self.doc.missing(), self.doc.needs_fresh_peer());
        let spaces: Vec<String> = self.ephemeral.namespaces().iter().map(|ns| format!("{ns}{}", self.ephemeral.get_all_json(ns))).collect();
        (doc, spaces, self.ephemeral.entries(), self.ephemeral.bytes())
    }
}

/// The file that a peer's document lies in.
struct PeerFile {
    folder: TempDir,
    kept: DocStore,
}

impl PeerFile {
    fn make(id: &PeerId) -> ApiResult<(CrdtDoc, PeerFile)> {
        let folder = TempDir::new().expect("a folder can be made");
        let (doc, kept) = PeerFile::open(&folder, id)?;
        Ok((doc, PeerFile { folder, kept }))
    }

    fn open(folder: &TempDir, id: &PeerId) -> ApiResult<(CrdtDoc, DocStore)> {
        let store = SqliteStore::open(&folder.path().join("vector.db"), &SqliteOptions { relaxed: true, ..SqliteOptions::default() })?;
        let id = id.clone();
        let (doc, kept, _) = DocStore::open(store, false, move || options(&id), |_, _| true)?;
        Ok((doc, kept))
    }
}

fn options(peer: &PeerId) -> DocOptions {
    DocOptions::seeded(1).peer(peer.clone()).document(DocumentId([7; 16]))
}

/// Everything that is not known, in one page.
fn whole(doc: &CrdtDoc, known: &VersionVector) -> ApiResult<Vec<EventRun>> {
    let page = doc.get_pending(known)?;
    assert!(!page.has_more, "a vector fits into one page");
    Ok(page.runs)
}

/// `{id, deps, lamport}` of each event that a commit made.
fn made(doc: &CrdtDoc, commit: Commit) -> ApiResult<Vec<String>> {
    let counters = commit.counter..commit.counter + u64::from(commit.events);
    let made = counters.zip(commit.lamport..).map(|(counter, lamport)| {
        let event = doc.event(&EventId::new(doc.peer().clone(), counter))?.expect("a commit made it");
        assert_eq!(event.lamport, lamport, "a commit says what the event says");
        let text = json::event_to_json(&event);
        let tree = Tree::parse(&text).expect("an event is JSON");
        let field = |key: &str| format!("\"{key}\":{}", tree.need(key).expect("an event has it").raw);
        Ok(format!("{{{},{},{}}}", field("id"), field("deps"), field("lamport")))
    });
    made.collect()
}

/// `{ids}` of all events in some runs, sorted by peer and counter.
fn ids(runs: &str) -> String {
    let mut ids = Vec::new();
    for run in json::parse_runs(runs).expect("what was written reads back") {
        ids.extend((run.counter_start..).take(run.ops.len()).map(|counter| EventId::new(run.peer.clone(), counter)));
    }
    ids.sort();
    let peer = |id: &EventId| json::value_to_json(ValueRef::Str(&id.peer));
    let ids: Vec<String> = ids.iter().map(|id| format!("[{},{}]", peer(id), id.counter)).collect();
    format!("{{\"ids\":[{}]}}", ids.join(","))
}

fn timestamp(step: &Tree<'_>) -> Result<Option<f64>, String> {
    let read = |timestamp: &Tree<'_>| match timestamp.kind {
        Kind::Word => timestamp.raw.parse().map_err(|_| format!("{} is no timestamp", timestamp.raw)),
        _ => Err(format!("{} is no timestamp", timestamp.raw)),
    };
    step.get("timestamp").map(read).transpose()
}
