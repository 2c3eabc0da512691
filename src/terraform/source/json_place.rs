//! Places in `.tf.json`: the byte range of the deepest key that a path leads to.
//!
//! The text was parsed before, so it is JSON, and not nested deeper than that parser allows.

use std::ops::Range;

use super::address::Step;

/// Deepest nesting that is followed; serde_json allows 128.
const MAX_DEPTH: usize = 160;

/// The range of the deepest key or element on a path. A list may stand around any object, since
/// Terraform takes both.
pub(super) fn find(text: &str, path: &[Step]) -> Option<Range<usize>> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, best: None };
    scan.value(path, 0, 0);
    scan.best.map(|(_, range)| range)
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    /// How many steps were found, and where the last of them stands.
    best: Option<(usize, Range<usize>)>,
}

impl Scan<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn found(&mut self, steps: usize, range: Range<usize>) {
        if self.best.as_ref().is_none_or(|(best, _)| steps > *best) {
            self.best = Some((steps, range));
        }
    }

    /// Passes over a text and gives its range with the quotation marks.
    fn text(&mut self) -> Range<usize> {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
        }
        start..self.at
    }

    fn is(&self, range: &Range<usize>, name: &str) -> bool {
        let raw = self.bytes.get(range.clone()).unwrap_or_default();
        serde_json::from_slice::<String>(raw).is_ok_and(|own| own == name)
    }

    /// Passes over a value. `path` is what is left to find in it, empty when it is beside the path.
    fn value(&mut self, path: &[Step], steps: usize, depth: usize) {
        if depth > MAX_DEPTH {
            self.at = self.bytes.len();
            return;
        }
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                // An object stands for a list of one.
                let path = match path {
                    [Step::Index(0), tail @ ..] => tail,
                    path => path,
                };
                self.object(path, steps, depth);
            }
            Some(b'[') => {
                self.at += 1;
                self.list(path, steps, depth);
            }
            Some(b'"') => drop(self.text()),
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}');
                while self.bytes.get(self.at).is_some_and(|byte| !ends(byte)) {
                    self.at += 1;
                }
            }
        }
    }

    fn object(&mut self, path: &[Step], steps: usize, depth: usize) {
        while self.peek() == Some(b'"') {
            let key = self.text();
            self.eat(b':');
            match path {
                [Step::Name(name), tail @ ..] if self.is(&key, name) => {
                    self.found(steps + 1, key);
                    self.value(tail, steps + 1, depth + 1);
                }
                _ => self.value(&[], steps, depth + 1),
            }
            if !self.eat(b',') {
                break;
            }
        }
        self.eat(b'}');
    }

    fn list(&mut self, path: &[Step], steps: usize, depth: usize) {
        let mut count = 0;
        while !matches!(self.peek(), None | Some(b']')) {
            let start = self.at;
            match path {
                [Step::Index(index), tail @ ..] if *index == count => {
                    self.value(tail, steps + 1, depth + 1);
                    self.found(steps + 1, start..self.at);
                }
                [Step::Name(_), ..] => self.value(path, steps, depth + 1),
                _ => self.value(&[], steps, depth + 1),
            }
            count += 1;
            if !self.eat(b',') {
                break;
            }
        }
        self.eat(b']');
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::path_steps;
    use super::*;

    const TEXT: &str = r#"{"resource": {"b": {"name": "a", "x": {"y": 1}},
  "a": [{"r": {"name": "r", "in": [{"p": 1}, {"p\u0061": [2, "]}"], "q": null}], "one": {"z": 3}}}]}}"#;

    fn at(path: &str) -> Option<&'static str> {
        find(TEXT, &path_steps(path)).and_then(|range| TEXT.get(range))
    }

    #[test]
    fn keys_are_found_and_values_are_not_taken_for_them() {
        let before = TEXT.find("\"a\": [").unwrap();
        assert_eq!(find(TEXT, &path_steps("resource.a")).unwrap().start, before);
        assert_eq!(at("resource.a.r.in[1].pa"), Some("\"p\\u0061\""));
        assert_eq!(at("resource.a.r.in[1].pa[1]"), Some("\"]}\""));
        assert_eq!(at("resource.a.r.in[1]"), Some(r#"{"p\u0061": [2, "]}"], "q": null}"#));
        assert_eq!(at("resource.a.r.one[0].z"), Some("\"z\""));
        assert_eq!(at("resource.a.r.none.z"), Some("\"r\""));
        assert_eq!(at("resource.a.r.in[7].p"), Some("\"in\""));
        assert_eq!(at("data"), None);
    }

    #[test]
    fn no_text_hangs_or_panics() {
        for text in ["", "{", "{\"a", "{\"a\":", "[[[", "{\"a\":\"\\", "]", "{,}", "[,,]", "é"] {
            let _ = find(text, &path_steps("a[0].b"));
        }
        let _ = find(&"[".repeat(100_000), &path_steps("a"));
        let _ = find(&"{\"a\":".repeat(100_000), &path_steps("a.a.a"));
    }
}
