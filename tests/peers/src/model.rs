//! The row model. Every engine is handed the same operations, made before the clock starts.

pub const NCOL: usize = 5;
pub const COLS: [&str; NCOL] = ["c0", "c1", "c2", "c3", "c4"];

/// A row's name as the engines that go by text see it: `r` and seven digits. It is made with the operation, not inside the clock.
#[derive(Clone, Copy, Debug)]
pub struct Key([u8; 8]);

impl Key {
    pub fn new(row: u32) -> Key {
        let mut text = *b"r0000000";
        let mut rest = row;
        for digit in text[1..].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        assert_eq!(rest, 0, "a row has seven digits");
        Key(text)
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: `new`, the only maker, fills it with ASCII.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

/// The row that a [`Key`] names.
#[inline]
pub fn row_of(key: &str) -> u32 {
    key.as_bytes()[1..].iter().fold(0, |row, digit| row * 10 + (digit - b'0') as u32)
}

/// The column that a name of [`COLS`] stands for.
#[inline]
pub fn column_of(name: &str) -> usize {
    (name.as_bytes()[1] - b'0') as usize
}

/// One row as inserted: a text of 16 bytes, an int, a float, a bool, a text of 32 bytes.
#[derive(Clone, Debug)]
pub struct RowData {
    pub s16: String,
    pub i: i64,
    pub f: f64,
    pub b: bool,
    pub s32: String,
}

#[derive(Clone, Debug)]
pub enum Op {
    Insert { row: u32, key: Key, data: Box<RowData> },
    Set { row: u32, key: Key, col: u8, v: i64 },
    Delete { row: u32, key: Key },
}

impl Op {
    fn insert(row: u32, rng: &mut Rng) -> Op {
        Op::Insert { row, key: Key::new(row), data: row_data(rng) }
    }

    fn set(row: u32, col: u8, rng: &mut Rng) -> Op {
        Op::Set { row, key: Key::new(row), col, v: rng.below(1_000_000) as i64 }
    }
}

/// SplitMix64: the same numbers everywhere.
pub struct Rng(pub u64);

impl Rng {
    #[inline]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((self.next() as u128 * n as u128) >> 64) as u64
    }

    fn column(&mut self) -> u8 {
        self.below(NCOL as u64) as u8
    }

    fn text(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz012345";
        (0..length).map(|_| LETTERS[(self.next() & 31) as usize] as char).collect()
    }
}

fn row_data(rng: &mut Rng) -> Box<RowData> {
    Box::new(RowData {
        s16: rng.text(16),
        i: rng.below(1_000_000) as i64,
        f: rng.below(1 << 40) as f64 / 1024.0 + 0.5 / 1024.0,
        b: rng.next() & 1 == 1,
        s32: rng.text(32),
    })
}

pub fn inserts(n: usize, seed: u64) -> Vec<Op> {
    let mut rng = Rng(seed);
    (0..n as u32).map(|row| Op::insert(row, &mut rng)).collect()
}

/// Updates of one int column each, uniform over `rows` rows; values below a million, about 20 bits.
pub fn updates(n: usize, rows: u64, seed: u64) -> Vec<Op> {
    let mut rng = Rng(seed);
    (0..n)
        .map(|_| {
            let (row, col) = (rng.below(rows) as u32, rng.column());
            Op::set(row, col, &mut rng)
        })
        .collect()
}

/// Updates of two replicas: the first has the lower half of the rows, the second the upper half, but a tenth of its operations hit
/// the first one's cells.
pub fn fork_updates(n: usize, rows: u64) -> (Vec<Op>, Vec<Op>) {
    let (mut rng, half) = (Rng(41), rows / 2);
    (0..n)
        .map(|_| {
            let (row, col) = (rng.below(half) as u32, rng.column());
            let first = Op::set(row, col, &mut rng);
            let same = rng.below(10) == 0;
            let (row, col) = if same { (row, col) } else { ((half + rng.below(rows - half)) as u32, rng.column()) };
            (first, Op::set(row, col, &mut rng))
        })
        .unzip()
}

/// One insert and one delete in ten, else updates, over a live set that starts at `base` rows.
pub fn mixed(n: usize, base: usize) -> Vec<Op> {
    let mut rng = Rng(7);
    let mut live: Vec<u32> = (0..base as u32).collect();
    let mut next = base as u32;
    (0..n)
        .map(|_| match rng.below(10) {
            0 => {
                live.push(next);
                next += 1;
                Op::insert(next - 1, &mut rng)
            }
            1 if live.len() > 1 => {
                let at = rng.below(live.len() as u64) as usize;
                let row = live.swap_remove(at);
                Op::Delete { row, key: Key::new(row) }
            }
            _ => {
                let (row, col) = (live[rng.below(live.len() as u64) as usize], rng.column());
                Op::set(row, col, &mut rng)
            }
        })
        .collect()
}
