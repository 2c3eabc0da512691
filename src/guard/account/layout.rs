//! Puts a guard onto the policies that are there. What stays in the guard stays in its policy: then
//! the policies may change one after the other, and nothing that stays is ever missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::atoms::{Atom, atoms, verbs};
use super::document::{self, minified, size, texts};
use super::state::{State, part_name};

/// A policy that is to be: name and document.
pub type Wanted = (String, Value);

/// Where a wanted guard goes: onto the policies of the live one and, where these have no room, into
/// further ones. A guard that says the same as the live one is the live one.
#[must_use]
pub fn layout(
    live: &State,
    packed: &[Value],
    base: &str,
    limit: usize,
    most: usize,
) -> Vec<Wanted> {
    let union = |documents: Vec<&Value>| -> BTreeSet<Atom> {
        documents.into_iter().flat_map(atoms).collect()
    };
    if !live.parts.is_empty() && union(live.documents()) == union(packed.iter().collect()) {
        let as_it_is = |part: &super::state::Part| (part.name.clone(), part.document.clone());
        return live.parts.iter().map(as_it_is).collect();
    }
    let names = Names { live, base };
    let plain = || {
        let each = packed.iter().enumerate();
        each.map(|(i, document)| (names.nth(i), document.clone())).collect::<Vec<_>>()
    };
    if live.parts.is_empty() {
        return plain();
    }
    let kept = onto(live, packed, &names, limit);
    if kept.len() > most { plain() } else { kept }
}

struct Names<'n> {
    live: &'n State,
    base: &'n str,
}

impl Names<'_> {
    /// The names of the parts that are there, then those that are free.
    fn nth(&self, n: usize) -> String {
        if let Some(part) = self.live.parts.get(n) {
            return part.name.clone();
        }
        let free = (0..).map(|i| part_name(self.base, i));
        let mut free = free.filter(|name| self.live.part(name).is_none());
        free.nth(n - self.live.parts.len()).unwrap_or_default()
    }
}

/// A statement without its name and its actions: the same in all policies that share its actions.
fn rest(statement: &Value) -> String {
    let mut rest = statement.clone();
    if let Some(fields) = rest.as_object_mut() {
        fields.remove("Sid");
        fields.remove("Action");
    }
    minified(&rest)
}

/// A document that grows, by the rest of each statement.
#[derive(Debug, Default, Clone)]
struct Growing {
    statements: BTreeMap<String, Value>,
}

impl Growing {
    fn document(&self) -> Value {
        document::of(self.statements.values().cloned().collect())
    }

    /// Adds actions of a statement where there is room.
    fn add(&mut self, key: &str, statement: &Value, actions: &[String], limit: usize) -> bool {
        let before = self.statements.get(key).cloned();
        let mut statement = before.clone().unwrap_or_else(|| {
            let mut empty = statement.clone();
            if let Some(fields) = empty.as_object_mut() {
                fields.insert("Action".to_owned(), Value::Array(Vec::new()));
            }
            empty
        });
        let mut all: BTreeSet<String> =
            texts(&statement, "Action").iter().map(|text| (*text).to_owned()).collect();
        all.extend(actions.iter().cloned());
        let mut all: Vec<Value> = all.into_iter().map(Value::from).collect();
        let action = if all.len() == 1 { all.pop() } else { Some(Value::Array(all)) };
        if let (Some(fields), Some(action)) = (statement.as_object_mut(), action) {
            fields.insert("Action".to_owned(), action);
        }
        self.statements.insert(key.to_owned(), statement);
        if size(&self.document()) <= limit {
            return true;
        }
        match before {
            Some(before) => self.statements.insert(key.to_owned(), before),
            None => self.statements.remove(key),
        };
        false
    }
}

/// Something that is placed as a whole: actions of a statement.
struct Piece<'d> {
    key: String,
    statement: &'d Value,
    actions: Vec<String>,
}

