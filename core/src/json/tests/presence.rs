use super::*;
use crate::clock::{MonotonicClock, SplitMix};
use crate::ephemeral::{EphemeralOptions, EphemeralStore};
use crate::limits::EPHEMERAL_TTL_MS;
use crate::types::PeerId;

struct Stopped;

impl MonotonicClock for Stopped {
    fn now_ms(&self) -> u64 {
        0
    }
}

fn store(peer: &str) -> EphemeralStore {
    EphemeralStore::new(EphemeralOptions::new(PeerId::new(peer).unwrap(), &mut SplitMix::new(1), Stopped))
}

#[test]
fn entries_go_out_and_come_in() {
    let mut alice = store("alice");
    assert!(alice.set_json("p", "k", r#"{"$bytes":"AA=="}"#, Some(10.0)).unwrap());
    assert!(alice.set_json("p", "a\"", "-0.0", Some(0.5)).unwrap());
    assert!(!alice.set_json("p", "k", "null", Some(9.0)).unwrap());
    assert_eq!(alice.get_json("p", "k").unwrap(), r#"{"value":{"$bytes":"AA=="},"timestamp":10.0,"peer":"alice"}"#);
    assert_eq!((alice.get_json("p", "none"), alice.get_all_json("none")), (None, "{}".to_owned()));
    let all = r#"{"a\"":{"value":-0.0,"timestamp":0.5,"peer":"alice"},"k":{"value":{"$bytes":"AA=="},"timestamp":10.0,"peer":"alice"}}"#;
    assert_eq!(alice.get_all_json("p"), all);

    let mut bob = store("bob");
    let message = format!(r#"{{"q":{{}},"p":{all}}}"#);
    assert_eq!(bob.merge_json(&message).unwrap(), format!(r#"{{"p":{all}}}"#));
    assert_eq!(bob.merge_json(&message).unwrap(), "{}");
    let removed = r#"{"p":{"k":{"removed":true,"timestamp":11.0,"peer":"zed"}}}"#;
    assert_eq!(bob.merge_json(removed).unwrap(), removed);
    assert_eq!(bob.get_json("p", "k"), None);
    let batch = parse_entries(removed).unwrap();
    assert_eq!(entries_to_json(&batch), removed);
}

#[test]
fn an_entry_is_read_strictly() {
    let mut bob = store("bob");
    let entry = |text: &str| format!(r#"{{"p":{{"fine":{{"value":1,"timestamp":1,"peer":"a"}},"k":{text}}}}}"#);
    let good = [
        r#"{"value":1,"timestamp":20,"peer":"b"}"#,
        r#"{"value":1,"timestamp":-2.5e1,"peer":"b","age":0}"#,
        r#"{"value":1,"timestamp":-0.0,"peer":"b","age":29999.9}"#,
        r#"{"value":1,"timestamp":9007199254740992,"peer":"b","note":{"age":-1}}"#,
        r#"{"peer":"b","removed":true,"timestamp":1e-999}"#,
        r#"{"value":1,"timestamp":0,"peer":"b","age":1e300}"#,
        r#"{"value":1,"timestamp":0,"peer":"b","age":-0}"#,
    ];
    for text in good {
        store("bob").merge_json(&entry(text)).unwrap();
    }
    let bad = [
        "3",
        "[]",
        "{}",
        r#"{"timestamp":20,"peer":"b"}"#,
        r#"{"value":1,"removed":true,"timestamp":20,"peer":"b"}"#,
        r#"{"value":1,"removed":false,"timestamp":20,"peer":"b"}"#,
        r#"{"removed":false,"timestamp":20,"peer":"b"}"#,
        r#"{"removed":null,"timestamp":20,"peer":"b"}"#,
        r#"{"removed":1,"timestamp":20,"peer":"b"}"#,
        r#"{"value":[],"timestamp":20,"peer":"b"}"#,
        r#"{"value":{"a":1},"timestamp":20,"peer":"b"}"#,
        r#"{"value":1,"peer":"b"}"#,
        r#"{"value":1,"timestamp":"20","peer":"b"}"#,
        r#"{"value":1,"timestamp":null,"peer":"b"}"#,
        r#"{"value":1,"timestamp":true,"peer":"b"}"#,
        r#"{"value":1,"timestamp":1e999,"peer":"b"}"#,
        r#"{"value":1,"timestamp":9007199254740994,"peer":"b"}"#,
        r#"{"value":1,"timestamp":20}"#,
        r#"{"value":1,"timestamp":20,"peer":""}"#,
        r#"{"value":1,"timestamp":20,"peer":null}"#,
        r#"{"value":1,"timestamp":20,"peer":"b","age":-1}"#,
        r#"{"value":1,"timestamp":20,"peer":"b","age":null}"#,
        r#"{"value":1,"timestamp":20,"peer":"b","age":"1"}"#,
        r#"{"value":1,"timestamp":20,"peer":"b","age":1e999}"#,
        r#"{"value":1,"timestamp":20,"peer":"b","peer":"b"}"#,
        r#"{"value":"\ud800","timestamp":20,"peer":"b"}"#,
    ];
    let mut texts: Vec<String> = bad.iter().map(|text| entry(text)).collect();
    texts.extend(["", "nul", "null", "[]", "{", r#"{"p":[]}"#, r#"{"p":{},"p":{}}"#, r#"{"p":{"k":{},"k":{}}}"#].map(str::to_owned));
    texts.extend([r#"{"":{}}"#.to_owned(), good[0].replacen('{', r#"{"p":{"":{"#, 1) + "}}"]);
    for text in texts {
        assert_eq!(kind(bob.merge_json(&text)), ErrorKind::Malformed, "{text}");
        assert_eq!(bob.entries(), 0, "{text}");
    }
}

#[test]
fn an_age_travels_along_but_does_not_come_out() {
    let mut bob = store("bob");
    let entry = |age: u64| format!(r#"{{"p":{{"k":{{"value":1,"timestamp":20.0,"peer":"b","age":{age}}}}}}}"#);
    assert_eq!(bob.merge_json(&entry(EPHEMERAL_TTL_MS)).unwrap(), "{}", "it is over already");
    assert_eq!(bob.merge_json(&entry(EPHEMERAL_TTL_MS - 1)).unwrap(), r#"{"p":{"k":{"value":1,"timestamp":20.0,"peer":"b"}}}"#);
}

#[test]
fn local_calls_check_names_then_the_value() {
    let mut alice = store("alice");
    let cases = [
        ("", "k", "no JSON", ErrorKind::InvalidArgument),
        ("p", "", "1e999", ErrorKind::InvalidArgument),
        ("p", "k", "9223372036854775808", ErrorKind::InvalidValue),
        ("p", "k", "[]", ErrorKind::InvalidValue),
        ("p", "k", "1 1", ErrorKind::Malformed),
    ];
    for (ns, key, value, wanted) in cases {
        assert_eq!(kind(alice.set_json(ns, key, value, Some(f64::NAN))), wanted, "{ns} {key} {value}");
    }
    assert_eq!(kind(alice.set_json("p", "k", "1", Some(f64::NAN))), ErrorKind::InvalidArgument);
    assert_eq!(alice.entries(), 0);
}

/// Goal: no text makes a merge panic or change half of what it says. Method: mangled messages into a store.
#[test]
fn mangled_entries_are_refused_or_taken_whole() {
    let mut rng = SplitMix::new(4);
    let text = r#"{"p":{"a":{"value":"é","timestamp":20.5,"peer":"b","age":7},"b":{"removed":true,"timestamp":-3,"peer":"c"}},"q":{}}"#;
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..10_000 {
        let mut store = store("alice");
        match store.merge_json(&generate::mangle(&mut rng, text)) {
            Ok(changed) => {
                assert_eq!(entries_to_json(&parse_entries(&changed).unwrap()), changed);
                taken += 1;
            }
            Err(error) => {
                assert_eq!((error.kind(), store.entries()), (ErrorKind::Malformed, 0));
                refused += 1;
            }
        }
    }
    assert!(taken > 200 && refused > 5_000, "{taken} taken, {refused} refused");
}
