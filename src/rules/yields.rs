//! One clear answer for one attribute: a rule keeps silent where a rule that it yields to speaks.

use rustc_hash::FxHashMap;

use super::Selected;
use crate::model::finding::{Change, Outcome};
use crate::model::raised::Raised;
use crate::model::severity::Severity;

/// Drops, among the answers about one subject from `first` on, those that another rule gives
/// better: the same attribute, an outcome at least as certain, a change at least as new. Only rules
/// that run count, and that the configuration has not made milder than the one that keeps silent:
/// so switching one off, or lowering it, brings back what it spoke for. So do waivers for a rule
/// that does not hold all of the other: what nobody waived must not hide behind them.
pub(super) fn drop_yielded(selected: &[Selected], raised: &mut Vec<Raised>, first: usize) {
    let Some(own) = raised.get(first..).filter(|own| own.len() > 1) else {
        return;
    };
    let id = |rule: usize| selected.get(rule).map(|one| &one.rule.meta.id);
    let above = |rule: usize| selected.get(rule).map_or(&[][..], |one| &one.rule.meta.yields_to);
    if own.iter().all(|one| above(one.rule).is_empty()) {
        return;
    }
    let severity = |rule: usize| selected.get(rule).map(|one| one.severity);
    let waived = |rule: usize| {
        selected.get(rule).is_some_and(|one| one.waived && !one.rule.meta.holds_narrower)
    };
    let mut best: FxHashMap<(&str, &str), Strength> = FxHashMap::default();
    for one in own {
        if let Some(id) = id(one.rule) {
            let slot = best.entry((id, &one.answer.path)).or_default();
            slot.severity = severity(one.rule);
            slot.waived = waived(one.rule);
            slot.note(one);
        }
    }
    let keep: Vec<bool> = own
        .iter()
        .map(|one| {
            !above(one.rule).iter().any(|id| {
                best.get(&(id.as_ref(), one.answer.path.as_str()))
                    .is_some_and(|s| !s.waived && s.severity >= severity(one.rule) && s.covers(one))
            })
        })
        .collect();
    let mut index = 0;
    raised.retain(|_| {
        let keep = index < first || keep.get(index - first).copied().unwrap_or(true);
        index += 1;
        keep
    });
}

/// What a rule says at one attribute.
#[derive(Default)]
struct Strength {
    severity: Option<Severity>,
    waived: bool,
    said: Vec<(Outcome, Change)>,
}

impl Strength {
    fn note(&mut self, one: &Raised) {
        let said = (one.answer.outcome, one.change);
        if !self.said.contains(&said) {
            self.said.push(said);
        }
    }

    fn covers(&self, one: &Raised) -> bool {
        self.said.iter().any(|(outcome, change)| {
            let certain = *outcome == Outcome::Violated || *outcome == one.answer.outcome;
            let new = *change == one.change
                || (*change == Change::Introduced && one.change == Change::Existing);
            certain && new
        })
    }
}
