//! Where time and randomness come in. The engine has none of its own: a simulator can hold the whole of it.

mod entropy;
mod wall_clock;

pub(crate) use entropy::random_text;
pub use entropy::{Entropy, SplitMix};
pub use wall_clock::{MonotonicClock, WallClock};
