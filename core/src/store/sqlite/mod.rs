//! A store in a SQLite file. `../FORMAT.md` draws it.

mod connect;
mod connection;
mod errors;
mod frozen;
mod index;
mod log;
mod loose;
mod maintenance;
mod names;
mod query;
mod rows;
mod schema;

pub use connection::{SqliteOptions, SqliteStore};
pub use query::{QueryLimits, QueryRows, SqlReader};
