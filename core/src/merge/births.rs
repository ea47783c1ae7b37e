use crate::graph::LocalNumber;
use crate::oplog::RowIndex;

/// Which row each insert made: a row can travel as the id of an insert that made it instead of by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Births {
    /// A bit for every event that is an insert.
    inserts: Vec<u64>,
    /// For each word of `inserts`, how many inserts came before it.
    ranks: Vec<u32>,
    /// The insert's shape, which tells table and columns, and its row.
    rows: Vec<(u32, RowIndex)>,
}

impl Births {
    /// Notes that `event` inserted a row in a certain shape. Events come in ascending order.
    #[inline]
    pub(crate) fn push(&mut self, event: LocalNumber, shape: u32, row: RowIndex) {
        let word = (event / 64) as usize;
        if word >= self.inserts.len() {
            self.ranks.resize(word + 1, self.rows.len() as u32);
            self.inserts.resize(word + 1, 0);
        }
        self.inserts[word] |= 1 << (event % 64);
        self.rows.push((shape, row));
    }

    /// The shape and row of what `event` inserted, if it is an insert.
    #[inline]
    pub(crate) fn get(&self, event: LocalNumber) -> Option<(u32, RowIndex)> {
        let word = (event / 64) as usize;
        let bits = *self.inserts.get(word)?;
        let bit = 1u64 << (event % 64);
        if bits & bit == 0 {
            return None;
        }
        self.rows.get((self.ranks[word] + (bits & (bit - 1)).count_ones()) as usize).copied()
    }

    /// Every insert: its event, shape and row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (LocalNumber, u32, RowIndex)> + '_ {
        let words = self.inserts.iter().zip(0..);
        let events = words.flat_map(|(&bits, word)| (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit));
        events.zip(&self.rows).map(|(event, &(shape, row))| (event, shape, row))
    }

    /// Forgets the inserts from event `end` on.
    pub(crate) fn truncate(&mut self, end: LocalNumber) {
        let words = (end as usize).div_ceil(64);
        self.inserts.truncate(words);
        self.ranks.truncate(words);
        // Only if the last word that is left is the one that `end` lies in: there may have been no insert for long.
        if end % 64 != 0 && self.inserts.len() == words {
            if let Some(last) = self.inserts.last_mut() {
                *last &= (1 << (end % 64)) - 1;
            }
        }
        let kept = self.inserts.last().map_or(0, |bits| self.ranks[self.inserts.len() - 1] + bits.count_ones());
        self.rows.truncate(kept as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every insert is found, nothing else, also after truncating. Method: a scattered set of events, cut at every place.
    #[test]
    fn inserts_are_found_by_event() {
        let is_insert = |event: u32| event % 3 == 0 || (100..300).contains(&event) || event == 511;
        let mut births = Births::default();
        for event in (0..700).filter(|&event| is_insert(event)) {
            births.push(event, event * 2, event * 3);
        }
        for end in (0..=700).rev() {
            births.truncate(end);
            for event in 0..720 {
                let expected = (event < end && is_insert(event)).then_some((event * 2, event * 3));
                assert_eq!(births.get(event), expected, "{event} of {end}");
            }
        }
        assert_eq!(births.iter().count(), 0);
        births.push(63, 1, 2);
        births.truncate(64 * 10 + 5);
        assert_eq!(births.get(63), Some((1, 2)), "a cut far behind the last insert takes none");
    }
}
