//! Which answers a change introduces, keeps and resolves.

use rustc_hash::FxHashSet;

use crate::model::finding::{Answer, Change, Outcome};

/// Classes the answers about the state after a change against those about the state before it.
///
/// A key is one or more lines, each naming one offence. An answer exists already when each of its
/// lines stood before; one from before is resolved when none of its lines stands any more. A line
/// that begins with `+` says how far an offence goes (`+ ports 2^4`): it makes an answer new, and
/// does not keep an old one from being resolved.
pub(super) fn class(before: &[Answer], after: Vec<Answer>) -> Vec<(Change, Answer)> {
    let mut found = Vec::with_capacity(after.len());
    let undetermined = after.iter().any(|answer| answer.outcome == Outcome::Undetermined);
    // What is undetermined now may be what was violated before: then nothing is resolved yet.
    if !undetermined {
        let now: FxHashSet<&str> = after.iter().flat_map(|answer| answer.key.lines()).collect();
        for old in before.iter().filter(|old| old.outcome == Outcome::Violated) {
            let mut offences = old.key.lines().filter(|line| !line.starts_with('+'));
            if !offences.any(|line| now.contains(line)) {
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
    for new in after {
        let known = match new.outcome {
            Outcome::Violated => &violated,
            Outcome::Undetermined => &any,
        };
        let stood = new.key.lines().all(|line| known.contains(line)) && !before.is_empty();
        found.push((if stood { Change::Existing } else { Change::Introduced }, new));
    }
    found
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
        let start = std::time::Instant::now();
        let found = class(&violated(&keys), violated(&keys));
        assert!(found.iter().all(|(change, _)| *change == Change::Existing));
        assert!(start.elapsed().as_secs() < 5);
    }
}
