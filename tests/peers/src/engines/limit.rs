//! The "limit": per-peer event vectors + LWW cells, no causal graph, no validation, no checksum.
//! Not a usable engine. It exists to say what the hardware would let the same work cost.
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

#[derive(Default, Clone, Copy)]
pub struct Fx(u64);
impl Hasher for Fx {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, b: &[u8]) {
        for &x in b {
            self.write_u64(x as u64)
        }
    }
    fn write_u32(&mut self, x: u32) {
        self.write_u64(x as u64)
    }
    fn write_u64(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(5) ^ x).wrapping_mul(0x517c_c1b7_2722_0a95).rotate_left(26)
    }
}
type Map<K, V> = HashMap<K, V, BuildHasherDefault<Fx>>;

const T_INT: u8 = 0;
const T_F64: u8 = 1;
const T_BOOL: u8 = 2;
const T_STR: u8 = 3;
const K_INSERT: u8 = 1 << 6;
const K_DELETE: u8 = 2 << 6;

/// 24 bytes. `tc` = kind(2) | tag(3) | col(3).
#[derive(Clone, Copy)]
struct Ev {
    val: u64,
    row: u32,
    lamport: u32,
    tc: u8,
}
/// 16 bytes. `pt` = peer(29) | tag(3).
#[derive(Clone, Copy, Default)]
struct Cell {
    val: u64,
    lamport: u32,
    pt: u32,
}
#[derive(Default)]
struct Peer {
    id: u32,
    evs: Vec<Ev>,
}
#[derive(Default)]
pub struct Limit {
    me: u32,
    lamport: u32,
    peers: Vec<Peer>,
    peer_ix: Map<u32, u32>,
    row_ix: Map<u32, u32>,
    ids: Vec<u32>,
    live: Vec<bool>,
    cells: Vec<[Cell; NCOL]>,
    strs: Vec<u8>,
}

#[inline]
fn put(o: &mut Vec<u8>, mut v: u64) {
    while v >= 128 {
        o.push(v as u8 | 128);
        v >>= 7
    }
    o.push(v as u8)
}
#[inline]
fn get(b: &[u8], p: &mut usize) -> u64 {
    let (mut v, mut s) = (0u64, 0);
    loop {
        let x = b[*p];
        *p += 1;
        v |= ((x & 127) as u64) << s;
        if x < 128 {
            return v;
        }
        s += 7
    }
}

impl Limit {
    fn peer(&mut self, id: u32) -> usize {
        if let Some(&i) = self.peer_ix.get(&id) {
            return i as usize;
        }
        self.peer_ix.insert(id, self.peers.len() as u32);
        self.peers.push(Peer { id, evs: vec![] });
        self.peers.len() - 1
    }
    #[inline]
    fn row(&mut self, id: u32) -> usize {
        if let Some(&i) = self.row_ix.get(&id) {
            return i as usize;
        }
        let i = self.cells.len();
        self.row_ix.insert(id, i as u32);
        self.ids.push(id);
        self.live.push(true);
        self.cells.push(Default::default());
        i
    }
    #[inline]
    fn lww(&mut self, peer: u32, e: &Ev) {
        if e.tc & K_DELETE != 0 {
            let r = self.row(e.row);
            self.live[r] = false;
            return;
        }
        let r = self.row(e.row);
        let c = &mut self.cells[r][(e.tc & 7) as usize];
        if (e.lamport, peer) >= (c.lamport, c.pt >> 3) {
            *c = Cell { val: e.val, lamport: e.lamport, pt: peer << 3 | (e.tc >> 3 & 7) as u32 }
        }
    }
    fn intern(&mut self, s: &[u8]) -> u64 {
        let o = self.strs.len();
        self.strs.extend_from_slice(s);
        (o as u64) << 16 | s.len() as u64
    }
    #[inline]
    fn local(&mut self, pi: usize, row: u32, tc: u8, val: u64) {
        self.lamport += 1;
        let e = Ev { val, row, lamport: self.lamport, tc };
        self.peers[pi].evs.push(e);
        let me = self.me;
        self.lww(me, &e)
    }
    fn enc(&self, o: &mut Vec<u8>, from: impl Fn(u32) -> usize) {
        for p in &self.peers {
            let s = from(p.id).min(p.evs.len());
            if s == p.evs.len() {
                continue;
            }
            put(o, p.id as u64);
            put(o, s as u64);
            put(o, (p.evs.len() - s) as u64);
            let mut prev = 0u32;
            // lamport column: runs of +1
            let mut i = s;
            while i < p.evs.len() {
                let st = p.evs[i].lamport;
                let mut j = i + 1;
                while j < p.evs.len() && p.evs[j].lamport == p.evs[j - 1].lamport + 1 {
                    j += 1
                }
                put(o, (st - prev) as u64);
                put(o, (j - i) as u64);
                prev = p.evs[j - 1].lamport;
                i = j
            }
            for e in &p.evs[s..] {
                o.push(e.tc);
                put(o, e.row as u64);
                if e.tc & K_DELETE != 0 {
                    continue;
                }
                match e.tc >> 3 & 7 {
                    T_INT => put(o, (e.val << 1) ^ ((e.val as i64 >> 63) as u64)),
                    T_F64 => o.extend_from_slice(&e.val.to_le_bytes()),
                    T_BOOL => o.push(e.val as u8),
                    _ => {
                        let (a, l) = ((e.val >> 16) as usize, (e.val & 0xffff) as usize);
                        put(o, l as u64);
                        o.extend_from_slice(&self.strs[a..a + l])
                    }
                }
            }
        }
    }
    fn dec(&mut self, b: &[u8]) {
        let mut p = 0;
        let mut runs = vec![];
        while p < b.len() {
            let id = get(b, &mut p) as u32;
            let s = get(b, &mut p) as usize;
            let n = get(b, &mut p) as usize;
            let pi = self.peer(id);
            let have = self.peers[pi].evs.len();
            runs.clear();
            let (mut k, mut prev) = (0, 0u32);
            while k < n {
                let st = prev + get(b, &mut p) as u32;
                let l = get(b, &mut p) as usize;
                runs.push((st, l));
                prev = st + l as u32 - 1;
                k += l
            }
            self.lamport = self.lamport.max(prev);
            self.peers[pi].evs.reserve(n);
            let mut i = s;
            for &(st, l) in &runs {
                for q in 0..l as u32 {
                    let tc = b[p];
                    p += 1;
                    let row = get(b, &mut p) as u32;
                    let val = if tc & K_DELETE != 0 {
                        0
                    } else {
                        match tc >> 3 & 7 {
                            T_INT => {
                                let z = get(b, &mut p);
                                (z >> 1) ^ (z & 1).wrapping_neg()
                            }
                            T_F64 => {
                                p += 8;
                                u64::from_le_bytes(b[p - 8..p].try_into().unwrap())
                            }
                            T_BOOL => {
                                p += 1;
                                b[p - 1] as u64
                            }
                            _ => {
                                let l = get(b, &mut p) as usize;
                                p += l;
                                self.intern(&b[p - l..p])
                            }
                        }
                    };
                    if i >= have {
                        let e = Ev { val, row, lamport: st + q, tc };
                        self.peers[pi].evs.push(e);
                        self.lww(id, &e)
                    }
                    i += 1
                }
            }
        }
    }
}

