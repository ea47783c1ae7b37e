//! Panics inside the engine, which no caller can bring about: a clock that panics stands for them.

use super::Doc;
use crate::clock::WallClock;
use crate::doc::{ChangeFilter, CrdtDoc, DocOptions};
use crate::error::{Error, ErrorKind, Result};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A clock that stops everything from a moment on.
struct Panics;

impl WallClock for Panics {
    fn now_ms(&self) -> i64 {
        panic!("no time is left");
    }
}

fn broken() -> Doc {
    Doc::of(CrdtDoc::new(DocOptions::seeded(1).wall_clock(Panics)), None)
}

fn error<T>(result: Result<T>) -> Error {
    result.err().unwrap()
}

/// Goal: a panic inside a call is the call's error, with its words, and the handle is of no further use. Method: a write, and a commit.
#[test]
fn a_panic_inside_is_the_calls_error() {
    let doc = broken();
    let first = error(doc.insert("t", "1", &[]));
    assert_eq!((first.kind(), first.message()), (ErrorKind::Internal, "a call on the document panicked: no time is left"));
    assert_eq!(error(doc.insert("t", "1", &[])).message(), "a call on the document panicked: it is of no further use");

    let doc = broken();
    let tx = doc.begin(None).unwrap();
    tx.insert("t", "1", &[]).unwrap();
    assert_eq!(error(tx.commit()).kind(), ErrorKind::Internal);
    assert_eq!(error(tx.rollback()).kind(), ErrorKind::Internal);
    drop(tx);
    assert_eq!(error(doc.close()).kind(), ErrorKind::Internal);
    assert_eq!(error(doc.events()).kind(), ErrorKind::Internal);
}

/// Goal: whoever waits while a call panics is let go. Method: threads that wait for the turn and for
/// changes, and a waker, while a commit panics.
#[test]
fn who_waits_while_a_call_panics_is_let_go() {
    let doc = broken();
    let changes = doc.subscribe(ChangeFilter::all(), 10).unwrap();
    let watched = doc.subscribe(ChangeFilter::all(), 10).unwrap();
    let tx = doc.begin(None).unwrap();
    tx.insert("t", "1", &[]).unwrap();
    let (let_go, is_let_go) = mpsc::channel();
    let (told, calling) = (let_go.clone(), doc.clone());
    // Outside all locks, as ever.
    watched.set_waker(Some(Box::new(move || told.send(error(calling.events()).kind()).unwrap())));
    let (waiting, told) = (doc.clone(), let_go.clone());
    thread::spawn(move || told.send(error(waiting.count("t")).kind()).unwrap());
    thread::spawn(move || let_go.send(error(changes.next(None)).kind()).unwrap());
    assert!(is_let_go.recv_timeout(Duration::from_millis(50)).is_err(), "all ought to wait");
    error(tx.commit());
    for _ in 0..3 {
        assert_eq!(is_let_go.recv_timeout(Duration::from_secs(30)).unwrap(), ErrorKind::Internal);
    }
    assert_eq!(error(watched.try_next()).kind(), ErrorKind::Internal);
}

/// Goal: the same where it is a caller's closure that panics under the lock; that panic goes on. Method: a waker and a closure.
#[test]
fn a_waker_hears_of_a_closures_panic() {
    let doc = broken();
    let changes = doc.subscribe(ChangeFilter::all(), 10).unwrap();
    let (told, is_told) = mpsc::channel();
    changes.set_waker(Some(Box::new(move || told.send(()).unwrap())));
    assert!(thread::scope(|scope| scope.spawn(|| doc.with(|_| -> () { panic!("of the caller's own") })).join()).is_err());
    is_told.try_recv().unwrap();
    assert_eq!(error(changes.drain()).kind(), ErrorKind::Internal);
}
