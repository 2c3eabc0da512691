//! Wildcard patterns: `*` stands for any text, `?` for any one character.
//!
//! Questions such as "is this every action?" are answered by matching samples made of a character
//! that no author writes: a pattern that matches those matches whatever stands in their place.
//! Matching never steps back further than the last `*`, so its cost is bounded by the pattern plus
//! the square of the sample, which is short.

use crate::model::truth::Truth;
use crate::model::value::{Piece, Unknown, Value};

/// Stands in samples for "some text"; a private character, so that no author's pattern names it.
pub(crate) const SOME: &str = "\u{F8FF}\u{F8FF}\u{F8FF}";
/// Stands in patterns for text that is not known and holds no wildcard.
pub(super) const HOLE: char = '\u{F8FE}';

/// What a pattern is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any text.
    Any,
}

/// A part of what [`Pattern::can_meet`] is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'p> {
    /// This text.
    Text(&'p str),
    /// Any text without a colon, also none.
    Free,
}

/// The longest pattern that is read to its end where that costs more than one pass: ARNs have at
/// most 2048 characters.
const LONGEST: usize = 4096;

/// Whether upper and lower case differ: they do in ARNs, not in actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `S3:*` is `s3:*`.
    Ignored,
    /// `arn:aws:s3:::A` is not `arn:aws:s3:::a`.
    Kept,
}

/// A pattern that is wholly known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    symbols: Vec<Symbol>,
    case: Case,
}

impl Pattern {
    /// Reads a pattern. A policy variable (`${aws:username}`) stands for text without wildcards;
    /// `${*}`, `${?}` and `${$}` are the characters themselves.
    #[must_use]
    pub fn new(text: &str, case: Case) -> Self {
        let mut pattern = Self { symbols: Vec::with_capacity(text.len()), case };
        pattern.push_text(text);
        pattern
    }

    /// Reads a pattern whose variables are given their values; `None` when one has none. A value
    /// stands for itself: a wildcard in it is a character.
    #[must_use]
    pub fn filled(
        text: &str,
        case: Case,
        value: impl Fn(&str) -> Option<String>,
    ) -> Option<Pattern> {
        let mut pattern = Self { symbols: Vec::with_capacity(text.len()), case };
        let mut all_known = true;
        pattern.push_parts(text, |pattern, name| match value(name) {
            Some(value) => value.chars().for_each(|c| pattern.push_literal(c)),
            None => all_known = false,
        });
        all_known.then_some(pattern)
    }

    fn push_text(&mut self, text: &str) {
        self.push_parts(text, |pattern, name| {
            pattern.push(match name {
                "*" | "?" | "$" => Symbol::Char(name.chars().next().unwrap_or(HOLE)),
                // A default (`${aws:PrincipalTag/team, '*'}`) counts as far as it may reach.
                _ if is_wild(name) => Symbol::Any,
                _ => Symbol::Char(HOLE),
            });
        });
    }

    fn push_parts(&mut self, text: &str, mut variable: impl FnMut(&mut Self, &str)) {
        let (plain, mut left) = text.split_at(text.find("${").unwrap_or(text.len()));
        plain.chars().for_each(|c| self.push_char(c));
        while let Some(c) = left.chars().next() {
            let found = left
                .strip_prefix("${")
                .and_then(|tail| tail.find('}').map(|end| tail.split_at(end)));
            if let Some((name, tail)) = found {
                variable(self, name);
                left = tail.strip_prefix('}').unwrap_or(tail);
                continue;
            }
            if left.starts_with("${") {
                // An open variable: plain text, and no `}` is left to look for.
                for c in left.chars() {
                    self.push_char(c);
                }
                return;
            }
            self.push_char(c);
            left = left.get(c.len_utf8()..).unwrap_or_default();
        }
    }

    fn push_literal(&mut self, c: char) {
        self.push(Symbol::Char(match self.case {
            Case::Ignored => c.to_ascii_lowercase(),
            Case::Kept => c,
        }));
    }

