//! A fixed workload: the same calls in the same order, whatever the disk does.

use convergedb::api::{Doc, OpenOptions};
use convergedb::{DocumentId, PeerId, Result, ValueRef};
use std::path::Path;

/// The document that everybody writes.
const DOCUMENT: DocumentId = DocumentId([3; 16]);

pub fn options() -> OpenOptions {
    OpenOptions::new().document(DOCUMENT)
}

/// Updates of a peer, made once.
pub struct Peer(Vec<Vec<u8>>);

impl Peer {
    pub fn new() -> Peer {
        let doc = Doc::new(options().peer(PeerId::new("peer").unwrap())).unwrap();
        let mut updates = Vec::new();
        for part in 0..3i64 {
            let known = doc.versions().unwrap();
            for row in 0..20 {
                doc.upsert("of the peer", &row.to_string(), &[("part", part.into()), ("text", "x".repeat(50).as_str().into())]).unwrap();
            }
            updates.push(doc.encode_update(&known, Default::default()).unwrap().bytes);
        }
        Peer(updates)
    }
}

/// What was acknowledged: the digest after each call, by the number of events then.
#[derive(Clone, Debug, Default)]
pub struct Story(pub Vec<(u64, [u8; 32])>);

impl Story {
    fn note(&mut self, doc: &Doc) -> Result<()> {
        self.0.push((doc.events()?, doc.digest()?));
        Ok(())
    }
}

/// Opens the file and makes all calls, noting each that was acknowledged. Ends with the first error.
pub fn run(path: &Path, options: OpenOptions, peer: &Peer, story: &mut Story) -> Result<()> {
    let doc = Doc::open(path, options)?;
    story.note(&doc)?;
    let outcome = calls(&doc, peer, story);
    match &outcome {
        Ok(()) => doc.close(),
        Err(error) => {
            look_after_an_error(&doc, error, story);
            outcome
        }
    }
}

/// After an error what shows is what was acknowledged, or that and the call whose outcome is not known; and nothing goes out that is not
/// certain.
fn look_after_an_error(doc: &Doc, error: &convergedb::Error, story: &Story) {
    let (events, digest) = story.0.last().copied().unwrap_or_default();
    let now = (doc.events().unwrap(), doc.digest().unwrap());
    let is_known = now == (events, digest);
    let sound = doc.insert("probe", "p", &[]);
    assert!(is_known || sound.is_err(), "after {error}: {} events show, {events} were acknowledged, and it writes on", now.0);
    if let Err(refused) = sound {
        let suspended = refused.message().contains("suspended");
        assert!(suspended || refused.kind() == convergedb::ErrorKind::Storage, "after {error}: {refused}");
    } else {
        // It was a clear error: everything goes on, and the probe is taken back.
        doc.delete("probe", "p").unwrap();
    }
}

fn calls(doc: &Doc, peer: &Peer, story: &mut Story) -> Result<()> {
    for row in 0..6i64 {
        doc.insert("todos", &row.to_string(), &[("title", "milk".into()), ("n", row.into())])?;
        story.note(doc)?;
    }
    doc.update("todos", "3", "title", "a longer title than before, so that the row moves")?;
    story.note(doc)?;
    doc.merge_update(&peer.0[0])?;
    story.note(doc)?;
    doc.transaction(Some(1_700_000_000_000), |tx| {
        tx.delete("todos", "1")?;
        tx.insert("lists", "a", &[("new column", ValueRef::Bytes(&[1, 2, 3]))])?;
        (0..200).try_for_each(|row| tx.upsert("many", &row.to_string(), &[("text", "some text of a row".into())]))
    })?;
    story.note(doc)?;
    // What it stands on is not there yet: it waits.
    doc.merge_update(&peer.0[2])?;
    story.note(doc)?;
    doc.suspend()?;
    doc.resume()?;
    doc.merge_update(&peer.0[1])?;
    story.note(doc)?;
    for _ in 0..45 {
        doc.transaction(None, |tx| (0..200).try_for_each(|row| tx.update("many", &row.to_string(), "text", row)))?;
        story.note(doc)?;
    }
    doc.delete_all("many")?;
    story.note(doc)?;
    doc.compact()?;
    doc.upsert("todos", "1", &[("title", "again".into())])?;
    story.note(doc)
}
