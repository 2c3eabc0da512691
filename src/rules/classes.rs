//! Which answers a change introduces, keeps and resolves.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::iam::pattern::{Case, Pattern};
use crate::model::finding::{Answer, Change, Outcome};

/// Begins a line that says how far an offence goes: `+ ports 2^4`.
pub(super) const WIDTH: &str = "+ ";
/// Begins a line with a pattern of what an offence reaches: `~ action s3:*`.
pub(super) const REACH: &str = "~ ";
/// Begins a line with something that limits an offence: `- deny iam:* on *`.
pub(super) const LIMIT: &str = "- ";

/// Begins a limit that is a `Deny` of one action on one resource.
const DENIAL: &str = "- deny ";

/// So many pairs of patterns are compared; beyond that an offence counts as wider.
const PAIRS: usize = 100_000;
/// And so many answers from before that tell of the same offence.
const SAME: usize = 64;

/// Classes the answers about the state after a change against those about the state before it.
///
/// A key is one or more lines, each naming one offence. An answer exists already when each of its
/// lines stood before; one from before is resolved when none of its lines stands any more. Lines
/// with a mark in front say how far an offence goes, and do not keep an old one from being
/// resolved. An answer is new where it has a [`WIDTH`] that did not stand, a [`REACH`] that no
/// pattern from before covers, or lacks a [`LIMIT`] that stood.
pub(super) fn class(before: &[Answer], after: Vec<Answer>) -> Vec<(Change, Answer)> {
    if before.is_empty() && after.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::with_capacity(after.len());
    let undetermined = after.iter().any(|answer| answer.outcome == Outcome::Undetermined);
    // What is undetermined now may be what was violated before: then nothing is resolved yet.
    if !undetermined {
        let now: FxHashSet<&str> = after.iter().flat_map(|answer| answer.key.lines()).collect();
        for old in before.iter().filter(|old| old.outcome == Outcome::Violated) {
            if !old.key.lines().filter(|line| is_offence(line)).any(|line| now.contains(line)) {
                found.push((Change::Resolved, old.clone()));
            }
        }
    }
    let lines = |counts: fn(Outcome) -> bool| -> FxHashSet<&str> {
        let counted = before.iter().filter(|old| counts(old.outcome));
        counted.flat_map(|old| old.key.lines()).collect()
    };
    let violated = lines(|outcome| outcome == Outcome::Violated);
    let any = lines(|_| true);
    let marked = Marked::of(before);
    for mut new in after {
        let known = match new.outcome {
            Outcome::Violated => &violated,
            Outcome::Undetermined => &any,
        };
        let is_known = |line: &str| known.contains(line);
        let stood = !before.is_empty() && new.key.lines().filter(|l| is_offence(l)).all(is_known);
        let wider = stood
            && (!new.key.lines().filter(|line| line.starts_with(WIDTH)).all(is_known)
                || (new.outcome == Outcome::Violated && marked.are_exceeded_by(&new.key)));
        if wider {
            new.note("it was so before, and goes further now");
        }
        let change = if stood && !wider { Change::Existing } else { Change::Introduced };
        found.push((change, new));
    }
    found
}

/// The answers of a part that the change points at another whole: nothing from before excuses them.
pub(super) fn class_moved(before: &[Answer], after: Vec<Answer>) -> Vec<(Change, Answer)> {
    let mut found = class(before, Vec::new());
    for mut new in after {
        if before.iter().any(|old| old.key == new.key) {
            new.note("it was so before, at another resource");
        }
        found.push((Change::Introduced, new));
    }
    found
}

fn is_offence(line: &str) -> bool {
    ![WIDTH, REACH, LIMIT].iter().any(|mark| line.starts_with(mark))
}

/// The answers from before that say how far they go, by offence.
struct Marked<'a>(FxHashMap<&'a str, Vec<&'a Answer>>);

impl<'a> Marked<'a> {
    fn of(before: &'a [Answer]) -> Self {
        let mut all: FxHashMap<&str, Vec<&Answer>> = FxHashMap::default();
        let is_marked =
            |old: &&Answer| old.key.lines().any(|l| l.starts_with(REACH) || l.starts_with(LIMIT));
        let violated = before.iter().filter(|old| old.outcome == Outcome::Violated);
        for old in violated.filter(is_marked) {
            for line in old.key.lines().filter(|line| is_offence(line)) {
                all.entry(line).or_default().push(old);
            }
        }
        Self(all)
    }

    /// Whether an offence that stood reaches more now, or is limited less.
    fn are_exceeded_by(&self, key: &str) -> bool {
        let offences = key.lines().filter(|line| is_offence(line));
        let same: Vec<&Answer> = offences
            .filter_map(|line| self.0.get(line))
            .flatten()
            .copied()
            .take(SAME + 1)
            .collect();
        same.len() > SAME || goes_further(&same, key)
    }
}

