//! Patterns that say little one by one and everything together: `role/a*`, `role/b*`, ... `role/9*`.
//!
//! The patterns are one automaton over names. Its sets of states are built step by step, and each
//! carries its share of all names: of those of [`LENGTH`] characters from an alphabet, each
//! character as likely as any other. The share is exact for these names; it is never sampled. Names
//! are made by people, so no share of a pattern can be that of the real names; what is measured is
//! how much of the room for names the author left out.

use std::collections::BTreeMap;

use super::pattern::{Pattern, Symbol};

/// How names are spelled: the characters that they begin with, and those that follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    pub(super) first: &'static str,
    pub(super) rest: &'static str,
}

/// Names of resources: in lower case, as buckets must be and most others are, or beginning with a
/// capital. IAM's names may begin with `+=,.@_-` as well ("IAM name requirements", IAM User Guide);
/// nobody's do, so a list of patterns that leaves them out is no narrower for that.
pub(super) const NAMES: [Spelling; 2] = [
    Spelling {
        first: "abcdefghijklmnopqrstuvwxyz0123456789",
        rest: "abcdefghijklmnopqrstuvwxyz0123456789-",
    },
    Spelling {
        first: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        rest: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    },
];

/// Names of actions without their service, in lower case.
pub(super) const VERBS: [Spelling; 1] =
    [Spelling { first: "abcdefghijklmnopqrstuvwxyz", rest: "abcdefghijklmnopqrstuvwxyz" }];

/// How long the names are that are counted: long enough for `????*` to leave out none of weight.
const LENGTH: usize = 12;
/// The most sets of states at one step. What needs more is not counted to the end.
const SETS: usize = 2_000;
/// A pattern with more characters of its own than this is of no weight: to add up to anything it
/// would take more patterns than AWS lets a policy hold (10,240 characters).
pub(super) const LETTERS: usize = 3;

/// A place in a pattern: which pattern, and how much of it is read.
type Place = (usize, usize);

/// What is known of the share of a union.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Share {
    /// This much of all names, from 0 to 1.
    Known(f64),
    /// More states than are counted.
    TooMany,
}

impl Share {
    /// Whether the patterns are as good as all: half of the names or more. `None` if it was not
    /// counted.
    pub(super) fn is_most(self) -> Option<bool> {
        match self {
            Self::Known(share) => Some(share >= 0.5),
            Self::TooMany => None,
        }
    }
}

/// The share of the names, between a head and a tail that are given, that any of the patterns
/// matches.
pub(super) fn share(patterns: &[Pattern], head: &str, tail: &str, spelling: Spelling) -> Share {
    share_of(patterns, head, tail, spelling, LENGTH)
}

fn share_of(
    patterns: &[Pattern],
    head: &str,
    tail: &str,
    spelling: Spelling,
    length: usize,
) -> Share {
    let mut start = Vec::new();
    for index in 0..patterns.len() {
        let mut places = vec![(index, 0)];
        close(patterns, &mut places);
        for c in head.chars() {
            places = step(patterns, &places, Some(c));
        }
        places.retain(|place| letters(patterns, *place) <= LETTERS + tail.chars().count());
        start.append(&mut places);
    }
    if start.is_empty() {
        return Share::Known(0.0);
    }
    start.sort_unstable();
    count(patterns, start, tail, spelling, length)
}

