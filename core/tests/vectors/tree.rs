/// A JSON text that keeps how each value was written: a number is its text, so that `1` and `1.0` stay different and nothing is rounded.
///
/// The runner reads by itself and not with the code that it tests.
pub(crate) struct Tree<'t> {
    /// The value's own text.
    pub(crate) raw: &'t str,
    pub(crate) kind: Kind<'t>,
}

pub(crate) enum Kind<'t> {
    /// `null`, `true`, `false` or a number: its text says it all.
    Word,
    Text(String),
    List(Vec<Tree<'t>>),
    Object(Vec<(String, Tree<'t>)>),
}

impl<'t> Tree<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Tree<'t>, String> {
        let mut parser = Parser { text, at: 0 };
        let tree = parser.value()?;
        parser.skip_space();
        if parser.at == text.len() { Ok(tree) } else { Err(parser.error("the end")) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Tree<'t>> {
        match &self.kind {
            Kind::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(crate) fn need(&self, key: &str) -> Result<&Tree<'t>, String> {
        self.get(key).ok_or_else(|| format!("`{key}` is missing"))
    }

    pub(crate) fn text(&self, key: &str) -> Result<&str, String> {
        self.need(key)?.as_text().map_err(|error| format!("`{key}`: {error}"))
    }

    pub(crate) fn list(&self, key: &str) -> Result<&[Tree<'t>], String> {
        match &self.need(key)?.kind {
            Kind::List(elements) => Ok(elements),
            _ => Err(format!("`{key}` is no list")),
        }
    }

    pub(crate) fn as_text(&self) -> Result<&str, String> {
        match &self.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(format!("{} is no string", self.raw)),
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn value(&mut self) -> Result<Tree<'t>, String> {
        self.skip_space();
        let start = self.at;
        let kind = match self.peek() {
            Some('"') => Kind::Text(self.string()?),
            Some('[') => Kind::List(self.items(']', Parser::value)?),
            Some('{') => Kind::Object(self.items('}', |parser| {
                parser.skip_space();
                let key = parser.string()?;
                parser.skip_space();
                parser.expect(':')?;
                Ok((key, parser.value()?))
            })?),
            _ => {
                let rest = &self.text[start..];
                self.at += rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'))).unwrap_or(rest.len());
                if self.at == start {
                    return Err(self.error("a value"));
                }
                Kind::Word
            }
        };
        Ok(Tree { raw: &self.text[start..self.at], kind })
    }

    fn items<T>(&mut self, close: char, item: impl Fn(&mut Parser<'t>) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.at += 1;
        self.skip_space();
        let mut items = Vec::new();
        if self.peek() != Some(close) {
            items.push(item(self)?);
            self.skip_space();
            while self.peek() == Some(',') {
                self.at += 1;
                items.push(item(self)?);
                self.skip_space();
            }
        }
        self.expect(close)?;
        Ok(items)
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let c = self.next()?;
            let unit = match c {
                '"' => return Ok(String::from_utf16_lossy(&units)),
                '\\' => match self.next()? {
                    'b' => 8,
                    't' => 9,
                    'n' => 10,
                    'f' => 12,
                    'r' => 13,
                    'u' => {
                        let digits = self.text.get(self.at..self.at + 4).ok_or_else(|| self.error("four digits"))?;
                        self.at += 4;
                        u16::from_str_radix(digits, 16).map_err(|_| self.error("four digits"))?
                    }
                    c => c as u16,
                },
                c => {
                    units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
                    continue;
                }
            };
            units.push(unit);
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Result<char, String> {
        let c = self.peek().ok_or_else(|| self.error("more text"))?;
        self.at += c.len_utf8();
        Ok(c)
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.peek() != Some(wanted) {
            return Err(self.error(&format!("`{wanted}`")));
        }
        self.at += wanted.len_utf8();
        Ok(())
    }

    fn skip_space(&mut self) {
        self.at += self.text[self.at..].bytes().take_while(u8::is_ascii_whitespace).count();
    }

    fn error(&self, wanted: &str) -> String {
        format!("byte {}: {wanted} is wanted", self.at)
    }
}
