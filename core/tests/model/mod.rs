//! A slow model of the engine, written from the specification with plain collections, and random histories that hold the engine to it.
//!
//! `state`, `replica`, `merge`, `form` and `transaction` are the model; it shares no code with the engine but its plain types.
//! `world` is a history under way: replicas of the engine, each beside its model, and what lies between them. The other files are its
//! steps.

pub mod dag;
pub mod draw;
pub mod forge;
pub mod form;
pub mod history;
pub mod local;
pub mod long;
pub mod merge;
pub mod outsider;
pub mod reader;
pub mod reads;
pub mod remote;
pub mod reopen;
pub mod replica;
pub mod setting;
pub mod side;
pub mod state;
pub mod statistics;
pub mod tell;
pub mod transact;
pub mod transaction;
pub mod world;

/// What a step found: nothing, or a difference between the engine and the model.
pub type Check = Result<(), String>;

/// Says what differs, if anything does.
pub fn same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(what: &str, engine: T, model: U) -> Check {
    if engine == model { Ok(()) } else { Err(format!("{what} differs\n    engine: {engine:?}\n    model:  {model:?}")) }
}

/// What a call that must not fail gave.
pub fn done<T>(result: convergedb::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("a call failed: {error}"))
}

/// Says what does not hold, if it does not.
pub fn holds(what: &str, holds: bool) -> Check {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}