fn onto(live: &State, packed: &[Value], names: &Names<'_>, limit: usize) -> Vec<Wanted> {
    let mut pieces = Vec::new();
    for statement in packed.iter().flat_map(document::statements) {
        let actions: Vec<String> =
            texts(statement, "Action").iter().map(|text| (*text).to_owned()).collect();
        let key = rest(statement);
        // A long statement may be cut; a short one stays together.
        let is_long = minified(statement).len() > limit / 4;
        let chunk = if is_long { 1 } else { actions.len().max(1) };
        for actions in actions.chunks(chunk) {
            pieces.push(Piece { key: key.clone(), statement, actions: actions.to_vec() });
        }
    }
    let held: Vec<BTreeMap<String, BTreeSet<String>>> =
        live.parts.iter().map(|part| held(&part.document)).collect();
    let mut parts: Vec<Growing> = vec![Growing::default(); live.parts.len()];
    let mut homeless = Vec::new();
    for piece in pieces {
        let wanted: BTreeSet<String> =
            piece.actions.iter().flat_map(|pattern| verbs(pattern)).collect();
        let shared = |part: &BTreeMap<String, BTreeSet<String>>| {
            part.get(&piece.key).map_or(0, |verbs| verbs.intersection(&wanted).count())
        };
        let best = held.iter().map(shared).enumerate().max_by_key(|(i, n)| (*n, usize::MAX - i));
        let home = best.filter(|(_, shared)| *shared > 0).and_then(|(i, _)| parts.get_mut(i));
        let is_home =
            home.is_some_and(|part| part.add(&piece.key, piece.statement, &piece.actions, limit));
        if !is_home {
            homeless.push(piece);
        }
    }
    for piece in homeless {
        let mut add =
            |part: &mut Growing| part.add(&piece.key, piece.statement, &piece.actions, limit);
        if !parts.iter_mut().any(&mut add) {
            let mut new = Growing::default();
            // A statement that is too long even for a separate policy has been refused by `pack`.
            new.add(&piece.key, piece.statement, &piece.actions, usize::MAX);
            parts.push(new);
        }
    }
    let named = parts.into_iter().enumerate().map(|(i, part)| (names.nth(i), part));
    let full = named.filter(|(_, part)| !part.statements.is_empty());
    full.map(|(name, part)| (name, canonical(&part.document()))).collect()
}

fn canonical(document: &Value) -> Value {
    document::canonical(&document.to_string()).unwrap_or_else(|_| document.clone())
}

/// The verbs that a document holds, by the rest of the statement.
fn held(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_rest: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for statement in document::statements(document) {
        let all = texts(statement, "Action").into_iter().flat_map(verbs);
        by_rest.entry(rest(statement)).or_default().extend(all);
    }
    by_rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::state::Part;
    use super::*;

    fn document(verbs: &[&str]) -> Value {
        canonical(&json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Drift", "Effect": "Deny", "Action": verbs, "Resource": "*"}]}))
    }

    fn state(parts: &[(&str, &[&str])]) -> State {
        let part = |(name, verbs): &(&str, &[&str])| Part {
            name: (*name).to_owned(),
            id: format!("id-{name}"),
            version: None,
            document: document(verbs),
            attached: BTreeSet::new(),
        };
        State { parts: parts.iter().map(part).collect() }
    }

    #[test]
    fn what_stays_stays_where_it_is() {
        let live = state(&[
            ("g", &["sqs:DeleteQueue", "sqs:TagQueue"]),
            ("g-2", &["sns:DeleteTopic", "sns:TagResource"]),
        ]);
        // Packed in another order, with one verb more and one less.
        let packed = [document(&[
            "sns:DeleteTopic",
            "sqs:DeleteQueue",
            "sqs:AddPermission",
            "sns:TagResource",
        ])];
        let limit = size(&document(&["sqs:DeleteQueue", "sqs:TagQueue", "sqs:AddPermission"]));
        let placed = layout(&live, &packed, "g", limit, 10);
        let expected = vec![
            ("g".to_owned(), document(&["sqs:DeleteQueue", "sqs:AddPermission"])),
            ("g-2".to_owned(), document(&["sns:DeleteTopic", "sns:TagResource"])),
        ];
        assert_eq!(placed, expected);
    }

    #[test]
    fn the_same_is_left_alone_and_the_first_is_as_packed() {
        let live = state(&[("g", &["sqs:DeleteQueue"]), ("g-2", &["sqs:TagQueue"])]);
        let placed =
            layout(&live, &[document(&["sqs:DeleteQueue", "sqs:TagQueue"])], "g", 6_144, 10);
        assert_eq!(placed.len(), 2);
        assert_eq!(placed[1].1, document(&["sqs:TagQueue"]));
        let packed = [document(&["sqs:DeleteQueue"]), document(&["sqs:TagQueue"])];
        let placed = layout(&State::default(), &packed, "g", 6_144, 10);
        assert_eq!(placed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["g", "g-2"]);
    }

    #[test]
    fn a_free_number_is_used_for_what_has_no_room() {
        let live = state(&[("g", &["sqs:DeleteQueue"]), ("g-3", &["sns:DeleteTopic"])]);
        let limit = size(&document(&["sqs:DeleteQueue"]));
        let packed = [
            document(&["sqs:DeleteQueue"]),
            document(&["sns:DeleteTopic"]),
            document(&["sqs:TagQueue"]),
        ];
        let placed = layout(&live, &packed, "g", limit, 10);
        let names: Vec<&str> = placed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["g", "g-3", "g-2"]);
    }
}
