//! Whether a plan lowers coverage.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Coverage, State, Sums};

/// What a plan does to coverage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The sums of what was there before.
    pub before: Sums,
    /// The percentage of what was there before.
    pub percent_before: f64,
    /// Resources that were there and are held less than before.
    pub loses: Vec<String>,
    /// Resources that the plan adds and that are not held.
    pub adds: Vec<String>,
    /// Whether coverage is lower: something loses, or what is added pulls the percentage down.
    /// Removing what was held does not count.
    pub lowered: bool,
}

/// Compares what was there before a plan with what will be there.
#[must_use]
pub fn change(before: &Coverage, after: &Coverage) -> Change {
    let mut was: FxHashMap<&str, State> = FxHashMap::default();
    for row in &before.rows {
        // Two files may have the same address: the better counts, so that no loss is missed.
        let state = was.entry(&row.address).or_insert(row.state);
        *state = row.state.min(*state);
    }
    let (mut loses, mut adds) = (Vec::new(), Vec::new());
    for row in &after.rows {
        match was.get(row.address.as_str()) {
            Some(was) if grade(row.state) > grade(*was) => loses.push(row.address.clone()),
            None if !row.state.is_held() => adds.push(row.address.clone()),
            _ => {}
        }
    }
    let (old, new) = (before.sums, after.sums);
    // Exact: by cross multiplication.
    let falls = old.resources > 0 && new.held() * old.resources < old.held() * new.resources;
    Change {
        before: old,
        percent_before: old.percent(),
        lowered: !loses.is_empty() || (falls && !adds.is_empty()),
        loses,
        adds,
    }
}

/// Held through the parent is as good as held.
fn grade(state: State) -> u8 {
    match state {
        State::Protected | State::ThroughParent => 0,
        State::Partial => 1,
        State::Unprotected => 2,
    }
}
