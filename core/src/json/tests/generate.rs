use crate::clock::SplitMix;
use crate::types::{EventId, EventRun, PeerId, RowOp, Value};

/// Random runs that a text can say exactly; they need not make sense to a document.
pub(super) fn runs(rng: &mut SplitMix) -> Vec<EventRun> {
    (0..rng.below(4)).map(|_| run(rng)).collect()
}

fn run(rng: &mut SplitMix) -> EventRun {
    let ops: Vec<RowOp> = (0..1 + rng.below(5)).map(|_| op(rng)).collect();
    let tx = lengths(rng, ops.len() as u32);
    let transactions = if tx.is_empty() { ops.len() } else { tx.len() };
    let mut at: Vec<Option<i64>> = (0..transactions).map(|_| (rng.below(2) == 0).then(|| rng.next_u64() as i64)).collect();
    if at.iter().all(Option::is_none) {
        at.clear();
    }
    let deps = (0..rng.below(4)).map(|_| EventId::new(peer(rng), rng.next_u64() >> rng.below(64))).collect();
    let (counter_start, lamport_start) = (rng.next_u64() >> rng.below(64), rng.next_u64() >> rng.below(64));
    EventRun { peer: peer(rng), counter_start, lamport_start, deps, ops, tx, at }
}

/// Lengths that add up; empty when each is 1.
fn lengths(rng: &mut SplitMix, ops: u32) -> Vec<u32> {
    let mut lengths = Vec::new();
    let mut left = ops;
    while left > 0 {
        let length = 1 + rng.below(left.into()) as u32;
        lengths.push(length);
        left -= length;
    }
    if lengths.len() as u32 == ops { Vec::new() } else { lengths }
}

fn peer(rng: &mut SplitMix) -> PeerId {
    PeerId::new(&name(rng)).unwrap()
}

fn op(rng: &mut SplitMix) -> RowOp {
    let (tbl, row_id) = (name(rng), name(rng));
    match rng.below(3) {
        0 => RowOp::Insert { tbl, row_id, values: (0..rng.below(4)).map(|_| (name(rng), value(rng))).collect() },
        1 => RowOp::Update { tbl, row_id, col: name(rng), value: value(rng) },
        _ => RowOp::Delete { tbl, row_id },
    }
}

pub(super) fn value(rng: &mut SplitMix) -> Value {
    match rng.below(7) {
        0 => Value::Null,
        1 => Value::Bool(rng.below(2) == 0),
        2 => Value::Int(rng.next_u64() as i64 >> rng.below(64)),
        3 => Value::Float(float(rng)),
        4 => Value::Float(rng.below(1000) as f64 / 8.0 - 50.0),
        5 => Value::Bytes((0..rng.below(9)).map(|_| rng.next_u64() as u8).collect()),
        _ => Value::Str(text(rng)),
    }
}

/// Any finite float, by its bits.
fn float(rng: &mut SplitMix) -> f64 {
    loop {
        let float = f64::from_bits(rng.next_u64());
        if float.is_finite() {
            return float;
        }
    }
}

fn name(rng: &mut SplitMix) -> String {
    let mut name = text(rng);
    name.push(['t', 'é', '"', '\\', '😀'][rng.below(5) as usize]);
    name
}

fn text(rng: &mut SplitMix) -> String {
    let alphabet =
        ['a', 'b', ' ', '"', '\\', '/', '\n', '\0', '\u{1f}', '\u{7f}', 'é', '日', '\u{d7ff}', '\u{e000}', '\u{ffff}', '😀', '{', ',', ':'];
    (0..rng.below(7)).map(|_| alphabet[rng.below(alphabet.len() as u64) as usize]).collect()
}

/// The same JSON in other words: white space between its tokens, escapes in its strings, unknown keys in its objects.
pub(super) fn respell(rng: &mut SplitMix, json: &str) -> String {
    let mut out = String::new();
    let mut chars = json.chars();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                in_string = !in_string;
                out.push('"');
            }
            '\\' => {
                let escape = chars.next();
                out.push('\\');
                out.extend(escape);
                if escape == Some('u') {
                    out.extend(chars.by_ref().take(4));
                }
            }
            _ if in_string && rng.below(3) == 0 => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04X}")));
            }
            _ => out.push(c),
        }
        if !in_string && matches!(c, '[' | ']' | '{' | '}' | ',' | ':' | '"') {
            let space = ["", "", "", " ", "\t", "\r\n"][rng.below(6) as usize];
            // Where a string has just ended, or a structure goes on, space may stand.
            out.push_str(space);
            if c == '{' && rng.below(4) == 0 && !json.contains("$bytes") {
                out.push_str(r#""unknown":{"a":[1e999,{"a":"\ud83d\ude00"}],"b":-0.0},"#);
            }
        }
    }
    out
}

/// A text with some of its characters taken out, moved or put in.
pub(super) fn mangle(rng: &mut SplitMix, text: &str) -> String {
    let snippets = [
        "\"",
        "\\",
        "\\u",
        "\\ud800",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "-",
        "0",
        "1e999",
        "\u{feff}",
        "é",
        " ",
        "\"a\":1,",
        "\"tx\":[1],",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=rng.below(3) {
        let (a, b) = (rng.below(chars.len() as u64 + 1) as usize, rng.below(chars.len() as u64 + 1) as usize);
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 12));
        match rng.below(3) {
            0 => drop(chars.drain(from..to)),
            1 => drop(chars.splice(from..from, snippets[rng.below(snippets.len() as u64) as usize].chars().collect::<Vec<_>>())),
            _ => drop(chars.splice(from..from, chars[from..to].to_vec())),
        }
    }
    chars.into_iter().collect()
}