    fn push_char(&mut self, c: char) {
        match c {
            '*' => self.push(Symbol::Any),
            '?' => self.push(Symbol::One),
            c if self.case == Case::Ignored => self.push(Symbol::Char(c.to_ascii_lowercase())),
            c => self.push(Symbol::Char(c)),
        }
    }

    /// Runs of wildcards are kept as `???*`, so that `*?`, `?*` and `**` compare alike.
    fn push(&mut self, symbol: Symbol) {
        match (self.symbols.last(), symbol) {
            (Some(Symbol::Any), Symbol::Any) => {}
            (Some(Symbol::Any), Symbol::One) => {
                self.symbols.pop();
                self.symbols.extend([Symbol::One, Symbol::Any]);
            }
            _ => self.symbols.push(symbol),
        }
    }

    /// Whether it matches this text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.matches_joined(&[text])
    }

    /// Whether it matches these texts, one after the other.
    #[must_use]
    pub fn matches_joined(&self, texts: &[&str]) -> bool {
        let chars = texts.iter().flat_map(|text| text.chars());
        self.takes(chars.map(|c| match self.case {
            Case::Ignored => Symbol::Char(c.to_ascii_lowercase()),
            Case::Kept => Symbol::Char(c),
        }))
    }

    /// Whether it matches everything that the other pattern matches. A *yes* is certain; a *no*
    /// may be wrong for patterns whose `?` overlap in unusual ways.
    #[must_use]
    pub fn covers(&self, other: &Pattern) -> bool {
        self.takes(other.symbols.iter().copied())
    }

    /// Reads the other side as text in which a wildcard can only be taken by a wildcard.
    fn takes(&self, mut text: impl Iterator<Item = Symbol> + Clone) -> bool {
        let mut i = 0;
        // The symbol behind the last `*`, and the text that this `*` has not taken yet.
        let mut retry = None;
        loop {
            let mut next = text.clone();
            let Some(symbol) = next.next() else { break };
            match self.symbols.get(i) {
                Some(Symbol::Any) => {
                    i += 1;
                    retry = Some((i, text.clone()));
                }
                Some(Symbol::One) if symbol != Symbol::Any => {
                    i += 1;
                    text = next;
                }
                Some(own @ Symbol::Char(_)) if *own == symbol => {
                    i += 1;
                    text = next;
                }
                _ => match &mut retry {
                    Some((from, left)) => {
                        i = *from;
                        left.next();
                        text = left.clone();
                    }
                    None => return false,
                },
            }
        }
        self.symbols.iter().skip(i).all(|symbol| *symbol == Symbol::Any)
    }

    /// Whether it could match some text that is made of these parts. Patterns that are longer than
    /// any that AWS takes always could.
    pub(super) fn can_meet(&self, parts: &[Part<'_>]) -> bool {
        if self.symbols.len() > LONGEST {
            return true;
        }
        let sample: Vec<Option<char>> = parts
            .iter()
            .flat_map(|part| match part {
                Part::Text(text) => text.chars().map(Some).collect(),
                Part::Free => vec![None],
            })
            .collect();
        // The places in the sample that may have been reached; a free part may be empty.
        let mut reached = vec![false; sample.len() + 1];
        let passes_free = |reached: &mut [bool]| {
            let mut before = false;
            for (here, part) in reached.iter_mut().zip([&Some(HOLE)].into_iter().chain(&sample)) {
                *here |= before && part.is_none();
                before = *here;
            }
        };
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        passes_free(&mut reached);
        for symbol in &self.symbols {
            let mut next = vec![false; reached.len()];
            let mut any = false;
            for (i, was) in reached.iter().enumerate() {
                any |= was;
                let here = sample.get(i);
                let takes = |c: Option<char>| match (symbol, c) {
                    (Symbol::Char(own), Some(c)) => *own == c,
                    (Symbol::Char(own), None) => *own != ':',
                    (Symbol::One | Symbol::Any, _) => true,
                };
                if *symbol == Symbol::Any && any {
                    next.get_mut(i).into_iter().for_each(|slot| *slot = true);
                } else if *was && here.is_some_and(|c| takes(*c)) {
                    let to = if here == Some(&None) { i } else { i + 1 };
                    next.get_mut(to).into_iter().for_each(|slot| *slot = true);
                }
            }
            passes_free(&mut next);
            reached = next;
            if !reached.contains(&true) {
                return false;
            }
        }
        reached.last() == Some(&true)
    }

    /// What it is made of.
    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// How many symbols it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.symbols.len()
    }
}

