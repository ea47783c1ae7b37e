use super::*;
use crate::clock::SplitMix;
use crate::limits::JSON_DEPTH_MAX;
use crate::types::{EventId, PeerId, RowOp};

#[test]
fn no_message_but_strict_json() {
    let good = message_of("1");
    let around = |before: &str, after: &str| format!("{before}{good}{after}");
    let mut bad: Vec<String> =
        ["", " ", "null", "true", "1", "\"\"", "{}", "[", "]", "[1]", "[null]", "[[]]", "[,]", "[{}]", "nul", "[}", "{]"]
            .map(str::to_owned)
            .into();
    bad.extend([
        around("\u{feff}", ""),
        around("\u{a0}", ""),
        around("\u{b}", ""),
        around("", "x"),
        around("", ","),
        around("", "\0"),
        around("", &good),
    ]);
    for text in &bad {
        assert_eq!(kind(parse_runs(text)), ErrorKind::Malformed, "{text}");
    }
    for text in [around(" \n\r\t", ""), around("", "\t \n"), "[]".to_owned(), " [ ] ".to_owned()] {
        parse_runs(&text).unwrap();
    }
}

#[test]
fn every_beginning_of_a_message_is_refused() {
    let text = run_with(r#","tx":[2],"at":[-5],"x":{"a":"\u00e9"}"#);
    parse_runs(&text).unwrap();
    for end in 0..text.len() {
        assert_eq!(kind(parse_runs(&text[..end])), ErrorKind::Malformed, "{}", &text[..end]);
    }
}

#[test]
fn a_run_has_its_keys_of_their_kinds() {
    let good = r#"[{"peer":"p","counter_start":3,"lamport_start":4,"deps":[["q",7]],"ops":[{"type":"delete","tbl":"t","row_id":"r"}]}]"#;
    parse_runs(good).unwrap();
    let swaps = [
        (r#""peer":"p","#, ""),
        (r#""counter_start":3,"#, ""),
        (r#""lamport_start":4,"#, ""),
        (r#""deps":[["q",7]],"#, ""),
        (r#""type":"delete","#, ""),
        (r#""tbl":"t","#, ""),
        (r#","row_id":"r""#, ""),
        (r#""p""#, "null"),
        (r#""p""#, "3"),
        (r#""p""#, r#""""#),
        (r#":3"#, ":-1"),
        (r#":3"#, ":3.0"),
        (r#":3"#, ":3e0"),
        (r#":3"#, ":\"3\""),
        (r#":3"#, ":18446744073709551616"),
        (r#":3"#, ":-0.0"),
        (r#"["q",7]"#, r#"["q"]"#),
        (r#"["q",7]"#, r#"["q",7,1]"#),
        (r#"["q",7]"#, r#"{"q":7}"#),
        (r#"["q",7]"#, r#"[7,"q"]"#),
        (r#"[["q",7]]"#, "null"),
        (r#"[["q",7]]"#, "{}"),
        (r#""delete""#, r#""Delete""#),
        (r#""delete""#, r#""insert""#),
        (r#""delete""#, r#""update""#),
        (r#""delete""#, "null"),
        (r#""t""#, r#""""#),
        (r#""r""#, "5"),
        (r#"{"type":"delete","tbl":"t","row_id":"r"}"#, r#"["delete","t","r"]"#),
    ];
    for (part, other) in swaps {
        let text = good.replacen(part, other, 1);
        assert_ne!(text, good, "{part}");
        assert_eq!(kind(parse_runs(&text)), ErrorKind::Malformed, "{text}");
    }
    assert_eq!(parse_runs(&good.replacen(":3", ":-0", 1)).unwrap()[0].counter_start, 0);
}

#[test]
fn transactions_have_lengths_that_add_up_and_a_time_each() {
    let bad = [
        r#","tx":null"#,
        r#","tx":2"#,
        r#","tx":[]"#,
        r#","tx":[1]"#,
        r#","tx":[3]"#,
        r#","tx":[2,1]"#,
        r#","tx":[0,2]"#,
        r#","tx":[-1,3]"#,
        r#","tx":["2"]"#,
        r#","tx":[2.0]"#,
        r#","tx":[4294967296]"#,
        r#","tx":[4294967295,3]"#,
        r#","at":null"#,
        r#","at":[]"#,
        r#","at":[1]"#,
        r#","at":[1,2,3]"#,
        r#","at":[1,1.0]"#,
        r#","at":[1,"1"]"#,
        r#","at":[1,9223372036854775808]"#,
        r#","at":[1,null],"tx":[2]"#,
        r#","at":5,"tx":[2]"#,
    ];
    for extra in bad {
        assert_eq!(kind(parse_runs(&run_with(extra))), ErrorKind::Malformed, "{extra}");
    }
    let read = |extra: &str| parse_runs(&run_with(extra)).unwrap().remove(0);
    let plain = read("");
    assert_eq!((&plain.tx[..], &plain.at[..]), (&[][..], &[][..]));
    // What may be left out is taken for left out.
    assert_eq!(read(r#","tx":[1,1],"at":[null,null]"#), plain);
    assert_eq!(read(r#","at":[-9223372036854775808],"tx":[2]"#).at, [Some(i64::MIN)]);
    assert_eq!(read(r#","at":[null,-0]"#).at, [None, Some(0)]);
}

#[test]
fn a_message_is_read_as_it_stands() {
    let text = r#"[{"peer":"a","counter_start":0,"lamport_start":2,"deps":[["b",1],["a",0],["b",1]],"ops":[
        {"type":"insert","tbl":"t","row_id":"r","values":[["x",1],["x",null]],"col":7},
        {"row_id":"r","tbl":"t","value":true,"col":"c","type":"update"}]}]"#;
    let run = parse_runs(text).unwrap().remove(0);
    let id = |peer: &str, counter| EventId::new(PeerId::new(peer).unwrap(), counter);
    assert_eq!(run.deps, [id("b", 1), id("a", 0), id("b", 1)]);
    let (tbl, row_id) = ("t".to_owned(), "r".to_owned());
    let values = vec![("x".to_owned(), Value::Int(1)), ("x".to_owned(), Value::Null)];
    let insert = RowOp::Insert { tbl: tbl.clone(), row_id: row_id.clone(), values };
    assert_eq!(run.ops, [insert, RowOp::Update { tbl, row_id, col: "c".to_owned(), value: Value::Bool(true) }]);
}

#[test]
fn unknown_keys_are_ignored_but_read_strictly() {
    let good = ["1e999", "-1E+400", "99999999999999999999", "[[],{}]", r#"{"a":{"a":1},"b":{"a":1}}"#, r#""\ud83d\ude00""#, r#"{"":[]}"#];
    let bad = [
        "01",
        "1.",
        "NaN",
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\ud800""#,
        r#""\ud800x\udc00""#,
        r#""\ud800\n""#,
        r#"{"\udfff":1}"#,
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"a":1}"#,
        r#"[{"a":[{"c":0,"c":0}]}]"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"\u00E9":1,"é":1}"#,
        r#"{"😀":1,"\uD83D\ude00":1}"#,
        r#"{"a\/b":1,"a/b":1}"#,
        r#"{"\"":1,"\u0022":1}"#,
        "\"\u{1}\"",
        "\"\n\"",
        r#""\x""#,
        r#""\u00g0""#,
        "'a'",
        "[1,]",
        "{,}",
        r#"{"a"}"#,
        "tru",
    ];
    for (texts, is_good) in [(&good[..], true), (&bad[..], false)] {
        for text in texts {
            for extra in [format!(r#","zzz":{text}"#), format!(r#","zzz":[{{"deep":{text}}},0]"#)] {
                let result = parse_runs(&run_with(&extra));
                assert_eq!(result.is_ok(), is_good, "{extra}");
                if !is_good {
                    assert_eq!(kind(result), ErrorKind::Malformed);
                }
            }
        }
    }
    // A key that has the spelling of a known one is the known one.
    assert_eq!(kind(parse_runs(&run_with(r#","\u0074x":[1]"#))), ErrorKind::Malformed);
    assert_eq!(kind(parse_runs(&run_with(r#","d\u0065ps":[]"#))), ErrorKind::Malformed);
}

#[test]
fn nesting_ends_at_its_bound() {
    // The unknown key stands in an object in a list: two levels.
    let nested = |open: &str, inner: &str, close: &str, levels: usize| {
        run_with(&format!(r#","x":{}{inner}{}"#, open.repeat(levels), close.repeat(levels)))
    };
    for (open, inner, close) in [("[", "", "]"), ("[0,", "null", "]"), (r#"{"a":"#, "1e999", "}"), (r#"{"a":[],"b":"#, "{}", "}")] {
        let inner_levels = usize::from(inner == "{}");
        parse_runs(&nested(open, inner, close, JSON_DEPTH_MAX - 2 - inner_levels)).unwrap();
        let error = parse_runs(&nested(open, inner, close, JSON_DEPTH_MAX - 1 - inner_levels)).unwrap_err();
        assert_eq!((error.kind(), error.limit()), (ErrorKind::Malformed, Some(JSON_DEPTH_MAX as u64)));
    }
    assert_eq!(kind(parse_runs(&"[".repeat(1_000_000))), ErrorKind::Malformed);
    assert_eq!(kind(parse_runs(&format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000)))), ErrorKind::Malformed);
}

#[test]
fn errors_say_where() {
    let place = |text: &str| {
        let error = parse_runs(text).unwrap_err();
        (error.offset().unwrap() as usize, error.path().unwrap_or("-").to_owned())
    };
    assert_eq!(place("[{}]"), (1, "[0]".to_owned()));
    assert_eq!(place("{}"), (0, "-".to_owned()));
    let text = message_of("9223372036854775808");
    assert_eq!(place(&text), (text.find("922").unwrap(), "[0].ops[0].values[0][1]".to_owned()));
    let text = run_with(r#","tx":[1,0]"#);
    assert_eq!(place(&text), (text.find("0]}").unwrap(), "[0].tx[1]".to_owned()));
    let text = run_with(r#","x":{"k":1,"k":2}"#);
    assert_eq!(place(&text).0, text.rfind(r#""k""#).unwrap());
    let text = run_with(r#","x":"\ud800""#);
    assert_eq!(place(&text).0, text.find('\\').unwrap());
    assert_eq!(place("[\n\n  tru]").0, 8);
    assert_eq!(place("").0, 0);
}

/// Goal: no text makes a reader panic, and what it takes it understood. Method: messages with random characters changed, moved and repeated.
#[test]
fn mangled_messages_are_refused_or_understood() {
    let mut rng = SplitMix::new(5);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let text = runs_to_json(&generate::runs(&mut rng));
        let text = generate::respell(&mut rng, &text);
        let text = generate::mangle(&mut rng, &text);
        match parse_runs(&text) {
            Ok(runs) => {
                assert_eq!(parse_runs(&runs_to_json(&runs)).unwrap(), runs, "{text}");
                taken += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Malformed);
                assert!(error.offset().is_some_and(|offset| offset <= text.len() as u64), "{error}");
                refused += 1;
            }
        }
        for local in [parse_value(&text).err(), parse_known(&text).err()].into_iter().flatten() {
            assert!(matches!(
                local.kind(),
                ErrorKind::Malformed | ErrorKind::InvalidArgument | ErrorKind::InvalidValue | ErrorKind::LimitExceeded
            ));
        }
    }
    assert!(taken > 1_000 && refused > 10_000, "{taken} taken, {refused} refused");
}

#[test]
fn hostile_texts_take_linear_time() {
    // Each of these is quick, and would take minutes at quadratic cost.
    let keys = |key: &dyn Fn(usize) -> String| {
        format!(r#","x":{{{}"end":0}}"#, (0..200_000).map(|i| format!("\"{}\":0,", key(i))).collect::<String>())
    };
    for extra in [keys(&|i| format!("{i}")), keys(&|i| format!("\\u0061{i}")), keys(&|i| format!("{}{i}", "p".repeat(40)))] {
        parse_runs(&run_with(&extra)).unwrap();
    }
    let nest = format!(r#","x":[{}0]"#, "[[[[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]]]],".repeat(20_000));
    parse_runs(&run_with(&nest)).unwrap();
    assert_eq!(kind(parse_runs(&message_of(&"9".repeat(1_000_000)))), ErrorKind::Malformed);
    parse_runs(&message_of(&format!("0.{}", "9".repeat(1_000_000)))).unwrap();
    assert_eq!(kind(parse_runs(&format!("[{}1]", "1,".repeat(500_000)))), ErrorKind::Malformed);
}
