use super::draw::Draw;
use convergedb::limits::{WAITING_BYTES_MAX, WAITING_EVENTS_MAX};
use convergedb::{DocOptions, DocumentId, PeerId};

/// Peers whose order by bytes differs from that by length, by case and by UTF-16.
const PEERS: [&str; 9] = ["alice", "bob", "p9", "p10", "A", "é", "\u{ffee}", "\u{1f600}", "a peer with a name longer than most"];
const TABLES: [&str; 4] = ["t", "todos", "todo\0", "é"];
const ROWS: [&str; 6] =
    ["1", "10", "a", "é", "a row id that is longer than fifteen bytes, 1", "a row id that is longer than fifteen bytes, 2"];
const COLUMNS: [&str; 5] = ["x", "y", "title", "z:=,", "é"];
const OUTSIDERS: [&str; 2] = ["eve", "Zed"];

/// What a history is played with: few names, so that what is written at different places meets.
#[derive(Clone, Debug)]
pub struct Setting {
    pub seed: u64,
    pub document: DocumentId,
    pub peers: Vec<PeerId>,
    /// Authors that are no replica.
    pub outsiders: Vec<PeerId>,
    pub tables: Vec<String>,
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    /// The most cells of an insert.
    pub cells_max: usize,
    pub waiting_events_max: usize,
    pub waiting_bytes_max: usize,
    /// How many patches a subscription keeps.
    pub patches_max: usize,
    /// How many events a page holds when everybody meets in the end.
    pub page_events: usize,
    pub steps: usize,
}

impl Setting {
    pub fn new(seed: u64) -> Setting {
        let mut draw = Draw::new(seed);
        let peers = draw.weighted(&[(5, 3), (3, 4), (2, 5), (1, 6)]);
        let tight = draw.percent(15);
        let mut setting = Setting {
            seed,
            document: DocumentId([seed as u8; 16]),
            peers: some_of(&PEERS, peers, &mut draw).iter().map(|name| peer(name)).collect(),
            outsiders: OUTSIDERS.map(peer).to_vec(),
            tables: some_of(&TABLES, draw.weighted(&[(3, 1), (3, 2), (1, 3)]), &mut draw),
            rows: some_of(&ROWS, draw.weighted(&[(2, 1), (3, 2), (3, 3), (1, 5)]), &mut draw),
            columns: some_of(&COLUMNS, draw.weighted(&[(2, 1), (3, 2), (2, 3), (1, 4)]), &mut draw),
            cells_max: 3,
            waiting_events_max: if tight { draw.within(0, 8) } else { WAITING_EVENTS_MAX },
            waiting_bytes_max: if tight && draw.percent(50) { draw.within(0, 200) } else { WAITING_BYTES_MAX },
            patches_max: if draw.percent(50) { draw.within(1, 6) } else { 1_000 },
            page_events: draw.within(10, 60),
            steps: draw.within(45, 100),
        };
        if draw.percent(3) {
            setting.widen(&mut draw);
        }
        if draw.percent(2) {
            setting.steps *= 4;
        }
        setting
    }

    /// Names by the dozen, past what fits the short lists of an engine.
    fn widen(&mut self, draw: &mut Draw) {
        let named = |what: &str, count: usize| (0..count).map(|number| format!("{what}{number}")).collect::<Vec<_>>();
        if draw.percent(50) {
            self.tables = named("table ", 20);
        }
        self.rows = named("row ", draw.within(1, 40));
        self.columns = named("column ", draw.within(10, 90));
        self.outsiders.extend(named("outsider ", 45).iter().map(|name| peer(name)));
        self.cells_max = 12;
    }

    /// Options of a replica: its own randomness, and the peer id unless it shall be a fresh one.
    pub fn options(&self, peer: Option<&PeerId>, draw: &mut Draw) -> DocOptions {
        let options = DocOptions::seeded(draw.seed()).document(self.document);
        let options = options.waiting_limits(self.waiting_events_max, self.waiting_bytes_max);
        match peer {
            Some(peer) => options.peer(peer.clone()),
            None => options,
        }
    }
}

pub fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn some_of(names: &[&str], count: usize, draw: &mut Draw) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    draw.shuffle(&mut names);
    names.truncate(count);
    names
}