/// Whether a text holds a wildcard.
#[must_use]
pub fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a text is nothing but wildcards, with at least one `*`.
#[must_use]
pub fn is_all_wild(text: &str) -> bool {
    text.contains('*') && text.chars().all(|c| matches!(c, '*' | '?'))
}

/// A pattern's text in the two extremes of what its unknown parts may turn out to be.
///
/// Every filling of the holes matches no more than `widest` does.
#[derive(Debug, Clone, PartialEq)]
pub struct Extremes {
    /// Each hole is some text without a wildcard.
    pub narrowest: String,
    /// Each hole is a `*`, and why that may be; `None` when nothing is unknown, or when each hole
    /// is an identifier without wildcards.
    pub widest: Option<(String, Unknown)>,
    /// As `widest`, but there for identifiers too: what one of them may be *equal* to.
    pub any_text: Option<(String, Unknown)>,
}

/// The extremes of a text that may be unknown; `None` when it is no text at all.
#[must_use]
pub fn extremes(value: &Value) -> Option<Extremes> {
    let own;
    let pieces: &[Piece] = match value {
        Value::String(text) => {
            return Some(Extremes { narrowest: text.clone(), widest: None, any_text: None });
        }
        Value::Number(number) => {
            let narrowest = number.to_string();
            return Some(Extremes { narrowest, widest: None, any_text: None });
        }
        Value::Bool(flag) => {
            let narrowest = flag.to_string();
            return Some(Extremes { narrowest, widest: None, any_text: None });
        }
        Value::Template(pieces) => pieces,
        Value::Json(inner) | Value::Base64(inner) => {
            let why = inner.doubt().cloned().unwrap_or_else(Unknown::after_apply);
            own = [Piece::Hole(why)];
            &own
        }
        Value::Unknown(why) => {
            own = [Piece::Hole(why.clone())];
            &own
        }
        Value::Null | Value::List(_) | Value::Object(_) => return None,
    };
    let (mut narrowest, mut widest, mut any) = (String::new(), String::new(), String::new());
    let (mut first_wild, mut first): (Option<&Unknown>, Option<&Unknown>) = (None, None);
    for piece in pieces {
        match piece {
            Piece::Known(text) => {
                narrowest.push_str(text);
                widest.push_str(text);
                any.push_str(text);
            }
            Piece::Hole(why) => {
                first = first.or(Some(why));
                narrowest.push(HOLE);
                any.push('*');
                if why.is_plain() {
                    widest.push(HOLE);
                } else {
                    first_wild = first_wild.or(Some(why));
                    widest.push('*');
                }
            }
        }
    }
    Some(Extremes {
        narrowest,
        widest: first_wild.map(|why| (widest, why.clone())),
        any_text: first.map(|why| (any, why.clone())),
    })
}

/// Asks a question that grows with the pattern ("does it match all of this?") in both extremes.
#[must_use]
pub fn widens(value: &Value, question: impl Fn(&str) -> bool) -> Truth {
    may_widen(value, &question, &question)
}

