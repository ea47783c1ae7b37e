use crate::clock::Entropy;

/// The digits of a row id, in the order of their bytes, so that ids sort as the numbers they stand for.
const DIGITS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const RANDOM_BITS: u32 = 48;
const TIME_BITS: u32 = 42;

/// Makes row ids that rise, also within one millisecond.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowIds {
    last: u128,
}

impl RowIds {
    /// An id for `now_ms`: 42 bits of it, then 48 random ones; or the last id's number plus a random step if that is not above it.
    pub(crate) fn next(&mut self, now_ms: i64, entropy: &mut dyn Entropy) -> String {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        let random = u128::from(u64::from_le_bytes(bytes) >> (64 - RANDOM_BITS));
        let time = u128::from((now_ms.max(0) as u64).min((1 << TIME_BITS) - 1));
        let drawn = time << RANDOM_BITS | random;
        // A step of up to 2^32 keeps ids of one millisecond apart from those of other devices, and some 65,000 of them in it.
        let stepped = self.last + 1 + (random & 0xffff_ffff);
        // Past the last id of the last millisecond, in 2109, ids rise no more.
        let rises = drawn >> RANDOM_BITS > self.last >> RANDOM_BITS || stepped >> (RANDOM_BITS + TIME_BITS) > 0;
        self.last = if rises { drawn } else { stepped };
        (0..15).map(|digit| char::from(DIGITS[(self.last >> (6 * (14 - digit))) as usize & 63])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;

    /// Goal: ids rise with time and never repeat. Method: bursts within one millisecond, a clock that steps back, the clock's limits.
    #[test]
    fn row_ids_rise() {
        let (mut ids, mut random) = (RowIds::default(), SplitMix::new(5));
        let mut last = String::new();
        for now in [0, 0, 1, 1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000, 1_700_000_000_001, -5] {
            for _ in 0..1_000 {
                let id = ids.next(now, &mut random);
                assert!(id.len() == 15 && id > last, "{id} after {last}");
                last = id;
            }
        }
    }
}
