use super::*;

#[test]
fn a_number_is_what_its_text_says() {
    let good = [
        ("0", Value::Int(0)),
        ("-0", Value::Int(0)),
        ("9223372036854775807", Value::Int(i64::MAX)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
        ("9007199254740993", Value::Int(9_007_199_254_740_993)),
        ("-0.0", Value::Float(-0.0)),
        ("-0e0", Value::Float(-0.0)),
        ("1E5", Value::Float(100_000.0)),
        ("1.0", Value::Float(1.0)),
        ("1e-999", Value::Float(0.0)),
        ("-1e-999", Value::Float(-0.0)),
        ("5e-324", Value::Float(5e-324)),
        ("0.013345678900000001", Value::Float(0.013_345_678_900_000_001)),
        ("123456789012345678901234567890.0", Value::Float(1.234_567_890_123_456_8e29)),
        ("1.7976931348623157e308", Value::Float(f64::MAX)),
        ("9223372036854775808.0", Value::Float(9_223_372_036_854_775_808.0)),
    ];
    for (text, value) in good {
        assert_eq!(parse_value(text).unwrap(), value, "{text}");
    }
    for text in [
        "18446744073709551616",
        "9223372036854775808",
        "-9223372036854775809",
        "1e999",
        "-1e999",
        "1.7976931348623159e308",
        "NaN",
        "Infinity",
        "-Infinity",
        "[NaN]",
    ] {
        assert_eq!(kind(parse_value(text)), ErrorKind::InvalidValue, "{text}");
        assert_eq!(kind(parse_runs(&message_of(text))), ErrorKind::Malformed, "{text}");
    }
    for text in ["01", "1.", ".5", "+1", "1e", "--1", "0x10", "1_000", "-", "nan", "inf"] {
        assert_eq!(kind(parse_value(text)), ErrorKind::Malformed, "{text}");
    }
}

#[test]
fn bytes_are_canonical_base64() {
    for (text, bytes) in [("", &b""[..]), ("AAA=", &[0, 0]), ("AAH/gA==", &[0, 1, 0xff, 0x80]), (r"AAH\/gA\u003d=", &[0, 1, 0xff, 0x80])] {
        assert_eq!(parse_value(&format!(r#" {{ "$bytes" : "{text}" }} "#)).unwrap(), Value::Bytes(bytes.to_vec()), "{text}");
    }
    assert_eq!(parse_value(r#"{"\u0024bytes":"AA=="}"#).unwrap(), Value::Bytes(vec![0]));
    let bad = [
        r#"{"$bytes":"AB=="}"#,
        r#"{"$bytes":"AA"}"#,
        r#"{"$bytes":"AA="}"#,
        r#"{"$bytes":"AAA"}"#,
        r#"{"$bytes":"A"}"#,
        r#"{"$bytes":"===="}"#,
        r#"{"$bytes":"AA==AA=="}"#,
        r#"{"$bytes":"AA-_"}"#,
        r#"{"$bytes":"AA A"}"#,
        r#"{"$bytes":"\nAAA="}"#,
        r#"{"$bytes":"é"}"#,
        r#"{"$bytes":1}"#,
        r#"{"$bytes":null}"#,
        r#"{"$bytes":"AAA=","x":1}"#,
        r#"{"x":1,"$bytes":"AAA="}"#,
        r#"{"$Bytes":"AAA="}"#,
        "{}",
        "[]",
        "[1]",
        r#"{"a":1}"#,
    ];
    for text in bad {
        assert_eq!(kind(parse_value(text)), ErrorKind::InvalidValue, "{text}");
        assert_eq!(kind(parse_runs(&message_of(text))), ErrorKind::Malformed, "{text}");
    }
    assert_eq!(kind(parse_value(r#"{"$bytes":"AAA=","$bytes":"AAA="}"#)), ErrorKind::Malformed);
}

#[test]
fn strings_are_unicode() {
    let text = r#""\u00e9\ud83d\ude00\u0000 é😀 \"\\\/\b\f\n\r\t""#;
    assert_eq!(parse_value(text).unwrap(), Value::Str("é😀\0 é😀 \"\\/\u{8}\u{c}\n\r\t".to_owned()));
    for text in [r#""\ud800""#, r#""\udc00\ud800""#, r#""a\ud83dA""#, r#"{"$bytes":"\ud800"}"#, r#"{"\ud800":1}"#] {
        assert_eq!(kind(parse_value(text)), ErrorKind::InvalidValue, "{text}");
        assert_eq!(kind(parse_runs(&message_of(text))), ErrorKind::Malformed, "{text}");
    }
    for text in ["\"\u{0}\"", "\"\t\"", r#""\a""#, r#""\u12""#, "\"", "'a'"] {
        assert_eq!(kind(parse_value(text)), ErrorKind::Malformed, "{text}");
    }
}

#[test]
fn a_local_value_keeps_its_bound() {
    let max = crate::limits::VALUE_BYTES_MAX;
    assert!(parse_value(&format!("\"{}\"", "a".repeat(max))).is_ok());
    let error = parse_value(&format!("\"{}\"", "a".repeat(max + 1))).unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(max as u64)));
    let base64 = |bytes: usize| value_to_json(ValueRef::Bytes(&vec![7; bytes]));
    assert!(parse_value(&base64(max)).is_ok());
    assert_eq!(kind(parse_value(&base64(max + 1))), ErrorKind::LimitExceeded);
}

#[test]
fn what_is_known_may_be_nothing() {
    let known = parse_known(r#"{"a":3,"b":-1,"c":-99999999999999999999,"d":-0,"é":18446744073709551615}"#).unwrap();
    assert_eq!(
        known.iter().map(|(peer, counter)| (peer.to_string(), counter)).collect::<Vec<_>>(),
        [("a".to_owned(), 3), ("d".to_owned(), 0), ("é".to_owned(), u64::MAX)]
    );
    assert!(parse_known("{}").unwrap().is_empty());
    for text in [
        "[]",
        "null",
        r#"{"a":1.0}"#,
        r#"{"a":-1.5}"#,
        r#"{"a":-1e2}"#,
        r#"{"a":null}"#,
        r#"{"a":"1"}"#,
        r#"{"":1}"#,
        r#"{"a":18446744073709551616}"#,
        r#"{"\ud800":1}"#,
    ] {
        assert_eq!(kind(parse_known(text)), ErrorKind::InvalidArgument, "{text}");
    }
    assert_eq!(kind(parse_known(&format!("{{\"{}\":1}}", "n".repeat(1025)))), ErrorKind::LimitExceeded);
    for text in ["", r#"{"a":1,"a":2}"#, "{"] {
        assert_eq!(kind(parse_known(text)), ErrorKind::Malformed, "{text}");
    }
}
