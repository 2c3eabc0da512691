//! Takes JSON apart that was read already, as far as the entries of one object: what stands in them
//! is passed over, not read again.
//!
//! Only for text that serde_json took for JSON, such as a `RawValue`: nothing is checked here. On
//! any other text the entries mean nothing, and it still ends.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The entries of an object, in order. None when it is no object.
pub(in crate::terraform) fn entries(raw: &RawValue) -> impl Iterator<Item = (Key<'_>, &str)> {
    let mut cursor = Cursor::new(raw);
    let mut inside = cursor.enter(b'{');
    std::iter::from_fn(move || {
        let key = inside.then(|| cursor.key()).flatten();
        inside = key.is_some();
        Some((key?, cursor.value()))
    })
}

/// A key of an object.
#[derive(Clone, Copy)]
pub(in crate::terraform) struct Key<'p> {
    /// As it is written, without its quotes.
    written: &'p str,
    /// Whether it is written with escapes.
    escaped: bool,
}

impl<'p> Key<'p> {
    /// Whether it is this name, however it is written.
    pub(in crate::terraform) fn is(self, name: &str) -> bool {
        match self.escaped {
            true => self.text().is_some_and(|text| text == name),
            false => self.written == name,
        }
    }

    /// The key; `None` when its escapes cannot be read.
    pub(in crate::terraform) fn text(self) -> Option<Cow<'p, str>> {
        match self.escaped {
            true => serde_json::from_str(&format!("\"{}\"", self.written)).ok().map(Cow::Owned),
            false => Some(Cow::Borrowed(self.written)),
        }
    }
}

/// A text, borrowed where it holds no escape. `None` for what is no text.
pub(in crate::terraform) fn text(raw: &str) -> Option<Cow<'_, str>> {
    let written = raw.strip_prefix('"')?.strip_suffix('"')?;
    Key { written, escaped: written.contains('\\') }.text()
}

/// A place in the text, before a value or between the members of what was entered.
pub(in crate::terraform) struct Cursor<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Cursor<'p> {
    /// Before the value.
    pub(in crate::terraform) fn new(raw: &'p RawValue) -> Self {
        Self { text: raw.get(), at: 0 }
    }

    /// Enters an object (`{`) or a list (`[`); stays before any other value.
    pub(in crate::terraform) fn enter(&mut self, bracket: u8) -> bool {
        let enters = self.next() == Some(bracket);
        self.at += usize::from(enters);
        enters
    }

    /// The next key of the object, and goes before its value; `None` behind the last, where it
    /// leaves the object.
    pub(in crate::terraform) fn key(&mut self) -> Option<Key<'p>> {
        if !self.item() {
            return None;
        }
        let start = self.at + 1;
        let (end, escaped) = end_of_string(self.text.as_bytes(), start);
        self.at = end;
        let written = self.text.get(start..end.saturating_sub(1))?;
        self.next();
        self.at += 1;
        Some(Key { written, escaped })
    }

    /// Leaves the object or list that was entered last; only between its members.
    pub(in crate::terraform) fn leave(&mut self) {
        self.at = end_of_nested(self.text.as_bytes(), self.at, 1);
    }

    /// Goes before the next item of the list; false behind the last, where it leaves the list.
    pub(in crate::terraform) fn item(&mut self) -> bool {
        if self.next() == Some(b',') {
            self.at += 1;
        }
        match self.next() {
            None => false,
            Some(b']' | b'}') => {
                self.at += 1;
                false
            }
            Some(_) => true,
        }
    }

    /// Passes over the value.
    pub(in crate::terraform) fn value(&mut self) -> &'p str {
        self.next();
        let start = self.at;
        self.at = end_of_value(self.text.as_bytes(), start);
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The next character that is no white space.
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }
}

/// Behind the value that begins here.
fn end_of_value(bytes: &[u8], from: usize) -> usize {
    match bytes.get(from) {
        Some(b'"') => end_of_string(bytes, from + 1).0,
        Some(b'{' | b'[') => end_of_nested(bytes, from, 0),
        _ => {
            let rest = bytes.get(from..).unwrap_or_default();
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b':') || *byte <= b' ';
            // Whatever stands here is passed over: a caller that goes on gets on.
            from + rest.iter().position(ends).unwrap_or(rest.len()).max(1)
        }
    }
}

/// Behind the object or list that begins here, or behind the one around so many others.
fn end_of_nested(bytes: &[u8], from: usize, around: usize) -> usize {
    let (mut at, mut depth) = (from, around);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = end_of_string(bytes, at).0,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    bytes.len()
}

/// Behind the closing quote of the string whose first character stands here, and whether there is an
/// escape in it. Eight bytes at a time.
fn end_of_string(bytes: &[u8], from: usize) -> (usize, bool) {
    let (mut at, mut escaped) = (from, false);
    while let Some(left) = bytes.get(at..) {
        if let Some(word) = left.first_chunk() {
            let word = u64::from_le_bytes(*word);
            let found = holds(word, b'"') | holds(word, b'\\');
            if found == 0 {
                at += 8;
                continue;
            }
            at += found.trailing_zeros() as usize / 8;
        }
        match bytes.get(at) {
            Some(b'"') => return (at + 1, escaped),
            Some(b'\\') => (at, escaped) = (at + 2, true),
            Some(_) => at += 1,
            None => break,
        }
    }
    (bytes.len(), escaped)
}

/// Sets the high bit of each byte of a word that is this byte; the lowest of them is exact. The
/// usual trick: only a byte that was zero borrows.
fn holds(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let zeros = word ^ (ONES * u64::from(byte));
    zeros.wrapping_sub(ONES) & !zeros & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn skimmed(text: &str) -> Vec<(String, Value)> {
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        let entry = |(key, value): (Key<'_>, &str)| {
            (key.text().unwrap().into_owned(), serde_json::from_str(value).unwrap())
        };
        entries(raw).map(entry).collect()
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            r#"[a-z"\\{}\[\],: \n]{0,24}"#.prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(r#"[a-z"\\{}:,]{0,10}|.{0,4}"#, inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_object_falls_into_its_entries(value in json(), pretty: bool) {
            let text = match pretty {
                true => serde_json::to_string_pretty(&value).unwrap(),
                false => value.to_string(),
            };
            let expected: Vec<(String, Value)> = match value {
                Value::Object(map) => map.into_iter().collect(),
                _ => Vec::new(),
            };
            prop_assert_eq!(skimmed(&text), expected);
        }
    }

    #[test]
    fn what_was_entered_can_be_left_between_its_members() {
        let raw: &RawValue = serde_json::from_str(r#"[{"a": 1, "b": {"c": "}"}}, 2]"#).unwrap();
        let mut cursor = Cursor::new(raw);
        assert!(cursor.enter(b'[') && cursor.item() && cursor.enter(b'{'));
        assert_eq!(cursor.key().and_then(Key::text).as_deref(), Some("a"));
        cursor.value();
        cursor.leave();
        assert!(cursor.item());
        assert_eq!(cursor.value(), "2");
        assert!(!cursor.item());
    }

    #[test]
    fn a_key_that_stands_twice_comes_twice() {
        let found = skimmed(r#" { "a" : 1 , "\u0061":{"b":["}"]},"a":"\\" } "#);
        let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "a", "a"]);
    }
}
