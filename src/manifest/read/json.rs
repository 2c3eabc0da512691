//! JSON with places: documents one behind another, as Kubernetes' own decoder takes them.

use super::scalar;
use super::{DEPTH, Keys, NODES};
use crate::manifest::error::Fault;
use crate::model::node::{Content, Entry, Node, Place};

/// Every document of a text.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Fault> {
    let mut reader =
        Reader { rest: text.chars(), line: 1, column: 1, nodes: 0, keys: Keys::default() };
    let mut documents = Vec::new();
    loop {
        reader.space();
        if reader.peek().is_none() {
            return Ok(documents);
        }
        let node = reader.value(0)?;
        if node.content != Content::Null {
            documents.push(node);
        }
    }
}

struct Reader<'s> {
    rest: std::str::Chars<'s>,
    line: u32,
    column: u32,
    nodes: usize,
    keys: Keys,
}

impl<'s> Reader<'s> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.bump();
        }
    }

    fn wrong(&self, message: &str) -> Fault {
        Fault::at("manifest::syntax", self.line, self.column, format!("not valid JSON: {message}"))
    }

    fn expect(&mut self, wanted: char) -> Result<(), Fault> {
        if self.peek() == Some(wanted) {
            self.bump();
            return Ok(());
        }
        Err(self.wrong(&format!("`{wanted}` is missing")))
    }

    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        self.nodes += 1;
        if self.nodes > NODES {
            let message = "the file contains too many values";
            return Err(Fault::at("manifest::too-large", self.line, self.column, message));
        }
        if depth > DEPTH {
            let message = format!("nested more than {DEPTH} levels deep");
            return Err(Fault::at("manifest::too-deep", self.line, self.column, message));
        }
        let (line, column) = (self.line, self.column);
        let content = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Content::Text(self.string()?.into()),
            Some('-' | '0'..='9') => self.number()?,
            _ => self.word()?,
        };
        let place = Place { line, column, end_line: self.line, end_column: self.column };
        Ok(Node { place, content })
    }

    fn object(&mut self, depth: usize) -> Result<Content, Fault> {
        self.expect('{')?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        self.space();
        while self.peek() != Some('}') {
            if !entries.is_empty() {
                self.expect(',')?;
                self.space();
            }
            let (line, column) = (self.line, self.column);
            let key = self.string()?;
            let key = self.keys.hold(&key);
            let key_place = Place { line, column, end_line: self.line, end_column: self.column };
            if !seen.insert(key.clone()) {
                let message = format!("duplicate key `{key}` in one object");
                return Err(Fault::at("manifest::duplicate-key", line, column, message));
            }
            self.space();
            self.expect(':')?;
            self.space();
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, key_place, value });
            self.space();
        }
        self.expect('}')?;
        Ok(Content::Map(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Content, Fault> {
        self.expect('[')?;
        let mut items = Vec::new();
        self.space();
        while self.peek() != Some(']') {
            if !items.is_empty() {
                self.expect(',')?;
                self.space();
            }
            items.push(self.value(depth + 1)?);
            self.space();
        }
        self.expect(']')?;
        Ok(Content::List(items))
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err(self.wrong("unterminated string")),
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if c < ' ' => return Err(self.wrong("control character in a string")),
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        Ok(match self.bump() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let high = self.hex()?;
                match high {
                    0xd800..=0xdbff if self.rest.as_str().starts_with("\\u") => {
                        let (rest, line, column) = (self.rest.clone(), self.line, self.column);
                        self.bump();
                        self.bump();
                        let low = self.hex()?;
                        if (0xdc00..=0xdfff).contains(&low) {
                            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                            char::from_u32(code).unwrap_or('\u{fffd}')
                        } else {
                            (self.rest, self.line, self.column) = (rest, line, column);
                            '\u{fffd}'
                        }
                    }
                    code => char::from_u32(code).unwrap_or('\u{fffd}'),
                }
            }
            _ => return Err(self.wrong("unknown escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.bump().and_then(|c| c.to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.wrong("invalid `\\u` escape"))?;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Content, Fault> {
        let start = self.rest.as_str();
        while matches!(self.peek(), Some('-' | '+' | '.' | 'e' | 'E' | '0'..='9')) {
            self.bump();
        }
        let length = start.len() - self.rest.as_str().len();
        let text = start.get(..length).unwrap_or_default();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = digits.bytes().all(|b| b.is_ascii_digit());
        let led = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let led = led && !digits.starts_with("0e") && !digits.starts_with("0E");
        if led || digits.ends_with('.') || digits.starts_with('.') {
            return Err(self.wrong("invalid number"));
        }
        if whole && let Ok(number) = text.parse() {
            return Ok(Content::Int(number));
        }
        let number = text.parse::<f64>().map_err(|_| self.wrong("invalid number"))?;
        scalar::float(number).ok_or_else(|| self.wrong("number out of range"))
    }

    fn word(&mut self) -> Result<Content, Fault> {
        for (word, content) in [
            ("null", Content::Null),
            ("true", Content::Bool(true)),
            ("false", Content::Bool(false)),
        ] {
            if self.rest.as_str().starts_with(word) {
                for _ in 0..word.len() {
                    self.bump();
                }
                return Ok(content);
            }
        }
        Err(self.wrong("a value is missing"))
    }
}