fn goes_further(before: &[&Answer], key: &str) -> bool {
    let marked = |mark: &'static str| key.lines().filter(move |line| line.starts_with(mark));
    let own: FxHashSet<&str> = key.lines().collect();
    let old: FxHashSet<&str> = before.iter().flat_map(|old| old.key.lines()).collect();
    let kept: BTreeSet<&str> = own.iter().copied().collect();
    if old.iter().any(|line| line.starts_with(LIMIT) && !is_limited_by(&kept, line)) {
        return true;
    }
    let fresh: Vec<&str> = marked(REACH).filter(|line| !old.contains(line)).collect();
    if fresh.is_empty() {
        return false;
    }
    let patterns: Vec<Pattern> = old
        .iter()
        .filter(|line| line.starts_with(REACH))
        .map(|line| Pattern::new(line, Case::Kept))
        .collect();
    fresh.len().saturating_mul(patterns.len()) > PAIRS
        || fresh.iter().any(|line| {
            let line = Pattern::new(line, Case::Kept);
            !patterns.iter().any(|pattern| pattern.covers(&line))
        })
}

/// Whether a limit still stands: as it was, or as a part of a wider denial.
pub(super) fn is_limited_by(lines: &BTreeSet<&str>, limit: &str) -> bool {
    if lines.contains(limit) {
        return true;
    }
    let denials = || lines.iter().filter(|line| line.starts_with(DENIAL));
    if !limit.starts_with(DENIAL) || denials().count() > PAIRS / SAME {
        return false;
    }
    let limit = Pattern::new(limit, Case::Kept);
    denials().any(|line| Pattern::new(line, Case::Kept).covers(&limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Unknown;
    use crate::rules::Answers;

    fn violated(keys: &[&str]) -> Vec<Answer> {
        let mut answers = Answers::default();
        for key in keys {
            answers.violated("p", "m").with_key(*key);
        }
        answers.into_vec()
    }

    fn undetermined(key: &str) -> Vec<Answer> {
        let mut answers = Answers::default();
        answers.undetermined("p", "m", &Unknown::after_apply()).with_key(key);
        answers.into_vec()
    }

    fn classes(before: &[Answer], after: Vec<Answer>) -> Vec<Change> {
        class(before, after).into_iter().map(|(change, _)| change).collect()
    }

    #[test]
    fn wider_is_introduced_and_narrower_exists() {
        let narrow = "tcp 22 v4";
        let wide = "+ ports 2^16\ntcp 22 v4\ntcp 3389 v4";
        assert_eq!(classes(&violated(&[narrow]), violated(&[wide])), [Change::Introduced]);
        assert_eq!(classes(&violated(&[wide]), violated(&[narrow])), [Change::Existing]);
        assert_eq!(classes(&violated(&[wide]), violated(&[])), [Change::Resolved]);
        let moved = classes(&violated(&["tcp 22 v4\n+ x"]), violated(&["tcp 3389 v4\n+ x"]));
        assert_eq!(moved, [Change::Resolved, Change::Introduced]);
    }

    #[test]
    fn what_reaches_more_or_is_limited_less_is_introduced() {
        let class = |before: &str, after: &str| classes(&violated(&[before]), violated(&[after]));
        let wide = "open\n~ action s3:*\n- if mfa";
        assert_eq!(class(wide, wide), [Change::Existing]);
        assert_eq!(class(wide, "open\n~ action s3:get*\n- if mfa\n- deny x"), [Change::Existing]);
        assert_eq!(class(wide, "open\n~ action s3:*"), [Change::Introduced]);
        assert_eq!(class(wide, "open\n~ action *\n- if mfa"), [Change::Introduced]);
        assert_eq!(class("open", "open\n~ action *"), [Change::Introduced]);
        let deny = "open\n~ action *\n- deny iam:put* on * []";
        assert_eq!(class(deny, "open\n~ action *\n- deny iam:* on * []"), [Change::Existing]);
        assert_eq!(class(deny, "open\n~ action *\n- deny iam:get* on * []"), [Change::Introduced]);
        assert_eq!(class(wide, "other"), [Change::Resolved, Change::Introduced]);
        let said = super::class(&violated(&[wide]), violated(&["open\n~ action s3:*"]));
        let detail = said.first().and_then(|(_, answer)| answer.detail.as_deref());
        assert_eq!(detail, Some("it was so before, and goes further now"));
    }

    #[test]
    fn another_whole_excuses_nothing() {
        let moved = class_moved(&violated(&["a"]), violated(&["a"]));
        let changes: Vec<Change> = moved.into_iter().map(|(change, _)| change).collect();
        assert_eq!(changes, [Change::Resolved, Change::Introduced]);
    }

    #[test]
    fn doubt_never_resolves_and_never_excuses() {
        assert_eq!(classes(&violated(&["a"]), undetermined("b")), [Change::Introduced]);
        assert_eq!(classes(&violated(&["a"]), undetermined("a")), [Change::Existing]);
        assert_eq!(classes(&undetermined("a"), undetermined("a")), [Change::Existing]);
        assert_eq!(classes(&undetermined("a"), violated(&["a"])), [Change::Introduced]);
        assert_eq!(classes(&[], violated(&[""])), [Change::Introduced]);
    }

    #[test]
    fn many_answers_are_classed_in_one_pass() {
        let keys: Vec<String> = (0..50_000).map(|i| format!("k{i}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let found = class(&violated(&keys), violated(&keys));
        assert!(found.iter().all(|(change, _)| *change == Change::Existing));
    }
}
