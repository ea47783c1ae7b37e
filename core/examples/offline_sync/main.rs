//! Two replicas take in a real table, edit it offline, meet over TCP, and show the same rows.
//!
//! `cargo run --release --example offline_sync`

mod airports;
mod conflicts;
mod edits;
mod kept;
mod report;
mod sync;
mod wire;

use convergedb::api::{SystemClock, SystemEntropy};
use convergedb::json::value_to_json;
use convergedb::{CrdtDoc, DocOptions, EphemeralOptions, EphemeralStore, PeerId};
use report::{hex, since, sizes, thousands};
use std::process::ExitCode;
use std::time::Instant;
use sync::{Failure, Outcome, Replica};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("offline_sync: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether both replicas end equal.
fn run() -> Result<bool, Failure> {
    println!("converge: two replicas edit one table offline, and meet");
    let (mut ana, mut ben) = (replica("ana")?, replica("ben")?);

    println!("\n1. ana takes in a table");
    let start = Instant::now();
    let rows = airports::take_in(&mut ana.doc)?;
    println!("  {} rows of US airports in {}", thousands(rows as u64), since(start));

    println!("\n2. ben gets it over TCP");
    meet(&mut ana, &mut ben)?;

    println!("\n3. Both go offline and edit");
    let shared = ana.doc.versions();
    edits::ana(&mut ana.doc)?;
    edits::ben(&mut ben.doc)?;

    println!("\n4. They meet again");
    ana.presence.set("editing", "ana", "LAS", None)?;
    ben.presence.set("editing", "ben", "ROP", None)?;
    meet(&mut ana, &mut ben)?;
    for (replica, other) in [(&ana, "ben"), (&ben, "ana")] {
        let row = replica.presence.get("editing", other).map(|entry| value_to_json(entry.value));
        println!("  {} sees {other} editing {}", replica.doc.peer(), row.unwrap_or_default());
    }

    println!("\n5. Conflicts, and who won");
    conflicts::explain(&ana.doc, &shared)?;
    println!("\n  Nothing that was typed is lost. All writes of one cell:");
    conflicts::print_history(&ana.doc, "LAS", "name", usize::MAX)?;

    println!("\n6. What ana keeps");
    let reopened = kept::save(&mut ana.doc)?;

    println!("\n7. The same rows?");
    for doc in [&ana.doc, &ben.doc] {
        let rows = thousands(doc.count(airports::TABLE) as u64);
        println!("  {}  {rows} rows, {} events", doc.peer(), thousands(doc.events()));
        println!("       {}", hex(&doc.digest()));
    }
    let equal = ana.doc.digest() == ben.doc.digest();
    println!("  {}", if equal { "Both digests are equal." } else { "The digests DIFFER." });
    println!("  {}", if reopened { "What was saved opens to the same." } else { "What was saved opens to OTHER rows." });
    Ok(equal && reopened)
}

/// The names are for this page. An application leaves the peer out and is given a random one, since no two devices may ever share one.
fn replica(name: &str) -> Result<Replica, Failure> {
    let peer = PeerId::new(name)?;
    let doc = CrdtDoc::new(DocOptions::new(SystemEntropy).peer(peer.clone()));
    let options = EphemeralOptions::new(peer, &mut SystemEntropy, SystemClock::new()).wall_clock(SystemClock::new());
    Ok(Replica { doc, presence: EphemeralStore::new(options) })
}

/// One conversation over loopback TCP, each side in a thread of its own as on a device of its own.
fn meet(ana: &mut Replica, ben: &mut Replica) -> Result<(), Failure> {
    let knew = [ana.doc.versions(), ben.doc.versions()];
    let (calling, called) = wire::connect()?;
    let start = Instant::now();
    let (to_ana, to_ben) = std::thread::scope(|scope| {
        let answering = scope.spawn(|| ben.talk(called, false));
        (ana.talk(calling, true), answering.join())
    });
    let took = since(start);
    let outcomes = [to_ana?, to_ben.map_err(|_| "the answering thread panicked")??];
    println!("          events  pages     binary    as JSON   visible changes");
    for ((replica, knew), outcome) in [ana, ben].into_iter().zip(&knew).zip(&outcomes) {
        let [events, pages, patches] = [outcome.events, outcome.pages, outcome.patches].map(thousands);
        let sizes = sizes(outcome.updates, kept::json_since(&replica.doc, knew)?);
        println!("  to {}  {events:>6}  {pages:>5}  {sizes}   {patches:>15}", replica.doc.peer());
    }
    let sum = |part: fn(&Outcome) -> usize| outcomes.iter().map(part).sum();
    println!("  presence               {}", sizes(sum(|outcome| outcome.presence), sum(|outcome| outcome.presence_json)));
    println!("  requests               {:>9}", thousands(sum(|outcome| outcome.requests) as u64));
    println!("  both ways in {took}; sizes are bytes");
    Ok(())
}