impl Engine for Limit {
    type Version = Vec<(u32, usize)>;
    const HISTORY: bool = true;
    fn new(peer: u64) -> Self {
        let mut s = Limit { me: peer as u32, ..Default::default() };
        s.peer(peer as u32);
        s
    }
    fn apply(&mut self, ops: &[Op]) {
        let me = self.me;
        let pi = self.peer(me);
        for op in ops {
            match op {
                Op::Set { row, col, v, .. } => self.local(pi, *row, T_INT << 3 | col, *v as u64),
                Op::Delete { row, .. } => self.local(pi, *row, K_DELETE, 0),
                Op::Insert { row, data, .. } => {
                    let a = self.intern(data.s16.as_bytes());
                    let z = self.intern(data.s32.as_bytes());
                    self.local(pi, *row, K_INSERT | T_STR << 3, a);
                    self.local(pi, *row, T_INT << 3 | 1, data.i as u64);
                    self.local(pi, *row, T_F64 << 3 | 2, data.f.to_bits());
                    self.local(pi, *row, T_BOOL << 3 | 3, data.b as u64);
                    self.local(pi, *row, T_STR << 3 | 4, z);
                }
            }
        }
    }
    fn version(&mut self) -> Self::Version {
        self.peers.iter().map(|p| (p.id, p.evs.len())).collect()
    }
    fn delta_since(&mut self, v: &Self::Version) -> Vec<u8> {
        let mut o = vec![];
        self.enc(&mut o, |id| v.iter().find(|x| x.0 == id).map_or(0, |x| x.1));
        o
    }
    fn import(&mut self, b: &[u8]) {
        self.dec(b)
    }
    fn save(&mut self) -> Vec<u8> {
        let mut o = vec![];
        self.enc(&mut o, |_| 0);
        o
    }
    fn load(b: &[u8], peer: u64) -> Self {
        let mut s = Self::new(peer);
        s.dec(b);
        s
    }
    fn scan(&mut self) -> Digest {
        let mut d = Digest::default();
        for (r, cs) in self.cells.iter().enumerate() {
            if !self.live[r] {
                continue;
            }
            d.rows += 1;
            for (c, x) in cs.iter().enumerate() {
                let h = match x.pt as u8 & 7 {
                    T_INT | T_F64 => x.val,
                    T_BOOL => hash_bool(x.val != 0),
                    _ => {
                        let (a, l) = ((x.val >> 16) as usize, (x.val & 0xffff) as usize);
                        hash_str(unsafe { std::str::from_utf8_unchecked(&self.strs[a..a + l]) })
                    }
                };
                d.cell(self.ids[r], c, h)
            }
        }
        d
    }
}
