use convergedb::Value;
use convergedb::clock::SplitMix;

/// Random draws for one step of a history.
pub struct Draw(SplitMix);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(SplitMix::new(seed))
    }

    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    /// From `low` to `high`, both included.
    pub fn within(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of several, each as likely as its weight.
    pub fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for &(weight, choice) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        unreachable!("the weights add up to more")
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// A value of any kind, from few enough that equal ones meet, some of which look equal and are not.
    pub fn value(&mut self) -> Value {
        let text = ["", "a", "milk", "nul\0inside", "seven b", "eight by", "é", "a text that is longer than what fits in place"];
        match self.below(16) {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3..=5 => Value::Int(self.below(3) as i64),
            6 => Value::Int(*self.pick(&[i64::MIN, -1, (1 << 53) + 1, i64::MAX])),
            7..=9 => Value::Float(*self.pick(&[0.0, -0.0, 1.0, 2.0, -2.5, 5e-324, f64::MAX, f64::MIN])),
            10..=13 => Value::Str((*self.pick(&text)).to_owned()),
            _ => Value::Bytes((*self.pick(&text)).as_bytes().to_vec()),
        }
    }
}
