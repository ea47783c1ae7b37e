//! What the engine is given by the operating system. Feature `system`.

mod system;

pub use system::{SystemClock, SystemEntropy};
