//! Two replicas in files take in a real table, edit it offline, meet over TCP, and show the same rows. A third one is killed while it writes.
//!
//! `cargo run --release --example offline_sync`

mod airports;
mod conflicts;
mod edits;
mod kept;
mod killed;
mod query;
mod report;
mod sync;
mod wire;

use convergedb::PeerId;
use convergedb::api::{Doc, EphemeralOptions, EphemeralStore, OpenOptions};
use convergedb::json::value_to_json;
use report::{hex, since, sizes, thousands};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use sync::{Failure, Outcome, Replica};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let done = match (arguments.next(), arguments.next()) {
        (None, _) => run(),
        (Some(first), Some(path)) if first == killed::WRITES => killed::write_rows(Path::new(&path)),
        _ => Err("it takes no arguments".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("offline_sync: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether both replicas end equal, and nothing was lost.
fn run() -> Result<bool, Failure> {
    // It removes itself with all that is in it, also when something fails.
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    println!("converge: two replicas edit one table offline, and meet");
    let (mut ana, mut ben) = (replica("ana", &path("ana.db"))?, replica("ben", &path("ben.db"))?);

    println!("\n1. ana takes in a table");
    let start = Instant::now();
    let rows = airports::take_in(&ana.doc)?;
    println!("  {} rows of US airports in {}, all on disk", thousands(rows as u64), since(start));

    println!("\n2. ben gets it over TCP");
    meet(&mut ana, &mut ben)?;

    println!("\n3. Both go offline and edit");
    let shared = ana.doc.versions()?;
    edits::ana(&ana.doc)?;
    edits::ben(&ben.doc)?;

    println!("\n4. They meet again");
    ana.presence.set("editing", "ana", "LAS", None)?;
    ben.presence.set("editing", "ben", "ROP", None)?;
    meet(&mut ana, &mut ben)?;
    for (replica, other) in [(&ana, "ben"), (&ben, "ana")] {
        let row = replica.presence.get("editing", other)?.and_then(|entry| entry.value).map(|value| value_to_json(value.as_ref()));
        println!("  {} sees {other} editing {}", replica.doc.peer()?, row.unwrap_or_default());
    }

    println!("\n5. Conflicts, and who won");
    ana.doc.with(|doc| -> Result<(), Failure> {
        conflicts::explain(doc, &shared)?;
        println!("\n  Nothing that was typed is lost. All writes of one cell:");
        Ok(conflicts::print_history(doc, "LAS", "name", usize::MAX)?)
    })??;

    println!("\n6. What ana keeps");
    let reopened = kept::save(&mut ana.doc)?;

    println!("\n7. The rows by SQL, as any SQLite reads them from the file");
    query::airports_by_state(&ana.doc)?;

    println!("\n8. A third device writes, and is killed");
    let kept = killed::kill_a_writer(&path("cai.db"))?;

    println!("\n9. The same rows?");
    for doc in [&ana.doc, &ben.doc] {
        let rows = thousands(doc.count(airports::TABLE)? as u64);
        println!("  {}  {rows} rows, {} events", doc.peer()?, thousands(doc.events()?));
        println!("       {}", hex(&doc.digest()?));
    }
    let equal = ana.doc.digest()? == ben.doc.digest()?;
    println!("  {}", if equal { "Both digests are equal." } else { "The digests DIFFER." });
    println!("  {}", if reopened { "What was kept opens to the same." } else { "What was kept opens to OTHER rows." });
    ana.doc.close()?;
    ben.doc.close()?;
    folder.close()?;
    Ok(equal && reopened && kept)
}

/// The names are for this page. An application leaves the peer out and is given a random one, since no two devices may ever share one.
fn replica(name: &str, path: &Path) -> Result<Replica, Failure> {
    let peer = PeerId::new(name)?;
    let doc = Doc::open(path, OpenOptions::new().peer(peer.clone()))?;
    Ok(Replica { doc, presence: EphemeralStore::new(EphemeralOptions::new().peer(peer).wall_clock(true))? })
}

/// One conversation over loopback TCP, each side in a thread of its own as on a device of its own.
fn meet(ana: &mut Replica, ben: &mut Replica) -> Result<(), Failure> {
    let knew = [ana.doc.versions()?, ben.doc.versions()?];
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
        println!("  to {}  {events:>6}  {pages:>5}  {sizes}   {patches:>15}", replica.doc.peer()?);
    }
    let sum = |part: fn(&Outcome) -> usize| outcomes.iter().map(part).sum();
    println!("  presence               {}", sizes(sum(|outcome| outcome.presence), sum(|outcome| outcome.presence_json)));
    println!("  requests               {:>9}", thousands(sum(|outcome| outcome.requests) as u64));
    println!("  both ways and onto both disks in {took}; sizes are bytes");
    Ok(())
}
