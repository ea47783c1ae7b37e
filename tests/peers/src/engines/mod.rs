//! One file an engine, and nothing in it but the calls that do the work.

#[cfg(feature = "automerge")]
pub mod automerge_engine;
#[cfg(feature = "converge")]
pub mod converge_engine;
#[cfg(feature = "crsqlite")]
pub mod crsqlite_engine;
#[cfg(feature = "dt")]
pub mod dt_engine;
pub mod limit;
#[cfg(feature = "loro")]
pub mod loro_engine;
#[cfg(feature = "sqlite")]
pub mod sqlite_engine;
#[cfg(feature = "yrs")]
pub mod yrs_engine;