fn count(
    patterns: &[Pattern],
    start: Vec<Place>,
    tail: &str,
    spelling: Spelling,
    length: usize,
) -> Share {
    let mut taken = 0.0;
    let mut sets = BTreeMap::from([(start, 1.0)]);
    for position in 0..length {
        let alphabet = if position == 0 { spelling.first } else { spelling.rest };
        let each = 1.0 / number(alphabet.chars().count());
        let mut next: BTreeMap<Vec<Place>, f64> = BTreeMap::new();
        for (set, mass) in &sets {
            if set.iter().any(|place| is_all(patterns, *place)) {
                taken += mass;
                continue;
            }
            let mut named: Vec<char> = set
                .iter()
                .filter_map(|place| match symbol(patterns, *place) {
                    Some(Symbol::Char(c)) if alphabet.contains(c) => Some(c),
                    _ => None,
                })
                .collect();
            named.sort_unstable();
            named.dedup();
            let others = (1.0 - each * number(named.len())).max(0.0);
            let each_named = named.iter().map(|c| (Some(*c), each));
            for (c, part) in each_named.chain([(None, others)]) {
                let reached = step(patterns, set, c);
                if !reached.is_empty() && part > 1e-12 {
                    *next.entry(reached).or_default() += mass * part;
                }
            }
        }
        if next.len() > SETS {
            return Share::TooMany;
        }
        sets = next;
    }
    for (mut set, mass) in sets {
        for c in tail.chars() {
            set = step(patterns, &set, Some(c));
        }
        if set.iter().any(|(pattern, read)| {
            patterns.get(*pattern).is_some_and(|p| p.symbols().len() == *read)
        }) {
            taken += mass;
        }
    }
    Share::Known(taken)
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn symbol(patterns: &[Pattern], (pattern, read): Place) -> Option<Symbol> {
    patterns.get(pattern)?.symbols().get(read).copied()
}

/// Whether a place takes whatever follows.
fn is_all(patterns: &[Pattern], (pattern, read): Place) -> bool {
    patterns.get(pattern).is_some_and(|p| p.symbols().get(read..) == Some(&[Symbol::Any]))
}

/// How many characters of its own a pattern has from a place on.
fn letters(patterns: &[Pattern], (pattern, read): Place) -> usize {
    let left = patterns.get(pattern).and_then(|p| p.symbols().get(read..)).unwrap_or_default();
    left.iter().filter(|symbol| matches!(symbol, Symbol::Char(_))).count()
}

/// Adds the places behind each `*`, which may take nothing; sorted.
fn close(patterns: &[Pattern], places: &mut Vec<Place>) {
    let behind: Vec<Place> = places
        .iter()
        .filter(|place| symbol(patterns, **place) == Some(Symbol::Any))
        .map(|(pattern, read)| (*pattern, read + 1))
        .collect();
    places.extend(behind);
    places.sort_unstable();
    places.dedup();
}

/// The places after one more character; `None` is one that no pattern names here.
fn step(patterns: &[Pattern], places: &[Place], c: Option<char>) -> Vec<Place> {
    let mut next: Vec<Place> = places
        .iter()
        .filter_map(|place| match symbol(patterns, *place)? {
            Symbol::Any => Some(*place),
            Symbol::One => Some((place.0, place.1 + 1)),
            Symbol::Char(own) => (Some(own) == c).then_some((place.0, place.1 + 1)),
        })
        .collect();
    close(patterns, &mut next);
    next
}

#[cfg(test)]
mod tests {
    use super::super::pattern::Case;
    use super::*;
    use proptest::prelude::*;

    fn patterns(texts: &[String]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::new(text, Case::Kept)).collect()
    }

    fn known(texts: &[String], spelling: Spelling) -> f64 {
        match share(&patterns(texts), "", "", spelling) {
            Share::Known(share) => share,
            Share::TooMany => panic!("too many"),
        }
    }

    fn each(letters: &str, form: &str) -> Vec<String> {
        letters.chars().map(|c| form.replace('c', &c.to_string())).collect()
    }

    #[test]
    fn by_first_character_by_last_and_by_two() {
        let [small, capital] = NAMES;
        let all = |share: f64| (share - 1.0).abs() < 1e-9;
        assert!(all(known(&each(small.first, "c*"), small)));
        assert!(all(known(&each(small.rest, "*c"), small)));
        assert!(all(known(&each(capital.first, "c*"), capital)));
        assert!(known(&each("aeioutnsrhldc", "*c*"), small) > 0.5);
        assert!(known(&each("abcdef", "c*"), small) < 0.2);
        assert!(known(&["app*".to_owned(), "svc*".to_owned()], small) < 0.001);
        assert!(all(known(&["?*".to_owned()], small)));
        assert!(known(&[], small) == 0.0);
    }

    #[test]
    fn a_head_and_a_tail_are_given() {
        let texts = each(NAMES[0].first, "arn:aws:s3:::c*/*");
        let own = share(&patterns(&texts), "arn:aws:s3:::", "/x", NAMES[0]);
        assert_eq!(own.is_most(), Some(true));
        let own = share(&patterns(&texts), "arn:aws:s3:::", "", NAMES[0]);
        assert_eq!(own.is_most(), Some(false));
    }

    #[test]
    fn what_cannot_be_counted_is_not_answered() {
        // Each pattern asks for a letter at a distance from another: the sets multiply.
        let texts: Vec<String> = (0..9).map(|i| format!("*a{}b*", "?".repeat(i))).collect();
        let answer = share(&patterns(&texts), "", "", NAMES[0]);
        assert!(answer == Share::TooMany || matches!(answer, Share::Known(share) if share < 1.0));
    }

    const SHORT: usize = 6;
    const TINY: Spelling = Spelling { first: "ab", rest: "abc" };

    /// All names of the spelling.
    fn names() -> Vec<String> {
        let mut names = vec![String::new()];
        for position in 0..SHORT {
            let alphabet = if position == 0 { TINY.first } else { TINY.rest };
            names = names
                .iter()
                .flat_map(|name| alphabet.chars().map(move |c| format!("{name}{c}")))
                .collect();
        }
        names
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn the_share_is_that_of_the_names_one_by_one(
            texts in proptest::collection::vec("[abc]{0,1}[*?]{0,2}[abc]{0,1}[*?]{0,2}[abc]{0,1}", 1..5),
        ) {
            let list = patterns(&texts);
            let all = names();
            let taken = all.iter().filter(|n| list.iter().any(|p| p.matches(n))).count();
            let wanted = taken as f64 / all.len() as f64;
            match share_of(&list, "", "", TINY, SHORT) {
                Share::Known(own) => prop_assert!((own - wanted).abs() < 1e-9, "{texts:?} {own} {wanted}"),
                Share::TooMany => prop_assert!(false, "{texts:?}"),
            }
        }
    }
}