/// The same with a question of its own for the widest extreme. One that takes the text apart needs
/// it: a hole may hold the colon that it looks for.
#[must_use]
pub fn may_widen(
    value: &Value,
    certain: impl Fn(&str) -> bool,
    possible: impl Fn(&str) -> bool,
) -> Truth {
    let Some(extremes) = extremes(value) else { return Truth::False };
    if certain(&extremes.narrowest) {
        return Truth::True;
    }
    match extremes.widest {
        Some((text, why)) if possible(&text) => Truth::Unknown(why),
        _ => Truth::False,
    }
}

/// Whether a pattern matches this one text.
#[must_use]
pub fn matches(value: &Value, text: &str, case: Case) -> Truth {
    if let Value::String(pattern) = value
        && begins_otherwise(pattern, text)
    {
        return Truth::False;
    }
    let Some(extremes) = extremes(value) else { return Truth::False };
    if Pattern::new(&extremes.narrowest, case).matches(text) {
        return Truth::True;
    }
    match extremes.any_text {
        Some((pattern, why)) if Pattern::new(&pattern, case).matches(text) => Truth::Unknown(why),
        _ => Truth::False,
    }
}

/// Whether a pattern differs from a text, in any case, before its first wildcard or variable: most
/// do, and that is soon seen.
fn begins_otherwise(pattern: &str, text: &str) -> bool {
    let pairs = pattern.bytes().zip(text.bytes());
    pairs
        .take_while(|(own, _)| !matches!(own, b'*' | b'?' | b'$'))
        .any(|(own, other)| !own.eq_ignore_ascii_case(&other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn variables_hold_no_wildcards() {
        let own = Pattern::new("user/${aws:username}", Case::Kept);
        assert!(!own.matches(&format!("user/{SOME}")));
        assert!(Pattern::new("${*}", Case::Kept).matches("*"));
        assert!(!Pattern::new("${*}", Case::Kept).matches("a"));
        assert!(Pattern::new("${open*", Case::Kept).matches("${open door"));
    }

    #[test]
    fn coverage() {
        let p = |t: &str| Pattern::new(t, Case::Kept);
        for (wide, narrow) in
            [("*", "a*b"), ("a*", "a*b"), ("a?*", "a*?"), ("*b*", "xb*"), ("a", "a")]
        {
            assert!(p(wide).covers(&p(narrow)), "{wide} covers {narrow}");
        }
        for (wide, narrow) in [("a*b", "a*"), ("?", "*"), ("a", "b"), ("*b", "*")] {
            assert!(!p(wide).covers(&p(narrow)), "{wide} covers {narrow}");
        }
    }

    #[test]
    fn hostile_patterns_end_at_once() {
        let text = "a".repeat(64);
        for hostile in
            ["a*".repeat(200_000), "*a?".repeat(200_000), format!("*{}b", "a".repeat(400_000))]
        {
            assert!(!Pattern::new(&format!("{hostile}c"), Case::Ignored).matches(&text));
        }
        assert!(!Pattern::new(&"${".repeat(200_000), Case::Kept).matches("x"));
    }

    /// The definition, by trying everything; for short inputs only.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', tail)) => (0..=text.len()).any(|n| naive(tail, &text[n..])),
            Some(('?', tail)) => !text.is_empty() && naive(tail, &text[1..]),
            Some((c, tail)) => text.first() == Some(c) && naive(tail, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let p: Vec<char> = pattern.chars().collect();
            let t: Vec<char> = text.chars().collect();
            prop_assert_eq!(Pattern::new(&pattern, Case::Kept).matches(&text), naive(&p, &t));
        }

        #[test]
        fn coverage_is_sound(a in "[ab*?]{0,6}", b in "[ab*?]{0,6}", text in "[ab]{0,8}") {
            let (a, b) = (Pattern::new(&a, Case::Kept), Pattern::new(&b, Case::Kept));
            if a.covers(&b) && b.matches(&text) {
                prop_assert!(a.matches(&text));
            }
        }
    }
}
