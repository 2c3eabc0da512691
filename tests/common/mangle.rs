//! Manifests, mangled: pieces of YAML put in, taken out and moved, and always the same for a seed.

#![allow(dead_code, reason = "not every test mangles")]

/// Pieces that mean something to a reader of YAML.
const PIECES: &[&str] = &[
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "  ",
    " ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    " # ",
    "\"",
    "'",
    "|",
    "|-",
    "|+",
    "|2",
    ">",
    ">-",
    "&a ",
    "*a",
    "*a ",
    "&b ",
    "*b",
    "!!str ",
    "!!bool ",
    "!!int ",
    "!!binary ",
    "!!merge ",
    "!!map ",
    "!!null ",
    "!x ",
    "! ",
    "? ",
    "?",
    "---\n",
    "--- ",
    "---",
    "...\n",
    "...",
    "<<: ",
    "<<",
    "<<: *a\n",
    "\r",
    "\r\n",
    "%",
    "%YAML 1.1\n",
    "%TAG ! tag:yaml.org,2002:\n",
    "@",
    "`",
    "~",
    "null",
    "yes",
    "On",
    "true",
    "false",
    "0o7",
    "010",
    "1_0",
    "1e3",
    ".5",
    ".inf",
    "\\",
    "\\n",
    "\"\\x41\"",
    "\u{a0}",
    "\u{feff}",
    "\u{e9}",
    "\u{85}",
    "\u{2028}",
    "privileged: true",
    "kind: Pod",
    "a: b",
    "a: &a b",
    "a: *a",
    "{a: b}",
    "[a, b]",
    "{\"a\":1}",
    "{a:1}",
    "{a: ,}",
    "[a: b]",
    "''",
    "\"\"",
    "\"a\nb\"",
    "'a\n\nb'",
    "\"a\\\nb\"",
];

/// What is mangled.
pub(crate) fn base() -> Vec<String> {
    let folder = super::root().join("fixtures/kubernetes");
    let mut all: Vec<String> = super::files(&folder)
        .into_iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: x, securityContext: {privileged: true}}]}\n";
    for text in [
        pod.to_owned(),
        format!("{pod}---\n{pod}"),
        "a: &a {b: 1}\nc:\n  <<: *a\n  d: [1, 2]\n".to_owned(),
        "a: |\n  b\n  c\nd: >-\n  e\n\n  f\n".to_owned(),
        "{\"a\": [1, true, null, \"x\"], \"b\": {\"c\": 1.5}}".to_owned(),
        "- a\n- - b\n  - c: d\n    e: f\n- g\n".to_owned(),
        "? a\n: b\n\"c\": 'd'\ne: \"f\\ng\"\n".to_owned(),
        "a: 1\n---\nb: 2\n---\nc: 3\n".to_owned(),
        "key: value\n".to_owned(),
    ] {
        // The small ones are where a piece changes most.
        all.extend(std::iter::repeat_n(text, 12));
    }
    all
}

/// A source of mangled texts.
pub(crate) struct Mangler(u64);

impl Mangler {
    /// The same texts for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn piece(&mut self) -> &'static str {
        let which = self.below(PIECES.len());
        PIECES.get(which).copied().unwrap_or_default()
    }

    /// One to five changes.
    pub(crate) fn mangle(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..=self.below(4) {
            let (a, b) = (self.place(&text), self.place(&text));
            let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 20));
            let to = (from..=to).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            match self.below(7) {
                0 => text.replace_range(from..to, ""),
                1 => {
                    let part = text[from..to].to_owned();
                    let at = self.place(&text);
                    text.insert_str(at, &part);
                }
                2 => {
                    let piece = self.piece();
                    let end = (from + 1).min(text.len());
                    if text.is_char_boundary(end) {
                        text.replace_range(from..end, piece);
                    }
                }
                _ => {
                    let piece = self.piece();
                    text.insert_str(a, piece);
                }
            }
        }
        text
    }
}
