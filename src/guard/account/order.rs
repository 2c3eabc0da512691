//! In which order the policies of a guard change, so that what both the old and the new guard deny
//! is denied at every moment in between. There is no call that changes several policies at once.

use std::collections::BTreeSet;

use serde_json::Value;

use super::atoms::{Atom, atoms};

/// A policy that changes: what it says before and after; nothing where it is not there.
pub(super) struct Change<'d> {
    pub(super) before: Option<&'d Value>,
    pub(super) after: Option<&'d Value>,
}

/// The order, as places in `changes`: new policies first, those that go away last. Where no order is
/// safe, the verbs that would be open for a moment are named beside the least harmful order.
pub(super) fn order(changes: &[Change<'_>]) -> (Vec<usize>, BTreeSet<String>) {
    let of = |document: Option<&Value>| document.map(atoms).unwrap_or_default();
    let before: Vec<BTreeSet<Atom>> = changes.iter().map(|change| of(change.before)).collect();
    let after: Vec<BTreeSet<Atom>> = changes.iter().map(|change| of(change.after)).collect();
    let union =
        |sets: &[BTreeSet<Atom>]| -> BTreeSet<Atom> { sets.iter().flatten().cloned().collect() };
    let kept: BTreeSet<Atom> = union(&before).intersection(&union(&after)).cloned().collect();

    let mut in_force = before;
    let mut left: Vec<usize> = (0..changes.len()).collect();
    let rank = |i: &usize| match changes.get(*i) {
        Some(Change { before: None, .. }) => 0,
        Some(Change { after: None, .. }) => 2,
        _ => 1,
    };
    left.sort_by_key(rank);
    let mut order = Vec::new();
    let mut open = BTreeSet::new();
    while !left.is_empty() {
        // What is kept and would be gone when this one changes next.
        let lost = |i: usize| -> Vec<&Atom> {
            let (Some(old), Some(new)) = (in_force.get(i), after.get(i)) else { return Vec::new() };
            let elsewhere = |atom: &Atom| {
                in_force.iter().enumerate().any(|(other, set)| other != i && set.contains(atom))
            };
            let gone = old.difference(new).filter(|atom| kept.contains(*atom));
            gone.filter(|atom| !elsewhere(atom)).collect()
        };
        let best = left.iter().enumerate().map(|(place, i)| (lost(*i), place, *i));
        let Some((lost, place, i)) = best.min_by_key(|(lost, place, _)| (lost.len(), *place))
        else {
            break;
        };
        open.extend(lost.iter().map(|atom| atom.verb.to_string()));
        if let (Some(now), Some(new)) = (in_force.get_mut(i), after.get(i)) {
            now.clone_from(new);
        }
        left.remove(place);
        order.push(i);
    }
    (order, open)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deny(verbs: &[&str]) -> Value {
        json!({"Statement": [{"Effect": "Deny", "Action": verbs, "Resource": "*"}]})
    }

    #[test]
    fn what_moves_arrives_before_it_leaves() {
        let (a, b) = (deny(&["sqs:DeleteQueue", "sqs:TagQueue"]), deny(&["sns:DeleteTopic"]));
        let (c, d) = (deny(&["sqs:DeleteQueue"]), deny(&["sns:DeleteTopic", "sqs:TagQueue"]));
        let changes = [
            Change { before: Some(&a), after: Some(&c) },
            Change { before: Some(&b), after: Some(&d) },
        ];
        assert_eq!(order(&changes), (vec![1, 0], BTreeSet::new()));
        let new = deny(&["sqs:TagQueue"]);
        let gone = deny(&["sns:Publish"]);
        let changes = [
            Change { before: Some(&gone), after: None },
            Change { before: Some(&a), after: Some(&c) },
            Change { before: None, after: Some(&new) },
        ];
        assert_eq!(order(&changes), (vec![2, 1, 0], BTreeSet::new()));
    }

    #[test]
    fn a_swap_has_no_safe_order_and_says_so() {
        let (a, b) = (deny(&["sqs:TagQueue"]), deny(&["sns:TagResource", "sns:DeleteTopic"]));
        let changes = [
            Change { before: Some(&a), after: Some(&b) },
            Change { before: Some(&b), after: Some(&a) },
        ];
        let (order, open) = order(&changes);
        assert_eq!(order, [0, 1]);
        assert_eq!(open, BTreeSet::from(["sqs:TagQueue".to_owned()]));
    }
}
