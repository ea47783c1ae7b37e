use crate::tree::{Kind, Tree};

/// The first difference of two values, in words. Lists are compared in order, objects by key; numbers by kind and exact value, but
/// `timestamps`, where wanted, as numbers of either kind.
pub(crate) fn difference(expected: &Tree<'_>, actual: &Tree<'_>, timestamps: bool) -> Option<String> {
    at(&mut String::new(), expected, actual, timestamps)
}

fn at(path: &mut String, expected: &Tree<'_>, actual: &Tree<'_>, timestamps: bool) -> Option<String> {
    let length = path.len();
    let mut below = |segment: String, expected: &Tree<'_>, actual: &Tree<'_>| {
        path.push_str(&segment);
        let found = at(path, expected, actual, timestamps);
        path.truncate(length);
        found
    };
    let same = match (&expected.kind, &actual.kind) {
        (Kind::Word, Kind::Word) => {
            let is_timestamp = timestamps && path.ends_with(".timestamp");
            same_word(expected.raw, actual.raw) || is_timestamp && same_number(expected.raw, actual.raw)
        }
        (Kind::Text(expected), Kind::Text(actual)) => expected == actual,
        (Kind::List(expected), Kind::List(actual)) if expected.len() == actual.len() => {
            let mut pairs = expected.iter().zip(actual).enumerate();
            return pairs.find_map(|(index, (expected, actual))| below(format!("[{index}]"), expected, actual));
        }
        (Kind::Object(entries), Kind::Object(actual_entries)) if entries.len() == actual_entries.len() => {
            let matched = entries.iter().map(|(key, expected)| (key, expected, actual.get(key)));
            let mut missing = false;
            for (key, expected, actual) in matched {
                match actual {
                    Some(actual) => {
                        if let Some(found) = below(format!(".{key}"), expected, actual) {
                            return Some(found);
                        }
                    }
                    None => missing = true,
                }
            }
            !missing
        }
        _ => false,
    };
    (!same).then(|| format!("at `{path}` expected {}, got {}", clip(expected.raw), clip(actual.raw)))
}

/// Whether two of `null`, `true`, `false` and numbers are the same, kinds of numbers included.
fn same_word(a: &str, b: &str) -> bool {
    let is_float = |text: &str| text.contains(['.', 'e', 'E']) && text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    match (is_float(a), is_float(b)) {
        (true, true) => a.parse::<f64>().map(f64::to_bits).ok() == b.parse::<f64>().map(f64::to_bits).ok(),
        (false, false) => a == b || a.parse::<i128>().is_ok_and(|a| b.parse() == Ok(a)),
        _ => false,
    }
}

fn same_number(a: &str, b: &str) -> bool {
    a.parse::<f64>().is_ok_and(|a| b.parse() == Ok(a))
}

/// One line of bounded length.
fn clip(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
