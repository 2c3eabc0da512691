//! What changes between two states of a guard, statement by statement.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::atoms::verbs;
use super::document::{self, sid, size, texts};
use super::state::State;

/// What happens to a policy or a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It goes.
    Removed,
    /// Its actions are written otherwise and mean the same.
    Rewritten,
}

/// A statement that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementChange {
    /// Its name, or its place.
    pub statement: String,
    /// What happens to it.
    pub what: What,
    /// Verbs that it names and did not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verbs_added: Vec<String>,
    /// Verbs that it named and does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verbs_removed: Vec<String>,
    /// Elements other than the actions that change: name, before, after.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<(String, Option<Value>, Option<Value>)>,
}

/// A policy that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyChange {
    /// Its name.
    pub policy: String,
    /// What happens to it.
    pub what: What,
    /// Characters before.
    pub size_before: usize,
    /// Characters after.
    pub size_after: usize,
    /// Its statements.
    pub statements: Vec<StatementChange>,
}

/// What changes.
#[must_use]
pub fn diff(before: &State, after: &State) -> Vec<PolicyChange> {
    let new = after.parts.iter().filter(|part| before.part(&part.name).is_none());
    let names = before.parts.iter().chain(new).map(|part| part.name.as_str());
    let nothing = document::of(Vec::new());
    let mut changes = Vec::new();
    for name in names {
        let of = |state: &State| state.part(name).map(|part| part.document.clone());
        let (old, new) = (of(before), of(after));
        if old == new {
            continue;
        }
        let what = match (&old, &new) {
            (None, _) => What::Added,
            (_, None) => What::Removed,
            _ => What::Changed,
        };
        let size = |document: &Option<Value>| document.as_ref().map_or(0, size);
        let (size_before, size_after) = (size(&old), size(&new));
        let statements =
            statements(old.as_ref().unwrap_or(&nothing), new.as_ref().unwrap_or(&nothing));
        changes.push(PolicyChange {
            policy: name.to_owned(),
            what,
            size_before,
            size_after,
            statements,
        });
    }
    changes
}

fn statements(before: &Value, after: &Value) -> Vec<StatementChange> {
    let by_sid = |document| -> BTreeMap<String, Value> {
        let each = document::statements(document).iter().enumerate();
        each.map(|(i, statement)| (sid(statement, i), statement.clone())).collect()
    };
    let (before, after): (BTreeMap<_, _>, BTreeMap<_, _>) = (by_sid(before), by_sid(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let pairs = names.into_iter().map(|name| (name, before.get(name), after.get(name)));
    pairs
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| change(name, old, new))
        .collect()
}

fn change(name: &str, before: Option<&Value>, after: Option<&Value>) -> StatementChange {
    let verbs = |statement: Option<&Value>| -> BTreeSet<String> {
        let patterns = statement.map(|statement| texts(statement, "Action")).unwrap_or_default();
        patterns.into_iter().flat_map(verbs).collect()
    };
    let (old, new) = (verbs(before), verbs(after));
    let fields = |statement: Option<&Value>| {
        statement.and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let (was, is) = (fields(before), fields(after));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let mut elements = Vec::new();
    if before.is_some() && after.is_some() {
        for name in names.into_iter().filter(|name| *name != "Action") {
            let (old, new) = (was.get(name), is.get(name));
            if old != new {
                elements.push((name.clone(), old.cloned(), new.cloned()));
            }
        }
    }
    let what = match (before, after) {
        (None, _) => What::Added,
        (_, None) => What::Removed,
        _ if old == new && elements.is_empty() => What::Rewritten,
        _ => What::Changed,
    };
    StatementChange {
        statement: name.to_owned(),
        what,
        verbs_added: new.difference(&old).cloned().collect(),
        verbs_removed: old.difference(&new).cloned().collect(),
        elements,
    }
}
